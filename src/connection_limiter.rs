//! Limits on TCP connections and TLS handshakes: in all, and for each [`ClientPrefix`].

mod handshakes;

use self::handshakes::HandshakeLimiter;
use crate::ids::ClientPrefix;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Instant;
use tokio::sync::Notify;

/// One connection in so many is reserved for clients that hold few: with the usual settings it takes 304
/// addresses to keep others out, more than an IPv4 network of the usual size has (SECURITY.md).
const RESERVED_SHARE: usize = 4;
/// What a client may hold of the reserve, its other connections counted: the page, its socket, media by TCP,
/// and one to spare (SECURITY.md).
const RESERVED_PER_CLIENT: usize = 4;

/// Counts connections, so that no client takes all there may be.
pub(crate) struct ConnectionLimiter {
    pub(crate) started: Instant,
    max: usize,
    connections: Mutex<Connections>,
    refused: AtomicU64,
    /// Wakes whoever waits for the last connection to close.
    all_closed: Notify,
}

struct Connections {
    max_per_client: usize,
    open: usize,
    by_client: HashMap<ClientPrefix, usize>,
    handshakes: HandshakeLimiter,
}

/// One connection's place among those allowed; given back by its drop.
pub(crate) struct Permit {
    limiter: Arc<ConnectionLimiter>,
    client: ClientPrefix,
}

impl ConnectionLimiter {
    pub(crate) fn new(max: usize, max_per_client: usize) -> ConnectionLimiter {
        let by_client = HashMap::new();
        let handshakes = HandshakeLimiter::default();
        ConnectionLimiter {
            started: Instant::now(),
            max,
            connections: Mutex::new(Connections { max_per_client, open: 0, by_client, handshakes }),
            refused: AtomicU64::new(0),
            all_closed: Notify::new(),
        }
    }

    /// Sets the limit of a client for connections to come; those that are open stay.
    pub(crate) fn set_max_per_client(&self, max: usize) {
        self.lock().max_per_client = max;
    }

    /// Connections that are open.
    pub(crate) fn open(&self) -> usize {
        self.lock().open
    }

    /// Waits until no connection is open.
    pub(crate) async fn all_closed(&self) {
        while self.open() > 0 {
            self.all_closed.notified().await;
        }
    }

    /// Connections refused since the start.
    pub(crate) fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    /// Takes a place for a connection from that address; `None`: there are too many.
    pub(crate) fn accept(self: &Arc<Self>, from: IpAddr) -> Option<Permit> {
        let client = ClientPrefix::of(from);
        let mut connections = self.lock();
        let held = connections.by_client.get(&client).copied().unwrap_or(0);
        let free = self.max - connections.open;
        if free == 0 || held >= client_limit(self.max, connections.max_per_client, free) {
            self.refused.fetch_add(1, Ordering::Relaxed);
            return None;
        }
        connections.open += 1;
        connections.by_client.insert(client, held + 1);
        Some(Permit { limiter: self.clone(), client })
    }

    /// When a TLS handshake with that address may begin; `None`: not in time.
    pub(crate) fn schedule_handshake(&self, from: IpAddr, now: Instant) -> Option<Instant> {
        let mut connections = self.lock();
        let max_per_client = connections.max_per_client;
        let is_shared = max_per_client < self.max;
        connections.handshakes.schedule(ClientPrefix::of(from), max_per_client, is_shared, now)
    }

    fn lock(&self) -> MutexGuard<'_, Connections> {
        self.connections.lock().expect("nothing panics while it counts")
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut connections = self.limiter.lock();
        connections.open -= 1;
        if let Entry::Occupied(mut held) = connections.by_client.entry(self.client) {
            *held.get_mut() -= 1;
            if *held.get() == 0 {
                held.remove();
            }
        }
        if connections.open == 0 {
            self.limiter.all_closed.notify_one();
        }
    }
}

/// How many connections one client may hold while so many are free. Where the owner lets one client have all,
/// as behind a proxy, nothing is reserved.
fn client_limit(max: usize, max_per_client: usize, free: usize) -> usize {
    let is_plenty = free > max / RESERVED_SHARE || max_per_client >= max;
    if is_plenty { max_per_client } else { RESERVED_PER_CLIENT.min(max_per_client) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv6Addr;

    fn address(n: usize) -> IpAddr {
        IpAddr::V6(Ipv6Addr::from_bits((n as u128) << 64))
    }

    /// Each of so many addresses takes all that it gets, in turns or one after the other.
    fn attack(limiter: &Arc<ConnectionLimiter>, addresses: usize, in_turns: bool) -> Vec<Permit> {
        let places = 0..limiter.max;
        let order: Vec<_> = if in_turns {
            places.flat_map(|_| 0..addresses).collect()
        } else {
            (0..addresses).flat_map(|n| places.clone().map(move |_| n)).collect()
        };
        order.into_iter().filter_map(|n| limiter.accept(address(n))).collect()
    }

    #[test]
    fn addresses_that_hold_many_leave_places_for_newcomers() {
        for (addresses, in_turns) in [(1, true), (64, true), (64, false), (254, true), (254, false)] {
            let limiter = Arc::new(ConnectionLimiter::new(4096, 64));
            let held = attack(&limiter, addresses, in_turns);
            // A page of an address that holds nothing takes what a page needs.
            let page: Vec<_> =
                (0..RESERVED_PER_CLIENT).filter_map(|_| limiter.accept(address(5000))).collect();
            assert_eq!(page.len(), RESERVED_PER_CLIENT, "{addresses} addresses hold {}", held.len());
            drop((held, page));
            assert_eq!((limiter.open(), limiter.lock().by_client.len()), (0, 0));
        }
    }

    #[test]
    fn one_address_gets_its_whole_share_while_there_is_room() {
        assert_eq!(attack(&Arc::new(ConnectionLimiter::new(4096, 64)), 1, true).len(), 64);
        assert_eq!(
            attack(&Arc::new(ConnectionLimiter::new(4096, 4096)), 1, true).len(),
            4096,
            "all come through one proxy"
        );
        assert_eq!(attack(&Arc::new(ConnectionLimiter::new(4096, 64)), 48, true).len(), 3072);
        assert_eq!(
            attack(&Arc::new(ConnectionLimiter::new(3, 64)), 2, true).len(),
            3,
            "and all places can be taken"
        );
    }
}
