//! What strangers say over HTTP, for `fuzz/`: requests as hyper reads them, and the bodies of POSTs.

use super::assets::Assets;
use super::events::inbox::Inbox;
use super::events::post::read_lines;
use super::listener::MAX_HEAD;
use super::password::Password;
use super::request::Host;
use super::router::page_policy;
use bytes::Bytes;
use futures_util::FutureExt;
use http_body_util::{Empty, StreamBody};
use hyper::HeaderMap;
use hyper::body::{Frame, Incoming};
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use std::cell::Cell;
use std::convert::Infallible;
use std::io;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::{Arc, LazyLock};
use std::task::{Context, Poll, Waker};

/// The page as a box that has been running for long has it: unpacked for whoever takes nothing compressed.
static ASSETS: LazyLock<Assets> = LazyLock::new(|| {
    let assets = Assets::embedded();
    let Assets::Embedded(files) = &assets else { unreachable!("it is embedded") };
    for path in files.keys() {
        assets.find(path, &HeaderMap::new()).now_or_never().expect("what is embedded is there at once");
    }
    assets
});

/// One connection from its first byte to its last.
struct Script<'a> {
    input: &'a [u8],
    sent: Rc<Cell<usize>>,
}

/// Reads everything as one connection to the HTTPS port, after TLS; everything that the box reads of a head
/// is read. Returns how many requests there were, and the bytes of the answers, which have no bodies.
///
/// # Panics
///
/// The box would.
pub fn requests(input: &[u8]) -> (usize, usize) {
    let (sent, count) = (Rc::<Cell<usize>>::default(), Rc::<Cell<usize>>::default());
    let assets = &*ASSETS;
    let password = Rc::new(Password::new("fuzz"));
    let service = service_fn(|request: Request<Incoming>| {
        count.set(count.get() + 1);
        let password = password.clone();
        async move {
            if let Some(host) = Host::of(&request) {
                let _ = host.is_same_origin(request.headers());
                let _ = page_policy(&host);
            }
            let _ = password.matches(request.headers());
            let _ = assets.find(request.uri().path(), request.headers()).await;
            Ok::<_, Infallible>(Response::new(Empty::<Bytes>::new()))
        }
    });
    let script = Script { input, sent: sent.clone() };
    let connection = http1::Builder::new().max_buf_size(MAX_HEAD).serve_connection(script, service);
    let mut connection = pin!(connection);
    let mut context = Context::from_waker(Waker::noop());
    // hyper yields to other tasks.
    let ended = (0..=64 + input.len()).any(|_| connection.as_mut().poll(&mut context).is_ready());
    assert!(ended, "all there is to read has come");
    (count.get(), sent.get())
}

/// What a page posts, in the pieces in which it comes: the lines that are heard.
///
/// # Panics
///
/// The box would.
pub fn posted(pieces: &[&[u8]]) -> Vec<String> {
    let frames = pieces.iter().map(|piece| Ok::<_, Infallible>(Frame::data(Bytes::copy_from_slice(piece))));
    let body = StreamBody::new(futures_util::stream::iter(frames));
    let inbox = Arc::<Inbox>::default();
    let guard = inbox.post().expect("nobody else posts");
    let mut pushing = pin!(read_lines(body, &guard));
    let mut context = Context::from_waker(Waker::noop());
    let mut heard = Vec::new();
    loop {
        let ended = pushing.as_mut().poll(&mut context).is_ready();
        while let Poll::Ready(Some(line)) = inbox.poll_line(&mut context) {
            heard.push(line);
            if !ended {
                break;
            }
        }
        if ended {
            return heard;
        }
    }
}

impl Read for Script<'_> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        mut into: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let (now, later) = self.input.split_at(self.input.len().min(into.remaining()));
        into.put_slice(now);
        self.input = later;
        Poll::Ready(Ok(()))
    }
}

impl Write for Script<'_> {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.sent.set(self.sent.get() + bytes.len());
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
