//! Rooms that were alive when the box was restarted, and form again as their members come back.
//!
//! Nothing is kept on disk for it: each member brings a token that says which room, and the room is
//! what their tokens agree on.

use super::Lobby;
use super::room::{Parting, Room};
use super::timers::Timer;
use super::token::RoomClaim;
use crate::ids::{PersonId, RoomId};
use crate::protocol::Farewell;
use std::collections::BTreeSet;
use std::time::Instant;

/// The members of the room come back one by one.
#[derive(Debug)]
pub(super) struct Reforming {
    /// Who has not come back by then does not belong to it any more.
    pub(super) until: Instant,
    /// The epoch of the newest token that came.
    epoch: u32,
    /// How many there were by the tokens of that epoch.
    expected: usize,
    /// Who came back; if they leave after that they have left.
    came_back: BTreeSet<PersonId>,
}

impl Reforming {
    /// How many are still expected; their seats are kept.
    pub(super) fn missing(&self) -> usize {
        self.expected.saturating_sub(self.came_back.len())
    }
}

impl Room {
    /// The room is what this token says, and waits for who else has one like it.
    fn reform(&mut self, claim: &RoomClaim, until: Instant) {
        self.locked = claim.locked;
        self.epoch = self.epoch.max(claim.epoch);
        self.farewell = Farewell::Interrupted;
        let expected = claim.members as usize;
        self.reforming = Some(Reforming { until, epoch: claim.epoch, expected, came_back: BTreeSet::new() });
    }
}

impl Lobby {
    /// Until when rooms form again: as long as the place of somebody is kept who lost the connection.
    fn reforming_until(&self) -> Instant {
        self.started + self.rules.grace
    }

    /// Rooms of before the restart still form.
    pub(super) fn is_reforming(&self) -> bool {
        self.now < self.reforming_until()
    }

    /// Somebody comes with a token of before the restart that says they are in a room. Whether they are
    /// in it now: not if a newer token shows that they had left, nor if it has no seat for them.
    pub(super) fn come_back(&mut self, who: PersonId, claim: &RoomClaim) -> bool {
        let until = self.reforming_until();
        if !self.rooms.contains_key(&claim.room) {
            self.rooms_made += 1;
            let mut room = Room::new(claim.room, self.rooms_made, Farewell::Interrupted);
            room.reform(claim, until);
            self.rooms.insert(claim.room, room);
            self.timers.set(until, Timer::Reforming(claim.room));
            self.touched.insert(claim.room);
        }
        // A room that is not forming again is complete, or another one that got the same number.
        let Some(reforming) = &self.rooms[&claim.room].reforming else { return false };
        if claim.epoch < reforming.epoch || reforming.came_back.contains(&who) {
            return false;
        }
        if claim.epoch > reforming.epoch {
            // Those who came with older tokens had left, or been removed, before the restart.
            for outdated in reforming.came_back.clone() {
                if self.room_of(outdated) == Some(claim.room) {
                    self.leave(outdated, Parting::Outdated);
                }
            }
            self.rooms.get_mut(&claim.room).expect("seen above").reform(claim, until);
        }

        let room = self.rooms.get_mut(&claim.room).expect("made or seen above");
        let reforming = room.reforming.as_mut().expect("seen above");
        reforming.expected = reforming.expected.max(claim.members as usize);
        reforming.came_back.insert(who);
        if reforming.missing() == 0 {
            room.reforming = None;
            self.timers.cancel(until, Timer::Reforming(claim.room));
        }
        if room.len() + room.invitations.len() >= self.rules.room_capacity {
            return false;
        }
        room.readmit(who, claim.order);
        self.settle_in(who, claim.room);
        true
    }

    /// Whoever has not come back by now will not.
    pub(super) fn end_reforming(&mut self, id: RoomId) {
        self.rooms.get_mut(&id).expect("the timer goes with the room").reforming = None;
        self.touched.insert(id);
    }
}
