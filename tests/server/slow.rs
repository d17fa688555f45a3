//! Pages that do not read what others say to them.

use crate::common::{TestBrowser, TestServer};
use serde_json::{Value, json};

/// More than the kernel keeps for a page that does not read, of the largest messages that there are.
const FLOOD: usize = 300;

/// Ann signals to somebody who does not read, until all of it is said.
async fn flood(server: &TestServer, ann: &mut TestBrowser, to: &Value) {
    let large =
        json!({"type": "signal", "to": to, "signal": {"candidate": {"candidate": "x".repeat(60_000)}}});
    for _ in 0..FLOOD {
        ann.say(large.clone()).await;
    }
    ann.say(json!({"type": "ping"})).await;
    ann.hear("pong").await;
    let mut eve = server.page("Eve").await;
    eve.say(json!({"type": "ping"})).await;
    eve.hear("pong").await;
    let told = String::from_utf8(server.get("/metrics", "").await.2).expect("text");
    assert!(told.contains("wizyjno_pages_cut_total 0"), "nobody is cut for what another says");
}

#[tokio::test]
async fn what_is_signalled_to_a_page_that_does_not_read_is_dropped_and_nobody_notices() {
    let server = TestServer::start(&[]);
    let mut ann = server.page("Ann").await;
    let mut bob = server.page("Bob").await;
    ann.call(&mut bob).await;
    flood(&server, &mut ann, &json!(bob.id)).await;
    bob.say(json!({"type": "ping"})).await;
    let mut heard = 0;
    while bob.hear_one_of(&["signal", "pong"]).await["type"] == "signal" {
        heard += 1;
    }
    assert!((1..FLOOD).contains(&heard), "{heard} of {FLOOD} were kept for a page that did not read");
}

#[tokio::test]
async fn what_is_signalled_to_a_page_that_does_not_take_its_events_is_dropped_and_nobody_notices() {
    let server = TestServer::start(&[]);
    let mut ann = server.page("Ann").await;
    let mut bob = server.events().await;
    bob.say(&server, &[json!({"type": "hello", "name": "Bob"})]).await;
    let id = bob.hear("welcome").await["you"].clone();
    ann.say(json!({"type": "invite", "to": id})).await;
    let invitation = bob.hear("ring").await["invitation"].clone();
    bob.say(&server, &[json!({"type": "accept", "invitation": invitation})]).await;
    ann.hear_room(2).await;
    flood(&server, &mut ann, &id).await;
    bob.say(&server, &[json!({"type": "ping"})]).await;
    let mut heard = 0;
    loop {
        let (_, data) = bob.next().await.expect("the stream goes on");
        let told: Value = serde_json::from_str(&data).unwrap_or_default();
        match told["type"].as_str() {
            Some("signal") => heard += 1,
            Some("pong") => break,
            _ => {}
        }
    }
    assert!((1..FLOOD).contains(&heard), "{heard} of {FLOOD} were kept for a page that did not read");
}
