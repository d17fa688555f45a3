//! Which room is on which media thread: a new one goes to the thread that has the least to do.
//!
//! Pure. A room stays on its thread as long as somebody is in it, because its connections are there.

use crate::ids::{PersonId, RoomId};
use std::collections::HashMap;

/// Steps in which a thread's measured load counts, in thousandths of its time: differences below that are
/// chance.
const STEP: u32 = 250;

/// See the [module](self).
pub(super) struct Placement {
    rooms: HashMap<RoomId, Room>,
    members: HashMap<PersonId, RoomId>,
    /// What the rooms of each thread are expected to cost: the pictures that go from anybody to anybody.
    weights: Vec<usize>,
    /// Threads that are equal have their turns.
    next: usize,
}

struct Room {
    thread: usize,
    members: usize,
}

/// Where somebody goes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Move {
    /// The thread on which the member was, if that is another one.
    pub(super) from: Option<usize>,
    pub(super) to: usize,
}

impl Placement {
    pub(super) fn new(threads: usize) -> Placement {
        Placement { rooms: HashMap::new(), members: HashMap::new(), weights: vec![0; threads], next: 0 }
    }

    /// Somebody comes into a room, and out of the one before. `busy`: how much of its time each thread has
    /// been at work lately, in thousandths. `None`: that is where the member is.
    pub(super) fn join(
        &mut self,
        member: PersonId,
        room: RoomId,
        busy: impl Fn(usize) -> u32,
    ) -> Option<Move> {
        if self.members.get(&member) == Some(&room) {
            return None;
        }
        let from = self.leave(member);
        let to = match self.rooms.get(&room) {
            Some(room) => room.thread,
            None => self.least(busy),
        };
        self.members.insert(member, room);
        self.rooms.entry(room).or_insert(Room { thread: to, members: 0 }).members += 1;
        self.weights[to] += 2 * (self.rooms[&room].members - 1) + 1;
        Some(Move { from: from.filter(|from| *from != to), to })
    }

    /// Somebody leaves the room. Returns the thread that it is on.
    pub(super) fn leave(&mut self, member: PersonId) -> Option<usize> {
        let id = self.members.remove(&member)?;
        let room = self.rooms.get_mut(&id)?;
        room.members -= 1;
        let thread = room.thread;
        self.weights[thread] -= 2 * room.members + 1;
        if room.members == 0 {
            self.rooms.remove(&id);
        }
        Some(thread)
    }

    /// Where somebody is.
    pub(super) fn thread_of(&self, member: PersonId) -> Option<usize> {
        Some(self.rooms.get(self.members.get(&member)?)?.thread)
    }

    fn least(&mut self, busy: impl Fn(usize) -> u32) -> usize {
        let count = self.weights.len();
        let turns = (0..count).map(|n| (self.next + n) % count);
        // What was measured while there were rooms says nothing when there are none.
        let load = |thread: usize| if self.weights[thread] == 0 { 0 } else { busy(thread) / STEP };
        let least = turns.min_by_key(|&thread| (load(thread), self.weights[thread]));
        let least = least.expect("there is a thread");
        self.next = (least + 1) % count;
        least
    }
}

/// What the names of a thread's connections begin with, so that their first packet tells whose it is.
pub(super) fn tag(thread: usize) -> String {
    let offset = u8::try_from(thread).expect("a few threads");
    char::from(b'a' + offset).to_string()
}

/// The thread of a tag.
pub(super) fn thread_of(tag: u8, threads: usize) -> usize {
    usize::from(tag.wrapping_sub(b'a')) % threads
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quiet(_: usize) -> u32 {
        0
    }

    #[test]
    fn rooms_of_one_number_modulo_the_threads_are_spread() {
        let mut placement = Placement::new(4);
        for n in 0..40 {
            // What a caller who counts rooms could bring about: all on one thread.
            placement.join(PersonId(n), RoomId(4 * n), quiet);
        }
        assert_eq!(placement.weights, [10; 4]);
    }

    #[test]
    fn a_new_room_goes_where_the_least_is_to_do() {
        let mut placement = Placement::new(3);
        let mut come =
            |member, room| placement.join(PersonId(member), RoomId(room), quiet).map(|gone| gone.to);
        assert_eq!([come(1, 1), come(2, 1), come(3, 1)], [Some(0); 3], "a room is on one thread");
        assert_eq!([come(4, 2), come(5, 2)], [Some(1); 2]);
        assert_eq!([come(6, 3), come(7, 4)], [Some(2); 2], "two who are alone cost less than a pair");
        assert_eq!(come(8, 5), Some(2));
        assert_eq!(come(9, 6), Some(2));
        assert_eq!(come(10, 7), Some(1), "four each: the next in turn");
        // Measured, one of them has much more to do than was to be expected.
        let busy = |thread| [100, 240, 900][thread];
        assert_eq!(placement.join(PersonId(11), RoomId(8), busy), Some(Move { from: None, to: 1 }));
    }

    #[test]
    fn who_moves_to_a_room_elsewhere_leaves_the_thread_of_before() {
        let mut placement = Placement::new(2);
        let mut come = |member, room| placement.join(PersonId(member), RoomId(room), quiet);
        assert_eq!(come(1, 1), Some(Move { from: None, to: 0 }));
        assert_eq!(come(2, 2), Some(Move { from: None, to: 1 }));
        assert_eq!(come(1, 1), None, "already there");
        assert_eq!(come(1, 2), Some(Move { from: Some(0), to: 1 }));
        assert_eq!(come(2, 3), Some(Move { from: Some(1), to: 0 }));
        assert_eq!(placement.thread_of(PersonId(2)), Some(0));
        assert_eq!(placement.leave(PersonId(1)), Some(1));
        assert_eq!((placement.leave(PersonId(1)), placement.leave(PersonId(2))), (None, Some(0)));
        assert!(placement.rooms.is_empty() && placement.members.is_empty());
        assert_eq!(placement.weights, [0, 0]);
    }
}
