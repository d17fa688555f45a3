//! A page's events by HTTP (server-sent events, HTML Living Standard, 9.2), and what it says by POST: for
//! browsers that load the page but open no WebSocket, as where a certificate was clicked through.
//!
//! `GET /events` streams: first `key`, then each message as a plain event, `ping` to be answered with an empty
//! POST, and `close` with a WebSocket close code. `POST /events` with the key in `x-connection` says one
//! message a line, in order.

pub(super) mod inbox;
pub(super) mod post;

use self::inbox::{Inbox, PostError};
use self::post::{POST_TIMEOUT, PostRejection, read_lines};
use super::rate_limiter::{BYTES_PER_TOKEN, RateLimiter};
use super::session::{self, Action, CLOSE_TIMEOUT, ClientContext, Transport};
use super::{Body, PeerAddrs, Site, router};
use crate::outbox::{Next, Outbox, payloads};
use crate::protocol::ClientMessage;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::{BufMut, Bytes, BytesMut};
use futures_channel::mpsc::{Receiver, Sender, channel};
use futures_util::Stream;
use hyper::body::{Frame, Incoming};
use hyper::header::{self, HeaderValue};
use hyper::{Request, Response, StatusCode};
use std::collections::HashMap;
use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, ready};
use tokio::time::timeout;

/// The header that names the stream. No other page can send it without asking first (Fetch, CORS preflight).
const CONNECTION_HEADER: &str = "x-connection";

/// The streams that are open, by their keys, and where what is posted for each goes.
#[derive(Default)]
pub(crate) struct EventStreams(Mutex<HashMap<StreamKey, Arc<Inbox>>>);

/// Known to the one page only: 128 random bits.
type StreamKey = [u8; 16];

/// The body of the answer to `GET /events`.
pub(super) struct EventStreamBody {
    events: Receiver<Bytes>,
    /// However the answer ends, what is posted for it is heard no more, and its talk ends.
    _guard: StreamGuard,
}

/// A stream's place in [`EventStreams`]; given back by its drop.
struct StreamGuard {
    site: Arc<Site>,
    key: StreamKey,
}

/// Opens a stream. `None`: the box is stopping.
pub(super) async fn open(site: Arc<Site>, addrs: PeerAddrs) -> Option<Response<EventStreamBody>> {
    let membership = site.hub.open(addrs.remote, addrs.local).await?;
    let mut key = StreamKey::default();
    aws_lc_rs::rand::fill(&mut key).expect("the kernel gives randomness");
    let client = ClientContext { pin_auth: site.pin_auth.clone(), address: addrs.remote };
    let inbox = Arc::<Inbox>::default();
    site.streams.lock().insert(key, inbox.clone());
    let (sender, events) = channel(0);
    let first = event("key", &URL_SAFE_NO_PAD.encode(key));
    tokio::spawn(async move {
        let mut transport = EventStreamTransport { inbox, events: sender, next: Some(first) };
        if let Some(why) = session::run(&mut transport, membership, &client).await {
            let last = event("close", &why.code().to_string());
            // A page that is gone already need not hear it.
            if let Ok(Ok(())) =
                timeout(CLOSE_TIMEOUT, poll_fn(|context| transport.events.poll_ready(context))).await
            {
                let _ = transport.events.start_send(last);
            }
        }
    });
    let mut answer = Response::new(EventStreamBody { events, _guard: StreamGuard { site, key } });
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert("x-accel-buffering", HeaderValue::from_static("no")); // a proxy before a hosted box passes on at once
    Some(answer)
}

/// Hears what a page posts for its stream. The answer comes when all of it has been taken.
pub(super) async fn say(site: &Site, request: Request<Incoming>) -> Response<Body> {
    let named = request.headers().get(CONNECTION_HEADER).and_then(|key| URL_SAFE_NO_PAD.decode(key).ok());
    let key = named.and_then(|key| StreamKey::try_from(key).ok());
    let inbox = key.and_then(|key| site.streams.lock().get(&key).cloned());
    let said = match inbox.ok_or(PostError::Closed).and_then(|inbox| inbox.post()) {
        Ok(posting) => timeout(POST_TIMEOUT, read_lines(request.into_body(), &posting)).await,
        Err(unread) => Ok(Err(PostRejection::Inbox(unread))),
    };
    let (status, why) = match said {
        Ok(Ok(())) => {
            let mut answer = Response::new(Body::default());
            *answer.status_mut() = StatusCode::NO_CONTENT;
            return answer;
        }
        Err(_) => (StatusCode::REQUEST_TIMEOUT, "Too slowly.\n"),
        Ok(Err(PostRejection::Broken)) => (StatusCode::BAD_REQUEST, "The body is not whole.\n"),
        Ok(Err(PostRejection::NotUtf8)) => (StatusCode::BAD_REQUEST, "Text in UTF-8, please.\n"),
        Ok(Err(PostRejection::TooLarge)) => {
            (StatusCode::PAYLOAD_TOO_LARGE, "At most 300 messages of 64 KiB each, 256 KiB together.\n")
        }
        Ok(Err(PostRejection::Inbox(PostError::Busy))) => {
            (StatusCode::CONFLICT, "One POST after the other, please.\n")
        }
        Ok(Err(PostRejection::Inbox(PostError::Closed))) => {
            (StatusCode::NOT_FOUND, "That stream is not open.\n")
        }
    };
    router::text(status, why)
}

impl EventStreams {
    fn lock(&self) -> MutexGuard<'_, HashMap<StreamKey, Arc<Inbox>>> {
        self.0.lock().expect("nothing panics while it holds the streams")
    }
}

impl Drop for StreamGuard {
    fn drop(&mut self) {
        if let Some(inbox) = self.site.streams.lock().remove(&self.key) {
            inbox.close();
        }
    }
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
                Poll::Pending => return outbox.poll_stuck(context).map(Action::Close),
                Poll::Ready(Err(_)) => return Poll::Ready(Action::Ended),
                Poll::Ready(Ok(())) => match self.next.take() {
                    Some(bytes) => bytes,
                    None => match ready!(outbox.poll_next(context)) {
                        Next::Send(frames) => encode_events(&frames),
                        Next::AskForList => return Poll::Ready(Action::RequestList),
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
            limiter.spend(1 + (text.len() / BYTES_PER_TOKEN) as u32);
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
