//! Whose datagrams are whose: nobody takes over what is another's, and nothing is sent to whom it was not
//! meant for.

use super::super::connection::ConnectionRole;
use super::super::*;
use super::guest::{FPS, Guest};
use super::scenario::*;
use std::net::SocketAddr;
use std::time::Duration;

/// Who attacks, and who is attacked.
const MALLORY: usize = 0;
const ANN: usize = 1;

/// A connectivity check of the attacker's own connection, which wants media to come where it seems to be
/// from.
fn request(scenario: &mut Scenario, wrong: &str) -> Vec<u8> {
    let mut peer = scenario.sfu.local_ice(PersonId(MALLORY as u32), ConnectionRole::Publish);
    peer.pass += wrong;
    scenario.guests[MALLORY].up.check(&peer)
}

fn forge(scenario: &mut Scenario, source: SocketAddr, bytes: &[u8]) {
    let received = Received { protocol: Protocol::Udp, source, destination: addr(BOX), bytes };
    scenario.sfu.handle_datagram(scenario.now, received);
    scenario.settle();
}

/// New pictures of the one who is attacked, as a third person sees them.
fn pictures_of_ann(scenario: &mut Scenario, time: Duration) -> u32 {
    let newest = |guest: &Guest| {
        guest.arrived.iter().filter(|stamp| usize::from(stamp.from) == ANN).map(|stamp| stamp.frame).max()
    };
    let before = newest(&scenario.guests[2]).expect("they were seen");
    scenario.run(time);
    newest(&scenario.guests[2]).expect("they were seen") - before
}

#[test]
fn a_forged_check_moves_nobodys_media() {
    let mut scenario = Scenario::with(3);
    scenario.run(secs(2));
    // Not sealed with the connection's password, and sealed with it, by a member who attacks.
    for (wrong, what) in [("x", "forged"), ("", "sealed")] {
        for round in 0..3 {
            for victim in [scenario.guests[ANN].up.address, scenario.guests[ANN].down.address] {
                let bytes = request(&mut scenario, wrong);
                forge(&mut scenario, victim, &bytes);
            }
            let frames = pictures_of_ann(&mut scenario, secs(1));
            assert!(frames >= FPS - 3, "{what}, round {round}: {frames} pictures in a second");
            assert!(
                scenario.longest_gap(ANN, 2) < ms(300),
                "{what}, round {round}: what comes to the victim"
            );
        }
    }
}

#[test]
fn media_goes_to_no_address_that_has_not_asked_for_it() {
    let mut scenario = Scenario::with(3);
    scenario.run(secs(2));
    let bystander = addr("10.0.1.77:4000");
    for _ in 0..10 {
        // Its own `down`, on which media comes, in the name of somebody else.
        let peer = scenario.sfu.local_ice(PersonId(MALLORY as u32), ConnectionRole::Subscribe);
        let bytes = scenario.guests[MALLORY].down.check(&peer);
        forge(&mut scenario, bystander, &bytes);
        let sent = scenario.strayed.clone();
        let asked = bytes.len();
        assert!(
            sent.iter().all(|(to, bytes)| *to != bystander || (bytes[0] < 2 && bytes.len() <= asked + 40))
        );
        scenario.run(ms(500));
    }
    let strayed: Vec<_> = scenario.strayed.iter().filter(|(to, _)| *to == bystander).collect();
    let media = strayed.iter().filter(|(_, bytes)| bytes[0] >= 2).count();
    assert_eq!(media, 0, "of {} datagrams", strayed.len());
    assert!(strayed.len() <= 10, "one question for each request: {}", strayed.len());
}

#[test]
fn what_is_said_in_somebodys_name_ends_nothing() {
    let mut scenario = Scenario::with(3);
    scenario.run(secs(2));
    let victim = scenario.guests[ANN].up.address;
    let alert = |version: u8| vec![21, 0xfe, version, 0, 0, 0, 0, 0, 0, 0, 9, 0, 2, 1, 0];
    let hello = [&[22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 1, 0, 12, 1, 0, 0, 0, 0, 7][..], &[0; 6]].concat();
    for bytes in
        [alert(0xfd), alert(0xff), hello, vec![20; 40], vec![63; 13], vec![0x80; 60], vec![0x80, 200, 0, 1]]
    {
        forge(&mut scenario, victim, &bytes);
    }
    let frames = pictures_of_ann(&mut scenario, secs(2));
    assert!(frames >= 2 * FPS - 3, "{frames} pictures in two seconds");
}

#[test]
fn what_waits_for_validation_is_bounded_and_needs_the_password() {
    let mut scenario = Scenario::with(3);
    scenario.run(secs(2));
    for n in 0..1000 {
        let source = SocketAddr::from(([10, 0, 1, 77], 4000 + n));
        let forged = request(&mut scenario, "x");
        forge(&mut scenario, source, &forged);
        assert_eq!(scenario.sfu.address_validator.len(), 0, "it is not sealed");
    }
    for n in 0..100 {
        let source = SocketAddr::from(([10, 0, 1, 77], 4000 + n));
        let sealed = request(&mut scenario, "");
        forge(&mut scenario, source, &sealed);
        assert!(scenario.sfu.address_validator.len() <= 32);
    }
    scenario.reload(MALLORY);
    assert!(
        scenario.sfu.address_validator.len() <= 2,
        "the connection of before is forgotten: {}",
        scenario.sfu.address_validator.len()
    );
}
