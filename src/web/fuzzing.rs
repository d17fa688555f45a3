//! What strangers say over HTTP, for `fuzz/`: requests as hyper reads them, the bodies of POSTs, and what
//! proxies say of their clients.

use super::assets::Assets;
use super::events::inbox::Inbox;
use super::events::post::read_lines;
use super::forwarded::Forwarded;
use super::listener::MAX_HEAD;
use super::password::Password;
use super::proxy_protocol::{self, PEEKED};
use super::request::Host;
use super::router::page_policy;
use bytes::Bytes;
use futures_util::FutureExt;
use http_body_util::{Empty, StreamBody};
use hyper::HeaderMap;
use hyper::body::{Frame, Incoming};
use hyper::header::HeaderValue;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use std::cell::Cell;
use std::convert::Infallible;
use std::io;
use std::net::IpAddr;
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

/// The client of a request that a proxy in 10.0.0.0/8 passes on. Lines of X-Forwarded-For, -Proto, -Host and
/// `Forwarded`, each by its number; what is no header is left out.
pub fn forwarded(lines: &[(usize, &[u8])]) -> Option<IpAddr> {
    const NAMES: [&str; 4] = ["x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "forwarded"];
    let mut headers = HeaderMap::new();
    for (name, value) in lines {
        if let Ok(value) = HeaderValue::from_bytes(value) {
            headers.append(NAMES[name % NAMES.len()], value);
        }
    }
    Forwarded::of(&headers, &["10.0.0.0/8".parse().expect("a range")]).client
}

/// The beginning of a proxy's connection: the client if it says one, and how many bytes were taken.
pub fn proxy_header(bytes: &[u8]) -> (Option<IpAddr>, usize) {
    let mut rest = bytes;
    let first = &bytes[..bytes.len().min(PEEKED)];
    let taken = proxy_protocol::take(first, &mut rest).now_or_never().expect("all there is to read has come");
    (taken.ok().flatten(), bytes.len() - rest.len())
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
