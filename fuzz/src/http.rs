//! Requests of strangers, and what pages post where no WebSocket opens.

use super::budget::Budget;
use std::sync::Once;
use wizyjno::http_fuzzing::{posted, requests};
use wizyjno::protocol::ClientMessage;

/// A connection has its buffers; each header of a request is a few bytes of input.
const REQUESTS: Budget = Budget { bytes: 512 << 10, bytes_per_byte: 256, calls: 8 << 10, calls_per_byte: 4 };
/// Lines are kept one at a time.
const POSTED: Budget = Budget { bytes: 4 << 10, bytes_per_byte: 96, calls: 64, calls_per_byte: 4 };
/// The longest message, and the most lines of one POST.
const MESSAGE: usize = 64 * 1024;
const LINES: usize = 300;

/// One connection, read to its end: answers are no larger than what asks for them, but for a head of each.
pub fn http_requests(bytes: &[u8]) {
    static UNPACKED: Once = Once::new();
    UNPACKED.call_once(|| {
        requests(b"GET / HTTP/1.1\r\n\r\n");
    });
    let (count, sent) = REQUESTS.hold(bytes.len(), || requests(bytes));
    assert!(count <= bytes.len() / 14, "GET / HTTP/1.1 has fourteen bytes");
    assert!(sent <= 128 * (count + 1), "{sent} bytes answer {count} requests");
}

/// The first byte says how the body is cut. However it is, the same lines are heard, and within bounds.
pub fn events_post(bytes: &[u8]) {
    let Some((&cut, body)) = bytes.split_first() else { return };
    let whole = POSTED.hold(body.len(), || posted(&[body]));
    let pieces: Vec<_> = body.chunks(usize::from(cut) + 1).collect();
    assert_eq!(posted(&pieces), whole, "how it comes makes no difference");
    assert!(whole.len() <= LINES && whole.iter().all(|line| line.len() <= MESSAGE));
    let again: Vec<_> = whole.join("\n").into_bytes();
    assert!(again.len() <= body.len() + 1, "more is heard than was said");
    for line in &whole {
        let _ = ClientMessage::from_json(line);
    }
}
