//! Scenarios of arriving, being seen, and leaving.

use super::*;

#[test]
fn who_says_hello_is_welcomed_and_sees_everybody() {
    let mut harness = LobbyHarness::with([]);
    harness.comes("ann").expect([to("ann", welcome("ann"))]);
    harness.comes("bob").expect([to("bob", welcome("bob"))]);
    harness.wait(SECOND).ignore();
    assert_eq!(harness.seen("bob", "ann").map(|ann| ann.status), Some(Status::Available));
    assert_eq!(harness.seen("ann", "bob").map(|bob| bob.reconnecting), Some(false));
    assert!(harness.seen("bob", "bob").is_some(), "one sees oneself, too");
}

#[test]
fn nothing_is_heard_before_hello() {
    let mut harness = LobbyHarness::with([]);
    let stranger = Input::Received { from: ConnectionId(99), message: ClientMessage::Ping };
    let now = harness.now();
    let sent =
        Effect::Send { to: ConnectionId(99), message: ServerMessage::Error { code: ErrorCode::HelloFirst } };
    assert_eq!(harness.lobby.handle(now, stranger), [sent]);
    assert_eq!(harness.lobby.handle(now, Input::Disconnected { connection: ConnectionId(99) }), []);
}

#[test]
fn hello_is_said_once() {
    let mut harness = LobbyHarness::with(["ann"]);
    let again =
        ClientMessage::Hello { name: "ann".to_owned(), token: None, pin: None, pass: None, device: None };
    harness.says_plainly("ann", again).expect([to("ann", error(ErrorCode::HelloFirst))]);
}

#[test]
fn who_has_no_good_name_may_say_another() {
    let mut harness = LobbyHarness::with([]);
    harness.comes_as("ann", " \u{202e} ").expect([to("ann", error(ErrorCode::NameInvalid))]);
    let hello = ClientMessage::Hello {
        name: " Ann\tB. ".to_owned(),
        token: None,
        pin: None,
        pass: None,
        device: None,
    };
    harness.says_plainly("ann", hello).expect([to("ann", welcome("Ann B."))]);
}

#[test]
fn the_lobby_holds_so_many_and_no_more() {
    let mut harness = LobbyHarness::by(Rules { people: 2, ..Rules::default() }, ["ann", "bob"]);
    harness.comes("carol").expect([to("carol", error(ErrorCode::LobbyFull))]);
    harness.loses("bob").ignore();
    harness.comes("carol").expect([to("carol", error(ErrorCode::LobbyFull))]);
    harness.returns("bob").expect([to("bob", welcome_back("bob"))]);
    harness.says("bob", Say::Goodbye).ignore();
    harness.comes("carol").expect([to("carol", welcome("carol"))]);
}

#[test]
fn two_of_the_same_name_can_be_told_apart() {
    let mut harness = LobbyHarness::with([]);
    harness.comes_as("one", "Ann").expect([to("one", welcome("Ann"))]);
    harness.comes_as("two", "ANN").expect([to("two", welcome("ANN (2)"))]);
    harness.says("one", Say::Goodbye).ignore();
    harness.comes_as("three", "Ann").expect([to("three", welcome("Ann"))]);
    harness.wait(3 * SECOND).ignore();
    harness.loses("two").ignore();
    harness.returns("two").expect([to("two", welcome_back("ANN (2)"))]);
}

#[test]
fn a_new_name_is_seen_everywhere() {
    let mut harness = call_among(["ann", "bob", "carol", "dave"]);
    harness.says("ann", Say::Invite("carol")).ignore();
    harness.says("dave", Say::Knock("ann")).ignore();
    harness.says("bob", Say::Rename("Robert")).expect([to("bob", Notice::Renamed("Robert".into()))]);
    harness.says("carol", Say::Rename("Caroline")).expect([to("carol", Notice::Renamed("Caroline".into()))]);
    harness.says("dave", Say::Rename("ann")).expect([to("dave", Notice::Renamed("ann (2)".into()))]);
    harness.says("dave", Say::Rename("")).expect([to("dave", error(ErrorCode::NameInvalid))]);
    harness.wait(SECOND).expect([]);
    assert_eq!(harness.room("ann"), ["ann", "Robert"]);
    assert_eq!(harness.invited("ann"), [("Caroline", Progress::Sent)]);
    assert_eq!(harness.knocking("bob"), ["ann (2)"]);
    harness.wait(SECOND).ignore();
    assert_eq!(harness.seen("dave", "bob").map(|bob| bob.name.as_str()), Some("Robert"));
}

#[test]
fn the_list_shows_who_is_free() {
    let mut harness = call_among(["ann", "bob", "carol", "dave"]);
    harness.says("carol", Say::Be(Availability::Away)).expect([]);
    harness.says("dave", Say::Be(Availability::DoNotDisturb)).expect([]);
    harness.says("bob", Say::Be(Availability::Away)).expect([]);
    harness.wait(SECOND).ignore();
    let status = |whom| harness.seen("ann", whom).map(|person| (person.status, person.room.is_some()));
    assert_eq!(status("ann"), Some((Status::InCall, true)));
    assert_eq!(status("bob"), Some((Status::InCall, true)));
    assert_eq!(status("carol"), Some((Status::Away, false)));
    assert_eq!(status("dave"), Some((Status::DoNotDisturb, false)));
    harness.says("bob", Say::Leave).ignore();
    harness.says("dave", Say::Be(Availability::Available)).expect([]);
    harness.wait(SECOND).ignore();
    let status = |whom| harness.seen("ann", whom).map(|person| person.status);
    assert_eq!(status("ann"), Some(Status::Available));
    assert_eq!(status("bob"), Some(Status::Away));
    assert_eq!(status("dave"), Some(Status::Available));
}

#[test]
fn changes_that_come_together_are_told_together() {
    let mut harness = LobbyHarness::with(["ann"]);
    for name in ["bob", "carol", "dave"] {
        harness.comes(name).ignore();
    }
    assert_eq!(harness.seen("ann", "bob"), None);
    harness.wait(Duration::from_millis(10)).ignore();
    assert!(["bob", "carol", "dave"].iter().all(|whom| harness.seen("ann", whom).is_some()));
    // So short after that the next change waits for others to come with it.
    harness.says("dave", Say::Goodbye).ignore();
    harness.wait(Duration::from_millis(49)).ignore();
    assert!(harness.seen("ann", "dave").is_some());
    harness.wait(Duration::from_millis(2)).ignore();
    assert!(harness.seen("ann", "dave").is_none());
}

#[test]
fn in_a_crowd_a_status_waits_but_who_comes_or_goes_does_not() {
    let mut harness = LobbyHarness::with(["ann", "bob"]);
    for number in 0..98 {
        harness.comes(&format!("person {number}")).ignore();
    }
    harness.wait(SECOND).ignore();
    harness.says("ann", Say::Be(Availability::Away)).ignore();
    harness.wait(Duration::from_millis(10)).ignore();
    let status = |harness: &LobbyHarness, whom| harness.seen("person 1", whom).map(|person| person.status);
    assert_eq!(status(&harness, "ann"), Some(Status::Away), "after a quiet time it is told at once");

    harness.says("bob", Say::Be(Availability::Away)).ignore();
    harness.wait(Duration::from_millis(190)).ignore();
    assert_eq!(status(&harness, "bob"), Some(Status::Available));
    harness.wait(Duration::from_millis(20)).ignore();
    assert_eq!(status(&harness, "bob"), Some(Status::Away));

    harness.says("bob", Say::Be(Availability::Available)).ignore();
    harness.wait(Duration::from_millis(60)).ignore();
    harness.says("person 0", Say::Goodbye).ignore();
    harness.wait(Duration::from_millis(10)).ignore();
    assert_eq!(status(&harness, "person 0"), None);
    assert_eq!(status(&harness, "bob"), Some(Status::Available), "what waits goes with it");
}

#[test]
fn who_loses_the_connection_is_missed_for_a_while_and_then_gone() {
    let mut harness = LobbyHarness::with(["ann", "bob"]);
    harness.loses("bob").expect([]);
    harness.wait(29 * SECOND).expect([]);
    assert_eq!(harness.seen("ann", "bob").map(|bob| bob.reconnecting), Some(true));
    harness.wait(2 * SECOND).expect([]);
    assert_eq!(harness.seen("ann", "bob"), None);
}

#[test]
fn who_comes_back_in_time_has_the_same_place() {
    let mut harness = call_among(["ann", "bob", "carol", "dave"]);
    let bob = harness.id("bob");
    harness
        .says(
            "bob",
            Say::Show(MediaState { microphone: true, camera: true, screen: false, ..MediaState::default() }),
        )
        .expect([]);
    harness.says("carol", Say::Invite("bob")).expect([to("bob", ring("carol", &["carol"]))]);
    harness.loses("bob").expect([]);
    assert!(harness.view("ann").expect("in the call").members[1].reconnecting);
    harness.wait(20 * SECOND).expect([]);
    harness
        .returns("bob")
        .expect([to("bob", welcome_back("bob")), to("bob", ring_for("carol", &["carol"], 10))]);
    assert_eq!(harness.id("bob"), bob);
    assert_eq!(harness.room("bob"), ["ann", "bob"]);
    assert!(harness.view("ann").expect("in the call").members[1].media.camera);
    harness.wait(5 * SECOND).expect([]);
    assert_eq!(harness.seen("ann", "bob").map(|bob| bob.reconnecting), Some(false));
}

#[test]
fn who_comes_back_hears_first_who_they_are_then_of_their_room_and_then_what_rings() {
    let mut harness = call_among(["ann", "bob", "carol"]);
    harness.says("carol", Say::Invite("bob")).ignore();
    harness.loses("bob").ignore();
    let (now, bob) = (harness.now(), ConnectionId(99));
    let hello = ClientMessage::Hello {
        name: "bob".to_owned(),
        token: harness.tokens("bob").last().cloned().map(Into::into),
        pin: None,
        pass: None,
        device: None,
    };
    harness.lobby.handle(
        now,
        Input::Connected {
            connection: bob,
            from: ClientPrefix::of([10, 0, 0, 9].into()),
            via: [10, 0, 0, 1].into(),
        },
    );
    let mut effects = harness.lobby.handle(now, Input::Received { from: bob, message: hello });
    effects.retain(|effect| !matches!(effect, Effect::Send { to, .. } if *to != bob));
    assert!(
        matches!(
            &effects[..],
            [
                Effect::Send { message: ServerMessage::Welcome { resumed: true, .. }, .. },
                Effect::Subscribe { .. },
                Effect::Send { message: ServerMessage::Room { .. }, .. },
                Effect::Command { command: Command::Resync, .. },
                Effect::Send { message: ServerMessage::Ring { .. }, .. },
            ]
        ),
        "{effects:?}"
    );
}

#[test]
fn of_a_ring_that_was_not_heard_no_end_is_told() {
    let mut harness = LobbyHarness::with(["ann", "bob"]);
    harness.loses("bob").expect([]);
    harness.says("ann", Say::Invite("bob")).expect([]);
    harness.says("ann", Say::Cancel("bob")).expect([
        to("ann", ended("bob", Outcome::Cancelled)),
        to("ann", nobody_came("bob", Outcome::Cancelled)),
    ]);
    harness.returns("bob").expect([to("bob", welcome_back("bob"))]);
}

#[test]
fn an_end_that_came_while_one_was_away_is_told_on_return() {
    let mut harness = LobbyHarness::with(["ann", "bob"]);
    harness.says("ann", Say::Invite("bob")).ignore();
    harness.loses("bob").expect([]);
    harness.says("ann", Say::Cancel("bob")).expect([
        to("ann", ended("bob", Outcome::Cancelled)),
        to("ann", nobody_came("bob", Outcome::Cancelled)),
    ]);
    harness
        .returns("bob")
        .expect([to("bob", welcome_back("bob")), to("bob", ended("ann", Outcome::Cancelled))]);
}

#[test]
fn who_comes_back_to_a_room_that_ended_hears_why() {
    let mut harness = call_among(["ann", "bob"]);
    harness.loses("ann").expect([]);
    harness.says("bob", Say::Leave).expect([to("bob", left(RoomEndReason::Left))]);
    harness.returns("ann").expect([to("ann", welcome_back("ann")), to("ann", last_left("bob"))]);
    harness.returns("ann").expect([
        to("another tab", Notice::TakenOver),
        to("another tab", Notice::Closed(CloseReason::TakenOver)),
        to("ann", welcome_back("ann")),
    ]);
}

#[test]
fn a_second_tab_takes_over_and_the_first_is_told() {
    let mut harness = call_among(["ann", "bob"]);
    harness.returns("bob").expect([
        to("another tab", Notice::TakenOver),
        to("another tab", Notice::Closed(CloseReason::TakenOver)),
        to("bob", welcome_back("bob")),
    ]);
    assert_eq!(harness.room("bob"), ["ann", "bob"]);
    assert_eq!(harness.room("ann"), ["ann", "bob"]);
}

#[test]
fn the_end_of_a_connection_that_was_taken_over_means_nothing() {
    let mut harness = LobbyHarness::with(["ann"]);
    harness.returns("ann").ignore();
    let now = harness.now();
    assert_eq!(harness.lobby.handle(now, Input::Disconnected { connection: ConnectionId(1) }), []);
    assert!(harness.lobby.people().all(|person| !person.reconnecting));
}

#[test]
fn any_token_of_a_person_gets_the_place_back() {
    let mut harness = call_among(["ann", "bob"]);
    harness.says("ann", Say::Lock(true)).ignore();
    for nth in 0..harness.tokens("bob").len() {
        harness.loses("bob").ignore();
        harness.returns_with("bob", nth).expect([to("bob", welcome_back("bob"))]);
        assert_eq!(harness.room("bob"), ["ann", "bob"]);
    }
}

#[test]
fn who_comes_back_may_have_another_name() {
    let mut harness = call_among(["ann", "bob"]);
    harness.loses("bob").ignore();
    harness.returns_as("bob", "Robert").expect([to("bob", welcome_back("Robert"))]);
    assert_eq!(harness.room("ann"), ["ann", "Robert"]);
}

#[test]
fn a_forged_token_is_no_token() {
    let mut harness = LobbyHarness::with(["ann"]);
    let ann = harness.id("ann");
    harness.hello("ann", Some("nonsense".to_owned())).expect([to("ann", welcome("ann (2)"))]);
    assert_ne!(harness.id("ann"), ann);
}

#[test]
fn who_comes_back_too_late_is_the_same_person_but_has_no_place() {
    let mut harness = call_among(["ann", "bob"]);
    let bob = harness.id("bob");
    harness.loses("bob").ignore();
    harness.wait(30 * SECOND).expect([to("ann", last_lost("bob"))]);
    harness.returns("bob").expect([to("bob", welcome("bob")), to("bob", left(RoomEndReason::Interrupted))]);
    assert_eq!(harness.id("bob"), bob);
}

#[test]
fn a_new_name_of_the_box_is_told_to_those_who_come_later() {
    let mut harness = LobbyHarness::with([]);
    harness.lobby.rename_host("wizyjno-2.local".to_owned());
    let hello =
        ClientMessage::Hello { name: "ann".to_owned(), token: None, pin: None, pass: None, device: None };
    let (now, ann) = (harness.now(), ConnectionId(7));
    harness.lobby.handle(
        now,
        Input::Connected {
            connection: ann,
            from: ClientPrefix::of([10, 0, 0, 9].into()),
            via: [10, 0, 0, 1].into(),
        },
    );
    let effects = harness.lobby.handle(now, Input::Received { from: ann, message: hello });
    let named = |effect: &Effect| matches!(effect, Effect::Send { message: ServerMessage::Welcome { host, .. }, .. } if host == "wizyjno-2.local");
    assert!(effects.iter().any(named), "{effects:?}");
}

#[test]
fn whoever_says_goodbye_is_gone_at_once_and_everywhere() {
    let mut harness = call_among(["ann", "bob", "carol", "dave"]);
    harness.says("ann", Say::Invite("carol")).ignore();
    harness.says("dave", Say::Invite("ann")).ignore();
    harness.says("ann", Say::Goodbye).expect([
        to("ann", Notice::Closed(CloseReason::Goodbye)),
        to("carol", ended("ann", Outcome::Gone)),
        to("dave", ended("ann", Outcome::Gone)),
        to("bob", last_left("ann")),
        to("dave", nobody_came("ann", Outcome::Gone)),
    ]);
    harness.wait(SECOND).ignore();
    assert_eq!(harness.seen("bob", "ann"), None);
}

#[test]
fn a_page_may_ask_whether_the_box_is_there() {
    LobbyHarness::with(["ann"]).says("ann", Say::Ping).expect([to("ann", Notice::Pong)]);
}

#[test]
fn it_does_not_matter_how_exactly_the_box_wakes_up() {
    let mut harness = LobbyHarness::with(["ann", "bob"]);
    harness.says("ann", Say::Invite("bob")).ignore();
    harness.oversleeps(31 * SECOND);
    harness.says("bob", Say::Accept("ann")).expect([
        to("ann", ended("bob", Outcome::Expired)),
        to("bob", ended("ann", Outcome::Expired)),
        to("ann", nobody_came("bob", Outcome::Expired)),
    ]);
}

/// Each return is told to every member, and needs no more than a token.
#[test]
fn who_comes_back_all_the_time_is_gathered_for_the_others() {
    let mut harness = call_among(["ann", "bob"]);
    let before = harness.tokens("ann").len();
    for _ in 0..100 {
        harness.returns("bob").ignore();
        assert!(harness.view("bob").is_some(), "who is back sees the room at once");
    }
    harness.wait(SECOND).ignore();
    let heard = harness.tokens("ann").len() - before;
    assert!((1..=22).contains(&heard), "{heard} times");
}
