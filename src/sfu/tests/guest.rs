//! A guest in a scenario: a browser of the same engine, whose pictures and sounds say what they are.

use super::super::connection::ConnectionRole;
use super::super::member::Wanted;
use super::super::rtc_config::without;
use super::super::*;
use super::scenario::{Link, guest_address, ms, secs};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::net::SocketAddr;
use std::time::Duration;
use str0m::RtcConfig;
use str0m::format::CodecConfig;
use str0m::media::{KeyframeRequestKind, Mid, Rid};
use str0m::net::Transmit;
use str0m::rtp::{Extension, ExtensionValues, RtpWrite, Ssrc, Vp8Descriptor};

pub(super) const RIDS: [&str; 3] = ["l", "m", "h"];
/// Packets a frame, and bytes of each, of every layer.
pub(super) const SHAPE: [(usize, usize); 3] = [(1, 500), (2, 1000), (5, 1100)];
pub(super) const WIDTH: [u16; 3] = [320, 640, 1280];
/// Payload types.
pub(super) const VP8: u8 = 96;
pub(super) const H264: u8 = 108;
/// Pictures a second.
pub(super) const FPS: u32 = 15;
/// Packets of sound a second.
pub(super) const SOUND: u32 = 25;

pub(super) struct Guest {
    pub(super) n: usize,
    pub(super) link: Link,
    pub(super) up: ClientConnection,
    pub(super) down: ClientConnection,
    /// What `down` takes the place of.
    pub(super) before: Option<ClientConnection>,
    pub(super) connection: u32,
    pub(super) loads: u16,
    pub(super) abilities: Abilities,
    pub(super) audio: Mid,
    pub(super) video: Mid,
    pub(super) wanted: Wanted,
    /// Of the screen.
    pub(super) screen: Wanted,
    pub(super) screen_sequence: u32,
    pub(super) level: i8,
    pub(super) silent: bool,
    /// Repeats its sound.
    pub(super) red: bool,
    /// Whose sound came under which payload type.
    pub(super) sounds: BTreeSet<(usize, u8)>,
    /// And whose picture, packets of each.
    pub(super) pictures: BTreeMap<(usize, u8), usize>,
    pub(super) up_connected: bool,
    pub(super) down_connected: Option<Instant>,
    pub(super) next_frame: Instant,
    pub(super) next_sound: Instant,
    pub(super) frame: u32,
    pub(super) sound: u32,
    pub(super) sequence: [u64; 4],
    pub(super) keyframe: [bool; 3],
    /// Keyframes that were asked of it, of each layer.
    pub(super) asked: [usize; 3],
    /// Who sits on which m-line.
    pub(super) seats: BTreeMap<String, (usize, Source)>,
    pub(super) streams: BTreeMap<Ssrc, Stream>,
    pub(super) arrived: HashSet<Stamp>,
    pub(super) heard: BTreeMap<usize, usize>,
    pub(super) sights: BTreeMap<usize, Sight>,
}

/// What a guest's browser knows.
#[derive(Clone, Copy)]
pub(super) struct Abilities {
    pub(super) red: bool,
    pub(super) vp8: bool,
    pub(super) h264: bool,
    pub(super) av1: bool,
    /// transport-cc
    pub(super) reports: bool,
    /// Turns pictures as their packets say.
    pub(super) turns: bool,
}

/// What comes of somebody's picture: the newest frame, when it came, and the longest wait for one.
pub(super) struct Sight {
    frame: u32,
    pub(super) at: Instant,
    pub(super) longest: Duration,
}

/// One of a guest's connections.
pub(super) type ClientConnection = testkit::Connection<Vec<Transmit>>;

/// What came on one stream.
#[derive(Default)]
pub(super) struct Stream {
    pub(super) video: bool,
    pub(super) from: BTreeSet<usize>,
    pub(super) keyframe: Option<Instant>,
    /// Sequence number → picture number, TL0 number, timestamp, keyframe, last layer.
    pub(super) packets: BTreeMap<u64, Piece>,
}

#[derive(Clone, Copy)]
pub(super) struct Piece {
    pub(super) picture_id: u16,
    pub(super) tl0: u8,
    pub(super) timestamp: u32,
    pub(super) stamp: Stamp,
    pub(super) keyframe: bool,
}

/// Written into every packet of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Stamp {
    pub(super) from: u8,
    pub(super) layer: u8,
    pub(super) frame: u32,
    pub(super) index: u8,
}

impl Guest {
    pub(super) fn new(n: usize, loads: u16, abilities: Abilities, now: Instant) -> Guest {
        let at = |port: u16| SocketAddr::new(guest_address(n), port + loads * 100);
        Guest {
            n,
            link: Link { loss: 0.0, delay: ms(5), jitter: ms(0), rate: None, free: now },
            up: ClientConnection::new(abilities.config(), at(5000), Vec::new(), now),
            down: ClientConnection::new(abilities.config(), at(6000), Vec::new(), now),
            before: None,
            connection: 0,
            loads,
            abilities,
            audio: "a".into(),
            video: "v".into(),
            wanted: Wanted { audio: true, layers: [true; 3], av1: false },
            screen: Wanted::default(),
            screen_sequence: 0,
            level: -80,
            silent: false,
            red: false,
            sounds: BTreeSet::new(),
            pictures: BTreeMap::new(),
            up_connected: false,
            down_connected: None,
            // Not all at the same moment.
            next_frame: now + ms(3 * n as u64),
            next_sound: now + ms(2 * n as u64),
            frame: 0,
            sound: 0,
            sequence: [100, 200, 300, 65_000],
            keyframe: [true; 3],
            asked: [0; 3],
            seats: BTreeMap::new(),
            streams: BTreeMap::new(),
            arrived: HashSet::new(),
            heard: BTreeMap::new(),
            sights: BTreeMap::new(),
        }
    }

    /// Sends what is due of picture and sound.
    pub(super) fn send_media(&mut self, now: Instant) {
        while self.next_sound <= now {
            self.next_sound += secs(1) / SOUND;
            self.sound += 1;
            if self.up_connected && self.wanted.audio && !self.silent {
                let ext = ExtensionValues {
                    audio_level: Some(self.level),
                    voice_activity: Some(self.level > -50),
                    ..ExtensionValues::default()
                };
                let sound = vec![self.n as u8; 80];
                // RFC 2198: the head of the block before, the head of this one, and both.
                let mut twice = vec![0x80 | 111, 0x1e, 0x00, 80, 111];
                twice.extend([&sound[..], &sound[..]].concat());
                let (payload_type, payload) = if self.red { (63, twice) } else { (111, sound) };
                self.sequence[0] += 1;
                let write = RtpWrite::new(
                    payload_type.into(),
                    self.sequence[0].into(),
                    self.sound * 1920,
                    now,
                    payload,
                );
                self.up.write(now, self.audio, None, write.ext_vals(ext));
            }
        }
        let agreed = self.up.rtc.media(self.video).map(|media| media.remote_pts()).unwrap_or_default();
        let payload_type = if agreed.contains(&H264.into()) { H264 } else { VP8 };
        while self.next_frame <= now {
            self.next_frame += secs(1) / FPS;
            self.frame += 1;
            for layer in 0..3 {
                // What is not wanted is not encoded, and begins with a keyframe when it is.
                if !self.up_connected || self.silent || !self.wanted.layers[layer] {
                    self.keyframe[layer] = true;
                    continue;
                }
                let keyframe = std::mem::take(&mut self.keyframe[layer]);
                let (packets, bytes) = SHAPE[layer];
                for index in 0..packets {
                    let stamp = Stamp {
                        from: self.n as u8,
                        layer: layer as u8,
                        frame: self.frame,
                        index: index as u8,
                    };
                    let sequence = &mut self.sequence[layer + 1];
                    *sequence += 1;
                    // Each layer has its own clock.
                    let time = self.frame * (90_000 / FPS) + layer as u32 * 1_000_000;
                    let payload = match payload_type {
                        H264 => h264_picture(&stamp, keyframe, bytes),
                        _ => picture(&stamp, keyframe, bytes),
                    };
                    let write = RtpWrite::new(payload_type.into(), (*sequence).into(), time, now, payload)
                        .marker(index + 1 == packets)
                        .nackable(true);
                    self.up.write(now, self.video, Some(RIDS[layer].into()), write);
                }
            }
        }
    }

    pub(super) fn listen(&mut self, now: Instant, role: ConnectionRole, event: str0m::Event) {
        match event {
            str0m::Event::Connected if role == ConnectionRole::Publish => self.up_connected = true,
            str0m::Event::Connected => self.down_connected = Some(now),
            str0m::Event::KeyframeRequest(request) => {
                assert_eq!(request.kind, KeyframeRequestKind::Pli);
                let layer = RIDS.iter().position(|rid| Some(Rid::from(*rid)) == request.rid);
                if let Some(layer) = layer {
                    self.keyframe[layer] = true;
                    self.asked[layer] += 1;
                }
            }
            str0m::Event::RtpPacket(packet) => {
                let stream = self.streams.entry(packet.header.ssrc).or_default();
                let payload_type = *packet.header.payload_type;
                if payload_type != VP8 && payload_type != H264 {
                    let from = usize::from(packet.payload[if payload_type == 63 { 5 } else { 0 }]);
                    self.sounds.insert((from, payload_type));
                    stream.from.insert(from);
                    *self.heard.entry(from).or_default() += 1;
                    return;
                }
                let stamp = Stamp::read(&packet.payload);
                *self.pictures.entry((stamp.from.into(), payload_type)).or_default() += 1;
                if payload_type == H264 {
                    return;
                }
                let descriptor = Vp8Descriptor::parse(&packet.payload).expect("a picture");
                let keyframe = descriptor.starts_keyframe(&packet.payload);
                stream.video = true;
                stream.from.insert(usize::from(stamp.from));
                if keyframe {
                    stream.keyframe.get_or_insert(now);
                }
                self.arrived.insert(stamp);
                let first = Sight { frame: stamp.frame, at: now, longest: Duration::ZERO };
                let sight = self.sights.entry(stamp.from.into()).or_insert(first);
                if stamp.frame > sight.frame {
                    let longest = sight.longest.max(now - sight.at);
                    *sight = Sight { frame: stamp.frame, at: now, longest };
                }
                let piece = Piece {
                    picture_id: descriptor.picture_id().expect("it is numbered"),
                    tl0: descriptor.tl0_pic_idx().expect("it is numbered"),
                    timestamp: packet.header.timestamp,
                    stamp,
                    keyframe,
                };
                stream.packets.insert(*packet.seq_no, piece);
            }
            _ => {}
        }
    }

    /// `SubscribeNext` is the newest `down`.
    pub(super) fn client_connection(&mut self, role: ConnectionRole) -> Option<&mut ClientConnection> {
        match role {
            ConnectionRole::Publish => Some(&mut self.up),
            ConnectionRole::SubscribeNext => Some(&mut self.down),
            ConnectionRole::Subscribe => self.before.as_mut(),
        }
    }

    /// How many frames have come.
    pub(super) fn frames(&self) -> usize {
        self.arrived.iter().map(|stamp| (stamp.from, stamp.frame)).collect::<BTreeSet<_>>().len()
    }
}

impl Abilities {
    /// Enough for most scenarios.
    pub(super) const USUAL: Abilities =
        Abilities { red: true, vp8: true, h264: false, av1: false, reports: true, turns: true };

    pub(super) fn config(self) -> RtcConfig {
        let Abilities { red, vp8, h264, av1, reports, turns } = self;
        let mut config = testkit::config(red).enable_vp8(vp8).enable_av1(av1);
        if h264 {
            config.codec_config().add_h264(108.into(), Some(109.into()), true, 0x42_e0_1f);
        }
        if !reports {
            let mut codecs = config.codec_config().params().to_vec();
            codecs.iter_mut().for_each(|codec| codec.set_fb_transport_cc(false));
            *config.codec_config() = CodecConfig::new_from_payload_params(codecs);
        }
        if !turns {
            config = config.set_extension_map(without(&Extension::VideoOrientation));
        }
        config
    }
}

impl Stamp {
    /// Behind the descriptor and the head of a keyframe.
    const AT: usize = 16;

    pub(super) fn read(payload: &[u8]) -> Stamp {
        let at = |n: usize| payload[Stamp::AT + n];
        let frame = u32::from_be_bytes([at(2), at(3), at(4), at(5)]);
        Stamp { from: at(0), layer: at(1), frame, index: at(6) }
    }

    fn write(&self, payload: &mut [u8]) {
        payload[Stamp::AT..Stamp::AT + 2].copy_from_slice(&[self.from, self.layer]);
        payload[Stamp::AT + 2..Stamp::AT + 6].copy_from_slice(&self.frame.to_be_bytes());
        payload[Stamp::AT + 6] = self.index;
    }
}

/// A packet of a VP8 picture (RFC 7741).
pub(super) fn picture(stamp: &Stamp, keyframe: bool, bytes: usize) -> Vec<u8> {
    let mut payload = vec![0; bytes];
    let begin = if stamp.index == 0 { 0x10 } else { 0 };
    // Numbered from somewhere else on each layer.
    let number = stamp.frame + 5000 * u32::from(stamp.layer) + 32_700;
    let picture = (number as u16 & 0x7fff) | 0x8000;
    payload[..6].copy_from_slice(&[
        0x80 | begin,
        0xe0,
        (picture >> 8) as u8,
        picture as u8,
        number as u8,
        0x20,
    ]);
    payload[6] = u8::from(!keyframe);
    if keyframe && stamp.index == 0 {
        payload[9..12].copy_from_slice(&[0x9d, 0x01, 0x2a]);
        payload[12..14].copy_from_slice(&WIDTH[usize::from(stamp.layer)].to_le_bytes());
    }
    stamp.write(&mut payload);
    payload
}

/// A packet of an H.264 picture (RFC 6184): a parameter set before one that stands alone, slices of others.
pub(super) fn h264_picture(stamp: &Stamp, keyframe: bool, bytes: usize) -> Vec<u8> {
    let mut payload = vec![0; bytes];
    payload[0] = if keyframe && stamp.index == 0 { 0x67 } else { 0x41 };
    stamp.write(&mut payload);
    payload
}
