//! What of a page's packets does not come, by what we report of its streams (RFC 3550, 6.4.1).

use str0m::media::{Mid, Rid};

/// Streams that are followed; a page has seldom more than eight.
const STREAMS: usize = 64;

#[derive(Default)]
pub(super) struct Losses {
    /// Packets of each stream up to its last report.
    streams: Vec<((Mid, Option<Rid>), u64)>,
    /// Since the last review.
    lost: f64,
    reported: u64,
}

impl Losses {
    /// So many packets of the stream have come since it began, and of the latest that part is missing.
    /// Returns how many are newly lost.
    pub(super) fn report(&mut self, stream: (Mid, Option<Rid>), packets: u64, loss: Option<f32>) -> f64 {
        let known = self.streams.iter().position(|(known, _)| *known == stream);
        let before = match known {
            Some(at) => std::mem::replace(&mut self.streams[at].1, packets),
            None if self.streams.len() >= STREAMS => return 0.0,
            None => {
                self.streams.push((stream, packets));
                0
            }
        };
        let part = f64::from(loss.unwrap_or(0.0)).min(LARGEST);
        let came = packets.saturating_sub(before);
        // What came is what was sent less what was lost.
        let lost = came as f64 * part / (1.0 - part);
        self.lost += lost;
        self.reported += came;
        lost
    }

    /// The part that was lost since the last review.
    pub(super) fn review(&mut self) -> f32 {
        let sent = self.lost + self.reported as f64;
        let part = if sent > 0.0 { self.lost / sent } else { 0.0 };
        (self.lost, self.reported) = (0.0, 0);
        part as f32
    }
}

/// A report counts in 256ths, so nothing is ever all.
const LARGEST: f64 = 0.99;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_counted_stream_by_stream() {
        let mut losses = Losses::default();
        let stream = |mid: &str| (Mid::from(mid), None);
        assert_eq!(losses.report(stream("0"), 75, Some(0.25)), 25.0);
        assert_eq!(losses.report(stream("1"), 100, None), 0.0);
        assert_eq!(losses.review(), 0.125);
        assert_eq!(losses.report(stream("0"), 75, Some(0.25)), 0.0, "an old report of a stream that rests");
        assert_eq!(losses.review(), 0.0);
        assert!(losses.report(stream("0"), 76, Some(1.0)).is_finite());
    }
}
