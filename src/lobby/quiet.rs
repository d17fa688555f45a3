//! Whom somebody does not let ring for now. Only the one who said so is told of it: to the caller it looks as if
//! nobody answered.
//!
//! It outlasts that either leaves and comes back with a token; after a restart of the box it is forgotten.

use super::Lobby;
use super::invitation::Reached;
use super::timers::Timer;
use crate::ids::{ClientPrefix, PersonId};
use crate::protocol::{ErrorCode, Outcome, ServerMessage};
use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

/// Minutes that a caller is kept from ringing, unless the callee ends it before: an afternoon's nuisance is over then, and
/// nobody is shut out for good without being told (SECURITY.md).
const QUIET: Duration = Duration::from_secs(60 * 60);
/// The most callers that one callee keeps from ringing: the longest known gives way (SECURITY.md).
const MOST_QUIET: usize = 64;
/// Callees who left and may come back, for whom that is kept: the longest gone gives way (SECURITY.md).
const MOST_GONE: usize = 1024;
/// … and of one prefix, because fresh tabs cost nothing (SECURITY.md).
const MOST_GONE_FROM_ONE: usize = 16;

/// The callers that somebody keeps from ringing.
#[derive(Debug, Default)]
pub(super) struct Quiets {
    of: BTreeMap<PersonId, BTreeMap<PersonId, Quiet>>,
    /// Callees who left, and from where they had come; they may be here again.
    gone: VecDeque<(ClientPrefix, PersonId)>,
}

#[derive(Debug)]
struct Quiet {
    until: Instant,
    /// Where the caller came from, and what they were called then: in a fresh tab they are somebody new with both.
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
    /// The callee does not let that caller ring for now, or does again.
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
        let until = self.now + QUIET;
        let of = self.quiets.of.entry(who).or_default();
        if let Some(before) = of.insert(caller, Quiet { until, prefix, family }) {
            self.timers.cancel(before.until, Timer::Quiet(who, caller));
        }
        self.timers.set(until, Timer::Quiet(who, caller));
        let oldest = of.iter().min_by_key(|(_, quiet)| quiet.until).map(|(caller, _)| *caller);
        if of.len() > MOST_QUIET
            && let Some(oldest) = oldest
        {
            self.end_quiet(who, oldest);
        }
        self.hush(who, caller);
        self.say_quiet(who);
        Ok(())
    }

    /// What rings at the callee already rings on for the caller only.
    fn hush(&mut self, who: PersonId, caller: PersonId) {
        let name = self.people[&caller].name().to_owned();
        for invitation in self.people[&who].rings.clone() {
            let ring = self.invitations.get_mut(&invitation).expect("it rings");
            if ring.from == caller
                && !std::mem::replace(&mut ring.silent, true)
                && ring.reached != Reached::Nobody
            {
                let outcome = Outcome::Declined { reason: None };
                let name = name.clone();
                self.say(who, ServerMessage::InvitationEnded { invitation, with: caller, name, outcome });
                self.rings_silently(invitation);
            }
        }
    }

    /// The caller may ring from here on.
    pub(super) fn end_quiet(&mut self, who: PersonId, caller: PersonId) {
        let Some(of) = self.quiets.of.get_mut(&who) else { return };
        let Some(quiet) = of.remove(&caller) else { return };
        if of.is_empty() {
            self.quiets.of.remove(&who);
        }
        self.timers.cancel(quiet.until, Timer::Quiet(who, caller));
        self.say_quiet(who);
    }

    /// The callee leaves, and may come back.
    pub(super) fn keep_quiets(&mut self, who: PersonId, prefix: ClientPrefix) {
        let Quiets { of, gone } = &mut self.quiets;
        gone.retain(|(_, gone)| *gone != who && of.contains_key(gone) && !self.people.contains_key(gone));
        if !of.contains_key(&who) {
            return;
        }
        gone.push_back((prefix, who));
        let from_there = gone.iter().filter(|(from, _)| *from == prefix).count();
        let first = gone.iter().position(|(from, _)| *from == prefix);
        let too_many = if from_there > MOST_GONE_FROM_ONE { first } else { None };
        let Some(too_many) = too_many.or((gone.len() > MOST_GONE).then_some(0)) else { return };
        let (_, forgotten) = gone.remove(too_many).expect("found above");
        for (caller, quiet) in of.remove(&forgotten).into_iter().flatten() {
            self.timers.cancel(quiet.until, Timer::Quiet(forgotten, caller));
        }
    }

    /// Whether the callee keeps this caller from ringing: this very person, or one who looks the same and comes from
    /// the same address.
    pub(super) fn is_quiet(&self, callee: PersonId, caller: PersonId) -> bool {
        let Some(of) = self.quiets.of.get(&callee) else { return false };
        if of.contains_key(&caller) {
            return true;
        }
        let person = &self.people[&caller];
        of.values().any(|quiet| quiet.prefix == person.origin.prefix && quiet.family == person.family())
    }

    /// Tells the callee whom they keep from ringing, all of them.
    pub(super) fn say_quiet(&mut self, who: PersonId) {
        if self.people.contains_key(&who) {
            let people = self.quiets.of.get(&who).into_iter().flat_map(BTreeMap::keys).copied().collect();
            self.say(who, ServerMessage::Quiet { people });
        }
    }

    /// On arrival, if there is anything to be told.
    pub(super) fn retell_quiet(&mut self, who: PersonId) {
        if self.quiets.of.contains_key(&who) {
            self.say_quiet(who);
        }
    }
}
