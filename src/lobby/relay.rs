//! Commands of members to the relay, and its events for them: the lobby checks who is a member.

use super::{Effect, Lobby};
use crate::ids::{PersonId, RoomId};
use crate::protocol::{ErrorCode, ServerMessage};
use crate::relay::{Command, Event};

/// Tiles of one page (SECURITY.md).
const MAX_TILES: usize = 128;

impl Lobby {
    /// Passes a member's command to the relay.
    pub(super) fn command(&mut self, who: PersonId, mut command: Command) -> Result<(), ErrorCode> {
        if self.room_of(who).is_none() {
            return Err(ErrorCode::NotInRoom);
        }
        if let Command::SetTiles(tiles) = &mut command {
            tiles.truncate(MAX_TILES);
        }
        self.send_command(who, command);
        Ok(())
    }

    /// A member asks for a new connection down.
    pub(super) fn reconnect_relay(&mut self, who: PersonId) -> Result<(), ErrorCode> {
        let via = self.people[&who].via();
        self.command(who, Command::Reconnect { via })
    }

    pub(super) fn send_command(&mut self, member: PersonId, command: Command) {
        self.effects.push(Effect::Command { member, command });
    }

    /// Tells members what the relay says. The others, and those who are reconnecting, are told what still
    /// matters when they return.
    pub(super) fn on_relay_event(&mut self, event: Event) {
        let (member, message) = match event {
            Event::UpAnswer { member, connection, sdp } => {
                (member, ServerMessage::RelayAnswer { connection, sdp })
            }
            Event::Refused { member, side, connection, why } => {
                tracing::debug!(%member, ?side, connection, %why, "the relay refuses what a page said");
                (member, ServerMessage::RelayEnded { side, connection })
            }
            Event::DownOffer { member, connection, sdp } => {
                (member, ServerMessage::RelayOffer { connection, sdp })
            }
            Event::Seats { member, connection, seats } => {
                (member, ServerMessage::Seats { connection, seats })
            }
            Event::Connected { member, side, connection } => {
                return tracing::debug!(%member, ?side, connection, "a connection to the relay is up");
            }
            Event::Ended { member, side, connection, why } => {
                tracing::debug!(%member, ?side, connection, why, "a connection to the relay is over");
                (member, ServerMessage::RelayEnded { side, connection })
            }
            Event::Wanted { member, source, audio, layers, av1 } => {
                (member, ServerMessage::Wanted { source, audio, layers, av1 })
            }
            Event::Links { member, links, pictures, overload } => {
                (member, ServerMessage::Links { links, pictures, strain: overload })
            }
            Event::Overloaded { room, overload } => {
                return self.send_to_room(room, &ServerMessage::Strained { strain: overload });
            }
            Event::Speakers { room, speakers } => {
                return self.send_to_room(room, &ServerMessage::Speakers { speakers });
            }
        };
        if self.room_of(member).is_some() {
            self.send(member, message);
        }
    }

    pub(super) fn send_to_room(&mut self, id: RoomId, message: &ServerMessage) {
        let members: Vec<PersonId> =
            self.rooms.get(&id).into_iter().flat_map(|room| room.members()).collect();
        for who in members {
            self.send(who, message.clone());
        }
    }
}
