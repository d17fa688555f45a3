//! TCP connections that carry datagrams, and how long each may stay: ICE-TCP (RFC 6544), and TURN over TLS.
//!
//! Whoever reaches the HTTPS port may open one and say nothing. It counts as any connection does, has a few
//! seconds until its first check is answered, which takes the password of one of the relay's connections, and
//! lasts as long as checks go on.

use super::framing::{Deframer, frame};
use super::tunnel::{Next, Tunnel, TurnConnection, again};
use crate::sfu::{Protocol, Received, Settings, Transmit};
use crate::turn::TurnServer;
use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Streams of one thread; each page has two, if it has any. SECURITY.md.
pub(super) const STREAMS: usize = 1024;
/// Until the first check of a stream is answered. SECURITY.md.
const UNVERIFIED: Duration = Duration::from_secs(10);
/// A stream whose page has sent no good check for so long is over (RFC 7675, 5.1). SECURITY.md.
const CONSENT: Duration = Duration::from_secs(30);
/// What may wait for a stream that does not take it, in bytes. Beyond that media is late, and dropped.
/// SECURITY.md.
const BACKLOG: usize = 128 << 10;
/// Bytes of a frame that is not whole yet, before the first check is answered: a check has 548 at most.
/// SECURITY.md.
const UNVERIFIED_BYTES: usize = 1024;
/// Bytes that are read at once, and before the first check is answered.
const PIECE: usize = 16 << 10;
const UNVERIFIED_PIECE: usize = 2048;

/// A TCP connection that carries media.
pub struct Accepted {
    pub socket: TcpStream,
    pub opening: Opening,
    /// When it was known to be one.
    pub since: Instant,
    /// The right of the connection to be there, given back when it is dropped.
    pub permit: Box<dyn Send>,
}

/// How such a connection has begun.
pub enum Opening {
    /// With media itself: see [`is_media`](super::is_media). What was read from it already; nothing, if it was
    /// peeked at.
    Framed(Vec<u8>),
    Turn(TurnConnection),
}

/// Where a stream comes from, and to which of our addresses.
pub(super) type Ends = (SocketAddr, SocketAddr);

/// A TCP connection that carries datagrams.
pub(super) struct Stream {
    pub(super) socket: TcpStream,
    pub(super) source: SocketAddr,
    pub(super) destination: SocketAddr,
    carrier: Carrier,
    /// A check that came on it has been answered.
    verified: bool,
    /// When it is over, unless a check is answered before.
    until: Instant,
    /// It has come from another thread.
    moved: bool,
    _permit: Box<dyn Send>,
}

enum Carrier {
    /// Each datagram is behind its length (RFC 4571).
    Framed {
        incoming: Deframer,
        outgoing: Vec<u8>,
    },
    Turn(Box<Tunnel>),
}

impl Stream {
    /// Without a `server` there is no TURN.
    ///
    /// # Errors
    ///
    /// It is closed, or what was read is too much.
    pub(super) fn new(accepted: Accepted, server: Option<&Arc<TurnServer>>) -> io::Result<Stream> {
        let Accepted { socket, opening, since, permit } = accepted;
        socket.set_nonblocking(true)?;
        socket.set_nodelay(true)?;
        let (source, destination) = (plain(socket.peer_addr()?), plain(socket.local_addr()?));
        let carrier = match opening {
            Opening::Framed(first) => {
                let mut incoming = Deframer::default();
                if !incoming.push(&first) {
                    return Err(io::ErrorKind::InvalidData.into());
                }
                Carrier::Framed { incoming, outgoing: Vec::new() }
            }
            Opening::Turn(turn) => {
                let server = server.ok_or(io::ErrorKind::Unsupported)?.clone();
                Carrier::Turn(Box::new(Tunnel::new(turn, server, source, destination)?))
            }
        };
        let (verified, until, moved) = (false, since + UNVERIFIED, false);
        Ok(Stream { socket, source, destination, carrier, verified, until, moved, _permit: permit })
    }

    pub(super) fn ends(&self) -> Ends {
        (self.source, self.destination)
    }

    /// Reads what has come. False: it is over.
    pub(super) fn receive(&mut self) -> bool {
        let most = if self.verified { PIECE } else { UNVERIFIED_PIECE };
        let incoming = match &mut self.carrier {
            Carrier::Framed { incoming, .. } => incoming,
            Carrier::Turn(tunnel) => return tunnel.receive(&mut self.socket, most).unwrap_or(false),
        };
        let mut piece = [0; PIECE];
        match self.socket.read(&mut piece[..most]) {
            Ok(0) => false,
            Ok(count) => incoming.push(&piece[..count]),
            Err(cause) => again(&cause),
        }
    }

    /// The next datagram, if one is what comes next, left where it is.
    pub(super) fn peek(&self) -> Option<&[u8]> {
        match &self.carrier {
            Carrier::Framed { incoming, .. } => incoming.peek(),
            Carrier::Turn(tunnel) => tunnel.peek(),
        }
    }

    /// What comes next. `settings` of the relay say which addresses are its own.
    pub(super) fn next<'a>(&'a mut self, now: Instant, settings: &Settings) -> Next<'a> {
        let (source, destination) = self.ends();
        match &mut self.carrier {
            Carrier::Framed { incoming, .. } => incoming.pop().map_or(Next::Waiting, |bytes| {
                Next::Datagram(Received { protocol: Protocol::Tcp, source, destination, bytes })
            }),
            Carrier::Turn(tunnel) => tunnel.next(now, settings),
        }
    }

    fn relayed(&self) -> Option<SocketAddr> {
        match &self.carrier {
            Carrier::Framed { .. } => None,
            Carrier::Turn(tunnel) => tunnel.relayed(),
        }
    }

    /// Whether what has come and is no whole frame yet may be the beginning of one.
    pub(super) fn is_modest(&self) -> bool {
        self.verified || self.waiting() <= UNVERIFIED_BYTES
    }

    /// Bytes that have come and are no whole frame yet.
    fn waiting(&self) -> usize {
        match &self.carrier {
            Carrier::Framed { incoming, .. } => incoming.waiting(),
            Carrier::Turn(tunnel) => tunnel.frames.waiting(),
        }
    }

    /// A check that came on it has been answered: its page is there.
    pub(super) fn verify(&mut self, now: Instant) {
        self.verified = true;
        self.until = now + CONSENT;
    }

    pub(super) fn is_verified(&self) -> bool {
        self.verified
    }

    /// It is another thread's. False: it may not go there, because it has been sent on before or belongs to a
    /// page here.
    pub(super) fn moves(&mut self) -> bool {
        !self.verified && !std::mem::replace(&mut self.moved, true)
    }

    /// Sends a datagram, or drops it when too much waits before it.
    pub(super) fn send(&mut self, now: Instant, transmit: &Transmit) {
        for datagram in transmit.datagrams() {
            match &mut self.carrier {
                Carrier::Framed { outgoing, .. } if outgoing.len() < BACKLOG => frame(datagram, outgoing),
                Carrier::Turn(tunnel) if tunnel.backlog() < BACKLOG => {
                    tunnel.send(now, transmit.source, datagram);
                }
                _ => {}
            }
        }
    }

    /// Writes what the connection takes. False: it is over.
    pub(super) fn flush(&mut self) -> bool {
        let outgoing = match &mut self.carrier {
            Carrier::Framed { outgoing, .. } => outgoing,
            Carrier::Turn(tunnel) => return tunnel.flush(&mut self.socket).unwrap_or(false),
        };
        while !outgoing.is_empty() {
            match self.socket.write(outgoing) {
                Ok(0) => return false,
                Ok(count) => drop(outgoing.drain(..count)),
                Err(cause) => return again(&cause),
            }
        }
        true
    }

    pub(super) fn waits(&self) -> bool {
        match &self.carrier {
            Carrier::Framed { outgoing, .. } => !outgoing.is_empty(),
            Carrier::Turn(tunnel) => tunnel.waits(),
        }
    }
}

/// The streams of one thread.
#[derive(Default)]
pub(super) struct Streams {
    all: HashMap<Ends, Stream>,
    /// Of those that carry TURN, by the address under which each is known to the relay.
    relayed: HashMap<SocketAddr, Ends>,
    /// When the next of them may be over; not later.
    due: Option<Instant>,
}

impl Streams {
    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Stream> {
        self.all.values()
    }

    pub(super) fn get_mut(&mut self, ends: Ends) -> Option<&mut Stream> {
        self.all.get_mut(&ends)
    }

    /// The one that carries what goes from that address of the box to that one.
    pub(super) fn to(&mut self, transmit: &Transmit) -> Option<&mut Stream> {
        let ends = match transmit.protocol {
            Protocol::Turn => *self.relayed.get(&transmit.destination)?,
            _ => (transmit.destination, transmit.source),
        };
        self.all.get_mut(&ends)
    }

    /// Learns under which address a stream is known, which something that came on it may have changed.
    pub(super) fn relate(&mut self, ends: Ends) {
        let Some(Stream { carrier: Carrier::Turn(tunnel), .. }) = self.all.get(&ends) else { return };
        let relayed = tunnel.relayed();
        if relayed.is_none_or(|address| !self.relayed.contains_key(&address)) {
            self.relayed.retain(|_, known| *known != ends);
            self.relayed.extend(relayed.map(|address| (address, ends)));
        }
    }

    pub(super) fn remove(&mut self, ends: Ends) -> Option<Stream> {
        let removed = self.all.remove(&ends)?;
        if let Some(address) = removed.relayed() {
            self.relayed.remove(&address);
        }
        Some(removed)
    }

    /// Keeps those of which that holds.
    fn retain(&mut self, mut holds: impl FnMut(&mut Stream) -> bool) {
        let Streams { all, relayed, .. } = self;
        all.retain(|_, stream| holds(stream));
        if relayed.len() > all.len() || relayed.values().any(|ends| !all.contains_key(ends)) {
            relayed.retain(|_, ends| all.contains_key(ends));
        }
    }

    /// Takes one more. Where there is no room, the one that has been unverified for longest makes some; there
    /// is none for another where all are verified.
    pub(super) fn keep(&mut self, stream: Stream) {
        if self.all.len() >= STREAMS && !self.all.contains_key(&stream.ends()) {
            let unverified = self.all.iter().filter(|(_, stream)| !stream.verified);
            let Some(ends) = unverified.min_by_key(|(_, stream)| stream.until).map(|(ends, _)| *ends) else {
                return;
            };
            self.remove(ends);
        }
        self.due = self.due.into_iter().chain([stream.until]).min();
        self.all.insert(stream.ends(), stream);
    }

    /// When to come back with [`end_overdue`](Streams::end_overdue).
    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.due
    }

    pub(super) fn end_overdue(&mut self, now: Instant) {
        if self.due.is_some_and(|due| due <= now) {
            self.retain(|stream| now < stream.until);
            self.due = self.all.values().map(|stream| stream.until).min();
        }
    }

    /// Writes what waits.
    pub(super) fn flush(&mut self) {
        self.retain(Stream::flush);
    }

    pub(super) fn clear(&mut self) {
        self.all.clear();
        self.relayed.clear();
        self.due = None;
    }
}

/// IPv4 that came over an IPv6 socket is IPv4.
fn plain(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;
    use std::sync::Arc;

    #[test]
    #[expect(clippy::disallowed_methods, reason = "from any moment on, and the clock is moved")]
    fn streams_that_show_no_password_make_room_and_end() {
        let (listener, now) = (TcpListener::bind("127.0.0.1:0").expect("a port"), Instant::now());
        let permits = Arc::new(());
        let mut streams = Streams::default();
        let mut clients = Vec::new();
        let mut open = |streams: &mut Streams, since| {
            let client = TcpStream::connect(listener.local_addr().expect("it is bound")).expect("it listens");
            let (socket, _) = listener.accept().expect("somebody is there");
            let permit = Box::new(permits.clone());
            let accepted = Accepted { socket, opening: Opening::Framed(vec![]), since, permit };
            let stream = Stream::new(accepted, None).expect("it is open");
            let ends = stream.ends();
            streams.keep(stream);
            clients.push(client);
            ends
        };
        let page = open(&mut streams, now);
        streams.get_mut(page).expect("it is there").verify(now);
        let first = open(&mut streams, now);
        for n in 0..STREAMS as u64 {
            let last = open(&mut streams, now + Duration::from_millis(n));
            assert!(streams.get_mut(last).is_some(), "there is room for who comes");
        }
        assert_eq!(streams.len(), STREAMS);
        assert_eq!(Arc::strong_count(&permits), 1 + STREAMS, "who made room has given the permit back");
        assert!(streams.get_mut(first).is_none(), "the oldest that is unverified");
        assert!(streams.get_mut(page).is_some());

        let due = streams.next_deadline().expect("some are unverified");
        assert!(due <= now + UNVERIFIED);
        streams.end_overdue(now + UNVERIFIED + Duration::from_secs(2));
        assert_eq!((streams.len(), Arc::strong_count(&permits)), (1, 2), "only the page's is left");
        assert!(streams.next_deadline().is_some_and(|due| due == now + CONSENT));
        streams.get_mut(page).expect("it is there").verify(now + CONSENT / 2);
        streams.end_overdue(now + CONSENT);
        assert_eq!(streams.len(), 1, "its checks go on");
        streams.end_overdue(now + CONSENT * 2);
        assert_eq!((streams.len(), Arc::strong_count(&permits)), (0, 1));
    }

    #[test]
    #[expect(clippy::disallowed_methods, reason = "from any moment on, and the clock is moved")]
    fn bytes_without_a_check_renew_nothing_and_do_not_pile_up() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let mut client = TcpStream::connect(listener.local_addr().expect("it is bound")).expect("it listens");
        let (socket, _) = listener.accept().expect("somebody is there");
        let since = Instant::now();
        let opening = Opening::Framed(vec![0xff]);
        let accepted = Accepted { socket, opening, since, permit: Box::new(()) };
        let mut stream = Stream::new(accepted, None).expect("it is open");
        stream.socket.set_nonblocking(false).expect("an option");
        while stream.is_modest() {
            client.write_all(&[0xff; 100]).expect("it is open");
            assert!(stream.receive());
            assert!(stream.waiting() <= UNVERIFIED_BYTES + UNVERIFIED_PIECE);
        }
        assert_eq!(stream.until, since + UNVERIFIED);
        assert!(stream.moves() && !stream.moves(), "it goes from thread to thread once");
    }
}
