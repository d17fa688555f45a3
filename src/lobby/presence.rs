//! Changes of the list, gathered for a moment and told together.
//!
//! Only who changed is noted, not how: a change is told as the person is when it is told. So it
//! costs what changed, not how many are here, and hearing of somebody twice does no harm.

use super::timers::Timer;
use super::{Effect, Lobby};
use crate::ids::PersonId;
use crate::protocol::ServerMessage;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// How long the first change after a quiet time waits for those that come with it.
const FIRST: Duration = Duration::from_millis(10);

/// How long changes are gathered when they keep coming: 50 ms among few people, 125 ms among
/// a thousand and more. What is told costs a frame for everybody, so the frames get rarer as
/// everybody gets more; nobody sees the difference in a list that long.
fn interval(people: usize) -> Duration {
    const FEW: u64 = 50;
    const MANY: u64 = 125;
    const CROWD: u64 = 1000;
    let people = (people as u64).min(CROWD);
    Duration::from_millis(FEW + (MANY - FEW) * people / CROWD)
}

/// Who changed since it was last told.
#[derive(Debug)]
pub(super) struct Presence {
    changed: BTreeSet<PersonId>,
    /// When it will be told; set as long as `changed` is not empty.
    due: Option<Instant>,
    /// The last telling was so short ago that the next waits until then.
    not_before: Instant,
}

impl Presence {
    pub(super) fn new(now: Instant) -> Self {
        Presence { changed: BTreeSet::new(), due: None, not_before: now }
    }

    #[cfg(test)]
    pub(super) fn changed(&self) -> &BTreeSet<PersonId> {
        &self.changed
    }
}

impl Lobby {
    /// The list shows something else for this person from now on, or nothing at all.
    pub(super) fn changed(&mut self, who: PersonId) {
        self.presence.changed.insert(who);
        if self.presence.due.is_none() {
            let due = self.presence.not_before.max(self.now + FIRST);
            self.presence.due = Some(due);
            self.timers.set(due, Timer::Tell);
        }
    }

    /// Tells everybody what has changed.
    pub(super) fn tell_changes(&mut self) {
        self.presence.due = None;
        self.presence.not_before = self.now + interval(self.people.len());
        let mut people = Vec::new();
        let mut left = Vec::new();
        for who in std::mem::take(&mut self.presence.changed) {
            match self.people.get(&who) {
                Some(person) => people.push(person.seen(&self.rooms)),
                None => left.push(who),
            }
        }
        self.effects.push(Effect::Tell(ServerMessage::Changes { people, left }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_more_people_the_longer_changes_are_gathered() {
        assert_eq!(interval(0), Duration::from_millis(50));
        assert_eq!(interval(500), Duration::from_millis(87));
        assert_eq!(interval(1000), Duration::from_millis(125));
        assert_eq!(interval(5000), Duration::from_millis(125));
    }
}
