//! How many spaces may be made, by whom, and how fast, where spaces are open. Pure.

use crate::ids::ClientPrefix;
use crate::token_bucket::{Rate, TokenBucket};
use std::collections::HashMap;
use std::time::{Duration, Instant};

/// Open spaces at a time: a small part of the memory of the connections that they need (SECURITY.md).
const MAX_OPEN_SPACES: usize = 2048;
/// Of these, so many that the same client has made: a school behind one address has a space for each class
/// (SECURITY.md).
const MAX_OPEN_PER_PREFIX: usize = 32;
/// One open space in so many is reserved for clients that have made few (SECURITY.md).
const RESERVED_SHARE: usize = 4;
/// What a client may have of the reserve, its other spaces counted (SECURITY.md).
const RESERVED_PER_PREFIX: usize = 4;
/// Spaces that one client makes: each class once, and then one in 10 s (SECURITY.md).
const CREATIONS_PER_PREFIX: Rate = Rate { burst: 32, refill: Duration::from_secs(320) };
/// After a restart people return to their spaces, and whoever is first in one counts as having made it: until all are
/// back, a client may have so many times as many, as fast as it likes (SECURITY.md).
const RESTORING_FACTOR: usize = 4;
/// Clients whose creations are remembered; then all are forgotten that have no space (SECURITY.md).
const MAX_MAKERS: usize = 8192;

/// The open spaces that there are, by who has made them.
#[derive(Default)]
pub(super) struct SpaceBudget {
    makers: HashMap<ClientPrefix, Maker>,
    spaces: usize,
}

struct Maker {
    spaces: usize,
    creations: TokenBucket,
}

impl SpaceBudget {
    /// Whether a client may make a space at `now`; then it counts until it is
    /// [released](SpaceBudget::release). `restoring`: people return to their spaces after a restart.
    pub(super) fn claim(&mut self, maker: ClientPrefix, restoring: bool, now: Instant) -> bool {
        if self.spaces >= MAX_OPEN_SPACES {
            return false;
        }
        if self.makers.len() >= MAX_MAKERS {
            self.makers.retain(|_, maker| maker.spaces > 0);
        }
        let maker = self
            .makers
            .entry(maker)
            .or_insert_with(|| Maker { spaces: 0, creations: TokenBucket::full(now) });
        let is_plenty = self.spaces < MAX_OPEN_SPACES - MAX_OPEN_SPACES / RESERVED_SHARE;
        let most = match restoring {
            _ if !is_plenty => RESERVED_PER_PREFIX,
            true => MAX_OPEN_PER_PREFIX * RESTORING_FACTOR,
            false => MAX_OPEN_PER_PREFIX,
        };
        let may = maker.spaces < most && (restoring || maker.creations.try_take(now, CREATIONS_PER_PREFIX));
        if may {
            maker.spaces += 1;
            self.spaces += 1;
        }
        may
    }

    pub(super) fn release(&mut self, maker: ClientPrefix, now: Instant) {
        self.spaces -= 1;
        let entry = self.makers.get_mut(&maker).expect("whoever has made a space is remembered");
        entry.spaces -= 1;
        if entry.spaces == 0 && entry.creations.is_full(now) {
            self.makers.remove(&maker);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    fn client(n: u32) -> ClientPrefix {
        ClientPrefix(Ipv4Addr::from_bits(n).into())
    }

    #[test]
    fn one_client_makes_so_many_spaces_and_so_fast_and_others_are_not_kept_from_it() {
        let (mut budget, now) = (SpaceBudget::default(), Instant::now());
        let made = (0..100).filter(|_| budget.claim(client(1), false, now)).count();
        assert_eq!(made, MAX_OPEN_PER_PREFIX);
        let later = now + Duration::from_secs(3600);
        assert!(!budget.claim(client(1), false, later), "as many as it may have");
        assert!(budget.claim(client(2), false, now));
        budget.release(client(1), later);
        assert!(budget.claim(client(1), false, later));
    }

    #[test]
    fn who_makes_and_leaves_spaces_is_slowed() {
        let (mut budget, now) = (SpaceBudget::default(), Instant::now());
        let mut made = 0;
        for second in 0..1000 {
            let now = now + Duration::from_secs(second);
            if budget.claim(client(1), false, now) {
                made += 1;
                budget.release(client(1), now);
            }
        }
        assert!((130..=132).contains(&made), "{made}: a burst, and one in 10 s");
    }

    #[test]
    fn all_together_have_a_bound_and_nothing_is_remembered_for_ever() {
        let (mut budget, now) = (SpaceBudget::default(), Instant::now());
        let made = (0..10_000).filter(|n| budget.claim(client(*n), false, now)).count();
        assert_eq!(made, MAX_OPEN_SPACES);
        for n in 0..MAX_OPEN_SPACES as u32 {
            budget.release(client(n), now);
        }
        for n in 10_000..50_000 {
            if budget.claim(client(n), false, now) {
                budget.release(client(n), now);
            }
            assert!(budget.makers.len() <= MAX_MAKERS);
        }
    }

    #[test]
    fn who_makes_many_leaves_room_for_who_makes_few() {
        for restoring in [false, true] {
            let (mut budget, now) = (SpaceBudget::default(), Instant::now());
            let made = (0..100_000).filter(|n| budget.claim(client(n % 64), restoring, now)).count();
            assert!(made < MAX_OPEN_SPACES, "64 addresses make {made}");
            assert!(budget.claim(client(1000), restoring, now), "one that has made none");
        }
    }

    #[test]
    fn after_a_restart_people_return_to_more_spaces_than_one_could_make() {
        let (mut budget, now) = (SpaceBudget::default(), Instant::now());
        let made = (0..1000).filter(|_| budget.claim(client(1), true, now)).count();
        assert_eq!(made, RESTORING_FACTOR * MAX_OPEN_PER_PREFIX);
        assert!(!budget.claim(client(1), false, now));
    }
}
