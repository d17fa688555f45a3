//! Spaces, from outside: each is a lobby of its own, and nothing of one is heard in another.

use crate::common::{TEST_TIMEOUT, TestBrowser, TestServer, fail_to_start};
use rustix::process::Signal;
use serde_json::{Value, json};
use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

/// A box with these settings; the folder of its file lives as long.
fn with_file(settings: &str) -> (TestServer, tempfile::TempDir) {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let file = dir.path().join("wizyjno.toml");
    std::fs::write(&file, settings).expect("it can be written");
    (TestServer::start(&["--config", file.to_str().expect("text")]), dir)
}

fn text(body: &[u8]) -> String {
    String::from_utf8(body.to_vec()).expect("text")
}

/// Otherwise a forged link would tell that there is a call in a space to which somebody has no key.
#[tokio::test]
async fn a_room_of_another_space_is_as_unknown_as_one_that_never_was() {
    let (server, _dir) = with_file("[space.a]\n[space.b]\n");
    let mut ann = server.page_in("/s/a", "Ann").await;
    let mut bob = server.page_in("/s/a", "Bob").await;
    let room = ann.call(&mut bob).await["room"]["id"].as_u64().expect("a number");
    for place in ["/s/b", ""] {
        let mut eve = server.page_in(place, "Eve").await;
        let mut answers = Vec::new();
        for id in [room, room ^ 1 << 31, 0, u64::from(u32::MAX)] {
            eve.say(json!({"type": "knock", "room": id})).await;
            answers.push(eve.hear("error").await);
        }
        assert!(answers.iter().all(|answer| answer["code"] == "room_unknown"), "in {place:?}: {answers:?}");
        eve.say(json!({"type": "knock", "room": 1_u64 << 32})).await;
        assert_eq!(eve.hear("error").await["code"], "not_understood");
    }
    ann.has_not_heard("knock_sent").await;
    assert!(!ann.transcript.contains("Eve"), "{}", ann.transcript);
}

/// A stranger in a space tries everything that somebody in another space knows.
async fn try_what_is_not_theirs(
    stranger: &mut TestBrowser,
    ann: &TestBrowser,
    room: &Value,
    calls: [&Value; 2],
) {
    let [invitation, knock] = calls;
    let tile = json!({"person": ann.id, "source": "camera", "width": 1, "pinned": true});
    let signal = json!({"candidate": {"candidate": "", "sdpMid": "0", "sdpMLineIndex": 0}});
    for message in [
        json!({"type": "invite", "to": ann.id}),
        json!({"type": "accept", "invitation": invitation}),
        json!({"type": "bring_here", "invitation": invitation}),
        json!({"type": "decline", "invitation": invitation}),
        json!({"type": "ringing", "invitation": invitation}),
        json!({"type": "knock", "room": room}),
        json!({"type": "admit", "knock": knock}),
        json!({"type": "refuse", "knock": knock}),
        json!({"type": "signal", "to": ann.id, "signal": signal}),
        json!({"type": "remove", "member": ann.id}),
        json!({"type": "ask_to_mute", "member": ann.id}),
        json!({"type": "set_tiles", "tiles": [tile]}),
        json!({"type": "ask_links"}),
        json!({"type": "relay_again"}),
    ] {
        stranger.say(message).await;
    }
    for never in ["room", "ring", "knock_sent", "signal", "links", "relay_offer", "invitation_ended"] {
        stranger.has_not_heard(never).await;
    }
}

#[tokio::test]
async fn nothing_of_one_space_is_heard_or_worth_anything_in_another() {
    let (server, _dir) = with_file("[space.a]\n[space.b]\n");
    // The same names and, but for chance, other ids.
    let mut ann = server.page_in("/s/a", "Annamaria").await;
    let mut bob = server.page_in("/s/a", "Bobislaw").await;
    let mut carl = server.page_in("/s/a", "Carlotta").await;
    let mut strangers = vec![server.page_in("/s/b", "Eve").await, server.page("Eve").await];

    let room = ann.call(&mut bob).await["room"]["id"].clone();
    ann.say(json!({"type": "invite", "to": carl.id})).await;
    let invitation = carl.hear("ring").await["invitation"].clone();
    let mut dora = server.page_in("/s/a", "Doradora").await;
    dora.say(json!({"type": "knock", "room": room})).await;
    let knock = dora.hear("knock_sent").await["knock"].clone();

    for stranger in &mut strangers {
        try_what_is_not_theirs(stranger, &ann, &room, [&invitation, &knock]).await;
    }
    // By the token of somebody in a call nobody else gets that place.
    let token = ann.hear_that("room", |told| told["room"]["knocks"] != json!([])).await["token"].clone();
    for place in ["/s/b", ""] {
        let hello = json!({"type": "hello", "name": "Eve", "token": token});
        let mut thief = server.page_with(place, hello).await;
        assert!(!thief.resumed && thief.id != ann.id, "in {place:?}: {}", thief.welcome);
        thief.has_not_heard("room").await;
        strangers.push(thief);
    }
    ann.has_not_heard("taken_over").await;
    carl.has_not_heard("invitation_ended").await;
    dora.has_not_heard("knock_ended").await;

    for stranger in &strangers {
        for name in ["Annamaria", "Bobislaw", "Carlotta", "Doradora"] {
            assert!(!stranger.transcript.contains(name), "{name} is heard: {}", stranger.transcript);
        }
    }
    assert!(!ann.transcript.contains("Eve"), "{}", ann.transcript);
    // Where it is right, the token is worth the place.
    let again = server.page_with("/s/a", json!({"type": "hello", "name": "Annamaria", "token": token})).await;
    assert!(again.resumed && again.id == ann.id);
}

#[tokio::test]
async fn a_pin_and_its_device_token_are_of_one_space() {
    let (server, _dir) =
        with_file("pin = '1111'\n[space.a]\npin = '246813'\n[space.b]\npin = '246813'\n[space.c]\n");
    let at = async |space: &str| server.open_at(space, Ipv4Addr::LOCALHOST).await;
    let mut ann = at("/s/a").await;
    ann.say(json!({"type": "hello", "name": "Ann"})).await;
    assert_eq!(ann.hear("error").await["code"], "pin_needed");
    ann.say(json!({"type": "hello", "name": "Ann", "pin": "246813"})).await;
    let pass = ann.hear("pass").await["pass"].clone();
    ann.hear("welcome").await;
    for elsewhere in ["/s/b", ""] {
        let mut page = at(elsewhere).await;
        page.say(json!({"type": "hello", "name": "Ann", "pass": pass})).await;
        assert_eq!(page.hear("error").await["code"], "pin_needed", "in {elsewhere:?}");
        assert!(!page.transcript.contains("people"), "{}", page.transcript);
    }
    server.page_in("/s/c", "Ann").await; // it has none
    let mut again = at("/s/a").await;
    again.say(json!({"type": "hello", "name": "Ann", "pass": pass})).await;
    again.hear("welcome").await;
}

#[tokio::test]
async fn each_space_has_its_page_and_every_other_address_one_sentence() {
    let (server, _dir) = with_file("[space.kuchnia]\ntitle = 'Kuchnia <3'\n[space.'żółw']\n");
    let (status, head, page) = server.get("/s/kuchnia", "").await;
    assert_eq!(status, 200);
    assert!(head.contains("content-security-policy") && page.starts_with(b"<!doctype html>"));
    assert_eq!(server.get("/s/kuchnia/", "").await.0, 200);
    let (_, head, body) = server.get("/s/kuchnia/manifest.webmanifest", "").await;
    assert!(head.contains("application/manifest+json"), "{head}");
    let manifest: Value = serde_json::from_slice(&body).expect("JSON");
    assert_eq!((&manifest["name"], &manifest["start_url"]), (&json!("Kuchnia <3"), &json!("/s/kuchnia")));
    assert_eq!(server.get("/s/kuchnia/main.js", "").await.0, 404);
    let (status, head, _) = server.get("/s/KUCHNIA?lang=pl", "").await;
    assert!(status == 308 && head.contains("location: /s/kuchnia?lang=pl"), "{head}");
    assert_eq!(server.get("/s/%C5%BC%C3%B3%C5%82w", "").await.0, 200);

    let (status, _, body) = server.get("/s/nowhere", "Accept-Language: pl\r\n").await;
    assert_eq!(status, 404);
    assert!(text(&body).contains("Nie ma tu przestrzeni o tej nazwie"), "{}", text(&body));
    for bad in ["/s/", "/s", "/s/a.b", "/s/%ff", "/s/a%20b", &format!("/s/{}", "a".repeat(41))] {
        let (status, _, body) = server.get(bad, "").await;
        assert!(status == 404 && text(&body).contains("1 to 40 letters"), "{bad}: {}", text(&body));
    }
    // A page that was loaded before learns why it is not let in.
    let mut late = server.open_at("/s/nowhere", Ipv4Addr::LOCALHOST).await;
    assert_eq!(late.hear("space_closed").await["why"], "removed");
    assert_eq!(late.hear_close().await, Some(4003));
    // Without spaces there is none.
    let server = TestServer::start(&[]);
    assert_eq!(server.get("/s/kuchnia", "").await.0, 404);
}

#[tokio::test]
async fn who_is_in_a_space_is_told_to_the_owner_alone() {
    let (server, _dir) = with_file("status-password = 'wungel'\n[space.a]\n");
    let _ann = server.page_in("/s/a", "Annamaria").await;
    assert_eq!(server.get("/status", "").await.0, 401);
    let owner = "Authorization: Basic eDp3dW5nZWw=\r\n";
    let page = text(&server.get("/status", owner).await.2);
    assert!(page.contains("Annamaria · a"), "{page}");
    let health: Value = serde_json::from_slice(&server.get("/health", owner).await.2).expect("JSON");
    assert_eq!(health["people"], 1, "all spaces together");
    for path in ["/health", "/metrics"] {
        assert!(!text(&server.get(path, owner).await.2).contains("Annamaria"), "{path}");
    }
}

#[tokio::test]
async fn where_spaces_are_open_whoever_comes_makes_one_and_so_many() {
    let server = TestServer::start(&["--spaces", "open", "--connections-per-address", "200"]);
    assert_eq!(server.get("/s/anything", "").await.0, 200);
    let mut ann = server.page_in("/s/anything", "Ann").await;
    let mut bob = server.page_in("/s/anything", "Bob").await;
    ann.call(&mut bob).await;
    let mut held = Vec::new();
    // After a start one address may make more of them for a while, because people return.
    for n in 1..128 {
        held.push(server.page_in(&format!("/s/more{n}"), "Ann").await);
    }
    let mut more = server.open_at("/s/one-too-many", Ipv4Addr::LOCALHOST).await;
    assert_eq!(more.hear("space_closed").await["why"], "too_many");
    assert_eq!(more.hear_close().await, Some(4003));
    server.page_in("/s/more7", "Bob").await; // who is there has company still
    let mut other = server.open_at("/s/one-too-many", Ipv4Addr::new(127, 0, 0, 2)).await;
    other.say(json!({"type": "hello", "name": "Eve"})).await;
    other.hear("welcome").await;

    // A space that everybody has left is gone, and makes room for another.
    let mut last = held.pop().expect("some are held");
    last.say(json!({"type": "goodbye"})).await;
    assert_eq!(last.hear_close().await, Some(1000));
    drop(last);
    let deadline = Instant::now() + TEST_TIMEOUT;
    loop {
        let mut again = server.open_at("/s/room-for-one", Ipv4Addr::LOCALHOST).await;
        again.say(json!({"type": "hello", "name": "Ann"})).await;
        if again.hear_one_of(&["welcome", "space_closed"]).await["type"] == "welcome" {
            break;
        }
        assert!(Instant::now() < deadline, "the space that is over counts still");
    }
}

#[tokio::test]
async fn a_restart_keeps_places_and_rooms_of_each_space() {
    let (server, _dir) = with_file("spaces = 'open'\n[space.a]\n");
    let mut calls = Vec::new();
    for space in ["/s/a", "/s/open", ""] {
        let mut ann = server.page_in(space, "Ann").await;
        let mut bob = server.page_in(space, "Bob").await;
        let room = ann.call(&mut bob).await;
        let theirs = bob.hear_room(2).await;
        calls.push((space, [room["token"].clone(), theirs["token"].clone()], room["room"]["id"].clone()));
    }
    let server = server.restart();
    for (space, [anns, bobs], room) in calls {
        let hello = |name: &str, token| json!({"type": "hello", "name": name, "token": token});
        let mut ann = server.page_with(space, hello("Ann", anns)).await;
        let _bob = server.page_with(space, hello("Bob", bobs)).await;
        assert!(ann.resumed, "in {space:?}");
        assert_eq!(ann.hear_room(2).await["room"]["id"], room, "in {space:?}");
    }
}

#[tokio::test]
async fn a_reload_makes_spaces_and_takes_them_away_with_a_word() {
    let (server, dir) = with_file("[space.a]\n[space.b]\nsize = 2\n");
    let mut ann = server.page_in("/s/a", "Ann").await;
    let mut bob = server.page_in("/s/a", "Bob").await;
    ann.call(&mut bob).await;
    let mut carl = server.page_in("/s/b", "Carl").await;
    std::fs::write(dir.path().join("wizyjno.toml"), "[space.b]\nsize = 2\n[space.c]\n")
        .expect("it can be written");
    server.signal(Signal::HUP);
    for page in [&mut ann, &mut bob] {
        assert_eq!(page.hear("space_closed").await["why"], "removed");
        assert_eq!(page.hear_close().await, Some(4003));
    }
    carl.has_not_heard("space_closed").await;
    assert_eq!((server.get("/s/a", "").await.0, server.get("/s/c", "").await.0), (404, 200));
    let health =
        async || -> Value { serde_json::from_slice(&server.get("/health", "").await.2).expect("JSON") };
    assert_eq!((health().await["people"].clone(), health().await["members"].clone()), (json!(1), json!(0)));
    let deadline = Instant::now() + TEST_TIMEOUT;
    let metrics = async || text(&server.get("/metrics", "").await.2);
    while metrics().await.contains("member=") {
        assert!(Instant::now() < deadline, "the relay lets them go, too: {}", metrics().await);
    }

    let _dora = server.page_in("/s/b", "Dora").await;
    let mut third = server.open_at("/s/b", Ipv4Addr::LOCALHOST).await;
    third.say(json!({"type": "hello", "name": "Eve"})).await;
    assert_eq!(third.hear("error").await["code"], "lobby_full");
}

#[tokio::test]
async fn when_its_lifetime_is_over_a_space_is_closed() {
    let (server, _dir) = with_file("[space.a]\nlifetime = '1s'\n");
    let mut ann = server.page_in("/s/a", "Ann").await;
    assert_eq!(ann.hear("space_closed").await["why"], "expired");
    assert_eq!(ann.hear_close().await, Some(4003));
    let mut late = server.open_at("/s/a", Ipv4Addr::LOCALHOST).await;
    assert_eq!(late.hear("space_closed").await["why"], "expired");
    assert_eq!(server.get("/s/a", "").await.0, 404);
}

#[tokio::test]
async fn who_is_not_let_in_begins_no_lifetime() {
    let (server, _dir) = with_file("[space.a]\npin = '246813'\nlifetime = '1s'\n");
    let begin = Instant::now();
    // Neither comes in: one has no PIN, and one says nothing.
    let mut eve = server.open_at("/s/a", Ipv4Addr::LOCALHOST).await;
    let _silent = server.open_at("/s/a", Ipv4Addr::LOCALHOST).await;
    while begin.elapsed() < Duration::from_millis(1500) {
        eve.say(json!({"type": "hello", "name": "Eve"})).await;
        assert_eq!(eve.hear_one_of(&["error", "space_closed"]).await["code"], "pin_needed");
    }
    let hello = json!({"type": "hello", "name": "Ann", "pin": "246813"});
    let mut ann = server.page_with("/s/a", hello).await;
    assert_eq!(ann.hear("space_closed").await["why"], "expired");
}

#[test]
fn a_space_that_cannot_be_is_one_sentence_at_the_start() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let file = dir.path().join("wizyjno.toml");
    std::fs::write(&file, "name = 'x'\n[space.a]\npin = '12'\n").expect("it can be written");
    let (status, lines) = fail_to_start(dir.path(), &["--config", file.to_str().expect("text")]);
    assert_eq!((status, lines.len()), (Some(1), 1), "{lines:?}");
    assert!(lines[0].contains("line 3: pin of the space a must be 4 to 12 digits"), "{lines:?}");
    let (status, lines) = fail_to_start(dir.path(), &["--spaces", "wide"]);
    assert!(status == Some(1) && lines[0].contains("use configured or open"), "{lines:?}");
}

#[tokio::test]
async fn that_somebody_guesses_the_pin_of_a_space_is_told_to_the_owner_alone() {
    let (server, _dir) = with_file("status-password = \"open sesame\"\n[space.a]\npin = \"246813\"\n");
    for n in 1..=20 {
        let mut eve = server.open_at("/s/a", Ipv4Addr::new(127, 0, 2, n)).await;
        eve.say(json!({"type": "hello", "name": "Eve", "pin": "111111"})).await;
        eve.hear("error").await;
    }
    // owner:open sesame
    let as_owner = "Authorization: Basic b3duZXI6b3BlbiBzZXNhbWU=\r\n";
    for (headers, is_told) in [(as_owner, true), ("", false)] {
        let (_, _, health) = server.get("/health", headers).await;
        let health: Value = serde_json::from_slice(&health).expect("JSON");
        assert_eq!(health["guessed_pins"].is_number(), is_told, "{health}");
    }
}
