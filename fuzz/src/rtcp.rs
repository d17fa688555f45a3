//! RTCP of a member (RFC 3550, 6), as it is after decryption: authentic, and anything at all.

use super::budget::{Budget, growth};
use super::harness::{OPUS, SfuHarness};
use std::cell::RefCell;
use std::time::Duration;
use str0m::rtp::RtpWrite;

const VP8: u8 = 96;
/// The payload descriptor says that a picture begins (RFC 7741, 4.2); then a keyframe of 640 × 360 (RFC 6386, 9.1).
const KEYFRAME: [u8; 11] = [0x10, 0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0x68, 0x01];
const BETWEEN: [u8; 11] = [0x10, 0x11, 0, 0, 0, 0, 0, 0, 0, 0, 0];
/// Size of each packet with a picture.
const PICTURE: usize = 1_000;

/// A scenario in which nothing is said costs 3.5 MB: everybody sends and hears pictures. The shortest datagram has two bytes.
const RTCP: Budget = Budget { bytes: 6 << 20, bytes_per_byte: 2 << 10, calls: 8 << 10, calls_per_byte: 16 };
/// Datagrams back for each scenario: everything that is kept of a picture, once.
const AGAIN: usize = 192;
/// Datagrams that go out while a scenario lasts, whatever is said: reports and checks.
const ANYWAY: usize = 8;
/// Keyframes that a publisher is asked for while a scenario lasts, which is less than the relay waits between two.
const KEYFRAMES: u32 = 1;

thread_local! {
    static HARNESS: RefCell<Scenario> = RefCell::new(Scenario::begin());
}

/// What one page's RTCP has led to.
#[derive(Debug)]
pub struct Effects {
    /// Datagrams of RTCP which the page has sent.
    pub sent: usize,
    /// Keyframes of which the other one was asked.
    pub keyframes: u32,
    /// Datagrams to the page that has sent it, and to the other one.
    pub back: usize,
    pub others: usize,
}

struct Scenario {
    harness: SfuHarness,
    sequence: u64,
    index: u32,
    /// The page that says something has lost a connection by it.
    is_over: bool,
}

/// Datagrams of RTCP by the first of two members, each behind a byte that says on which connection it comes and one with
/// its length in words. The first two bytes are made such that it is RTCP; the words `FF FF FF 0n` become the stream
/// identifiers in use, and `FF FF FE nn` asks for seventeen packets again, some of the newest. Whatever it says, the
/// call of the other one goes on, and not much comes of little.
pub fn rtcp(bytes: &[u8]) {
    let effects = rtcp_effects(bytes);
    assert!(effects.keyframes <= KEYFRAMES, "{effects:?}");
    assert!(effects.back <= AGAIN + ANYWAY + effects.sent, "{effects:?}");
    assert!(effects.others <= ANYWAY + effects.sent, "{effects:?}");
}

/// The same, and what came of it.
pub fn rtcp_effects(bytes: &[u8]) -> Effects {
    HARNESS.with_borrow_mut(|scenario| {
        if scenario.is_over {
            *scenario = Scenario::begin();
        }
        RTCP.hold(bytes.len(), || scenario.run(bytes))
    })
}

/// The bytes by which the relay grows where a page says the same so many times, as often as pages report.
pub fn rtcp_growth(bytes: &[u8], times: u32) -> isize {
    let repeat = |scenario: &mut Scenario| {
        for _ in 0..times {
            scenario.send(bytes);
            scenario.harness.pass(Duration::from_millis(10));
            scenario.harness.clients.iter_mut().for_each(|page| page.heard.clear());
        }
    };
    HARNESS.with_borrow_mut(|scenario| {
        scenario.run(bytes);
        repeat(scenario);
        growth(|| repeat(scenario))
    })
}

impl Scenario {
    fn begin() -> Scenario {
        let mut scenario =
            Scenario { harness: SfuHarness::with(2), sequence: 100, index: 1 << 20, is_over: false };
        for _ in 0..50 {
            scenario.everybody_says();
            scenario.harness.pass(Duration::from_millis(100));
        }
        let page = &scenario.harness.clients[0];
        assert!(page.up.transport.seal.is_some() && page.down.transport.seal.is_some(), "it has reported");
        scenario
    }

    fn run(&mut self, bytes: &[u8]) -> Effects {
        // Long enough for the last scenario's keyframes and repairs to be of no account.
        for _ in 0..6 {
            self.everybody_says();
            self.harness.pass(Duration::from_millis(500));
        }
        for page in &mut self.harness.clients {
            page.heard.clear();
            page.asked = 0;
        }
        self.everybody_says();
        self.harness.pass(Duration::from_millis(5));
        self.harness.carried.clear();
        let sent = self.send(bytes);
        self.harness.pass(Duration::from_millis(40));
        let ours =
            |page: usize| [self.harness.clients[page].up.address, self.harness.clients[page].down.address];
        let to = |page| ours(page).iter().filter_map(|to| self.harness.carried.get(to)).sum();
        let effects = Effects { sent, keyframes: self.harness.clients[1].asked, back: to(0), others: to(1) };
        let others: Vec<_> = self.harness.ended.iter().filter(|ended| !ended.starts_with("0:")).collect();
        assert!(others.is_empty(), "one page has ended a connection of another: {others:?}");
        self.is_over = !self.harness.ended.is_empty();
        self.harness.ended.clear();
        self.harness.clients[1].heard.clear();
        self.everybody_says();
        self.harness.pass(Duration::from_millis(100));
        assert!(!self.harness.clients[1].heard.is_empty(), "the other one's call goes on");
        effects
    }

    fn send(&mut self, bytes: &[u8]) -> usize {
        let (mut rest, mut sent) = (bytes, 0);
        while let [line, words, tail @ ..] = rest {
            let (packet, behind) = tail.split_at((usize::from(*words) * 4).min(tail.len()));
            rest = behind;
            let packet = self.named(packet);
            let page = &self.harness.clients[0];
            let line = if line & 1 == 0 { &page.up } else { &page.down };
            if let Some(seal) = &line.transport.seal {
                self.index += 1;
                let datagram = seal.seal(self.index, &packet);
                let address = line.address;
                self.harness.arrive(address, &datagram);
                self.harness.settle();
                sent += 1;
            }
        }
        sent
    }

    /// What the fuzzer cannot know: which streams there are, and what came on them.
    fn named(&mut self, packet: &[u8]) -> Vec<u8> {
        let page = &mut self.harness.clients[0];
        let (audio, video) = (page.audio, page.video);
        let mut streams = Vec::new();
        for mid in [audio, video] {
            let mut api = page.up.rtc.direct_api();
            let stream = api.stream_tx_by_mid(mid, None).expect("agreed to");
            streams.extend([Some(*stream.ssrc()), stream.rtx().map(|rtx| *rtx)]);
        }
        let newest =
            |payload_type| page.heard.iter().rev().find(|packet| *packet.header.payload_type == payload_type);
        streams.extend([OPUS, VP8].map(|kind| newest(kind).map(|packet| *packet.header.ssrc)));
        let last = newest(VP8).map_or(0, |packet| packet.header.sequence_number);
        let mut packet = packet.to_vec();
        packet.resize(packet.len().next_multiple_of(4).max(8), 0);
        packet[0] = 0x80 | packet[0] & 0x3f;
        packet[1] = 0xc0 | packet[1] & 0x1f;
        for word in packet.chunks_exact_mut(4) {
            match *word {
                [0xff, 0xff, 0xff, n] if usize::from(n) < streams.len() => {
                    word.copy_from_slice(&streams[usize::from(n)].unwrap_or(0).to_be_bytes());
                }
                [0xff, 0xff, 0xfe, n] => {
                    word[..2].copy_from_slice(&last.wrapping_sub(u16::from(n)).to_be_bytes());
                    word[2..].copy_from_slice(&[0xff, 0xff]);
                }
                _ => {}
            }
        }
        packet
    }

    /// Sound, and a second of pictures.
    fn everybody_says(&mut self) {
        self.harness.said += 1;
        let (now, said) = (self.harness.now, self.harness.said);
        for page in &mut self.harness.clients {
            page.speak(now, said);
            for n in 0..20 {
                let mut payload = if n == 0 { KEYFRAME } else { BETWEEN }.to_vec();
                payload.resize(PICTURE, 0);
                let time = (said as u32).wrapping_mul(20).wrapping_add(n).wrapping_mul(3_000);
                let picture =
                    RtpWrite::new(VP8.into(), (self.sequence + u64::from(n)).into(), time, now, payload);
                page.up.write(now, page.video, None, picture.marker(true));
            }
        }
        self.sequence += 20;
        self.harness.settle();
    }
}
