//! Timers: what happens without a message, and when.

use crate::ids::{InvitationId, KnockId, PersonId, RoomId};
use std::collections::BTreeSet;
use std::time::Instant;

/// What happens when a timer fires.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Timer {
    /// The pending presence is broadcast.
    Changes,
    /// The pending changes of the room are sent to its members.
    RoomUpdate(RoomId),
    /// The invitation expires.
    RingTimeout(InvitationId, RoomId),
    /// The callee (the first) has silenced the caller (the second) long enough.
    Quiet(PersonId, PersonId),
    /// The knock expires.
    KnockTimeout(KnockId, RoomId),
    /// The place of a lost connection is given up.
    Grace(PersonId),
    /// Members of a restored room who have not returned are given up.
    Restoring(RoomId),
}

/// All timers, ordered by time.
#[derive(Debug, Default)]
pub(super) struct Timers(BTreeSet<(Instant, Timer)>);

impl Timers {
    pub(super) fn set(&mut self, at: Instant, timer: Timer) {
        self.0.insert((at, timer));
    }

    pub(super) fn cancel(&mut self, at: Instant, timer: Timer) {
        self.0.remove(&(at, timer));
    }

    pub(super) fn next(&self) -> Option<Instant> {
        self.0.first().map(|&(at, _)| at)
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Takes out the first timer that is due by `now`.
    pub(super) fn take_due(&mut self, now: Instant) -> Option<Timer> {
        if self.next()? > now {
            return None;
        }
        self.0.pop_first().map(|(_, timer)| timer)
    }
}
