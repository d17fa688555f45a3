//! What one subscriber's link carries.

/// Losses above this mean that the link is full; Wi-Fi loses a few in a hundred by itself.
const FULL: f32 = 0.12;
/// A second of too much counts so much, a good one takes back one: two bad ones in a row are enough to
/// have a link measured closely, or three out of five.
const BAD: u32 = 2;
const TROUBLE: u32 = 2 * BAD;
/// What a receiver takes its estimate down to, at most, when packets begin to queue.
const DROP: f64 = 0.9;
/// Nobody is held below this: speech is always sent.
const LEAST: f64 = 50_000.0;

/// As long as a link is good, nothing limits it and nothing is spent on knowing how good. When it turns
/// out to be full, it is measured: with a report on every packet, from which the engine estimates.
#[derive(Debug)]
pub(super) struct Bandwidth {
    /// Bits a second. `None`: it is not measured.
    limit: Option<f64>,
    /// Of the last second.
    loss: f32,
    /// Losses and packets of the streams that have reported since then.
    lost: f32,
    reported: f32,
    /// What was sent lately, in bits a second.
    sent: f64,
    /// How bad it has been lately.
    trouble: u32,
    /// The receiver's own estimate, in bits a second.
    received: f64,
    /// It has fallen below what was sent.
    overdone: bool,
}

impl Bandwidth {
    /// `first` is where the measuring begins, in bits a second. `None`: it is not measured.
    pub(super) fn new(first: Option<f64>) -> Bandwidth {
        Bandwidth {
            limit: first,
            loss: 0.0,
            lost: 0.0,
            reported: 0.0,
            sent: 0.0,
            trouble: 0,
            received: 0.0,
            overdone: false,
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
        self.limit.is_some()
    }

    /// It is too slow for what it is sent, so it is worth being measured closely.
    pub(super) fn wants_measuring(&self) -> bool {
        !self.is_measured() && self.trouble >= TROUBLE
    }

    /// The engine estimates so, from reports on every packet.
    pub(super) fn estimate(&mut self, bits: f64) {
        if let Some(limit) = &mut self.limit {
            *limit = bits.max(LEAST);
        }
    }

    /// The receiver estimates so (REMB). It begins low and climbs slowly, whatever the link carries: only
    /// its falls say something.
    pub(super) fn receiver_estimate(&mut self, bits: f64) {
        self.overdone |= bits < self.received * DROP && bits < self.sent;
        self.received = bits;
    }

    /// So much was sent lately, in bits a second.
    pub(super) fn sent(&mut self, bits: f64) {
        self.sent = bits;
    }

    /// A stream of so many packets lately has lost this part of them.
    pub(super) fn lost(&mut self, loss: f32, packets: u64) {
        self.lost += loss * packets as f32;
        self.reported += packets as f32;
    }

    /// A second has passed.
    pub(super) fn review(&mut self) {
        self.loss = if self.reported > 0.0 { self.lost / self.reported } else { 0.0 };
        (self.lost, self.reported) = (0.0, 0.0);
        let too_much = std::mem::take(&mut self.overdone) || self.loss > FULL;
        self.trouble = if too_much { self.trouble + BAD } else { self.trouble.saturating_sub(1) };
    }
}
