//! Bandwidth estimation of one subscriber: loss, RTT and REMB, then transport-cc where the link is slow.
//!
//! Fed by `reports.rs`, spent by `bandwidth_allocation.rs`.

use std::time::Duration;

/// Losses above this mean that the link is full; Wi-Fi loses a few in a hundred by itself.
const FULL: f32 = 0.12;
/// Losses above this agree with a receiver that thinks so.
const SOME: f32 = 0.03;
/// A round trip that is longer than the shortest by this, for [`SECONDS`] on end, has a queue on its way. A
/// machine that is busy answers late at times, and in time in between.
const QUEUE: Duration = Duration::from_millis(100);
const SECONDS: usize = 3;
/// A second of too much counts so much, a good one takes back one: two bad ones in a row are enough to
/// have a link measured closely, or three out of five.
const BAD: u32 = 2;
const TROUBLE: u32 = 2 * BAD;
/// What a receiver takes its estimate down to, at most, when packets begin to queue.
const DROP: f64 = 0.9;
/// Part of what came through that is sent until the link is measured: its queue has to empty.
const RELIEF: f64 = 0.8;
/// By so much it is let go each good second where nobody measures it.
const RELEASE: f64 = 1.1;
/// Nobody is held below this: speech is always sent.
const LEAST: f64 = 50_000.0;

/// As long as a link is good, nothing limits it and nothing is spent on knowing how good. When it turns
/// out to be full, it is measured: with a report on every packet, from which the engine estimates.
#[derive(Debug)]
pub(super) struct BandwidthEstimate {
    /// Bits a second. `None`: nothing has limited it yet.
    limit: Option<f64>,
    /// By the engine, with reports on every packet.
    measured: bool,
    /// Of the last second.
    loss: f32,
    /// Losses and packets of the streams that have reported since then.
    lost: f32,
    reported: f32,
    /// The shortest round trip of all, of each of the last seconds, and since then.
    shortest: Option<Duration>,
    lately: [Option<Duration>; SECONDS],
    round_trip: Option<Duration>,
    /// What was sent lately, in bits a second.
    sent: f64,
    /// How bad it has been lately.
    trouble: u32,
    /// The receiver's own estimate, in bits a second.
    received: f64,
    /// It has fallen below what was sent, in one of the last seconds.
    overdone: [bool; SECONDS],
}

impl BandwidthEstimate {
    /// `first` is where the measuring begins, in bits a second. `None`: it is not measured.
    pub(super) fn new(first: Option<f64>) -> BandwidthEstimate {
        BandwidthEstimate {
            limit: first,
            measured: first.is_some(),
            loss: 0.0,
            lost: 0.0,
            reported: 0.0,
            shortest: None,
            lately: [None; SECONDS],
            round_trip: None,
            sent: 0.0,
            trouble: 0,
            received: 0.0,
            overdone: [false; SECONDS],
        }
    }

    /// What may be sent, in bits a second.
    pub(super) fn budget(&self) -> f64 {
        self.limit.unwrap_or(f64::INFINITY)
    }

    pub(super) fn limit(&self) -> Option<u64> {
        self.limit.map(|limit| limit as u64)
    }

    /// Part of the packets that did not come, before repair.
    pub(super) fn loss(&self) -> f32 {
        self.loss
    }

    pub(super) fn is_measured(&self) -> bool {
        self.measured
    }

    /// It is too slow for what it is sent, so it is worth being measured closely.
    pub(super) fn wants_measuring(&self) -> bool {
        !self.measured && self.trouble >= TROUBLE
    }

    /// Sends less than has come through. How much that is, in bits a second.
    pub(super) fn hold_back(&mut self) -> f64 {
        let carried = (self.sent * f64::from(1.0 - self.loss)).max(LEAST);
        self.limit = Some(carried * RELIEF);
        carried
    }

    /// Its page cannot report on every packet: it is held back in trouble, and let go by and by.
    pub(super) fn go_by_trouble(&mut self) {
        if self.wants_measuring() {
            self.hold_back();
            self.trouble = 0;
        } else if let Some(limit) = self.limit.as_mut().filter(|_| self.trouble == 0) {
            *limit *= RELEASE;
        }
    }

    /// The engine estimates so, from reports on every packet.
    pub(super) fn estimate(&mut self, bits: f64) {
        self.limit = Some(bits.max(LEAST));
    }

    /// The receiver estimates so (REMB). It begins low and climbs slowly, whatever the link carries, and
    /// falls whenever packets come unevenly, which a busy machine is enough for: only its falls say
    /// something, and that only to who sees a queue or losses as well.
    pub(super) fn receiver_estimate(&mut self, bits: f64) {
        self.overdone[0] |= bits < self.received * DROP && bits < self.sent;
        self.received = bits;
    }

    /// So much was sent lately, in bits a second.
    pub(super) fn sent(&mut self, bits: f64) {
        self.sent = bits;
    }

    /// A stream of so many packets lately has lost this part of them. How many that is.
    pub(super) fn lost(&mut self, loss: f32, packets: u64) -> f64 {
        self.lost += loss * packets as f32;
        self.reported += packets as f32;
        f64::from(loss) * packets as f64
    }

    /// A stream's reports have been so long on their way, there and back.
    pub(super) fn travelled(&mut self, round_trip: Duration) {
        let sooner = |known: Option<Duration>| Some(known.map_or(round_trip, |known| known.min(round_trip)));
        self.round_trip = sooner(self.round_trip);
        self.shortest = sooner(self.shortest);
    }

    /// A second has passed.
    pub(super) fn review(&mut self) {
        self.loss = if self.reported > 0.0 { self.lost / self.reported } else { 0.0 };
        (self.lost, self.reported) = (0.0, 0.0);
        self.lately.rotate_right(1);
        self.lately[0] = self.round_trip.take();
        let doubted = self.overdone.contains(&true);
        self.overdone.rotate_right(1);
        self.overdone[0] = false;
        let too_much = self.loss > FULL || (doubted && (self.loss > SOME || self.queues()));
        self.trouble = if too_much { self.trouble + BAD } else { self.trouble.saturating_sub(1) };
    }

    fn queues(&self) -> bool {
        let late = |at: &Option<Duration>| {
            at.zip(self.shortest).is_some_and(|(lately, shortest)| lately > shortest + QUEUE)
        };
        self.lately.iter().all(late)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seconds in which so much was sent, this part lost, and the receiver's estimate falls.
    fn bad(link: &mut BandwidthEstimate, seconds: usize, loss: f32, round_trips: &[u64]) -> bool {
        for second in 0..seconds {
            link.sent(2_000_000.0);
            link.receiver_estimate(3_000_000.0);
            link.receiver_estimate(1_000_000.0);
            link.lost(loss, 100);
            link.travelled(Duration::from_millis(round_trips[second % round_trips.len()]));
            link.review();
            if link.wants_measuring() {
                return true;
            }
        }
        false
    }

    #[test]
    fn a_receiver_alone_calls_no_link_slow() {
        // A loaded machine: nothing is lost, and answers are late at times.
        assert!(!bad(&mut BandwidthEstimate::new(None), 600, 0.0, &[5, 250, 180, 5, 400]));
        assert!(!bad(&mut BandwidthEstimate::new(None), 600, 0.02, &[5, 30]));
    }

    #[test]
    fn a_queue_or_losses_agree_with_it() {
        let mut link = BandwidthEstimate::new(None);
        assert!(!bad(&mut link, 5, 0.0, &[5]));
        assert!(bad(&mut link, 5, 0.0, &[250]), "a queue that does not empty");
        assert!(bad(&mut BandwidthEstimate::new(None), 2, 0.05, &[5]));
    }

    #[test]
    fn losses_alone_are_enough_when_they_are_many() {
        let mut link = BandwidthEstimate::new(None);
        for _ in 0..2 {
            link.sent(2_000_000.0);
            link.lost(0.5, 100);
            link.review();
        }
        assert!(link.wants_measuring());
        assert!((link.hold_back() - 1_000_000.0).abs() < 1.0);
        assert!(link.budget() < 900_000.0);
    }
}
