//! Presence: changes of the list of people, coalesced and broadcast together.
//!
//! Only who changed is recorded, not how: the broadcast carries the state at its time. So the cost depends
//! on what changed, not on how many people are here, and receiving somebody twice does no harm.

use super::timers::Timer;
use super::{Effect, Lobby};
use crate::ids::PersonId;
use crate::protocol::{Availability, DeclineReason, Outcome, ServerMessage};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// How long the first change after a pause waits for those that come with it.
const COALESCE_DELAY: Duration = Duration::from_millis(10);

/// The interval stops growing at so many people (SECURITY.md).
const CROWD: u64 = 1000;

/// The interval of arrivals, departures and renames: 50 ms among few people, 125 ms in a crowd. A broadcast
/// costs a frame for everybody, so broadcasts get rarer as they grow; nobody sees the difference in a list
/// that long.
fn list_interval(people: usize) -> Duration {
    const FEW: u64 = 50;
    const MANY: u64 = 125;
    let people = (people as u64).min(CROWD);
    Duration::from_millis(FEW + (MANY - FEW) * people / CROWD)
}

/// The interval of changes of status: in a call, away, reconnecting. Among few people it is the same; in a
/// crowd it is up to 2 s, so that calls do not cost more than a few frames for everybody.
fn status_interval(people: usize) -> Duration {
    list_interval(people).max(Duration::from_millis(2 * (people as u64).min(CROWD)))
}

/// Who changed since the last broadcast.
#[derive(Debug, Default)]
pub(super) struct Presence {
    changed: BTreeSet<PersonId>,
    /// When the next broadcast is due; set as long as `changed` is not empty.
    due: Option<Instant>,
    /// When the last broadcast was.
    told: Option<Instant>,
}

impl Presence {
    #[cfg(test)]
    pub(super) fn changed(&self) -> &BTreeSet<PersonId> {
        &self.changed
    }
}

impl Lobby {
    /// A person chose to be called or not.
    pub(super) fn set_availability(&mut self, who: PersonId, availability: Availability) {
        let person = self.people.get_mut(&who).expect("who says something is here");
        if person.availability == availability {
            return;
        }
        person.availability = availability;
        self.status_changed(who);
        if availability == Availability::DoNotDisturb {
            self.end_rings(who, Outcome::Declined { reason: Some(DeclineReason::DoNotDisturb) });
        }
    }

    /// A person arrived, left or was renamed.
    pub(super) fn listing_changed(&mut self, who: PersonId) {
        self.schedule_broadcast(who, list_interval(self.people.len()));
    }

    /// A person's status changed.
    pub(super) fn status_changed(&mut self, who: PersonId) {
        self.schedule_broadcast(who, status_interval(self.people.len()));
    }

    /// All changes are broadcast together, at the earliest time that one of them asks for.
    fn schedule_broadcast(&mut self, who: PersonId, interval: Duration) {
        self.presence.changed.insert(who);
        let soon = self.now + COALESCE_DELAY;
        let due = self.presence.told.map_or(soon, |told| soon.max(told + interval));
        match self.presence.due {
            Some(earlier) if earlier <= due => return,
            Some(later) => self.timers.cancel(later, Timer::Changes),
            None => {}
        }
        self.presence.due = Some(due);
        self.timers.set(due, Timer::Changes);
    }

    /// Broadcasts the changes.
    pub(super) fn broadcast_changes(&mut self) {
        self.presence.due = None;
        self.presence.told = Some(self.now);
        let mut people = Vec::new();
        let mut left = Vec::new();
        for who in std::mem::take(&mut self.presence.changed) {
            let Some(person) = self.people.get_mut(&who) else {
                left.push(who);
                continue;
            };
            person.seen_answering = person.answers_itself;
            people.push(self.person_to_protocol(&self.people[&who]));
        }
        self.effects.push(Effect::Broadcast(ServerMessage::Changes { people, left }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_more_people_the_longer_changes_are_gathered() {
        let both = |people| (list_interval(people).as_millis(), status_interval(people).as_millis());
        assert_eq!(both(0), (50, 50));
        assert_eq!(both(20), (51, 51));
        assert_eq!(both(100), (57, 200));
        assert_eq!(both(500), (87, 1000));
        assert_eq!(both(1000), (125, 2000));
        assert_eq!(both(5000), (125, 2000));
    }
}
