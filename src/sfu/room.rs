//! One room: it owns its members, and a member its connections. Whatever happens in it stays in it.
//!
//! Its methods change what is the room's own, and put what is to be done outside of it into the queues of
//! [`Context`].

use super::connection::{ConnectionKey, ConnectionRole, SeatSlot};
use super::context::Context;
use super::demux::{FiveTuple, binding_request_name};
use super::member::Member;
use super::peer::Peer;
use super::{Command, DatagramOutcome, Event, Received, Side};
use crate::ids::{PersonId, RoomId};
use std::net::{IpAddr, SocketAddr};
use std::time::Instant;
use str0m::Input;
use str0m::net::Receive;

/// What the engine is made to send, and is not sent: it tells by which pair of addresses the engine would.
const NOBODY: u32 = 1;

pub(super) struct Room {
    pub(super) id: RoomId,
    /// Members by their slots, so that a packet's subscribers are found by index.
    pub(super) slots: Vec<Option<Member>>,
    /// Slots, in the order of coming.
    pub(super) order: Vec<u32>,
    /// When it is reviewed next: who speaks, who gets which layer.
    pub(super) review: Option<Instant>,
    pub(super) reviewed: Option<Instant>,
    pub(super) speakers: Vec<PersonId>,
}

impl Room {
    pub(super) fn new(id: RoomId) -> Room {
        Room { id, slots: Vec::new(), order: Vec::new(), review: None, reviewed: None, speakers: Vec::new() }
    }

    /// Somebody comes. An offer of the connection on which the page receives follows.
    pub(super) fn join(&mut self, id: PersonId, via: Option<IpAddr>, cx: &mut Context) {
        let free = self.slots.iter().position(Option::is_none).unwrap_or_else(|| {
            self.slots.push(None);
            self.slots.len() - 1
        });
        let slot = u32::try_from(free).expect("fewer members than people on earth");
        let member = self.slots[free].insert(Member::new(id, self.id, slot, via));
        member.open_down(cx);
        self.order.push(slot);
        self.seat(cx);
    }

    /// Somebody goes.
    pub(super) fn leave(&mut self, id: PersonId, cx: &mut Context) {
        let Some(slot) = self.slot_of(id) else { return };
        let Some(mut member) = self.slots[slot as usize].take() else { return };
        self.order.retain(|other| *other != slot);
        for role in ConnectionRole::ALL {
            member.drop_connection(role, cx);
        }
        self.seat(cx);
    }

    /// Does what is asked for a member.
    pub(super) fn handle_command(&mut self, id: PersonId, command: Command, cx: &mut Context) {
        let Some(slot) = self.slot_of(id) else { return };
        let Some(member) = self.member_mut(slot) else { return };
        match command {
            Command::Join { .. } | Command::Leave => {} // those are for the relay
            Command::Reconnect { via } => self.reconnect(slot, via, cx),
            Command::Offer { connection, sdp } => {
                let answer = self.accept_offer(slot, connection, &sdp, cx);
                cx.events.push_back(match answer {
                    Ok(sdp) => Event::UpAnswer { member: id, connection, sdp },
                    Err(why) => Event::Refused { member: id, side: Side::Up, connection, why },
                });
            }
            Command::Answer { connection, sdp } => {
                if let Err(why) = self.accept_answer(slot, connection, &sdp, cx) {
                    cx.events.push_back(Event::Refused { member: id, side: Side::Down, connection, why });
                }
            }
            Command::Resync => self.resync(slot, cx),
            Command::SetTiles(mut tiles) => {
                tiles.truncate(cx.settings.capacity * 2);
                member.tiles = Some(tiles);
                self.review_soon(cx);
            }
            Command::SetScreen(shown) => {
                if std::mem::replace(&mut member.screen, shown) != shown {
                    self.seat(cx);
                }
            }
            Command::SetPaused(paused) => {
                if std::mem::replace(&mut member.paused, paused) != paused {
                    self.review(cx);
                }
            }
            Command::ReportLinks => self.report_links(slot, cx),
        }
    }

    /// The page makes its connections anew: a new one is offered on which it receives, and one expected on
    /// which it sends. Everything else stays.
    fn reconnect(&mut self, slot: u32, via: Option<IpAddr>, cx: &mut Context) {
        let Some(member) = self.member_mut(slot) else { return };
        member.via = via.or(member.via);
        member.paused = false;
        member.drop_connection(ConnectionRole::Publish, cx);
        member.open_down(cx);
        self.seat(cx);
    }

    /// Tells a page whole who sits where and what is wanted: it may not have heard it.
    fn resync(&mut self, slot: u32, cx: &mut Context) {
        let Some(member) = self.member_mut(slot) else { return };
        member.wanted = [None; 2];
        let id = member.id;
        if let Some(connection) = member.lost {
            let why = "it was over before".into();
            cx.events.push_back(Event::Ended { member: id, side: Side::Up, connection, why });
        }
        match member.next.as_ref().or(member.down.as_ref()) {
            Some(down) if down.pending.is_none() => {
                let seats: Vec<_> = down.seats.iter().map(SeatSlot::seen).collect();
                if !seats.is_empty() {
                    cx.events.push_back(Event::Seats { member: id, connection: down.connection, seats });
                }
            }
            // The offer may not have been heard, and is not kept.
            _ => {
                member.open_down(cx);
                self.seat(cx);
            }
        }
        self.review_soon(cx);
    }

    /// A datagram is for that connection. What it is worth is for the engine to say: of a request, whether it
    /// is answered.
    pub(super) fn receive(
        &mut self,
        key: ConnectionKey,
        received: Received<'_>,
        cx: &mut Context,
    ) -> DatagramOutcome {
        let Received { protocol, source, destination, bytes } = received;
        let now = cx.now;
        cx.answered = None;
        let Some(member) = self.member_mut(key.slot) else { return DatagramOutcome::Stranger };
        // Taken apart where a panic ends no more than this connection.
        let request = binding_request_name(bytes).is_some();
        let asks = request && member.peer(key.role).is_some_and(|peer| peer.egress.is_some());
        let known = member.mutate(key.role, cx, |rtc| {
            match Receive::new(protocol.into(), source, destination, bytes) {
                Ok(datagram) => rtc.handle_input(Input::Receive(now, datagram))?,
                Err(_) => return Ok(false),
            }
            if asks {
                rtc.direct_api().send_pli_feedback(NOBODY.into(), NOBODY.into());
            }
            Ok(true)
        });
        let proven = !request || cx.answered == Some(FiveTuple::of(&received));
        if proven
            && let Some(peer) = member.peer_mut(key.role)
            && peer.hear(now, destination, protocol)
        {
            self.refresh_pictures(key, cx);
        }
        match known {
            Some(false) => DatagramOutcome::Garbage,
            _ if proven => DatagramOutcome::Taken,
            _ => DatagramOutcome::Unproven,
        }
    }

    /// The timer of a connection has gone off.
    pub(super) fn wake(&mut self, key: ConnectionKey, at: Instant, cx: &mut Context) {
        let now = cx.now;
        let Some(member) = self.member_mut(key.slot) else { return };
        member.with_peer(key.role, cx, |peer, outlet| {
            if peer.alarm != Some(at) {
                return Ok(()); // an earlier one went off meanwhile, and it is set anew
            }
            peer.alarm = None;
            if peer.wake() > now { Ok(()) } else { peer.settle(now, outlet) }
        });
    }

    /// Encrypts what was written to a connection.
    pub(super) fn settle(&mut self, key: ConnectionKey, cx: &mut Context) {
        if let Some(member) = self.member_mut(key.slot)
            && member.peer(key.role).is_some_and(|peer| peer.unsettled)
        {
            member.settle(key.role, cx);
        }
    }

    /// Processes everything that connections have said, and that connections have ended.
    pub(super) fn process_events(&mut self, cx: &mut Context) {
        loop {
            if let Some(key) = cx.failed.pop() {
                if let Some(member) = self.member_mut(key.slot)
                    && key.role == ConnectionRole::Subscribe
                {
                    member.take_next(cx);
                }
                self.seat(cx);
            } else if let Some((key, event)) = cx.pending.pop_front() {
                self.on_engine_event(key, event, cx);
            } else {
                return;
            }
        }
    }

    /// After a panic: all connections of the room are made anew, and its members stay.
    pub(super) fn rebuild(&mut self, why: &str, cx: &mut Context) {
        let members: Vec<_> = self.members().map(|member| member.id).collect();
        tracing::error!(room = %self.id, ?members, why, "a room has broken: its connections begin anew");
        for member in self.slots.iter_mut().flatten() {
            member.close(ConnectionRole::Publish, cx, "its room has broken");
            member.open_down(cx);
        }
        self.seat(cx);
        self.process_events(cx);
    }

    /// The machine has other addresses; `before` are those that it had.
    pub(super) fn on_addresses(&mut self, before: &[SocketAddr], cx: &mut Context) {
        for member in self.slots.iter_mut().flatten() {
            ConnectionRole::ALL.into_iter().for_each(|role| member.on_addresses(role, before, cx));
        }
    }

    /// How far the machine is behind has changed.
    pub(super) fn on_overload(&mut self, cx: &mut Context) {
        if self.order.len() > 2 {
            cx.events.push_back(Event::Overloaded { room: self.id, overload: cx.overload });
        }
        self.review_soon(cx);
    }

    pub(super) fn slot_of(&self, id: PersonId) -> Option<u32> {
        self.members().find(|member| member.id == id).map(|member| member.slot)
    }

    /// In the order of coming.
    pub(super) fn members(&self) -> impl Iterator<Item = &Member> {
        self.order.iter().filter_map(|&slot| self.member(slot))
    }

    pub(super) fn member(&self, slot: u32) -> Option<&Member> {
        self.slots.get(slot as usize)?.as_ref()
    }

    pub(super) fn member_mut(&mut self, slot: u32) -> Option<&mut Member> {
        self.slots.get_mut(slot as usize)?.as_mut()
    }

    pub(super) fn peer(&self, key: ConnectionKey) -> Option<&Peer> {
        self.member(key.slot)?.peer(key.role)
    }
}
