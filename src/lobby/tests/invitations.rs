//! Scenarios of calling and being called.

use super::*;

#[test]
fn a_call_rings_and_is_accepted() {
    let mut harness = LobbyHarness::with(["ann", "bob"]);
    harness.says("ann", Say::Invite("bob")).expect([to("bob", ring("ann", &["ann"]))]);
    assert_eq!(harness.room("ann"), ["ann"]);
    assert_eq!(harness.invited("ann"), [("bob", Progress::Sent)]);
    harness.says("bob", Say::Ringing("ann")).expect([]);
    assert_eq!(harness.invited("ann"), [("bob", Progress::Ringing)]);
    harness
        .says("bob", Say::Accept("ann"))
        .expect([to("ann", ended("bob", Outcome::Accepted)), to("bob", ended("ann", Outcome::Accepted))]);
    for who in ["ann", "bob"] {
        assert_eq!(harness.room(who), ["ann", "bob"]);
        assert_eq!(harness.host(who), "ann");
        assert_eq!(harness.view(who).and_then(|room| room.offerer), Some(harness.id("bob")));
    }
}

#[test]
fn further_invitations_go_to_the_same_room() {
    let mut harness = call_among(["ann", "bob", "carol", "dave"]);
    harness.says("ann", Say::Invite("carol")).expect([to("carol", ring("ann", &["ann", "bob"]))]);
    harness.says("bob", Say::Invite("dave")).expect([to("dave", ring("bob", &["ann", "bob"]))]);
    harness.says("carol", Say::Accept("ann")).ignore();
    harness.says("dave", Say::Accept("bob")).ignore();
    assert_eq!(harness.room("bob"), ["ann", "bob", "carol", "dave"]);
    assert_eq!(harness.view("bob").and_then(|room| room.offerer), None);
}

#[test]
fn the_ring_is_seen_by_the_whole_room() {
    let mut harness = call_among(["ann", "bob", "carol"]);
    harness.says("ann", Say::Invite("carol")).ignore();
    assert_eq!(harness.invited("bob"), [("carol", Progress::Sent)]);
    harness.says("carol", Say::Decline("ann", None)).ignore();
    assert_eq!(harness.invited("bob"), []);
}

#[test]
fn an_unanswered_invitation_ends_for_both() {
    let mut harness = LobbyHarness::with(["ann", "bob"]);
    harness.says("ann", Say::Invite("bob")).ignore();
    harness.wait(29 * SECOND).expect([]);
    harness.wait(SECOND).expect([
        to("ann", ended("bob", Outcome::Expired)),
        to("bob", ended("ann", Outcome::Expired)),
        to("ann", nobody_came("bob", Outcome::Expired)),
    ]);
    assert_eq!(harness.room("ann"), [""; 0]);
}

#[test]
fn the_callee_may_decline_and_say_why() {
    for reason in [None, Some(DeclineReason::Busy), Some(DeclineReason::InAMinute)] {
        let mut harness = LobbyHarness::with(["ann", "bob"]);
        harness.says("ann", Say::Invite("bob")).ignore();
        harness.says("bob", Say::Decline("ann", reason)).expect([
            to("ann", ended("bob", declined(reason))),
            to("bob", ended("ann", declined(reason))),
            to("ann", nobody_came("bob", declined(reason))),
        ]);
    }
}

#[test]
fn the_caller_may_cancel() {
    let mut harness = LobbyHarness::with(["ann", "bob"]);
    harness.says("ann", Say::Invite("bob")).ignore();
    harness.says("ann", Say::Cancel("bob")).expect([
        to("ann", ended("bob", Outcome::Cancelled)),
        to("bob", ended("ann", Outcome::Cancelled)),
        to("ann", nobody_came("bob", Outcome::Cancelled)),
    ]);
}

#[test]
fn the_ring_stops_when_the_caller_leaves() {
    let mut harness = call_among(["ann", "bob", "carol"]);
    harness.says("ann", Say::Invite("carol")).ignore();
    harness.says("ann", Say::Leave).expect([
        to("ann", ended("carol", Outcome::Cancelled)),
        to("carol", ended("ann", Outcome::Cancelled)),
        to("ann", left(RoomEndReason::Left)),
        to("bob", last_left("ann")),
    ]);
}

#[test]
fn the_ring_goes_on_when_another_leaves() {
    let mut harness = call_among(["ann", "bob", "carol"]);
    harness.says("ann", Say::Invite("carol")).ignore();
    harness.says("bob", Say::Leave).expect([to("bob", left(RoomEndReason::Left))]);
    harness.says("carol", Say::Decline("ann", None)).expect([
        to("ann", ended("carol", declined(None))),
        to("carol", ended("ann", declined(None))),
        to("ann", nobody_came("carol", declined(None))),
    ]);
}

#[test]
fn the_room_waits_until_the_last_has_answered() {
    let mut harness = LobbyHarness::with(["ann", "bob", "carol"]);
    harness.says("ann", Say::Invite("bob")).ignore();
    harness.says("ann", Say::Invite("carol")).ignore();
    harness
        .says("bob", Say::Decline("ann", None))
        .expect([to("ann", ended("bob", declined(None))), to("bob", ended("ann", declined(None)))]);
    harness.says("carol", Say::Goodbye).expect([
        to("carol", Notice::Closed(CloseReason::Goodbye)),
        to("ann", ended("carol", Outcome::Gone)),
        to("ann", nobody_came("carol", Outcome::Gone)),
    ]);
}

#[test]
fn the_ring_stops_when_the_caller_is_lost() {
    let mut harness = call_among(["ann", "bob", "carol"]);
    harness.loses("ann").expect([]);
    harness.wait(10 * SECOND).expect([]);
    harness.returns("ann").ignore();
    harness.says("ann", Say::Invite("carol")).ignore();
    harness.loses("ann").expect([]);
    // Lost and ringing equally long: what began first ends first.
    harness
        .wait(30 * SECOND)
        .expect([to("carol", ended("ann", Outcome::Expired)), to("bob", last_lost("ann"))]);
}

#[test]
fn who_call_each_other_meet_in_the_older_room() {
    let mut harness = LobbyHarness::with(["ann", "bob", "carol"]);
    harness.says("ann", Say::Invite("bob")).ignore();
    harness
        .says("bob", Say::Invite("ann"))
        .expect([to("ann", ended("bob", Outcome::Accepted)), to("bob", ended("ann", Outcome::Accepted))]);
    assert_eq!((harness.room("bob"), harness.host("bob")), (vec!["ann", "bob"], "ann"));
}

#[test]
fn who_call_each_other_from_two_calls_meet_in_the_older_one() {
    for (caller, other) in [("ann", "carol"), ("carol", "ann")] {
        let mut harness = call_among(["ann", "bob", "carol", "dave"]);
        joins(&mut harness, "dave", "carol");
        harness.says(caller, Say::Invite(other)).ignore();
        harness.says(other, Say::Invite(caller)).expect([
            to(caller, ended(other, Outcome::Accepted)),
            to(other, ended(caller, Outcome::Accepted)),
            to("dave", last_left("carol")),
        ]);
        assert_eq!(harness.room("carol"), ["ann", "bob", "carol"]);
    }
}

#[test]
fn who_call_each_other_need_a_seat_in_the_older_room() {
    let mut harness =
        LobbyHarness::by(Rules { room_capacity: 2, ..Rules::default() }, ["ann", "bob", "carol"]);
    joins(&mut harness, "bob", "ann");
    harness.says("carol", Say::Invite("ann")).expect([to("ann", ring("carol", &["carol"]))]);
    harness.says("ann", Say::Invite("carol")).expect([to("ann", error(ErrorCode::RoomFull))]);
    harness.says("ann", Say::BringHere("carol")).expect([to("ann", error(ErrorCode::RoomFull))]);
    harness.says("ann", Say::Accept("carol")).expect([
        to("carol", ended("ann", Outcome::Accepted)),
        to("ann", ended("carol", Outcome::Accepted)),
        to("bob", last_left("ann")),
    ]);
    assert_eq!(harness.room("ann"), ["carol", "ann"]);
}

#[test]
fn inviting_twice_changes_nothing_and_is_no_error() {
    let mut harness = call_among(["ann", "bob", "carol"]);
    harness.says("ann", Say::Invite("bob")).expect([]);
    harness.says("ann", Say::Invite("carol")).ignore();
    harness.says("ann", Say::Invite("carol")).expect([]);
    harness.says("bob", Say::Invite("carol")).expect([]);
    assert_eq!(harness.invited("ann"), [("carol", Progress::Sent)]);
}

#[test]
fn nobody_can_call_themselves_or_who_is_not_here() {
    let mut harness = LobbyHarness::with(["ann", "bob"]);
    harness.says("ann", Say::Invite("ann")).expect([to("ann", error(ErrorCode::NotYourself))]);
    harness.says("bob", Say::Goodbye).ignore();
    harness.says("ann", Say::Invite("bob")).expect([to("ann", error(ErrorCode::PersonUnknown))]);
    assert_eq!(harness.room("ann"), [""; 0]);
}

#[test]
fn who_is_in_a_call_is_rung_quietly_and_may_leave_for_it() {
    let mut harness = call_among(["ann", "bob", "carol"]);
    harness.says("carol", Say::Invite("bob")).expect([to("bob", ring("carol", &["carol"]))]);
    harness.says("bob", Say::Ringing("carol")).expect([]);
    assert_eq!(harness.invited("carol"), [("bob", Progress::InAnotherCall)]);
    harness.says("bob", Say::Accept("carol")).expect([
        to("carol", ended("bob", Outcome::Accepted)),
        to("bob", ended("carol", Outcome::Accepted)),
        to("ann", last_left("bob")),
    ]);
    assert_eq!(harness.room("bob"), ["carol", "bob"]);
}

#[test]
fn who_is_in_a_call_may_bring_the_caller_there() {
    let mut harness = call_among(["ann", "bob", "carol", "dave", "eve"]);
    joins(&mut harness, "dave", "carol");
    harness.says("carol", Say::Invite("eve")).ignore();
    harness.says("carol", Say::Invite("bob")).ignore();
    harness.says("bob", Say::BringHere("carol")).expect([
        to("carol", ended("bob", Outcome::Accepted)),
        to("bob", ended("carol", Outcome::Accepted)),
        to("carol", ended("eve", Outcome::Cancelled)),
        to("eve", ended("carol", Outcome::Cancelled)),
        to("dave", last_left("carol")),
    ]);
    assert_eq!(harness.room("carol"), ["ann", "bob", "carol"]);
}

#[test]
fn who_is_brought_somewhere_leaves_the_others_together() {
    let mut harness = call_among(["ann", "bob", "carol", "dave", "eve"]);
    joins(&mut harness, "dave", "carol");
    joins(&mut harness, "eve", "carol");
    harness.says("carol", Say::Invite("bob")).ignore();
    harness.says("bob", Say::BringHere("carol")).ignore();
    assert_eq!(harness.room("carol"), ["ann", "bob", "carol"]);
    assert_eq!((harness.room("eve"), harness.host("eve")), (vec!["dave", "eve"], "dave"));
}

#[test]
fn bringing_somebody_here_when_here_is_nowhere_is_accepting() {
    let mut harness = call_among(["ann", "bob", "carol"]);
    harness.says("carol", Say::Invite("bob")).ignore();
    harness
        .says("ann", Say::Leave)
        .expect([to("ann", left(RoomEndReason::Left)), to("bob", last_left("ann"))]);
    harness.says("bob", Say::BringHere("carol")).ignore();
    assert_eq!(harness.room("bob"), ["carol", "bob"]);
}

#[test]
fn bringing_somebody_here_who_is_called_here_already_needs_no_second_seat() {
    let mut harness =
        LobbyHarness::by(Rules { room_capacity: 3, ..Rules::default() }, ["ann", "bob", "carol"]);
    joins(&mut harness, "bob", "ann");
    harness.says("carol", Say::Invite("bob")).ignore();
    harness.says("ann", Say::Invite("carol")).expect([to("carol", ring("ann", &["ann", "bob"]))]);
    harness.says("bob", Say::BringHere("carol")).expect([
        to("carol", ended("bob", Outcome::Accepted)),
        to("bob", ended("carol", Outcome::Accepted)),
        to("ann", ended("carol", Outcome::Overtaken)),
        to("carol", ended("ann", Outcome::Overtaken)),
    ]);
    assert_eq!(harness.room("carol"), ["ann", "bob", "carol"]);
}

#[test]
fn a_ring_gets_quiet_when_the_callee_takes_another_call() {
    let mut harness = LobbyHarness::with(["ann", "bob", "carol"]);
    harness.says("ann", Say::Invite("bob")).ignore();
    harness.says("carol", Say::Invite("bob")).ignore();
    harness.says("bob", Say::Ringing("ann")).expect([]);
    harness.says("bob", Say::Ringing("carol")).expect([]);
    harness.says("bob", Say::Accept("ann")).ignore();
    assert_eq!(harness.invited("carol"), [("bob", Progress::InAnotherCall)]);
    harness.says("bob", Say::Leave).ignore();
    assert_eq!(harness.invited("carol"), [("bob", Progress::Ringing)]);
}

#[test]
fn who_does_not_want_to_be_disturbed_is_not() {
    let mut harness = LobbyHarness::with(["ann", "bob"]);
    harness.says("bob", Say::Be(Availability::DoNotDisturb)).expect([]);
    let reason = Some(DeclineReason::DoNotDisturb);
    harness.says("ann", Say::Invite("bob")).expect([to("ann", ended("bob", declined(reason)))]);
    assert_eq!(harness.room("ann"), [""; 0]);
    // But whom they call themselves may well call them.
    harness.says("bob", Say::Invite("ann")).expect([to("ann", ring("bob", &["bob"]))]);
    harness.says("ann", Say::Invite("bob")).ignore();
    assert_eq!(harness.room("bob"), ["bob", "ann"]);
}

#[test]
fn who_begins_not_to_want_to_be_disturbed_is_not_any_more() {
    let mut harness = LobbyHarness::with(["ann", "bob"]);
    harness.says("ann", Say::Invite("bob")).ignore();
    let reason = Some(DeclineReason::DoNotDisturb);
    harness.says("bob", Say::Be(Availability::DoNotDisturb)).expect([
        to("ann", ended("bob", declined(reason))),
        to("bob", ended("ann", declined(reason))),
        to("ann", nobody_came("bob", declined(reason))),
    ]);
}

#[test]
fn it_rings_at_who_is_away() {
    let mut harness = LobbyHarness::with(["ann", "bob"]);
    harness.says("bob", Say::Be(Availability::Away)).expect([]);
    harness.says("ann", Say::Invite("bob")).expect([to("bob", ring("ann", &["ann"]))]);
}

#[test]
fn it_rings_at_who_lost_the_connection_once_they_are_back() {
    let mut harness = LobbyHarness::with(["ann", "bob"]);
    harness.loses("bob").ignore();
    harness.says("ann", Say::Invite("bob")).expect([]);
    assert_eq!(harness.invited("ann"), [("bob", Progress::Sent)]);
    harness.wait(12 * SECOND).expect([]);
    harness.returns("bob").expect([to("bob", welcome_back("bob")), to("bob", ring_for("ann", &["ann"], 18))]);
    harness.says("bob", Say::Accept("ann")).ignore();
    assert_eq!(harness.room("ann"), ["ann", "bob"]);
}

#[test]
fn twenty_may_be_called_at_a_time() {
    let mut harness = LobbyHarness::by(Rules { room_capacity: 40, ..Rules::default() }, ["ann"]);
    let others: Vec<String> = (0..21).map(|number| format!("person {number}")).collect();
    for person in &others {
        harness.comes(person).ignore();
    }
    for person in &others[..20] {
        harness.says("ann", Say::Invite(person)).expect([to(person, ring("ann", &["ann"]))]);
    }
    harness.says("ann", Say::Invite(&others[20])).expect([to("ann", error(ErrorCode::TooManyInvitations))]);
    harness.says("ann", Say::Cancel(&others[0])).ignore();
    harness.says("ann", Say::Invite(&others[20])).expect([to(&others[20], ring("ann", &["ann"]))]);
}

#[test]
fn who_is_called_has_a_seat() {
    let mut harness =
        LobbyHarness::by(Rules { room_capacity: 3, ..Rules::default() }, ["ann", "bob", "carol", "dave"]);
    harness.says("ann", Say::Invite("bob")).ignore();
    harness.says("ann", Say::Invite("carol")).ignore();
    harness.says("ann", Say::Invite("dave")).expect([to("ann", error(ErrorCode::RoomFull))]);
    harness.says("bob", Say::Accept("ann")).ignore();
    harness.says("bob", Say::Invite("dave")).expect([to("bob", error(ErrorCode::RoomFull))]);
    harness.says("carol", Say::Decline("ann", None)).ignore();
    harness.says("bob", Say::Invite("dave")).expect([to("dave", ring("bob", &["ann", "bob"]))]);
}

#[test]
fn a_room_for_one_is_for_nobody() {
    let mut harness = LobbyHarness::by(Rules { room_capacity: 1, ..Rules::default() }, ["ann", "bob"]);
    harness.says("ann", Say::Invite("bob")).expect([to("ann", error(ErrorCode::RoomFull))]);
    assert_eq!(harness.room("ann"), [""; 0]);
}

#[test]
fn what_is_said_too_late_changes_nothing() {
    let mut harness = LobbyHarness::with(["ann", "bob"]);
    harness.says("ann", Say::Invite("bob")).ignore();
    harness.says("ann", Say::Cancel("bob")).ignore();
    for late in [Say::Accept("ann"), Say::BringHere("ann"), Say::Decline("ann", None), Say::Ringing("ann")] {
        harness.says("bob", late).expect([]);
    }
    harness.says("ann", Say::Cancel("bob")).expect([]);
    harness.says("ann", Say::Leave).expect([]);
    assert_eq!(harness.lobby.counts().rooms, 0);
}

#[test]
fn nobody_answers_for_another() {
    let mut harness = LobbyHarness::with(["ann", "bob", "eve"]);
    harness.says("ann", Say::Invite("bob")).ignore();
    let invitation = harness.view("ann").expect("she waits").invitations[0].invitation;
    for meddling in [
        ClientMessage::Accept { invitation },
        ClientMessage::BringHere { invitation },
        ClientMessage::Decline { invitation, reason: None },
        ClientMessage::Cancel { invitation },
        ClientMessage::Ringing { invitation },
    ] {
        harness.says_plainly("eve", meddling.clone()).expect([]);
        if !matches!(meddling, ClientMessage::Cancel { .. }) {
            harness.says_plainly("ann", meddling).expect([]);
        }
    }
    harness.says_plainly("bob", ClientMessage::Cancel { invitation }).expect([]);
    assert_eq!(harness.invited("ann"), [("bob", Progress::Sent)]);
}

#[test]
fn who_accepts_while_calling_others_stops_calling_them() {
    let mut harness = LobbyHarness::with(["ann", "bob", "carol"]);
    harness.says("bob", Say::Invite("carol")).ignore();
    harness.says("ann", Say::Invite("bob")).ignore();
    harness.says("bob", Say::Accept("ann")).expect([
        to("ann", ended("bob", Outcome::Accepted)),
        to("bob", ended("ann", Outcome::Accepted)),
        to("bob", ended("carol", Outcome::Cancelled)),
        to("carol", ended("bob", Outcome::Cancelled)),
    ]);
    assert_eq!(harness.room("bob"), ["ann", "bob"]);
}
