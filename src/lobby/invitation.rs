//! One invitation, from the first ring to its end, and everything that can be said about it.

use super::Lobby;
use super::person::{Person, Place};
use super::room::Parting;
use super::timers::Timer;
use crate::ids::{InvitationId, PersonId, RoomId};
use crate::protocol::{
    Availability, DeclineReason, ErrorCode, Farewell, Invited, KnockOutcome, Outcome, Progress, ServerMessage,
};
use std::time::Instant;

/// The most invitations of one person that ring at a time (SECURITY.md).
const MOST_CALLS: usize = 20;

#[derive(Debug)]
pub(super) struct Invitation {
    pub(super) from: PersonId,
    pub(super) to: PersonId,
    /// Where the callee is asked to come; the inviter is in it.
    pub(super) room: RoomId,
    until: Instant,
    pub(super) reached: Reached,
    /// The callee does not hear it, and the caller is not to know.
    pub(super) silent: bool,
}

/// How far it has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reached {
    /// The callee's connection is lost; they hear of it when they are back.
    Nobody,
    /// It was said to the callee's page.
    Page,
    /// The callee's page has said that it rings.
    Person,
}

impl Invitation {
    /// As the room sees it.
    pub(super) fn seen(&self, id: InvitationId, callee: &Person, now: Instant) -> Invited {
        Invited {
            invitation: id,
            from: self.from,
            to: self.to,
            name: callee.name().to_owned(),
            progress: match self.reached {
                Reached::Nobody | Reached::Page => Progress::Sent,
                Reached::Person if callee.room().is_some() => Progress::InAnotherCall,
                Reached::Person => Progress::Ringing,
            },
            expires_in_ms: super::ms_between(now, self.until),
        }
    }
}

impl Lobby {
    /// `who` wants `to` in their room.
    pub(super) fn invite(&mut self, who: PersonId, to: PersonId) -> Result<(), ErrorCode> {
        if who == to {
            return Err(ErrorCode::NotYourself);
        }
        let callee = self.people.get(&to).ok_or(ErrorCode::PersonUnknown)?;
        let own = self.room_of(who);
        // Who is in the room, or is being called into it by anybody, need not be asked again.
        if own.is_some_and(|room| callee.room() == own || self.rings_for(to, room).is_some()) {
            return Ok(());
        }
        if let Some(theirs) = self.calls_of(to).into_iter().find(|id| self.invitations[id].to == who) {
            return self.accept_crossing(theirs, own);
        }
        if callee.availability == Availability::DoNotDisturb {
            // It never rings, so the callee has nothing to be told, and no room is made for it.
            let name = callee.name().to_owned();
            let outcome = Outcome::Declined { reason: Some(DeclineReason::DoNotDisturb) };
            let invitation = InvitationId(self.fresh_id());
            self.say(who, ServerMessage::InvitationEnded { invitation, with: to, name, outcome });
            return Ok(());
        }
        if self.calls_of(who).len() >= MOST_CALLS {
            return Err(ErrorCode::TooManyInvitations);
        }
        self.may_ring(who, to)?;
        // Without a room there will be one with the inviter in it.
        if own.map_or(1, |room| self.rooms[&room].seats()) >= self.rules.room_capacity {
            return Err(ErrorCode::RoomFull);
        }
        let room = own.unwrap_or_else(|| self.open_room(who, to));
        self.ring(who, to, room);
        Ok(())
    }

    /// A new invitation begins to ring.
    fn ring(&mut self, from: PersonId, to: PersonId, room: RoomId) {
        if let Place::Knocking(knock) = self.people[&to].place
            && self.knocks[&knock].room == room
        {
            // They need not ask any more, they are asked.
            self.end_knock(knock, KnockOutcome::Overtaken);
        }
        let id = InvitationId(self.fresh_id());
        let until = self.now + self.rules.ring;
        self.timers.set(until, Timer::Ring(id));
        let (reached, silent) = (Reached::Nobody, self.is_quiet(to, from));
        self.invitations.insert(id, Invitation { from, to, room, until, reached, silent });
        self.rooms.get_mut(&room).expect("the inviter is in it").invitations.push(id);
        self.people.get_mut(&to).expect("the callee is here").rings.insert(id);
        self.touched.insert(room);
        self.say_ring(id);
    }

    /// Tells the callee's page that it should ring, for the first time or after they came back.
    pub(super) fn say_ring(&mut self, id: InvitationId) {
        let Invitation { from, to, room, until, silent, .. } = self.invitations[&id];
        if self.people[&to].connection().is_none() {
            return;
        }
        if silent {
            return self.rings_silently(id);
        }
        let name = |who: &PersonId| self.people[who].name().to_owned();
        let ring = ServerMessage::Ring {
            invitation: id,
            from,
            name: name(&from),
            members: self.rooms[&room].members().map(|who| name(&who)).collect(),
            expires_in_ms: self.ms_until(until),
        };
        self.say(to, ring);
        let invitation = self.invitations.get_mut(&id).expect("it rings");
        if invitation.reached == Reached::Nobody {
            invitation.reached = Reached::Page;
        }
    }

    /// The caller hears the tone, and nobody else hears anything.
    pub(super) fn rings_silently(&mut self, id: InvitationId) {
        let invitation = self.invitations.get_mut(&id).expect("it rings");
        invitation.reached = Reached::Person;
        self.touched.insert(invitation.room);
    }

    /// The callee's page rings; now the caller may hear the tone.
    pub(super) fn rings(&mut self, who: PersonId, id: InvitationId) {
        if let Some(invitation) = self.invitations.get_mut(&id)
            && invitation.to == who
            && invitation.reached != Reached::Person
        {
            invitation.reached = Reached::Person;
            self.touched.insert(invitation.room);
        }
    }

    /// The callee takes the call, and leaves another room for it.
    pub(super) fn accept(&mut self, who: PersonId, id: InvitationId) {
        if let Some(room) = self.ringing_at(who, id) {
            self.meet(id, room);
        }
    }

    /// The callee takes the call, and the inviter is to come over.
    pub(super) fn bring_here(&mut self, who: PersonId, id: InvitationId) -> Result<(), ErrorCode> {
        let Some(theirs) = self.ringing_at(who, id) else { return Ok(()) };
        // The callee's own room may have ended this moment; they want to meet, so they do.
        let room = self.room_of(who).unwrap_or(theirs);
        if room != theirs {
            self.keep_seat(room, self.invitations[&id].from)?;
        }
        self.meet(id, room);
        Ok(())
    }

    /// Each called the other: they meet in the older of the two rooms.
    fn accept_crossing(&mut self, theirs: InvitationId, own: Option<RoomId>) -> Result<(), ErrorCode> {
        let Invitation { from, room, .. } = self.invitations[&theirs];
        match own {
            Some(own) if self.rooms[&own].number < self.rooms[&room].number => {
                self.keep_seat(own, from)?;
                self.meet(theirs, own);
            }
            _ => self.meet(theirs, room),
        }
        Ok(())
    }

    /// There is a seat in the room for somebody who comes over, their own if they are called there.
    pub(super) fn keep_seat(&self, room: RoomId, who: PersonId) -> Result<(), ErrorCode> {
        let others = self.rooms[&room].seats() - usize::from(self.rings_for(who, room).is_some());
        if others < self.rules.room_capacity { Ok(()) } else { Err(ErrorCode::RoomFull) }
    }

    /// The invitation is accepted: whichever of the two is not in `room` comes into it.
    fn meet(&mut self, id: InvitationId, room: RoomId) {
        let Invitation { from, to, .. } = self.invitations[&id];
        self.end_invitation(id, Outcome::Accepted);
        let mover = if self.room_of(from) == Some(room) { to } else { from };
        self.leave(mover, Parting::Moved);
        self.join(mover, room);
    }

    /// The callee does not take the call.
    pub(super) fn decline(&mut self, who: PersonId, id: InvitationId, reason: Option<DeclineReason>) {
        if self.ringing_at(who, id).is_some() {
            self.end_invitation(id, Outcome::Declined { reason });
        }
    }

    /// From now on nothing rings at this person, and what rings stops.
    pub(super) fn decline_all(&mut self, who: PersonId) {
        let reason = Some(DeclineReason::DoNotDisturb);
        for id in self.people[&who].rings.clone() {
            self.end_invitation(id, Outcome::Declined { reason });
        }
    }

    /// The caller gives up.
    pub(super) fn cancel(&mut self, who: PersonId, id: InvitationId) {
        // Late: it was answered or has expired, as the caller has been told. Nonsense if another's.
        if self.invitations.get(&id).is_some_and(|invitation| invitation.from == who) {
            self.end_invitation(id, Outcome::Cancelled);
        }
    }

    /// The one way in which an invitation ends: both are told at once.
    pub(super) fn end_invitation(&mut self, id: InvitationId, outcome: Outcome) {
        let Some(Invitation { from, to, room, until, reached, silent }) = self.invitations.remove(&id) else {
            return;
        };
        self.timers.cancel(until, Timer::Ring(id));
        let inviter = self.people[&from].name().to_owned();
        let callee = self.people.get_mut(&to).expect("who is rung for is here");
        callee.rings.remove(&id);
        let name = callee.name().to_owned();

        let at = self.rooms.get_mut(&room).expect("the inviter is in it");
        at.invitations.retain(|&other| other != id);
        if !matches!(outcome, Outcome::Accepted | Outcome::Overtaken) {
            at.farewell = Farewell::NobodyCame { name: name.clone(), outcome };
        }
        self.touched.insert(room);

        let ended = |with, name| ServerMessage::InvitationEnded { invitation: id, with, name, outcome };
        self.say(from, ended(to, name));
        // Who has not heard the ring need not hear that it stopped.
        if reached != Reached::Nobody && !silent {
            self.say(to, ended(from, inviter));
        }
    }

    /// The room for which the invitation rings at this person. `None` if it is late: it was
    /// cancelled or has expired, as the callee has been told. (Or nonsense: it rings at another.)
    fn ringing_at(&self, who: PersonId, id: InvitationId) -> Option<RoomId> {
        self.invitations.get(&id).filter(|invitation| invitation.to == who).map(|invitation| invitation.room)
    }

    /// Whom this person is calling. All of it rings for the room they are in.
    pub(super) fn calls_of(&self, who: PersonId) -> Vec<InvitationId> {
        let Some(room) = self.room_of(who) else { return Vec::new() };
        let ringing = self.rooms[&room].invitations.iter().copied();
        ringing.filter(|id| self.invitations[id].from == who).collect()
    }

    /// The invitation into this room that rings at this person: never more than one.
    pub(super) fn rings_for(&self, who: PersonId, room: RoomId) -> Option<InvitationId> {
        self.rooms[&room].invitations.iter().copied().find(|id| self.invitations[id].to == who)
    }
}
