//! RTCP of what is sent: sender reports (RFC 3550, 6.4.1) with the names of their streams (6.5), and the round trip that
//! receiver reports tell of.

use super::stream::OutgoingStream;
use std::time::{Duration, Instant, UNIX_EPOCH};
use str0m::rtp::rtcp::{ExtendedReport, ReceptionReport, ReportBlock};

/// Sender reports in one compound, so that it fits into a datagram with a name for each.
const TOGETHER: usize = 12;
const SENDER_REPORT: u8 = 200;
const SOURCE_DESCRIPTION: u8 = 202;
const CNAME: u8 = 1;
const EXTENDED_REPORT: u8 = 207;
const DLRR: u8 = 5;
/// Receivers whose reference times are kept until they are answered; one page is one or two. See SECURITY.md.
const MAX_REFERENCES: usize = 8;
/// Bytes of a name; the engine's have 16.
const LONGEST_NAME: usize = 40;

/// Where the time of a connection begins: some moment of 2026, because receivers take it for a date, and not all know
/// dates before 1970.
const BEGINNING: u64 = 3_976_300_800;

/// Seconds from the beginning of NTP time to that of Unix.
const FROM_1900_TO_1970: u64 = 2_208_988_800;

/// NTP time (RFC 3550, 4) of a sender that knows no wall clock: how long the connection has been there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock(pub(super) Instant);

impl Clock {
    /// Seconds, as a fixed-point number of 32 and 32 bits.
    pub(super) fn ntp(self, now: Instant) -> u64 {
        let passed = now.saturating_duration_since(self.0);
        let fraction = (u64::from(passed.subsec_nanos()) << 32) / 1_000_000_000;
        ((BEGINNING + passed.as_secs()) << 32) | fraction
    }

    /// How long a report of ours and its answer have been on their way (RFC 3550, 6.4.1). `None`: it answers none.
    pub(super) fn round_trip(self, now: Instant, report: &ReceptionReport) -> Option<Duration> {
        let &ReceptionReport { last_sr_time, last_sr_delay, .. } = report;
        let middle = (self.ntp(now) >> 16) as u32;
        let passed = middle.wrapping_sub(last_sr_time).checked_sub(last_sr_delay)?;
        (last_sr_time != 0 && passed < 1 << 31).then(|| Duration::from_secs_f64(f64::from(passed) / 65_536.0))
    }
}

/// The newest reference times of receivers (RFC 3611, 4.4), which tell them the round trip when they come back.
#[derive(Debug, Default)]
pub(super) struct References(Vec<Reference>);

#[derive(Debug)]
struct Reference {
    receiver: u32,
    /// The middle of its NTP time.
    time: u32,
    came: Instant,
}

impl References {
    pub(super) fn note(&mut self, now: Instant, report: &ExtendedReport) {
        let mut times = report.blocks.iter().filter_map(|block| match block {
            ReportBlock::Rrtr(time) => time.ntp_time.duration_since(UNIX_EPOCH).ok(),
            ReportBlock::Dlrr(_) => None,
        });
        let Some(since_1970) = times.next_back() else { return };
        let receiver = *report.ssrc;
        self.0.retain(|known| known.receiver != receiver);
        if self.0.len() == MAX_REFERENCES {
            self.0.remove(0);
        }
        let fraction = (u64::from(since_1970.subsec_nanos()) << 16) / 1_000_000_000;
        let seconds = since_1970.as_secs().wrapping_add(FROM_1900_TO_1970);
        self.0.push(Reference { receiver, time: (seconds << 16 | fraction) as u32, came: now });
    }

    /// Appends the answers (RFC 3611, 4.5) of a sender.
    pub(super) fn answer(&mut self, bytes: &mut Vec<u8>, sender: u32, now: Instant) {
        if self.0.is_empty() {
            return;
        }
        let words = self.0.len() as u8 * 3;
        bytes.extend_from_slice(&[0x80, EXTENDED_REPORT, 0, words + 2]);
        bytes.extend_from_slice(&sender.to_be_bytes());
        bytes.extend_from_slice(&[DLRR, 0, 0, words]);
        for Reference { receiver, time, came } in self.0.drain(..) {
            let delay = now.saturating_duration_since(came).as_secs_f64() * 65_536.0;
            for word in [receiver, time, delay as u32] {
                bytes.extend_from_slice(&word.to_be_bytes());
            }
        }
    }
}

/// The reports of all streams that have sent something since the last time, in compound packets.
pub(super) fn sender_reports(streams: &mut [OutgoingStream], clock: Clock, now: Instant) -> Vec<Vec<u8>> {
    let sending = streams.iter_mut().filter(|stream| stream.packets != stream.reported);
    let mut sending: Vec<_> = sending.collect();
    let compound = |together: &mut [&mut OutgoingStream]| {
        let mut bytes = Vec::with_capacity(1200);
        for stream in &mut *together {
            stream.reported = stream.packets;
            let timestamp = stream.timestamp(now).unwrap_or_default();
            bytes.extend_from_slice(&[0x80, SENDER_REPORT, 0, 6]);
            bytes.extend_from_slice(&stream.ssrc.to_be_bytes());
            bytes.extend_from_slice(&clock.ntp(now).to_be_bytes());
            for word in [timestamp, stream.packets, stream.octets] {
                bytes.extend_from_slice(&word.to_be_bytes());
            }
        }
        name(&mut bytes, together);
        bytes
    };
    sending.chunks_mut(TOGETHER).map(compound).collect()
}

/// Appends the names of streams.
fn name(bytes: &mut Vec<u8>, streams: &[&mut OutgoingStream]) {
    let begin = bytes.len();
    bytes.extend_from_slice(&[0x80 | streams.len() as u8, SOURCE_DESCRIPTION, 0, 0]);
    for stream in streams {
        let name = stream.cname.as_bytes();
        let name = &name[..name.len().min(LONGEST_NAME)];
        bytes.extend_from_slice(&stream.ssrc.to_be_bytes());
        bytes.extend_from_slice(&[CNAME, name.len() as u8]);
        bytes.extend_from_slice(name);
        // One to four zeros end a chunk.
        bytes.resize(begin + (bytes.len() - begin + 4) / 4 * 4, 0);
    }
    let words = (bytes.len() - begin) / 4 - 1;
    bytes[begin + 2..begin + 4].copy_from_slice(&(words as u16).to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::super::stream::Agreed;
    use super::*;
    use str0m::rtp::ExtensionMap;
    use str0m::rtp::rtcp::Rrtr;

    #[expect(clippy::disallowed_methods, reason = "at any moment")]
    fn start() -> Instant {
        Instant::now()
    }

    fn stream(ssrc: u32) -> OutgoingStream {
        OutgoingStream::new(Agreed {
            ssrc: ssrc.into(),
            rtx: None,
            rtx_payload_types: Vec::new(),
            clock_rate: 90_000,
            cname: "abc".into(),
            extensions: (ExtensionMap::empty(), "0".into()),
        })
    }

    #[test]
    fn a_stream_that_has_sent_is_reported_once() {
        let now = start();
        let mut streams = [stream(1), stream(0x0203_0405)];
        streams[1].count(now, 7000, true, 100);
        let later = now + Duration::from_millis(1500);
        let reports = sender_reports(&mut streams, Clock(now), later);
        let expected = [
            &[0x80, 200, 0, 6, 2, 3, 4, 5][..],
            &(BEGINNING as u32 + 1).to_be_bytes(),
            &[0x80, 0, 0, 0],
            &(7000_u32 + 135_000).to_be_bytes(),
            &[0, 0, 0, 1, 0, 0, 0, 100],
            &[0x81, 202, 0, 3, 2, 3, 4, 5, 1, 3, b'a', b'b', b'c', 0, 0, 0],
        ];
        assert_eq!(reports, [expected.concat()]);
        assert!(sender_reports(&mut streams, Clock(now), later).is_empty());
    }

    #[test]
    fn a_receiver_gets_its_reference_time_back_once() {
        let now = start();
        let mut references = References::default();
        let report = |receiver: u32, seconds: u64| ExtendedReport {
            ssrc: receiver.into(),
            blocks: vec![ReportBlock::Rrtr(Rrtr { ntp_time: UNIX_EPOCH + Duration::from_secs(seconds) })],
        };
        (0..2 * MAX_REFERENCES as u32).for_each(|receiver| references.note(now, &report(receiver, 1)));
        assert_eq!(references.0.len(), MAX_REFERENCES);
        references.0.clear();
        references.note(now, &report(9, 1));
        references.note(now, &report(9, 2));
        let mut bytes = Vec::new();
        references.answer(&mut bytes, 7, now + Duration::from_secs(3));
        let time = ((FROM_1900_TO_1970 as u32 + 2) << 16).to_be_bytes();
        let expected =
            [&[0x80, 207, 0, 5, 0, 0, 0, 7, 5, 0, 0, 3, 0, 0, 0, 9][..], &time, &[0, 3, 0, 0]].concat();
        assert_eq!(bytes, expected);
        references.answer(&mut bytes, 7, now);
        assert_eq!(bytes.len(), expected.len());
    }

    #[test]
    fn many_streams_fit_into_datagrams() {
        let now = start();
        let mut streams: Vec<_> = (1..31).map(stream).collect();
        for stream in &mut streams {
            stream.cname = "x".repeat(1000);
            stream.count(now, 0, true, 1);
        }
        let reports = sender_reports(&mut streams, Clock(now), now);
        assert_eq!(reports.len(), 3);
        assert!(reports.iter().all(|report| report.len() <= 1150 && report.len().is_multiple_of(4)));
    }

    #[test]
    fn a_report_tells_how_long_it_was_on_its_way() {
        let now = start();
        let clock = Clock(now);
        let sent = now + Duration::from_secs(70_000);
        let report = |last_sr_time, last_sr_delay| ReceptionReport {
            ssrc: 1.into(),
            fraction_lost: 0,
            packets_lost: 0,
            max_seq: 0,
            jitter: 0,
            last_sr_time,
            last_sr_delay,
        };
        let last = (clock.ntp(sent) >> 16) as u32;
        let came = sent + Duration::from_millis(540);
        let trip = clock.round_trip(came, &report(last, 65_536 / 2)).expect("it answers one");
        assert!(trip.abs_diff(Duration::from_millis(40)) < Duration::from_millis(1), "{trip:?}");
        assert_eq!(clock.round_trip(came, &report(0, 0)), None);
        assert_eq!(clock.round_trip(came, &report(last, 65_536)), None, "it says that it was there before");
        assert_eq!(clock.round_trip(came, &report(last.wrapping_add(65_536), 0)), None, "of the future");
    }
}
