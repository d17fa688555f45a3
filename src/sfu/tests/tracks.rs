//! What is sent of a picture or a sound, and to whom.

use super::super::member::Wanted;
use super::super::parsed_packet::vp8_width;
use super::super::*;
use super::guest::*;
use super::scenario::*;
use str0m::media::Mid;
use str0m::rtp::{Extension, RtpWrite};

#[test]
fn what_nobody_sees_is_not_wanted() {
    let mut scenario = Scenario::with(3);
    (0..3).for_each(|n| scenario.show(n, 1280));
    scenario.run(secs(2));
    assert_eq!(scenario.guests[0].wanted.layers, [false, false, true]);
    scenario.show(1, 300);
    scenario.show(2, 0);
    scenario.run(secs(1));
    assert_eq!(scenario.guests[0].wanted, Wanted { audio: true, layers: [true, false, false], av1: false });
    scenario.show(1, 0);
    scenario.run(secs(1));
    assert_eq!(scenario.guests[0].wanted, Wanted { audio: true, layers: [false; 3], av1: false });
    scenario.show(1, 1280);
    scenario.run(secs(2));
    assert_eq!(scenario.guests[0].wanted.layers, [false, false, true]);
    assert_eq!(scenario.layer(1, 0), Some(2), "and it comes back");
    scenario.nobody_sees_a_seam();
}

#[test]
fn whoever_goes_from_size_to_size_all_the_time_does_not_make_the_picture_of_others_coarse() {
    let mut scenario = Scenario::with(4);
    (0..4).for_each(|n| scenario.show(n, 1280));
    scenario.run(secs(3));
    scenario.guests[0].asked = [0; 3];
    for _ in 0..50 {
        for width in [300, 1280] {
            scenario.show(3, width);
            scenario.run(ms(100));
        }
    }
    let asked = scenario.guests[0].asked;
    // Ten at once, one a second, and in ten seconds five sooner than that.
    assert!(asked.into_iter().all(|asked| asked <= 25), "{asked:?} keyframes in ten seconds");
    scenario.show(3, 1280);
    scenario.run(ms(1500));
    assert_eq!(scenario.layer(3, 0), Some(2), "who stays is shown what was asked for");
}

#[test]
fn sound_that_repeats_itself_is_passed_on_to_who_knows_it_and_taken_apart_for_who_does_not() {
    let mut scenario = Scenario::with(2);
    scenario.abilities.red = false;
    scenario.come();
    scenario.guests[0].red = true;
    scenario.run(secs(2));
    let sounds = |guest: usize| &scenario.guests[guest].sounds;
    assert!(sounds(1).contains(&(0, 63)), "whole");
    assert!(sounds(1).contains(&(2, 111)));
    assert!(sounds(2).contains(&(0, 111)) && !sounds(2).contains(&(0, 63)), "alone");
}

#[test]
fn a_screen_has_a_seat_while_it_is_shown_and_the_layer_that_fits_its_size_on_the_page() {
    let mut scenario = Scenario::with(2);
    scenario.show(1, 640);
    scenario.run(secs(1));
    let mid = offer_screen(&mut scenario);
    scenario.run(ms(200));
    let has_seat =
        |scenario: &Scenario| scenario.guests[1].seats.values().any(|seat| *seat == (0, Source::Screen));
    assert!(!has_seat(&scenario), "nothing is shown yet");
    scenario.sfu.handle_command(scenario.now, PersonId(0), Command::SetScreen(true));
    scenario.settle();
    assert!(has_seat(&scenario));
    scenario.run(ms(50));
    assert_eq!(
        scenario.guests[0].screen,
        Wanted { audio: true, layers: [false; 3], av1: false },
        "nobody has said that it is seen"
    );
    assert_eq!(screen_at(&mut scenario, mid, 1280), [0, 10]);
    assert_eq!(screen_at(&mut scenario, mid, 400), [10, 0]);
    assert_eq!(screen_at(&mut scenario, mid, 0), [0, 0], "what is off the screen costs nothing");
    assert_eq!(
        scenario.guests[0].screen,
        Wanted { audio: true, layers: [false; 3], av1: false },
        "and is not encoded"
    );
    assert_eq!(screen_at(&mut scenario, mid, 1920), [0, 10]);
    scenario.sfu.handle_command(scenario.now, PersonId(0), Command::SetScreen(false));
    scenario.settle();
    assert!(!has_seat(&scenario), "it is over");
    scenario.run(ms(50));
    assert_eq!(scenario.guests[0].screen, Wanted::default());
}

#[test]
fn a_screen_is_sent_in_av1_while_everybody_decodes_it() {
    let mut scenario = Scenario::with(0);
    scenario.abilities.av1 = true;
    scenario.come();
    scenario.come();
    scenario.run(secs(1));
    offer_screen(&mut scenario);
    scenario.sfu.handle_command(scenario.now, PersonId(0), Command::SetScreen(true));
    scenario.run(ms(300));
    assert!(scenario.guests[0].screen.av1);
    assert!(!scenario.guests[0].wanted.av1, "a camera is VP8 always");
    scenario.abilities.av1 = false;
    scenario.come();
    scenario.run(secs(1));
    assert!(!scenario.guests[0].screen.av1, "somebody knows only VP8");
    scenario.sfu.handle_command(scenario.now, PersonId(2), Command::Leave);
    scenario.run(secs(1));
    assert!(scenario.guests[0].screen.av1);
}

#[test]
fn a_screen_that_is_shown_before_the_connection_for_it_is_up_is_seen_as_soon_as_it_is() {
    let mut scenario = Scenario::with(2);
    scenario.show(1, 640);
    scenario.run(secs(1));
    scenario.begin_anew(0);
    scenario.sfu.handle_command(scenario.now, PersonId(0), Command::Reconnect { via: None });
    scenario.sfu.handle_command(scenario.now, PersonId(0), Command::SetScreen(true));
    let tile = Tile { person: PersonId(0), source: Source::Screen, width: 1280, pinned: false };
    scenario.sfu.handle_command(scenario.now, PersonId(1), Command::SetTiles(vec![tile]));
    scenario.offer(0);
    let mid = offer_screen(&mut scenario);
    scenario.run(secs(1));
    assert_eq!(screen_at(&mut scenario, mid, 1280), [0, 10]);
}

/// The first guest's page offers its screen and its sound, besides what it sends already.
fn offer_screen(scenario: &mut Scenario) -> Mid {
    let mid = scenario.offer_tracks(0, &SCREEN).video;
    scenario.settle();
    mid
}

/// Names of a screen's layers, which are as wide as the two larger ones of a camera.
const SCREEN: [&str; 2] = ["h", "f"];

/// The second guest's page shows the screen so wide. Of the last ten pictures of each layer of it that
/// anybody wanted: how many have come.
fn screen_at(scenario: &mut Scenario, mid: Mid, width: u16) -> [usize; 2] {
    let tile = Tile { person: PersonId(0), source: Source::Screen, width, pinned: false };
    scenario.sfu.handle_command(scenario.now, PersonId(1), Command::SetTiles(vec![tile]));
    scenario.settle();
    for frame in 0..20 {
        if frame == 10 {
            scenario.guests[1].arrived.clear();
        }
        let wanted = scenario.guests[0].screen.layers;
        for (layer, rid) in (1..).zip(SCREEN).filter(|(layer, _)| wanted[layer - 1]) {
            scenario.guests[0].screen_sequence += 1;
            let sequence = scenario.guests[0].screen_sequence;
            let stamp = Stamp { from: 50, layer: layer as u8, frame: sequence, index: 0 };
            // Nobody answers keyframe requests here: every picture stands alone.
            let payload = picture(&stamp, true, 300);
            let write =
                RtpWrite::new(96.into(), u64::from(sequence).into(), sequence * 9000, scenario.now, payload);
            let write = write.marker(true).nackable(true);
            scenario.guests[0].up.write(scenario.now, mid, Some(rid.into()), write);
        }
        scenario.run(ms(100));
    }
    let came = |layer| scenario.guests[1].arrived.iter().filter(|s| s.from == 50 && s.layer == layer).count();
    [came(1), came(2)]
}

#[test]
fn who_insists_on_h264_sees_everybody_who_can_send_it_and_is_seen() {
    let mut scenario = Scenario::with(0);
    scenario.ended = Some(Vec::new());
    scenario.abilities.h264 = true;
    scenario.come();
    scenario.come();
    scenario.abilities.h264 = false;
    scenario.come(); // who knows nothing but VP8
    scenario.run(secs(2));
    let came = |scenario: &Scenario, at: usize, from: usize, codec| {
        scenario.guests[at].pictures.get(&(from, codec)).copied()
    };
    assert!(
        came(&scenario, 0, 1, VP8).is_some() && came(&scenario, 0, 1, H264).is_none(),
        "VP8 as long as everybody knows it"
    );

    scenario.abilities = Abilities { vp8: false, h264: true, ..Abilities::USUAL };
    scenario.come();
    scenario.run(secs(1));
    let ended = scenario.ended.replace(Vec::new()).expect("set above");
    assert_eq!(ended, [(PersonId(0), Side::Up), (PersonId(1), Side::Up)], "they can send the other");
    scenario.renew_up(0);
    scenario.renew_up(1);
    for guest in &mut scenario.guests {
        guest.pictures.clear();
    }
    scenario.run(secs(2));
    for (at, from) in [(3, 0), (3, 1), (0, 1), (1, 0), (0, 3), (1, 3)] {
        assert!(came(&scenario, at, from, H264) > Some(20), "{at} sees {from}");
        assert_eq!(came(&scenario, at, from, VP8), None);
    }
    assert!(came(&scenario, 0, 2, VP8) > Some(20), "who can send nothing else is seen by those who know it");
    assert_eq!(
        scenario.guests[3].pictures.keys().filter(|(from, _)| *from == 2).count(),
        0,
        "and nothing is transcoded"
    );
    assert!(scenario.heard(3, 2) > 20, "but all are heard");
    assert_eq!(scenario.ended, Some(Vec::new()), "and nothing ends again");
}

#[test]
fn pictures_are_turned_by_who_sends_them_as_soon_as_somebody_does_not_turn_them() {
    let mut scenario = Scenario::with(0);
    scenario.ended = Some(Vec::new());
    scenario.come();
    scenario.come();
    scenario.run(secs(2));
    let leaves_turning = |scenario: &Scenario, n: usize| {
        let Guest { up, video, .. } = &scenario.guests[n];
        let media = up.rtc.media(*video).expect("it was offered");
        media.remote_extmap().id_of(Extension::VideoOrientation).is_some()
    };
    assert!(leaves_turning(&scenario, 0) && leaves_turning(&scenario, 1), "everybody turns them");
    assert_eq!(scenario.ended, Some(Vec::new()));

    scenario.abilities.turns = false;
    scenario.come();
    scenario.run(secs(1));
    let ended = scenario.ended.replace(Vec::new()).expect("set above");
    assert_eq!(ended, [(PersonId(0), Side::Up), (PersonId(1), Side::Up)]);
    scenario.renew_up(0);
    scenario.renew_up(1);
    scenario.abilities.turns = true;
    scenario.come();
    for guest in &mut scenario.guests {
        guest.pictures.clear();
    }
    scenario.run(secs(2));
    for at in 0..4 {
        assert!(!leaves_turning(&scenario, at), "{at}");
        for from in (0..4).filter(|from| *from != at) {
            assert!(scenario.guests[at].pictures.get(&(from, VP8)) > Some(&20), "{at} sees {from}");
        }
    }
    assert_eq!(scenario.ended, Some(Vec::new()), "nothing ends again");

    scenario.sfu.handle_command(scenario.now, PersonId(2), Command::Leave);
    scenario.renew_up(0);
    scenario.run(secs(1));
    assert!(leaves_turning(&scenario, 0), "everybody who is left turns them");
    assert_eq!(scenario.ended, Some(Vec::new()), "and nobody begins anew for it");
}

#[test]
fn who_makes_its_connection_anew_and_turns_nothing_ends_the_others_connections_once() {
    let mut scenario = Scenario::with(3);
    scenario.run(secs(2));
    scenario.ended = Some(Vec::new());
    scenario.guests[2].abilities.turns = false;
    let (mut ends, mut over) = ([0; 3], Vec::new());
    for _ in 0..6 {
        scenario.begin_anew(2);
        scenario.sfu.handle_command(scenario.now, PersonId(2), Command::Reconnect { via: None });
        // The others offer before it has answered.
        over.drain(..).for_each(|who| scenario.renew_up(who));
        scenario.offer(2);
        scenario.run(secs(1));
        let ended = scenario.ended.replace(Vec::new()).expect("set above");
        over.extend(ended.iter().filter(|(_, side)| *side == Side::Up).map(|(who, _)| who.0 as usize));
        over.retain(|who| *who != 2);
        over.iter().for_each(|who| ends[*who] += 1);
    }
    assert_eq!(ends, [1, 1, 0]);
}

#[test]
fn the_width_is_read_out_of_a_keyframe() {
    let payload = picture(&Stamp { from: 3, layer: 1, frame: 9, index: 0 }, true, 300);
    assert_eq!(vp8_width(&payload), Some(640));
    for end in 0..12 {
        assert_eq!(vp8_width(&payload[..end]), None);
    }
}
