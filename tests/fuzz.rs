//! The seeds of the fuzz targets, and what is near to them, without a fuzzer.

#[path = "../fuzz/src/lib.rs"]
#[expect(unreachable_pub, reason = "it is a crate of its own elsewhere")]
mod fuzz;

use std::fs;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

#[test]
fn what_has_been_said_as_text_does_no_harm() {
    play("client_message", fuzz::client_message);
}

#[test]
fn what_strangers_have_sent_does_no_harm() {
    play("demultiplexer", fuzz::demultiplexer);
}

#[test]
fn streams_that_have_come_do_no_harm() {
    play("framing", fuzz::framing);
}

#[test]
fn payloads_that_have_come_do_no_harm() {
    play("rewriting", fuzz::rewriting);
}

#[test]
fn what_pages_have_said_of_their_connections_does_no_harm() {
    play("sdp", fuzz::sdp);
}

#[test]
fn what_neighbours_have_said_of_names_does_no_harm() {
    play("multicast_dns", fuzz::multicast_dns);
}

#[test]
fn requests_that_have_come_do_no_harm() {
    play("http_requests", fuzz::http_requests);
}

#[test]
fn what_has_been_posted_does_no_harm() {
    play("events_post", fuzz::events_post);
}

/// One at a time: some count what they allocate.
static ALONE: Mutex<()> = Mutex::new(());

/// Each seed, and what it is without its end and with one bit of it turned around.
fn play(target: &str, run: fn(&[u8])) {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds").join(target);
    let mut seeds = 0;
    for entry in fs::read_dir(folder).expect("there are seeds") {
        let seed = fs::read(entry.expect("a file").path()).expect("a file that can be read");
        run(&seed);
        for end in (0..seed.len()).step_by(seed.len() / 16 + 1) {
            run(&seed[..end]);
            let mut turned = seed.clone();
            turned[end] ^= 1 << (end % 8);
            run(&turned);
        }
        seeds += 1;
    }
    assert!(seeds > 0);
}
