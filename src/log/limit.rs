//! The rate limit of each line of the log.
//!
//! Pure. Lines are counted by their callsite, so a line that strangers cause a thousand times a second
//! fills no disk, hides no other line, and costs little: a dropped line is never formatted.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::{Duration, Instant};

/// Lines of one callsite at once: a full room that comes or goes.
pub(super) const LINE_BURST: u32 = 64;
/// Time between two lines of one callsite in the long run, so two a second: 170,000 a day, 20 MB.
/// SECURITY.md.
pub(super) const LINE_PERIOD: Duration = Duration::from_millis(500);

/// A token bucket for each callsite `P`. There are as many as the program has log lines, which bounds the
/// map.
pub(super) struct LogLimiter<P> {
    callsites: HashMap<P, Callsite>,
}

#[derive(Default)]
struct Callsite {
    /// When the bucket is full.
    full_at: Option<Instant>,
    left_out: u64,
}

impl<P: Hash + Eq> LogLimiter<P> {
    pub(super) fn new() -> LogLimiter<P> {
        LogLimiter { callsites: HashMap::new() }
    }

    /// Admits a line of that callsite, with the count of lines dropped before it. `None`: the line is
    /// dropped.
    pub(super) fn admit(&mut self, callsite: P, now: Instant) -> Option<u64> {
        let callsite = self.callsites.entry(callsite).or_default();
        let full_at = callsite.full_at.map_or(now, |at| at.max(now));
        if full_at > now + LINE_PERIOD * (LINE_BURST - 1) {
            callsite.left_out += 1;
            return None;
        }
        callsite.full_at = Some(full_at + LINE_PERIOD);
        Some(std::mem::take(&mut callsite.left_out))
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "any moment is fine to begin at")]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_said_a_burst_of_times_and_then_now_and_then_with_the_count_of_what_was_left_out() {
        let start = Instant::now();
        let mut limiter = LogLimiter::new();
        let said = |limiter: &mut LogLimiter<&str>, now| {
            (0..1_000).filter_map(|_| limiter.admit("refused", now)).collect::<Vec<_>>()
        };
        assert_eq!(said(&mut limiter, start), [0; LINE_BURST as usize]);
        assert_eq!(limiter.admit("in a room", start), Some(0), "other lines are not concerned");
        assert_eq!(said(&mut limiter, start + LINE_PERIOD / 2), [0; 0]);
        let left_out = 2 * 1_000 - u64::from(LINE_BURST);
        assert_eq!(said(&mut limiter, start + LINE_PERIOD), [left_out]);
        assert_eq!(said(&mut limiter, start + Duration::from_secs(86_400)).len(), LINE_BURST as usize);
        assert_eq!(limiter.callsites.len(), 2);
    }
}
