//! What holds whatever comes.

use super::message::{Builder, attribute, kind};
use super::tests::{Client, MEDIA, UDP, address};
use super::*;
use proptest::prelude::*;

proptest! {
    /// However a stream is cut, the same frames come out, and no more is kept than one.
    #[test]
    fn frames_come_out_whole_however_they_are_cut(
        frames in prop::collection::vec((0_u16..0x1000, prop::collection::vec(any::<u8>(), 0..1500)), 0..12),
        cut in 1_usize..4000,
    ) {
        let mut stream = Vec::new();
        for (n, (number, bytes)) in frames.iter().enumerate() {
            if n % 2 == 0 {
                write_channel_data(0x4000 + number, bytes, &mut stream);
            } else {
                Builder::new(&mut stream, kind::SEND_INDICATION, [n as u8; 12])
                    .attribute(attribute::DATA, bytes)
                    .finish();
            }
        }
        let mut reader = FrameReader::default();
        let mut whole = Vec::new();
        for piece in stream.chunks(cut) {
            reader.push(piece);
            while let Some(frame) = reader.pop().expect("frames") {
                whole.push(payload(frame).expect("it has one").to_vec());
            }
            prop_assert!(reader.waiting() < MAX_FRAME);
        }
        prop_assert_eq!(reader.waiting(), 0);
        prop_assert!(whole.iter().eq(frames.iter().map(|(_, bytes)| bytes)));
    }

    /// Whatever a client with good credentials asks for, it sends to media addresses only, and what it has is
    /// bounded.
    #[test]
    fn whatever_is_asked_for_nothing_but_media_is_reached(
        asked in prop::collection::vec((0_u16..12, any::<u16>(), 0_usize..6, any::<u32>(), 0_u64..700), 0..60),
    ) {
        let mut client = Client::allocated();
        let peers = MEDIA.iter().chain(&["127.0.0.1:22", "10.0.0.7:22", "[::1]:443"]);
        let peers: Vec<_> = peers.map(|text| address(text)).collect();
        for (what, number, peer, seconds, wait) in asked {
            client.later(wait);
            let peer = peers[peer];
            let [high, low] = number.to_be_bytes();
            let attributes = [
                (attribute::REQUESTED_TRANSPORT, UDP.to_vec()),
                (attribute::CHANNEL_NUMBER, vec![high, low, 0, 0]),
                (attribute::LIFETIME, seconds.to_be_bytes().to_vec()),
            ];
            let request = client.request(what, &attributes, &[peer]);
            if client.hear(&request).is_err() {
                return Ok(());
            }
            if client.sends(peer).is_some() {
                prop_assert!(client.media.contains(&peer));
            }
            if let Some(peer) = client.sends_on(0x4000 | number & 0xfff) {
                prop_assert!(client.media.contains(&peer));
            }
        }
    }

    /// No bytes panic, and without credentials nothing is reached.
    #[test]
    fn noise_does_nothing(bytes in prop::collection::vec(any::<u8>(), 0..200), first in 0_u8..0x50) {
        let mut client = Client::new();
        let noise = [&[first], &bytes[..]].concat();
        let mut reader = FrameReader::default();
        reader.push(&noise);
        let mut out = Vec::new();
        while let Ok(Some(frame)) = reader.pop() {
            let frame = frame.to_vec();
            payload(&frame);
            prop_assert!(!matches!(client.handle(&frame, &mut out), Ok(Some(_))));
        }
        prop_assert!(client.session.relayed().is_none());
    }
}
