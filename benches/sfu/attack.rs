//! What a room notices while others flood its media thread with offers: 64 members of other rooms, each with a hundred
//! new connections a second, whose SDP has 950 candidates, 2,200 `a=ssrc` or 2,000 `a=rtpmap` lines; and with as much as the box reads.

use crate::target::{Target, pin};
use crate::{Measurement, measure};
use serde_json::json;
use std::sync::mpsc::RecvTimeoutError;
use std::thread::sleep;
use std::time::{Duration, Instant};
use wizyjno::ids::{PersonId, RoomId};
use wizyjno::media::Media;
use wizyjno::sfu::Command;

/// Who attacks has an id from here on.
pub(crate) const ATTACKERS: u32 = 5_000;
/// How many they are, two in a room.
const COUNT: u32 = 64;
/// What the box takes of each page's messages in the long run (`src/web/session.rs`).
const MESSAGES_PER_SECOND: u32 = 100;
/// Rooms of the load have lower numbers.
const ROOMS: u32 = 1_000;
/// How long the target may take to end.
const TIMEOUT: Duration = Duration::from_secs(30);

/// One room of four on one thread: in quiet, and under the attack; then how long the relay takes to end.
pub(crate) fn run(secs: f64) {
    println!(
        "| a room of four | packets | lost | p50 us | p99 us | most us | CPU % | peak RSS MiB | ends in s |"
    );
    println!("|---|---:|---:|---:|---:|---:|---:|---:|---:|");
    for (name, attack) in
        [("in quiet", None), ("attacked", Some("long")), ("within the limits", Some("taken"))]
    {
        let mut process = Target::start("ours", &[]);
        let measurement = measure(&mut process, "mesh:1x4", secs, |process| {
            if let Some(offers) = attack {
                process.say(&json!({"what": "attack", "offers": offers}));
            }
        });
        let begin = Instant::now();
        process.say(&json!({"what": "stop"}));
        let ended = loop {
            match process.said.recv_timeout(TIMEOUT.saturating_sub(begin.elapsed())) {
                Ok(said) if said["what"] != "stopped" => {}
                // Its process may be quicker than its word.
                Ok(_) | Err(RecvTimeoutError::Disconnected) => {
                    break format!("{:.3}", begin.elapsed().as_secs_f64());
                }
                Err(RecvTimeoutError::Timeout) => break format!("more than {}", TIMEOUT.as_secs()),
            }
        };
        let Measurement { secs, expected, received, cpu, memory, .. } = measurement;
        println!(
            "| {name} | {received} | {} | {} | {} | {} | {:.1} | {memory:.0} | {ended} |",
            expected.saturating_sub(received),
            measurement.latency(0.5),
            measurement.latency(0.99),
            measurement.latency(1.0),
            100.0 * cpu / secs,
        );
    }
}

/// Attacks until the process ends, with offers that are far too long, or as long as those that are `taken`.
pub(crate) fn flood(media: &Media, taken: bool) {
    let offers = match taken {
        false => [offer(950, candidate), offer(2_200, source), offer(2_000, format)],
        true => [offer(260, candidate), offer(127, source), offer(319, format)],
    };
    let media = media.clone();
    for n in 0..COUNT {
        media.send(PersonId(ATTACKERS + n), Command::Join { room: RoomId(ROOMS + n / 2), via: None });
    }
    std::thread::spawn(move || {
        pin(1);
        let begin = Instant::now();
        for round in 0.. {
            for n in 0..COUNT {
                let sdp = offers[(round + n) as usize % offers.len()].clone();
                media.send(PersonId(ATTACKERS + n), Command::Offer { connection: round, sdp });
            }
            let next = begin + Duration::from_secs(1) / MESSAGES_PER_SECOND * round;
            sleep(next.saturating_duration_since(Instant::now()));
        }
    });
}

/// An offer of sound with so many lines of that kind.
fn offer(count: u32, line: fn(u32) -> String) -> String {
    let fingerprint = ["AB"; 32].join(":");
    let head = format!(
        "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\n\
         m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=ice-ufrag:abcd\r\n\
         a=ice-pwd:abcdefghijklmnopqrstuvwx\r\na=fingerprint:sha-256 {fingerprint}\r\na=setup:actpass\r\n\
         a=mid:0\r\na=sendonly\r\na=rtcp-mux\r\na=rtpmap:111 opus/48000/2\r\n"
    );
    (0..count).fold(head, |sdp, n| sdp + &line(n) + "\r\n")
}

fn candidate(n: u32) -> String {
    format!("a=candidate:{n} 1 udp 2122260223 10.{}.{}.1 {} typ host", n / 250, n % 250, 1024 + n)
}

fn source(n: u32) -> String {
    format!("a=ssrc:{} cname:x", n + 1)
}

fn format(n: u32) -> String {
    format!("a=rtpmap:{} VP8/90000", n % 128)
}
