//! Scenarios of pages that answer calls by themselves.

use super::*;

const ON: ClientMessage = ClientMessage::SetAnswersItself { on: true };

/// Rings once, and is cancelled.
fn rings(harness: &mut LobbyHarness, from: &str, to: &str) {
    harness.says(from, Say::Invite(to)).ignore();
    harness.says(from, Say::Cancel(to)).ignore();
}

/// Answers by itself, and everybody sees it.
fn answers(harness: &mut LobbyHarness, who: &str) {
    harness.says_plainly(who, ON).ignore();
    harness.wait(SECOND).ignore();
}

fn recognised(harness: &mut LobbyHarness, who: &str, person: &str) -> Notices {
    let person = harness.id(person);
    harness.says_plainly(who, ClientMessage::Recognise { person })
}

#[test]
fn everybody_sees_who_answers_by_itself_also_after_it_came_back() {
    let mut harness = LobbyHarness::with(["ann", "kitchen"]);
    harness.says_plainly("kitchen", ON).expect([]);
    harness.wait(SECOND).ignore();
    assert_eq!(harness.seen("ann", "kitchen").map(|kitchen| kitchen.answers_itself), Some(true));
    harness.loses("kitchen").ignore();
    harness.returns("kitchen").ignore();
    assert_eq!(harness.seen("ann", "kitchen").map(|kitchen| kitchen.answers_itself), Some(true));
    harness.says_plainly("kitchen", ClientMessage::SetAnswersItself { on: false }).expect([]);
    harness.wait(SECOND).ignore();
    assert_eq!(harness.seen("ann", "kitchen").map(|kitchen| kitchen.answers_itself), Some(false));
}

#[test]
fn only_who_answers_by_itself_is_told_by_what_to_know_a_device() {
    let mut harness = LobbyHarness::with(["ann", "kitchen"]);
    rings(&mut harness, "ann", "kitchen");
    recognised(&mut harness, "kitchen", "ann").expect([]);
    answers(&mut harness, "kitchen");
    rings(&mut harness, "ann", "kitchen");
    let [None, Some(mark)]: [Option<String>; 2] =
        harness.marks("kitchen").to_vec().try_into().expect("two rings")
    else {
        panic!("the second one is marked: {:?}", harness.marks("kitchen"))
    };
    let person = harness.id("ann");
    let told = Notice::Relayed(ServerMessage::Recognised { person, mark });
    recognised(&mut harness, "kitchen", "ann").expect([to("kitchen", told)]);
    let nobody = ClientMessage::Recognise { person: PersonId(77_777) };
    harness.says_plainly("kitchen", nobody).expect([to("kitchen", error(ErrorCode::PersonUnknown))]);
}

#[test]
fn nobody_is_told_of_a_device_before_everybody_sees_who_answers_by_itself() {
    let mut harness = LobbyHarness::with(["ann", "kitchen"]);
    // On and off within one broadcast is seen by nobody.
    harness.says_plainly("kitchen", ON).ignore();
    recognised(&mut harness, "kitchen", "ann").expect([]);
    harness.says_plainly("kitchen", ClientMessage::SetAnswersItself { on: false }).ignore();
    harness.wait(SECOND).ignore();
    harness.says_plainly("kitchen", ON).ignore();
    recognised(&mut harness, "kitchen", "ann").expect([]);
    rings(&mut harness, "ann", "kitchen");
    assert_eq!(harness.marks("kitchen"), [None]);
    harness.wait(SECOND).ignore();
    rings(&mut harness, "ann", "kitchen");
    assert!(harness.marks("kitchen")[1].is_some());
}

#[test]
fn a_device_is_known_under_any_name_and_a_stranger_of_its_name_is_not() {
    let mut harness = LobbyHarness::with(["ann", "kitchen"]);
    answers(&mut harness, "kitchen");
    rings(&mut harness, "ann", "kitchen");
    harness.comes_on_the_device_of("zuza", "ann").ignore();
    rings(&mut harness, "zuza", "kitchen");
    harness.says("ann", Say::Goodbye).ignore();
    // The name is free, and so is everything else but the device's token.
    harness.comes_as("stranger", "ann").expect([to("stranger", welcome("ann"))]);
    rings(&mut harness, "stranger", "kitchen");
    let [known, renamed, stranger]: [Option<String>; 3] =
        harness.marks("kitchen").to_vec().try_into().expect("three rings");
    assert!(known.is_some() && stranger.is_some());
    assert_eq!(known, renamed);
    assert_ne!(known, stranger);
}

#[test]
fn a_device_is_known_after_a_restart_of_the_box() {
    let mut harness = LobbyHarness::with(["ann", "kitchen"]);
    answers(&mut harness, "kitchen");
    rings(&mut harness, "ann", "kitchen");
    harness.restarts();
    for who in ["ann", "kitchen"] {
        harness.returns(who).ignore();
    }
    answers(&mut harness, "kitchen");
    rings(&mut harness, "ann", "kitchen");
    let [before, after]: [Option<String>; 2] =
        harness.marks("kitchen").to_vec().try_into().expect("two rings");
    assert!(before.is_some());
    assert_eq!(before, after);
}

#[test]
fn that_nobody_is_at_a_page_is_said_in_the_room_and_ends_with_it() {
    let mut harness = LobbyHarness::with(["ann", "kitchen"]);
    harness.says("ann", Say::Invite("kitchen")).ignore();
    harness.says("kitchen", Say::Accept("ann")).ignore();
    let media = MediaState { microphone: true, unattended: true, ..MediaState::default() };
    harness.says("kitchen", Say::Show(media)).ignore();
    harness.wait(SECOND).ignore();
    let unattended = |harness: &LobbyHarness| {
        let kitchen = harness.id("kitchen");
        let room = harness.view("ann").expect("a call");
        room.members.iter().find(|member| member.id == kitchen).map(|kitchen| kitchen.media.unattended)
    };
    assert_eq!(unattended(&harness), Some(true));
    harness.says("kitchen", Say::Leave).ignore();
    harness.says("ann", Say::Invite("kitchen")).ignore();
    harness.says("kitchen", Say::Accept("ann")).ignore();
    assert_eq!(unattended(&harness), Some(false));
}
