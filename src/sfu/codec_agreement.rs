//! What all members of a room have to be able to do before anybody sends it.

use super::connection::{ConnectionRole, Down};
use super::context::Context;
use super::member::Member;
use super::room::Room;
use str0m::format::Codec;

impl Room {
    /// Whether somebody there decodes H.264 and no VP8. Everybody else decodes both, so it is the room's
    /// codec then: nothing is encoded twice, and nothing by the box.
    pub(super) fn insists_on_h264(&self) -> bool {
        self.members().any(|member| member.lacks.vp8)
    }

    /// Whether everybody there turns pictures. Who sends to somebody who does not turns them before they are
    /// encoded.
    pub(super) fn everybody_turns(&self) -> bool {
        !self.members().any(|member| member.lacks.turning)
    }

    /// Somebody answered: who sends what they cannot take, and could send something else, begins anew. It
    /// stays so when they leave, until the next offer.
    pub(super) fn renegotiate_codec(&mut self, cx: &mut Context) {
        let h264 = self.insists_on_h264();
        let turns = self.everybody_turns();
        if !h264 && turns {
            return;
        }
        for slot in self.order.clone() {
            let Some(member) = self.member_mut(slot) else { continue };
            let Some(up) = &member.up else { continue };
            let why = if h264 && up.codec == Codec::Vp8 && up.knows_h264 {
                "the room's codec is another one now"
            } else if !turns && up.leaves_turning {
                "somebody in the room does not turn pictures"
            } else {
                continue;
            };
            member.close(ConnectionRole::Publish, cx, why);
        }
    }

    pub(super) fn downs(&self) -> impl Iterator<Item = &Down> {
        self.members().flat_map(Member::downs)
    }
}
