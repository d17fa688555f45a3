//! What connects the load to the target: WebRTC, or the bare cipher of [`raw`](crate::raw).

use crate::packet::{Stamp, stamp_now};
use crate::raw::{key, open};
use crate::socket::Batch;
use crate::target::{Target, target_address};
use crate::turn_wire::TurnWire;
use aws_lc_rs::aead::LessSafeKey;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Instant;
use str0m::Event;
use str0m::net::Transmit;
use testkit::{Connection, Transport};

/// A WebRTC connection with its socket.
pub(crate) type ClientConnection = Connection<Wire>;

/// What its datagrams go by.
pub(crate) enum Wire {
    Udp(Batch),
    Turn(Box<TurnWire>),
}

impl Transport for Wire {
    fn send(&mut self, transmit: Transmit) {
        match self {
            Wire::Udp(batch) => batch.send_now(transmit.destination, &transmit.contents),
            Wire::Turn(wire) => wire.send(&transmit.contents),
        }
    }
}

impl Wire {
    fn receive(&mut self) -> Vec<(SocketAddr, Vec<u8>, u64)> {
        match self {
            Wire::Udp(batch) => batch.receive(),
            Wire::Turn(wire) => wire.receive(),
        }
    }

    pub(crate) fn socket(&self) -> BorrowedFd<'_> {
        match self {
            Wire::Udp(batch) => batch.socket.as_fd(),
            Wire::Turn(wire) => wire.socket.as_fd(),
        }
    }
}

pub(crate) fn connect(target: &Target) -> ClientConnection {
    let (wire, address) = if target.turn.is_null() {
        let (socket, address) = bind(target.here);
        (Wire::Udp(socket), address)
    } else {
        let wire = TurnWire::connect(&target.turn, target_address());
        let address = wire.address();
        (Wire::Turn(Box::new(wire)), address)
    };
    Connection::new(testkit::config(false), address, wire, Instant::now())
}

/// Takes what has come, where something has, and does what is due. `hear` gets what comes of media, and when it came, as
/// in [`Stamp::at`].
pub(crate) fn turn(
    client: &mut ClientConnection,
    now: Instant,
    ready: bool,
    want_keyframe: &mut bool,
    mut hear: impl FnMut(Stamp, u64),
) {
    let mut on_event = |event, arrived: u64| match event {
        Event::KeyframeRequest(_) => *want_keyframe = true,
        Event::RtpPacket(packet) => {
            if let Some(stamp) = Stamp::read(&packet.payload) {
                hear(stamp, if arrived == 0 { stamp_now() } else { arrived });
            }
        }
        _ => {}
    };
    let received = if ready { client.transport.receive() } else { Vec::new() };
    for (source, bytes, arrived) in received {
        client.handle_datagram(now, source, &bytes).expect("no mistake");
        client.drain(|event| on_event(event, arrived)).expect("no mistake");
    }
    if client.wake <= now {
        client.handle_timeout(now).expect("no mistake");
        client.drain(|event| on_event(event, 0)).expect("no mistake");
    }
}

/// A socket for packets that are sealed with a key that everybody knows.
pub(crate) struct Raw {
    pub(crate) key: LessSafeKey,
    pub(crate) socket: Batch,
    pub(crate) address: SocketAddr,
}

impl Raw {
    pub(crate) fn new(here: IpAddr, n: u16) -> Raw {
        let (socket, address) = bind(here);
        Raw { key: key(n), socket, address }
    }

    pub(crate) fn receive(&mut self, mut hear: impl FnMut(Stamp, u64)) {
        for (_, mut bytes, arrived) in self.socket.receive() {
            if let Some(stamp) = open(&self.key, &mut bytes).and_then(Stamp::read) {
                hear(stamp, arrived);
            }
        }
    }
}

fn bind(here: IpAddr) -> (Batch, SocketAddr) {
    let socket = Batch::new(UdpSocket::bind((here, 0)).expect("a port"));
    let address = socket.socket.local_addr().expect("it is bound");
    (socket, address)
}
