//! What nobody ought to send.

use super::super::connection::{ConnectionKey, ConnectionRole};
use super::super::parsed_packet::vp8_width;
use super::super::*;
use super::guest::*;
use super::scenario::*;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use std::cell::RefCell;

#[test]
fn who_is_in_no_room_is_refused() {
    let now = start();
    let mut sfu = Sfu::new(settings(Measuring::WhenNeeded), now);
    assert_eq!(sfu.up_offer(now, PersonId(1), 1, ""), Err(Refusal::NotAMember));
    sfu.admit(now, PersonId(1), ROOM, None).expect("there is room");
    assert!(matches!(sfu.up_offer(now, PersonId(1), 1, "v=0\r\nnonsense"), Err(Refusal::Sdp(_))));
    assert_eq!(sfu.down_answer(now, PersonId(1), 9, "v=0\r\nnonsense"), Err(Refusal::Stale), "not read");
    assert!(matches!(sfu.down_answer(now, PersonId(1), 1, "v=0\r\nnonsense"), Err(Refusal::Sdp(_))));
    let mut capacity = Settings { capacity: 1, ..settings(Measuring::WhenNeeded) };
    capacity.tag = "b".into();
    let mut small = Sfu::new(capacity, now);
    small.admit(now, PersonId(1), ROOM, None).expect("the first fits");
    assert_eq!(small.admit(now, PersonId(2), ROOM, None), Err(RoomFull));
}

#[test]
fn the_longest_offer_of_a_browser_is_understood_and_much_longer_ones_are_not_read() {
    // Chromium 156 with the four tracks of our page.
    let offer = include_str!("chromium-offer.sdp");
    let now = start();
    let mut sfu = Sfu::new(settings(Measuring::WhenNeeded), now);
    sfu.admit(now, PersonId(1), ROOM, None).expect("there is room");
    let mut say = |sdp: &str| sfu.up_offer(now, PersonId(1), 1, sdp);
    assert!(say(offer).is_ok());
    assert!(say(&(offer.to_owned() + "a=candidate: nonsense\r\n")).is_ok(), "candidates are not read");
    let attacks = [
        (950, "a=candidate:1 1 udp 2122260223 10.0.0.1 1024 typ host"),
        (2_200, "a=ssrc:1 cname:x"),
        (2_000, "a=rtpmap:1 VP8/90000"),
    ];
    for (count, line) in attacks {
        let refused = say(&(offer.to_owned() + &format!("{line}\r\n").repeat(count)));
        assert_eq!(refused, Err(Refusal::Sdp("too many or too long: bytes".into())), "{line}");
    }
    let refused = say(&(offer.to_owned() + &"a=rtpmap:1 VP8/90000\r\n".repeat(260)));
    assert!(matches!(refused, Err(Refusal::Sdp(why)) if why.ends_with("a=rtpmap:1 V")));
}

#[test]
fn garbage_is_for_nobody() {
    let now = start();
    let sfu = RefCell::new(Sfu::new(settings(Measuring::WhenNeeded), now));
    sfu.borrow_mut().admit(now, PersonId(1), ROOM, None).expect("there is room");
    let bytes = proptest::collection::vec(any::<u8>(), 0..200);
    let mut runner = TestRunner::deterministic();
    let outcome = runner.run(&(bytes, any::<bool>()), |(mut bytes, like_stun)| {
        if like_stun && bytes.len() > 8 {
            bytes[..8].copy_from_slice(&[0, 1, 0, 100, 0x21, 0x12, 0xa4, 0x42]);
        }
        let source = addr("10.0.0.9:1");
        let received = Received { protocol: Protocol::Udp, source, destination: addr(BOX), bytes: &bytes };
        prop_assert_eq!(sfu.borrow_mut().handle_datagram(now, received), DatagramOutcome::Stranger);
        vp8_width(&bytes);
        Ok(())
    });
    outcome.expect("nobody is harmed");
}

#[test]
fn broken_packets_of_members_end_nothing_of_others() {
    let mut scenario = Scenario::with(3);
    let mut dice = 7_u64;
    // Guests 0 and 1 say nonsense from the first packet on, so that every state sees some.
    scenario.tamper = Some(Box::new(move |n: usize, bytes: &mut Vec<u8>| {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        if n < 2 && dice >> 61 == 0 && !bytes.is_empty() {
            let at = (dice >> 20) as usize % bytes.len();
            bytes[at] ^= (dice >> 40) as u8;
            bytes.truncate((dice >> 10) as usize % (2 * bytes.len()) + 1);
        }
    }));
    scenario.run(secs(4));
    assert!(scenario.guests[2].up_connected && scenario.guests[2].down_connected.is_some());
    scenario.tamper = None;
    let before = scenario.guests[2].frames();
    (0..2).for_each(|n| scenario.reload(n));
    scenario.run(secs(2));
    assert!(scenario.guests[2].frames() > before, "all is well again");
}

#[test]
fn a_panic_in_a_room_ends_its_connections_and_no_others() {
    let mut scenario = Scenario::with(4);
    for n in [2, 3] {
        scenario.begin_anew(n);
        scenario.sfu.admit(scenario.now, PersonId(n as u32), RoomId(8), None).expect("there is room");
        scenario.offer(n);
    }
    scenario.run(secs(2));
    let undisturbed = scenario.guests[2].connection;
    // A subscriber that there is not: nothing that a page could bring about, as far as we know.
    let up = scenario.sfu.member_mut(PersonId(0)).up.as_mut().expect("it sends");
    up.sources[0]
        .subscribers
        .push((ConnectionKey { room: ROOM, slot: 9999, role: ConnectionRole::Subscribe }, 0));
    scenario.ended = Some(Vec::new());
    scenario.run(ms(500));
    assert_eq!(scenario.ended, Some(vec![(PersonId(0), Side::Up), (PersonId(1), Side::Up)]));
    (0..2).for_each(|n| scenario.renew_up(n));
    let frames = scenario.guests[2].frames();
    scenario.run(secs(2));
    for (guest, other) in [(0, 1), (1, 0), (2, 3), (3, 2)] {
        assert_eq!(scenario.layer(guest, other), Some(2), "{guest} sees {other}");
    }
    assert!(scenario.guests[2].frames() > frames + FPS as usize, "the other room goes on");
    assert_eq!(scenario.guests[2].connection, undisturbed);
}

#[test]
fn a_relay_that_begins_anew_has_the_same_people_in_the_same_rooms() {
    let mut scenario = Scenario::with(3);
    (0..3).for_each(|n| scenario.show(n, 300));
    scenario.run(secs(2));
    let before = scenario.guests[0].connection;
    scenario.sfu.restart(scenario.now);
    scenario.settle();
    assert!(scenario.guests[0].connection > before, "a page does not take the new offer for the old one");
    // Another certificate: its page offers again.
    (0..3).for_each(|n| scenario.renew_up(n));
    scenario.run(secs(2));
    scenario.everybody_gets_everybody();
    assert_eq!(scenario.layers_of(0), [Some(0), Some(0)], "what its page shows is still known");
}
