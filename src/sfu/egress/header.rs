//! The header of an RTP packet (RFC 3550, 5.1) with the extensions that its receiver has agreed to (RFC 8285).

use std::ops::Deref;
use str0m::media::Mid;
use str0m::rtp::{Extension, ExtensionMap, ExtensionValues};

/// Bytes of a header at most: the fixed part, and every extension with the longest MID.
const HEADER: usize = EXTENSIONS + 2 + 4 + 17 + 2 + 3;
/// Where the extensions begin, and where the fixed part ends.
const EXTENSIONS: usize = FIXED + 4;
const FIXED: usize = 12;
/// The largest id of the one-byte form (RFC 8285, 4.2). Others are agreed to by no browser, and left out.
const LARGEST_ID: u8 = 14;
/// Bytes of a value in that form, at most.
const LARGEST_VALUE: usize = 16;

/// By which ids the receiver of a stream knows the extensions.
#[derive(Debug)]
pub(super) struct Extensions {
    audio_level: Option<u8>,
    send_time: Option<u8>,
    mid: Option<(u8, Mid)>,
    orientation: Option<u8>,
}

/// The fixed part of a header.
#[derive(Clone, Copy, Debug)]
pub(super) struct Header {
    pub(super) payload_type: u8,
    pub(super) marker: bool,
    pub(super) sequence: u16,
    pub(super) timestamp: u32,
    pub(super) ssrc: u32,
}

/// A header that is written.
pub(super) struct Head {
    bytes: [u8; HEADER],
    end: usize,
}

impl Extensions {
    pub(super) fn agreed(map: &ExtensionMap, mid: Mid) -> Extensions {
        let id = |extension| map.id_of(extension).filter(|id| (1..=LARGEST_ID).contains(id));
        let short = (1..=LARGEST_VALUE).contains(&mid.len());
        Extensions {
            audio_level: id(Extension::AudioLevel),
            send_time: id(Extension::AbsoluteSendTime),
            mid: id(Extension::RtpMid).filter(|_| short).map(|id| (id, mid)),
            orientation: id(Extension::VideoOrientation),
        }
    }

    /// A header. `send_time`: seconds, as a fixed-point number of 6 and 18 bits. `with_mid`: the receiver may
    /// not know yet whose the SSRC is (RFC 8843, 9.2).
    pub(super) fn write(
        &self,
        header: Header,
        values: &ExtensionValues,
        send_time: u32,
        with_mid: bool,
    ) -> Head {
        let Header { payload_type, marker, sequence, timestamp, ssrc } = header;
        let mut head = [0; HEADER];
        head[0] = 0x80;
        head[1] = payload_type | (u8::from(marker) << 7);
        head[2..4].copy_from_slice(&sequence.to_be_bytes());
        head[4..8].copy_from_slice(&timestamp.to_be_bytes());
        head[8..12].copy_from_slice(&ssrc.to_be_bytes());
        let mut end = EXTENSIONS;
        if let (Some(id), Some(level), Some(voice)) =
            (self.audio_level, values.audio_level, values.voice_activity)
        {
            head[end..end + 2]
                .copy_from_slice(&[id << 4, (u8::from(voice) << 7) | (level.unsigned_abs() & 0x7f)]);
            end += 2;
        }
        if let Some(id) = self.send_time {
            head[end..end + 4].copy_from_slice(&send_time.to_be_bytes());
            head[end] = (id << 4) | 2;
            end += 4;
        }
        if let Some((id, mid)) = self.mid.filter(|_| with_mid) {
            let mid = mid.as_bytes();
            head[end] = (id << 4) | (mid.len() as u8 - 1);
            head[end + 1..=end + mid.len()].copy_from_slice(mid);
            end += 1 + mid.len();
        }
        if let (Some(id), Some(orientation)) = (self.orientation, values.video_orientation) {
            head[end..end + 2].copy_from_slice(&[id << 4, orientation as u8]);
            end += 2;
        }
        let words = (end - EXTENSIONS).div_ceil(4);
        if words == 0 {
            return Head { bytes: head, end: FIXED };
        }
        head[0] |= 0x10;
        head[FIXED..EXTENSIONS].copy_from_slice(&[0xbe, 0xde, 0, words as u8]);
        Head { bytes: head, end: EXTENSIONS + 4 * words }
    }
}

impl Deref for Head {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes[..self.end]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: Header = Header {
        payload_type: 96,
        marker: true,
        sequence: 0x1234,
        timestamp: 0x0506_0708,
        ssrc: 0x090a_0b0c,
    };

    fn written(extensions: &Extensions, values: &ExtensionValues, with_mid: bool) -> Vec<u8> {
        let bytes = extensions.write(HEAD, values, 0x0011_2233, with_mid).to_vec();
        assert!(bytes.len().is_multiple_of(4));
        bytes
    }

    #[test]
    fn a_header_has_what_was_agreed_to() {
        let values =
            ExtensionValues { audio_level: Some(-42), voice_activity: Some(true), ..Default::default() };
        let agreed = Extensions::agreed(&ExtensionMap::standard(), "ab".into());
        let fixed = [0x90, 0xe0, 0x12, 0x34, 5, 6, 7, 8, 9, 10, 11, 12];
        let level = [0x10, 0x80 | 42];
        let time = [0x22, 0x11, 0x22, 0x33];
        let with = |rest: &[u8]| [&fixed[..], &[0xbe, 0xde, 0, rest.len() as u8 / 4], rest].concat();
        assert_eq!(
            written(&agreed, &values, true),
            with(&[&level[..], &time, &[0x41, b'a', b'b'], &[0; 3]].concat())
        );
        assert_eq!(written(&agreed, &values, false), with(&[&level[..], &time, &[0; 2]].concat()));
        assert_eq!(written(&agreed, &ExtensionValues::default(), false), with(&time));
    }

    #[test]
    fn who_agreed_to_nothing_gets_a_bare_header() {
        let agreed = Extensions::agreed(&ExtensionMap::empty(), "0".into());
        let bytes = written(&agreed, &ExtensionValues::default(), true);
        assert_eq!(bytes, [0x80, 0xe0, 0x12, 0x34, 5, 6, 7, 8, 9, 10, 11, 12]);
    }
}
