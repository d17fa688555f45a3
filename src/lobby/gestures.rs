//! Raised hands, which a room keeps in the order of raising, and reactions, which pass.

use super::Lobby;
use crate::ids::PersonId;
use crate::protocol::{ErrorCode, Reaction, ServerMessage};

impl Lobby {
    /// A member raises the hand, or lowers it. A hand that is raised keeps its place.
    pub(super) fn set_hand(&mut self, who: PersonId, raised: bool) -> Result<(), ErrorCode> {
        let room = self.room_of(who).ok_or(ErrorCode::NotInRoom)?;
        if self.rooms[&room].has_hand_raised(who) == raised {
            return Ok(());
        }
        if raised {
            self.check_gesture_rate(who)?;
        }
        self.rooms.get_mut(&room).expect("seen above").set_hand(who, raised);
        self.schedule_room_update(room);
        Ok(())
    }

    /// The host lowers the hand of a member.
    pub(super) fn lower_hand(&mut self, who: PersonId, member: PersonId) -> Result<(), ErrorCode> {
        if self.other_member(who, member)? { self.set_hand(member, false) } else { Ok(()) }
    }

    /// Shows a member's reaction to everybody in the room, the member too: they see what the others see.
    pub(super) fn react(&mut self, who: PersonId, reaction: Reaction) -> Result<(), ErrorCode> {
        let room = self.room_of(who).ok_or(ErrorCode::NotInRoom)?;
        self.check_gesture_rate(who)?;
        self.send_to_room(room, &ServerMessage::Reaction { from: who, reaction });
        Ok(())
    }
}
