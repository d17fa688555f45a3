//! What is sealed on one connection and not taken yet: runs of datagrams of one size, each run in one buffer, as
//! sockets send them.

use super::Path;
use crate::sfu::Transmit;

/// Bytes of a run at most: what one message to the kernel may hold.
const MAX_RUN: usize = 60_000;
/// Datagrams for which a run gets room when there is a second one; most pictures have fewer packets of one size.
const ROOM: usize = 8;

#[derive(Default)]
pub(super) struct Batch {
    runs: Vec<Transmit>,
    /// A shorter datagram was the last, or one that stands alone.
    complete: bool,
}

impl Batch {
    /// To what a datagram of so many bytes is to be appended, all of it.
    pub(super) fn begin(&mut self, path: Path, size: usize) -> &mut Vec<u8> {
        let fits = |run: &&Transmit| {
            let Path { protocol, source, destination } = path;
            (run.protocol, run.source, run.destination) == (protocol, source, destination)
                && size <= run.size
                && run.bytes.len() + size <= MAX_RUN
        };
        if self.complete || self.runs.last().filter(fits).is_none() {
            self.runs.push(path.transmit(Vec::with_capacity(size), size));
        }
        let end = self.runs.len() - 1;
        let run = &mut self.runs[end];
        self.complete = size < run.size;
        if run.bytes.capacity() < run.bytes.len() + size {
            run.bytes.reserve(ROOM * size);
        }
        &mut run.bytes
    }

    /// Adds a datagram.
    pub(super) fn push(&mut self, path: Path, datagram: Vec<u8>) {
        let size = datagram.len();
        self.runs.push(path.transmit(datagram, size));
        self.complete = true;
    }

    pub(super) fn take(&mut self) -> impl Iterator<Item = Transmit> {
        self.complete = false;
        self.runs.drain(..)
    }
}

impl Path {
    fn transmit(self, bytes: Vec<u8>, size: usize) -> Transmit {
        let Path { protocol, source, destination } = self;
        Transmit { protocol, source, destination, bytes, size }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sfu::Protocol;

    fn path(port: u16) -> Path {
        let source = ([10, 0, 0, 1], 443).into();
        Path { protocol: Protocol::Udp, source, destination: ([10, 0, 1, 1], port).into() }
    }

    fn sizes(batch: &mut Batch) -> Vec<Vec<usize>> {
        let runs: Vec<_> = batch.take().collect();
        runs.iter().map(|run| run.datagrams().map(<[u8]>::len).collect()).collect()
    }

    #[test]
    fn a_run_is_of_one_size_and_one_destination_and_ends_with_a_shorter_one() {
        let mut batch = Batch::default();
        let mut add = |port, size| batch.begin(path(port), size).resize_with_more(size);
        for (port, size) in [(1, 9), (1, 9), (1, 5), (1, 5), (1, 6), (1, 6), (2, 6), (2, 6)] {
            add(port, size);
        }
        batch.push(path(2), vec![0; 6]);
        batch.begin(path(2), 6).resize_with_more(6);
        assert_eq!(sizes(&mut batch), [vec![9, 9, 5], vec![5], vec![6, 6], vec![6, 6], vec![6], vec![6]]);
        batch.begin(path(1), 7).resize_with_more(7);
        assert_eq!(sizes(&mut batch), [[7]]);
    }

    #[test]
    fn a_run_is_no_longer_than_the_kernel_takes() {
        let mut batch = Batch::default();
        (0..100).for_each(|_| batch.begin(path(1), 1200).resize_with_more(1200));
        assert_eq!(sizes(&mut batch).iter().map(Vec::len).collect::<Vec<_>>(), [50, 50]);
    }

    trait More {
        fn resize_with_more(&mut self, more: usize);
    }

    impl More for Vec<u8> {
        fn resize_with_more(&mut self, more: usize) {
            self.resize(self.len() + more, 0);
        }
    }
}
