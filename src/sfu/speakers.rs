//! The active speakers of a room: whose voices are heard, loudest first (`voice` says who speaks at all).

use super::Event;
use super::context::Context;
use super::room::Room;

impl Room {
    /// Finds the active speakers, and tells the room when they, or their order, have changed.
    pub(super) fn find_speakers(&mut self, cx: &mut Context) {
        let voices = self.members().filter(|member| member.voice.speaks(cx.now));
        let voices = voices.map(|member| (member.id, member.voice.level())).collect();
        let speakers = order(voices, self.speakers.first().copied());
        if speakers != self.speakers {
            self.speakers.clone_from(&speakers);
            cx.events.push_back(Event::Speakers { room: self.id, speakers });
        }
    }
}

/// The order of those who speak, loudest first; the first keeps its place until somebody is clearly
/// louder or it stops, so that the large picture does not jump at every cough.
fn order<T: Copy + PartialEq>(mut voices: Vec<(T, f32)>, first: Option<T>) -> Vec<T> {
    /// How much louder one must be to take the first place.
    const CLEARLY: f32 = 8.0;
    voices.sort_by(|(_, a), (_, b)| b.total_cmp(a));
    if let Some(at) = voices.iter().position(|(who, _)| Some(*who) == first)
        && voices[at].1 + CLEARLY > voices[0].1
    {
        voices[..=at].rotate_right(1);
    }
    voices.into_iter().map(|(who, _)| who).collect()
}
