//! Who is in a room: coming, going, coming back, and what everybody gets.

use super::super::*;
use super::guest::*;
use super::play::*;
use std::collections::BTreeSet;

#[test]
fn two_see_and_hear_each_other() {
    let mut play = Play::with(2);
    play.run(secs(3));
    play.everybody_gets_everybody();
    play.nobody_sees_a_seam();
}

#[test]
fn three_see_and_hear_each_other() {
    let mut play = Play::with(3);
    play.run(secs(3));
    play.everybody_gets_everybody();
    play.nobody_sees_a_seam();
}

#[test]
fn ten_see_and_hear_each_other() {
    let mut play = Play::with(10);
    for n in 0..10 {
        play.show(n, 300); // small tiles
    }
    play.run(secs(3));
    play.everybody_gets_everybody();
    play.nobody_sees_a_seam();
}

#[test]
fn no_packet_crosses_into_another_room() {
    let mut play = Play::with(4);
    play.run(secs(1));
    for n in [2, 3] {
        play.begin_anew(n);
        play.sfu.join(play.now, PersonId(n as u32), RoomId(8), None).expect("there is room");
        play.offer(n);
    }
    play.run(ms(100)); // what was on the way arrives
    for guest in &mut play.guests {
        guest.streams.clear();
    }
    play.run(secs(3));
    for (guest, room) in [(0, [0, 1]), (1, [0, 1]), (2, [2, 3]), (3, [2, 3])] {
        let from: BTreeSet<usize> =
            play.guests[guest].streams.values().flat_map(|s| s.from.clone()).collect();
        let other = room.into_iter().find(|n| *n != guest).expect("two in a room");
        assert_eq!(from, BTreeSet::from([other]), "guest {guest}");
    }
}

#[test]
fn who_comes_late_sees_a_picture_at_once() {
    let mut play = Play::with(2);
    play.run(secs(5));
    let late = play.come();
    let begin = play.now;
    while play.guests[late].streams.values().filter(|stream| stream.keyframe.is_some()).count() < 2 {
        play.step();
        assert!(play.now < begin + secs(2), "no picture after two seconds");
    }
    let connected = play.guests[late].down_connected.expect("a picture came");
    for stream in play.guests[late].streams.values().filter(|stream| stream.video) {
        let wait = stream.keyframe.expect("it has one") - connected;
        assert!(wait < ms(200), "waited {wait:?} for a picture");
    }
}

#[test]
fn whoever_may_have_missed_something_is_told_again() {
    let mut play = Play::with(2);
    play.run(secs(2));
    let known = std::mem::take(&mut play.guests[0].wanted);
    assert_ne!(known, Wanted::default());
    play.run(secs(1));
    assert_eq!(play.guests[0].wanted, Wanted::default(), "nothing has changed, nothing is said");
    play.sfu.say_again(play.now, PersonId(0));
    play.run(secs(1));
    assert_eq!(play.guests[0].wanted, known);
}

#[test]
fn the_third_comes_and_goes_and_nobody_sees_a_seam() {
    let mut play = Play::with(2);
    play.run(secs(2));
    let third = play.come();
    play.run(secs(2));
    play.everybody_gets_everybody();
    play.sfu.leave(play.now, PersonId(third as u32));
    play.settle();
    play.run(secs(1));
    let before = play.guests[0].frames();
    play.run(secs(1));
    assert!(play.guests[0].frames() - before >= FPS as usize - 2, "the others go on");
    assert!(play.guests[0].seats.values().all(|from| from.0 != third));
    play.nobody_sees_a_seam();
}

#[test]
fn a_reloaded_page_is_back() {
    let mut play = Play::with(2);
    play.run(secs(2));
    play.reload(1);
    for guest in &mut play.guests {
        guest.streams.clear();
    }
    play.run(secs(2));
    play.everybody_gets_everybody();
}

#[test]
fn the_one_who_speaks_is_told() {
    let mut play = Play::with(3);
    play.run(secs(2));
    play.guests[1].level = -25;
    play.run(secs(2));
    assert_eq!(play.speakers, [PersonId(1)]);
    play.guests[1].level = -80;
    play.guests[2].level = -30;
    play.run(secs(3));
    assert_eq!(play.speakers, [PersonId(2)]);
}

#[test]
fn an_idle_room_is_not_looked_at() {
    let mut play = Play::with(2);
    play.run(secs(2));
    for guest in &mut play.guests {
        guest.silent = true;
    }
    play.run(secs(4));
    let mut wakes = 0;
    let until = play.now + secs(10);
    while let Some(at) = play.sfu.poll_timeout().filter(|at| *at < until) {
        play.sfu.handle_timeout(at);
        while play.sfu.poll_transmit().is_some() {}
        wakes += 1;
    }
    // Two pages, two connections each: reports, statistics and the liveness of ICE, and no more.
    assert!(wakes <= 4 * 10 * 3, "{wakes} wake-ups in ten seconds");
}

#[test]
fn who_came_by_an_address_that_is_gone_goes_on_by_another() {
    let mut play = Play::with(2);
    play.run(secs(2));
    play.ended = Some(Vec::new());
    let (here, there) = (addr(BOX), addr("10.0.0.2:443"));
    // There, and back by way of both.
    for addresses in [vec![there], vec![here, there], vec![here]] {
        play.boxes.clone_from(&addresses);
        play.sfu.set_addresses(play.now, addresses.clone());
        // Changes come in a row, as where IPv6 is a moment later.
        play.run(ms(500));
        play.boxes.push(addr("[fd00::1]:443"));
        play.sfu.set_addresses(play.now, play.boxes.clone());
        play.run(ms(500));
        let until = play.now + secs(1);
        while play.now < until {
            play.step();
            let strays = play.air.values().filter(|flight| [here, there].contains(&flight.source));
            assert_eq!(strays.filter(|flight| !addresses.contains(&flight.source)).count(), 0);
        }
        // So long may an engine hold on to a way that carries nothing any more.
        play.run(secs(40));
        for (at, of) in [(0, 1), (1, 0)] {
            play.longest_gap(at, of);
        }
        play.run(secs(2));
        for (at, of) in [(0, 1), (1, 0)] {
            assert!(play.longest_gap(at, of) < ms(200), "{at} sees {of}");
        }
    }
    assert_eq!(play.ended.take(), Some(vec![]), "nothing was made anew");
}

#[test]
fn who_cannot_come_along_to_another_address_is_told_at_once_and_comes_again() {
    let mut play = Play::with(2);
    play.run(secs(2));
    let there = addr("[fd00::2]:443");
    play.ended = Some(Vec::new());
    play.sfu.set_addresses(play.now, vec![there]);
    play.settle();
    let ended: BTreeSet<_> = play.ended.take().into_iter().flatten().collect();
    let all = [0, 1].into_iter().flat_map(|n| [Side::Up, Side::Down].map(|side| (PersonId(n), side)));
    assert_eq!(ended, all.collect());
    // Who was away meanwhile is told when it is back.
    play.ended = Some(Vec::new());
    play.sfu.say_again(play.now, PersonId(0));
    play.settle();
    assert_eq!(play.ended.take(), Some(vec![(PersonId(0), Side::Up)]));
    let there = addr("10.0.0.2:443");
    play.boxes = vec![there];
    play.sfu.set_addresses(play.now, vec![there]);
    for guest in &mut play.guests {
        guest.sights.clear();
    }
    (0..2).for_each(|n| play.reload(n));
    play.run(secs(2));
    play.everybody_gets_everybody();
    assert_eq!([0, 1].map(|n| play.guests[n].sights.len()), [1; 2]);
}

#[test]
fn a_page_is_offered_the_addresses_that_are_of_use_to_it() {
    let now = start();
    let addresses = ["10.0.0.1:443", "10.0.0.2:443", "[fd00::1]:443", "127.0.0.1:443"].map(addr).to_vec();
    let mut sfu = Sfu::new(Settings { addresses, ..settings(Measuring::WhenNeeded) }, now);
    let mut offered = |n: u32, via: Option<&str>| {
        let via = via.map(|via| via.parse().expect("an address"));
        sfu.join(now, PersonId(n), ROOM, via).expect("there is room");
        let sdp = std::iter::from_fn(|| sfu.poll_event()).find_map(|event| match event {
            Event::DownOffer { sdp, .. } => Some(sdp),
            _ => None,
        });
        let sdp = sdp.expect("an offer");
        let lines = sdp.lines().filter(|line| line.starts_with("a=candidate:") && line.contains(" udp "));
        let mut found: Vec<_> = lines.filter_map(|line| line.split(' ').nth(4)).collect();
        found.dedup();
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
