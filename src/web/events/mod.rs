//! Server-sent events to a page (HTML Living Standard, 9.2), and its messages by POST: for browsers that load
//! the page but open no WebSocket, as where a certificate was clicked through.
//!
//! `GET /events` streams: first `key`, then each message as a plain event, `ping` to be answered with an
//! empty POST, and `close` with a WebSocket close code. `POST /events` with the key in `x-connection` carries
//! one message a line, in order.

pub(super) mod inbox;
pub(super) mod post;
pub(super) mod streams;

use self::inbox::{Inbox, PostError};
use self::post::{POST_TIMEOUT, PostRejection, read_lines};
use self::streams::StreamGuard;
use super::rate_limiter::{BYTES_PER_TOKEN, RateLimiter};
use super::response::{self, Body};
use super::session::{self, Action, CLOSE_TIMEOUT, ClientContext, Transport};
use super::state::{AppState, PeerAddrs, RequestPermit};
use crate::outbox::{Next, Outbox, payloads};
use crate::protocol::ClientMessage;
use crate::space_name::SpaceName;
use bytes::{BufMut, Bytes, BytesMut};
use futures_channel::mpsc::{Receiver, Sender, channel};
use futures_util::Stream;
use hyper::body::{Frame, Incoming};
use hyper::header::{self, HeaderValue};
use hyper::{Request, Response, StatusCode};
use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use tokio::time::{Instant, timeout};

/// The header that names the stream. A page of another origin cannot send it without asking first (Fetch,
/// CORS preflight).
const CONNECTION_HEADER: &str = "x-connection";

/// The body of the answer to `GET /events`.
pub(super) struct EventStreamBody {
    events: Receiver<Bytes>,
    /// However the answer ends, nothing more is posted for it, and its session ends.
    _guard: StreamGuard,
    _permit: RequestPermit,
}

/// Opens a stream. `None`: the box is stopping.
pub(super) async fn open(
    state: &Arc<AppState>,
    space: Option<SpaceName>,
    addrs: PeerAddrs,
    permit: RequestPermit,
) -> Option<Response<EventStreamBody>> {
    let client = ClientContext::new(state.clone(), space.clone(), addrs.remote);
    let membership = state.hub.open(space, addrs.remote, addrs.local).await?;
    let (guard, inbox) = state.streams.open();
    let (sender, events) = channel(0);
    let first = event("key", &guard.key());
    tokio::spawn(async move {
        let mut transport = EventStreamTransport { inbox, events: sender, next: Some(first) };
        if let Some(why) = session::run(&mut transport, membership, &client).await {
            // A page that is gone already need not hear it.
            let ready = timeout(CLOSE_TIMEOUT, poll_fn(|context| transport.events.poll_ready(context)));
            if let Ok(Ok(())) = ready.await {
                let _ = transport.events.start_send(event("close", &why.code().to_string()));
            }
        }
    });
    let mut answer = Response::new(EventStreamBody { events, _guard: guard, _permit: permit });
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert("x-accel-buffering", HeaderValue::from_static("no")); // a proxy before a hosted box passes on at once
    Some(answer)
}

/// Receives what a page posts for its stream. The answer comes when all of it has been taken.
pub(super) async fn post(state: &AppState, request: Request<Incoming>) -> Response<Body> {
    let key = request.headers().get(CONNECTION_HEADER).map(HeaderValue::as_bytes);
    let inbox = key.and_then(|key| state.streams.inbox(key)).ok_or(PostError::Closed);
    let posted = match inbox.and_then(|inbox| inbox.post()) {
        Ok(guard) => timeout(POST_TIMEOUT, read_lines(request.into_body(), &guard)).await,
        Err(why) => Ok(Err(PostRejection::Inbox(why))),
    };
    let (status, why) = match posted {
        Ok(Ok(())) => {
            let mut answer = Response::new(Body::default());
            *answer.status_mut() = StatusCode::NO_CONTENT;
            return answer;
        }
        Err(_) => (StatusCode::REQUEST_TIMEOUT, "The body took too long.\n"),
        Ok(Err(PostRejection::Broken)) => (StatusCode::BAD_REQUEST, "The body is incomplete.\n"),
        Ok(Err(PostRejection::NotUtf8)) => (StatusCode::BAD_REQUEST, "The body must be UTF-8.\n"),
        Ok(Err(PostRejection::TooLarge)) => {
            (StatusCode::PAYLOAD_TOO_LARGE, "At most 300 messages of 64 KiB each, 256 KiB together.\n")
        }
        Ok(Err(PostRejection::Inbox(PostError::Busy))) => {
            (StatusCode::CONFLICT, "Another POST for this stream is under way.\n")
        }
        Ok(Err(PostRejection::Inbox(PostError::Closed))) => {
            (StatusCode::NOT_FOUND, "This stream is not open.\n")
        }
    };
    response::text(status, why)
}

impl hyper::body::Body for EventStreamBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Pin::new(&mut self.events).poll_next(context).map(|bytes| bytes.map(|bytes| Ok(Frame::data(bytes))))
    }
}

/// Events down, POSTs up.
struct EventStreamTransport {
    /// Ends with the answer whose body the events are.
    inbox: Arc<Inbox>,
    events: Sender<Bytes>,
    /// Goes out before what waits in the outbox.
    next: Option<Bytes>,
}

impl Transport for EventStreamTransport {
    fn poll_send(&mut self, outbox: &Outbox, context: &mut Context<'_>) -> Poll<Action> {
        loop {
            let bytes = match self.events.poll_ready(context) {
                Poll::Pending => return outbox.poll_stalled(context).map(Action::Close),
                Poll::Ready(Err(_)) => return Poll::Ready(Action::Ended),
                Poll::Ready(Ok(())) => match self.next.take() {
                    Some(bytes) => bytes,
                    None => match ready!(outbox.poll_next(context)) {
                        Next::Send(frames) => encode_events(&frames),
                        Next::RequestPeople => return Poll::Ready(Action::RequestList),
                        Next::Close(why) => return Poll::Ready(Action::Close(why)),
                    },
                },
            };
            if self.events.start_send(bytes).is_err() {
                return Poll::Ready(Action::Ended);
            }
        }
    }

    fn poll_receive(&mut self, limiter: &mut RateLimiter, context: &mut Context<'_>) -> Poll<Action> {
        self.inbox.poll_line(context).map(|said| {
            let Some(text) = said else { return Action::Ended };
            limiter.spend(1 + (text.len() / BYTES_PER_TOKEN) as u32, Instant::now());
            if text.is_empty() { Action::Alive } else { Action::Message(ClientMessage::from_json(&text)) }
        })
    }

    fn ping(&mut self) {
        self.next = Some(event("ping", ""));
    }
}

impl Drop for EventStreamTransport {
    fn drop(&mut self) {
        self.inbox.close();
    }
}

/// An event with a name.
fn event(name: &str, data: &str) -> Bytes {
    Bytes::from(format!("event: {name}\ndata: {data}\n\n"))
}

/// Each message as an event. There is no line break in them: JSON writes it as `\n`.
fn encode_events(frames: &Bytes) -> Bytes {
    const AROUND: (&[u8], &[u8]) = (b"data: ", b"\n\n");
    let mut events = BytesMut::with_capacity(frames.len() + 16);
    for payload in payloads(frames) {
        events.put_slice(AROUND.0);
        events.put_slice(payload);
        events.put_slice(AROUND.1);
    }
    events.freeze()
}
