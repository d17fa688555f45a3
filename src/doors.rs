//! Who is inside: connections are counted, so that nobody takes all the room.

use crate::ids::ClientPrefix;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Instant;
use tokio::sync::Notify;

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
            inside: Mutex::new(Inside { most_from_one, all: 0, from: HashMap::new() }),
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
        if inside.all >= self.most || here >= inside.most_from_one {
            self.refused.fetch_add(1, Ordering::Relaxed);
            return None;
        }
        inside.all += 1;
        inside.from.insert(from, here + 1);
        Some(Guest { doors: self.clone(), from })
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

/// The addresses that count as one.
pub(crate) fn household(from: IpAddr) -> IpAddr {
    ClientPrefix::of(from).0
}
