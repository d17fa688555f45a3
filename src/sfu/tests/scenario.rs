//! A room in virtual time: the relay, its guests, and the links between them.

use super::super::connection::ConnectionRole;
use super::super::member::Wanted;
use super::super::*;
use super::guest::{Abilities, ClientConnection, Guest, RIDS};
use std::collections::{BTreeMap, HashSet};
use std::net::SocketAddr;
use std::time::Duration;
use testkit::Offer;

pub(super) const ROOM: RoomId = RoomId(7);
pub(super) const BOX: &str = "10.0.0.1:443";

/// A room, its guests, and what is between them.
pub(super) struct Scenario {
    pub(super) now: Instant,
    pub(super) sfu: Sfu,
    pub(super) guests: Vec<Guest>,
    /// On the way: when it arrives, in which order it was sent, where to.
    pub(super) air: BTreeMap<(Instant, u64), Flight>,
    pub(super) sent: u64,
    pub(super) dice: u64,
    pub(super) speakers: Vec<PersonId>,
    pub(super) tamper: Option<Tamper>,
    /// Where the relay is reached.
    pub(super) boxes: Vec<SocketAddr>,
    /// Connections that have ended, where that is what the scenario is about.
    pub(super) ended: Option<Vec<(PersonId, Side)>>,
    /// What was sent to addresses at which nobody is.
    pub(super) strayed: Vec<(SocketAddr, Vec<u8>)>,
    /// Of who comes now.
    pub(super) abilities: Abilities,
    /// What makes the nonce of everything that was sealed: where to, SSRC, sequence number or SRTCP index.
    nonces: HashSet<(SocketAddr, [u8; 4], u32)>,
}

/// A guest's connections; the last is what the newest `down` takes the place of.
const NEWEST_FIRST: [ConnectionRole; 3] =
    [ConnectionRole::Publish, ConnectionRole::SubscribeNext, ConnectionRole::Subscribe];

/// Spoils what a guest sends.
pub(super) type Tamper = Box<dyn FnMut(usize, &mut Vec<u8>)>;

pub(super) struct Flight {
    pub(super) source: SocketAddr,
    pub(super) destination: SocketAddr,
    pub(super) bytes: Vec<u8>,
}

#[derive(Clone, Copy)]
pub(super) struct Link {
    pub(super) loss: f64,
    pub(super) delay: Duration,
    pub(super) jitter: Duration,
    /// Bits a second towards the guest; the rest waits, and what waits too long is lost.
    pub(super) rate: Option<f64>,
    pub(super) free: Instant,
}

impl Scenario {
    pub(super) fn with(guests: usize) -> Scenario {
        Scenario::new(guests, Measuring::WhenNeeded)
    }

    pub(super) fn new(guests: usize, measuring: Measuring) -> Scenario {
        let now = start();
        let mut scenario = Scenario {
            now,
            sfu: Sfu::new(settings(measuring), now),
            guests: Vec::new(),
            air: BTreeMap::new(),
            sent: 0,
            dice: 1,
            speakers: Vec::new(),
            tamper: None,
            boxes: vec![addr(BOX)],
            ended: None,
            strayed: Vec::new(),
            abilities: Abilities::USUAL,
            nonces: HashSet::new(),
        };
        for _ in 0..guests {
            scenario.come();
        }
        scenario
    }

    pub(super) fn come(&mut self) -> usize {
        let n = self.guests.len();
        self.guests.push(Guest::new(n, 0, self.abilities, self.now));
        self.sfu.admit(self.now, PersonId(n as u32), ROOM, None).expect("there is room");
        self.offer(n);
        n
    }

    /// A guest's page is as if it had just been opened.
    pub(super) fn begin_anew(&mut self, n: usize) {
        let Guest { link, loads, abilities, .. } = self.guests[n];
        self.guests[n] = Guest { link, ..Guest::new(n, loads + 1, abilities, self.now) };
    }

    pub(super) fn reload(&mut self, n: usize) {
        self.begin_anew(n);
        self.sfu.handle_command(self.now, PersonId(n as u32), Command::Reconnect { via: None });
        self.offer(n);
    }

    /// A guest's page sends on a new connection, because the one before is over.
    pub(super) fn renew_up(&mut self, n: usize) {
        let guest = &mut self.guests[n];
        guest.loads += 1;
        guest.up_connected = false;
        let Guest { up, .. } = Guest::new(n, guest.loads, guest.abilities, self.now);
        guest.up = up;
        self.offer(n);
    }

    pub(super) fn offer(&mut self, n: usize) {
        let offer = self.offer_tracks(n, &RIDS);
        let guest = &mut self.guests[n];
        (guest.audio, guest.video) = (offer.audio, offer.video);
        for rid in RIDS {
            // Browsers send again whatever is asked for.
            let mut api = guest.up.rtc.direct_api();
            let stream = api.stream_tx_by_mid(guest.video, Some(rid.into())).expect("agreed to");
            stream.set_rtx_cache(1000, secs(2), None);
        }
        self.settle();
    }

    /// Has the relay answer what a guest's page sends besides what it sends already.
    pub(super) fn offer_tracks(&mut self, n: usize, rids: &[&str]) -> Offer {
        let guest = &mut self.guests[n];
        let offer = guest.up.offer(rids);
        let (id, connection) = (PersonId(n as u32), u32::from(guest.loads));
        let answer = self.sfu.up_offer(self.now, id, connection, &offer.sdp).expect("a good offer");
        guest.up.accept(self.now, &answer);
        offer
    }

    pub(super) fn show(&mut self, n: usize, width: u16) {
        let others = (0..self.guests.len()).filter(|other| *other != n);
        let tiles = others
            .map(|other| Tile {
                person: PersonId(other as u32),
                source: Source::Camera,
                width,
                pinned: false,
            })
            .collect();
        self.sfu.handle_command(self.now, PersonId(n as u32), Command::SetTiles(tiles));
        self.settle();
    }

    pub(super) fn run(&mut self, time: Duration) {
        let until = self.now + time;
        while self.next() <= until {
            self.step();
        }
        self.now = until;
    }

    /// When anything happens next.
    pub(super) fn next(&self) -> Instant {
        let guests = self.guests.iter().flat_map(|guest| {
            let media = if guest.silent { None } else { Some(guest.next_frame.min(guest.next_sound)) };
            let before = guest.before.as_ref().map(|before| before.wake);
            [Some(guest.up.wake), Some(guest.down.wake), before, media]
        });
        let air = self.air.keys().next().map(|(at, _)| *at);
        guests.chain([air, self.sfu.poll_timeout()]).flatten().min().expect("there is always something")
    }

    pub(super) fn step(&mut self) {
        self.now = self.now.max(self.next());
        let now = self.now;
        while let Some(entry) = self.air.first_entry().filter(|entry| entry.key().0 <= now) {
            let flight = entry.remove();
            self.arrive(flight);
        }
        if self.sfu.poll_timeout().is_some_and(|at| at <= now) {
            self.sfu.handle_timeout(now);
        }
        for n in 0..self.guests.len() {
            let guest = &mut self.guests[n];
            guest.send_media(now);
            for role in NEWEST_FIRST {
                if let Some(connection) =
                    guest.client_connection(role).filter(|connection| connection.wake <= now)
                {
                    connection.handle_timeout(now).ok();
                }
            }
        }
        self.settle();
    }

    pub(super) fn arrive(&mut self, flight: Flight) {
        let Flight { source, destination, bytes } = flight;
        if self.boxes.contains(&destination) {
            let received = Received { protocol: Protocol::Udp, source, destination, bytes: &bytes };
            self.sfu.handle_datagram(self.now, received);
            return;
        }
        for n in 0..self.guests.len() {
            for role in NEWEST_FIRST {
                if let Some(connection) = self.guests[n].client_connection(role)
                    && connection.address == destination
                {
                    connection.handle_datagram(self.now, source, &bytes).ok();
                    self.drain(n, role);
                }
            }
        }
    }

    /// Lets everybody say what they have to say.
    pub(super) fn settle(&mut self) {
        loop {
            let mut quiet = true;
            while let Some(transmit) = self.sfu.poll_transmit() {
                let n = guest_at(transmit.destination);
                for datagram in transmit.datagrams() {
                    self.no_nonce_is_used_twice(transmit.destination, datagram);
                    self.fly(n, false, transmit.source, transmit.destination, datagram.to_vec());
                }
            }
            while let Some(event) = self.sfu.poll_event() {
                quiet = false;
                self.on_event(event);
            }
            for n in 0..self.guests.len() {
                NEWEST_FIRST.into_iter().for_each(|role| self.drain(n, role));
            }
            if quiet {
                return;
            }
        }
    }

    pub(super) fn on_event(&mut self, event: Event) {
        match event {
            Event::DownOffer { member, connection, sdp } => {
                let guest = &mut self.guests[member.0 as usize];
                if guest.connection != connection {
                    let address = guest.down.address;
                    let address = SocketAddr::new(address.ip(), address.port() + 1);
                    let down = ClientConnection::new(guest.abilities.config(), address, Vec::new(), self.now);
                    guest.before = Some(std::mem::replace(&mut guest.down, down));
                    guest.connection = connection;
                }
                let answer = guest.down.answer(self.now, &sdp);
                self.sfu.down_answer(self.now, member, connection, &answer).expect("the newest answer");
            }
            Event::Seats { member, connection, seats } => {
                let guest = &mut self.guests[member.0 as usize];
                if guest.connection == connection {
                    let taken =
                        seats.into_iter().filter_map(|seat| Some(((seat.person?, seat.source), seat)));
                    guest.seats = taken
                        .flat_map(|((person, source), seat)| {
                            [seat.audio, seat.video].map(|mid| (mid, (person.0 as usize, source)))
                        })
                        .collect();
                }
            }
            Event::Wanted { member, source: Source::Camera, audio, layers, av1 } => {
                self.guests[member.0 as usize].wanted = Wanted { audio, layers, av1 };
            }
            Event::Wanted { member, source: Source::Screen, audio, layers, av1 } => {
                self.guests[member.0 as usize].screen = Wanted { audio, layers, av1 };
            }
            Event::Speakers { speakers, .. } => self.speakers = speakers,
            Event::Ended { member, why, side, .. } => match &mut self.ended {
                Some(ended) => ended.push((member, side)),
                None => assert!(self.tamper.is_some(), "a connection ended: {side:?} {why}"),
            },
            Event::UpAnswer { .. } | Event::Refused { .. } => unreachable!("taken where it is asked for"),
            Event::Connected { .. } | Event::Overloaded { .. } | Event::Links { .. } => {}
        }
    }

    pub(super) fn drain(&mut self, n: usize, role: ConnectionRole) {
        let guest = &mut self.guests[n];
        let Some(connection) = guest.client_connection(role) else { return };
        let mut events = Vec::new();
        if let Err(cause) = connection.drain(|event| events.push(event)) {
            assert!(self.tamper.is_some(), "a guest made a mistake: {cause}");
            connection.wake = self.now + secs(1000);
        }
        let sent = std::mem::take(&mut connection.transport);
        events.into_iter().for_each(|event| guest.listen(self.now, role, event));
        for transmit in sent {
            let mut bytes: Vec<u8> = transmit.contents.into();
            if let Some(tamper) = &mut self.tamper {
                tamper(n, &mut bytes);
            }
            self.fly(n, true, transmit.source, transmit.destination, bytes);
        }
    }

    /// Over a guest's link, one way or the other.
    pub(super) fn fly(
        &mut self,
        n: usize,
        up: bool,
        source: SocketAddr,
        destination: SocketAddr,
        bytes: Vec<u8>,
    ) {
        let luck = self.roll();
        let shake = self.roll();
        let Some(guest) = self.guests.get_mut(n) else {
            self.strayed.push((destination, bytes));
            return;
        };
        let link = &mut guest.link;
        if luck < link.loss {
            return;
        }
        let mut at = self.now;
        if let Some(rate) = link.rate.filter(|_| !up) {
            let begin = link.free.max(self.now);
            if begin > self.now + ms(400) {
                return; // the router's queue is full
            }
            link.free = begin + Duration::from_secs_f64(bytes.len() as f64 * 8.0 / rate);
            at = link.free;
        }
        at += link.delay + link.jitter.mul_f64(shake);
        self.sent += 1;
        self.air.insert((at, self.sent), Flight { source, destination, bytes });
    }

    /// No stream of a scenario is so long that its sequence number begins anew.
    fn no_nonce_is_used_twice(&mut self, destination: SocketAddr, bytes: &[u8]) {
        let word = |at: usize| -> [u8; 4] { bytes[at..at + 4].try_into().expect("four bytes") };
        let nonce = match bytes {
            [128..=191, 192..=223, ..] => (word(4), u32::from_be_bytes(word(bytes.len() - 4))),
            [128..=191, _, high, low, ..] => (word(8), u32::from(u16::from_be_bytes([*high, *low]))),
            _ => return,
        };
        assert!(self.nonces.insert((destination, nonce.0, nonce.1)), "{nonce:?} twice to {destination}");
    }

    pub(super) fn roll(&mut self) -> f64 {
        // xorshift: the same in every run.
        self.dice ^= self.dice << 13;
        self.dice ^= self.dice >> 7;
        self.dice ^= self.dice << 17;
        (self.dice >> 11) as f64 / (1u64 << 53) as f64
    }
}

pub(super) fn settings(measuring: Measuring) -> Settings {
    Settings { addresses: vec![addr(BOX)], public: Vec::new(), capacity: 33, measuring, tag: "a".into() }
}

#[expect(clippy::disallowed_methods, reason = "a scenario begins at some moment, and moves the clock itself")]
pub(super) fn start() -> Instant {
    Instant::now()
}

pub(super) fn addr(text: &str) -> SocketAddr {
    text.parse().expect("an address")
}

pub(super) fn guest_address(n: usize) -> IpAddr {
    IpAddr::from([10, 0, 1, n as u8])
}

pub(super) fn guest_at(address: SocketAddr) -> usize {
    match address.ip() {
        IpAddr::V4(ip) => usize::from(ip.octets()[3]),
        IpAddr::V6(_) => unreachable!("guests have IPv4"),
    }
}

pub(super) fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

pub(super) fn secs(n: u64) -> Duration {
    Duration::from_secs(n)
}
