//! One knock on a room, until it is answered or expires.

use super::Lobby;
use super::person::Activity;
use super::room::Room;
use super::timers::Timer;
use crate::ids::{ClientPrefix, KnockId, PersonId, RoomId};
use crate::protocol::{ErrorCode, KnockOutcome, Knocking, ServerMessage};
use std::time::Instant;

/// The most knocks on one room (SECURITY.md).
const MAX_KNOCKS: usize = 32;

/// The most of these from one prefix: a class behind one address gets in, and other addresses always find a
/// place beside it (SECURITY.md).
const MAX_KNOCKS_PER_PREFIX: usize = 24;

#[derive(Debug)]
pub(super) struct Knock {
    pub(super) from: PersonId,
    pub(super) room: RoomId,
    until: Instant,
}

impl Knock {
    /// The knock as on the wire.
    pub(super) fn to_protocol(&self, id: KnockId, name: &str, now: Instant) -> Knocking {
        let expires_in_ms = super::ms_between(now, self.until);
        Knocking { knock: id, person: self.from, name: name.to_owned(), expires_in_ms }
    }
}

impl Lobby {
    /// `who` knocks on the room.
    pub(super) fn knock(&mut self, who: PersonId, id: RoomId) -> Result<(), ErrorCode> {
        let before = match self.people[&who].activity {
            Activity::Idle => None,
            Activity::Knocking(knock) if self.knocks[&knock].room == id => return Ok(()),
            Activity::Knocking(knock) => Some(knock),
            Activity::InRoom(_) => return Err(ErrorCode::AlreadyInRoom),
        };
        let room = self.rooms.get(&id).ok_or(ErrorCode::RoomUnknown)?;
        if let Some(invitation) = self.invitation_into(who, id) {
            // They are invited already.
            self.accept(who, invitation);
            return Ok(());
        }
        if room.locked {
            return Err(ErrorCode::RoomLocked);
        }
        if room.seats() >= self.rules.room_capacity || room.knocks.len() >= MAX_KNOCKS {
            return Err(ErrorCode::RoomFull);
        }
        if self.knocks_from(self.people[&who].origin.prefix, room) >= MAX_KNOCKS_PER_PREFIX {
            return Err(ErrorCode::TooManyFromAddress);
        }
        self.check_knock_rate(who)?;
        if let Some(before) = before {
            // A person knocks on one room at a time.
            self.end_knock(before, KnockOutcome::Withdrawn);
        }
        let knock = KnockId(self.fresh_id());
        let until = self.now + self.rules.knock;
        self.timers.set(until, Timer::Knock(knock));
        self.knocks.insert(knock, Knock { from: who, room: id, until });
        self.rooms.get_mut(&id).expect("seen above").knocks.push(knock);
        self.people.get_mut(&who).expect("who knocks is here").activity = Activity::Knocking(knock);
        self.changed_rooms.insert(id);
        self.send_knock(knock);
        Ok(())
    }

    /// Knocks on the room from that prefix.
    fn knocks_from(&self, prefix: ClientPrefix, room: &Room) -> usize {
        let from = |knock: &KnockId| self.people[&self.knocks[knock].from].origin.prefix;
        room.knocks.iter().filter(|knock| from(knock) == prefix).count()
    }

    /// Confirms the knock to the outsider, at once or after a return.
    pub(super) fn send_knock(&mut self, id: KnockId) {
        let Knock { from, room, until } = self.knocks[&id];
        self.send(from, ServerMessage::KnockSent { knock: id, room, expires_in_ms: self.ms_until(until) });
    }

    /// The outsider withdraws the knock.
    pub(super) fn withdraw(&mut self, who: PersonId, id: KnockId) {
        // Late: it was answered or has expired, as the outsider has been told. Invalid if it is somebody
        // else's.
        if self.knocks.get(&id).is_some_and(|knock| knock.from == who) {
            self.end_knock(id, KnockOutcome::Withdrawn);
        }
    }

    /// A member admits the outsider.
    pub(super) fn admit(&mut self, who: PersonId, id: KnockId) -> Result<(), ErrorCode> {
        let Some((from, room)) = self.knock_for(who, id) else { return Ok(()) };
        // In a full room the knock stays open: somebody may leave.
        self.ensure_seat(room, from)?;
        self.end_knock(id, KnockOutcome::Admitted);
        self.join(from, room);
        Ok(())
    }

    /// A member refuses.
    pub(super) fn refuse(&mut self, who: PersonId, id: KnockId) {
        if self.knock_for(who, id).is_some() {
            self.end_knock(id, KnockOutcome::Refused);
        }
    }

    /// Ends a knock, the only way that one ends: the outsider is told, and the members see it gone.
    pub(super) fn end_knock(&mut self, id: KnockId, outcome: KnockOutcome) {
        let Some(Knock { from, room, until }) = self.knocks.remove(&id) else { return };
        self.timers.cancel(until, Timer::Knock(id));
        self.people.get_mut(&from).expect("who knocks is here").activity = Activity::Idle;
        self.rooms.get_mut(&room).expect("a knock ends with its room").knocks.retain(|&other| other != id);
        self.changed_rooms.insert(room);
        self.send(from, ServerMessage::KnockEnded { knock: id, outcome });
    }

    /// Who knocks, and on which room. `None` if it is late (answered, withdrawn, or this member has left)
    /// or invalid (another room's).
    fn knock_for(&self, member: PersonId, id: KnockId) -> Option<(PersonId, RoomId)> {
        let knock = self.knocks.get(&id)?;
        (self.room_of(member) == Some(knock.room)).then_some((knock.from, knock.room))
    }
}
