//! What a connection says, and above all: a packet on its way from one member to everybody else.

use super::connection::{ConnectionKey, ConnectionRole, Route};
use super::context::Context;
use super::forwarded_stream::rtp_write;
use super::member::Member;
use super::parsed_packet::ParsedPacket;
use super::room::Room;
use super::track::Urgency;
use super::{Event, Source};
use std::sync::Arc;
use std::time::Instant;
use str0m::media::{KeyframeRequest, KeyframeRequestKind};
use str0m::rtp::{RtpPacket, Ssrc};

/// Streams that one page may send: two sources of sound and three layers, and a few that have changed.
/// Named in SECURITY.md.
const STREAMS: usize = 64;

impl Room {
    /// A connection said something.
    pub(super) fn on_engine_event(&mut self, key: ConnectionKey, event: str0m::Event, cx: &mut Context) {
        match (event, key.role) {
            (str0m::Event::RtpPacket(packet), ConnectionRole::Publish) => self.forward(key.slot, packet, cx),
            (str0m::Event::MediaAdded(added), ConnectionRole::Publish) => self.add_track(key.slot, added, cx),
            (str0m::Event::Connected, _) => self.on_connected(key, cx),
            (str0m::Event::PeerStats(stats), _) => self.on_peer_stats(key, &stats, cx),
            (str0m::Event::KeyframeRequest(request), _) => self.on_keyframe_request(key, &request, cx),
            (str0m::Event::EgressBitrateEstimate(estimate), _) => self.on_estimate(key, &estimate, cx),
            (str0m::Event::RawPacket(packet), _) => self.on_raw_packet(key, &packet, cx),
            (str0m::Event::MediaEgressStats(stats), _) => {
                self.on_egress_stats(key, &stats);
            }
            (str0m::Event::MediaIngressStats(stats), _) => self.on_ingress_stats(key.slot, &stats),
            // ICE states are ignored on purpose: the engine calls a pair disconnected after 15 s without a
            // request, and goes on to send there; a page that comes back goes on with the same connection,
            // and who stays away is removed by the lobby when its session has ended.
            _ => {}
        }
    }

    fn on_connected(&mut self, key: ConnectionKey, cx: &mut Context) {
        let now = cx.now;
        let Some(member) = self.member_mut(key.slot) else { return };
        let id = member.id;
        let connection = match member.down_mut(key.role) {
            Some(down) => {
                down.since = Some(now);
                Some(down.connection)
            }
            None => member.up.as_ref().map(|up| up.connection),
        };
        if let Some(connection) = connection {
            cx.events.push_back(Event::Connected { member: id, side: key.role.side(), connection });
        }
        self.review(cx);
    }

    /// A packet of a member's, to everybody who wants it.
    fn forward(&mut self, slot: u32, packet: RtpPacket, cx: &mut Context) {
        let now = cx.now;
        let Some(member) = self.member_mut(slot) else { return };
        let Some(route) = member.route(packet.header.ssrc, cx) else { return };
        let Some(up) = &mut member.up else { return };
        let Some((codec, inner)) = up.codec_of(packet.header.payload_type) else { return };
        let Some(mut packet) = ParsedPacket::new(packet, codec, inner, route.layer.unwrap_or(0)) else {
            return;
        };
        let incoming = &mut up.sources[route.source.index()];
        let mut begins = false;
        let mut torn = None;
        if let Some(layer) = route.layer
            && let Some(video) = &mut incoming.video
        {
            begins = video.layers[layer].hear(now, &mut packet);
            torn = (begins && !packet.keyframe).then_some(layer);
        } else if let Some(level) = packet.rtp.header.ext_vals.audio_level
            && route.source == Source::Camera
        {
            member.voice.hear(level);
        }
        member.stats.received.add(packet.rtp.payload.len());
        let packet = Arc::new(packet);
        // Taken out, so that subscribers can be reached while it is read.
        let subscribers = std::mem::take(&mut incoming.subscribers);
        if let Some(layer) = route.layer
            && let Some(video) = &mut incoming.video
            && !subscribers.is_empty()
        {
            video.layers[layer].history.keep(now, &packet);
        }
        for &(to, seat) in &subscribers {
            let subscriber = self.slots[to.slot as usize].as_mut().filter(|member| !member.paused);
            if let Some(subscriber) = subscriber
                && subscriber.deliver(now, to.role, seat, &packet)
            {
                cx.unsettled.push_back(to);
            }
        }
        if let Some(up) = self.member_mut(slot).and_then(|member| member.up.as_mut()) {
            up.sources[route.source.index()].subscribers = subscribers;
        }
        if let Some(layer) = torn {
            // It goes on after a pause in which nobody knows what was lost; decoders would wait for seconds.
            self.ask_keyframe(slot, route.source, layer, Urgency::Newcomer, cx);
        }
        if begins { self.review_soon(cx) } else { self.review_some_time(cx) }
    }

    /// A subscriber's decoder asks for a keyframe (PLI or FIR).
    fn on_keyframe_request(&mut self, key: ConnectionKey, request: &KeyframeRequest, cx: &mut Context) {
        let down = self.member(key.slot).and_then(|member| member.down(key.role));
        let Some(seat) = down.and_then(|down| down.seats.iter().find(|seat| seat.has(request.mid))) else {
            return;
        };
        if let (Some((from, _, source)), Some(video)) = (seat.from, &seat.video)
            && let Some(layer) = video.layer().or(video.aim)
        {
            let urgency = video.urgency(cx.now);
            self.ask_keyframe(from, source, layer, urgency, cx);
        }
    }

    /// A page is heard after a pause: what it missed meanwhile is too much to be repaired.
    pub(super) fn refresh_pictures(&mut self, key: ConnectionKey, cx: &mut Context) {
        let Some(member) = self.member(key.slot).filter(|member| !member.paused) else { return };
        let Some(down) = member.down(key.role) else { return };
        let lost = down.seats.iter().filter_map(|seat| {
            let (from, _, source) = seat.from?;
            Some((from, source, seat.video.as_ref()?.layer()?))
        });
        for (from, source, layer) in lost.collect::<Vec<_>>() {
            self.ask_keyframe(from, source, layer, Urgency::Newcomer, cx);
        }
    }

    /// Asks a publisher for a keyframe, unless it was asked a moment ago.
    pub(super) fn ask_keyframe(
        &mut self,
        from: u32,
        source: Source,
        layer: usize,
        urgency: Urgency,
        cx: &mut Context,
    ) {
        let Some(member) = self.member_mut(from) else { return };
        let Some(video) = member.up.as_mut().and_then(|up| up.sources[source.index()].video.as_mut()) else {
            return;
        };
        let Some(layer) = video.layers.get_mut(layer) else { return };
        if let Some(ssrc) = layer.ssrc
            && layer.may_request_keyframe(cx.now, urgency)
        {
            member.send_keyframe_request(ssrc, cx);
        }
    }
}

impl Member {
    /// Puts a packet into the queue of a seat. Whether its connection is to be settled for the first time
    /// since.
    fn deliver(&mut self, now: Instant, role: ConnectionRole, seat: usize, packet: &ParsedPacket) -> bool {
        let (down, before) = match role {
            ConnectionRole::SubscribeNext => (self.next.as_mut(), self.down.as_mut()),
            _ => (self.down.as_mut(), None),
        };
        let Some(down) = down else { return false };
        if !down.peer.rtc().is_connected() {
            return false; // nothing is kept for later: what is late is of no use
        }
        let Some(seat) = down.seats.get_mut(seat) else { return false };
        let stream = if packet.codec.is_audio() { &mut seat.audio } else { &mut seat.video };
        let Some(stream) = stream else { return false };
        let outgoing =
            if packet.codec.is_audio() { stream.sound(now, packet) } else { stream.picture(now, packet) };
        let Some(outgoing) = outgoing else { return false };
        let written = match &mut down.peer.egress {
            Some(egress) => stream.outgoing.is_some_and(|number| egress.write(now, number, &outgoing)),
            None => down.peer.write(stream.ssrc, rtp_write(now, packet, &outgoing)),
        };
        if !written {
            return false;
        }
        if let Some(before) = before.filter(|_| packet.codec.is_video()) {
            // It is to be seen on this connection. Sound goes both ways until the change is complete.
            before.seats.iter_mut().filter(|old| old.from == seat.from).for_each(|old| old.video = None);
        }
        self.stats.sent.add(packet.rtp.payload.len());
        !std::mem::replace(&mut down.peer.unsettled, true)
    }

    /// Which source and layer a stream is. Browsers name them in the first packets only.
    fn route(&mut self, ssrc: Ssrc, cx: &mut Context) -> Option<Route> {
        let known = self.up.as_ref()?.routes.iter().find(|(known, _)| *known == ssrc);
        if let Some((_, route)) = known {
            return Some(*route);
        }
        let named = self.mutate(ConnectionRole::Publish, cx, |rtc| {
            Ok(rtc.direct_api().stream_rx(&ssrc).map(|stream| (stream.mid(), stream.rid())))
        });
        let (mid, rid) = named.flatten()?;
        let up = self.up.as_mut()?;
        let route = Source::ALL.into_iter().find_map(|source| {
            let incoming = &up.sources[source.index()];
            if incoming.audio == Some(mid) {
                return Some(Route { source, layer: None });
            }
            let video = incoming.video.as_ref().filter(|video| video.mid == mid)?;
            let layer = video.layers.iter().position(|layer| layer.rid == rid)?;
            Some(Route { source, layer: Some(layer) })
        })?;
        up.routes.push((ssrc, route));
        if up.routes.len() > STREAMS {
            let (oldest, _) = up.routes.remove(0);
            // The engine would keep it as well.
            self.mutate(ConnectionRole::Publish, cx, |rtc| Ok(rtc.direct_api().remove_stream_rx(oldest)));
        }
        Some(route)
    }

    pub(super) fn send_keyframe_request(&mut self, ssrc: Ssrc, cx: &mut Context) {
        let now = cx.now;
        self.mutate(ConnectionRole::Publish, cx, |rtc| {
            if let Some(stream) = rtc.direct_api().stream_rx(&ssrc) {
                stream.request_keyframe(KeyframeRequestKind::Pli);
            }
            rtc.handle_input(str0m::Input::Timeout(now))
        });
    }
}

impl super::Count {
    fn add(&mut self, bytes: usize) {
        self.packets += 1;
        self.bytes += bytes as u64;
    }
}
