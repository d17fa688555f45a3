//! What the relay tells of its members and their connections.

use super::demux::FiveTuple;
use super::{Event, Figures, Protocol, Sfu, Way};
use crate::ids::{PersonId, RoomId};
use crate::relay::{Link, Picture};
use std::net::SocketAddr;
use std::time::Instant;

impl Sfu {
    /// How a member's connections are. `None`: no such member.
    pub fn figures(&self, member: PersonId) -> Option<Figures> {
        let member = self.member(*self.slots.get(&member)?)?;
        let mut figures = member.figures.clone();
        figures.way = member.way();
        if let Some(down) = member.shown() {
            figures.bandwidth = down.bandwidth.limit();
            figures.sent.loss = down.bandwidth.loss();
            figures.layers = self.layers(down);
        }
        Some(figures)
    }

    /// Everybody who is in a room here.
    pub fn members(&self) -> impl Iterator<Item = (PersonId, RoomId)> {
        self.members.iter().flatten().map(|member| (member.id, member.room))
    }

    /// How many are in the room of a member, who is one of them. 0: the member is in none.
    pub fn members_with(&self, member: PersonId) -> usize {
        let member = self.slots.get(&member).and_then(|&slot| self.member(slot));
        member.and_then(|member| self.rooms.get(&member.room)).map_or(0, |room| room.members.len())
    }

    /// A UDP datagram from that address of the box to that one could not be sent.
    pub fn on_send_error(&mut self, source: SocketAddr, destination: SocketAddr) {
        let pair = FiveTuple { protocol: Protocol::Udp, source: destination, destination: source };
        let Some(key) = self.demux.owner(pair) else { return };
        if let Some(member) = self.member_mut(key.slot) {
            let unsent = &mut member.figures.unsent;
            *unsent = unsent.saturating_add(1);
        }
    }

    /// A member wants to know how everybody's way to the box is; [`Event::Links`] follows.
    pub fn ask_links(&mut self, now: Instant, member: PersonId) {
        self.tell_time(now);
        let asker = self.slots.get(&member).and_then(|&slot| self.member(slot));
        let Some(room) = asker.and_then(|asker| self.rooms.get(&asker.room)) else { return };
        let ids = room.members.iter().filter_map(|&slot| Some(self.member(slot)?.id));
        let links = ids.filter_map(|id| Some(link(id, &self.figures(id)?))).collect();
        let layers = self.figures(member).map(|figures| figures.layers).unwrap_or_default();
        let pictures = layers.into_iter().map(|(person, source, layer)| Picture {
            person,
            source,
            layer: layer.and_then(|layer| u8::try_from(layer).ok()),
        });
        let pictures = pictures.collect();
        self.events.push_back(Event::Links { member, links, pictures, overload: self.strain });
    }
}

fn link(person: PersonId, figures: &Figures) -> Link {
    Link {
        person,
        direct: figures.way == Way::Direct,
        tcp: figures.way == Way::Relayed(Protocol::Tcp),
        up_loss: figures.received.loss,
        down_loss: figures.sent.loss,
        round_trip_ms: figures.round_trip.and_then(|trip| u32::try_from(trip.as_millis()).ok()),
        narrow: figures.bandwidth.is_some(),
        unsent: (figures.unsent > 0).then_some(figures.unsent),
    }
}
