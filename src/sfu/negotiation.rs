//! How a member's two connections are made: offers and answers (RFC 8829), and the streams of what was
//! agreed.

use super::bandwidth_estimate::BandwidthEstimate;
use super::connection::{ConnectionRole, Down, SeatSlot, Up};
use super::context::{Context, Routing};
use super::egress::{Agreed, Egress};
use super::forwarded_stream::ForwardedStream;
use super::losses::Losses;
use super::member::Member;
use super::migration::credentials;
use super::peer::{Peer, words};
use super::room::Room;
use super::sdp_limits::Limits;
use super::track::Video;
use super::{Event, Measuring, Refusal, Settings};
use std::fmt::Display;
use std::net::{IpAddr, SocketAddr};
use std::panic::{UnwindSafe, catch_unwind};
use str0m::change::{SdpAnswer, SdpOffer};
use str0m::format::Codec;
use str0m::media::{Direction, MediaAdded, MediaKind, Mid};
use str0m::net::TcpType;
use str0m::rtp::Extension;
use str0m::{Candidate, IceCreds, Rtc, RtcConfig};

/// Where the measuring of a link of which nothing is known begins, in bits a second: below what most
/// carry, above a picture.
const FIRST_ESTIMATE: f64 = 800_000.0;

impl Room {
    /// The page's offer of the connection on which it sends. With the number of the one that is there it is
    /// another negotiation of that one; with another number, a connection that takes its place.
    ///
    /// # Errors
    ///
    /// The SDP is not understood.
    pub(super) fn accept_offer(
        &mut self,
        slot: u32,
        connection: u32,
        sdp: &str,
        cx: &mut Context,
    ) -> Result<String, Refusal> {
        let sdp = &*Limits::offer().read(sdp)?;
        let offer = parsed(|| SdpOffer::from_sdp_string(sdp))?;
        let known = self.member(slot).and_then(|member| member.up.as_ref()).map(|up| up.connection);
        let (h264, turning) = (self.insists_on_h264(), self.everybody_turns());
        let member = self.member_mut(slot).ok_or(Refusal::NotAMember)?;
        if known != Some(connection) {
            member.open_up(connection, sdp, h264, turning, cx);
        }
        let answer =
            member.answer_offer(offer, sdp, cx).ok_or_else(|| Refusal::Sdp("it does not fit".into()))?;
        self.process_events(cx);
        self.seat(cx);
        Ok(answer)
    }

    /// The page's answer to the newest [`Event::DownOffer`].
    ///
    /// # Errors
    ///
    /// The answer is to another offer, or it is not understood.
    pub(super) fn accept_answer(
        &mut self,
        slot: u32,
        connection: u32,
        sdp: &str,
        cx: &mut Context,
    ) -> Result<(), Refusal> {
        let member = self.member_mut(slot).ok_or(Refusal::NotAMember)?;
        member.accept_answer(connection, sdp, cx)?;
        member.note_lacks();
        self.renegotiate_codec(cx);
        self.seat(cx);
        Ok(())
    }

    /// A page offers a track.
    pub(super) fn add_track(&mut self, slot: u32, added: MediaAdded, cx: &mut Context) {
        let Some(member) = self.member_mut(slot) else { return };
        let Some(up) = member.up.as_mut().filter(|_| added.direction.is_receiving()) else { return };
        let simulcast = added.simulcast.map(|simulcast| simulcast.recv).unwrap_or_default();
        let rids = simulcast.iter().map(|layer| layer.rid).collect();
        match added.kind {
            MediaKind::Audio => {
                if let Some(free) = up.sources.iter_mut().find(|source| source.audio.is_none()) {
                    free.audio = Some(added.mid);
                }
            }
            MediaKind::Video => {
                if let Some(free) = up.sources.iter_mut().find(|source| source.video.is_none()) {
                    free.video = Some(Video::new(added.mid, rids));
                }
            }
        }
        // It is told of when the connection is up; whoever has a seat for it may wait.
        self.review_soon(cx);
    }
}

impl Member {
    /// Puts a connection on which the page sends in the place of the one before.
    fn open_up(&mut self, connection: u32, sdp: &str, h264: bool, turning: bool, cx: &mut Context) {
        self.drop_connection(ConnectionRole::Publish, cx);
        let [knows_vp8, knows_h264, knows_av1] =
            ["VP8", "H264", "AV1"].map(|name| sdp.contains(&format!(" {name}/90000")));
        let codec = if knows_h264 && (h264 || !knows_vp8) { Codec::H264 } else { Codec::Vp8 };
        let config = cx.rtc_config.up(&cx.settings.tag, codec, turning);
        self.up = Some(Up {
            connection,
            peer: self.new_peer(config, None, cx),
            codec,
            knows_h264,
            leaves_turning: turning && sdp.contains(Extension::VideoOrientation.as_uri()),
            knows_av1: knows_av1 && codec == Codec::Vp8,
            knows_reports: sdp.contains("transport-cc"),
            sources: Default::default(),
            routes: Vec::new(),
            losses: Losses::default(),
        });
        self.wanted = [None; 2];
        self.lost = None;
    }

    fn answer_offer(&mut self, offer: SdpOffer, sdp: &str, cx: &mut Context) -> Option<String> {
        let (answer, ours) = self.mutate(ConnectionRole::Publish, cx, |rtc| {
            let answer = rtc.sdp_api().accept_offer(offer)?;
            Ok((answer.to_sdp_string(), rtc.direct_api().local_ice_credentials()))
        })?;
        self.store_local_ice(ConnectionRole::Publish, ours, cx);
        self.store_remote_ice(ConnectionRole::Publish, sdp, cx);
        Some(answer)
    }

    fn accept_answer(&mut self, connection: u32, sdp: &str, cx: &mut Context) -> Result<(), Refusal> {
        // What nobody has asked for is not read.
        let asked = |role: &ConnectionRole| {
            self.down(*role).is_some_and(|down| down.connection == connection && down.pending.is_some())
        };
        let role = ConnectionRole::SUBSCRIBE.into_iter().find(asked).ok_or(Refusal::Stale)?;
        let seats = self.down(role).map_or(0, |down| down.seats.len());
        let sdp = &*Limits::answer(seats).read(sdp)?;
        let answer = parsed(|| SdpAnswer::from_sdp_string(sdp))?;
        let pending = self.down_mut(role).and_then(|down| down.pending.take()).ok_or(Refusal::Stale)?;
        self.mutate(role, cx, |rtc| rtc.sdp_api().accept_answer(pending, answer))
            .ok_or_else(|| Refusal::Sdp("it does not fit".into()))?;
        self.store_remote_ice(role, sdp, cx);
        self.bind_streams(role, cx);
        Ok(())
    }

    fn store_local_ice(&mut self, role: ConnectionRole, ours: IceCreds, cx: &mut Context) {
        if let Some(peer) = self.peer_mut(role) {
            peer.ours.clone_from(&ours.ufrag);
        }
        cx.routing.push(Routing::Local(self.key(role), ours));
    }

    fn store_remote_ice(&mut self, role: ConnectionRole, sdp: &str, cx: &mut Context) {
        if let Some(peer) = self.peer_mut(role) {
            peer.theirs = credentials(sdp);
        }
        cx.routing.push(Routing::Remote(self.key(role)));
    }

    /// Puts a connection on which the page receives in the place of what was there before.
    pub(super) fn open_down(&mut self, cx: &mut Context) {
        for role in ConnectionRole::SUBSCRIBE {
            self.drop_connection(role, cx);
        }
        let first = (cx.settings.measuring == Measuring::Always).then_some(FIRST_ESTIMATE);
        self.down = Some(self.new_down(first, cx));
    }

    /// A measured connection comes into the place of the one that is not measured. That one goes on until the
    /// page has the pictures on the new one. `first` is where the measuring begins, in bits a second.
    pub(super) fn open_next(&mut self, first: f64, cx: &mut Context) {
        self.drop_connection(ConnectionRole::SubscribeNext, cx);
        self.next = Some(self.new_down(Some(first), cx));
    }

    /// What was to take the place of the connection on which the page receives does so.
    pub(super) fn take_next(&mut self, cx: &mut Context) {
        let Some(mut next) = self.next.take() else { return };
        let [to, from] = ConnectionRole::SUBSCRIBE.map(|role| self.key(role));
        self.drop_connection(to.role, cx);
        cx.routing.push(Routing::Renamed { from, to });
        // Its timer goes by the other key.
        next.peer.alarm = None;
        self.down = Some(next);
        self.settle(to.role, cx);
    }

    fn new_down(&self, first: Option<f64>, cx: &mut Context) -> Down {
        let egress = first.is_none().then(|| Egress::new(cx.now));
        let peer = self.new_peer(cx.rtc_config.down(&cx.settings.tag, first), egress, cx);
        let connection = cx.next_connection();
        Down {
            connection,
            peer,
            seats: Vec::new(),
            pending: None,
            bandwidth: BandwidthEstimate::new(first),
            since: None,
        }
    }

    /// Offers seats, so that there are `count` of them. Waits for the answer to the offer before.
    pub(super) fn offer_seats(&mut self, role: ConnectionRole, count: usize, cx: &mut Context) {
        let Some(down) = self.down_mut(role) else { return };
        if down.pending.is_some() || count <= down.seats.len() {
            return;
        }
        let new = down.seats.len()..count;
        let offered = self.mutate(role, cx, |rtc| {
            let mut api = rtc.sdp_api();
            let mut mids = Vec::new();
            for seat in new {
                // One stream a seat: the browser keeps lips and voice together.
                let stream = format!("seat-{seat}");
                let mut add = |kind: MediaKind, name: &str| {
                    let track = format!("{stream}-{name}");
                    api.add_media(kind, Direction::SendOnly, Some(stream.clone()), Some(track), None)
                };
                mids.push((add(MediaKind::Audio, "audio"), add(MediaKind::Video, "video")));
            }
            let (offer, pending) = api.apply().expect("new seats are a change");
            Ok((offer.to_sdp_string(), pending, mids, rtc.direct_api().local_ice_credentials()))
        });
        let Some((sdp, pending, mids, ours)) = offered else { return };
        self.store_local_ice(role, ours, cx);
        let member = self.id;
        let Some(down) = self.down_mut(role) else { return };
        down.pending = Some(pending);
        down.seats.extend(mids.into_iter().map(|(audio, video)| SeatSlot::new(audio, video)));
        let connection = down.connection;
        cx.events.push_back(Event::DownOffer { member, connection, sdp });
    }

    /// Finds the streams of the seats that the page has agreed to.
    fn bind_streams(&mut self, role: ConnectionRole, cx: &mut Context) {
        let Some(down) = self.down_mut(role) else { return };
        let measured = down.bandwidth.is_measured();
        let bare = down.seats.iter().enumerate();
        let bare = bare.filter(|(_, seat)| seat.audio.is_none() && seat.video.is_none());
        let bare: Vec<_> = bare.map(|(n, seat)| (n, seat.audio_mid, seat.video_mid)).collect();
        let found = self.mutate(role, cx, |rtc| {
            let mut stream = |mid| forwarded_stream(rtc, mid, measured);
            Ok(bare
                .into_iter()
                .map(|(n, audio, video)| (n, stream(audio), stream(video)))
                .collect::<Vec<_>>())
        });
        let now = cx.now;
        let Some(down) = self.down_mut(role) else { return };
        let Down { peer, seats, .. } = down;
        for (n, audio, video) in found.into_iter().flatten() {
            let [audio, video] = [audio, video].map(|found| {
                let (mut stream, agreed) = found?;
                match &mut peer.egress {
                    Some(egress) => stream.outgoing = Some(egress.bind(agreed)),
                    None if agreed.rtx.is_some() => peer.keep(now, stream.ssrc),
                    None => {}
                }
                Some(stream)
            });
            (seats[n].audio, seats[n].video) = (audio, video);
        }
    }

    fn new_peer(&self, config: RtcConfig, egress: Option<Egress>, cx: &Context) -> Peer {
        let mut rtc = config.build(cx.now);
        for candidate in self.candidates(&cx.settings) {
            rtc.add_local_candidate(candidate);
        }
        Peer::new(rtc, egress, cx.now)
    }

    /// Where the box is reached, the address that the page knows first, public ones last; UDP before TCP. Each
    /// is tried, and then kept warm, so those are left out by which a page that came by `via` would not come.
    /// Whether it would come by a public one cannot be seen: behind a NAT `via` is the same.
    ///
    /// The engine is ICE-lite and so has host candidates alone (RFC 8445, 2.5): a public one is such as well.
    pub(super) fn candidates(&self, settings: &Settings) -> Vec<Candidate> {
        let Settings { addresses, public, .. } = settings;
        let via: Option<IpAddr> = self.via;
        let alike = |address: &&SocketAddr| {
            let ip = address.ip();
            via.is_none_or(|via| via.is_ipv4() == ip.is_ipv4() && via.is_loopback() >= ip.is_loopback())
        };
        let mut tried: Vec<_> = addresses.iter().filter(alike).copied().collect();
        if tried.is_empty() {
            tried.clone_from(addresses);
        }
        tried.sort_by_key(|address| Some(address.ip()) != via);
        tried.extend(public.iter().filter(|address| !addresses.contains(address)));
        let udp = |address: &SocketAddr| Candidate::host(*address, "udp").ok();
        let tcp = |address: &SocketAddr| {
            Candidate::builder().tcp().host(*address).tcptype(TcpType::Passive).build().ok()
        };
        tried.iter().filter_map(udp).chain(tried.iter().filter_map(tcp)).collect()
    }
}

/// What a page wrote. No connection is there yet that could end by a panic over it.
fn parsed<T, E: Display>(parse: impl FnOnce() -> Result<T, E> + UnwindSafe) -> Result<T, Refusal> {
    match catch_unwind(parse) {
        Ok(result) => result.map_err(|cause| Refusal::Sdp(cause.to_string())),
        Err(panic) => {
            let why = words(&*panic);
            tracing::error!(why, "an SDP broke its reader");
            Err(Refusal::Sdp(why))
        }
    }
}

/// The stream of an m-line, if the page agreed to it.
fn forwarded_stream(rtc: &mut Rtc, mid: Mid, measured: bool) -> Option<(ForwardedStream, Agreed)> {
    let media = rtc.media(mid)?;
    if !media.direction().is_sending() {
        return None;
    }
    let agreed = media.remote_pts().to_vec();
    let kind = media.kind();
    let (cname, extensions) = (media.cname().to_owned(), (media.remote_extmap().clone(), mid));
    let turns = media.remote_extmap().id_of(Extension::VideoOrientation).is_some();
    let codecs = rtc.codec_config().params().iter().filter(|codec| agreed.contains(&codec.pt()));
    let red = codecs.clone().find_map(|codec| codec.red());
    let rtx_payload_types = codecs.clone().filter_map(|codec| Some((codec.pt(), codec.resend()?))).collect();
    let payload_types: Vec<(Codec, _)> = codecs.map(|codec| (codec.spec().codec, codec.pt())).collect();
    let mut api = rtc.direct_api();
    let stream = api.stream_tx_by_mid(mid, None)?;
    if kind.is_video() {
        // A measured link is a slow one: packets go out evenly.
        stream.set_unpaced(!measured);
    }
    let clock_rate = if kind.is_video() { 90_000 } else { 48_000 };
    let (ssrc, rtx) = (stream.ssrc(), stream.rtx());
    let agreed = Agreed { ssrc, rtx, rtx_payload_types, clock_rate, cname, extensions };
    Some((ForwardedStream::new(ssrc, clock_rate, payload_types, red, turns), agreed))
}
