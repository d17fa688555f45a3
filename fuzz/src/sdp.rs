//! What a page says of its connections (SDP, RFC 8866): offers of `up` and answers for `down`.

use super::budget::Budget;
use super::harness::SfuHarness;
use std::cell::RefCell;
use std::time::Duration;
use wizyjno::ids::PersonId;
use wizyjno::sfu::Command;

/// A connection is made: keys, certificate, buffers. That is dear, and the same for every offer. The engine keeps a
/// kilobyte for each format, and a line of one may be short.
const SDP: Budget = Budget { bytes: 1 << 20, bytes_per_byte: 1024, calls: 8 << 10, calls_per_byte: 4 };

thread_local! {
    static HARNESS: RefCell<(SfuHarness, u32)> = RefCell::new((SfuHarness::with(2), 1));
}

/// The first byte says what the rest is: an offer, or the answer to the newest offer. The first page says it; the second
/// one's call goes on, whatever it is.
pub fn sdp(bytes: &[u8]) {
    let Some((&kind, text)) = bytes.split_first() else { return };
    let Ok(text) = std::str::from_utf8(text) else { return };
    HARNESS.with_borrow_mut(|(harness, connection)| {
        let (now, member) = (harness.now, PersonId(0));
        let sdp = text.to_owned();
        let command = if kind & 1 == 0 {
            *connection += 1;
            Command::Offer { connection: *connection, sdp }
        } else {
            Command::Answer { connection: harness.clients[0].connection, sdp }
        };
        SDP.hold(text.len(), || harness.sfu.handle_command(now, member, command));
        harness.settle();
        // Long enough for another connection to be allowed.
        harness.pass(Duration::from_secs(1));
        let others: Vec<_> = harness.ended.iter().filter(|ended| !ended.starts_with("0:")).collect();
        assert!(others.is_empty(), "one page has ended a connection of another: {others:?}");
        harness.ended.clear();
        assert!(harness.clients[1].up.rtc.is_connected(), "the other one's call goes on");
        *connection = (*connection).max(harness.clients[0].connection);
    });
}
