//! STUN messages and channel data in a stream (RFC 8656, 12.4 and 12.5): both say how long they are, and
//! channel data is filled up to a multiple of four bytes.

/// Bytes of a frame; media has at most those of an Ethernet frame. SECURITY.md.
pub const MAX_FRAME: usize = 4096;
/// Bytes that tell how long a frame is.
const HEAD: usize = 4;

/// What came is no TURN, or too long.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("no frame of TURN")]
pub struct NotTurn;

/// Whether a connection that begins so speaks TURN. The first message is a request, so it is no channel
/// data, whose first byte may be that of HTTP's `GET`.
pub fn is_turn(first: u8) -> bool {
    first <= 1
}

/// Puts frames together from a stream's pieces.
#[derive(Debug, Default)]
pub struct FrameReader {
    bytes: Vec<u8>,
    /// How much of it has been taken out.
    taken: usize,
}

impl FrameReader {
    /// More came. Whoever takes out all whole frames each time keeps less than [`MAX_FRAME`].
    pub fn push(&mut self, piece: &[u8]) {
        self.bytes.drain(..std::mem::take(&mut self.taken));
        self.bytes.extend_from_slice(piece);
    }

    /// The next whole frame, left where it is.
    ///
    /// # Errors
    ///
    /// What is next is no frame.
    pub fn peek(&self) -> Result<Option<&[u8]>, NotTurn> {
        let rest = &self.bytes[self.taken..];
        let Some(head) = rest.first_chunk() else { return Ok(None) };
        Ok(rest.get(..frame_length(head)?))
    }

    /// The next whole frame, with what fills it up.
    ///
    /// # Errors
    ///
    /// What is next is no frame.
    pub fn pop(&mut self) -> Result<Option<&[u8]>, NotTurn> {
        let Some(length) = self.peek()?.map(<[u8]>::len) else { return Ok(None) };
        let at = self.taken;
        self.taken += length;
        Ok(Some(&self.bytes[at..at + length]))
    }

    /// Bytes that have not been taken out.
    pub fn waiting(&self) -> usize {
        self.bytes.len() - self.taken
    }
}

fn frame_length(head: &[u8; HEAD]) -> Result<usize, NotTurn> {
    let said = usize::from(u16::from_be_bytes([head[2], head[3]]));
    let length = match head[0] {
        0x00..=0x01 if said % 4 == 0 => super::message::HEADER + said,
        0x40..=0x4f => (HEAD + said).next_multiple_of(4),
        _ => return Err(NotTurn),
    };
    if length <= MAX_FRAME { Ok(length) } else { Err(NotTurn) }
}

/// Number and content, if the frame is channel data.
pub fn channel_data(frame: &[u8]) -> Option<(u16, &[u8])> {
    let (&[high, low, l1, l2], rest) = frame.split_first_chunk()?;
    let length = usize::from(u16::from_be_bytes([l1, l2]));
    let number = u16::from_be_bytes([high, low]);
    matches!(high, 0x40..=0x4f).then_some((number, rest.get(..length)?))
}

/// Appends channel data. What would be longer than a frame may be is left out.
pub fn write_channel_data(number: u16, datagram: &[u8], out: &mut Vec<u8>) {
    let length = (HEAD + datagram.len()).next_multiple_of(4);
    if length > MAX_FRAME {
        return;
    }
    let end = out.len() + length;
    out.extend(number.to_be_bytes());
    out.extend((datagram.len() as u16).to_be_bytes());
    out.extend_from_slice(datagram);
    out.resize(end, 0);
}
