//! Restoring rooms after a restart of the server, as their members return.
//!
//! Nothing is kept on disk for it: each member's token says which room, and the room is what the tokens agree
//! on.

use super::Lobby;
use super::person::LeaveReason;
use super::timers::Timer;
use super::token::RoomClaim;
use crate::ids::{PersonId, RoomId};
use crate::protocol::RoomEndReason;
use std::time::Instant;

impl Lobby {
    /// Until when rooms are restored: as long as the place of a lost connection is kept.
    fn restoring_until(&self) -> Instant {
        self.started + self.rules.reconnect_grace
    }

    /// Whether rooms from before the restart are being restored.
    pub(super) fn is_restoring(&self) -> bool {
        self.now < self.restoring_until()
    }

    /// Restores the membership in the claim of a token from before the restart. False if a newer token shows
    /// that they had left, or if the room has no place for them.
    pub(super) fn restore_member(&mut self, who: PersonId, claim: &RoomClaim) -> bool {
        let until = self.restoring_until();
        if !self.rooms.contains_key(&claim.room) {
            if !self.ids.claim(claim.room.0, self.space) {
                return false;
            }
            self.add_room(claim.room, RoomEndReason::Interrupted).restore(claim, until);
            self.timers.set(until, Timer::Restoring(claim.room));
            self.changed_rooms.insert(claim.room);
        }
        // A room that is not being restored is complete, or another one with the same number.
        let Some(restoring) = &self.rooms[&claim.room].restoring else { return false };
        if claim.epoch < restoring.epoch || restoring.returned.contains(&who) {
            return false;
        }
        if claim.epoch > restoring.epoch {
            // Those who returned with older tokens had left, or been removed, before the restart.
            for outdated in restoring.returned.clone() {
                if self.room_of(outdated) == Some(claim.room) {
                    self.leave(outdated, LeaveReason::Outdated);
                }
            }
            self.rooms.get_mut(&claim.room).expect("seen above").restore(claim, until);
        }

        let room = self.rooms.get_mut(&claim.room).expect("made or seen above");
        let restoring = room.restoring.as_mut().expect("seen above");
        restoring.add(who, claim);
        if restoring.missing() == 0 {
            room.restoring = None;
            self.timers.cancel(until, Timer::Restoring(claim.room));
        }
        if room.len() + room.invitations.len() >= self.rules.room_capacity {
            return false;
        }
        room.add_member_at(who, claim.order, claim.hand);
        self.enter_room(who, claim.room);
        true
    }

    /// Ends the wait for members who have not returned.
    pub(super) fn end_restoring(&mut self, id: RoomId) {
        self.rooms.get_mut(&id).expect("the timer goes with the room").restoring = None;
        self.changed_rooms.insert(id);
    }
}
