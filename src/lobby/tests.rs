//! The rules of the house, told as stories.

use super::home::{
    Home, News, Say, declined, ended, error, last_left, last_lost, left, nobody_came, ring, ring_for, to,
};
use super::*;
use crate::protocol::{DeclineReason, Farewell, Media, Progress, Status};

const SECOND: Duration = Duration::from_secs(1);

fn welcome(name: &str) -> News {
    News::Welcome { name: name.to_owned(), resumed: false }
}

fn welcome_back(name: &str) -> News {
    News::Welcome { name: name.to_owned(), resumed: true }
}

/// Ann and Bob are in a call that Ann began; the others are at home, too.
fn call_among<const N: usize>(names: [&str; N]) -> Home {
    let mut home = Home::with(names);
    home.says("ann", Say::Invite("bob")).anyway();
    home.says("bob", Say::Accept("ann")).anyway();
    home
}

/// Somebody who is free comes into the room of a member.
fn joins(home: &mut Home, who: &str, member: &str) {
    home.says(member, Say::Invite(who)).anyway();
    home.says(who, Say::Accept(member)).anyway();
}

mod budgets;
mod invitations;
mod people;
mod restarts;
mod rooms;
