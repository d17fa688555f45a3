//! Membership of rooms: joining, leaving, what the host decides, and what the members of a room receive.

use super::person::{Activity, LeaveReason, Person};
use super::room::{PROMPT_ROOM_UPDATES, Room};
use super::timers::Timer;
use super::{Effect, Lobby};
use crate::ids::{PersonId, RoomId};
use crate::protocol::{self, ErrorCode, KnockOutcome, Outcome, RoomEndReason, ServerMessage, Signal};
use crate::relay::Command;
use std::collections::BTreeSet;

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
        let id = RoomId(self.claim_fresh_id());
        // Replaced by the real outcome when the invitation ends, which is before anybody is told.
        let name = self.people[&callee].name().to_owned();
        self.add_room(id, RoomEndReason::NobodyCame { name, outcome: Outcome::Gone });
        self.join(who, id);
        id
    }

    /// Adds an empty room, whose id is claimed.
    pub(super) fn add_room(&mut self, id: RoomId, end_reason: RoomEndReason) -> &mut Room {
        self.rooms_made += 1;
        self.rooms.entry(id).or_insert(Room::new(id, self.rooms_made, end_reason, self.now))
    }

    /// Adds a person who is in no room to this one.
    pub(super) fn join(&mut self, who: PersonId, id: RoomId) {
        // Pending ways into a room are void.
        if let Activity::Knocking { knock, room } = self.people[&who].activity {
            self.end_knock(room, knock, KnockOutcome::Overtaken);
        }
        if let Some(invitation) = self.rooms[&id].invitation_to(who) {
            self.end_invitation(id, invitation, Outcome::Overtaken);
        }
        self.rooms.get_mut(&id).expect("there is a room to come into").add_member(who);
        self.enter_room(who, id);
    }

    pub(super) fn enter_room(&mut self, who: PersonId, id: RoomId) {
        let person = self.people.get_mut(&who).expect("whoever comes in is here");
        person.activity = Activity::InRoom(id);
        person.end_reason = None;
        let via = person.via();
        tracing::info!(person = %who, room = %id, "in a room");
        self.send_command(who, Command::Join { room: id, via });
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
        let calls: Vec<_> = self.rooms[&id].invitations_from(who).map(|call| call.id).collect();
        for invitation in calls {
            self.end_invitation(id, invitation, outcome);
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
        (person.media.screen, person.media.unattended) = (false, false);
        tracing::info!(person = %who, "out of the room");
        self.send_command(who, Command::Leave);
        self.status_changed(who);
        self.update_callers_rooms(who);
    }

    /// The callers of this person see whether it rings in another call.
    fn update_callers_rooms(&mut self, who: PersonId) {
        self.changed_rooms.extend(self.people[&who].rings.values());
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
        let knocks: Vec<_> = self.rooms[&id].knocks.iter().map(|knock| knock.id).collect();
        for knock in knocks {
            self.end_knock(id, knock, KnockOutcome::Gone);
        }
        let room = self.rooms.remove(&id).expect("a room that ends was there");
        self.ids.release(id.0);
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

    /// A knock on the room has begun or ended, or a connection was lost or is back: its members are told at
    /// once, unless that happens very often. A room that is over is so at once.
    pub(super) fn prompt_room_update(&mut self, id: RoomId) {
        let room = self.rooms.get_mut(&id).expect("what changes is there");
        if room.is_over() || room.prompt_bucket.try_take(self.now, PROMPT_ROOM_UPDATES) {
            self.changed_rooms.insert(id);
        } else {
            self.schedule_room_update(id);
        }
    }

    /// The room has changed in a way that can wait: its members receive it at once if the last update is long
    /// enough ago, else with the next update.
    pub(super) fn schedule_room_update(&mut self, id: RoomId) {
        let room = self.rooms.get_mut(&id).expect("what changes is there");
        let due = room.next_update(self.now);
        if due <= self.now {
            self.changed_rooms.insert(id);
        } else if room.due.is_none() {
            room.due = Some(due);
            self.timers.set(due, Timer::RoomUpdate(id));
        }
    }

    /// Sends the whole room to every member; it is small, and state needs no history.
    fn send_room(&mut self, id: RoomId) {
        let room = self.rooms.get_mut(&id).expect("who is told of a room is in it");
        if let Some(due) = room.set_updated(self.now) {
            self.timers.cancel(due, Timer::RoomUpdate(id));
        }
        let room = self.room_to_protocol(id);
        for member in &room.members {
            self.send_room_to(member.id, room.clone());
        }
    }

    pub(super) fn room_to_protocol(&self, id: RoomId) -> protocol::Room {
        self.rooms[&id].to_protocol(&self.people, &self.rules, self.now)
    }

    /// Sends the room to a member; those who are reconnecting receive it on return.
    pub(super) fn send_room_to(&mut self, who: PersonId, room: protocol::Room) {
        if let Some(to) = self.people[&who].connection() {
            let message = ServerMessage::Room { room, token: self.token(who) };
            self.effects.push(Effect::Send { to, message });
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
        let knocks: Vec<_> = room.knocks.iter().map(|knock| knock.id).filter(|_| locked).collect();
        for knock in knocks {
            self.end_knock(id, knock, KnockOutcome::Locked);
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
    pub(super) fn other_member(&mut self, host: PersonId, member: PersonId) -> Result<bool, ErrorCode> {
        let room = self.hosted_by(host)?.id;
        if host == member { Err(ErrorCode::NotYourself) } else { Ok(self.room_of(member) == Some(room)) }
    }

    /// Sets what of a person can be heard and seen; outside of a room it is kept for the next one. A shared
    /// screen belongs to one room, and so does that nobody is at the page. A page that says that it sends no
    /// pictures shows none.
    pub(super) fn set_media(&mut self, who: PersonId, media: protocol::MediaState) {
        let here = self.room_of(who).is_some();
        let pictures = !media.sound_only;
        let (camera, screen) = (media.camera && pictures, media.screen && pictures && here);
        let media = protocol::MediaState { camera, screen, unattended: media.unattended && here, ..media };
        let person = self.people.get_mut(&who).expect("who says something is here");
        if person.media == media {
            return;
        }
        let before = std::mem::replace(&mut person.media, media);
        let Some(room) = self.room_of(who) else { return };
        self.schedule_room_update(room);
        if before.screen != media.screen {
            self.send_command(who, Command::SetScreen(media.screen));
        }
    }

    /// Forwards a signal of one member's browser to another's. A signal never leaves the room: it is dropped
    /// if one of the two has left, and if the other is reconnecting, whose page starts anew on return. Where all
    /// media goes by the relay nobody has any.
    pub(super) fn signal(&mut self, who: PersonId, to: PersonId, signal: Signal) {
        let room = self.room_of(who);
        if room.is_some() && room == self.room_of(to) && who != to && !self.rules.relay_always {
            self.send(to, ServerMessage::Signal { from: who, signal });
        }
    }
}
