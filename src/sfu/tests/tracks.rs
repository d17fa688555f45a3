//! What is sent of a picture or a sound, and to whom.

use super::super::track::vp8_width;
use super::super::*;
use super::guest::*;
use super::play::*;
use str0m::change::SdpAnswer;
use str0m::media::{Direction, MediaKind, Mid, Simulcast, SimulcastLayer};
use str0m::rtp::{Extension, RtpWrite};

#[test]
fn what_nobody_sees_is_not_wanted() {
    let mut play = Play::with(3);
    (0..3).for_each(|n| play.show(n, 1280));
    play.run(secs(2));
    assert_eq!(play.guests[0].wanted.layers, [false, false, true]);
    play.show(1, 300);
    play.show(2, 0);
    play.run(secs(1));
    assert_eq!(play.guests[0].wanted, Wanted { audio: true, layers: [true, false, false], av1: false });
    play.show(1, 0);
    play.run(secs(1));
    assert_eq!(play.guests[0].wanted, Wanted { audio: true, layers: [false; 3], av1: false });
    play.show(1, 1280);
    play.run(secs(2));
    assert_eq!(play.guests[0].wanted.layers, [false, false, true]);
    assert_eq!(play.layer(1, 0), Some(2), "and it comes back");
    play.nobody_sees_a_seam();
}

#[test]
fn sound_that_repeats_itself_is_passed_on_to_who_knows_it_and_taken_apart_for_who_does_not() {
    let mut play = Play::with(2);
    play.abilities.red = false;
    play.come();
    play.guests[0].red = true;
    play.run(secs(2));
    let sounds = |guest: usize| &play.guests[guest].sounds;
    assert!(sounds(1).contains(&(0, 63)), "whole");
    assert!(sounds(1).contains(&(2, 111)));
    assert!(sounds(2).contains(&(0, 111)) && !sounds(2).contains(&(0, 63)), "alone");
}

#[test]
fn a_screen_has_a_seat_while_it_is_shown_and_the_layer_that_fits_its_size_on_the_page() {
    let mut play = Play::with(2);
    play.show(1, 640);
    play.run(secs(1));
    let mid = offer_screen(&mut play);
    play.run(ms(200));
    let has_seat = |play: &Play| play.guests[1].seats.values().any(|seat| *seat == (0, Source::Screen));
    assert!(!has_seat(&play), "nothing is shown yet");
    play.sfu.set_screen(play.now, PersonId(0), true);
    play.settle();
    assert!(has_seat(&play));
    play.run(ms(50));
    assert_eq!(
        play.guests[0].screen,
        Wanted { audio: true, layers: [false; 3], av1: false },
        "nobody has said that it is seen"
    );
    assert_eq!(screen_at(&mut play, mid, 1280), [0, 10]);
    assert_eq!(screen_at(&mut play, mid, 400), [10, 0]);
    assert_eq!(screen_at(&mut play, mid, 0), [0, 0], "what is off the screen costs nothing");
    assert_eq!(
        play.guests[0].screen,
        Wanted { audio: true, layers: [false; 3], av1: false },
        "and is not encoded"
    );
    assert_eq!(screen_at(&mut play, mid, 1920), [0, 10]);
    play.sfu.set_screen(play.now, PersonId(0), false);
    play.settle();
    assert!(!has_seat(&play), "it is over");
    play.run(ms(50));
    assert_eq!(play.guests[0].screen, Wanted::default());
}

#[test]
fn a_screen_is_sent_in_av1_while_everybody_decodes_it() {
    let mut play = Play::with(0);
    play.abilities.av1 = true;
    play.come();
    play.come();
    play.run(secs(1));
    offer_screen(&mut play);
    play.sfu.set_screen(play.now, PersonId(0), true);
    play.run(ms(300));
    assert!(play.guests[0].screen.av1);
    assert!(!play.guests[0].wanted.av1, "a camera is VP8 always");
    play.abilities.av1 = false;
    play.come();
    play.run(secs(1));
    assert!(!play.guests[0].screen.av1, "somebody knows only VP8");
    play.sfu.leave(play.now, PersonId(2));
    play.run(secs(1));
    assert!(play.guests[0].screen.av1);
}

#[test]
fn a_screen_that_is_shown_before_the_connection_for_it_is_up_is_seen_as_soon_as_it_is() {
    let mut play = Play::with(2);
    play.show(1, 640);
    play.run(secs(1));
    play.begin_anew(0);
    play.sfu.reconnect(play.now, PersonId(0), None);
    play.sfu.set_screen(play.now, PersonId(0), true);
    let tile = Tile { person: PersonId(0), source: Source::Screen, width: 1280, pinned: false };
    play.sfu.set_tiles(play.now, PersonId(1), vec![tile]);
    play.offer(0);
    let mid = offer_screen(&mut play);
    play.run(secs(1));
    assert_eq!(screen_at(&mut play, mid, 1280), [0, 10]);
}

/// The first guest's page offers its screen and its sound, besides what it sends already.
fn offer_screen(play: &mut Play) -> Mid {
    let mut api = play.guests[0].up.rtc.sdp_api();
    api.add_media(MediaKind::Audio, Direction::SendOnly, None, None, None);
    let mut simulcast = Simulcast::new();
    SCREEN.iter().for_each(|rid| simulcast.add_send_layer(SimulcastLayer::new(rid)));
    let mid = api.add_media(MediaKind::Video, Direction::SendOnly, None, None, Some(simulcast));
    let (offer, pending) = api.apply().expect("two tracks are a change");
    let connection = u32::from(play.guests[0].loads);
    let answer =
        play.sfu.up_offer(play.now, PersonId(0), connection, &offer.to_sdp_string()).expect("a good offer");
    let answer = SdpAnswer::from_sdp_string(&answer).expect("a good answer");
    play.guests[0].up.rtc.sdp_api().accept_answer(pending, answer).expect("it fits");
    play.settle();
    mid
}

/// Names of a screen's layers, which are as wide as the two larger ones of a camera.
const SCREEN: [&str; 2] = ["h", "f"];

/// The second guest's page shows the screen so wide. Of the last ten pictures of each layer of it that anybody
/// wanted: how many have come.
fn screen_at(play: &mut Play, mid: Mid, width: u16) -> [usize; 2] {
    let tile = Tile { person: PersonId(0), source: Source::Screen, width, pinned: false };
    play.sfu.set_tiles(play.now, PersonId(1), vec![tile]);
    play.settle();
    for frame in 0..20 {
        if frame == 10 {
            play.guests[1].arrived.clear();
        }
        let wanted = play.guests[0].screen.layers;
        for (layer, rid) in (1..).zip(SCREEN).filter(|(layer, _)| wanted[layer - 1]) {
            play.guests[0].screen_sequence += 1;
            let sequence = play.guests[0].screen_sequence;
            let stamp = Stamp { from: 50, layer: layer as u8, frame: sequence, index: 0 };
            // Nobody answers keyframe requests here: every picture stands alone.
            let payload = picture(&stamp, true, 300);
            let write =
                RtpWrite::new(96.into(), u64::from(sequence).into(), sequence * 9000, play.now, payload);
            let mut api = play.guests[0].up.rtc.direct_api();
            let stream = api.stream_tx_by_mid(mid, Some(rid.into())).expect("agreed to");
            stream.write_rtp(write.marker(true).nackable(true));
        }
        play.guests[0].up.wake = play.now;
        play.run(ms(100));
    }
    let came = |layer| play.guests[1].arrived.iter().filter(|s| s.from == 50 && s.layer == layer).count();
    [came(1), came(2)]
}

#[test]
fn who_insists_on_h264_sees_everybody_who_can_send_it_and_is_seen() {
    let mut play = Play::with(0);
    play.ended = Some(Vec::new());
    play.abilities.h264 = true;
    play.come();
    play.come();
    play.abilities.h264 = false;
    play.come(); // who knows nothing but VP8
    play.run(secs(2));
    let came =
        |play: &Play, at: usize, from: usize, codec| play.guests[at].pictures.get(&(from, codec)).copied();
    assert!(
        came(&play, 0, 1, VP8).is_some() && came(&play, 0, 1, H264).is_none(),
        "VP8 as long as everybody knows it"
    );

    play.abilities = Abilities { vp8: false, h264: true, ..Abilities::USUAL };
    play.come();
    play.run(secs(1));
    let ended = play.ended.replace(Vec::new()).expect("set above");
    assert_eq!(ended, [(PersonId(0), Side::Up), (PersonId(1), Side::Up)], "they can send the other");
    play.renew_up(0);
    play.renew_up(1);
    for guest in &mut play.guests {
        guest.pictures.clear();
    }
    play.run(secs(2));
    for (at, from) in [(3, 0), (3, 1), (0, 1), (1, 0), (0, 3), (1, 3)] {
        assert!(came(&play, at, from, H264) > Some(20), "{at} sees {from}");
        assert_eq!(came(&play, at, from, VP8), None);
    }
    assert!(came(&play, 0, 2, VP8) > Some(20), "who can send nothing else is seen by those who know it");
    assert_eq!(
        play.guests[3].pictures.keys().filter(|(from, _)| *from == 2).count(),
        0,
        "and nothing is transcoded"
    );
    assert!(play.heard(3, 2) > 20, "but all are heard");
    assert_eq!(play.ended, Some(Vec::new()), "and nothing ends again");
}

#[test]
fn pictures_are_turned_by_who_sends_them_as_soon_as_somebody_does_not_turn_them() {
    let mut play = Play::with(0);
    play.ended = Some(Vec::new());
    play.come();
    play.come();
    play.run(secs(2));
    let leaves_turning = |play: &Play, n: usize| {
        let Guest { up, video, .. } = &play.guests[n];
        let media = up.rtc.media(*video).expect("it was offered");
        media.remote_extmap().id_of(Extension::VideoOrientation).is_some()
    };
    assert!(leaves_turning(&play, 0) && leaves_turning(&play, 1), "everybody turns them");
    assert_eq!(play.ended, Some(Vec::new()));

    play.abilities.turns = false;
    play.come();
    play.run(secs(1));
    let ended = play.ended.replace(Vec::new()).expect("set above");
    assert_eq!(ended, [(PersonId(0), Side::Up), (PersonId(1), Side::Up)]);
    play.renew_up(0);
    play.renew_up(1);
    play.abilities.turns = true;
    play.come();
    for guest in &mut play.guests {
        guest.pictures.clear();
    }
    play.run(secs(2));
    for at in 0..4 {
        assert!(!leaves_turning(&play, at), "{at}");
        for from in (0..4).filter(|from| *from != at) {
            assert!(play.guests[at].pictures.get(&(from, VP8)) > Some(&20), "{at} sees {from}");
        }
    }
    assert_eq!(play.ended, Some(Vec::new()), "nothing ends again");

    play.sfu.leave(play.now, PersonId(2));
    play.renew_up(0);
    play.run(secs(1));
    assert!(leaves_turning(&play, 0), "everybody who is left turns them");
    assert_eq!(play.ended, Some(Vec::new()), "and nobody begins anew for it");
}

#[test]
fn the_width_is_read_out_of_a_keyframe() {
    let payload = picture(&Stamp { from: 3, layer: 1, frame: 9, index: 0 }, true, 300);
    assert_eq!(vp8_width(&payload), Some(640));
    for end in 0..12 {
        assert_eq!(vp8_width(&payload[..end]), None);
    }
}
