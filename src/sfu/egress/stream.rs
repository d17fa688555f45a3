//! One stream that is sent: its SSRC and that of its retransmissions, which numbers they have used, and what its
//! receiver reports of it.

use super::header::Extensions;
use super::srtp::INDICES;
use crate::sfu::retransmission::{KEPT, LOOK, MAX_RETRANSMISSIONS, REPAIR};
use std::time::{Duration, Instant};
use str0m::media::Pt;
use str0m::rtp::Ssrc;
use str0m::rtp::rtcp::ReceptionReport;

/// How far behind the newest packet one may be that has not been sent yet: what a publisher repeats comes within
/// a second or two.
const WINDOW: u64 = 1024;
/// Over how long the part of retransmissions is reckoned.
const REPAIR_WINDOW: Duration = Duration::from_secs(1);

/// What was agreed on a stream.
pub(in crate::sfu) struct Agreed {
    pub(in crate::sfu) ssrc: Ssrc,
    pub(in crate::sfu) rtx: Option<Ssrc>,
    /// Payload types, each with the one by which it is retransmitted (RFC 4588, 8).
    pub(in crate::sfu) rtx_payload_types: Vec<(Pt, Pt)>,
    pub(in crate::sfu) clock_rate: u32,
    pub(in crate::sfu) cname: String,
    pub(in crate::sfu) extensions: AgreedExtensions,
}

/// By which ids the receiver knows which extensions, and the m-line of the stream.
pub(in crate::sfu) type AgreedExtensions = (str0m::rtp::ExtensionMap, str0m::media::Mid);

/// A stream that is sent.
pub(super) struct OutgoingStream {
    pub(super) ssrc: u32,
    pub(super) clock_rate: u32,
    pub(super) cname: String,
    pub(super) extensions: Extensions,
    pub(super) claimed: Claimed,
    pub(super) rtx: Option<Rtx>,
    /// The receiver has reported on it, so it knows whose it is.
    pub(super) known: bool,
    /// When the newest packet went out, and its timestamp.
    pub(super) newest: Option<(Instant, u32)>,
    /// Packets and bytes of payload, as sender reports count them (RFC 3550, 6.4.1): modulo 2^32.
    pub(super) packets: u32,
    pub(super) octets: u32,
    /// Packets at the last sender report.
    pub(super) reported: u32,
    pub(super) reception: Reception,
}

/// Which indices of an SSRC have been used: the newest, and which of the [`WINDOW`] up to it.
#[derive(Debug, Default)]
pub(super) struct Claimed {
    first: u64,
    newest: Option<u64>,
    window: [u64; WINDOW as usize / 64],
}

/// The retransmissions of a stream (RFC 4588).
pub(super) struct Rtx {
    pub(super) ssrc: u32,
    pub(super) payload_types: Vec<(Pt, Pt)>,
    /// The index of the newest.
    pub(super) index: u64,
    pub(super) known: bool,
    /// Since when, and how many packets may still go out.
    look: Option<(Instant, usize)>,
    /// Bytes of the last [`REPAIR_WINDOW`] and a bit: since when, first transmissions, retransmissions.
    repair: Option<(Instant, f32, f32)>,
    /// What was retransmitted lately, each where its number leads to; empty before the first.
    lately: Vec<Option<(u64, Instant)>>,
}

/// What the receiver says of a stream.
#[derive(Debug, Default)]
pub(super) struct Reception {
    pub(super) round_trip: Option<Duration>,
    /// The newest report: the highest sequence number, and how many packets were missing up to it.
    newest: Option<(u64, i32)>,
    /// Since the last look.
    tally: Tally,
}

/// Packets that were sent, and how many of them did not come. What the publisher's link has lost was not sent.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(in crate::sfu) struct Tally {
    pub(in crate::sfu) sent: u64,
    pub(in crate::sfu) lost: u64,
}

impl OutgoingStream {
    pub(super) fn new(agreed: Agreed) -> OutgoingStream {
        let Agreed { ssrc, rtx, rtx_payload_types, clock_rate, cname, extensions: (map, mid) } = agreed;
        OutgoingStream {
            ssrc: *ssrc,
            clock_rate,
            cname,
            extensions: Extensions::agreed(&map, mid),
            claimed: Claimed::default(),
            rtx: rtx.map(|ssrc| Rtx::new(*ssrc, rtx_payload_types)),
            known: false,
            newest: None,
            packets: 0,
            octets: 0,
            reported: 0,
            reception: Reception::default(),
        }
    }

    /// It was agreed on another time. What was claimed stays so, and retransmissions go on in their SSRC.
    pub(super) fn agree(&mut self, agreed: Agreed) {
        let Agreed { rtx, rtx_payload_types, extensions: (map, mid), .. } = agreed;
        self.extensions = Extensions::agreed(&map, mid);
        match (&mut self.rtx, rtx) {
            (Some(known), _) => known.payload_types = rtx_payload_types,
            (None, Some(ssrc)) => self.rtx = Some(Rtx::new(*ssrc, rtx_payload_types)),
            (None, None) => {}
        }
    }

    /// A packet with so many bytes of payload goes out.
    pub(super) fn count(&mut self, now: Instant, timestamp: u32, newest: bool, payload: usize) {
        self.packets = self.packets.wrapping_add(1);
        self.octets = self.octets.wrapping_add(payload as u32);
        if newest {
            self.newest = Some((now, timestamp));
        }
        if let Some(rtx) = &mut self.rtx {
            *rtx.repair(now).0 += payload as f32;
        }
    }

    /// What a sender report says of this moment, on the clock of the stream.
    pub(super) fn timestamp(&self, now: Instant) -> Option<u32> {
        let (at, timestamp) = self.newest?;
        let passed = now.saturating_duration_since(at).as_nanos() * u128::from(self.clock_rate);
        Some(timestamp.wrapping_add((passed / 1_000_000_000) as u32))
    }
}

impl Claimed {
    /// Whether the index is free, which it is once. The nonce of a packet has nothing else in it that changes, so
    /// nothing is sealed without this.
    pub(super) fn claim(&mut self, index: u64) -> bool {
        if index >= INDICES {
            return false;
        }
        let newest = match self.newest {
            None => {
                self.first = index;
                index
            }
            Some(newest) if index > newest => {
                let skipped = (index - newest).min(WINDOW);
                (index + 1 - skipped..=index).for_each(|free| *self.word(free).0 &= !self.word(free).1);
                index
            }
            Some(newest) if newest - index >= WINDOW => return false,
            Some(newest) => newest,
        };
        self.newest = Some(newest);
        let (word, bit) = self.word(index);
        let free = *word & bit == 0;
        *word |= bit;
        free
    }

    pub(super) fn newest(&self) -> Option<u64> {
        self.newest
    }

    /// How many of these have been used, as far as that is known.
    fn count(&self, range: std::ops::RangeInclusive<u64>) -> u64 {
        let oldest = self.newest.map_or(0, |newest| (newest + 1).saturating_sub(WINDOW));
        let used = |index: &u64| self.window[(index % WINDOW / 64) as usize] >> (index % 64) & 1 == 1;
        (oldest.max(*range.start())..=*range.end()).filter(used).count() as u64
    }

    fn word(&mut self, index: u64) -> (&mut u64, u64) {
        let at = index % WINDOW;
        (&mut self.window[(at / 64) as usize], 1 << (at % 64))
    }
}

impl Rtx {
    fn new(ssrc: u32, payload_types: Vec<(Pt, Pt)>) -> Rtx {
        Rtx { ssrc, payload_types, index: 0, known: false, look: None, repair: None, lately: Vec::new() }
    }

    /// By which payload type one is retransmitted. `None`: it is not.
    pub(super) fn payload_type(&self, main: Pt) -> Option<u8> {
        self.payload_types.iter().find(|(known, _)| *known == main).map(|(_, rtx)| **rtx)
    }

    /// Whether the packet with that number, of so many bytes, may be sent to the page another time.
    pub(super) fn allows(&mut self, now: Instant, number: u64, payload: usize, wait: Duration) -> bool {
        let (since, left) = self.look.filter(|(since, _)| now < *since + LOOK).unwrap_or_else(|| {
            let (sent, repeated) = self.repair(now);
            let part = *repeated / (*sent + *repeated).max(1.0);
            (now, if part > REPAIR { 0 } else { MAX_RETRANSMISSIONS })
        });
        self.look = Some((since, left));
        if self.lately.is_empty() {
            self.lately.resize(KEPT, None);
        }
        let lately = &mut self.lately[(number % KEPT as u64) as usize];
        if left == 0 || lately.is_some_and(|(known, at)| known == number && now < at + wait) {
            return false;
        }
        *lately = Some((number, now));
        *self.repair(now).1 += payload as f32;
        self.look = Some((since, left - 1));
        true
    }

    /// Bytes sent and repeated lately.
    fn repair(&mut self, now: Instant) -> (&mut f32, &mut f32) {
        let (since, sent, repeated) = self.repair.get_or_insert((now, 0.0, 0.0));
        if now >= *since + REPAIR_WINDOW {
            (*since, *sent, *repeated) = (now, *sent / 4.0, *repeated / 4.0);
        }
        (sent, repeated)
    }
}

impl Reception {
    /// A report on a stream whose packets have used these numbers. A hostile one says anything.
    pub(super) fn on_report(
        &mut self,
        claimed: &Claimed,
        report: &ReceptionReport,
        round_trip: Option<Duration>,
    ) {
        self.round_trip = round_trip.or(self.round_trip);
        let Some(newest) = claimed.newest() else { return };
        let behind = (newest as u32).wrapping_sub(report.max_seq);
        let Some(highest) = newest.checked_sub(behind.into()).filter(|_| u64::from(behind) < WINDOW) else {
            return;
        };
        // A number of 24 bits with a sign.
        let missing = ((report.packets_lost << 8) as i32) >> 8;
        let before = self.newest;
        if before.is_some_and(|(before, _)| before >= highest) {
            return; // reports come out of order
        }
        self.newest = Some((highest, missing));
        // What comes before its first packet is not missed by the receiver.
        let (before, missed) = before.unwrap_or((claimed.first.saturating_sub(1), 0));
        if highest - before > WINDOW {
            return;
        }
        let sent = claimed.count(before + 1..=highest);
        let came = (highest - before).saturating_add_signed(i64::from(missed) - i64::from(missing));
        self.tally.sent += sent;
        self.tally.lost += sent.saturating_sub(came);
    }

    /// What was reported since the last time.
    pub(super) fn take(&mut self) -> Tally {
        std::mem::take(&mut self.tally)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    proptest! {
        /// Steps forward and back, over wraps of the sequence number and leaps of any length.
        #[test]
        fn no_index_is_claimed_twice(
            start in prop_oneof![0..70_000_u64, INDICES - 70_000..INDICES],
            steps in proptest::collection::vec(
                prop_oneof![-3_i64..4, -1100..1100_i64, -70_000..70_000_i64], 1..400),
        ) {
            let mut claimed = Claimed::default();
            let mut used = HashSet::new();
            let mut newest = None;
            let mut at = start;
            for step in steps {
                at = at.saturating_add_signed(step);
                let free = claimed.claim(at);
                prop_assert!(!free || used.insert(at), "{} twice", at);
                let fresh = newest.is_none_or(|newest| at > newest) && at < INDICES;
                prop_assert!(free || !fresh, "{} is new", at);
                let near = newest.is_some_and(|newest| at <= newest && newest - at < WINDOW);
                prop_assert!(free || !near || used.contains(&at), "{} is late, and was not sent", at);
                newest = claimed.newest();
            }
        }
    }

    #[test]
    fn a_late_packet_is_sent_once_and_a_very_late_one_never() {
        let mut claimed = Claimed::default();
        assert!(claimed.claim(5000) && claimed.claim(65_536 + 3));
        assert!(claimed.claim(65_530) && !claimed.claim(65_530));
        assert!(!claimed.claim(65_539 - WINDOW) && claimed.claim(65_540 - WINDOW));
        assert!(!claimed.claim(5000) && !claimed.claim(INDICES));
    }

    #[expect(clippy::disallowed_methods, reason = "at any moment")]
    fn start() -> Instant {
        Instant::now()
    }

    #[test]
    fn one_packet_is_retransmitted_once_in_a_while_and_all_together_within_bounds() {
        let now = start();
        let wait = Duration::from_millis(10);
        let mut rtx = Rtx::new(7, Vec::new());
        *rtx.repair(now).0 = 1e9;
        assert!(rtx.allows(now, 1, 100, wait));
        assert!(!rtx.allows(now + wait / 2, 1, 100, wait));
        assert!(rtx.allows(now + wait, 1, 100, wait));
        let many = (2..1000).filter(|number| rtx.allows(now + wait, *number, 100, wait)).count();
        assert!((MAX_RETRANSMISSIONS - 4..MAX_RETRANSMISSIONS).contains(&many), "{many}");
        assert!(rtx.allows(now + LOOK, 1, 100, wait), "another look");
    }

    #[test]
    fn a_round_trip_that_nobody_believes_ends_no_retransmissions() {
        let now = start();
        let mut rtx = Rtx::new(7, Vec::new());
        *rtx.repair(now).0 = 1e9;
        let hours = Duration::from_secs(7200);
        let repaired = (0..1000_u64).filter(|number| {
            let now = now + Duration::from_millis(*number);
            rtx.allows(now, *number, 100, hours) && !rtx.allows(now, *number, 100, hours)
        });
        assert_eq!(repaired.count(), 1000);
    }

    #[test]
    fn a_full_link_is_not_filled_with_retransmissions() {
        let now = start();
        let mut rtx = Rtx::new(7, Vec::new());
        *rtx.repair(now).0 = 10_000.0;
        let many = |now, rtx: &mut Rtx| {
            (0..100).filter(|number| rtx.allows(now, *number, 1000, Duration::ZERO)).count()
        };
        assert_eq!(many(now, &mut rtx), 100, "nothing was repeated before");
        assert_eq!(many(now + LOOK, &mut rtx), 0);
        assert_eq!(many(now + 19 * LOOK, &mut rtx), 0);
    }

    fn report(max_seq: u32, packets_lost: u32) -> ReceptionReport {
        ReceptionReport {
            ssrc: 1.into(),
            fraction_lost: 0,
            packets_lost,
            max_seq,
            jitter: 0,
            last_sr_time: 0,
            last_sr_delay: 0,
        }
    }

    #[test]
    fn what_was_sent_and_did_not_come_is_lost() {
        let mut claimed = Claimed::default();
        let mut reception = Reception::default();
        reception.on_report(&claimed, &report(0, 0), None);
        // Every tenth packet did not come from the publisher.
        let sent = (65_000..66_000).filter(|number| number % 10 > 0);
        sent.for_each(|number| assert!(claimed.claim(number)));
        reception.on_report(&claimed, &report(65_099, 15), None);
        assert_eq!(reception.take(), Tally { sent: 90, lost: 6 });
        reception.on_report(&claimed, &report(65_599, 115), Some(Duration::from_millis(3)));
        assert_eq!(reception.take(), Tally { sent: 450, lost: 50 });
        reception.on_report(&claimed, &report(65_399, 115), None);
        reception.on_report(&claimed, &report(65_999, 155), None);
        assert_eq!(reception.take(), Tally { sent: 360, lost: 0 });
        assert_eq!(
            (reception.take(), reception.round_trip),
            (Tally::default(), Some(Duration::from_millis(3)))
        );
    }

    proptest! {
        #[test]
        fn a_hostile_report_counts_no_more_than_was_sent(
            reports in proptest::collection::vec((any::<u32>(), 0..1_u32 << 24), 0..20),
            near in proptest::collection::vec((0..300_u32, 0..1_u32 << 24), 0..20),
        ) {
            let mut claimed = Claimed::default();
            (1..300).for_each(|number| assert!(claimed.claim(number)));
            let mut reception = Reception::default();
            for (highest, lost) in reports.into_iter().chain(near) {
                reception.on_report(&claimed, &report(highest, lost), None);
            }
            let Tally { sent, lost } = reception.take();
            prop_assert!(lost <= sent && sent < 300);
        }
    }
}
