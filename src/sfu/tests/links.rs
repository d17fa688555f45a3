//! What a link, a path or a machine can carry, and what is made of it.

use super::super::bandwidth_allocation::{PictureRequest, allocate};
use super::super::member::Wanted;
use super::super::*;
use super::guest::*;
use super::scenario::*;
use std::collections::BTreeSet;

#[test]
fn losses_cost_no_packet_of_a_picture_after_repair() {
    let mut scenario = Scenario::with(3);
    scenario.run(secs(2));
    for guest in &mut scenario.guests {
        guest.link.loss = 0.05;
        guest.link.jitter = ms(8);
    }
    let from = scenario.mark();
    scenario.run(secs(5));
    let until = scenario.mark();
    for guest in &mut scenario.guests {
        guest.link.loss = 0.0;
    }
    scenario.run(secs(1));
    for guest in 0..3 {
        for other in (0..3).filter(|other| *other != guest) {
            let missing = scenario.missing(guest, other, from[other]..until[other]);
            assert_eq!(missing, BTreeSet::new(), "of {other} at {guest}");
        }
    }
}

#[test]
fn a_member_is_told_whose_link_loses_and_what_comes_of_whom() {
    let mut scenario = Scenario::with(3);
    scenario.run(secs(2));
    scenario.guests[0].link.loss = 0.2;
    scenario.run(secs(15));
    scenario.sfu.handle_command(scenario.now, PersonId(1), Command::ReportLinks);
    scenario.sfu.handle_command(scenario.now, PersonId(9), Command::ReportLinks); // nobody
    let told: Vec<Event> = std::iter::from_fn(|| scenario.sfu.poll_event()).collect();
    let told = told.iter().filter_map(|event| match event {
        Event::Links { member, links, pictures, overload } => Some((member, links, pictures, overload)),
        _ => None,
    });
    let [(member, links, pictures, overload)] = told.collect::<Vec<_>>()[..] else { panic!("told once") };
    assert_eq!((*member, *overload), (PersonId(1), Overload::None));
    assert_eq!(links.iter().map(|link| link.person.0).collect::<Vec<_>>(), [0, 1, 2]);
    for link in links {
        let person = link.person;
        let stats = scenario.sfu.stats(person).expect("a member");
        let bad = person.0 == 0;
        // Most of it was repaired. What is missing from the start is missing for the others, too.
        assert_eq!(stats.received.lost > 1.0, bad, "{person}: {stats:?}");
        // Sound is reported on every five seconds.
        assert_eq!(stats.sent.lost > 17.0, bad, "{person}: {stats:?}");
        assert!(stats.received.packets > 500 && stats.sent.packets > 500, "{person}: {stats:?}");
        assert_eq!((link.direct, link.tcp), (false, false), "{person}");
        assert_eq!((link.up_loss, link.down_loss), (stats.received.loss, stats.sent.loss));
        assert!(link.round_trip_ms.is_some_and(|trip| (9..100).contains(&trip)), "{person}: {link:?}");
    }
    let seen: Vec<_> = pictures.iter().map(|picture| (picture.person.0, picture.source)).collect();
    assert_eq!(seen, [(0, Source::Camera), (2, Source::Camera)]);
}

#[test]
fn a_member_is_told_what_could_not_be_sent_to_it() {
    let mut scenario = Scenario::with(2);
    scenario.run(secs(2));
    let at_box = BOX.parse().expect("an address");
    let at_guest = scenario.guests[1].down.address;
    for destination in [at_guest, at_guest, "10.9.9.9:9".parse().expect("an address")] {
        scenario.sfu.on_send_error(at_box, destination);
    }
    let unsent = [0, 1].map(|n| scenario.sfu.stats(PersonId(n)).map(|stats| stats.unsent));
    assert_eq!(unsent, [Some(0), Some(2)]);
}

#[test]
fn a_slow_link_gets_the_small_picture_and_all_speech_and_spoils_it_for_nobody() {
    for measuring in [Measuring::Always, Measuring::WhenNeeded] {
        let mut scenario = Scenario::new(3, measuring);
        (0..3).for_each(|n| scenario.show(n, 1280));
        scenario.run(secs(2));
        scenario.guests[2].link.rate = Some(300_000.0);
        scenario.run(secs(10));
        let heard = scenario.heard(2, 0);
        let from = scenario.mark();
        // A link that is measured is tried again and again, so one moment alone is chance.
        let mut small = 0;
        for _ in 0..20 {
            scenario.run(ms(200));
            let layers = scenario.layers_of(2);
            assert!(!layers.contains(&Some(2)), "{measuring:?}: {layers:?}");
            small += usize::from(layers == [Some(0), Some(0)]);
        }
        assert!(small >= 4, "{measuring:?}: {small} of twenty times");
        let until = scenario.mark();
        let sound = scenario.heard(2, 0) - heard;
        assert!(sound >= 4 * SOUND as usize - 3, "{measuring:?}: {sound} packets of speech in four seconds");
        for (guest, other) in [(0, 1), (1, 0), (0, 2), (1, 2)] {
            assert_eq!(scenario.layer(guest, other), Some(2), "{measuring:?}: {guest} sees {other}");
            scenario.run(ms(200));
            assert_eq!(scenario.missing(guest, other, from[other]..until[other]), BTreeSet::new());
        }
        scenario.guests[2].link.rate = None;
        scenario.run(secs(10));
        assert_eq!(scenario.layers_of(2), [Some(2), Some(2)], "{measuring:?}: the link is good again");
    }
}

#[test]
fn a_machine_at_its_end_sends_smaller_pictures_and_all_speech() {
    let mut scenario = Scenario::with(3);
    (0..3).for_each(|n| scenario.show(n, 1280));
    scenario.run(secs(2));
    scenario.sfu.set_overload(scenario.now, Overload::Some);
    scenario.run(secs(1));
    assert_eq!(scenario.layers_of(0), [Some(1), Some(1)]);
    scenario.sfu.set_overload(scenario.now, Overload::Much);
    scenario.run(secs(1));
    assert_eq!(scenario.layers_of(0), [Some(0), Some(0)]);
    let heard = scenario.heard(0, 1);
    scenario.run(secs(1));
    assert!(scenario.heard(0, 1) - heard >= SOUND as usize - 2);
    scenario.sfu.set_overload(scenario.now, Overload::None);
    scenario.run(secs(1));
    assert_eq!(scenario.layers_of(0), [Some(2), Some(2)]);
    scenario.nobody_sees_a_seam();
}

#[test]
fn bandwidth_goes_to_the_first_and_everybody_gets_the_small_picture_before() {
    let request = PictureRequest { rates: [100.0, 400.0, 1000.0], count: 3, wanted: 2, current: Some(2) };
    assert_eq!(allocate(f64::INFINITY, &[request; 2]), [Some(2); 2]);
    assert_eq!(allocate(1150.0, &[request; 2]), [Some(2), Some(0)]);
    assert_eq!(allocate(800.0, &[request; 2]), [Some(1), Some(1)]);
    assert_eq!(allocate(150.0, &[request; 2]), [Some(0), None]);
    assert_eq!(allocate(0.0, &[request; 2]), [None, None]);
    let newcomer = PictureRequest { current: None, ..request };
    assert_eq!(allocate(110.0, &[newcomer]), [None], "a step up needs headroom");
    assert_eq!(allocate(10.0, &[PictureRequest { count: 0, ..request }]), [None]);
}

#[test]
fn the_relay_rests_while_the_direct_path_runs_and_is_back_at_once() {
    let mut scenario = Scenario::with(2);
    scenario.run(secs(2));
    for n in 0..2 {
        scenario.sfu.handle_command(scenario.now, PersonId(n), Command::SetPaused(true));
    }
    scenario.settle();
    assert_eq!(scenario.guests[0].wanted, Wanted::default());
    scenario.run(secs(1));
    let frames = scenario.guests[1].frames();
    scenario.run(secs(2));
    assert_eq!(scenario.guests[1].frames(), frames, "nothing flows");
    for n in 0..2 {
        scenario.sfu.handle_command(scenario.now, PersonId(n), Command::SetPaused(false));
    }
    scenario.settle();
    scenario.run(ms(400));
    assert!(scenario.guests[1].frames() > frames, "it is back");
    scenario.nobody_sees_a_seam();
}

/// Receivers reckon the rollovers of what they get from the packet before (RFC 3711, 3.3.1): whoever has missed half a
/// round of sequence numbers opens nothing more.
#[test]
fn who_missed_a_great_many_packets_of_somebody_hears_and_sees_them_afterwards() {
    for (measuring, rests) in
        [(Measuring::WhenNeeded, true), (Measuring::WhenNeeded, false), (Measuring::Always, false)]
    {
        let mut scenario = Scenario::new(3, measuring);
        scenario.run(secs(3));
        let pause = |scenario: &mut Scenario, paused| {
            scenario.guests[0].link.loss = if paused && !rests { 1.0 } else { 0.0 };
            if rests {
                scenario.sfu.handle_command(scenario.now, PersonId(0), Command::SetPaused(paused));
                scenario.settle();
            }
        };
        pause(&mut scenario, true);
        for _ in 0..4 {
            scenario.guests[1].sequence.iter_mut().for_each(|sequence| *sequence += 10_000);
            scenario.run(ms(200));
        }
        pause(&mut scenario, false);
        scenario.run(secs(2));
        let (heard, seen) = (scenario.heard(0, 1), scenario.guests[0].sights[&1].at);
        scenario.run(secs(1));
        assert!(scenario.heard(0, 1) > heard + 20, "sound, {measuring:?}, {rests}");
        assert!(scenario.guests[0].sights[&1].at > seen + ms(900), "the picture, {measuring:?}, {rests}");
    }
}

#[test]
fn no_picture_stops_while_a_link_comes_to_be_measured() {
    let mut scenario = Scenario::with(3);
    (0..3).for_each(|n| scenario.show(n, 1280));
    scenario.run(secs(4));
    let before = scenario.guests[2].connection;
    scenario.guests[2].link.rate = Some(1_000_000.0);
    let deadline = scenario.now + secs(10);
    while scenario.guests[2].connection == before {
        scenario.step();
        assert!(scenario.now < deadline, "nobody sees that the link is slow");
    }
    // What was lost before was the link's fault; what is lost after would be the relay's.
    for other in [0, 1] {
        scenario.longest_gap(2, other);
    }
    scenario.run(secs(1));
    assert_eq!(scenario.layers_of(2), [Some(1), Some(1)], "on the new connection");
    scenario.run(secs(3));
    for other in [0, 1] {
        let gap = scenario.longest_gap(2, other);
        assert!(gap < ms(300), "{gap:?} without a picture of {other}");
    }
    assert!(scenario.ended.is_none());
    scenario.everybody_gets_everybody();
}

#[test]
fn a_slow_link_of_a_page_that_cannot_report_on_every_packet_is_felt_out() {
    let mut scenario = Scenario::with(2);
    scenario.abilities.reports = false;
    scenario.come();
    (0..3).for_each(|n| scenario.show(n, 1280));
    scenario.run(secs(2));
    let connection = scenario.guests[2].connection;
    assert_eq!(scenario.layers_of(2), [Some(2); 2]);
    scenario.guests[2].link.rate = Some(500_000.0);
    scenario.run(secs(15));
    assert!(scenario.layers_of(2).iter().all(|layer| *layer < Some(2)), "{:?}", scenario.layers_of(2));
    let heard = scenario.heard(2, 0);
    scenario.run(secs(8));
    assert!(
        scenario.heard(2, 0) - heard >= 7 * SOUND as usize,
        "{} of 200 sounds",
        scenario.heard(2, 0) - heard
    );
    assert_eq!(scenario.layers_of(0), [Some(2); 2], "the others keep theirs");
    scenario.guests[2].link.rate = None;
    scenario.run(secs(30));
    assert_eq!(scenario.layers_of(2), [Some(2); 2], "the link is good again");
    assert_eq!(scenario.guests[2].connection, connection, "nobody could measure another connection");
}

#[test]
fn a_busy_machine_on_good_links_calls_nobody_slow() {
    let mut scenario = Scenario::with(3);
    (0..3).for_each(|n| scenario.show(n, 1280));
    for guest in &mut scenario.guests {
        guest.link.jitter = ms(120);
    }
    scenario.run(secs(15));
    for n in 0..3 {
        assert_eq!(scenario.sfu.stats(PersonId(n)).expect("a member").bandwidth, None);
        assert_eq!(scenario.layers_of(n as usize), [Some(2); 2]);
    }
}

#[test]
fn what_is_pinned_is_the_last_to_become_small() {
    let mut scenario = Scenario::new(3, Measuring::Always);
    let tile = |n, pinned| Tile { person: PersonId(n), source: Source::Camera, width: 1280, pinned };
    scenario.sfu.handle_command(
        scenario.now,
        PersonId(2),
        Command::SetTiles(vec![tile(0, false), tile(1, true)]),
    );
    scenario.guests[0].level = -20; // the other one speaks
    scenario.run(secs(2));
    scenario.guests[2].link.rate = Some(1_000_000.0);
    scenario.run(secs(2));
    scenario.guests[2].arrived.clear();
    let heard = scenario.heard(2, 0);
    scenario.run(secs(8));
    let large = |of: u8| scenario.guests[2].arrived.iter().filter(|s| s.from == of && s.layer == 2).count();
    assert!(large(1) > 2 * large(0), "{} and {} packets of the large picture", large(1), large(0));
    assert!(scenario.heard(2, 0) - heard >= 8 * SOUND as usize - 4, "all speech");
}

#[test]
fn a_lost_part_of_a_handshake_is_said_again_soon() {
    let mut scenario = Scenario::with(1);
    // RFC 7983: what begins like this is DTLS.
    let is_ours = |flight: &Flight| flight.source == addr(BOX) && (20..64).contains(&flight.bytes[0]);
    let mut lost = 0;
    while lost < 2 {
        scenario.step();
        let before = scenario.air.len();
        scenario.air.retain(|_, flight| !is_ours(flight));
        lost += usize::from(scenario.air.len() < before);
    }
    let Guest { up_connected, down_connected, .. } = scenario.guests[0];
    assert!(!up_connected && down_connected.is_none());
    scenario.run(ms(800));
    let Guest { up_connected, down_connected, .. } = scenario.guests[0];
    assert!(up_connected && down_connected.is_some());
}

#[test]
fn who_was_away_sees_and_is_seen_as_soon_as_the_network_is_back() {
    let mut scenario = Scenario::with(3);
    scenario.run(secs(2));
    scenario.guests[0].link.loss = 1.0;
    scenario.run(secs(5));
    scenario.guests[0].link.loss = 0.0;
    let back = scenario.mark();
    scenario.run(ms(400));
    let begins_anew = |at: usize, of: usize| {
        let pieces = scenario.guests[at].streams.values().flat_map(|stream| stream.packets.values());
        let fresh = |piece: &&Piece| usize::from(piece.stamp.from) == of && piece.stamp.frame > back[of];
        pieces.filter(fresh).any(|piece| piece.keyframe)
    };
    for (at, of) in [(0, 1), (0, 2), (1, 0), (2, 0)] {
        assert!(begins_anew(at, of), "{at} gets a picture of {of} that stands alone");
    }
    // The two others never missed anything, but they get what is sent for the one who did.
    scenario.run(secs(2));
    scenario.everybody_gets_everybody();
}
