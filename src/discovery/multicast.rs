//! The sockets of multicast DNS: for each place one over IPv4 and one over IPv6, if it speaks them.

use super::reach::Reach;
use super::responder::{PORT, Say};
use rustix::net::netdevice::index_to_name;
use socket2::{Domain, Protocol, SockRef, Socket, Type};
use std::future::poll_fn;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::task::Poll;
use tokio::{io::ReadBuf, net::UdpSocket};
use tracing::debug;

/// Where everybody listens (RFC 6762 section 3).
pub(super) const GROUP_V4: Ipv4Addr = Ipv4Addr::new(224, 0, 0, 251);
pub(super) const GROUP_V6: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 0xfb);

/// Longer messages than this are nobody's (RFC 6762 section 17; SECURITY.md).
pub(super) const MESSAGE_MAX: usize = 9000;

pub(super) struct Sockets {
    sockets: Vec<Ear>,
    /// At which to listen first, so that a noisy place does not drown the others.
    turn: usize,
}

struct Ear {
    place: u32,
    everybody: SocketAddr,
    socket: UdpSocket,
}

impl Sockets {
    /// An interface that does not work is left out, and looked at again when the network changes.
    ///
    /// # Errors
    ///
    /// The kernel would not give any socket, because the port is taken by a program that does not share it.
    pub(super) fn open(reach: &Reach) -> io::Result<Sockets> {
        let ears = reach.places.iter().flat_map(|(&index, place)| {
            let v4 = place.v4.first().map(|&(address, _)| Ear::v4(index, address));
            let v6 = place.speaks_v6.then(|| Ear::v6(index));
            v4.into_iter().chain(v6).map(move |ear| (index, ear))
        });
        let (mut sockets, mut trouble) = (Vec::new(), None);
        for (interface, ear) in ears {
            match ear {
                Ok(ear) => sockets.push(ear),
                Err(error) => {
                    debug!(%error, interface, "cannot speak of the name there");
                    trouble = Some(error);
                }
            }
        }
        match trouble.filter(|_| sockets.is_empty()) {
            Some(error) => Err(error),
            None => Ok(Sockets { sockets, turn: 0 }),
        }
    }

    /// The next datagram: how long it is, to which place it came, and from whom.
    pub(super) async fn receive(&mut self, buffer: &mut [u8]) -> (usize, u32, SocketAddr) {
        poll_fn(|context| {
            for _ in 0..self.sockets.len() {
                self.turn = (self.turn + 1) % self.sockets.len();
                let ear = &self.sockets[self.turn];
                let mut into = ReadBuf::new(buffer);
                match ear.socket.poll_recv_from(context, &mut into) {
                    Poll::Ready(Ok(from)) => return Poll::Ready((into.filled().len(), ear.place, from)),
                    // The interface is going; the kernel will tell of it in another way, too.
                    Poll::Ready(Err(error)) => {
                        debug!(%error, "multicast DNS");
                        context.waker().wake_by_ref();
                    }
                    Poll::Pending => {}
                }
            }
            Poll::Pending
        })
        .await
    }

    /// Nothing waits: what does not go at once is lost, as it may be on the way.
    pub(super) fn send(&self, Say { place, to, message }: Say) {
        for ear in self.sockets.iter().filter(|ear| ear.place == place) {
            let to = match to {
                Some(to) if to.is_ipv4() == ear.everybody.is_ipv4() => to,
                Some(_) => continue,
                None => ear.everybody,
            };
            // Straight to the kernel: until the runtime has looked at a new socket, it takes it for one that is full.
            if let Err(error) = SockRef::from(&ear.socket).send_to(&message, &to.into()) {
                debug!(%error, place, %to, "cannot say something of the name");
            }
        }
    }
}

impl Ear {
    /// Bound to the group, so that it hears nothing but what is for everybody.
    fn v4(place: u32, address: Ipv4Addr) -> io::Result<Ear> {
        let socket = shared_socket(Domain::IPV4)?;
        socket.bind(&SocketAddrV4::new(GROUP_V4, PORT).into())?;
        socket.join_multicast_v4(&GROUP_V4, &address)?;
        // What came over other interfaces, where the same group was joined, is not for it, and what it says goes
        // over this one only. To be bound to the interface means the same, but takes a privilege before Linux 5.7.
        if let Err(error) = speak_only_at(&socket, address) {
            debug!(%error, "multicast DNS takes a whole interface, as under an emulator");
            socket.bind_device(Some(index_to_name(&socket, place)?.as_bytes()))?;
        }
        socket.set_multicast_ttl_v4(255)?;
        socket.set_ttl_v4(255)?;
        Ear::new(place, SocketAddrV4::new(GROUP_V4, PORT).into(), socket)
    }

    fn v6(place: u32) -> io::Result<Ear> {
        let socket = shared_socket(Domain::IPV6)?;
        socket.set_only_v6(true)?;
        // The zone binds it to the interface, in both directions.
        let everybody = SocketAddrV6::new(GROUP_V6, PORT, 0, place);
        socket.bind(&everybody.into())?;
        socket.join_multicast_v6(&GROUP_V6, place)?;
        socket.set_multicast_hops_v6(255)?;
        socket.set_unicast_hops_v6(255)?;
        Ear::new(place, everybody.into(), socket)
    }

    fn new(place: u32, everybody: SocketAddr, socket: Socket) -> io::Result<Ear> {
        Ok(Ear { place, everybody, socket: UdpSocket::from_std(socket.into())? })
    }
}

fn speak_only_at(socket: &Socket, address: Ipv4Addr) -> io::Result<()> {
    socket.set_multicast_all_v4(false)?;
    socket.set_multicast_if_v4(&address)
}

/// Others on this machine listen on the port, too.
fn shared_socket(domain: Domain) -> io::Result<Socket> {
    let socket = Socket::new(domain, Type::DGRAM.nonblocking().cloexec(), Some(Protocol::UDP))?;
    socket.set_reuse_address(true)?;
    socket.set_reuse_port(true)?;
    Ok(socket)
}
