//! The load: members who publish and subscribe, and what they hear of each other.

use crate::client_connection::{ClientConnection, Raw, connect, turn};
use crate::packet::{PACKET, SOUND, Shape, Stamp, head, stamp_now};
use crate::raw::seal;
use crate::target::{Target, target_address};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::{Duration, Instant};
use str0m::media::Mid;
use str0m::rtp::RtpWrite;
use testkit::Offer;

/// Everybody, and what counts.
pub(crate) struct Load {
    /// Whoever has left keeps the place, and the number.
    pub(crate) members: Vec<Member>,
    pub(crate) shape: Shape,
    raw: bool,
    /// Nanoseconds since 1970 between which packets count.
    pub(crate) window: (u64, u64),
    pub(crate) received: u64,
    /// In microseconds.
    pub(crate) latencies: Vec<u32>,
    /// What the target has said that is not an offer or an answer.
    pub(crate) told: Vec<Value>,
    /// The target is at its end, and leaves pictures out.
    pub(crate) strained: bool,
}

/// One member, with a connection to send and one to receive.
pub(crate) struct Member {
    pub(crate) room: usize,
    pub(crate) publishes: bool,
    pub(crate) subscribes: bool,
    up: Option<ClientConnection>,
    down: Option<ClientConnection>,
    /// The target's number for `down`.
    connection: u64,
    /// Instead of both, where the cipher is bare.
    raw: Option<Raw>,
    /// Sound and picture.
    tracks: [Mid; 2],
    want_keyframe: bool,
    next_frame: Instant,
    next_sound: Instant,
    sequences: [u64; 2],
    frames: u32,
    /// Packets in the window.
    pub(crate) sent: u64,
    /// By publisher, sound and picture.
    pub(crate) heard: HashMap<u16, [Heard; 2]>,
}

/// What has come of one stream, by the numbers in its stamps.
#[derive(Clone, Copy, Default)]
pub(crate) struct Heard {
    first: u32,
    last: u32,
    pub(crate) count: u32,
}

impl Heard {
    fn hear(&mut self, number: u32) {
        if self.count == 0 {
            (self.first, self.last) = (number, number);
        }
        self.first = self.first.min(number);
        self.last = self.last.max(number);
        self.count += 1;
    }

    /// How many between the first and the last have not come.
    pub(crate) fn lost(self) -> u32 {
        if self.count == 0 { 0 } else { (self.last - self.first + 1).saturating_sub(self.count) }
    }
}

impl Load {
    pub(crate) fn new(members: Vec<Member>, shape: Shape, raw: bool) -> Load {
        Load {
            members,
            shape,
            raw,
            window: (u64::MAX, u64::MAX),
            received: 0,
            latencies: Vec::new(),
            told: Vec::new(),
            strained: false,
        }
    }

    pub(crate) fn connect(&mut self, target: &mut Target, n: usize) {
        let member = &mut self.members[n];
        if self.raw {
            let raw = member.raw.insert(Raw::new(target.here, n as u16));
            return target.say(&json!({"what": "join", "id": n, "room": member.room, "address": raw.address,
                "publishes": member.publishes, "subscribes": member.subscribes}));
        }
        target.say(&json!({"what": "join", "id": n, "room": member.room}));
        if member.publishes {
            let Offer { sdp, audio, video } = member.up.insert(connect(target)).offer(&[]);
            member.tracks = [audio, video];
            target.say(&json!({"what": "offer", "id": n, "sdp": sdp}));
        }
        self.run(target, Duration::from_millis(10));
    }

    /// The member is gone without a word, as when a page is closed.
    pub(crate) fn disconnect(&mut self, target: &mut Target, n: usize) {
        let member = &mut self.members[n];
        (member.publishes, member.subscribes) = (false, false);
        (member.up, member.down) = (None, None);
        target.say(&json!({"what": "leave", "id": n}));
    }

    /// How many have not been heard yet by somebody who is to hear them; and seen, unless pictures are left
    /// out.
    pub(crate) fn missing(&self) -> usize {
        let mut missing = 0;
        for (s, subscriber) in self.members.iter().enumerate() {
            for (p, publisher) in self.members.iter().enumerate() {
                let heard = subscriber.heard.get(&(p as u16));
                let due = if self.strained { 1 } else { 2 };
                let heard = heard.is_some_and(|kinds| kinds[..due].iter().all(|heard| heard.count > 0));
                missing += usize::from(subscriber.expects(s, p, publisher) && !heard);
            }
        }
        missing
    }

    pub(crate) fn run(&mut self, target: &mut Target, time: Duration) {
        let until = Instant::now() + time;
        while Instant::now() < until {
            self.turn(target, Duration::from_millis(5));
        }
    }

    pub(crate) fn turn(&mut self, target: &mut Target, limit: Duration) {
        while let Ok(message) = target.said.try_recv() {
            self.listen(target, message);
        }
        let now = Instant::now();
        let (window, shape) = (self.window, self.shape);
        let wakes = self.members.iter().filter(|member| member.publishes);
        let media = wakes.map(|member| member.next_frame.min(member.next_sound)).min();
        let until = media.map_or(limit, |at| at.saturating_duration_since(now).min(limit));
        let readable = |socket| PollFd::from_borrowed_fd(socket, PollFlags::IN);
        let mut fds: Vec<_> = self.members.iter().flat_map(Member::sockets).map(readable).collect();
        let _ = poll(&mut fds, Some(&Timespec::try_from(until).expect("short")));
        let ready: Vec<bool> = fds.iter().map(|fd| !fd.revents().is_empty()).collect();
        drop(fds);
        let mut ready = ready.into_iter();
        for (n, member) in self.members.iter_mut().enumerate() {
            let now = Instant::now();
            let Member { up, down, raw, heard, want_keyframe, .. } = member;
            let mut hear = |stamp: Stamp, arrived: u64| {
                heard.entry(stamp.from).or_default()[usize::from(stamp.video)].hear(stamp.number);
                if stamp.at >= window.0 && stamp.at < window.1 {
                    self.received += 1;
                    self.latencies.push((arrived.saturating_sub(stamp.at) / 1000) as u32);
                }
            };
            for client in [up, down].into_iter().flatten() {
                turn(client, now, ready.next().expect("one for each socket"), want_keyframe, &mut hear);
            }
            if let Some(raw) = raw
                && ready.next().expect("one for each socket")
            {
                raw.receive(&mut hear);
            }
            if member.publishes {
                member.play(n as u16, now, shape, window);
            }
        }
    }

    fn listen(&mut self, target: &mut Target, message: Value) {
        let what = message["what"].as_str().expect("it says what it is");
        match what {
            "answer" | "offer" => {}
            "strained" => return self.strained = message["strain"] != "None",
            _ => return self.told.push(message),
        }
        let n = message["id"].as_u64().expect("an id") as usize;
        let sdp = message["sdp"].as_str().expect("an SDP");
        let member = &mut self.members[n];
        // Who has left is not interested.
        if what == "answer" {
            if let Some(client) = &mut member.up {
                client.accept(Instant::now(), sdp);
            }
        } else if member.subscribes {
            let connection = message["connection"].as_u64().expect("its number");
            if std::mem::replace(&mut member.connection, connection) != connection {
                member.down = None;
            }
            let client = member.down.get_or_insert_with(|| connect(target));
            let answer = client.answer(Instant::now(), sdp);
            target.say(&json!({"what": "answer", "id": n, "connection": connection, "sdp": answer}));
        }
    }
}

impl Member {
    pub(crate) fn new(room: usize, publishes: bool, subscribes: bool, now: Instant) -> Member {
        Member {
            room,
            publishes,
            subscribes,
            up: None,
            down: None,
            connection: 0,
            raw: None,
            tracks: ["a".into(); 2],
            want_keyframe: true,
            next_frame: now,
            next_sound: now,
            sequences: [0; 2],
            frames: 0,
            sent: 0,
            heard: HashMap::new(),
        }
    }

    pub(crate) fn expects(&self, me: usize, at: usize, other: &Member) -> bool {
        me != at && self.subscribes && other.publishes && self.room == other.room
    }

    fn sockets(&self) -> impl Iterator<Item = BorrowedFd<'_>> {
        let connections =
            [&self.up, &self.down].into_iter().flatten().map(|client| client.transport.socket());
        connections.chain(self.raw.iter().map(|raw| raw.socket.socket.as_fd()))
    }

    /// Sends what is due.
    fn play(&mut self, n: u16, now: Instant, shape: Shape, window: (u64, u64)) {
        let ready = self.raw.is_some() || self.up.as_ref().is_some_and(|client| client.rtc.is_connected());
        // Picture or sound, how long, the first and the last of its picture.
        let mut packets: Vec<(bool, usize, bool, bool)> = Vec::new();
        while self.next_sound <= now {
            self.next_sound += shape.sound;
            packets.push((false, SOUND, false, false));
        }
        while self.next_frame <= now {
            self.next_frame += Duration::from_secs(1) / shape.fps;
            self.frames += 1;
            let mut left = shape.frame;
            while left > 0 {
                let first = left == shape.frame;
                let size = left.min(PACKET);
                left -= size;
                packets.push((true, size.max(Stamp::LEAST), first, left == 0));
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
            let sequence = &mut self.sequences[usize::from(video)];
            *sequence += 1;
            Stamp { at, from: n, video, number: *sequence as u32 }.write(&mut payload);
            self.sent += u64::from(at >= window.0 && at < window.1);
            if let Some(raw) = &mut self.raw {
                let bytes = seal(&raw.key, n, video, *sequence as u32, payload);
                raw.socket.send_now(target_address(), &bytes);
            } else if let Some(client) = &mut self.up {
                let (payload_type, time) = if video {
                    (96, self.frames * (90_000 / shape.fps))
                } else {
                    (111, *sequence as u32 * 48 * shape.sound.as_millis() as u32)
                };
                let write = RtpWrite::new(payload_type.into(), (*sequence).into(), time, now, payload);
                client.write(now, self.tracks[usize::from(video)], None, write.marker(last).nackable(video));
            }
        }
        if let Some(client) = &mut self.up {
            turn(client, now, false, &mut self.want_keyframe, |_, _| {});
        }
    }
}

/// Who is there: room, whether it publishes, whether it subscribes. `fan:20` or `mesh:10x4`.
pub(crate) fn workload(name: &str) -> Vec<(usize, bool, bool)> {
    let (kind, size) = name.split_once(':').expect("kind:size");
    let number = |text: &str| text.parse::<usize>().expect("a number");
    if kind == "fan" {
        return (0..=number(size)).map(|n| (0, n == 0, n > 0)).collect();
    }
    let (rooms, each) = size.split_once('x').expect("rooms x members");
    let (rooms, each) = (number(rooms), number(each));
    (0..rooms * each).map(|n| (n / each, true, true)).collect()
}

/// Over the interval, so that publishers do not beat together.
pub(crate) fn spread(members: &mut [Member], shape: Shape, now: Instant) {
    let publishers = members.iter().filter(|member| member.publishes).count() as u32;
    for (n, member) in members.iter_mut().filter(|member| member.publishes).enumerate() {
        let n = n as u32;
        member.next_frame = now + Duration::from_secs(1) / shape.fps * n / publishers;
        member.next_sound = now + shape.sound * ((n * 7) % publishers) / publishers;
    }
}
