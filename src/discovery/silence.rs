//! Whether avahi really answers for the name: it takes records for an interface that it is set to leave alone
//! (`deny-interfaces`, `allow-interfaces`), or for a protocol (`use-ipv4=no`), and says nothing there.

use super::reach::{Place, Reach};
use crate::mdns_query::{self, GROUP_V4, GROUP_V6, MESSAGE_MAX, PORT};
use socket2::{Domain, Protocol, Socket, Type};
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::time::Duration;
use tokio::net::UdpSocket;
use tokio::time::{Instant, timeout_at};

/// How often a place is asked, and how long each time: an answer comes within milliseconds, and a datagram
/// may be lost.
const QUESTIONS: u32 = 8;
const ANSWER_TIMEOUT: Duration = Duration::from_millis(500);

/// Asks in each place for the name, as a device there would, and returns the index of one in which nobody
/// answers. An interface that cannot be asked is not held against anybody.
pub(super) async fn silent_place(label: &str, reach: &Reach) -> Option<u32> {
    let mut asking = tokio::task::JoinSet::new();
    for (&index, place) in &reach.places {
        let (host, place) = (super::host(label), place.clone());
        asking.spawn(async move { (index, is_answered(&host, index, &place).await) });
    }
    while let Some(asked) = asking.join_next().await {
        if let Ok((index, Ok(false))) = asked {
            return Some(index);
        }
    }
    None
}

async fn is_answered(host: &str, index: u32, place: &Place) -> io::Result<bool> {
    let (socket, everybody) = match place.v4.first() {
        Some(&(address, _)) => asker_v4(address)?,
        None => asker_v6(index)?,
    };
    let id = socket.local_addr()?.port(); // as good as any
    let question = mdns_query::question(id, host);
    let mut buffer = [0; MESSAGE_MAX];
    for _ in 0..QUESTIONS {
        // What cannot be sent at this moment may be so the next time.
        let _ = socket.send_to(&question, everybody).await;
        let until = Instant::now() + ANSWER_TIMEOUT;
        while let Ok(heard) = timeout_at(until, socket.recv(&mut buffer)).await {
            if !mdns_query::answer(id, host, &buffer[..heard?]).is_empty() {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

fn asker_v4(address: Ipv4Addr) -> io::Result<(UdpSocket, SocketAddr)> {
    let socket = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_multicast_if_v4(&address)?;
    socket.bind(&SocketAddrV4::new(address, 0).into())?;
    socket.set_nonblocking(true)?;
    Ok((UdpSocket::from_std(socket.into())?, SocketAddrV4::new(GROUP_V4, PORT).into()))
}

fn asker_v6(index: u32) -> io::Result<(UdpSocket, SocketAddr)> {
    let socket = Socket::new(Domain::IPV6, Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_multicast_if_v6(index)?;
    socket.bind(&SocketAddrV6::new(Ipv6Addr::UNSPECIFIED, 0, 0, 0).into())?;
    socket.set_nonblocking(true)?;
    Ok((UdpSocket::from_std(socket.into())?, SocketAddrV6::new(GROUP_V6, PORT, 0, index).into()))
}
