//! The settings of a box that runs: reread on SIGHUP, and no call is dropped for it.

use crate::common::{TEST_TIMEOUT, TestServer, command, fail_to_start};
use rustix::process::Signal;
use serde_json::{Value, json};
use std::time::Instant;

/// Waits until the box answers to that name.
async fn answers_to(server: &TestServer, name: &str) {
    let deadline = Instant::now() + TEST_TIMEOUT;
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
    let room = ann.hear_room(2).await;
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

#[tokio::test]
async fn an_empty_variable_is_as_good_as_none() {
    let empty = [
        "STATUS_PASSWORD",
        "INTERFACE",
        "DOMAIN",
        "PIN",
        "NO_MDNS",
        "ROOM_SIZE",
        "LISTEN",
        "CONFIG",
        "NAME",
        "PIN_FILE",
    ];
    let environment =
        empty.map(|name| (format!("WIZYJNO_{name}"), if name == "DOMAIN" { " " } else { "" }.to_owned()));
    let server = TestServer::start_with(&[], environment.to_vec());
    assert_eq!(server.get("/health", "").await.0, 200);
    let ann = server.page("Ann").await;
    assert_eq!(ann.welcome["host"], "wizyjno.local");
    let asked = "Authorization: Basic Og==\r\n"; // an empty name and an empty password
    let (with, without) = (server.get("/status", asked).await.0, server.get("/status", "").await.0);
    assert_eq!(with, without, "an empty password opens no more than none");
}

fn fails_in_one_sentence(options: &[&str], sentence: &str) {
    let dir = tempfile::tempdir().unwrap();
    let (status, said) = fail_to_start(dir.path(), options);
    assert_eq!((status, said.len()), (Some(1), 1), "{options:?}: {said:?}");
    assert!(said[0].contains(sentence), "{options:?}: {said:?}");
}

#[test]
fn what_cannot_be_set_is_one_sentence_at_the_start() {
    for (options, sentence) in [
        (["--status-password", ""], "use a password that is not empty"),
        (["--domain", "https://calls.example/"], "use a host name alone"),
        (["--domain", "calls.example:8443"], "use a host name alone"),
        (["--domain", "*.local"], "use a host name alone"),
        (["--interface", ""], "use the name of a network interface"),
    ] {
        fails_in_one_sentence(&options, sentence);
    }
}

#[test]
fn a_pipe_or_a_huge_file_is_refused_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name).to_str().unwrap().to_owned();
    rustix::fs::mknodat(rustix::fs::CWD, at("pipe"), rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
    std::fs::File::create(at("huge")).unwrap().set_len(200 << 20).unwrap();
    for setting in ["--config", "--pin-file", "--status-password-file"] {
        for (file, problem) in [("pipe", "it is no regular file"), ("huge", "it is larger than ")] {
            fails_in_one_sentence(&[setting, &at(file)], problem);
        }
    }
}

#[test]
fn without_a_plain_page_the_box_serves_and_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let holders: Vec<_> =
        [80, 8080].into_iter().map(|port| std::net::TcpListener::bind(("127.0.0.1", port))).collect();
    // Either this test holds it, or somebody else does.
    let ready = dir.path().join("ready.json");
    let mut child =
        command(dir.path()).args(["--https-port", "0", "--ready-file"]).arg(&ready).spawn().unwrap();
    let deadline = Instant::now() + TEST_TIMEOUT;
    while !ready.exists() && child.try_wait().unwrap().is_none() {
        assert!(Instant::now() < deadline, "the box does not get ready");
        std::thread::yield_now();
    }
    let told: Value = serde_json::from_str(&std::fs::read_to_string(&ready).expect("it serves")).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    drop(holders);
    assert_eq!(told["http"], Value::Null);
    assert!(told["https"].as_str().unwrap().starts_with("https://127.0.0.1:"));
    let holder = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = holder.local_addr().unwrap().port().to_string();
    // But a port that was asked for is wanted.
    fails_in_one_sentence(&["--https-port", "0", "--http-port", &taken], "is taken by another program");
}
