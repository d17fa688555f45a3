//! One room, from the first member's coming to the last one's going.

use super::person::{Person, Place};
use super::reforming::Reforming;
use super::relay::Wish;
use super::timers::Timer;
use super::token::RoomClaim;
use super::{Effect, Lobby};
use crate::ids::{InvitationId, KnockId, PersonId, RoomId};
use crate::protocol::{self, ErrorCode, Farewell, KnockOutcome, Outcome, ServerMessage, Signal};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

#[derive(Debug)]
pub(super) struct Room {
    pub(super) id: RoomId,
    /// Rooms are numbered as they are made: the smaller number is the older room.
    pub(super) number: u64,
    pub(super) locked: bool,
    /// In the order of their coming; the first is the host.
    members: Vec<Member>,
    /// The order number of who comes next.
    next_order: u32,
    /// See [`RoomClaim::epoch`].
    pub(super) epoch: u32,
    /// What rings for this room, oldest first. The inviters are members.
    pub(super) invitations: Vec<InvitationId>,
    /// Oldest first.
    pub(super) knocks: Vec<KnockId>,
    /// What the last member will be told when nobody is left to wait for.
    pub(super) farewell: Farewell,
    /// Set while members of before a restart of the box are expected.
    pub(super) reforming: Option<Reforming>,
    /// When its members were last told how it is.
    told: Option<Instant>,
    /// When they will be told of what can wait for it.
    pub(super) due: Option<Instant>,
}

/// For each member so long what they show, what they are called and whether the room is locked is gathered, while it
/// keeps changing: every member is told, so that a room costs at most 125 messages a second, however large it is and
/// whatever is said in it (SECURITY.md).
const GATHERED_A_MEMBER: Duration = Duration::from_millis(8);

#[derive(Debug)]
struct Member {
    id: PersonId,
    order: u32,
}

/// Why somebody is no member any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Parting {
    HungUp,
    Removed,
    /// Into another room.
    Moved,
    SaidGoodbye,
    /// The connection was lost and did not come back.
    Lost,
    /// Had left before the restart of the box already, as another's newer token shows.
    Outdated,
}

impl Room {
    /// An empty room; `farewell` is what the last member will be told if nobody else ever comes.
    pub(super) fn new(id: RoomId, number: u64, farewell: Farewell) -> Self {
        Room {
            id,
            number,
            locked: false,
            members: Vec::new(),
            next_order: 0,
            epoch: 0,
            invitations: Vec::new(),
            knocks: Vec::new(),
            farewell,
            reforming: None,
            told: None,
            due: None,
        }
    }

    /// The longest-present member; `None` in the moment between the last going and the end.
    pub(super) fn host(&self) -> Option<PersonId> {
        self.members.first().map(|member| member.id)
    }

    pub(super) fn members(&self) -> impl Iterator<Item = PersonId> {
        self.members.iter().map(|member| member.id)
    }

    /// How many are in it.
    pub(super) fn len(&self) -> usize {
        self.members.len()
    }

    /// How many seats are taken, or kept for those who are called or are coming back.
    pub(super) fn seats(&self) -> usize {
        let missing = self.reforming.as_ref().map_or(0, Reforming::missing);
        self.members.len() + self.invitations.len() + missing
    }

    /// Nobody is left to wait for.
    fn is_over(&self) -> bool {
        let waits = !self.invitations.is_empty() || !self.knocks.is_empty() || self.reforming.is_some();
        self.members.is_empty() || self.members.len() == 1 && !waits
    }

    fn admit(&mut self, who: PersonId) {
        self.readmit(who, self.next_order);
    }

    /// Lets a member of before the restart take their old place in the order.
    pub(super) fn readmit(&mut self, who: PersonId, order: u32) {
        // Ties (of somebody new with somebody who was away) are broken by id.
        let at = self.members.partition_point(|member| (member.order, member.id) < (order, who));
        self.members.insert(at, Member { id: who, order });
        self.next_order = self.next_order.max(order.saturating_add(1));
    }

    fn dismiss(&mut self, who: PersonId) {
        self.members.retain(|member| member.id != who);
        self.epoch = self.epoch.saturating_add(1);
    }

    /// What the token of this member says about the room.
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

    /// In a room of two, one makes the offer of the direct path, and it is the same one as long as
    /// the two are together: who came later, and so knows of the other first.
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

    /// The room that this person may lock, remove from, and so on.
    fn hosted_by(&mut self, who: PersonId) -> Result<&mut Room, ErrorCode> {
        let room = self.room_of(who).ok_or(ErrorCode::NotInRoom)?;
        let room = self.rooms.get_mut(&room).expect("a person's room is there");
        if room.host() == Some(who) { Ok(room) } else { Err(ErrorCode::HostOnly) }
    }

    /// A room with this person alone, who is about to call `callee`.
    pub(super) fn open_room(&mut self, who: PersonId, callee: PersonId) -> RoomId {
        let id = RoomId(self.fresh_id());
        self.rooms_made += 1;
        // Said with the right outcome when the invitation ends, as it will before anybody is told.
        let name = self.people[&callee].name().to_owned();
        let room = Room::new(id, self.rooms_made, Farewell::NobodyCame { name, outcome: Outcome::Gone });
        self.rooms.insert(id, room);
        self.join(who, id);
        id
    }

    /// Somebody who is in no room comes into this one.
    pub(super) fn join(&mut self, who: PersonId, id: RoomId) {
        // What else they waited for to get into a room is pointless now.
        if let Place::Knocking(knock) = self.people[&who].place {
            self.end_knock(knock, KnockOutcome::Overtaken);
        }
        if let Some(invitation) = self.rings_for(who, id) {
            self.end_invitation(invitation, Outcome::Overtaken);
        }
        self.rooms.get_mut(&id).expect("there is a room to come into").admit(who);
        self.settle_in(who, id);
    }

    pub(super) fn settle_in(&mut self, who: PersonId, id: RoomId) {
        let person = self.people.get_mut(&who).expect("whoever comes in is here");
        person.place = Place::In(id);
        person.farewell = None;
        self.tell_relay(who, Wish::Join(id));
        self.touched.insert(id);
        self.changed(who);
        self.touch_callers(who);
    }

    /// A member goes out of the room they are in; the room is judged when everything is done.
    pub(super) fn leave(&mut self, who: PersonId, parting: Parting) {
        let Some(id) = self.room_of(who) else { return };

        // Nobody rings for a room that they are not in.
        let outcome = match parting {
            Parting::SaidGoodbye | Parting::Lost => Outcome::Gone,
            Parting::HungUp | Parting::Removed | Parting::Moved | Parting::Outdated => Outcome::Cancelled,
        };
        for invitation in self.calls_of(who) {
            self.end_invitation(invitation, outcome);
        }

        let name = self.people[&who].name().to_owned();
        let room = self.rooms.get_mut(&id).expect("a person's room is there");
        room.dismiss(who);
        room.farewell = match parting {
            Parting::Lost => Farewell::LastLost { name },
            _ => Farewell::LastLeft { name },
        };
        self.touched.insert(id);
        self.put_out(who, id);
        match parting {
            Parting::HungUp => self.farewell(who, id, Farewell::Left),
            Parting::Removed => self.farewell(who, id, Farewell::Removed),
            Parting::Outdated => self.farewell(who, id, Farewell::Interrupted),
            // Who moves is told of the new room; the others are not there to be told.
            Parting::Moved | Parting::SaidGoodbye | Parting::Lost => {}
        }
    }

    fn put_out(&mut self, who: PersonId, id: RoomId) {
        let person = self.people.get_mut(&who).expect("whoever goes out is here still");
        debug_assert_eq!(person.place, Place::In(id));
        person.place = Place::Free;
        person.media.screen = false;
        self.tell_relay(who, Wish::Leave);
        self.changed(who);
        self.touch_callers(who);
    }

    /// Those who ring for this person see whether it rings in another call.
    pub(super) fn touch_callers(&mut self, who: PersonId) {
        let rings = self.people[&who].rings.iter();
        self.touched.extend(rings.map(|ring| self.invitations[ring].room));
    }

    /// Tells somebody why they are in no room any more.
    pub(super) fn farewell(&mut self, who: PersonId, room: RoomId, why: Farewell) {
        if let Some(person) = self.people.get_mut(&who) {
            person.farewell = Some((room, why.clone()));
        }
        let token = self.token(who);
        self.say(who, ServerMessage::RoomLeft { why, token });
    }

    /// What an event has left behind: rooms where nobody is waited for any more end, and the members
    /// of the others that changed are told how they are now.
    pub(super) fn settle(&mut self) {
        // The end of one room can change another (its last member is free to be rung loudly), so
        // all ends come first.
        let mut changed = BTreeSet::new();
        while let Some(id) = self.touched.pop_first() {
            match self.rooms.get(&id) {
                Some(room) if room.is_over() => self.close(id),
                Some(_) => _ = changed.insert(id),
                None => {}
            }
        }
        for id in changed {
            self.tell_room(id);
        }
    }

    /// The room ends; whoever is left is told why.
    fn close(&mut self, id: RoomId) {
        for knock in self.rooms[&id].knocks.clone() {
            self.end_knock(knock, KnockOutcome::Gone);
        }
        let room = self.rooms.remove(&id).expect("a room that ends was there");
        self.touched.remove(&id);
        if let Some(due) = room.due {
            self.timers.cancel(due, Timer::TellRoom(id));
        }
        debug_assert!(room.invitations.is_empty(), "whoever rang for it has left it");
        if let Some(reforming) = &room.reforming {
            self.timers.cancel(reforming.until, Timer::Reforming(id));
        }
        for who in room.members() {
            self.put_out(who, id);
            self.farewell(who, id, room.farewell.clone());
        }
    }

    /// Something of the room has changed that can wait: its members are told at once if that was quiet for a while,
    /// else together with what changes meanwhile.
    pub(super) fn touch_soon(&mut self, id: RoomId) {
        let room = self.rooms.get_mut(&id).expect("what changes is there");
        let due = room.told.map_or(self.now, |told| told + GATHERED_A_MEMBER * room.members.len() as u32);
        if due <= self.now {
            self.touched.insert(id);
        } else if room.due.is_none() {
            room.due = Some(due);
            self.timers.set(due, Timer::TellRoom(id));
        }
    }

    /// Every member hears of the whole room; it is small, and nothing can be missed that way.
    fn tell_room(&mut self, id: RoomId) {
        let now = self.now;
        let room = self.rooms.get_mut(&id).expect("who is told of a room is in it");
        room.told = Some(now);
        if let Some(due) = room.due.take() {
            self.timers.cancel(due, Timer::TellRoom(id));
        }
        let room = self.room_seen(&self.rooms[&id]);
        for member in &room.members {
            // Those who are away hear it when they are back.
            if let Some(to) = self.people[&member.id].connection() {
                let message = ServerMessage::Room { room: room.clone(), token: self.token(member.id) };
                self.effects.push(Effect::Send { to, message });
            }
        }
    }

    /// The host lets nobody knock any more, or everybody again.
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
        self.touch_soon(id);
        for member in members {
            self.changed(member); // The list says who can be knocked on.
        }
        Ok(())
    }

    /// The host puts a member out; they may knock.
    pub(super) fn remove(&mut self, who: PersonId, member: PersonId) -> Result<(), ErrorCode> {
        if self.other_member(who, member)? {
            self.leave(member, Parting::Removed);
        }
        Ok(())
    }

    /// The host would like a member to mute. Nobody can be muted, let alone unmuted, by others.
    pub(super) fn ask_to_mute(&mut self, who: PersonId, member: PersonId) -> Result<(), ErrorCode> {
        if self.other_member(who, member)? {
            let name = self.people[&who].name().to_owned();
            self.say(member, ServerMessage::AskedToMute { by: who, name });
        }
        Ok(())
    }

    /// Whether the other one is in the host's room; they may have left this moment, which the host
    /// hears anyway.
    fn other_member(&mut self, host: PersonId, member: PersonId) -> Result<bool, ErrorCode> {
        let room = self.hosted_by(host)?.id;
        if host == member { Err(ErrorCode::NotYourself) } else { Ok(self.room_of(member) == Some(room)) }
    }

    /// What of a person can be heard and seen; in no room it is kept for the next. A screen belongs to one
    /// room: it goes into no other.
    pub(super) fn set_media(&mut self, who: PersonId, media: protocol::Media) {
        let screen = media.screen && self.room_of(who).is_some();
        let media = protocol::Media { screen, ..media };
        let person = self.people.get_mut(&who).expect("who says something is here");
        if person.media == media {
            return;
        }
        let before = std::mem::replace(&mut person.media, media);
        let Some(room) = self.room_of(who) else { return };
        self.touch_soon(room);
        if before.screen != media.screen {
            self.tell_relay(who, Wish::Screen(media.screen));
        }
    }

    /// From one member's browser to another's. No signal crosses the walls of a room: if one of the
    /// two has left meanwhile it is dropped, as it is if the other is away, whose page will start
    /// anew when it is back.
    pub(super) fn signal(&mut self, who: PersonId, to: PersonId, signal: Signal) {
        let room = self.room_of(who);
        if room.is_some() && room == self.room_of(to) && who != to {
            self.say(to, ServerMessage::Signal { from: who, signal });
        }
    }

    /// The room as its members see it.
    pub(super) fn room_seen(&self, room: &Room) -> protocol::Room {
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
            invitation.seen(*id, &self.people[&invitation.to], self.now)
        });
        let knocks = room.knocks.iter().map(|id| {
            let knock = &self.knocks[id];
            knock.seen(*id, self.people[&knock.from].name(), self.now)
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
