//! Property tests: whatever pages say, in whatever order, the invariants hold.
//!
//! [`LobbyHarness`] checks them after every input; here events only have to happen.

use super::harness::{LobbyHarness, Notice, signal};
use super::*;
use crate::ids::{InvitationId, KnockId};
use crate::protocol::{Availability, DeclineReason, MediaState, Reaction};
use proptest::prelude::*;

const PEOPLE: [&str; 6] = ["ann", "bob", "carol", "dave", "eve", "frank"];

/// Something that happens. Numbers choose among what there is.
#[derive(Clone, Debug)]
enum Act {
    /// Comes as somebody new, or returns with one of the tokens (the newest, if `nth` is 0).
    Connects {
        who: usize,
        nth: usize,
    },
    Loses {
        who: usize,
    },
    Says {
        who: usize,
        what: Verb,
        whom: usize,
        number: usize,
    },
    Waits {
        milliseconds: u64,
    },
    Oversleeps {
        milliseconds: u64,
    },
    Restarts,
}

#[derive(Clone, Copy, Debug)]
enum Verb {
    Rename,
    SetAvailability,
    Invite,
    Ringing,
    Accept,
    BringHere,
    Decline,
    Cancel,
    Knock,
    Withdraw,
    Admit,
    Refuse,
    Lock,
    Remove,
    AskToMute,
    SetMedia,
    SetHand,
    LowerHand,
    React,
    Know,
    Signal,
    Leave,
    Goodbye,
    Hello,
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let who = 0..PEOPLE.len();
    let verb = prop_oneof![
        6 => Just(Verb::Invite),
        6 => Just(Verb::Accept),
        2 => Just(Verb::BringHere),
        2 => Just(Verb::Ringing),
        2 => Just(Verb::Knock),
        2 => Just(Verb::Admit),
        2 => Just(Verb::Signal),
        2 => Just(Verb::SetHand),
        8 => prop::sample::select(vec![
            Verb::Rename, Verb::SetAvailability, Verb::Decline, Verb::Cancel, Verb::Withdraw, Verb::Refuse,
            Verb::Lock, Verb::Remove, Verb::AskToMute, Verb::SetMedia, Verb::LowerHand, Verb::React, Verb::Know, Verb::Leave,
            Verb::Goodbye, Verb::Hello,
        ]),
    ];
    let act = prop_oneof![
        30 => (who.clone(), verb, who.clone(), 0..40usize)
            .prop_map(|(who, what, whom, number)| Act::Says { who, what, whom, number }),
        6 => (who.clone(), prop_oneof![3 => Just(0), 1 => 0..9usize])
            .prop_map(|(who, nth)| Act::Connects { who, nth }),
        3 => who.prop_map(|who| Act::Loses { who }),
        3 => (0..40_000u64).prop_map(|milliseconds| Act::Waits { milliseconds }),
        1 => (0..2_000u64).prop_map(|milliseconds| Act::Oversleeps { milliseconds }),
        1 => Just(Act::Restarts),
    ];
    prop::collection::vec(act, 1..120)
}

fn message(harness: &LobbyHarness, who: &str, what: Verb, whom: &str, number: usize) -> ClientMessage {
    let person = if harness.knows(whom) { harness.id(whom) } else { PersonId(0) };
    // Mostly something recent, now and then something old or never heard of.
    let recent = harness.numbers[harness.numbers.len().saturating_sub(1 + number)];
    let invitation = InvitationId(recent);
    let knock = KnockId(recent);
    let flag = number.is_multiple_of(2);
    match what {
        Verb::Rename => ClientMessage::Rename { name: [whom, "ann", ""][number % 3].to_owned() },
        Verb::SetAvailability => ClientMessage::SetAvailability {
            availability: [Availability::Available, Availability::Away, Availability::DoNotDisturb]
                [number % 3],
        },
        Verb::Invite => ClientMessage::Invite { to: person },
        Verb::Ringing => ClientMessage::Ringing { invitation },
        Verb::Accept => ClientMessage::Accept { invitation },
        Verb::BringHere => ClientMessage::BringHere { invitation },
        Verb::Decline => ClientMessage::Decline { invitation, reason: flag.then_some(DeclineReason::Busy) },
        Verb::Cancel => ClientMessage::Cancel { invitation },
        Verb::Knock => ClientMessage::Knock { room: harness.lobby.room_of(person).unwrap_or(RoomId(recent)) },
        Verb::Withdraw => ClientMessage::Withdraw { knock },
        Verb::Admit => ClientMessage::Admit { knock },
        Verb::Refuse => ClientMessage::Refuse { knock },
        Verb::Lock => ClientMessage::Lock { locked: flag },
        Verb::Remove => ClientMessage::Remove { member: person },
        Verb::AskToMute => ClientMessage::AskToMute { member: person },
        Verb::SetMedia => {
            ClientMessage::SetMedia { media: MediaState { microphone: flag, ..MediaState::default() } }
        }
        Verb::SetHand => ClientMessage::SetHand { raised: flag },
        Verb::LowerHand => ClientMessage::LowerHand { member: person },
        Verb::React => ClientMessage::React { reaction: Reaction::Applause },
        Verb::Know => ClientMessage::Know { person },
        Verb::Signal => ClientMessage::Signal { to: person, signal: signal() },
        Verb::Leave => ClientMessage::Leave,
        Verb::Goodbye => ClientMessage::Goodbye,
        Verb::Hello => {
            let device = harness.device(who).map(Into::into);
            ClientMessage::Hello { name: whom.to_owned(), token: None, pin: None, pass: None, device }
        }
    }
}

fn happens(harness: &mut LobbyHarness, act: &Act) {
    match *act {
        Act::Connects { who, nth } => {
            let who = PEOPLE[who];
            if !harness.knows(who) {
                harness.comes(who).ignore();
            } else {
                let newest = harness.tokens(who).len() - 1;
                harness.returns_with(who, newest.saturating_sub(nth)).ignore();
            }
        }
        Act::Loses { who } if harness.is_connected(PEOPLE[who]) => harness.loses(PEOPLE[who]).ignore(),
        Act::Says { who, what, whom, number } if harness.is_connected(PEOPLE[who]) => {
            let message = message(harness, PEOPLE[who], what, PEOPLE[whom], number);
            harness.says_plainly(PEOPLE[who], message).ignore();
        }
        Act::Loses { .. } | Act::Says { .. } => {} // Nobody there to do it.
        Act::Waits { milliseconds } => harness.wait(Duration::from_millis(milliseconds)).ignore(),
        Act::Oversleeps { milliseconds } => harness.oversleeps(Duration::from_millis(milliseconds)),
        Act::Restarts => harness.restarts(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_the_invariants_hold(
        room_capacity in 1..5usize,
        acts in acts(),
        goodbyes in prop::collection::vec(any::<bool>(), PEOPLE.len()),
    ) {
        let mut harness = LobbyHarness::by(Rules { room_capacity, people: 5, ..Rules::default() }, ["ann", "bob", "carol"]);
        for act in &acts {
            happens(&mut harness, act);
        }

        // Without further events every ring and every knock comes to its end.
        harness.wait(Duration::from_secs(61)).ignore();
        prop_assert_eq!(harness.lobby.counts().invitations + harness.lobby.counts().knocks, 0);
        prop_assert_eq!(harness.lobby.next_deadline(), None);

        // And when everybody has gone, one way or the other, nothing is left.
        for (who, goodbye) in PEOPLE.into_iter().zip(goodbyes) {
            if harness.is_connected(who) {
                if goodbye { harness.says_plainly(who, ClientMessage::Goodbye).ignore() } else { harness.loses(who).ignore() };
            }
        }
        harness.wait(Duration::from_secs(31)).ignore();
        prop_assert_eq!(harness.lobby.counts(), Counts::default());
        prop_assert_eq!(harness.lobby.next_deadline(), None);
    }

    #[test]
    fn whatever_a_name_is_it_can_be_shown(said in "\\PC{0,50}|[\\s\\S]{0,50}") {
        let mut harness = LobbyHarness::with(["ann"]);
        let heard = harness.comes_as("stranger", &said);
        let refused = heard.count(|notice| *notice == Notice::Error(ErrorCode::NameInvalid)) == 1;
        for person in harness.lobby.people() {
            prop_assert!(!person.name.is_empty() && person.name.chars().count() <= 40 + " (2)".len());
            prop_assert!(person.name.trim() == person.name && !person.name.chars().any(char::is_control));
        }
        prop_assert_eq!(harness.lobby.counts().people, if refused { 1 } else { 2 });
    }
}
