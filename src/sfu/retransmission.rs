//! Retransmission of video packets: str0m answers a NACK (RFC 4585, 6.2.1), and this bounds what that costs.

use std::time::{Duration, Instant};
use str0m::Rtc;
use str0m::rtp::Ssrc;

/// Video packets that are kept for retransmission, for a second of the largest layer.
pub(super) const KEPT: usize = 192;
pub(super) const KEPT_FOR: Duration = Duration::from_secs(2);
/// When retransmissions make up more than this part, the link is full and more does not help.
pub(super) const REPAIR: f32 = 0.4;
/// How often the engine looks at that part. Between two looks it retransmits whatever a page asks for, as
/// often as it asks for it.
pub(super) const LOOK: Duration = Duration::from_millis(50);
/// So many packets of one stream are retransmitted in each [`LOOK`], in packets: everything that is kept,
/// once. One datagram may ask for five thousand. See SECURITY.md.
pub(super) const MAX_RETRANSMISSIONS: usize = KEPT;

/// The streams of one connection whose packets are retransmitted.
#[derive(Default)]
pub(super) struct Retransmissions(Vec<RetransmittedStream>);

struct RetransmittedStream {
    main: Ssrc,
    /// On which its packets are retransmitted (RFC 4588, 4).
    again: Ssrc,
    since: Instant,
    sent: usize,
}

impl Retransmissions {
    /// Keeps packets of a stream.
    pub(super) fn keep(&mut self, now: Instant, rtc: &mut Rtc, main: Ssrc) {
        let Some(again) = forget(rtc, main) else { return };
        self.0.retain(|stream| stream.main != main);
        self.0.push(RetransmittedStream { main, again, since: now, sent: 0 });
    }

    /// A datagram goes out. If it is one retransmission too many, the engine forgets what it keeps of that
    /// stream: what else it was asked for goes with it, before it costs anything.
    pub(super) fn pass(&mut self, now: Instant, rtc: &mut Rtc, datagram: &[u8]) {
        // The header of RTP is legible (RFC 3711, 3.1).
        let [0x80..=0xbf, _, _, _, _, _, _, _, a, b, c, d, ..] = *datagram else { return };
        let source = Ssrc::from(u32::from_be_bytes([a, b, c, d]));
        let Some(stream) = self.0.iter_mut().find(|stream| stream.again == source) else { return };
        if now >= stream.since + LOOK {
            (stream.since, stream.sent) = (now, 0);
        }
        stream.sent += 1;
        if stream.sent >= MAX_RETRANSMISSIONS {
            forget(rtc, stream.main);
        }
    }
}

/// Begins to keep packets of a stream anew. On which stream they are retransmitted.
fn forget(rtc: &mut Rtc, main: Ssrc) -> Option<Ssrc> {
    let mut api = rtc.direct_api();
    let stream = api.stream_tx(&main)?;
    stream.set_rtx_cache(KEPT, KEPT_FOR, Some(REPAIR));
    stream.rtx()
}
