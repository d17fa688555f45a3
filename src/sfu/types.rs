//! What the relay is told, and what it tells.

use crate::ids::PersonId;
use crate::relay::Source;
pub use crate::relay::{Event, Refusal};
use std::net::SocketAddr;
use std::time::Duration;

/// What can be set about the relay.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where datagrams reach it: addresses of this machine, each with the port. TCP has the same ones.
    pub addresses: Vec<SocketAddr>,
    /// Where they reach it besides: addresses of another machine, which passes on to one of those (1:1 NAT).
    pub public: Vec<SocketAddr>,
    /// Members of one room at most.
    pub capacity: usize,
    /// For whom bandwidth is measured closely.
    pub measuring: Measuring,
    /// What this relay puts in front of the names of its connections, to tell them from another's.
    pub tag: String,
}

/// When a subscriber's bandwidth is measured with a report on every packet (transport-cc), which costs
/// both ends a quarter of their work. Otherwise losses and the receiver's own estimate (REMB) tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Measuring {
    /// For every subscriber.
    Always,
    /// For those whose link has turned out to be too slow for what they want.
    #[default]
    WhenNeeded,
}

/// How a datagram travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Protocol {
    Udp,
    /// Framed with its length (RFC 4571).
    Tcp,
    /// Through the box's own TURN, over TLS: the other end's address is one of [`turn`](crate::turn)'s.
    Turn,
}

/// A datagram that came.
#[derive(Clone, Copy, Debug)]
pub struct Received<'a> {
    pub protocol: Protocol,
    pub source: SocketAddr,
    /// The address of ours that it came to; one of [`Settings::addresses`].
    pub destination: SocketAddr,
    pub bytes: &'a [u8],
}

/// Datagrams to be sent: all of one size but the last, which may be shorter, so that the kernel can be given them in one
/// piece (UDP GSO).
#[derive(Debug, PartialEq, Eq)]
pub struct Transmit {
    pub protocol: Protocol,
    /// The address of ours to send them from.
    pub source: SocketAddr,
    pub destination: SocketAddr,
    /// One behind the other.
    pub bytes: Vec<u8>,
    /// Bytes of each but the last.
    pub size: usize,
}

impl Transmit {
    /// One at a time.
    pub fn datagrams(&self) -> std::slice::Chunks<'_, u8> {
        self.bytes.chunks(self.size.max(1))
    }
}

/// What became of a datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DatagramOutcome {
    Taken,
    /// It names a connection, and its sender has not shown to be that connection's page, or to be at that
    /// address.
    Unproven,
    /// It is for nobody here.
    Stranger,
    /// It is no STUN, DTLS, RTP or RTCP (RFC 7983).
    Garbage,
}

/// How one member's connections are.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stats {
    /// RTP packets and bytes that came from the page, and that went to it.
    pub received: Count,
    pub sent: Count,
    /// What the page's link is believed to carry, in bits a second. `None`: nothing has limited it yet.
    pub bandwidth: Option<u64>,
    pub round_trip: Option<Duration>,
    /// Datagrams to the page that could not be sent.
    pub unsent: u32,
    /// Which layer it gets of whom.
    pub layers: Vec<(PersonId, Source, Option<usize>)>,
    pub way: Way,
}

/// RTP packets one way.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Count {
    pub packets: u64,
    pub bytes: u64,
    /// Packets that were lost on the way and not repaired in time; reckoned from receiver reports (RFC 3550).
    pub lost: f64,
    /// Part of the packets that was lost in the last second.
    pub loss: f32,
}

/// How media goes between a member and everybody else.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Way {
    /// None at the moment.
    #[default]
    None,
    /// Straight from browser to browser: nothing is forwarded.
    Direct,
    Relayed(Protocol),
}

/// No more members fit into the room.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("the room is full")]
pub struct RoomFull;
