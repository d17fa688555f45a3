//! The rules of the house, told as stories.

use super::home::{
    Home, News, Say, declined, ended, error, last_left, last_lost, left, nobody_came, ring, ring_for, to,
};
use super::*;
use crate::protocol::{DeclineReason, Farewell, Media, Progress, Status};

const SECOND: Duration = Duration::from_secs(1);

fn welcome(name: &str) -> News {
    News::Welcome { name: name.to_owned(), resumed: false }
}

fn welcome_back(name: &str) -> News {
    News::Welcome { name: name.to_owned(), resumed: true }
}

/// Ann and Bob are in a call that Ann began; the others are at home, too.
fn call_among<const N: usize>(names: [&str; N]) -> Home {
    let mut home = Home::with(names);
    home.says("ann", Say::Invite("bob")).anyway();
    home.says("bob", Say::Accept("ann")).anyway();
    home
}

/// Somebody who is free comes into the room of a member.
fn joins(home: &mut Home, who: &str, member: &str) {
    home.says(member, Say::Invite(who)).anyway();
    home.says(who, Say::Accept(member)).anyway();
}

/// The whole room is lost, and the box with it.
fn power_cut(home: &mut Home) {
    home.restarts();
}

mod lobby {
    use super::*;

    #[test]
    fn who_says_hello_is_welcomed_and_sees_everybody() {
        let mut home = Home::with([]);
        home.comes("ann").expect([to("ann", welcome("ann"))]);
        home.comes("bob").expect([to("bob", welcome("bob"))]);
        home.wait(SECOND).anyway();
        assert_eq!(home.seen("bob", "ann").map(|ann| ann.status), Some(Status::Available));
        assert_eq!(home.seen("ann", "bob").map(|bob| bob.reconnecting), Some(false));
        assert!(home.seen("bob", "bob").is_some(), "one sees oneself, too");
    }

    #[test]
    fn nothing_is_heard_before_hello() {
        let mut home = Home::with([]);
        let stranger = Event::Said { from: ConnectionId(99), message: ClientMessage::Ping };
        let now = home.now();
        let sent = Effect::Send {
            to: ConnectionId(99),
            message: ServerMessage::Error { code: ErrorCode::HelloFirst },
        };
        assert_eq!(home.lobby.handle(now, stranger), [sent]);
        assert_eq!(home.lobby.handle(now, Event::Lost { connection: ConnectionId(99) }), []);
    }

    #[test]
    fn hello_is_said_once() {
        let mut home = Home::with(["ann"]);
        let again = ClientMessage::Hello { name: "ann".to_owned(), token: None };
        home.says_plainly("ann", again).expect([to("ann", error(ErrorCode::HelloFirst))]);
    }

    #[test]
    fn who_has_no_good_name_may_say_another() {
        let mut home = Home::with([]);
        home.comes_as("ann", " \u{202e} ").expect([to("ann", error(ErrorCode::NameInvalid))]);
        let hello = ClientMessage::Hello { name: " Ann\tB. ".to_owned(), token: None };
        home.says_plainly("ann", hello).expect([to("ann", welcome("Ann B."))]);
    }

    #[test]
    fn the_lobby_holds_so_many_and_no_more() {
        let mut home = Home::by(Rules { people: 2, ..Rules::default() }, ["ann", "bob"]);
        home.comes("carol").expect([to("carol", error(ErrorCode::LobbyFull))]);
        home.loses("bob").anyway();
        home.comes("carol").expect([to("carol", error(ErrorCode::LobbyFull))]);
        home.returns("bob").expect([to("bob", welcome_back("bob"))]);
        home.says("bob", Say::Goodbye).anyway();
        home.comes("carol").expect([to("carol", welcome("carol"))]);
    }

    #[test]
    fn two_of_the_same_name_can_be_told_apart() {
        let mut home = Home::with([]);
        home.comes_as("one", "Ann").expect([to("one", welcome("Ann"))]);
        home.comes_as("two", "ANN").expect([to("two", welcome("ANN (2)"))]);
        home.says("one", Say::Goodbye).anyway();
        home.comes_as("three", "Ann").expect([to("three", welcome("Ann"))]);
        home.loses("two").anyway();
        home.returns("two").expect([to("two", welcome_back("ANN (2)"))]);
    }

    #[test]
    fn a_new_name_is_seen_everywhere() {
        let mut home = call_among(["ann", "bob", "carol", "dave"]);
        home.says("ann", Say::Invite("carol")).anyway();
        home.says("dave", Say::Knock("ann")).anyway();
        home.says("bob", Say::Rename("Robert")).expect([to("bob", News::Renamed("Robert".into()))]);
        home.says("carol", Say::Rename("Caroline")).expect([to("carol", News::Renamed("Caroline".into()))]);
        home.says("dave", Say::Rename("ann")).expect([to("dave", News::Renamed("ann (2)".into()))]);
        home.says("dave", Say::Rename("")).expect([to("dave", error(ErrorCode::NameInvalid))]);
        assert_eq!(home.room("ann"), ["ann", "Robert"]);
        assert_eq!(home.invited("ann"), [("Caroline", Progress::Sent)]);
        assert_eq!(home.knocking("bob"), ["ann (2)"]);
        home.wait(SECOND).anyway();
        assert_eq!(home.seen("dave", "bob").map(|bob| bob.name.as_str()), Some("Robert"));
    }

    #[test]
    fn the_list_shows_who_is_free() {
        let mut home = call_among(["ann", "bob", "carol", "dave"]);
        home.says("carol", Say::Be(Availability::Away)).expect([]);
        home.says("dave", Say::Be(Availability::DoNotDisturb)).expect([]);
        home.says("bob", Say::Be(Availability::Away)).expect([]);
        home.wait(SECOND).anyway();
        let status = |whom| home.seen("ann", whom).map(|person| (person.status, person.room.is_some()));
        assert_eq!(status("ann"), Some((Status::InCall, true)));
        assert_eq!(status("bob"), Some((Status::InCall, true)));
        assert_eq!(status("carol"), Some((Status::Away, false)));
        assert_eq!(status("dave"), Some((Status::DoNotDisturb, false)));
        home.says("bob", Say::Leave).anyway();
        home.says("dave", Say::Be(Availability::Available)).expect([]);
        home.wait(SECOND).anyway();
        let status = |whom| home.seen("ann", whom).map(|person| person.status);
        assert_eq!(status("ann"), Some(Status::Available));
        assert_eq!(status("bob"), Some(Status::Away));
        assert_eq!(status("dave"), Some(Status::Available));
    }

    #[test]
    fn changes_that_come_together_are_told_together() {
        let mut home = Home::with(["ann"]);
        for name in ["bob", "carol", "dave"] {
            home.comes(name).anyway();
        }
        assert_eq!(home.seen("ann", "bob"), None);
        home.wait(Duration::from_millis(10)).anyway();
        assert!(["bob", "carol", "dave"].iter().all(|whom| home.seen("ann", whom).is_some()));
        // So short after that the next change waits for others to come with it.
        home.says("dave", Say::Goodbye).anyway();
        home.wait(Duration::from_millis(49)).anyway();
        assert!(home.seen("ann", "dave").is_some());
        home.wait(Duration::from_millis(2)).anyway();
        assert!(home.seen("ann", "dave").is_none());
    }

    #[test]
    fn in_a_crowd_a_status_waits_but_who_comes_or_goes_does_not() {
        let mut home = Home::with(["ann", "bob"]);
        for number in 0..98 {
            home.comes(&format!("guest {number}")).anyway();
        }
        home.wait(SECOND).anyway();
        home.says("ann", Say::Be(Availability::Away)).anyway();
        home.wait(Duration::from_millis(10)).anyway();
        let status = |home: &Home, whom| home.seen("guest 1", whom).map(|person| person.status);
        assert_eq!(status(&home, "ann"), Some(Status::Away), "after a quiet time it is told at once");

        home.says("bob", Say::Be(Availability::Away)).anyway();
        home.wait(Duration::from_millis(190)).anyway();
        assert_eq!(status(&home, "bob"), Some(Status::Available));
        home.wait(Duration::from_millis(20)).anyway();
        assert_eq!(status(&home, "bob"), Some(Status::Away));

        home.says("bob", Say::Be(Availability::Available)).anyway();
        home.wait(Duration::from_millis(60)).anyway();
        home.says("guest 0", Say::Goodbye).anyway();
        home.wait(Duration::from_millis(10)).anyway();
        assert_eq!(status(&home, "guest 0"), None);
        assert_eq!(status(&home, "bob"), Some(Status::Available), "what waits goes with it");
    }

    #[test]
    fn who_loses_the_connection_is_missed_for_a_while_and_then_gone() {
        let mut home = Home::with(["ann", "bob"]);
        home.loses("bob").expect([]);
        home.wait(29 * SECOND).expect([]);
        assert_eq!(home.seen("ann", "bob").map(|bob| bob.reconnecting), Some(true));
        home.wait(2 * SECOND).expect([]);
        assert_eq!(home.seen("ann", "bob"), None);
    }

    #[test]
    fn who_comes_back_in_time_has_the_same_place() {
        let mut home = call_among(["ann", "bob", "carol", "dave"]);
        let bob = home.id("bob");
        home.says("bob", Say::Show(Media { microphone: true, camera: true, screen: false })).expect([]);
        home.says("carol", Say::Invite("bob")).expect([to("bob", ring("carol", &["carol"]))]);
        home.loses("bob").expect([]);
        assert!(home.view("ann").expect("in the call").members[1].reconnecting);
        home.wait(20 * SECOND).expect([]);
        home.returns("bob")
            .expect([to("bob", welcome_back("bob")), to("bob", ring_for("carol", &["carol"], 10))]);
        assert_eq!(home.id("bob"), bob);
        assert_eq!(home.room("bob"), ["ann", "bob"]);
        assert!(home.view("ann").expect("in the call").members[1].media.camera);
        home.wait(5 * SECOND).expect([]);
        assert_eq!(home.seen("ann", "bob").map(|bob| bob.reconnecting), Some(false));
    }

    #[test]
    fn who_comes_back_hears_how_things_ended_meanwhile() {
        let mut home = Home::with(["ann", "bob", "carol"]);
        home.says("ann", Say::Invite("bob")).expect([to("bob", ring("ann", &["ann"]))]);
        home.loses("bob").expect([]);
        home.loses("ann").expect([]);
        home.wait(SECOND).expect([]);
        home.says("carol", Say::Invite("bob")).expect([]);
        home.says("carol", Say::Cancel("bob")).expect([
            to("carol", ended("bob", Outcome::Cancelled)),
            to("carol", nobody_came("bob", Outcome::Cancelled)),
        ]);
        home.wait(28 * SECOND + SECOND / 2).expect([]);
        home.returns("ann").expect([to("ann", welcome_back("ann"))]);
        home.wait(SECOND / 2).anyway();
        // Of Carol's call Bob had heard nothing, so there is nothing to be heard of its end.
        home.returns("bob").expect([to("bob", welcome("bob"))]);
    }

    #[test]
    fn an_end_that_came_while_one_was_away_is_told_on_return() {
        let mut home = Home::with(["ann", "bob"]);
        home.says("ann", Say::Invite("bob")).anyway();
        home.loses("bob").expect([]);
        home.says("ann", Say::Cancel("bob")).expect([
            to("ann", ended("bob", Outcome::Cancelled)),
            to("ann", nobody_came("bob", Outcome::Cancelled)),
        ]);
        home.returns("bob")
            .expect([to("bob", welcome_back("bob")), to("bob", ended("ann", Outcome::Cancelled))]);
    }

    #[test]
    fn who_comes_back_to_a_room_that_ended_hears_why() {
        let mut home = call_among(["ann", "bob"]);
        home.loses("ann").expect([]);
        home.says("bob", Say::Leave).expect([to("bob", left(Farewell::Left))]);
        home.returns("ann").expect([to("ann", welcome_back("ann")), to("ann", last_left("bob"))]);
        home.returns("ann").expect([
            to("another tab", News::TakenOver),
            to("another tab", News::Closed(CloseReason::TakenOver)),
            to("ann", welcome_back("ann")),
        ]);
    }

    #[test]
    fn a_second_tab_takes_over_and_the_first_is_told() {
        let mut home = call_among(["ann", "bob"]);
        home.returns("bob").expect([
            to("another tab", News::TakenOver),
            to("another tab", News::Closed(CloseReason::TakenOver)),
            to("bob", welcome_back("bob")),
        ]);
        assert_eq!(home.room("bob"), ["ann", "bob"]);
        assert_eq!(home.room("ann"), ["ann", "bob"]);
    }

    #[test]
    fn the_end_of_a_connection_that_was_taken_over_means_nothing() {
        let mut home = Home::with(["ann"]);
        home.returns("ann").anyway();
        let now = home.now();
        assert_eq!(home.lobby.handle(now, Event::Lost { connection: ConnectionId(1) }), []);
        assert!(home.lobby.people().all(|person| !person.reconnecting));
    }

    #[test]
    fn any_token_of_a_person_gets_the_place_back() {
        let mut home = call_among(["ann", "bob"]);
        home.says("ann", Say::Lock(true)).anyway();
        for nth in 0..home.tokens("bob").len() {
            home.loses("bob").anyway();
            home.returns_with("bob", nth).expect([to("bob", welcome_back("bob"))]);
            assert_eq!(home.room("bob"), ["ann", "bob"]);
        }
    }

    #[test]
    fn who_comes_back_may_have_another_name() {
        let mut home = call_among(["ann", "bob"]);
        home.loses("bob").anyway();
        home.returns_as("bob", "Robert").expect([to("bob", welcome_back("Robert"))]);
        assert_eq!(home.room("ann"), ["ann", "Robert"]);
    }

    #[test]
    fn a_forged_token_is_no_token() {
        let mut home = Home::with(["ann"]);
        let ann = home.id("ann");
        home.hello("ann", Some("nonsense".to_owned())).expect([to("ann", welcome("ann (2)"))]);
        assert_ne!(home.id("ann"), ann);
    }

    #[test]
    fn who_comes_back_too_late_is_the_same_person_but_has_no_place() {
        let mut home = call_among(["ann", "bob"]);
        let bob = home.id("bob");
        home.loses("bob").anyway();
        home.wait(30 * SECOND).expect([to("ann", last_lost("bob"))]);
        home.returns("bob").expect([to("bob", welcome("bob")), to("bob", left(Farewell::Interrupted))]);
        assert_eq!(home.id("bob"), bob);
    }

    #[test]
    fn a_new_name_of_the_box_is_told_to_those_who_come_later() {
        let mut home = Home::with([]);
        home.lobby.rename_host("wizyjno-2.local".to_owned());
        let hello = ClientMessage::Hello { name: "ann".to_owned(), token: None };
        let now = home.now();
        let effects = home.lobby.handle(now, Event::Said { from: ConnectionId(7), message: hello });
        let named = |effect: &Effect| matches!(effect, Effect::Send { message: ServerMessage::Welcome { host, .. }, .. } if host == "wizyjno-2.local");
        assert!(effects.iter().any(named), "{effects:?}");
    }

    #[test]
    fn whoever_says_goodbye_is_gone_at_once_and_everywhere() {
        let mut home = call_among(["ann", "bob", "carol", "dave"]);
        home.says("ann", Say::Invite("carol")).anyway();
        home.says("dave", Say::Invite("ann")).anyway();
        home.says("ann", Say::Goodbye).expect([
            to("ann", News::Closed(CloseReason::Goodbye)),
            to("carol", ended("ann", Outcome::Gone)),
            to("dave", ended("ann", Outcome::Gone)),
            to("bob", last_left("ann")),
            to("dave", nobody_came("ann", Outcome::Gone)),
        ]);
        home.wait(SECOND).anyway();
        assert_eq!(home.seen("bob", "ann"), None);
    }

    #[test]
    fn a_page_may_ask_whether_the_box_is_there() {
        Home::with(["ann"]).says("ann", Say::Ping).expect([to("ann", News::Pong)]);
    }

    #[test]
    fn it_does_not_matter_how_exactly_the_box_wakes_up() {
        let mut home = Home::with(["ann", "bob"]);
        home.says("ann", Say::Invite("bob")).anyway();
        home.oversleeps(31 * SECOND);
        home.says("bob", Say::Accept("ann")).expect([
            to("ann", ended("bob", Outcome::Expired)),
            to("bob", ended("ann", Outcome::Expired)),
            to("ann", nobody_came("bob", Outcome::Expired)),
        ]);
    }
}

mod invitations {
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
        home.wait(30 * SECOND)
            .expect([to("carol", ended("ann", Outcome::Expired)), to("bob", last_lost("ann"))]);
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
        home.returns("bob")
            .expect([to("bob", welcome_back("bob")), to("bob", ring_for("ann", &["ann"], 18))]);
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
        let mut home =
            Home::by(Rules { room_capacity: 3, ..Rules::default() }, ["ann", "bob", "carol", "dave"]);
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
        for late in
            [Say::Accept("ann"), Say::BringHere("ann"), Say::Decline("ann", None), Say::Ringing("ann")]
        {
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
}

mod rooms {
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
        home.says("carol", Say::Leave)
            .expect([to("carol", left(Farewell::Left)), to("bob", last_left("carol"))]);
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
        home.says("carol", Say::Knock("ann")).expect([
            to("ann", ended("carol", Outcome::Accepted)),
            to("carol", ended("ann", Outcome::Accepted)),
        ]);
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
        home.returns("carol").expect([
            to("carol", welcome_back("carol")),
            to("carol", News::KnockEnded(KnockOutcome::Admitted)),
        ]);
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
        home.returns("carol")
            .expect([to("carol", welcome_back("carol")), to("carol", left(Farewell::Removed))]);
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
        home.says("ann", Say::Show(media)).expect([]);
        assert_eq!(home.view("bob").expect("in the call").members[0].media, media);
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
}

mod restarts {
    use super::*;

    #[test]
    fn a_call_outlasts_a_restart_of_the_box() {
        let mut home = call_among(["ann", "bob", "carol"]);
        joins(&mut home, "carol", "bob");
        home.says("ann", Say::Lock(true)).anyway();
        let ids = ["ann", "bob", "carol"].map(|who| home.id(who));
        let room = home.view("ann").expect("in the call").id;
        power_cut(&mut home);
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
            power_cut(&mut home);
            home.returns("bob").expect([to("bob", welcome_back("bob"))]);
            home.returns("ann").expect([to("ann", welcome_back("ann"))]);
            assert_eq!((home.room("bob"), home.host("bob")), (vec!["ann", "bob"], "ann"));
        }
    }

    #[test]
    fn who_waits_alone_after_a_restart_waits_only_so_long() {
        let mut home = call_among(["ann", "bob"]);
        power_cut(&mut home);
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
        power_cut(&mut home);
        home.returns("ann").anyway();
        home.returns("bob").anyway();
        home.says("bob", Say::Leave).expect([to("bob", left(Farewell::Left)), to("ann", last_left("bob"))]);
    }

    #[test]
    fn who_was_calling_is_told_that_it_rings_no_more() {
        let mut home = Home::with(["ann", "bob"]);
        home.says("ann", Say::Invite("bob")).anyway();
        power_cut(&mut home);
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
            power_cut(&mut home);
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
    fn who_comes_back_and_leaves_has_left() {
        let mut home = call_among(["ann", "bob", "carol"]);
        joins(&mut home, "carol", "ann");
        power_cut(&mut home);
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
        power_cut(&mut home);
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
        power_cut(&mut home);
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
        power_cut(&mut home);
        home.wait(30 * SECOND).expect([]);
        home.returns("ann").expect([to("ann", welcome("ann")), to("ann", left(Farewell::Interrupted))]);
        assert_eq!(home.id("ann"), ann);
    }

    #[test]
    fn a_number_that_somebody_else_got_is_theirs() {
        let mut home = Home::with(["ann"]);
        let ann = home.id("ann");
        power_cut(&mut home);
        // The seed of the second run, put where the first was.
        home.lobby.next_id = ann.0;
        home.comes("eve").anyway();
        assert_eq!(home.id("eve"), ann);
        home.returns("ann").expect([to("ann", welcome("ann"))]);
        assert_ne!(home.id("ann"), ann);
    }
}
