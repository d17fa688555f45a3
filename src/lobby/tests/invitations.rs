//! Stories of calling and being called.

use super::*;

#[test]
fn a_call_rings_and_is_accepted() {
    let mut home = Home::with(["ann", "bob"]);
    home.says("ann", Say::Invite("bob")).expect([to("bob", ring("ann", &["ann"]))]);
    assert_eq!(home.room("ann"), ["ann"]);
    assert_eq!(home.invited("ann"), [("bob", Progress::Sent)]);
    home.says("bob", Say::Ringing("ann")).expect([]);
    assert_eq!(home.invited("ann"), [("bob", Progress::Ringing)]);
    home.says("bob", Say::Accept("ann"))
        .expect([to("ann", ended("bob", Outcome::Accepted)), to("bob", ended("ann", Outcome::Accepted))]);
    for who in ["ann", "bob"] {
        assert_eq!(home.room(who), ["ann", "bob"]);
        assert_eq!(home.host(who), "ann");
        assert_eq!(home.view(who).and_then(|room| room.offerer), Some(home.id("bob")));
    }
}

#[test]
fn further_invitations_go_to_the_same_room() {
    let mut home = call_among(["ann", "bob", "carol", "dave"]);
    home.says("ann", Say::Invite("carol")).expect([to("carol", ring("ann", &["ann", "bob"]))]);
    home.says("bob", Say::Invite("dave")).expect([to("dave", ring("bob", &["ann", "bob"]))]);
    home.says("carol", Say::Accept("ann")).anyway();
    home.says("dave", Say::Accept("bob")).anyway();
    assert_eq!(home.room("bob"), ["ann", "bob", "carol", "dave"]);
    assert_eq!(home.view("bob").and_then(|room| room.offerer), None);
}

#[test]
fn the_ring_is_seen_by_the_whole_room() {
    let mut home = call_among(["ann", "bob", "carol"]);
    home.says("ann", Say::Invite("carol")).anyway();
    assert_eq!(home.invited("bob"), [("carol", Progress::Sent)]);
    home.says("carol", Say::Decline("ann", None)).anyway();
    assert_eq!(home.invited("bob"), []);
}

#[test]
fn an_unanswered_invitation_ends_for_both() {
    let mut home = Home::with(["ann", "bob"]);
    home.says("ann", Say::Invite("bob")).anyway();
    home.wait(29 * SECOND).expect([]);
    home.wait(SECOND).expect([
        to("ann", ended("bob", Outcome::Expired)),
        to("bob", ended("ann", Outcome::Expired)),
        to("ann", nobody_came("bob", Outcome::Expired)),
    ]);
    assert_eq!(home.room("ann"), [""; 0]);
}

#[test]
fn the_callee_may_decline_and_say_why() {
    for reason in [None, Some(DeclineReason::Busy), Some(DeclineReason::InAMinute)] {
        let mut home = Home::with(["ann", "bob"]);
        home.says("ann", Say::Invite("bob")).anyway();
        home.says("bob", Say::Decline("ann", reason)).expect([
            to("ann", ended("bob", declined(reason))),
            to("bob", ended("ann", declined(reason))),
            to("ann", nobody_came("bob", declined(reason))),
        ]);
    }
}

#[test]
fn the_caller_may_cancel() {
    let mut home = Home::with(["ann", "bob"]);
    home.says("ann", Say::Invite("bob")).anyway();
    home.says("ann", Say::Cancel("bob")).expect([
        to("ann", ended("bob", Outcome::Cancelled)),
        to("bob", ended("ann", Outcome::Cancelled)),
        to("ann", nobody_came("bob", Outcome::Cancelled)),
    ]);
}

#[test]
fn the_ring_stops_when_the_caller_leaves() {
    let mut home = call_among(["ann", "bob", "carol"]);
    home.says("ann", Say::Invite("carol")).anyway();
    home.says("ann", Say::Leave).expect([
        to("ann", ended("carol", Outcome::Cancelled)),
        to("carol", ended("ann", Outcome::Cancelled)),
        to("ann", left(Farewell::Left)),
        to("bob", last_left("ann")),
    ]);
}

#[test]
fn the_ring_goes_on_when_another_leaves() {
    let mut home = call_among(["ann", "bob", "carol"]);
    home.says("ann", Say::Invite("carol")).anyway();
    home.says("bob", Say::Leave).expect([to("bob", left(Farewell::Left))]);
    home.says("carol", Say::Decline("ann", None)).expect([
        to("ann", ended("carol", declined(None))),
        to("carol", ended("ann", declined(None))),
        to("ann", nobody_came("carol", declined(None))),
    ]);
}

#[test]
fn the_room_waits_until_the_last_has_answered() {
    let mut home = Home::with(["ann", "bob", "carol"]);
    home.says("ann", Say::Invite("bob")).anyway();
    home.says("ann", Say::Invite("carol")).anyway();
    home.says("bob", Say::Decline("ann", None))
        .expect([to("ann", ended("bob", declined(None))), to("bob", ended("ann", declined(None)))]);
    home.says("carol", Say::Goodbye).expect([
        to("carol", News::Closed(CloseReason::Goodbye)),
        to("ann", ended("carol", Outcome::Gone)),
        to("ann", nobody_came("carol", Outcome::Gone)),
    ]);
}

#[test]
fn the_ring_stops_when_the_caller_is_lost() {
    let mut home = call_among(["ann", "bob", "carol"]);
    home.loses("ann").expect([]);
    home.wait(10 * SECOND).expect([]);
    home.returns("ann").anyway();
    home.says("ann", Say::Invite("carol")).anyway();
    home.loses("ann").expect([]);
    // Lost and ringing equally long: what began first ends first.
    home.wait(30 * SECOND).expect([to("carol", ended("ann", Outcome::Expired)), to("bob", last_lost("ann"))]);
}

#[test]
fn who_call_each_other_meet_in_the_older_room() {
    let mut home = Home::with(["ann", "bob", "carol"]);
    home.says("ann", Say::Invite("bob")).anyway();
    home.says("bob", Say::Invite("ann"))
        .expect([to("ann", ended("bob", Outcome::Accepted)), to("bob", ended("ann", Outcome::Accepted))]);
    assert_eq!((home.room("bob"), home.host("bob")), (vec!["ann", "bob"], "ann"));
}

#[test]
fn who_call_each_other_from_two_calls_meet_in_the_older_one() {
    for (caller, other) in [("ann", "carol"), ("carol", "ann")] {
        let mut home = call_among(["ann", "bob", "carol", "dave"]);
        joins(&mut home, "dave", "carol");
        home.says(caller, Say::Invite(other)).anyway();
        home.says(other, Say::Invite(caller)).expect([
            to(caller, ended(other, Outcome::Accepted)),
            to(other, ended(caller, Outcome::Accepted)),
            to("dave", last_left("carol")),
        ]);
        assert_eq!(home.room("carol"), ["ann", "bob", "carol"]);
    }
}

#[test]
fn who_call_each_other_need_a_seat_in_the_older_room() {
    let mut home = Home::by(Rules { room_capacity: 2, ..Rules::default() }, ["ann", "bob", "carol"]);
    joins(&mut home, "bob", "ann");
    home.says("carol", Say::Invite("ann")).expect([to("ann", ring("carol", &["carol"]))]);
    home.says("ann", Say::Invite("carol")).expect([to("ann", error(ErrorCode::RoomFull))]);
    home.says("ann", Say::BringHere("carol")).expect([to("ann", error(ErrorCode::RoomFull))]);
    home.says("ann", Say::Accept("carol")).expect([
        to("carol", ended("ann", Outcome::Accepted)),
        to("ann", ended("carol", Outcome::Accepted)),
        to("bob", last_left("ann")),
    ]);
    assert_eq!(home.room("ann"), ["carol", "ann"]);
}

#[test]
fn inviting_twice_changes_nothing_and_is_no_error() {
    let mut home = call_among(["ann", "bob", "carol"]);
    home.says("ann", Say::Invite("bob")).expect([]);
    home.says("ann", Say::Invite("carol")).anyway();
    home.says("ann", Say::Invite("carol")).expect([]);
    home.says("bob", Say::Invite("carol")).expect([]);
    assert_eq!(home.invited("ann"), [("carol", Progress::Sent)]);
}

#[test]
fn nobody_can_call_themselves_or_who_is_not_here() {
    let mut home = Home::with(["ann", "bob"]);
    home.says("ann", Say::Invite("ann")).expect([to("ann", error(ErrorCode::NotYourself))]);
    home.says("bob", Say::Goodbye).anyway();
    home.says("ann", Say::Invite("bob")).expect([to("ann", error(ErrorCode::PersonUnknown))]);
    assert_eq!(home.room("ann"), [""; 0]);
}

#[test]
fn who_is_in_a_call_is_rung_quietly_and_may_leave_for_it() {
    let mut home = call_among(["ann", "bob", "carol"]);
    home.says("carol", Say::Invite("bob")).expect([to("bob", ring("carol", &["carol"]))]);
    home.says("bob", Say::Ringing("carol")).expect([]);
    assert_eq!(home.invited("carol"), [("bob", Progress::InAnotherCall)]);
    home.says("bob", Say::Accept("carol")).expect([
        to("carol", ended("bob", Outcome::Accepted)),
        to("bob", ended("carol", Outcome::Accepted)),
        to("ann", last_left("bob")),
    ]);
    assert_eq!(home.room("bob"), ["carol", "bob"]);
}

#[test]
fn who_is_in_a_call_may_bring_the_caller_there() {
    let mut home = call_among(["ann", "bob", "carol", "dave", "eve"]);
    joins(&mut home, "dave", "carol");
    home.says("carol", Say::Invite("eve")).anyway();
    home.says("carol", Say::Invite("bob")).anyway();
    home.says("bob", Say::BringHere("carol")).expect([
        to("carol", ended("bob", Outcome::Accepted)),
        to("bob", ended("carol", Outcome::Accepted)),
        to("carol", ended("eve", Outcome::Cancelled)),
        to("eve", ended("carol", Outcome::Cancelled)),
        to("dave", last_left("carol")),
    ]);
    assert_eq!(home.room("carol"), ["ann", "bob", "carol"]);
}

#[test]
fn who_is_brought_somewhere_leaves_the_others_together() {
    let mut home = call_among(["ann", "bob", "carol", "dave", "eve"]);
    joins(&mut home, "dave", "carol");
    joins(&mut home, "eve", "carol");
    home.says("carol", Say::Invite("bob")).anyway();
    home.says("bob", Say::BringHere("carol")).anyway();
    assert_eq!(home.room("carol"), ["ann", "bob", "carol"]);
    assert_eq!((home.room("eve"), home.host("eve")), (vec!["dave", "eve"], "dave"));
}

#[test]
fn bringing_somebody_here_when_here_is_nowhere_is_accepting() {
    let mut home = call_among(["ann", "bob", "carol"]);
    home.says("carol", Say::Invite("bob")).anyway();
    home.says("ann", Say::Leave).expect([to("ann", left(Farewell::Left)), to("bob", last_left("ann"))]);
    home.says("bob", Say::BringHere("carol")).anyway();
    assert_eq!(home.room("bob"), ["carol", "bob"]);
}

#[test]
fn bringing_somebody_here_who_is_called_here_already_needs_no_second_seat() {
    let mut home = Home::by(Rules { room_capacity: 3, ..Rules::default() }, ["ann", "bob", "carol"]);
    joins(&mut home, "bob", "ann");
    home.says("carol", Say::Invite("bob")).anyway();
    home.says("ann", Say::Invite("carol")).expect([to("carol", ring("ann", &["ann", "bob"]))]);
    home.says("bob", Say::BringHere("carol")).expect([
        to("carol", ended("bob", Outcome::Accepted)),
        to("bob", ended("carol", Outcome::Accepted)),
        to("ann", ended("carol", Outcome::Overtaken)),
        to("carol", ended("ann", Outcome::Overtaken)),
    ]);
    assert_eq!(home.room("carol"), ["ann", "bob", "carol"]);
}

#[test]
fn a_ring_gets_quiet_when_the_callee_takes_another_call() {
    let mut home = Home::with(["ann", "bob", "carol"]);
    home.says("ann", Say::Invite("bob")).anyway();
    home.says("carol", Say::Invite("bob")).anyway();
    home.says("bob", Say::Ringing("ann")).expect([]);
    home.says("bob", Say::Ringing("carol")).expect([]);
    home.says("bob", Say::Accept("ann")).anyway();
    assert_eq!(home.invited("carol"), [("bob", Progress::InAnotherCall)]);
    home.says("bob", Say::Leave).anyway();
    assert_eq!(home.invited("carol"), [("bob", Progress::Ringing)]);
}

#[test]
fn who_does_not_want_to_be_disturbed_is_not() {
    let mut home = Home::with(["ann", "bob"]);
    home.says("bob", Say::Be(Availability::DoNotDisturb)).expect([]);
    let reason = Some(DeclineReason::DoNotDisturb);
    home.says("ann", Say::Invite("bob")).expect([to("ann", ended("bob", declined(reason)))]);
    assert_eq!(home.room("ann"), [""; 0]);
    // But whom they call themselves may well call them.
    home.says("bob", Say::Invite("ann")).expect([to("ann", ring("bob", &["bob"]))]);
    home.says("ann", Say::Invite("bob")).anyway();
    assert_eq!(home.room("bob"), ["bob", "ann"]);
}

#[test]
fn who_begins_not_to_want_to_be_disturbed_is_not_any_more() {
    let mut home = Home::with(["ann", "bob"]);
    home.says("ann", Say::Invite("bob")).anyway();
    let reason = Some(DeclineReason::DoNotDisturb);
    home.says("bob", Say::Be(Availability::DoNotDisturb)).expect([
        to("ann", ended("bob", declined(reason))),
        to("bob", ended("ann", declined(reason))),
        to("ann", nobody_came("bob", declined(reason))),
    ]);
}

#[test]
fn it_rings_at_who_is_away() {
    let mut home = Home::with(["ann", "bob"]);
    home.says("bob", Say::Be(Availability::Away)).expect([]);
    home.says("ann", Say::Invite("bob")).expect([to("bob", ring("ann", &["ann"]))]);
}

#[test]
fn it_rings_at_who_lost_the_connection_once_they_are_back() {
    let mut home = Home::with(["ann", "bob"]);
    home.loses("bob").anyway();
    home.says("ann", Say::Invite("bob")).expect([]);
    assert_eq!(home.invited("ann"), [("bob", Progress::Sent)]);
    home.wait(12 * SECOND).expect([]);
    home.returns("bob").expect([to("bob", welcome_back("bob")), to("bob", ring_for("ann", &["ann"], 18))]);
    home.says("bob", Say::Accept("ann")).anyway();
    assert_eq!(home.room("ann"), ["ann", "bob"]);
}

#[test]
fn twenty_may_be_called_at_a_time() {
    let mut home = Home::by(Rules { room_capacity: 40, ..Rules::default() }, ["ann"]);
    let others: Vec<String> = (0..21).map(|number| format!("guest {number}")).collect();
    for guest in &others {
        home.comes(guest).anyway();
    }
    for guest in &others[..20] {
        home.says("ann", Say::Invite(guest)).expect([to(guest, ring("ann", &["ann"]))]);
    }
    home.says("ann", Say::Invite(&others[20])).expect([to("ann", error(ErrorCode::TooManyInvitations))]);
    home.says("ann", Say::Cancel(&others[0])).anyway();
    home.says("ann", Say::Invite(&others[20])).expect([to(&others[20], ring("ann", &["ann"]))]);
}

#[test]
fn who_is_called_has_a_seat() {
    let mut home = Home::by(Rules { room_capacity: 3, ..Rules::default() }, ["ann", "bob", "carol", "dave"]);
    home.says("ann", Say::Invite("bob")).anyway();
    home.says("ann", Say::Invite("carol")).anyway();
    home.says("ann", Say::Invite("dave")).expect([to("ann", error(ErrorCode::RoomFull))]);
    home.says("bob", Say::Accept("ann")).anyway();
    home.says("bob", Say::Invite("dave")).expect([to("bob", error(ErrorCode::RoomFull))]);
    home.says("carol", Say::Decline("ann", None)).anyway();
    home.says("bob", Say::Invite("dave")).expect([to("dave", ring("bob", &["ann", "bob"]))]);
}

#[test]
fn a_room_for_one_is_for_nobody() {
    let mut home = Home::by(Rules { room_capacity: 1, ..Rules::default() }, ["ann", "bob"]);
    home.says("ann", Say::Invite("bob")).expect([to("ann", error(ErrorCode::RoomFull))]);
    assert_eq!(home.room("ann"), [""; 0]);
}

#[test]
fn what_is_said_too_late_changes_nothing() {
    let mut home = Home::with(["ann", "bob"]);
    home.says("ann", Say::Invite("bob")).anyway();
    home.says("ann", Say::Cancel("bob")).anyway();
    for late in [Say::Accept("ann"), Say::BringHere("ann"), Say::Decline("ann", None), Say::Ringing("ann")] {
        home.says("bob", late).expect([]);
    }
    home.says("ann", Say::Cancel("bob")).expect([]);
    home.says("ann", Say::Leave).expect([]);
    assert_eq!(home.lobby.counts().rooms, 0);
}

#[test]
fn nobody_answers_for_another() {
    let mut home = Home::with(["ann", "bob", "eve"]);
    home.says("ann", Say::Invite("bob")).anyway();
    let invitation = home.view("ann").expect("she waits").invitations[0].invitation;
    for meddling in [
        ClientMessage::Accept { invitation },
        ClientMessage::BringHere { invitation },
        ClientMessage::Decline { invitation, reason: None },
        ClientMessage::Cancel { invitation },
        ClientMessage::Ringing { invitation },
    ] {
        home.says_plainly("eve", meddling.clone()).expect([]);
        if !matches!(meddling, ClientMessage::Cancel { .. }) {
            home.says_plainly("ann", meddling).expect([]);
        }
    }
    home.says_plainly("bob", ClientMessage::Cancel { invitation }).expect([]);
    assert_eq!(home.invited("ann"), [("bob", Progress::Sent)]);
}

#[test]
fn who_accepts_while_calling_others_stops_calling_them() {
    let mut home = Home::with(["ann", "bob", "carol"]);
    home.says("bob", Say::Invite("carol")).anyway();
    home.says("ann", Say::Invite("bob")).anyway();
    home.says("bob", Say::Accept("ann")).expect([
        to("ann", ended("bob", Outcome::Accepted)),
        to("bob", ended("ann", Outcome::Accepted)),
        to("bob", ended("carol", Outcome::Cancelled)),
        to("carol", ended("bob", Outcome::Cancelled)),
    ]);
    assert_eq!(home.room("bob"), ["ann", "bob"]);
}
