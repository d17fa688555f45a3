//! TCP → TLS → HTTP: accepts connections, tells media and plain HTTP from TLS, and serves HTTP/1.1 on what is
//! left.

use super::rate_limiter::RateLimiter;
use super::router;
use super::state::{AppState, PeerAddrs};
use crate::connection_limiter::Permit;
use crate::media;
use crate::tls::VALIDATION_PROTOCOL;
use http_body_util::Either;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use rustix::net::sockopt;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_rustls::TlsAcceptor;

/// A TLS handshake, or the head of a request, must come within this.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// A client that takes nothing of what is sent, or does not confirm it, for so long has gone (RFC 5482).
/// Named in SECURITY.md.
const TCP_USER_TIMEOUT: Duration = Duration::from_secs(30);
/// The largest head of a request, bytes (SECURITY.md).
pub(super) const MAX_HEAD: usize = 16 * 1024;
/// After an error of `accept`, such as too few file descriptors.
const ACCEPT_RETRY: Duration = Duration::from_millis(20);

/// What is spoken at a port.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Listener {
    Https,
    Http,
    /// HTTP without TLS at the port of HTTPS.
    HttpAtHttps,
}

/// One connection, its limits, and the word to stop.
struct Connection {
    state: Arc<AppState>,
    addrs: PeerAddrs,
    permit: Permit,
    stop: watch::Receiver<bool>,
}

/// Serves one listening socket until `stop` is true; the connections then end by themselves.
pub(crate) async fn serve(
    socket: TcpListener,
    listener: Listener,
    state: Arc<AppState>,
    mut stop: watch::Receiver<bool>,
) {
    let acceptor = TlsAcceptor::from(state.cert_manager.server_config());
    loop {
        let accepted = tokio::select! {
            biased;
            _ = stop.wait_for(|stop| *stop) => return,
            accepted = socket.accept() => accepted,
        };
        let (stream, remote) = match accepted {
            Ok(accepted) => accepted,
            Err(cause) => {
                tracing::debug!(%cause, "a connection could not be accepted");
                sleep(ACCEPT_RETRY).await;
                continue;
            }
        };
        // An IPv4 address that comes through an IPv6 socket is an IPv4 address.
        let remote = remote.ip().to_canonical();
        let Some(permit) = state.limiter.accept(remote) else {
            tracing::debug!(from = %remote, "too many connections: refused");
            continue;
        };
        let Ok(local) = stream.local_addr() else { continue };
        let addrs = PeerAddrs { remote, local: local.ip().to_canonical() };
        let _ = stream.set_nodelay(true); // small messages go at once; without it they only go later
        let _ = sockopt::set_tcp_user_timeout(&stream, TCP_USER_TIMEOUT.as_millis() as u32);
        let connection = Connection { state: state.clone(), addrs, permit, stop: stop.clone() };
        match listener {
            Listener::Https => {
                tokio::spawn(serve_https_port(stream, connection, acceptor.clone()));
            }
            Listener::Http | Listener::HttpAtHttps => {
                tokio::spawn(serve_http(stream, listener, connection));
            }
        }
    }
}

/// A connection to the HTTPS port. HTTP is served in a task of its own, so that no idle page keeps the room
/// of a handshake.
async fn serve_https_port(stream: TcpStream, connection: Connection, acceptor: TlsAcceptor) {
    let begun = timeout(HANDSHAKE_TIMEOUT, take_media(stream, connection)).await;
    let Ok(Some((stream, connection))) = begun else { return };
    if speaks_http(&stream).await {
        tokio::spawn(serve_http(stream, Listener::HttpAtHttps, connection));
        return;
    }
    let from = connection.addrs.remote;
    let Some(start) = connection.state.limiter.schedule_handshake(from, Instant::now().into_std()) else {
        return tracing::debug!(%from, "too many TLS handshakes: refused");
    };
    sleep_until(start.into()).await;
    match timeout(HANDSHAKE_TIMEOUT, acceptor.accept(stream)).await {
        // Its certificate has said all; nothing is spoken on it (RFC 8737, 3).
        Ok(Ok(mut stream)) if stream.get_ref().1.alpn_protocol() == Some(VALIDATION_PROTOCOL) => {
            let _ = timeout(HANDSHAKE_TIMEOUT, stream.shutdown()).await;
        }
        Ok(Ok(stream)) => drop(tokio::spawn(serve_http(stream, Listener::Https, connection))),
        Ok(Err(cause)) => tracing::debug!(%from, %cause, "TLS handshake failed"),
        Err(_) => tracing::debug!(%from, "TLS handshake timed out"),
    }
}

/// Media by TCP comes to the same port, for networks that let nothing else through (RFC 6544): its first
/// bytes tell it from TLS. Gives back what is none.
async fn take_media(mut stream: TcpStream, connection: Connection) -> Option<(TcpStream, Connection)> {
    let since = Instant::now().into_std();
    let mut first = [0; 8];
    let peeked = stream.peek(&mut first).await.ok()?;
    let mut read = Vec::new();
    let mut is_media = media::is_media(&first[..peeked]);
    // Nothing that begins so is TLS, so what takes longer to tell may be taken out of the stream.
    while is_media.is_none() {
        read.push(stream.read_u8().await.ok()?);
        is_media = media::is_media(&read);
    }
    if is_media != Some(true) {
        return read.is_empty().then_some((stream, connection));
    }
    let socket = stream.into_std().ok()?;
    let permit = Box::new(connection.permit);
    connection.state.media.tcp(media::Accepted { socket, first: read, since, permit });
    None
}

/// Whether a connection to the HTTPS port begins as HTTP does: with the capital letter of a method (RFC 9110,
/// 9.1). Neither TLS nor media begins so.
async fn speaks_http(stream: &TcpStream) -> bool {
    let mut first = [0];
    let peeked = timeout(HANDSHAKE_TIMEOUT, stream.peek(&mut first)).await;
    matches!(peeked, Ok(Ok(1))) && first[0].is_ascii_uppercase()
}

/// HTTP/1.1 on one connection.
async fn serve_http<S>(stream: S, listener: Listener, connection: Connection)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let Connection { state, addrs, permit, mut stop } = connection;
    let permit = Arc::new(permit);
    let limiter = Arc::new(Mutex::new(RateLimiter::full(Instant::now())));
    let service = service_fn(move |request: Request<Incoming>| {
        let (state, permit, limiter) = (state.clone(), permit.clone(), limiter.clone());
        async move {
            wait_for_token(&limiter).await;
            Ok::<_, Infallible>(match listener {
                Listener::Https => router::answer_https(state, addrs, permit, request).await,
                Listener::Http => router::answer_http(&state, addrs, &request).await.map(Either::Left),
                Listener::HttpAtHttps => router::to_https(&state, addrs, &request).map(Either::Left),
            })
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HANDSHAKE_TIMEOUT)
        .max_buf_size(MAX_HEAD)
        .keep_alive(listener != Listener::HttpAtHttps) // it has nothing more to say
        .auto_date_header(false) // the box may well not know the date (RFC 9110, 6.6.1)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    tokio::pin!(connection);
    let ended = tokio::select! {
        ended = &mut connection => Some(ended),
        _ = stop.wait_for(|stop| *stop) => None,
    };
    let ended = match ended {
        Some(ended) => ended,
        None => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(cause) = ended {
        tracing::debug!(from = %addrs.remote, %cause, "a connection broke");
    }
}

/// A request costs as much as a message: beyond its rate a connection is answered more slowly.
async fn wait_for_token(limiter: &Mutex<RateLimiter>) {
    let next = {
        let mut limiter = limiter.lock().expect("nothing panics while it counts");
        limiter.spend(1, Instant::now());
        (limiter.left() == 0).then(|| limiter.next())
    };
    if let Some(next) = next {
        sleep_until(next).await;
    }
}
