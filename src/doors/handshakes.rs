//! When a handshake of TLS may begin. Each costs the one signalling thread more than any message does, and whoever opens
//! connections and drops them would have as many as fit into a second. Beyond a burst a visitor waits for a turn. Pure.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::{Duration, Instant};

/// The handshakes that an address may begin at once: twice its connections, because pages that come back after a restart
/// of the box drop some; as many again take 2 s (SECURITY.md).
const BURST: u32 = 2;
const REFILL: Duration = Duration::from_secs(2);
/// Handshakes of an address that never wait for other addresses: two pages with all the connections that a browser opens…
/// (SECURITY.md)
const FIRST: u32 = 16;
/// …and one more in so long.
const FIRST_EVERY: Duration = Duration::from_secs(1);
/// All other handshakes of all addresses together: so many at once… (SECURITY.md)
const ALL: u32 = 256;
/// …and one more in so long: 250 a second.
const ALL_EVERY: Duration = Duration::from_millis(4);
/// Who would wait longer is refused: browsers and the box itself lose patience soon after (SECURITY.md).
const LONGEST_WAIT: Duration = Duration::from_secs(8);
/// Addresses that are remembered, twice as many as have connections by default (SECURITY.md).
const REMEMBERED: usize = 8192;

/// What is booked, each as the moment at which its bucket is full again (the generic cell rate algorithm).
#[derive(Default)]
pub(super) struct Handshakes {
    by: HashMap<IpAddr, Booked>,
    all: Option<Instant>,
}

#[derive(Clone, Copy)]
struct Booked {
    own: Instant,
    first: Instant,
}

impl Handshakes {
    /// When the next handshake of that address may begin, which may have so many connections; without a bound of all
    /// addresses where one may have all connections. `None`: not in time.
    pub(super) fn turn(
        &mut self,
        from: IpAddr,
        connections: usize,
        bounded: bool,
        now: Instant,
    ) -> Option<Instant> {
        self.forget(now);
        let Booked { own, first } = self.by.get(&from).copied().unwrap_or(Booked { own: now, first: now });
        let burst = u32::try_from(connections).unwrap_or(u32::MAX).saturating_mul(BURST).max(1);
        let (own, mut turn) = book(own, burst, REFILL / burst, now);
        let (fresh, goes_first) = book(first, FIRST, FIRST_EVERY, now);
        let mut booked = Booked { own, first };
        let mut all = self.all;
        if goes_first <= now {
            booked.first = fresh;
        } else if bounded {
            let (later, at) = book(all.unwrap_or(now), ALL, ALL_EVERY, now);
            turn = turn.max(at);
            all = Some(later);
        }
        if turn > now + LONGEST_WAIT {
            return None;
        }
        self.by.insert(from, booked);
        self.all = all;
        Some(turn)
    }

    /// Addresses of which there is nothing more to know; all of them where that are too few.
    fn forget(&mut self, now: Instant) {
        if self.by.len() >= REMEMBERED {
            self.by.retain(|_, booked| booked.own > now || booked.first > now);
        }
        if self.by.len() >= REMEMBERED {
            self.by.clear();
        }
    }
}

/// Takes one out of a bucket that is full at that moment: when it is full again, and when that one may be used.
fn book(full_at: Instant, burst: u32, every: Duration, now: Instant) -> (Instant, Instant) {
    let full_at = full_at.max(now) + every;
    (full_at, full_at.checked_sub(every * burst).map_or(now, |at| at.max(now)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(n: u32) -> IpAddr {
        IpAddr::from((0x0a00_0000 + n).to_be_bytes())
    }

    /// How many of so many handshakes that come at that moment begin within that time.
    fn begun(turns: &mut Handshakes, n: u32, tries: u32, now: Instant, within: Duration) -> u32 {
        let turn = |_: &u32| turns.turn(address(n), 64, true, now).is_some_and(|turn| turn <= now + within);
        (0..tries).filter(turn).count() as u32
    }

    #[test]
    fn a_class_behind_one_address_comes_back_without_waiting_long() {
        let (mut turns, now) = (Handshakes::default(), Instant::now());
        let within = Duration::from_secs(2);
        assert_eq!(begun(&mut turns, 1, 240, now, within), 240, "30 pages of 8 connections each");
        assert_eq!(begun(&mut turns, 2, 16, now, Duration::ZERO), 16, "and another page at once");
    }

    #[test]
    fn one_address_gets_its_burst_and_then_its_rate() {
        let (mut turns, start) = (Handshakes::default(), Instant::now());
        let mut all = 0;
        for millisecond in 0..10_000 {
            all += begun(&mut turns, 1, 1, start + Duration::from_millis(millisecond), Duration::ZERO);
            assert!(begun(&mut turns, 2, 1, start, Duration::ZERO) == 1 || millisecond > 0);
        }
        // What would have to wait was booked all the same, so that nobody gains by coming again and again.
        assert!((128..=128 + 640).contains(&all), "{all}");
    }

    #[test]
    fn many_addresses_have_no_more_than_all_may_and_newcomers_do_not_wait_for_them() {
        let (mut turns, start) = (Handshakes::default(), Instant::now());
        let (addresses, seconds) = (254, 20);
        let mut begin_in_time = 0;
        for tick in 0..seconds * 10 {
            let now = start + Duration::from_millis(100 * u64::from(tick));
            for n in 0..addresses {
                for _ in 0..8 {
                    let turn = turns.turn(address(n), 64, true, now);
                    let end = start + Duration::from_secs(u64::from(seconds));
                    begin_in_time += u32::from(turn.is_some_and(|turn| turn < end));
                }
            }
            let page = begun(&mut turns, 10_000 + tick, FIRST, now, Duration::ZERO);
            assert_eq!(page, FIRST, "a page of an address that was quiet waits for nobody");
        }
        let most = ALL + seconds * 250 + addresses * (FIRST + seconds);
        assert!(begin_in_time <= most, "{begin_in_time} handshakes, at most {most}");
    }

    #[test]
    fn behind_a_proxy_all_come_from_one_address() {
        let (mut turns, now) = (Handshakes::default(), Instant::now());
        for _ in 0..8192 {
            assert_eq!(turns.turn(address(1), 4096, false, now), Some(now));
        }
    }

    #[test]
    fn so_many_addresses_are_remembered_and_no_more() {
        let (mut turns, now) = (Handshakes::default(), Instant::now());
        for n in 0..3 * REMEMBERED as u32 {
            turns.turn(address(n), 64, true, now);
            assert!(turns.by.len() <= REMEMBERED);
        }
    }
}
