//! What happens by itself, and when.

use crate::ids::{InvitationId, KnockId, PersonId, RoomId};
use std::collections::BTreeSet;
use std::time::Instant;

/// Something that happens when nobody does anything about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Timer {
    /// The changes gathered so far are told.
    Tell,
    /// What was gathered about the room is told to its members.
    TellRoom(RoomId),
    /// The invitation has rung long enough.
    Ring(InvitationId),
    /// The callee (the first) has kept the caller from ringing long enough.
    Quiet(PersonId, PersonId),
    /// Nobody opened.
    Knock(KnockId),
    /// Whose connection was lost does not come back.
    Grace(PersonId),
    /// Who has not come back into the room since the restart will not.
    Reforming(RoomId),
}

/// All timers, the next one first. Nobody is ever searched for who might be due.
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
    pub(super) fn due(&mut self, now: Instant) -> Option<Timer> {
        if self.next()? > now {
            return None;
        }
        self.0.pop_first().map(|(_, timer)| timer)
    }
}
