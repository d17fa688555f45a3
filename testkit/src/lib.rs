//! A page's connection to the box, over any [`Transport`]: the WebRTC client of tests, benches and fuzz targets.
//!
//! It reads no clock and no socket: the user says what time it is and what has arrived.

use std::net::SocketAddr;
use std::time::Instant;
use str0m::change::{SdpAnswer, SdpOffer, SdpPendingOffer};
use str0m::crypto::from_feature_flags;
use str0m::ice::{StunMessage, TransId};
use str0m::media::{Direction, MediaKind, Mid, Rid, Simulcast, SimulcastLayer};
use str0m::net::{Protocol, Receive, Transmit};
use str0m::rtp::RtpWrite;
use str0m::{Candidate, Event, IceCreds, Input, Output, Rtc, RtcConfig, RtcError};

/// What carries a connection's datagrams.
pub trait Transport {
    fn send(&mut self, transmit: Transmit);

    /// Under which a connection at that address is reached.
    fn candidate(&self, address: SocketAddr) -> Candidate {
        Candidate::host(address, "udp").expect("an address")
    }
}

/// In virtual time: what is sent waits for the scenario to carry it.
impl Transport for Vec<Transmit> {
    fn send(&mut self, transmit: Transmit) {
        self.push(transmit);
    }
}

/// One connection, to send media or to receive it. After an error of the engine it is of no more use.
pub struct Connection<T> {
    pub rtc: Rtc,
    pub transport: T,
    pub address: SocketAddr,
    /// When [`handle_timeout`](Connection::handle_timeout) is due.
    pub wake: Instant,
    protocol: Protocol,
    pending: Option<SdpPendingOffer>,
}

/// What a page asks to send.
pub struct Offer {
    pub sdp: String,
    pub audio: Mid,
    pub video: Mid,
}

/// Opus, in RED (RFC 2198) too where `red`, and VP8, as RTP packets.
pub fn config(red: bool) -> RtcConfig {
    RtcConfig::new().set_rtp_mode(true).clear_codecs().enable_opus(true, red).enable_vp8(true)
}

impl<T: Transport> Connection<T> {
    pub fn new(config: RtcConfig, address: SocketAddr, transport: T, now: Instant) -> Connection<T> {
        let mut rtc = config.build(now);
        let candidate = transport.candidate(address);
        let protocol = candidate.proto();
        rtc.add_local_candidate(candidate);
        Connection { rtc, transport, address, wake: now, protocol, pending: None }
    }

    /// Offers sound and picture, besides what was offered before; the picture in layers of those names, if there are any.
    pub fn offer(&mut self, rids: &[&str]) -> Offer {
        let mut simulcast = Simulcast::new();
        rids.iter().for_each(|rid| simulcast.add_send_layer(SimulcastLayer::new(rid)));
        let simulcast = (!rids.is_empty()).then_some(simulcast);
        let mut api = self.rtc.sdp_api();
        let audio = api.add_media(MediaKind::Audio, Direction::SendOnly, None, None, None);
        let video = api.add_media(MediaKind::Video, Direction::SendOnly, None, None, simulcast);
        let (offer, pending) = api.apply().expect("tracks are a change");
        self.pending = Some(pending);
        Offer { sdp: offer.to_sdp_string(), audio, video }
    }

    /// Takes the answer to the newest offer.
    pub fn accept(&mut self, now: Instant, answer: &str) {
        let answer = SdpAnswer::from_sdp_string(answer).expect("a good answer");
        let pending = self.pending.take().expect("it was offered");
        self.rtc.sdp_api().accept_answer(pending, answer).expect("it fits");
        self.wake = now;
    }

    /// The answer to an offer.
    pub fn answer(&mut self, now: Instant, offer: &str) -> String {
        let offer = SdpOffer::from_sdp_string(offer).expect("a good offer");
        self.wake = now;
        self.rtc.sdp_api().accept_offer(offer).expect("it fits").to_sdp_string()
    }

    /// Puts a packet into the queue of a track that was agreed to, or of a layer of it.
    pub fn write(&mut self, now: Instant, mid: Mid, rid: Option<Rid>, packet: RtpWrite) {
        self.rtc.direct_api().stream_tx_by_mid(mid, rid).expect("agreed to").write_rtp(packet);
        self.wake = now;
    }

    /// A datagram has come; one that is nothing known is ignored.
    pub fn handle_datagram(
        &mut self,
        now: Instant,
        source: SocketAddr,
        bytes: &[u8],
    ) -> Result<(), RtcError> {
        match Receive::new(self.protocol, source, self.address, bytes) {
            Ok(datagram) => self.rtc.handle_input(Input::Receive(now, datagram)),
            Err(_) => Ok(()),
        }
    }

    /// Time has passed.
    pub fn handle_timeout(&mut self, now: Instant) -> Result<(), RtcError> {
        self.rtc.handle_input(Input::Timeout(now))
    }

    /// Has the transport send all that is to be sent, and tells what has happened.
    pub fn drain(&mut self, mut on_event: impl FnMut(Event)) -> Result<(), RtcError> {
        loop {
            match self.rtc.poll_output()? {
                Output::Timeout(at) => {
                    self.wake = at;
                    return Ok(());
                }
                Output::Transmit(transmit) => self.transport.send(transmit),
                Output::Event(event) => on_event(event),
            }
        }
    }

    /// A connectivity check of this connection (RFC 8445, 7.2.2), sealed with the peer's password, which wants
    /// media to come where it seems to be from.
    pub fn check(&mut self, peer: &IceCreds) -> Vec<u8> {
        let ours = self.rtc.direct_api().local_ice_credentials().ufrag;
        let username = format!("{}:{ours}", peer.ufrag);
        let check =
            StunMessage::binding_request(&username, TransId::new(), true, u64::MAX, u32::MAX >> 1, true);
        let provider = from_feature_flags().sha1_hmac_provider;
        let mut bytes = vec![0; 512];
        let hmac = |key: &[u8], parts: &[&[u8]]| provider.sha1_hmac(key, parts);
        let length = check.to_bytes(Some(peer.pass.as_bytes()), &mut bytes, hmac).expect("it fits");
        bytes.truncate(length);
        bytes
    }
}
