//! Identifiers: newtypes, so that no integer is taken for another one.
//!
//! All ids come from one counter of the lobby that starts at a random number, so that ids before and after
//! a restart do not collide in practice. On the wire they are JSON numbers.

use serde::{Deserialize, Serialize};
use std::net::{IpAddr, Ipv6Addr};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(test, derive(ts_rs::TS))]
        #[serde(transparent)]
        pub struct $name(pub u32);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    )+};
}

ids! {
    /// A person whose page is open. Kept over a lost connection and a restart.
    PersonId,
    /// A room: a private conversation.
    RoomId,
    /// An invitation of one person to another into a room.
    InvitationId,
    /// A knock: somebody outside asks to be let into a room.
    KnockId,
}

/// One connection of a page: a WebSocket or an event stream. A person has at most one at a time; never on
/// the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(pub u64);

/// The addresses that count as one client: an IPv4 address, or the /64 of an IPv6 address, because one
/// machine has a /64 to choose from (RFC 4291, 2.5.4). Never on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientPrefix(pub IpAddr);

impl ClientPrefix {
    /// The prefix of a client that connects from there.
    pub fn of(address: IpAddr) -> ClientPrefix {
        ClientPrefix(match address {
            IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
            v4 => v4,
        })
    }
}
