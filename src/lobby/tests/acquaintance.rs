//! Scenarios of people who are known again.

use super::*;

/// By what `who` knows that person.
fn mark(harness: &mut LobbyHarness, who: &str, person: &str) -> String {
    let person = harness.id(person);
    match &harness.says_plainly(who, ClientMessage::Know { person }).only() {
        Notice::Relayed(ServerMessage::Known { person: of, mark }) if *of == person => mark.clone(),
        other => panic!("not what was asked: {other:?}"),
    }
}

#[test]
fn a_device_is_known_under_its_name_also_after_a_restart_of_the_box() {
    let mut harness = LobbyHarness::with(["ann", "bob", "carol"]);
    let before = mark(&mut harness, "ann", "bob");
    assert_eq!(mark(&mut harness, "ann", "bob"), before);
    assert_ne!(mark(&mut harness, "carol", "bob"), before, "two who compare theirs learn nothing");
    harness.restarts();
    for who in ["ann", "bob"] {
        harness.returns(who).ignore();
    }
    assert_eq!(mark(&mut harness, "ann", "bob"), before);
    harness.says_plainly("ann", ClientMessage::Know { person: PersonId(77_777) }).expect([]);
}

#[test]
fn a_stranger_of_the_name_is_not_known_and_the_owner_is_with_a_number() {
    let mut harness = LobbyHarness::with(["ann", "bob"]);
    let before = mark(&mut harness, "ann", "bob");
    harness.says("bob", Say::Goodbye).ignore();
    harness.comes_as("stranger", "bob").expect([to("stranger", welcome("bob"))]);
    assert_ne!(mark(&mut harness, "ann", "stranger"), before);
    harness.comes_on_the_device_of("bob", "bob").expect([to("bob", welcome("bob (2)"))]);
    assert_eq!(mark(&mut harness, "ann", "bob"), before);
}

#[test]
fn nobody_is_followed_from_one_name_to_another() {
    let mut harness = LobbyHarness::with(["ann", "bob"]);
    let before = mark(&mut harness, "ann", "bob");
    harness.says("bob", Say::Rename("eve")).ignore();
    assert_ne!(mark(&mut harness, "ann", "bob"), before);
    harness.says("bob", Say::Rename("bob")).ignore();
    assert_eq!(mark(&mut harness, "ann", "bob"), before);
}
