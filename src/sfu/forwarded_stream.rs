//! The stream to one subscriber, made of the layers and publishers that it is to show one after the other.
//!
//! A subscriber's decoder sees one stream that never ends: sequence numbers, timestamps and the picture
//! numbers of VP8 (RFC 7741) go on where they were.

use super::egress::Outgoing;
use super::parsed_packet::ParsedPacket;
use super::track::Urgency;
use std::time::{Duration, Instant};
use str0m::format::Codec;
use str0m::media::Pt;
use str0m::rtp::{RtpWrite, Ssrc, Vp8Descriptor, Vp8Patch};

/// A stream that has begun so lately may not have been seen at all.
const YOUNG: Duration = Duration::from_secs(2);
/// Packets that may be missing between two that go out. Receivers reckon rollovers from the packet before (RFC 3711,
/// 3.3.1), so half a round of numbers less is lost to them for good, and publishers leap as they like; beyond this no
/// loss is repaired anyway.
const LEAP: u64 = 1000;
/// What sound is taken to cost until it is measured, in bits a second.
const SPEECH: f64 = 48_000.0;
/// What is left of a peak at the next review, when it costs less.
const FADE: f64 = 0.96;
/// Bytes around a payload: IP, UDP, RTP with its extensions, the seal.
const OVERHEAD: u64 = 28 + 24 + 16;

/// A stream to one subscriber.
#[derive(Debug)]
pub(super) struct ForwardedStream {
    pub(super) ssrc: Ssrc,
    /// By which number the connection's [`Egress`](super::egress::Egress) knows it, if there is one.
    pub(super) outgoing: Option<usize>,
    /// By which payload type the subscriber knows each codec.
    payload_types: Vec<(Codec, Pt)>,
    /// And RED.
    red: Option<Pt>,
    /// The subscriber turns pictures as their packets say.
    pub(super) turns: bool,
    clock_rate: u32,
    /// What is being forwarded.
    current: Option<StreamMapping>,
    /// What was before it: its late packets still fill their holes.
    previous: Option<(StreamMapping, u64)>,
    last: Option<Last>,
    /// When it began to be made of what it is made of.
    spliced: Option<Instant>,
    /// The layer that this subscriber is to get.
    pub(super) target: Option<usize>,
    /// The layer to take until that one is sent.
    pub(super) aim: Option<usize>,
    /// Since the last review.
    bytes: u64,
    /// Bits a second: at once what it costs, and slowly less when it costs less.
    peak: f64,
    /// Since losses were last looked at.
    pub(super) packets: u64,
}

/// How one incoming stream is moved into the outgoing one.
#[derive(Clone, Copy, Debug)]
struct StreamMapping {
    source: Ssrc,
    layer: usize,
    /// The first packet that is ours.
    start: u64,
    sequence: u64,
    timestamp: u32,
    picture_id: u16,
    tl0: u8,
}

/// The newest that went out.
#[derive(Clone, Copy, Debug)]
struct Last {
    at: Instant,
    sequence: u64,
    timestamp: u32,
    picture_id: u16,
    tl0: u8,
}

impl ForwardedStream {
    pub(super) fn new(
        ssrc: Ssrc,
        clock_rate: u32,
        payload_types: Vec<(Codec, Pt)>,
        red: Option<Pt>,
        turns: bool,
    ) -> ForwardedStream {
        ForwardedStream {
            ssrc,
            outgoing: None,
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

    /// The layer that is being forwarded.
    pub(super) fn layer(&self) -> Option<usize> {
        self.current.map(|mapping| mapping.layer)
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
    pub(super) fn sound<'a>(&mut self, now: Instant, packet: &'a ParsedPacket) -> Option<Outgoing<'a>> {
        let source = packet.rtp.header.ssrc;
        if self.leaps(packet) || self.current.is_none_or(|current| current.source != source) {
            self.splice(now, packet);
        }
        self.rewrite(now, packet)
    }

    /// The picture of a packet, for this subscriber, if it is of the layer that it gets. Layers change
    /// at keyframes only.
    pub(super) fn picture<'a>(&mut self, now: Instant, packet: &'a ParsedPacket) -> Option<Outgoing<'a>> {
        let target = self.target?;
        if self.leaps(packet) {
            self.current = None;
        }
        let source = packet.rtp.header.ssrc;
        let ours = self.current.is_some_and(|current| current.source == source);
        if !ours && packet.keyframe && self.takes(packet.codec) {
            let wanted = packet.layer == target || Some(packet.layer) == self.aim;
            // Better a small picture at once than the right one later.
            if wanted || (self.current.is_none() && packet.layer < target) {
                self.splice(now, packet);
            }
        }
        self.rewrite(now, packet)
    }

    /// Whether so many packets before this one did not go out that the stream begins anew.
    fn leaps(&self, packet: &ParsedPacket) -> bool {
        let Some((current, last)) = self.current.zip(self.last) else { return false };
        let incoming = *packet.rtp.seq_no;
        current.source == packet.rtp.header.ssrc
            && incoming >= current.start
            && incoming.wrapping_add(current.sequence) > last.sequence + LEAP
    }

    /// From this packet on the stream is made of another one.
    fn splice(&mut self, now: Instant, packet: &ParsedPacket) {
        let incoming = *packet.rtp.seq_no;
        let time = packet.rtp.header.timestamp;
        // RFC 3550 wants a random start; low, so that no rollover comes before the first packet.
        let start = u64::from(*self.ssrc & 0x3fff) + 1;
        let (sequence, timestamp, picture_id, tl0) = match self.last {
            None => (start, time, packet.picture_id(), packet.tl0()),
            Some(last) => {
                let passed = now.saturating_duration_since(last.at).as_secs_f64();
                let ticks = (passed * f64::from(self.clock_rate)) as u32;
                let timestamp = last.timestamp.wrapping_add(ticks.max(self.clock_rate / 100));
                (last.sequence + 1, timestamp, last.picture_id.wrapping_add(1), last.tl0.wrapping_add(1))
            }
        };
        if let (Some(before), Some(last)) = (self.current, self.last) {
            self.previous = Some((before, last.sequence));
        }
        self.spliced = Some(now);
        self.current = Some(StreamMapping {
            source: packet.rtp.header.ssrc,
            layer: packet.layer,
            start: incoming,
            sequence: sequence.wrapping_sub(incoming),
            timestamp: timestamp.wrapping_sub(time),
            picture_id: picture_id.wrapping_sub(packet.picture_id()),
            tl0: tl0.wrapping_sub(packet.tl0()),
        });
    }

    /// The packet with sequence number, timestamp and picture id (RFC 3550, 5.1; RFC 7741, 4.2) of the stream
    /// that the subscriber gets. `None`: it belongs to neither this stream nor the one before.
    fn rewrite<'a>(&mut self, now: Instant, packet: &'a ParsedPacket) -> Option<Outgoing<'a>> {
        let mapping = self.mapping(packet.rtp.header.ssrc, *packet.rtp.seq_no)?;
        let outgoing = self.mapped(&mapping, packet)?;
        let Outgoing { number: sequence, timestamp, .. } = outgoing;
        if self.last.is_none_or(|last| sequence > last.sequence) {
            let (picture_id, tl0) = mapping.picture_numbers(packet);
            self.last = Some(Last { at: now, sequence, timestamp, picture_id, tl0 });
        }
        self.packets += 1;
        self.bytes += outgoing.payload.len() as u64 + OVERHEAD;
        Some(outgoing)
    }

    /// Which incoming packet went out with that sequence number: its stream, layer and number. `None`: it belongs to
    /// what was forwarded before, which no decoder waits for once a keyframe of another stream is there.
    pub(super) fn origin(&self, sequence: u64) -> Option<(Ssrc, usize, u64)> {
        let current = self.current?;
        let incoming = sequence.wrapping_sub(current.sequence);
        let first = self.previous.map_or(0, |(_, end)| end + 1);
        (sequence >= first).then_some((current.source, current.layer, incoming))
    }

    /// A packet that went out before, as it went out.
    pub(super) fn once_more<'a>(&self, packet: &'a ParsedPacket) -> Option<Outgoing<'a>> {
        let mapping = self.mapping(packet.rtp.header.ssrc, *packet.rtp.seq_no)?;
        self.mapped(&mapping, packet)
    }

    /// How a packet of an incoming stream is moved.
    fn mapping(&self, source: Ssrc, incoming: u64) -> Option<StreamMapping> {
        match (self.current, self.previous) {
            (Some(current), _) if current.source == source && incoming >= current.start => Some(current),
            // A late packet of what was before fills its hole, and nothing beyond.
            (_, Some((previous, end)))
                if previous.source == source
                    && incoming >= previous.start
                    && incoming.wrapping_add(previous.sequence) <= end =>
            {
                Some(previous)
            }
            _ => None,
        }
    }

    /// `None`: the subscriber does not know its codec.
    fn mapped<'a>(&self, mapping: &StreamMapping, packet: &'a ParsedPacket) -> Option<Outgoing<'a>> {
        let rtp = &packet.rtp;
        let payload_type = self.payload_types.iter().find(|(codec, _)| *codec == packet.codec)?.1;
        let (payload_type, payload) = match (&packet.red, self.red) {
            (Some(red), Some(as_red)) if red.inner == payload_type => (as_red, &rtp.payload),
            (Some(red), _) => (payload_type, &red.alone),
            (None, _) => (payload_type, &rtp.payload),
        };
        let numbered = packet.descriptor.is_some_and(|descriptor| descriptor.picture_id().is_some());
        Some(Outgoing {
            payload_type,
            number: rtp.seq_no.wrapping_add(mapping.sequence),
            timestamp: rtp.header.timestamp.wrapping_add(mapping.timestamp),
            marker: rtp.header.marker,
            payload,
            picture: numbered.then(|| mapping.picture_numbers(packet)),
            extensions: &packet.extensions,
        })
    }
}

impl StreamMapping {
    /// Picture id and TL0PICIDX.
    fn picture_numbers(&self, packet: &ParsedPacket) -> (u16, u8) {
        let picture_id = packet.picture_id().wrapping_add(self.picture_id) & 0x7fff;
        (picture_id, packet.tl0().wrapping_add(self.tl0))
    }
}

/// The packet for a stream that the engine sends.
pub(super) fn rtp_write(now: Instant, packet: &ParsedPacket, outgoing: &Outgoing<'_>) -> RtpWrite {
    let &Outgoing { payload_type, number, timestamp, marker, payload, picture, extensions } = outgoing;
    let write = RtpWrite::new(payload_type, number.into(), timestamp, now, payload.clone())
        .marker(marker)
        .ext_vals(extensions.clone())
        .nackable(packet.codec.is_video());
    match packet.descriptor.zip(picture).and_then(|(descriptor, numbers)| patch(&descriptor, numbers)) {
        Some(patch) => write.vp8_patch(patch),
        None => write,
    }
}

/// Puts our picture numbers into a packet's descriptor, in the width that it has.
fn patch(descriptor: &Vp8Descriptor, (picture_id, tl0): (u16, u8)) -> Option<Vp8Patch> {
    let with = |picture_id: u16| {
        let patch = descriptor.patch().picture_id(picture_id);
        if descriptor.tl0_pic_idx().is_some() { patch.tl0_pic_idx(tl0) } else { patch }.build()
    };
    with(picture_id).or_else(|_| with(picture_id & 0x7f)).ok()
}
