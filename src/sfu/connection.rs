//! The two connections of a page: how they are made, and what is negotiated.

use super::bandwidth::Bandwidth;
use super::consent;
use super::dtls;
use super::losses::Losses;
use super::moving::credentials;
use super::peer::{Peer, words};
use super::repairs::KEPT;
use super::sdp_limits::Limits;
use super::track::{Outgoing, Video};
use super::{Event, Key, Line, Measuring, Refusal, Sfu, Source};
use crate::ids::PersonId;
use std::fmt::Display;
use std::net::{IpAddr, SocketAddr};
use std::panic::{UnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};
use str0m::bwe::Bitrate;
use str0m::change::{SdpAnswer, SdpOffer, SdpPendingOffer};
use str0m::config::{CryptoProvider, DtlsCert};
use str0m::format::{Codec, CodecConfig};
use str0m::media::{Direction, MediaAdded, MediaKind, Mid};
use str0m::net::TcpType;
use str0m::rtp::{Extension, ExtensionMap, Ssrc};
use str0m::{Candidate, Rtc, RtcConfig};

/// Where the measuring of a link of which nothing is known begins, in bits a second: below what most
/// carry, above a picture.
const FIRST_ESTIMATE: f64 = 800_000.0;

/// What all connections share: one key for all, so that opening one costs no key generation.
pub(super) struct Engine {
    provider: Arc<CryptoProvider>,
    certificate: DtlsCert,
}

/// The connection on which a page sends.
pub(super) struct Up {
    pub(super) connection: u32,
    pub(super) peer: Peer,
    /// In which codec it sends pictures, and whether it could send H.264.
    pub(super) codec: Codec,
    pub(super) knows_h264: bool,
    /// Its packets say how their pictures are to be turned.
    pub(super) leaves_turning: bool,
    pub(super) knows_av1: bool,
    /// The page can report on every packet (transport-cc).
    pub(super) knows_reports: bool,
    pub(super) sources: [Incoming; 2],
    /// Which stream is which layer of which source.
    pub(super) routes: Vec<(Ssrc, Route)>,
    pub(super) losses: Losses,
}

/// What came of one [`Source`].
#[derive(Default)]
pub(super) struct Incoming {
    pub(super) audio: Option<Mid>,
    pub(super) video: Option<Video>,
    /// Connection and seat of everybody to whom it goes.
    pub(super) subscribers: Vec<(Key, usize)>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Route {
    pub(super) source: Source,
    /// `None` is sound.
    pub(super) layer: Option<usize>,
}

/// The connection on which a page receives.
pub(super) struct Down {
    pub(super) connection: u32,
    pub(super) peer: Peer,
    pub(super) seats: Vec<Pair>,
    pub(super) pending: Option<SdpPendingOffer>,
    pub(super) bandwidth: Bandwidth,
    /// When it was connected.
    pub(super) since: Option<Instant>,
}

/// A seat: a pair of m-lines.
pub(super) struct Pair {
    audio_mid: Mid,
    video_mid: Mid,
    /// There when the page has answered.
    pub(super) audio: Option<Outgoing>,
    pub(super) video: Option<Outgoing>,
    /// Slot, name and source of who sits there.
    pub(super) from: Option<(u32, PersonId, Source)>,
}

impl Engine {
    pub(super) fn new() -> Engine {
        let provider = dtls::provider();
        let certificate =
            provider.dtls_provider.generate_certificate().expect("aws-lc-rs makes certificates");
        Engine { provider: Arc::new(provider), certificate }
    }

    /// What seals STUN (RFC 8489, 14.5).
    pub(super) fn hmac(&self, key: &[u8], parts: &[&[u8]]) -> [u8; 20] {
        self.provider.sha1_hmac_provider.sha1_hmac(key, parts)
    }

    fn config(&self, tag: &str) -> RtcConfig {
        RtcConfig::new()
            .set_crypto_provider(self.provider.clone())
            .set_dtls_cert(self.certificate.clone())
            .set_local_ice_credentials(consent::credentials(tag))
            .set_ice_lite(true)
            .set_rtp_mode(true)
            .set_send_buffer_video(KEPT)
            .set_stats_interval(Some(Duration::from_secs(1)))
            .clear_codecs()
            .enable_opus(true, true)
    }

    /// For an offer of a page, which sends pictures in that codec; a screen in AV1 as well. `turning`: their packets
    /// may say how they are to be turned.
    fn up(&self, tag: &str, codec: Codec, turning: bool) -> RtcConfig {
        let mut config = self.config(tag);
        if !turning {
            config = config.set_extension_map(without(&Extension::VideoOrientation));
        }
        if codec == Codec::H264 {
            add_h264(config.codec_config());
        } else {
            config = config.enable_vp8(true).enable_av1(true);
        }
        config
    }

    /// `first` is where the measuring of its link begins, in bits a second. `None`: it is not measured.
    fn down(&self, tag: &str, first: Option<f64>) -> RtcConfig {
        let mut config = self.config(tag).enable_vp8(true);
        add_h264(config.codec_config());
        config = config.enable_av1(true);
        if let Some(first) = first {
            return config.enable_bwe(Some(Bitrate::bps(first as u64)));
        }
        // Without transport-cc browsers fall back to REMB: one report a second, not twenty.
        let mut codecs = config.codec_config().params().to_vec();
        for codec in &mut codecs {
            codec.set_fb_transport_cc(false);
        }
        *config.codec_config() = CodecConfig::new_from_payload_params(codecs);
        config.set_extension_map(without(&Extension::TransportSequenceNumber))
    }
}

/// The usual header extensions but that one.
fn without(left_out: &Extension) -> ExtensionMap {
    let mut extensions = ExtensionMap::empty();
    for (id, extension) in ExtensionMap::standard().iter().filter(|(_, extension)| *extension != left_out) {
        extensions.set(id, extension.clone());
    }
    extensions
}

/// The one profile that every browser has: Constrained Baseline, packetization mode 1.
fn add_h264(codecs: &mut CodecConfig) {
    codecs.add_h264(108.into(), Some(109.into()), true, 0x42_e0_1f);
}

impl Sfu {
    /// The page's offer of `up`. The same `connection` as before is a new negotiation of it, another one
    /// takes its place.
    ///
    /// # Errors
    ///
    /// The member is in no room, or the SDP is not understood.
    pub fn up_offer(
        &mut self,
        now: Instant,
        member: PersonId,
        connection: u32,
        sdp: &str,
    ) -> Result<String, Refusal> {
        self.tell_time(now);
        let slot = *self.slots.get(&member).ok_or(Refusal::NotAMember)?;
        let key = Key { slot, line: Line::Up };
        let sdp = &*Limits::offer().read(sdp)?;
        let offer = parsed(|| SdpOffer::from_sdp_string(sdp))?;
        let known = self.member(slot).and_then(|member| member.up.as_ref()).map(|up| up.connection);
        if known != Some(connection) {
            self.drop_connection(key);
            let [knows_vp8, knows_h264, knows_av1] =
                ["VP8", "H264", "AV1"].map(|name| sdp.contains(&format!(" {name}/90000")));
            let room = self.member(slot).map(|member| member.room);
            let insisted = room.is_some_and(|room| self.insists_on_h264(room));
            let codec = if knows_h264 && (insisted || !knows_vp8) { Codec::H264 } else { Codec::Vp8 };
            let turning = room.is_some_and(|room| self.everybody_turns(room));
            let peer = self.new_peer(slot, self.engine.up(&self.settings.tag, codec, turning));
            let member = self.member_mut(slot).expect("it was there a moment ago");
            member.up = Some(Up {
                connection,
                peer,
                codec,
                knows_h264,
                leaves_turning: turning && sdp.contains(Extension::VideoOrientation.as_uri()),
                knows_av1: knows_av1 && codec == Codec::Vp8,
                knows_reports: sdp.contains("transport-cc"),
                sources: Default::default(),
                routes: Vec::new(),
                losses: Losses::default(),
            });
            member.wanted = [None; 2];
            member.lost = None;
        }
        let answered = self.mutate(key, |rtc| {
            let answer = rtc.sdp_api().accept_offer(offer)?;
            Ok((answer.to_sdp_string(), rtc.direct_api().local_ice_credentials()))
        });
        let Some((answer, ours)) = answered else {
            self.digest();
            return Err(Refusal::Sdp("it does not fit".into()));
        };
        self.demux.learn(ours, key);
        self.recognize(key, sdp);
        self.digest();
        let room = self.member(slot).expect("nobody left meanwhile").room;
        self.seat(room);
        self.digest();
        Ok(answer)
    }

    /// The page's answer to the newest [`Event::DownOffer`].
    ///
    /// # Errors
    ///
    /// The member is in no room, the answer is to another offer, or it is not understood.
    pub fn down_answer(
        &mut self,
        now: Instant,
        member: PersonId,
        connection: u32,
        sdp: &str,
    ) -> Result<(), Refusal> {
        self.tell_time(now);
        let slot = *self.slots.get(&member).ok_or(Refusal::NotAMember)?;
        // What nobody has asked for is not read.
        let keys = Line::DOWNS.map(|line| Key { slot, line });
        let asked = |key: &Key| {
            self.down(*key).is_some_and(|down| down.connection == connection && down.pending.is_some())
        };
        let key = keys.into_iter().find(asked).ok_or(Refusal::Stale)?;
        let seats = self.down(key).map_or(0, |down| down.seats.len());
        let sdp = &*Limits::answer(seats).read(sdp)?;
        let answer = parsed(|| SdpAnswer::from_sdp_string(sdp))?;
        let pending = self.down_mut(key).and_then(|down| down.pending.take()).ok_or(Refusal::Stale)?;
        let accepted = self.mutate(key, |rtc| rtc.sdp_api().accept_answer(pending, answer));
        if accepted.is_some() {
            self.recognize(key, sdp);
            self.furnish(key);
        }
        let room = self.member(slot).expect("nobody left meanwhile").room;
        self.agree(room);
        self.seat(room);
        self.digest();
        accepted.ok_or_else(|| Refusal::Sdp("it does not fit".into()))
    }

    fn recognize(&mut self, key: Key, sdp: &str) {
        if let Some(peer) = self.member_mut(key.slot).and_then(|member| member.peer_mut(key.line)) {
            peer.theirs = credentials(sdp);
        }
        self.ask_all(key);
    }

    /// Puts a new `down` in the place of what was there before.
    pub(super) fn open_down(&mut self, slot: u32) {
        for line in Line::DOWNS {
            self.drop_connection(Key { slot, line });
        }
        let first = (self.settings.measuring == Measuring::Always).then_some(FIRST_ESTIMATE);
        let down = self.new_down(slot, first);
        if let Some(member) = self.member_mut(slot) {
            member.down = Some(down);
        }
    }

    /// A `down` that is measured comes into the place of the one that is not. That one goes on until the
    /// page has the pictures on the new one.
    pub(super) fn open_next(&mut self, slot: u32, first: f64) {
        self.drop_connection(Key { slot, line: Line::Next });
        let next = self.new_down(slot, Some(first));
        if let Some(member) = self.member_mut(slot) {
            member.next = Some(next);
        }
    }

    /// What was to take the place of `down` does so now.
    pub(super) fn take_next(&mut self, slot: u32) {
        let Some(mut next) = self.member_mut(slot).and_then(|member| member.next.take()) else { return };
        let [key, coming] = Line::DOWNS.map(|line| Key { slot, line });
        self.drop_connection(key);
        self.demux.rename(coming, key);
        self.consent.forget(coming);
        // Its alarm went by the other name.
        next.peer.alarm = None;
        if let Some(member) = self.member_mut(slot) {
            member.down = Some(next);
        }
        let now = self.now;
        self.with_peer(key, |peer, outlet| peer.settle(now, outlet));
    }

    fn new_down(&mut self, slot: u32, first: Option<f64>) -> Down {
        let peer = self.new_peer(slot, self.engine.down(&self.settings.tag, first));
        self.connections += 1;
        let bandwidth = Bandwidth::new(first);
        Down { connection: self.connections, peer, seats: Vec::new(), pending: None, bandwidth, since: None }
    }

    /// Offers seats, so that there are `count` of them. Waits for the answer to the offer before.
    pub(super) fn offer_seats(&mut self, key: Key, count: usize) {
        let Some(down) = self.down_mut(key) else { return };
        if down.pending.is_some() || count <= down.seats.len() {
            return;
        }
        let new = down.seats.len()..count;
        let offered = self.mutate(key, |rtc| {
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
        self.demux.learn(ours, key);
        let Some(member) = self.member_mut(key.slot) else { return };
        let id = member.id;
        let Some(down) = member.down_mut(key.line) else { return };
        down.pending = Some(pending);
        down.seats.extend(mids.into_iter().map(|(audio, video)| Pair::new(audio, video)));
        let event = Event::DownOffer { member: id, connection: down.connection, sdp };
        self.events.push_back(event);
    }

    /// Finds the streams of the seats that the page has agreed to.
    fn furnish(&mut self, key: Key) {
        let Some(down) = self.down_mut(key) else { return };
        let measured = down.bandwidth.is_measured();
        let mut lines: Vec<(Mid, Option<Outgoing>)> = Vec::new();
        let bare = down.seats.iter().filter(|seat| seat.audio.is_none() && seat.video.is_none());
        lines.extend(bare.flat_map(|seat| [(seat.audio_mid, None), (seat.video_mid, None)]));
        let found = self.mutate(key, |rtc| {
            for (mid, outgoing) in &mut lines {
                *outgoing = outgoing_of(rtc, *mid, measured);
            }
            Ok(lines)
        });
        let now = self.now;
        let Some(down) = self.down_mut(key) else { return };
        for (mid, outgoing) in found.into_iter().flatten() {
            for seat in &mut down.seats {
                if seat.audio_mid == mid {
                    seat.audio = outgoing;
                    break;
                } else if seat.video_mid == mid {
                    if let Some(video) = &outgoing {
                        down.peer.keep(now, video.ssrc);
                    }
                    seat.video = outgoing;
                    break;
                }
            }
        }
    }

    /// A page offers a new track.
    pub(super) fn add_track(&mut self, slot: u32, added: MediaAdded) {
        let Some(member) = self.member_mut(slot) else { return };
        let room = member.room;
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
        self.review_soon(room);
    }

    fn new_peer(&self, slot: u32, config: RtcConfig) -> Peer {
        let mut rtc = config.build(self.now);
        for candidate in self.candidates(self.via(slot)) {
            rtc.add_local_candidate(candidate);
        }
        Peer::new(rtc, self.now)
    }

    /// Where we are reached, the address that the page knows first; UDP before TCP. Each is tried, and
    /// then kept warm, so those are left out by which a page that came by `via` would not come.
    pub(super) fn candidates(&self, via: Option<IpAddr>) -> Vec<Candidate> {
        let alike = |address: &&SocketAddr| {
            let ip = address.ip();
            via.is_none_or(|via| via.is_ipv4() == ip.is_ipv4() && via.is_loopback() >= ip.is_loopback())
        };
        let mut addresses: Vec<_> = self.settings.addresses.iter().filter(alike).copied().collect();
        if addresses.is_empty() {
            addresses.clone_from(&self.settings.addresses);
        }
        addresses.sort_by_key(|address| Some(address.ip()) != via);
        let udp = |address: &SocketAddr| Candidate::host(*address, "udp").ok();
        let tcp = |address: &SocketAddr| {
            Candidate::builder().tcp().host(*address).tcptype(TcpType::Passive).build().ok()
        };
        addresses.iter().filter_map(udp).chain(addresses.iter().filter_map(tcp)).collect()
    }
}

impl Pair {
    fn new(audio_mid: Mid, video_mid: Mid) -> Pair {
        Pair { audio_mid, video_mid, audio: None, video: None, from: None }
    }

    pub(super) fn mids(&self) -> (String, String) {
        (self.audio_mid.to_string(), self.video_mid.to_string())
    }

    pub(super) fn has(&self, mid: Mid) -> bool {
        self.audio_mid == mid || self.video_mid == mid
    }

    pub(super) fn stream_mut(&mut self, mid: Mid) -> Option<&mut Outgoing> {
        if mid == self.audio_mid { self.audio.as_mut() } else { self.video.as_mut() }
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
fn outgoing_of(rtc: &mut Rtc, mid: Mid, measured: bool) -> Option<Outgoing> {
    let media = rtc.media(mid)?;
    if !media.direction().is_sending() {
        return None;
    }
    let agreed = media.remote_pts().to_vec();
    let kind = media.kind();
    let turns = media.remote_extmap().id_of(Extension::VideoOrientation).is_some();
    let codecs = rtc.codec_config().params().iter().filter(|codec| agreed.contains(&codec.pt()));
    let red = codecs.clone().find_map(|codec| codec.red());
    let payload_types: Vec<(Codec, _)> = codecs.map(|codec| (codec.spec().codec, codec.pt())).collect();
    let mut api = rtc.direct_api();
    let stream = api.stream_tx_by_mid(mid, None)?;
    if kind.is_video() {
        // A measured link is a slow one: packets go out evenly.
        stream.set_unpaced(!measured);
    }
    let clock_rate = if kind.is_video() { 90_000 } else { 48_000 };
    Some(Outgoing::new(stream.ssrc(), clock_rate, payload_types, red, turns))
}
