//! Who is in a room: coming, going, coming back, and what everybody gets.

use super::super::member::Wanted;
use super::super::*;
use super::guest::*;
use super::scenario::*;
use std::collections::BTreeSet;

#[test]
fn two_see_and_hear_each_other() {
    let mut scenario = Scenario::with(2);
    scenario.run(secs(3));
    scenario.everybody_gets_everybody();
    scenario.nobody_sees_a_seam();
}

#[test]
fn three_see_and_hear_each_other() {
    let mut scenario = Scenario::with(3);
    scenario.run(secs(3));
    scenario.everybody_gets_everybody();
    scenario.nobody_sees_a_seam();
}

#[test]
fn ten_see_and_hear_each_other() {
    let mut scenario = Scenario::with(10);
    for n in 0..10 {
        scenario.show(n, 300); // small tiles
    }
    scenario.run(secs(3));
    scenario.everybody_gets_everybody();
    scenario.nobody_sees_a_seam();
}

#[test]
fn no_packet_crosses_into_another_room() {
    let mut scenario = Scenario::with(4);
    scenario.run(secs(1));
    for n in [2, 3] {
        scenario.begin_anew(n);
        scenario.sfu.admit(scenario.now, PersonId(n as u32), RoomId(8), None).expect("there is room");
        scenario.offer(n);
    }
    scenario.run(ms(100)); // what was on the way arrives
    for guest in &mut scenario.guests {
        guest.streams.clear();
    }
    scenario.run(secs(3));
    for (guest, room) in [(0, [0, 1]), (1, [0, 1]), (2, [2, 3]), (3, [2, 3])] {
        let from: BTreeSet<usize> =
            scenario.guests[guest].streams.values().flat_map(|s| s.from.clone()).collect();
        let other = room.into_iter().find(|n| *n != guest).expect("two in a room");
        assert_eq!(from, BTreeSet::from([other]), "guest {guest}");
    }
}

#[test]
fn who_comes_late_sees_a_picture_at_once() {
    let mut scenario = Scenario::with(2);
    scenario.run(secs(5));
    let late = scenario.come();
    let begin = scenario.now;
    while scenario.guests[late].streams.values().filter(|stream| stream.keyframe.is_some()).count() < 2 {
        scenario.step();
        assert!(scenario.now < begin + secs(2), "no picture after two seconds");
    }
    let connected = scenario.guests[late].down_connected.expect("a picture came");
    for stream in scenario.guests[late].streams.values().filter(|stream| stream.video) {
        let wait = stream.keyframe.expect("it has one") - connected;
        assert!(wait < ms(200), "waited {wait:?} for a picture");
    }
}

#[test]
fn whoever_may_have_missed_something_is_told_again() {
    let mut scenario = Scenario::with(2);
    scenario.run(secs(2));
    let known = std::mem::take(&mut scenario.guests[0].wanted);
    assert_ne!(known, Wanted::default());
    scenario.run(secs(1));
    assert_eq!(scenario.guests[0].wanted, Wanted::default(), "nothing has changed, nothing is said");
    scenario.sfu.handle_command(scenario.now, PersonId(0), Command::Resync);
    scenario.run(secs(1));
    assert_eq!(scenario.guests[0].wanted, known);
}

#[test]
fn the_third_comes_and_goes_and_nobody_sees_a_seam() {
    let mut scenario = Scenario::with(2);
    scenario.run(secs(2));
    let third = scenario.come();
    scenario.run(secs(2));
    scenario.everybody_gets_everybody();
    scenario.sfu.handle_command(scenario.now, PersonId(third as u32), Command::Leave);
    scenario.settle();
    scenario.run(secs(1));
    let before = scenario.guests[0].frames();
    scenario.run(secs(1));
    assert!(scenario.guests[0].frames() - before >= FPS as usize - 2, "the others go on");
    assert!(scenario.guests[0].seats.values().all(|from| from.0 != third));
    scenario.nobody_sees_a_seam();
}

#[test]
fn a_reloaded_page_is_back() {
    let mut scenario = Scenario::with(2);
    scenario.run(secs(2));
    scenario.reload(1);
    for guest in &mut scenario.guests {
        guest.streams.clear();
    }
    scenario.run(secs(2));
    scenario.everybody_gets_everybody();
}

#[test]
fn the_one_who_speaks_is_told() {
    let mut scenario = Scenario::with(3);
    scenario.run(secs(2));
    scenario.guests[1].level = -25;
    scenario.run(secs(2));
    assert_eq!(scenario.speakers, [PersonId(1)]);
    scenario.guests[1].level = -80;
    scenario.guests[2].level = -30;
    scenario.run(secs(3));
    assert_eq!(scenario.speakers, [PersonId(2)]);
}

#[test]
fn an_idle_room_is_not_looked_at() {
    let mut scenario = Scenario::with(2);
    scenario.run(secs(2));
    for guest in &mut scenario.guests {
        guest.silent = true;
    }
    scenario.run(secs(4));
    let mut wakes = 0;
    let until = scenario.now + secs(10);
    while let Some(at) = scenario.sfu.poll_timeout().filter(|at| *at < until) {
        scenario.sfu.handle_timeout(at);
        while scenario.sfu.poll_transmit().is_some() {}
        wakes += 1;
    }
    // Two pages, two connections each: reports, statistics and the liveness of ICE, and no more.
    assert!(wakes <= 4 * 10 * 3, "{wakes} wake-ups in ten seconds");
}

#[test]
fn who_came_by_an_address_that_is_gone_goes_on_by_another() {
    let mut scenario = Scenario::with(2);
    scenario.run(secs(2));
    scenario.ended = Some(Vec::new());
    let (here, there) = (addr(BOX), addr("10.0.0.2:443"));
    // There, and back by way of both.
    for addresses in [vec![there], vec![here, there], vec![here]] {
        scenario.boxes.clone_from(&addresses);
        scenario.sfu.set_addresses(scenario.now, addresses.clone());
        // Changes come in a row, as where IPv6 is a moment later.
        scenario.run(ms(500));
        scenario.boxes.push(addr("[fd00::1]:443"));
        scenario.sfu.set_addresses(scenario.now, scenario.boxes.clone());
        scenario.run(ms(500));
        let until = scenario.now + secs(1);
        while scenario.now < until {
            scenario.step();
            let strays = scenario.air.values().filter(|flight| [here, there].contains(&flight.source));
            assert_eq!(strays.filter(|flight| !addresses.contains(&flight.source)).count(), 0);
        }
        // So long may an engine hold on to a way that carries nothing.
        scenario.run(secs(40));
        for (at, of) in [(0, 1), (1, 0)] {
            scenario.longest_gap(at, of);
        }
        scenario.run(secs(2));
        for (at, of) in [(0, 1), (1, 0)] {
            assert!(scenario.longest_gap(at, of) < ms(200), "{at} sees {of}");
        }
    }
    assert_eq!(scenario.ended.take(), Some(vec![]), "nothing was made anew");
}

#[test]
fn who_cannot_come_along_to_another_address_is_told_at_once_and_comes_again() {
    let mut scenario = Scenario::with(2);
    scenario.run(secs(2));
    let there = addr("[fd00::2]:443");
    scenario.ended = Some(Vec::new());
    scenario.sfu.set_addresses(scenario.now, vec![there]);
    scenario.settle();
    let ended: BTreeSet<_> = scenario.ended.take().into_iter().flatten().collect();
    let all = [0, 1].into_iter().flat_map(|n| [Side::Up, Side::Down].map(|side| (PersonId(n), side)));
    assert_eq!(ended, all.collect());
    // Who was away meanwhile is told when it is back.
    scenario.ended = Some(Vec::new());
    scenario.sfu.handle_command(scenario.now, PersonId(0), Command::Resync);
    scenario.settle();
    assert_eq!(scenario.ended.take(), Some(vec![(PersonId(0), Side::Up)]));
    let there = addr("10.0.0.2:443");
    scenario.boxes = vec![there];
    scenario.sfu.set_addresses(scenario.now, vec![there]);
    for guest in &mut scenario.guests {
        guest.sights.clear();
    }
    (0..2).for_each(|n| scenario.reload(n));
    scenario.run(secs(2));
    scenario.everybody_gets_everybody();
    assert_eq!([0, 1].map(|n| scenario.guests[n].sights.len()), [1; 2]);
}

#[test]
fn a_page_is_offered_the_addresses_that_are_of_use_to_it() {
    let now = start();
    let addresses = ["10.0.0.1:443", "10.0.0.2:443", "[fd00::1]:443", "127.0.0.1:443"].map(addr).to_vec();
    let public = vec![addr("203.0.113.5:4430")];
    let mut sfu = Sfu::new(Settings { addresses, public, ..settings(Measuring::WhenNeeded) }, now);
    let mut offered = |n: u32, via: Option<&str>| {
        let via = via.map(|via| via.parse().expect("an address"));
        sfu.admit(now, PersonId(n), ROOM, via).expect("there is room");
        let sdp = std::iter::from_fn(|| sfu.poll_event()).find_map(|event| match event {
            Event::DownOffer { sdp, .. } => Some(sdp),
            _ => None,
        });
        let sdp = sdp.expect("an offer");
        let lines = sdp.lines().filter(|line| line.starts_with("a=candidate:") && line.contains(" udp "));
        let mut found: Vec<_> = lines.filter_map(|line| line.split(' ').nth(4)).collect();
        found.dedup();
        assert_eq!(found.pop(), Some("203.0.113.5"), "whoever comes from outside finds it, by whatever way");
        found.join(" ")
    };
    assert!(offered(1, Some("10.0.0.2")).starts_with("10.0.0.2 10.0.0.1"));
    assert!(!offered(2, Some("10.0.0.2")).contains(':'), "no IPv6");
    assert!(!offered(3, Some("10.0.0.2")).contains("127.0.0.1"));
    assert!(offered(4, Some("127.0.0.1")).starts_with("127.0.0.1"));
    assert!(offered(5, Some("fd00::1")).starts_with("fd00::1"));
    assert!(offered(6, Some("fe80::9")).contains("fd00::1"));
    assert!(offered(7, None).contains("fd00::1"));
}
