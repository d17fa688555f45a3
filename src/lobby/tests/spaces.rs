//! Lobbies that share a relay, and so their ids: whatever is said in one, another does and hears the same.

use super::super::harness::identity;
use super::super::*;
use crate::ids::{InvitationId, KnockId};
use crate::protocol::{Candidate, Signal};
use crate::relay::{Source, Tile};
use proptest::prelude::*;
use std::net::Ipv4Addr;

const SECOND: Duration = Duration::from_secs(1);
const PAGES: u64 = 4;
const SECRETS: [[u8; 32]; 2] = [[7; 32], [8; 32]];

fn lobby(space: u64, ids: &IdRegistry, now: Instant) -> Lobby {
    let rules = Rules { people: 3, room_capacity: 3, ..Rules::default() };
    let seed = 1_000_000 * (1 + space as u32);
    Lobby::new(rules, identity(), SECRETS[space as usize], seed, now).in_space(SpaceId(space), ids.clone())
}

/// What is known of a space by what was heard there.
#[derive(Default)]
struct Known {
    numbers: Vec<u32>,
    tokens: Vec<String>,
}

impl Known {
    fn learn(&mut self, effects: &[Effect]) {
        for effect in effects {
            match effect {
                Effect::Send { message, .. } => match message {
                    ServerMessage::Welcome { you, token, .. } => {
                        self.numbers.push(you.0);
                        self.tokens.push(token.clone());
                    }
                    ServerMessage::Ring { invitation, .. } => self.numbers.push(invitation.0),
                    ServerMessage::KnockSent { knock, .. } => self.numbers.push(knock.0),
                    ServerMessage::Room { room, token } => {
                        self.numbers.push(room.id.0);
                        self.tokens.push(token.clone());
                    }
                    _ => {}
                },
                Effect::Command { command: Command::Join { room, .. }, .. } => self.numbers.push(room.0),
                _ => {}
            }
        }
    }
}

/// One thing that a page of a space does. Numbers choose among what is known there, or, if it is `foreign`,
/// in the other space.
#[derive(Clone, Debug)]
struct Act {
    space: usize,
    page: u64,
    what: usize,
    number: usize,
    foreign: bool,
    wait: u64,
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = (0..2usize, 0..PAGES, 0..18usize, 0..6usize, any::<bool>(), 0..2_000u64).prop_map(
        |(space, page, what, number, foreign, wait)| Act { space, page, what, number, foreign, wait },
    );
    prop::collection::vec(act, 1..150)
}

fn input(act: &Act, known: &Known) -> Input {
    let from = ConnectionId(act.page);
    let recent = known.numbers.len().checked_sub(1 + act.number).map_or(0, |at| known.numbers[at]);
    let token = known.tokens.len().checked_sub(1 + act.number).map(|at| known.tokens[at].clone());
    let name = format!("Page {} of {}", act.page, act.space);
    let (person, invitation, knock) = (PersonId(recent), InvitationId(recent), KnockId(recent));
    let tile = Tile { person, source: Source::Camera, width: 1, pinned: false };
    let candidate = Candidate {
        candidate: String::new(),
        sdp_mid: None,
        sdp_m_line_index: None,
        username_fragment: None,
    };
    let message = match act.what {
        0 => {
            let via = Ipv4Addr::LOCALHOST.into();
            let prefix = ClientPrefix(Ipv4Addr::from_bits(act.page as u32).into());
            return Input::Connected { connection: from, from: prefix, via };
        }
        1 => return Input::Disconnected { connection: from },
        2..5 => ClientMessage::Hello {
            name,
            token: token.filter(|_| act.what > 2).map(Into::into),
            pin: None,
            pass: None,
            device: None,
        },
        5..8 => ClientMessage::Invite { to: person },
        8 => ClientMessage::Accept { invitation },
        9 => ClientMessage::BringHere { invitation },
        10 => ClientMessage::Decline { invitation, reason: None },
        11 => ClientMessage::Knock { room: RoomId(recent) },
        12 => ClientMessage::Admit { knock },
        13 => ClientMessage::Signal { to: person, signal: Signal::Candidate(candidate) },
        14 => ClientMessage::Remove { member: person },
        15 => ClientMessage::SetTiles { tiles: vec![tile] },
        16 => ClientMessage::Cancel { invitation },
        _ => ClientMessage::Leave,
    };
    Input::Received { from, message }
}

/// The same input for a page that knows nothing of another space: what was a token there is none here.
fn without_foreign_token(input: &Input, foreign: bool) -> Input {
    match input {
        Input::Received { from, message: ClientMessage::Hello { name, token: Some(_), .. } } if foreign => {
            let token = Some("nonsense".to_owned());
            let message = ClientMessage::Hello {
                name: name.clone(),
                token: token.map(Into::into),
                pin: None,
                pass: None,
                device: None,
            };
            Input::Received { from: *from, message }
        }
        input => input.clone(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_space_does_the_same_whatever_is_done_and_known_in_another(acts in acts()) {
        #[expect(clippy::disallowed_methods, reason = "any moment will do to start from")]
        let start = Instant::now();
        let ids = IdRegistry::default();
        let mut lobbies = [lobby(0, &ids, start), lobby(1, &ids, start)];
        let mut alone = [lobby(0, &IdRegistry::default(), start), lobby(1, &IdRegistry::default(), start)];
        let mut known = [Known::default(), Known::default()];
        let mut now = start;
        for act in &acts {
            now += Duration::from_millis(act.wait);
            let source = if act.foreign { 1 - act.space } else { act.space };
            let input = input(act, &known[source]);
            let effects = lobbies[act.space].handle(now, input.clone());
            let expected = alone[act.space].handle(now, without_foreign_token(&input, act.foreign));
            prop_assert_eq!(&effects, &expected);
            prop_assert!(lobbies[act.space].people().eq(alone[act.space].people()), "the same list");
            known[act.space].learn(&effects);
            // The relay knows whose everybody is.
            for effect in &effects {
                if let Effect::Command { member, command: Command::Join { room, .. } } = effect {
                    let space = Some(SpaceId(act.space as u64));
                    prop_assert_eq!([ids.space_of(member.0), ids.space_of(room.0)], [space, space]);
                }
            }
        }
        for lobby in &mut lobbies {
            lobby.dissolve(now);
        }
        prop_assert_eq!(ids.count(), 0, "no id is in use for nothing");
    }
}

#[test]
fn ids_are_of_one_space_at_a_time() {
    #[expect(clippy::disallowed_methods, reason = "any moment will do to start from")]
    let now = Instant::now();
    let ids = IdRegistry::default();
    let mut lobby = lobby(0, &ids, now);
    for id in [1_000_000, 1_000_001, 1_000_003] {
        assert!(ids.claim(id, SpaceId(1)));
    }
    for page in 0..2 {
        let connection = ConnectionId(page);
        let [from, via] = [page as u32, 1].map(|n| IpAddr::from(Ipv4Addr::from_bits(n)));
        lobby.handle(now, Input::Connected { connection, from: ClientPrefix(from), via });
        let message =
            ClientMessage::Hello { name: "Ann".into(), token: None, pin: None, pass: None, device: None };
        lobby.handle(now, Input::Received { from: connection, message });
    }
    let people: Vec<u32> = lobby.people().map(|person| person.id.0).collect();
    assert_eq!(people, [1_000_002, 1_000_004]);
    assert_eq!(ids.space_of(1_000_003), Some(SpaceId(1)));
    lobby.dissolve(now + SECOND);
    assert_eq!((ids.space_of(1_000_002), ids.count()), (None, 3));
}
