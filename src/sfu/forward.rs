//! What a connection says, and above all: a packet on its way from one member to the others.

use super::connection::Route;
use super::track::{Media, Urgency};
use super::{Event, Key, Line, Sfu, Source};
use std::time::Duration;
use str0m::bwe::BweKind;
use str0m::format::Codec;
use str0m::media::{KeyframeRequest, KeyframeRequestKind, Pt};
use str0m::net::Protocol;
use str0m::rtp::{RtpPacket, Ssrc};
use str0m::stats::{MediaEgressStats, MediaIngressStats, PeerStats};

/// Streams that one page may send: two sources of sound and three layers, and a few that have changed.
/// Named in SECURITY.md.
const STREAMS: usize = 64;
/// A round trip of more is a mistake in the arithmetic of a report.
const LONGEST: Duration = Duration::from_secs(60);

impl Sfu {
    /// A connection said something.
    pub(super) fn listen(&mut self, key: Key, event: str0m::Event) {
        match (event, key.line) {
            (str0m::Event::RtpPacket(packet), Line::Up) => self.forward(key.slot, packet),
            (str0m::Event::MediaAdded(added), Line::Up) => self.add_track(key.slot, added),
            (str0m::Event::Connected, _) => self.connected(key),
            (str0m::Event::PeerStats(stats), _) => self.look_at(key, &stats),
            (str0m::Event::KeyframeRequest(request), _) => self.repair(key, &request),
            (str0m::Event::EgressBitrateEstimate(estimate), _) => self.estimate(key, &estimate),
            (str0m::Event::MediaEgressStats(stats), _) => {
                self.hear_of(key, &stats);
            }
            (str0m::Event::MediaIngressStats(stats), _) => self.miss(key.slot, &stats),
            _ => {}
        }
    }

    /// A packet of a member's, to everybody who wants it.
    fn forward(&mut self, slot: u32, packet: RtpPacket) {
        let now = self.now;
        let Some(route) = self.route(slot, packet.header.ssrc) else { return };
        let Some(member) = self.members[slot as usize].as_mut() else { return };
        let Some(up) = &mut member.up else { return };
        let Some((codec, inner)) = up.codec(packet.header.payload_type) else { return };
        let Some(mut media) = Media::new(packet, codec, inner, route.layer.unwrap_or(0)) else { return };
        let incoming = &mut up.sources[route.source.index()];
        let mut news = false;
        let mut torn = None;
        if let Some(layer) = route.layer
            && let Some(video) = &mut incoming.video
        {
            let begins = video.layers[layer].hear(now, &mut media);
            news = begins;
            torn = (begins && !media.keyframe).then_some(layer);
        } else if let Some(level) = media.packet.header.ext_vals.audio_level
            && route.source == Source::Camera
        {
            member.voice.hear(level);
        }
        member.figures.received.add(media.packet.payload.len());
        let room = member.room;
        // Taken out, so that subscribers can be reached while it is read.
        let subscribers = std::mem::take(&mut incoming.subscribers);
        for &(to, seat) in &subscribers {
            self.deliver(to, seat, &media);
        }
        if let Some(up) = self.members[slot as usize].as_mut().and_then(|member| member.up.as_mut()) {
            up.sources[route.source.index()].subscribers = subscribers;
        }
        if let Some(layer) = torn {
            // It goes on after a pause in which nobody knows what was lost; decoders would wait for seconds.
            self.ask_keyframe(slot, route.source, layer, Urgency::Newcomer);
        }
        if news { self.review_soon(room) } else { self.review_some_time(room) }
    }

    fn deliver(&mut self, to: Key, seat: usize, media: &Media) {
        let Some(member) = self.members[to.slot as usize].as_mut().filter(|member| !member.paused) else {
            return;
        };
        let (down, before) = match to.line {
            Line::Next => (member.next.as_mut(), member.down.as_mut()),
            _ => (member.down.as_mut(), None),
        };
        let Some(down) = down else { return };
        if !down.peer.rtc().is_connected() {
            return; // nothing is kept for later: what is late is of no use
        }
        let Some(seat) = down.seats.get_mut(seat) else { return };
        let (stream, write) = if media.codec.is_audio() {
            let Some(stream) = &mut seat.audio else { return };
            (stream.ssrc, stream.sound(self.now, media))
        } else {
            let Some(stream) = &mut seat.video else { return };
            (stream.ssrc, stream.picture(self.now, media))
        };
        let Some(write) = write else { return };
        if let Some(before) = before.filter(|_| media.codec.is_video()) {
            // It is to be seen here now. Sound goes both ways until the change is complete.
            before.seats.iter_mut().filter(|old| old.from == seat.from).for_each(|old| old.video = None);
        }
        member.figures.sent.add(media.packet.payload.len());
        down.peer.write(stream, write);
        if !down.peer.unsettled {
            down.peer.unsettled = true;
            self.unsettled.push_back(to);
        }
    }

    /// Which source and layer a stream is. Browsers name them in the first packets only.
    fn route(&mut self, slot: u32, ssrc: Ssrc) -> Option<Route> {
        let up = self.members[slot as usize].as_ref()?.up.as_ref()?;
        if let Some((_, route)) = up.routes.iter().find(|(known, _)| *known == ssrc) {
            return Some(*route);
        }
        let named = self.mutate(Key { slot, line: Line::Up }, |rtc| {
            Ok(rtc.direct_api().stream_rx(&ssrc).map(|stream| (stream.mid(), stream.rid())))
        });
        let (mid, rid) = named.flatten()?;
        let up = self.members[slot as usize].as_mut()?.up.as_mut()?;
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
            self.mutate(Key { slot, line: Line::Up }, |rtc| Ok(rtc.direct_api().remove_stream_rx(oldest)));
        }
        Some(route)
    }

    /// A subscriber's decoder has lost the thread.
    fn repair(&mut self, key: Key, request: &KeyframeRequest) {
        let seat = self.down(key).and_then(|down| down.seats.iter().find(|seat| seat.has(request.mid)));
        let Some(seat) = seat else { return };
        if let (Some((from, _, source)), Some(video)) = (seat.from, &seat.video)
            && let Some(layer) = video.layer().or(video.aim)
        {
            self.ask_keyframe(from, source, layer, video.urgency(self.now));
        }
    }

    /// A page is heard again: what it missed meanwhile is too much to be repaired.
    pub(super) fn show_again(&mut self, key: Key) {
        let Some(member) = self.member(key.slot).filter(|member| !member.paused) else { return };
        let Some(down) = member.down(key.line) else { return };
        let lost: Vec<_> = down
            .seats
            .iter()
            .filter_map(|seat| {
                let (from, _, source) = seat.from?;
                Some((from, source, seat.video.as_ref()?.layer()?))
            })
            .collect();
        for (from, source, layer) in lost {
            self.ask_keyframe(from, source, layer, Urgency::Newcomer);
        }
    }

    /// Asks a publisher for a keyframe, unless it was asked a moment ago.
    pub(super) fn ask_keyframe(&mut self, from: u32, source: Source, layer: usize, urgency: Urgency) {
        let now = self.now;
        let Some(up) = self.member_mut(from).and_then(|member| member.up.as_mut()) else { return };
        let Some(video) = &mut up.sources[source.index()].video else { return };
        let Some(layer) = video.layers.get_mut(layer) else { return };
        if let Some(ssrc) = layer.ssrc
            && layer.ask(now, urgency)
        {
            self.send_keyframe_request(from, ssrc);
        }
    }

    pub(super) fn send_keyframe_request(&mut self, from: u32, ssrc: Ssrc) {
        let now = self.now;
        self.mutate(Key { slot: from, line: Line::Up }, |rtc| {
            if let Some(stream) = rtc.direct_api().stream_rx(&ssrc) {
                stream.request_keyframe(KeyframeRequestKind::Pli);
            }
            rtc.handle_input(str0m::Input::Timeout(now))
        });
    }

    fn connected(&mut self, key: Key) {
        let now = self.now;
        let Some(member) = self.member_mut(key.slot) else { return };
        let (id, room) = (member.id, member.room);
        let connection = match member.down_mut(key.line) {
            Some(down) => {
                down.since = Some(now);
                Some(down.connection)
            }
            None => member.up.as_ref().map(|up| up.connection),
        };
        if let Some(connection) = connection {
            self.events.push_back(Event::Connected { member: id, side: key.line.side(), connection });
        }
        self.review(room);
    }

    fn estimate(&mut self, key: Key, estimate: &BweKind) {
        let Some(member) = self.member_mut(key.slot) else { return };
        let room = member.room;
        let Some(down) = member.down_mut(key.line) else { return };
        match estimate {
            BweKind::Twcc { estimate, .. } => down.bandwidth.estimate(estimate.as_f64()),
            BweKind::Remb { estimate, .. } => down.bandwidth.receiver_estimate(estimate.as_f64()),
            _ => {}
        }
        self.review_soon(room);
    }

    /// Once a second for each stream to a page.
    fn hear_of(&mut self, key: Key, stats: &MediaEgressStats) {
        let Some(down) = self.down_mut(key) else { return };
        let Some(seat) = down.seats.iter_mut().find(|seat| seat.has(stats.mid)) else { return };
        let Some(stream) = seat.stream_mut(stats.mid) else { return };
        let packets = std::mem::take(&mut stream.packets);
        // What was reported before there was anything to report on is repeated.
        let round_trip = stats.rtt.filter(|rtt| packets > 0 && *rtt < LONGEST);
        let lost = stats.loss.map(|loss| down.bandwidth.lost(loss, packets));
        round_trip.into_iter().for_each(|round_trip| down.bandwidth.travelled(round_trip));
        let Some(member) = self.member_mut(key.slot) else { return };
        member.figures.sent.lost += lost.unwrap_or(0.0);
        member.figures.round_trip = round_trip.or(member.figures.round_trip);
    }

    /// Once a second for each stream of a page: what of it did not come.
    fn miss(&mut self, slot: u32, stats: &MediaIngressStats) {
        if let Some(member) = self.member_mut(slot)
            && let Some(up) = &mut member.up
        {
            let stream = (stats.mid, stats.rid);
            member.figures.received.lost += up.losses.report(stream, stats.packets, stats.loss);
        }
    }

    /// Once a second for each connection.
    fn look_at(&mut self, key: Key, stats: &PeerStats) {
        self.call_over(key); // again: the last call may be lost
        let Some(member) = self.member_mut(key.slot) else { return };
        if let Some(pair) = &stats.selected_candidate_pair {
            member.tcp = pair.protocol != Protocol::Udp;
        }
        let round_trip = stats.rtt.filter(|rtt| *rtt < LONGEST);
        member.figures.round_trip = round_trip.or(member.figures.round_trip);
        if key.line == Line::Up
            && let Some(up) = &mut member.up
        {
            member.figures.received.loss = up.losses.review();
        }
        let (id, room, replaced) = (member.id, member.room, member.next.is_some());
        let reports = member.up.as_ref().is_none_or(|up| up.knows_reports);
        let Some(down) = member.down_mut(key.line) else { return };
        down.bandwidth.review();
        if !reports {
            down.bandwidth.go_by_trouble();
        } else if !replaced && down.bandwidth.wants_measuring() {
            // What is there until it is measured takes no more than goes through.
            let carried = down.bandwidth.hold_back();
            tracing::info!(member = %id, carried, "a slow link: its bandwidth is measured from now on");
            self.open_next(key.slot, carried);
            self.seat(room);
        }
        self.review_some_time(room);
    }
}

impl super::connection::Up {
    /// What comes under that payload type. If it is RED, with the payload type of what is in it.
    fn codec(&self, payload_type: Pt) -> Option<(Codec, Option<Pt>)> {
        self.peer.rtc().codec_config().params().iter().find_map(|params| {
            let codec = params.spec().codec;
            if params.pt() == payload_type {
                return Some((codec, None));
            }
            (params.red() == Some(payload_type)).then_some((codec, Some(params.pt())))
        })
    }
}

impl super::Count {
    fn add(&mut self, bytes: usize) {
        self.packets += 1;
        self.bytes += bytes as u64;
    }
}
