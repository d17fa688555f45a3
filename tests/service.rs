//! What passes between the box and a service manager, without one; `tests/appliance` has the real one.
#![allow(clippy::disallowed_methods)] // real time passes here

mod common;

use common::{TEST_TIMEOUT, command};
use rustix::process::{Pid, Signal, kill_process};
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A box that was started as systemd starts it, and what it says to it.
struct Supervised {
    child: Child,
    socket: UnixDatagram,
    _folder: tempfile::TempDir,
}

impl Supervised {
    fn start() -> Supervised {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let socket = UnixDatagram::bind(folder.path().join("notify")).expect("a socket");
        socket.set_read_timeout(Some(TEST_TIMEOUT)).expect("an option");
        let child = command(folder.path())
            .args(["--https-port", "0", "--http-port", "0"])
            .env("NOTIFY_SOCKET", folder.path().join("notify"))
            .env("WATCHDOG_USEC", "600000")
            .stderr(Stdio::null())
            .spawn()
            .expect("the binary starts");
        Supervised { child, socket, _folder: folder }
    }

    fn hear(&self) -> String {
        let mut word = [0; 512];
        let length = self.socket.recv(&mut word).expect("it says something in time");
        String::from_utf8(word[..length].to_vec()).expect("text")
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).expect("it runs");
    }
}

impl Drop for Supervised {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn it_says_that_it_serves_feeds_the_watchdog_and_says_that_it_stops() {
    let mut box_ = Supervised::start();
    assert_eq!(box_.hear(), "READY=1\nSTATUS=serving; people: 0, rooms: 0\n");
    for _ in 0..3 {
        assert_eq!(box_.hear(), "WATCHDOG=1\nSTATUS=serving; people: 0, rooms: 0\n");
    }
    box_.signal(Signal::TERM);
    // A meal may have been on its way.
    while !box_.hear().starts_with("STOPPING=1\n") {}
    assert!(box_.child.wait().expect("a child").success());
}

#[test]
fn it_says_that_it_reads_its_settings_again_and_that_it_has() {
    let box_ = Supervised::start();
    assert!(box_.hear().starts_with("READY=1\n"));
    box_.signal(Signal::HUP);
    let not_a_meal = || loop {
        let word = box_.hear();
        if !word.starts_with("WATCHDOG=1\n") {
            return word;
        }
    };
    assert!(not_a_meal().starts_with("RELOADING=1\nMONOTONIC_USEC="));
    assert_eq!(not_a_meal(), "READY=1\n");
}

#[test]
fn service_commands_say_why_they_cannot_be_done() {
    let service = |verb: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wizyjno"));
        command.args(["service", verb]).output().expect("it starts")
    };
    assert_eq!(service("dance").status.code(), Some(1));
    // Where systemd runs, this must not touch it.
    let verbs: &[&str] =
        if Path::new("/run/systemd/system").exists() { &[] } else { &["status", "install", "uninstall"] };
    for verb in verbs {
        let answer = service(verb);
        assert_eq!(answer.status.code(), Some(1));
        let said = String::from_utf8_lossy(&answer.stderr);
        assert!(said.starts_with("wizyjno: this machine does not run systemd;"), "{said}");
        assert_eq!(said.lines().count(), 1);
    }
}
