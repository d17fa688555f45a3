//! What comes out of connections, and in which order it is sent.

use super::Transmit;
use std::cmp::Reverse;
use std::collections::VecDeque;

#[derive(Default)]
pub(super) struct Outlet {
    pub(super) transmits: VecDeque<Transmit>,
    pub(super) events: Vec<str0m::Event>,
}

impl Outlet {
    /// Puts datagrams of one destination, all of media, into runs of the same size, long ones first: the kernel takes a
    /// run, and a shorter one behind it, in one call. The engine gives them stream by stream in turn,
    /// so that large and small ones alternate. Within a stream nothing overtakes.
    pub(super) fn make_runs(&mut self) {
        let fits = |pair: (&Transmit, &Transmit)| pair.0.bytes.len() >= pair.1.bytes.len();
        let transmits = &mut self.transmits;
        if transmits.iter().zip(transmits.iter().skip(1)).all(fits) || !transmits.iter().all(is_media) {
            return;
        }
        // The least that its stream has had so far: what came later is never put before it.
        let mut least: Vec<(&[u8], usize)> = Vec::new();
        let mut places = Vec::with_capacity(transmits.len());
        for transmit in &*transmits {
            let (stream, size) = (&transmit.bytes[8..12], transmit.bytes.len());
            match least.iter_mut().find(|(known, _)| *known == stream) {
                Some((_, least)) => *least = size.min(*least),
                None => least.push((stream, size)),
            }
            places.push(least.iter().find(|(known, _)| *known == stream).map_or(size, |(_, least)| *least));
        }
        let mut placed: Vec<(usize, Transmit)> = places.into_iter().zip(transmits.drain(..)).collect();
        placed.sort_by_key(|(place, _)| Reverse(*place));
        transmits.extend(placed.into_iter().map(|(_, transmit)| transmit));
    }
}

/// RTP or RTCP (RFC 7983), which has the number of its stream in the first twelve bytes.
fn is_media(transmit: &Transmit) -> bool {
    transmit.bytes.len() >= 12 && (128..192).contains(&transmit.bytes[0])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sfu::Protocol;

    #[test]
    fn sizes_come_in_runs_and_streams_in_order() {
        assert_eq!(runs(&[(1, 1200), (2, 100), (1, 1200), (3, 100), (1, 300)]), [0, 2, 4, 1, 3]);
        // A picture behind the end of the one before it stays there.
        assert_eq!(runs(&[(1, 1200), (1, 300), (2, 100), (1, 1200)]), [0, 1, 3, 2]);
        assert_eq!(runs(&[(1, 1200), (1, 1200), (1, 300)]), [0, 1, 2]);
    }

    #[test]
    fn handshakes_stay_as_they_are() {
        let mut outlet =
            Outlet { transmits: [transmit(1, 50), transmit(2, 900)].into(), ..Outlet::default() };
        outlet.transmits[0].bytes[0] = 22;
        outlet.make_runs();
        assert_eq!(outlet.transmits[0].bytes.len(), 50);
    }

    /// The order of packets of a stream and a size.
    fn runs(packets: &[(u8, usize)]) -> Vec<u8> {
        let mut outlet = Outlet::default();
        for (n, &(stream, size)) in packets.iter().enumerate() {
            let mut transmit = transmit(stream, size);
            transmit.bytes[1] = n as u8;
            outlet.transmits.push_back(transmit);
        }
        outlet.make_runs();
        outlet.transmits.iter().map(|transmit| transmit.bytes[1]).collect()
    }

    fn transmit(stream: u8, size: usize) -> Transmit {
        let mut bytes = vec![0; size];
        (bytes[0], bytes[8]) = (0x80, stream);
        let at = |port: u16| ([10, 0, 0, 1], port).into();
        Transmit { protocol: Protocol::Udp, source: at(1), destination: at(2), bytes }
    }
}
