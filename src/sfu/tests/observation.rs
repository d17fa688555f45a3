//! What guests of a scenario have seen and heard.

use super::super::*;
use super::guest::{SHAPE, Stamp};
use super::scenario::Scenario;
use std::collections::BTreeSet;
use std::time::Duration;

impl Scenario {
    /// The frame that each guest is at.
    pub(super) fn mark(&self) -> Vec<u32> {
        self.guests.iter().map(|guest| guest.frame).collect()
    }

    /// Packets of frames of `of` that did not come to `at`, each frame of the layer it came in.
    pub(super) fn missing(&self, at: usize, of: usize, frames: std::ops::Range<u32>) -> BTreeSet<Stamp> {
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

    pub(super) fn heard(&self, at: usize, of: usize) -> usize {
        self.guests[at].heard.get(&of).copied().unwrap_or(0)
    }

    pub(super) fn layers_of(&self, n: usize) -> Vec<Option<usize>> {
        let stats = self.sfu.stats(PersonId(n as u32)).expect("a member");
        stats.layers.iter().filter(|(_, source, _)| *source == Source::Camera).map(|(.., l)| *l).collect()
    }

    pub(super) fn layer(&self, at: usize, of: usize) -> Option<usize> {
        let stats = self.sfu.stats(PersonId(at as u32)).expect("a member");
        stats.layers.iter().find(|(person, ..)| person.0 as usize == of).and_then(|(.., layer)| *layer)
    }

    /// How long `at` saw nothing new of `of`, at most, since that was asked last.
    pub(super) fn longest_gap(&mut self, at: usize, of: usize) -> Duration {
        let now = self.now;
        let sight = self.guests[at].sights.get_mut(&of).expect("it saw something");
        std::mem::take(&mut sight.longest).max(now - sight.at)
    }

    pub(super) fn everybody_gets_everybody(&self) {
        for guest in &self.guests {
            for other in (0..self.guests.len()).filter(|other| *other != guest.n) {
                let streams = || guest.streams.values().filter(|stream| stream.from.contains(&other));
                assert!(streams().any(|stream| stream.video), "{} sees {other}", guest.n);
                assert!(guest.heard.contains_key(&other), "{} hears {other}", guest.n);
            }
        }
    }

    /// Every stream is whole from its first packet to its last, and its pictures are numbered in order.
    pub(super) fn nobody_sees_a_seam(&self) {
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
                    let step = after.picture_id.wrapping_sub(before.picture_id) & 0x7fff;
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
