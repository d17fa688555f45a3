//! TURN over TLS, both ends of it: what hands connections to the relay, and a client's wire.

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, engine::general_purpose::STANDARD};
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Instant;
use wizyjno::ids::PersonId;
use wizyjno::media::{Accepted, Media, Opening, TurnConnection};
use wizyjno::turn::message::{Builder, Message, attribute, kind};
use wizyjno::turn::{
    FrameReader, IntegrityKey, REALM, TurnServer, channel_data, payload, write_channel_data,
};

const PORT: u16 = 18_556;
const CHANNEL: u16 = 0x4000;

/// More than the bench has.
const CONNECTIONS: usize = 10_000;

pub(crate) fn server() -> Arc<TurnServer> {
    let secret = digest(&SHA256, b"bench").as_ref().try_into().expect("32 octets");
    Arc::new(TurnServer::new(&secret, CONNECTIONS, Instant::now()))
}

/// Accepts clients for the relay, in a thread. What they need to know.
pub(crate) fn accept(media: &Media, server: &TurnServer) -> Value {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".into()]).expect("a certificate");
    let (certificate, key) = (made.cert.der().clone(), made.signing_key.serialize_der());
    let config = ServerConfig::builder().with_no_client_auth();
    let key = PrivatePkcs8KeyDer::from(key).into();
    let config = Arc::new(config.with_single_cert(vec![certificate.clone()], key).expect("they fit"));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, PORT)).expect("the port is free");
    let media = media.clone();
    std::thread::spawn(move || {
        for mut socket in listener.incoming().flatten() {
            let mut tls = Box::new(ServerConnection::new(config.clone()).expect("a configuration"));
            while tls.is_handshaking() || tls.wants_write() {
                tls.complete_io(&mut socket).expect("a handshake");
            }
            let opening = Opening::Turn(TurnConnection { tls, client: Ipv4Addr::LOCALHOST.into() });
            media.tcp(Accepted { socket, opening, since: Instant::now(), permit: Box::new(()) });
        }
    });
    let credentials = server.issue(Instant::now(), PersonId(1));
    json!({"certificate": STANDARD.encode(&certificate), "username": credentials.username,
        "password": credentials.password})
}

/// A client's connection, with a channel to the relay.
pub(crate) struct TurnWire {
    pub(crate) socket: TcpStream,
    tls: ClientConnection,
    frames: FrameReader,
    peer: SocketAddr,
    relayed: SocketAddr,
}

impl TurnWire {
    pub(crate) fn connect(known: &Value, peer: SocketAddr) -> TurnWire {
        let text = |field: &str| known[field].as_str().expect("a text");
        let mut roots = RootCertStore::empty();
        let certificate = STANDARD.decode(text("certificate")).expect("base64");
        roots.add(CertificateDer::from(certificate)).expect("a certificate");
        let config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
        let name = ServerName::try_from("localhost").expect("a name");
        let tls = ClientConnection::new(Arc::new(config), name).expect("a configuration");
        let socket = TcpStream::connect((Ipv4Addr::LOCALHOST, PORT)).expect("it listens");
        socket.set_nodelay(true).expect("an option");
        let mut wire = TurnWire { socket, tls, frames: FrameReader::default(), peer, relayed: peer };
        wire.allocate(text("username"), text("password"));
        wire.socket.set_nonblocking(true).expect("an option");
        wire
    }

    /// Where the relay sees it.
    pub(crate) fn address(&self) -> SocketAddr {
        self.relayed
    }

    fn allocate(&mut self, username: &str, password: &str) {
        let key = IntegrityKey::long_term(username, REALM, password);
        let mut request = Vec::new();
        Builder::new(&mut request, kind::ALLOCATE, [1; 12]).finish();
        let answer = self.ask(&request);
        let nonce = Message::parse(&answer).and_then(|message| message.attribute(attribute::NONCE));
        let nonce = nonce.expect("a nonce").to_vec();
        for kind in [kind::ALLOCATE, kind::CHANNEL_BIND] {
            request.clear();
            let [high, low] = CHANNEL.to_be_bytes();
            Builder::new(&mut request, kind, [2; 12])
                .attribute(attribute::REQUESTED_TRANSPORT, &[17, 0, 0, 0])
                .attribute(attribute::CHANNEL_NUMBER, &[high, low, 0, 0])
                .address(attribute::XOR_PEER_ADDRESS, self.peer)
                .attribute(attribute::USERNAME, username.as_bytes())
                .attribute(attribute::REALM, REALM.as_bytes())
                .attribute(attribute::NONCE, &nonce)
                .seal(&key);
            let answer = self.ask(&request);
            let message = Message::parse(&answer).expect("an answer");
            assert_eq!(message.kind, kind | kind::SUCCESS);
            if let Some(Some(address)) = message.addresses(attribute::XOR_RELAYED_ADDRESS).next() {
                self.relayed = address;
            }
        }
    }

    fn ask(&mut self, request: &[u8]) -> Vec<u8> {
        self.tls.writer().write_all(request).expect("it is short");
        loop {
            self.tls.complete_io(&mut self.socket).expect("it is open");
            self.decrypt();
            if let Some(frame) = self.frames.pop().expect("frames") {
                return frame.to_vec();
            }
        }
    }

    fn decrypt(&mut self) {
        let mut piece = [0; 16 << 10];
        while let Ok(count @ 1..) = self.tls.reader().read(&mut piece) {
            self.frames.push(&piece[..count]);
        }
    }

    pub(crate) fn send(&mut self, bytes: &[u8]) {
        let mut frame = Vec::with_capacity(bytes.len() + 8);
        write_channel_data(CHANNEL, bytes, &mut frame);
        self.tls.writer().write_all(&frame).expect("there is room");
        while self.tls.wants_write() && self.tls.write_tls(&mut self.socket).is_ok() {}
    }

    /// What has come.
    pub(crate) fn receive(&mut self) -> Vec<(SocketAddr, Vec<u8>, u64)> {
        while let Ok(1..) = self.tls.read_tls(&mut self.socket) {
            self.tls.process_new_packets().expect("TLS");
            self.decrypt();
        }
        let mut received = Vec::new();
        while let Some(frame) = self.frames.pop().expect("frames") {
            let bytes = channel_data(frame).map(|(_, bytes)| bytes).or_else(|| payload(frame));
            received.extend(bytes.map(|bytes| (self.peer, bytes.to_vec(), 0)));
        }
        received
    }
}
