//! What is sent of a picture or a sound, and to whom.

use super::super::track::vp8_width;
use super::super::*;
use super::guest::*;
use super::play::*;
use str0m::change::SdpAnswer;
use str0m::media::{Direction, MediaKind};
use str0m::rtp::RtpWrite;

#[test]
fn what_nobody_sees_is_not_wanted() {
    let mut play = Play::with(3);
    (0..3).for_each(|n| play.show(n, 1280));
    play.run(secs(2));
    assert_eq!(play.guests[0].wanted.layers, [false, false, true]);
    play.show(1, 300);
    play.show(2, 0);
    play.run(secs(1));
    assert_eq!(play.guests[0].wanted, Wanted { audio: true, layers: [true, false, false] });
    play.show(1, 0);
    play.run(secs(1));
    assert_eq!(play.guests[0].wanted, Wanted { audio: true, layers: [false; 3] });
    play.show(1, 1280);
    play.run(secs(2));
    assert_eq!(play.guests[0].wanted.layers, [false, false, true]);
    assert_eq!(play.layer(1, 0), Some(2), "and it comes back");
    play.nobody_sees_a_seam();
}

#[test]
fn sound_that_repeats_itself_is_passed_on_to_who_knows_it_and_taken_apart_for_who_does_not() {
    let mut play = Play::with(2);
    play.plain = true;
    play.come();
    play.guests[0].red = true;
    play.run(secs(2));
    let sounds = |guest: usize| &play.guests[guest].sounds;
    assert!(sounds(1).contains(&(0, 63)), "whole");
    assert!(sounds(1).contains(&(2, 111)));
    assert!(sounds(2).contains(&(0, 111)) && !sounds(2).contains(&(0, 63)), "alone");
}

#[test]
fn a_shared_screen_takes_a_seat_and_gives_it_back() {
    let mut play = Play::with(2);
    play.run(secs(1));
    let guest = &mut play.guests[0];
    let mut api = guest.up.rtc.sdp_api();
    api.add_media(MediaKind::Audio, Direction::SendOnly, None, None, None);
    let screen = api.add_media(MediaKind::Video, Direction::SendOnly, None, None, None);
    let (offer, pending) = api.apply().expect("two tracks are a change");
    let answer = play.sfu.up_offer(play.now, PersonId(0), 0, &offer.to_sdp_string()).expect("a good offer");
    let answer = SdpAnswer::from_sdp_string(&answer).expect("a good answer");
    play.guests[0].up.rtc.sdp_api().accept_answer(pending, answer).expect("it fits");
    play.settle();
    play.run(ms(200));
    let shown = |play: &Play| play.guests[1].seats.values().any(|seat| *seat == (0, Source::Screen));
    assert!(!shown(&play), "nothing is shared yet");
    let of_screen = |play: &Play| play.guests[1].arrived.iter().filter(|stamp| stamp.from == 50).count();
    for frame in 0..20 {
        let stamp = Stamp { from: 50, layer: 0, frame, index: 0 };
        // Nobody answers keyframe requests here: every picture stands alone.
        let payload = picture(&stamp, true, 300);
        let write = RtpWrite::new(96.into(), u64::from(frame + 1).into(), frame * 9000, play.now, payload);
        let mut api = play.guests[0].up.rtc.direct_api();
        api.stream_tx_by_mid(screen, None).expect("agreed to").write_rtp(write.marker(true).nackable(true));
        play.guests[0].up.wake = play.now;
        play.run(ms(100));
    }
    assert!(shown(&play));
    assert!(of_screen(&play) > 10, "{} of 20 pictures", of_screen(&play));
    play.run(secs(12));
    assert!(!shown(&play), "it is over");
}

#[test]
fn the_width_is_read_out_of_a_keyframe() {
    let payload = picture(&Stamp { from: 3, layer: 1, frame: 9, index: 0 }, true, 300);
    assert_eq!(vp8_width(&payload), Some(640));
    for end in 0..12 {
        assert_eq!(vp8_width(&payload[..end]), None);
    }
}
