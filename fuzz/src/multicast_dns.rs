//! What neighbours say by multicast DNS to a box that holds its name.

use super::budget::Budget;
use std::time::{Duration, Instant};
use wizyjno::discovery::fuzzing::FuzzResponder;

/// One datagram is read, and answered at most with everything that the box has to say of itself.
const DATAGRAM: Budget = Budget { bytes: 64 << 10, bytes_per_byte: 256, calls: 512, calls_per_byte: 8 };
/// Bytes sent for one datagram, whatever it asks: some answers of every record.
const ANSWERS: usize = 4096;
/// A conflict is over after that: three defeats, a second after each, and probing anew (RFC 6762, 8).
const PEACE: Duration = Duration::from_secs(30);

/// Datagrams, each behind a byte that says from whom and when it comes and one with its length in eights. Whatever they say,
/// reading stays within its budget, little is sent for much, and a box that nobody contradicts has its name.
pub fn multicast_dns(bytes: &[u8]) {
    let mut now = Instant::now();
    let mut responder = FuzzResponder::new(now);
    let mut pass = |responder: &mut FuzzResponder, time: Duration| {
        now += time;
        (responder.run_until(now), now)
    };
    pass(&mut responder, PEACE);
    assert!(responder.holds_its_name());
    let mut rest = bytes;
    while let [how, length, tail @ ..] = rest {
        let (datagram, behind) = tail.split_at((usize::from(*length) * 8).min(tail.len()));
        rest = behind;
        let (_, now) = pass(&mut responder, Duration::from_millis(u64::from(how >> 4) * 50));
        DATAGRAM.hold(datagram.len(), || responder.on_datagram(now, 2 + (how & 7), how & 8 != 0, datagram));
        let ((sent, _), _) = pass(&mut responder, Duration::from_millis(1));
        assert!(sent <= ANSWERS, "{sent} bytes are sent for a datagram of {}", datagram.len());
        if responder.lost_its_name() {
            return; // its caller takes another one
        }
    }
    let ((_, datagrams), _) = pass(&mut responder, PEACE);
    assert!(responder.holds_its_name() || responder.lost_its_name());
    assert!(datagrams < 64, "{datagrams} datagrams, long after the last one was heard");
}
