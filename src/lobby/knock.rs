//! One knock on a room, until it is answered or expires.

use super::Lobby;
use super::person::Activity;
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
    pub(super) id: KnockId,
    pub(super) from: PersonId,
    /// Where `from` arrived from.
    pub(super) prefix: ClientPrefix,
    until: Instant,
}

impl Knock {
    /// The knock as on the wire.
    pub(super) fn to_protocol(&self, name: &str, now: Instant) -> Knocking {
        let expires_in_ms = super::ms_between(now, self.until);
        Knocking { knock: self.id, person: self.from, name: name.to_owned(), expires_in_ms }
    }
}

impl Lobby {
    /// `who` knocks on the room.
    pub(super) fn knock(&mut self, who: PersonId, id: RoomId) -> Result<(), ErrorCode> {
        let person = &self.people[&who];
        let before = match person.activity {
            Activity::Idle => None,
            Activity::Knocking { room, .. } if room == id => return Ok(()),
            Activity::Knocking { knock, room } => Some((room, knock)),
            Activity::InRoom(_) => return Err(ErrorCode::AlreadyInRoom),
        };
        let prefix = person.origin.prefix;
        let room = self.rooms.get(&id).ok_or(ErrorCode::RoomUnknown)?;
        if let Some(invitation) = room.invitation_to(who) {
            // They are invited already.
            self.accept(who, invitation);
            return Ok(());
        }
        if room.locked {
            return Err(ErrorCode::RoomLocked);
        }
        if room.occupancy() >= self.rules.room_capacity || room.knocks.len() >= MAX_KNOCKS {
            return Err(ErrorCode::RoomFull);
        }
        if room.knocks_from(prefix) >= MAX_KNOCKS_PER_PREFIX {
            return Err(ErrorCode::TooManyFromAddress);
        }
        self.check_knock_rate(who)?;
        if let Some((room, knock)) = before {
            // A person knocks on one room at a time.
            self.end_knock(room, knock, KnockOutcome::Withdrawn);
        }
        let knock = KnockId(self.fresh_id());
        let until = self.now + self.rules.knock_timeout;
        self.timers.set(until, Timer::KnockTimeout(knock, id));
        let room = self.rooms.get_mut(&id).expect("seen above");
        room.knocks.push(Knock { id: knock, from: who, prefix, until });
        self.people.get_mut(&who).expect("who knocks is here").activity =
            Activity::Knocking { knock, room: id };
        self.prompt_room_update(id);
        self.send_knock(id, knock);
        Ok(())
    }

    /// Confirms the knock to the outsider, at once or after a return.
    pub(super) fn send_knock(&mut self, room: RoomId, id: KnockId) {
        let Knock { from, until, .. } = *self.rooms[&room].knock(id).expect("they knock there");
        self.send(from, ServerMessage::KnockSent { knock: id, room, expires_in_ms: self.ms_until(until) });
    }

    /// The outsider withdraws the knock.
    pub(super) fn withdraw(&mut self, who: PersonId, id: KnockId) {
        // Otherwise late: it was answered or has expired, as the outsider has been told. Or somebody else's.
        if let Activity::Knocking { knock, room } = self.people[&who].activity
            && knock == id
        {
            self.end_knock(room, id, KnockOutcome::Withdrawn);
        }
    }

    /// A member admits the outsider.
    pub(super) fn admit(&mut self, who: PersonId, id: KnockId) -> Result<(), ErrorCode> {
        let Some((from, room)) = self.knock_for(who, id) else { return Ok(()) };
        // In a full room the knock stays open: somebody may leave.
        self.ensure_capacity(room, from)?;
        self.end_knock(room, id, KnockOutcome::Admitted);
        self.join(from, room);
        Ok(())
    }

    /// A member refuses.
    pub(super) fn refuse(&mut self, who: PersonId, id: KnockId) {
        if let Some((_, room)) = self.knock_for(who, id) {
            self.end_knock(room, id, KnockOutcome::Refused);
        }
    }

    /// Ends a knock, the only way that one ends: the outsider is told, and the members see it gone.
    pub(super) fn end_knock(&mut self, room: RoomId, id: KnockId, outcome: KnockOutcome) {
        let at = self.rooms.get_mut(&room).expect("a knock ends with its room");
        let Some(Knock { from, until, .. }) = at.take_knock(id) else { return };
        self.timers.cancel(until, Timer::KnockTimeout(id, room));
        self.people.get_mut(&from).expect("who knocks is here").activity = Activity::Idle;
        self.prompt_room_update(room);
        self.send(from, ServerMessage::KnockEnded { knock: id, outcome });
    }

    /// Who knocks on this member's room, and the room. `None` if it is late (answered, withdrawn, or this
    /// member has left) or invalid (another room's).
    fn knock_for(&self, member: PersonId, id: KnockId) -> Option<(PersonId, RoomId)> {
        let room = self.room_of(member)?;
        Some((self.rooms[&room].knock(id)?.from, room))
    }
}
