//! A plain forwarder of the same engine: the same batches, one drain for each subscriber and batch.

use crate::socket::Batch;
use crate::target::{answer, orders, pin, target_address};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use serde_json::json;
use std::collections::HashMap;
use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};
use str0m::change::{SdpAnswer, SdpOffer, SdpPendingOffer};
use str0m::media::{Direction, KeyframeRequestKind, MediaKind, Mid};
use str0m::net::{Protocol, Receive};
use str0m::rtp::{RtpWrite, Ssrc};
use str0m::{Candidate, Event, Input, Output, Rtc, RtcConfig};

/// Forwards until its standard input ends.
#[expect(clippy::too_many_lines, reason = "one loop, as it was when earlier figures were taken")]
pub(crate) fn serve() {
    pin(0);
    struct Peer {
        rtc: Rtc,
        room: u64,
        id: u64,
        up: bool,
        mids: [Option<Mid>; 2],
        /// Of a subscriber: publisher → its streams.
        streams: HashMap<u64, [(Mid, Option<Ssrc>); 2]>,
        pending: Option<SdpPendingOffer>,
        dirty: bool,
        wake: Instant,
    }
    let mut socket = Batch::new(UdpSocket::bind(target_address()).expect("the port is free"));
    let orders = orders();
    let mut peers: Vec<Peer> = Vec::new();
    let mut by_address: HashMap<SocketAddr, usize> = HashMap::new();
    let peer = |id: u64, room: u64, up: bool| {
        let config = RtcConfig::new().set_ice_lite(true).set_rtp_mode(true).clear_codecs();
        let mut rtc = config.enable_opus(true, false).enable_vp8(true).build(Instant::now());
        rtc.add_local_candidate(Candidate::host(target_address(), "udp").expect("an address"));
        Peer {
            rtc,
            room,
            id,
            up,
            mids: [None; 2],
            streams: HashMap::new(),
            pending: None,
            dirty: true,
            wake: Instant::now(),
        }
    };
    answer(&json!({"what": "ready"}));
    let mut rooms: HashMap<u64, u64> = HashMap::new();
    loop {
        let now = Instant::now();
        let wake = peers.iter().map(|peer| peer.wake).min();
        let wait = wake.map_or(Duration::from_millis(5), |at| at.saturating_duration_since(now));
        let wait = Timespec::try_from(wait.min(Duration::from_millis(5))).expect("short");
        let _ = poll(&mut [PollFd::new(&socket.socket, PollFlags::IN)], Some(&wait));
        let now = Instant::now();
        while let Ok(order) = orders.try_recv() {
            let id = order["id"].as_u64().expect("an id");
            let sdp = order["sdp"].as_str().unwrap_or_default();
            match order["what"].as_str() {
                Some("join") => {
                    let room = order["room"].as_u64().expect("a room");
                    rooms.insert(id, room);
                    peers.push(peer(id, room, false));
                }
                Some("offer") => {
                    let mut up = peer(id, rooms[&id], true);
                    let offer = SdpOffer::from_sdp_string(sdp).expect("a good offer");
                    let said = up.rtc.sdp_api().accept_offer(offer).expect("it fits");
                    answer(&json!({"what": "answer", "id": id, "sdp": said.to_sdp_string()}));
                    peers.push(up);
                }
                _ => {
                    let down = peers.iter_mut().find(|peer| peer.id == id && !peer.up).expect("it joined");
                    let said = SdpAnswer::from_sdp_string(sdp).expect("a good answer");
                    let pending = down.pending.take().expect("it was offered");
                    down.rtc.sdp_api().accept_answer(pending, said).expect("it fits");
                    for (mid, ssrc) in down.streams.values_mut().flatten() {
                        *ssrc =
                            down.rtc.direct_api().stream_tx_by_mid(*mid, None).map(|stream| stream.ssrc());
                    }
                    down.dirty = true;
                }
            }
        }
        // Everybody is offered everybody who publishes.
        let publishers: Vec<(u64, u64)> = peers.iter().filter(|p| p.up).map(|p| (p.room, p.id)).collect();
        for down in peers.iter_mut().filter(|peer| !peer.up && peer.pending.is_none()) {
            let seen = |(room, id): &&(u64, u64)| *room == down.room && *id != down.id;
            let new: Vec<u64> = publishers.iter().filter(seen).map(|(_, id)| *id).collect();
            let new: Vec<u64> = new.into_iter().filter(|id| !down.streams.contains_key(id)).collect();
            if new.is_empty() {
                continue;
            }
            let mut api = down.rtc.sdp_api();
            for id in new {
                let mut add = |kind| (api.add_media(kind, Direction::SendOnly, None, None, None), None);
                let streams = [add(MediaKind::Audio), add(MediaKind::Video)];
                down.streams.insert(id, streams);
            }
            let (offer, pending) = api.apply().expect("tracks are a change");
            down.pending = Some(pending);
            let sdp = offer.to_sdp_string();
            answer(&json!({"what": "offer", "id": down.id, "connection": 0, "sdp": sdp}));
        }
        let mut events: Vec<(usize, Event)> = Vec::new();
        let drain = |peer: &mut Peer, n: usize, socket: &mut Batch, events: &mut Vec<(usize, Event)>| loop {
            match peer.rtc.poll_output().expect("no mistake") {
                Output::Timeout(at) => return peer.wake = at,
                Output::Transmit(transmit) => socket.send(transmit.destination, &transmit.contents),
                Output::Event(event) => events.push((n, event)),
            }
        };
        for (source, bytes, _) in socket.receive() {
            let Ok(datagram) = Receive::new(Protocol::Udp, source, target_address(), &bytes) else {
                continue;
            };
            let input = Input::Receive(now, datagram);
            let known = by_address.get(&source).copied();
            let Some(n) = known.or_else(|| peers.iter().position(|peer| peer.rtc.accepts(&input))) else {
                continue;
            };
            by_address.insert(source, n);
            peers[n].rtc.handle_input(input).expect("no mistake");
            drain(&mut peers[n], n, &mut socket, &mut events);
            for (n, event) in std::mem::take(&mut events) {
                let (id, room) = (peers[n].id, peers[n].room);
                match event {
                    Event::MediaAdded(added) => {
                        peers[n].mids[usize::from(added.kind == MediaKind::Video)] = Some(added.mid);
                    }
                    Event::KeyframeRequest(_) => {
                        for up in peers.iter_mut().filter(|peer| peer.up && peer.room == room) {
                            let Some(mid) = up.mids[1] else { continue };
                            if let Some(stream) = up.rtc.direct_api().stream_rx_by_mid(mid, None) {
                                stream.request_keyframe(KeyframeRequestKind::Pli);
                                up.dirty = true;
                            }
                        }
                    }
                    Event::RtpPacket(packet) => {
                        let video = *packet.header.payload_type == 96;
                        let others = peers.iter_mut().filter(|peer| !peer.up && peer.room == room);
                        for down in others {
                            let Some(streams) = down.streams.get(&id) else { continue };
                            let Some(ssrc) = streams[usize::from(video)].1 else { continue };
                            let write = RtpWrite::new(
                                packet.header.payload_type,
                                packet.seq_no,
                                packet.header.timestamp,
                                now,
                                packet.payload.clone(),
                            );
                            let write = write.marker(packet.header.marker).nackable(video);
                            down.rtc.direct_api().stream_tx(&ssrc).expect("it is there").write_rtp(write);
                            down.dirty = true;
                        }
                    }
                    _ => {}
                }
            }
        }
        for (n, peer) in peers.iter_mut().enumerate() {
            if peer.dirty || peer.wake <= now {
                peer.dirty = false;
                peer.rtc.handle_input(Input::Timeout(now)).expect("no mistake");
                drain(peer, n, &mut socket, &mut events);
            }
        }
        for (n, event) in events {
            if let Event::MediaAdded(added) = event {
                peers[n].mids[usize::from(added.kind == MediaKind::Video)] = Some(added.mid);
            }
        }
        socket.flush();
    }
}
