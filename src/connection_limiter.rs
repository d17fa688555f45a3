//! Limits on TCP connections and TLS handshakes: in all, and for each [`ClientPrefix`].

mod handshakes;
mod requests;

use self::handshakes::HandshakeLimiter;
use self::requests::RequestLimiter;
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
    requests: RequestLimiter,
}

/// One connection's place among those allowed; given back by its drop.
pub(crate) struct Permit {
    place: Place,
    /// `None`: a proxy's connection, which carries requests of many clients.
    client: Option<ClientPermit>,
}

/// A place among all connections.
struct Place(Arc<ConnectionLimiter>);

/// A place among those of one client: of its connection, or of its request on a proxy's connection. Given
/// back by its drop.
pub(crate) struct ClientPermit {
    limiter: Arc<ConnectionLimiter>,
    client: ClientPrefix,
}

impl ConnectionLimiter {
    pub(crate) fn new(max: usize, max_per_client: usize) -> ConnectionLimiter {
        let by_client = HashMap::new();
        let (handshakes, requests) = (HandshakeLimiter::default(), RequestLimiter::default());
        ConnectionLimiter {
            started: Instant::now(),
            max,
            connections: Mutex::new(Connections { max_per_client, open: 0, by_client, handshakes, requests }),
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
        // In this order, so that the connection itself is not counted as taken when its client's limit is
        // reckoned.
        let client = self.accept_client(from)?;
        Some(Permit { client: Some(client), ..self.accept_proxy()? })
    }

    /// Takes a place for the connection of a trusted proxy, whose clients are counted by themselves; `None`:
    /// there are too many.
    pub(crate) fn accept_proxy(self: &Arc<Self>) -> Option<Permit> {
        let mut connections = self.lock();
        if connections.open == self.max {
            return self.refuse();
        }
        connections.open += 1;
        drop(connections);
        Some(Permit { place: Place(self.clone()), client: None })
    }

    /// Takes a place among those of a client on a connection that has its own; `None`: it holds too many.
    pub(crate) fn accept_client(self: &Arc<Self>, from: IpAddr) -> Option<ClientPermit> {
        let client = ClientPrefix::of(from);
        let mut connections = self.lock();
        let held = connections.by_client.get(&client).copied().unwrap_or(0);
        let free = self.max - connections.open;
        if held >= client_limit(self.max, connections.max_per_client, free) {
            return self.refuse();
        }
        connections.by_client.insert(client, held + 1);
        drop(connections);
        Some(ClientPermit { limiter: self.clone(), client })
    }

    fn refuse<T>(&self) -> Option<T> {
        self.refused.fetch_add(1, Ordering::Relaxed);
        None
    }

    /// When a TLS handshake with that address may begin; `None`: not in time.
    pub(crate) fn schedule_handshake(&self, from: IpAddr, now: Instant) -> Option<Instant> {
        let mut connections = self.lock();
        let max_per_client = connections.max_per_client;
        let is_shared = max_per_client < self.max;
        connections.handshakes.schedule(ClientPrefix::of(from), max_per_client, is_shared, now)
    }

    /// When a request of that client, which came on the connection of a proxy, may be answered; `None`: not
    /// in time.
    pub(crate) fn schedule_request(&self, from: IpAddr, now: Instant) -> Option<Instant> {
        let mut connections = self.lock();
        let max_per_client = connections.max_per_client;
        connections.requests.schedule(ClientPrefix::of(from), max_per_client, now).or_else(|| self.refuse())
    }

    fn lock(&self) -> MutexGuard<'_, Connections> {
        self.connections.lock().expect("nothing panics while it counts")
    }
}

impl Permit {
    /// Counts a proxy's connection as that of one client, whom the proxy has named. False: that one holds too
    /// many.
    pub(crate) fn assign(&mut self, client: IpAddr) -> bool {
        self.client = self.place.0.accept_client(client);
        self.client.is_some()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut connections = self.0.lock();
        connections.open -= 1;
        if connections.open == 0 {
            self.0.all_closed.notify_one();
        }
    }
}

impl Drop for ClientPermit {
    fn drop(&mut self) {
        let mut connections = self.limiter.lock();
        if let Entry::Occupied(mut held) = connections.by_client.entry(self.client) {
            *held.get_mut() -= 1;
            if *held.get() == 0 {
                held.remove();
            }
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

    #[test]
    fn a_proxy_has_as_many_connections_as_there_are_and_each_of_its_clients_its_own_share() {
        let limiter = Arc::new(ConnectionLimiter::new(400, 64));
        let mut of_proxy: Vec<_> = (0..200).filter_map(|_| limiter.accept_proxy()).collect();
        assert_eq!(of_proxy.len(), 200);
        let requests: Vec<_> = (0..100).filter_map(|_| limiter.accept_client(address(1))).collect();
        assert_eq!(requests.len(), 64);
        assert!(limiter.accept_client(address(2)).is_some(), "another client has its own");
        // A connection that the proxy says to be of that client counts like its requests.
        assert!(!of_proxy[0].assign(address(1)) && of_proxy[1].assign(address(2)));
        drop(requests);
        assert!(of_proxy[0].assign(address(1)));
        assert_eq!((limiter.open(), limiter.refused()), (200, 37));
        // While few places are left, no client holds many, proxy or not.
        of_proxy.extend((0..150).filter_map(|_| limiter.accept_proxy()));
        let last: Vec<_> = (0..10).filter_map(|_| limiter.accept_client(address(3))).collect();
        assert_eq!(last.len(), RESERVED_PER_CLIENT);
        drop((of_proxy, last));
        assert_eq!((limiter.open(), limiter.lock().by_client.len()), (0, 0));
    }
}
