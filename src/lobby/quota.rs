//! What each address may take of the lobby, so that one person costs the others nothing (SECURITY.md).
//!
//! An owner is a [`ClientPrefix`]: a machine can have as many connections and tabs as it likes, but not as many
//! addresses.

use super::Lobby;
use crate::ids::{ClientPrefix, PersonId};
use crate::protocol::ErrorCode;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Seconds until a prefix that has had all its arrivals at once may have as many again: a school behind one address
/// comes in together at eight, and not twice in two minutes (SECURITY.md).
const ARRIVALS_REFILL: Duration = Duration::from_secs(120);
/// Seconds that somebody must have been here, unless they call or are called, for their place to be kept when the
/// connection is lost: a person who looks around takes longer, a program that says hello and goes does not (SECURITY.md).
const STAYED: Duration = Duration::from_secs(3);

/// Returns with a token of a prefix, so many for each of its places, in [`ARRIVALS_REFILL`]: each has the whole list told.
/// After a restart of the box all pages come back at once, and some are reloaded (SECURITY.md).
const RETURNS_A_PLACE: u32 = 4;

/// Rings of one page: a class is called at once, and then somebody else each 2 s (SECURITY.md).
const RINGS_OF_PAGE: Rate = Rate { burst: 40, refill: Duration::from_secs(80) };
/// Seconds until a prefix that has had all its rings at once, one for each of its places, may have as many again, whoever
/// comes and goes there: a school's teachers call their classes at once (SECURITY.md).
const RINGS_REFILL: Duration = Duration::from_secs(120);
/// Rings at one callee from one prefix: several people call at once, or one who was cut off calls again; a bell that rings
/// all the time is not to be had (SECURITY.md).
const RINGS_AT_CALLEE: Rate = Rate { burst: 20, refill: Duration::from_secs(60) };
/// Knocks of one page, each of which the members of a room hear (SECURITY.md).
const KNOCKS_OF_PAGE: Rate = Rate { burst: 20, refill: Duration::from_secs(40) };
/// Knocks of a prefix, so many for each of its places, in [`RINGS_REFILL`]: whoever comes and goes there (SECURITY.md).
const KNOCKS_A_PLACE: u32 = 4;
/// Other names of one page, which everybody hears: who tries some in a row needs fewer (SECURITY.md).
const NAMES_OF_PAGE: Rate = Rate { burst: 20, refill: Duration::from_secs(40) };

/// So much at once, and so much again in each `refill`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rate {
    pub(super) burst: u32,
    pub(super) refill: Duration,
}

/// A token bucket, kept as the moment at which it is full again (the generic cell rate algorithm).
#[derive(Clone, Copy, Debug)]
pub(super) struct Bucket {
    full_at: Instant,
}

impl Bucket {
    pub(super) fn full(now: Instant) -> Bucket {
        Bucket { full_at: now }
    }

    /// Whether there is a token left.
    pub(super) fn has_one(&self, now: Instant, rate: Rate) -> bool {
        // A token's time is rounded down, so that what is left after a burst is never a rounding's.
        self.full_at.max(now) + rate.refill / rate.burst.max(1) <= now + rate.refill
    }

    /// Takes one token, if there is one left.
    pub(super) fn take(&mut self, now: Instant, rate: Rate) -> bool {
        let left = self.has_one(now, rate);
        if left {
            self.full_at = self.full_at.max(now) + rate.refill / rate.burst.max(1);
        }
        left
    }

    pub(super) fn is_full(&self, now: Instant) -> bool {
        self.full_at <= now
    }
}

/// What one prefix has of the lobby.
#[derive(Debug)]
struct Quota {
    /// Persons who came from there, those who are reconnecting counted, wherever they are connected from since.
    places: usize,
    arrivals: Bucket,
    returns: Bucket,
    rings: Bucket,
    knocks: Bucket,
}

impl Quota {
    fn full(now: Instant) -> Quota {
        let full = Bucket::full(now);
        Quota { places: 0, arrivals: full, returns: full, rings: full, knocks: full }
    }

    /// Nothing that has to be remembered.
    fn is_forgettable(&self, now: Instant) -> bool {
        let buckets = [self.arrivals, self.returns, self.rings, self.knocks];
        self.places == 0 && buckets.iter().all(|bucket| bucket.is_full(now))
    }
}

/// What each prefix has of the lobby.
#[derive(Debug, Default)]
pub(super) struct Quotas(BTreeMap<ClientPrefix, Quota>);

impl Quotas {
    /// Somebody is gone who came from there.
    fn give_back(&mut self, prefix: ClientPrefix, now: Instant) {
        let quota = self.0.get_mut(&prefix).expect("who is here has a place");
        quota.places -= 1;
        if quota.is_forgettable(now) {
            self.0.remove(&prefix);
        }
    }

    /// What that prefix has. Prefixes without places are remembered for their rates only, so many and no more; then all
    /// of them are forgotten, which costs each arrival a constant time.
    fn of(&mut self, prefix: ClientPrefix, most: usize, now: Instant) -> &mut Quota {
        if self.0.len() >= most {
            self.0.retain(|_, quota| quota.places > 0);
        }
        self.0.entry(prefix).or_insert_with(|| Quota::full(now))
    }

    /// Places taken from there.
    #[cfg(test)]
    pub(super) fn places(&self, prefix: ClientPrefix) -> usize {
        self.0.get(&prefix).map_or(0, |quota| quota.places)
    }

    #[cfg(test)]
    pub(super) fn places_in_all(&self) -> usize {
        self.0.values().map(|quota| quota.places).sum()
    }

    /// Prefixes of which something is remembered.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}

impl Lobby {
    /// Somebody wants a place from there. Who brings a token is not held up: after a restart of the box all pages
    /// come back at once, and a token has cost an arrival.
    pub(super) fn take_place(&mut self, prefix: ClientPrefix, has_token: bool) -> Result<(), ErrorCode> {
        if self.people.len() >= self.rules.people {
            return Err(ErrorCode::LobbyFull);
        }
        let (now, most) = (self.now, self.rules.people_per_prefix);
        let rate = Rate { burst: u32::try_from(most).unwrap_or(u32::MAX), refill: ARRIVALS_REFILL };
        let quota = self.quotas.of(prefix, 2 * self.rules.people, now);
        if quota.places >= most || !has_token && !quota.arrivals.take(now, rate) {
            return Err(ErrorCode::TooManyFromAddress);
        }
        quota.places += 1;
        Ok(())
    }

    /// Somebody comes back from there with a token.
    pub(super) fn may_return(&mut self, prefix: ClientPrefix) -> Result<(), ErrorCode> {
        let places = u32::try_from(self.rules.people_per_prefix).unwrap_or(u32::MAX);
        let rate = Rate { burst: places.saturating_mul(RETURNS_A_PLACE), refill: ARRIVALS_REFILL };
        let quota = self.quotas.of(prefix, 2 * self.rules.people, self.now);
        quota.returns.take(self.now, rate).then_some(()).ok_or(ErrorCode::TooManyFromAddress)
    }

    /// Somebody is gone, and with them their place.
    pub(super) fn give_place_back(&mut self, prefix: ClientPrefix) {
        self.quotas.give_back(prefix, self.now);
    }

    /// Whether one may ring the other just now; if so, it counts.
    pub(super) fn may_ring(&mut self, from: PersonId, to: PersonId) -> Result<(), ErrorCode> {
        let (now, prefix) = (self.now, self.people[&from].origin.prefix);
        let places = u32::try_from(self.rules.people_per_prefix).unwrap_or(u32::MAX);
        let of_prefix = Rate { burst: places, refill: RINGS_REFILL };
        let at_callee = &mut self.people.get_mut(&to).expect("the callee is here").rung_from;
        at_callee.retain(|_, bucket| !bucket.is_full(now));
        let mut at = at_callee.get(&prefix).copied().unwrap_or_else(|| Bucket::full(now));
        let quota = self.quotas.0.get_mut(&prefix).expect("who rings has a place");
        let caller = &mut self.people.get_mut(&from).expect("who rings is here").rings_made;
        let may = at.has_one(now, RINGS_AT_CALLEE)
            && quota.rings.has_one(now, of_prefix)
            && caller.take(now, RINGS_OF_PAGE);
        if !may {
            return Err(ErrorCode::RingWait);
        }
        quota.rings.take(now, of_prefix);
        at.take(now, RINGS_AT_CALLEE);
        self.people.get_mut(&to).expect("seen above").rung_from.insert(prefix, at);
        Ok(())
    }

    /// Whether one may knock just now; if so, it counts.
    pub(super) fn may_knock(&mut self, who: PersonId) -> Result<(), ErrorCode> {
        let (now, person) = (self.now, self.people.get_mut(&who).expect("who knocks is here"));
        let places = u32::try_from(self.rules.people_per_prefix).unwrap_or(u32::MAX);
        let of_prefix = Rate { burst: places.saturating_mul(KNOCKS_A_PLACE), refill: RINGS_REFILL };
        let quota = self.quotas.0.get_mut(&person.origin.prefix).expect("who knocks has a place");
        let may = quota.knocks.has_one(now, of_prefix) && person.knocks_made.take(now, KNOCKS_OF_PAGE);
        if !may {
            return Err(ErrorCode::TooOften);
        }
        quota.knocks.take(now, of_prefix);
        Ok(())
    }

    /// Whether one may take another name just now; if so, it counts.
    pub(super) fn may_rename(&mut self, who: PersonId) -> Result<(), ErrorCode> {
        let (now, person) = (self.now, self.people.get_mut(&who).expect("who says something is here"));
        person.names_taken.take(now, NAMES_OF_PAGE).then_some(()).ok_or(ErrorCode::TooOften)
    }

    /// Whether the place of somebody is kept whose connection is lost.
    pub(super) fn keeps_place(&self, who: PersonId) -> bool {
        let person = &self.people[&who];
        person.waits_or_is_waited_for() || self.now >= person.origin.since + STAYED
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_gives_a_burst_and_then_one_at_a_time() {
        #[expect(clippy::disallowed_methods, reason = "any moment will do to start from")]
        let start = Instant::now();
        let rate = Rate { burst: 7, refill: Duration::from_secs(20) };
        let mut bucket = Bucket::full(start);
        assert_eq!((0..100).filter(|_| bucket.take(start, rate)).count(), 7);
        let later = start + rate.refill / 7;
        assert!(!bucket.take(later - Duration::from_millis(1), rate));
        assert_eq!((0..100).filter(|_| bucket.take(later, rate)).count(), 1);
        let (before, full) = (later + rate.refill - Duration::from_millis(1), later + rate.refill);
        assert!(!bucket.is_full(before) && bucket.is_full(full));
        let much_later = full + Duration::from_secs(3600);
        assert_eq!((0..100).filter(|_| bucket.take(much_later, rate)).count(), 7, "and never more");
    }
}
