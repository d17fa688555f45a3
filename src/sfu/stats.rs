//! What the relay tells of its members and their connections.

use super::context::Context;
use super::member::Member;
use super::room::Room;
use super::{Event, Protocol, Stats, Way};
use crate::relay::{Link, Picture};

impl Member {
    /// How its connections are.
    pub(super) fn stats(&self) -> Stats {
        let mut stats = self.stats.clone();
        stats.way = self.way();
        if let Some(down) = self.shown() {
            stats.bandwidth = down.bandwidth.limit();
            stats.sent.loss = down.bandwidth.loss();
            stats.layers = down.layers();
        }
        stats
    }

    fn link(&self) -> Link {
        let stats = self.stats();
        Link {
            person: self.id,
            direct: stats.way == Way::Direct,
            tcp: matches!(stats.way, Way::Relayed(Protocol::Tcp | Protocol::Turn)),
            tls: stats.way == Way::Relayed(Protocol::Turn),
            up_loss: stats.received.loss,
            down_loss: stats.sent.loss,
            round_trip_ms: stats.round_trip.and_then(|trip| u32::try_from(trip.as_millis()).ok()),
            narrow: stats.bandwidth.is_some(),
            unsent: (stats.unsent > 0).then_some(stats.unsent),
        }
    }
}

impl Room {
    /// Tells a member how everybody's way to the box is.
    pub(super) fn report_links(&mut self, slot: u32, cx: &mut Context) {
        let Some(member) = self.member(slot) else { return };
        let links = self.members().map(Member::link).collect();
        let layers = member.shown().map(|down| down.layers()).unwrap_or_default();
        let pictures = layers.into_iter().map(|(person, source, layer)| Picture {
            person,
            source,
            layer: layer.and_then(|layer| u8::try_from(layer).ok()),
        });
        let pictures = pictures.collect();
        cx.events.push_back(Event::Links { member: member.id, links, pictures, overload: cx.overload });
    }
}
