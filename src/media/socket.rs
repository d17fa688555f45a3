//! The UDP sockets of one media thread, in batches.

use super::send_errors::{SendError, SendErrors};
use crate::sfu::{Protocol, Received, Transmit};
use quinn_udp::{BATCH_SIZE, RecvMeta, UdpSocketState};
use rustix::net::sockopt;
use socket2::{Domain, SockRef, Socket, Type};
use std::io::{self, IoSliceMut};
use std::net::{SocketAddr, UdpSocket};

/// What the kernel keeps for us while we are at something else: a tenth of a second of a hundred pictures.
const KERNEL_BUFFER: usize = 4 << 20;
/// A receive may hold so many datagrams joined by the kernel (GRO), 64 KiB at most.
const RECEIVE_BUFFER: usize = 1 << 16;
/// Batches taken from one socket before the others get their turn.
const TURN: usize = 4;
/// The most that one message of joined datagrams (GSO) may hold.
const RUN: usize = 60_000;

/// A UDP socket, and what batches need.
pub(super) struct Udp {
    pub(super) socket: UdpSocket,
    state: UdpSocketState,
    port: u16,
    ipv6: bool,
    /// The run that is being put together.
    run: Vec<u8>,
    head: Option<Head>,
    /// Datagrams above this size are not joined: the link is too narrow for them, and the kernel splits only
    /// those that come one by one.
    joined: usize,
    /// What was not sent.
    pub(super) errors: SendErrors,
    /// Source and destination of each datagram that was not sent, until they are taken.
    unsent: Vec<(SocketAddr, SocketAddr)>,
}

/// What the sockets of a thread receive into: 2 MiB, made when somebody first says something, for most boxes
/// rest most of the time, and not every allocator gives zeros without writing them.
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
        let_links_be_narrow(&socket, address)?;
        Ok(Udp {
            socket,
            state,
            port: address.port(),
            ipv6: address.is_ipv6(),
            run: Vec::with_capacity(RUN),
            head: None,
            joined: usize::MAX,
            errors: SendErrors::default(),
            unsent: Vec::new(),
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

    /// Sends a run at once, and adds a single datagram to the one that is being put together, which goes out when it is
    /// full or another one begins.
    pub(super) fn send(&mut self, transmit: &Transmit) {
        let &Transmit { source, destination, size, ref bytes, .. } = transmit;
        let head = Head { source, destination, size, count: 0, complete: false };
        if bytes.len() > size {
            self.flush();
            for run in bytes.chunks(size * self.state.max_gso_segments()) {
                self.put(Head { count: run.len().div_ceil(size), ..head }, run);
            }
            return;
        }
        let fits = self.head.is_some_and(|head| {
            head.source == source
                && head.destination == destination
                && !head.complete
                && size <= head.size
                && head.size <= self.joined
                && head.count < self.state.max_gso_segments()
                && self.run.len() + size <= RUN
        });
        if !fits {
            self.flush();
            self.head = Some(head);
        }
        self.run.extend_from_slice(bytes);
        if let Some(head) = &mut self.head {
            head.count += 1;
            head.complete = size < head.size;
        }
    }

    /// Sends what was put together.
    pub(super) fn flush(&mut self) {
        let Some(head) = self.head.take() else { return };
        let run = std::mem::take(&mut self.run);
        self.put(head, &run);
        self.run = run;
        self.run.clear();
    }

    /// Sends a run. What the kernel has no room for is lost, as on any network.
    fn put(&mut self, head: Head, run: &[u8]) {
        let message = quinn_udp::Transmit {
            destination: head.destination,
            ecn: None,
            contents: run,
            segment_size: (head.count > 1).then_some(head.size),
            src_ip: Some(head.source.ip()),
        };
        if head.count == 1 || head.size <= self.joined {
            match self.state.try_send((&self.socket).into(), &message) {
                Ok(()) => return,
                Err(cause) if head.count == 1 => return self.count(&cause, head),
                Err(cause) if SendError::of(&cause) == SendError::TooLarge => {
                    self.joined = self.joined.min(head.size - 1);
                }
                // The interface does not split messages (quinn-udp has noted that).
                Err(_) => {}
            }
        }
        for contents in run.chunks(head.size) {
            let single = quinn_udp::Transmit { contents, segment_size: None, ..message };
            if let Err(cause) = self.state.try_send((&self.socket).into(), &single) {
                self.count(&cause, head);
            }
        }
    }

    /// Source and destination of each datagram that was not sent since the last time.
    pub(super) fn take_unsent(&mut self) -> Vec<(SocketAddr, SocketAddr)> {
        std::mem::take(&mut self.unsent)
    }

    fn count(&mut self, cause: &io::Error, head: Head) {
        self.unsent.push((head.source, head.destination));
        if self.errors.add(SendError::of(cause)) {
            tracing::warn!(to = %head.destination, size = head.size, %cause, "a datagram of media was not sent");
        }
    }
}

/// Lets the kernel split datagrams that are larger than the link (RFC 791, 3.2), which quinn-udp forbids for
/// QUIC. Pages choose how large their packets are, about 1,240 bytes with all headers, and no page can be
/// told that the box's link is narrower. Reports of routers that theirs is (ICMP) are not believed: anybody
/// could send them. IPv6 needs none of this: each of its links carries 1,280 bytes (RFC 8200, 5).
fn let_links_be_narrow(socket: &UdpSocket, address: SocketAddr) -> io::Result<()> {
    if address.is_ipv4() {
        sockopt::set_ip_mtu_discover(socket, sockopt::Ipv4PathMtuDiscovery::OMIT)?;
    }
    Ok(())
}
