//! Stories of being in a room, and of standing before one.

use super::*;

#[test]
fn the_longest_present_is_host_after_the_host() {
    let mut home = call_among(["ann", "bob", "carol"]);
    joins(&mut home, "carol", "bob");
    home.says("ann", Say::Leave).expect([to("ann", left(Farewell::Left))]);
    assert_eq!(home.host("carol"), "bob");
    joins(&mut home, "ann", "carol");
    assert_eq!((home.room("ann"), home.host("ann")), (vec!["bob", "carol", "ann"], "bob"));
}

#[test]
fn when_one_is_left_the_call_is_over_for_that_one_too() {
    let mut home = call_among(["ann", "bob", "carol"]);
    joins(&mut home, "carol", "ann");
    home.says("ann", Say::Leave).expect([to("ann", left(Farewell::Left))]);
    home.says("carol", Say::Leave).expect([to("carol", left(Farewell::Left)), to("bob", last_left("carol"))]);
    home.says("bob", Say::Leave).expect([]);
}

#[test]
fn the_place_of_a_lost_member_is_kept_and_then_not() {
    let mut home = call_among(["ann", "bob", "carol"]);
    joins(&mut home, "carol", "bob");
    home.loses("ann").expect([]);
    assert_eq!((home.room("bob"), home.host("bob")), (vec!["ann", "bob", "carol"], "ann"));
    home.wait(30 * SECOND).expect([]);
    assert_eq!((home.room("bob"), home.host("bob")), (vec!["bob", "carol"], "bob"));
    home.loses("bob").expect([]);
    home.wait(30 * SECOND).expect([to("carol", last_lost("bob"))]);
}

#[test]
fn an_outsider_knocks_and_any_member_opens() {
    let mut home = call_among(["ann", "bob", "carol"]);
    home.says("carol", Say::Knock("ann")).expect([to("carol", News::KnockSent)]);
    assert_eq!(home.knocking("ann"), ["carol"]);
    assert_eq!(home.knocking("bob"), ["carol"]);
    home.says("bob", Say::Admit("carol")).expect([to("carol", News::KnockEnded(KnockOutcome::Admitted))]);
    assert_eq!(home.room("carol"), ["ann", "bob", "carol"]);
    home.says("ann", Say::Admit("carol")).expect([]);
    home.says("ann", Say::Refuse("carol")).expect([]);
}

#[test]
fn any_member_may_refuse() {
    let mut home = call_among(["ann", "bob", "carol"]);
    home.says("carol", Say::Knock("ann")).anyway();
    home.says("bob", Say::Refuse("carol")).expect([to("carol", News::KnockEnded(KnockOutcome::Refused))]);
    assert_eq!(home.knocking("ann"), [""; 0]);
    home.says("carol", Say::Knock("ann")).expect([to("carol", News::KnockSent)]);
}

#[test]
fn a_knock_is_heard_for_a_minute() {
    let mut home = call_among(["ann", "bob", "carol"]);
    home.says("carol", Say::Knock("ann")).anyway();
    home.says("carol", Say::Knock("bob")).expect([]);
    home.wait(59 * SECOND).expect([]);
    home.wait(SECOND).expect([to("carol", News::KnockEnded(KnockOutcome::Expired))]);
    assert_eq!(home.knocking("ann"), [""; 0]);
    home.says("carol", Say::Withdraw).expect([]);
}

#[test]
fn the_outsider_may_go_away_again() {
    let mut home = call_among(["ann", "bob", "carol"]);
    home.says("carol", Say::Knock("ann")).anyway();
    home.says("carol", Say::Withdraw).expect([to("carol", News::KnockEnded(KnockOutcome::Withdrawn))]);
    home.says("ann", Say::Admit("carol")).expect([]);
    assert_eq!(home.room("ann"), ["ann", "bob"]);
}

#[test]
fn nobody_stands_before_two_doors() {
    let mut home = call_among(["ann", "bob", "carol", "dave", "eve"]);
    joins(&mut home, "dave", "carol");
    home.says("eve", Say::Knock("ann")).anyway();
    home.says("eve", Say::Knock("carol"))
        .expect([to("eve", News::KnockEnded(KnockOutcome::Withdrawn)), to("eve", News::KnockSent)]);
    assert_eq!((home.knocking("ann"), home.knocking("carol")), (vec![], vec!["eve"]));
}

#[test]
fn nobody_knocks_from_within_a_room_or_where_there_is_none() {
    let mut home = call_among(["ann", "bob", "carol", "dave", "eve"]);
    joins(&mut home, "dave", "carol");
    home.says("dave", Say::Knock("ann")).expect([to("dave", error(ErrorCode::AlreadyInRoom))]);
    home.says("ann", Say::Leave).anyway();
    home.says("eve", Say::Knock("ann")).expect([to("eve", error(ErrorCode::RoomUnknown))]);
}

#[test]
fn nobody_knocks_on_a_locked_room() {
    let mut home = call_among(["ann", "bob", "carol", "dave"]);
    home.says("carol", Say::Knock("ann")).anyway();
    home.says("ann", Say::Lock(true)).expect([to("carol", News::KnockEnded(KnockOutcome::Locked))]);
    assert!(home.view("bob").expect("in the call").locked);
    home.wait(SECOND).anyway();
    assert_eq!(home.seen("dave", "bob").map(|bob| bob.locked), Some(true));
    home.says("dave", Say::Knock("ann")).expect([to("dave", error(ErrorCode::RoomLocked))]);
    joins(&mut home, "dave", "bob");
    assert_eq!(home.room("dave"), ["ann", "bob", "dave"]);
    home.says("ann", Say::Lock(false)).expect([]);
    home.says("carol", Say::Knock("ann")).expect([to("carol", News::KnockSent)]);
}

#[test]
fn knocking_where_one_is_called_is_accepting() {
    let mut home = call_among(["ann", "bob", "carol"]);
    home.says("ann", Say::Lock(true)).anyway();
    home.says("ann", Say::Invite("carol")).anyway();
    home.says("carol", Say::Knock("ann"))
        .expect([to("ann", ended("carol", Outcome::Accepted)), to("carol", ended("ann", Outcome::Accepted))]);
    assert_eq!(home.room("carol"), ["ann", "bob", "carol"]);
}

#[test]
fn who_is_called_in_need_not_knock() {
    let mut home = call_among(["ann", "bob", "carol"]);
    home.says("carol", Say::Knock("ann")).anyway();
    home.says("bob", Say::Invite("carol")).expect([
        to("carol", News::KnockEnded(KnockOutcome::Overtaken)),
        to("carol", ring("bob", &["ann", "bob"])),
    ]);
    assert_eq!(home.knocking("ann"), [""; 0]);
}

#[test]
fn who_goes_into_another_room_knocks_no_more() {
    let mut home = call_among(["ann", "bob", "carol", "dave"]);
    home.says("carol", Say::Knock("ann")).anyway();
    home.says("dave", Say::Invite("carol")).expect([to("carol", ring("dave", &["dave"]))]);
    home.says("carol", Say::Accept("dave")).expect([
        to("dave", ended("carol", Outcome::Accepted)),
        to("carol", ended("dave", Outcome::Accepted)),
        to("carol", News::KnockEnded(KnockOutcome::Overtaken)),
    ]);
    assert_eq!(home.knocking("ann"), [""; 0]);
}

#[test]
fn a_call_waits_for_who_knocks() {
    let mut home = call_among(["ann", "bob", "carol"]);
    home.says("carol", Say::Knock("ann")).anyway();
    home.says("bob", Say::Leave).expect([to("bob", left(Farewell::Left))]);
    home.says("ann", Say::Refuse("carol"))
        .expect([to("carol", News::KnockEnded(KnockOutcome::Refused)), to("ann", last_left("bob"))]);
}

#[test]
fn a_knock_on_a_room_that_ends_is_over() {
    let mut home = call_among(["ann", "bob", "carol"]);
    home.says("carol", Say::Knock("ann")).anyway();
    home.says("bob", Say::Leave).anyway();
    home.says("ann", Say::Leave)
        .expect([to("ann", left(Farewell::Left)), to("carol", News::KnockEnded(KnockOutcome::Gone))]);
}

#[test]
fn a_knock_outlasts_a_lost_connection() {
    let mut home = call_among(["ann", "bob", "carol", "dave"]);
    home.says("carol", Say::Knock("ann")).anyway();
    home.loses("carol").expect([]);
    home.returns("carol").expect([to("carol", welcome_back("carol")), to("carol", News::KnockSent)]);
    home.loses("carol").expect([]);
    home.says("ann", Say::Admit("carol")).expect([]);
    home.returns("carol")
        .expect([to("carol", welcome_back("carol")), to("carol", News::KnockEnded(KnockOutcome::Admitted))]);
    assert_eq!(home.room("carol"), ["ann", "bob", "carol"]);
    home.says("dave", Say::Knock("ann")).anyway();
    home.loses("dave").expect([]);
    home.wait(30 * SECOND).expect([]);
    assert_eq!(home.knocking("ann"), [""; 0]);
}

#[test]
fn a_full_room_cannot_be_knocked_on() {
    let rules = Rules { room_capacity: 3, ..Rules::default() };
    let mut home = Home::by(rules, ["ann", "bob", "carol", "dave", "eve"]);
    joins(&mut home, "bob", "ann");
    home.says("carol", Say::Knock("ann")).anyway();
    home.says("dave", Say::Knock("ann")).anyway();
    home.says("ann", Say::Admit("carol")).anyway();
    home.says("eve", Say::Knock("ann")).expect([to("eve", error(ErrorCode::RoomFull))]);
    home.says("ann", Say::Admit("dave")).expect([to("ann", error(ErrorCode::RoomFull))]);
    // Dave's knock is open still: somebody may leave.
    home.says("bob", Say::Leave).anyway();
    home.says("ann", Say::Admit("dave")).expect([to("dave", News::KnockEnded(KnockOutcome::Admitted))]);
}

#[test]
fn so_many_stand_before_a_door_and_no_more() {
    let mut home = Home::by(Rules { room_capacity: 100, ..Rules::default() }, ["ann", "bob", "eve"]);
    joins(&mut home, "bob", "ann");
    for number in 0..32 {
        let guest = format!("guest {number}");
        home.comes(&guest).anyway();
        home.says(&guest, Say::Knock("ann")).expect([to(&guest, News::KnockSent)]);
    }
    home.says("eve", Say::Knock("ann")).expect([to("eve", error(ErrorCode::RoomFull))]);
}

#[test]
fn the_host_may_put_somebody_out_who_may_knock() {
    let mut home = call_among(["ann", "bob", "carol"]);
    joins(&mut home, "carol", "ann");
    home.says("ann", Say::Remove("carol")).expect([to("carol", left(Farewell::Removed))]);
    home.says("ann", Say::Remove("carol")).expect([]);
    home.says("carol", Say::Knock("ann")).expect([to("carol", News::KnockSent)]);
    home.says("ann", Say::Remove("ann")).expect([to("ann", error(ErrorCode::NotYourself))]);
}

#[test]
fn who_was_put_out_while_away_hears_it_on_return() {
    let mut home = call_among(["ann", "bob", "carol"]);
    joins(&mut home, "carol", "ann");
    home.loses("carol").anyway();
    home.says("ann", Say::Remove("carol")).expect([]);
    home.returns("carol").expect([to("carol", welcome_back("carol")), to("carol", left(Farewell::Removed))]);
}

#[test]
fn the_host_may_ask_to_mute() {
    let mut home = call_among(["ann", "bob", "carol"]);
    home.says("ann", Say::AskToMute("bob")).expect([to("bob", News::AskedToMute { by: "ann".into() })]);
    home.says("ann", Say::AskToMute("carol")).expect([]);
    home.says("ann", Say::AskToMute("ann")).expect([to("ann", error(ErrorCode::NotYourself))]);
}

#[test]
fn only_the_host_may_do_what_hosts_do() {
    let mut home = call_among(["ann", "bob", "carol"]);
    for hosting in [Say::Lock(true), Say::Remove("ann"), Say::AskToMute("ann")] {
        home.says("bob", hosting.clone()).expect([to("bob", error(ErrorCode::HostOnly))]);
        home.says("carol", hosting).expect([to("carol", error(ErrorCode::NotInRoom))]);
    }
}

#[test]
fn everybody_in_the_room_knows_who_can_be_heard_and_seen() {
    let mut home = Home::with(["ann", "bob"]);
    let media = Media { microphone: true, camera: true, screen: false };
    home.says("ann", Say::Show(media)).expect([]);
    home.says("ann", Say::Invite("bob")).anyway();
    home.says("bob", Say::Accept("ann")).anyway();
    assert_eq!(home.view("bob").expect("in the call").members[0].media, media);
    let media = Media { microphone: false, camera: true, screen: true };
    home.says("ann", Say::Show(media)).expect([to("ann", News::Wishes(Wish::Screen(true)))]);
    home.wait(SECOND).expect([]);
    assert_eq!(home.view("bob").expect("in the call").members[0].media, media);
}

#[test]
fn a_shared_screen_ends_with_the_room_and_goes_into_no_other() {
    let mut home = call_among(["ann", "bob", "carol"]);
    let showing = |screen| Say::Show(Media { microphone: true, camera: true, screen });
    let told = |screen| to("ann", News::Wishes(Wish::Screen(screen)));
    home.says("ann", showing(true)).expect([told(true)]);
    home.says("ann", showing(true)).expect([]);
    home.says("ann", Say::Leave).anyway();
    let heard = home.says("ann", Say::Invite("carol"));
    assert_eq!(heard.count(|news| matches!(news, News::Wishes(Wish::Screen(_)))), 0);
    home.says("carol", Say::Accept("ann")).anyway();
    assert!(!home.view("carol").expect("in the call").members[0].media.screen);
    home.says("ann", showing(true)).expect([told(true)]);
    home.says("ann", Say::Leave).anyway();
    home.says("ann", showing(true)).expect([]);
    home.says("carol", Say::Invite("ann")).anyway();
    let heard = home.says("ann", Say::Accept("carol"));
    assert_eq!(heard.count(|news| matches!(news, News::Wishes(Wish::Screen(_)))), 0);
}

#[test]
fn signals_stay_in_the_room() {
    let mut home = call_among(["ann", "bob", "carol", "dave"]);
    joins(&mut home, "dave", "carol");
    home.says("ann", Say::Signal("bob")).expect([to("bob", News::Signal { from: "ann".into() })]);
    for outside in ["ann", "carol", "dave"] {
        home.says("ann", Say::Signal(outside)).expect([]);
    }
    home.loses("bob").anyway();
    home.says("ann", Say::Signal("bob")).expect([]);
    home.returns("bob").expect([to("bob", welcome_back("bob"))]);
    home.says("carol", Say::Leave).anyway();
    home.says("carol", Say::Signal("dave")).expect([]);
}

#[test]
fn only_members_have_wishes_of_the_relay() {
    let mut home = call_among(["ann", "bob", "carol"]);
    let offer = || ClientMessage::RelayOffer { connection: 1, sdp: "v=0".to_owned() };
    let wish = Wish::Offer { connection: 1, sdp: "v=0".to_owned() };
    home.says_plainly("ann", offer()).expect([to("ann", News::Wishes(wish))]);
    home.says_plainly("carol", offer()).expect([to("carol", News::Error(ErrorCode::NotInRoom))]);
}

#[test]
fn the_relay_is_heard_by_members_who_are_here() {
    let mut home = call_among(["ann", "bob", "carol"]);
    let (ann, carol, room) = (home.id("ann"), home.id("carol"), home.lobby.room_of(home.id("ann")).unwrap());
    let said = || ServerMessage::Speakers { speakers: vec![ann] };
    let heard = || News::Relayed(said());
    home.relay_says(Audience::Member(ann), said()).expect([to("ann", heard())]);
    home.relay_says(Audience::Member(carol), said()).expect([]);
    home.relay_says(Audience::Room(room), said()).expect([to("ann", heard()), to("bob", heard())]);
    home.loses("bob").expect([]);
    home.relay_says(Audience::Room(room), said()).expect([to("ann", heard())]);
    home.says("ann", Say::Leave).anyway();
    home.relay_says(Audience::Room(RoomId(room.0 + 1)), said()).expect([]);
}
