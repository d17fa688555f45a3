//! The rules of the lobby, as scenarios.

use super::harness::{
    LobbyHarness, Notice, Notices, Say, declined, ended, error, last_left, last_lost, left, nobody_came,
    ring, ring_for, to,
};
use super::*;
use crate::protocol::{Availability, DeclineReason, MediaState, Progress, Reaction, RoomEndReason, Status};

const SECOND: Duration = Duration::from_secs(1);

fn welcome(name: &str) -> Notice {
    Notice::Welcome { name: name.to_owned(), resumed: false }
}

fn welcome_back(name: &str) -> Notice {
    Notice::Welcome { name: name.to_owned(), resumed: true }
}

/// Ann and Bob are in a call that Ann began; the others are in the lobby.
fn call_among<const N: usize>(names: [&str; N]) -> LobbyHarness {
    let mut harness = LobbyHarness::with(names);
    harness.says("ann", Say::Invite("bob")).ignore();
    harness.says("bob", Say::Accept("ann")).ignore();
    harness
}

/// Somebody who is free comes into the room of a member.
fn joins(harness: &mut LobbyHarness, who: &str, member: &str) {
    harness.says(member, Say::Invite(who)).ignore();
    harness.says(who, Say::Accept(member)).ignore();
}

mod acquaintance;
mod answering;
mod budgets;
mod gestures;
mod invitations;
mod people;
mod restarts;
mod rooms;
mod spaces;
