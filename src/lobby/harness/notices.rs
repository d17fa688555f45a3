//! What pages receive and people say, in terms that scenarios use.

use super::super::*;
use crate::protocol::{
    Availability, DeclineReason, Description, DescriptionKind, MediaState, Reaction, RoomEndReason, Signal,
};

/// What a page receives, except the list and rooms, which the harness keeps.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::lobby) enum Notice {
    Welcome {
        name: String,
        resumed: bool,
    },
    Renamed(String),
    Ring {
        from: String,
        members: Vec<String>,
        seconds: u32,
    },
    Ended {
        with: String,
        outcome: Outcome,
    },
    RoomLeft(RoomEndReason),
    KnockSent,
    /// These are not let ring.
    Quiet(Vec<String>),
    KnockEnded(KnockOutcome),
    Signal {
        from: String,
    },
    AskedToMute {
        by: String,
    },
    Reaction(String, Reaction),
    TakenOver,
    Closed(CloseReason),
    Error(ErrorCode),
    Pong,
    /// Passed to the relay.
    Command(Command),
    /// Notices from the relay.
    Relayed(ServerMessage),
}

/// What all pages received because of one input.
#[must_use]
pub(in crate::lobby) struct Notices(pub(super) Vec<(String, Notice)>);

impl Notices {
    /// This, in this order, and nothing else.
    #[track_caller]
    pub(in crate::lobby) fn expect<const N: usize>(self, notice: [(&str, Notice); N]) {
        assert_eq!(self.0, notice.map(|(who, notice)| (who.to_owned(), notice)));
    }

    /// Ignores it: the scenario is about something else.
    pub(in crate::lobby) fn ignore(self) {}

    /// The one that was heard.
    #[track_caller]
    pub(in crate::lobby) fn only(self) -> Notice {
        let [(_, notice)]: [(String, Notice); 1] = self.0.try_into().expect("one is heard");
        notice
    }

    /// How often something like this was heard.
    pub(in crate::lobby) fn count(&self, like: impl Fn(&Notice) -> bool) -> usize {
        self.0.iter().filter(|(_, notice)| like(notice)).count()
    }
}

pub(in crate::lobby) fn to(who: &str, notice: Notice) -> (&str, Notice) {
    (who, notice)
}

pub(in crate::lobby) fn ring(from: &str, members: &[&str]) -> Notice {
    ring_for(from, members, 30)
}

pub(in crate::lobby) fn ring_for(from: &str, members: &[&str], seconds: u32) -> Notice {
    let members = members.iter().map(|&name| name.to_owned()).collect();
    Notice::Ring { from: from.to_owned(), members, seconds }
}

pub(in crate::lobby) fn ended(with: &str, outcome: Outcome) -> Notice {
    Notice::Ended { with: with.to_owned(), outcome }
}

pub(in crate::lobby) fn declined(reason: Option<DeclineReason>) -> Outcome {
    Outcome::Declined { reason }
}

pub(in crate::lobby) fn left(why: RoomEndReason) -> Notice {
    Notice::RoomLeft(why)
}

pub(in crate::lobby) fn last_left(name: &str) -> Notice {
    left(RoomEndReason::LastLeft { name: name.to_owned() })
}

pub(in crate::lobby) fn last_lost(name: &str) -> Notice {
    left(RoomEndReason::LastLost { name: name.to_owned() })
}

pub(in crate::lobby) fn nobody_came(name: &str, outcome: Outcome) -> Notice {
    left(RoomEndReason::NobodyCame { name: name.to_owned(), outcome })
}

pub(in crate::lobby) fn error(code: ErrorCode) -> Notice {
    Notice::Error(code)
}

/// What people in scenarios say, with people by name.
#[derive(Clone, Debug)]
pub(in crate::lobby) enum Say<'a> {
    Rename(&'a str),
    Be(Availability),
    Invite(&'a str),
    /// My page rings for the invitation of that person.
    Ringing(&'a str),
    Accept(&'a str),
    BringHere(&'a str),
    Decline(&'a str, Option<DeclineReason>),
    /// I stop calling that person.
    Cancel(&'a str),
    /// Whether I let that person ring.
    Quiet(&'a str, bool),
    /// On the room of that person.
    Knock(&'a str),
    Withdraw,
    Admit(&'a str),
    Refuse(&'a str),
    Lock(bool),
    Remove(&'a str),
    AskToMute(&'a str),
    Show(MediaState),
    /// I raise my hand, or lower it.
    Hand(bool),
    /// The hand of that person.
    LowerHand(&'a str),
    React(Reaction),
    Signal(&'a str),
    Leave,
    Goodbye,
    Ping,
}

pub(in crate::lobby) fn signal() -> Signal {
    Signal::Description(Description { kind: DescriptionKind::Offer, sdp: "v=0".to_owned() })
}
