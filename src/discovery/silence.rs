//! Whether avahi really answers for our name: it takes records for an interface that it is set to leave alone
//! (`deny-interfaces`, `allow-interfaces`), or for a protocol (`use-ipv4=no`), and says nothing there.

use super::multicast::{GROUP_V4, GROUP_V6, MESSAGE_MAX};
use super::reach::{Place, Reach};
use super::records;
use super::responder::PORT;
use simple_dns::{CLASS, Name, Packet, QCLASS, Question, TYPE};
use socket2::{Domain, Protocol, Socket, Type};
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::time::Duration;
use tokio::net::UdpSocket;
use tokio::time::{Instant, timeout_at};

/// How often a place is asked, and how long each time: an answer comes within milliseconds, and a datagram may be lost.
const QUESTIONS: u32 = 8;
const PATIENCE: Duration = Duration::from_millis(500);

/// Asks in each place for the name, as a device there would, and returns the index of one in which nobody answers. An
/// interface that cannot be asked is not held against anybody.
pub(super) async fn silent_place(label: &str, reach: &Reach) -> Option<u32> {
    let mut asking = tokio::task::JoinSet::new();
    for (&index, place) in &reach.places {
        let (label, place) = (label.to_owned(), place.clone());
        asking.spawn(async move { (index, is_answered(&label, index, &place).await) });
    }
    while let Some(asked) = asking.join_next().await {
        if let Ok((index, Ok(false))) = asked {
            return Some(index);
        }
    }
    None
}

async fn is_answered(label: &str, index: u32, place: &Place) -> io::Result<bool> {
    let (socket, everybody) = match place.v4.first() {
        Some(&(address, _)) => asker_v4(address)?,
        None => asker_v6(index)?,
    };
    let host = records::host(label);
    let (question, id) = question(&host, &socket)?;
    let mut buffer = [0; MESSAGE_MAX];
    for _ in 0..QUESTIONS {
        // What cannot be sent now may be so the next time.
        let _ = socket.send_to(&question, everybody).await;
        let until = Instant::now() + PATIENCE;
        while let Ok(heard) = timeout_at(until, socket.recv(&mut buffer)).await {
            if answers(&buffer[..heard?], id, &host) {
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

/// The question for the addresses of the name; its number is that of the port, which is as good as any.
fn question(host: &Name<'static>, socket: &UdpSocket) -> io::Result<(Vec<u8>, u16)> {
    let id = socket.local_addr()?.port();
    let mut packet = Packet::new_query(id);
    for kind in [TYPE::A, TYPE::AAAA] {
        packet.questions.push(Question::new(host.clone(), kind.into(), QCLASS::CLASS(CLASS::IN), false));
    }
    Ok((packet.build_bytes_vec().map_err(io::Error::other)?, id))
}

/// Whether that is an answer to the question, with an address of the name.
fn answers(message: &[u8], id: u16, host: &Name) -> bool {
    let Some(message) = records::read(message).filter(|message| message.id() == id) else { return false };
    message.answers.iter().any(|record| record.name == *host && records::address_in(&record.rdata).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_has_our_number_and_an_address_of_the_name() {
        let host = records::host("wizyjno");
        let answer = |id, label| {
            let mut packet = Packet::new_reply(id);
            packet.answers.push(records::address_of(label, [192, 168, 1, 5].into()));
            packet.build_bytes_vec().unwrap()
        };
        assert!(answers(&answer(7, "wizyjno"), 7, &host));
        assert!(answers(&answer(7, "WIZYJNO"), 7, &host));
        assert!(!answers(&answer(8, "wizyjno"), 7, &host));
        assert!(!answers(&answer(7, "else"), 7, &host));
        assert!(!answers(&Packet::new_reply(7).build_bytes_vec().unwrap(), 7, &host), "it has none");
        assert!(!answers(b"nonsense", 7, &host));
    }
}
