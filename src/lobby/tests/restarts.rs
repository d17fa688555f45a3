//! Scenarios of what a restart of the server does not end.

use super::*;

#[test]
fn a_call_outlasts_a_restart_of_the_box() {
    let mut harness = call_among(["ann", "bob", "carol"]);
    joins(&mut harness, "carol", "bob");
    harness.says("ann", Say::Lock(true)).ignore();
    harness.wait(SECOND).ignore();
    let ids = ["ann", "bob", "carol"].map(|who| harness.id(who));
    let room = harness.view("ann").expect("in the call").id;
    harness.restarts();
    harness.wait(SECOND).expect([]);
    harness.returns("carol").expect([to("carol", welcome_back("carol"))]);
    assert_eq!((harness.room("carol"), harness.host("carol")), (vec!["carol"], "carol"));
    harness.returns("ann").expect([to("ann", welcome_back("ann"))]);
    assert_eq!((harness.room("carol"), harness.host("carol")), (vec!["ann", "carol"], "ann"));
    harness.returns("bob").expect([to("bob", welcome_back("bob"))]);
    assert_eq!(harness.room("ann"), ["ann", "bob", "carol"]);
    assert_eq!(["ann", "bob", "carol"].map(|who| harness.id(who)), ids);
    assert_eq!(harness.view("ann").map(|room| (room.id, room.locked)), Some((room, true)));
}

#[test]
fn a_call_outlasts_two_restarts() {
    let mut harness = call_among(["ann", "bob"]);
    for _ in 0..2 {
        harness.restarts();
        harness.returns("bob").expect([to("bob", welcome_back("bob"))]);
        harness.returns("ann").expect([to("ann", welcome_back("ann"))]);
        assert_eq!((harness.room("bob"), harness.host("bob")), (vec!["ann", "bob"], "ann"));
    }
}

#[test]
fn who_waits_alone_after_a_restart_waits_only_so_long() {
    let mut harness = call_among(["ann", "bob"]);
    harness.restarts();
    harness.wait(5 * SECOND).expect([]);
    harness.returns("ann").expect([to("ann", welcome_back("ann"))]);
    harness.wait(24 * SECOND).expect([]);
    assert_eq!(harness.room("ann"), ["ann"]);
    harness.wait(SECOND).expect([to("ann", left(RoomEndReason::Interrupted))]);
    harness.returns("bob").expect([to("bob", welcome("bob")), to("bob", left(RoomEndReason::Interrupted))]);
}

#[test]
fn when_all_are_back_the_rules_are_as_ever() {
    let mut harness = call_among(["ann", "bob"]);
    harness.restarts();
    harness.returns("ann").ignore();
    harness.returns("bob").ignore();
    harness
        .says("bob", Say::Leave)
        .expect([to("bob", left(RoomEndReason::Left)), to("ann", last_left("bob"))]);
}

#[test]
fn who_was_calling_is_told_that_it_rings_no_more() {
    let mut harness = LobbyHarness::with(["ann", "bob"]);
    harness.says("ann", Say::Invite("bob")).ignore();
    harness.restarts();
    harness
        .returns("ann")
        .expect([to("ann", welcome_back("ann")), to("ann", left(RoomEndReason::Interrupted))]);
    harness.returns("bob").expect([to("bob", welcome_back("bob"))]);
}

#[test]
fn who_was_put_out_before_a_restart_stays_out() {
    for order in [["carol", "ann", "bob"], ["ann", "carol", "bob"], ["ann", "bob", "carol"]] {
        let mut harness = call_among(["ann", "bob", "carol"]);
        joins(&mut harness, "carol", "ann");
        let inside = harness.tokens("carol").len() - 1;
        harness.says("ann", Say::Remove("carol")).ignore();
        harness.restarts();
        for who in order {
            if who == "carol" {
                harness.returns_with(who, inside).ignore()
            } else {
                harness.returns(who).ignore()
            };
        }
        assert_eq!(harness.room("carol"), [""; 0], "{order:?}");
        assert_eq!(harness.room("ann"), ["ann", "bob"], "{order:?}");
    }
}

#[test]
fn who_was_put_out_before_two_restarts_stays_out() {
    let mut harness = call_among(["ann", "bob", "carol"]);
    joins(&mut harness, "carol", "ann");
    let inside = harness.tokens("carol").len() - 1;
    harness.says("ann", Say::Remove("carol")).ignore();
    for _ in 0..2 {
        harness.restarts();
        harness.returns("ann").ignore();
        harness.returns("bob").ignore();
    }
    harness.restarts();
    harness.returns("ann").ignore();
    harness
        .returns_with("carol", inside)
        .expect([to("carol", welcome_back("carol")), to("carol", left(RoomEndReason::Interrupted))]);
    assert_eq!(harness.room("ann"), ["ann"]);
}

#[test]
fn only_rooms_of_before_the_restart_form_again() {
    let mut harness = call_among(["ann", "bob"]);
    let inside = harness.tokens("bob").len() - 1;
    harness.says("ann", Say::Goodbye).ignore();
    harness.says("bob", Say::Goodbye).ignore();
    harness
        .returns_with("bob", inside)
        .expect([to("bob", welcome("bob")), to("bob", left(RoomEndReason::Interrupted))]);
}

#[test]
fn who_comes_into_a_room_that_formed_again_comes_last() {
    let mut harness = LobbyHarness::with(["dave", "ann", "bob", "carol"]);
    joins(&mut harness, "bob", "ann");
    joins(&mut harness, "carol", "ann");
    harness.says("ann", Say::Leave).ignore();
    harness.restarts();
    for who in ["carol", "bob", "dave"] {
        harness.returns(who).ignore();
    }
    joins(&mut harness, "dave", "bob");
    assert_eq!(harness.room("bob"), ["bob", "carol", "dave"]);
}

#[test]
fn who_comes_back_and_leaves_has_left() {
    let mut harness = call_among(["ann", "bob", "carol"]);
    joins(&mut harness, "carol", "ann");
    harness.restarts();
    let before = harness.tokens("ann").len() - 1;
    harness.returns("ann").ignore();
    harness.returns("bob").ignore();
    harness.says("ann", Say::Goodbye).ignore();
    harness
        .returns_with("ann", before)
        .expect([to("ann", welcome_back("ann")), to("ann", left(RoomEndReason::Interrupted))]);
    // But Carol, who has not, is one of them yet.
    harness.returns("carol").expect([to("carol", welcome_back("carol"))]);
    assert_eq!(harness.room("carol"), ["bob", "carol"]);
}

#[test]
fn seats_are_kept_for_those_who_come_back() {
    let rules = Rules { room_capacity: 2, ..Rules::default() };
    let mut harness = LobbyHarness::by(rules, ["ann", "bob", "carol"]);
    joins(&mut harness, "bob", "ann");
    harness.restarts();
    harness.comes("carol").ignore();
    harness.returns("ann").ignore();
    harness.says("ann", Say::Invite("carol")).expect([to("ann", error(ErrorCode::RoomFull))]);
    harness.returns("bob").ignore();
    assert_eq!(harness.room("ann"), ["ann", "bob"]);
}

#[test]
fn a_room_that_has_grown_smaller_takes_as_many_back_as_fit() {
    let mut harness = call_among(["ann", "bob", "carol"]);
    joins(&mut harness, "carol", "ann");
    harness.rules.room_capacity = 2;
    harness.restarts();
    harness.returns("ann").ignore();
    harness.returns("bob").ignore();
    harness
        .returns("carol")
        .expect([to("carol", welcome_back("carol")), to("carol", left(RoomEndReason::Interrupted))]);
    assert_eq!(harness.room("ann"), ["ann", "bob"]);
}

#[test]
fn long_after_a_restart_one_is_the_same_person_in_no_room() {
    let mut harness = call_among(["ann", "bob"]);
    let ann = harness.id("ann");
    harness.restarts();
    harness.wait(30 * SECOND).expect([]);
    harness.returns("ann").expect([to("ann", welcome("ann")), to("ann", left(RoomEndReason::Interrupted))]);
    assert_eq!(harness.id("ann"), ann);
}

#[test]
fn a_number_that_somebody_else_got_is_theirs() {
    let mut harness = LobbyHarness::with(["ann"]);
    let ann = harness.id("ann");
    harness.restarts();
    // The seed of the second run, put where the first was.
    harness.lobby.next_id = ann.0;
    harness.comes("eve").ignore();
    assert_eq!(harness.id("eve"), ann);
    harness.returns("ann").expect([to("ann", welcome("ann"))]);
    assert_ne!(harness.id("ann"), ann);
}
