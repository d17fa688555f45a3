//! A rate limit on TLS handshakes. Each costs the one signalling thread more than any message does, and a
//! client that opens connections and drops them would have as many as fit into a second. Beyond a burst a
//! handshake is delayed. Pure.

use crate::ids::ClientPrefix;
use std::collections::HashMap;
use std::time::{Duration, Instant};

/// The handshakes that a client may begin at once: twice its connections, because pages that come back after
/// a restart of the box drop some; it is refilled in 2 s (SECURITY.md).
const BURST: u32 = 2;
const REFILL_TIME: Duration = Duration::from_secs(2);
/// Handshakes of a client that never wait for other clients: two pages with all the connections that a
/// browser opens… (SECURITY.md)
const PRIORITY_BURST: u32 = 16;
/// …and one more in so long.
const PRIORITY_INTERVAL: Duration = Duration::from_secs(1);
/// All other handshakes of all clients together: so many at once… (SECURITY.md)
const SHARED_BURST: u32 = 256;
/// …and one more in so long: 250 a second.
const SHARED_INTERVAL: Duration = Duration::from_millis(4);
/// A handshake that would be delayed longer is refused: browsers and the box itself time out soon after
/// (SECURITY.md).
const MAX_DELAY: Duration = Duration::from_secs(8);
/// Clients that are remembered, twice as many as have connections by default (SECURITY.md).
const MAX_CLIENTS: usize = 8192;

/// Token buckets, each as the moment at which it is full (the generic cell rate algorithm).
#[derive(Default)]
pub(super) struct HandshakeLimiter {
    by_client: HashMap<ClientPrefix, Buckets>,
    shared: Option<Instant>,
}

#[derive(Clone, Copy)]
struct Buckets {
    own: Instant,
    priority: Instant,
}

impl HandshakeLimiter {
    /// When the next handshake of that client may begin, which may have so many connections. `is_shared`:
    /// beyond its priority it waits for all other clients, which one that may have all connections does not.
    /// `None`: not in time.
    pub(super) fn schedule(
        &mut self,
        client: ClientPrefix,
        connections: usize,
        is_shared: bool,
        now: Instant,
    ) -> Option<Instant> {
        self.forget(now);
        let full = Buckets { own: now, priority: now };
        let Buckets { own, priority } = self.by_client.get(&client).copied().unwrap_or(full);
        let burst = u32::try_from(connections).unwrap_or(u32::MAX).saturating_mul(BURST).max(1);
        let (own, mut start) = take(own, burst, REFILL_TIME / burst, now);
        let (taken, priority_start) = take(priority, PRIORITY_BURST, PRIORITY_INTERVAL, now);
        let mut buckets = Buckets { own, priority };
        let mut shared = self.shared;
        if priority_start <= now {
            buckets.priority = taken;
        } else if is_shared {
            let (taken, shared_start) = take(shared.unwrap_or(now), SHARED_BURST, SHARED_INTERVAL, now);
            start = start.max(shared_start);
            shared = Some(taken);
        }
        if start > now + MAX_DELAY {
            return None;
        }
        self.by_client.insert(client, buckets);
        self.shared = shared;
        Some(start)
    }

    /// Forgets clients whose buckets are full; all clients where those are too few.
    fn forget(&mut self, now: Instant) {
        if self.by_client.len() >= MAX_CLIENTS {
            self.by_client.retain(|_, buckets| buckets.own > now || buckets.priority > now);
        }
        if self.by_client.len() >= MAX_CLIENTS {
            self.by_client.clear();
        }
    }
}

/// Takes a token out of a bucket that is full at that moment: when it is full then, and when the token may be
/// used.
pub(super) fn take(full_at: Instant, burst: u32, interval: Duration, now: Instant) -> (Instant, Instant) {
    let full_at = full_at.max(now) + interval;
    (full_at, full_at.checked_sub(interval * burst).map_or(now, |at| at.max(now)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(n: u32) -> ClientPrefix {
        ClientPrefix::of((0x0a00_0000 + n).to_be_bytes().into())
    }

    /// How many of so many handshakes that come at that moment begin within that time.
    fn begun(turns: &mut HandshakeLimiter, n: u32, tries: u32, now: Instant, within: Duration) -> u32 {
        let turn =
            |_: &u32| turns.schedule(address(n), 64, true, now).is_some_and(|turn| turn <= now + within);
        (0..tries).filter(turn).count() as u32
    }

    #[test]
    fn a_class_behind_one_address_comes_back_without_waiting_long() {
        let (mut turns, now) = (HandshakeLimiter::default(), Instant::now());
        let within = Duration::from_secs(2);
        assert_eq!(begun(&mut turns, 1, 240, now, within), 240, "30 pages of 8 connections each");
        assert_eq!(begun(&mut turns, 2, 16, now, Duration::ZERO), 16, "and another page at once");
    }

    #[test]
    fn one_address_gets_its_burst_and_then_its_rate() {
        let (mut turns, start) = (HandshakeLimiter::default(), Instant::now());
        let mut all = 0;
        for millisecond in 0..10_000 {
            all += begun(&mut turns, 1, 1, start + Duration::from_millis(millisecond), Duration::ZERO);
            assert!(begun(&mut turns, 2, 1, start, Duration::ZERO) == 1 || millisecond > 0);
        }
        // What would have to wait was booked all the same, so that nobody gains by coming often.
        assert!((128..=128 + 640).contains(&all), "{all}");
    }

    #[test]
    fn many_addresses_have_no_more_than_all_may_and_newcomers_do_not_wait_for_them() {
        let (mut turns, start) = (HandshakeLimiter::default(), Instant::now());
        let (addresses, seconds) = (254, 20);
        let mut begin_in_time = 0;
        for tick in 0..seconds * 10 {
            let now = start + Duration::from_millis(100 * u64::from(tick));
            for n in 0..addresses {
                for _ in 0..8 {
                    let turn = turns.schedule(address(n), 64, true, now);
                    let end = start + Duration::from_secs(u64::from(seconds));
                    begin_in_time += u32::from(turn.is_some_and(|turn| turn < end));
                }
            }
            let page = begun(&mut turns, 10_000 + tick, PRIORITY_BURST, now, Duration::ZERO);
            assert_eq!(page, PRIORITY_BURST, "a page of an address that was quiet waits for nobody");
        }
        let most = SHARED_BURST + seconds * 250 + addresses * (PRIORITY_BURST + seconds);
        assert!(begin_in_time <= most, "{begin_in_time} handshakes, at most {most}");
    }

    #[test]
    fn behind_a_proxy_all_come_from_one_address() {
        let (mut turns, now) = (HandshakeLimiter::default(), Instant::now());
        for _ in 0..8192 {
            assert_eq!(turns.schedule(address(1), 4096, false, now), Some(now));
        }
    }

    #[test]
    fn so_many_addresses_are_remembered_and_no_more() {
        let (mut turns, now) = (HandshakeLimiter::default(), Instant::now());
        for n in 0..3 * MAX_CLIENTS as u32 {
            turns.schedule(address(n), 64, true, now);
            assert!(turns.by_client.len() <= MAX_CLIENTS);
        }
    }
}
