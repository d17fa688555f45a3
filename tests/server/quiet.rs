//! Kind to SD cards, and to whoever reads the log.

use crate::common::TestServer;
use serde_json::{Value, json};

#[tokio::test]
async fn a_call_writes_nothing_to_the_disk_and_little_to_the_log() {
    // The binary says at `debug` what it says at `info`, so only that is asked for.
    let server = TestServer::start(&[]);
    let before = written(server.pid());
    let mut ann = server.page("Ann").await;
    let mut bob = server.page("Bob").await;
    let mut eve = server.page("Eve").await;
    let room = ann.call(&mut bob).await["room"]["id"].clone();
    eve.say(json!({"type": "knock", "room": room})).await;
    let knocked = |told: &Value| told["room"]["knocks"].as_array().is_some_and(|knocks| knocks.len() == 1);
    let knock = ann.hear_that("room", knocked).await["room"]["knocks"][0]["knock"].clone();
    ann.say(json!({"type": "admit", "knock": knock})).await;
    ann.hear_room(3).await;
    ann.say(json!({"type": "set_media", "media": {"microphone": true, "camera": true, "screen": false}}))
        .await;
    ann.say(json!({"type": "ask_links"})).await;
    ann.hear("links").await;
    for path in ["/", "/health", "/metrics", "/status"] {
        assert_eq!(server.get(path, "").await.0, 200, "{path}");
    }
    for page in [&mut ann, &mut bob, &mut eve] {
        page.say(json!({"type": "leave"})).await;
        page.hear("room_left").await;
    }
    assert_eq!(written(server.pid()), before, "bytes written to a disk");

    // The test boxes say everything; only what everybody's say counts.
    let log = server.stop_and_read();
    let quiet = |line: &&str| !line.trim_start().starts_with("DEBUG");
    let log = log.lines().filter(quiet).collect::<Vec<_>>().join("\n");
    let about = |word: &str| log.lines().filter(|line| line.contains(word)).count();
    assert_eq!(about("in a room"), 3, "one line for each who comes:\n{log}");
    assert_eq!(about("out of the room"), 3, "one line for each who goes:\n{log}");
    assert!(log.lines().count() < 20, "{log}");
    for name in ["Ann", "Bob", "Eve"] {
        assert!(!log.contains(name), "names are nobody's business:\n{log}");
    }
}

/// Bytes that a process has sent to the disk (proc(5), `write_bytes`).
fn written(pid: u32) -> u64 {
    let figures = std::fs::read_to_string(format!("/proc/{pid}/io")).expect("the kernel counts");
    let line = figures.lines().find_map(|line| line.strip_prefix("write_bytes: ")).expect("write_bytes");
    line.parse().expect("a number")
}
