//! Datagrams in a stream: each behind its length in two bytes (RFC 4571).

/// What waits to be put together; more than one frame of the largest size has no reason to.
const MOST: usize = 2 * (2 + u16::MAX as usize);

/// Puts frames together from a stream's pieces.
#[derive(Debug, Default)]
pub struct Deframer {
    bytes: Vec<u8>,
    /// How much of it has been taken out.
    taken: usize,
}

impl Deframer {
    /// More came. False if it is more than can be honest.
    #[must_use]
    pub fn push(&mut self, piece: &[u8]) -> bool {
        self.bytes.drain(..std::mem::take(&mut self.taken));
        self.bytes.extend_from_slice(piece);
        self.bytes.len() <= MOST
    }

    /// The next whole frame.
    pub fn pop(&mut self) -> Option<&[u8]> {
        let rest = &self.bytes[self.taken..];
        let length = usize::from(u16::from_be_bytes([*rest.first()?, *rest.get(1)?]));
        let frame = rest.get(2..2 + length)?;
        self.taken += 2 + length;
        Some(frame)
    }

    /// Bytes that have not been taken out.
    pub fn waiting(&self) -> usize {
        self.bytes.len() - self.taken
    }

    /// The next whole frame, left where it is.
    pub fn peek(&self) -> Option<&[u8]> {
        let rest = &self.bytes[self.taken..];
        let length = usize::from(u16::from_be_bytes([*rest.first()?, *rest.get(1)?]));
        rest.get(2..2 + length)
    }
}

/// Appends a frame. What is longer than a frame can be is left out.
pub fn frame(datagram: &[u8], stream: &mut Vec<u8>) {
    if let Ok(length) = u16::try_from(datagram.len()) {
        stream.extend(length.to_be_bytes());
        stream.extend_from_slice(datagram);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_framed_comes_out_whole_however_it_is_cut() {
        let datagrams: [&[u8]; 4] = [b"", b"one", &[7; 1500], &[9; u16::MAX as usize]];
        let mut stream = Vec::new();
        datagrams.iter().for_each(|datagram| frame(datagram, &mut stream));
        for size in [1, 2, 3, 1000, stream.len()] {
            let mut deframer = Deframer::default();
            let mut whole: Vec<Vec<u8>> = Vec::new();
            for piece in stream.chunks(size) {
                assert!(deframer.push(piece));
                while let Some(peeked) = deframer.peek().map(<[u8]>::to_vec) {
                    assert_eq!(deframer.pop(), Some(&peeked[..]));
                    whole.push(peeked);
                }
            }
            assert_eq!(whole, datagrams, "in pieces of {size}");
        }
    }

    #[test]
    fn nothing_grows_without_bound() {
        let mut deframer = Deframer::default();
        assert!(deframer.push(&vec![0xff; MOST]));
        assert!(!deframer.push(&[0]));
    }

    #[test]
    fn what_is_too_long_for_a_frame_is_left_out() {
        let mut stream = Vec::new();
        frame(&vec![0; usize::from(u16::MAX) + 1], &mut stream);
        assert!(stream.is_empty());
    }
}
