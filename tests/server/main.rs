//! The box from outside, over real TLS: what it serves, to whom, and what it bears.
#![allow(clippy::disallowed_methods)] // real time passes here

mod ca;
mod certificates;
mod clock;
#[path = "../common/mod.rs"]
mod common;
mod doctor;
mod hosted;
mod ice;
mod links;
mod metrics;
mod pin;
mod proxy;
mod quiet;
mod settings;
mod signals;
mod slow;
mod spaces;
mod status;
mod strangers;
mod streams;
mod turn;

use common::{TestServer, command, fail_to_start};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

/// Whether that message about the list has somebody of that name of whom `it_holds`.
fn tells_of(told: &Value, name: &str, it_holds: impl Fn(&Value) -> bool) -> bool {
    let people = told["people"].as_array();
    people.is_some_and(|people| people.iter().any(|person| person["name"] == name && it_holds(person)))
}

#[tokio::test]
async fn the_page_comes_with_strict_headers_and_is_only_asked_for_again() {
    let server = TestServer::start(&[]);
    let (status, head, body) = server.get("/", "").await;
    assert_eq!(status, 200);
    assert!(body.starts_with(b"<!doctype html>") || body.starts_with(b"<!DOCTYPE html>"));
    for wanted in [
        "content-security-policy: default-src 'none'; script-src 'self'",
        "frame-ancestors 'none'",
        "x-content-type-options: nosniff",
        "referrer-policy: no-referrer",
        "permissions-policy: camera=(self), microphone=(self), display-capture=(self)",
        "cache-control: no-cache",
    ] {
        assert!(head.contains(wanted), "{wanted} is missing in\n{head}");
    }
    assert!(!head.contains("unsafe-inline"), "{head}");
    assert!(!head.contains("strict-transport-security"), "a box with a new authority would lock people out");

    let etag = head.lines().find_map(|line| line.strip_prefix("etag: ")).expect("an ETag");
    let (status, _, body) = server.get("/", &format!("If-None-Match: {etag}\r\n")).await;
    assert_eq!((status, body.len()), (304, 0));

    let (status, head, _) = server.get("/some/deep/link", "Accept-Encoding: br\r\n").await;
    assert_eq!(status, 200, "a path without a dot is the page");
    assert!(head.contains("content-encoding: br"));
    assert_eq!(server.get("/nothing.js", "").await.0, 404);
}

#[tokio::test]
async fn only_the_boxes_own_names_are_answered() {
    let server = TestServer::start(&["--domain", "calls.example"]);
    let port = server.https.port();
    for own in ["wizyjno.local", "localhost", "127.0.0.1", "WIZYJNO.local", "calls.example"] {
        assert_eq!(server.get("/health", &format!("Host: {own}:{port}\r\n")).await.0, 200, "{own}");
        assert_eq!(server.get("/health", &format!("Host: {own}\r\n")).await.0, 200, "{own}");
    }
    for foreign in ["evil.example", "wizyjno.local.evil.example", "192.0.2.7", "[2001:db8::1]", "a<b"] {
        assert_eq!(server.get("/health", &format!("Host: {foreign}\r\n")).await.0, 421, "{foreign}");
        assert_eq!(server.get_plain("/", &format!("Host: {foreign}\r\n")).await.0, 421, "{foreign}");
    }
}

#[tokio::test]
async fn another_page_cannot_speak_for_ours() {
    let server = TestServer::start(&[]);
    let port = server.https.port();
    let upgrade = "Connection: close, upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
                   Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    let protocol = "Sec-WebSocket-Protocol: wizyjno.v1\r\n";
    for evil in ["https://evil.example", "null", "http://localhost", "https://localhost:1"] {
        let (status, _, _) = server.get("/ws", &format!("{upgrade}{protocol}Origin: {evil}\r\n")).await;
        assert_eq!(status, 403, "{evil}");
    }
    let (status, _, _) = server.get("/ws", &format!("{upgrade}Origin: https://localhost:{port}\r\n")).await;
    assert_eq!(status, 400, "no subprotocol");
    assert_eq!(server.get("/ws", "").await.0, 426, "no WebSocket at all");
}

#[tokio::test]
async fn the_plain_port_only_leads_to_trust() {
    let server = TestServer::start(&[]);
    let (status, head, body) = server.get_plain("/", "").await;
    assert_eq!(status, 200);
    assert!(
        head.contains("content-security-policy: ") && !head.contains("strict-transport-security"),
        "{head}"
    );
    assert!(!body.is_empty());
    let (status, head, authority) = server.get_plain("/ca.crt", "").await;
    assert_eq!(status, 200);
    assert!(head.contains("content-type: application/x-x509-ca-cert"));
    assert_eq!(authority.first(), Some(&0x30), "DER");
    let (status, head, profile) = server.get_plain("/wizyjno.mobileconfig", "").await;
    assert_eq!(status, 200);
    assert!(head.contains("content-type: application/x-apple-aspen-config"));
    for secret in ["PRIVATE KEY", "ca.key"] {
        assert!(!String::from_utf8_lossy(&profile).contains(secret));
    }
    let (status, head, _) = server.get_plain("/ws?x=1", "").await;
    assert_eq!(status, 308);
    let target = format!("location: https://localhost:{}/ws?x=1", server.https.port());
    assert!(head.contains(&target), "{head}");
}

#[tokio::test]
async fn two_people_find_each_other_and_call() {
    let server = TestServer::start(&[]);
    let mut ann = server.page("Ann").await;
    let mut bob = server.page("Bob").await;
    ann.hear_that("changes", |told| tells_of(told, "Bob", |seen| seen["id"] == bob.id)).await;

    ann.say(json!({"type": "invite", "to": bob.id})).await;
    let ring = bob.hear("ring").await;
    assert_eq!((&ring["from"], &ring["name"]), (&json!(ann.id), &json!("Ann")));
    bob.say(json!({"type": "ringing", "invitation": ring["invitation"]})).await;
    ann.hear_that("room", |told| told["room"]["invitations"][0]["progress"] == "ringing").await;
    bob.say(json!({"type": "accept", "invitation": ring["invitation"]})).await;
    for page in [&mut ann, &mut bob] {
        let told = page.hear_room(2).await;
        assert!(told["room"]["offerer"].is_number());
    }
    let sdp = "v=0\r\n\"quoted\" \u{1F600}\r\n";
    ann.say(
        json!({"type": "signal", "to": bob.id, "signal": {"description": {"type": "offer", "sdp": sdp}}}),
    )
    .await;
    let signal = bob.hear("signal").await;
    assert_eq!(signal["from"], ann.id);
    assert_eq!(signal["signal"]["description"]["sdp"], sdp);

    bob.say(json!({"type": "leave"})).await;
    assert_eq!(bob.hear("room_left").await["why"]["why"], "left");
    let why = ann.hear("room_left").await;
    assert_eq!(why["why"], json!({"why": "last_left", "name": "Bob"}));
}

#[tokio::test]
async fn nonsense_is_answered_and_the_socket_stays() {
    let server = TestServer::start(&[]);
    let mut ann = server.page("Ann").await;
    for nonsense in [
        "",
        "{",
        "[]",
        "\"hello\"",
        r#"{"type":"dance"}"#,
        r#"{"type":"invite"}"#,
        r#"{"type":"invite","to":-1}"#,
    ] {
        ann.say_raw(Message::text(nonsense)).await;
        assert_eq!(ann.hear("error").await["code"], "not_understood", "{nonsense}");
    }
    ann.say_raw(Message::binary(vec![0xff; 10])).await;
    assert_eq!(ann.hear("error").await["code"], "not_understood");
    ann.say(json!({"type": "ping", "unknown": {"field": 1}})).await;
    ann.hear("pong").await;
}

#[tokio::test]
async fn a_message_that_is_too_large_ends_that_page_only() {
    let server = TestServer::start(&[]);
    let mut ann = server.page("Ann").await;
    let mut bob = server.page("Bob").await;
    bob.say_raw(Message::text("x".repeat(64 * 1024 + 1))).await;
    assert_eq!(bob.hear_close().await, Some(1009));
    // He only just came, so his place is not kept.
    ann.hear_that("changes", |told| told["left"] == json!([bob.id])).await;
    ann.has_not_heard("error").await;
}

#[tokio::test]
async fn a_page_that_talks_too_much_is_listened_to_more_slowly_and_loses_nothing() {
    let server = TestServer::start(&[]);
    let mut ann = server.page("Ann").await;
    let start = std::time::Instant::now();
    for _ in 0..300 {
        ann.say(json!({"type": "ping"})).await;
    }
    for _ in 0..300 {
        ann.hear("pong").await;
    }
    // 200 at once (hello was one of them), the other 101 at 100 a second.
    assert!(start.elapsed().as_millis() >= 1000, "{:?}", start.elapsed());
}

#[tokio::test]
async fn a_second_tab_takes_over_and_the_first_is_told() {
    let server = TestServer::start(&[]);
    let mut first = server.page("Ann").await;
    let second = server.page_again("Ann", Some(&first.token)).await;
    assert!(second.resumed);
    assert_eq!(second.id, first.id);
    first.hear("taken_over").await;
    assert_eq!(first.hear_close().await, Some(4001));
}

#[tokio::test]
async fn after_a_power_cut_everybody_finds_their_place_and_room_again() {
    let server = TestServer::start(&[]);
    let mut ann = server.page("Ann").await;
    let mut bob = server.page("Bob").await;
    let old = ann.call(&mut bob).await;
    let tokens = [old["token"].clone(), bob.hear_room(2).await["token"].clone()];

    let server = server.restart();
    let mut ann_again = server.page_again("Ann", tokens[0].as_str()).await;
    let mut bob_again = server.page_again("Bob", tokens[1].as_str()).await;
    assert_eq!((ann_again.id, bob_again.id), (ann.id, bob.id));
    for page in [&mut ann_again, &mut bob_again] {
        let told = page.hear_room(2).await;
        assert_eq!(told["room"]["id"], old["room"]["id"]);
        assert_eq!(told["room"]["host"], old["room"]["host"]);
    }
}

#[tokio::test]
async fn a_forged_token_makes_a_new_person() {
    let server = TestServer::start(&[]);
    let ann = server.page("Ann").await;
    let mut forged = ann.token.clone().into_bytes();
    let middle = forged.len() / 2;
    forged[middle] = if forged[middle] == b'A' { b'B' } else { b'A' };
    let eve = server.page_again("Eve", std::str::from_utf8(&forged).ok()).await;
    assert!(!eve.resumed);
    assert_ne!(eve.id, ann.id);
}

#[tokio::test]
async fn so_many_connections_from_one_address_and_no_more() {
    let server = TestServer::start(&["--connections-per-address", "3"]);
    let _three = [server.page("Ann").await, server.page("Bob").await, server.page("Eve").await];
    let mut stream = tokio::net::TcpStream::connect(server.https).await.expect("TCP itself connects");
    let closed = tokio::io::AsyncReadExt::read(&mut stream, &mut [0; 1]).await;
    assert!(matches!(closed, Ok(0) | Err(_)), "the fourth is turned away");
    drop(_three);
    // As soon as the places are free again, others come in.
    let deadline = std::time::Instant::now() + common::TEST_TIMEOUT;
    loop {
        let mut stream = tokio::net::TcpStream::connect(server.https).await.expect("TCP");
        let mut byte = [0];
        let answer = tokio::io::AsyncReadExt::read(&mut stream, &mut byte);
        if tokio::time::timeout(std::time::Duration::from_millis(200), answer).await.is_err() {
            break; // it waits for our TLS hello: we are in
        }
        assert!(std::time::Instant::now() < deadline, "nobody is let in any more");
    }
}

#[tokio::test]
async fn sigterm_tells_the_pages_and_ends_well() {
    let server = TestServer::start(&[]);
    let mut ann = server.page("Ann").await;
    let stopping = tokio::task::spawn_blocking(move || server.stop());
    assert_eq!(ann.hear_close().await, Some(1012), "the page knows that the box comes back");
    let start = std::time::Instant::now();
    assert_eq!(stopping.await.unwrap().code(), Some(0));
    assert!(start.elapsed().as_secs() < 5);
}

#[test]
fn a_start_that_cannot_succeed_says_in_one_line_what_to_do() {
    let dir = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let free = ["--https-port", "0", "--http-port", "0"];

    let (code, lines) = fail_to_start(dir.path(), &["--https-port", &port, "--http-port", "0"]);
    assert_eq!((code, lines.len()), (Some(1), 1), "{lines:?}");
    assert!(lines[0].contains(&port) && lines[0].contains("--https-port"), "{lines:?}");

    let (code, lines) = fail_to_start(dir.path(), &[&free[..], &["--www", "/nowhere"]].concat());
    assert_eq!((code, lines.len()), (Some(1), 1), "{lines:?}");
    assert!(lines[0].contains("/nowhere"));

    let file = dir.path().join("settings.toml");
    std::fs::write(&file, "nmae = 'x'").unwrap();
    let (code, lines) = fail_to_start(dir.path(), &["--config", file.to_str().unwrap()]);
    assert_eq!((code, lines.len()), (Some(1), 1), "{lines:?}");
    assert!(lines[0].contains("nmae") && lines[0].contains("settings.toml"), "{lines:?}");

    std::fs::write(&file, "name = 'kuchnia'\nhttps-port = 0\nhttp-port = 0").unwrap();
    let status =
        command(dir.path()).args(["--config", file.to_str().unwrap(), "--room-size", "1"]).status().unwrap();
    assert_eq!(status.code(), Some(1));
}

#[test]
fn a_wrong_command_line_is_told_in_one_sentence() {
    let dir = tempfile::tempdir().unwrap();
    for (wrong, sentence) in [
        (["--nmae", "x"], "unexpected argument '--nmae' found; a similar argument exists: '--name'"),
        (["--room-size", "99"], "invalid value '99' for '--room-size <N>': use a number from 2 to 32"),
        (
            ["service", "instal"],
            "unrecognized subcommand 'instal'; some similar subcommands exist: 'uninstall', 'install'",
        ),
    ] {
        let (code, lines) = fail_to_start(dir.path(), &wrong);
        assert_eq!((code, lines), (Some(1), vec![format!("wizyjno: {sentence}; wizyjno --help says more")]));
    }
}

#[tokio::test]
async fn a_damaged_key_is_named_and_never_replaced() {
    let server = TestServer::start(&[]);
    let state = server.state.clone();
    for file in ["ca.key", "ca.crt", "token.key"] {
        let path = state.path().join("state").join(file);
        let whole = std::fs::read(&path).unwrap();
        for damaged in [b"rubbish", &whole[..whole.len() / 2], b""] {
            std::fs::write(&path, damaged).unwrap();
            let (code, lines) = fail_to_start(state.path(), &["--https-port", "0", "--http-port", "0"]);
            assert_eq!((code, lines.len()), (Some(1), 1), "{lines:?}");
            assert!(lines[0].contains(file) && lines[0].contains(" is damaged: "), "{lines:?}");
            assert_eq!(std::fs::read(&path).unwrap(), damaged);
        }
        std::fs::write(&path, whole).unwrap();
    }
    // What follows from the authority is made anew.
    std::fs::write(state.path().join("state/leaf.pem"), "-----BEGIN CERT").unwrap();
    let status = server.restart().stop();
    assert_eq!(status.code(), Some(0));
}

#[tokio::test]
async fn a_page_for_which_no_websocket_opens_talks_by_events_and_posts() {
    let server = TestServer::start(&[]);
    let mut bob = server.page("Bob").await;
    let mut ann = server.events().await;
    let hello = json!({"type": "hello", "name": "Ann"});
    // All of one POST is heard, in its order.
    ann.say(&server, &[hello, json!({"type": "invite", "to": bob.id}), json!({"type": "no such thing"})])
        .await;
    let me = ann.hear("welcome").await["you"].clone();
    ann.hear("people").await;
    ann.hear("room").await;
    ann.say(&server, &[json!({"type": "no such thing"})]).await;
    assert_eq!(ann.hear("error").await["code"], "not_understood");
    let ring = bob.hear("ring").await;
    assert_eq!(ring["from"], me);
    bob.say(json!({"type": "accept", "invitation": ring["invitation"]})).await;
    assert_eq!(ann.hear("invitation_ended").await["outcome"]["how"], "accepted");
    // A line break in what somebody says stays in its message.
    let signal = json!({"candidate": {"candidate": "one\ntwo"}});
    bob.say(json!({"type": "signal", "to": me, "signal": signal})).await;
    assert_eq!(ann.hear("signal").await["signal"]["candidate"]["candidate"], "one\ntwo");
    // The end of the stream is the end of the connection.
    let key = ann.header();
    drop(ann);
    bob.hear_that("room", |told| told["room"]["members"][0]["reconnecting"] == true).await;
    assert_eq!(server.post("/events", &key, "").await.0, 404);
}

#[tokio::test]
async fn the_place_on_an_event_stream_can_be_taken_over_and_told_of_a_restart() {
    let server = TestServer::start(&[]);
    let mut first = server.events().await;
    first.say(&server, &[json!({"type": "hello", "name": "Ann"})]).await;
    let token = first.hear("welcome").await["token"].clone();
    let second = server.page_again("Ann", token.as_str()).await;
    assert!(second.resumed);
    first.hear("taken_over").await;
    assert_eq!(first.hear_close().await, 4001);
    assert_eq!(first.next().await, None);
    let mut third = server.events().await;
    let stopping = tokio::task::spawn_blocking(move || server.stop());
    assert_eq!(third.hear_close().await, 1012);
    assert_eq!(stopping.await.unwrap().code(), Some(0));
}

#[tokio::test]
async fn nobody_posts_in_the_place_of_another() {
    let server = TestServer::start(&[]);
    let ann = server.events().await;
    let hello = json!({"type": "hello", "name": "Eve"}).to_string();
    for key in ["", "X-Connection: \r\n", "X-Connection: AAAAAAAAAAAAAAAAAAAAAA\r\n", "X-Connection: *\r\n"] {
        assert_eq!(server.post("/events", key, &hello).await.0, 404, "{key}");
    }
    let foreign = format!("{}Origin: https://evil.example\r\n", ann.header());
    assert_eq!(server.post("/events", &foreign, &hello).await.0, 403);
    assert_eq!(server.get("/events", "Origin: https://evil.example\r\n").await.0, 403);
    assert_eq!(server.post("/ws", &ann.header(), &hello).await.0, 405);
    let large = "x".repeat(64 * 1024 + 1);
    assert_eq!(server.post("/events", &ann.header(), &large).await.0, 413);
    let larger = "x\n".repeat(200 * 1024);
    assert_eq!(server.post("/events", &ann.header(), &larger).await.0, 413);
}
