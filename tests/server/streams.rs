//! Media by TCP: whoever opens such a connection holds one of his address's places, and no more of them.

use crate::common::{TEST_TIMEOUT, TestServer};
use std::net::Ipv4Addr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::mpsc;
use tokio::time::timeout;

/// The length of a frame, and the beginning of a STUN binding request in it.
const BEGINNING: [u8; 10] = [0x01, 0xf4, 0x00, 0x01, 0x00, 0x00, 0x21, 0x12, 0xa4, 0x42];

#[tokio::test]
async fn silent_media_connections_hold_no_more_than_their_address_may() {
    const MOST: usize = 8;
    const OPENED: usize = 40;
    let server = TestServer::start(&["--connections-per-address", &MOST.to_string()]);
    let (ended, mut endings) = mpsc::channel(OPENED);
    let mut held = Vec::new();
    for _ in 0..OPENED {
        let mut stream = TcpStream::connect(server.https).await.expect("it listens");
        let ended = ended.clone();
        held.push(tokio::spawn(async move {
            let _ = stream.write_all(&BEGINNING).await;
            while stream.read_u8().await.is_ok() {}
            let _ = ended.send(()).await;
        }));
    }
    for n in 0..OPENED - MOST {
        let refused = timeout(TEST_TIMEOUT, endings.recv()).await;
        assert!(refused.is_ok(), "{} connections of one address are held", OPENED - n);
    }
    // A neighbour, and one who comes byte by byte.
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.bind((Ipv4Addr::new(127, 0, 0, 2), 0).into()).expect("the loopback is wide");
    let at = (Ipv4Addr::LOCALHOST, server.https.port()).into();
    let mut neighbour = socket.connect(at).await.expect("it listens");
    for byte in BEGINNING {
        neighbour.write_all(&[byte]).await.expect("it is let in");
    }
    drop(neighbour);
    // Who goes gives the place back.
    held.iter().for_each(tokio::task::JoinHandle::abort);
    let answered = async {
        loop {
            let mut stream = TcpStream::connect(server.http).await.expect("it listens");
            let _ = stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await;
            if stream.read_u8().await.is_ok() {
                return;
            }
        }
    };
    timeout(TEST_TIMEOUT, answered).await.expect("there is room again");
}
