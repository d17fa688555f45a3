//! TCP → TLS → HTTP: accepts connections, has proxies say whose they are, tells media and plain HTTP from
//! TLS, and serves HTTP/1.1 on what is left.

use super::events::EventStreamBody;
use super::forwarded::Forwarded;
use super::proxy_protocol::{self, PEEKED};
use super::rate_limiter::RateLimiter;
use super::response::{self, Body};
use super::router;
use super::state::{AppState, PeerAddrs, RequestPermit};
use crate::connection_limiter::{ClientPermit, Permit};
use crate::media;
use crate::tls::VALIDATION_PROTOCOL;
use crate::turn::is_turn;
use http_body_util::Either;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use rustix::net::sockopt;
use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// A TLS handshake, or the head of a request, must come within this.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// A client that takes nothing of what is sent, or does not confirm it, for so long has gone (RFC 5482).
/// Named in SECURITY.md.
const TCP_USER_TIMEOUT: Duration = Duration::from_secs(30);
/// The largest head of a request, bytes (SECURITY.md).
pub(super) const MAX_HEAD: usize = 16 * 1024;
/// After an error of `accept`, such as too few file descriptors.
const ACCEPT_RETRY: Duration = Duration::from_millis(20);

type Answer = Response<Either<Body, EventStreamBody>>;

/// What is spoken at a port.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Listener {
    Https,
    Http,
    /// HTTP without TLS at the port of HTTPS.
    HttpAtHttps,
    /// The page and signalling without TLS, which a proxy ends.
    BehindProxy,
    /// Media by TCP alone.
    Media,
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
        let is_trusted = state.is_trusted_proxy(remote);
        let permit = if is_trusted { state.limiter.accept_proxy() } else { state.limiter.accept(remote) };
        let Some(permit) = permit else {
            tracing::debug!(from = %remote, "too many connections: refused");
            continue;
        };
        let Ok(local) = stream.local_addr() else { continue };
        let is_proxied = is_trusted || state.is_proxied_without_trust();
        let addrs = PeerAddrs { remote, local: local.ip().to_canonical(), is_proxied };
        let _ = stream.set_nodelay(true); // small messages go at once; without it they only go later
        let _ = sockopt::set_tcp_user_timeout(&stream, TCP_USER_TIMEOUT.as_millis() as u32);
        let connection = Connection { state: state.clone(), addrs, permit, stop: stop.clone() };
        if is_trusted {
            tokio::spawn(serve_proxy(stream, listener, connection, acceptor.clone()));
        } else {
            serve_connection(stream, listener, connection, &acceptor);
        }
    }
}

/// A connection of a trusted proxy, which may say first whose it is (PROXY protocol).
async fn serve_proxy(
    mut stream: TcpStream,
    listener: Listener,
    mut connection: Connection,
    acceptor: TlsAcceptor,
) {
    let mut first = [0; PEEKED];
    let begun = timeout(HANDSHAKE_TIMEOUT, async {
        let peeked = stream.peek(&mut first).await?;
        proxy_protocol::take(&first[..peeked], &mut stream).await
    });
    let proxy = connection.addrs.remote;
    match begun.await {
        Ok(Ok(None)) => {}
        Ok(Ok(Some(client))) => {
            connection.addrs.remote = client;
            // One of a chain of proxies is none whom a limit is for.
            if !connection.state.is_trusted_proxy(client) && !connection.permit.assign(client) {
                return tracing::debug!(from = %client, "too many connections: refused");
            }
        }
        Ok(Err(cause)) => return tracing::debug!(%proxy, %cause, "not the PROXY protocol: closed"),
        Err(_) => return tracing::debug!(%proxy, "a proxy said nothing: closed"),
    }
    serve_connection(stream, listener, connection, &acceptor);
}

fn serve_connection(stream: TcpStream, listener: Listener, connection: Connection, acceptor: &TlsAcceptor) {
    match listener {
        Listener::Https => drop(tokio::spawn(serve_https_port(stream, connection, acceptor.clone()))),
        Listener::Media => drop(tokio::spawn(serve_media_port(stream, connection))),
        Listener::Http | Listener::HttpAtHttps | Listener::BehindProxy => {
            tokio::spawn(serve_http(stream, listener, connection));
        }
    }
}

/// A connection to the port of media where nothing else is served.
async fn serve_media_port(stream: TcpStream, connection: Connection) {
    // What is no media is closed by its drop.
    let _ = timeout(HANDSHAKE_TIMEOUT, take_media(stream, connection)).await;
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
        Ok(Ok(stream)) => drop(tokio::spawn(serve_tls(stream, connection))),
        Ok(Err(cause)) => tracing::debug!(%from, %cause, "TLS handshake failed"),
        Err(_) => tracing::debug!(%from, "TLS handshake timed out"),
    }
}

/// What is within TLS: HTTP, or where the box offers it, TURN.
async fn serve_tls(mut stream: TlsStream<TcpStream>, mut connection: Connection) {
    if connection.state.turn.as_ref().is_some_and(|turn| turn.is_offered()) {
        let first = tokio::select! {
            _ = connection.stop.wait_for(|stop| *stop) => return,
            first = timeout(HANDSHAKE_TIMEOUT, stream.fill_buf()) => first,
        };
        // Left where it is.
        let Ok(Ok(&[first, ..])) = first else { return };
        if is_turn(first) {
            return take_turn(stream, connection);
        }
    }
    serve_http(stream, Listener::Https, connection).await;
}

fn take_turn(stream: TlsStream<TcpStream>, connection: Connection) {
    let (socket, tls) = stream.into_inner();
    let Ok(socket) = socket.into_std() else { return };
    let turn = media::TurnConnection { tls: Box::new(tls), client: connection.addrs.remote };
    let (opening, since) = (media::Opening::Turn(turn), Instant::now().into_std());
    connection.state.media.tcp(media::Accepted {
        socket,
        opening,
        since,
        permit: Box::new(connection.permit),
    });
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
    let opening = media::Opening::Framed(read);
    connection.state.media.tcp(media::Accepted { socket, opening, since, permit });
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
    let requests = Arc::new(Requests {
        from_trusted_proxy: state.is_trusted_proxy(addrs.remote),
        state,
        addrs,
        listener,
        permit: Arc::new(permit),
        limiter: Mutex::new(RateLimiter::full(Instant::now())),
    });
    let service = service_fn(move |request: Request<Incoming>| {
        let requests = requests.clone();
        async move { Ok::<_, Infallible>(requests.answer(request).await) }
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

/// What the requests of one connection have in common.
struct Requests {
    state: Arc<AppState>,
    addrs: PeerAddrs,
    listener: Listener,
    permit: Arc<Permit>,
    limiter: Mutex<RateLimiter>,
    /// It is a trusted proxy's, which sends those of many clients.
    from_trusted_proxy: bool,
}

impl Requests {
    async fn answer(&self, request: Request<Incoming>) -> Answer {
        let mut addrs = self.addrs;
        let mut forwarded = Forwarded::default();
        let mut client = None;
        if self.from_trusted_proxy {
            forwarded = Forwarded::of(request.headers(), &self.state.trusted_proxies);
            addrs.remote = forwarded.client.unwrap_or(addrs.remote);
            client = self.enter(addrs.remote).await;
            if client.is_none() {
                return response::too_many_requests().map(Either::Left);
            }
        } else {
            self.wait_for_token().await;
        }
        let permit = RequestPermit { _connection: self.permit.clone(), _client: client };
        let state = &self.state;
        match self.listener {
            Listener::Https | Listener::BehindProxy => {
                router::answer_https(state, addrs, &forwarded, permit, request).await
            }
            Listener::Http => router::answer_http(state, addrs, &forwarded, &request).await.map(Either::Left),
            _ => router::to_https(state, addrs, &request).map(Either::Left),
        }
    }

    /// Waits until a request of a proxy's client may be answered. `None`: there are too many of them.
    async fn enter(&self, client: IpAddr) -> Option<ClientPermit> {
        let limiter = &self.state.limiter;
        let permit = limiter.accept_client(client)?;
        let now = Instant::now();
        let start = limiter.schedule_request(client, now.into_std())?.into();
        if start > now {
            sleep_until(start).await;
        }
        Some(permit)
    }

    /// A request costs as much as a message: beyond its rate a connection is answered more slowly.
    async fn wait_for_token(&self) {
        let next = {
            let mut limiter = self.limiter.lock().expect("nothing panics while it counts");
            limiter.spend(1, Instant::now());
            (limiter.left() == 0).then(|| limiter.next())
        };
        if let Some(next) = next {
            sleep_until(next).await;
        }
    }
}
