//! What pages hear and what people say, in words that stories can be told with.

use super::super::*;
use crate::protocol::{DeclineReason, Description, DescriptionKind, Farewell, Media, Signal};

/// What a page hears, but for the list and the rooms: those it keeps, and stories ask for them.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::lobby) enum News {
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
    RoomLeft(Farewell),
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
    TakenOver,
    Closed(CloseReason),
    Error(ErrorCode),
    Pong,
    /// Not heard but said, to the relay.
    Wishes(Wish),
    /// Heard from the relay.
    Relayed(ServerMessage),
}

/// What everybody heard because of one thing that happened.
#[must_use]
pub(in crate::lobby) struct Heard(pub(super) Vec<(String, News)>);

impl Heard {
    /// This, in this order, and nothing else.
    #[track_caller]
    pub(in crate::lobby) fn expect<const N: usize>(self, news: [(&str, News); N]) {
        assert_eq!(self.0, news.map(|(who, news)| (who.to_owned(), news)));
    }

    /// Whatever: the story is about something else.
    pub(in crate::lobby) fn anyway(self) {}

    /// How often something like this was heard.
    pub(in crate::lobby) fn count(&self, like: impl Fn(&News) -> bool) -> usize {
        self.0.iter().filter(|(_, news)| like(news)).count()
    }
}

pub(in crate::lobby) fn to(who: &str, news: News) -> (&str, News) {
    (who, news)
}

pub(in crate::lobby) fn ring(from: &str, members: &[&str]) -> News {
    ring_for(from, members, 30)
}

pub(in crate::lobby) fn ring_for(from: &str, members: &[&str], seconds: u32) -> News {
    let members = members.iter().map(|&name| name.to_owned()).collect();
    News::Ring { from: from.to_owned(), members, seconds }
}

pub(in crate::lobby) fn ended(with: &str, outcome: Outcome) -> News {
    News::Ended { with: with.to_owned(), outcome }
}

pub(in crate::lobby) fn declined(reason: Option<DeclineReason>) -> Outcome {
    Outcome::Declined { reason }
}

pub(in crate::lobby) fn left(why: Farewell) -> News {
    News::RoomLeft(why)
}

pub(in crate::lobby) fn last_left(name: &str) -> News {
    left(Farewell::LastLeft { name: name.to_owned() })
}

pub(in crate::lobby) fn last_lost(name: &str) -> News {
    left(Farewell::LastLost { name: name.to_owned() })
}

pub(in crate::lobby) fn nobody_came(name: &str, outcome: Outcome) -> News {
    left(Farewell::NobodyCame { name: name.to_owned(), outcome })
}

pub(in crate::lobby) fn error(code: ErrorCode) -> News {
    News::Error(code)
}

/// What people in stories say; who is meant, they name.
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
    Show(Media),
    Signal(&'a str),
    Leave,
    Goodbye,
    Ping,
}

pub(in crate::lobby) fn signal() -> Signal {
    Signal::Description(Description { kind: DescriptionKind::Offer, sdp: "v=0".to_owned() })
}
