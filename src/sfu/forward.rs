//! What a connection says, and above all: a packet on its way from one member to the others.

use super::connection::Route;
use super::track::{Media, Urgency};
use super::{Event, Key, Sfu, Side, Source};
use std::time::Duration;
use str0m::bwe::BweKind;
use str0m::format::Codec;
use str0m::media::{KeyframeRequest, KeyframeRequestKind, Pt};
use str0m::net::Protocol;
use str0m::rtp::{RtpPacket, Ssrc};

/// Streams that one page may send: two sources of sound and three layers, and a few that have changed.
const STREAMS: usize = 64;

/// A round trip that nobody would wait for is a page's nonsense.
const NONSENSE: Duration = Duration::from_secs(60);

impl Sfu {
    /// A connection said something.
    pub(super) fn listen(&mut self, key: Key, event: str0m::Event) {
        match (event, key.side) {
            (str0m::Event::RtpPacket(packet), Side::Up) => self.forward(key.slot, packet),
            (str0m::Event::KeyframeRequest(request), Side::Down) => self.repair(key.slot, &request),
            (str0m::Event::MediaAdded(added), Side::Up) => self.add_track(key.slot, added),
            (str0m::Event::Connected, _) => self.connected(key),
            (str0m::Event::EgressBitrateEstimate(estimate), Side::Down) => {
                self.estimate(key.slot, &estimate);
            }
            (str0m::Event::MediaEgressStats(stats), Side::Down) => self.heed(key.slot, &stats),
            (str0m::Event::MediaIngressStats(stats), Side::Up) => self.miss(key.slot, &stats),
            (str0m::Event::PeerStats(stats), side) => self.look_at(key.slot, side, &stats),
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
        let arrived = incoming.hear(now);
        let mut news = arrived;
        if let Some(layer) = route.layer
            && let Some(video) = &mut incoming.video
        {
            news |= video.layers[layer].hear(now, &mut media);
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
        if arrived && route.source == Source::Screen {
            self.seat(room);
        }
        if news { self.review_soon(room) } else { self.review_some_time(room) }
    }

    fn deliver(&mut self, to: u32, seat: usize, media: &Media) {
        let Some(member) = self.members[to as usize].as_mut() else { return };
        let Some(down) = member.down.as_mut().filter(|_| !member.paused) else { return };
        let Some(seat) = down.seats.get_mut(seat) else { return };
        let (stream, write) = if media.codec.is_audio() {
            let Some(stream) = &mut seat.audio else { return };
            (stream.ssrc, stream.sound(self.now, media))
        } else {
            let Some(stream) = &mut seat.video else { return };
            (stream.ssrc, stream.picture(self.now, media))
        };
        let Some(write) = write else { return };
        if !down.peer.rtc().is_connected() {
            return; // nothing is kept for later: what is late is of no use
        }
        member.figures.sent.add(media.packet.payload.len());
        down.peer.write(stream, write);
        if !down.peer.unsettled {
            down.peer.unsettled = true;
            self.unsettled.push_back(Key { slot: to, side: Side::Down });
        }
    }

    /// Which source and layer a stream is. Browsers name them in the first packets only.
    fn route(&mut self, slot: u32, ssrc: Ssrc) -> Option<Route> {
        let up = self.members[slot as usize].as_ref()?.up.as_ref()?;
        if let Some((_, route)) = up.routes.iter().find(|(known, _)| *known == ssrc) {
            return Some(*route);
        }
        let named = self.mutate(Key { slot, side: Side::Up }, |rtc| {
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
        if up.routes.len() >= STREAMS {
            up.routes.remove(0);
        }
        up.routes.push((ssrc, route));
        Some(route)
    }

    /// A subscriber's decoder has lost the thread.
    fn repair(&mut self, slot: u32, request: &KeyframeRequest) {
        let down = self.member(slot).and_then(|member| member.down.as_ref());
        let seat = down.and_then(|down| down.seats.iter().find(|seat| seat.has(request.mid)));
        let Some(seat) = seat else { return };
        if let (Some((from, _, source)), Some(video)) = (seat.from, &seat.video)
            && let Some(layer) = video.layer().or(video.aim)
        {
            self.ask_keyframe(from, source, layer, video.urgency(self.now));
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
        self.mutate(Key { slot: from, side: Side::Up }, |rtc| {
            if let Some(stream) = rtc.direct_api().stream_rx(&ssrc) {
                stream.request_keyframe(KeyframeRequestKind::Pli);
            }
            rtc.handle_input(str0m::Input::Timeout(now))
        });
    }

    fn connected(&mut self, key: Key) {
        let Some(member) = self.member(key.slot) else { return };
        let connection = match key.side {
            Side::Up => member.up.as_ref().map(|up| up.connection),
            Side::Down => member.down.as_ref().map(|down| down.connection),
        };
        let (id, room) = (member.id, member.room);
        if let Some(connection) = connection {
            self.events.push_back(Event::Connected { member: id, side: key.side, connection });
        }
        self.review(room);
    }

    fn estimate(&mut self, slot: u32, estimate: &BweKind) {
        let Some(member) = self.member_mut(slot) else { return };
        let Some(down) = &mut member.down else { return };
        match estimate {
            BweKind::Twcc { estimate, .. } => down.bandwidth.estimate(estimate.as_f64()),
            BweKind::Remb { estimate, .. } => down.bandwidth.receiver_estimate(estimate.as_f64()),
            _ => {}
        }
        let room = member.room;
        self.review_soon(room);
    }

    /// Once a second for each stream to a page: what the page reports of it.
    fn heed(&mut self, slot: u32, stats: &str0m::stats::MediaEgressStats) {
        let Some(member) = self.member_mut(slot) else { return };
        let Some(down) = &mut member.down else { return };
        if let Some(round_trip) = stats.rtt.filter(|rtt| *rtt < NONSENSE) {
            member.figures.round_trip = Some(round_trip);
        }
        if let Some(loss) = stats.loss
            && let Some(seat) = down.seats.iter_mut().find(|seat| seat.has(stats.mid))
            && let Some(stream) = seat.stream_mut(stats.mid)
        {
            let packets = std::mem::take(&mut stream.packets);
            down.bandwidth.lost(loss, packets);
            member.figures.sent.lost += f64::from(loss) * packets as f64;
        }
    }

    /// Once a second for each stream of a page: what of it did not come.
    fn miss(&mut self, slot: u32, stats: &str0m::stats::MediaIngressStats) {
        if let Some(member) = self.member_mut(slot)
            && let Some(up) = &mut member.up
        {
            let stream = (stats.mid, stats.rid);
            member.figures.received.lost += up.losses.report(stream, stats.packets, stats.loss);
        }
    }

    /// Once a second for each connection.
    fn look_at(&mut self, slot: u32, side: Side, stats: &str0m::stats::PeerStats) {
        let Some(member) = self.member_mut(slot) else { return };
        if let Some(pair) = &stats.selected_candidate_pair {
            member.tcp = pair.protocol != Protocol::Udp;
        }
        if let Some(round_trip) = stats.rtt.filter(|rtt| *rtt < NONSENSE) {
            member.figures.round_trip = Some(round_trip);
        }
        if side == Side::Up {
            if let Some(up) = &mut member.up {
                member.figures.received.loss = up.losses.review();
            }
            return;
        }
        let Some(down) = &mut member.down else { return };
        down.bandwidth.review();
        let room = member.room;
        if down.bandwidth.wants_measuring() {
            tracing::info!(member = %member.id, "a slow link: its bandwidth is measured from now on");
            self.open_down(slot, true);
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
