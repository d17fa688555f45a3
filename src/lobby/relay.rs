//! Messages between members and the relay: the lobby checks who is a member.

use super::person::Person;
use super::{Effect, Lobby};
use crate::ids::{PersonId, RoomId};
use crate::protocol::{ErrorCode, ServerMessage, Tile};

/// A person.s request to the relay.
#[derive(Clone, Debug, PartialEq)]
pub enum Wish {
    /// Join that room, and no other one.
    Join(RoomId),
    /// Leave the room.
    Leave,
    /// An offer for the connection up with that number.
    Offer { connection: u32, sdp: String },
    /// The answer to the offer of the connection down with that number.
    Answer { connection: u32, sdp: String },
    /// A new connection down.
    Again,
    /// Send the state anew: the connection was lost, and something may have been missed.
    SayAgain,
    /// The pictures shown, and their sizes.
    Tiles(Vec<Tile>),
    /// The member shares a screen, or stops.
    Screen(bool),
    /// Pause forwarding, or resume it.
    Rest(bool),
    /// Send statistics of all connections of the room.
    AskLinks,
}

/// The recipients of a message of the relay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    Member(PersonId),
    Room(RoomId),
}

/// Tiles of one page (SECURITY.md).
const MAX_TILES: usize = 128;

impl Lobby {
    /// Passes a member's request to the relay.
    pub(super) fn wish(&mut self, who: PersonId, wish: Wish) -> Result<(), ErrorCode> {
        if self.room_of(who).is_none() {
            return Err(ErrorCode::NotInRoom);
        }
        let wish = match wish {
            Wish::Tiles(mut tiles) => {
                tiles.truncate(MAX_TILES);
                Wish::Tiles(tiles)
            }
            wish => wish,
        };
        self.tell_relay(who, wish);
        Ok(())
    }

    pub(super) fn tell_relay(&mut self, person: PersonId, wish: Wish) {
        let at = self.people.get(&person).and_then(Person::connection);
        self.effects.push(Effect::Relay { person, at, wish });
    }

    /// Sends a message of the relay to those who are members and connected. The others get what still
    /// matters when they return.
    pub(super) fn relayed(&mut self, to: Audience, message: ServerMessage) {
        match to {
            Audience::Member(who) if self.room_of(who).is_some() => self.send(who, message),
            Audience::Member(_) => {}
            Audience::Room(id) => {
                let members: Vec<PersonId> =
                    self.rooms.get(&id).into_iter().flat_map(|room| room.members()).collect();
                for who in members {
                    self.send(who, message.clone());
                }
            }
        }
    }
}
