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

/// From so many people on, it is told no more rarely.
const CROWD: u64 = 1000;

/// How long who came, who left and who has another name is gathered while it keeps coming: 50 ms among
/// few people, 125 ms in a crowd. What is told costs a frame for everybody, so the frames get rarer as
/// everybody gets more; nobody sees the difference in a list that long.
fn of_list(people: usize) -> Duration {
    const FEW: u64 = 50;
    const MANY: u64 = 125;
    let people = (people as u64).min(CROWD);
    Duration::from_millis(FEW + (MANY - FEW) * people / CROWD)
}

/// The same for how people are: in a call, away, reconnecting. Among few it is told as soon as the
/// rest; in a crowd it may take 2 s, so that its calls do not cost more than a few frames for everybody.
fn of_status(people: usize) -> Duration {
    of_list(people).max(Duration::from_millis(2 * (people as u64).min(CROWD)))
}

/// Who changed since it was last told.
#[derive(Debug, Default)]
pub(super) struct Presence {
    changed: BTreeSet<PersonId>,
    /// When it will be told; set as long as `changed` is not empty.
    due: Option<Instant>,
    /// When it was last told.
    told: Option<Instant>,
}

impl Presence {
    #[cfg(test)]
    pub(super) fn changed(&self) -> &BTreeSet<PersonId> {
        &self.changed
    }
}

impl Lobby {
    /// Somebody is in the list from now on, or no more, or is called something else.
    pub(super) fn listed(&mut self, who: PersonId) {
        self.gather(who, of_list(self.people.len()));
    }

    /// The list shows another status for this person from now on.
    pub(super) fn changed(&mut self, who: PersonId) {
        self.gather(who, of_status(self.people.len()));
    }

    /// All changes are told together, at the first moment that suits one of them.
    fn gather(&mut self, who: PersonId, interval: Duration) {
        self.presence.changed.insert(who);
        let soon = self.now + FIRST;
        let due = self.presence.told.map_or(soon, |told| soon.max(told + interval));
        match self.presence.due {
            Some(earlier) if earlier <= due => return,
            Some(later) => self.timers.cancel(later, Timer::Tell),
            None => {}
        }
        self.presence.due = Some(due);
        self.timers.set(due, Timer::Tell);
    }

    /// Tells everybody what has changed.
    pub(super) fn tell_changes(&mut self) {
        self.presence.due = None;
        self.presence.told = Some(self.now);
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
        let both = |people| (of_list(people).as_millis(), of_status(people).as_millis());
        assert_eq!(both(0), (50, 50));
        assert_eq!(both(20), (51, 51));
        assert_eq!(both(100), (57, 200));
        assert_eq!(both(500), (87, 1000));
        assert_eq!(both(1000), (125, 2000));
        assert_eq!(both(5000), (125, 2000));
    }
}
