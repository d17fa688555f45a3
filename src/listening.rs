//! Which TCP ports the box listens at: those that systemd holds for it, or those that it may have.

use crate::config::Port;
use crate::web;
use std::io;
use std::net::IpAddr;
use tokio::net::TcpListener;

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
    pub(crate) fn new(port: u16, option: &'static str, cause: io::Error) -> ListenError {
        match cause.kind() {
            io::ErrorKind::PermissionDenied => ListenError::NotAllowed { port, option },
            io::ErrorKind::AddrInUse => ListenError::Taken { port, option },
            _ => ListenError::Listen { port, option, cause },
        }
    }
}

/// Takes what the service manager holds for us, or binds the port, or the one that may stand in for it.
///
/// # Errors
///
/// Neither can be had.
pub(crate) fn listen(
    addresses: &[IpAddr],
    port: Port,
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
    match (web::listen(addresses, port.number), port.instead) {
        (Ok(listeners), _) => Ok(listeners),
        (Err(cause), Some(instead))
            if matches!(cause.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::AddrInUse) =>
        {
            tracing::info!(port = port.number, instead, %cause, "taking another port");
            web::listen(addresses, instead).map_err(|cause| explain(instead, cause))
        }
        (Err(cause), _) => Err(explain(port.number, cause)),
    }
}

/// The same for the plain page, which the box can do without unless somebody has asked for its port.
///
/// # Errors
///
/// The port that was asked for cannot be had.
pub(crate) fn listen_plain(
    addresses: &[IpAddr],
    port: Port,
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
pub(crate) fn port(listeners: &[TcpListener]) -> Option<u16> {
    listeners.first()?.local_addr().ok().map(|at| at.port())
}
