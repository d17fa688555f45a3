//! A relay with pages of the same engine, whose datagrams arrive at once.

use super::srtcp::{self, Seal};
use std::collections::{HashMap, HashSet, VecDeque};
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use str0m::IceCreds;
use str0m::media::Mid;
use str0m::net::Transmit;
use str0m::rtp::{ExtensionValues, RtpPacket, RtpWrite};
use testkit::{Offer, Transport};
use wizyjno::ids::{PersonId, RoomId};
use wizyjno::sfu::{Command, DatagramOutcome, Event, Measuring, Protocol, Received, Settings, Sfu};

pub(crate) const BOX: &str = "10.0.0.1:443";
pub(crate) const OPUS: u8 = 111;
/// Datagrams among which no two may be sealed with one nonce; far fewer than a sequence number takes to begin anew.
const NONCES: usize = 4096;

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
    nonces: Nonces,
}

/// What makes the nonces of the newest datagrams that the relay has sealed: where to, SSRC, and sequence number or
/// SRTCP index.
struct Nonces {
    known: HashSet<(SocketAddr, [u8; 4], u32)>,
    order: VecDeque<(SocketAddr, [u8; 4], u32)>,
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
    pub(crate) peer: IceCreds,
}

/// Source, destination, bytes.
type Flight = (SocketAddr, SocketAddr, Vec<u8>);

/// One of its connections.
pub(crate) type Connection = testkit::Connection<Outbox>;

/// What a connection has sent.
#[derive(Default)]
pub(crate) struct Outbox {
    sent: Vec<Transmit>,
    /// What its RTCP is sealed with, once there was some.
    pub(crate) seal: Option<Seal>,
}

impl Transport for Outbox {
    fn send(&mut self, transmit: Transmit) {
        self.seal = Seal::newest().or(self.seal.take());
        self.sent.push(transmit);
    }
}

impl Nonces {
    /// Has all its room at once: what is fuzzed is held to what it allocates.
    fn new() -> Nonces {
        Nonces { known: HashSet::with_capacity(NONCES + 1), order: VecDeque::with_capacity(NONCES + 1) }
    }

    fn take(&mut self, to: SocketAddr, datagram: &[u8]) {
        let word = |at: usize| -> [u8; 4] { datagram[at..at + 4].try_into().expect("four bytes") };
        let nonce = match datagram {
            [128..=191, 192..=223, ..] => (to, word(4), u32::from_be_bytes(word(datagram.len() - 4))),
            [128..=191, _, high, low, ..] => (to, word(8), u32::from(u16::from_be_bytes([*high, *low]))),
            _ => return,
        };
        assert!(self.known.insert(nonce), "a nonce is used twice: {nonce:?}");
        self.order.push_back(nonce);
        if self.order.len() > NONCES
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
    }
}

impl SfuHarness {
    /// So many members, all connected. The third does not know RED.
    pub(crate) fn with(members: u32) -> SfuHarness {
        let now = Instant::now();
        let settings = Settings {
            addresses: vec![address(BOX)],
            public: Vec::new(),
            capacity: 8,
            measuring: Measuring::WhenNeeded,
            tag: "a".into(),
        };
        let sfu = Sfu::new(settings, now);
        let mut harness = SfuHarness {
            now,
            sfu,
            clients: Vec::new(),
            ended: Vec::new(),
            said: 0,
            carried: HashMap::new(),
            nonces: Nonces::new(),
        };
        for n in 0..members {
            harness.come(n);
        }
        for _ in 0..300 {
            harness.pass(Duration::from_millis(10));
            if harness.clients.iter().all(Client::is_connected) {
                break;
            }
        }
        assert!(harness.clients.iter().all(Client::is_connected));
        harness
    }

    fn come(&mut self, n: u32) {
        let at = |port: u16| SocketAddr::new([10, 0, 1, n as u8].into(), port);
        let line = |port: u16| connect(at(port), n, self.now);
        let (mut up, down) = (line(5000), line(6000));
        let id = PersonId(n);
        self.sfu.handle_command(self.now, id, Command::Join { room: RoomId(1), via: None });
        let Offer { sdp, audio, video } = up.offer(&[]);
        self.sfu.handle_command(self.now, id, Command::Offer { connection: 1, sdp });
        let mut events: Vec<Event> = std::iter::from_fn(|| self.sfu.poll_event()).collect();
        let at = events.iter().position(|event| matches!(event, Event::UpAnswer { .. }));
        let Some(Event::UpAnswer { sdp: answer, .. }) = at.map(|at| events.remove(at)) else {
            panic!("a good offer is answered");
        };
        let peer = IceCreds { ufrag: name_in(&answer), pass: value_in(&answer, "a=ice-pwd:") };
        up.accept(self.now, &answer);
        let (heard, names) = (Vec::new(), vec![peer.ufrag.clone()]);
        self.clients.push(Client { up, down, audio, video, heard, asked: 0, connection: 0, names, peer });
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
                    line.handle_timeout(self.now).expect("no mistake");
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
                for datagram in transmit.datagrams() {
                    self.nonces.take(transmit.destination, datagram);
                    *self.carried.entry(transmit.destination).or_default() += 1;
                    air.push_back((transmit.source, transmit.destination, datagram.to_vec()));
                }
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
                if line.address == destination {
                    line.handle_datagram(self.now, source, &bytes).expect("no mistake");
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
                    client.down = connect(SocketAddr::new(before.ip(), port), member.0, self.now);
                }
                let sdp = client.down.answer(self.now, &sdp);
                self.sfu.handle_command(self.now, member, Command::Answer { connection, sdp });
            }
            Event::UpAnswer { sdp, .. } => assert!(sdp.starts_with("v=0\r\n"), "{sdp}"),
            Event::Ended { member, why, .. } => self.ended.push(format!("{}: {why}", member.0)),
            _ => {}
        }
    }
}

impl Client {
    /// Says something: a sound with that number, 20 ms after the one before.
    pub(crate) fn speak(&mut self, now: Instant, number: u64) {
        let level = ExtensionValues { audio_level: Some(-30), ..ExtensionValues::default() };
        let time = (number as u32).wrapping_mul(960);
        let sound = RtpWrite::new(OPUS.into(), number.into(), time, now, vec![1; 40]);
        self.up.write(now, self.audio, None, sound.ext_vals(level));
    }

    fn is_connected(&self) -> bool {
        self.up.rtc.is_connected() && self.down.rtc.is_connected()
    }

    fn drain(&mut self, air: &mut VecDeque<Flight>) {
        for line in [&mut self.up, &mut self.down] {
            let hear = |event| match event {
                str0m::Event::RtpPacket(packet) => self.heard.push(packet),
                str0m::Event::KeyframeRequest(_) => self.asked += 1,
                _ => {}
            };
            line.drain(hear).expect("no mistake");
            let sent = line.transport.sent.drain(..);
            air.extend(
                sent.map(|transmit| (transmit.source, transmit.destination, transmit.contents.into())),
            );
        }
    }
}

/// The third does not know RED.
fn connect(address: SocketAddr, member: u32, now: Instant) -> Connection {
    let config = testkit::config(member != 2).set_crypto_provider(srtcp::provider());
    Connection::new(config, address, Outbox::default(), now)
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
