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
fn clients_of_turn_do_no_harm() {
    play("turn", fuzz::turn);
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

#[test]
fn what_proxies_have_passed_on_does_no_harm() {
    play("forwarded", fuzz::forwarded);
    play("proxy_header", fuzz::proxy_header);
}

#[test]
fn what_members_have_reported_does_no_harm() {
    play("rtcp", fuzz::rtcp);
}

/// What is played reaches the relay's streams, and is no noise that it throws away.
#[test]
fn reports_of_members_are_heeded() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let nothing = fuzz::rtcp_effects(&[]);
    assert_eq!((nothing.sent, nothing.keyframes), (0, 0), "{nothing:?}");
    let keyframe = fuzz::rtcp_effects(&seed("rtcp", "keyframe"));
    assert_eq!((keyframe.sent, keyframe.keyframes), (1, 1), "{keyframe:?}");
    let again = fuzz::rtcp_effects(&seed("rtcp", "again"));
    assert_eq!(again.back, nothing.back + 17, "{nothing:?} {again:?}");
}

/// A member that asks for every packet, as fast as it can, gets what is kept once, and costs the box no more.
#[test]
fn what_is_asked_for_again_and_again_is_sent_once() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let flood = fuzz::rtcp_effects(&seed("rtcp", "flood"));
    assert_eq!(flood.sent, 6, "{flood:?}");
    assert!((20..=192).contains(&flood.back), "{flood:?}");
    assert_eq!(flood.others, 0, "{flood:?}");
}

/// A thousand times, behind a thousand that have filled what may be filled.
#[test]
fn reports_leave_nothing_behind() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    for name in ["keyframes", "flood", "estimates", "reports", "references", "broken"] {
        let grown = fuzz::rtcp_growth(&seed("rtcp", name), 1_000);
        assert!(grown < 4 << 10, "{name}: {grown} bytes");
    }
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

fn seed(target: &str, name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds").join(target).join(name);
    fs::read(path).expect("a seed")
}
