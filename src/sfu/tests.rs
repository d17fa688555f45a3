//! Little plays in virtual time: browsers (of the same engine) on links that lose, delay, reorder and
//! choke, and the relay between them.

use super::track::vp8_width;
use super::*;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use str0m::change::{SdpAnswer, SdpOffer};
use str0m::media::{Direction, KeyframeRequestKind, MediaKind, Mid, Rid, Simulcast, SimulcastLayer};
use str0m::rtp::{ExtensionValues, RtpWrite, Ssrc, Vp8Descriptor};
use str0m::{Candidate, Input, Output, RtcConfig};

const ROOM: RoomId = RoomId(7);
const BOX: &str = "10.0.0.1:443";
const RIDS: [&str; 3] = ["l", "m", "h"];
/// Packets a frame, and bytes of each, of every layer.
const SHAPE: [(usize, usize); 3] = [(1, 500), (2, 1000), (5, 1100)];
const WIDTH: [u16; 3] = [320, 640, 1280];
/// Pictures a second.
const FPS: u32 = 15;
/// Packets of sound a second.
const SOUND: u32 = 25;

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
fn losses_cost_no_packet_of_a_picture_after_repair() {
    let mut play = Play::with(3);
    play.run(secs(2));
    for guest in &mut play.guests {
        guest.link.loss = 0.05;
        guest.link.jitter = ms(8);
    }
    let from = play.mark();
    play.run(secs(5));
    let until = play.mark();
    for guest in &mut play.guests {
        guest.link.loss = 0.0;
    }
    play.run(secs(1));
    for guest in 0..3 {
        for other in (0..3).filter(|other| *other != guest) {
            let missing = play.missing(guest, other, from[other]..until[other]);
            assert_eq!(missing, BTreeSet::new(), "of {other} at {guest}");
        }
    }
}

#[test]
fn a_slow_link_gets_the_small_picture_and_all_speech_and_spoils_it_for_nobody() {
    for measuring in [Measuring::Always, Measuring::WhenNeeded] {
        let mut play = Play::new(3, measuring);
        (0..3).for_each(|n| play.show(n, 1280));
        play.run(secs(2));
        play.guests[2].link.rate = Some(300_000.0);
        play.run(secs(10));
        let heard = play.heard(2, 0);
        let from = play.mark();
        play.run(secs(4));
        let until = play.mark();
        assert_eq!(play.layers_of(2), [Some(0), Some(0)], "{measuring:?}");
        let sound = play.heard(2, 0) - heard;
        assert!(sound >= 4 * SOUND as usize - 3, "{measuring:?}: {sound} packets of speech in four seconds");
        for (guest, other) in [(0, 1), (1, 0), (0, 2), (1, 2)] {
            assert_eq!(play.layer(guest, other), Some(2), "{measuring:?}: {guest} sees {other}");
            play.run(ms(200));
            assert_eq!(play.missing(guest, other, from[other]..until[other]), BTreeSet::new());
        }
        play.guests[2].link.rate = None;
        play.run(secs(20));
        assert_eq!(play.layers_of(2), [Some(2), Some(2)], "{measuring:?}: the link is good again");
    }
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
fn a_machine_at_its_end_sends_smaller_pictures_and_all_speech() {
    let mut play = Play::with(3);
    (0..3).for_each(|n| play.show(n, 1280));
    play.run(secs(2));
    play.sfu.set_strain(play.now, Strain::Some);
    play.run(secs(1));
    assert_eq!(play.layers_of(0), [Some(1), Some(1)]);
    play.sfu.set_strain(play.now, Strain::Much);
    play.run(secs(1));
    assert_eq!(play.layers_of(0), [Some(0), Some(0)]);
    let heard = play.heard(0, 1);
    play.run(secs(1));
    assert!(play.heard(0, 1) - heard >= SOUND as usize - 2);
    play.sfu.set_strain(play.now, Strain::None);
    play.run(secs(1));
    assert_eq!(play.layers_of(0), [Some(2), Some(2)]);
    play.nobody_sees_a_seam();
}

#[test]
fn the_relay_rests_while_the_direct_path_runs_and_is_back_at_once() {
    let mut play = Play::with(2);
    play.run(secs(2));
    for n in 0..2 {
        play.sfu.set_paused(play.now, PersonId(n), true);
    }
    play.settle();
    assert_eq!(play.guests[0].wanted, Wanted::default());
    play.run(secs(1));
    let frames = play.guests[1].frames();
    play.run(secs(2));
    assert_eq!(play.guests[1].frames(), frames, "nothing flows");
    for n in 0..2 {
        play.sfu.set_paused(play.now, PersonId(n), false);
    }
    play.settle();
    play.run(ms(400));
    assert!(play.guests[1].frames() > frames, "it is back");
    play.nobody_sees_a_seam();
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
fn who_is_in_no_room_is_refused() {
    let now = start();
    let mut sfu = Sfu::new(settings(Measuring::WhenNeeded), now);
    assert_eq!(sfu.up_offer(now, PersonId(1), 1, ""), Err(Refusal::NotAMember));
    sfu.join(now, PersonId(1), ROOM, None).expect("there is room");
    assert!(matches!(sfu.up_offer(now, PersonId(1), 1, "v=0\r\nnonsense"), Err(Refusal::Sdp(_))));
    assert!(matches!(sfu.down_answer(now, PersonId(1), 1, "v=0\r\nnonsense"), Err(Refusal::Sdp(_))));
    let mut capacity = Settings { capacity: 1, ..settings(Measuring::WhenNeeded) };
    capacity.tag = "b".into();
    let mut small = Sfu::new(capacity, now);
    small.join(now, PersonId(1), ROOM, None).expect("the first fits");
    assert_eq!(small.join(now, PersonId(2), ROOM, None), Err(RoomFull));
}

#[test]
fn a_request_names_its_connection() {
    use super::demux::binding_request_name;
    let mut request = vec![0, 1, 0, 20, 0x21, 0x12, 0xa4, 0x42];
    request.extend([0; 12]);
    request.extend([0x80, 0x22, 0, 3, b'x', b'y', b'z', 0]); // SOFTWARE, padded
    request.extend([0, 6, 0, 9]);
    request.extend(b"ours:them\0\0\0");
    assert_eq!(binding_request_name(&request), Some("ours"));
    for end in 0..request.len() - 3 {
        assert_eq!(binding_request_name(&request[..end]), None, "cut at {end}");
    }
}

#[test]
fn the_width_is_read_out_of_a_keyframe() {
    let payload = picture(&Stamp { from: 3, layer: 1, frame: 9, index: 0 }, true, 300);
    assert_eq!(vp8_width(&payload), Some(640));
    for end in 0..12 {
        assert_eq!(vp8_width(&payload[..end]), None);
    }
}

#[test]
fn bandwidth_goes_to_the_first_and_everybody_gets_the_small_picture_before() {
    use super::allot::{Wish, allot};
    let wish = Wish { rates: [100.0, 400.0, 1000.0], count: 3, wanted: 2, current: Some(2) };
    assert_eq!(allot(f64::INFINITY, &[wish; 2]), [Some(2); 2]);
    assert_eq!(allot(1150.0, &[wish; 2]), [Some(2), Some(0)]);
    assert_eq!(allot(800.0, &[wish; 2]), [Some(1), Some(1)]);
    assert_eq!(allot(150.0, &[wish; 2]), [Some(0), None]);
    assert_eq!(allot(0.0, &[wish; 2]), [None, None]);
    let newcomer = Wish { current: None, ..wish };
    assert_eq!(allot(110.0, &[newcomer]), [None], "a step up needs headroom");
    assert_eq!(allot(10.0, &[Wish { count: 0, ..wish }]), [None]);
}

#[test]
fn garbage_is_for_nobody() {
    let now = start();
    let sfu = RefCell::new(Sfu::new(settings(Measuring::WhenNeeded), now));
    sfu.borrow_mut().join(now, PersonId(1), ROOM, None).expect("there is room");
    let bytes = proptest::collection::vec(any::<u8>(), 0..200);
    let mut runner = TestRunner::deterministic();
    let verdict = runner.run(&(bytes, any::<bool>()), |(mut bytes, like_stun)| {
        if like_stun && bytes.len() > 8 {
            bytes[..8].copy_from_slice(&[0, 1, 0, 100, 0x21, 0x12, 0xa4, 0x42]);
        }
        let source = addr("10.0.0.9:1");
        let received = Received { protocol: Protocol::Udp, source, destination: addr(BOX), bytes: &bytes };
        prop_assert_eq!(sfu.borrow_mut().handle_datagram(now, received), Verdict::Stranger);
        vp8_width(&bytes);
        Ok(())
    });
    verdict.expect("nobody is harmed");
}

#[test]
fn broken_packets_of_members_end_nothing_of_others() {
    let mut play = Play::with(3);
    let mut dice = 7_u64;
    // Guests 0 and 1 say nonsense from the first packet on, so that every state sees some.
    play.tamper = Some(Box::new(move |n: usize, bytes: &mut Vec<u8>| {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        if n < 2 && dice >> 61 == 0 && !bytes.is_empty() {
            let at = (dice >> 20) as usize % bytes.len();
            bytes[at] ^= (dice >> 40) as u8;
            bytes.truncate((dice >> 10) as usize % (2 * bytes.len()) + 1);
        }
    }));
    play.run(secs(4));
    assert!(play.guests[2].up_connected && play.guests[2].down_connected.is_some());
    play.tamper = None;
    let before = play.guests[2].frames();
    (0..2).for_each(|n| play.reload(n));
    play.run(secs(2));
    assert!(play.guests[2].frames() > before, "all is well again");
}

/// A room, its guests, and what is between them.
struct Play {
    now: Instant,
    sfu: Sfu,
    guests: Vec<Guest>,
    /// On the way: when it arrives, in which order it was sent, where to.
    air: BTreeMap<(Instant, u64), Flight>,
    sent: u64,
    dice: u64,
    speakers: Vec<PersonId>,
    tamper: Option<Tamper>,
    /// Who comes now does not know RED.
    plain: bool,
}

/// Spoils what a guest sends.
type Tamper = Box<dyn FnMut(usize, &mut Vec<u8>)>;

struct Flight {
    source: SocketAddr,
    destination: SocketAddr,
    bytes: Vec<u8>,
}

#[derive(Clone, Copy)]
struct Link {
    loss: f64,
    delay: Duration,
    jitter: Duration,
    /// Bits a second towards the guest; the rest waits, and what waits too long is lost.
    rate: Option<f64>,
    free: Instant,
}

struct Guest {
    n: usize,
    link: Link,
    up: Page,
    down: Page,
    connection: u32,
    loads: u16,
    audio: Mid,
    video: Mid,
    wanted: Wanted,
    level: i8,
    silent: bool,
    /// Repeats its sound.
    red: bool,
    /// Whose sound came under which payload type.
    sounds: BTreeSet<(usize, u8)>,
    up_connected: bool,
    down_connected: Option<Instant>,
    next_frame: Instant,
    next_sound: Instant,
    frame: u32,
    sound: u32,
    sequence: [u64; 4],
    keyframe: [bool; 3],
    /// Who sits on which m-line.
    seats: BTreeMap<String, (usize, Source)>,
    streams: BTreeMap<Ssrc, Stream>,
    arrived: HashSet<Stamp>,
    heard: BTreeMap<usize, usize>,
}

/// One of a guest's connections.
struct Page {
    rtc: Rtc,
    wake: Instant,
    address: SocketAddr,
}

/// What came on one stream.
#[derive(Default)]
struct Stream {
    video: bool,
    from: BTreeSet<usize>,
    keyframe: Option<Instant>,
    /// Sequence number → picture number, TL0 number, timestamp, keyframe, last layer.
    packets: BTreeMap<u64, Piece>,
}

#[derive(Clone, Copy)]
struct Piece {
    picture: u16,
    tl0: u8,
    timestamp: u32,
    stamp: Stamp,
    keyframe: bool,
}

/// Written into every packet of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Stamp {
    from: u8,
    layer: u8,
    frame: u32,
    index: u8,
}

impl Play {
    fn with(guests: usize) -> Play {
        Play::new(guests, Measuring::WhenNeeded)
    }

    fn new(guests: usize, measuring: Measuring) -> Play {
        let now = start();
        let mut play = Play {
            now,
            sfu: Sfu::new(settings(measuring), now),
            guests: Vec::new(),
            air: BTreeMap::new(),
            sent: 0,
            dice: 1,
            speakers: Vec::new(),
            tamper: None,
            plain: false,
        };
        for _ in 0..guests {
            play.come();
        }
        play
    }

    fn come(&mut self) -> usize {
        let n = self.guests.len();
        self.guests.push(Guest::new(n, 0, self.now));
        self.sfu.join(self.now, PersonId(n as u32), ROOM, None).expect("there is room");
        self.offer(n);
        n
    }

    /// A guest's page is as if it had just been opened.
    fn begin_anew(&mut self, n: usize) {
        let loads = self.guests[n].loads + 1;
        self.guests[n] = Guest { link: self.guests[n].link, ..Guest::new(n, loads, self.now) };
    }

    fn reload(&mut self, n: usize) {
        self.begin_anew(n);
        self.sfu.reconnect(self.now, PersonId(n as u32), None);
        self.offer(n);
    }

    fn offer(&mut self, n: usize) {
        let guest = &mut self.guests[n];
        let mut api = guest.up.rtc.sdp_api();
        guest.audio = api.add_media(MediaKind::Audio, Direction::SendOnly, None, None, None);
        let mut simulcast = Simulcast::new();
        RIDS.iter().for_each(|rid| simulcast.add_send_layer(SimulcastLayer::new(rid)));
        guest.video = api.add_media(MediaKind::Video, Direction::SendOnly, None, None, Some(simulcast));
        let (offer, pending) = api.apply().expect("two tracks are a change");
        let (id, connection) = (PersonId(n as u32), u32::from(guest.loads));
        let answer =
            self.sfu.up_offer(self.now, id, connection, &offer.to_sdp_string()).expect("a good offer");
        let answer = SdpAnswer::from_sdp_string(&answer).expect("a good answer");
        guest.up.rtc.sdp_api().accept_answer(pending, answer).expect("it fits");
        for rid in RIDS {
            // Browsers send again whatever is asked for.
            let mut api = guest.up.rtc.direct_api();
            let stream = api.stream_tx_by_mid(guest.video, Some(rid.into())).expect("agreed to");
            stream.set_rtx_cache(1000, secs(2), None);
        }
        self.settle();
    }

    fn show(&mut self, n: usize, width: u16) {
        let others = (0..self.guests.len()).filter(|other| *other != n);
        let tiles = others
            .map(|other| Tile {
                person: PersonId(other as u32),
                source: Source::Camera,
                width,
                pinned: false,
            })
            .collect();
        self.sfu.set_tiles(self.now, PersonId(n as u32), tiles);
        self.settle();
    }

    fn run(&mut self, time: Duration) {
        let until = self.now + time;
        while self.next() <= until {
            self.step();
        }
        self.now = until;
    }

    /// When anything happens next.
    fn next(&self) -> Instant {
        let guests = self.guests.iter().flat_map(|guest| {
            let media = if guest.silent { None } else { Some(guest.next_frame.min(guest.next_sound)) };
            [Some(guest.up.wake), Some(guest.down.wake), media]
        });
        let air = self.air.keys().next().map(|(at, _)| *at);
        guests.chain([air, self.sfu.poll_timeout()]).flatten().min().expect("there is always something")
    }

    fn step(&mut self) {
        self.now = self.now.max(self.next());
        let now = self.now;
        while let Some(entry) = self.air.first_entry().filter(|entry| entry.key().0 <= now) {
            let flight = entry.remove();
            self.arrive(flight);
        }
        if self.sfu.poll_timeout().is_some_and(|at| at <= now) {
            self.sfu.handle_timeout(now);
        }
        for n in 0..self.guests.len() {
            let guest = &mut self.guests[n];
            guest.play(now);
            if guest.up.wake <= now {
                guest.up.rtc.handle_input(Input::Timeout(now)).ok();
            }
            if guest.down.wake <= now {
                guest.down.rtc.handle_input(Input::Timeout(now)).ok();
            }
        }
        self.settle();
    }

    fn arrive(&mut self, flight: Flight) {
        let Flight { source, destination, bytes } = flight;
        if destination == addr(BOX) {
            let received = Received { protocol: Protocol::Udp, source, destination, bytes: &bytes };
            self.sfu.handle_datagram(self.now, received);
            return;
        }
        for n in 0..self.guests.len() {
            for side in [Side::Up, Side::Down] {
                let guest = &mut self.guests[n];
                let page = if side == Side::Up { &mut guest.up } else { &mut guest.down };
                if page.address == destination
                    && let Ok(datagram) = Receive::new(str0m::net::Protocol::Udp, source, destination, &bytes)
                {
                    let _ = page.rtc.handle_input(Input::Receive(self.now, datagram));
                    self.drain(n, side);
                }
            }
        }
    }

    /// Lets everybody say what they have to say.
    fn settle(&mut self) {
        loop {
            let mut quiet = true;
            while let Some(transmit) = self.sfu.poll_transmit() {
                let n = guest_at(transmit.destination);
                self.fly(n, false, transmit.source, transmit.destination, transmit.bytes);
            }
            while let Some(event) = self.sfu.poll_event() {
                quiet = false;
                self.told(event);
            }
            for n in 0..self.guests.len() {
                self.drain(n, Side::Up);
                self.drain(n, Side::Down);
            }
            if quiet {
                return;
            }
        }
    }

    fn told(&mut self, event: Event) {
        match event {
            Event::DownOffer { member, connection, sdp } => {
                let guest = &mut self.guests[member.0 as usize];
                if guest.connection != connection {
                    let address = guest.down.address;
                    let port = address.port() + 1;
                    let config = Page::config().enable_opus(true, !self.plain).enable_vp8(true);
                    guest.down = Page::of(config, SocketAddr::new(address.ip(), port), self.now);
                    guest.connection = connection;
                    guest.streams.clear();
                }
                let offer = SdpOffer::from_sdp_string(&sdp).expect("a good offer");
                let answer = guest.down.rtc.sdp_api().accept_offer(offer).expect("it fits");
                let answer = answer.to_sdp_string();
                self.sfu.down_answer(self.now, member, connection, &answer).expect("the newest answer");
            }
            Event::Seats { member, connection, seats } => {
                let guest = &mut self.guests[member.0 as usize];
                if guest.connection == connection {
                    let taken = seats.into_iter().filter_map(|seat| Some((seat.from?, seat)));
                    guest.seats = taken
                        .flat_map(|((person, source), seat)| {
                            [seat.audio, seat.video].map(|mid| (mid, (person.0 as usize, source)))
                        })
                        .collect();
                }
            }
            Event::Wanted { member, source: Source::Camera, audio, layers } => {
                self.guests[member.0 as usize].wanted = Wanted { audio, layers };
            }
            Event::Speakers { speakers, .. } => self.speakers = speakers,
            Event::Ended { why, side, .. } => {
                assert!(self.tamper.is_some(), "a connection ended: {side:?} {why}");
            }
            Event::Connected { .. } | Event::Wanted { .. } | Event::Strained { .. } => {}
        }
    }

    fn drain(&mut self, n: usize, side: Side) {
        loop {
            let guest = &mut self.guests[n];
            let page = if side == Side::Up { &mut guest.up } else { &mut guest.down };
            let output = match page.rtc.poll_output() {
                Ok(output) => output,
                Err(cause) => {
                    assert!(self.tamper.is_some(), "a guest made a mistake: {cause}");
                    return page.wake = self.now + secs(1000);
                }
            };
            match output {
                Output::Timeout(at) => return page.wake = at,
                Output::Transmit(transmit) => {
                    let mut bytes: Vec<u8> = transmit.contents.into();
                    if let Some(tamper) = &mut self.tamper {
                        tamper(n, &mut bytes);
                    }
                    self.fly(n, true, transmit.source, transmit.destination, bytes);
                }
                Output::Event(event) => guest.listen(self.now, side, event),
            }
        }
    }

    /// Over a guest's link, one way or the other.
    fn fly(&mut self, n: usize, up: bool, source: SocketAddr, destination: SocketAddr, bytes: Vec<u8>) {
        let luck = self.roll();
        let shake = self.roll();
        let Some(guest) = self.guests.get_mut(n) else { return };
        let link = &mut guest.link;
        if luck < link.loss {
            return;
        }
        let mut at = self.now;
        if let Some(rate) = link.rate.filter(|_| !up) {
            let begin = link.free.max(self.now);
            if begin > self.now + ms(400) {
                return; // the router's queue is full
            }
            link.free = begin + Duration::from_secs_f64(bytes.len() as f64 * 8.0 / rate);
            at = link.free;
        }
        at += link.delay + link.jitter.mul_f64(shake);
        self.sent += 1;
        self.air.insert((at, self.sent), Flight { source, destination, bytes });
    }

    fn roll(&mut self) -> f64 {
        // xorshift: the same in every run.
        self.dice ^= self.dice << 13;
        self.dice ^= self.dice >> 7;
        self.dice ^= self.dice << 17;
        (self.dice >> 11) as f64 / (1u64 << 53) as f64
    }

    /// The frame that each guest is at.
    fn mark(&self) -> Vec<u32> {
        self.guests.iter().map(|guest| guest.frame).collect()
    }

    /// Packets of frames of `of` that did not come to `at`, each frame of the layer it came in.
    fn missing(&self, at: usize, of: usize, frames: std::ops::Range<u32>) -> BTreeSet<Stamp> {
        let arrived = &self.guests[at].arrived;
        let mut missing = BTreeSet::new();
        for frame in frames {
            let stamp = |layer: usize, index: usize| Stamp {
                from: of as u8,
                layer: layer as u8,
                frame,
                index: index as u8,
            };
            let came = |layer: usize| (0..SHAPE[layer].0).any(|index| arrived.contains(&stamp(layer, index)));
            let layer = (0..3).find(|layer| came(*layer)).unwrap_or(0);
            missing.extend(
                (0..SHAPE[layer].0).map(|index| stamp(layer, index)).filter(|s| !arrived.contains(s)),
            );
        }
        missing
    }

    fn heard(&self, at: usize, of: usize) -> usize {
        self.guests[at].heard.get(&of).copied().unwrap_or(0)
    }

    fn layers_of(&self, n: usize) -> Vec<Option<usize>> {
        let figures = self.sfu.figures(PersonId(n as u32)).expect("a member");
        figures.layers.iter().filter(|(_, source, _)| *source == Source::Camera).map(|(.., l)| *l).collect()
    }

    fn layer(&self, at: usize, of: usize) -> Option<usize> {
        let figures = self.sfu.figures(PersonId(at as u32)).expect("a member");
        figures.layers.iter().find(|(person, ..)| person.0 as usize == of).and_then(|(.., layer)| *layer)
    }

    fn everybody_gets_everybody(&self) {
        for guest in &self.guests {
            for other in (0..self.guests.len()).filter(|other| *other != guest.n) {
                let streams = || guest.streams.values().filter(|stream| stream.from.contains(&other));
                assert!(streams().any(|stream| stream.video), "{} sees {other}", guest.n);
                assert!(guest.heard.contains_key(&other), "{} hears {other}", guest.n);
            }
        }
    }

    /// Every stream is whole from its first packet to its last, and its pictures are numbered in order.
    fn nobody_sees_a_seam(&self) {
        for guest in &self.guests {
            for stream in guest.streams.values().filter(|stream| stream.video) {
                let packets: Vec<_> = stream.packets.iter().collect();
                assert!(packets[0].1.keyframe, "it begins with a keyframe");
                for pair in packets.windows(2) {
                    let ((a, before), (b, after)) = (pair[0], pair[1]);
                    assert_eq!(a + 1, *b, "guest {}: sequence numbers", guest.n);
                    let same = before.stamp.frame == after.stamp.frame
                        && before.stamp.from == after.stamp.from
                        && before.stamp.layer == after.stamp.layer;
                    let step = after.picture.wrapping_sub(before.picture) & 0x7fff;
                    assert_eq!(step, u16::from(!same), "guest {}: picture numbers", guest.n);
                    let tl0 = after.tl0.wrapping_sub(before.tl0);
                    assert_eq!(tl0, u8::from(!same), "guest {}: TL0 numbers", guest.n);
                    let later = after.timestamp.wrapping_sub(before.timestamp);
                    assert_eq!(later > 0, !same, "guest {}: timestamps", guest.n);
                    assert!(later < 90_000 * 5, "guest {}: time leaps by {later}", guest.n);
                    let spliced =
                        before.stamp.layer != after.stamp.layer || before.stamp.from != after.stamp.from;
                    assert!(!spliced || after.keyframe, "guest {}: a change without keyframe", guest.n);
                }
            }
        }
    }
}

impl Guest {
    fn new(n: usize, loads: u16, now: Instant) -> Guest {
        let at = |port: u16| SocketAddr::new(guest_address(n), port + loads * 100);
        Guest {
            n,
            link: Link { loss: 0.0, delay: ms(5), jitter: ms(0), rate: None, free: now },
            up: Page::new(at(5000), now),
            down: Page::new(at(6000), now),
            connection: 0,
            loads,
            audio: "a".into(),
            video: "v".into(),
            wanted: Wanted { audio: true, layers: [true; 3] },
            level: -80,
            silent: false,
            red: false,
            sounds: BTreeSet::new(),
            up_connected: false,
            down_connected: None,
            // Not all at the same moment.
            next_frame: now + ms(3 * n as u64),
            next_sound: now + ms(2 * n as u64),
            frame: 0,
            sound: 0,
            sequence: [100, 200, 300, 65_000],
            keyframe: [true; 3],
            seats: BTreeMap::new(),
            streams: BTreeMap::new(),
            arrived: HashSet::new(),
            heard: BTreeMap::new(),
        }
    }

    /// Sends what is due of picture and sound.
    fn play(&mut self, now: Instant) {
        while self.next_sound <= now {
            self.next_sound += secs(1) / SOUND;
            self.sound += 1;
            if self.up_connected && self.wanted.audio && !self.silent {
                let ext = ExtensionValues {
                    audio_level: Some(self.level),
                    voice_activity: Some(self.level > -50),
                    ..ExtensionValues::default()
                };
                let sound = vec![self.n as u8; 80];
                // RFC 2198: the head of the block before, the head of this one, and both.
                let mut twice = vec![0x80 | 111, 0x1e, 0x00, 80, 111];
                twice.extend([&sound[..], &sound[..]].concat());
                let (payload_type, payload) = if self.red { (63, twice) } else { (111, sound) };
                self.sequence[0] += 1;
                let write = RtpWrite::new(
                    payload_type.into(),
                    self.sequence[0].into(),
                    self.sound * 1920,
                    now,
                    payload,
                );
                let mut api = self.up.rtc.direct_api();
                let stream = api.stream_tx_by_mid(self.audio, None).expect("agreed to");
                stream.write_rtp(write.ext_vals(ext));
                self.up.wake = now;
            }
        }
        while self.next_frame <= now {
            self.next_frame += secs(1) / FPS;
            self.frame += 1;
            for layer in 0..3 {
                // What is not wanted is not encoded, and begins with a keyframe when it is.
                if !self.up_connected || self.silent || !self.wanted.layers[layer] {
                    self.keyframe[layer] = true;
                    continue;
                }
                let keyframe = std::mem::take(&mut self.keyframe[layer]);
                let (packets, bytes) = SHAPE[layer];
                for index in 0..packets {
                    let stamp = Stamp {
                        from: self.n as u8,
                        layer: layer as u8,
                        frame: self.frame,
                        index: index as u8,
                    };
                    let sequence = &mut self.sequence[layer + 1];
                    *sequence += 1;
                    // Each layer has its own clock.
                    let time = self.frame * (90_000 / FPS) + layer as u32 * 1_000_000;
                    let payload = picture(&stamp, keyframe, bytes);
                    let write = RtpWrite::new(96.into(), (*sequence).into(), time, now, payload)
                        .marker(index + 1 == packets)
                        .nackable(true);
                    let mut api = self.up.rtc.direct_api();
                    let rid = Some(Rid::from(RIDS[layer]));
                    api.stream_tx_by_mid(self.video, rid).expect("agreed to").write_rtp(write);
                }
                self.up.wake = now;
            }
        }
    }

    fn listen(&mut self, now: Instant, side: Side, event: str0m::Event) {
        match event {
            str0m::Event::Connected if side == Side::Up => self.up_connected = true,
            str0m::Event::Connected => self.down_connected = Some(now),
            str0m::Event::KeyframeRequest(request) => {
                assert_eq!(request.kind, KeyframeRequestKind::Pli);
                let layer = RIDS.iter().position(|rid| Some(Rid::from(*rid)) == request.rid);
                if let Some(layer) = layer {
                    self.keyframe[layer] = true;
                }
            }
            str0m::Event::RtpPacket(packet) => {
                let stream = self.streams.entry(packet.header.ssrc).or_default();
                let payload_type = *packet.header.payload_type;
                if payload_type != 96 {
                    let from = usize::from(packet.payload[if payload_type == 63 { 5 } else { 0 }]);
                    self.sounds.insert((from, payload_type));
                    stream.from.insert(from);
                    *self.heard.entry(from).or_default() += 1;
                    return;
                }
                let descriptor = Vp8Descriptor::parse(&packet.payload).expect("a picture");
                let stamp = Stamp::read(&packet.payload);
                let keyframe = descriptor.starts_keyframe(&packet.payload);
                stream.video = true;
                stream.from.insert(usize::from(stamp.from));
                if keyframe {
                    stream.keyframe.get_or_insert(now);
                }
                self.arrived.insert(stamp);
                let piece = Piece {
                    picture: descriptor.picture_id().expect("it is numbered"),
                    tl0: descriptor.tl0_pic_idx().expect("it is numbered"),
                    timestamp: packet.header.timestamp,
                    stamp,
                    keyframe,
                };
                stream.packets.insert(*packet.seq_no, piece);
            }
            _ => {}
        }
    }

    /// How many frames have come.
    fn frames(&self) -> usize {
        self.arrived.iter().map(|stamp| (stamp.from, stamp.frame)).collect::<BTreeSet<_>>().len()
    }
}

impl Page {
    fn config() -> RtcConfig {
        RtcConfig::new().set_rtp_mode(true).clear_codecs()
    }

    fn new(address: SocketAddr, now: Instant) -> Page {
        Page::of(Page::config().enable_opus(true, true).enable_vp8(true), address, now)
    }

    fn of(config: RtcConfig, address: SocketAddr, now: Instant) -> Page {
        let mut rtc = config.build(now);
        rtc.add_local_candidate(Candidate::host(address, "udp").expect("an address"));
        Page { rtc, wake: now, address }
    }
}

impl Stamp {
    /// Behind the descriptor and the head of a keyframe.
    const AT: usize = 16;

    fn read(payload: &[u8]) -> Stamp {
        let at = |n: usize| payload[Stamp::AT + n];
        let frame = u32::from_be_bytes([at(2), at(3), at(4), at(5)]);
        Stamp { from: at(0), layer: at(1), frame, index: at(6) }
    }
}

/// A packet of a VP8 picture (RFC 7741).
fn picture(stamp: &Stamp, keyframe: bool, bytes: usize) -> Vec<u8> {
    let mut payload = vec![0; bytes];
    let begin = if stamp.index == 0 { 0x10 } else { 0 };
    // Numbered from somewhere else on each layer.
    let number = stamp.frame + 5000 * u32::from(stamp.layer) + 32_700;
    let picture = (number as u16 & 0x7fff) | 0x8000;
    payload[..6].copy_from_slice(&[
        0x80 | begin,
        0xe0,
        (picture >> 8) as u8,
        picture as u8,
        number as u8,
        0x20,
    ]);
    payload[6] = u8::from(!keyframe);
    if keyframe && stamp.index == 0 {
        payload[9..12].copy_from_slice(&[0x9d, 0x01, 0x2a]);
        payload[12..14].copy_from_slice(&WIDTH[usize::from(stamp.layer)].to_le_bytes());
    }
    let frame = stamp.frame.to_be_bytes();
    payload[Stamp::AT..Stamp::AT + 2].copy_from_slice(&[stamp.from, stamp.layer]);
    payload[Stamp::AT + 2..Stamp::AT + 6].copy_from_slice(&frame);
    payload[Stamp::AT + 6] = stamp.index;
    payload
}

fn settings(measuring: Measuring) -> Settings {
    Settings { addresses: vec![addr(BOX)], capacity: 33, measuring, tag: "a".into() }
}

#[expect(clippy::disallowed_methods, reason = "a play begins at some moment, and moves the clock itself")]
fn start() -> Instant {
    Instant::now()
}

fn addr(text: &str) -> SocketAddr {
    text.parse().expect("an address")
}

fn guest_address(n: usize) -> IpAddr {
    IpAddr::from([10, 0, 1, n as u8])
}

fn guest_at(address: SocketAddr) -> usize {
    match address.ip() {
        IpAddr::V4(ip) => usize::from(ip.octets()[3]),
        IpAddr::V6(_) => unreachable!("guests have IPv4"),
    }
}

fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

fn secs(n: u64) -> Duration {
    Duration::from_secs(n)
}
