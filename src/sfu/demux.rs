//! Whose datagram is it? By the name in a STUN request first, and by the pair of addresses as soon as the
//! connection has answered one there.

use super::connection::ConnectionKey;
use super::{Protocol, Received};
use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use str0m::IceCreds;
use str0m::ice::StunMessage;

/// Pairs of addresses that one connection may be reached on at a time; the oldest gives way. A browser
/// on a laptop with Wi-Fi, cable and IPv6 tries about a dozen (SECURITY.md).
const PAIRS_A_CONNECTION: usize = 32;
/// Names that one connection may have at a time; a page that restarts ICE makes a new one (SECURITY.md).
const NAMES_A_CONNECTION: usize = 4;

/// Everything is found by a map; nobody is ever asked "is this yours?" in turn.
#[derive(Debug, Default)]
pub(super) struct Demux {
    names: HashMap<String, Name>,
    pairs: HashMap<FiveTuple, ConnectionKey>,
    /// What there is to forget when a connection ends.
    known: HashMap<ConnectionKey, Known>,
}

/// Where a datagram came from, to which of our addresses, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct FiveTuple {
    pub(super) protocol: Protocol,
    pub(super) source: SocketAddr,
    pub(super) destination: SocketAddr,
}

/// By whose name a datagram is for a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    /// It came on a pair on which the connection was reached before.
    Proven(ConnectionKey),
    /// It names the connection, which anybody may do.
    Claimed(ConnectionKey),
}

#[derive(Debug)]
struct Name {
    key: ConnectionKey,
    password: String,
}

#[derive(Debug, Default)]
struct Known {
    names: VecDeque<String>,
    pairs: VecDeque<FiveTuple>,
}

impl Demux {
    /// Requests that name `ours` are for this connection, if they are sealed with its password.
    pub(super) fn learn(&mut self, ours: IceCreds, key: ConnectionKey) {
        let IceCreds { ufrag, pass: password } = ours;
        let known = self.known.entry(key).or_default();
        if !known.names.contains(&ufrag) {
            if known.names.len() == NAMES_A_CONNECTION
                && let Some(oldest) = known.names.pop_front()
            {
                self.names.remove(&oldest);
            }
            known.names.push_back(ufrag.clone());
        }
        self.names.insert(ufrag, Name { key, password });
    }

    /// What seals requests that say that name.
    pub(super) fn password(&self, name: &str) -> Option<&str> {
        self.names.get(name).map(|name| name.password.as_str())
    }

    /// From where a connection was reached by UDP on that address of ours.
    pub(super) fn sources(&self, key: ConnectionKey, at: SocketAddr) -> Vec<SocketAddr> {
        let pairs = self.known.get(&key).into_iter().flat_map(|known| &known.pairs);
        let udp = pairs.filter(|tuple| tuple.protocol == Protocol::Udp && tuple.destination == at);
        udp.map(|tuple| tuple.source).collect()
    }

    /// Whose it is: a request is of the connection that it names, everything else of the one whose pair it
    /// came on.
    pub(super) fn find(&self, tuple: FiveTuple, bytes: &[u8]) -> Option<Owner> {
        let pair = self.pairs.get(&tuple).copied();
        let Some(name) = binding_request_name(bytes) else { return pair.map(Owner::Proven) };
        let key = self.names.get(name)?.key;
        Some(if pair == Some(key) { Owner::Proven(key) } else { Owner::Claimed(key) })
    }

    /// The connection that has answered a request on that pair of addresses.
    pub(super) fn owner(&self, tuple: FiveTuple) -> Option<ConnectionKey> {
        self.pairs.get(&tuple).copied()
    }

    /// The connection has answered a request that came so: everything else on that pair is for it, too.
    pub(super) fn prove(&mut self, tuple: FiveTuple, key: ConnectionKey) {
        if self.pairs.insert(tuple, key) == Some(key) {
            return;
        }
        let known = self.known.entry(key).or_default();
        known.pairs.retain(|known| *known != tuple);
        if known.pairs.len() == PAIRS_A_CONNECTION
            && let Some(oldest) = known.pairs.pop_front()
            && self.pairs.get(&oldest) == Some(&key)
        {
            self.pairs.remove(&oldest);
        }
        known.pairs.push_back(tuple);
    }

    /// A connection goes by another name.
    pub(super) fn rename(&mut self, from: ConnectionKey, to: ConnectionKey) {
        let Some(known) = self.known.remove(&from) else { return };
        for name in &known.names {
            if let Some(name) = self.names.get_mut(name) {
                name.key = to;
            }
        }
        for tuple in &known.pairs {
            if let Some(key) = self.pairs.get_mut(tuple).filter(|key| **key == from) {
                *key = to;
            }
        }
        self.known.insert(to, known);
    }

    /// The connection has ended.
    pub(super) fn forget(&mut self, key: ConnectionKey) {
        let Some(known) = self.known.remove(&key) else { return };
        for name in known.names {
            self.names.remove(&name);
        }
        for tuple in known.pairs {
            // Another connection of the same browser may have taken the pair over.
            if self.pairs.get(&tuple) == Some(&key) {
                self.pairs.remove(&tuple);
            }
        }
    }
}

impl FiveTuple {
    pub(super) fn of(received: &Received<'_>) -> FiveTuple {
        let Received { protocol, source, destination, .. } = *received;
        FiveTuple { protocol, source, destination }
    }
}

/// Our half of the USERNAME of a STUN binding request (RFC 8445, 7.1.2): `ours:theirs`. `None`: it is another
/// datagram, or no request that the engine would read.
pub(super) fn binding_request_name(bytes: &[u8]) -> Option<&str> {
    // Nearly all datagrams are media, which differs in its first byte (RFC 7983).
    const BINDING_REQUEST: [u8; 2] = [0x00, 0x01];
    let request = bytes.starts_with(&BINDING_REQUEST).then(|| StunMessage::parse(bytes).ok())??;
    request.username()?.split_once(':').map(|(ours, _)| ours)
}

#[cfg(test)]
mod tests {
    use super::super::connection::ConnectionRole;
    use super::*;
    use crate::ids::RoomId;
    use str0m::ice::TransId;

    /// A binding request for a connection of that name. Nobody has sealed it.
    fn request(name: &str) -> Vec<u8> {
        let username = format!("{name}:theirs");
        let request = StunMessage::binding_request(&username, TransId::new(), true, 9, 1, false);
        let mut bytes = vec![0; 548];
        let length = request.to_bytes(Some(b""), &mut bytes, |_, _| [0; 20]).expect("it is short");
        bytes.truncate(length);
        bytes
    }

    #[test]
    fn a_request_names_its_connection() {
        let request = request("ours");
        assert_eq!(binding_request_name(&request), Some("ours"));
        for end in 0..request.len() {
            assert_eq!(binding_request_name(&request[..end]), None, "cut at {end}");
        }
        let response = [&[0x01, 0x01], &request[2..]].concat();
        assert_eq!(binding_request_name(&response), None);
    }

    #[test]
    fn what_is_known_of_a_connection_is_bounded_and_forgotten_with_it() {
        let mut demux = Demux::default();
        let key = ConnectionKey { room: RoomId(1), slot: 1, role: ConnectionRole::Publish };
        let destination = SocketAddr::from(([10, 0, 0, 1], 443));
        let on = |n: u16| {
            let source = SocketAddr::from(([10, 0, 0, 9], n));
            FiveTuple { protocol: Protocol::Udp, source, destination }
        };
        for n in 0..1000 {
            demux.learn(IceCreds { ufrag: format!("name-{n}"), pass: "secret".into() }, key);
            let request = request(&format!("name-{n}"));
            assert_eq!(demux.find(on(n), &request), Some(Owner::Claimed(key)));
            assert_eq!(demux.find(on(n), &[0x80]), None, "a claim teaches nothing");
            demux.prove(on(n), key);
            assert_eq!(demux.find(on(n), &request), Some(Owner::Proven(key)));
        }
        assert!(demux.names.len() <= NAMES_A_CONNECTION && demux.pairs.len() <= PAIRS_A_CONNECTION);
        assert_eq!(demux.find(on(5), &request("name-5")), None, "a name of long ago");
        let next = ConnectionKey { room: RoomId(1), slot: 1, role: ConnectionRole::SubscribeNext };
        demux.rename(key, next);
        assert_eq!(demux.find(on(999), &[0x80]), Some(Owner::Proven(next)));
        demux.forget(next);
        assert!(demux.names.is_empty() && demux.pairs.is_empty() && demux.known.is_empty());
    }
}
