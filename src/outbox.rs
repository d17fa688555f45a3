//! What waits to be sent to one page: bounded, and shared with all other outboxes where it is the same.

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

/// Presence beyond this many bytes is dropped for a page that does not read; it gets the whole list
/// instead when it reads again (SECURITY.md).
const PRESENCE: usize = 64 * 1024;
/// Signals of other members beyond this many bytes are dropped: what one member says never has another one
/// cut, and a direct path that lacks one is the relay's to replace. Chromium 156 offers four tracks in 10,488
/// bytes (SECURITY.md).
const SIGNALS: usize = 128 * 1024;
/// A page that has not read for [`STUCK_TIMEOUT`] and has this many bytes waiting is cut…
const ENOUGH: usize = 256 * 1024;
const STUCK_TIMEOUT: Duration = Duration::from_secs(3);
/// …and one with this many at once, however the box itself lags (SECURITY.md).
const TOO_MUCH: usize = 640 * 1024;

/// Frames that wait together go out together, up to what fits into one TLS record (RFC 8446, 5.1): one
/// encryption and one system call, and it is the calls that cost.
const TOGETHER: usize = 16 * 1024;

/// A frame that is not masked starts with at most so many bytes of header.
const HEADER: usize = 10;

/// One WebSocket frame as it goes on the wire (RFC 6455, 5.2), made once for however many outboxes.
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
    /// Presence was dropped: the page's list is old.
    behind: bool,
    /// The page was given the list, so the lobby has let it in.
    inside: bool,
    /// Since when the page's socket takes no more.
    blocked: Option<Instant>,
    closing: Option<Close>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Message,
    Presence,
    /// From another member, about the direct path.
    Signal,
    /// The whole list of people: memory that all outboxes share, so it is not counted.
    List,
}

/// Why the box ends a connection: the WebSocket close codes that the page knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Close {
    /// The page said goodbye.
    Done,
    /// The box stops; a page comes back by itself.
    Restart,
    /// Another tab or device took the place; the page must not come back by itself.
    TakenOver,
    /// The page does not read what it is sent; it may come back.
    TooSlow,
    /// No hello in time, or silence.
    Silent,
    /// Larger than a message may be.
    TooLarge,
}

/// What the socket is to do next.
pub(crate) enum Next {
    /// One frame or several.
    Send(Bytes),
    /// Everything is sent, but presence had been dropped: ask the hub for the whole list.
    AskForList,
    Close(Close),
}

impl Frame {
    /// A text frame of that message.
    pub(crate) fn new(message: &ServerMessage) -> Frame {
        // The header's length depends on the payload's, so room is left for the longest.
        let mut bytes = Vec::with_capacity(512);
        bytes.resize(HEADER, 0);
        message.write_json(&mut bytes);
        bytes.shrink_to_fit(); // what a page does not read is counted by length
        let length = (bytes.len() - HEADER) as u64;
        let header = FrameHeader { opcode: OpCode::Data(Data::Text), ..FrameHeader::default() };
        let start = HEADER - header.len(length);
        let (room, _) = bytes.split_at_mut(HEADER);
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

/// The messages in what [`Next::Send`] gives, without WebSocket's framing, for who sends them in another one.
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
    /// RFC 6455, 7.4; 4000 and up are ours.
    pub(crate) fn code(self) -> u16 {
        match self {
            Close::Done => 1000,
            Close::Silent => 1001,
            Close::TooLarge => 1009,
            Close::Restart => 1012,
            Close::TakenOver => 4001,
            Close::TooSlow => 4002,
        }
    }
}

impl Outbox {
    /// Something that this page must hear. A page that is too far behind is closed instead.
    pub(crate) fn push(&self, frame: Frame) {
        self.add(frame, Kind::Message);
    }

    /// A change of the list of people. May be dropped; then [`Next::AskForList`] follows.
    pub(crate) fn push_presence(&self, frame: Frame) {
        let mut queue = self.lock();
        if queue.behind {
            return;
        }
        if queue.presence + frame.0.len() > PRESENCE {
            queue.forget_presence();
            queue.behind = true;
            return;
        }
        drop(queue);
        self.add(frame, Kind::Presence);
    }

    /// What another member says about the direct path. May be dropped.
    pub(crate) fn push_signal(&self, frame: Frame) {
        if self.lock().signals + frame.0.len() <= SIGNALS {
            self.add(frame, Kind::Signal);
        }
    }

    /// The whole list of people, in place of what waits of its changes.
    pub(crate) fn push_list(&self, frames: &[Frame]) {
        let mut queue = self.lock();
        queue.forget_presence();
        queue.behind = false;
        queue.inside = true;
        queue.frames.extend(frames.iter().map(|frame| (frame.clone(), Kind::List)));
        drop(queue);
        self.waker.wake();
    }

    /// Whether the lobby has let the page in.
    pub(crate) fn is_inside(&self) -> bool {
        self.lock().inside
    }

    /// End the connection after what waits.
    pub(crate) fn close(&self, why: Close) {
        self.lock().closing.get_or_insert(why);
        self.waker.wake();
    }

    /// What to do next, now that all before is written; pending until there is something.
    pub(crate) fn poll_next(&self, context: &mut Context<'_>) -> Poll<Next> {
        let mut queue = self.lock();
        queue.blocked = None;
        if let Some(bytes) = queue.take() {
            return Poll::Ready(Next::Send(bytes));
        }
        if queue.frames.capacity() > 16 {
            // A burst is over; thousands of idle pages must not keep its memory.
            queue.frames = VecDeque::new();
        }
        if let Some(why) = queue.closing {
            return Poll::Ready(Next::Close(why));
        }
        if queue.behind {
            queue.behind = false;
            return Poll::Ready(Next::AskForList);
        }
        self.waker.register(context.waker());
        Poll::Pending
    }

    /// The socket takes no more at the moment. Ready when the page is to be cut for it.
    pub(crate) fn poll_stuck(&self, context: &mut Context<'_>) -> Poll<Close> {
        let mut queue = self.lock();
        queue.blocked.get_or_insert_with(Instant::now);
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
        let stuck = queue.blocked.is_some_and(|since| since.elapsed() >= STUCK_TIMEOUT);
        if waiting > TOO_MUCH || (waiting > ENOUGH && stuck) {
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
    /// The frames to send next.
    fn take(&mut self) -> Option<Bytes> {
        let first = self.pop(usize::MAX)?;
        let Some(second) = self.pop(TOGETHER.saturating_sub(first.len())) else { return Some(first) };
        let mut together = BytesMut::from(first);
        together.extend_from_slice(&second);
        while let Some(next) = self.pop(TOGETHER - together.len()) {
            together.extend_from_slice(&next);
        }
        Some(together.freeze())
    }

    /// The next frame, if it is not longer than that.
    fn pop(&mut self, most: usize) -> Option<Bytes> {
        let (Frame(bytes), kind) = self.frames.pop_front_if(|(frame, _)| frame.0.len() <= most)?;
        self.bytes -= if kind == Kind::List { 0 } else { bytes.len() };
        self.presence -= if kind == Kind::Presence { bytes.len() } else { 0 };
        self.signals -= if kind == Kind::Signal { bytes.len() } else { 0 };
        Some(bytes)
    }

    fn forget_presence(&mut self) {
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
        let stuck = outbox.poll_stuck(&mut Context::from_waker(Waker::noop()));
        assert!(stuck.is_pending());
        for _ in 0..100 {
            outbox.push_signal(signal());
        }
        let mut bytes = 0;
        while let Some(next) = next(&outbox) {
            let Next::Send(frames) = next else { panic!("it is cut") };
            bytes += frames.len();
        }
        assert!((60_000..=SIGNALS).contains(&bytes), "{bytes} bytes waited");
        outbox.push_signal(signal());
        assert!(matches!(next(&outbox), Some(Next::Send(_))), "whoever reads again hears again");
    }

    #[test]
    fn a_page_that_has_not_read_far_too_much_is_cut() {
        let outbox = Outbox::default();
        while outbox.lock().closing.is_none() {
            assert!(outbox.lock().bytes <= TOO_MUCH);
            outbox.push(signal());
        }
        assert!(matches!(next(&outbox), Some(Next::Close(Close::TooSlow))), "nothing is sent before it");
        assert_eq!(outbox.lock().bytes, 0, "its memory is given back");
    }
}
