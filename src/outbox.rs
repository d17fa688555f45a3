//! The queue of frames to one page: bounded, and shared with other outboxes where the content is the same.

use crate::protocol::ServerMessage;
use bytes::{Bytes, BytesMut};
use futures_util::task::AtomicWaker;
use std::collections::VecDeque;
use std::io::Cursor;
use std::sync::{Mutex, MutexGuard};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use tokio_tungstenite::tungstenite::protocol::frame::FrameHeader;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

/// Presence beyond this many bytes is dropped for a page that does not read; it gets the whole list once it
/// reads (SECURITY.md).
const MAX_PRESENCE_BYTES: usize = 64 * 1024;
/// Signals of other members beyond this many bytes are dropped: no member can have another one cut, and the
/// relay replaces a direct path that lacks a signal. Chromium 156 offers four tracks in 10,488 bytes
/// (SECURITY.md).
const MAX_SIGNAL_BYTES: usize = 128 * 1024;
/// A page is cut that has not read for [`STALL_TIMEOUT`] and has this many bytes waiting.
const MAX_STALLED_BYTES: usize = 256 * 1024;
const STALL_TIMEOUT: Duration = Duration::from_secs(3);
/// A page with this many bytes waiting is cut at once, however the box itself lags (SECURITY.md).
const MAX_QUEUED_BYTES: usize = 640 * 1024;

/// Frames that wait together are written together, up to the size of one TLS record (RFC 8446, 5.1): one
/// encryption and one system call, which cost more than the bytes.
const MAX_WRITE_BYTES: usize = 16 * 1024;

/// The longest header of an unmasked frame (RFC 6455, 5.2).
const MAX_HEADER_BYTES: usize = 10;

/// One encoded WebSocket frame (RFC 6455, 5.2), shared by all outboxes that hold it.
#[derive(Clone, Debug)]
pub(crate) struct Frame(Bytes);

/// The queue between the hub and one page's socket.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    queue: Mutex<Queue>,
    waker: AtomicWaker,
}

#[derive(Debug, Default)]
struct Queue {
    frames: VecDeque<(Frame, Kind)>,
    bytes: usize,
    presence: usize,
    signals: usize,
    /// Presence was dropped, so the page's list is outdated.
    presence_dropped: bool,
    /// The page was sent the list, so the lobby has admitted it.
    admitted: bool,
    /// Since when the page's socket accepts no bytes.
    stalled_since: Option<Instant>,
    closing: Option<Close>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Message,
    Presence,
    /// A signal of another member, about the direct path.
    Signal,
    /// The whole list of people. All outboxes share its memory, so its bytes are not counted.
    List,
}

/// Why the server closes a connection: the WebSocket close codes that the page knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Close {
    /// The page said goodbye.
    Done,
    /// The server stops; the page reconnects by itself.
    Restart,
    /// Another tab or device took the place; the page must not reconnect by itself.
    TakenOver,
    /// The page does not read what it is sent; it may reconnect.
    TooSlow,
    /// No hello in time, or silence.
    Silent,
    /// A message that is too large.
    TooLarge,
    /// The space is closed; the page must not reconnect by itself.
    SpaceClosed,
}

/// What the socket is to do next.
pub(crate) enum Next {
    /// One or more whole frames.
    Send(Bytes),
    /// Everything is sent, but presence was dropped: request the whole list from the hub.
    RequestPeople,
    Close(Close),
}

impl Frame {
    /// A text frame of that message.
    pub(crate) fn new(message: &ServerMessage) -> Frame {
        // The header's length depends on the payload's, so room is left for the longest one.
        let mut bytes = Vec::with_capacity(512);
        bytes.resize(MAX_HEADER_BYTES, 0);
        message.write_json(&mut bytes);
        bytes.shrink_to_fit(); // what a page does not read is counted by length
        let length = (bytes.len() - MAX_HEADER_BYTES) as u64;
        let header = FrameHeader { opcode: OpCode::Data(Data::Text), ..FrameHeader::default() };
        let start = MAX_HEADER_BYTES - header.len(length);
        let (room, _) = bytes.split_at_mut(MAX_HEADER_BYTES);
        header.format(length, &mut &mut room[start..]).expect("room for the header");
        Frame(Bytes::from(bytes).slice(start..))
    }

    /// An empty ping.
    pub(crate) const fn ping() -> Frame {
        Frame(Bytes::from_static(&[0x89, 0x00]))
    }

    pub(crate) fn into_bytes(self) -> Bytes {
        self.0
    }
}

/// The payloads of the frames in [`Next::Send`], for a transport with another framing.
pub(crate) fn payloads(mut frames: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let (header, length) = FrameHeader::parse(&mut Cursor::new(frames)).ok()??;
        let start = header.len(length);
        let (frame, rest) = frames.split_at_checked(start + length as usize)?;
        frames = rest;
        Some(&frame[start..])
    })
}

impl Close {
    /// The code (RFC 6455, 7.4); 4000 and above are the application's.
    pub(crate) fn code(self) -> u16 {
        match self {
            Close::Done => 1000,
            Close::Silent => 1001,
            Close::TooLarge => 1009,
            Close::Restart => 1012,
            Close::TakenOver => 4001,
            Close::TooSlow => 4002,
            Close::SpaceClosed => 4003,
        }
    }
}

impl Outbox {
    /// Queues a message that must not be lost. A page that is too far behind is closed instead.
    pub(crate) fn push(&self, frame: Frame) {
        self.add(frame, Kind::Message);
    }

    /// Queues a change of the list of people. It may be dropped; then [`Next::RequestPeople`] follows.
    pub(crate) fn push_presence(&self, frame: Frame) {
        let mut queue = self.lock();
        if queue.presence_dropped {
            return;
        }
        if queue.presence + frame.0.len() > MAX_PRESENCE_BYTES {
            queue.drop_presence();
            queue.presence_dropped = true;
            return;
        }
        drop(queue);
        self.add(frame, Kind::Presence);
    }

    /// Queues a signal of another member. It may be dropped.
    pub(crate) fn push_signal(&self, frame: Frame) {
        if self.lock().signals + frame.0.len() <= MAX_SIGNAL_BYTES {
            self.add(frame, Kind::Signal);
        }
    }

    /// Queues the whole list of people, in place of the changes that wait.
    pub(crate) fn push_list(&self, frames: &[Frame]) {
        let mut queue = self.lock();
        queue.drop_presence();
        queue.presence_dropped = false;
        queue.admitted = true;
        queue.frames.extend(frames.iter().map(|frame| (frame.clone(), Kind::List)));
        drop(queue);
        self.waker.wake();
    }

    /// Whether the lobby has admitted the page.
    pub(crate) fn is_admitted(&self) -> bool {
        self.lock().admitted
    }

    /// Closes the connection after what waits is sent.
    pub(crate) fn close(&self, why: Close) {
        self.lock().closing.get_or_insert(why);
        self.waker.wake();
    }

    /// What to do next, once everything before is written; pending until there is something.
    pub(crate) fn poll_next(&self, context: &mut Context<'_>) -> Poll<Next> {
        let mut queue = self.lock();
        queue.stalled_since = None;
        if let Some(bytes) = queue.take() {
            return Poll::Ready(Next::Send(bytes));
        }
        if queue.frames.capacity() > 16 {
            // Idle outboxes, of which there are thousands, keep no memory of a burst.
            queue.frames = VecDeque::new();
        }
        if let Some(why) = queue.closing {
            return Poll::Ready(Next::Close(why));
        }
        if queue.presence_dropped {
            queue.presence_dropped = false;
            return Poll::Ready(Next::RequestPeople);
        }
        self.waker.register(context.waker());
        Poll::Pending
    }

    /// Registers that the socket accepts no bytes. Ready when the page is to be cut for it.
    pub(crate) fn poll_stalled(&self, context: &mut Context<'_>) -> Poll<Close> {
        let mut queue = self.lock();
        queue.stalled_since.get_or_insert_with(Instant::now);
        if queue.closing == Some(Close::TooSlow) {
            return Poll::Ready(Close::TooSlow);
        }
        self.waker.register(context.waker());
        Poll::Pending
    }

    fn add(&self, frame: Frame, kind: Kind) {
        let mut queue = self.lock();
        if queue.closing.is_some() {
            return;
        }
        let length = frame.0.len();
        let waiting = queue.bytes + length;
        let stuck = queue.stalled_since.is_some_and(|since| since.elapsed() >= STALL_TIMEOUT);
        if waiting > MAX_QUEUED_BYTES || (waiting > MAX_STALLED_BYTES && stuck) {
            queue.frames.clear();
            queue.bytes = 0;
            queue.presence = 0;
            queue.signals = 0;
            queue.closing = Some(Close::TooSlow);
        } else {
            queue.bytes = waiting;
            match kind {
                Kind::Presence => queue.presence += length,
                Kind::Signal => queue.signals += length,
                Kind::Message | Kind::List => {}
            }
            queue.frames.push_back((frame, kind));
        }
        drop(queue);
        self.waker.wake();
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().expect("nothing panics while it holds an outbox")
    }
}

impl Queue {
    /// The frames to write next.
    fn take(&mut self) -> Option<Bytes> {
        let first = self.pop(usize::MAX)?;
        let Some(second) = self.pop(MAX_WRITE_BYTES.saturating_sub(first.len())) else { return Some(first) };
        let mut together = BytesMut::from(first);
        together.extend_from_slice(&second);
        while let Some(next) = self.pop(MAX_WRITE_BYTES - together.len()) {
            together.extend_from_slice(&next);
        }
        Some(together.freeze())
    }

    /// The next frame, if it is at most `most` bytes long.
    fn pop(&mut self, most: usize) -> Option<Bytes> {
        let (Frame(bytes), kind) = self.frames.pop_front_if(|(frame, _)| frame.0.len() <= most)?;
        self.bytes -= if kind == Kind::List { 0 } else { bytes.len() };
        self.presence -= if kind == Kind::Presence { bytes.len() } else { 0 };
        self.signals -= if kind == Kind::Signal { bytes.len() } else { 0 };
        Some(bytes)
    }

    fn drop_presence(&mut self) {
        self.frames.retain(|(_, kind)| matches!(kind, Kind::Message | Kind::Signal));
        self.bytes -= self.presence;
        self.presence = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::PersonId;
    use crate::protocol::{Candidate, Signal};
    use std::task::Waker;

    fn signal() -> Frame {
        let candidate = Candidate {
            candidate: "x".repeat(60_000),
            sdp_mid: None,
            sdp_m_line_index: None,
            username_fragment: None,
        };
        Frame::new(&ServerMessage::Signal { from: PersonId(7), signal: Signal::Candidate(candidate) })
    }

    fn next(outbox: &Outbox) -> Option<Next> {
        match outbox.poll_next(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(next) => Some(next),
            Poll::Pending => None,
        }
    }

    #[test]
    fn what_one_member_says_never_has_another_one_cut() {
        let outbox = Outbox::default();
        let stuck = outbox.poll_stalled(&mut Context::from_waker(Waker::noop()));
        assert!(stuck.is_pending());
        for _ in 0..100 {
            outbox.push_signal(signal());
        }
        let mut bytes = 0;
        while let Some(next) = next(&outbox) {
            let Next::Send(frames) = next else { panic!("it is cut") };
            bytes += frames.len();
        }
        assert!((60_000..=MAX_SIGNAL_BYTES).contains(&bytes), "{bytes} bytes waited");
        outbox.push_signal(signal());
        assert!(matches!(next(&outbox), Some(Next::Send(_))), "a page that reads is sent signals");
    }

    #[test]
    fn a_page_that_has_not_read_far_too_much_is_cut() {
        let outbox = Outbox::default();
        while outbox.lock().closing.is_none() {
            assert!(outbox.lock().bytes <= MAX_QUEUED_BYTES);
            outbox.push(signal());
        }
        assert!(matches!(next(&outbox), Some(Next::Close(Close::TooSlow))), "nothing is sent before it");
        assert_eq!(outbox.lock().bytes, 0, "its memory is given back");
    }
}
