//! What members and the relay say to each other; the lobby says who is a member.

use super::person::Person;
use super::{Effect, Lobby};
use crate::ids::{PersonId, RoomId};
use crate::protocol::{ErrorCode, ServerMessage, Tile};

/// What a person wants of the relay.
#[derive(Clone, Debug, PartialEq)]
pub enum Wish {
    /// Carry me in that room from now on, and nowhere else.
    Join(RoomId),
    /// Carry me no more.
    Leave,
    /// An offer for the connection up with that number.
    Offer { connection: u32, sdp: String },
    /// The answer to the offer of the connection down with that number.
    Answer { connection: u32, sdp: String },
    /// A new connection down.
    Again,
    /// What I was told: my connection to the box was lost, and I may have missed something.
    SayAgain,
    /// The pictures shown, and their sizes.
    Tiles(Vec<Tile>),
    /// I show my screen, or no longer.
    Screen(bool),
    /// Carry me, but let it rest for now, or no longer.
    Rest(bool),
    /// Tell me how everybody's way to the box is.
    AskLinks,
}

/// Whom the relay has something to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    Member(PersonId),
    Room(RoomId),
}

/// Pictures on one page; nobody looks at more (SECURITY.md).
const MOST_TILES: usize = 128;

impl Lobby {
    /// A member wants something of the relay.
    pub(super) fn wish(&mut self, who: PersonId, wish: Wish) -> Result<(), ErrorCode> {
        if self.room_of(who).is_none() {
            return Err(ErrorCode::NotInRoom);
        }
        let wish = match wish {
            Wish::Tiles(mut tiles) => {
                tiles.truncate(MOST_TILES);
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

    /// The relay says something. To those who are no members any more, or away, it says nothing: what
    /// still matters it says again when they come back.
    pub(super) fn relayed(&mut self, to: Audience, message: ServerMessage) {
        match to {
            Audience::Member(who) if self.room_of(who).is_some() => self.say(who, message),
            Audience::Member(_) => {}
            Audience::Room(id) => {
                let members: Vec<PersonId> =
                    self.rooms.get(&id).into_iter().flat_map(|room| room.members()).collect();
                for who in members {
                    self.say(who, message.clone());
                }
            }
        }
    }
}
