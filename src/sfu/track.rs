//! What a publisher sends of one source: the layers of its picture.

use super::egress::History;
use super::parsed_packet::{ParsedPacket, vp8_width};
use crate::token_bucket::{Rate, TokenBucket};
use std::time::{Duration, Instant};
use str0m::format::Codec;
use str0m::media::{Mid, Rid};
use str0m::rtp::Ssrc;

/// Layers of simulcast.
pub(super) const LAYERS: usize = 3;
/// A layer without packets for so long is not being sent.
const QUIET: Duration = Duration::from_millis(1500);
/// Whoever lost the picture asks for it at most so often (SECURITY.md).
const KEYFRAME_INTERVAL: Duration = Duration::from_secs(1);
/// Whoever sees nothing yet is not made to wait, unless the answer to another is on its way.
const KEYFRAME_IN_FLIGHT: Duration = Duration::from_millis(150);
/// Keyframes that are asked for sooner than [`KEYFRAME_INTERVAL`] allows: a class comes in at once. Whoever goes
/// from size to size all the time makes the picture of all others coarse, because each keyframe weighs as much
/// as many other pictures (SECURITY.md).
const PROMPT_KEYFRAMES: Rate = Rate { burst: 10, refill: Duration::from_secs(20) };
/// What the layers are taken to cost until it is measured, in bits a second: less than most do. A guess that
/// is too low is put right in a moment, one that is too high never, because the layer is not tried.
const TYPICAL: [f64; LAYERS] = [60_000.0, 250_000.0, 900_000.0];
/// How wide they are taken to be until a keyframe tells.
const TYPICAL_WIDTH: [u16; LAYERS] = [320, 640, 1280];

/// A picture that a page sends, in one to three sizes.
#[derive(Debug)]
pub(super) struct Video {
    pub(super) mid: Mid,
    /// Smallest first, as the page lists them.
    pub(super) layers: Vec<Layer>,
}

/// One size of it.
#[derive(Debug)]
pub(super) struct Layer {
    pub(super) rid: Option<Rid>,
    pub(super) ssrc: Option<Ssrc>,
    /// Since the last review.
    bytes: u64,
    /// Bits a second, smoothed.
    rate: Option<f64>,
    heard: Option<Instant>,
    /// The newest sequence number.
    newest: u64,
    asked: Option<Instant>,
    /// `None`: full.
    prompt: Option<TokenBucket>,
    /// Somebody asked for a keyframe and was put off.
    owed: bool,
    /// In pixels, from the last keyframe.
    width: Option<u16>,
    pub(super) history: History,
}

/// How urgent a keyframe is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Urgency {
    /// Somebody sees nothing yet, or waits for another size.
    Newcomer,
    /// Somebody lost the mapping.
    Repair,
}

impl Video {
    pub(super) fn new(mid: Mid, rids: Vec<Rid>) -> Video {
        let mut layers: Vec<_> = rids.into_iter().take(LAYERS).map(|rid| Layer::new(Some(rid))).collect();
        if layers.is_empty() {
            layers.push(Layer::new(None));
        }
        Video { mid, layers }
    }

    /// The smallest layer that still looks sharp at that width on the page.
    pub(super) fn fitting(&self, width: u16) -> usize {
        let enough = |&n: &usize| u32::from(self.width(n)) * 5 / 4 >= u32::from(width);
        (0..self.layers.len()).find(enough).unwrap_or(self.layers.len() - 1)
    }

    /// What each layer costs, in bits a second; a larger one never less than a smaller.
    pub(super) fn rates(&self) -> [f64; LAYERS] {
        let mut rates = [0.0; LAYERS];
        let mut floor = 0.0;
        for (n, layer) in self.layers.iter().enumerate() {
            let single = self.layers.len() == 1;
            let typical = if single { TYPICAL[LAYERS - 1] } else { TYPICAL[n] };
            rates[n] = layer.rate.unwrap_or(typical).max(floor);
            floor = rates[n];
        }
        rates
    }

    /// The layer to take while `target` may not be sent: the nearest that is, smaller ones first.
    pub(super) fn aim(&self, target: usize, now: Instant) -> usize {
        let active = |&n: &usize| self.layers[n].active(now);
        let below = (0..=target).rev().find(active);
        below.or_else(|| (target..self.layers.len()).find(active)).unwrap_or(target)
    }

    fn width(&self, layer: usize) -> u16 {
        self.layers[layer].width.unwrap_or(TYPICAL_WIDTH[layer + LAYERS - self.layers.len()])
    }
}

impl Layer {
    fn new(rid: Option<Rid>) -> Layer {
        Layer {
            rid,
            ssrc: None,
            bytes: 0,
            rate: None,
            heard: None,
            newest: 0,
            asked: None,
            prompt: None,
            owed: false,
            width: None,
            history: History::default(),
        }
    }

    /// A packet of it came. True if it had not been sent before.
    pub(super) fn hear(&mut self, now: Instant, packet: &mut ParsedPacket) -> bool {
        let news = !self.active(now);
        self.heard = Some(now);
        let sequence = *packet.rtp.seq_no;
        let late = self.ssrc == Some(packet.rtp.header.ssrc) && sequence < self.newest;
        self.ssrc = Some(packet.rtp.header.ssrc);
        if late {
            // What belongs behind it has gone by already: nobody can begin here.
            packet.keyframe = false;
        } else {
            self.newest = sequence;
            self.owed &= !packet.keyframe;
        }
        self.bytes += packet.rtp.payload.len() as u64;
        if packet.keyframe && packet.codec == Codec::Vp8 {
            self.width = vp8_width(&packet.rtp.payload).or(self.width);
        }
        news
    }

    pub(super) fn active(&self, now: Instant) -> bool {
        self.heard.is_some_and(|heard| now < heard + QUIET)
    }

    /// So much time has passed since the last review.
    pub(super) fn review(&mut self, now: Instant, passed: Duration) {
        let bits = std::mem::take(&mut self.bytes) as f64 * 8.0;
        if !self.active(now) {
            self.history.clear();
            return; // what it cost is what it will cost
        }
        let rate = bits / passed.as_secs_f64().max(0.01);
        // Quick to see that it costs more, slow to believe that it costs less.
        self.rate = Some(match self.rate {
            Some(before) => before + (rate - before) * if rate > before { 0.3 } else { 0.1 },
            None => rate,
        });
    }

    /// Whether a keyframe may be requested (PLI) of the publisher at once; if not, it is owed.
    pub(super) fn may_request_keyframe(&mut self, now: Instant, urgency: Urgency) -> bool {
        let waited = |interval| self.asked.is_none_or(|asked| now >= asked + interval);
        let due = waited(KEYFRAME_INTERVAL)
            || urgency == Urgency::Newcomer
                && waited(KEYFRAME_IN_FLIGHT)
                && self.prompt.get_or_insert(TokenBucket::full(now)).try_take(now, PROMPT_KEYFRAMES);
        if due {
            self.asked = Some(now);
        }
        self.owed = !due;
        due
    }

    /// Whether a keyframe that was put off is due to be requested.
    pub(super) fn may_request_owed_keyframe(&mut self, now: Instant) -> bool {
        self.owed && self.may_request_keyframe(now, Urgency::Repair)
    }
}
