//! The vectors of RFC 5769, and messages that are none.

use super::*;
use std::net::SocketAddr;

const REQUEST: &str = "
    000100582112a442b7e7a701bc34d686fa87dfae
    802200105354554e207465737420636c69656e74
    002400046e0001ff 80290008932ff9b151263b36
    000600096576746a3a68367659202020
    000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2 80280004e57a3bcf";
const RESPONSE_V4: &str = "
    0101003c2112a442b7e7a701bc34d686fa87dfae
    8022000b7465737420766563746f7220 002000080001a147e112a643
    000800142b91f599fd9e90c38c7489f92af9ba53f06be7d7 80280004c07d4c96";
const RESPONSE_V6: &str = "
    010100482112a442b7e7a701bc34d686fa87dfae
    8022000b7465737420766563746f7220 002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d9
    00080014a382954e4be67bf11784c97c8292c275bfe3ed41 80280004c8fb0b4c";
const LONG_TERM: &str = "
    000100602112a44278ad3433c6ad72c029da412e
    00060012e3839ee38388e383aae38383e382afe382b90000
    0015001c662f2f3439396b39353464364f4c33346f4c39465354767936347341
    0014000b6578616d706c652e6f726700
    00080014f67024656dd64a3e02b8e0712e85c9a28ca89666";

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> =
        hex.chars().filter_map(|digit| digit.to_digit(16)).map(|digit| digit as u8).collect();
    digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

fn short_term() -> IntegrityKey {
    IntegrityKey::new(b"VOkJxbRl1RmTxUk/WvJxBt")
}

#[test]
fn the_request_of_rfc_5769() {
    let bytes = bytes(REQUEST);
    let message = Message::parse(&bytes).expect("a message");
    assert_eq!(message.kind, 0x0001);
    assert_eq!(message.text(attribute::USERNAME, 9), Some("evtj:h6vY"));
    assert_eq!(message.text(attribute::USERNAME, 8), None, "longer than wanted");
    assert_eq!(message.attribute(0x8022), Some(&b"STUN test client"[..]));
    assert_eq!(message.attribute(0x8028), None, "what is behind the seal is not read");
    assert!(message.is_sealed(&short_term()));
    assert!(!message.is_sealed(&IntegrityKey::new(b"another")));
}

#[test]
fn the_responses_of_rfc_5769() {
    for (response, address) in
        [(RESPONSE_V4, "192.0.2.1:32853"), (RESPONSE_V6, "[2001:db8:1234:5678:11:2233:4455:6677]:32853")]
    {
        let bytes = bytes(response);
        let message = Message::parse(&bytes).expect("a message");
        assert_eq!(message.kind, 0x0101);
        let address: SocketAddr = address.parse().expect("an address");
        let found: Vec<_> = message.addresses(attribute::XOR_MAPPED_ADDRESS).collect();
        assert_eq!(found, [Some(address)]);
        assert!(message.is_sealed(&short_term()));

        let mut written = Vec::new();
        Builder::new(&mut written, message.kind, message.transaction)
            .attribute(0x8022, b"test vector")
            .address(attribute::XOR_MAPPED_ADDRESS, address)
            .seal(&short_term());
        let read = Message::parse(&written).expect("a message");
        assert!(read.is_sealed(&short_term()));
        assert!(read.attributes().eq(message.attributes()));
    }
}

#[test]
fn the_request_with_long_term_credentials_of_rfc_5769() {
    let bytes = bytes(LONG_TERM);
    let message = Message::parse(&bytes).expect("a message");
    assert_eq!(message.text(attribute::USERNAME, 32), Some("マトリックス"));
    assert_eq!(message.attribute(attribute::NONCE), Some(&b"f//499k954d6OL34oL9FSTvy64sA"[..]));
    assert!(message.is_sealed(&IntegrityKey::long_term("マトリックス", "example.org", "TheMatrIX")));
    assert!(!message.is_sealed(&IntegrityKey::long_term("マトリックス", "example.org", "TheMatrix")));
}

#[test]
fn what_is_cut_or_changed_is_no_message_or_not_sealed() {
    let whole = bytes(REQUEST);
    let seal_ends = whole.len() - 8;
    for end in 0..whole.len() {
        assert!(Message::parse(&whole[..end]).is_none(), "cut at {end}");
        let mut changed = whole.clone();
        changed[end] ^= 0x10;
        let sealed = Message::parse(&changed).is_some_and(|message| message.is_sealed(&short_term()));
        // What is behind the seal, and what fills the name up, which it does not have in it.
        assert!(!sealed || end >= seal_ends, "changed at {end}");
    }
    assert!(Message::parse(&[&whole[..], &[0]].concat()).is_none(), "more than a message");
}
