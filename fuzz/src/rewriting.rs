//! A packet's payload on its way through the relay: VP8 picture numbers (RFC 7741) and RED (RFC 2198).

use super::harness::{OPUS, SfuHarness};
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::time::Duration;
use str0m::rtp::{ExtensionValues, RtpWrite};

const VP8: u8 = 96;
const RED: u8 = 63;

thread_local! {
    static HARNESS: RefCell<Scenario> = RefCell::new(Scenario::begin());
}

/// Payload type, and what no relay may touch.
type Essence = (u8, Vec<u8>);

struct Scenario {
    harness: SfuHarness,
    /// Numbers and times of what the first page sends, sound and picture.
    sequences: [u64; 2],
    time: u32,
}

/// Packets of the first of three members, each behind a byte of what it is and one with its length. The
/// others get each at most once and under a number of its own, and nothing of it is different but what is
/// rewritten on purpose. The third does not know RED, and gets what is in it.
pub fn rewriting(bytes: &[u8]) {
    HARNESS.with_borrow_mut(|scenario| scenario.run(bytes));
}

impl Scenario {
    fn begin() -> Scenario {
        Scenario { harness: SfuHarness::with(3), sequences: [100, 65_000], time: 1 }
    }

    fn run(&mut self, bytes: &[u8]) {
        let mut sent: HashMap<Essence, usize> = HashMap::new();
        let mut rest = bytes;
        for page in &mut self.harness.clients {
            page.heard.clear();
        }
        while let [kind, length, tail @ ..] = rest {
            let (payload, behind) = tail.split_at(usize::from(*length).min(tail.len()));
            rest = behind;
            let payload_type = payload_type(*kind);
            *sent.entry(essence(payload_type, payload)).or_default() += 1;
            if payload_type == RED
                && let Some(alone) = newest(payload)
            {
                *sent.entry((OPUS, alone.to_vec())).or_default() += 1;
            }
            self.send(*kind, payload);
            self.harness.settle();
        }
        self.harness.pass(Duration::from_millis(50));
        assert_eq!(self.harness.ended, [""; 0], "a payload has ended a connection");
        assert!(self.harness.clients[0].heard.is_empty(), "nobody hears itself");
        for page in &self.harness.clients[1..] {
            let mut left = sent.clone();
            let mut numbers = HashSet::new();
            for packet in &page.heard {
                let payload_type = *packet.header.payload_type;
                let Some(count) = left.get_mut(&essence(payload_type, &packet.payload)) else {
                    panic!("never sent: {payload_type} {:02x?}", packet.payload);
                };
                *count = count.checked_sub(1).expect("what is sent once comes once");
                assert!(numbers.insert((packet.header.ssrc, packet.seq_no)), "a number was given twice");
            }
        }
    }

    fn send(&mut self, kind: u8, payload: &[u8]) {
        let page = &mut self.harness.clients[0];
        let payload_type = payload_type(kind);
        let mid = if payload_type == VP8 { page.video } else { page.audio };
        let sequence = &mut self.sequences[usize::from(payload_type == VP8)];
        // Sometimes a packet is missing before it.
        *sequence += 1 + u64::from(kind >> 6);
        self.time = self.time.wrapping_add(u32::from(kind & 4) * 240);
        let level = ExtensionValues { audio_level: Some(-30), ..ExtensionValues::default() };
        let packet =
            RtpWrite::new(payload_type.into(), (*sequence).into(), self.time, self.harness.now, payload);
        page.up.write(self.harness.now, mid, None, packet.marker(kind & 8 != 0).ext_vals(level));
    }
}

fn payload_type(kind: u8) -> u8 {
    [OPUS, RED, VP8, VP8][usize::from(kind & 3)]
}

/// A payload without the numbers that are the relay's to give.
fn essence(payload_type: u8, payload: &[u8]) -> Essence {
    let mut payload = payload.to_vec();
    if let (VP8, [0x80..=0xff, fields, rest @ ..]) = (payload_type, &mut payload[..]) {
        let mut rest = rest.iter_mut();
        if *fields & 0x80 != 0
            && let Some(picture) = rest.next()
        {
            let long = *picture & 0x80 != 0;
            *picture &= 0x80;
            if long && let Some(low) = rest.next() {
                *low = 0;
            }
        }
        if *fields & 0x40 != 0
            && let Some(tl0) = rest.next()
        {
            *tl0 = 0;
        }
    }
    (payload_type, payload)
}

/// The last block of RED, behind the heads of all and the other blocks (RFC 2198, 3).
fn newest(payload: &[u8]) -> Option<&[u8]> {
    let (mut rest, mut before) = (payload, 0);
    while let [0x80..=0xff, _, high, low, tail @ ..] = rest {
        before += (usize::from(high & 3) << 8) + usize::from(*low);
        rest = tail;
    }
    match rest {
        [0..=0x7f, blocks @ ..] => blocks.get(before..),
        _ => None,
    }
}
