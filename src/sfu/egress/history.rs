//! The packets of one layer of a publisher that are kept for retransmission, once for all subscribers.

use crate::sfu::parsed_packet::ParsedPacket;
use crate::sfu::retransmission::{KEPT, KEPT_FOR};
use std::sync::Arc;
use std::time::Instant;
use str0m::rtp::Ssrc;

/// Bytes of a payload at most: what is larger goes through no link in one piece, and is not repaired. See SECURITY.md.
const MAX_KEPT_PAYLOAD: usize = 1500;

/// The newest packets, each where its number leads to.
#[derive(Default)]
pub(in crate::sfu) struct History(Vec<Option<(Instant, Arc<ParsedPacket>)>>);

impl History {
    pub(in crate::sfu) fn keep(&mut self, now: Instant, packet: &Arc<ParsedPacket>) {
        if packet.rtp.payload.len() > MAX_KEPT_PAYLOAD {
            return;
        }
        if self.0.is_empty() {
            self.0.resize(KEPT, None);
        }
        let place = &mut self.0[place(*packet.rtp.seq_no)];
        let newer = |(_, kept): &(Instant, Arc<ParsedPacket>)| {
            kept.rtp.header.ssrc == packet.rtp.header.ssrc && kept.rtp.seq_no > packet.rtp.seq_no
        };
        if !place.as_ref().is_some_and(newer) {
            *place = Some((now, packet.clone()));
        }
    }

    /// The packet of that stream with that number.
    pub(in crate::sfu) fn find(&self, now: Instant, source: Ssrc, number: u64) -> Option<&Arc<ParsedPacket>> {
        let (at, packet) = self.0.get(place(number))?.as_ref()?;
        let same = packet.rtp.header.ssrc == source && *packet.rtp.seq_no == number;
        (same && now < *at + KEPT_FOR).then_some(packet)
    }

    /// Nothing comes at the moment.
    pub(in crate::sfu) fn clear(&mut self) {
        self.0 = Vec::new();
    }
}

impl std::fmt::Debug for History {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("History")
    }
}

fn place(number: u64) -> usize {
    (number % KEPT as u64) as usize
}
