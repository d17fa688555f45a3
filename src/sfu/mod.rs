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
//! Who only listens offers no `up`. On it, the first audio and video of the SDP are microphone and camera,
//! the second ones are the screen and its sound. Layers of simulcast are listed smallest first.
//!
//! How to drive it: [`handle_datagram`](Sfu::handle_datagram) for a whole batch, then
//! [`poll_transmit`](Sfu::poll_transmit) until there is nothing more, which encrypts for each
//! subscriber once a batch, then [`poll_event`](Sfu::poll_event), and come back at
//! [`poll_timeout`](Sfu::poll_timeout).

mod address_validation;
mod bandwidth_allocation;
mod bandwidth_estimate;
mod codec_agreement;
mod connection;
mod context;
mod datagrams;
mod demux;
mod dtls;
mod egress;
mod feedback;
mod forward;
mod forwarded_stream;
mod layer_selection;
mod losses;
mod member;
mod migration;
mod negotiation;
mod parsed_packet;
mod peer;
mod reports;
mod retransmission;
mod room;
mod rtc_config;
mod sdp_limits;
mod seats;
mod speakers;
mod stats;
mod track;
mod types;
mod voice;

use self::address_validation::AddressValidator;
use self::context::{Context, Timer};
pub use self::datagrams::addressee;
use self::demux::{Demux, FiveTuple};
use self::member::Member;
use self::room::Room;
pub use self::sdp_limits::{OFFER, SDP};
pub use self::types::{
    Count, DatagramOutcome, Event, Measuring, Protocol, Received, Refusal, RoomFull, Settings, Stats,
    Transmit, Way,
};
use crate::ids::{PersonId, RoomId};
pub use crate::relay::{Command, Overload, Seat, Side, Source, Tile};
use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

/// See the [module](self). A demultiplexer, timers, and rooms, each of which owns what is its own.
pub struct Sfu {
    context: Context,
    rooms: HashMap<RoomId, Room>,
    /// In which room somebody is.
    places: HashMap<PersonId, RoomId>,
    demux: Demux,
    address_validator: AddressValidator,
}

impl Sfu {
    pub fn new(settings: Settings, now: Instant) -> Sfu {
        Sfu {
            context: Context::new(settings, now),
            rooms: HashMap::new(),
            places: HashMap::new(),
            demux: Demux::default(),
            address_validator: AddressValidator::default(),
        }
    }

    /// Does what is asked for one person. What comes of it is told by [`Event`]s. Of those who are in no
    /// room, only an offer or an answer is refused; everything else comes too late, and is ignored.
    pub fn handle_command(&mut self, now: Instant, member: PersonId, command: Command) {
        self.context.advance(now);
        match command {
            Command::Join { room, via } => {
                if let Err(cause) = self.join(member, room, via) {
                    tracing::warn!(%member, %room, %cause, "somebody is not relayed");
                }
            }
            Command::Leave => self.leave(member),
            command => match self.places.get(&member) {
                Some(&id) => {
                    self.with_room(id, |room, cx| room.handle_command(member, command, cx));
                }
                None => self.refuse(member, &command),
            },
        }
    }

    /// Somebody comes into a room, and out of the one before.
    ///
    /// # Errors
    ///
    /// The room is full.
    fn join(&mut self, member: PersonId, room: RoomId, via: Option<IpAddr>) -> Result<(), RoomFull> {
        if self.places.get(&member) == Some(&room) {
            return Ok(());
        }
        if self.rooms.get(&room).is_some_and(|room| room.order.len() >= self.context.settings.capacity) {
            return Err(RoomFull);
        }
        self.leave(member);
        self.places.insert(member, room);
        self.rooms.entry(room).or_insert_with(|| Room::new(room));
        self.with_room(room, |room, cx| room.join(member, via, cx));
        Ok(())
    }

    fn leave(&mut self, member: PersonId) {
        let Some(id) = self.places.remove(&member) else { return };
        self.with_room(id, |room, cx| room.leave(member, cx));
        if self.rooms.get(&id).is_some_and(|room| room.order.is_empty()) {
            self.rooms.remove(&id);
        }
    }

    /// Somebody who is in no room has offered or answered.
    fn refuse(&mut self, member: PersonId, command: &Command) {
        let (side, connection) = match command {
            Command::Offer { connection, .. } => (Side::Up, *connection),
            Command::Answer { connection, .. } => (Side::Down, *connection),
            _ => return,
        };
        self.context.events.push_back(Event::Refused { member, side, connection, why: Refusal::NotAMember });
    }

    /// After a panic that left nothing to be trusted: all connections are gone, everybody is where they
    /// were, and a connection to receive on is offered to each with another certificate, by which a page
    /// knows that it is to offer the one on which it sends anew.
    pub fn restart(&mut self, now: Instant) {
        let settings = self.context.settings.clone();
        let before = std::mem::replace(self, Sfu::new(settings, now));
        self.context.connections = before.context.connections;
        self.context.overload = before.context.overload;
        for member in before.rooms.into_values().flat_map(|room| room.slots).flatten() {
            let Member { id, room, via, tiles, screen, paused, .. } = member;
            if self.join(id, room, via).is_ok()
                && let Some(room) = self.rooms.get_mut(&room)
                && let Some(member) = room.slot_of(id).and_then(|slot| room.member_mut(slot))
            {
                (member.tiles, member.screen, member.paused) = (tiles, screen, paused);
            }
        }
    }

    /// The machine falls behind, or catches up.
    pub fn set_overload(&mut self, now: Instant, overload: Overload) {
        self.context.advance(now);
        if std::mem::replace(&mut self.context.overload, overload) != overload {
            self.with_rooms(Room::on_overload);
        }
    }

    /// The machine has other addresses. Connections that are reached on those that stay go on; the pages of
    /// the others are called from the new ones. Where that is not possible they end at once, so that their
    /// pages make them where the machine is.
    pub fn set_addresses(&mut self, now: Instant, addresses: Vec<SocketAddr>) {
        self.context.advance(now);
        let before = std::mem::replace(&mut self.context.settings.addresses, addresses);
        self.with_rooms(|room, cx| room.on_addresses(&before, cx));
    }

    pub fn settings(&self) -> &Settings {
        &self.context.settings
    }

    /// A UDP datagram from that address of the box to that one could not be sent.
    pub fn on_send_error(&mut self, source: SocketAddr, destination: SocketAddr) {
        let pair = FiveTuple { protocol: Protocol::Udp, source: destination, destination: source };
        let Some(key) = self.demux.owner(pair) else { return };
        if let Some(member) = self.rooms.get_mut(&key.room).and_then(|room| room.member_mut(key.slot)) {
            let unsent = &mut member.stats.unsent;
            *unsent = unsent.saturating_add(1);
        }
    }

    /// [`poll_timeout`](Sfu::poll_timeout) has come.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.context.advance(now);
        while let Some((at, timer)) = self.context.take_due() {
            match timer {
                Timer::Connection(key) => self.with_room(key.room, |room, cx| room.wake(key, at, cx)),
                Timer::Review(id) => self.with_room(id, |room, cx| room.on_review(at, cx)),
            };
        }
    }

    /// The next datagram to be sent. Packets for the same destination come in a row.
    pub fn poll_transmit(&mut self) -> Option<Transmit> {
        loop {
            if let Some(transmit) = self.context.outlet.transmits.pop_front() {
                return Some(transmit);
            }
            let key = self.context.unsettled.pop_front()?;
            self.with_room(key.room, |room, cx| room.settle(key, cx));
        }
    }

    /// The next thing that happened.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.context.events.pop_front()
    }

    /// When to come back with [`handle_timeout`](Sfu::handle_timeout). `None`: not before something comes.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.context.next_timer()
    }

    /// How a member's connections are. `None`: no such member.
    pub fn stats(&self, member: PersonId) -> Option<Stats> {
        let room = self.room_of(member)?;
        Some(room.member(room.slot_of(member)?)?.stats())
    }

    /// Everybody who is in a room here.
    pub fn members(&self) -> impl Iterator<Item = (PersonId, RoomId)> {
        self.places.iter().map(|(member, room)| (*member, *room))
    }

    /// How many are in the room of a member, who is one of them. 0: the member is in none.
    pub fn members_with(&self, member: PersonId) -> usize {
        self.room_of(member).map_or(0, |room| room.order.len())
    }

    fn room_of(&self, member: PersonId) -> Option<&Room> {
        self.rooms.get(self.places.get(&member)?)
    }

    fn with_rooms(&mut self, mut act: impl FnMut(&mut Room, &mut Context)) {
        for id in self.rooms.keys().copied().collect::<Vec<_>>() {
            self.with_room(id, &mut act);
        }
    }

    /// Does something with a room, and everything that comes of it. A panic in it is the end of that room's
    /// connections and of no others: they are made anew, and its members stay.
    fn with_room<T>(&mut self, id: RoomId, act: impl FnOnce(&mut Room, &mut Context) -> T) -> Option<T> {
        let room = self.rooms.get_mut(&id)?;
        let cx = &mut self.context;
        let done = catch_unwind(AssertUnwindSafe(|| {
            let done = act(room, cx);
            room.process_events(cx);
            done
        }));
        if let Err(panic) = &done {
            cx.discard_pending();
            room.rebuild(&peer::words(&**panic), cx);
        }
        if !self.context.routing.is_empty() {
            self.route();
        }
        done.ok()
    }
}

#[cfg(test)]
mod tests;
