//! What all members of a room have to be able to do before anybody sends it.

use super::connection::Down;
use super::track::Outgoing;
use super::{Key, Line, Sfu};
use crate::ids::RoomId;
use str0m::format::Codec;

impl Sfu {
    /// Whether somebody there decodes H.264 and no VP8. Everybody else decodes both, so it is the room's codec then:
    /// nothing is encoded twice, and nothing by the box.
    pub(super) fn insists_on_h264(&self, room: RoomId) -> bool {
        let takes = |down: &Down, codec| pictures(down).any(|video| video.takes(codec));
        self.downs_of(room).any(|down| takes(down, Codec::H264) && !takes(down, Codec::Vp8))
    }

    /// Whether everybody there turns pictures as their packets say (3GPP TS 26.114, video-orientation). Who sends to
    /// somebody who does not turns them before they are encoded.
    pub(super) fn everybody_turns(&self, room: RoomId) -> bool {
        self.downs_of(room).flat_map(pictures).all(|video| video.turns)
    }

    /// Somebody answered: who sends what they cannot take, and could send something else, begins anew. It stays so
    /// when they leave, until the next offer.
    pub(super) fn agree(&mut self, room: RoomId) {
        let h264 = self.insists_on_h264(room);
        let turns = self.everybody_turns(room);
        if !h264 && turns {
            return;
        }
        for slot in self.rooms[&room].members.clone() {
            let Some(up) = self.member(slot).and_then(|member| member.up.as_ref()) else { continue };
            let why = if h264 && up.codec == Codec::Vp8 && up.knows_h264 {
                "the room's codec is another one now"
            } else if !turns && up.leaves_turning {
                "somebody in the room does not turn pictures"
            } else {
                continue;
            };
            self.close(Key { slot, line: Line::Up }, why);
        }
    }

    fn downs_of(&self, room: RoomId) -> impl Iterator<Item = &Down> {
        let members = self.rooms.get(&room).into_iter().flat_map(|room| &room.members);
        members.filter_map(|&slot| self.member(slot)).flat_map(|member| member.downs())
    }
}

/// The streams of pictures that the page has agreed to.
fn pictures(down: &Down) -> impl Iterator<Item = &Outgoing> {
    down.seats.iter().filter_map(|seat| seat.video.as_ref())
}
