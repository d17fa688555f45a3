//! Looks at the domains that are to lead here, over the addresses that they have in the world: what is there is
//! as a visitor finds it, but for a firewall between the two.

use super::facts::{Domain, DomainAddress, MediaPort, NoVisit, Proxied, Visit};
use super::http::{ANSWER_TIMEOUT, connect, get};
use crate::config::{Config, LETS_ENCRYPT, NO_DIRECTORY};
use crate::tls::{self, TrustedRoots, can_be_certified};
use serde_json::Value;
use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs, UdpSocket};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

/// Longer than a system's resolver asks one server.
const LOOKUP_TIMEOUT: Duration = Duration::from_secs(6);
/// Addresses of one domain that are looked at.
const MAX_ADDRESSES: usize = 4;
/// A port of UDP that is closed says so at once.
const REFUSAL_TIMEOUT: Duration = Duration::from_millis(300);
/// Where HTTPS and HTTP are behind a proxy.
const PROXY_PORTS: (u16, u16) = (443, 80);

/// What the box at this machine's own address has told of itself.
pub(super) struct OwnBox<'a> {
    /// Random at its start.
    pub(super) instance: &'a str,
    /// The port of HTTPS, and that of HTTP if there is one.
    pub(super) ports: (u16, Option<u16>),
    pub(super) media_port: u16,
    /// Its own authority, PEM.
    pub(super) authority: Option<&'a str>,
}

/// Looks at all of them at once; takes up to some seconds. Nobody is asked for names of a local network.
pub(super) fn domains(config: &Config, own: &OwnBox<'_>, local: &[IpAddr]) -> Vec<Domain> {
    let by_own_authority = ![LETS_ENCRYPT, NO_DIRECTORY].contains(&config.acme_directory.as_str());
    let of_internet =
        |name: &&String| config.behind_proxy || can_be_certified(name.as_str(), by_own_authority);
    thread::scope(|scope| {
        let look = |name: &String| {
            let name = name.clone();
            scope.spawn(move || domain(name, config, own, local))
        };
        let looks: Vec<_> = config.domains.iter().filter(of_internet).map(look).collect();
        looks.into_iter().map(|look| look.join().expect("the doctor does not panic")).collect()
    })
}

fn domain(name: String, config: &Config, own: &OwnBox<'_>, local: &[IpAddr]) -> Domain {
    let addresses = lookup(&name).map_err(|cause| cause.to_string()).map(|all| {
        let look = |address: &IpAddr| DomainAddress {
            address: *address,
            https: visit(&name, *address, config, own),
            takes_http: plain_port(config, own).map(|port| connect(SocketAddr::new(*address, port)).is_ok()),
            media: media_port(*address, config, own, local),
        };
        all.iter().take(MAX_ADDRESSES).map(look).collect()
    });
    Domain { name, addresses }
}

/// `None`: none is to be there. A proxy may be on another machine, which carries no media.
fn media_port(address: IpAddr, config: &Config, own: &OwnBox<'_>, local: &[IpAddr]) -> Option<MediaPort> {
    let led_on = config.ice.public_addresses.iter().find(|public| public.ip() == address);
    let is_elsewhere = config.behind_proxy && led_on.is_none() && !local.contains(&address);
    if config.no_relay || is_elsewhere {
        return None;
    }
    let number = led_on.map(SocketAddr::port).filter(|port| *port != 0).unwrap_or(own.media_port);
    let at = SocketAddr::new(address, number);
    Some(MediaPort { number, takes_tcp: connect(at).is_ok(), takes_udp: !refuses_datagrams(at) })
}

fn plain_port(config: &Config, own: &OwnBox<'_>) -> Option<u16> {
    if config.behind_proxy { Some(PROXY_PORTS.1) } else { own.ports.1 }
}

/// Every address of a name, each once. The system's resolver knows no limit of time, so it may be left behind.
fn lookup(name: &str) -> io::Result<Vec<IpAddr>> {
    if let Ok(address) = name.parse() {
        return Ok(vec![address]);
    }
    let (tell, told) = channel();
    let asked = (name.to_owned(), 0);
    thread::spawn(move || tell.send(asked.to_socket_addrs().map(|all| all.map(|at| at.ip()).collect())));
    let mut all: Vec<IpAddr> = told.recv_timeout(LOOKUP_TIMEOUT).map_err(|_| ErrorKind::TimedOut)??;
    all.sort_unstable();
    all.dedup();
    Ok(all)
}

/// The box's `/health`, as somebody gets it who comes by that name.
fn visit(name: &str, address: IpAddr, config: &Config, own: &OwnBox<'_>) -> Result<Visit, NoVisit> {
    let port = if config.behind_proxy { PROXY_PORTS.0 } else { own.ports.0 };
    let at = SocketAddr::new(address, port);
    let roots = TrustedRoots::of_system(config.acme_root.as_deref());
    let roots = roots.map_err(|cause| NoVisit::Untrusted(cause.to_string()))?;
    let stream = connect(at).map_err(|cause| NoVisit::Unreachable(cause.to_string()))?;
    let (stream, _, valid) = match tls::probe(stream, &roots, name) {
        Ok(probed) => probed,
        Err(cause) if cause.kind() == ErrorKind::InvalidData => {
            // That authority may vouch for no name of the internet, so by another one it is known.
            let own = own.authority.filter(|_| config.tls_cert.is_none());
            let own = own.and_then(|pem| TrustedRoots::authority(pem).ok());
            let is_own = own.is_some_and(|own| {
                connect(at).is_ok_and(|stream| tls::probe(stream, &own, "localhost").is_ok())
            });
            return Err(if is_own { NoVisit::OwnAuthority } else { NoVisit::Untrusted(cause.to_string()) });
        }
        Err(cause) => return Err(NoVisit::Unreachable(cause.to_string())),
    };
    match get(stream, "/health", name).map_err(|cause| NoVisit::Unreachable(cause.to_string()))? {
        (200 | 503, health) => {
            let health: Value = serde_json::from_str(&health).unwrap_or_default();
            if health["instance"] != own.instance {
                return Err(NoVisit::Foreign);
            }
            let proxied = config.behind_proxy.then(|| proxied(&health["client"], config)).flatten();
            Ok(Visit { valid, proxied })
        }
        (status, _) => Err(NoVisit::Status(status)),
    }
}

fn proxied(client: &Value, config: &Config) -> Option<Proxied> {
    let address: IpAddr = client["address"].as_str()?.parse().ok()?;
    Some(Proxied {
        client: address,
        by_trusted_proxy: client["by_trusted_proxy"] == true,
        client_is_trusted: config.trusted_proxies.iter().any(|range| range.contains(&address)),
        without_tls: client["without_tls"] == true,
    })
}

/// Whether there is surely no socket of UDP. Most often nothing is said, by media's socket neither.
fn refuses_datagrams(at: SocketAddr) -> bool {
    let from: IpAddr = match at {
        SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let asked = || {
        let socket = UdpSocket::bind((from, 0))?;
        socket.connect(at)?;
        socket.set_read_timeout(Some(REFUSAL_TIMEOUT.min(ANSWER_TIMEOUT)))?;
        socket.send(&[0])?;
        socket.recv(&mut [0; 1])
    };
    asked().is_err_and(|cause: io::Error| cause.kind() == ErrorKind::ConnectionRefused)
}
