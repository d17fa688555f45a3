//! Stories of one who wants more than a share: of places, of rings, of the others' time.

use super::*;
use std::net::{IpAddr, Ipv6Addr};

const CROWDED: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 9, 0, 1));
const REFUSED: News = News::Error(ErrorCode::TooManyFromAddress);

/// A small house, so that few fill it.
fn small_house() -> Home {
    Home::by(Rules { people: 20, people_per_prefix: 8, ..Rules::default() }, ["ann"])
}

/// Somebody at one address says hello and drops the connection, 161 times a second.
#[test]
fn hello_and_drop_fills_no_lobby() {
    let mut home = small_house();
    for n in 0..161 {
        let guest = format!("guest {n}");
        home.comes_from(&guest, CROWDED).anyway();
        if home.is_connected(&guest) {
            home.loses(&guest).anyway();
        }
        home.wait(SECOND / 161).anyway();
    }
    assert_eq!(home.lobby.counts().people, 1, "nobody is waited for who only just came");
    home.comes("bob").expect([to("bob", welcome("bob"))]);
}

#[test]
fn who_stays_a_little_fills_no_lobby_either() {
    let mut home = small_house();
    for n in 0..30 {
        let guest = format!("guest {n}");
        home.comes_from(&guest, CROWDED).anyway();
        if home.is_connected(&guest) {
            home.wait(4 * SECOND).anyway();
            home.loses(&guest).anyway();
        }
    }
    assert!(home.lobby.counts().people <= 1 + 8, "places that are kept are counted");
    home.comes("bob").expect([to("bob", welcome("bob"))]);
}

#[test]
fn a_place_given_back_can_be_taken_again() {
    let mut home = small_house();
    let guests: Vec<String> = (0..8).map(|n| format!("guest {n}")).collect();
    for guest in &guests {
        home.comes_from(guest, CROWDED).expect([to(guest, welcome(guest))]);
    }
    home.wait(120 * SECOND).anyway();
    home.comes_from("one more", CROWDED).expect([to("one more", REFUSED)]);
    home.says("guest 3", Say::Goodbye).anyway();
    home.comes_from("one more", CROWDED).expect([to("one more", welcome("one more"))]);
}

#[test]
fn who_comes_and_goes_all_the_time_has_to_wait() {
    let mut home = small_house();
    let come = |home: &mut Home, n: u32| {
        let guest = format!("guest {n}");
        let in_time = home.comes_from(&guest, CROWDED).count(|news| *news == REFUSED) == 0;
        if in_time {
            home.says(&guest, Say::Goodbye).anyway();
        }
        in_time
    };
    assert_eq!((0..50).filter(|&n| come(&mut home, n)).count(), 8, "so many at once");
    home.wait(15 * SECOND).anyway();
    assert_eq!((50..99).filter(|&n| come(&mut home, n)).count(), 1, "and one more after a while");
}

/// After a restart of the box all pages of a school come back within a second.
#[test]
fn who_brings_a_token_is_not_held_up() {
    let mut home = small_house();
    let guests: Vec<String> = (0..8).map(|n| format!("guest {n}")).collect();
    for guest in &guests {
        home.comes_from(guest, CROWDED).anyway();
    }
    for _ in 0..3 {
        home.restarts();
        for guest in &guests {
            home.returns(guest).expect([to(guest, welcome_back(guest))]);
        }
    }
}

/// But tokens that were collected give no more places than there are.
#[test]
fn tokens_that_were_collected_fill_no_lobby() {
    let mut home = small_house();
    let guests: Vec<String> = (0..16).map(|n| format!("guest {n}")).collect();
    for guest in &guests {
        home.comes_from(guest, CROWDED).anyway();
        home.wait(20 * SECOND).anyway();
        home.says(guest, Say::Goodbye).anyway();
    }
    for guest in &guests[..8] {
        home.returns(guest).anyway();
    }
    home.returns("guest 8").expect([to("guest 8", REFUSED)]);
    // Nor do those that are taken along to another address.
    home.moves_to("guest 0", IpAddr::V4(std::net::Ipv4Addr::new(10, 9, 0, 2)));
    home.returns("guest 0").expect([
        to("another tab", News::TakenOver),
        to("another tab", News::Closed(CloseReason::TakenOver)),
        to("guest 0", welcome_back("guest 0")),
    ]);
    home.returns("guest 8").expect([to("guest 8", REFUSED)]);
}

#[test]
fn one_machine_has_one_share_however_many_addresses_it_has() {
    let mut home = small_house();
    let address = |network: u128, host: u128| IpAddr::from(Ipv6Addr::from_bits((network << 64) | host));
    for n in 0..8 {
        let guest = format!("guest {n}");
        home.comes_from(&guest, address(0xfd77, n)).expect([to(&guest, welcome(&guest))]);
    }
    home.comes_from("eve", address(0xfd77, 99)).expect([to("eve", REFUSED)]);
    home.comes_from("bob", address(0xfd78, 99)).expect([to("bob", welcome("bob"))]);
}

/// Whom somebody waits for, or who waits for somebody, is waited for.
#[test]
fn who_only_just_came_and_is_in_a_call_is_waited_for() {
    let mut home = Home::with(["ann", "bob"]);
    for guest in ["carol", "dave", "eve", "frank"] {
        home.comes(guest).anyway();
    }
    home.says("ann", Say::Invite("carol")).anyway();
    home.says("dave", Say::Invite("bob")).anyway();
    home.says("eve", Say::Knock("dave")).anyway();
    for guest in ["carol", "dave", "eve", "frank"] {
        home.loses(guest).anyway();
    }
    let here = |who| home.lobby.people.contains_key(&home.id(who));
    assert_eq!(["carol", "dave", "eve", "frank"].map(here), [true, true, true, false]);
}

/// However many of one address stand before a door, another finds a place there.
#[test]
fn one_address_does_not_fill_the_doorstep() {
    let mut home = call_among(["ann", "bob", "carol"]);
    let guests: Vec<String> = (0..32).map(|n| format!("guest {n}")).collect();
    let mut heard = Vec::new();
    for guest in &guests {
        home.comes_from(guest, CROWDED).anyway();
        heard.push(home.says(guest, Say::Knock("ann")).count(|news| *news == REFUSED));
    }
    home.says("carol", Say::Knock("ann")).expect([to("carol", News::KnockSent)]);
    assert_eq!(heard, [[0; 24].as_slice(), &[1; 8]].concat());
}

#[test]
fn no_more_prefixes_are_remembered_than_twice_the_places() {
    let mut home = small_house();
    for n in 0..200u32 {
        let guest = format!("guest {n}");
        home.comes(&guest).anyway();
        home.says(&guest, Say::Goodbye).anyway();
        assert!(home.lobby.quotas.len() <= 2 * 20);
    }
}

/// A full room, and the connections of its members.
fn full_room() -> (Home, Vec<ConnectionId>) {
    let names: Vec<String> = (0..31).map(|n| format!("guest {n}")).collect();
    let mut home = Home::with(["ann"]);
    for name in &names {
        home.comes(name).anyway();
        joins(&mut home, name, "ann");
    }
    home.wait(SECOND).anyway();
    let members = home.lobby.people.values().filter_map(|person| person.connection()).collect();
    (home, members)
}

/// What the lobby says to pages, and how many tokens it makes, when all say these at once, and then time goes by.
fn cost(home: &mut Home, members: &[ConnectionId], says: impl Fn(u32) -> ClientMessage) -> (usize, usize) {
    let (written, now, mut sent) = (home.lobby.mint.written.get(), home.now(), 0);
    let is_room =
        |effect: &Effect| matches!(effect, Effect::Send { message: ServerMessage::Room { .. }, .. });
    for n in 0..200 {
        for from in members {
            let effects = home.lobby.handle(now, Event::Said { from: *from, message: says(n) });
            sent += effects.iter().filter(|effect| is_room(effect)).count();
        }
    }
    let effects = home.lobby.handle(now + SECOND, Event::Tick);
    sent += effects.iter().filter(|effect| is_room(effect)).count();
    (sent, home.lobby.mint.written.get() - written)
}

/// Everybody mutes and unmutes 200 times at once: 198,400 messages, if each were told to each.
#[test]
fn what_members_show_is_gathered_and_makes_no_token() {
    let (mut home, members) = full_room();
    let show = |n: u32| ClientMessage::SetMedia {
        media: Media { microphone: n.is_multiple_of(2), ..Media::default() },
    };
    assert_eq!(cost(&mut home, &members, show), (2 * 32, 0), "the first at once, the others together");
}

#[test]
fn new_names_in_a_room_are_gathered() {
    let (mut home, members) = full_room();
    let rename = |n: u32| ClientMessage::Rename { name: format!("guest {}", n % 7) };
    assert_eq!(cost(&mut home, &members, rename), (2 * 32, 0));
}

#[test]
fn locking_and_unlocking_is_gathered() {
    let (mut home, _) = full_room();
    let ann = home.lobby.people[&home.id("ann")].connection().expect("is connected");
    let lock = |n: u32| ClientMessage::Lock { locked: n.is_multiple_of(2) };
    assert_eq!(cost(&mut home, &[ann], lock), (2 * 32, 2 * 32), "a token says whether the room is locked");
}

const WAIT: News = News::Error(ErrorCode::RingWait);

/// Rings and cancels, as often as it is let, and how often that is.
fn rings(home: &mut Home, who: &str, whom: &str, times: usize) -> usize {
    let ring = |_: &usize| {
        let refused = home.says(who, Say::Invite(whom)).count(|news| *news == WAIT) > 0;
        if !refused {
            home.says(who, Say::Cancel(whom)).anyway();
        }
        !refused
    };
    (0..times).filter(ring).count()
}

#[test]
fn nobody_rings_at_somebody_all_the_time() {
    let mut home = Home::with(["ann", "bob", "carol"]);
    assert_eq!(rings(&mut home, "ann", "bob", 100), 20);
    home.wait(3 * SECOND).anyway();
    assert_eq!(rings(&mut home, "ann", "bob", 100), 1, "and then now and then");
    assert_eq!(rings(&mut home, "carol", "bob", 1), 1, "others may");
}

#[test]
fn coming_back_as_somebody_else_does_not_help() {
    let mut home = Home::with(["bob"]);
    let mut rung = 0;
    for n in 0..30 {
        let guest = format!("guest {n}");
        home.comes_from(&guest, CROWDED).anyway();
        rung += rings(&mut home, &guest, "bob", 5);
        home.says(&guest, Say::Goodbye).anyway();
    }
    assert_eq!(rung, 20);
}

#[test]
fn a_class_can_be_called_at_once() {
    let mut home = Home::by(Rules { room_capacity: 64, ..Rules::default() }, ["ann"]);
    let pupils: Vec<String> = (0..45).map(|n| format!("pupil {n}")).collect();
    let mut called = 0;
    for pupil in &pupils {
        home.comes(pupil).anyway();
        called += rings(&mut home, "ann", pupil, 1);
    }
    assert_eq!(called, 40);
}

const TOO_OFTEN: News = News::Error(ErrorCode::TooOften);

/// Knocks and goes away, as often as it is let, and how often that is.
fn knocks(home: &mut Home, who: &str, whom: &str, times: usize) -> usize {
    let knock = |_: &usize| {
        let refused = home.says(who, Say::Knock(whom)).count(|news| *news == TOO_OFTEN) > 0;
        if !refused {
            home.says(who, Say::Withdraw).anyway();
        }
        !refused
    };
    (0..times).filter(knock).count()
}

/// Each knock is told to every member, and makes a sound there.
#[test]
fn nobody_knocks_all_the_time() {
    let mut home = call_among(["ann", "bob", "carol", "dora"]);
    assert_eq!(knocks(&mut home, "carol", "ann", 100), 20);
    home.wait(2 * SECOND).anyway();
    assert_eq!(knocks(&mut home, "carol", "ann", 100), 1, "and then now and then");
    assert_eq!(knocks(&mut home, "dora", "ann", 1), 1, "others may");
}

#[test]
fn knocking_as_somebody_else_does_not_help() {
    let mut home = small_house();
    home.comes("bob").anyway();
    home.says("ann", Say::Invite("bob")).anyway();
    home.says("bob", Say::Accept("ann")).anyway();
    let mut knocked = 0;
    for n in 0..8 {
        let guest = format!("guest {n}");
        home.comes_from(&guest, CROWDED).anyway();
        knocked += knocks(&mut home, &guest, "ann", 30);
        home.says(&guest, Say::Goodbye).anyway();
    }
    assert_eq!(knocked, 32, "four for each place of the address");
}

#[test]
fn nobody_takes_another_name_all_the_time() {
    let mut home = Home::with(["ann", "bob"]);
    let renamed = |home: &mut Home, who: &str| {
        let renames = |n: &u32| {
            let name = format!("guest {}", n % 7);
            home.says(who, Say::Rename(&name)).count(|news| *news == TOO_OFTEN) == 0
        };
        (0..100).filter(renames).count()
    };
    assert_eq!(renamed(&mut home, "ann"), 20);
    home.wait(2 * SECOND).anyway();
    assert_eq!(renamed(&mut home, "ann"), 1);
    assert_eq!(renamed(&mut home, "bob"), 20);
}

/// Fresh tabs each keep somebody from ringing, and go.
#[test]
fn what_those_who_left_kept_from_ringing_is_forgotten_in_time() {
    let mut home = Home::with(["ann", "bob"]);
    home.says("bob", Say::Quiet("ann", true)).anyway();
    home.says("bob", Say::Goodbye).anyway();
    for n in 0..100 {
        let guest = format!("guest {n}");
        home.comes_from(&guest, CROWDED).anyway();
        home.says(&guest, Say::Quiet("ann", true)).anyway();
        home.says(&guest, Say::Goodbye).anyway();
    }
    assert_eq!(home.lobby.quiets.len(), 16 + 1, "16 of one address, and what others said stays");
    home.returns("bob").anyway();
    home.says("ann", Say::Invite("bob")).expect([]);
}

#[test]
fn who_is_kept_from_ringing_does_not_notice_and_the_callee_does_not_hear() {
    let mut home = Home::with(["ann", "bob", "carol"]);
    home.says("ann", Say::Invite("bob")).expect([to("bob", ring("ann", &["ann"]))]);
    home.says("bob", Say::Quiet("ann", true))
        .expect([to("bob", ended("ann", declined(None))), to("bob", News::Quiet(vec!["ann".into()]))]);
    assert_eq!(home.invited("ann"), [("bob", Progress::Ringing)]);
    home.wait(30 * SECOND)
        .expect([to("ann", ended("bob", Outcome::Expired)), to("ann", nobody_came("bob", Outcome::Expired))]);
    home.says("ann", Say::Invite("bob")).expect([]);
    assert_eq!(home.invited("ann"), [("bob", Progress::Ringing)]);
    home.says("ann", Say::Cancel("bob")).anyway();
    home.says("carol", Say::Invite("bob")).expect([to("bob", ring("carol", &["carol"]))]);
}

#[test]
fn it_outlasts_coming_back_and_ends_by_the_callee_or_after_an_hour() {
    let mut home = Home::with(["bob"]);
    home.comes_from("ann", CROWDED).anyway();
    home.says("bob", Say::Quiet("ann", true)).expect([to("bob", News::Quiet(vec!["ann".into()]))]);
    home.loses("bob").anyway();
    home.returns("bob").expect([to("bob", welcome_back("bob")), to("bob", News::Quiet(vec!["ann".into()]))]);
    home.says("ann", Say::Goodbye).anyway();
    home.returns("ann").anyway();
    home.says("ann", Say::Invite("bob")).expect([]);
    home.says("ann", Say::Goodbye).anyway();
    // As somebody new, with the old name.
    home.comes_from("ann", CROWDED).anyway();
    home.says("ann", Say::Invite("bob")).expect([]);
    home.says("ann", Say::Cancel("bob")).anyway();
    home.says("ann", Say::Quiet("bob", false)).expect([]);
    home.says("ann", Say::Invite("bob")).expect([]);
    home.says("ann", Say::Cancel("bob")).anyway();
    let hour = 3600 * SECOND;
    home.wait(hour - SECOND).expect([]);
    home.wait(SECOND).expect([to("bob", News::Quiet(vec![]))]);
    home.says("ann", Say::Invite("bob")).expect([to("bob", ring("ann", &["ann"]))]);
    home.says("ann", Say::Cancel("bob")).anyway();
    home.says("bob", Say::Quiet("ann", true)).anyway();
    home.says("bob", Say::Quiet("ann", false)).expect([to("bob", News::Quiet(vec![]))]);
    home.says("ann", Say::Invite("bob")).expect([to("bob", ring("ann", &["ann"]))]);
}

/// Each return has the whole list told, whether the page is still connected or has said goodbye.
#[test]
fn nobody_comes_back_all_the_time() {
    for says_goodbye in [false, true] {
        let mut home = small_house();
        home.comes_from("eve", CROWDED).anyway();
        let returned = (0..100).filter(|_| {
            if says_goodbye && home.is_connected("eve") {
                home.says("eve", Say::Goodbye).anyway();
            }
            home.returns("eve").count(|news| *news == REFUSED) == 0
        });
        assert_eq!(returned.count(), 4 * 8, "goodbye: {says_goodbye}");
        assert_eq!(home.returns("ann").count(|news| matches!(news, News::Welcome { .. })), 1, "others do");
    }
}

#[test]
fn another_name_at_each_return_is_another_name() {
    let mut home = Home::with(["ann", "bob"]);
    for n in 0..100 {
        home.returns_as("bob", &format!("guest {}", n % 7)).anyway();
    }
    home.wait(SECOND).anyway();
    let name = home.seen("ann", "bob").map(|person| person.name.clone());
    assert_eq!(name.as_deref(), Some("guest 5"), "the twentieth is the last");
}
