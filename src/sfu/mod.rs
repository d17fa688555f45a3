//! The relay of rooms: who sends what to whom, of which size, and when. A selective forwarding unit.
//!
//! Pure: datagrams, SDP and time come in; datagrams and [`Event`]s go out. One [`Sfu`] holds whole rooms.
//!
//! Each page has two connections (RFC 8829) to it, so that offers never cross: `up`, which the page
//! offers and on which it sends, and `down`, which the box offers and on which it receives. `down` has
//! *seats*, each a pair of audio and video, and each [`Source`] of the other members takes one. Who
//! sits where is told by [`Event::Seats`], so that people come and go without negotiation; there are
//! more seats in a new offer when there are too few.
//!
//! Who only listens offers no `up`. On it, the first audio and video of the SDP are microphone and camera, the second ones are the
//! screen and its sound. Layers of simulcast are listed smallest first.
//!
//! How to drive it: [`handle_datagram`](Sfu::handle_datagram) for a whole batch, then
//! [`poll_transmit`](Sfu::poll_transmit) until there is nothing more, which encrypts for each
//! subscriber once a batch, then [`poll_event`](Sfu::poll_event), and come back at
//! [`poll_timeout`](Sfu::poll_timeout).

mod agreement;
mod allot;
mod bandwidth;
mod connection;
mod consent;
mod demux;
mod dtls;
mod figures;
mod forward;
mod losses;
mod member;
mod moving;
mod peer;
mod receive;
mod repairs;
mod review;
mod sdp_limits;
mod seats;
mod speakers;
mod terms;
mod track;

use self::connection::{Down, Engine, Pair};
use self::consent::Consent;
use self::demux::{Demux, FiveTuple};
use self::member::{Member, Wanted};
use self::peer::{Death, Outlet, Peer};
pub use self::receive::addressee;
pub use self::sdp_limits::{OFFER, SDP};
pub use self::terms::{
    Count, Event, Figures, Measuring, Protocol, Received, Refusal, RoomFull, Settings, Transmit, Verdict, Way,
};
use crate::ids::{PersonId, RoomId};
pub use crate::relay::{Command, Overload, Seat, Side, Source, Tile};
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, VecDeque};
use std::net::IpAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;
use str0m::{Rtc, RtcError};

/// See the [module](self).
pub struct Sfu {
    settings: Settings,
    engine: Engine,
    /// The newest time that was told.
    now: Instant,
    /// Slots, so that a packet's subscribers are found by index.
    members: Vec<Option<Member>>,
    slots: HashMap<PersonId, u32>,
    rooms: HashMap<RoomId, Room>,
    demux: Demux,
    consent: Consent,
    /// On which pair a connection has answered a request last.
    answered: Option<FiveTuple>,
    alarms: BinaryHeap<Reverse<(Instant, Alarm)>>,
    /// Connections to which packets were written that are not encrypted yet.
    unsettled: VecDeque<Key>,
    outlet: Outlet,
    /// What connections said and nobody has listened to yet.
    pending: VecDeque<(Key, str0m::Event)>,
    events: VecDeque<Event>,
    connections: u32,
    strain: Overload,
}

/// A connection, by its member's slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Key {
    slot: u32,
    line: Line,
}

/// Which of a member's connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Line {
    Up,
    Down,
    /// The `down` that takes the place of the one before as soon as it shows something; until then both
    /// are there, so that no picture stops.
    Next,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Alarm {
    Connection(Key),
    Review(RoomId),
}

#[derive(Default)]
struct Room {
    /// Slots, in the order of coming.
    members: Vec<u32>,
    /// When it is looked at next: who speaks, who gets which layer.
    review: Option<Instant>,
    reviewed: Option<Instant>,
    speakers: Vec<PersonId>,
}

impl Sfu {
    pub fn new(settings: Settings, now: Instant) -> Sfu {
        Sfu {
            engine: Engine::new(),
            settings,
            now,
            members: Vec::new(),
            slots: HashMap::new(),
            rooms: HashMap::new(),
            demux: Demux::default(),
            consent: Consent::default(),
            answered: None,
            alarms: BinaryHeap::new(),
            unsettled: VecDeque::new(),
            outlet: Outlet::default(),
            pending: VecDeque::new(),
            events: VecDeque::new(),
            connections: 0,
            strain: Overload::None,
        }
    }

    /// Does what is asked for one member. What comes of it is told by [`Event`]s; what is asked for somebody who is in
    /// no room is of no use, and ignored.
    pub fn handle_command(&mut self, now: Instant, member: PersonId, command: Command) {
        match command {
            Command::Join { room, via } => {
                if let Err(cause) = self.join(now, member, room, via) {
                    tracing::warn!(%member, %room, %cause, "somebody is not relayed");
                }
            }
            Command::Leave => self.leave(now, member),
            Command::Reconnect { via } => self.reconnect(now, member, via),
            Command::Offer { connection, sdp } => {
                let answer = self.up_offer(now, member, connection, &sdp);
                self.events.push_back(match answer {
                    Ok(sdp) => Event::UpAnswer { member, connection, sdp },
                    Err(why) => Event::Refused { member, side: Side::Up, connection, why },
                });
            }
            Command::Answer { connection, sdp } => {
                if let Err(why) = self.down_answer(now, member, connection, &sdp) {
                    self.events.push_back(Event::Refused { member, side: Side::Down, connection, why });
                }
            }
            Command::Resync => self.say_again(now, member),
            Command::SetTiles(tiles) => self.set_tiles(now, member, tiles),
            Command::SetScreen(shown) => self.set_screen(now, member, shown),
            Command::SetPaused(paused) => self.set_paused(now, member, paused),
            Command::ReportLinks => self.ask_links(now, member),
        }
    }

    /// Somebody comes into a room, and out of the one before. `via` is the address of ours on which the
    /// page has reached the box: it is the first that the page will try. An offer of `down` follows.
    ///
    /// # Errors
    ///
    /// The room is full.
    pub fn join(
        &mut self,
        now: Instant,
        member: PersonId,
        room: RoomId,
        via: Option<IpAddr>,
    ) -> Result<(), RoomFull> {
        self.tell_time(now);
        if let Some(&slot) = self.slots.get(&member)
            && self.member(slot).is_some_and(|member| member.room == room)
        {
            return Ok(());
        }
        if self.rooms.get(&room).is_some_and(|room| room.members.len() >= self.settings.capacity) {
            return Err(RoomFull);
        }
        self.leave(now, member);
        let slot = self.members.iter().position(Option::is_none).unwrap_or_else(|| {
            self.members.push(None);
            self.members.len() - 1
        });
        let newcomer = Member::new(member, room, via);
        self.members[slot] = Some(newcomer);
        let slot = u32::try_from(slot).expect("fewer members than people on earth");
        self.slots.insert(member, slot);
        self.rooms.entry(room).or_default().members.push(slot);
        self.open_down(slot);
        self.seat(room);
        self.digest();
        Ok(())
    }

    /// Somebody is in no room any more.
    pub fn leave(&mut self, now: Instant, member: PersonId) {
        self.tell_time(now);
        let Some(slot) = self.slots.remove(&member) else { return };
        let Some(gone) = self.members[slot as usize].take() else { return };
        for line in Line::ALL {
            self.forget(Key { slot, line });
        }
        if let Some(room) = self.rooms.get_mut(&gone.room) {
            room.members.retain(|&member| member != slot);
            if room.members.is_empty() {
                self.rooms.remove(&gone.room);
            } else {
                self.seat(gone.room);
            }
        }
        self.digest();
    }

    /// The page begins anew (it was reloaded, or its network has changed): a new `down` is offered, and a
    /// new `up` expected. Everything else stays.
    pub fn reconnect(&mut self, now: Instant, member: PersonId, via: Option<IpAddr>) {
        self.tell_time(now);
        let Some(&slot) = self.slots.get(&member) else { return };
        let Some(member) = self.member_mut(slot) else { return };
        member.via = via.or(member.via);
        member.paused = false;
        let room = member.room;
        self.drop_connection(Key { slot, line: Line::Up });
        self.open_down(slot);
        self.seat(room);
        self.digest();
    }

    /// After a panic that left nothing to be trusted: all connections are gone, everybody is where they
    /// were, and `down` is offered to each with another certificate, by which a page knows that it is to
    /// offer `up` again.
    pub fn begin_anew(&mut self, now: Instant) {
        let before = std::mem::replace(self, Sfu::new(self.settings.clone(), now));
        self.connections = before.connections;
        self.strain = before.strain;
        for member in before.members.into_iter().flatten() {
            let Member { id, room, via, tiles, screen, paused, .. } = member;
            if self.join(now, id, room, via).is_ok()
                && let Some(member) = self.slots.get(&id).copied().and_then(|slot| self.member_mut(slot))
            {
                (member.tiles, member.screen, member.paused) = (tiles, screen, paused);
            }
        }
    }

    /// Says again who sits where and what is wanted: the page may not have heard it.
    pub fn say_again(&mut self, now: Instant, member: PersonId) {
        self.tell_time(now);
        let Some(&slot) = self.slots.get(&member) else { return };
        let Some(member) = self.member_mut(slot) else { return };
        member.wanted = [None; 2];
        let (id, room, lost) = (member.id, member.room, member.lost);
        if let Some(connection) = lost {
            let why = "it was over before".into();
            self.events.push_back(Event::Ended { member: id, side: Side::Up, connection, why });
        }
        let Some(member) = self.member(slot) else { return };
        if let Some(down) = member.next.as_ref().or(member.down.as_ref()) {
            let (connection, unanswered) = (down.connection, down.pending.is_some());
            let seats: Vec<Seat> = down.seats.iter().map(Pair::seen).collect();
            if unanswered {
                // The offer may not have been heard, and is not kept.
                self.open_down(slot);
                self.seat(room);
            } else if !seats.is_empty() {
                self.events.push_back(Event::Seats { member: id, connection, seats });
            }
        } else {
            self.open_down(slot);
            self.seat(room);
        }
        self.review_soon(room);
        self.digest();
    }

    /// The tiles that the page shows. What is not among them is not sent to it; before it has told,
    /// everything is, in a middling size.
    pub fn set_tiles(&mut self, now: Instant, member: PersonId, mut tiles: Vec<Tile>) {
        self.tell_time(now);
        tiles.truncate(self.settings.capacity * 2);
        let Some(&slot) = self.slots.get(&member) else { return };
        if let Some(member) = self.member_mut(slot) {
            member.tiles = Some(tiles);
            let room = member.room;
            self.review_soon(room);
        }
        self.digest();
    }

    /// The member shows a screen besides, or no longer: there is a seat for it meanwhile with everybody else.
    pub fn set_screen(&mut self, now: Instant, member: PersonId, shown: bool) {
        self.tell_time(now);
        let Some(&slot) = self.slots.get(&member) else { return };
        if let Some(member) = self.member_mut(slot)
            && member.screen != shown
        {
            member.screen = shown;
            let room = member.room;
            self.seat(room);
        }
        self.digest();
    }

    /// The member gets everything another way (the direct path runs), or no longer. What nobody
    /// gets from here is not wanted of its publisher either.
    pub fn set_paused(&mut self, now: Instant, member: PersonId, paused: bool) {
        self.tell_time(now);
        let Some(&slot) = self.slots.get(&member) else { return };
        if let Some(member) = self.member_mut(slot)
            && member.paused != paused
        {
            member.paused = paused;
            let room = member.room;
            self.review(room);
        }
        self.digest();
    }

    /// The machine falls behind, or no longer.
    pub fn set_strain(&mut self, now: Instant, strain: Overload) {
        self.tell_time(now);
        if std::mem::replace(&mut self.strain, strain) == strain {
            return;
        }
        let rooms: Vec<RoomId> = self.rooms.keys().copied().collect();
        for room in rooms {
            if self.rooms[&room].members.len() > 2 {
                self.events.push_back(Event::Overloaded { room, overload: strain });
            }
            self.review_soon(room);
        }
    }

    /// [`poll_timeout`](Sfu::poll_timeout) has come.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.tell_time(now);
        while let Some(&Reverse((at, alarm))) = self.alarms.peek()
            && at <= self.now
        {
            self.alarms.pop();
            match alarm {
                Alarm::Connection(key) => self.wake(key, at),
                Alarm::Review(room) => {
                    if self.rooms.get(&room).is_some_and(|room| room.review == Some(at)) {
                        self.guard(room, |sfu| sfu.review(room));
                    }
                }
            }
            self.digest();
        }
    }

    /// The next datagram to be sent. Packets for the same destination come in a row.
    pub fn poll_transmit(&mut self) -> Option<Transmit> {
        loop {
            if let Some(transmit) = self.outlet.transmits.pop_front() {
                return Some(transmit);
            }
            let key = self.unsettled.pop_front()?;
            let now = self.now;
            self.with_peer(key, |peer, outlet| match peer.unsettled {
                true => peer.settle(now, outlet),
                false => Ok(()),
            });
            self.digest();
        }
    }

    /// The next thing that happened.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// When to come back with [`handle_timeout`](Sfu::handle_timeout). `None`: not before something comes.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.alarms.peek().map(|Reverse((at, _))| *at)
    }

    /// Time never goes back.
    fn tell_time(&mut self, now: Instant) {
        self.now = self.now.max(now);
    }

    /// An alarm of a connection has gone off.
    fn wake(&mut self, key: Key, at: Instant) {
        let now = self.now;
        self.with_peer(key, |peer, outlet| {
            if peer.alarm != Some(at) {
                return Ok(()); // an earlier one went off meanwhile, and it is set anew
            }
            peer.alarm = None;
            if peer.wake() > now { Ok(()) } else { peer.settle(now, outlet) }
        });
    }

    /// Changes a connection's engine.
    fn mutate<T>(&mut self, key: Key, change: impl FnOnce(&mut Rtc) -> Result<T, RtcError>) -> Option<T> {
        let now = self.now;
        self.with_peer(key, |peer, outlet| peer.mutate(now, outlet, change))
    }

    /// Does something with a connection. What comes out of it is kept for [`digest`](Sfu::digest); if it
    /// fails, the connection ends.
    fn with_peer<T>(
        &mut self,
        key: Key,
        act: impl FnOnce(&mut Peer, &mut Outlet) -> Result<T, Death>,
    ) -> Option<T> {
        let peer = self.members.get_mut(key.slot as usize)?.as_mut()?.peer_mut(key.line)?;
        let before = self.outlet.transmits.len();
        let result = act(peer, &mut self.outlet);
        for answer in self.outlet.transmits.range(before..).filter(|one| consent::is_response(&one.bytes)) {
            let &Transmit { protocol, source: destination, destination: source, .. } = answer;
            let tuple = FiveTuple { protocol, source, destination };
            self.demux.prove(tuple, key);
            self.answered = Some(tuple);
        }
        peer.redirect(self.outlet.transmits.range_mut(before..));
        self.pending.extend(self.outlet.events.drain(..).map(|event| (key, event)));
        match result {
            Ok(value) => {
                let wake = peer.wake();
                if peer.alarm.is_none_or(|alarm| wake < alarm) {
                    peer.alarm = Some(wake);
                    self.alarms.push(Reverse((wake, Alarm::Connection(key))));
                }
                Some(value)
            }
            Err(death) => {
                self.end(key, &death);
                None
            }
        }
    }

    /// Listens to everything that connections have said.
    fn digest(&mut self) {
        while let Some((key, event)) = self.pending.pop_front() {
            if let Some(room) = self.member(key.slot).map(|member| member.room) {
                self.guard(room, |sfu| sfu.listen(key, event));
            }
        }
    }

    /// Does what concerns one room. A panic in it is the end of that room's connections and of no others:
    /// they are made again, and its members stay.
    fn guard(&mut self, id: RoomId, act: impl FnOnce(&mut Sfu)) {
        let Err(panic) = catch_unwind(AssertUnwindSafe(|| act(self))) else { return };
        let why = peer::words(&*panic);
        // What a connection had said is not known to be whose any more.
        self.outlet.events.clear();
        let slots = self.rooms.get(&id).map(|room| room.members.clone()).unwrap_or_default();
        let members: Vec<_> = slots.iter().filter_map(|&slot| Some(self.member(slot)?.id)).collect();
        tracing::error!(room = %id, ?members, why, "a room has broken: its connections begin anew");
        for slot in slots {
            self.close(Key { slot, line: Line::Up }, "its room has broken");
            self.open_down(slot);
        }
        self.seat(id);
    }

    /// A connection has died by itself.
    fn end(&mut self, key: Key, death: &Death) {
        let Some(room) = self.member(key.slot).map(|member| member.room) else { return };
        let Some(member) = self.close(key, &death.to_string()) else { return };
        if matches!(death, Death::Panic(_) | Death::Endless) {
            tracing::error!(%member, line = ?key.line, why = %death, "a connection has broken");
        }
        if key.line == Line::Down {
            self.take_next(key.slot);
        }
        self.seat(room);
    }

    /// Drops a connection and tells its page, which makes another. Whose it was; `None`: it was not there.
    fn close(&mut self, key: Key, why: &str) -> Option<PersonId> {
        let connection = self.drop_connection(key)?;
        let member = self.member_mut(key.slot)?;
        if key.line == Line::Up {
            member.lost = Some(connection);
        }
        let (member, side) = (member.id, key.line.side());
        self.events.push_back(Event::Ended { member, side, connection, why: why.into() });
        Some(member)
    }

    fn drop_connection(&mut self, key: Key) -> Option<u32> {
        self.forget(key);
        let member = self.members.get_mut(key.slot as usize)?.as_mut()?;
        match key.line {
            Line::Up => member.up.take().map(|up| up.connection),
            Line::Down => member.down.take().map(|down| down.connection),
            Line::Next => member.next.take().map(|next| next.connection),
        }
    }

    /// Forgets that connection: nothing that comes is for it.
    fn forget(&mut self, key: Key) {
        self.demux.forget(key);
        self.consent.forget(key);
    }

    fn keys(&self) -> Vec<Key> {
        let slots = self.slots.values();
        slots.flat_map(|&slot| Line::ALL.map(|line| Key { slot, line })).collect()
    }

    fn via(&self, slot: u32) -> Option<IpAddr> {
        self.member(slot)?.via
    }

    fn member(&self, slot: u32) -> Option<&Member> {
        self.members.get(slot as usize)?.as_ref()
    }

    fn member_mut(&mut self, slot: u32) -> Option<&mut Member> {
        self.members.get_mut(slot as usize)?.as_mut()
    }

    fn down(&self, key: Key) -> Option<&Down> {
        self.member(key.slot)?.down(key.line)
    }

    fn down_mut(&mut self, key: Key) -> Option<&mut Down> {
        self.member_mut(key.slot)?.down_mut(key.line)
    }
}

impl Line {
    const ALL: [Line; 3] = [Line::Up, Line::Down, Line::Next];
    const DOWNS: [Line; 2] = [Line::Down, Line::Next];

    fn side(self) -> Side {
        if self == Line::Up { Side::Up } else { Side::Down }
    }
}

#[cfg(test)]
mod tests;
