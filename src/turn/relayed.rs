//! Relayed transport addresses: under which a client of TURN is known to the relay of rooms, as if datagrams
//! came from there. None is a real one: nothing is bound, and what TURN carries is handed over in memory.
//!
//! They are ports of addresses that no host has: the IPv4 dummy address (RFC 7600, 4.8) and one of the IPv6
//! discard prefix (RFC 6666). Each port is one allocation of the box, so no two clients are taken for each
//! other.

use crate::ids::ClientPrefix;
use aws_lc_rs::hmac;
use std::collections::{HashMap, HashSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard};

const V4: Ipv4Addr = Ipv4Addr::new(192, 0, 0, 8);
const V6: Ipv6Addr = Ipv6Addr::new(0x100, 0, 0, 0, 0, 0, 0, 8);
/// Browsers distrust ports below.
const FIRST_PORT: u16 = 1024;
/// Of the connections that one client may have, so many in [`SHARES`] may be allocations: a page has two for
/// its media beside the one for what it says. SECURITY.md.
const ALLOCATIONS_SHARE: usize = 3;
const SHARES: usize = 4;

/// Whether that address stands for a client of TURN. No datagram of the network comes from there.
pub fn is_relayed(address: SocketAddr) -> bool {
    address.ip() == V4 || address.ip() == V6
}

/// Which are given away, of all media threads together.
#[derive(Debug)]
pub(super) struct Allocations(Mutex<Given>);

#[derive(Debug)]
struct Given {
    connections_per_client: usize,
    ports: HashSet<u16>,
    /// How many there have been…
    count: u64,
    /// …and what makes ports of that, so that none tells its client of allocations in other spaces.
    shuffle: hmac::Key,
    by_client: HashMap<ClientPrefix, usize>,
}

/// An allocation's address; given back by its drop.
#[derive(Debug)]
pub(super) struct RelayedAddress {
    allocations: Arc<Allocations>,
    client: ClientPrefix,
    pub(super) address: SocketAddr,
}

/// Why there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoAddress {
    /// Of that client are as many as may be.
    Quota,
    /// All are taken.
    Capacity,
}

impl Allocations {
    pub(super) fn new(secret: &[u8; 32], connections_per_client: usize) -> Allocations {
        Allocations(Mutex::new(Given {
            connections_per_client,
            ports: HashSet::new(),
            count: 0,
            shuffle: hmac::Key::new(hmac::HMAC_SHA256, secret),
            by_client: HashMap::new(),
        }))
    }

    pub(super) fn set_connections_per_client(&self, connections: usize) {
        self.lock().connections_per_client = connections;
    }

    /// A new address, of IPv6 or IPv4.
    pub(super) fn take(self: &Arc<Self>, client: IpAddr, ipv6: bool) -> Result<RelayedAddress, NoAddress> {
        let client = ClientPrefix::of(client);
        let mut given = self.lock();
        let most = (given.connections_per_client * ALLOCATIONS_SHARE / SHARES).max(1);
        if given.by_client.get(&client).is_some_and(|held| *held >= most) {
            return Err(NoAddress::Quota);
        }
        if given.ports.len() > usize::from(u16::MAX - FIRST_PORT) {
            return Err(NoAddress::Capacity);
        }
        let port = given.take_port();
        *given.by_client.entry(client).or_default() += 1;
        let ip = if ipv6 { V6.into() } else { V4.into() };
        let address = SocketAddr::new(ip, port);
        Ok(RelayedAddress { allocations: self.clone(), client, address })
    }

    /// A lock is right: it is held for a look at two maps, once for each allocation.
    fn lock(&self) -> MutexGuard<'_, Given> {
        self.0.lock().expect("nothing panics while it counts")
    }
}

impl Given {
    /// Any one that is free; there is one. That of an allocation that has just ended, for which media may be
    /// under way, is as unlikely as any other.
    fn take_port(&mut self) -> u16 {
        self.count += 1;
        let tag = hmac::sign(&self.shuffle, &self.count.to_be_bytes());
        let any = u16::from_be_bytes([tag.as_ref()[0], tag.as_ref()[1]]);
        let mut port = FIRST_PORT + any % (u16::MAX - FIRST_PORT + 1);
        while !self.ports.insert(port) {
            port = port.checked_add(1).unwrap_or(FIRST_PORT);
        }
        port
    }
}

impl Drop for RelayedAddress {
    fn drop(&mut self) {
        let mut given = self.allocations.lock();
        given.ports.remove(&self.address.port());
        if let Some(held) = given.by_client.get_mut(&self.client) {
            *held -= 1;
            if *held == 0 {
                given.by_client.remove(&self.client);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(n: u16) -> IpAddr {
        let [high, low] = n.to_be_bytes();
        Ipv4Addr::new(203, 0, high, low).into()
    }

    #[test]
    fn a_client_has_three_in_four_of_its_connections_and_gives_them_back() {
        let allocations = Arc::new(Allocations::new(&[7; 32], 8));
        let mut held: Vec<_> =
            (0..6).map(|_| allocations.take(client(1), false).expect("its share")).collect();
        assert_eq!(allocations.take(client(1), true).err(), Some(NoAddress::Quota));
        let other = allocations.take(client(2), true).expect("another client's");
        assert!(is_relayed(other.address) && other.address.is_ipv6());
        let before = held.pop().expect("six").address;
        let after = allocations.take(client(1), false).expect("one was given back");
        assert!(is_relayed(after.address) && after.address != before, "not the same at once");
        allocations.set_connections_per_client(4);
        drop(after);
        assert_eq!(allocations.take(client(1), false).err(), Some(NoAddress::Quota));
        drop((held, other));
        assert!(allocations.lock().ports.is_empty() && allocations.lock().by_client.is_empty());
    }

    #[test]
    fn there_is_an_end_of_all() {
        let allocations = Arc::new(Allocations::new(&[7; 32], usize::MAX / ALLOCATIONS_SHARE));
        let take = || allocations.take(client(1), false).expect("a port");
        let mut held: Vec<_> = (0..20_000).map(|_| take()).collect();
        // Of the rest all but a few are said to be taken, because finding the last ones takes long.
        let all = FIRST_PORT..=u16::MAX;
        let rest: Vec<_> = all.filter(|port| !allocations.lock().ports.contains(port)).skip(8).collect();
        allocations.lock().ports.extend(rest);
        held.extend((0..8).map(|_| take()));
        assert_eq!(held.iter().map(|one| one.address).collect::<HashSet<_>>().len(), held.len());
        assert!(held.iter().all(|one| one.address.port() >= FIRST_PORT));
        assert_eq!(allocations.take(client(2), false).err(), Some(NoAddress::Capacity));
        let free = held.swap_remove(4711).address;
        assert_eq!(allocations.take(client(2), false).expect("that one is free").address, free);
    }
}
