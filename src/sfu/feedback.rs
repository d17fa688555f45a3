//! What a page says of what is forwarded to it beside the engine (RTCP: NACK, receiver reports), and what it is told.

use super::connection::{ConnectionKey, ConnectionRole, SeatSlot};
use super::context::Context;
use super::egress::Tally;
use super::member::Member;
use super::retransmission::MAX_RETRANSMISSIONS;
use super::room::Room;
use str0m::rtp::RawPacket;
use str0m::rtp::rtcp::{Nack, NackEntry, Rtcp};

impl Room {
    /// The engine shows what a connection has sent or received.
    pub(super) fn on_raw_packet(&mut self, key: ConnectionKey, packet: &RawPacket, cx: &mut Context) {
        let RawPacket::RtcpRx(rtcp) = packet else { return };
        match rtcp {
            Rtcp::Nack(nack) => {
                self.retransmit(key, nack, cx);
            }
            rtcp => {
                let member = self.member_mut(key.slot);
                let peer = member.and_then(|member| member.peer_mut(key.role));
                if let Some(egress) = peer.and_then(|peer| peer.egress.as_mut()) {
                    egress.on_rtcp(cx.now, rtcp);
                }
            }
        }
    }

    /// A page misses packets of a picture (RFC 4585, 6.2.1): they go out another time, from what is kept of their
    /// publisher.
    fn retransmit(&mut self, key: ConnectionKey, nack: &Nack, cx: &mut Context) -> Option<()> {
        let down = self.member(key.slot)?.down(key.role)?;
        let number = down.peer.egress.as_ref()?.stream(nack.ssrc)?;
        let newest = down.peer.egress.as_ref()?.newest(number)?;
        let of = |seat: &&SeatSlot| seat.video.as_ref().is_some_and(|video| video.ssrc == nack.ssrc);
        let seat = down.seats.iter().position(|seat| of(&seat))?;
        let (from, _, source) = down.seats[seat].from?;
        let video = self.member(from)?.up.as_ref()?.sources[source.index()].video.as_ref()?;
        let stream = down.seats[seat].video.as_ref()?;
        let kept = |sequence| {
            let (source, layer, incoming) = stream.origin(sequence)?;
            video.layers.get(layer)?.history.find(cx.now, source, incoming).cloned()
        };
        let missing = nack.reports.iter().flat_map(|entry| numbers(entry, newest));
        let packets: Vec<_> = missing.take(MAX_RETRANSMISSIONS).filter_map(kept).collect();
        let down = self.member_mut(key.slot)?.down_mut(key.role)?;
        let (egress, stream) = (down.peer.egress.as_mut()?, down.seats[seat].video.as_ref()?);
        let mut repeated = 0;
        for outgoing in packets.iter().filter_map(|packet| stream.once_more(packet)) {
            repeated += usize::from(egress.repeat(cx.now, number, &outgoing));
        }
        if repeated > 0 && !std::mem::replace(&mut down.peer.unsettled, true) {
            cx.unsettled.push_back(key);
        }
        Some(())
    }
}

impl Member {
    /// Once a second: tells the page when what it gets was made, and hears how it came.
    pub(super) fn report(&mut self, role: ConnectionRole, cx: &mut Context) {
        let key = self.key(role);
        let mut lost = 0.0;
        let mut round_trip = None;
        let Some(down) = self.down_mut(role) else { return };
        let Some(egress) = &mut down.peer.egress else { return };
        let reports = egress.report(cx.now);
        let streams = down.seats.iter_mut().flat_map(|seat| [&mut seat.audio, &mut seat.video]).flatten();
        let heard = streams.filter_map(|stream| {
            let (trip, tally) = egress.take_reception(stream.outgoing?)?;
            Some((std::mem::take(&mut stream.packets), trip, tally))
        });
        for (packets, trip, Tally { sent, lost: missing }) in heard.collect::<Vec<_>>() {
            round_trip = down.on_round_trip(packets, trip).or(round_trip);
            if sent > 0 {
                lost += down.bandwidth.lost(missing as f32 / sent as f32, sent);
            }
        }
        if reports && !std::mem::replace(&mut down.peer.unsettled, true) {
            cx.unsettled.push_back(key);
        }
        self.stats.sent.lost += lost;
        self.stats.round_trip = round_trip.or(self.stats.round_trip);
    }
}

/// The packets that an entry names, of those up to the newest.
fn numbers(entry: &NackEntry, newest: u64) -> impl Iterator<Item = u64> + use<> {
    let &NackEntry { pid, blp } = entry;
    let named = (0..17_u16).filter(move |n| *n == 0 || blp >> (n - 1) & 1 == 1);
    named.filter_map(move |n| newest.checked_sub((newest as u16).wrapping_sub(pid.wrapping_add(n)).into()))
}
