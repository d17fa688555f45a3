//! What of a packet is the same for all its subscribers, read once: its codec, its layer, whether it begins a
//! keyframe.

use std::sync::Arc;
use str0m::format::Codec;
use str0m::media::Pt;
use str0m::rtp::{ExtensionValues, RedDecoder, RtpPacket, Vp8Descriptor};

/// What of a packet is the same for all its subscribers, worked out once.
pub(super) struct ParsedPacket {
    pub(super) rtp: RtpPacket,
    pub(super) codec: Codec,
    /// Of the video; 0 for sound.
    pub(super) layer: usize,
    pub(super) keyframe: bool,
    /// There is one in VP8 only.
    pub(super) descriptor: Option<Vp8Descriptor>,
    pub(super) red: Option<Red>,
    pub(super) extensions: ExtensionValues,
}

/// Sound that carries the packets before it once more (RFC 2198), so that a loss is not heard.
pub(super) struct Red {
    /// The payload type that its blocks name.
    pub(super) inner: Pt,
    /// The newest packet alone, for who does not know RED.
    pub(super) alone: Arc<[u8]>,
}

impl ParsedPacket {
    /// `inner` is what RED says it carries, if it is RED. `None`: it is not what it says.
    pub(super) fn new(rtp: RtpPacket, codec: Codec, inner: Option<Pt>, layer: usize) -> Option<ParsedPacket> {
        let payload = &rtp.payload[..];
        let red = match inner {
            Some(inner) => {
                let blocks = RedDecoder::decode(payload).ok()?;
                let alone = blocks.into_iter().find(|block| block.is_primary)?.payload.into();
                Some(Red { inner, alone })
            }
            None => None,
        };
        let descriptor = match codec {
            Codec::Vp8 => Vp8Descriptor::parse(payload).ok(),
            _ => None,
        };
        let keyframe = match codec {
            Codec::Vp8 => descriptor.is_some_and(|descriptor| descriptor.starts_keyframe(payload)),
            Codec::H264 => starts_h264_keyframe(payload),
            // A new coded video sequence begins: the N bit of the aggregation header.
            Codec::Av1 => payload.first().is_some_and(|header| header & 0x08 != 0),
            _ => false,
        };
        let incoming = &rtp.header.ext_vals;
        let extensions = ExtensionValues {
            audio_level: incoming.audio_level,
            voice_activity: incoming.voice_activity,
            video_orientation: incoming.video_orientation,
            ..ExtensionValues::default()
        };
        Some(ParsedPacket { rtp, codec, layer, keyframe, descriptor, red, extensions })
    }

    pub(super) fn picture_id(&self) -> u16 {
        self.descriptor.and_then(|descriptor| descriptor.picture_id()).unwrap_or(0)
    }

    pub(super) fn tl0(&self) -> u8 {
        self.descriptor.and_then(|descriptor| descriptor.tl0_pic_idx()).unwrap_or(0)
    }
}

/// How wide the picture is that begins with this packet: RFC 7741, 4.2, then RFC 6386, 9.1.
pub(super) fn vp8_width(payload: &[u8]) -> Option<u16> {
    let mut at = 1;
    if payload.first()? & 0x80 != 0 {
        let fields = *payload.get(1)?;
        at = 2;
        if fields & 0x80 != 0 {
            at += if payload.get(at)? & 0x80 != 0 { 2 } else { 1 };
        }
        at += usize::from(fields & 0x40 != 0) + usize::from(fields & 0x30 != 0);
    }
    match payload.get(at..at + 8)? {
        [_, _, _, 0x9d, 0x01, 0x2a, low, high] => Some(u16::from_le_bytes([*low, *high]) & 0x3fff),
        _ => None,
    }
}

/// Puts other numbers into a VP8 descriptor (RFC 7741, 4.2) that has them, in the width that they have there.
pub(super) fn renumber_vp8(payload: &mut [u8], picture: u16, tl0: u8) {
    const EXTENDED: u8 = 0x80;
    const PICTURE: u8 = 0x80;
    const TL0: u8 = 0x40;
    let [first, fields, rest @ ..] = payload else { return };
    if *first & EXTENDED == 0 {
        return;
    }
    let mut at = 0;
    if *fields & PICTURE != 0 {
        match rest {
            [high, low, ..] if *high & 0x80 != 0 => {
                [*high, *low] = (0x8000 | picture).to_be_bytes();
                at = 2;
            }
            [short, ..] => {
                *short = picture as u8 & 0x7f;
                at = 1;
            }
            [] => {}
        }
    }
    if *fields & TL0 != 0
        && let Some(number) = rest.get_mut(at)
    {
        *number = tl0;
    }
}

/// Whether an H.264 packet (RFC 6184) begins a picture that stands alone: a parameter set, or the
/// start of an IDR slice.
fn starts_h264_keyframe(payload: &[u8]) -> bool {
    const IDR: u8 = 5;
    const SPS: u8 = 7;
    const STAP_A: u8 = 24;
    const FU_A: u8 = 28;
    let kind = |byte: Option<&u8>| byte.map(|byte| byte & 0x1f);
    match kind(payload.first()) {
        Some(SPS | IDR) => true,
        // The first unit of the aggregate, behind its length.
        Some(STAP_A) => matches!(kind(payload.get(3)), Some(SPS | IDR)),
        Some(FU_A) => payload.get(1).is_some_and(|header| header & 0x80 != 0 && header & 0x1f == IDR),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_in_the_width_that_they_have() {
        let renumbered = |payload: &[u8]| {
            let mut payload = payload.to_vec();
            renumber_vp8(&mut payload, 0x1234, 0x56);
            payload
        };
        assert_eq!(renumbered(&[0x90, 0xe0, 0x80, 1, 2, 0x20, 9]), [0x90, 0xe0, 0x92, 0x34, 0x56, 0x20, 9]);
        assert_eq!(renumbered(&[0x90, 0xc0, 0x01, 2, 9]), [0x90, 0xc0, 0x34, 0x56, 9]);
        assert_eq!(renumbered(&[0x90, 0x40, 2, 9]), [0x90, 0x40, 0x56, 9]);
        for untouched in [&[][..], &[0x90], &[0x10, 0xe0, 0x80, 1], &[0x90, 0xc0], &[0x90, 0x20, 0x20, 9]] {
            assert_eq!(renumbered(untouched), untouched);
        }
        assert_eq!(renumbered(&[0x90, 0xc0, 0x81]), [0x90, 0xc0, 0x34], "cut off");
    }
}
