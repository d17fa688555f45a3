//! One track on its way: what a publisher sends, and how it is made whole for each subscriber.
//!
//! A subscriber's decoder sees one stream that never ends, whatever layers of whatever publishers it is
//! made of: sequence numbers, timestamps and the picture numbers of VP8 (RFC 7741) go on where they were.

use std::sync::Arc;
use std::time::{Duration, Instant};
use str0m::format::Codec;
use str0m::media::{Mid, Pt, Rid};
use str0m::rtp::{ExtensionValues, RedDecoder, RtpPacket, RtpWrite, Ssrc, Vp8Descriptor, Vp8Patch};

/// Layers of simulcast.
pub(super) const LAYERS: usize = 3;
/// A layer without packets for so long is not being sent.
const QUIET: Duration = Duration::from_millis(1500);
/// Whoever lost the picture asks for it at most so often (SECURITY.md).
const ASK_AGAIN: Duration = Duration::from_secs(1);
/// Whoever sees nothing yet is not made to wait, unless the answer to another is on its way.
const ANSWER_ON_ITS_WAY: Duration = Duration::from_millis(150);
/// A stream that has begun so lately may not have been seen at all.
const YOUNG: Duration = Duration::from_secs(2);
/// What the layers are taken to cost until it is measured, in bits a second: less than most do. A guess that
/// is too low is put right in a moment, one that is too high never, because the layer is not tried.
const TYPICAL: [f64; LAYERS] = [60_000.0, 250_000.0, 900_000.0];
/// What sound is taken to cost until it is measured, in bits a second.
const SPEECH: f64 = 48_000.0;
/// What is left of a peak at the next review, when it costs less.
const FADE: f64 = 0.96;
/// Bytes around a payload: IP, UDP, RTP with its extensions, the seal.
const OVERHEAD: u64 = 28 + 24 + 16;
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
    /// Somebody asked for a keyframe and was put off.
    owed: bool,
    /// In pixels, from the last keyframe.
    width: Option<u16>,
}

/// How urgent a keyframe is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Urgency {
    /// Somebody sees nothing yet, or waits for another size.
    Newcomer,
    /// Somebody lost the thread.
    Repair,
}

/// What of a packet is the same for all its subscribers, worked out once.
pub(super) struct Media {
    pub(super) packet: RtpPacket,
    pub(super) codec: Codec,
    /// Of the video; 0 for sound.
    pub(super) layer: usize,
    pub(super) keyframe: bool,
    /// There is one in VP8 only.
    descriptor: Option<Vp8Descriptor>,
    red: Option<Red>,
    extensions: ExtensionValues,
}

/// Sound that carries the packets before it once more (RFC 2198), so that a loss is not heard.
struct Red {
    /// The payload type that its blocks name.
    inner: Pt,
    /// The newest packet alone, for who does not know RED.
    alone: Arc<[u8]>,
}

/// A stream to one subscriber.
#[derive(Debug)]
pub(super) struct Outgoing {
    pub(super) ssrc: Ssrc,
    /// By which payload type the subscriber knows each codec.
    payload_types: Vec<(Codec, Pt)>,
    /// And RED.
    red: Option<Pt>,
    /// The subscriber turns pictures as their packets say.
    pub(super) turns: bool,
    clock_rate: u32,
    /// What is forwarded now.
    current: Option<Thread>,
    /// What was before it: its late packets still fill their holes.
    previous: Option<(Thread, u64)>,
    last: Option<Last>,
    /// When it began to be made of what it is made of.
    spliced: Option<Instant>,
    /// The layer that this subscriber is to get.
    pub(super) target: Option<usize>,
    /// The layer to take until that one is sent.
    pub(super) aim: Option<usize>,
    /// Since the last review.
    bytes: u64,
    /// Bits a second: at once what it costs now, and slowly less when it costs less.
    peak: f64,
    /// Since losses were last looked at.
    pub(super) packets: u64,
}

/// How one incoming stream is moved into the outgoing one.
#[derive(Clone, Copy, Debug)]
struct Thread {
    source: Ssrc,
    layer: usize,
    /// The first packet that is ours.
    start: u64,
    sequence: u64,
    timestamp: u32,
    picture: u16,
    tl0: u8,
}

/// The newest that went out.
#[derive(Clone, Copy, Debug)]
struct Last {
    at: Instant,
    sequence: u64,
    timestamp: u32,
    picture: u16,
    tl0: u8,
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
            owed: false,
            width: None,
        }
    }

    /// A packet of it came. True if it had not been sent before.
    pub(super) fn hear(&mut self, now: Instant, media: &mut Media) -> bool {
        let news = !self.active(now);
        self.heard = Some(now);
        let sequence = *media.packet.seq_no;
        let late = self.ssrc == Some(media.packet.header.ssrc) && sequence < self.newest;
        self.ssrc = Some(media.packet.header.ssrc);
        if late {
            // What belongs behind it has gone by already: nobody can begin here.
            media.keyframe = false;
        } else {
            self.newest = sequence;
            self.owed &= !media.keyframe;
        }
        self.bytes += media.packet.payload.len() as u64;
        if media.keyframe && media.codec == Codec::Vp8 {
            self.width = vp8_width(&media.packet.payload).or(self.width);
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
            return; // what it cost is what it will cost
        }
        let rate = bits / passed.as_secs_f64().max(0.01);
        // Quick to see that it costs more, slow to believe that it costs less.
        self.rate = Some(match self.rate {
            Some(before) => before + (rate - before) * if rate > before { 0.3 } else { 0.1 },
            None => rate,
        });
    }

    /// Whether the publisher is to be asked for a keyframe now.
    pub(super) fn ask(&mut self, now: Instant, urgency: Urgency) -> bool {
        let patience = match urgency {
            Urgency::Newcomer => ANSWER_ON_ITS_WAY,
            Urgency::Repair => ASK_AGAIN,
        };
        let due = self.asked.is_none_or(|asked| now >= asked + patience);
        if due {
            self.asked = Some(now);
        }
        self.owed = !due;
        due
    }

    /// Whether a keyframe that was put off is to be asked for now.
    pub(super) fn ask_owed(&mut self, now: Instant) -> bool {
        self.owed && self.ask(now, Urgency::Repair)
    }
}

impl Media {
    /// `inner` is what RED says it carries, if it is RED. `None`: it is not what it says.
    pub(super) fn new(packet: RtpPacket, codec: Codec, inner: Option<Pt>, layer: usize) -> Option<Media> {
        let payload = &packet.payload[..];
        let red = match inner {
            Some(inner) => {
                let blocks = RedDecoder::decode(payload).ok()?;
                let alone = blocks.into_iter().find(|block| block.is_primary)?.payload.into();
                Some(Red { inner, alone })
            }
            None => None,
        };
        let descriptor = match codec {
            Codec::Vp8 => Vp8Descriptor::parse(payload).ok(),
            _ => None,
        };
        let keyframe = match codec {
            Codec::Vp8 => descriptor.is_some_and(|descriptor| descriptor.starts_keyframe(payload)),
            Codec::H264 => starts_h264_keyframe(payload),
            // A new coded video sequence begins: the N bit of the aggregation header.
            Codec::Av1 => payload.first().is_some_and(|header| header & 0x08 != 0),
            _ => false,
        };
        let incoming = &packet.header.ext_vals;
        let extensions = ExtensionValues {
            audio_level: incoming.audio_level,
            voice_activity: incoming.voice_activity,
            video_orientation: incoming.video_orientation,
            ..ExtensionValues::default()
        };
        Some(Media { packet, codec, layer, keyframe, descriptor, red, extensions })
    }

    fn picture(&self) -> u16 {
        self.descriptor.and_then(|descriptor| descriptor.picture_id()).unwrap_or(0)
    }

    fn tl0(&self) -> u8 {
        self.descriptor.and_then(|descriptor| descriptor.tl0_pic_idx()).unwrap_or(0)
    }
}

impl Outgoing {
    pub(super) fn new(
        ssrc: Ssrc,
        clock_rate: u32,
        payload_types: Vec<(Codec, Pt)>,
        red: Option<Pt>,
        turns: bool,
    ) -> Outgoing {
        Outgoing {
            ssrc,
            payload_types,
            red,
            turns,
            clock_rate,
            current: None,
            previous: None,
            last: None,
            spliced: None,
            target: None,
            aim: None,
            bytes: 0,
            peak: SPEECH,
            packets: 0,
        }
    }

    /// Whether the subscriber decodes it.
    pub(super) fn takes(&self, codec: Codec) -> bool {
        self.payload_types.iter().any(|(known, _)| *known == codec)
    }

    /// The layer that is forwarded now.
    pub(super) fn layer(&self) -> Option<usize> {
        self.current.map(|thread| thread.layer)
    }

    /// So much time has passed since the last review. Bits a second since then.
    pub(super) fn review(&mut self, passed: Duration) -> f64 {
        let rate = std::mem::take(&mut self.bytes) as f64 * 8.0 / passed.as_secs_f64().max(0.01);
        self.peak = rate.max(self.peak * FADE);
        rate
    }

    /// What is to be set aside for it, in bits a second.
    pub(super) fn peak(&self) -> f64 {
        self.peak
    }

    /// How urgent it is to mend it. Whoever has only just begun sees nothing yet: a browser that is still
    /// busy with its handshake misses the first packets.
    pub(super) fn urgency(&self, now: Instant) -> Urgency {
        match self.spliced {
            Some(spliced) if now >= spliced + YOUNG => Urgency::Repair,
            _ => Urgency::Newcomer,
        }
    }

    /// Whether it has to wait for a keyframe before it shows what it should.
    pub(super) fn waits(&self) -> bool {
        self.target.is_some() && self.layer() != self.aim
    }

    /// Nothing more of what came before.
    pub(super) fn cut(&mut self) {
        self.current = None;
        self.previous = None;
    }

    /// The sound of a packet, for this subscriber.
    pub(super) fn sound(&mut self, now: Instant, media: &Media) -> Option<RtpWrite> {
        let source = media.packet.header.ssrc;
        if self.current.is_none_or(|current| current.source != source) {
            self.splice(now, media);
        }
        self.write(now, media)
    }

    /// The picture of a packet, for this subscriber, if it is of the layer that it gets. Layers change
    /// at keyframes only.
    pub(super) fn picture(&mut self, now: Instant, media: &Media) -> Option<RtpWrite> {
        let target = self.target?;
        let source = media.packet.header.ssrc;
        let ours = self.current.is_some_and(|current| current.source == source);
        if !ours && media.keyframe && self.takes(media.codec) {
            let wanted = media.layer == target || Some(media.layer) == self.aim;
            // Better a small picture now than the right one later.
            if wanted || (self.current.is_none() && media.layer < target) {
                self.splice(now, media);
            }
        }
        self.write(now, media)
    }

    /// From this packet on the stream is made of another one.
    fn splice(&mut self, now: Instant, media: &Media) {
        let incoming = *media.packet.seq_no;
        let time = media.packet.header.timestamp;
        // RFC 3550 wants a random start; low, so that no rollover comes before the first packet.
        let start = u64::from(*self.ssrc & 0x3fff) + 1;
        let (sequence, timestamp, picture, tl0) = match self.last {
            None => (start, time, media.picture(), media.tl0()),
            Some(last) => {
                let passed = now.saturating_duration_since(last.at).as_secs_f64();
                let ticks = (passed * f64::from(self.clock_rate)) as u32;
                let timestamp = last.timestamp.wrapping_add(ticks.max(self.clock_rate / 100));
                (last.sequence + 1, timestamp, last.picture.wrapping_add(1), last.tl0.wrapping_add(1))
            }
        };
        if let (Some(before), Some(last)) = (self.current, self.last) {
            self.previous = Some((before, last.sequence));
        }
        self.spliced = Some(now);
        self.current = Some(Thread {
            source: media.packet.header.ssrc,
            layer: media.layer,
            start: incoming,
            sequence: sequence.wrapping_sub(incoming),
            timestamp: timestamp.wrapping_sub(time),
            picture: picture.wrapping_sub(media.picture()),
            tl0: tl0.wrapping_sub(media.tl0()),
        });
    }

    fn write(&mut self, now: Instant, media: &Media) -> Option<RtpWrite> {
        let packet = &media.packet;
        let incoming = *packet.seq_no;
        let payload_type = self.payload_types.iter().find(|(codec, _)| *codec == media.codec)?.1;
        let (payload_type, payload) = match (&media.red, self.red) {
            (Some(red), Some(as_red)) if red.inner == payload_type => (as_red, &packet.payload),
            (Some(red), _) => (payload_type, &red.alone),
            (None, _) => (payload_type, &packet.payload),
        };
        let thread = match (self.current, self.previous) {
            (Some(current), _) if current.source == packet.header.ssrc && incoming >= current.start => {
                current
            }
            // A late packet of what was before fills its hole, and nothing beyond.
            (_, Some((previous, end)))
                if previous.source == packet.header.ssrc
                    && incoming >= previous.start
                    && incoming.wrapping_add(previous.sequence) <= end =>
            {
                previous
            }
            _ => return None,
        };
        let sequence = incoming.wrapping_add(thread.sequence);
        let timestamp = packet.header.timestamp.wrapping_add(thread.timestamp);
        let picture = media.picture().wrapping_add(thread.picture) & 0x7fff;
        let tl0 = media.tl0().wrapping_add(thread.tl0);
        if self.last.is_none_or(|last| sequence > last.sequence) {
            self.last = Some(Last { at: now, sequence, timestamp, picture, tl0 });
        }
        self.packets += 1;
        self.bytes += payload.len() as u64 + OVERHEAD;
        let write = RtpWrite::new(payload_type, sequence.into(), timestamp, now, payload.clone())
            .marker(packet.header.marker)
            .ext_vals(media.extensions.clone())
            .nackable(media.codec.is_video());
        Some(match media.descriptor.and_then(|descriptor| patch(&descriptor, picture, tl0)) {
            Some(patch) => write.vp8_patch(patch),
            None => write,
        })
    }
}

/// Puts our picture numbers into a packet's descriptor, in the width that it has.
fn patch(descriptor: &Vp8Descriptor, picture: u16, tl0: u8) -> Option<Vp8Patch> {
    descriptor.picture_id()?;
    let with = |picture: u16| {
        let patch = descriptor.patch().picture_id(picture);
        if descriptor.tl0_pic_idx().is_some() { patch.tl0_pic_idx(tl0) } else { patch }.build()
    };
    with(picture).or_else(|_| with(picture & 0x7f)).ok()
}

/// How wide the picture is that begins with this packet: RFC 7741, 4.2, then RFC 6386, 9.1.
pub(super) fn vp8_width(payload: &[u8]) -> Option<u16> {
    let mut at = 1;
    if payload.first()? & 0x80 != 0 {
        let fields = *payload.get(1)?;
        at = 2;
        if fields & 0x80 != 0 {
            at += if payload.get(at)? & 0x80 != 0 { 2 } else { 1 };
        }
        at += usize::from(fields & 0x40 != 0) + usize::from(fields & 0x30 != 0);
    }
    match payload.get(at..at + 8)? {
        [_, _, _, 0x9d, 0x01, 0x2a, low, high] => Some(u16::from_le_bytes([*low, *high]) & 0x3fff),
        _ => None,
    }
}

/// Whether an H.264 packet (RFC 6184) begins a picture that stands alone: a parameter set, or the
/// start of an IDR slice.
fn starts_h264_keyframe(payload: &[u8]) -> bool {
    const IDR: u8 = 5;
    const SPS: u8 = 7;
    const STAP_A: u8 = 24;
    const FU_A: u8 = 28;
    let kind = |byte: Option<&u8>| byte.map(|byte| byte & 0x1f);
    match kind(payload.first()) {
        Some(SPS | IDR) => true,
        // The first unit of the aggregate, behind its length.
        Some(STAP_A) => matches!(kind(payload.get(3)), Some(SPS | IDR)),
        Some(FU_A) => payload.get(1).is_some_and(|header| header & 0x80 != 0 && header & 0x1f == IDR),
        _ => false,
    }
}
