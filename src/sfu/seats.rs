//! Who sits where: the sources of a room on the seats of each of its members.

use super::connection::Pair;
use super::{Event, Key, Line, Seat, Sfu, Source};
use crate::ids::{PersonId, RoomId};

/// So many seats are offered at first: most calls are of two, and more are a negotiation away. One that
/// nobody sits on costs its owner work for every packet of the others.
const FIRST_SEATS: usize = 1;

impl Sfu {
    /// Gives every source of the room a seat with every other member, offers more seats where there are
    /// too few, and tells each page what has changed for it.
    pub(super) fn seat(&mut self, room: RoomId) {
        let Some(members) = self.rooms.get(&room).map(|room| room.members.clone()) else { return };
        let sources = self.sources(&members);
        for &slot in &members {
            let wanted: Vec<_> = sources.iter().copied().filter(|(from, ..)| *from != slot).collect();
            for key in Line::DOWNS.map(|line| Key { slot, line }) {
                if let Some(event) = self.arrange(key, &wanted) {
                    self.events.push_back(event);
                }
                self.offer_seats(key, wanted.len().next_power_of_two().max(FIRST_SEATS));
            }
        }
        self.subscribe(&members);
        self.review_soon(room);
    }

    /// The camera and microphone of every page that has offered to send, and the screens that are shown. A
    /// seat costs its owner a little work for every packet of anybody, so who only listens takes none.
    fn sources(&self, members: &[u32]) -> Vec<(u32, PersonId, Source)> {
        let mut sources = Vec::new();
        for &slot in members {
            let Some(member) = self.member(slot) else { continue };
            if member.up.is_none() {
                continue;
            }
            sources.push((slot, member.id, Source::Camera));
            if member.screen {
                sources.push((slot, member.id, Source::Screen));
            }
        }
        sources
    }

    /// Seats those sources with one member. What there is to tell of it, if that has changed anything.
    fn arrange(&mut self, key: Key, wanted: &[(u32, PersonId, Source)]) -> Option<Event> {
        let member = self.member_mut(key.slot)?;
        let id = member.id;
        let down = member.down_mut(key.line)?;
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
                |seat: &&mut Pair| seat.from.is_none() && (seat.audio.is_some() || seat.video.is_some());
            if let Some(seat) = down.seats.iter_mut().find(free) {
                seat.from = Some(*source);
                changed = true;
            }
        }
        let seats = || down.seats.iter().map(Pair::seen).collect();
        changed.then(|| Event::Seats { member: id, connection: down.connection, seats: seats() })
    }

    /// Makes the lists of who gets what, by which packets are forwarded.
    fn subscribe(&mut self, members: &[u32]) {
        let mut lists: Vec<(u32, Source, (Key, usize))> = Vec::new();
        for key in members.iter().flat_map(|&slot| Line::DOWNS.map(|line| Key { slot, line })) {
            let Some(down) = self.down(key) else { continue };
            for (n, seat) in down.seats.iter().enumerate() {
                lists.extend(seat.from.map(|(from, _, source)| (from, source, (key, n))));
            }
        }
        for &slot in members {
            let Some(up) = self.member_mut(slot).and_then(|member| member.up.as_mut()) else { continue };
            for source in Source::ALL {
                let to = lists.iter().filter(|(from, what, _)| (*from, *what) == (slot, source));
                up.sources[source.index()].subscribers = to.map(|(.., to)| *to).collect();
            }
        }
    }
}

impl Pair {
    fn vacate(&mut self) {
        self.from = None;
        for stream in [&mut self.audio, &mut self.video].into_iter().flatten() {
            stream.cut();
            stream.target = None;
            stream.aim = None;
        }
    }

    pub(super) fn seen(&self) -> Seat {
        let (audio, video) = self.mids();
        let (person, source) = self.from.map(|(_, person, source)| (person, source)).unzip();
        Seat { audio, video, person, source: source.unwrap_or(Source::Camera) }
    }
}
