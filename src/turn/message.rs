//! STUN messages (RFC 8489, 5 and 14), as far as TURN needs them.

use super::credentials::IntegrityKey;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// Bytes before the first attribute.
pub(super) const HEADER: usize = 20;
const COOKIE: [u8; 4] = [0x21, 0x12, 0xa4, 0x42];
const IPV4: u8 = 1;
const IPV6: u8 = 2;

/// Identifies a request and its answer.
pub type Transaction = [u8; 12];

/// Methods and classes in one number, as on the wire (RFC 8656, 17).
pub mod kind {
    pub const ALLOCATE: u16 = 0x003;
    pub const REFRESH: u16 = 0x004;
    pub const CREATE_PERMISSION: u16 = 0x008;
    pub const CHANNEL_BIND: u16 = 0x009;
    pub const SEND_INDICATION: u16 = 0x016;
    pub const DATA_INDICATION: u16 = 0x017;
    /// Added to a request's.
    pub const SUCCESS: u16 = 0x100;
    pub const ERROR: u16 = 0x110;
    /// What a request has none of.
    pub const CLASS: u16 = 0x110;
}

/// Kinds of attributes (RFC 8489, 18.3; RFC 8656, 18).
pub mod attribute {
    pub const USERNAME: u16 = 0x0006;
    pub const MESSAGE_INTEGRITY: u16 = 0x0008;
    pub const ERROR_CODE: u16 = 0x0009;
    pub const UNKNOWN_ATTRIBUTES: u16 = 0x000a;
    pub const CHANNEL_NUMBER: u16 = 0x000c;
    pub const LIFETIME: u16 = 0x000d;
    pub const XOR_PEER_ADDRESS: u16 = 0x0012;
    pub const DATA: u16 = 0x0013;
    pub const REALM: u16 = 0x0014;
    pub const NONCE: u16 = 0x0015;
    pub const XOR_RELAYED_ADDRESS: u16 = 0x0016;
    pub const REQUESTED_ADDRESS_FAMILY: u16 = 0x0017;
    pub const REQUESTED_TRANSPORT: u16 = 0x0019;
    pub const XOR_MAPPED_ADDRESS: u16 = 0x0020;
    /// Who does not know one of these or above ignores it.
    pub const OPTIONAL: u16 = 0x8000;
}

/// A whole message, whose attributes are known to fit into it.
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
    pub kind: u16,
    pub transaction: Transaction,
    bytes: &'a [u8],
    /// Where MESSAGE-INTEGRITY begins; what is behind it is not read (RFC 8489, 14.5).
    integrity: Option<usize>,
}

impl<'a> Message<'a> {
    /// `None`: it is none, or more or less than one.
    pub fn parse(bytes: &'a [u8]) -> Option<Message<'a>> {
        let (head, rest) = bytes.split_at_checked(HEADER)?;
        let kind = u16::from_be_bytes([head[0], head[1]]);
        let length = usize::from(u16::from_be_bytes([head[2], head[3]]));
        if kind >= 0x4000 || head[4..8] != COOKIE || length != rest.len() || length % 4 != 0 {
            return None;
        }
        let transaction = head[8..].try_into().ok()?;
        let mut message = Message { kind, transaction, bytes, integrity: None };
        let mut at = HEADER;
        while at < bytes.len() {
            let (kind, value) = attribute_at(bytes, at)?;
            if kind == attribute::MESSAGE_INTEGRITY && message.integrity.is_none() {
                message.integrity = Some(at);
            }
            at += 4 + value.len().next_multiple_of(4);
        }
        (at == bytes.len()).then_some(message)
    }

    /// Those before MESSAGE-INTEGRITY, in their order.
    pub fn attributes(&self) -> impl Iterator<Item = (u16, &'a [u8])> + use<'a> {
        let (bytes, end) = (self.bytes, self.integrity.unwrap_or(self.bytes.len()));
        let mut at = HEADER;
        std::iter::from_fn(move || {
            let (kind, value) = attribute_at(&bytes[..end], at)?;
            at += 4 + value.len().next_multiple_of(4);
            Some((kind, value))
        })
    }

    /// The first one of that kind.
    pub fn attribute(&self, wanted: u16) -> Option<&'a [u8]> {
        self.attributes().find(|(kind, _)| *kind == wanted).map(|(_, value)| value)
    }

    /// A text of at most `most` bytes.
    pub fn text(&self, wanted: u16, most: usize) -> Option<&'a str> {
        let value = self.attribute(wanted).filter(|value| value.len() <= most)?;
        std::str::from_utf8(value).ok()
    }

    /// The addresses of that kind (RFC 8489, 14.2). `None`: one cannot be read.
    pub fn addresses(&self, wanted: u16) -> impl Iterator<Item = Option<SocketAddr>> + use<'a> {
        let transaction = self.transaction;
        let of_kind = self.attributes().filter(move |(kind, _)| *kind == wanted);
        of_kind.map(move |(_, value)| read_address(value, &transaction))
    }

    /// Whether it has a MESSAGE-INTEGRITY at all.
    pub fn has_integrity(&self) -> bool {
        self.integrity.is_some()
    }

    /// Whether it is sealed with that key (RFC 8489, 14.5).
    pub fn is_sealed(&self, key: &IntegrityKey) -> bool {
        let Some(at) = self.integrity else { return false };
        let Some((_, tag)) = attribute_at(self.bytes, at) else { return false };
        key.verify(&sealed_parts(&self.bytes[..at], &sealed_length(at)), tag)
    }
}

/// A message that is being written.
pub struct Builder<'a> {
    out: &'a mut Vec<u8>,
    start: usize,
    transaction: Transaction,
}

impl<'a> Builder<'a> {
    /// Appends a message to `out`.
    pub fn new(out: &'a mut Vec<u8>, kind: u16, transaction: Transaction) -> Builder<'a> {
        let start = out.len();
        out.extend(kind.to_be_bytes());
        out.extend([0, 0]);
        out.extend(COOKIE);
        out.extend(transaction);
        Builder { out, start, transaction }
    }

    /// `value` has less than 64 KiB.
    #[must_use]
    pub fn attribute(self, kind: u16, value: &[u8]) -> Builder<'a> {
        self.out.extend(kind.to_be_bytes());
        self.out.extend((value.len() as u16).to_be_bytes());
        self.out.extend_from_slice(value);
        let padding = value.len().next_multiple_of(4) - value.len();
        self.out.extend_from_slice(&[0; 3][..padding]);
        self
    }

    #[must_use]
    pub fn address(self, kind: u16, address: SocketAddr) -> Builder<'a> {
        let value = write_address(address, &self.transaction);
        self.attribute(kind, &value)
    }

    /// Ends it without a seal.
    pub fn finish(self) {
        let length = (self.out.len() - self.start - HEADER) as u16;
        self.out[self.start + 2..self.start + 4].copy_from_slice(&length.to_be_bytes());
    }

    /// Ends it with MESSAGE-INTEGRITY.
    pub fn seal(self, key: &IntegrityKey) {
        let at = self.out.len() - self.start;
        let tag = key.sign(&sealed_parts(&self.out[self.start..], &sealed_length(at)));
        self.attribute(attribute::MESSAGE_INTEGRITY, &tag).finish();
    }
}

fn attribute_at(bytes: &[u8], at: usize) -> Option<(u16, &[u8])> {
    let &[k1, k2, l1, l2, ..] = bytes.get(at..)? else { return None };
    let length = usize::from(u16::from_be_bytes([l1, l2]));
    Some((u16::from_be_bytes([k1, k2]), bytes.get(at + 4..at + 4 + length)?))
}

/// What the length in the header is while MESSAGE-INTEGRITY is reckoned that begins at `at`.
fn sealed_length(at: usize) -> [u8; 2] {
    const INTEGRITY: usize = 4 + 20;
    ((at - HEADER + INTEGRITY) as u16).to_be_bytes()
}

fn sealed_parts<'a>(before: &'a [u8], length: &'a [u8; 2]) -> [&'a [u8]; 3] {
    [&before[..2], length, &before[4..]]
}

/// What addresses are mixed with: the cookie and the transaction.
fn mask(transaction: &Transaction) -> [u8; 16] {
    let mut mask = [0; 16];
    mask[..4].copy_from_slice(&COOKIE);
    mask[4..].copy_from_slice(transaction);
    mask
}

fn read_address(value: &[u8], transaction: &Transaction) -> Option<SocketAddr> {
    let (&[_, family, high, low], address) = value.split_first_chunk()?;
    let port = u16::from_be_bytes([high ^ COOKIE[0], low ^ COOKIE[1]]);
    let mask = mask(transaction);
    let ip: IpAddr = match family {
        IPV4 => {
            let octets: [u8; 4] = address.try_into().ok()?;
            Ipv4Addr::from(std::array::from_fn(|n| octets[n] ^ mask[n])).into()
        }
        IPV6 => {
            let octets: [u8; 16] = address.try_into().ok()?;
            Ipv6Addr::from(std::array::from_fn::<u8, 16, _>(|n| octets[n] ^ mask[n])).into()
        }
        _ => return None,
    };
    Some(SocketAddr::new(ip, port))
}

fn write_address(address: SocketAddr, transaction: &Transaction) -> Vec<u8> {
    let [high, low] = address.port().to_be_bytes();
    let mut value = vec![0, IPV4, high ^ COOKIE[0], low ^ COOKIE[1]];
    match address.ip() {
        IpAddr::V4(ip) => value.extend(ip.octets()),
        IpAddr::V6(ip) => {
            value[1] = IPV6;
            value.extend(ip.octets());
        }
    }
    let mixed = value[4..].iter_mut().zip(mask(transaction));
    mixed.for_each(|(octet, mask)| *octet ^= mask);
    value
}

#[cfg(test)]
mod tests;
