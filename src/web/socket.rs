//! One page's WebSocket (RFC 6455): frames in to the hub, frames out of its outbox.

use super::metered::{MeteredStream, READ_BUFFER};
use super::rate_limiter::RateLimiter;
use super::request::{Host, lists};
use super::response::{self, Body};
use super::session::{self, Action, CLOSE_TIMEOUT, ClientContext, MAX_MESSAGE, Transport};
use super::state::{AppState, PeerAddrs, RequestPermit};
use crate::outbox::{Close, Frame, Next, Outbox};
use crate::protocol::{ClientMessage, SUBPROTOCOL};
use crate::space_name::SpaceName;
use bytes::{Buf, Bytes};
use futures_util::{Sink, Stream};
use hyper::body::Incoming;
use hyper::header::{self, HeaderValue};
use hyper::upgrade::OnUpgrade;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};
use tokio_rustls::server::TlsStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::server::create_response_with_body;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message};

/// What is read of a page after the closing handshake, bytes: more than the kernel holds for it at once
/// (SECURITY.md).
const MAX_UNREAD: usize = 1024 * 1024;

/// RFC 6455, 4.2: the opening handshake; then the socket has a task and the connection's permit of its own.
pub(super) fn upgrade(
    state: &Arc<AppState>,
    addrs: PeerAddrs,
    permit: RequestPermit,
    host: &Host,
    space: Option<SpaceName>,
    mut request: Request<Incoming>,
) -> Response<Body> {
    let Ok(mut answer) = create_response_with_body(&request, Body::default) else {
        let mut answer = response::text(StatusCode::UPGRADE_REQUIRED, "WebSocket upgrade required.\n");
        answer.headers_mut().insert(header::UPGRADE, HeaderValue::from_static("websocket"));
        answer.headers_mut().insert(header::SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
        return answer;
    };
    if !host.is_same_origin(request.headers()) {
        return response::cross_origin();
    }
    if !lists(request.headers(), header::SEC_WEBSOCKET_PROTOCOL, SUBPROTOCOL) {
        return response::text(StatusCode::BAD_REQUEST, "The subprotocol must be wizyjno.v1.\n");
    }
    answer.headers_mut().insert(header::SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(SUBPROTOCOL));
    let upgrade = hyper::upgrade::on(&mut request);
    let client = ClientContext::new(state.clone(), space, addrs.remote);
    // Each kind of stream has a task of its own, which keeps room for no other: a proxy ends TLS.
    match state.behind_proxy {
        true => drop(tokio::spawn(run::<TcpStream>(client, addrs, permit, upgrade))),
        false => drop(tokio::spawn(run::<TlsStream<TcpStream>>(client, addrs, permit, upgrade))),
    }
    answer
}

/// Runs the session until either side closes.
async fn run<S>(client: ClientContext, addrs: PeerAddrs, _permit: RequestPermit, upgrade: OnUpgrade)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let Ok(upgraded) = upgrade.await else { return };
    // A task keeps room for all that it ever waits for: what is soon over is boxed, the rest lent.
    let opening = {
        // The stream itself: without hyper's wrapping an idle page costs less.
        let parts = upgraded.downcast::<TokioIo<S>>().expect("hyper gives back what it was given");
        Box::pin(WebSocketTransport::new(parts.io.into_inner(), parts.read_buf))
    };
    let mut transport = opening.await;
    let opened = client.state.hub.open(client.space.clone(), addrs.remote, addrs.local).await;
    let Some(membership) = opened else { return };
    let why = session::run(&mut transport, membership, &client).await;
    // A page that is gone already need not hear it.
    let _ = timeout(CLOSE_TIMEOUT, Box::pin(transport.close(why))).await;
}

/// A WebSocket whose outgoing frames are made elsewhere, once for many pages.
///
/// tungstenite reads, and writes its pongs and closes; frames of the outbox go straight into the stream
/// below it, between its own: only when it has nothing half-written, and while one of the outbox is
/// half-written nothing is read, because reading may make it write.
struct WebSocketTransport<S> {
    socket: WebSocketStream<MeteredStream<S>>,
    /// The rest of the frames that are being written.
    sending: Bytes,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Transport for WebSocketTransport<S> {
    fn poll_send(&mut self, outbox: &Outbox, context: &mut Context<'_>) -> Poll<Action> {
        match self.try_send(outbox, context) {
            Poll::Ready(Ok(action)) => Poll::Ready(action),
            Poll::Ready(Err(_)) => Poll::Ready(Action::Ended),
            Poll::Pending => Poll::Pending,
        }
    }

    fn poll_receive(&mut self, limiter: &mut RateLimiter, context: &mut Context<'_>) -> Poll<Action> {
        if !self.sending.is_empty() {
            return Poll::Pending; // the write that is under way wakes us
        }
        self.socket.get_mut().set_budget(limiter.left());
        let heard = Pin::new(&mut self.socket).poll_next(context);
        let cost = self.socket.get_mut().take_cost();
        if cost > 0 {
            limiter.spend(cost, Instant::now());
        }
        Poll::Ready(match ready!(heard) {
            Some(Ok(Message::Text(text))) => Action::Message(ClientMessage::from_json(&text)),
            Some(Ok(Message::Binary(_))) => Action::Message(None),
            // tungstenite answers pings and closes by itself.
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => Action::Alive,
            Some(Err(Error::Capacity(_))) => Action::Close(Close::TooLarge),
            Some(Ok(Message::Close(_)) | Err(_)) | None => Action::Ended,
        })
    }

    fn ping(&mut self) {
        if self.sending.is_empty() {
            self.sending = Frame::ping().into_bytes();
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> WebSocketTransport<S> {
    /// `leftover` is what had been read past the handshake.
    async fn new(stream: S, leftover: Bytes) -> WebSocketTransport<S> {
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER)
            .write_buffer_size(0)
            .max_message_size(Some(MAX_MESSAGE))
            .max_frame_size(Some(MAX_MESSAGE));
        let stream = MeteredStream::new(stream, leftover);
        let socket = WebSocketStream::from_raw_socket(stream, Role::Server, Some(config));
        WebSocketTransport { socket: socket.await, sending: Bytes::new() }
    }

    fn try_send(&mut self, outbox: &Outbox, context: &mut Context<'_>) -> Poll<std::io::Result<Action>> {
        loop {
            while !self.sending.is_empty() {
                let written = match Pin::new(self.socket.get_mut()).poll_write(context, &self.sending) {
                    Poll::Ready(written) => written?,
                    Poll::Pending => return outbox.poll_stalled(context).map(|why| Ok(Action::Close(why))),
                };
                if written == 0 {
                    return Poll::Ready(Err(std::io::ErrorKind::WriteZero.into()));
                }
                self.sending.advance(written);
            }
            // Also writes what tungstenite or TLS have kept back.
            match Pin::new(&mut self.socket).poll_flush(context) {
                Poll::Ready(flushed) => flushed.map_err(std::io::Error::other)?,
                Poll::Pending => return outbox.poll_stalled(context).map(|why| Ok(Action::Close(why))),
            }
            match ready!(outbox.poll_next(context)) {
                Next::Send(frames) => self.sending = frames,
                Next::RequestPeople => return Poll::Ready(Ok(Action::RequestList)),
                Next::Close(why) => return Poll::Ready(Ok(Action::Close(why))),
            }
        }
    }

    /// Closes the socket, and reads what the page has sent until then: unread, it would turn the close frame
    /// into a reset of the connection (RFC 9293, 3.10.4).
    async fn close(&mut self, why: Option<Close>) -> std::io::Result<()> {
        if self.sending.is_empty() {
            let frame = why.map(|why| CloseFrame { code: why.code().into(), reason: "".into() });
            self.socket.close(frame).await.map_err(std::io::Error::other)?;
        }
        let stream = self.socket.get_mut();
        stream.shutdown().await?;
        stream.set_budget(u32::MAX);
        let mut unread = [0; READ_BUFFER];
        for _ in 0..MAX_UNREAD / READ_BUFFER {
            if stream.read(&mut unread).await? == 0 {
                break;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::rate_limiter::{BURST, MESSAGES_PER_SECOND};
    use std::io;
    use std::time::Duration;
    use tokio::io::ReadBuf;

    #[test]
    fn the_task_of_a_page_is_small() {
        fn future_size<A, B, C, D, F>(_: fn(A, B, C, D) -> F) -> usize {
            size_of::<F>()
        }
        let bytes = future_size(run::<TlsStream<TcpStream>>);
        assert!(bytes <= 3 * 1024, "every open page keeps {bytes} bytes for it");
    }

    /// Sends the same frame as often as it is read, and takes all that is written.
    struct Flood {
        frame: &'static [u8],
        /// Where in the frame the next byte is.
        at: usize,
        frames: u32,
    }

    impl AsyncRead for Flood {
        fn poll_read(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            buf: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            while buf.remaining() > 0 {
                buf.put_slice(&self.frame[self.at..=self.at]);
                self.at = (self.at + 1) % self.frame.len();
                self.frames += u32::from(self.at == 0);
            }
            Poll::Ready(Ok(()))
        }
    }

    impl AsyncWrite for Flood {
        fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
            Poll::Ready(Ok(bytes.len()))
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    /// The beginning of a text message that is not over; it may as well be read past the handshake.
    const BEGINNING: &[u8] = &[0x01, 0x80, 0, 0, 0, 0];

    /// Listens for so many seconds to a page that sends that frame all the time; how many were read.
    async fn frames_received(frame: &'static [u8], leftover: &'static [u8], seconds: u64) -> u32 {
        let flood = Flood { frame, at: 0, frames: 0 };
        let mut transport = WebSocketTransport::new(flood, Bytes::from_static(leftover)).await;
        let start = Instant::now();
        let mut limiter = RateLimiter::full(start);
        let mut context = Context::from_waker(std::task::Waker::noop());
        for millisecond in 0..seconds * 1000 {
            limiter.refill(start + Duration::from_millis(millisecond));
            while limiter.left() > 0 {
                match transport.poll_receive(&mut limiter, &mut context) {
                    Poll::Ready(Action::Alive) | Poll::Pending => {}
                    Poll::Ready(_) => panic!("it only shows that it is there"),
                }
            }
        }
        transport.socket.get_ref().get_ref().frames
    }

    #[tokio::test]
    async fn fragments_and_control_frames_cost_as_much_as_messages() {
        let seconds = 20;
        let most = (BURST + MESSAGES_PER_SECOND * seconds as i32) as u32 + READ_BUFFER as u32 / 6;
        let fragment = frames_received(&[0x00, 0x80, 0, 0, 0, 0], BEGINNING, seconds).await;
        let ping = frames_received(&[0x89, 0x80, 0, 0, 0, 0], &[], seconds).await;
        let pong = frames_received(&[0x8a, 0x81, 0, 0, 0, 0, 7], &[], seconds).await;
        for (what, frames) in [("fragments", fragment), ("pings", ping), ("pongs", pong)] {
            assert!((2000..=most).contains(&frames), "{frames} {what} in {seconds} s, at most {most}");
        }
    }
}
