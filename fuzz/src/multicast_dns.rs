//! What neighbours answer to the box's own questions by multicast DNS: the doctor's, and that whether avahi answers.

use super::budget::Budget;
use wizyjno::mdns_query::answer;

/// One datagram is read.
const DATAGRAM: Budget = Budget { bytes: 64 << 10, bytes_per_byte: 256, calls: 512, calls_per_byte: 8 };

/// One datagram: whatever it says, reading stays within its budget.
pub fn multicast_dns(bytes: &[u8]) {
    let id = bytes.first_chunk().map_or(0, |id| u16::from_be_bytes(*id));
    DATAGRAM.hold(bytes.len(), || answer(id, "wizyjno.local", bytes));
}
