//! On a platform that passes HTTP only, or under something that looks after it: no relay, the page of a host on the
//! internet, and the answer to whoever asks how it is.

use crate::common::{TestServer, ask_where, fail_to_start};
use serde_json::{Value, json};
use std::net::UdpSocket;

/// Whether a box with these settings says that it serves; and what it says.
fn health(server: &TestServer, options: &[&str]) -> (bool, String) {
    let (https, http) = (server.https.port().to_string(), server.http.port().to_string());
    let ports = [["WIZYJNO_HTTPS_PORT", https.as_str()], ["WIZYJNO_HTTP_PORT", http.as_str()]];
    let (is_well, _, said) = ask_where(server.state.path(), &[&["health"], options].concat(), &ports);
    (is_well, said)
}

/// The port of media, as the ready file has it.
fn media_port(server: &TestServer) -> Value {
    let ready = std::fs::read(server.state.path().join("ready.json")).expect("it is ready");
    serde_json::from_slice::<Value>(&ready).expect("JSON")["media_port"].clone()
}

#[tokio::test]
async fn without_a_relay_no_port_of_media_is_open_and_rooms_are_small() {
    let server = TestServer::start(&["--no-relay", "--room-size", "9"]);
    assert_eq!(media_port(&server), Value::Null);
    assert!(UdpSocket::bind(server.https).is_ok(), "UDP is nobody's");
    let mut ann = server.page("Ann").await;
    assert_eq!(ann.welcome["relayless"], true);
    let mut others = Vec::new();
    let mut room = Value::Null;
    for (name, members) in [("Bob", 2), ("Cyd", 3), ("Dee", 4)] {
        let mut other = server.page(name).await;
        ann.say(json!({"type": "invite", "to": other.id})).await;
        let ring = other.hear("ring").await;
        other.say(json!({"type": "accept", "invitation": ring["invitation"]})).await;
        room = ann.hear_room(members).await["room"].take();
        assert_eq!(room["capacity"], 4);
        others.push(other);
    }
    let mut eve = server.page("Eve").await;
    ann.say(json!({"type": "invite", "to": eve.id})).await;
    assert_eq!(ann.hear("error").await["code"], "room_full");
    eve.say(json!({"type": "knock", "room": room["id"]})).await;
    assert_eq!(eve.hear("error").await["code"], "room_full");

    // What a page wants of the relay all the same leads nowhere, and what concerns the direct path to the other one.
    ann.say(json!({"type": "relay_offer", "connection": 1, "sdp": "v=0"})).await;
    ann.say(json!({"type": "set_media", "media": {"microphone": true, "camera": true, "screen": true, "relayless": true}}))
        .await;
    let is_told = |told: &Value| told["room"]["members"][0]["media"]["relayless"] == true;
    others[1].hear_that("room", is_told).await;
    ann.say(json!({"type": "signal", "to": others[1].id, "signal": {"offer_request": {}}})).await;
    assert_eq!(others[1].hear("signal").await["from"], ann.id);
    ann.has_not_heard("relay_ended").await;
    let (status, _, _) = server.get("/health", "").await;
    assert_eq!(status, 200);
    let log = server.stop_and_read();
    let line =
        "no relay (the setting no-relay): two to four people go direct, and more do not fit into a room";
    assert_eq!(log.matches(line).count(), 1, "{log}");
}

#[tokio::test]
async fn with_a_relay_the_welcome_says_nothing_of_it() {
    let server = TestServer::start(&[]);
    assert!(media_port(&server).is_u64());
    assert!(server.page("Ann").await.welcome.get("relayless").is_none());
}

#[tokio::test]
async fn the_page_says_of_itself_whether_it_is_one_of_the_internet() {
    let says_so = |body: &[u8]| String::from_utf8_lossy(body).contains("<html data-hosted lang=");
    let dir = tempfile::tempdir().unwrap();
    let settings = dir.path().join("wizyjno.toml");
    std::fs::write(&settings, "[space.choir]\n").unwrap();
    let server = TestServer::start(&[
        "--domain",
        "call.example.org",
        "--acme-directory",
        "https://127.0.0.1:1/directory",
        "--config",
        settings.to_str().unwrap(),
    ]);
    for path in ["/", "/r/7", "/s/choir"] {
        let (_, head, body) = server.get(path, "Host: call.example.org\r\n").await;
        assert!(says_so(&body), "{path}");
        assert!(
            head.contains("content-security-policy: ") && head.contains("cache-control: no-cache"),
            "{head}"
        );
        let etag = head.lines().find_map(|line| line.strip_prefix("etag: ")).expect("a tag");
        let again = format!("Host: call.example.org\r\nIf-None-Match: {etag}\r\n");
        assert_eq!(server.get(path, &again).await.0, 304);
        // By its other names it is a box as ever.
        let (status, _, body) = server.get(path, &format!("If-None-Match: {etag}\r\n")).await;
        assert!(status == 200 && !says_so(&body), "{path}");
    }
    let proxied = TestServer::start(&["--behind-proxy", "--domain", "call.example"]);
    let (_, _, body) = proxied.get_plain("/", "Host: call.example\r\n").await;
    assert!(says_so(&body));
}

#[tokio::test]
async fn whoever_asks_how_it_is_gets_a_status_and_a_sentence() {
    for options in [&[][..], &["--behind-proxy", "--domain", "call.example"]] {
        let server = TestServer::start(options);
        assert_eq!(health(&server, options), (true, String::new()), "{options:?}");
        let elsewhere = [options, &["--https-port", "1", "--http-port", "1"]].concat();
        let (is_well, said) = health(&server, &elsewhere);
        assert!(!is_well && said.starts_with("wizyjno: nothing serves at port 1: "), "{said}");
    }
    let dir = tempfile::tempdir().unwrap();
    let (status, said) = fail_to_start(dir.path(), &["--no-relay", "--relay-always"]);
    assert_eq!((status, said.len()), (Some(1), 1), "{said:?}");
    let (status, said) = fail_to_start(dir.path(), &["health"]);
    assert_eq!((status, said.len()), (Some(1), 1), "{said:?}");
    assert!(said[0].contains("the authority in the folder of --state-dir cannot be read"), "{said:?}");
}
