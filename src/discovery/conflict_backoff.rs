//! When the next name may be asked for, after others have claimed the last ones (RFC 6762 section 8.1).

use std::time::Duration;
use tokio::time::Instant;

/// Counts conflicts about the box's name, so that nobody makes it ask for names without a pause.
#[derive(Default)]
pub(super) struct ConflictBackoff {
    conflicts: u32,
    last: Option<Instant>,
    /// No name is asked for before.
    pub(super) until: Option<Instant>,
}

/// Conflicts without a pause.
const CONFLICTS: u32 = 15;
const FIRST_PAUSE: Duration = Duration::from_secs(5);
/// The longest of these pauses (SECURITY.md).
const LONGEST_PAUSE: Duration = Duration::from_secs(300);
/// Conflicts are forgotten after so long without any.
const QUIET: Duration = Duration::from_secs(600);

impl ConflictBackoff {
    /// RFC 6762 section 8.1: fifteen within ten seconds, and each further name is asked for after five
    /// seconds at the earliest. These pauses double, and wait for a quiet time to be forgotten.
    pub(super) fn on_conflict(&mut self, now: Instant) {
        if self.last.is_some_and(|last| now.duration_since(last) > QUIET) {
            self.conflicts = 0;
        }
        self.conflicts += 1;
        self.last = Some(now);
        let doublings = self.conflicts.checked_sub(CONFLICTS);
        self.until = doublings.map(|number| now + LONGEST_PAUSE.min(FIRST_PAUSE * (1 << number.min(8))));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conflicts_cause_ever_longer_pauses_until_they_are_forgotten() {
        let mut backoff = ConflictBackoff::default();
        let start = Instant::now();
        for number in 1..15 {
            backoff.on_conflict(start + number * Duration::from_millis(100));
            assert_eq!(backoff.until, None);
        }
        let mut now = start + Duration::from_secs(2);
        for pause in [5, 10, 20, 40, 80, 160, 300, 300, 300] {
            backoff.on_conflict(now);
            assert_eq!(backoff.until, Some(now + Duration::from_secs(pause)));
            now += Duration::from_secs(pause);
        }
        backoff.on_conflict(now + QUIET + Duration::from_secs(1));
        assert_eq!(backoff.until, None);
    }
}
