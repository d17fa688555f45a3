//! Sockets that the service manager has opened for us (sd_listen_fds(3)), told apart by their names. They
//! stay open while the box starts anew, so whoever comes meanwhile waits a moment and is not refused.

use listenfd::ListenFd;
use std::io;
use std::net::{TcpListener, UdpSocket};

/// By the names of `systemd/wizyjno-NAME.socket`.
#[derive(Default)]
pub(crate) struct ActivationSockets {
    pub(crate) https: Vec<TcpListener>,
    pub(crate) http: Vec<TcpListener>,
    pub(crate) media: Vec<UdpSocket>,
    pub(crate) media_tcp: Vec<TcpListener>,
}

impl ActivationSockets {
    /// What was handed over to this process; usually nothing.
    pub(crate) fn from_environment() -> ActivationSockets {
        let mut given = ListenFd::from_env();
        let names = std::env::var("LISTEN_FDNAMES").unwrap_or_default();
        let mut names = names.split(':');
        let mut sockets = ActivationSockets::default();
        for n in 0..given.len() {
            let name = names.next().unwrap_or_default();
            if let Err(cause) = sockets.take(&mut given, n, name) {
                tracing::warn!(name, %cause, "a socket of the service manager is of no use");
            }
        }
        sockets
    }

    fn take(&mut self, given: &mut ListenFd, n: usize, name: &str) -> io::Result<()> {
        let listeners = match name {
            "https" => &mut self.https,
            "http" => &mut self.http,
            "media-tcp" => &mut self.media_tcp,
            "media" => {
                self.media.extend(given.take_udp_socket(n)?);
                return Ok(());
            }
            _ => return Err(io::Error::new(io::ErrorKind::InvalidInput, "nothing here has that name")),
        };
        if let Some(listener) = given.take_tcp_listener(n)? {
            listener.set_nonblocking(true)?;
            listeners.push(listener);
        }
        Ok(())
    }
}
