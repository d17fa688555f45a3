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
