//! One invitation, from the first ring to its end.

use super::Lobby;
use super::person::{Activity, Person};
use super::room::LeaveReason;
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
    pub(super) from: PersonId,
    pub(super) to: PersonId,
    /// The room that the callee is asked into; the inviter is in it.
    pub(super) room: RoomId,
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
    pub(super) fn to_protocol(&self, id: InvitationId, callee: &Person, now: Instant) -> Invited {
        Invited {
            invitation: id,
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
        let own = self.room_of(who);
        // Whoever is in the room, or is invited into it by anybody, needs no invitation.
        if own.is_some_and(|room| callee.room() == own || self.invitation_into(to, room).is_some()) {
            return Ok(());
        }
        if let Some(theirs) =
            self.outgoing_invitations(to).into_iter().find(|id| self.invitations[id].to == who)
        {
            return self.accept_crossing(theirs, own);
        }
        if callee.availability == Availability::DoNotDisturb {
            // It never rings, so the callee receives nothing, and no room is made for it.
            let name = callee.name().to_owned();
            let outcome = Outcome::Declined { reason: Some(DeclineReason::DoNotDisturb) };
            let invitation = InvitationId(self.fresh_id());
            self.send(who, ServerMessage::InvitationEnded { invitation, with: to, name, outcome });
            return Ok(());
        }
        if self.outgoing_invitations(who).len() >= MAX_RINGING {
            return Err(ErrorCode::TooManyInvitations);
        }
        self.check_ring_rate(who, to)?;
        // A room that is yet to be made has the inviter in it.
        if own.map_or(1, |room| self.rooms[&room].seats()) >= self.rules.room_capacity {
            return Err(ErrorCode::RoomFull);
        }
        let room = own.unwrap_or_else(|| self.open_room(who, to));
        self.ring(who, to, room);
        Ok(())
    }

    /// Starts a new invitation.
    fn ring(&mut self, from: PersonId, to: PersonId, room: RoomId) {
        if let Activity::Knocking(knock) = self.people[&to].activity
            && self.knocks[&knock].room == room
        {
            // The invitation answers the knock.
            self.end_knock(knock, KnockOutcome::Overtaken);
        }
        let id = InvitationId(self.fresh_id());
        let until = self.now + self.rules.ring;
        self.timers.set(until, Timer::Ring(id));
        let (delivery, silent) = (Delivery::Pending, self.is_quiet(to, from));
        self.invitations.insert(id, Invitation { from, to, room, until, delivery, silent });
        self.rooms.get_mut(&room).expect("the inviter is in it").invitations.push(id);
        self.people.get_mut(&to).expect("the callee is here").rings.insert(id);
        self.changed_rooms.insert(room);
        self.send_ring(id);
    }

    /// Has the callee's page ring, for the first time or after a return.
    pub(super) fn send_ring(&mut self, id: InvitationId) {
        let Invitation { from, to, room, until, silent, .. } = self.invitations[&id];
        if self.people[&to].connection().is_none() {
            return;
        }
        if silent {
            return self.ring_silently(id);
        }
        let name = |who: &PersonId| self.people[who].name().to_owned();
        let ring = ServerMessage::Ring {
            invitation: id,
            from,
            name: name(&from),
            members: self.rooms[&room].members().map(|who| name(&who)).collect(),
            expires_in_ms: self.ms_until(until),
        };
        self.send(to, ring);
        let invitation = self.invitations.get_mut(&id).expect("it rings");
        if invitation.delivery == Delivery::Pending {
            invitation.delivery = Delivery::Sent;
        }
    }

    /// The caller hears the tone, and the callee nothing.
    pub(super) fn ring_silently(&mut self, id: InvitationId) {
        let invitation = self.invitations.get_mut(&id).expect("it rings");
        invitation.delivery = Delivery::Ringing;
        self.changed_rooms.insert(invitation.room);
    }

    /// The callee's page rings, so the caller hears the tone.
    pub(super) fn on_ringing(&mut self, who: PersonId, id: InvitationId) {
        if let Some(invitation) = self.invitations.get_mut(&id)
            && invitation.to == who
            && invitation.delivery != Delivery::Ringing
        {
            invitation.delivery = Delivery::Ringing;
            self.changed_rooms.insert(invitation.room);
        }
    }

    /// The callee accepts, and leaves another room for it.
    pub(super) fn accept(&mut self, who: PersonId, id: InvitationId) {
        if let Some(room) = self.incoming_invitation(who, id) {
            self.join_parties(id, room);
        }
    }

    /// The callee accepts, and the inviter joins the callee's room.
    pub(super) fn bring_here(&mut self, who: PersonId, id: InvitationId) -> Result<(), ErrorCode> {
        let Some(theirs) = self.incoming_invitation(who, id) else { return Ok(()) };
        // The callee's own room may have just ended; then this is an accept.
        let room = self.room_of(who).unwrap_or(theirs);
        if room != theirs {
            self.ensure_seat(room, self.invitations[&id].from)?;
        }
        self.join_parties(id, room);
        Ok(())
    }

    /// Two people invited each other: they meet in the older of the two rooms.
    fn accept_crossing(&mut self, theirs: InvitationId, own: Option<RoomId>) -> Result<(), ErrorCode> {
        let Invitation { from, room, .. } = self.invitations[&theirs];
        match own {
            Some(own) if self.rooms[&own].number < self.rooms[&room].number => {
                self.ensure_seat(own, from)?;
                self.join_parties(theirs, own);
            }
            _ => self.join_parties(theirs, room),
        }
        Ok(())
    }

    /// Checks that the room has a seat for this person, their own if they are invited.
    pub(super) fn ensure_seat(&self, room: RoomId, who: PersonId) -> Result<(), ErrorCode> {
        let others = self.rooms[&room].seats() - usize::from(self.invitation_into(who, room).is_some());
        if others < self.rules.room_capacity { Ok(()) } else { Err(ErrorCode::RoomFull) }
    }

    /// Ends the invitation as accepted, and moves whichever of the two is not in `room` into it.
    fn join_parties(&mut self, id: InvitationId, room: RoomId) {
        let Invitation { from, to, .. } = self.invitations[&id];
        self.end_invitation(id, Outcome::Accepted);
        let mover = if self.room_of(from) == Some(room) { to } else { from };
        self.leave(mover, LeaveReason::Moved);
        self.join(mover, room);
    }

    /// The callee declines.
    pub(super) fn decline(&mut self, who: PersonId, id: InvitationId, reason: Option<DeclineReason>) {
        if self.incoming_invitation(who, id).is_some() {
            self.end_invitation(id, Outcome::Declined { reason });
        }
    }

    /// Declines everything that rings for this person, who does not want to be disturbed.
    pub(super) fn decline_all(&mut self, who: PersonId) {
        let reason = Some(DeclineReason::DoNotDisturb);
        for id in self.people[&who].rings.clone() {
            self.end_invitation(id, Outcome::Declined { reason });
        }
    }

    /// The caller cancels.
    pub(super) fn cancel(&mut self, who: PersonId, id: InvitationId) {
        // Late: it was answered or has expired, as the caller has been told. Invalid if it is somebody
        // else's.
        if self.invitations.get(&id).is_some_and(|invitation| invitation.from == who) {
            self.end_invitation(id, Outcome::Cancelled);
        }
    }

    /// Ends an invitation, the only way that one ends: both are told at once.
    pub(super) fn end_invitation(&mut self, id: InvitationId, outcome: Outcome) {
        let Some(Invitation { from, to, room, until, delivery, silent }) = self.invitations.remove(&id)
        else {
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
        self.invitations.get(&id).filter(|invitation| invitation.to == who).map(|invitation| invitation.room)
    }

    /// The invitations that this person has sent. All of them are into the room they are in.
    pub(super) fn outgoing_invitations(&self, who: PersonId) -> Vec<InvitationId> {
        let Some(room) = self.room_of(who) else { return Vec::new() };
        let ringing = self.rooms[&room].invitations.iter().copied();
        ringing.filter(|id| self.invitations[id].from == who).collect()
    }

    /// The invitation into this room that rings for this person: at most one.
    pub(super) fn invitation_into(&self, who: PersonId, room: RoomId) -> Option<InvitationId> {
        self.rooms[&room].invitations.iter().copied().find(|id| self.invitations[id].to == who)
    }
}
