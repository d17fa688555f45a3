//! Pages that answer calls by themselves: everybody sees it, and they know callers by their devices.

use super::Lobby;
use crate::ids::PersonId;
use crate::protocol::{ErrorCode, ServerMessage};

impl Lobby {
    /// A page answers calls by itself, or does not.
    pub(super) fn set_answers_itself(&mut self, who: PersonId, on: bool) {
        let person = self.people.get_mut(&who).expect("who says something is here");
        if person.answers_itself != on {
            person.answers_itself = on;
            self.status_changed(who);
        }
    }

    /// Tells `who` by what they know the device of `person`.
    pub(super) fn recognise(&mut self, who: PersonId, person: PersonId) -> Result<(), ErrorCode> {
        if !self.people.contains_key(&person) {
            return Err(ErrorCode::PersonUnknown);
        }
        if let Some(mark) = self.mark_to(who, person) {
            self.send(who, ServerMessage::Recognised { person, mark });
        }
        Ok(())
    }

    /// By what `who` knows the device of `person`. A device is the same over all its names, so only those are
    /// told who are seen to answer by themselves: on and off between two broadcasts is seen by nobody.
    pub(super) fn mark_to(&self, who: PersonId, person: PersonId) -> Option<String> {
        let to = &self.people[&who];
        (to.answers_itself && to.seen_answering)
            .then(|| self.token_signer.mark(self.people[&person].device, to.device))
    }
}
