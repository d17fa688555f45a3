//! Whose datagram is it? By the name in a STUN request first, by the pair of addresses ever after.

use super::Key;
use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;

/// Pairs of addresses that one connection may be reached on at a time; the oldest gives way. A browser
/// on a laptop with Wi-Fi, cable and IPv6 tries about a dozen.
const PAIRS_A_CONNECTION: usize = 32;

/// Everything is found by a map; nobody is ever asked "is this yours?" in turn.
#[derive(Debug, Default)]
pub(super) struct Demux {
    names: HashMap<String, Key>,
    pairs: HashMap<Pair, Key>,
    /// What there is to forget when a connection ends.
    known: HashMap<Key, Known>,
}

/// Where a datagram came from, and to which of our addresses.
type Pair = (SocketAddr, SocketAddr);

#[derive(Debug, Default)]
struct Known {
    names: Vec<String>,
    pairs: VecDeque<Pair>,
}

impl Demux {
    /// Requests that name `ufrag` are for this connection.
    pub(super) fn learn(&mut self, ufrag: String, key: Key) {
        let known = self.known.entry(key).or_default();
        if !known.names.contains(&ufrag) {
            known.names.push(ufrag.clone());
        }
        self.names.insert(ufrag, key);
    }

    /// Whose it is. A STUN request also teaches us whose everything else on that pair will be.
    pub(super) fn find(&mut self, source: SocketAddr, destination: SocketAddr, bytes: &[u8]) -> Option<Key> {
        let pair = (source, destination);
        let Some(name) = binding_request_name(bytes) else {
            return self.pairs.get(&pair).copied();
        };
        let key = *self.names.get(name)?;
        if self.pairs.get(&pair) != Some(&key) {
            let known = self.known.entry(key).or_default();
            if known.pairs.len() == PAIRS_A_CONNECTION
                && let Some(oldest) = known.pairs.pop_front()
                && self.pairs.get(&oldest) == Some(&key)
            {
                self.pairs.remove(&oldest);
            }
            known.pairs.push_back(pair);
            self.pairs.insert(pair, key);
        }
        Some(key)
    }

    /// A connection goes by another name.
    pub(super) fn rename(&mut self, from: Key, to: Key) {
        let Some(known) = self.known.remove(&from) else { return };
        self.names.extend(known.names.iter().map(|name| (name.clone(), to)));
        for pair in known.pairs.iter().filter(|pair| self.pairs.get(pair) == Some(&from)).collect::<Vec<_>>()
        {
            self.pairs.insert(*pair, to);
        }
        self.known.insert(to, known);
    }

    /// The connection has ended.
    pub(super) fn forget(&mut self, key: Key) {
        let Some(known) = self.known.remove(&key) else { return };
        for name in known.names {
            self.names.remove(&name);
        }
        for pair in known.pairs {
            // Another connection of the same browser may have taken the pair over.
            if self.pairs.get(&pair) == Some(&key) {
                self.pairs.remove(&pair);
            }
        }
    }
}

/// Our half of the USERNAME of a STUN binding request (RFC 8445, 7.1.2): `ours:theirs`.
pub(super) fn binding_request_name(bytes: &[u8]) -> Option<&str> {
    const BINDING_REQUEST: [u8; 2] = [0x00, 0x01];
    const COOKIE: [u8; 4] = [0x21, 0x12, 0xa4, 0x42];
    const HEADER: usize = 20;
    const USERNAME: u16 = 0x0006;

    if bytes.get(..2)? != BINDING_REQUEST || bytes.get(4..8)? != COOKIE {
        return None;
    }
    let mut rest = bytes.get(HEADER..)?;
    while let [t0, t1, l0, l1, tail @ ..] = rest {
        let length = usize::from(u16::from_be_bytes([*l0, *l1]));
        if u16::from_be_bytes([*t0, *t1]) == USERNAME {
            let name = std::str::from_utf8(tail.get(..length)?).ok()?;
            return Some(name.split_once(':').map_or(name, |(ours, _)| ours));
        }
        rest = tail.get(length.next_multiple_of(4)..)?;
    }
    None
}
