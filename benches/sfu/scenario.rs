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
use str0m::change::{SdpAnswer, SdpOffer};
use str0m::media::{Direction, MediaKind, Mid};
use str0m::net::Receive;
use str0m::rtp::RtpWrite;
use str0m::{Candidate, Input, Output, Rtc, RtcConfig};
use wizyjno::ids::{PersonId, RoomId};
use wizyjno::sfu::{Command, Event, Measuring, Protocol, Received, Settings, Sfu, Transmit};

/// The time between two batches.
const BATCH: Duration = Duration::from_millis(1);

struct Scenario {
    now: Instant,
    sfu: Sfu,
    connections: HashMap<SocketAddr, ClientConnection>,
    /// On the way to the relay.
    air: Vec<(SocketAddr, Vec<u8>)>,
}

struct ClientConnection {
    rtc: Rtc,
    address: SocketAddr,
    wake: Instant,
    tracks: Option<(Mid, Mid)>,
    publisher: u32,
    frames: u32,
    sequences: [u64; 2],
}

/// Plays so many seconds, and tells how many packets went out.
pub(crate) fn run(name: &str, secs: f64) {
    let now = Instant::now();
    let settings = Settings {
        addresses: vec![box_address()],
        capacity: 64,
        measuring: Measuring::WhenNeeded,
        tag: "a".into(),
    };
    let mut scenario =
        Scenario { now, sfu: Sfu::new(settings, now), connections: HashMap::new(), air: Vec::new() };
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
        self.connections.insert(at(n, 6000), ClientConnection::new(n, 6000, self.now));
        self.sfu.handle_command(self.now, id, Command::Join { room: RoomId(room), via: None });
        if publishes {
            let mut client = ClientConnection::new(n, 5000, self.now);
            let mut api = client.rtc.sdp_api();
            let audio = api.add_media(MediaKind::Audio, Direction::SendOnly, None, None, None);
            let video = api.add_media(MediaKind::Video, Direction::SendOnly, None, None, None);
            let (offer, pending) = api.apply().expect("tracks are a change");
            client.tracks = Some((audio, video));
            let offer = Command::Offer { connection: 1, sdp: offer.to_sdp_string() };
            self.sfu.handle_command(self.now, id, offer);
            let answer = self.listen().expect("a good offer is answered");
            let answer = SdpAnswer::from_sdp_string(&answer).expect("a good answer");
            client.rtc.sdp_api().accept_answer(pending, answer).expect("it fits");
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
                    let offer = SdpOffer::from_sdp_string(&sdp).expect("a good offer");
                    let answer = client.rtc.sdp_api().accept_offer(offer).expect("it fits");
                    let answer = Command::Answer { connection, sdp: answer.to_sdp_string() };
                    self.sfu.handle_command(self.now, member, answer);
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
            for client in self.connections.values_mut() {
                if media {
                    client.publish(self.now, tick);
                }
                if client.wake <= self.now {
                    client.rtc.handle_input(Input::Timeout(self.now)).expect("no mistake");
                    client.drain(&mut batch);
                }
            }
            for Transmit { source, destination, bytes, .. } in relay(&mut self.sfu, self.now, &batch) {
                *sent += 1;
                let Some(client) = self.connections.get_mut(&destination) else { continue };
                if let Ok(datagram) = Receive::new(str0m::net::Protocol::Udp, source, destination, &bytes) {
                    client.rtc.handle_input(Input::Receive(self.now, datagram)).expect("no mistake");
                    client.drain(&mut self.air);
                }
            }
            self.listen();
            self.now += BATCH;
        }
    }
}

impl ClientConnection {
    fn new(n: u32, port: u16, now: Instant) -> ClientConnection {
        let config = RtcConfig::new().set_rtp_mode(true).clear_codecs();
        let mut rtc = config.enable_opus(true, false).enable_vp8(true).build(now);
        let address = at(n, port);
        rtc.add_local_candidate(Candidate::host(address, "udp").expect("an address"));
        ClientConnection { rtc, address, wake: now, tracks: None, publisher: n, frames: 0, sequences: [0; 2] }
    }

    /// A picture every 33 ms, its first packet a batch before the others, as a sender's burst is caught;
    /// sound every 20 ms.
    fn publish(&mut self, now: Instant, tick: u32) {
        let Some((audio, video)) = self.tracks else { return };
        let phase = tick + self.publisher * 7;
        if phase.is_multiple_of(20) {
            self.write(audio, 111, now, vec![0; SOUND], false);
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
            self.write(video, 96, now, payload, n + 1 == packets);
        }
    }

    fn write(&mut self, mid: Mid, payload_type: u8, now: Instant, payload: Vec<u8>, last: bool) {
        let sequence = &mut self.sequences[usize::from(payload_type == 96)];
        *sequence += 1;
        let time = if payload_type == 96 { self.frames * 3000 } else { *sequence as u32 * 960 };
        let write = RtpWrite::new(payload_type.into(), (*sequence).into(), time, now, payload);
        let mut api = self.rtc.direct_api();
        let stream = api.stream_tx_by_mid(mid, None).expect("agreed to");
        stream.write_rtp(write.marker(last).nackable(payload_type == 96));
        self.wake = now;
    }

    fn drain(&mut self, air: &mut Vec<(SocketAddr, Vec<u8>)>) {
        loop {
            match self.rtc.poll_output().expect("no mistake") {
                Output::Timeout(at) => return self.wake = at,
                Output::Transmit(transmit) => air.push((transmit.source, transmit.contents.into())),
                Output::Event(_) => {}
            }
        }
    }
}

fn at(n: u32, port: u16) -> SocketAddr {
    SocketAddr::new([10, 0, 1, n as u8].into(), port)
}

fn box_address() -> SocketAddr {
    SocketAddr::new([10, 0, 0, 1].into(), 443)
}
