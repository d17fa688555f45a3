//! The PIN of the lobby, from outside: who knows it comes in, and nobody else learns anything.

use crate::common::{TestServer, ask, fail_to_start};
use rustix::process::Signal;
use serde_json::{Value, json};

#[tokio::test]
async fn without_the_pin_a_page_learns_nothing_and_with_it_a_device_is_asked_once() {
    let server = TestServer::start(&["--pin", "246813"]);
    let mut ann = server.open().await;
    for message in [
        json!({"type": "hello", "name": "Ann"}),
        json!({"type": "hello", "name": "Ann", "pass": "forged"}),
        json!({"type": "hello", "name": "Ann", "token": "forged"}),
    ] {
        ann.say(message).await;
        assert_eq!(ann.hear("error").await["code"], "pin_needed");
    }
    ann.say(json!({"type": "hello", "name": "Ann", "pin": "111111"})).await;
    assert_eq!(ann.hear("error").await["code"], "pin_wrong");
    ann.say(json!({"type": "hello", "name": "Ann", "pin": "246813"})).await;
    let pass = ann.hear("pass").await["pass"].clone();
    ann.hear("welcome").await;
    ann.hear("people").await;

    // Somebody outside hears nothing of what goes on inside, whatever they say.
    let mut eve = server.open().await;
    for message in [
        json!({"type": "ping"}),
        json!({"type": "invite", "to": 1}),
        json!({"type": "knock", "room": 1}),
        json!({"type": "relay_offer", "connection": 1, "sdp": "v=0"}),
    ] {
        eve.say(message).await;
        assert_eq!(eve.hear("error").await["code"], "hello_first");
    }
    eve.say(json!({"type": "hello", "name": "Eve"})).await;
    assert_eq!(eve.hear("error").await["code"], "pin_needed");

    // By events and posts it is the same.
    let mut eve = server.events().await;
    eve.say(&server, &[json!({"type": "hello", "name": "Eve"})]).await;
    assert_eq!(eve.hear("error").await["code"], "pin_needed");
    eve.say(&server, &[json!({"type": "hello", "name": "Eve", "pin": "222222"})]).await;
    assert_eq!(eve.hear("error").await["code"], "pin_wrong");

    // The device comes again with its pass, also after a restart.
    let server = server.restart();
    let mut again = server.open().await;
    again.say(json!({"type": "hello", "name": "Ann", "pass": pass})).await;
    again.hear("welcome").await;
    again.has_not_heard("pass").await;
    let health: Value = serde_json::from_slice(&server.get("/health", "").await.2).unwrap();
    assert_eq!(health["people"], 1);
    let log = server.stop_and_read();
    for secret in ["246813", "111111", "222222", pass.as_str().unwrap()] {
        assert!(!log.contains(secret), "{secret} is in the log:\n{log}");
    }
}

#[tokio::test]
async fn who_guesses_has_to_wait() {
    let server = TestServer::start(&["--pin", "246813"]);
    for guess in 0..4 {
        let mut eve = server.open().await;
        eve.say(json!({"type": "hello", "name": "Eve", "pin": format!("{guess:04}")})).await;
        assert_eq!(eve.hear("error").await["code"], "pin_wrong");
    }
    let mut eve = server.open().await;
    eve.say(json!({"type": "hello", "name": "Eve", "pin": "246813"})).await;
    assert_eq!(eve.hear("error").await["code"], "pin_wait", "on another connection, too");
}

#[tokio::test]
async fn a_pin_comes_out_of_a_file_and_changes_on_sighup() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("pin");
    std::fs::write(&file, "1357\n").unwrap();
    let server = TestServer::start(&["--pin-file", file.to_str().unwrap()]);
    let mut ann = server.open().await;
    ann.say(json!({"type": "hello", "name": "Ann", "pin": "1357"})).await;
    let old = ann.hear("pass").await["pass"].clone();
    ann.hear("welcome").await;
    std::fs::write(&file, "2468\n").unwrap();
    server.signal(Signal::HUP);
    let deadline = std::time::Instant::now() + crate::common::TEST_TIMEOUT;
    loop {
        let mut bob = server.open().await;
        bob.say(json!({"type": "hello", "name": "Bob", "pass": old})).await;
        if bob.hear_one_of(&["welcome", "error"]).await["code"] == "pin_needed" {
            break;
        }
        assert!(std::time::Instant::now() < deadline, "the old pass is good still");
    }
    ann.has_not_heard("error").await; // who is inside stays
}

#[test]
fn a_pin_that_is_none_is_refused_and_not_repeated() {
    let dir = tempfile::tempdir().unwrap();
    let free = ["--https-port", "0", "--http-port", "0"];
    for wrong in ["123", "1234567890123", "12ab", "ąęłż"] {
        let (code, lines) = fail_to_start(dir.path(), &[&free[..], &["--pin", wrong]].concat());
        assert_eq!(code, Some(1));
        assert_eq!(lines, ["wizyjno: the PIN in the setting pin must be 4 to 12 digits; choose another"]);
    }
    let (_, lines) = fail_to_start(dir.path(), &[&free[..], &["--pin-file", "/nowhere/pin"]].concat());
    assert!(lines[0].contains("cannot read the file /nowhere/pin of pin-file"), "{lines:?}");
    let (_, help, _) = ask(dir.path(), &["--help"]);
    assert!(help.contains("--pin <PIN>") && help.contains("[env: WIZYJNO_PIN]"), "{help}");
}
