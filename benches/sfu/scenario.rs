//! The pure relay alone, in virtual time and without sockets: to count instructions, which other programs
//! on the machine do not change.
//!
//!     valgrind --tool=callgrind --toggle-collect='*scenario::relay*' TARGET --play mesh:1x16 --secs 1

use crate::load::workload;
use crate::packet::{PACKET, SOUND, Shape, Stamp, head};
use std::collections::HashMap;
use std::hint::black_box;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use str0m::media::Mid;
use str0m::rtp::RtpWrite;
use testkit::{Connection, Offer};
use wizyjno::ids::{PersonId, RoomId};
use wizyjno::sfu::{Command, Event, Measuring, Protocol, Received, Settings, Sfu, Transmit};

/// The time between two batches.
const BATCH: Duration = Duration::from_millis(1);

struct Scenario {
    now: Instant,
    sfu: Sfu,
    connections: HashMap<SocketAddr, Client>,
    publishers: Vec<Publisher>,
    /// On the way to the relay.
    air: Vec<(SocketAddr, Vec<u8>)>,
}

type Client = Connection<Vec<str0m::net::Transmit>>;

struct Publisher {
    number: u32,
    /// Sound and picture.
    tracks: [Mid; 2],
    frames: u32,
    sequences: [u64; 2],
}

/// Plays so many seconds, and tells how many packets went out.
pub(crate) fn run(name: &str, secs: f64) {
    let now = Instant::now();
    let settings = Settings {
        addresses: vec![box_address()],
        public: Vec::new(),
        capacity: 64,
        measuring: Measuring::WhenNeeded,
        tag: "a".into(),
    };
    let sfu = Sfu::new(settings, now);
    let mut scenario =
        Scenario { now, sfu, connections: HashMap::new(), publishers: Vec::new(), air: Vec::new() };
    for (n, (room, publishes, _)) in workload(name).into_iter().enumerate() {
        scenario.come(n as u32, room as u32, publishes);
    }
    scenario.pass(Duration::from_secs(2), false, &mut 0);
    let mut sent = 0;
    scenario.pass(Duration::from_secs_f64(secs), true, &mut sent);
    println!("{name}: {sent} datagrams out");
}

/// What is counted: a batch that has come, and everything that it becomes.
#[inline(never)]
fn relay(sfu: &mut Sfu, now: Instant, batch: &[(SocketAddr, Vec<u8>)]) -> Vec<Transmit> {
    if sfu.poll_timeout().is_some_and(|at| at <= now) {
        sfu.handle_timeout(now);
    }
    for (source, bytes) in batch {
        let received =
            Received { protocol: Protocol::Udp, source: *source, destination: box_address(), bytes };
        sfu.handle_datagram(now, received);
    }
    black_box(std::iter::from_fn(|| sfu.poll_transmit()).collect())
}

impl Scenario {
    fn come(&mut self, n: u32, room: u32, publishes: bool) {
        let id = PersonId(n);
        self.connections.insert(at(n, 6000), connect(n, 6000, self.now));
        self.sfu.handle_command(self.now, id, Command::Join { room: RoomId(room), via: None });
        if publishes {
            let mut client = connect(n, 5000, self.now);
            let Offer { sdp, audio, video } = client.offer(&[]);
            let tracks = [audio, video];
            self.publishers.push(Publisher { number: n, tracks, frames: 0, sequences: [0; 2] });
            self.sfu.handle_command(self.now, id, Command::Offer { connection: 1, sdp });
            let answer = self.listen().expect("a good offer is answered");
            client.accept(self.now, &answer);
            self.connections.insert(client.address, client);
        }
        self.listen();
    }

    /// Hears everything that the relay has to say. The answer to an offer, if there was one.
    fn listen(&mut self) -> Option<String> {
        let mut answered = None;
        while let Some(event) = self.sfu.poll_event() {
            match event {
                Event::DownOffer { member, connection, sdp } => {
                    let client = self.connections.get_mut(&at(member.0, 6000)).expect("it has come");
                    let sdp = client.answer(self.now, &sdp);
                    self.sfu.handle_command(self.now, member, Command::Answer { connection, sdp });
                }
                Event::UpAnswer { sdp, .. } => answered = Some(sdp),
                Event::Refused { why, .. } => panic!("{why}"),
                _ => {}
            }
        }
        answered
    }

    /// `sent` counts what the relay sends while there is `media`.
    fn pass(&mut self, time: Duration, media: bool, sent: &mut usize) {
        for tick in 0..time.as_millis() as u32 {
            let mut batch = std::mem::take(&mut self.air);
            for publisher in self.publishers.iter_mut().filter(|_| media) {
                let client = self.connections.get_mut(&at(publisher.number, 5000)).expect("it has come");
                publisher.publish(client, self.now, tick);
            }
            for client in self.connections.values_mut().filter(|client| client.wake <= self.now) {
                client.handle_timeout(self.now).expect("no mistake");
                drain(client, &mut batch);
            }
            for transmit in relay(&mut self.sfu, self.now, &batch) {
                for datagram in transmit.datagrams() {
                    *sent += 1;
                    let Some(client) = self.connections.get_mut(&transmit.destination) else { continue };
                    client.handle_datagram(self.now, transmit.source, datagram).expect("no mistake");
                    drain(client, &mut self.air);
                }
            }
            self.listen();
            self.now += BATCH;
        }
    }
}

impl Publisher {
    /// A picture every 33 ms, its first packet a batch before the others, as a sender's burst is caught;
    /// sound every 20 ms.
    fn publish(&mut self, client: &mut Client, now: Instant, tick: u32) {
        let phase = tick + self.number * 7;
        if phase.is_multiple_of(20) {
            self.write(client, false, now, vec![0; SOUND], false);
        }
        let packets = Shape::FULL.frame.div_ceil(PACKET);
        let range = match phase % 33 {
            0 => 0..1,
            1 => 1..packets,
            _ => return,
        };
        for n in range {
            let size = PACKET.min(Shape::FULL.frame - n * PACKET).max(Stamp::LEAST);
            self.frames += u32::from(n == 0);
            let mut payload = vec![0; size];
            head(&mut payload, self.frames, n == 0, n == 0 && self.frames < 10);
            self.write(client, true, now, payload, n + 1 == packets);
        }
    }

    fn write(&mut self, client: &mut Client, video: bool, now: Instant, payload: Vec<u8>, last: bool) {
        let sequence = &mut self.sequences[usize::from(video)];
        *sequence += 1;
        let (payload_type, time) =
            if video { (96, self.frames * 3000) } else { (111, *sequence as u32 * 960) };
        let write = RtpWrite::new(payload_type.into(), (*sequence).into(), time, now, payload);
        client.write(now, self.tracks[usize::from(video)], None, write.marker(last).nackable(video));
    }
}

fn connect(n: u32, port: u16, now: Instant) -> Client {
    Connection::new(testkit::config(false), at(n, port), Vec::new(), now)
}

fn drain(client: &mut Client, air: &mut Vec<(SocketAddr, Vec<u8>)>) {
    client.drain(|_| {}).expect("no mistake");
    air.extend(client.transport.drain(..).map(|transmit| (transmit.source, transmit.contents.into())));
}

fn at(n: u32, port: u16) -> SocketAddr {
    SocketAddr::new([10, 0, 1, n as u8].into(), port)
}

fn box_address() -> SocketAddr {
    SocketAddr::new([10, 0, 0, 1].into(), 443)
}
