//! One room, from its first member to its end.

use super::person::{Activity, Person};
use super::relay::Wish;
use super::restoring::Restoring;
use super::timers::Timer;
use super::token::RoomClaim;
use super::{Effect, Lobby};
use crate::ids::{InvitationId, KnockId, PersonId, RoomId};
use crate::protocol::{self, ErrorCode, KnockOutcome, Outcome, RoomEndReason, ServerMessage, Signal};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

#[derive(Debug)]
pub(super) struct Room {
    pub(super) id: RoomId,
    /// The ordinal of its creation: the smaller number is the older room.
    pub(super) number: u64,
    pub(super) locked: bool,
    /// In order of arrival; the first is the host.
    members: Vec<Member>,
    /// The order number of the next member.
    next_order: u32,
    /// See [`RoomClaim::epoch`].
    pub(super) epoch: u32,
    /// Invitations into the room, oldest first. The inviters are members.
    pub(super) invitations: Vec<InvitationId>,
    /// Oldest first.
    pub(super) knocks: Vec<KnockId>,
    /// What the last member is told when nobody is left to wait for.
    pub(super) end_reason: RoomEndReason,
    /// Set while members from before a restart of the server are expected.
    pub(super) restoring: Option<Restoring>,
    /// When the members last received the room.
    told: Option<Instant>,
    /// When the members receive the changes that are pending.
    pub(super) due: Option<Instant>,
}

/// The interval, for each member, between two updates of what members show, what they are called and
/// whether the room is locked: every member receives each update, so a room costs at most 125 messages a
/// second, whatever its size and however much its members say (SECURITY.md).
const ROOM_UPDATE_INTERVAL_PER_MEMBER: Duration = Duration::from_millis(8);

#[derive(Debug)]
struct Member {
    id: PersonId,
    order: u32,
}

/// Why a person leaves a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LeaveReason {
    HungUp,
    Removed,
    /// Into another room.
    Moved,
    SaidGoodbye,
    /// The connection was lost and not resumed in time.
    Lost,
    /// Had left before the restart, as another member's newer token shows.
    Outdated,
}

impl Room {
    /// An empty room; `end_reason` is what the last member is told if nobody else ever comes.
    pub(super) fn new(id: RoomId, number: u64, end_reason: RoomEndReason) -> Self {
        Room {
            id,
            number,
            locked: false,
            members: Vec::new(),
            next_order: 0,
            epoch: 0,
            invitations: Vec::new(),
            knocks: Vec::new(),
            end_reason,
            restoring: None,
            told: None,
            due: None,
        }
    }

    /// The longest-present member; `None` only between the last departure and the end of the room.
    pub(super) fn host(&self) -> Option<PersonId> {
        self.members.first().map(|member| member.id)
    }

    pub(super) fn members(&self) -> impl Iterator<Item = PersonId> {
        self.members.iter().map(|member| member.id)
    }

    /// The count of members.
    pub(super) fn len(&self) -> usize {
        self.members.len()
    }

    /// Seats that are taken, or kept for those who are called or expected back.
    pub(super) fn seats(&self) -> usize {
        let missing = self.restoring.as_ref().map_or(0, Restoring::missing);
        self.members.len() + self.invitations.len() + missing
    }

    /// Whether nobody is left to wait for.
    fn is_over(&self) -> bool {
        let waits = !self.invitations.is_empty() || !self.knocks.is_empty() || self.restoring.is_some();
        self.members.is_empty() || self.members.len() == 1 && !waits
    }

    fn add_member(&mut self, who: PersonId) {
        self.add_member_at(who, self.next_order);
    }

    /// Adds a member from before a restart at the old place in the order.
    pub(super) fn add_member_at(&mut self, who: PersonId, order: u32) {
        // Ties (of a new member with a returning one) are broken by id.
        let at = self.members.partition_point(|member| (member.order, member.id) < (order, who));
        self.members.insert(at, Member { id: who, order });
        self.next_order = self.next_order.max(order.saturating_add(1));
    }

    fn remove_member(&mut self, who: PersonId) {
        self.members.retain(|member| member.id != who);
        self.epoch = self.epoch.saturating_add(1);
    }

    /// The room claim in this member's token.
    pub(super) fn claim(&self, who: PersonId) -> Option<RoomClaim> {
        let member = self.members.iter().find(|member| member.id == who)?;
        Some(RoomClaim {
            room: self.id,
            order: member.order,
            epoch: self.epoch,
            members: self.members.len() as u32,
            locked: self.locked,
        })
    }

    /// Who offers the direct path in a room of two. It stays the same as long as the two are together: the
    /// later one, who knows of the other first.
    fn offerer(&self) -> Option<PersonId> {
        match &self.members[..] {
            [_, newer] => Some(newer.id),
            _ => None,
        }
    }
}

impl Lobby {
    pub(super) fn room_of(&self, who: PersonId) -> Option<RoomId> {
        self.people.get(&who).and_then(Person::room)
    }

    /// The room that this person hosts.
    fn hosted_by(&mut self, who: PersonId) -> Result<&mut Room, ErrorCode> {
        let room = self.room_of(who).ok_or(ErrorCode::NotInRoom)?;
        let room = self.rooms.get_mut(&room).expect("a person's room is there");
        if room.host() == Some(who) { Ok(room) } else { Err(ErrorCode::HostOnly) }
    }

    /// Creates a room for this person, who is about to call `callee`.
    pub(super) fn open_room(&mut self, who: PersonId, callee: PersonId) -> RoomId {
        let id = RoomId(self.fresh_id());
        self.rooms_made += 1;
        // Replaced by the real outcome when the invitation ends, which is before anybody is told.
        let name = self.people[&callee].name().to_owned();
        let room = Room::new(id, self.rooms_made, RoomEndReason::NobodyCame { name, outcome: Outcome::Gone });
        self.rooms.insert(id, room);
        self.join(who, id);
        id
    }

    /// Adds a person who is in no room to this one.
    pub(super) fn join(&mut self, who: PersonId, id: RoomId) {
        // Pending ways into a room are void.
        if let Activity::Knocking(knock) = self.people[&who].activity {
            self.end_knock(knock, KnockOutcome::Overtaken);
        }
        if let Some(invitation) = self.invitation_into(who, id) {
            self.end_invitation(invitation, Outcome::Overtaken);
        }
        self.rooms.get_mut(&id).expect("there is a room to come into").add_member(who);
        self.enter_room(who, id);
    }

    pub(super) fn enter_room(&mut self, who: PersonId, id: RoomId) {
        let person = self.people.get_mut(&who).expect("whoever comes in is here");
        person.activity = Activity::InRoom(id);
        person.end_reason = None;
        self.tell_relay(who, Wish::Join(id));
        self.changed_rooms.insert(id);
        self.status_changed(who);
        self.update_callers_rooms(who);
    }

    /// Removes a member from the room; whether the room ends is decided by
    /// [`flush_rooms`](Lobby::flush_rooms).
    pub(super) fn leave(&mut self, who: PersonId, reason: LeaveReason) {
        let Some(id) = self.room_of(who) else { return };

        // An inviter is always a member.
        let outcome = match reason {
            LeaveReason::SaidGoodbye | LeaveReason::Lost => Outcome::Gone,
            LeaveReason::HungUp | LeaveReason::Removed | LeaveReason::Moved | LeaveReason::Outdated => {
                Outcome::Cancelled
            }
        };
        for invitation in self.outgoing_invitations(who) {
            self.end_invitation(invitation, outcome);
        }

        let name = self.people[&who].name().to_owned();
        let room = self.rooms.get_mut(&id).expect("a person's room is there");
        room.remove_member(who);
        room.end_reason = match reason {
            LeaveReason::Lost => RoomEndReason::LastLost { name },
            _ => RoomEndReason::LastLeft { name },
        };
        self.changed_rooms.insert(id);
        self.exit_room(who, id);
        match reason {
            LeaveReason::HungUp => self.send_room_left(who, id, RoomEndReason::Left),
            LeaveReason::Removed => self.send_room_left(who, id, RoomEndReason::Removed),
            LeaveReason::Outdated => self.send_room_left(who, id, RoomEndReason::Interrupted),
            // Whoever moves receives the new room; the others are not connected.
            LeaveReason::Moved | LeaveReason::SaidGoodbye | LeaveReason::Lost => {}
        }
    }

    fn exit_room(&mut self, who: PersonId, id: RoomId) {
        let person = self.people.get_mut(&who).expect("whoever goes out is here still");
        debug_assert_eq!(person.activity, Activity::InRoom(id));
        person.activity = Activity::Idle;
        person.media.screen = false;
        self.tell_relay(who, Wish::Leave);
        self.status_changed(who);
        self.update_callers_rooms(who);
    }

    /// The callers of this person see whether it rings in another call.
    pub(super) fn update_callers_rooms(&mut self, who: PersonId) {
        let rings = self.people[&who].rings.iter();
        self.changed_rooms.extend(rings.map(|ring| self.invitations[ring].room));
    }

    /// Tells a person why the room has ended for them.
    pub(super) fn send_room_left(&mut self, who: PersonId, room: RoomId, why: RoomEndReason) {
        if let Some(person) = self.people.get_mut(&who) {
            person.end_reason = Some((room, why.clone()));
        }
        let token = self.token(who);
        self.send(who, ServerMessage::RoomLeft { why, token });
    }

    /// Ends the rooms in which nobody is waited for, and sends the changed ones to their members.
    pub(super) fn flush_rooms(&mut self) {
        // The end of one room can change another one (its last member can be rung loudly), so all ends come
        // first.
        let mut changed = BTreeSet::new();
        while let Some(id) = self.changed_rooms.pop_first() {
            match self.rooms.get(&id) {
                Some(room) if room.is_over() => self.close(id),
                Some(_) => _ = changed.insert(id),
                None => {}
            }
        }
        for id in changed {
            self.send_room(id);
        }
    }

    /// Ends the room and tells whoever is left why.
    fn close(&mut self, id: RoomId) {
        for knock in self.rooms[&id].knocks.clone() {
            self.end_knock(knock, KnockOutcome::Gone);
        }
        let room = self.rooms.remove(&id).expect("a room that ends was there");
        self.changed_rooms.remove(&id);
        if let Some(due) = room.due {
            self.timers.cancel(due, Timer::RoomUpdate(id));
        }
        debug_assert!(room.invitations.is_empty(), "whoever rang for it has left it");
        if let Some(restoring) = &room.restoring {
            self.timers.cancel(restoring.until, Timer::Restoring(id));
        }
        for who in room.members() {
            self.exit_room(who, id);
            self.send_room_left(who, id, room.end_reason.clone());
        }
    }

    /// The room has changed in a way that can wait: its members receive it at once if the last update is
    /// long enough ago, else with the next update.
    pub(super) fn schedule_room_update(&mut self, id: RoomId) {
        let room = self.rooms.get_mut(&id).expect("what changes is there");
        let due = room
            .told
            .map_or(self.now, |told| told + ROOM_UPDATE_INTERVAL_PER_MEMBER * room.members.len() as u32);
        if due <= self.now {
            self.changed_rooms.insert(id);
        } else if room.due.is_none() {
            room.due = Some(due);
            self.timers.set(due, Timer::RoomUpdate(id));
        }
    }

    /// Sends the whole room to every member; it is small, and state needs no history.
    fn send_room(&mut self, id: RoomId) {
        let now = self.now;
        let room = self.rooms.get_mut(&id).expect("who is told of a room is in it");
        room.told = Some(now);
        if let Some(due) = room.due.take() {
            self.timers.cancel(due, Timer::RoomUpdate(id));
        }
        let room = self.room_to_protocol(&self.rooms[&id]);
        for member in &room.members {
            // Those who are reconnecting receive it on return.
            if let Some(to) = self.people[&member.id].connection() {
                let message = ServerMessage::Room { room: room.clone(), token: self.token(member.id) };
                self.effects.push(Effect::Send { to, message });
            }
        }
    }

    /// The host locks the room against knocks, or unlocks it.
    pub(super) fn lock(&mut self, who: PersonId, locked: bool) -> Result<(), ErrorCode> {
        let room = self.hosted_by(who)?;
        if room.locked == locked {
            return Ok(());
        }
        room.locked = locked;
        let (id, members) = (room.id, room.members().collect::<Vec<_>>());
        let knocks = if locked { room.knocks.clone() } else { Vec::new() };
        for knock in knocks {
            self.end_knock(knock, KnockOutcome::Locked);
        }
        self.schedule_room_update(id);
        for member in members {
            self.status_changed(member); // The list says who can be knocked on.
        }
        Ok(())
    }

    /// The host removes a member, who may knock.
    pub(super) fn remove(&mut self, who: PersonId, member: PersonId) -> Result<(), ErrorCode> {
        if self.other_member(who, member)? {
            self.leave(member, LeaveReason::Removed);
        }
        Ok(())
    }

    /// The host asks a member to mute. Nobody can mute or unmute somebody else.
    pub(super) fn ask_to_mute(&mut self, who: PersonId, member: PersonId) -> Result<(), ErrorCode> {
        if self.other_member(who, member)? {
            let name = self.people[&who].name().to_owned();
            self.send(member, ServerMessage::AskedToMute { by: who, name });
        }
        Ok(())
    }

    /// Whether the other person is in the host's room; otherwise they have left, which the host is told
    /// anyway.
    fn other_member(&mut self, host: PersonId, member: PersonId) -> Result<bool, ErrorCode> {
        let room = self.hosted_by(host)?.id;
        if host == member { Err(ErrorCode::NotYourself) } else { Ok(self.room_of(member) == Some(room)) }
    }

    /// Sets what of a person can be heard and seen; outside of a room it is kept for the next one. A shared
    /// screen belongs to one room.
    pub(super) fn set_media(&mut self, who: PersonId, media: protocol::Media) {
        let screen = media.screen && self.room_of(who).is_some();
        let media = protocol::Media { screen, ..media };
        let person = self.people.get_mut(&who).expect("who says something is here");
        if person.media == media {
            return;
        }
        let before = std::mem::replace(&mut person.media, media);
        let Some(room) = self.room_of(who) else { return };
        self.schedule_room_update(room);
        if before.screen != media.screen {
            self.tell_relay(who, Wish::Screen(media.screen));
        }
    }

    /// Forwards a signal of one member's browser to another's. A signal never leaves the room: it is
    /// dropped if one of the two has left, and if the other is reconnecting, whose page starts anew on
    /// return.
    pub(super) fn signal(&mut self, who: PersonId, to: PersonId, signal: Signal) {
        let room = self.room_of(who);
        if room.is_some() && room == self.room_of(to) && who != to {
            self.send(to, ServerMessage::Signal { from: who, signal });
        }
    }

    /// The room as on the wire.
    pub(super) fn room_to_protocol(&self, room: &Room) -> protocol::Room {
        let members = room.members().map(|id| {
            let person = &self.people[&id];
            protocol::Member {
                id,
                name: person.name().to_owned(),
                media: person.media,
                reconnecting: person.connection().is_none(),
            }
        });
        let invitations = room.invitations.iter().map(|id| {
            let invitation = &self.invitations[id];
            invitation.to_protocol(*id, &self.people[&invitation.to], self.now)
        });
        let knocks = room.knocks.iter().map(|id| {
            let knock = &self.knocks[id];
            knock.to_protocol(*id, self.people[&knock.from].name(), self.now)
        });
        protocol::Room {
            id: room.id,
            host: room.host().expect("a room that is told of has a member"),
            locked: room.locked,
            members: members.collect(),
            invitations: invitations.collect(),
            knocks: knocks.collect(),
            offerer: room.offerer(),
            capacity: self.rules.room_capacity as u32,
        }
    }
}
