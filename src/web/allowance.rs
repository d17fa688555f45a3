//! How much one page may say: a token bucket. Pure.

use std::time::Duration;
use tokio::time::Instant;

/// A page may say so many messages at once, and [`A_SECOND`] in the long run. Beyond that the box
/// simply does not listen for a while: nothing is lost, and nobody else notices.
pub(super) const BURST: i32 = 200;
/// Messages a second (SECURITY.md). Every frame of a WebSocket counts, fragments and control frames too, every line of a
/// POST, an empty one too, and every request on a connection.
pub(super) const A_SECOND: i32 = 100;
/// So many bytes of one message, or so much effort to read it, cost as much as one message more.
pub(super) const BYTES: usize = 16 * 1024;

/// What is read in one piece may cost more than is left; the rest is owed.
pub(super) struct Allowance {
    left: i32,
    /// Up to when the bucket has been refilled.
    filled: Instant,
}

impl Allowance {
    pub(super) fn full(now: Instant) -> Allowance {
        Allowance { left: BURST, filled: now }
    }

    /// How many messages the page may say at the moment.
    pub(super) fn left(&self) -> u32 {
        u32::try_from(self.left).unwrap_or(0)
    }

    /// So many messages less.
    pub(super) fn spend(&mut self, messages: u32) {
        self.left = self.left.saturating_sub_unsigned(messages).max(i32::MIN / 2);
    }

    pub(super) fn refill(&mut self, now: Instant) {
        let grains = (now - self.filled).as_millis() * A_SECOND as u128 / 1000;
        if grains >= u128::from(self.left.abs_diff(BURST)) {
            *self = Allowance::full(now);
        } else if grains > 0 {
            self.left += grains as i32; // less than what is missing
            self.filled += Duration::from_millis(grains as u64 * 1000 / A_SECOND as u64);
        }
    }

    /// When there is one more, or the first after what is owed.
    pub(super) fn next(&self) -> Instant {
        let missing = (1 - i64::from(self.left)).max(1) as u64;
        self.filled + Duration::from_millis(missing * 1000 / A_SECOND as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_may_say_a_burst_and_then_so_many_a_second() {
        let start = Instant::now();
        let mut allowance = Allowance::full(start);
        for _ in 0..BURST {
            assert!(allowance.left() > 0);
            allowance.spend(1);
        }
        assert_eq!(allowance.left(), 0);
        assert_eq!(allowance.next(), start + Duration::from_millis(10));
        allowance.refill(start + Duration::from_millis(9));
        assert_eq!(allowance.left(), 0, "not before its time");
        allowance.refill(start + Duration::from_millis(505));
        assert_eq!(allowance.left(), 50);
        allowance.refill(start + Duration::from_secs(3600));
        assert_eq!(allowance.left(), BURST as u32, "and never more than a burst");
    }

    #[test]
    fn what_is_owed_is_paid_first() {
        let start = Instant::now();
        let mut allowance = Allowance::full(start);
        allowance.spend(BURST as u32 + 170);
        assert_eq!(allowance.left(), 0);
        assert_eq!(allowance.next(), start + Duration::from_millis(1710));
        allowance.refill(start + Duration::from_millis(1709));
        assert_eq!(allowance.left(), 0);
        allowance.refill(start + Duration::from_millis(1710));
        assert_eq!(allowance.left(), 1);
        allowance.spend(u32::MAX);
        allowance.spend(u32::MAX);
        assert_eq!(allowance.left(), 0, "however much it is");
    }
}
