//! Scenarios of being in a room, and of knocking on one.

use super::*;
use crate::relay::Event;

#[test]
fn the_longest_present_is_host_after_the_host() {
    let mut harness = call_among(["ann", "bob", "carol"]);
    joins(&mut harness, "carol", "bob");
    harness.says("ann", Say::Leave).expect([to("ann", left(RoomEndReason::Left))]);
    assert_eq!(harness.host("carol"), "bob");
    joins(&mut harness, "ann", "carol");
    assert_eq!((harness.room("ann"), harness.host("ann")), (vec!["bob", "carol", "ann"], "bob"));
}

#[test]
fn when_one_is_left_the_call_is_over_for_that_one_too() {
    let mut harness = call_among(["ann", "bob", "carol"]);
    joins(&mut harness, "carol", "ann");
    harness.says("ann", Say::Leave).expect([to("ann", left(RoomEndReason::Left))]);
    harness
        .says("carol", Say::Leave)
        .expect([to("carol", left(RoomEndReason::Left)), to("bob", last_left("carol"))]);
    harness.says("bob", Say::Leave).expect([]);
}

#[test]
fn the_place_of_a_lost_member_is_kept_and_then_not() {
    let mut harness = call_among(["ann", "bob", "carol"]);
    joins(&mut harness, "carol", "bob");
    harness.loses("ann").expect([]);
    assert_eq!((harness.room("bob"), harness.host("bob")), (vec!["ann", "bob", "carol"], "ann"));
    harness.wait(30 * SECOND).expect([]);
    assert_eq!((harness.room("bob"), harness.host("bob")), (vec!["bob", "carol"], "bob"));
    harness.loses("bob").expect([]);
    harness.wait(30 * SECOND).expect([to("carol", last_lost("bob"))]);
}

#[test]
fn an_outsider_knocks_and_any_member_opens() {
    let mut harness = call_among(["ann", "bob", "carol"]);
    harness.says("carol", Say::Knock("ann")).expect([to("carol", Notice::KnockSent)]);
    assert_eq!(harness.knocking("ann"), ["carol"]);
    assert_eq!(harness.knocking("bob"), ["carol"]);
    harness
        .says("bob", Say::Admit("carol"))
        .expect([to("carol", Notice::KnockEnded(KnockOutcome::Admitted))]);
    assert_eq!(harness.room("carol"), ["ann", "bob", "carol"]);
    harness.says("ann", Say::Admit("carol")).expect([]);
    harness.says("ann", Say::Refuse("carol")).expect([]);
}

#[test]
fn any_member_may_refuse() {
    let mut harness = call_among(["ann", "bob", "carol"]);
    harness.says("carol", Say::Knock("ann")).ignore();
    harness
        .says("bob", Say::Refuse("carol"))
        .expect([to("carol", Notice::KnockEnded(KnockOutcome::Refused))]);
    assert_eq!(harness.knocking("ann"), [""; 0]);
    harness.says("carol", Say::Knock("ann")).expect([to("carol", Notice::KnockSent)]);
}

#[test]
fn a_knock_is_heard_for_a_minute() {
    let mut harness = call_among(["ann", "bob", "carol"]);
    harness.says("carol", Say::Knock("ann")).ignore();
    harness.says("carol", Say::Knock("bob")).expect([]);
    harness.wait(59 * SECOND).expect([]);
    harness.wait(SECOND).expect([to("carol", Notice::KnockEnded(KnockOutcome::Expired))]);
    assert_eq!(harness.knocking("ann"), [""; 0]);
    harness.says("carol", Say::Withdraw).expect([]);
}

#[test]
fn the_outsider_may_go_away_again() {
    let mut harness = call_among(["ann", "bob", "carol"]);
    harness.says("carol", Say::Knock("ann")).ignore();
    harness.says("carol", Say::Withdraw).expect([to("carol", Notice::KnockEnded(KnockOutcome::Withdrawn))]);
    harness.says("ann", Say::Admit("carol")).expect([]);
    assert_eq!(harness.room("ann"), ["ann", "bob"]);
}

#[test]
fn nobody_knocks_on_two_rooms_at_once() {
    let mut harness = call_among(["ann", "bob", "carol", "dave", "eve"]);
    joins(&mut harness, "dave", "carol");
    harness.says("eve", Say::Knock("ann")).ignore();
    harness
        .says("eve", Say::Knock("carol"))
        .expect([to("eve", Notice::KnockEnded(KnockOutcome::Withdrawn)), to("eve", Notice::KnockSent)]);
    assert_eq!((harness.knocking("ann"), harness.knocking("carol")), (vec![], vec!["eve"]));
}

#[test]
fn nobody_knocks_from_within_a_room_or_where_there_is_none() {
    let mut harness = call_among(["ann", "bob", "carol", "dave", "eve"]);
    joins(&mut harness, "dave", "carol");
    harness.says("dave", Say::Knock("ann")).expect([to("dave", error(ErrorCode::AlreadyInRoom))]);
    harness.says("ann", Say::Leave).ignore();
    harness.says("eve", Say::Knock("ann")).expect([to("eve", error(ErrorCode::RoomUnknown))]);
}

#[test]
fn nobody_knocks_on_a_locked_room() {
    let mut harness = call_among(["ann", "bob", "carol", "dave"]);
    harness.says("carol", Say::Knock("ann")).ignore();
    harness.says("ann", Say::Lock(true)).expect([to("carol", Notice::KnockEnded(KnockOutcome::Locked))]);
    assert!(harness.view("bob").expect("in the call").locked);
    harness.wait(SECOND).ignore();
    assert_eq!(harness.seen("dave", "bob").map(|bob| bob.locked), Some(true));
    harness.says("dave", Say::Knock("ann")).expect([to("dave", error(ErrorCode::RoomLocked))]);
    joins(&mut harness, "dave", "bob");
    assert_eq!(harness.room("dave"), ["ann", "bob", "dave"]);
    harness.says("ann", Say::Lock(false)).expect([]);
    harness.says("carol", Say::Knock("ann")).expect([to("carol", Notice::KnockSent)]);
}

#[test]
fn knocking_where_one_is_called_is_accepting() {
    let mut harness = call_among(["ann", "bob", "carol"]);
    harness.says("ann", Say::Lock(true)).ignore();
    harness.says("ann", Say::Invite("carol")).ignore();
    harness
        .says("carol", Say::Knock("ann"))
        .expect([to("ann", ended("carol", Outcome::Accepted)), to("carol", ended("ann", Outcome::Accepted))]);
    assert_eq!(harness.room("carol"), ["ann", "bob", "carol"]);
}

#[test]
fn who_is_called_in_need_not_knock() {
    let mut harness = call_among(["ann", "bob", "carol"]);
    harness.says("carol", Say::Knock("ann")).ignore();
    harness.says("bob", Say::Invite("carol")).expect([
        to("carol", Notice::KnockEnded(KnockOutcome::Overtaken)),
        to("carol", ring("bob", &["ann", "bob"])),
    ]);
    assert_eq!(harness.knocking("ann"), [""; 0]);
}

#[test]
fn who_goes_into_another_room_knocks_no_more() {
    let mut harness = call_among(["ann", "bob", "carol", "dave"]);
    harness.says("carol", Say::Knock("ann")).ignore();
    harness.says("dave", Say::Invite("carol")).expect([to("carol", ring("dave", &["dave"]))]);
    harness.says("carol", Say::Accept("dave")).expect([
        to("dave", ended("carol", Outcome::Accepted)),
        to("carol", ended("dave", Outcome::Accepted)),
        to("carol", Notice::KnockEnded(KnockOutcome::Overtaken)),
    ]);
    assert_eq!(harness.knocking("ann"), [""; 0]);
}

#[test]
fn a_call_waits_for_who_knocks() {
    let mut harness = call_among(["ann", "bob", "carol"]);
    harness.says("carol", Say::Knock("ann")).ignore();
    harness.says("bob", Say::Leave).expect([to("bob", left(RoomEndReason::Left))]);
    harness
        .says("ann", Say::Refuse("carol"))
        .expect([to("carol", Notice::KnockEnded(KnockOutcome::Refused)), to("ann", last_left("bob"))]);
}

#[test]
fn a_knock_on_a_room_that_ends_is_over() {
    let mut harness = call_among(["ann", "bob", "carol"]);
    harness.says("carol", Say::Knock("ann")).ignore();
    harness.says("bob", Say::Leave).ignore();
    harness
        .says("ann", Say::Leave)
        .expect([to("ann", left(RoomEndReason::Left)), to("carol", Notice::KnockEnded(KnockOutcome::Gone))]);
}

#[test]
fn a_knock_outlasts_a_lost_connection() {
    let mut harness = call_among(["ann", "bob", "carol", "dave"]);
    harness.says("carol", Say::Knock("ann")).ignore();
    harness.loses("carol").expect([]);
    harness.returns("carol").expect([to("carol", welcome_back("carol")), to("carol", Notice::KnockSent)]);
    harness.loses("carol").expect([]);
    harness.says("ann", Say::Admit("carol")).expect([]);
    harness.returns("carol").expect([
        to("carol", welcome_back("carol")),
        to("carol", Notice::KnockEnded(KnockOutcome::Admitted)),
    ]);
    assert_eq!(harness.room("carol"), ["ann", "bob", "carol"]);
    harness.says("dave", Say::Knock("ann")).ignore();
    harness.loses("dave").expect([]);
    harness.wait(30 * SECOND).expect([]);
    assert_eq!(harness.knocking("ann"), [""; 0]);
}

#[test]
fn a_full_room_cannot_be_knocked_on() {
    let rules = Rules { room_capacity: 3, ..Rules::default() };
    let mut harness = LobbyHarness::by(rules, ["ann", "bob", "carol", "dave", "eve"]);
    joins(&mut harness, "bob", "ann");
    harness.says("carol", Say::Knock("ann")).ignore();
    harness.says("dave", Say::Knock("ann")).ignore();
    harness.says("ann", Say::Admit("carol")).ignore();
    harness.says("eve", Say::Knock("ann")).expect([to("eve", error(ErrorCode::RoomFull))]);
    harness.says("ann", Say::Admit("dave")).expect([to("ann", error(ErrorCode::RoomFull))]);
    // Dave's knock is open still: somebody may leave.
    harness.says("bob", Say::Leave).ignore();
    harness.says("ann", Say::Admit("dave")).expect([to("dave", Notice::KnockEnded(KnockOutcome::Admitted))]);
}

#[test]
fn so_many_knock_on_a_room_and_no_more() {
    let mut harness =
        LobbyHarness::by(Rules { room_capacity: 100, ..Rules::default() }, ["ann", "bob", "eve"]);
    joins(&mut harness, "bob", "ann");
    for number in 0..32 {
        let person = format!("person {number}");
        harness.comes(&person).ignore();
        harness.says(&person, Say::Knock("ann")).expect([to(&person, Notice::KnockSent)]);
    }
    harness.says("eve", Say::Knock("ann")).expect([to("eve", error(ErrorCode::RoomFull))]);
}

#[test]
fn the_host_may_put_somebody_out_who_may_knock() {
    let mut harness = call_among(["ann", "bob", "carol"]);
    joins(&mut harness, "carol", "ann");
    harness.says("ann", Say::Remove("carol")).expect([to("carol", left(RoomEndReason::Removed))]);
    harness.says("ann", Say::Remove("carol")).expect([]);
    harness.says("carol", Say::Knock("ann")).expect([to("carol", Notice::KnockSent)]);
    harness.says("ann", Say::Remove("ann")).expect([to("ann", error(ErrorCode::NotYourself))]);
}

#[test]
fn who_was_put_out_while_away_hears_it_on_return() {
    let mut harness = call_among(["ann", "bob", "carol"]);
    joins(&mut harness, "carol", "ann");
    harness.loses("carol").ignore();
    harness.says("ann", Say::Remove("carol")).expect([]);
    harness
        .returns("carol")
        .expect([to("carol", welcome_back("carol")), to("carol", left(RoomEndReason::Removed))]);
}

#[test]
fn the_host_may_ask_to_mute() {
    let mut harness = call_among(["ann", "bob", "carol"]);
    harness.says("ann", Say::AskToMute("bob")).expect([to("bob", Notice::AskedToMute { by: "ann".into() })]);
    harness.says("ann", Say::AskToMute("carol")).expect([]);
    harness.says("ann", Say::AskToMute("ann")).expect([to("ann", error(ErrorCode::NotYourself))]);
}

#[test]
fn only_the_host_may_do_what_hosts_do() {
    let mut harness = call_among(["ann", "bob", "carol"]);
    for hosting in [Say::Lock(true), Say::Remove("ann"), Say::AskToMute("ann")] {
        harness.says("bob", hosting.clone()).expect([to("bob", error(ErrorCode::HostOnly))]);
        harness.says("carol", hosting).expect([to("carol", error(ErrorCode::NotInRoom))]);
    }
}

#[test]
fn everybody_in_the_room_knows_who_can_be_heard_and_seen() {
    let mut harness = LobbyHarness::with(["ann", "bob"]);
    let media = MediaState { microphone: true, camera: true, screen: false, ..MediaState::default() };
    harness.says("ann", Say::Show(media)).expect([]);
    harness.says("ann", Say::Invite("bob")).ignore();
    harness.says("bob", Say::Accept("ann")).ignore();
    assert_eq!(harness.view("bob").expect("in the call").members[0].media, media);
    let media = MediaState { microphone: false, camera: true, screen: true, ..MediaState::default() };
    harness.says("ann", Say::Show(media)).expect([to("ann", Notice::Command(Command::SetScreen(true)))]);
    harness.wait(SECOND).expect([]);
    assert_eq!(harness.view("bob").expect("in the call").members[0].media, media);
}

#[test]
fn whoever_says_that_no_pictures_are_sent_is_shown_with_none() {
    let mut harness = call_among(["ann", "bob", "carol"]);
    let said = MediaState { microphone: true, camera: true, screen: true, ..MediaState::default() };
    harness.says("ann", Say::Show(said)).ignore();
    let hidden = to("ann", Notice::Command(Command::SetScreen(false)));
    harness.says("ann", Say::Show(MediaState { sound_only: true, ..said })).expect([hidden]);
    harness.wait(SECOND).ignore();
    let told = MediaState { microphone: true, sound_only: true, ..MediaState::default() };
    assert_eq!(harness.view("bob").expect("in the call").members[0].media, told);
}

#[test]
fn a_shared_screen_ends_with_the_room_and_goes_into_no_other() {
    let mut harness = call_among(["ann", "bob", "carol"]);
    let showing =
        |screen| Say::Show(MediaState { microphone: true, camera: true, screen, ..MediaState::default() });
    let told = |screen| to("ann", Notice::Command(Command::SetScreen(screen)));
    harness.says("ann", showing(true)).expect([told(true)]);
    harness.says("ann", showing(true)).expect([]);
    harness.says("ann", Say::Leave).ignore();
    let heard = harness.says("ann", Say::Invite("carol"));
    assert_eq!(heard.count(|notice| matches!(notice, Notice::Command(Command::SetScreen(_)))), 0);
    harness.says("carol", Say::Accept("ann")).ignore();
    assert!(!harness.view("carol").expect("in the call").members[0].media.screen);
    harness.says("ann", showing(true)).expect([told(true)]);
    harness.says("ann", Say::Leave).ignore();
    harness.says("ann", showing(true)).expect([]);
    harness.says("carol", Say::Invite("ann")).ignore();
    let heard = harness.says("ann", Say::Accept("carol"));
    assert_eq!(heard.count(|notice| matches!(notice, Notice::Command(Command::SetScreen(_)))), 0);
}

#[test]
fn signals_stay_in_the_room() {
    let mut harness = call_among(["ann", "bob", "carol", "dave"]);
    joins(&mut harness, "dave", "carol");
    harness.says("ann", Say::Signal("bob")).expect([to("bob", Notice::Signal { from: "ann".into() })]);
    for outside in ["ann", "carol", "dave"] {
        harness.says("ann", Say::Signal(outside)).expect([]);
    }
    harness.loses("bob").ignore();
    harness.says("ann", Say::Signal("bob")).expect([]);
    harness.returns("bob").expect([to("bob", welcome_back("bob"))]);
    harness.says("carol", Say::Leave).ignore();
    harness.says("carol", Say::Signal("dave")).expect([]);
}

#[test]
fn only_members_command_the_relay() {
    let mut harness = call_among(["ann", "bob", "carol"]);
    let offer = || ClientMessage::RelayOffer { connection: 1, sdp: "v=0".to_owned() };
    let command = Command::Offer { connection: 1, sdp: "v=0".to_owned() };
    harness.says_plainly("ann", offer()).expect([to("ann", Notice::Command(command))]);
    harness.says_plainly("carol", offer()).expect([to("carol", Notice::Error(ErrorCode::NotInRoom))]);
}

#[test]
fn the_relay_is_heard_by_members_who_are_here() {
    let mut harness = call_among(["ann", "bob", "carol"]);
    let (ann, carol, room) =
        (harness.id("ann"), harness.id("carol"), harness.lobby.room_of(harness.id("ann")).unwrap());
    let seats = |member| Event::Seats { member, connection: 1, seats: Vec::new() };
    let speakers = |room| Event::Speakers { room, speakers: vec![ann] };
    let told_seats = Notice::Relayed(ServerMessage::Seats { connection: 1, seats: Vec::new() });
    let told_speakers = || Notice::Relayed(ServerMessage::Speakers { speakers: vec![ann] });
    harness.relay_says(seats(ann)).expect([to("ann", told_seats)]);
    harness.relay_says(seats(carol)).expect([]);
    harness.relay_says(speakers(room)).expect([to("ann", told_speakers()), to("bob", told_speakers())]);
    harness.loses("bob").expect([]);
    harness.relay_says(speakers(room)).expect([to("ann", told_speakers())]);
    harness.says("ann", Say::Leave).ignore();
    harness.relay_says(speakers(RoomId(room.0 + 1))).expect([]);
}

#[test]
fn where_all_media_goes_by_the_relay_nobody_offers_a_direct_path_or_hears_of_one() {
    let rules = Rules { relay_always: true, ..Rules::default() };
    let mut harness = LobbyHarness::by(rules, ["ann", "bob"]);
    joins(&mut harness, "bob", "ann");
    assert_eq!(harness.room("ann"), ["ann", "bob"]);
    assert_eq!(harness.view("ann").expect("is in a room").offerer, None);
    harness.says("ann", Say::Signal("bob")).expect([]);

    let harness = call_among(["ann", "bob"]);
    let room = harness.view("ann").expect("is in a room");
    assert_eq!(room.offerer, Some(harness.id("bob")));
}
