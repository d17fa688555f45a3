//! Who is inside: connections are counted, so that nobody takes all the room.

mod handshakes;

use self::handshakes::Handshakes;
use crate::ids::ClientPrefix;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Instant;
use tokio::sync::Notify;

/// The last part of all places, one in so many, is kept for addresses that hold few: with the usual settings it takes
/// 304 addresses to close the box to others, more than an IPv4 network of the usual size has (SECURITY.md).
const RESERVE: usize = 4;
/// What an address may hold of it, its other connections counted: the page, its socket, media by TCP, and one to spare
/// (SECURITY.md).
const FEW: usize = 4;

/// Counts who is inside, so that nobody takes all the room.
pub(crate) struct Doors {
    pub(crate) opened: Instant,
    most: usize,
    inside: Mutex<Inside>,
    refused: AtomicU64,
    /// Wakes whoever waits for the last to leave.
    left: Notify,
}

struct Inside {
    most_from_one: usize,
    all: usize,
    from: HashMap<IpAddr, usize>,
    handshakes: Handshakes,
}

/// One connection's right to be; given back by its drop.
pub(crate) struct Guest {
    doors: Arc<Doors>,
    from: IpAddr,
}

impl Doors {
    pub(crate) fn new(most: usize, most_from_one: usize) -> Doors {
        Doors {
            opened: Instant::now(),
            most,
            inside: Mutex::new(Inside {
                most_from_one,
                all: 0,
                from: HashMap::new(),
                handshakes: Handshakes::default(),
            }),
            refused: AtomicU64::new(0),
            left: Notify::new(),
        }
    }

    /// Another limit for those who come from now on.
    pub(crate) fn allow_from_one(&self, most: usize) {
        self.lock().most_from_one = most;
    }

    /// Connections at the moment.
    pub(crate) fn open(&self) -> usize {
        self.lock().all
    }

    /// Waits until everybody has left.
    pub(crate) async fn emptied(&self) {
        while self.open() > 0 {
            self.left.notified().await;
        }
    }

    /// Connections refused since the start.
    pub(crate) fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    /// A new connection; `None` when there are too many.
    pub(crate) fn enter(self: &Arc<Self>, from: IpAddr) -> Option<Guest> {
        let from = household(from);
        let mut inside = self.lock();
        let here = inside.from.get(&from).copied().unwrap_or(0);
        let free = self.most - inside.all;
        if free == 0 || here >= share(self.most, inside.most_from_one, free) {
            self.refused.fetch_add(1, Ordering::Relaxed);
            return None;
        }
        inside.all += 1;
        inside.from.insert(from, here + 1);
        Some(Guest { doors: self.clone(), from })
    }

    /// When a handshake of TLS with somebody at that address may begin; `None`: not in time.
    pub(crate) fn handshake(&self, from: IpAddr, now: Instant) -> Option<Instant> {
        let mut inside = self.lock();
        let connections = inside.most_from_one;
        inside.handshakes.turn(household(from), connections, connections < self.most, now)
    }

    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().expect("nothing panics while it counts")
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        let mut inside = self.doors.lock();
        inside.all -= 1;
        if let Entry::Occupied(mut here) = inside.from.entry(self.from) {
            *here.get_mut() -= 1;
            if *here.get() == 0 {
                here.remove();
            }
        }
        if inside.all == 0 {
            self.doors.left.notify_one();
        }
    }
}

/// How many connections one address may hold while so many places are free. Where the owner lets one address have all,
/// as behind a proxy, nothing is kept.
fn share(most: usize, most_from_one: usize, free: usize) -> usize {
    if free > most / RESERVE || most_from_one >= most { most_from_one } else { FEW.min(most_from_one) }
}

/// The addresses that count as one.
pub(crate) fn household(from: IpAddr) -> IpAddr {
    ClientPrefix::of(from).0
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv6Addr;

    fn address(n: usize) -> IpAddr {
        IpAddr::V6(Ipv6Addr::from_bits((n as u128) << 64))
    }

    /// Each of so many addresses takes all that it gets, in turns or one after the other.
    fn attack(doors: &Arc<Doors>, addresses: usize, in_turns: bool) -> Vec<Guest> {
        let places = 0..doors.most;
        let order: Vec<_> = if in_turns {
            places.flat_map(|_| 0..addresses).collect()
        } else {
            (0..addresses).flat_map(|n| places.clone().map(move |_| n)).collect()
        };
        order.into_iter().filter_map(|n| doors.enter(address(n))).collect()
    }

    #[test]
    fn addresses_that_hold_many_leave_places_for_newcomers() {
        for (addresses, in_turns) in [(1, true), (64, true), (64, false), (254, true), (254, false)] {
            let doors = Arc::new(Doors::new(4096, 64));
            let held = attack(&doors, addresses, in_turns);
            // A page of an address that holds nothing takes what a page needs.
            let page: Vec<_> = (0..FEW).filter_map(|_| doors.enter(address(5000))).collect();
            assert_eq!(page.len(), FEW, "{addresses} addresses hold {}", held.len());
            drop((held, page));
            assert_eq!((doors.open(), doors.lock().from.len()), (0, 0));
        }
    }

    #[test]
    fn one_address_gets_its_whole_share_while_there_is_room() {
        assert_eq!(attack(&Arc::new(Doors::new(4096, 64)), 1, true).len(), 64);
        assert_eq!(
            attack(&Arc::new(Doors::new(4096, 4096)), 1, true).len(),
            4096,
            "all come through one proxy"
        );
        assert_eq!(attack(&Arc::new(Doors::new(4096, 64)), 48, true).len(), 3072);
        assert_eq!(attack(&Arc::new(Doors::new(3, 64)), 2, true).len(), 3, "and all places can be taken");
    }
}
