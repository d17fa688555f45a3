//! Who sits where: the sources of a room on the seats of each of its members.

use super::connection::{ConnectionKey, ConnectionRole, SeatSlot};
use super::context::Context;
use super::member::Member;
use super::room::Room;
use super::{Event, Source};
use crate::ids::PersonId;

/// So many seats are offered at first: most calls are of two, and more are a negotiation away. One that
/// nobody sits on costs its owner work for every packet of everybody else.
const FIRST_SEATS: usize = 1;

impl Room {
    /// Gives every source of the room a seat with every other member, offers more seats where there are
    /// too few, and tells each page what has changed for it.
    pub(super) fn seat(&mut self, cx: &mut Context) {
        let sources = self.sources();
        for slot in self.order.clone() {
            let wanted: Vec<_> = sources.iter().copied().filter(|(from, ..)| *from != slot).collect();
            let Some(member) = self.member_mut(slot) else { continue };
            for role in ConnectionRole::SUBSCRIBE {
                cx.events.extend(member.arrange(role, &wanted));
                member.offer_seats(role, wanted.len().next_power_of_two().max(FIRST_SEATS), cx);
            }
        }
        self.subscribe();
        self.review_soon(cx);
    }

    /// The camera and microphone of every page that has offered to send, and the screens that are shown. A
    /// seat costs its owner a little work for every packet of anybody, so who only listens takes none.
    fn sources(&self) -> Vec<(u32, PersonId, Source)> {
        let mut sources = Vec::new();
        for member in self.members().filter(|member| member.up.is_some()) {
            sources.push((member.slot, member.id, Source::Camera));
            if member.screen {
                sources.push((member.slot, member.id, Source::Screen));
            }
        }
        sources
    }

    /// Makes the lists of who gets what, by which packets are forwarded.
    fn subscribe(&mut self) {
        let mut lists: Vec<(u32, Source, (ConnectionKey, usize))> = Vec::new();
        for member in self.members() {
            for role in ConnectionRole::SUBSCRIBE {
                let Some(down) = member.down(role) else { continue };
                for (n, seat) in down.seats.iter().enumerate() {
                    lists.extend(seat.from.map(|(from, _, source)| (from, source, (member.key(role), n))));
                }
            }
        }
        for member in self.slots.iter_mut().flatten() {
            let slot = member.slot;
            let Some(up) = &mut member.up else { continue };
            for source in Source::ALL {
                let to = lists.iter().filter(|(from, what, _)| (*from, *what) == (slot, source));
                up.sources[source.index()].subscribers = to.map(|(.., to)| *to).collect();
            }
        }
    }
}

impl Member {
    /// Seats those sources with the member. What there is to tell of it, if that has changed anything.
    fn arrange(&mut self, role: ConnectionRole, wanted: &[(u32, PersonId, Source)]) -> Option<Event> {
        let member = self.id;
        let down = self.down_mut(role)?;
        let mut changed = false;
        for seat in &mut down.seats {
            if seat.from.is_some_and(|from| !wanted.contains(&from)) {
                seat.vacate();
                changed = true;
            }
        }
        for source in wanted {
            if down.seats.iter().any(|seat| seat.from == Some(*source)) {
                continue;
            }
            // The page must have agreed to the seat.
            let free =
                |seat: &&mut SeatSlot| seat.from.is_none() && (seat.audio.is_some() || seat.video.is_some());
            if let Some(seat) = down.seats.iter_mut().find(free) {
                seat.from = Some(*source);
                changed = true;
            }
        }
        let seats = || down.seats.iter().map(SeatSlot::seen).collect();
        changed.then(|| Event::Seats { member, connection: down.connection, seats: seats() })
    }
}
