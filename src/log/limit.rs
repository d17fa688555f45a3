//! How often each line of the log may be said.
//!
//! Pure. Lines are told apart by the place in the program that says them, so whoever brings about one line a thousand times
//! a second fills no disk, hides no other line, and costs little: a line that is left out is never formatted.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::{Duration, Instant};

/// Lines of one place at once: a full room that comes or goes.
pub(super) const BURST: u32 = 64;
/// Between two lines of one place in the long run, so two a second: 170,000 a day, 20 MB. SECURITY.md.
pub(super) const PERIOD: Duration = Duration::from_millis(500);

/// A token bucket for each place `P`. There are as many as the program has lines, so the map is bounded by it.
pub(super) struct Limiter<P> {
    places: HashMap<P, Place>,
}

#[derive(Default)]
struct Place {
    /// When its bucket is whole again.
    whole_at: Option<Instant>,
    left_out: u64,
}

impl<P: Hash + Eq> Limiter<P> {
    pub(super) fn new() -> Limiter<P> {
        Limiter { places: HashMap::new() }
    }

    /// Whether a line of that place may be said now, and how many before it were left out. `None`: it may not.
    pub(super) fn admit(&mut self, place: P, now: Instant) -> Option<u64> {
        let place = self.places.entry(place).or_default();
        let whole_at = place.whole_at.map_or(now, |at| at.max(now));
        if whole_at > now + PERIOD * (BURST - 1) {
            place.left_out += 1;
            return None;
        }
        place.whole_at = Some(whole_at + PERIOD);
        Some(std::mem::take(&mut place.left_out))
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "any moment is fine to begin at")]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_said_a_burst_of_times_and_then_now_and_then_with_the_count_of_what_was_left_out() {
        let start = Instant::now();
        let mut limiter = Limiter::new();
        let said = |limiter: &mut Limiter<&str>, now| {
            (0..1_000).filter_map(|_| limiter.admit("refused", now)).collect::<Vec<_>>()
        };
        assert_eq!(said(&mut limiter, start), [0; BURST as usize]);
        assert_eq!(limiter.admit("in a room", start), Some(0), "other lines are not concerned");
        assert_eq!(said(&mut limiter, start + PERIOD / 2), [0; 0]);
        let left_out = 2 * 1_000 - u64::from(BURST);
        assert_eq!(said(&mut limiter, start + PERIOD), [left_out]);
        assert_eq!(said(&mut limiter, start + Duration::from_secs(86_400)).len(), BURST as usize);
        assert_eq!(limiter.places.len(), 2);
    }
}
