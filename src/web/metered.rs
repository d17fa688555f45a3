//! A stream on which reading is paid for: the frames of a WebSocket are counted where they come in, because a
//! library above answers control frames and joins fragments without a word.

use super::rate_limiter::BYTES_PER_TOKEN;
use bytes::{Buf, Bytes};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// What the library reads at once, bytes. Thousands of idle pages have a buffer of this size.
pub(super) const READ_BUFFER: usize = 1024;
/// So many reads cost as much as a message: large messages, and those that come in tiny records of TLS.
const READS_PER_TOKEN: u32 = (BYTES_PER_TOKEN / READ_BUFFER) as u32;

/// See the [module](self).
pub(super) struct MeteredStream<S> {
    inner: S,
    /// What was read past the handshake; it comes first.
    leftover: Bytes,
    frames: FrameCounter,
    reads: u32,
    /// What reading has cost since [`MeteredStream::take_cost`] asked.
    spent: u32,
    /// From there on nothing is read.
    budget: u32,
}

impl<S> MeteredStream<S> {
    pub(super) fn new(inner: S, leftover: Bytes) -> MeteredStream<S> {
        MeteredStream { inner, leftover, frames: FrameCounter::default(), reads: 0, spent: 0, budget: 0 }
    }

    /// What comes next may cost so much. One read may exceed it.
    pub(super) fn set_budget(&mut self, messages: u32) {
        self.budget = messages;
    }

    #[cfg(test)]
    pub(super) fn get_ref(&self) -> &S {
        &self.inner
    }

    /// What was read has cost so much.
    pub(super) fn take_cost(&mut self) -> u32 {
        std::mem::take(&mut self.spent)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for MeteredStream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let me = &mut *self;
        let mut most = buf.remaining();
        if me.spent >= me.budget {
            most = most.min(me.frames.rest_of_short_frame());
            if most == 0 {
                return Poll::Pending; // whoever holds the rate limiter polls when there is more of it
            }
        }
        let mut part = ReadBuf::new(buf.initialize_unfilled_to(most));
        if me.leftover.is_empty() {
            ready!(Pin::new(&mut me.inner).poll_read(context, &mut part))?;
        } else {
            let some = me.leftover.len().min(most);
            part.put_slice(&me.leftover[..some]);
            me.leftover.advance(some);
        }
        let read = part.filled().len();
        let before = buf.filled().len();
        buf.advance(read);
        me.reads += 1;
        me.spent += me.frames.count(&buf.filled()[before..]) + me.reads / READS_PER_TOKEN;
        me.reads %= READS_PER_TOKEN;
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for MeteredStream<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

/// Counts the frames in what a browser sends (RFC 6455, 5.2), wherever it is cut.
#[derive(Default)]
struct FrameCounter {
    /// The first two bytes of a header.
    header: [u8; 2],
    /// How many bytes of the header have come.
    seen: u8,
    /// Its extended length so far.
    length: u64,
    /// Bytes of payload that are still to come.
    payload: u64,
}

impl FrameCounter {
    /// Payload that a frame lacks whose header is counted, when one token pays for that much: read together
    /// with the rest, it costs one wake-up less.
    fn rest_of_short_frame(&self) -> usize {
        usize::try_from(self.payload).ok().filter(|payload| *payload <= BYTES_PER_TOKEN).unwrap_or(0)
    }

    /// How many frames' headers end in these bytes.
    fn count(&mut self, mut bytes: &[u8]) -> u32 {
        let mut frames = 0;
        loop {
            let skipped = self.payload.min(bytes.len() as u64);
            self.payload -= skipped;
            bytes = &bytes[skipped as usize..];
            let Some((byte, rest)) = bytes.split_first() else { return frames };
            bytes = rest;
            frames += u32::from(self.take(*byte));
        }
    }

    /// One byte of a header. Whether it is the last.
    fn take(&mut self, byte: u8) -> bool {
        if let Some(place) = self.header.get_mut(usize::from(self.seen)) {
            *place = byte;
        }
        self.seen += 1;
        let [_, second] = self.header;
        let extended = match second & 0x7f {
            126 => 2,
            127 => 8,
            _ => 0,
        };
        if (3..=2 + extended).contains(&self.seen) {
            self.length = self.length << 8 | u64::from(byte);
        }
        let mask = if second & 0x80 == 0 { 0 } else { 4 };
        if self.seen < 2 || self.seen < 2 + extended + mask {
            return false;
        }
        let payload = if extended == 0 { u64::from(second & 0x7f) } else { self.length };
        *self = FrameCounter { payload, ..FrameCounter::default() };
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::task::Waker;
    use tokio_tungstenite::tungstenite::protocol::frame::Frame;
    use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

    fn frame(length: usize, masked: bool, is_final: bool) -> Vec<u8> {
        let mut frame = Frame::message(vec![0x81; length], OpCode::Data(Data::Text), is_final);
        frame.header_mut().mask = masked.then_some([0, 0, 0, 0]);
        let mut bytes = Vec::new();
        frame.format(&mut bytes).expect("memory");
        bytes
    }

    #[test]
    fn every_frame_is_counted_wherever_the_bytes_are_cut() {
        let lengths = [0, 0, 1, 125, 126, 127, 65_535, 65_536, 0, 3];
        let bytes: Vec<u8> =
            lengths.iter().flat_map(|length| frame(*length, length % 2 == 0, length % 3 == 0)).collect();
        for cut in [1, 2, 3, 5, 7, 1024, bytes.len()] {
            let mut counter = FrameCounter::default();
            let counted: u32 = bytes.chunks(cut).map(|piece| counter.count(piece)).sum();
            assert_eq!(counted, lengths.len() as u32, "in pieces of {cut}");
            assert_eq!((counter.seen, counter.payload), (0, 0));
        }
    }

    #[test]
    fn a_frame_that_is_paid_for_is_read_to_its_end_and_no_further() {
        let short = frame(1500, true, true);
        let long = frame(2 * BYTES_PER_TOKEN, true, true);
        for (bytes, read_at_once) in [(short.repeat(3), short.len()), (long, READ_BUFFER)] {
            let mut stream = MeteredStream::new(&bytes[..], Bytes::new());
            stream.set_budget(1);
            let (mut read, mut context) = (0, Context::from_waker(Waker::noop()));
            loop {
                let mut piece = [0; READ_BUFFER];
                let mut buf = ReadBuf::new(&mut piece);
                match Pin::new(&mut stream).poll_read(&mut context, &mut buf) {
                    Poll::Ready(done) => done.expect("bytes in memory"),
                    Poll::Pending => break,
                }
                read += buf.filled().len();
            }
            assert_eq!(read, read_at_once);
        }
    }

    #[test]
    fn a_length_that_cannot_be_is_waited_for_and_not_reckoned_with() {
        let mut counter = FrameCounter::default();
        assert_eq!(counter.count(&[0x82, 127, 255, 255, 255, 255, 255, 255, 255, 255]), 1);
        assert_eq!(counter.count(&[0; 4096]), 0);
        assert_eq!(counter.payload, u64::MAX - 4096);
    }
}
