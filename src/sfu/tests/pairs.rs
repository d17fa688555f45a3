//! Whose datagrams are whose: nobody takes over what is another's, and nothing is sent to whom it was not meant for.

use super::super::*;
use super::guest::{FPS, Guest};
use super::play::*;
use std::net::SocketAddr;
use std::time::Duration;
use str0m::IceCreds;
use str0m::ice::{StunMessage, TransId};

/// Who attacks, and who is attacked.
const MALLORY: usize = 0;
const ANN: usize = 1;

/// A connectivity check of the attacker's own connection, which wants media to come where it seems to be from.
fn request(play: &mut Play, wrong: &str) -> Vec<u8> {
    let slot = play.sfu.slots[&PersonId(MALLORY as u32)];
    let ours =
        play.sfu.mutate(Key { slot, line: Line::Up }, |rtc| Ok(rtc.direct_api().local_ice_credentials()));
    let IceCreds { ufrag, pass } = ours.expect("a connection");
    let theirs = play.guests[MALLORY].up.rtc.direct_api().local_ice_credentials().ufrag;
    let username = format!("{ufrag}:{theirs}");
    let priority = (126 << 24) | (0xffff << 8) | 0xff;
    let check = StunMessage::binding_request(&username, TransId::new(), true, u64::MAX, priority, true);
    let mut bytes = vec![0; 512];
    let hmac = |key: &[u8], parts: &[&[u8]]| play.sfu.engine.hmac(key, parts);
    let password = format!("{pass}{wrong}");
    let length = check.to_bytes(Some(password.as_bytes()), &mut bytes, hmac).expect("it fits");
    bytes.truncate(length);
    bytes
}

fn forge(play: &mut Play, source: SocketAddr, bytes: &[u8]) {
    let received = Received { protocol: Protocol::Udp, source, destination: addr(BOX), bytes };
    play.sfu.handle_datagram(play.now, received);
    play.settle();
}

/// New pictures of the one who is attacked, as a third person sees them.
fn pictures_of_ann(play: &mut Play, time: Duration) -> u32 {
    let newest = |guest: &Guest| {
        guest.arrived.iter().filter(|stamp| usize::from(stamp.from) == ANN).map(|stamp| stamp.frame).max()
    };
    let before = newest(&play.guests[2]).expect("they were seen");
    play.run(time);
    newest(&play.guests[2]).expect("they were seen") - before
}

#[test]
fn a_forged_check_moves_nobodys_media() {
    let mut play = Play::with(3);
    play.run(secs(2));
    // Not sealed with the connection's password, and sealed with it, by a member who attacks.
    for (wrong, what) in [("x", "forged"), ("", "sealed")] {
        for round in 0..3 {
            for victim in [play.guests[ANN].up.address, play.guests[ANN].down.address] {
                let bytes = request(&mut play, wrong);
                forge(&mut play, victim, &bytes);
            }
            let frames = pictures_of_ann(&mut play, secs(1));
            assert!(frames >= FPS - 3, "{what}, round {round}: {frames} pictures in a second");
            assert!(play.longest_gap(ANN, 2) < ms(300), "{what}, round {round}: what comes to the victim");
        }
    }
}

#[test]
fn media_goes_to_no_address_that_has_not_asked_for_it() {
    let mut play = Play::with(3);
    play.run(secs(2));
    let slot = play.sfu.slots[&PersonId(MALLORY as u32)];
    let bystander = addr("10.0.1.77:4000");
    for _ in 0..10 {
        // Its own `down`, on which media comes, in the name of somebody else.
        let key = Key { slot, line: Line::Down };
        let creds = play.sfu.mutate(key, |rtc| Ok(rtc.direct_api().local_ice_credentials()));
        let IceCreds { ufrag, pass } = creds.expect("a connection");
        let theirs = play.guests[MALLORY].down.rtc.direct_api().local_ice_credentials().ufrag;
        let username = format!("{ufrag}:{theirs}");
        let check = StunMessage::binding_request(&username, TransId::new(), true, 9, u32::MAX >> 1, true);
        let mut bytes = vec![0; 512];
        let hmac = |key: &[u8], parts: &[&[u8]]| play.sfu.engine.hmac(key, parts);
        let length = check.to_bytes(Some(pass.as_bytes()), &mut bytes, hmac).expect("it fits");
        bytes.truncate(length);
        forge(&mut play, bystander, &bytes);
        let sent = play.strayed.clone();
        let asked = bytes.len();
        assert!(
            sent.iter().all(|(to, bytes)| *to != bystander || (bytes[0] < 2 && bytes.len() <= asked + 40))
        );
        play.run(ms(500));
    }
    let strayed: Vec<_> = play.strayed.iter().filter(|(to, _)| *to == bystander).collect();
    let media = strayed.iter().filter(|(_, bytes)| bytes[0] >= 2).count();
    assert_eq!(media, 0, "of {} datagrams", strayed.len());
    assert!(strayed.len() <= 10, "one question for each request: {}", strayed.len());
}

#[test]
fn what_is_said_in_somebodys_name_ends_nothing() {
    let mut play = Play::with(3);
    play.run(secs(2));
    let victim = play.guests[ANN].up.address;
    let alert = |version: u8| vec![21, 0xfe, version, 0, 0, 0, 0, 0, 0, 0, 9, 0, 2, 1, 0];
    let hello = [&[22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 1, 0, 12, 1, 0, 0, 0, 0, 7][..], &[0; 6]].concat();
    for bytes in
        [alert(0xfd), alert(0xff), hello, vec![20; 40], vec![63; 13], vec![0x80; 60], vec![0x80, 200, 0, 1]]
    {
        forge(&mut play, victim, &bytes);
    }
    let frames = pictures_of_ann(&mut play, secs(2));
    assert!(frames >= 2 * FPS - 3, "{frames} pictures in two seconds");
}

#[test]
fn what_waits_for_consent_is_bounded_and_needs_the_password() {
    let mut play = Play::with(3);
    play.run(secs(2));
    for n in 0..1000 {
        let source = SocketAddr::from(([10, 0, 1, 77], 4000 + n));
        let forged = request(&mut play, "x");
        forge(&mut play, source, &forged);
        assert_eq!(play.sfu.consent.len(), 0, "it is not sealed");
    }
    for n in 0..100 {
        let source = SocketAddr::from(([10, 0, 1, 77], 4000 + n));
        let sealed = request(&mut play, "");
        forge(&mut play, source, &sealed);
        assert!(play.sfu.consent.len() <= 32);
    }
    play.reload(MALLORY);
    assert!(play.sfu.consent.len() <= 2, "the connection of before is forgotten: {}", play.sfu.consent.len());
}
