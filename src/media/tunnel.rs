//! TURN over TLS: a connection of the HTTPS port on which a page's datagrams come framed as RFC 8656 has it.
//!
//! The handshake is over; the rest of TLS is done here, so that no packet passes through the thread of
//! signalling.

use crate::sfu::{Protocol, Received, Settings};
use crate::turn::{FrameReader, Place, Session, TurnServer, payload};
use rustls::ServerConnection;
use std::io::{self, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Instant;

/// What waits for a client, media and the answers to what it asks, in bytes: one that asks and does not read
/// is closed. SECURITY.md.
const MAX_WAITING: usize = 256 << 10;

/// A TLS connection on which TURN is spoken.
pub struct TurnConnection {
    pub tls: Box<ServerConnection>,
    /// Whose it is, also where a proxy has passed it on.
    pub client: IpAddr,
}

pub(super) struct Tunnel {
    tls: Box<ServerConnection>,
    pub(super) frames: FrameReader,
    session: Session,
    /// The connection is one of IPv6.
    ipv6: bool,
    /// Frames that are not encrypted yet.
    outgoing: Vec<u8>,
}

/// What comes next out of a stream.
pub(super) enum Next<'a> {
    Datagram(Received<'a>),
    /// Something that is done, and no datagram.
    Handled,
    /// Nothing, until more comes.
    Waiting,
    /// What makes no sense.
    Nonsense,
}

impl Tunnel {
    pub(super) fn new(
        turn: TurnConnection,
        server: Arc<TurnServer>,
        source: SocketAddr,
        destination: SocketAddr,
    ) -> io::Result<Tunnel> {
        let mut nonce = [0; 8];
        aws_lc_rs::rand::fill(&mut nonce).map_err(io::Error::other)?;
        let client = SocketAddr::new(turn.client, source.port());
        Ok(Tunnel {
            tls: turn.tls,
            frames: FrameReader::default(),
            session: Session::new(server, client, nonce),
            ipv6: destination.is_ipv6(),
            outgoing: Vec::new(),
        })
    }

    /// Reads at most so much. False: it is over.
    pub(super) fn receive(&mut self, socket: &mut TcpStream, most: usize) -> io::Result<bool> {
        let mut left = socket.take(most as u64);
        let mut is_open = true;
        while left.limit() > 0 {
            match self.tls.read_tls(&mut left) {
                Ok(0) => is_open = left.limit() == 0,
                Ok(_) => {
                    self.tls.process_new_packets().map_err(io::Error::other)?;
                    is_open &= self.decrypted()?;
                    continue;
                }
                Err(cause) if again(&cause) => {}
                Err(cause) => return Err(cause),
            }
            break;
        }
        // What was read while the connection was another's.
        Ok(self.decrypted()? && is_open)
    }

    /// Takes over what TLS has decrypted. False: the client has said that nothing more comes.
    fn decrypted(&mut self) -> io::Result<bool> {
        let mut piece = [0; 4096];
        loop {
            match self.tls.reader().read(&mut piece) {
                Ok(0) => return Ok(false),
                Ok(count) => self.frames.push(&piece[..count]),
                Err(cause) if again(&cause) => return Ok(true),
                Err(cause) => return Err(cause),
            }
        }
    }

    /// The next datagram, if one is what comes next, left where it is.
    pub(super) fn peek(&self) -> Option<&[u8]> {
        payload(self.frames.peek().ok()??)
    }

    pub(super) fn next<'a>(&'a mut self, now: Instant, settings: &Settings) -> Next<'a> {
        if self.outgoing.len() > MAX_WAITING {
            return Next::Nonsense;
        }
        let place = Place { media: [&settings.addresses, &settings.public], ipv6: self.ipv6 };
        let handled = match self.frames.pop() {
            Err(_) => return Next::Nonsense,
            Ok(None) => return Next::Waiting,
            Ok(Some(frame)) => self.session.handle(now, frame, place, &mut self.outgoing),
        };
        match handled {
            Err(_) => Next::Nonsense,
            Ok(None) => Next::Handled,
            Ok(Some(datagram)) => Next::Datagram(Received {
                protocol: Protocol::Turn,
                source: datagram.source,
                destination: datagram.destination,
                bytes: datagram.bytes,
            }),
        }
    }

    /// Under which address the client is known, if it has one.
    pub(super) fn relayed(&self) -> Option<SocketAddr> {
        self.session.relayed()
    }

    pub(super) fn send(&mut self, now: Instant, source: SocketAddr, datagram: &[u8]) {
        self.session.write(now, source, datagram, &mut self.outgoing);
    }

    /// Bytes that wait to be encrypted.
    pub(super) fn backlog(&self) -> usize {
        self.outgoing.len()
    }

    /// Writes what the connection takes. False: it is over.
    pub(super) fn flush(&mut self, socket: &mut TcpStream) -> io::Result<bool> {
        loop {
            while self.tls.wants_write() {
                match self.tls.write_tls(socket) {
                    Ok(0) => return Ok(false),
                    Ok(_) => {}
                    Err(cause) if again(&cause) => return Ok(true),
                    Err(cause) => return Err(cause),
                }
            }
            if self.outgoing.is_empty() {
                return Ok(true);
            }
            // TLS takes a bounded part of it, and only when all before is gone.
            let count = self.tls.writer().write(&self.outgoing)?;
            self.outgoing.drain(..count);
        }
    }

    pub(super) fn waits(&self) -> bool {
        !self.outgoing.is_empty() || self.tls.wants_write()
    }
}

/// Whether it is to be tried later.
pub(super) fn again(cause: &io::Error) -> bool {
    matches!(cause.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted)
}
