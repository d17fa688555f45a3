//! One knock on a room, until somebody opens or nobody does.

use super::Lobby;
use super::person::Place;
use super::room::Room;
use super::timers::Timer;
use crate::ids::{ClientPrefix, KnockId, PersonId, RoomId};
use crate::protocol::{ErrorCode, KnockOutcome, Knocking, ServerMessage};
use std::time::Instant;

/// The most that wait before one door (SECURITY.md).
const MOST_KNOCKS: usize = 32;

/// The most of these that came from one prefix: a class behind one address gets in, and others always find a place
/// beside it (SECURITY.md).
const MOST_KNOCKS_FROM_ONE: usize = 24;

#[derive(Debug)]
pub(super) struct Knock {
    pub(super) from: PersonId,
    pub(super) room: RoomId,
    until: Instant,
}

impl Knock {
    /// As the room sees it.
    pub(super) fn seen(&self, id: KnockId, name: &str, now: Instant) -> Knocking {
        let expires_in_ms = super::ms_between(now, self.until);
        Knocking { knock: id, person: self.from, name: name.to_owned(), expires_in_ms }
    }
}

impl Lobby {
    /// `who` asks to be let into the room.
    pub(super) fn knock(&mut self, who: PersonId, id: RoomId) -> Result<(), ErrorCode> {
        let before = match self.people[&who].place {
            Place::Free => None,
            Place::Knocking(knock) if self.knocks[&knock].room == id => return Ok(()),
            Place::Knocking(knock) => Some(knock),
            Place::In(_) => return Err(ErrorCode::AlreadyInRoom),
        };
        let room = self.rooms.get(&id).ok_or(ErrorCode::RoomUnknown)?;
        if let Some(invitation) = self.rings_for(who, id) {
            // They are asked in already.
            self.accept(who, invitation);
            return Ok(());
        }
        if room.locked {
            return Err(ErrorCode::RoomLocked);
        }
        if room.seats() >= self.rules.room_capacity || room.knocks.len() >= MOST_KNOCKS {
            return Err(ErrorCode::RoomFull);
        }
        if self.knocks_from(self.people[&who].origin.prefix, room) >= MOST_KNOCKS_FROM_ONE {
            return Err(ErrorCode::TooManyFromAddress);
        }
        self.may_knock(who)?;
        if let Some(before) = before {
            // One cannot stand before two doors.
            self.end_knock(before, KnockOutcome::Withdrawn);
        }
        let knock = KnockId(self.fresh_id());
        let until = self.now + self.rules.knock;
        self.timers.set(until, Timer::Knock(knock));
        self.knocks.insert(knock, Knock { from: who, room: id, until });
        self.rooms.get_mut(&id).expect("seen above").knocks.push(knock);
        self.people.get_mut(&who).expect("who knocks is here").place = Place::Knocking(knock);
        self.touched.insert(id);
        self.say_knock(knock);
        Ok(())
    }

    /// How many wait before that door who came from there.
    fn knocks_from(&self, prefix: ClientPrefix, room: &Room) -> usize {
        let from = |knock: &KnockId| self.people[&self.knocks[knock].from].origin.prefix;
        room.knocks.iter().filter(|knock| from(knock) == prefix).count()
    }

    /// Tells the outsider that the knock is heard, at once or after they came back.
    pub(super) fn say_knock(&mut self, id: KnockId) {
        let Knock { from, room, until } = self.knocks[&id];
        self.say(from, ServerMessage::KnockSent { knock: id, room, expires_in_ms: self.ms_until(until) });
    }

    /// The outsider no longer wants to come in.
    pub(super) fn withdraw(&mut self, who: PersonId, id: KnockId) {
        // Late: it was answered or has expired, as the outsider has been told. Nonsense if another's.
        if self.knocks.get(&id).is_some_and(|knock| knock.from == who) {
            self.end_knock(id, KnockOutcome::Withdrawn);
        }
    }

    /// A member opens.
    pub(super) fn admit(&mut self, who: PersonId, id: KnockId) -> Result<(), ErrorCode> {
        let Some((from, room)) = self.knocking_at(who, id) else { return Ok(()) };
        // When it is full the knock stays open: somebody may leave.
        self.keep_seat(room, from)?;
        self.end_knock(id, KnockOutcome::Admitted);
        self.join(from, room);
        Ok(())
    }

    /// A member does not open.
    pub(super) fn refuse(&mut self, who: PersonId, id: KnockId) {
        if self.knocking_at(who, id).is_some() {
            self.end_knock(id, KnockOutcome::Refused);
        }
    }

    /// The one way in which a knock ends: the outsider is told, and the members see it gone.
    pub(super) fn end_knock(&mut self, id: KnockId, outcome: KnockOutcome) {
        let Some(Knock { from, room, until }) = self.knocks.remove(&id) else { return };
        self.timers.cancel(until, Timer::Knock(id));
        self.people.get_mut(&from).expect("who knocks is here").place = Place::Free;
        self.rooms.get_mut(&room).expect("a knock ends with its room").knocks.retain(|&other| other != id);
        self.touched.insert(room);
        self.say(from, ServerMessage::KnockEnded { knock: id, outcome });
    }

    /// Who knocks, and where. `None` if it is late: another member has answered, the outsider has
    /// gone, or this member has left. (Or nonsense: it is another room's.)
    fn knocking_at(&self, member: PersonId, id: KnockId) -> Option<(PersonId, RoomId)> {
        let knock = self.knocks.get(&id)?;
        (self.room_of(member) == Some(knock.room)).then_some((knock.from, knock.room))
    }
}
