//! The rate of one page's messages: a token bucket. Pure.

use std::time::Duration;
use tokio::time::Instant;

/// A page may send so many messages at once, and [`MESSAGES_PER_SECOND`] in the long run. Beyond that the box
/// does not read for a while: nothing is lost, and nobody else notices.
pub(super) const BURST: i32 = 200;
/// Messages a second (SECURITY.md). Every frame of a WebSocket counts, fragments and control frames too,
/// every line of a POST, an empty one too, and every request on a connection.
pub(super) const MESSAGES_PER_SECOND: i32 = 100;
/// So many bytes of one message cost as much as one message more.
pub(super) const BYTES_PER_TOKEN: usize = 16 * 1024;

/// What is read in one piece may cost more than is left; the rest is owed.
pub(super) struct RateLimiter {
    left: i32,
    /// Up to when the bucket has been refilled.
    refilled: Instant,
}

impl RateLimiter {
    pub(super) fn full(now: Instant) -> RateLimiter {
        RateLimiter { left: BURST, refilled: now }
    }

    /// How many messages the page may send.
    pub(super) fn left(&self) -> u32 {
        u32::try_from(self.left).unwrap_or(0)
    }

    /// So many messages less, of what there is at that moment.
    pub(super) fn spend(&mut self, messages: u32, now: Instant) {
        self.refill(now);
        self.left = self.left.saturating_sub_unsigned(messages).max(i32::MIN / 2);
    }

    pub(super) fn refill(&mut self, now: Instant) {
        let tokens = (now - self.refilled).as_millis() * MESSAGES_PER_SECOND as u128 / 1000;
        if tokens >= u128::from(self.left.abs_diff(BURST)) {
            *self = RateLimiter::full(now);
        } else if tokens > 0 {
            self.left += tokens as i32; // less than what is missing
            self.refilled += Duration::from_millis(tokens as u64 * 1000 / MESSAGES_PER_SECOND as u64);
        }
    }

    /// When there is one more token, or the first after what is owed.
    pub(super) fn next(&self) -> Instant {
        let missing = (1 - i64::from(self.left)).max(1) as u64;
        self.refilled + Duration::from_millis(missing * 1000 / MESSAGES_PER_SECOND as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_may_say_a_burst_and_then_so_many_a_second() {
        let start = Instant::now();
        let mut limiter = RateLimiter::full(start);
        for _ in 0..BURST {
            assert!(limiter.left() > 0);
            limiter.spend(1, start);
        }
        assert_eq!(limiter.left(), 0);
        assert_eq!(limiter.next(), start + Duration::from_millis(10));
        limiter.refill(start + Duration::from_millis(9));
        assert_eq!(limiter.left(), 0, "not before its time");
        limiter.refill(start + Duration::from_millis(505));
        assert_eq!(limiter.left(), 50);
        limiter.refill(start + Duration::from_secs(3600));
        assert_eq!(limiter.left(), BURST as u32, "and never more than a burst");
    }

    #[test]
    fn what_is_owed_is_paid_first() {
        let start = Instant::now();
        let mut limiter = RateLimiter::full(start);
        limiter.spend(BURST as u32 + 170, start);
        assert_eq!(limiter.left(), 0);
        assert_eq!(limiter.next(), start + Duration::from_millis(1710));
        limiter.refill(start + Duration::from_millis(1709));
        assert_eq!(limiter.left(), 0);
        limiter.refill(start + Duration::from_millis(1710));
        assert_eq!(limiter.left(), 1);
        limiter.spend(u32::MAX, start);
        limiter.spend(u32::MAX, start);
        assert_eq!(limiter.left(), 0, "however much it is");
    }
}
