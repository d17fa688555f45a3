//! Callers whom a person has silenced for a while. Only the one who did so is told: to the caller it looks
//! as if nobody answered.
//!
//! It outlasts that either leaves and returns with a token, but not a restart of the server.

use super::Lobby;
use super::invitation::Delivery;
use super::timers::Timer;
use crate::ids::{ClientPrefix, PersonId};
use crate::protocol::{ErrorCode, Outcome, ServerMessage};
use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

/// How long a caller stays silenced, unless the callee ends it before: an afternoon's nuisance is over
/// then, and nobody is shut out for good without being told (SECURITY.md).
const QUIET_DURATION: Duration = Duration::from_secs(60 * 60);
/// The most callers that one callee silences: the oldest gives way (SECURITY.md).
const MAX_QUIET_CALLERS: usize = 64;
/// Departed callees whose choices are kept in case they return: the longest departed gives way
/// (SECURITY.md).
const MAX_DEPARTED_CALLEES: usize = 1024;
/// … and of one prefix, because fresh tabs cost nothing (SECURITY.md).
const MAX_DEPARTED_PER_PREFIX: usize = 16;

/// The callers that each callee has silenced.
#[derive(Debug, Default)]
pub(super) struct Quiets {
    of: BTreeMap<PersonId, BTreeMap<PersonId, Quiet>>,
    /// Departed callees with their prefixes; some may be here anew.
    departed: VecDeque<(ClientPrefix, PersonId)>,
}

#[derive(Debug)]
struct Quiet {
    until: Instant,
    /// The caller's prefix and name: a fresh tab has a new id and the same of both.
    prefix: ClientPrefix,
    family: String,
}

impl Quiets {
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.of.values().map(BTreeMap::len).sum()
    }
}

impl Lobby {
    /// Silences a caller, or ends that.
    pub(super) fn set_quiet(&mut self, who: PersonId, caller: PersonId, on: bool) -> Result<(), ErrorCode> {
        if !on {
            self.end_quiet(who, caller);
            return Ok(());
        }
        if who == caller {
            return Err(ErrorCode::NotYourself);
        }
        let person = self.people.get(&caller).ok_or(ErrorCode::PersonUnknown)?;
        let (prefix, family) = (person.origin.prefix, person.family().to_owned());
        let until = self.now + QUIET_DURATION;
        let of = self.quiets.of.entry(who).or_default();
        if let Some(before) = of.insert(caller, Quiet { until, prefix, family }) {
            self.timers.cancel(before.until, Timer::Quiet(who, caller));
        }
        self.timers.set(until, Timer::Quiet(who, caller));
        let oldest = of.iter().min_by_key(|(_, quiet)| quiet.until).map(|(caller, _)| *caller);
        if of.len() > MAX_QUIET_CALLERS
            && let Some(oldest) = oldest
        {
            self.end_quiet(who, oldest);
        }
        self.silence_ringing(who, caller);
        self.send_quiet_list(who);
        Ok(())
    }

    /// Turns what rings for the callee already into a ring that only the caller notices.
    fn silence_ringing(&mut self, who: PersonId, caller: PersonId) {
        let name = self.people[&caller].name().to_owned();
        for (invitation, room) in self.people[&who].rings.clone() {
            let at = self.rooms.get_mut(&room).expect("the inviter is in it");
            let ring = at.invitation_mut(invitation).expect("it rings");
            if ring.from == caller
                && !std::mem::replace(&mut ring.silent, true)
                && ring.delivery != Delivery::Pending
            {
                let outcome = Outcome::Declined { reason: None };
                let name = name.clone();
                self.send(who, ServerMessage::InvitationEnded { invitation, with: caller, name, outcome });
                self.set_ringing(room, invitation);
            }
        }
    }

    /// Ends the silence of a caller.
    pub(super) fn end_quiet(&mut self, who: PersonId, caller: PersonId) {
        let Some(of) = self.quiets.of.get_mut(&who) else { return };
        let Some(quiet) = of.remove(&caller) else { return };
        if of.is_empty() {
            self.quiets.of.remove(&who);
        }
        self.timers.cancel(quiet.until, Timer::Quiet(who, caller));
        self.send_quiet_list(who);
    }

    /// Keeps the choices of a callee who leaves and may return.
    pub(super) fn keep_quiets(&mut self, who: PersonId, prefix: ClientPrefix) {
        let Quiets { of, departed } = &mut self.quiets;
        departed.retain(|(_, departed)| {
            *departed != who && of.contains_key(departed) && !self.people.contains_key(departed)
        });
        if !of.contains_key(&who) {
            return;
        }
        departed.push_back((prefix, who));
        let from_there = departed.iter().filter(|(from, _)| *from == prefix).count();
        let first = departed.iter().position(|(from, _)| *from == prefix);
        let too_many = if from_there > MAX_DEPARTED_PER_PREFIX { first } else { None };
        let Some(too_many) = too_many.or((departed.len() > MAX_DEPARTED_CALLEES).then_some(0)) else {
            return;
        };
        let (_, forgotten) = departed.remove(too_many).expect("found above");
        for (caller, quiet) in of.remove(&forgotten).into_iter().flatten() {
            self.timers.cancel(quiet.until, Timer::Quiet(forgotten, caller));
        }
    }

    /// Whether the callee has silenced this caller: this very person, or one who looks the same and has the
    /// same prefix.
    pub(super) fn is_quiet(&self, callee: PersonId, caller: PersonId) -> bool {
        let Some(of) = self.quiets.of.get(&callee) else { return false };
        if of.contains_key(&caller) {
            return true;
        }
        let person = &self.people[&caller];
        of.values().any(|quiet| quiet.prefix == person.origin.prefix && quiet.family == person.family())
    }

    /// Sends the callee the whole list of those silenced.
    pub(super) fn send_quiet_list(&mut self, who: PersonId) {
        if self.people.contains_key(&who) {
            let people = self.quiets.of.get(&who).into_iter().flat_map(BTreeMap::keys).copied().collect();
            self.send(who, ServerMessage::Quiet { people });
        }
    }

    /// The same on arrival, if the list is not empty.
    pub(super) fn resend_quiet_list(&mut self, who: PersonId) {
        if self.quiets.of.contains_key(&who) {
            self.send_quiet_list(who);
        }
    }
}
