//! Stories of what a restart of the box does not end.

use super::*;

#[test]
fn a_call_outlasts_a_restart_of_the_box() {
    let mut home = call_among(["ann", "bob", "carol"]);
    joins(&mut home, "carol", "bob");
    home.says("ann", Say::Lock(true)).anyway();
    home.wait(SECOND).anyway();
    let ids = ["ann", "bob", "carol"].map(|who| home.id(who));
    let room = home.view("ann").expect("in the call").id;
    home.restarts();
    home.wait(SECOND).expect([]);
    home.returns("carol").expect([to("carol", welcome_back("carol"))]);
    assert_eq!((home.room("carol"), home.host("carol")), (vec!["carol"], "carol"));
    home.returns("ann").expect([to("ann", welcome_back("ann"))]);
    assert_eq!((home.room("carol"), home.host("carol")), (vec!["ann", "carol"], "ann"));
    home.returns("bob").expect([to("bob", welcome_back("bob"))]);
    assert_eq!(home.room("ann"), ["ann", "bob", "carol"]);
    assert_eq!(["ann", "bob", "carol"].map(|who| home.id(who)), ids);
    assert_eq!(home.view("ann").map(|room| (room.id, room.locked)), Some((room, true)));
}

#[test]
fn a_call_outlasts_two_restarts() {
    let mut home = call_among(["ann", "bob"]);
    for _ in 0..2 {
        home.restarts();
        home.returns("bob").expect([to("bob", welcome_back("bob"))]);
        home.returns("ann").expect([to("ann", welcome_back("ann"))]);
        assert_eq!((home.room("bob"), home.host("bob")), (vec!["ann", "bob"], "ann"));
    }
}

#[test]
fn who_waits_alone_after_a_restart_waits_only_so_long() {
    let mut home = call_among(["ann", "bob"]);
    home.restarts();
    home.wait(5 * SECOND).expect([]);
    home.returns("ann").expect([to("ann", welcome_back("ann"))]);
    home.wait(24 * SECOND).expect([]);
    assert_eq!(home.room("ann"), ["ann"]);
    home.wait(SECOND).expect([to("ann", left(Farewell::Interrupted))]);
    home.returns("bob").expect([to("bob", welcome("bob")), to("bob", left(Farewell::Interrupted))]);
}

#[test]
fn when_all_are_back_the_rules_are_as_ever() {
    let mut home = call_among(["ann", "bob"]);
    home.restarts();
    home.returns("ann").anyway();
    home.returns("bob").anyway();
    home.says("bob", Say::Leave).expect([to("bob", left(Farewell::Left)), to("ann", last_left("bob"))]);
}

#[test]
fn who_was_calling_is_told_that_it_rings_no_more() {
    let mut home = Home::with(["ann", "bob"]);
    home.says("ann", Say::Invite("bob")).anyway();
    home.restarts();
    home.returns("ann").expect([to("ann", welcome_back("ann")), to("ann", left(Farewell::Interrupted))]);
    home.returns("bob").expect([to("bob", welcome_back("bob"))]);
}

#[test]
fn who_was_put_out_before_a_restart_stays_out() {
    for order in [["carol", "ann", "bob"], ["ann", "carol", "bob"], ["ann", "bob", "carol"]] {
        let mut home = call_among(["ann", "bob", "carol"]);
        joins(&mut home, "carol", "ann");
        let inside = home.tokens("carol").len() - 1;
        home.says("ann", Say::Remove("carol")).anyway();
        home.restarts();
        for who in order {
            if who == "carol" {
                home.returns_with(who, inside).anyway()
            } else {
                home.returns(who).anyway()
            };
        }
        assert_eq!(home.room("carol"), [""; 0], "{order:?}");
        assert_eq!(home.room("ann"), ["ann", "bob"], "{order:?}");
    }
}

#[test]
fn who_was_put_out_before_two_restarts_stays_out() {
    let mut home = call_among(["ann", "bob", "carol"]);
    joins(&mut home, "carol", "ann");
    let inside = home.tokens("carol").len() - 1;
    home.says("ann", Say::Remove("carol")).anyway();
    for _ in 0..2 {
        home.restarts();
        home.returns("ann").anyway();
        home.returns("bob").anyway();
    }
    home.restarts();
    home.returns("ann").anyway();
    home.returns_with("carol", inside)
        .expect([to("carol", welcome_back("carol")), to("carol", left(Farewell::Interrupted))]);
    assert_eq!(home.room("ann"), ["ann"]);
}

#[test]
fn only_rooms_of_before_the_restart_form_again() {
    let mut home = call_among(["ann", "bob"]);
    let inside = home.tokens("bob").len() - 1;
    home.says("ann", Say::Goodbye).anyway();
    home.says("bob", Say::Goodbye).anyway();
    home.returns_with("bob", inside)
        .expect([to("bob", welcome("bob")), to("bob", left(Farewell::Interrupted))]);
}

#[test]
fn who_comes_into_a_room_that_formed_again_comes_last() {
    let mut home = Home::with(["dave", "ann", "bob", "carol"]);
    joins(&mut home, "bob", "ann");
    joins(&mut home, "carol", "ann");
    home.says("ann", Say::Leave).anyway();
    home.restarts();
    for who in ["carol", "bob", "dave"] {
        home.returns(who).anyway();
    }
    joins(&mut home, "dave", "bob");
    assert_eq!(home.room("bob"), ["bob", "carol", "dave"]);
}

#[test]
fn who_comes_back_and_leaves_has_left() {
    let mut home = call_among(["ann", "bob", "carol"]);
    joins(&mut home, "carol", "ann");
    home.restarts();
    let before = home.tokens("ann").len() - 1;
    home.returns("ann").anyway();
    home.returns("bob").anyway();
    home.says("ann", Say::Goodbye).anyway();
    home.returns_with("ann", before)
        .expect([to("ann", welcome_back("ann")), to("ann", left(Farewell::Interrupted))]);
    // But Carol, who has not, is one of them yet.
    home.returns("carol").expect([to("carol", welcome_back("carol"))]);
    assert_eq!(home.room("carol"), ["bob", "carol"]);
}

#[test]
fn seats_are_kept_for_those_who_come_back() {
    let rules = Rules { room_capacity: 2, ..Rules::default() };
    let mut home = Home::by(rules, ["ann", "bob", "carol"]);
    joins(&mut home, "bob", "ann");
    home.restarts();
    home.comes("carol").anyway();
    home.returns("ann").anyway();
    home.says("ann", Say::Invite("carol")).expect([to("ann", error(ErrorCode::RoomFull))]);
    home.returns("bob").anyway();
    assert_eq!(home.room("ann"), ["ann", "bob"]);
}

#[test]
fn a_room_that_has_grown_smaller_takes_as_many_back_as_fit() {
    let mut home = call_among(["ann", "bob", "carol"]);
    joins(&mut home, "carol", "ann");
    home.rules.room_capacity = 2;
    home.restarts();
    home.returns("ann").anyway();
    home.returns("bob").anyway();
    home.returns("carol")
        .expect([to("carol", welcome_back("carol")), to("carol", left(Farewell::Interrupted))]);
    assert_eq!(home.room("ann"), ["ann", "bob"]);
}

#[test]
fn long_after_a_restart_one_is_the_same_person_in_no_room() {
    let mut home = call_among(["ann", "bob"]);
    let ann = home.id("ann");
    home.restarts();
    home.wait(30 * SECOND).expect([]);
    home.returns("ann").expect([to("ann", welcome("ann")), to("ann", left(Farewell::Interrupted))]);
    assert_eq!(home.id("ann"), ann);
}

#[test]
fn a_number_that_somebody_else_got_is_theirs() {
    let mut home = Home::with(["ann"]);
    let ann = home.id("ann");
    home.restarts();
    // The seed of the second run, put where the first was.
    home.lobby.next_id = ann.0;
    home.comes("eve").anyway();
    assert_eq!(home.id("eve"), ann);
    home.returns("ann").expect([to("ann", welcome("ann"))]);
    assert_ne!(home.id("ann"), ann);
}
