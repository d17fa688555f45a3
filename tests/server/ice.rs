//! What pages are told of making direct paths over the internet, and where media reaches the box from there.

use crate::common::{TestServer, fail_to_start};
use rustix::process::Signal;
use serde_json::{Value, json};

/// When the credentials end, in seconds since 1970, and whose they are.
fn credentials(server: &Value) -> (u64, String) {
    let (expiry, page) = server["username"].as_str().expect("a username").split_once(':').expect("a colon");
    assert!(server["credential"].as_str().is_some_and(|text| text.len() == 28), "SHA-1 in base64: {server}");
    (expiry.parse().expect("seconds"), page.to_owned())
}

fn unix_time() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_secs()
}

#[tokio::test]
async fn without_settings_no_page_is_told_of_any_server() {
    let server = TestServer::start(&[]);
    let mut ann = server.page("Ann").await;
    assert_eq!((ann.welcome.get("ice"), ann.welcome.get("relay_always")), (None, None));
    ann.say(json!({"type": "ask_ice"})).await;
    assert_eq!(ann.hear("ice").await["ice"], json!({"servers": []}));
}

#[tokio::test]
async fn each_page_gets_credentials_of_its_own_and_others_before_they_end() {
    let dir = tempfile::tempdir().unwrap();
    let (secret, settings) = (dir.path().join("turn"), dir.path().join("wizyjno.toml"));
    std::fs::write(&secret, "north\n").unwrap();
    let uris = json!(["turn:turn.example", "turns:turn.example:443?transport=tcp"]);
    let said = format!("stun = 'stun:stun.example'\nturn = {uris}\nturn-secret-file = {secret:?}\n");
    std::fs::write(&settings, said).unwrap();
    let server = TestServer::start(&["--config", settings.to_str().unwrap()]);
    let before = unix_time();
    let (mut ann, bob) = (server.page("Ann").await, server.page("Bob").await);
    let of = |ice: &Value| {
        assert_eq!(ice["servers"][0], json!({"urls": ["stun:stun.example"]}));
        assert_eq!((&ice["servers"][1]["urls"], &ice["expires_in_ms"]), (&uris, &json!(600_000)));
        credentials(&ice["servers"][1])
    };
    let ((ends, anns), (_, bobs)) = (of(&ann.welcome["ice"]), of(&bob.welcome["ice"]));
    assert!((before + 600..=unix_time() + 600).contains(&ends), "ten minutes from then: {ends}");
    assert_ne!(anns, bobs);
    ann.say(json!({"type": "ask_ice"})).await;
    let (later, whose) = of(&ann.hear("ice").await["ice"]);
    assert!(later >= ends && whose == anns);

    std::fs::write(&settings, "stun = 'stun:other.example'\n").unwrap();
    server.signal(Signal::HUP);
    let told = loop {
        ann.say(json!({"type": "ask_ice"})).await;
        let told = ann.hear("ice").await;
        if told["ice"]["servers"][0]["urls"][0] == "stun:other.example" {
            break told;
        }
    };
    assert_eq!(told["ice"], json!({"servers": [{"urls": ["stun:other.example"]}]}));
}

#[tokio::test]
async fn where_all_media_goes_by_the_relay_pages_are_told_so() {
    let server = TestServer::start(&["--relay-always"]);
    let (mut ann, mut bob) = (server.page("Ann").await, server.page("Bob").await);
    assert_eq!(ann.welcome["relay_always"], true);
    ann.call(&mut bob).await;
    ann.say(json!({"type": "signal", "to": bob.id, "signal": {"offer_request": {}}})).await;
    ann.say(json!({"type": "ask_links"})).await;
    ann.hear("links").await;
    bob.has_not_heard("signal").await;
}

#[tokio::test]
async fn the_box_offers_its_public_addresses_beside_its_own() {
    let server = TestServer::start(&["--public-address", "203.0.113.5,198.51.100.7:4430"]);
    let (mut ann, mut bob) = (server.page("Ann").await, server.page("Bob").await);
    ann.call(&mut bob).await;
    let offer = ann.hear("relay_offer").await;
    let sdp = offer["sdp"].as_str().expect("an SDP").to_owned();
    let port = server.https.port();
    for own in [
        "127.0.0.1".to_owned() + &format!(" {port} typ host"),
        format!("203.0.113.5 {port} typ host"),
        "198.51.100.7 4430 typ host".to_owned(),
    ] {
        for way in ["udp", "tcp"] {
            let there = sdp.lines().any(|line| {
                line.starts_with("a=candidate:") && line.contains(&format!(" {way} ")) && line.contains(&own)
            });
            assert!(there, "{own} by {way} in {sdp}");
        }
    }
}

#[test]
fn what_cannot_be_is_one_sentence_at_the_start() {
    let dir = tempfile::tempdir().unwrap();
    let empty = dir.path().join("empty");
    std::fs::write(&empty, "\n").unwrap();
    for (options, sentence) in [
        (&["--public-address", "call.example"][..], "use an IP address of the internet"),
        (&["--public-address", "0.0.0.0"], "use an IP address of the internet"),
        (&["--stun", "stun.example"], "use a URI such as stun:"),
        (&["--turn", "turn:ann@turn.example"], "use a URI such as turn:"),
        (&["--turn", "turn:turn.example"], "give --turn-secret-file as well"),
        (&["--turn-secret-file", "/etc/hostname"], "give --turn as well"),
        (
            &["--turn", "turn:turn.example", "--turn-secret-file", "/nowhere"],
            "cannot read the file /nowhere of",
        ),
        (
            &["--turn", "turn:turn.example", "--turn-secret-file", empty.to_str().unwrap()],
            "its first line is empty",
        ),
        (&["--relay-always=perhaps"], "--relay-always"),
    ] {
        let (status, said) = fail_to_start(dir.path(), options);
        assert_eq!((status, said.len()), (Some(1), 1), "{options:?}: {said:?}");
        assert!(said[0].contains(sentence), "{options:?}: {said:?}");
    }
}
