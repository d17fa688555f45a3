//! One invitation, from the first ring to its end.

use super::Lobby;
use super::person::{Activity, LeaveReason, Person};
use super::timers::Timer;
use crate::ids::{InvitationId, PersonId, RoomId};
use crate::protocol::{
    Availability, DeclineReason, ErrorCode, Invited, KnockOutcome, Outcome, Progress, RoomEndReason,
    ServerMessage,
};
use std::time::Instant;

/// The most invitations of one person that ring at a time (SECURITY.md).
const MAX_RINGING: usize = 20;

#[derive(Debug)]
pub(super) struct Invitation {
    pub(super) id: InvitationId,
    pub(super) from: PersonId,
    pub(super) to: PersonId,
    until: Instant,
    pub(super) delivery: Delivery,
    /// The callee has silenced the caller, who must not notice.
    pub(super) silent: bool,
}

/// How far the invitation has been delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Delivery {
    /// The callee is reconnecting and receives it on return.
    Pending,
    /// It was sent to the callee's page.
    Sent,
    /// The callee's page has confirmed that it rings.
    Ringing,
}

impl Invitation {
    /// The invitation as on the wire.
    pub(super) fn to_protocol(&self, callee: &Person, now: Instant) -> Invited {
        Invited {
            invitation: self.id,
            from: self.from,
            to: self.to,
            name: callee.name().to_owned(),
            progress: match self.delivery {
                Delivery::Pending | Delivery::Sent => Progress::Sent,
                Delivery::Ringing if callee.room().is_some() => Progress::InAnotherCall,
                Delivery::Ringing => Progress::Ringing,
            },
            expires_in_ms: super::ms_between(now, self.until),
        }
    }
}

impl Lobby {
    /// `who` invites `to` into their room.
    pub(super) fn invite(&mut self, who: PersonId, to: PersonId) -> Result<(), ErrorCode> {
        if who == to {
            return Err(ErrorCode::NotYourself);
        }
        let callee = self.people.get(&to).ok_or(ErrorCode::PersonUnknown)?;
        let (own, theirs) = (self.room_of(who), callee.room());
        // Whoever is in the room, or is invited into it by anybody, needs no invitation.
        if own.is_some_and(|room| theirs == own || self.rooms[&room].invitation_to(to).is_some()) {
            return Ok(());
        }
        if let Some(theirs) = theirs
            && let Some(call) = self.rooms[&theirs].invitation_between(to, who)
        {
            return self.accept_crossing(theirs, call, own);
        }
        if callee.availability == Availability::DoNotDisturb {
            // It never rings, so the callee receives nothing, and no room is made for it.
            let name = callee.name().to_owned();
            let outcome = Outcome::Declined { reason: Some(DeclineReason::DoNotDisturb) };
            let invitation = InvitationId(self.fresh_id());
            self.send(who, ServerMessage::InvitationEnded { invitation, with: to, name, outcome });
            return Ok(());
        }
        if own.is_some_and(|room| self.rooms[&room].invitations_from(who).count() >= MAX_RINGING) {
            return Err(ErrorCode::TooManyInvitations);
        }
        self.check_ring_rate(who, to)?;
        // A room that is yet to be made has the inviter in it.
        if own.map_or(1, |room| self.rooms[&room].occupancy()) >= self.rules.room_capacity {
            return Err(ErrorCode::RoomFull);
        }
        let room = own.unwrap_or_else(|| self.open_room(who, to));
        self.ring(who, to, room);
        Ok(())
    }

    /// Starts a new invitation.
    fn ring(&mut self, from: PersonId, to: PersonId, room: RoomId) {
        if let Activity::Knocking { knock, room: on } = self.people[&to].activity
            && on == room
        {
            // The invitation answers the knock.
            self.end_knock(room, knock, KnockOutcome::Overtaken);
        }
        let id = InvitationId(self.fresh_id());
        let until = self.now + self.rules.ring_timeout;
        self.timers.set(until, Timer::RingTimeout(id, room));
        let (delivery, silent) = (Delivery::Pending, self.is_quiet(to, from));
        let invitation = Invitation { id, from, to, until, delivery, silent };
        self.rooms.get_mut(&room).expect("the inviter is in it").invitations.push(invitation);
        self.people.get_mut(&to).expect("the callee is here").rings.insert(id, room);
        self.changed_rooms.insert(room);
        self.send_ring(room, id);
    }

    /// Has the callee's page ring, for the first time or after a return.
    pub(super) fn send_ring(&mut self, room: RoomId, id: InvitationId) {
        let at = &self.rooms[&room];
        let &Invitation { from, to, until, silent, .. } = at.invitation(id).expect("it rings");
        if self.people[&to].connection().is_none() {
            return;
        }
        if silent {
            return self.set_ringing(room, id);
        }
        let name = |who: PersonId| self.people[&who].name().to_owned();
        let ring = ServerMessage::Ring {
            invitation: id,
            from,
            name: name(from),
            members: at.members().map(name).collect(),
            expires_in_ms: self.ms_until(until),
            mark: self.mark_to(to, from),
        };
        self.send(to, ring);
        let at = self.rooms.get_mut(&room).expect("seen above");
        let invitation = at.invitation_mut(id).expect("it rings");
        if invitation.delivery == Delivery::Pending {
            invitation.delivery = Delivery::Sent;
        }
    }

    /// The callee's page rings, or the callee hears nothing and the caller must not notice: the caller hears
    /// the tone.
    pub(super) fn set_ringing(&mut self, room: RoomId, id: InvitationId) {
        let at = self.rooms.get_mut(&room).expect("it rings for it");
        at.invitation_mut(id).expect("it rings").delivery = Delivery::Ringing;
        self.changed_rooms.insert(room);
    }

    /// The callee's page says that it rings.
    pub(super) fn on_ringing(&mut self, who: PersonId, id: InvitationId) {
        if let Some(room) = self.incoming_invitation(who, id)
            && self.rooms[&room].invitation(id).is_some_and(|ring| ring.delivery != Delivery::Ringing)
        {
            self.set_ringing(room, id);
        }
    }

    /// The callee accepts, and leaves another room for it.
    pub(super) fn accept(&mut self, who: PersonId, id: InvitationId) {
        if let Some(room) = self.incoming_invitation(who, id) {
            self.join_parties(room, id, room);
        }
    }

    /// The callee accepts, and the inviter joins the callee's room.
    pub(super) fn bring_here(&mut self, who: PersonId, id: InvitationId) -> Result<(), ErrorCode> {
        let Some(theirs) = self.incoming_invitation(who, id) else { return Ok(()) };
        // The callee's own room may have just ended; then this is an accept.
        let room = self.room_of(who).unwrap_or(theirs);
        if room != theirs {
            let inviter = self.rooms[&theirs].invitation(id).expect("it rings").from;
            self.ensure_capacity(room, inviter)?;
        }
        self.join_parties(theirs, id, room);
        Ok(())
    }

    /// Two people invited each other: they meet in the older of the two rooms.
    fn accept_crossing(
        &mut self,
        theirs: RoomId,
        id: InvitationId,
        own: Option<RoomId>,
    ) -> Result<(), ErrorCode> {
        let room = &self.rooms[&theirs];
        match own {
            Some(own) if self.rooms[&own].number < room.number => {
                self.ensure_capacity(own, room.invitation(id).expect("it rings").from)?;
                self.join_parties(theirs, id, own);
            }
            _ => self.join_parties(theirs, id, theirs),
        }
        Ok(())
    }

    /// Checks that the room has a place for this person, their own if they are invited.
    pub(super) fn ensure_capacity(&self, room: RoomId, who: PersonId) -> Result<(), ErrorCode> {
        let room = &self.rooms[&room];
        let others = room.occupancy() - usize::from(room.invitation_to(who).is_some());
        if others < self.rules.room_capacity { Ok(()) } else { Err(ErrorCode::RoomFull) }
    }

    /// Ends the invitation into `into` as accepted, and moves whichever of the two is not in `room` into it.
    fn join_parties(&mut self, into: RoomId, id: InvitationId, room: RoomId) {
        let &Invitation { from, to, .. } = self.rooms[&into].invitation(id).expect("it rings");
        self.end_invitation(into, id, Outcome::Accepted);
        let mover = if self.room_of(from) == Some(room) { to } else { from };
        self.leave(mover, LeaveReason::Moved);
        self.join(mover, room);
    }

    /// The callee declines.
    pub(super) fn decline(&mut self, who: PersonId, id: InvitationId, reason: Option<DeclineReason>) {
        if let Some(room) = self.incoming_invitation(who, id) {
            self.end_invitation(room, id, Outcome::Declined { reason });
        }
    }

    /// Ends everything that rings for this person.
    pub(super) fn end_rings(&mut self, who: PersonId, outcome: Outcome) {
        for (id, room) in self.people[&who].rings.clone() {
            self.end_invitation(room, id, outcome);
        }
    }

    /// The caller cancels.
    pub(super) fn cancel(&mut self, who: PersonId, id: InvitationId) {
        // Otherwise late: it was answered or has expired, as the caller has been told. Or somebody else's.
        if let Some(room) = self.room_of(who)
            && self.rooms[&room].invitation(id).is_some_and(|call| call.from == who)
        {
            self.end_invitation(room, id, Outcome::Cancelled);
        }
    }

    /// Ends an invitation, the only way that one ends: both are told at once.
    pub(super) fn end_invitation(&mut self, room: RoomId, id: InvitationId, outcome: Outcome) {
        let at = self.rooms.get_mut(&room).expect("the inviter is in it");
        let Some(Invitation { from, to, until, delivery, silent, .. }) = at.take_invitation(id) else {
            return;
        };
        self.timers.cancel(until, Timer::RingTimeout(id, room));
        let inviter = self.people[&from].name().to_owned();
        let callee = self.people.get_mut(&to).expect("who is rung for is here");
        callee.rings.remove(&id);
        let name = callee.name().to_owned();

        if !matches!(outcome, Outcome::Accepted | Outcome::Overtaken) {
            at.end_reason = RoomEndReason::NobodyCame { name: name.clone(), outcome };
        }
        self.changed_rooms.insert(room);

        let ended = |with, name| ServerMessage::InvitationEnded { invitation: id, with, name, outcome };
        self.send(from, ended(to, name));
        // A callee who did not receive the ring needs no end of it.
        if delivery != Delivery::Pending && !silent {
            self.send(to, ended(from, inviter));
        }
    }

    /// The room of an invitation that rings for this person. `None` if it is late (cancelled or expired, as
    /// the callee has been told) or invalid (another person's).
    fn incoming_invitation(&self, who: PersonId, id: InvitationId) -> Option<RoomId> {
        self.people[&who].rings.get(&id).copied()
    }
}
