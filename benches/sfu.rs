//! What forwarding costs: packets per CPU second of the relay, beside a plain str0m forwarder (`floor`)
//! and beside UDP with AES-GCM alone (`raw`), in one run on one machine.
//!
//!     cargo bench --bench sfu -- [--scenarios fan:20,fan:50,mesh:10x4,mesh:1x16] [--targets raw,floor,ours]
//!                                [--secs 8] [--repeats 3]
//!
//! `fan:N` is one publisher and N subscribers, `mesh:RxN` are R rooms of N who all see each other. A
//! publisher sends VP8 of 1.5 Mbit/s in 30 frames a second (5 packets of 1,200 bytes and a smaller one,
//! back to back) and Opus, 50 packets a second of 100 bytes. The target runs in a process of its own on
//! core 0, the load on core 1. CPU is the target process's own (schedstat): on the loopback that has the
//! receivers' half of the network stack in it, so compare targets with each other, not with a router.
//! Latency is from the stamp in a packet to the kernel's receive stamp; loss is what had not come a
//! second after the window.
#![expect(clippy::disallowed_methods, reason = "a measurement reads the clock")]

use aws_lc_rs::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use quinn_udp::{BATCH_SIZE, RecvMeta, UdpSocketState};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::fs;
use std::io::{self, BufRead, BufReader, IoSliceMut, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use str0m::change::{SdpAnswer, SdpOffer, SdpPendingOffer};
use str0m::media::{Direction, KeyframeRequestKind, MediaKind, Mid};
use str0m::net::{Protocol, Receive};
use str0m::rtp::{RtpWrite, Ssrc};
use str0m::{Candidate, Event, Input, Output, Rtc, RtcConfig};
use wizyjno::ids::{PersonId, RoomId};
use wizyjno::media::{Event as MediaEvent, Media, Setup};
use wizyjno::sfu;

const FRAME: usize = 1_500_000 / 8 / 30;
const PACKET: usize = 1188;
const SOUND: usize = 100;
const LOCAL: Ipv4Addr = Ipv4Addr::LOCALHOST;
/// Where the stamp is in a payload.
const STAMP: usize = 16;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let option = |name: &str, default: &str| {
        let at = arguments.iter().position(|argument| argument == name);
        at.and_then(|at| arguments.get(at + 1)).map_or(default, String::as_str).to_owned()
    };
    match option("--serve", "").as_str() {
        "" => {}
        "ours" => return serve_ours(),
        "floor" => return serve_floor(),
        "raw" => return serve_raw(),
        other => panic!("no such target: {other}"),
    }
    pin(1);
    let secs: f64 = option("--secs", "8").parse().expect("a number of seconds");
    let repeats: usize = option("--repeats", "3").parse().expect("a number");
    println!(
        "| scenario | target | out pkt/s | loss % | p50 us | p99 us | CPU % | pkt per CPU-s | peak RSS MiB |"
    );
    println!("|---|---|---:|---:|---:|---:|---:|---:|---:|");
    for scenario in option("--scenarios", "fan:20,fan:50,mesh:10x4,mesh:1x16").split(',') {
        let mut results: HashMap<String, Vec<Figures>> = HashMap::new();
        let targets = option("--targets", "raw,floor,ours");
        for _ in 0..repeats {
            for target in targets.split(',') {
                results.entry(target.to_owned()).or_default().push(measure(target, scenario, secs));
            }
        }
        for target in targets.split(',') {
            let mut runs = results.remove(target).expect("it was measured");
            runs.sort_by(|a, b| a.rate().total_cmp(&b.rate()));
            println!("| {scenario} | {target} {}", runs[runs.len() / 2]);
        }
    }
}

/// What one run came to.
struct Figures {
    secs: f64,
    expected: u64,
    received: u64,
    cpu: f64,
    latencies: Vec<u32>,
    memory: f64,
}

impl Figures {
    /// Packets a CPU second.
    fn rate(&self) -> f64 {
        self.received as f64 / self.cpu
    }

    fn latency(&self, part: f64) -> u32 {
        let at = (self.latencies.len() as f64 * part) as usize;
        self.latencies.get(at.min(self.latencies.len().saturating_sub(1))).copied().unwrap_or(0)
    }
}

impl std::fmt::Display for Figures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let loss = 100.0 * (self.expected as f64 - self.received as f64) / self.expected.max(1) as f64;
        write!(
            f,
            "| {:.0} | {loss:.3} | {} | {} | {:.1} | {:.0} | {:.0} |",
            self.received as f64 / self.secs,
            self.latency(0.5),
            self.latency(0.99),
            100.0 * self.cpu / self.secs,
            self.rate(),
            self.memory
        )
    }
}

// ── the load ─────────────────────────────────────────────────────────────────────────────────────

struct Load {
    members: Vec<Member>,
    raw: bool,
    /// Nanoseconds since 1970 between which packets count.
    window: (u64, u64),
    received: u64,
    latencies: Vec<u32>,
}

struct Member {
    room: usize,
    publishes: bool,
    subscribes: bool,
    up: Option<Line>,
    down: Option<Line>,
    tracks: Option<(Mid, Mid)>,
    pending: Option<SdpPendingOffer>,
    want_keyframe: bool,
    next_frame: Instant,
    next_sound: Instant,
    sequences: [u64; 2],
    frames: u32,
    sent: u64,
    heard: HashMap<u16, [bool; 2]>,
}

/// A connection with its socket.
struct Line {
    rtc: Option<Rtc>,
    key: LessSafeKey,
    socket: Batch,
    address: SocketAddr,
    wake: Instant,
}

fn measure(target: &str, scenario: &str, secs: f64) -> Figures {
    let mut target_process = Target::start(target);
    let now = Instant::now();
    let mut load = Load {
        members: members(scenario, now),
        raw: target == "raw",
        window: (u64::MAX, u64::MAX),
        received: 0,
        latencies: Vec::new(),
    };
    load.connect(&mut target_process);
    let begin = Instant::now();
    while load.missing() > 0 {
        assert!(begin.elapsed() < Duration::from_secs(60), "{target} {scenario}: {} missing", load.missing());
        load.turn(&mut target_process, Duration::from_millis(5));
    }
    load.run(&mut target_process, Duration::from_secs(2));
    let before = target_process.cpu();
    for member in &mut load.members {
        member.sent = 0;
    }
    load.window.0 = stamp_now();
    let start = Instant::now();
    load.run(&mut target_process, Duration::from_secs_f64(secs));
    load.window.1 = stamp_now();
    let cpu = target_process.cpu() - before;
    let secs = start.elapsed().as_secs_f64();
    let sent: Vec<u64> = load.members.iter().map(|member| member.sent).collect();
    load.run(&mut target_process, Duration::from_secs(1));
    let mut expected = 0;
    for (s, subscriber) in load.members.iter().enumerate() {
        let others = load.members.iter().enumerate();
        let seen = others.filter(|(p, other)| subscriber.expects(s, *p, other));
        expected += seen.map(|(p, _)| sent[p]).sum::<u64>();
    }
    let mut latencies = std::mem::take(&mut load.latencies);
    latencies.sort_unstable();
    Figures { secs, expected, received: load.received, cpu, latencies, memory: target_process.memory() }
}

/// `fan:20` or `mesh:10x4`.
fn members(scenario: &str, now: Instant) -> Vec<Member> {
    let (kind, size) = scenario.split_once(':').expect("kind:size");
    let mut members = Vec::new();
    if kind == "fan" {
        let count: usize = size.parse().expect("a number of subscribers");
        members.extend((0..=count).map(|n| Member::new(0, n == 0, n > 0, now)));
    } else {
        let (rooms, each) = size.split_once('x').expect("rooms x members");
        let (rooms, each): (usize, usize) = (rooms.parse().expect("rooms"), each.parse().expect("members"));
        members.extend((0..rooms * each).map(|n| Member::new(n / each, true, true, now)));
    }
    let publishers = members.iter().filter(|member| member.publishes).count() as u32;
    // Spread over the interval, so that publishers do not beat together.
    for (n, member) in members.iter_mut().filter(|member| member.publishes).enumerate() {
        let n = n as u32;
        member.next_frame = now + Duration::from_secs(1) / 30 * n / publishers;
        member.next_sound = now + Duration::from_millis(20) * ((n * 7) % publishers) / publishers;
    }
    members
}

impl Member {
    fn new(room: usize, publishes: bool, subscribes: bool, now: Instant) -> Member {
        Member {
            room,
            publishes,
            subscribes,
            up: None,
            down: None,
            tracks: None,
            pending: None,
            want_keyframe: true,
            next_frame: now,
            next_sound: now,
            sequences: [0; 2],
            frames: 0,
            sent: 0,
            heard: HashMap::new(),
        }
    }

    fn expects(&self, me: usize, at: usize, other: &Member) -> bool {
        me != at && self.subscribes && other.publishes && self.room == other.room
    }
}

impl Load {
    fn connect(&mut self, target: &mut Target) {
        for n in 0..self.members.len() {
            let member = &mut self.members[n];
            if self.raw {
                let line = Line::new(n as u16, false);
                target.say(&json!({"what": "join", "id": n, "room": member.room, "address": line.address,
                    "publishes": member.publishes, "subscribes": member.subscribes}));
                member.up = Some(line);
                continue;
            }
            target.say(&json!({"what": "join", "id": n, "room": member.room}));
            if member.publishes {
                let mut line = Line::new(n as u16, true);
                let rtc = line.rtc.as_mut().expect("it has one");
                let mut api = rtc.sdp_api();
                let audio = api.add_media(MediaKind::Audio, Direction::SendOnly, None, None, None);
                let video = api.add_media(MediaKind::Video, Direction::SendOnly, None, None, None);
                let (offer, pending) = api.apply().expect("tracks are a change");
                member.tracks = Some((audio, video));
                member.pending = Some(pending);
                target.say(&json!({"what": "offer", "id": n, "sdp": offer.to_sdp_string()}));
                member.up = Some(line);
            }
            self.run(target, Duration::from_millis(10));
        }
    }

    fn missing(&self) -> usize {
        let mut missing = 0;
        for (s, subscriber) in self.members.iter().enumerate() {
            for (p, publisher) in self.members.iter().enumerate() {
                let heard = subscriber.heard.get(&(p as u16)) == Some(&[true; 2]);
                missing += usize::from(subscriber.expects(s, p, publisher) && !heard);
            }
        }
        missing
    }

    fn run(&mut self, target: &mut Target, time: Duration) {
        let until = Instant::now() + time;
        while Instant::now() < until {
            self.turn(target, Duration::from_millis(5));
        }
    }

    fn turn(&mut self, target: &mut Target, patience: Duration) {
        while let Ok(message) = target.said.try_recv() {
            self.told(target, &message);
        }
        let now = Instant::now();
        let raw = self.raw;
        let wakes = self.members.iter().filter(|member| member.publishes);
        let media = wakes.map(|member| member.next_frame.min(member.next_sound)).min();
        let until = media.map_or(patience, |at| at.saturating_duration_since(now).min(patience));
        let lines = || self.members.iter().flat_map(|member| [&member.up, &member.down]).flatten();
        let mut fds: Vec<_> = lines().map(|line| PollFd::new(&line.socket.socket, PollFlags::IN)).collect();
        let _ = poll(&mut fds, Some(&Timespec::try_from(until).expect("short")));
        let ready: Vec<bool> = fds.iter().map(|fd| !fd.revents().is_empty()).collect();
        drop(fds);
        let mut at = 0;
        let window = self.window;
        for (n, member) in self.members.iter_mut().enumerate() {
            let now = Instant::now();
            let Member { up, down, heard, want_keyframe, .. } = member;
            for line in [up, down].into_iter().flatten() {
                let stirred = ready[at];
                at += 1;
                let mut hear = |stamp: Stamp, arrived: u64| {
                    heard.entry(stamp.from).or_default()[usize::from(stamp.video)] = true;
                    if stamp.at >= window.0 && stamp.at < window.1 {
                        self.received += 1;
                        self.latencies.push((arrived.saturating_sub(stamp.at) / 1000) as u32);
                    }
                };
                if stirred {
                    line.receive(now, &mut hear, want_keyframe);
                }
                if line.wake <= now {
                    line.settle(now, &mut hear, want_keyframe, 0);
                }
            }
            if member.publishes {
                member.play(n as u16, now, raw, window);
            }
        }
    }

    fn told(&mut self, target: &mut Target, message: &Value) {
        let n = message["id"].as_u64().expect("an id") as usize;
        let sdp = message["sdp"].as_str().unwrap_or_default();
        let member = &mut self.members[n];
        match message["what"].as_str() {
            Some("answer") => {
                let answer = SdpAnswer::from_sdp_string(sdp).expect("a good answer");
                let pending = member.pending.take().expect("it was offered");
                let line = member.up.as_mut().expect("it was offered");
                let rtc = line.rtc.as_mut().expect("it has one");
                rtc.sdp_api().accept_answer(pending, answer).expect("it fits");
                line.wake = Instant::now();
            }
            Some("offer") if member.subscribes => {
                let line = member.down.get_or_insert_with(|| Line::new(n as u16, true));
                let rtc = line.rtc.as_mut().expect("it has one");
                let offer = SdpOffer::from_sdp_string(sdp).expect("a good offer");
                let answer = rtc.sdp_api().accept_offer(offer).expect("it fits");
                line.wake = Instant::now();
                let connection = &message["connection"];
                let sdp = answer.to_sdp_string();
                target.say(&json!({"what": "answer", "id": n, "connection": connection, "sdp": sdp}));
            }
            _ => {}
        }
    }
}

impl Member {
    /// Sends what is due.
    fn play(&mut self, n: u16, now: Instant, raw: bool, window: (u64, u64)) {
        let Some(line) = &mut self.up else { return };
        let ready = raw || line.rtc.as_ref().is_some_and(Rtc::is_connected);
        let mut packets: Vec<(bool, usize, bool, bool)> = Vec::new();
        while self.next_sound <= now {
            self.next_sound += Duration::from_millis(20);
            packets.push((false, SOUND, false, false));
        }
        while self.next_frame <= now {
            self.next_frame += Duration::from_secs(1) / 30;
            self.frames += 1;
            let mut left = FRAME;
            while left > 0 {
                let size = left.min(PACKET);
                left -= size;
                packets.push((
                    true,
                    size.max(STAMP + Stamp::SIZE),
                    size == FRAME.min(PACKET) && left + size == FRAME,
                    left == 0,
                ));
            }
        }
        if !ready {
            return;
        }
        for (video, size, first, last) in packets {
            let mut payload = vec![0; size];
            if video {
                let keyframe = first && (self.want_keyframe || self.frames < 3);
                self.want_keyframe &= !keyframe;
                head(&mut payload, self.frames, first, keyframe);
            }
            let at = stamp_now();
            Stamp { at, from: n, video }.write(&mut payload);
            let sequence = &mut self.sequences[usize::from(video)];
            *sequence += 1;
            self.sent += u64::from(at >= window.0 && at < window.1);
            match (&mut line.rtc, self.tracks) {
                (Some(rtc), Some((audio, video_mid))) => {
                    let (mid, payload_type, time) = if video {
                        (video_mid, 96, self.frames * 3000)
                    } else {
                        (audio, 111, *sequence as u32 * 960)
                    };
                    let write = RtpWrite::new(payload_type.into(), (*sequence).into(), time, now, payload);
                    let mut api = rtc.direct_api();
                    let stream = api.stream_tx_by_mid(mid, None).expect("agreed to");
                    stream.write_rtp(write.marker(last).nackable(video));
                }
                _ => {
                    let bytes = seal(&line.key, n, video, *sequence as u32, payload);
                    line.socket.send_now(target_address(), &bytes);
                }
            }
        }
        if let Some(line) = self.up.as_mut().filter(|line| line.rtc.is_some()) {
            line.settle(now, &mut |_, _| {}, &mut self.want_keyframe, 0);
        }
    }
}

/// The head of a VP8 packet (RFC 7741), numbered.
fn head(payload: &mut [u8], picture: u32, first: bool, keyframe: bool) {
    let picture = picture as u16 | 0x8000;
    let begin = if first { 0x10 } else { 0 };
    payload[..4].copy_from_slice(&[0x80 | begin, 0x80, (picture >> 8) as u8, picture as u8]);
    payload[4] = u8::from(!keyframe);
    if keyframe {
        payload[7..14].copy_from_slice(&[0x9d, 0x01, 0x2a, 0x80, 0x02, 0x68, 0x01]);
    }
}

impl Line {
    fn new(n: u16, webrtc: bool) -> Line {
        let socket = Batch::new(UdpSocket::bind((LOCAL, 0)).expect("a port"));
        let address = socket.socket.local_addr().expect("it is bound");
        let rtc = webrtc.then(|| {
            let config = RtcConfig::new().set_rtp_mode(true).clear_codecs();
            let mut rtc = config.enable_opus(true, false).enable_vp8(true).build(Instant::now());
            rtc.add_local_candidate(Candidate::host(address, "udp").expect("an address"));
            rtc
        });
        Line { rtc, key: key(n), socket, address, wake: Instant::now() }
    }

    fn receive(&mut self, now: Instant, hear: &mut impl FnMut(Stamp, u64), want_keyframe: &mut bool) {
        for (source, mut bytes, arrived) in self.socket.receive() {
            let Some(rtc) = &mut self.rtc else {
                if let Some(stamp) = open(&self.key, &mut bytes).and_then(Stamp::read) {
                    hear(stamp, arrived);
                }
                continue;
            };
            if let Ok(datagram) = Receive::new(Protocol::Udp, source, self.address, &bytes) {
                rtc.handle_input(Input::Receive(now, datagram)).expect("no mistake");
                self.drain(hear, want_keyframe, arrived);
            }
        }
    }

    fn settle(
        &mut self,
        now: Instant,
        hear: &mut impl FnMut(Stamp, u64),
        want_keyframe: &mut bool,
        arrived: u64,
    ) {
        match &mut self.rtc {
            Some(rtc) => {
                rtc.handle_input(Input::Timeout(now)).expect("no mistake");
                self.drain(hear, want_keyframe, arrived);
            }
            None => self.wake = now + Duration::from_secs(3600),
        }
    }

    fn drain(&mut self, hear: &mut impl FnMut(Stamp, u64), want_keyframe: &mut bool, arrived: u64) {
        let Some(rtc) = &mut self.rtc else { return };
        loop {
            match rtc.poll_output().expect("no mistake") {
                Output::Timeout(at) => return self.wake = at,
                Output::Transmit(transmit) => self.socket.send_now(transmit.destination, &transmit.contents),
                Output::Event(Event::KeyframeRequest(_)) => *want_keyframe = true,
                Output::Event(Event::RtpPacket(packet)) => {
                    if let Some(stamp) = Stamp::read(&packet.payload) {
                        hear(stamp, if arrived == 0 { stamp_now() } else { arrived });
                    }
                }
                Output::Event(_) => {}
            }
        }
    }
}

/// Who sent a packet, and when.
#[derive(Clone, Copy)]
struct Stamp {
    /// Nanoseconds since 1970, as the kernel stamps what it receives.
    at: u64,
    from: u16,
    video: bool,
}

impl Stamp {
    const SIZE: usize = 15;
    const MAGIC: [u8; 4] = *b"wiz!";

    fn write(self, payload: &mut [u8]) {
        let to = &mut payload[STAMP..STAMP + Stamp::SIZE];
        to[..4].copy_from_slice(&Stamp::MAGIC);
        to[4..12].copy_from_slice(&self.at.to_be_bytes());
        to[12..14].copy_from_slice(&self.from.to_be_bytes());
        to[14] = u8::from(self.video);
    }

    fn read(payload: &[u8]) -> Option<Stamp> {
        let from = payload.get(STAMP..STAMP + Stamp::SIZE)?;
        let at = u64::from_be_bytes(from[4..12].try_into().expect("eight bytes"));
        let publisher = u16::from_be_bytes([from[12], from[13]]);
        (from[..4] == Stamp::MAGIC).then_some(Stamp { at, from: publisher, video: from[14] != 0 })
    }
}

fn stamp_now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_nanos() as u64
}

// ── the targets ──────────────────────────────────────────────────────────────────────────────────

/// A target in a process of its own, spoken to in lines of JSON.
struct Target {
    child: Child,
    input: ChildStdin,
    said: Receiver<Value>,
}

impl Target {
    fn start(name: &str) -> Target {
        let mut command = Command::new(std::env::current_exe().expect("it runs"));
        command.args(["--serve", name]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("it can be run again");
        let input = child.stdin.take().expect("piped");
        let output = BufReader::new(child.stdout.take().expect("piped"));
        let (tell, said) = channel();
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                let _ = tell.send(serde_json::from_str(&line).expect("JSON"));
            }
        });
        let ready: Value = said.recv().expect("it says that it is ready");
        assert_eq!(ready["what"], "ready");
        Target { child, input, said }
    }

    fn say(&mut self, message: &Value) {
        writeln!(self.input, "{message}").expect("it listens");
    }

    /// Seconds that it has been on a core.
    fn cpu(&self) -> f64 {
        let tasks = fs::read_dir(format!("/proc/{}/task", self.child.id())).expect("it runs");
        let nanoseconds: u64 = tasks
            .flatten()
            .filter_map(|task| fs::read_to_string(task.path().join("schedstat")).ok())
            .filter_map(|text| text.split(' ').next()?.parse::<u64>().ok())
            .sum();
        nanoseconds as f64 / 1e9
    }

    /// The most memory it has had, in MiB.
    fn memory(&self) -> f64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("it runs");
        let line = status.lines().find(|line| line.starts_with("VmHWM")).expect("Linux tells");
        line.split_whitespace().nth(1).and_then(|text| text.parse::<f64>().ok()).expect("kB") / 1024.0
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Lines that come on standard input.
fn orders() -> Receiver<Value> {
    let (tell, orders) = channel();
    std::thread::spawn(move || {
        for line in io::stdin().lines().map_while(Result::ok) {
            let _ = tell.send(serde_json::from_str(&line).expect("JSON"));
        }
        std::process::exit(0);
    });
    orders
}

fn answer(message: &Value) {
    let mut output = io::stdout().lock();
    writeln!(output, "{message}").and_then(|()| output.flush()).expect("somebody listens");
}

fn target_address() -> SocketAddr {
    SocketAddr::new(IpAddr::V4(LOCAL), 18_555)
}

/// The relay itself.
fn serve_ours() {
    pin(0);
    let setup =
        Setup { listen: vec![target_address()], addresses: vec![LOCAL.into()], threads: 1, capacity: 64 };
    let (media, mut told) = Media::start(&setup).expect("the port is free");
    let said = media.clone();
    let orders = orders();
    std::thread::spawn(move || {
        for order in orders {
            let id = PersonId(order["id"].as_u64().expect("an id") as u32);
            let sdp = order["sdp"].as_str().unwrap_or_default().to_owned();
            match order["what"].as_str() {
                Some("join") => media.join(id, RoomId(order["room"].as_u64().expect("a room") as u32), None),
                Some("offer") => media.up_offer(id, 1, sdp),
                Some("answer") => {
                    media.down_answer(id, order["connection"].as_u64().expect("one") as u32, sdp)
                }
                _ => {}
            }
        }
    });
    answer(&json!({"what": "ready"}));
    while let Some(event) = told.blocking_recv() {
        match event {
            MediaEvent::UpAnswer { member, sdp, .. } => {
                answer(&json!({"what": "answer", "id": member, "sdp": sdp}));
            }
            MediaEvent::Relay(sfu::Event::DownOffer { member, connection, sdp }) => {
                answer(&json!({"what": "offer", "id": member, "connection": connection, "sdp": sdp}));
            }
            MediaEvent::Refused { why, .. } => panic!("refused: {why}"),
            _ => {}
        }
    }
    said.stop();
}

/// A plain forwarder of the same engine: the same batches, one drain for each subscriber and batch.
fn serve_floor() {
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

/// UDP in batches, one AES-128-GCM opening for each packet in and one sealing for each out.
fn serve_raw() {
    pin(0);
    let mut socket = Batch::new(UdpSocket::bind(target_address()).expect("the port is free"));
    let orders = orders();
    let mut keys: HashMap<u16, (u64, LessSafeKey)> = HashMap::new();
    let mut rooms: HashMap<u64, Vec<(u16, SocketAddr, LessSafeKey)>> = HashMap::new();
    answer(&json!({"what": "ready"}));
    loop {
        let wait = Timespec::try_from(Duration::from_millis(100)).expect("short");
        let _ = poll(&mut [PollFd::new(&socket.socket, PollFlags::IN)], Some(&wait));
        while let Ok(order) = orders.try_recv() {
            let (id, room) =
                (order["id"].as_u64().expect("an id") as u16, order["room"].as_u64().expect("a room"));
            let address: SocketAddr =
                order["address"].as_str().and_then(|text| text.parse().ok()).expect("one");
            keys.insert(id, (room, key(id)));
            if order["subscribes"] == true {
                rooms.entry(room).or_default().push((id, address, key(id)));
            }
        }
        let mut runs: HashMap<SocketAddr, Vec<Vec<u8>>> = HashMap::new();
        for (_, mut bytes, _) in socket.receive() {
            let from = u16::from_be_bytes([bytes[8], bytes[9]]);
            let video = bytes[1] == 96;
            let sequence = u32::from_be_bytes([bytes[2], bytes[3], bytes[4], bytes[5]]);
            let Some((room, key)) = keys.get(&from) else { continue };
            let Some(payload) = open(key, &mut bytes).map(<[u8]>::to_vec) else { continue };
            for (id, address, key) in rooms.get(room).into_iter().flatten().filter(|(id, ..)| *id != from) {
                let _ = id;
                runs.entry(*address).or_default().push(seal(key, from, video, sequence, payload.clone()));
            }
        }
        for (address, run) in runs {
            run.iter().for_each(|bytes| socket.send(address, bytes));
        }
        socket.flush();
    }
}

fn key(id: u16) -> LessSafeKey {
    let mut bytes = [0x42; 16];
    bytes[..2].copy_from_slice(&id.to_be_bytes());
    LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &bytes).expect("sixteen bytes"))
}

/// An RTP header, the sealed payload, the tag.
fn seal(key: &LessSafeKey, from: u16, video: bool, sequence: u32, mut payload: Vec<u8>) -> Vec<u8> {
    let mut bytes = vec![0; 12];
    bytes[0] = 0x80;
    bytes[1] = if video { 96 } else { 111 };
    bytes[2..6].copy_from_slice(&sequence.to_be_bytes());
    bytes[8..10].copy_from_slice(&from.to_be_bytes());
    let nonce = Nonce::try_assume_unique_for_key(&bytes).expect("twelve bytes");
    key.seal_in_place_append_tag(nonce, Aad::from(bytes.clone()), &mut payload).expect("it is short");
    bytes.extend(payload);
    bytes
}

fn open<'a>(key: &LessSafeKey, bytes: &'a mut [u8]) -> Option<&'a [u8]> {
    let (header, body) = bytes.split_at_mut_checked(12)?;
    let nonce = Nonce::try_assume_unique_for_key(header).ok()?;
    key.open_in_place(nonce, Aad::from(&*header), body).ok().map(|body| &*body)
}

/// A socket that receives and sends in batches.
struct Batch {
    socket: UdpSocket,
    state: UdpSocketState,
    buffers: Vec<u8>,
    run: Vec<u8>,
    head: Option<(SocketAddr, usize, usize)>,
}

impl Batch {
    const BUFFER: usize = 1 << 16;

    fn new(socket: UdpSocket) -> Batch {
        let state = UdpSocketState::new((&socket).into()).expect("a socket");
        let _ = rustix::net::sockopt::set_socket_recv_buffer_size_force(&socket, 4 << 20);
        let _ = rustix::net::sockopt::set_socket_send_buffer_size_force(&socket, 4 << 20);
        Batch { socket, state, buffers: vec![0; BATCH_SIZE * Batch::BUFFER], run: Vec::new(), head: None }
    }

    /// Source, bytes, and when the kernel got them.
    fn receive(&mut self) -> Vec<(SocketAddr, Vec<u8>, u64)> {
        let mut received = Vec::new();
        let mut metas = [RecvMeta::default(); BATCH_SIZE];
        let mut buffers = self.buffers.chunks_exact_mut(Batch::BUFFER);
        let mut slices: [IoSliceMut<'_>; BATCH_SIZE] =
            std::array::from_fn(|_| IoSliceMut::new(buffers.next().expect("one each")));
        let count = self.state.recv((&self.socket).into(), &mut slices, &mut metas).unwrap_or(0);
        for (meta, buffer) in metas.iter().zip(&slices).take(count) {
            let arrived = meta.timestamp.map_or(0, |at| at.as_nanos() as u64);
            for bytes in buffer[..meta.len].chunks(meta.stride.max(1)) {
                received.push((meta.addr, bytes.to_vec(), arrived));
            }
        }
        received
    }

    fn send_now(&mut self, destination: SocketAddr, bytes: &[u8]) {
        let _ = self.socket.send_to(bytes, destination);
    }

    fn send(&mut self, destination: SocketAddr, bytes: &[u8]) {
        let fits = self.head.is_some_and(|(to, size, count)| {
            to == destination
                && bytes.len() <= size
                && self.run.len() == size * count
                && count < self.state.max_gso_segments()
                && self.run.len() + bytes.len() < 60_000
        });
        if !fits {
            self.flush();
            self.head = Some((destination, bytes.len(), 0));
        }
        self.run.extend_from_slice(bytes);
        if let Some((.., count)) = &mut self.head {
            *count += 1;
        }
    }

    fn flush(&mut self) {
        let Some((destination, size, count)) = self.head.take() else { return };
        let segment_size = (count > 1).then_some(size);
        let message =
            quinn_udp::Transmit { destination, ecn: None, contents: &self.run, segment_size, src_ip: None };
        let _ = self.state.try_send((&self.socket).into(), &message);
        self.run.clear();
    }
}

fn pin(core: usize) {
    let mut set = rustix::thread::CpuSet::new();
    set.set(core);
    let _ = rustix::thread::sched_setaffinity(None, &set);
}
