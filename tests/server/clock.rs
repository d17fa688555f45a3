//! A machine without a clock battery, and people who set its clock: the real program under libfaketime.

use crate::common::{TEST_TIMEOUT, TestServer};
use rustix::process::Signal;
use serde_json::json;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Instant;

const DAY: u64 = 24 * 60 * 60;
/// 1970-01-01, a minute after the boot.
const BOOT: u64 = 60;

/// When the program was built, by which it knows that 1970 is over.
fn built() -> u64 {
    option_env!("WIZYJNO_BUILD_TIME").map_or(1_793_491_200, |seconds| seconds.parse().expect("seconds"))
}

/// The wall clock of one box, kept in a file that libfaketime reads.
struct Clock {
    folder: tempfile::TempDir,
}

impl Clock {
    fn at(seconds: u64) -> Clock {
        let clock = Clock { folder: tempfile::tempdir().expect("a temporary folder") };
        clock.set(seconds);
        clock
    }

    fn set(&self, seconds: u64) {
        let (now, file) = (self.folder.path().join("now"), self.folder.path().join("clock"));
        // A whole number of seconds before or after the real time; the file changes at once.
        let real = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
        let offset = seconds as i64 - real.as_secs() as i64;
        fs::write(&now, format!("{offset:+}\n")).and_then(|()| fs::rename(&now, &file)).expect("a file");
    }

    /// What makes a program see it. Only the wall clock: nobody can set the one that counts from the boot.
    fn environment(&self) -> Vec<(String, String)> {
        let file = self.folder.path().join("clock");
        [
            ("LD_PRELOAD", libfaketime()),
            ("FAKETIME_TIMESTAMP_FILE", file.to_str().expect("an ASCII path").to_owned()),
            ("FAKETIME_NO_CACHE", "1".to_owned()),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
        ]
        .map(|(key, value)| (key.to_owned(), value))
        .to_vec()
    }
}

fn libfaketime() -> String {
    let folders = fs::read_dir("/usr/lib").expect("Linux").flatten();
    let mut found = folders.map(|folder| folder.path().join("faketime/libfaketimeMT.so.1"));
    let found = found.find(|path| path.exists()).expect("libfaketime is installed: apt install faketime");
    found.to_str().expect("an ASCII path").to_owned()
}

fn openssl(arguments: &[&str]) -> Output {
    Command::new("openssl").args(arguments).stdin(Stdio::null()).output().expect("openssl is installed")
}

/// What the box serves at this moment, in PEM.
fn served(server: &TestServer) -> String {
    let output =
        openssl(&["s_client", "-connect", &server.https.to_string(), "-servername", "wizyjno.local"]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let start = text.find("-----BEGIN").expect("a certificate");
    let end = text.find("-----END CERTIFICATE-----").expect("a whole one");
    text[start..end].to_owned() + "-----END CERTIFICATE-----\n"
}

/// Whether a visitor whose clock shows `now` accepts it.
fn accepted(server: &TestServer, now: u64) -> bool {
    let leaf = server.state.path().join("leaf-that-was-served.pem");
    fs::write(&leaf, served(server)).expect("a file");
    let path = |path: &Path| path.to_str().expect("an ASCII path").to_owned();
    let (now, ca, leaf) = (now.to_string(), path(&server.ca()), path(&leaf));
    let name = ["-verify_hostname", "wizyjno.local"];
    openssl(&[&["verify", "-x509_strict", "-attime", &now, "-CAfile", &ca], &name[..], &[&leaf]].concat())
        .status
        .success()
}

/// The box looks at its clock once a minute; reading its settings again, it looks at once.
fn until_accepted(server: &TestServer, now: u64) {
    let deadline = Instant::now() + TEST_TIMEOUT;
    server.signal(Signal::HUP);
    while !accepted(server, now) {
        assert!(Instant::now() < deadline, "no certificate for {now}");
    }
}

#[tokio::test]
async fn certificates_fit_whatever_the_clock_does_and_calls_go_on() {
    let built = built();
    let (spring, summer, years_ahead) = (built + 100 * DAY, built + 220 * DAY, built + 1500 * DAY);
    let clock = Clock::at(BOOT);
    let mut server = TestServer::start_with(&[], clock.environment());
    server.visitors_now = Some(built + DAY);
    assert!(accepted(&server, built + DAY), "a visitor of the days of the build is let in by a box in 1970");
    let mut ann = server.page("Ann").await;

    // NTP sets it; somebody sets it years ahead by mistake, and back.
    for now in [spring, years_ahead, spring + DAY] {
        clock.set(now);
        until_accepted(&server, now);
        assert!(accepted(&server, now + 29 * DAY), "for a month at least");
        ann.say(json!({"type": "ping"})).await;
        ann.hear("pong").await;
    }

    // And lost: what a better clock made is kept.
    let kept = served(&server);
    clock.set(BOOT);
    server.signal(Signal::HUP);
    ann.say(json!({"type": "ping"})).await;
    ann.hear("pong").await;
    assert_eq!(served(&server), kept);
    let server = server.restart();
    assert_eq!(served(&server), kept, "also over a power cut");
    assert!(accepted(&server, spring + 20 * DAY));

    // Months in a cupboard: without a battery it believes that it is still then, until its clock is set.
    clock.set(spring + 2 * DAY);
    let server = server.restart();
    assert!(!accepted(&server, summer), "this the box cannot know");
    clock.set(summer);
    until_accepted(&server, summer);
    let server = server.restart();
    assert!(accepted(&server, summer), "and a box with a battery starts with a new one");
    assert!(!server.stop_and_read().contains("panic"));
}
