//! Simulcast layer selection: which layer each subscriber gets of each publisher, in a review of the room.
//!
//! The review comes a few times a second while anything flows, and soon after something has changed. It
//! measures rates, has the active speakers found (`speakers`), divides each subscriber's bandwidth among what
//! it sees (`bandwidth_allocation`), asks for the keyframes at which layers change, and tells publishers
//! which of their layers anybody gets.

use super::bandwidth_allocation::{PictureRequest, allocate, next_step};
use super::connection::{ConnectionRole, Down};
use super::context::{Context, Timer};
use super::member::Wanted;
use super::room::Room;
use super::track::{LAYERS, Urgency, Video};
use super::{Event, Overload, Source};
use std::cmp::Reverse;
use std::time::{Duration, Instant};
use str0m::bwe::Bitrate;
use str0m::format::Codec;

/// While packets flow.
const EVERY: Duration = Duration::from_millis(200);
/// After something has changed; what changes together is looked at together.
const SOON: Duration = Duration::from_millis(20);
/// So long a connection is kept beside the one that takes its place, while that one shows nothing.
const OVERLAP: Duration = Duration::from_secs(3);
/// Part of the estimate that is spent on purpose: retransmissions and keyframes need some.
const SPENT: f64 = 0.92;

/// One picture and its subscriber: seat, publisher, what is shown, how important.
struct View {
    seat: usize,
    from: u32,
    source: Source,
    request: PictureRequest,
    rank: u32,
}

impl Room {
    /// A review is due as soon as what happens at the moment is over.
    pub(super) fn review_soon(&mut self, cx: &mut Context) {
        self.review_in(SOON, cx);
    }

    /// A review is due from time to time while anything happens in the room.
    pub(super) fn review_some_time(&mut self, cx: &mut Context) {
        self.review_in(EVERY, cx);
    }

    fn review_in(&mut self, wait: Duration, cx: &mut Context) {
        let at = cx.now + wait;
        if self.review.is_none_or(|review| at < review) {
            self.review = Some(at);
            cx.set_timer(at, Timer::Review(self.id));
        }
    }

    /// The timer of a review has gone off; a later one than the one that is due does not count.
    pub(super) fn on_review(&mut self, at: Instant, cx: &mut Context) {
        if self.review == Some(at) {
            self.review(cx);
        }
    }

    pub(super) fn review(&mut self, cx: &mut Context) {
        let now = cx.now;
        self.review = None;
        let passed = self.reviewed.map_or(EVERY, |before| now - before);
        // Rates over too short a time say nothing.
        if self.reviewed.is_none() || passed >= EVERY / 2 {
            self.reviewed = Some(now);
            self.measure(now, passed);
            self.find_speakers(cx);
        }
        for slot in self.order.clone() {
            for role in ConnectionRole::SUBSCRIBE {
                self.choose_layers(slot, role, cx);
            }
        }
        self.complete_changes(cx);
        self.ask_owed_keyframes(cx);
        self.tell_wanted(cx);
        let waiting = self.downs().any(Down::waits) && self.flows(now);
        if !self.speakers.is_empty() || waiting {
            self.review_some_time(cx);
        }
    }

    /// Whether any picture is being sent in the room.
    fn flows(&self, now: Instant) -> bool {
        let ups = self.members().filter_map(|member| member.up.as_ref());
        ups.flat_map(|up| &up.sources)
            .filter_map(|source| source.video.as_ref())
            .any(|video| video.layers.iter().any(|layer| layer.active(now)))
    }

    /// What takes the place of a connection has done so when every picture has come over, or none will.
    fn complete_changes(&mut self, cx: &mut Context) {
        let now = cx.now;
        let complete = |next: &Down| next.since.is_some_and(|since| !next.waits() || now > since + OVERLAP);
        let mut changed = false;
        for slot in self.order.clone() {
            if let Some(member) = self.member_mut(slot)
                && member.next.as_ref().is_some_and(complete)
            {
                member.take_next(cx);
                changed = true;
            }
        }
        if changed {
            self.seat(cx);
        }
    }

    fn measure(&mut self, now: Instant, passed: Duration) {
        for member in self.slots.iter_mut().flatten() {
            member.voice.review(now);
            for source in member.up.iter_mut().flat_map(|up| &mut up.sources) {
                for layer in source.video.iter_mut().flat_map(|video| &mut video.layers) {
                    layer.review(now, passed);
                }
            }
            for down in member.downs_mut() {
                let streams = down.seats.iter_mut().flat_map(|seat| [&mut seat.audio, &mut seat.video]);
                let bits = streams.flatten().map(|stream| stream.review(passed)).sum();
                down.bandwidth.sent(bits);
            }
        }
    }

    /// Divides one subscriber's bandwidth, and asks for the keyframes at which it changes over.
    fn choose_layers(&mut self, slot: u32, role: ConnectionRole, cx: &mut Context) {
        let now = cx.now;
        let mut views = self.views(slot, role, cx.overload);
        views.sort_by_key(|view| Reverse(view.rank));
        let Some(down) = self.member(slot).and_then(|member| member.down(role)) else { return };
        // Speech is set aside before any picture.
        let taken = down.seats.iter().filter(|seat| seat.from.is_some());
        let speech: f64 = taken.filter_map(|seat| seat.audio.as_ref()).map(|audio| audio.peak()).sum();
        let requests: Vec<PictureRequest> = views.iter().map(|view| view.request).collect();
        let layers = allocate(down.bandwidth.budget() * SPENT - speech, &requests);
        let aims: Vec<_> = views
            .iter()
            .zip(&layers)
            .map(|(view, layer)| Some(self.video(view.from, view.source)?.aim((*layer)?, now)))
            .collect();
        let Some(down) = self.member_mut(slot).and_then(|member| member.down_mut(role)) else { return };
        let asks = down.set_targets(&views, &layers, &aims);
        let measured = down.bandwidth.is_measured();
        for (from, source, layer) in asks {
            self.ask_keyframe(from, source, layer, Urgency::Newcomer, cx);
        }
        if measured && let Some(member) = self.member_mut(slot) {
            let desired = requests.iter().map(|request| request.rates[request.wanted]).sum::<f64>();
            let whole = |bits: f64| Bitrate::bps(((bits + speech) * 1.3 / SPENT) as u64);
            // Sent to the full, with padding where there is too little media, a link shows that it has
            // recovered as far as the next layer; nothing is padded when everybody is seen as wanted.
            let next = next_step(&requests, &layers).map_or(Bitrate::ZERO, whole);
            member.mutate(role, cx, |rtc| {
                rtc.bwe().set_bitrate(next, whole(desired));
                rtc.handle_input(str0m::Input::Timeout(now))
            });
        }
    }

    /// What a subscriber sees, with how it would like it.
    fn views(&self, slot: u32, role: ConnectionRole, overload: Overload) -> Vec<View> {
        let mut views = Vec::new();
        let Some(member) = self.member(slot).filter(|member| !member.paused) else { return views };
        let Some(down) = member.down(role) else { return views };
        let count = down.seats.iter().filter(|seat| seat.from.is_some()).count();
        for (n, seat) in down.seats.iter().enumerate() {
            let (Some((from, person, source)), Some(stream)) = (seat.from, &seat.video) else { continue };
            let Some(video) = self.video(from, source) else { continue };
            let (width, pinned) = member.shows(person, source, count);
            if width == 0 {
                continue;
            }
            let speaks = self.speakers.iter().position(|speaker| *speaker == person);
            let rank = if pinned {
                4
            } else if source == Source::Screen {
                3
            } else {
                speaks.map_or(0, |place| if place == 0 { 2 } else { 1 })
            };
            let Some(largest) = affordable(overload, self.order.len(), rank, video.layers.len()) else {
                continue;
            };
            let request = PictureRequest {
                rates: video.rates(),
                count: video.layers.len(),
                wanted: video.fitting(width).min(largest),
                current: stream.layer(),
            };
            views.push(View { seat: n, from, source, request, rank });
        }
        views
    }

    fn video(&self, from: u32, source: Source) -> Option<&Video> {
        self.member(from)?.up.as_ref()?.sources[source.index()].video.as_ref()
    }

    fn ask_owed_keyframes(&mut self, cx: &mut Context) {
        for slot in self.order.clone() {
            let Some(member) = self.member_mut(slot) else { continue };
            let Some(up) = &mut member.up else { continue };
            let layers = up.sources.iter_mut().filter_map(|source| source.video.as_mut());
            let layers = layers.flat_map(|video| &mut video.layers);
            let owed =
                layers.filter_map(|layer| layer.ssrc.filter(|_| layer.may_request_owed_keyframe(cx.now)));
            for ssrc in owed.collect::<Vec<_>>() {
                member.send_keyframe_request(ssrc, cx);
            }
        }
    }

    /// Tells each publisher what of it anybody gets, if that has changed.
    fn tell_wanted(&mut self, cx: &mut Context) {
        let mut wanted = vec![[Wanted::default(); 2]; self.slots.len()];
        for member in self.members() {
            wanted[member.slot as usize][Source::Screen.index()].av1 = self.sees_screen_in_av1(member.slot);
        }
        for member in self.members().filter(|member| !member.paused) {
            for seat in member.downs().flat_map(|down| &down.seats) {
                let Some((from, _, source)) = seat.from else { continue };
                let Some(wanted) = wanted.get_mut(from as usize) else { continue };
                let wanted = &mut wanted[source.index()];
                wanted.audio |= seat.audio.is_some();
                if let Some(target) = seat.video.as_ref().and_then(|video| video.target) {
                    wanted.layers[target.min(LAYERS - 1)] = true;
                }
            }
        }
        for slot in self.order.clone() {
            let Some(member) = self.member_mut(slot).filter(|member| member.up.is_some()) else { continue };
            let wanted = wanted[slot as usize];
            let told = std::mem::replace(&mut member.wanted, wanted.map(Some));
            for source in Source::ALL {
                let Wanted { audio, layers, av1 } = wanted[source.index()];
                if told[source.index()] != Some(wanted[source.index()]) {
                    cx.events.push_back(Event::Wanted { member: member.id, source, audio, layers, av1 });
                }
            }
        }
    }

    /// Text takes half the bytes in AV1, and everybody who has a seat for the screen decodes it.
    fn sees_screen_in_av1(&self, of: u32) -> bool {
        let knows = self.member(of).and_then(|member| member.up.as_ref()).is_some_and(|up| up.knows_av1);
        let theirs = self
            .downs()
            .flat_map(|down| &down.seats)
            .filter(|seat| seat.from.is_some_and(|(from, _, what)| (from, what) == (of, Source::Screen)));
        let mut pictures = theirs.filter_map(|seat| seat.video.as_ref()).peekable();
        knows && pictures.peek().is_some() && pictures.all(|video| video.takes(Codec::Av1))
    }
}

impl Down {
    /// Sets which layer each picture is to have, and which it takes until that one is sent. What is not among
    /// `views` is not sent. Whose keyframes are needed for it: publisher, source, layer.
    fn set_targets(
        &mut self,
        views: &[View],
        layers: &[Option<usize>],
        aims: &[Option<usize>],
    ) -> Vec<(u32, Source, usize)> {
        for video in self.seats.iter_mut().filter_map(|seat| seat.video.as_mut()) {
            (video.target, video.aim) = (None, None);
        }
        let mut asks = Vec::new();
        for ((view, layer), aim) in views.iter().zip(layers).zip(aims) {
            let Some(stream) = self.seats[view.seat].video.as_mut() else { continue };
            (stream.target, stream.aim) = (*layer, *aim);
            if let Some(aim) = aim.filter(|_| self.since.is_some() && stream.waits()) {
                asks.push((view.from, view.source, aim));
            }
        }
        // What is not to be seen begins anew with a keyframe.
        let unseen = self.seats.iter_mut().filter_map(|seat| seat.video.as_mut());
        unseen.filter(|video| video.target.is_none()).for_each(|video| video.cut());
        asks
    }
}

/// The largest layer of a picture that the machine has the strength for, by the size of the room and the
/// picture's rank.
fn affordable(overload: Overload, members: usize, rank: u32, layers: usize) -> Option<usize> {
    match overload {
        Overload::Some if members > 2 && rank == 0 => Some(layers.saturating_sub(2)),
        Overload::Much if members > 4 && rank == 0 => None,
        Overload::Much if members > 2 => Some(0),
        _ => layers.checked_sub(1),
    }
}
