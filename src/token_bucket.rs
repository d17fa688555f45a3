//! A rate with a burst: so many at once, and as many again in a while. Time is an argument.

use std::time::{Duration, Instant};

/// `burst` tokens at once, and as many in each `refill`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rate {
    pub(crate) burst: u32,
    pub(crate) refill: Duration,
}

/// A token bucket, kept as the time at which it is full (the generic cell rate algorithm).
#[derive(Clone, Copy, Debug)]
pub(crate) struct TokenBucket {
    full_at: Instant,
}

impl TokenBucket {
    pub(crate) fn full(now: Instant) -> TokenBucket {
        TokenBucket { full_at: now }
    }

    /// Whether there is a token left.
    pub(crate) fn has_token(&self, now: Instant, rate: Rate) -> bool {
        // A token's time is rounded down, so that rounding never adds a token after a burst.
        self.full_at.max(now) + rate.refill / rate.burst.max(1) <= now + rate.refill
    }

    /// Takes one token, if there is one left.
    pub(crate) fn try_take(&mut self, now: Instant, rate: Rate) -> bool {
        let left = self.has_token(now, rate);
        if left {
            self.full_at = self.full_at.max(now) + rate.refill / rate.burst.max(1);
        }
        left
    }

    pub(crate) fn is_full(&self, now: Instant) -> bool {
        self.full_at <= now
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
        let mut bucket = TokenBucket::full(start);
        assert_eq!((0..100).filter(|_| bucket.try_take(start, rate)).count(), 7);
        let later = start + rate.refill / 7;
        assert!(!bucket.try_take(later - Duration::from_millis(1), rate));
        assert_eq!((0..100).filter(|_| bucket.try_take(later, rate)).count(), 1);
        let (before, full) = (later + rate.refill - Duration::from_millis(1), later + rate.refill);
        assert!(!bucket.is_full(before) && bucket.is_full(full));
        let much_later = full + Duration::from_secs(3600);
        assert_eq!((0..100).filter(|_| bucket.try_take(much_later, rate)).count(), 7, "and never more");
    }
}
