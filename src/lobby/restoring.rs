//! Restoring rooms after a restart of the server, as their members return.
//!
//! Nothing is kept on disk for it: each member's token says which room, and the room is what the tokens
//! agree on.

use super::Lobby;
use super::room::{LeaveReason, Room};
use super::timers::Timer;
use super::token::RoomClaim;
use crate::ids::{PersonId, RoomId};
use crate::protocol::RoomEndReason;
use std::collections::BTreeSet;
use std::time::Instant;

/// The state of a room whose members are returning.
#[derive(Debug)]
pub(super) struct Restoring {
    /// Who has not returned by then is not a member.
    pub(super) until: Instant,
    /// The epoch of the newest token so far.
    epoch: u32,
    /// The count of members in the tokens of that epoch.
    expected: usize,
    /// Who has returned; if they leave after that they have left.
    restored: BTreeSet<PersonId>,
}

impl Restoring {
    /// How many are expected; their seats are kept.
    pub(super) fn missing(&self) -> usize {
        self.expected.saturating_sub(self.restored.len())
    }
}

impl Room {
    /// Sets the room to what this token says, and waits for others with the same.
    fn restore(&mut self, claim: &RoomClaim, until: Instant) {
        self.locked = claim.locked;
        self.epoch = self.epoch.max(claim.epoch);
        self.end_reason = RoomEndReason::Interrupted;
        let expected = claim.members as usize;
        self.restoring = Some(Restoring { until, epoch: claim.epoch, expected, restored: BTreeSet::new() });
    }
}

impl Lobby {
    /// Until when rooms are restored: as long as the place of a lost connection is kept.
    fn restoring_until(&self) -> Instant {
        self.started + self.rules.grace
    }

    /// Whether rooms from before the restart are being restored.
    pub(super) fn is_restoring(&self) -> bool {
        self.now < self.restoring_until()
    }

    /// Restores the membership in the claim of a token from before the restart. False if a newer token
    /// shows that they had left, or if the room has no seat for them.
    pub(super) fn restore_member(&mut self, who: PersonId, claim: &RoomClaim) -> bool {
        let until = self.restoring_until();
        if !self.rooms.contains_key(&claim.room) {
            self.rooms_made += 1;
            let mut room = Room::new(claim.room, self.rooms_made, RoomEndReason::Interrupted);
            room.restore(claim, until);
            self.rooms.insert(claim.room, room);
            self.timers.set(until, Timer::Restoring(claim.room));
            self.changed_rooms.insert(claim.room);
        }
        // A room that is not being restored is complete, or another one with the same number.
        let Some(restoring) = &self.rooms[&claim.room].restoring else { return false };
        if claim.epoch < restoring.epoch || restoring.restored.contains(&who) {
            return false;
        }
        if claim.epoch > restoring.epoch {
            // Those who returned with older tokens had left, or been removed, before the restart.
            for outdated in restoring.restored.clone() {
                if self.room_of(outdated) == Some(claim.room) {
                    self.leave(outdated, LeaveReason::Outdated);
                }
            }
            self.rooms.get_mut(&claim.room).expect("seen above").restore(claim, until);
        }

        let room = self.rooms.get_mut(&claim.room).expect("made or seen above");
        let restoring = room.restoring.as_mut().expect("seen above");
        restoring.expected = restoring.expected.max(claim.members as usize);
        restoring.restored.insert(who);
        if restoring.missing() == 0 {
            room.restoring = None;
            self.timers.cancel(until, Timer::Restoring(claim.room));
        }
        if room.len() + room.invitations.len() >= self.rules.room_capacity {
            return false;
        }
        room.add_member_at(who, claim.order);
        self.enter_room(who, claim.room);
        true
    }

    /// Ends the wait for members who have not returned.
    pub(super) fn end_restoring(&mut self, id: RoomId) {
        self.rooms.get_mut(&id).expect("the timer goes with the room").restoring = None;
        self.changed_rooms.insert(id);
    }
}
