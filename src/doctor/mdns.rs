//! One question for an address by multicast DNS, and its answer (RFC 1035, RFC 6762 section 6.7). Pure.

use std::net::{IpAddr, Ipv4Addr};

const TYPE_A: u16 = 1;
const CLASS_IN: u16 = 1;
/// Longer than any name in labels.
const LABELS_MAX: usize = 128;

/// The question for the IPv4 address of `name`, as a simple resolver asks it.
pub(super) fn question(id: u16, name: &str) -> Vec<u8> {
    let mut message: Vec<u8> = [id, 0, 1, 0, 0, 0].into_iter().flat_map(u16::to_be_bytes).collect();
    for label in name.split('.').filter(|label| !label.is_empty()) {
        message.push(label.len() as u8); // a label has 63 bytes at most
        message.extend_from_slice(label.as_bytes());
    }
    message.push(0);
    message.extend([TYPE_A, CLASS_IN].into_iter().flat_map(u16::to_be_bytes));
    message
}

/// The IPv4 addresses in an answer to the question with that id; `None` if it is no such answer, or torn.
pub(super) fn answer(id: u16, message: &[u8]) -> Option<Vec<IpAddr>> {
    let word = |at: usize| Some(u16::from_be_bytes([*message.get(at)?, *message.get(at + 1)?]));
    const RESPONSE: u16 = 0x8000;
    if word(0)? != id || word(2)? & RESPONSE == 0 {
        return None;
    }
    let mut at = 12;
    for _ in 0..word(4)? {
        at = after_name(message, at)? + 4;
    }
    let mut found = Vec::new();
    for _ in 0..word(6)? {
        at = after_name(message, at)?;
        let (kind, length) = (word(at)?, usize::from(word(at + 8)?));
        let data = message.get(at + 10..at + 10 + length)?;
        if let (TYPE_A, Ok(octets)) = (kind, <[u8; 4]>::try_from(data)) {
            found.push(IpAddr::from(Ipv4Addr::from(octets)));
        }
        at += 10 + length;
    }
    Some(found)
}

/// Where a name ends: at its empty label, or at a pointer to the rest of it.
fn after_name(message: &[u8], mut at: usize) -> Option<usize> {
    for _ in 0..LABELS_MAX {
        match *message.get(at)? {
            0 => return Some(at + 1),
            length if length >= 0xc0 => return Some(at + 2),
            length => at += 1 + usize::from(length),
        }
    }
    None
}
