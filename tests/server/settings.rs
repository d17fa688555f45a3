//! The settings of a box that runs: read again on SIGHUP, and no call is dropped for it.

use crate::common::{SOON, TestServer};
use rustix::process::Signal;
use serde_json::{Value, json};
use std::time::Instant;

/// Waits until the box answers to that name.
async fn answers_to(server: &TestServer, name: &str) {
    let deadline = Instant::now() + SOON;
    while server.get("/health", &format!("Host: {name}\r\n")).await.0 != 200 {
        assert!(Instant::now() < deadline, "the box does not answer to {name}");
    }
}

#[tokio::test]
async fn on_sighup_the_settings_are_read_again_and_a_call_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("wizyjno.toml");
    std::fs::write(&file, "domain = ['before.example']\nring-seconds = 20\n").unwrap();
    let server = TestServer::start(&["--config", file.to_str().unwrap()]);
    let mut ann = server.page("Ann").await;
    let mut bob = server.page("Bob").await;
    let mut eve = server.page("Eve").await;
    answers_to(&server, "before.example").await;

    std::fs::write(&file, "rign-seconds = 10").unwrap();
    server.signal(Signal::HUP);
    ann.say(json!({"type": "invite", "to": bob.id})).await;
    let ring = bob.hear("ring").await;
    assert!((10_001..=20_000).contains(&ring["expires_in_ms"].as_u64().unwrap()), "{ring}");
    bob.say(json!({"type": "accept", "invitation": ring["invitation"]})).await;
    let room = ann
        .hear_that("room", |told| told["room"]["members"].as_array().is_some_and(|all| all.len() == 2))
        .await;
    assert_eq!(room["room"]["capacity"], 32);
    answers_to(&server, "before.example").await;

    let new = "domain = 'after.example'\nring-seconds = 10\nroom-size = 3\nname = 'kuchnia'\n\
               media-threads = 1\nconnections-per-address = 5\n";
    std::fs::write(&file, new).unwrap();
    server.signal(Signal::HUP);
    answers_to(&server, "after.example").await;
    answers_to(&server, "kuchnia.local").await;
    assert_eq!(server.get("/health", "Host: before.example\r\n").await.0, 421);
    ann.say(json!({"type": "invite", "to": eve.id})).await;
    let ring = eve.hear("ring").await;
    assert!(ring["expires_in_ms"].as_u64().unwrap() <= 10_000, "{ring}");
    let told = bob.hear_that("room", |told| told["room"]["capacity"] == 3).await;
    assert_eq!(told["room"]["members"].as_array().map(Vec::len), Some(2), "the call goes on");
    assert_eq!(server.page("Fay").await.welcome["host"], "kuchnia.local");
    ann.has_not_heard("room_left").await;
    let health: Value = serde_json::from_slice(&server.get("/health", "").await.2).unwrap();
    assert_eq!(health["members"], 2);

    let log = server.stop_and_read();
    for line in [
        "is wrong in line 1: there is no setting \"rign-seconds\"; did you mean \"ring-seconds\"?",
        "only a restart changes this setting setting=\"media-threads\"",
    ] {
        assert!(log.contains(line), "{line} is missing in\n{log}");
    }
    assert!(!log.contains("setting=\"https-port\""), "only what differs is named:\n{log}");
}

#[tokio::test]
async fn an_interface_that_is_not_there_is_named_and_waited_for() {
    let server = TestServer::start(&["--interface", "lo", "--interface", "cable7"]);
    assert_eq!(server.get("/health", "").await.0, 200);
    let log = server.stop_and_read();
    assert!(log.contains("there is no network interface cable7; it is used once it appears"), "{log}");
    assert!(!log.contains("no network interface lo"), "{log}");
}
