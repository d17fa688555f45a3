//! What the packets of the load look like, and what is written into them.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The most of a picture that one packet carries, in bytes.
pub(crate) const PACKET: usize = 1188;
/// A packet of sound, in bytes.
pub(crate) const SOUND: usize = 100;
/// Where the stamp is in a payload.
const STAMP: usize = 16;

/// How much a publisher sends.
#[derive(Clone, Copy)]
pub(crate) struct Shape {
    /// Pictures a second.
    pub(crate) fps: u32,
    /// Bytes of a picture.
    pub(crate) frame: usize,
    /// Between two packets of sound.
    pub(crate) sound: Duration,
}

impl Shape {
    /// 1.5 Mbit/s of VP8 and the usual 50 packets a second of Opus.
    pub(crate) const FULL: Shape =
        Shape { fps: 30, frame: 1_500_000 / 8 / 30, sound: Duration::from_millis(20) };
    /// Little enough for a room of sixteen and ten of four on a part of one core.
    pub(crate) const SMALL: Shape = Shape { fps: 5, frame: 600, sound: Duration::from_millis(50) };
}

/// Who sent a packet, when, and how many of the kind were before it.
#[derive(Clone, Copy)]
pub(crate) struct Stamp {
    /// Nanoseconds since 1970, as the kernel stamps what it receives.
    pub(crate) at: u64,
    pub(crate) from: u16,
    pub(crate) video: bool,
    pub(crate) number: u32,
}

impl Stamp {
    const SIZE: usize = 19;
    const MAGIC: [u8; 4] = *b"wiz!";
    /// A payload has room for it from so many bytes on.
    pub(crate) const LEAST: usize = STAMP + Stamp::SIZE;

    pub(crate) fn write(self, payload: &mut [u8]) {
        let to = &mut payload[STAMP..Stamp::LEAST];
        to[..4].copy_from_slice(&Stamp::MAGIC);
        to[4..12].copy_from_slice(&self.at.to_be_bytes());
        to[12..14].copy_from_slice(&self.from.to_be_bytes());
        to[14] = u8::from(self.video);
        to[15..].copy_from_slice(&self.number.to_be_bytes());
    }

    pub(crate) fn read(payload: &[u8]) -> Option<Stamp> {
        let from = payload.get(STAMP..Stamp::LEAST)?;
        let at = u64::from_be_bytes(from[4..12].try_into().expect("eight bytes"));
        let publisher = u16::from_be_bytes([from[12], from[13]]);
        let number = u32::from_be_bytes(from[15..].try_into().expect("four bytes"));
        (from[..4] == Stamp::MAGIC).then_some(Stamp { at, from: publisher, video: from[14] != 0, number })
    }
}

/// The head of a VP8 packet (RFC 7741), numbered.
pub(crate) fn head(payload: &mut [u8], picture: u32, first: bool, keyframe: bool) {
    let picture = picture as u16 | 0x8000;
    let begin = if first { 0x10 } else { 0 };
    payload[..4].copy_from_slice(&[0x80 | begin, 0x80, (picture >> 8) as u8, picture as u8]);
    payload[4] = u8::from(!keyframe);
    if keyframe {
        payload[7..14].copy_from_slice(&[0x9d, 0x01, 0x2a, 0x80, 0x02, 0x68, 0x01]);
    }
}

/// As in [`Stamp::at`].
pub(crate) fn stamp_now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_nanos() as u64
}
