//! A page's events by HTTP (server-sent events, HTML Living Standard, 9.2), and what it says by POST: for
//! browsers that load the page but open no WebSocket, as where a certificate was clicked through.
//!
//! `GET /events` streams: first `key`, then each message as a plain event, `ping` to be answered with an empty
//! POST, and `close` with a WebSocket close code. `POST /events` with the key in `x-connection` says one
//! message a line, in order.

pub(super) mod inbox;
pub(super) mod post;

use self::inbox::{Inbox, Unheard};
use self::post::{POST_TIME, Refusal, say_all};
use super::allowance::{Allowance, BYTES};
use super::talk::{Comer, FAREWELL, Line, Step, talk};
use super::{Body, Site, Visit, router};
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
const KEY: &str = "x-connection";

/// The streams that are open, by their keys, and where what is posted for each goes.
#[derive(Default)]
pub(crate) struct Streams(Mutex<HashMap<Key, Arc<Inbox>>>);

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
    let said = Arc::<Inbox>::default();
    site.streams.lock().insert(key, said.clone());
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
    let named = request.headers().get(KEY).and_then(|key| URL_SAFE_NO_PAD.decode(key).ok());
    let key = named.and_then(|key| Key::try_from(key).ok());
    let inbox = key.and_then(|key| site.streams.lock().get(&key).cloned());
    let said = match inbox.ok_or(Unheard::Closed).and_then(|inbox| inbox.post()) {
        Ok(posting) => timeout(POST_TIME, say_all(request.into_body(), &posting)).await,
        Err(unheard) => Ok(Err(Refusal::Unheard(unheard))),
    };
    let (status, why) = match said {
        Ok(Ok(())) => {
            let mut answer = Response::new(Body::default());
            *answer.status_mut() = StatusCode::NO_CONTENT;
            return answer;
        }
        Err(_) => (StatusCode::REQUEST_TIMEOUT, "Too slowly.\n"),
        Ok(Err(Refusal::Broken)) => (StatusCode::BAD_REQUEST, "The body is not whole.\n"),
        Ok(Err(Refusal::NotUtf8)) => (StatusCode::BAD_REQUEST, "Text in UTF-8, please.\n"),
        Ok(Err(Refusal::TooMuch)) => {
            (StatusCode::PAYLOAD_TOO_LARGE, "At most 300 messages of 64 KiB each, 256 KiB together.\n")
        }
        Ok(Err(Refusal::Unheard(Unheard::Busy))) => {
            (StatusCode::CONFLICT, "One POST after the other, please.\n")
        }
        Ok(Err(Refusal::Unheard(Unheard::Closed))) => (StatusCode::NOT_FOUND, "That stream is not open.\n"),
    };
    router::text(status, why)
}

impl Streams {
    fn lock(&self) -> MutexGuard<'_, HashMap<Key, Arc<Inbox>>> {
        self.0.lock().expect("nothing panics while it holds the streams")
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        if let Some(inbox) = self.site.streams.lock().remove(&self.key) {
            inbox.close();
        }
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
    said: Arc<Inbox>,
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

    fn poll_hear(&mut self, allowance: &mut Allowance, context: &mut Context<'_>) -> Poll<Step> {
        self.said.poll_line(context).map(|said| {
            let Some(text) = said else { return Step::Ended };
            allowance.spend(1 + (text.len() / BYTES) as u32);
            if text.is_empty() { Step::Alive } else { Step::Said(ClientMessage::from_json(&text)) }
        })
    }

    fn ask(&mut self) {
        self.next = Some(named("ping", ""));
    }
}

impl Drop for Posts {
    fn drop(&mut self) {
        self.said.close();
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
