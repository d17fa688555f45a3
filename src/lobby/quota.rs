//! What each client prefix may take of the lobby, so that no person takes from another (SECURITY.md).
//!
//! The owner of a quota is a [`ClientPrefix`]: a machine can open as many connections and tabs as it likes,
//! but does not have as many prefixes.

use super::Lobby;
use crate::ids::{ClientPrefix, PersonId};
use crate::protocol::ErrorCode;
use crate::token_bucket::{Rate, TokenBucket};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// How long a prefix takes to regain all its arrivals: a school behind one address comes in together at
/// eight, and not twice in two minutes (SECURITY.md).
const ARRIVALS_REFILL: Duration = Duration::from_secs(120);
/// How long a person must have been here, unless they call or are called, for the place to be kept when the
/// connection is lost: a person who looks around takes longer, a program that says hello and goes does not
/// (SECURITY.md).
const MIN_STAY: Duration = Duration::from_secs(3);

/// Returns with a token of a prefix, for each of its places, in [`ARRIVALS_REFILL`]: each is sent the whole
/// list. After a restart all pages return at once, and some are reloaded (SECURITY.md).
const RETURNS_PER_PLACE: u32 = 4;

/// Rings of one page: a class is called at once, and then somebody else each 2 s (SECURITY.md).
const RINGS_PER_PAGE: Rate = Rate { burst: 40, refill: Duration::from_secs(80) };
/// How long a prefix takes to regain all its rings, one for each of its places, whoever comes and goes
/// there: a school's teachers call their classes at once (SECURITY.md).
const RINGS_REFILL: Duration = Duration::from_secs(120);
/// Rings of one prefix at one callee: several people call at once, or one who was cut off calls twice;
/// continuous ringing is impossible (SECURITY.md).
const RINGS_PER_CALLEE: Rate = Rate { burst: 20, refill: Duration::from_secs(60) };
/// Knocks of one page, each of which the members of a room hear (SECURITY.md).
const KNOCKS_PER_PAGE: Rate = Rate { burst: 20, refill: Duration::from_secs(40) };
/// Knocks of a prefix, for each of its places, in [`RINGS_REFILL`], whoever comes and goes there
/// (SECURITY.md).
const KNOCKS_PER_PLACE: u32 = 4;
/// Renames of one page, which everybody receives: trying some in a row needs fewer (SECURITY.md).
const NAMES_PER_PAGE: Rate = Rate { burst: 20, refill: Duration::from_secs(40) };
/// Raised hands and reactions of one page, which everybody in its room sees and hears: applause is a few in a
/// row (SECURITY.md).
const GESTURES_PER_PAGE: Rate = Rate { burst: 10, refill: Duration::from_secs(10) };

/// The use and the limits of one prefix.
#[derive(Debug)]
struct Quota {
    /// Persons who arrived from there, those who are reconnecting counted, wherever they are connected from
    /// later.
    places: usize,
    arrivals: TokenBucket,
    returns: TokenBucket,
    rings: TokenBucket,
    knocks: TokenBucket,
}

impl Quota {
    fn full(now: Instant) -> Quota {
        let full = TokenBucket::full(now);
        Quota { places: 0, arrivals: full, returns: full, rings: full, knocks: full }
    }

    /// Whether nothing of it has to be remembered.
    fn is_forgettable(&self, now: Instant) -> bool {
        let buckets = [self.arrivals, self.returns, self.rings, self.knocks];
        self.places == 0 && buckets.iter().all(|bucket| bucket.is_full(now))
    }
}

/// The quotas of all prefixes.
#[derive(Debug, Default)]
pub(super) struct Quotas(BTreeMap<ClientPrefix, Quota>);

impl Quotas {
    /// Releases the place of a person from there.
    fn release(&mut self, prefix: ClientPrefix, now: Instant) {
        let quota = self.0.get_mut(&prefix).expect("who is here has a place");
        quota.places -= 1;
        if quota.is_forgettable(now) {
            self.0.remove(&prefix);
        }
    }

    /// The quota of that prefix. Prefixes without places are remembered for their rates only, up to `most`;
    /// then all of them are forgotten, at a constant cost for each arrival.
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
    /// Claims a place for a person from there. A token passes the rate of arrivals: after a restart all
    /// pages return at once, and a token has cost an arrival.
    pub(super) fn claim_place(&mut self, prefix: ClientPrefix, has_token: bool) -> Result<(), ErrorCode> {
        if self.people.len() >= self.rules.people {
            return Err(ErrorCode::LobbyFull);
        }
        let (now, most) = (self.now, self.rules.people_per_prefix);
        let rate = Rate { burst: u32::try_from(most).unwrap_or(u32::MAX), refill: ARRIVALS_REFILL };
        let quota = self.quotas.of(prefix, 2 * self.rules.people, now);
        if quota.places >= most || !has_token && !quota.arrivals.try_take(now, rate) {
            return Err(ErrorCode::TooManyFromAddress);
        }
        quota.places += 1;
        Ok(())
    }

    /// Checks and counts a return with a token.
    pub(super) fn check_return_rate(&mut self, prefix: ClientPrefix) -> Result<(), ErrorCode> {
        let places = u32::try_from(self.rules.people_per_prefix).unwrap_or(u32::MAX);
        let rate = Rate { burst: places.saturating_mul(RETURNS_PER_PLACE), refill: ARRIVALS_REFILL };
        let quota = self.quotas.of(prefix, 2 * self.rules.people, self.now);
        quota.returns.try_take(self.now, rate).then_some(()).ok_or(ErrorCode::TooManyFromAddress)
    }

    /// Releases a place.
    pub(super) fn release_place(&mut self, prefix: ClientPrefix) {
        self.quotas.release(prefix, self.now);
    }

    /// Checks and counts a ring.
    pub(super) fn check_ring_rate(&mut self, from: PersonId, to: PersonId) -> Result<(), ErrorCode> {
        let (now, prefix) = (self.now, self.people[&from].origin.prefix);
        let places = u32::try_from(self.rules.people_per_prefix).unwrap_or(u32::MAX);
        let of_prefix = Rate { burst: places, refill: RINGS_REFILL };
        let at_callee = &mut self.people.get_mut(&to).expect("the callee is here").ring_buckets;
        at_callee.retain(|_, bucket| !bucket.is_full(now));
        let mut at = at_callee.get(&prefix).copied().unwrap_or_else(|| TokenBucket::full(now));
        let quota = self.quotas.0.get_mut(&prefix).expect("who rings has a place");
        let caller = &mut self.people.get_mut(&from).expect("who rings is here").ring_bucket;
        let may = at.has_token(now, RINGS_PER_CALLEE)
            && quota.rings.has_token(now, of_prefix)
            && caller.try_take(now, RINGS_PER_PAGE);
        if !may {
            return Err(ErrorCode::RingWait);
        }
        quota.rings.try_take(now, of_prefix);
        at.try_take(now, RINGS_PER_CALLEE);
        self.people.get_mut(&to).expect("seen above").ring_buckets.insert(prefix, at);
        Ok(())
    }

    /// Checks and counts a knock.
    pub(super) fn check_knock_rate(&mut self, who: PersonId) -> Result<(), ErrorCode> {
        let (now, person) = (self.now, self.people.get_mut(&who).expect("who knocks is here"));
        let places = u32::try_from(self.rules.people_per_prefix).unwrap_or(u32::MAX);
        let of_prefix = Rate { burst: places.saturating_mul(KNOCKS_PER_PLACE), refill: RINGS_REFILL };
        let quota = self.quotas.0.get_mut(&person.origin.prefix).expect("who knocks has a place");
        let may =
            quota.knocks.has_token(now, of_prefix) && person.knock_bucket.try_take(now, KNOCKS_PER_PAGE);
        if !may {
            return Err(ErrorCode::TooOften);
        }
        quota.knocks.try_take(now, of_prefix);
        Ok(())
    }

    /// Checks and counts a rename.
    pub(super) fn check_rename_rate(&mut self, who: PersonId) -> Result<(), ErrorCode> {
        let (now, person) = (self.now, self.people.get_mut(&who).expect("who says something is here"));
        person.rename_bucket.try_take(now, NAMES_PER_PAGE).then_some(()).ok_or(ErrorCode::TooOften)
    }

    /// Checks and counts a raised hand or a reaction.
    pub(super) fn check_gesture_rate(&mut self, who: PersonId) -> Result<(), ErrorCode> {
        let (now, person) = (self.now, self.people.get_mut(&who).expect("who says something is here"));
        person.gesture_bucket.try_take(now, GESTURES_PER_PAGE).then_some(()).ok_or(ErrorCode::TooOften)
    }

    /// Whether a person's place is kept after the connection is lost.
    pub(super) fn keeps_place(&self, who: PersonId) -> bool {
        let person = &self.people[&who];
        person.has_pending_call() || self.now >= person.origin.since + MIN_STAY
    }
}
