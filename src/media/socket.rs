//! The sockets of one media thread: UDP in batches, and TCP connections that carry datagrams.

use super::framing::{Deframer, frame};
use crate::sfu::{Protocol, Received, Transmit};
use quinn_udp::{BATCH_SIZE, RecvMeta, UdpSocketState};
use rustix::net::sockopt;
use socket2::{Domain, SockRef, Socket, Type};
use std::io::{self, IoSliceMut, Read, Write};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::time::{Duration, Instant};

/// What the kernel keeps for us while we are at something else: a tenth of a second of a hundred pictures.
const KERNEL_BUFFER: usize = 4 << 20;
/// A receive may hold so many datagrams joined by the kernel (GRO), 64 KiB at most.
const RECEIVE_BUFFER: usize = 1 << 16;
/// Batches taken from one socket before the others get their turn.
const TURN: usize = 4;
/// The most that one message of joined datagrams (GSO) may hold.
const RUN: usize = 60_000;
/// What may wait for a TCP connection that does not take it. Beyond that media is late, and dropped.
/// Named in SECURITY.md.
const BACKLOG: usize = 128 << 10;
/// Whoever has said nothing for so long is gone (RFC 7675, 5.1).
const CONSENT: Duration = Duration::from_secs(30);

/// A UDP socket, and what batches need.
pub(super) struct Udp {
    pub(super) socket: UdpSocket,
    state: UdpSocketState,
    port: u16,
    ipv6: bool,
    /// The run that is being put together.
    run: Vec<u8>,
    head: Option<Head>,
}

/// What the sockets of a thread receive into: 2 MiB, made when somebody first says something, for most boxes rest most
/// of the time, and not every allocator gives zeros without writing them.
#[derive(Default)]
pub(super) struct Buffers(Vec<u8>);

impl Buffers {
    fn slices(&mut self) -> [IoSliceMut<'_>; BATCH_SIZE] {
        if self.0.is_empty() {
            self.0 = vec![0; BATCH_SIZE * RECEIVE_BUFFER];
        }
        let mut buffers = self.0.chunks_exact_mut(RECEIVE_BUFFER);
        std::array::from_fn(|_| IoSliceMut::new(buffers.next().expect("one for each of a batch")))
    }
}

/// Datagrams of one size from one address to one other; only the last may be shorter.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Head {
    source: SocketAddr,
    destination: SocketAddr,
    size: usize,
    count: usize,
    /// A shorter one was the last.
    complete: bool,
}

impl Udp {
    /// Binds. `shared`: other threads have the same port, and the kernel spreads senders over them.
    ///
    /// # Errors
    ///
    /// Those of the socket.
    pub(super) fn bind(address: SocketAddr, shared: bool) -> io::Result<Udp> {
        let socket = Socket::new(Domain::for_address(address), Type::DGRAM, None)?;
        if address.is_ipv6() {
            socket.set_only_v6(true)?;
        }
        if shared {
            sockopt::set_socket_reuseport(&socket, true)?;
        }
        socket.bind(&address.into())?;
        Udp::new(socket.into())
    }

    /// Takes a socket that is bound; one of IPv6 to IPv6 only.
    ///
    /// # Errors
    ///
    /// Those of the socket.
    pub(super) fn new(socket: UdpSocket) -> io::Result<Udp> {
        let options = SockRef::from(&socket);
        // As root, or where somebody did it for us, as much as we like; otherwise what the machine allows.
        if options.recv_buffer_size()? < KERNEL_BUFFER
            && sockopt::set_socket_recv_buffer_size_force(&socket, KERNEL_BUFFER).is_err()
        {
            let _ = options.set_recv_buffer_size(KERNEL_BUFFER);
        }
        if options.send_buffer_size()? < KERNEL_BUFFER
            && sockopt::set_socket_send_buffer_size_force(&socket, KERNEL_BUFFER).is_err()
        {
            let _ = options.set_send_buffer_size(KERNEL_BUFFER);
        }
        let state = UdpSocketState::new((&socket).into())?;
        let address = socket.local_addr()?;
        Ok(Udp {
            socket,
            state,
            port: address.port(),
            ipv6: address.is_ipv6(),
            run: Vec::with_capacity(RUN),
            head: None,
        })
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// Whether datagrams to that address leave here.
    pub(super) fn reaches(&self, destination: SocketAddr) -> bool {
        destination.is_ipv6() == self.ipv6
    }

    /// Takes what has come, a few batches of it. How many datagrams.
    pub(super) fn receive(&mut self, buffers: &mut Buffers, mut take: impl FnMut(Received<'_>)) -> usize {
        let mut count = 0;
        for _ in 0..TURN {
            let mut metas = [RecvMeta::default(); BATCH_SIZE];
            let mut slices = buffers.slices();
            // Errors are of datagrams that we sent (ICMP), or there is nothing: both pass.
            let Ok(batch) = self.state.recv((&self.socket).into(), &mut slices, &mut metas) else { break };
            for (meta, buffer) in metas.iter().zip(&slices).take(batch) {
                let Some(to) = meta.dst_ip.filter(|_| meta.len > 0) else { continue };
                let destination = SocketAddr::new(to, self.port);
                for bytes in buffer[..meta.len].chunks(meta.stride.max(1)) {
                    let source = meta.addr;
                    take(Received { protocol: Protocol::Udp, source, destination, bytes });
                    count += 1;
                }
            }
            if batch < BATCH_SIZE {
                break;
            }
        }
        count
    }

    /// Adds a datagram to the run, which goes out when it is full or another one begins.
    pub(super) fn send(&mut self, transmit: &Transmit) {
        let (source, destination, size) = (transmit.source, transmit.destination, transmit.bytes.len());
        let fits = self.head.is_some_and(|head| {
            head.source == source
                && head.destination == destination
                && !head.complete
                && size <= head.size
                && head.count < self.state.max_gso_segments()
                && self.run.len() + size <= RUN
        });
        if !fits {
            self.flush();
            self.head = Some(Head { source, destination, size, count: 0, complete: false });
        }
        self.run.extend_from_slice(&transmit.bytes);
        if let Some(head) = &mut self.head {
            head.count += 1;
            head.complete = size < head.size;
        }
    }

    /// Sends the run. What the kernel has no room for is lost, as on any network.
    pub(super) fn flush(&mut self) {
        let Some(head) = self.head.take() else { return };
        let message = quinn_udp::Transmit {
            destination: head.destination,
            ecn: None,
            contents: &self.run,
            segment_size: (head.count > 1).then_some(head.size),
            src_ip: Some(head.source.ip()),
        };
        let sent = self.state.try_send((&self.socket).into(), &message);
        if head.count > 1 && sent.is_err() {
            // The interface does not split messages (quinn-udp has noted that): one by one.
            for contents in self.run.chunks(head.size) {
                let single = quinn_udp::Transmit { contents, segment_size: None, ..message };
                let _ = self.state.try_send((&self.socket).into(), &single);
            }
        }
        self.run.clear();
    }
}

/// A TCP connection that carries datagrams, each behind its length (RFC 6544, RFC 4571).
pub(super) struct Stream {
    pub(super) socket: TcpStream,
    pub(super) source: SocketAddr,
    pub(super) destination: SocketAddr,
    pub(super) incoming: Deframer,
    outgoing: Vec<u8>,
    /// When something last came.
    heard: Instant,
}

impl Stream {
    /// `first` is what was read from it already.
    ///
    /// # Errors
    ///
    /// It is closed, or `first` is too much.
    pub(super) fn new(now: Instant, socket: TcpStream, first: &[u8]) -> io::Result<Stream> {
        socket.set_nonblocking(true)?;
        socket.set_nodelay(true)?;
        let (source, destination) = (plain(socket.peer_addr()?), plain(socket.local_addr()?));
        let mut incoming = Deframer::default();
        if !incoming.push(first) {
            return Err(io::ErrorKind::InvalidData.into());
        }
        Ok(Stream { socket, source, destination, incoming, outgoing: Vec::new(), heard: now })
    }

    /// Reads what has come. False: it is over.
    pub(super) fn receive(&mut self, now: Instant) -> bool {
        let mut piece = [0; 16 << 10];
        match self.socket.read(&mut piece) {
            Ok(0) => false,
            Ok(count) => {
                self.heard = now;
                self.incoming.push(&piece[..count])
            }
            Err(cause) => again(&cause),
        }
    }

    /// Sends a datagram, or drops it when too much waits before it.
    pub(super) fn send(&mut self, datagram: &[u8]) {
        if self.outgoing.len() < BACKLOG {
            frame(datagram, &mut self.outgoing);
        }
    }

    /// Writes what the connection takes. False: it is over.
    pub(super) fn flush(&mut self) -> bool {
        while !self.outgoing.is_empty() {
            match self.socket.write(&self.outgoing) {
                Ok(0) => return false,
                Ok(count) => drop(self.outgoing.drain(..count)),
                Err(cause) => return again(&cause),
            }
        }
        true
    }

    /// Whether its page may still be there: it would have asked for consent since (RFC 7675).
    pub(super) fn is_alive(&self, now: Instant) -> bool {
        now < self.heard + CONSENT
    }

    pub(super) fn waits(&self) -> bool {
        !self.outgoing.is_empty()
    }
}

fn again(cause: &io::Error) -> bool {
    matches!(cause.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted)
}

/// IPv4 that came over an IPv6 socket is IPv4.
fn plain(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}
