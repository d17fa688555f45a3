//! TCP → TLS → HTTP → WebSocket, and the plain-HTTP page that leads to trust.

mod access;
mod assets;
mod events;
#[doc(hidden)] // to be seen by fuzz/ only
pub mod fuzzing;
mod metered;
mod onboarding;
mod rate_limiter;
mod router;
mod session;
mod socket;
mod status;

use crate::connection_limiter::{ConnectionLimiter, Permit};
use crate::doctor::Doctor;
use crate::hub::Hub;
use crate::media::{self, Media};
use crate::metrics::Snapshot;
use crate::pin_auth::PinAuth;
use crate::tls::CertManager;
use access::Access;
pub(crate) use access::Password;
pub(crate) use assets::Assets;
use bytes::Bytes;
pub(crate) use events::EventStreams;
use http_body_util::{Either, Full};
use hyper::body::Incoming;
use hyper::header::{self, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use onboarding::Onboarding;
use rate_limiter::RateLimiter;
use rustix::net::sockopt;
use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, Mutex, RwLock};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_rustls::TlsAcceptor;

type Body = Full<Bytes>;

/// A TLS handshake, or the head of a request, must come within this.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// A visitor who takes nothing of what is sent, or does not confirm it, for so long has gone (RFC 5482).
/// Named in SECURITY.md.
const TCP_USER_TIMEOUT: Duration = Duration::from_secs(30);
/// The head of a request may be so large (SECURITY.md).
const MAX_HEAD: usize = 16 * 1024;

/// What the box serves, and under which names.
pub(crate) struct Site {
    pub(crate) hub: Hub,
    pub(crate) assets: Assets,
    pub(crate) cert_manager: Arc<CertManager>,
    pub(crate) limiter: Arc<ConnectionLimiter>,
    pub(crate) media: Media,
    pub(crate) streams: EventStreams,
    pub(crate) https_port: u16,
    pub(crate) doctor: Doctor,
    pub(crate) pin_auth: Arc<PinAuth>,
    pub(crate) host_names: RwLock<HostNames>,
    /// Of the owner's page.
    pub(crate) password: Option<Password>,
}

/// Under which names and addresses the box is known at the moment.
#[derive(Clone, Default)]
pub(crate) struct HostNames {
    /// In lower case; the one to show first.
    pub(crate) names: Vec<String>,
    pub(crate) addresses: Vec<IpAddr>,
}

/// What a port speaks.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Listener {
    Https,
    Http,
    /// HTTP without TLS at the port of HTTPS.
    HttpAtHttps,
}

/// Both ends of a connection.
#[derive(Clone, Copy)]
struct PeerAddrs {
    remote: IpAddr,
    local: IpAddr,
}

/// Serves one listening socket until `stop` says so; then the connections have their time to end.
pub(crate) async fn serve(
    listener: TcpListener,
    kind: Listener,
    site: Arc<Site>,
    mut stop: watch::Receiver<bool>,
) {
    let acceptor = TlsAcceptor::from(site.cert_manager.server_config());
    loop {
        let accepted = tokio::select! {
            biased;
            _ = stop.wait_for(|stop| *stop) => return,
            accepted = listener.accept() => accepted,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(cause) => {
                // The visitor left before we looked, or we are out of file descriptors: others go on.
                tracing::debug!(%cause, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(20)).await;
                continue;
            }
        };
        let Some(permit) = site.limiter.accept(canonical(peer.ip())) else {
            tracing::debug!(from = %peer.ip(), "too many connections: refused");
            continue;
        };
        let Ok(local) = stream.local_addr() else { continue };
        let addrs = PeerAddrs { remote: canonical(peer.ip()), local: canonical(local.ip()) };
        let _ = stream.set_nodelay(true); // small messages go at once; without it they only go later
        let _ = sockopt::set_tcp_user_timeout(&stream, TCP_USER_TIMEOUT.as_millis() as u32);
        let (site, stop) = (site.clone(), stop.clone());
        match kind {
            Listener::Http | Listener::HttpAtHttps => {
                tokio::spawn(converse(Guarded { inner: stream, _guest: permit }, kind, site, addrs, stop));
            }
            Listener::Https => {
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    let begun = timeout(HANDSHAKE_TIMEOUT, take_media(stream, permit, &site.media)).await;
                    let Ok(Some((stream, permit))) = begun else { return };
                    if speaks_http(&stream).await {
                        let guarded = Guarded { inner: stream, _guest: permit };
                        tokio::spawn(converse(guarded, Listener::HttpAtHttps, site, addrs, stop));
                        return;
                    }
                    let Some(turn) = site.limiter.schedule_handshake(addrs.remote, Instant::now().into_std())
                    else {
                        tracing::debug!(from = %addrs.remote, "too many handshakes: refused");
                        return;
                    };
                    sleep_until(turn.into()).await;
                    match timeout(HANDSHAKE_TIMEOUT, acceptor.accept(stream)).await {
                        // Boxed, so that the handshake's state does not stay with the conversation's.
                        Ok(Ok(stream)) => {
                            let guarded = Guarded { inner: stream, _guest: permit };
                            tokio::spawn(converse(guarded, kind, site, addrs, stop));
                        }
                        Ok(Err(cause)) => tracing::debug!(from = %addrs.remote, %cause, "no TLS"),
                        Err(_) => tracing::debug!(from = %addrs.remote, "no TLS in time"),
                    }
                });
            }
        }
    }
}

/// Media by TCP comes to the same port, for networks that let nothing else through (RFC 6544): its first
/// bytes tell it from TLS. Gives back what is none.
async fn take_media(mut stream: TcpStream, permit: Permit, media: &Media) -> Option<(TcpStream, Permit)> {
    let since = tokio::time::Instant::now().into_std();
    let mut first = [0; 8];
    let peeked = stream.peek(&mut first).await.ok()?;
    let mut read = Vec::new();
    let mut verdict = media::is_media(&first[..peeked]);
    // Nothing that begins so is TLS, so what takes longer to tell may be taken out of the stream.
    while verdict.is_none() {
        read.push(stream.read_u8().await.ok()?);
        verdict = media::is_media(&read);
    }
    match verdict {
        Some(true) => {
            let socket = stream.into_std().ok()?;
            media.tcp(media::Accepted { socket, first: read, since, permit: Box::new(permit) });
            None
        }
        _ => read.is_empty().then_some((stream, permit)),
    }
}

/// Whether a connection to the HTTPS port begins as HTTP does: with the capital letter of a method (RFC 9110, 9.1).
/// Neither TLS nor media begins so.
async fn speaks_http(stream: &TcpStream) -> bool {
    let mut first = [0];
    let peeked = timeout(HANDSHAKE_TIMEOUT, stream.peek(&mut first)).await;
    matches!(peeked, Ok(Ok(1))) && first[0].is_ascii_uppercase()
}

/// HTTP/1.1 on one connection.
async fn converse<S>(
    stream: S,
    kind: Listener,
    site: Arc<Site>,
    addrs: PeerAddrs,
    mut stop: watch::Receiver<bool>,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let limiter = Arc::new(Mutex::new(RateLimiter::full(Instant::now())));
    let service = service_fn(move |request: Request<Incoming>| {
        let (site, limiter) = (site.clone(), limiter.clone());
        async move {
            wait_for_token(&limiter).await;
            Ok::<_, Infallible>(match kind {
                Listener::Https => router::answer(site, addrs, request).await,
                Listener::Http => plain(&site, addrs, &request).await.map(Either::Left),
                Listener::HttpAtHttps => to_https(&site, addrs, &request).map(Either::Left),
            })
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HANDSHAKE_TIMEOUT)
        .max_buf_size(MAX_HEAD)
        .keep_alive(kind != Listener::HttpAtHttps) // it has nothing more to say
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

/// A request costs as much as a message: beyond its limiter a connection is answered more slowly.
async fn wait_for_token(limiter: &Mutex<RateLimiter>) {
    let turn = {
        let mut limiter = limiter.lock().expect("nothing panics while it counts");
        limiter.refill(Instant::now());
        limiter.spend(1);
        (limiter.left() == 0).then(|| limiter.next())
    };
    if let Some(turn) = turn {
        sleep_until(turn).await;
    }
}

/// The same over TLS, for who typed `http://` with the port of HTTPS.
fn to_https(site: &Site, addrs: PeerAddrs, request: &Request<Incoming>) -> Response<Body> {
    let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
    let location = router::host(request)
        .filter(|host| site.is_own_host(host, &addrs))
        .and_then(|host| HeaderValue::try_from(format!("https://{host}{target}")).ok());
    let Some(location) = location else {
        return router::text(StatusCode::MISDIRECTED_REQUEST, "This host is not served here.\n");
    };
    let mut answer = router::text(StatusCode::PERMANENT_REDIRECT, "This port speaks HTTPS.\n");
    answer.headers_mut().insert(header::LOCATION, location);
    answer
}

async fn plain(site: &Site, addrs: PeerAddrs, request: &Request<Incoming>) -> Response<Body> {
    let Some(host) = router::host(request).filter(|host| site.is_own_host(host, &addrs)) else {
        return router::text(StatusCode::MISDIRECTED_REQUEST, "This host is not served here.\n");
    };
    let host_names = site.host_names();
    let answer = site.onboarding(&host_names).answer(request.method(), &host, request.uri());
    router::onboarded(site, answer, request.headers()).await
}

impl Site {
    fn host_names(&self) -> HostNames {
        self.host_names.read().expect("nothing panics while it holds the names").clone()
    }

    fn onboarding<'a>(&'a self, host_names: &'a HostNames) -> Onboarding<'a> {
        Onboarding {
            authority: self.cert_manager.authority(),
            https_port: self.https_port,
            names: &host_names.names,
            addresses: &host_names.addresses,
        }
    }

    /// How the box is, as who has such access may see it.
    async fn snapshot(&self, access: Access) -> Snapshot {
        let snapshot =
            Snapshot::take(&self.hub, &self.media, &self.limiter, &self.pin_auth, &self.cert_manager).await;
        if access == Access::Granted { snapshot } else { snapshot.without_people() }
    }

    /// The Host of a request is one of the box's names or addresses, so nobody was led here by a name
    /// of their own (DNS rebinding).
    fn is_own_host(&self, host: &str, addrs: &PeerAddrs) -> bool {
        let name = match host.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
            _ => host,
        };
        let host_names = self.host_names.read().expect("nothing panics while it holds the names");
        match name.trim_matches(['[', ']']).parse::<IpAddr>() {
            Ok(address) => {
                canonical(address) == addrs.local || host_names.addresses.contains(&canonical(address))
            }
            Err(_) => host_names.names.iter().any(|known| known == name.trim_end_matches('.')),
        }
    }
}

impl PeerAddrs {
    /// From the machine itself or its network, not from the internet.
    fn is_private(&self) -> bool {
        access::NetworkScope::of(self.remote) != access::NetworkScope::Public
    }
}

/// An IPv4 address that came through an IPv6 socket is an IPv4 address.
fn canonical(address: IpAddr) -> IpAddr {
    address.to_canonical()
}

/// Opens a listening socket on each address, at that port, with room for many who come at once.
pub(crate) fn listen(addresses: &[IpAddr], port: u16) -> io::Result<Vec<TcpListener>> {
    let everywhere = [IpAddr::V6(Ipv6Addr::UNSPECIFIED)];
    let everything = addresses.is_empty();
    let mut port = port;
    let mut listeners = Vec::new();
    for address in if everything { &everywhere } else { addresses } {
        let listener = match bind(*address, port, everything) {
            // A kernel without IPv6.
            Err(cause)
                if everything
                    && cause.raw_os_error() == Some(rustix::io::Errno::AFNOSUPPORT.raw_os_error()) =>
            {
                bind(IpAddr::from([0, 0, 0, 0]), port, false)?
            }
            bound => bound?,
        };
        port = listener.local_addr()?.port(); // port 0: the next address takes the same as the first
        listeners.push(listener);
    }
    Ok(listeners)
}

fn bind(address: IpAddr, port: u16, dual: bool) -> io::Result<TcpListener> {
    use socket2::{Domain, Protocol, Socket, Type};
    let at = SocketAddr::new(address, port);
    let socket = Socket::new(Domain::for_address(at), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?; // a restart need not wait for the last connections' TIME_WAIT
    if address.is_ipv6() {
        socket.set_only_v6(!dual)?;
    }
    socket.set_nonblocking(true)?;
    socket.bind(&at.into())?;
    socket.listen(1024)?;
    TcpListener::from_std(socket.into())
}

/// A stream that counts as a permit for as long as it lives, also as a WebSocket.
struct Guarded<S> {
    inner: S,
    _guest: Permit,
}

impl<S: AsyncRead + Unpin> AsyncRead for Guarded<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(cx, buf)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Guarded<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }
}
