//! Scenarios of somebody who takes more than a share: of places, of rings, of other people's time.

use super::*;
use std::net::{IpAddr, Ipv6Addr};

const CROWDED: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 9, 0, 1));
const REFUSED: Notice = Notice::Error(ErrorCode::TooManyFromAddress);

/// A small lobby, so that few fill it.
fn small_lobby() -> LobbyHarness {
    LobbyHarness::by(Rules { people: 20, people_per_prefix: 8, ..Rules::default() }, ["ann"])
}

/// Somebody at one address says hello and drops the connection, 161 times a second.
#[test]
fn hello_and_drop_fills_no_lobby() {
    let mut harness = small_lobby();
    for n in 0..161 {
        let person = format!("person {n}");
        harness.comes_from(&person, CROWDED).ignore();
        if harness.is_connected(&person) {
            harness.loses(&person).ignore();
        }
        harness.wait(SECOND / 161).ignore();
    }
    assert_eq!(harness.lobby.counts().people, 1, "nobody is waited for who only just came");
    harness.comes("bob").expect([to("bob", welcome("bob"))]);
}

#[test]
fn who_stays_a_little_fills_no_lobby_either() {
    let mut harness = small_lobby();
    for n in 0..30 {
        let person = format!("person {n}");
        harness.comes_from(&person, CROWDED).ignore();
        if harness.is_connected(&person) {
            harness.wait(4 * SECOND).ignore();
            harness.loses(&person).ignore();
        }
    }
    assert!(harness.lobby.counts().people <= 1 + 8, "places that are kept are counted");
    harness.comes("bob").expect([to("bob", welcome("bob"))]);
}

#[test]
fn a_place_given_back_can_be_taken_again() {
    let mut harness = small_lobby();
    let people: Vec<String> = (0..8).map(|n| format!("person {n}")).collect();
    for person in &people {
        harness.comes_from(person, CROWDED).expect([to(person, welcome(person))]);
    }
    harness.wait(120 * SECOND).ignore();
    harness.comes_from("one more", CROWDED).expect([to("one more", REFUSED)]);
    harness.says("person 3", Say::Goodbye).ignore();
    harness.comes_from("one more", CROWDED).expect([to("one more", welcome("one more"))]);
}

#[test]
fn who_comes_and_goes_all_the_time_has_to_wait() {
    let mut harness = small_lobby();
    let come = |harness: &mut LobbyHarness, n: u32| {
        let person = format!("person {n}");
        let in_time = harness.comes_from(&person, CROWDED).count(|notice| *notice == REFUSED) == 0;
        if in_time {
            harness.says(&person, Say::Goodbye).ignore();
        }
        in_time
    };
    assert_eq!((0..50).filter(|&n| come(&mut harness, n)).count(), 8, "so many at once");
    harness.wait(15 * SECOND).ignore();
    assert_eq!((50..99).filter(|&n| come(&mut harness, n)).count(), 1, "and one more after a while");
}

/// After a restart of the box all pages of a school come back within a second.
#[test]
fn who_brings_a_token_is_not_held_up() {
    let mut harness = small_lobby();
    let people: Vec<String> = (0..8).map(|n| format!("person {n}")).collect();
    for person in &people {
        harness.comes_from(person, CROWDED).ignore();
    }
    for _ in 0..3 {
        harness.restarts();
        for person in &people {
            harness.returns(person).expect([to(person, welcome_back(person))]);
        }
    }
}

/// But tokens that were collected give no more places than there are.
#[test]
fn tokens_that_were_collected_fill_no_lobby() {
    let mut harness = small_lobby();
    let people: Vec<String> = (0..16).map(|n| format!("person {n}")).collect();
    for person in &people {
        harness.comes_from(person, CROWDED).ignore();
        harness.wait(20 * SECOND).ignore();
        harness.says(person, Say::Goodbye).ignore();
    }
    for person in &people[..8] {
        harness.returns(person).ignore();
    }
    harness.returns("person 8").expect([to("person 8", REFUSED)]);
    // Nor do those that are taken along to another address.
    harness.moves_to("person 0", IpAddr::V4(std::net::Ipv4Addr::new(10, 9, 0, 2)));
    harness.returns("person 0").expect([
        to("another tab", Notice::TakenOver),
        to("another tab", Notice::Closed(CloseReason::TakenOver)),
        to("person 0", welcome_back("person 0")),
    ]);
    harness.returns("person 8").expect([to("person 8", REFUSED)]);
}

#[test]
fn one_machine_has_one_share_however_many_addresses_it_has() {
    let mut harness = small_lobby();
    let address = |network: u128, host: u128| IpAddr::from(Ipv6Addr::from_bits((network << 64) | host));
    for n in 0..8 {
        let person = format!("person {n}");
        harness.comes_from(&person, address(0xfd77, n)).expect([to(&person, welcome(&person))]);
    }
    harness.comes_from("eve", address(0xfd77, 99)).expect([to("eve", REFUSED)]);
    harness.comes_from("bob", address(0xfd78, 99)).expect([to("bob", welcome("bob"))]);
}

/// Whom somebody waits for, or who waits for somebody, is waited for.
#[test]
fn who_only_just_came_and_is_in_a_call_is_waited_for() {
    let mut harness = LobbyHarness::with(["ann", "bob"]);
    for person in ["carol", "dave", "eve", "frank"] {
        harness.comes(person).ignore();
    }
    harness.says("ann", Say::Invite("carol")).ignore();
    harness.says("dave", Say::Invite("bob")).ignore();
    harness.says("eve", Say::Knock("dave")).ignore();
    for person in ["carol", "dave", "eve", "frank"] {
        harness.loses(person).ignore();
    }
    let here = |who| harness.lobby.people.contains_key(&harness.id(who));
    assert_eq!(["carol", "dave", "eve", "frank"].map(here), [true, true, true, false]);
}

/// However many knock from one address, another address finds a place.
#[test]
fn one_address_does_not_take_all_knocks_of_a_room() {
    let mut harness = call_among(["ann", "bob", "carol"]);
    let people: Vec<String> = (0..32).map(|n| format!("person {n}")).collect();
    let mut heard = Vec::new();
    for person in &people {
        harness.comes_from(person, CROWDED).ignore();
        heard.push(harness.says(person, Say::Knock("ann")).count(|notice| *notice == REFUSED));
    }
    harness.says("carol", Say::Knock("ann")).expect([to("carol", Notice::KnockSent)]);
    assert_eq!(heard, [[0; 24].as_slice(), &[1; 8]].concat());
}

#[test]
fn no_more_prefixes_are_remembered_than_twice_the_places() {
    let mut harness = small_lobby();
    for n in 0..200u32 {
        let person = format!("person {n}");
        harness.comes(&person).ignore();
        harness.says(&person, Say::Goodbye).ignore();
        assert!(harness.lobby.quotas.len() <= 2 * 20);
    }
}

/// A full room, and the connections of its members.
fn full_room() -> (LobbyHarness, Vec<ConnectionId>) {
    room_of(32)
}

fn room_of(count: usize) -> (LobbyHarness, Vec<ConnectionId>) {
    let names: Vec<String> = (1..count).map(|n| format!("person {n}")).collect();
    let mut harness = LobbyHarness::with(["ann"]);
    for name in &names {
        harness.comes(name).ignore();
        joins(&mut harness, name, "ann");
    }
    harness.wait(SECOND).ignore();
    let members = harness.lobby.people.values().filter_map(|person| person.connection()).collect();
    (harness, members)
}

/// What the lobby says to pages, and how many tokens it makes, when all say these at once, and then time goes
/// by.
fn cost(
    harness: &mut LobbyHarness,
    members: &[ConnectionId],
    says: impl Fn(u32) -> ClientMessage,
) -> (usize, usize) {
    let (signed, now, mut sent) = (harness.lobby.token_signer.signed.get(), harness.now(), 0);
    let is_room =
        |effect: &Effect| matches!(effect, Effect::Send { message: ServerMessage::Room { .. }, .. });
    for n in 0..200 {
        for from in members {
            let effects = harness.lobby.handle(now, Input::Received { from: *from, message: says(n) });
            sent += effects.iter().filter(|effect| is_room(effect)).count();
        }
    }
    let effects = harness.lobby.handle(now + SECOND, Input::Tick);
    sent += effects.iter().filter(|effect| is_room(effect)).count();
    (sent, harness.lobby.token_signer.signed.get() - signed)
}

/// Everybody mutes and unmutes 200 times at once: 198,400 messages, if each were told to each.
#[test]
fn what_members_show_is_gathered_and_makes_no_token() {
    let (mut harness, members) = full_room();
    let show = |n: u32| ClientMessage::SetMedia {
        media: MediaState { microphone: n.is_multiple_of(2), ..MediaState::default() },
    };
    assert_eq!(cost(&mut harness, &members, show), (2 * 32, 0), "the first at once, the others together");
}

#[test]
fn new_names_in_a_room_are_gathered() {
    let (mut harness, members) = full_room();
    let rename = |n: u32| ClientMessage::Rename { name: format!("person {}", n % 7) };
    assert_eq!(cost(&mut harness, &members, rename), (2 * 32, 0));
}

#[test]
fn locking_and_unlocking_is_gathered() {
    let (mut harness, _) = full_room();
    let ann = harness.lobby.people[&harness.id("ann")].connection().expect("is connected");
    let lock = |n: u32| ClientMessage::Lock { locked: n.is_multiple_of(2) };
    assert_eq!(cost(&mut harness, &[ann], lock), (2 * 32, 2 * 32), "a token says whether the room is locked");
}

/// From here to there and back, which ends one knock for each that begins.
#[test]
fn knocks_on_two_rooms_in_turn_are_gathered() {
    let (mut harness, _) = room_of(31);
    for n in 0..20 {
        harness.comes_from(&format!("outsider {n}"), CROWDED).ignore();
    }
    let outsiders = harness.lobby.people.values().filter(|person| person.room().is_none());
    let outsiders: Vec<_> = outsiders.filter_map(|person| person.connection()).collect();
    harness.comes("carol").ignore();
    harness.comes("dave").ignore();
    joins(&mut harness, "dave", "carol");
    let rooms = ["ann", "carol"].map(|who| harness.view(who).expect("is in a room").id);
    let knock = |n: u32| ClientMessage::Knock { room: rooms[n as usize % 2] };
    assert_eq!(outsiders.len(), 20);
    let (sent, signed) = cost(&mut harness, &outsiders, knock);
    assert!(sent <= (20 + 2) * (31 + 2), "{sent} messages of 400 knocks");
    assert_eq!(signed, 0);
}

const WAIT: Notice = Notice::Error(ErrorCode::RingWait);

/// Rings and cancels, as often as it is let, and how often that is.
fn rings(harness: &mut LobbyHarness, who: &str, whom: &str, times: usize) -> usize {
    let ring = |_: &usize| {
        let refused = harness.says(who, Say::Invite(whom)).count(|notice| *notice == WAIT) > 0;
        if !refused {
            harness.says(who, Say::Cancel(whom)).ignore();
        }
        !refused
    };
    (0..times).filter(ring).count()
}

#[test]
fn nobody_rings_at_somebody_all_the_time() {
    let mut harness = LobbyHarness::with(["ann", "bob", "carol"]);
    assert_eq!(rings(&mut harness, "ann", "bob", 100), 20);
    harness.wait(3 * SECOND).ignore();
    assert_eq!(rings(&mut harness, "ann", "bob", 100), 1, "and then now and then");
    assert_eq!(rings(&mut harness, "carol", "bob", 1), 1, "others may");
}

#[test]
fn coming_back_as_somebody_else_does_not_help() {
    let mut harness = LobbyHarness::with(["bob"]);
    let mut rung = 0;
    for n in 0..30 {
        let person = format!("person {n}");
        harness.comes_from(&person, CROWDED).ignore();
        rung += rings(&mut harness, &person, "bob", 5);
        harness.says(&person, Say::Goodbye).ignore();
    }
    assert_eq!(rung, 20);
}

#[test]
fn a_class_can_be_called_at_once() {
    let mut harness = LobbyHarness::by(Rules { room_capacity: 64, ..Rules::default() }, ["ann"]);
    let pupils: Vec<String> = (0..45).map(|n| format!("pupil {n}")).collect();
    let mut called = 0;
    for pupil in &pupils {
        harness.comes(pupil).ignore();
        called += rings(&mut harness, "ann", pupil, 1);
    }
    assert_eq!(called, 40);
}

const TOO_OFTEN: Notice = Notice::Error(ErrorCode::TooOften);

/// Knocks and goes away, as often as it is let, and how often that is.
fn knocks(harness: &mut LobbyHarness, who: &str, whom: &str, times: usize) -> usize {
    let knock = |_: &usize| {
        let refused = harness.says(who, Say::Knock(whom)).count(|notice| *notice == TOO_OFTEN) > 0;
        if !refused {
            harness.says(who, Say::Withdraw).ignore();
        }
        !refused
    };
    (0..times).filter(knock).count()
}

/// Each knock is told to every member, and makes a sound there.
#[test]
fn nobody_knocks_all_the_time() {
    let mut harness = call_among(["ann", "bob", "carol", "dora"]);
    assert_eq!(knocks(&mut harness, "carol", "ann", 100), 20);
    harness.wait(2 * SECOND).ignore();
    assert_eq!(knocks(&mut harness, "carol", "ann", 100), 1, "and then now and then");
    assert_eq!(knocks(&mut harness, "dora", "ann", 1), 1, "others may");
}

#[test]
fn knocking_as_somebody_else_does_not_help() {
    let mut harness = small_lobby();
    harness.comes("bob").ignore();
    harness.says("ann", Say::Invite("bob")).ignore();
    harness.says("bob", Say::Accept("ann")).ignore();
    let mut knocked = 0;
    for n in 0..8 {
        let person = format!("person {n}");
        harness.comes_from(&person, CROWDED).ignore();
        knocked += knocks(&mut harness, &person, "ann", 30);
        harness.says(&person, Say::Goodbye).ignore();
    }
    assert_eq!(knocked, 32, "four for each place of the address");
}

#[test]
fn nobody_takes_another_name_all_the_time() {
    let mut harness = LobbyHarness::with(["ann", "bob"]);
    let renamed = |harness: &mut LobbyHarness, who: &str| {
        let renames = |n: &u32| {
            let name = format!("person {}", n % 7);
            harness.says(who, Say::Rename(&name)).count(|notice| *notice == TOO_OFTEN) == 0
        };
        (0..100).filter(renames).count()
    };
    assert_eq!(renamed(&mut harness, "ann"), 20);
    harness.wait(2 * SECOND).ignore();
    assert_eq!(renamed(&mut harness, "ann"), 1);
    assert_eq!(renamed(&mut harness, "bob"), 20);
}

/// Fresh tabs each keep somebody from ringing, and go.
#[test]
fn what_those_who_left_kept_from_ringing_is_forgotten_in_time() {
    let mut harness = LobbyHarness::with(["ann", "bob"]);
    harness.says("bob", Say::Quiet("ann", true)).ignore();
    harness.says("bob", Say::Goodbye).ignore();
    for n in 0..100 {
        let person = format!("person {n}");
        harness.comes_from(&person, CROWDED).ignore();
        harness.says(&person, Say::Quiet("ann", true)).ignore();
        harness.says(&person, Say::Goodbye).ignore();
    }
    assert_eq!(harness.lobby.quiets.len(), 16 + 1, "16 of one address, and what others said stays");
    harness.returns("bob").ignore();
    harness.says("ann", Say::Invite("bob")).expect([]);
}

#[test]
fn who_is_kept_from_ringing_does_not_notice_and_the_callee_does_not_hear() {
    let mut harness = LobbyHarness::with(["ann", "bob", "carol"]);
    harness.says("ann", Say::Invite("bob")).expect([to("bob", ring("ann", &["ann"]))]);
    harness
        .says("bob", Say::Quiet("ann", true))
        .expect([to("bob", ended("ann", declined(None))), to("bob", Notice::Quiet(vec!["ann".into()]))]);
    assert_eq!(harness.invited("ann"), [("bob", Progress::Ringing)]);
    harness
        .wait(30 * SECOND)
        .expect([to("ann", ended("bob", Outcome::Expired)), to("ann", nobody_came("bob", Outcome::Expired))]);
    harness.says("ann", Say::Invite("bob")).expect([]);
    assert_eq!(harness.invited("ann"), [("bob", Progress::Ringing)]);
    harness.says("ann", Say::Cancel("bob")).ignore();
    harness.says("carol", Say::Invite("bob")).expect([to("bob", ring("carol", &["carol"]))]);
}

#[test]
fn it_outlasts_coming_back_and_ends_by_the_callee_or_after_an_hour() {
    let mut harness = LobbyHarness::with(["bob"]);
    harness.comes_from("ann", CROWDED).ignore();
    harness.says("bob", Say::Quiet("ann", true)).expect([to("bob", Notice::Quiet(vec!["ann".into()]))]);
    harness.loses("bob").ignore();
    harness
        .returns("bob")
        .expect([to("bob", welcome_back("bob")), to("bob", Notice::Quiet(vec!["ann".into()]))]);
    harness.says("ann", Say::Goodbye).ignore();
    harness.returns("ann").ignore();
    harness.says("ann", Say::Invite("bob")).expect([]);
    harness.says("ann", Say::Goodbye).ignore();
    // As somebody new, with the old name.
    harness.comes_from("ann", CROWDED).ignore();
    harness.says("ann", Say::Invite("bob")).expect([]);
    harness.says("ann", Say::Cancel("bob")).ignore();
    harness.says("ann", Say::Quiet("bob", false)).expect([]);
    harness.says("ann", Say::Invite("bob")).expect([]);
    harness.says("ann", Say::Cancel("bob")).ignore();
    let hour = 3600 * SECOND;
    harness.wait(hour - SECOND).expect([]);
    harness.wait(SECOND).expect([to("bob", Notice::Quiet(vec![]))]);
    harness.says("ann", Say::Invite("bob")).expect([to("bob", ring("ann", &["ann"]))]);
    harness.says("ann", Say::Cancel("bob")).ignore();
    harness.says("bob", Say::Quiet("ann", true)).ignore();
    harness.says("bob", Say::Quiet("ann", false)).expect([to("bob", Notice::Quiet(vec![]))]);
    harness.says("ann", Say::Invite("bob")).expect([to("bob", ring("ann", &["ann"]))]);
}

/// Each return has the whole list told, whether the page is still connected or has said goodbye.
#[test]
fn nobody_comes_back_all_the_time() {
    for says_goodbye in [false, true] {
        let mut harness = small_lobby();
        harness.comes_from("eve", CROWDED).ignore();
        let returned = (0..100).filter(|_| {
            if says_goodbye && harness.is_connected("eve") {
                harness.says("eve", Say::Goodbye).ignore();
            }
            harness.returns("eve").count(|notice| *notice == REFUSED) == 0
        });
        assert_eq!(returned.count(), 4 * 8, "goodbye: {says_goodbye}");
        assert_eq!(
            harness.returns("ann").count(|notice| matches!(notice, Notice::Welcome { .. })),
            1,
            "others do"
        );
    }
}

#[test]
fn another_name_at_each_return_is_another_name() {
    let mut harness = LobbyHarness::with(["ann", "bob"]);
    for n in 0..100 {
        harness.returns_as("bob", &format!("person {}", n % 7)).ignore();
    }
    harness.wait(SECOND).ignore();
    let name = harness.seen("ann", "bob").map(|person| person.name.clone());
    assert_eq!(name.as_deref(), Some("person 5"), "the twentieth is the last");
}
