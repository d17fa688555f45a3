//! Whether a member speaks, from the audio levels that every packet carries (RFC 6464), smoothed.

use std::time::{Duration, Instant};

/// Level above which somebody speaks, in dBov; a quiet room is at −70, a voice at −40 to −15.
const SPEECH: f32 = -50.0;
/// Below this a speaker has stopped: lower, so that it does not flicker.
const SILENCE: f32 = -58.0;
/// Nothing at all.
const MUTE: f32 = -127.0;
/// A pause between two words is no end.
const HOLD: Duration = Duration::from_millis(600);

/// One member's voice.
#[derive(Debug)]
pub(super) struct Voice {
    /// The loudest packet since the last review.
    peak: f32,
    /// dBov, quick to rise and slow to fall.
    level: f32,
    /// Until when this one counts as speaking.
    until: Option<Instant>,
}

impl Voice {
    pub(super) fn new() -> Voice {
        Voice { peak: MUTE, level: MUTE, until: None }
    }

    /// A packet said so.
    pub(super) fn hear(&mut self, level: i8) {
        self.peak = self.peak.max(f32::from(level));
    }

    /// Takes what was heard since the last review into account.
    pub(super) fn review(&mut self, now: Instant) {
        let weight = if self.peak > self.level { 0.6 } else { 0.25 };
        self.level += weight * (self.peak - self.level);
        self.peak = MUTE;
        if self.level > SPEECH || (self.speaks(now) && self.level > SILENCE) {
            self.until = Some(now + HOLD);
        }
    }

    pub(super) fn speaks(&self, now: Instant) -> bool {
        self.until.is_some_and(|until| now < until)
    }

    /// Smoothed, in dBov.
    pub(super) fn level(&self) -> f32 {
        self.level
    }
}
