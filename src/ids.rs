//! Identifiers: newtypes, so that no integer is taken for another one.
//!
//! All ids come from one counter of the lobby that starts at a random number, so that ids before and after
//! a restart do not collide in practice. On the wire they are JSON numbers.

use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard};

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

/// A space: a lobby of its own, among those of the box. A space that is made anew has another id. Never on
/// the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SpaceId(pub u64);

impl SpaceId {
    /// The lobby at `/`.
    pub const MAIN: SpaceId = SpaceId(0);
}

/// The ids of persons and rooms that are in use, each with its space.
///
/// The relay serves all spaces and knows none of them, so no two spaces use the same id at a time. Each space
/// counts from a random number of its own, so that no id tells what goes on in another space.
#[derive(Clone, Debug, Default)]
pub struct IdRegistry(Arc<Mutex<HashMap<u32, SpaceId>>>);

impl IdRegistry {
    /// Whether a space may use that id; then it is in use until it is [released](IdRegistry::release).
    pub fn claim(&self, id: u32, space: SpaceId) -> bool {
        let mut used = self.lock();
        let is_free = !used.contains_key(&id);
        if is_free {
            used.insert(id, space);
        }
        is_free
    }

    pub fn release(&self, id: u32) {
        self.lock().remove(&id);
    }

    /// The space that uses that id.
    pub fn space_of(&self, id: u32) -> Option<SpaceId> {
        self.lock().get(&id).copied()
    }

    /// How many are in use.
    #[cfg(test)]
    pub(crate) fn count(&self) -> usize {
        self.lock().len()
    }

    /// A lock is right: it is held for a look at a map, and nobody waits for it but tests.
    fn lock(&self) -> MutexGuard<'_, HashMap<u32, SpaceId>> {
        self.0.lock().expect("nothing panics while it holds the map")
    }
}

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
