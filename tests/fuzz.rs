//! The seeds of the fuzz targets, and what is near to them, without a fuzzer.

#[path = "../fuzz/src/lib.rs"]
#[expect(unreachable_pub, reason = "it is a crate of its own elsewhere")]
mod fuzz;

use std::fs;
use std::path::Path;

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

/// Each seed, and what it is without its end and with one bit of it turned around.
fn play(target: &str, run: fn(&[u8])) {
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
