//! By what a device knows again whom it has met: the same device under the same name.

use super::Lobby;
use crate::ids::PersonId;
use crate::protocol::ServerMessage;

impl Lobby {
    /// Tells `who` by what they know `person` under that name. Of names that differ by a number only it is the
    /// same, because the number depends on who else is here. It says nothing of other names of the device, so
    /// nobody is followed from one name to another. Of who has left meanwhile nothing is to be known.
    pub(super) fn know(&mut self, who: PersonId, person: PersonId) {
        let Some(known) = self.people.get(&person) else { return };
        let mark = self.token_signer.mark_of_name(known.device, self.people[&who].device, known.family());
        self.send(who, ServerMessage::Known { person, mark });
    }
}
