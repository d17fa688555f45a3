//! A relay with pages of the same engine, whose datagrams arrive at once.

use super::srtcp::{self, Seal};
use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use str0m::change::{SdpAnswer, SdpOffer};
use str0m::media::{Direction, MediaKind, Mid};
use str0m::net::Receive;
use str0m::rtp::{RtpPacket, RtpWrite};
use str0m::{Candidate, Input, Output, Rtc, RtcConfig};
use wizyjno::ids::{PersonId, RoomId};
use wizyjno::sfu::{Command, DatagramOutcome, Event, Measuring, Protocol, Received, Settings, Sfu};

pub(crate) const BOX: &str = "10.0.0.1:443";

/// One room.
pub(crate) struct SfuHarness {
    pub(crate) now: Instant,
    pub(crate) sfu: Sfu,
    pub(crate) clients: Vec<Client>,
    /// Connections that have ended: whose, and why.
    pub(crate) ended: Vec<String>,
    /// How often everybody has said something.
    pub(crate) said: u64,
    /// How many datagrams the relay has sent to each address.
    pub(crate) carried: HashMap<SocketAddr, usize>,
}

/// The page of a member.
pub(crate) struct Client {
    pub(crate) up: Connection,
    pub(crate) down: Connection,
    pub(crate) audio: Mid,
    pub(crate) video: Mid,
    pub(crate) heard: Vec<RtpPacket>,
    /// How often it was asked for a keyframe.
    pub(crate) asked: u32,
    /// The relay's number of `down`.
    pub(crate) connection: u32,
    /// The names by which the box knows its two connections.
    pub(crate) names: Vec<String>,
    /// What seals requests for `up`.
    pub(crate) password: String,
}

/// Source, destination, bytes.
type Flight = (SocketAddr, SocketAddr, Vec<u8>);

/// One of its connections.
pub(crate) struct Connection {
    pub(crate) rtc: Rtc,
    pub(crate) address: SocketAddr,
    /// What its RTCP is sealed with, once it has sent some.
    pub(crate) seal: Option<Seal>,
    wake: Instant,
}

impl SfuHarness {
    /// So many members, all connected. The third does not know RED.
    pub(crate) fn with(members: u32) -> SfuHarness {
        let now = Instant::now();
        let settings = Settings {
            addresses: vec![address(BOX)],
            capacity: 8,
            measuring: Measuring::WhenNeeded,
            tag: "a".into(),
        };
        let sfu = Sfu::new(settings, now);
        let mut harness =
            SfuHarness { now, sfu, clients: Vec::new(), ended: Vec::new(), said: 0, carried: HashMap::new() };
        for n in 0..members {
            harness.come(n);
        }
        for _ in 0..300 {
            harness.pass(Duration::from_millis(10));
            if harness
                .clients
                .iter()
                .all(|client| client.up.rtc.is_connected() && client.down.rtc.is_connected())
            {
                break;
            }
        }
        assert!(
            harness
                .clients
                .iter()
                .all(|client| client.up.rtc.is_connected() && client.down.rtc.is_connected())
        );
        harness
    }

    fn come(&mut self, n: u32) {
        let at = |port: u16| SocketAddr::new([10, 0, 1, n as u8].into(), port);
        let line = |port: u16| Connection::new(at(port), n != 2, self.now);
        let (mut up, down) = (line(5000), line(6000));
        let id = PersonId(n);
        self.sfu.handle_command(self.now, id, Command::Join { room: RoomId(1), via: None });
        let mut api = up.rtc.sdp_api();
        let audio = api.add_media(MediaKind::Audio, Direction::SendOnly, None, None, None);
        let video = api.add_media(MediaKind::Video, Direction::SendOnly, None, None, None);
        let (offer, pending) = api.apply().expect("tracks are a change");
        let offer = Command::Offer { connection: 1, sdp: offer.to_sdp_string() };
        self.sfu.handle_command(self.now, id, offer);
        let mut events: Vec<Event> = std::iter::from_fn(|| self.sfu.poll_event()).collect();
        let at = events.iter().position(|event| matches!(event, Event::UpAnswer { .. }));
        let Some(Event::UpAnswer { sdp: answer, .. }) = at.map(|at| events.remove(at)) else {
            panic!("a good offer is answered");
        };
        let (names, password) = (vec![name_in(&answer)], value_in(&answer, "a=ice-pwd:"));
        let answer = SdpAnswer::from_sdp_string(&answer).expect("a good answer");
        up.rtc.sdp_api().accept_answer(pending, answer).expect("it fits");
        self.clients.push(Client {
            up,
            down,
            audio,
            video,
            heard: Vec::new(),
            asked: 0,
            connection: 0,
            names,
            password,
        });
        events.into_iter().for_each(|event| self.on_event(event));
        self.settle();
    }

    /// Time passes.
    pub(crate) fn pass(&mut self, time: Duration) {
        let until = self.now + time;
        loop {
            let wakes = self.clients.iter().flat_map(|client| [client.up.wake, client.down.wake]);
            let next = wakes.chain(self.sfu.poll_timeout()).min().filter(|at| *at <= until);
            let Some(next) = next else { break };
            self.now = self.now.max(next);
            self.sfu.handle_timeout(self.now);
            for line in self.clients.iter_mut().flat_map(|client| [&mut client.up, &mut client.down]) {
                if line.wake <= self.now {
                    line.rtc.handle_input(Input::Timeout(self.now)).expect("no mistake");
                }
            }
            self.settle();
        }
        self.now = until;
    }

    /// Carries everything that anybody has to say, until nobody has.
    pub(crate) fn settle(&mut self) {
        let mut air: VecDeque<Flight> = VecDeque::new();
        loop {
            for client in &mut self.clients {
                client.drain(&mut air);
            }
            while let Some(transmit) = self.sfu.poll_transmit() {
                *self.carried.entry(transmit.destination).or_default() += 1;
                air.push_back((transmit.source, transmit.destination, transmit.bytes));
            }
            let Some((source, destination, bytes)) = air.pop_front() else {
                match self.sfu.poll_event() {
                    Some(event) => self.on_event(event),
                    None => return,
                }
                continue;
            };
            if destination == address(BOX) {
                self.arrive(source, &bytes);
                continue;
            }
            for line in self.clients.iter_mut().flat_map(|client| [&mut client.up, &mut client.down]) {
                if line.address == destination
                    && let Ok(datagram) = Receive::new(str0m::net::Protocol::Udp, source, destination, &bytes)
                {
                    line.rtc.handle_input(Input::Receive(self.now, datagram)).expect("no mistake");
                }
            }
        }
    }

    /// A datagram reaches the box.
    pub(crate) fn arrive(&mut self, source: SocketAddr, bytes: &[u8]) -> DatagramOutcome {
        let received = Received { protocol: Protocol::Udp, source, destination: address(BOX), bytes };
        self.sfu.handle_datagram(self.now, received)
    }

    fn on_event(&mut self, event: Event) {
        match event {
            Event::DownOffer { member, connection, sdp } => {
                let client = &mut self.clients[member.0 as usize];
                client.names.push(name_in(&sdp));
                if client.connection != connection {
                    client.connection = connection;
                    let before = client.down.address;
                    let port = 6000 + (before.port() - 5999) % 50_000;
                    client.down =
                        Connection::new(SocketAddr::new(before.ip(), port), member.0 != 2, self.now);
                }
                let offer = SdpOffer::from_sdp_string(&sdp).expect("a good offer");
                let answer = client.down.rtc.sdp_api().accept_offer(offer).expect("it fits");
                let answer = answer.to_sdp_string();
                self.sfu.handle_command(self.now, member, Command::Answer { connection, sdp: answer });
            }
            Event::UpAnswer { sdp, .. } => assert!(sdp.starts_with("v=0\r\n"), "{sdp}"),
            Event::Ended { member, why, .. } => self.ended.push(format!("{}: {why}", member.0)),
            _ => {}
        }
    }
}

impl Client {
    /// Puts a packet into the queue of its sound or picture.
    pub(crate) fn write(&mut self, mid: Mid, packet: RtpWrite) {
        let mut api = self.up.rtc.direct_api();
        api.stream_tx_by_mid(mid, None).expect("agreed to").write_rtp(packet);
    }

    fn drain(&mut self, air: &mut VecDeque<Flight>) {
        for line in [&mut self.up, &mut self.down] {
            loop {
                match line.rtc.poll_output().expect("no mistake") {
                    Output::Timeout(at) => break line.wake = at,
                    Output::Transmit(transmit) => {
                        line.seal = Seal::newest().or(line.seal.take());
                        air.push_back((transmit.source, transmit.destination, transmit.contents.into()));
                    }
                    Output::Event(str0m::Event::RtpPacket(packet)) => self.heard.push(packet),
                    Output::Event(str0m::Event::KeyframeRequest(_)) => self.asked += 1,
                    Output::Event(_) => {}
                }
            }
        }
    }
}

impl Connection {
    fn new(address: SocketAddr, red: bool, now: Instant) -> Connection {
        let config = RtcConfig::new().set_crypto_provider(srtcp::provider());
        let config = config.set_rtp_mode(true).clear_codecs();
        let mut rtc = config.enable_opus(true, red).enable_vp8(true).build(now);
        rtc.add_local_candidate(Candidate::host(address, "udp").expect("an address"));
        Connection { rtc, address, seal: None, wake: now }
    }
}

pub(crate) fn address(text: &str) -> SocketAddr {
    text.parse().expect("an address")
}

fn name_in(sdp: &str) -> String {
    value_in(sdp, "a=ice-ufrag:")
}

fn value_in(sdp: &str, attribute: &str) -> String {
    let value = sdp.lines().find_map(|line| line.strip_prefix(attribute));
    value.expect("every SDP has one").trim().to_owned()
}
