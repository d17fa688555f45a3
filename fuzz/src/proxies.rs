//! What a trusted proxy says of a client, part of which the client may have written.

use super::budget::Budget;
use wizyjno::http_fuzzing;

/// A header of a request is a few bytes of input, and an element of `Forwarded` is kept as three pieces of
/// it.
const FORWARDED: Budget = Budget { bytes: 16 << 10, bytes_per_byte: 256, calls: 64, calls_per_byte: 4 };
const HEADER: Budget = Budget { bytes: 8 << 10, bytes_per_byte: 1, calls: 16, calls_per_byte: 0 };
/// The longest header of the PROXY protocol that is taken.
const LONGEST: usize = 2048;

/// Lines of headers, each after the number of its name. What the proxy itself has written last, decides.
pub fn forwarded(bytes: &[u8]) {
    let lines = bytes.split(|byte| *byte == b'\n').filter_map(|line| line.split_first());
    let mut lines: Vec<_> = lines.map(|(name, value)| (usize::from(*name), value)).collect();
    FORWARDED.hold(bytes.len(), || http_fuzzing::forwarded(&lines));
    let is_standard = lines.iter().any(|(name, _)| name % 4 == 3);
    lines.push((0, b"203.0.113.7, 10.0.0.1"));
    let client = http_fuzzing::forwarded(&lines);
    let right = "203.0.113.7".parse().ok();
    assert!(client == right || is_standard && client.is_none(), "{client:?}");
}

/// The first bytes of a connection.
pub fn proxy_header(bytes: &[u8]) {
    let (client, taken) = HEADER.hold(bytes.len(), || http_fuzzing::proxy_header(bytes));
    assert!(taken <= LONGEST, "{taken} bytes were taken");
    assert!(client.is_none() || taken > 0);
}
