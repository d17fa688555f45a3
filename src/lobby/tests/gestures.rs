//! Scenarios of raised hands and reactions.

use super::*;

/// Ann, Bob and Carol are in a call; Dave is not.
fn three() -> LobbyHarness {
    let mut harness = call_among(["ann", "bob", "carol", "dave"]);
    joins(&mut harness, "carol", "ann");
    harness
}

/// The hands that this person sees, as `name place`, in the order of the members.
fn hands(harness: &LobbyHarness, who: &str) -> Vec<String> {
    let room = harness.view(who).expect("is in a room");
    room.members.iter().filter_map(|member| Some(format!("{} {}", member.name, member.hand?))).collect()
}

/// Raises the hand, and time goes by until everybody has heard of it.
fn raises(harness: &mut LobbyHarness, who: &str) {
    harness.says(who, Say::Hand(true)).expect([]);
    harness.wait(SECOND).expect([]);
}

#[test]
fn hands_have_the_order_of_their_raising_and_move_up() {
    let mut harness = three();
    for who in ["carol", "ann", "bob", "carol"] {
        raises(&mut harness, who);
    }
    for who in ["ann", "bob", "carol"] {
        assert_eq!(hands(&harness, who), ["ann 2", "bob 3", "carol 1"], "raised twice it keeps its place");
    }
    harness.says("carol", Say::Hand(false)).expect([]);
    harness.wait(SECOND).expect([]);
    assert_eq!(hands(&harness, "bob"), ["ann 1", "bob 2"]);
    raises(&mut harness, "carol");
    assert_eq!(hands(&harness, "bob"), ["ann 1", "bob 2", "carol 3"]);
}

#[test]
fn who_comes_later_sees_the_hands() {
    let mut harness = three();
    raises(&mut harness, "bob");
    raises(&mut harness, "ann");
    joins(&mut harness, "dave", "carol");
    assert_eq!(hands(&harness, "dave"), ["ann 2", "bob 1"]);
}

#[test]
fn a_hand_is_lowered_by_its_owner_or_the_host_alone() {
    let mut harness = three();
    raises(&mut harness, "bob");
    harness.says("carol", Say::LowerHand("bob")).expect([to("carol", error(ErrorCode::HostOnly))]);
    harness.says("ann", Say::LowerHand("ann")).expect([to("ann", error(ErrorCode::NotYourself))]);
    harness.says("ann", Say::LowerHand("dave")).expect([]);
    assert_eq!(hands(&harness, "ann"), ["bob 1"]);
    harness.says("ann", Say::LowerHand("bob")).expect([]);
    harness.wait(SECOND).expect([]);
    assert_eq!(hands(&harness, "bob"), [""; 0]);
    harness.says("dave", Say::Hand(true)).expect([to("dave", error(ErrorCode::NotInRoom))]);
}

#[test]
fn a_hand_is_of_one_room() {
    let mut harness = three();
    raises(&mut harness, "bob");
    harness.says("bob", Say::Leave).expect([to("bob", left(RoomEndReason::Left))]);
    assert_eq!(hands(&harness, "ann"), [""; 0]);
    joins(&mut harness, "bob", "ann");
    assert_eq!(hands(&harness, "bob"), [""; 0]);
}

#[test]
fn a_hand_stays_raised_while_its_owner_is_reconnecting() {
    let mut harness = three();
    raises(&mut harness, "bob");
    harness.loses("bob").ignore();
    assert_eq!(hands(&harness, "ann"), ["bob 1"]);
    harness.returns("bob").expect([to("bob", welcome_back("bob"))]);
    assert_eq!(hands(&harness, "bob"), ["bob 1"]);
}

#[test]
fn hands_and_their_order_outlast_a_restart_of_the_box() {
    let mut harness = three();
    for who in ["carol", "ann", "bob"] {
        raises(&mut harness, who);
    }
    harness.restarts();
    for who in ["bob", "ann", "carol"] {
        harness.returns(who).ignore();
    }
    assert_eq!(hands(&harness, "ann"), ["ann 2", "bob 3", "carol 1"]);
    harness.says("ann", Say::Hand(false)).expect([]);
    harness.wait(SECOND).expect([]);
    raises(&mut harness, "ann");
    assert_eq!(hands(&harness, "ann"), ["ann 3", "bob 2", "carol 1"]);
}

#[test]
fn a_reaction_is_seen_by_everybody_in_the_room_and_by_nobody_later() {
    let mut harness = three();
    harness.loses("carol").ignore();
    let heart = || Notice::Reaction("bob".to_owned(), Reaction::Heart);
    harness.says("bob", Say::React(Reaction::Heart)).expect([to("ann", heart()), to("bob", heart())]);
    harness.returns("carol").expect([to("carol", welcome_back("carol"))]);
    harness.says("dave", Say::React(Reaction::Heart)).expect([to("dave", error(ErrorCode::NotInRoom))]);
}

/// Hands up and down, and applause, as fast as a page may talk.
#[test]
fn who_gestures_all_the_time_has_to_wait() {
    let mut harness = three();
    let gestures = |harness: &mut LobbyHarness| {
        let mut heard = 0;
        for n in 0..100 {
            let said = if n % 2 == 0 { Say::React(Reaction::Applause) } else { Say::Hand(true) };
            let refused = |notice: &Notice| *notice == error(ErrorCode::TooOften);
            heard += usize::from(harness.says("bob", said).count(refused) == 0);
            harness.says("bob", Say::Hand(false)).ignore();
        }
        heard
    };
    assert_eq!(gestures(&mut harness), 10);
    harness.wait(SECOND).ignore();
    assert_eq!(gestures(&mut harness), 1);
    raises(&mut harness, "ann");
}
