//! What is sent on a connection on which a page receives: RTP, its retransmissions, and sender reports. Beside the
//! engine, which keeps ICE, DTLS and everything that is received (docs/decisions/0019-egress.md).
//!
//! The engine has the same keys. Nothing that it seals leaves such a connection, and every index of an SSRC is claimed
//! before it is used, so that no nonce is used twice.

mod batch;
mod header;
mod history;
mod rtcp;
mod srtp;
mod stream;

use self::batch::Batch;
use self::header::Header;
pub(super) use self::history::History;
use self::rtcp::{Clock, References, sender_reports};
pub(super) use self::srtp::Keying;
use self::srtp::Sealer;
use self::stream::OutgoingStream;
pub(super) use self::stream::{Agreed, Tally};
use super::parsed_packet::renumber_vp8;
use super::{Protocol, Transmit};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use str0m::media::Pt;
use str0m::rtp::rtcp::{ReceptionReport, Rtcp};
use str0m::rtp::{ExtensionValues, Ssrc};

/// A packet as one subscriber gets it.
pub(super) struct Outgoing<'a> {
    pub(super) payload_type: Pt,
    /// With the rollovers (RFC 3711, 3.3.1).
    pub(super) number: u64,
    pub(super) timestamp: u32,
    pub(super) marker: bool,
    pub(super) payload: &'a Arc<[u8]>,
    /// Picture id and TL0PICIDX of VP8 (RFC 7741, 4.2), where there are any.
    pub(super) picture: Option<(u16, u8)>,
    pub(super) extensions: &'a ExtensionValues,
}

/// What is sent on one connection.
pub(super) struct Egress {
    clock: Clock,
    /// There when the handshake is complete.
    sealer: Option<Sealer>,
    /// From which address of ours to which of the page's, as the engine last used it.
    path: Option<Path>,
    streams: Vec<OutgoingStream>,
    references: References,
    batch: Batch,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Path {
    pub(super) protocol: Protocol,
    pub(super) source: SocketAddr,
    pub(super) destination: SocketAddr,
}

impl Egress {
    pub(super) fn new(now: Instant) -> Egress {
        Egress {
            clock: Clock(now),
            sealer: None,
            path: None,
            streams: Vec::new(),
            references: References::default(),
            batch: Batch::default(),
        }
    }

    /// The handshake is complete. Once a connection: other keys would come with a state of their own.
    pub(super) fn set_keys(&mut self, keying: &Keying) {
        if self.sealer.is_none() {
            self.sealer = Sealer::new(keying);
        }
    }

    pub(super) fn set_path(&mut self, path: Path) {
        self.path = Some(path);
    }

    /// The engine wants to send that. Whether it may: what it seals itself stays here (RFC 7983: RTP and RTCP
    /// begin so).
    pub(super) fn passes(&mut self, transmit: &Transmit) -> bool {
        const DTLS_AND_BEYOND: u8 = 20;
        const SEALED: std::ops::RangeInclusive<u8> = 128..=191;
        let &Transmit { protocol, source, destination, ref bytes, .. } = transmit;
        let Some(first) = bytes.first() else { return false };
        if *first >= DTLS_AND_BEYOND {
            self.path = Some(Path { protocol, source, destination });
        }
        !SEALED.contains(first)
    }

    /// A stream was agreed on. By which number it is written to. One that was there before goes on where it was.
    pub(super) fn bind(&mut self, agreed: Agreed) -> usize {
        if let Some(known) = self.stream(agreed.ssrc) {
            self.streams[known].agree(agreed);
            return known;
        }
        self.streams.push(OutgoingStream::new(agreed));
        self.streams.len() - 1
    }

    /// Seals a packet of a stream. Whether it goes out: there may be no keys yet, or its number was used before.
    pub(super) fn write(&mut self, now: Instant, stream: usize, packet: &Outgoing<'_>) -> bool {
        let (Some(sealer), Some(path)) = (&self.sealer, self.path) else { return false };
        let Some(stream) = self.streams.get_mut(stream) else { return false };
        let newest = stream.claimed.newest().is_none_or(|newest| packet.number > newest);
        if !stream.claimed.claim(packet.number) {
            return false;
        }
        let header = packet.header(*packet.payload_type, stream.ssrc, packet.number);
        let send_time = send_time(self.clock, now);
        let head = stream.extensions.write(header, packet.extensions, send_time, !stream.known);
        append(&mut self.batch, sealer, path, &head, &[], packet, packet.number);
        stream.count(now, packet.timestamp, newest, packet.payload.len());
        true
    }

    /// Seals a packet of a stream another time, as a retransmission (RFC 4588), unless there are too many. Whether it
    /// goes out.
    pub(super) fn repeat(&mut self, now: Instant, stream: usize, packet: &Outgoing<'_>) -> bool {
        let (Some(sealer), Some(path)) = (&self.sealer, self.path) else { return false };
        let Some(stream) = self.streams.get_mut(stream) else { return false };
        let wait = stream.reception.round_trip.unwrap_or(Duration::ZERO) / 2;
        let Some(rtx) = &mut stream.rtx else { return false };
        let Some(payload_type) = rtx.payload_type(packet.payload_type) else { return false };
        if !rtx.allows(now, packet.number, packet.payload.len(), wait) {
            return false;
        }
        rtx.index += 1;
        let header = packet.header(payload_type, rtx.ssrc, rtx.index);
        let send_time = send_time(self.clock, now);
        let head = stream.extensions.write(header, packet.extensions, send_time, !rtx.known);
        let original = (packet.number as u16).to_be_bytes();
        append(&mut self.batch, sealer, path, &head, &original, packet, rtx.index);
        true
    }

    /// Tells the page when what was sent lately was made. Whether there was anything to tell.
    pub(super) fn report(&mut self, now: Instant) -> bool {
        let (Some(sealer), Some(path)) = (&mut self.sealer, self.path) else { return false };
        let mut reports = sender_reports(&mut self.streams, self.clock, now);
        if let (Some(first), Some(stream)) = (reports.first_mut(), self.streams.first()) {
            self.references.answer(first, stream.ssrc, now);
        }
        let mut reported = false;
        for mut report in reports {
            if sealer.seal_rtcp(&mut report) {
                self.batch.push(path, report);
                reported = true;
            }
        }
        reported
    }

    /// The page reports on what it receives.
    pub(super) fn on_rtcp(&mut self, now: Instant, rtcp: &Rtcp) {
        match rtcp {
            Rtcp::ReceiverReport(report) => report.reports.iter().for_each(|one| self.on_report(now, one)),
            Rtcp::ExtendedReport(report) => self.references.note(now, report),
            Rtcp::SenderReport(report) => report.reports.iter().for_each(|one| self.on_report(now, one)),
            _ => {}
        }
    }

    fn on_report(&mut self, now: Instant, report: &ReceptionReport) {
        let round_trip = self.clock.round_trip(now, report);
        for stream in &mut self.streams {
            if stream.ssrc == *report.ssrc {
                stream.known = true;
                stream.reception.on_report(&stream.claimed, report, round_trip);
            } else if let Some(rtx) = stream.rtx.as_mut().filter(|rtx| rtx.ssrc == *report.ssrc) {
                rtx.known = true;
            }
        }
    }

    /// The round trip that the page last told of a stream, and how it came since the last time.
    pub(super) fn take_reception(&mut self, stream: usize) -> Option<(Option<Duration>, Tally)> {
        let reception = &mut self.streams.get_mut(stream)?.reception;
        Some((reception.round_trip, reception.take()))
    }

    /// By which number the stream with that SSRC is written to.
    pub(super) fn stream(&self, ssrc: Ssrc) -> Option<usize> {
        self.streams.iter().position(|stream| stream.ssrc == *ssrc)
    }

    /// The newest number of a stream.
    pub(super) fn newest(&self, stream: usize) -> Option<u64> {
        self.streams.get(stream)?.claimed.newest()
    }

    /// What is sealed, all to one destination.
    pub(super) fn take(&mut self) -> impl Iterator<Item = Transmit> {
        self.batch.take()
    }
}

impl Outgoing<'_> {
    /// Its header in a stream where its number is `index`.
    fn header(&self, payload_type: u8, ssrc: u32, index: u64) -> Header {
        let &Outgoing { marker, timestamp, .. } = self;
        Header { payload_type, marker, sequence: index as u16, timestamp, ssrc }
    }
}

/// Appends a packet, sealed. `original`: the number of the one that it repeats (RFC 4588, 4), if it repeats one.
fn append(
    batch: &mut Batch,
    sealer: &Sealer,
    path: Path,
    head: &[u8],
    original: &[u8],
    packet: &Outgoing<'_>,
    index: u64,
) {
    let size = head.len() + original.len() + packet.payload.len() + sealer.tag();
    let bytes = batch.begin(path, size);
    let begin = bytes.len();
    bytes.extend_from_slice(head);
    bytes.extend_from_slice(original);
    let payload = bytes.len();
    bytes.extend_from_slice(packet.payload);
    if let Some((picture, tl0)) = packet.picture {
        renumber_vp8(&mut bytes[payload..], picture, tl0);
    }
    sealer.seal_rtp(bytes, begin, head.len(), index);
    debug_assert_eq!(bytes.len(), begin + size);
}

/// The absolute send time of this moment: seconds with 6 and 18 bits.
fn send_time(clock: Clock, now: Instant) -> u32 {
    (clock.ntp(now) >> 14) as u32 & 0x00ff_ffff
}

#[cfg(test)]
mod tests;
