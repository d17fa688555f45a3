//! The look at a room, a few times a second while anything flows: who speaks, and who gets which layer.

use super::allot::{Wish, allot, next_step};
use super::connection::Down;
use super::speakers;
use super::track::{LAYERS, Urgency};
use super::{Alarm, Event, Key, Line, Overload, Room, Sfu, Source, Wanted};
use crate::ids::{PersonId, RoomId};
use std::cmp::Reverse;
use std::time::Duration;
use str0m::bwe::Bitrate;
use str0m::format::Codec;

/// While packets flow.
const EVERY: Duration = Duration::from_millis(200);
/// After something has changed; what changes together is looked at together.
const SOON: Duration = Duration::from_millis(20);
/// So long a connection is kept beside the one that takes its place, while that one shows nothing.
const OVERLAP: Duration = Duration::from_secs(3);
/// Part of the estimate that is spent on purpose: repairs and keyframes need some.
const SPENT: f64 = 0.92;

/// One picture and its subscriber: seat, publisher, what is shown, how important.
struct View {
    seat: usize,
    from: u32,
    source: Source,
    wish: Wish,
    rank: u32,
}

impl Sfu {
    /// The room is looked at as soon as this is over.
    pub(super) fn review_soon(&mut self, room: RoomId) {
        self.review_in(room, SOON);
    }

    /// The room is looked at now and then while anything happens in it.
    pub(super) fn review_some_time(&mut self, room: RoomId) {
        self.review_in(room, EVERY);
    }

    fn review_in(&mut self, id: RoomId, wait: Duration) {
        let Some(room) = self.rooms.get_mut(&id) else { return };
        let at = self.now + wait;
        if room.review.is_none_or(|review| at < review) {
            room.review = Some(at);
            self.alarms.push(Reverse((at, Alarm::Review(id))));
        }
    }

    pub(super) fn review(&mut self, id: RoomId) {
        let now = self.now;
        let Some(room) = self.rooms.get_mut(&id) else { return };
        room.review = None;
        let members = room.members.clone();
        let passed = room.reviewed.map_or(EVERY, |before| now - before);
        // Rates over too short a time say nothing.
        let measure = room.reviewed.is_none() || passed >= EVERY / 2;
        if measure {
            room.reviewed = Some(now);
            self.measure(&members, passed);
            self.find_speakers(id, &members);
        }
        for &slot in &members {
            Line::DOWNS.into_iter().for_each(|line| self.choose_layers(Key { slot, line }));
        }
        self.change_over(id, &members);
        self.ask_owed_keyframes(&members);
        self.tell_wanted(&members);
        let waiting = |&slot: &u32| self.member(slot).is_some_and(|member| member.downs().any(Down::waits));
        let speaking = !self.rooms[&id].speakers.is_empty();
        let waiting = members.iter().any(waiting) && self.flows(&members);
        if speaking || waiting {
            self.review_some_time(id);
        }
    }

    /// Whether any picture is being sent in the room.
    fn flows(&self, members: &[u32]) -> bool {
        let ups = members.iter().filter_map(|&slot| self.member(slot)?.up.as_ref());
        ups.flat_map(|up| &up.sources)
            .filter_map(|source| source.video.as_ref())
            .any(|video| video.layers.iter().any(|layer| layer.active(self.now)))
    }

    /// What takes the place of a `down` has done so when every picture has come over, or none will.
    fn change_over(&mut self, id: RoomId, members: &[u32]) {
        let now = self.now;
        let complete = |next: &Down| next.since.is_some_and(|since| !next.waits() || now > since + OVERLAP);
        let came = |slot: &&u32| self.member(**slot).and_then(|m| m.next.as_ref()).is_some_and(complete);
        let came: Vec<u32> = members.iter().filter(came).copied().collect();
        came.iter().for_each(|&slot| self.take_next(slot));
        if !came.is_empty() {
            self.seat(id);
        }
    }

    fn measure(&mut self, members: &[u32], passed: Duration) {
        let now = self.now;
        for &slot in members {
            let Some(member) = self.member_mut(slot) else { continue };
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

    fn find_speakers(&mut self, id: RoomId, members: &[u32]) {
        let now = self.now;
        let voices = members.iter().filter_map(|&slot| self.member(slot));
        let voices = voices.filter(|member| member.voice.speaks(now));
        let voices = voices.map(|member| (member.id, member.voice.level())).collect();
        let Some(room) = self.rooms.get_mut(&id) else { return };
        let speakers = speakers::order(voices, room.speakers.first().copied());
        if speakers != room.speakers {
            room.speakers.clone_from(&speakers);
            self.events.push_back(Event::Speakers { room: id, speakers });
        }
    }

    /// Divides one subscriber's bandwidth, and asks for the keyframes at which it changes over.
    fn choose_layers(&mut self, key: Key) {
        let now = self.now;
        let mut views = self.views(key);
        views.sort_by_key(|view| Reverse(view.rank));
        let Some(down) = self.down_mut(key) else { return };
        // Speech is set aside before any picture.
        let taken = down.seats.iter().filter(|seat| seat.from.is_some());
        let speech: f64 = taken.filter_map(|seat| seat.audio.as_ref()).map(|audio| audio.peak()).sum();
        let budget = down.bandwidth.budget() * SPENT - speech;
        let wishes: Vec<Wish> = views.iter().map(|view| view.wish).collect();
        let layers = allot(budget, &wishes);
        let (measured, connected) = (down.bandwidth.is_measured(), down.since.is_some());
        for seat in &mut down.seats {
            if let Some(video) = &mut seat.video {
                (video.target, video.aim) = (None, None);
            }
        }
        let mut asks = Vec::new();
        for (view, layer) in views.iter().zip(layers.iter().copied()) {
            let aim = layer.and_then(|layer| self.aim(view.from, view.source, layer));
            let stream = self.down_mut(key).and_then(|down| down.seats[view.seat].video.as_mut());
            let Some(stream) = stream else { continue };
            (stream.target, stream.aim) = (layer, aim);
            if let Some(aim) = aim.filter(|_| connected && stream.waits()) {
                asks.push((view.from, view.source, aim));
            }
        }
        if let Some(down) = self.down_mut(key) {
            // What is not to be seen begins anew with a keyframe.
            let unseen = down.seats.iter_mut().filter_map(|seat| seat.video.as_mut());
            unseen.filter(|video| video.target.is_none()).for_each(|video| video.cut());
        }
        for (from, source, layer) in asks {
            self.ask_keyframe(from, source, layer, Urgency::Newcomer);
        }
        if measured {
            let desired = wishes.iter().map(|wish| wish.rates[wish.wanted]).sum::<f64>();
            let whole = |bits: f64| Bitrate::bps(((bits + speech) * 1.3 / SPENT) as u64);
            // Sent to the full, with padding where there is too little media, a link shows that it has
            // recovered as far as the next layer; nothing is padded when everybody is seen as wished.
            let next = next_step(&wishes, &layers).map_or(Bitrate::ZERO, whole);
            self.mutate(key, |rtc| {
                rtc.bwe().set_bitrate(next, whole(desired));
                rtc.handle_input(str0m::Input::Timeout(now))
            });
        }
    }

    /// What a subscriber sees, with how it would like it.
    fn views(&self, key: Key) -> Vec<View> {
        let mut views = Vec::new();
        let Some(member) = self.member(key.slot).filter(|member| !member.paused) else { return views };
        let Some(down) = member.down(key.line) else { return views };
        let Room { speakers, members, .. } = &self.rooms[&member.room];
        let members = members.len();
        let count = down.seats.iter().filter(|seat| seat.from.is_some()).count();
        for (n, seat) in down.seats.iter().enumerate() {
            let (Some((from, person, source)), Some(stream)) = (seat.from, &seat.video) else { continue };
            let up = self.member(from).and_then(|member| member.up.as_ref());
            let Some(video) = up.and_then(|up| up.sources[source.index()].video.as_ref()) else { continue };
            let (width, pinned) = member.shows(person, source, count);
            if width == 0 {
                continue;
            }
            let speaks = speakers.iter().position(|speaker| *speaker == person);
            let rank = if pinned {
                4
            } else if source == Source::Screen {
                3
            } else {
                speaks.map_or(0, |place| if place == 0 { 2 } else { 1 })
            };
            let Some(largest) = self.affordable(members, rank, video.layers.len()) else { continue };
            let wish = Wish {
                rates: video.rates(),
                count: video.layers.len(),
                wanted: video.fitting(width).min(largest),
                current: stream.layer(),
            };
            views.push(View { seat: n, from, source, wish, rank });
        }
        views
    }

    /// The largest layer of a picture that the machine has the strength for, by the size of the room and
    /// the picture's rank.
    fn affordable(&self, members: usize, rank: u32, layers: usize) -> Option<usize> {
        match self.strain {
            Overload::Some if members > 2 && rank == 0 => Some(layers.saturating_sub(2)),
            Overload::Much if members > 4 && rank == 0 => None,
            Overload::Much if members > 2 => Some(0),
            _ => layers.checked_sub(1),
        }
    }

    fn aim(&self, from: u32, source: Source, layer: usize) -> Option<usize> {
        let up = self.member(from)?.up.as_ref()?;
        Some(up.sources[source.index()].video.as_ref()?.aim(layer, self.now))
    }

    fn ask_owed_keyframes(&mut self, members: &[u32]) {
        let now = self.now;
        let mut asks = Vec::new();
        for &slot in members {
            let Some(up) = self.member_mut(slot).and_then(|member| member.up.as_mut()) else { continue };
            let videos = up.sources.iter_mut().filter_map(|source| source.video.as_mut());
            for layer in videos.flat_map(|video| &mut video.layers) {
                asks.extend(layer.ssrc.filter(|_| layer.ask_owed(now)).map(|ssrc| (slot, ssrc)));
            }
        }
        for (slot, ssrc) in asks {
            self.send_keyframe_request(slot, ssrc);
        }
    }

    /// Tells each publisher what of it anybody gets, if that has changed.
    fn tell_wanted(&mut self, members: &[u32]) {
        let mut wanted = vec![[Wanted::default(); 2]; members.len()];
        for (&slot, [_, screen]) in members.iter().zip(&mut wanted) {
            screen.av1 = self.sees_screen_in_av1(members, slot);
        }
        for &slot in members {
            let Some(member) = self.member(slot).filter(|member| !member.paused) else { continue };
            for seat in member.downs().flat_map(|down| &down.seats) {
                let Some((from, _, source)) = seat.from else { continue };
                let Some(n) = members.iter().position(|member| *member == from) else { continue };
                let wanted = &mut wanted[n][source.index()];
                wanted.audio |= seat.audio.is_some();
                if let Some(target) = seat.video.as_ref().and_then(|video| video.target) {
                    wanted.layers[target.min(LAYERS - 1)] = true;
                }
            }
        }
        for (&slot, wanted) in members.iter().zip(wanted) {
            let Some(member) = self.member_mut(slot).filter(|member| member.up.is_some()) else { continue };
            let (id, told) = (member.id, std::mem::replace(&mut member.wanted, wanted.map(Some)));
            for source in Source::ALL {
                let Wanted { audio, layers, av1 } = wanted[source.index()];
                if told[source.index()] != Some(wanted[source.index()]) {
                    self.events.push_back(Event::Wanted { member: id, source, audio, layers, av1 });
                }
            }
        }
    }

    /// Letters take half the bytes in AV1, and everybody who has a seat for the screen decodes it.
    fn sees_screen_in_av1(&self, members: &[u32], of: u32) -> bool {
        let knows = self.member(of).and_then(|member| member.up.as_ref()).is_some_and(|up| up.knows_av1);
        let downs = members.iter().filter_map(|&slot| self.member(slot)).flat_map(|member| member.downs());
        let seats = downs.flat_map(|down| &down.seats);
        let theirs = seats
            .filter(|seat| seat.from.is_some_and(|(from, _, what)| (from, what) == (of, Source::Screen)));
        let mut pictures = theirs.filter_map(|seat| seat.video.as_ref()).peekable();
        knows && pictures.peek().is_some() && pictures.all(|video| video.takes(Codec::Av1))
    }

    pub(super) fn layers(&self, down: &Down) -> Vec<(PersonId, Source, Option<usize>)> {
        let seats = down.seats.iter();
        let shown = seats.filter_map(|seat| Some((seat.from?, seat.video.as_ref()?.layer())));
        shown.map(|((_, person, source), layer)| (person, source, layer)).collect()
    }
}

impl Down {
    /// Whether a picture on it is not what it should be.
    fn waits(&self) -> bool {
        self.since.is_some() && self.seats.iter().filter_map(|seat| seat.video.as_ref()).any(|v| v.waits())
    }
}

impl super::Member {
    /// How wide the page shows a picture, and whether it is pinned.
    fn shows(&self, person: PersonId, source: Source, count: usize) -> (u16, bool) {
        match &self.tiles {
            Some(tiles) => {
                let tile = tiles.iter().find(|tile| tile.person == person && tile.source == source);
                tile.map_or((0, false), |tile| (tile.width, tile.pinned))
            }
            None => (if count <= 1 { 1280 } else { 640 }, false),
        }
    }
}
