//! TURN (RFC 8656) over TLS at the HTTPS port, to the box's own media addresses and to nothing else: the way of
//! media where a firewall lets only TLS through.
//!
//! Pure: frames of a client's stream and time come in; answers, and datagrams for the relay of rooms, go out.
//! The relayed side is no socket: what a client sends is handed to the relay as if it came from an address that
//! nobody has (`relayed.rs`), and what the relay sends there goes back into the stream.
//!
//! A [`TurnServer`] is the box's; each connection of a client is a [`Session`]; [`FrameReader`] takes its stream
//! apart.

mod allocation;
mod credentials;
mod framing;
pub mod message;
mod refusal;
mod relayed;
mod session;

use self::credentials::Issuer;
pub use self::credentials::{Credentials, IntegrityKey, LIFETIME, REALM};
pub use self::framing::{FrameReader, MAX_FRAME, NotTurn, channel_data, is_turn, write_channel_data};
use self::relayed::Allocations;
pub use self::relayed::is_relayed;
pub use self::session::{Misbehaved, Session};
use crate::ids::PersonId;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Instant;

/// What all clients have in common: who may come, and the addresses that are given away.
#[derive(Debug)]
pub struct TurnServer {
    issuer: Issuer,
    allocations: Arc<Allocations>,
    /// Pages get credentials.
    is_offered: AtomicBool,
}

/// Where a client has come.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The media addresses of the box, its own and those that lead to it: all that a client may send to.
    pub media: [&'a [SocketAddr]; 2],
    /// Its connection is one of IPv6.
    pub ipv6: bool,
}

/// What a client sends to a media address of the box.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Datagram<'a> {
    /// Under which the client is known.
    pub source: SocketAddr,
    pub destination: SocketAddr,
    pub bytes: &'a [u8],
}

impl TurnServer {
    /// `secret` is of this run of the box, which begins at `now`. One client may have so many connections.
    pub fn new(secret: &[u8; 32], connections_per_client: usize, now: Instant) -> TurnServer {
        let allocations = Arc::new(Allocations::new(secret, connections_per_client));
        TurnServer { issuer: Issuer::new(secret, now), allocations, is_offered: AtomicBool::new(true) }
    }

    /// From this moment pages get credentials, or none. What is there goes on.
    pub fn set_offered(&self, is_offered: bool) {
        self.is_offered.store(is_offered, Relaxed);
    }

    /// Whether pages get credentials.
    pub fn is_offered(&self) -> bool {
        self.is_offered.load(Relaxed)
    }

    /// One client may have so many connections from this moment.
    pub fn set_connections_per_client(&self, connections: usize) {
        self.allocations.set_connections_per_client(connections);
    }

    /// Credentials for the page of that person, good for [`LIFETIME`].
    pub fn issue(&self, now: Instant, person: PersonId) -> Credentials {
        self.issuer.issue(now, person)
    }
}

impl Place<'_> {
    fn addresses(&self) -> impl Iterator<Item = &SocketAddr> {
        self.media.into_iter().flatten()
    }
}

/// The datagram in a frame of a client, whether the client may send it or not.
pub fn payload(frame: &[u8]) -> Option<&[u8]> {
    if let Some((_, bytes)) = channel_data(frame) {
        return Some(bytes);
    }
    let message = message::Message::parse(frame)?;
    let is_send = message.kind == message::kind::SEND_INDICATION;
    is_send.then(|| message.attribute(message::attribute::DATA)).flatten()
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
