//! One page's WebSocket: frames in to the hub, frames out of its outbox, and the patience with it.

use crate::gate::{Admission, Gate};
use crate::hub::{Hub, Membership};
use crate::outbox::{Close, Frame, Next, Outbox};
use crate::protocol::{ClientMessage, ErrorCode, ServerMessage};
use bytes::{Buf, Bytes};
use futures_util::{Sink, Stream};
use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message};

/// The largest message a page may say, bytes.
const MESSAGE: usize = 64 * 1024;
/// The first message, `hello`, must come within this.
const HELLO: Duration = Duration::from_secs(10);
/// After so much silence of the page the box asks whether it is there…
const ASK: Duration = Duration::from_secs(15);
/// …and after so much it takes the page for gone.
const GONE: Duration = Duration::from_secs(30);
/// A page may say so many messages at once, and [`A_SECOND`] in the long run. Beyond that the box
/// simply does not listen for a while: nothing is lost, and nobody else notices.
const BURST: u32 = 200;
const A_SECOND: u32 = 100;
/// How long a closing page may take to take leave.
const FAREWELL: Duration = Duration::from_secs(2);

/// Who comes to the gate of the lobby from where.
pub(crate) struct Comer {
    pub(crate) gate: Arc<Gate>,
    pub(crate) from: IpAddr,
}

impl Comer {
    /// What of a message the lobby may hear: without the right PIN no hello, and without a hello it hears
    /// nothing.
    fn let_in(&self, message: ClientMessage, outbox: &Outbox) -> Option<ClientMessage> {
        let ClientMessage::Hello { name, token, pin, pass } = message else { return Some(message) };
        let now = std::time::Instant::now();
        match self.gate.admit(self.from, pin.as_deref(), pass.as_deref(), now) {
            Admission::In => {}
            Admission::InWith(pass) => outbox.push(Frame::new(&ServerMessage::Pass { pass })),
            Admission::Out(code) => {
                tracing::debug!(from = %self.from, ?code, "not let in");
                outbox.push(Frame::new(&ServerMessage::Error { code }));
                return None;
            }
        }
        Some(ClientMessage::Hello { name, token, pin: None, pass: None })
    }
}

/// Talks with one page until either side is done. `leftover` is what had been read past the handshake,
/// `to` the address of ours that the page came to.
pub(crate) async fn converse<S>(stream: S, leftover: Bytes, hub: Hub, to: IpAddr, comer: Comer)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let config = WebSocketConfig::default()
        .read_buffer_size(1024)
        .write_buffer_size(0)
        .max_message_size(Some(MESSAGE))
        .max_frame_size(Some(MESSAGE));
    let socket =
        WebSocketStream::from_partially_read(stream, leftover.into(), Role::Server, Some(config)).await;
    let Some(membership) = hub.open(to).await else { return };
    tracing::debug!(connection = membership.connection().0, "a page opened its connection");
    let mut wire = Wire { socket, sending: Bytes::new() };
    let why = talk(&mut wire, &membership, &comer).await;
    tracing::debug!(connection = membership.connection().0, ?why, "a connection ended");
    if why == Some(Close::TooSlow) {
        membership.count_cut();
    }
    drop(membership);
    // A page that is gone already need not hear it.
    let _ = timeout(FAREWELL, Box::pin(wire.take_leave(why))).await;
}

/// `None`: the page ended it, or the network did.
async fn talk<S>(wire: &mut Wire<S>, membership: &Membership, comer: &Comer) -> Option<Close>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut patience = Patience::new(Instant::now());
    let mut allowance = Allowance::full(Instant::now());
    let timer = sleep_until(patience.next());
    tokio::pin!(timer);
    loop {
        let step = std::future::poll_fn(|context| {
            // 1. What waits goes out.
            if let Poll::Ready(step) = wire.poll_send(&membership.outbox, context) {
                return Poll::Ready(step);
            }
            // 2. What the page says, if it may say something.
            if allowance.left > 0
                && let Poll::Ready(heard) = wire.poll_hear(context)
            {
                return Poll::Ready(heard);
            }
            // 3. The clock.
            timer.as_mut().poll(context).map(|()| Step::Time)
        })
        .await;
        match step {
            Step::Heard(message) => {
                let now = Instant::now();
                patience.heard(now);
                match message {
                    Message::Text(text) => {
                        allowance.spend(now);
                        if allowance.left == 0 {
                            timer.as_mut().reset(allowance.next());
                        }
                        match ClientMessage::from_json(&text) {
                            Some(message) => {
                                if let Some(message) = comer.let_in(message, &membership.outbox) {
                                    membership.say(message).await;
                                }
                            }
                            None => membership.outbox.push(not_understood()),
                        }
                    }
                    Message::Binary(_) => membership.outbox.push(not_understood()),
                    // tungstenite answers pings and closes by itself.
                    Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => {}
                    Message::Close(_) => return None,
                }
            }
            Step::ListWanted => membership.ask_for_list().await,
            Step::Time => {
                let now = Instant::now();
                allowance.refill(now);
                match patience.judge(now) {
                    Verdict::Wait => {}
                    Verdict::Ask => wire.ask(),
                    Verdict::Gone => return Some(Close::Silent),
                }
                timer.as_mut().reset(patience.next());
            }
            Step::Close(why) => return Some(why),
            Step::Ended => return None,
        }
    }
}

fn not_understood() -> Frame {
    Frame::new(&ServerMessage::Error { code: ErrorCode::NotUnderstood })
}

enum Step {
    Heard(Message),
    ListWanted,
    Time,
    Close(Close),
    Ended,
}

/// A WebSocket whose outgoing frames are made elsewhere, once for many pages.
///
/// tungstenite reads, and writes its own pongs and closes; our frames go straight into the stream
/// below it, between its own: only when it has nothing half-written, and while something of ours is
/// half-written nothing is read, because reading may make it write.
struct Wire<S> {
    socket: WebSocketStream<S>,
    /// The rest of the frames that are being written.
    sending: Bytes,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Wire<S> {
    /// Writes all that waits in the outbox. Ready only when there is something else to do.
    fn poll_send(&mut self, outbox: &Outbox, context: &mut Context<'_>) -> Poll<Step> {
        match self.try_send(outbox, context) {
            Poll::Ready(Ok(step)) => Poll::Ready(step),
            Poll::Ready(Err(_)) => Poll::Ready(Step::Ended),
            Poll::Pending => Poll::Pending,
        }
    }

    fn try_send(&mut self, outbox: &Outbox, context: &mut Context<'_>) -> Poll<std::io::Result<Step>> {
        loop {
            while !self.sending.is_empty() {
                let written = match Pin::new(self.socket.get_mut()).poll_write(context, &self.sending) {
                    Poll::Ready(written) => written?,
                    Poll::Pending => return outbox.poll_stuck(context).map(|why| Ok(Step::Close(why))),
                };
                if written == 0 {
                    return Poll::Ready(Err(std::io::ErrorKind::WriteZero.into()));
                }
                self.sending.advance(written);
            }
            // Also writes what tungstenite or TLS have kept back.
            match Pin::new(&mut self.socket).poll_flush(context) {
                Poll::Ready(flushed) => flushed.map_err(std::io::Error::other)?,
                Poll::Pending => return outbox.poll_stuck(context).map(|why| Ok(Step::Close(why))),
            }
            match ready!(outbox.poll_next(context)) {
                Next::Send(frames) => self.sending = frames,
                Next::AskForList => return Poll::Ready(Ok(Step::ListWanted)),
                Next::Close(why) => return Poll::Ready(Ok(Step::Close(why))),
            }
        }
    }

    fn poll_hear(&mut self, context: &mut Context<'_>) -> Poll<Step> {
        if !self.sending.is_empty() {
            return Poll::Pending; // the write that is under way wakes us
        }
        Poll::Ready(match ready!(Pin::new(&mut self.socket).poll_next(context)) {
            Some(Ok(message)) => Step::Heard(message),
            Some(Err(Error::Capacity(_))) => Step::Close(Close::TooLarge),
            Some(Err(_)) | None => Step::Ended,
        })
    }

    /// Says why, and hears the page out: what it has sent and we have not read would turn our last word
    /// into a reset of the connection (RFC 9293, 3.10.4).
    async fn take_leave(&mut self, why: Option<Close>) -> std::io::Result<()> {
        if self.sending.is_empty() {
            let frame = why.map(|why| CloseFrame { code: why.code().into(), reason: "".into() });
            self.socket.close(frame).await.map_err(std::io::Error::other)?;
        }
        let stream = self.socket.get_mut();
        stream.shutdown().await?;
        let mut unheard = [0; 1024];
        while stream.read(&mut unheard).await? > 0 {}
        Ok(())
    }

    /// Asks the page whether it is there, if nothing else is on its way to it.
    fn ask(&mut self) {
        if self.sending.is_empty() {
            self.sending = Frame::ping().into_bytes();
        }
    }
}

/// How long a page may be silent.
struct Patience {
    /// When the page was last heard, or opened its connection.
    heard: Instant,
    /// It has said something at all.
    greeted: bool,
    /// It was asked whether it is there, since it was last heard.
    asked: bool,
}

enum Verdict {
    Wait,
    Ask,
    Gone,
}

impl Patience {
    fn new(now: Instant) -> Patience {
        Patience { heard: now, greeted: false, asked: false }
    }

    fn heard(&mut self, now: Instant) {
        *self = Patience { heard: now, greeted: true, asked: false };
    }

    /// When to judge next.
    fn next(&self) -> Instant {
        self.heard
            + match (self.greeted, self.asked) {
                (false, _) => HELLO,
                (true, false) => ASK,
                (true, true) => GONE,
            }
    }

    fn judge(&mut self, now: Instant) -> Verdict {
        if now < self.next() {
            Verdict::Wait
        } else if self.greeted && !self.asked {
            self.asked = true;
            Verdict::Ask
        } else {
            Verdict::Gone
        }
    }
}

/// How much a page may say: a token bucket.
struct Allowance {
    left: u32,
    /// Up to when the bucket has been refilled.
    filled: Instant,
}

impl Allowance {
    fn full(now: Instant) -> Allowance {
        Allowance { left: BURST, filled: now }
    }

    /// One message less.
    fn spend(&mut self, now: Instant) {
        self.refill(now);
        self.left = self.left.saturating_sub(1);
    }

    fn refill(&mut self, now: Instant) {
        let grains = (now - self.filled).as_millis() * u128::from(A_SECOND) / 1000;
        if grains >= u128::from(BURST - self.left) {
            *self = Allowance::full(now);
        } else if grains > 0 {
            self.left += grains as u32; // less than BURST
            self.filled += Duration::from_millis(grains as u64 * 1000 / u64::from(A_SECOND));
        }
    }

    /// When there is one more.
    fn next(&self) -> Instant {
        self.filled + Duration::from_millis(1000 / u64::from(A_SECOND))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_may_say_a_burst_and_then_so_many_a_second() {
        let start = Instant::now();
        let mut allowance = Allowance::full(start);
        for _ in 0..BURST {
            assert!(allowance.left > 0);
            allowance.spend(start);
        }
        assert_eq!(allowance.left, 0);
        assert_eq!(allowance.next(), start + Duration::from_millis(10));
        allowance.refill(start + Duration::from_millis(9));
        assert_eq!(allowance.left, 0, "not before its time");
        allowance.refill(start + Duration::from_millis(505));
        assert_eq!(allowance.left, 50);
        allowance.refill(start + Duration::from_secs(3600));
        assert_eq!(allowance.left, BURST, "and never more than a burst");
    }

    #[test]
    fn a_silent_page_is_asked_and_then_taken_for_gone() {
        let start = Instant::now();
        let mut patience = Patience::new(start);
        patience.heard(start);
        assert!(matches!(patience.judge(start + ASK / 2), Verdict::Wait));
        assert!(matches!(patience.judge(start + ASK), Verdict::Ask));
        assert!(matches!(patience.judge(start + GONE - ASK / 2), Verdict::Wait));
        patience.heard(start + GONE - ASK / 2);
        assert!(matches!(patience.judge(start + GONE), Verdict::Wait), "it has answered");
        assert!(matches!(patience.judge(start + GONE + ASK), Verdict::Ask));
        assert!(matches!(patience.judge(start + GONE + GONE), Verdict::Gone));
    }

    #[test]
    fn a_page_that_does_not_say_hello_is_gone_soon() {
        let start = Instant::now();
        let mut patience = Patience::new(start);
        assert!(matches!(patience.judge(start + HELLO / 2), Verdict::Wait));
        assert!(matches!(patience.judge(start + HELLO), Verdict::Gone));
    }
}
