//! A page's events by HTTP (server-sent events, HTML Living Standard, 9.2), and what it says by POST: for
//! browsers that load the page but open no WebSocket, as where a certificate was clicked through.
//!
//! `GET /events` streams: first `key`, then each message as a plain event, `ping` to be answered with an empty
//! POST, and `close` with a WebSocket close code. `POST /events` with the key in `x-connection` says one
//! message a line, in order.

use super::talk::{Comer, FAREWELL, Line, MESSAGE, Step, talk};
use super::{Body, PATIENCE, Site, Visit, router};
use crate::outbox::{Next, Outbox, payloads};
use crate::protocol::ClientMessage;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::{BufMut, Bytes, BytesMut};
use futures_channel::mpsc::{Receiver, Sender, channel};
use futures_util::Stream;
use http_body_util::{BodyExt, Limited};
use hyper::body::{Frame, Incoming};
use hyper::header::{self, HeaderValue};
use hyper::{Request, Response, StatusCode};
use std::collections::HashMap;
use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, ready};
use tokio::sync::mpsc;
use tokio::time::timeout;

/// What one POST may say, bytes: several messages that waited together.
const POST: usize = 4 * MESSAGE;
/// Messages that wait to be listened to; a POST with more takes longer.
const WAITING: usize = 16;
/// The header that names the stream. No other page can send it without asking first (Fetch, CORS preflight).
const KEY: &str = "x-connection";

/// The streams that are open, by their keys, and where what is posted for each goes.
#[derive(Default)]
pub(crate) struct Streams(Mutex<HashMap<Key, mpsc::Sender<String>>>);

/// Known to the one page only: 128 random bits.
type Key = [u8; 16];

/// The body of the answer to `GET /events`.
pub(super) struct Events {
    events: Receiver<Bytes>,
    /// However the answer ends, what is posted for it is heard no more, and its talk ends.
    _open: Open,
}

/// A stream's place in [`Streams`]; given back by its drop.
struct Open {
    site: Arc<Site>,
    key: Key,
}

/// Opens a stream. `None`: the box is stopping.
pub(super) async fn open(site: Arc<Site>, visit: Visit) -> Option<Response<Events>> {
    let membership = site.hub.open(visit.from, visit.to).await?;
    let mut key = Key::default();
    aws_lc_rs::rand::fill(&mut key).expect("the kernel gives randomness");
    let comer = Comer { gate: site.gate.clone(), from: visit.from };
    let (say, said) = mpsc::channel(WAITING);
    site.streams.lock().insert(key, say);
    let (sender, events) = channel(0);
    let first = named("key", &URL_SAFE_NO_PAD.encode(key));
    tokio::spawn(async move {
        let mut line = Posts { said, events: sender, next: Some(first) };
        if let Some(why) = talk(&mut line, membership, &comer).await {
            let last = named("close", &why.code().to_string());
            // A page that is gone already need not hear it.
            if let Ok(Ok(())) = timeout(FAREWELL, poll_fn(|context| line.events.poll_ready(context))).await {
                let _ = line.events.start_send(last);
            }
        }
    });
    let mut answer = Response::new(Events { events, _open: Open { site, key } });
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert("x-accel-buffering", HeaderValue::from_static("no")); // a proxy before a hosted box passes on at once
    Some(answer)
}

/// Hears what a page posts for its stream. The answer comes when all of it has been taken.
pub(super) async fn say(site: &Site, request: Request<Incoming>) -> Response<Body> {
    let gone = || router::text(StatusCode::NOT_FOUND, "That stream is not open.\n");
    let named = request.headers().get(KEY).and_then(|key| URL_SAFE_NO_PAD.decode(key).ok());
    let key = named.and_then(|key| Key::try_from(key).ok());
    let Some(say) = key.and_then(|key| site.streams.lock().get(&key).cloned()) else { return gone() };
    let body = timeout(PATIENCE, Limited::new(request.into_body(), POST).collect()).await;
    let Ok(Ok(body)) = body else {
        return router::text(StatusCode::PAYLOAD_TOO_LARGE, "Too much, or too slowly.\n");
    };
    let Ok(text) = String::from_utf8(body.to_bytes().into()) else {
        return router::text(StatusCode::BAD_REQUEST, "Text in UTF-8, please.\n");
    };
    if text.lines().any(|line| line.len() > MESSAGE) {
        return router::text(StatusCode::PAYLOAD_TOO_LARGE, "A message has at most 64 KiB.\n");
    }
    // Nothing at all shows that the page is there.
    let lines = if text.is_empty() { vec![""] } else { text.lines().collect() };
    for line in lines {
        if say.send(line.to_owned()).await.is_err() {
            return gone();
        }
    }
    let mut answer = Response::new(Body::default());
    *answer.status_mut() = StatusCode::NO_CONTENT;
    answer
}

impl Streams {
    fn lock(&self) -> MutexGuard<'_, HashMap<Key, mpsc::Sender<String>>> {
        self.0.lock().expect("nothing panics while it holds the streams")
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.site.streams.lock().remove(&self.key);
    }
}

impl hyper::body::Body for Events {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Pin::new(&mut self.events).poll_next(context).map(|bytes| bytes.map(|bytes| Ok(Frame::data(bytes))))
    }
}

/// Events down, posts up.
struct Posts {
    /// Ends with the answer whose body the events are.
    said: mpsc::Receiver<String>,
    events: Sender<Bytes>,
    /// Goes out before what waits in the outbox.
    next: Option<Bytes>,
}

impl Line for Posts {
    fn poll_send(&mut self, outbox: &Outbox, context: &mut Context<'_>) -> Poll<Step> {
        loop {
            let bytes = match self.events.poll_ready(context) {
                Poll::Pending => return outbox.poll_stuck(context).map(Step::Close),
                Poll::Ready(Err(_)) => return Poll::Ready(Step::Ended),
                Poll::Ready(Ok(())) => match self.next.take() {
                    Some(bytes) => bytes,
                    None => match ready!(outbox.poll_next(context)) {
                        Next::Send(frames) => as_events(&frames),
                        Next::AskForList => return Poll::Ready(Step::ListWanted),
                        Next::Close(why) => return Poll::Ready(Step::Close(why)),
                    },
                },
            };
            if self.events.start_send(bytes).is_err() {
                return Poll::Ready(Step::Ended);
            }
        }
    }

    fn poll_hear(&mut self, context: &mut Context<'_>) -> Poll<Step> {
        self.said.poll_recv(context).map(|said| match said {
            Some(text) if text.is_empty() => Step::Alive,
            Some(text) => Step::Said(ClientMessage::from_json(&text)),
            None => Step::Ended,
        })
    }

    fn ask(&mut self) {
        self.next = Some(named("ping", ""));
    }
}

/// An event with a name.
fn named(name: &str, data: &str) -> Bytes {
    Bytes::from(format!("event: {name}\ndata: {data}\n\n"))
}

/// Each message as an event. There is no line break in them: JSON writes it as `\n`.
fn as_events(frames: &Bytes) -> Bytes {
    const AROUND: (&[u8], &[u8]) = (b"data: ", b"\n\n");
    let mut events = BytesMut::with_capacity(frames.len() + 16);
    for payload in payloads(frames) {
        events.put_slice(AROUND.0);
        events.put_slice(payload);
        events.put_slice(AROUND.1);
    }
    events.freeze()
}
