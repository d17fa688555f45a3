//! Signals that come early.

use crate::common::{TEST_TIMEOUT, command};
use rustix::process::{Pid, Signal, kill_process};
use std::time::Instant;

/// What the box handles itself, as bits of `SigCgt` (proc(5)).
const HANDLED: [(Signal, u64); 3] = [(Signal::HUP, 1), (Signal::INT, 2), (Signal::TERM, 15)];

#[test]
fn signals_are_handled_before_anything_is_done() {
    let dir = tempfile::tempdir().unwrap();
    let ready = dir.path().join("ready.json");
    let mut child = command(dir.path())
        .args(["--https-port", "0", "--http-port", "0", "--ready-file"])
        .arg(&ready)
        .spawn()
        .expect("the binary starts");
    let deadline = Instant::now() + TEST_TIMEOUT;
    // The first trace of its work.
    while !dir.path().join("state").exists() {
        assert!(Instant::now() < deadline && child.try_wait().unwrap().is_none(), "it does not start");
    }
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).expect("it runs");
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).expect("SigCgt");
    let caught = u64::from_str_radix(caught.trim(), 16).expect("hexadecimal");
    for (signal, number) in HANDLED {
        assert!(caught >> (number - 1) & 1 == 1, "{signal:?} is not handled yet: {caught:x}");
    }
    while !ready.exists() {
        assert!(Instant::now() < deadline, "it does not get ready");
        assert_eq!(child.try_wait().unwrap(), None, "SIGHUP ends it");
        let _ = kill_process(Pid::from_child(&child), Signal::HUP);
        std::thread::yield_now();
    }
    kill_process(Pid::from_child(&child), Signal::TERM).expect("it runs");
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
