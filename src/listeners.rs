//! The ports: those that systemd holds for the box, or those that it may have; and what is served at each.

use crate::config::{self, Config, PortChoice};
use crate::media::{self, Media, Setup};
use crate::service::ActivationSockets;
use crate::turn::TurnServer;
use crate::web::{AppState, Listener, serve};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};

/// Why a port cannot be had: one sentence that says what to do.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    #[error("port {port} may not be bound by this user; run as root, or give another port with --{option}")]
    NotAllowed { port: u16, option: &'static str },
    #[error("port {port} is taken by another program; end that one, or give another port with --{option}")]
    Taken { port: u16, option: &'static str },
    #[error("cannot listen on port {port}: {cause}; check --listen and --{option}")]
    Listen { port: u16, option: &'static str, cause: io::Error },
}

impl ListenError {
    fn new(port: u16, option: &'static str, cause: io::Error) -> ListenError {
        match cause.kind() {
            io::ErrorKind::PermissionDenied => ListenError::NotAllowed { port, option },
            io::ErrorKind::AddrInUse => ListenError::Taken { port, option },
            _ => ListenError::Listen { port, option, cause },
        }
    }
}

/// The sockets of the page and of signalling, bound and not served yet.
pub(crate) struct Listeners {
    https: Vec<TcpListener>,
    http: Vec<TcpListener>,
    /// A proxy ends TLS: the page is at the port of HTTP, and what is at that of HTTPS is media alone.
    behind_proxy: bool,
    /// Behind a proxy the one that media goes by.
    pub(crate) https_port: u16,
    /// `None`: there is no plain page.
    pub(crate) http_port: Option<u16>,
    media: Vec<UdpSocket>,
    media_tcp: Vec<std::net::TcpListener>,
}

impl Listeners {
    /// # Errors
    ///
    /// The port of HTTPS, or that of HTTP if it was asked for, cannot be had.
    pub(crate) fn bind(config: &Config) -> Result<Listeners, ListenError> {
        allow_many_connections();
        let given = ActivationSockets::from_environment();
        let behind_proxy = config.behind_proxy;
        let (https, http) = if behind_proxy {
            (Vec::new(), listen(&config.listen, config.http(), "http-port", given.http)?)
        } else {
            let https = listen(&config.listen, config.https(), "https-port", given.https)?;
            (https, listen_plain(&config.listen, config.http(), given.http)?)
        };
        let https_port = port(&https).unwrap_or(config.https().number);
        let http_port = port(&http);
        let (media, media_tcp) = (given.media, given.media_tcp);
        Ok(Listeners { https, http, behind_proxy, https_port, http_port, media, media_tcp })
    }

    /// Starts the relay, unless the settings want none: on the sockets of the service manager; else at the media port, or any other. Media
    /// by TCP comes where media by UDP does.
    ///
    /// # Errors
    ///
    /// There is no port for media.
    pub(crate) fn start_media(
        &mut self,
        config: &Config,
        addresses: &[IpAddr],
        turn: Option<Arc<TurnServer>>,
    ) -> Result<(Media, mpsc::Receiver<media::Event>), ListenError> {
        if config.no_relay {
            return Ok(Media::none());
        }
        let setup = |port| Setup { turn: turn.clone(), ..media_setup(config, port, addresses) };
        let start = |port| start_media(&setup(port));
        let given = std::mem::take(&mut self.media);
        let started = match given.first().and_then(|socket| socket.local_addr().ok()) {
            Some(at) if config.listen.is_empty() => {
                let started = Media::start_on(&setup(at.port()), given);
                started.map_err(|cause| ListenError::Listen { port: at.port(), option: "https-port", cause })
            }
            Some(_) => {
                tracing::warn!("--listen keeps the box from the sockets that systemd holds for media");
                start(0)
            }
            None if self.behind_proxy && self.https_port == 0 => start(0),
            None => match config::media_port(self.https_port) {
                port if port == self.https_port => start(port),
                port => start(port).or_else(|_| start(0)),
            },
        };
        let (media, events) = started?;
        let at = media.port().expect("it has just been started");
        if self.behind_proxy || at != self.https_port {
            let port = PortChoice { number: at, instead: None };
            match listen(&config.listen, port, "https-port", std::mem::take(&mut self.media_tcp)) {
                Ok(more) => self.https.extend(more),
                Err(cause) => tracing::warn!(port = at, %cause, "no media by TCP"),
            }
        }
        Ok((media, events))
    }

    /// Serves at all of them, each in a task of its own, until `stop` is true.
    pub(crate) fn serve(self, state: &Arc<AppState>, stop: &watch::Receiver<bool>) {
        let (at_https, at_http) = match self.behind_proxy {
            true => (Listener::Media, Listener::BehindProxy),
            false => (Listener::Https, Listener::Http),
        };
        let https = self.https.into_iter().map(|socket| (socket, at_https));
        let http = self.http.into_iter().map(|socket| (socket, at_http));
        for (socket, listener) in https.chain(http) {
            tokio::spawn(serve(socket, listener, state.clone(), stop.clone()));
        }
    }
}

/// Where media can come: the machine's addresses on the network, and its own loopback.
pub(crate) fn media_addresses(addresses: &[IpAddr]) -> Vec<IpAddr> {
    addresses.iter().copied().chain([Ipv4Addr::LOCALHOST.into()]).collect()
}

fn media_setup(config: &Config, port: u16, addresses: &[IpAddr]) -> Setup {
    let everywhere: [IpAddr; 2] = [Ipv6Addr::UNSPECIFIED.into(), Ipv4Addr::UNSPECIFIED.into()];
    let listen = if config.listen.is_empty() { &everywhere[..] } else { &config.listen };
    let listen = listen.iter().filter(|address| address.is_ipv4() || has_ipv6());
    Setup {
        listen: listen.map(|address| SocketAddr::new(*address, port)).collect(),
        addresses: media_addresses(addresses),
        public: config.ice.public_addresses.clone(),
        threads: config.media_threads,
        capacity: config::ROOM_SIZE_MAX, // the lobby lets nobody in beyond the setting
        turn: None,
    }
}

fn start_media(setup: &Setup) -> Result<(Media, mpsc::Receiver<media::Event>), ListenError> {
    let port = setup.listen.first().map_or(0, SocketAddr::port);
    Media::start(setup).map_err(|cause| ListenError::new(port, "https-port", cause))
}

/// Takes what the service manager holds for us, or binds the port, or the one that may stand in for it.
fn listen(
    addresses: &[IpAddr],
    port: PortChoice,
    option: &'static str,
    given: Vec<std::net::TcpListener>,
) -> Result<Vec<TcpListener>, ListenError> {
    if let Some(at) = given.first().and_then(|listener| listener.local_addr().ok()) {
        if addresses.is_empty() && (port.instead.is_some() || port.number == at.port()) {
            let listeners = given.into_iter().map(TcpListener::from_std).collect::<io::Result<_>>();
            return listeners.map_err(|cause| ListenError::Listen { port: at.port(), option, cause });
        }
        tracing::warn!(
            port = at.port(),
            option,
            "systemd holds a port for the box that the settings do not want"
        );
    }
    let explain = |number, cause| ListenError::new(number, option, cause);
    match (bind_all(addresses, port.number), port.instead) {
        (Ok(listeners), _) => Ok(listeners),
        (Err(cause), Some(instead))
            if matches!(cause.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::AddrInUse) =>
        {
            tracing::info!(port = port.number, instead, %cause, "taking another port");
            bind_all(addresses, instead).map_err(|cause| explain(instead, cause))
        }
        (Err(cause), _) => Err(explain(port.number, cause)),
    }
}

/// The same for the plain page, which the box can do without unless somebody has asked for its port.
fn listen_plain(
    addresses: &[IpAddr],
    port: PortChoice,
    given: Vec<std::net::TcpListener>,
) -> Result<Vec<TcpListener>, ListenError> {
    match listen(addresses, port, "http-port", given) {
        Err(cause @ (ListenError::Taken { .. } | ListenError::NotAllowed { .. }))
            if port.instead.is_some() =>
        {
            tracing::warn!(%cause, "no plain page: devices cannot be told there to trust this box; its page is served");
            Ok(Vec::new())
        }
        listeners => listeners,
    }
}

/// Where they listen; `None` if there are none.
fn port(listeners: &[TcpListener]) -> Option<u16> {
    listeners.first()?.local_addr().ok().map(|at| at.port())
}

/// Opens a listening socket on each address, or on all that there are, at that port.
fn bind_all(addresses: &[IpAddr], mut port: u16) -> io::Result<Vec<TcpListener>> {
    let any = [if has_ipv6() { IpAddr::from(Ipv6Addr::UNSPECIFIED) } else { Ipv4Addr::UNSPECIFIED.into() }];
    let mut listeners = Vec::new();
    for address in if addresses.is_empty() { &any } else { addresses } {
        let listener = bind(*address, port, addresses.is_empty())?;
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

/// Whether the kernel has IPv6 (`ipv6.disable=1` takes it away).
fn has_ipv6() -> bool {
    use socket2::{Domain, Socket, Type};
    let lacking = Some(rustix::io::Errno::AFNOSUPPORT.raw_os_error());
    !matches!(Socket::new(Domain::IPV6, Type::DGRAM, None), Err(cause) if cause.raw_os_error() == lacking)
}

/// Each connection is an open file, and most systems allow 1024 until a program asks for more.
fn allow_many_connections() {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current == maximum {
        return;
    }
    if let Err(cause) = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }) {
        tracing::warn!(%cause, "no more files may be open than the system allows by itself");
    }
}
