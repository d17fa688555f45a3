//! Stories of coming, being seen, and going.

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
    let sent =
        Effect::Send { to: ConnectionId(99), message: ServerMessage::Error { code: ErrorCode::HelloFirst } };
    assert_eq!(home.lobby.handle(now, stranger), [sent]);
    assert_eq!(home.lobby.handle(now, Event::Lost { connection: ConnectionId(99) }), []);
}

#[test]
fn hello_is_said_once() {
    let mut home = Home::with(["ann"]);
    let again = ClientMessage::Hello { name: "ann".to_owned(), token: None, pin: None, pass: None };
    home.says_plainly("ann", again).expect([to("ann", error(ErrorCode::HelloFirst))]);
}

#[test]
fn who_has_no_good_name_may_say_another() {
    let mut home = Home::with([]);
    home.comes_as("ann", " \u{202e} ").expect([to("ann", error(ErrorCode::NameInvalid))]);
    let hello = ClientMessage::Hello { name: " Ann\tB. ".to_owned(), token: None, pin: None, pass: None };
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
    home.wait(3 * SECOND).anyway();
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
    home.wait(SECOND).expect([]);
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
fn who_comes_back_hears_first_who_they_are_then_of_their_room_and_then_what_rings() {
    let mut home = call_among(["ann", "bob", "carol"]);
    home.says("carol", Say::Invite("bob")).anyway();
    home.loses("bob").anyway();
    let (now, bob) = (home.now(), ConnectionId(99));
    let hello = ClientMessage::Hello {
        name: "bob".to_owned(),
        token: home.tokens("bob").last().cloned(),
        pin: None,
        pass: None,
    };
    home.lobby.handle(now, Event::Opened { connection: bob, from: ClientPrefix::of([10, 0, 0, 9].into()) });
    let mut effects = home.lobby.handle(now, Event::Said { from: bob, message: hello });
    effects.retain(|effect| !matches!(effect, Effect::Send { to, .. } if *to != bob));
    assert!(
        matches!(
            &effects[..],
            [
                Effect::Send { message: ServerMessage::Welcome { resumed: true, .. }, .. },
                Effect::Subscribe { .. },
                Effect::Send { message: ServerMessage::Room { .. }, .. },
                Effect::Relay { wish: Wish::SayAgain, .. },
                Effect::Send { message: ServerMessage::Ring { .. }, .. },
            ]
        ),
        "{effects:?}"
    );
}

#[test]
fn of_a_ring_that_was_not_heard_no_end_is_told() {
    let mut home = Home::with(["ann", "bob"]);
    home.loses("bob").expect([]);
    home.says("ann", Say::Invite("bob")).expect([]);
    home.says("ann", Say::Cancel("bob")).expect([
        to("ann", ended("bob", Outcome::Cancelled)),
        to("ann", nobody_came("bob", Outcome::Cancelled)),
    ]);
    home.returns("bob").expect([to("bob", welcome_back("bob"))]);
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
    home.returns("bob").expect([to("bob", welcome_back("bob")), to("bob", ended("ann", Outcome::Cancelled))]);
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
    let hello = ClientMessage::Hello { name: "ann".to_owned(), token: None, pin: None, pass: None };
    let (now, ann) = (home.now(), ConnectionId(7));
    home.lobby.handle(now, Event::Opened { connection: ann, from: ClientPrefix::of([10, 0, 0, 9].into()) });
    let effects = home.lobby.handle(now, Event::Said { from: ann, message: hello });
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
