//! TURN within TLS at the HTTPS port: offered on the internet alone, to its pages, to nothing but media.

use crate::common::{TEST_TIMEOUT, TestServer};
use rustix::process::Signal;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::client::TlsStream;
use wizyjno::turn::message::{Builder, Message, attribute, kind};
use wizyjno::turn::{FrameReader, IntegrityKey, REALM};

const HOSTED: [&str; 4] = ["--domain", "call.example.org", "--acme-directory", "none"];
const UDP: [u8; 4] = [17, 0, 0, 0];

/// A client of TURN on one connection.
struct Client {
    stream: TlsStream<TcpStream>,
    frames: FrameReader,
    username: String,
    key: IntegrityKey,
    nonce: Vec<u8>,
    transactions: u8,
}

impl Client {
    async fn connect(server: &TestServer, username: &str, password: &str) -> Client {
        let (stream, username) = (server.connect().await, username.to_owned());
        let key = IntegrityKey::long_term(&username, REALM, password);
        Client { stream, frames: FrameReader::default(), username, key, nonce: Vec::new(), transactions: 0 }
    }

    /// Of the page that was welcomed so.
    async fn of(server: &TestServer, welcome: &serde_json::Value) -> Client {
        let said = |field: &str| welcome["turn"][field].as_str().expect("a text").to_owned();
        Client::connect(server, &said("username"), &said("credential")).await
    }

    /// The code with which a request is refused; `Err`: the box has closed the connection.
    async fn ask(&mut self, kind: u16, peers: &[&str]) -> Result<Option<u16>, ()> {
        let mut request = Vec::new();
        self.transactions += 1;
        let mut builder = Builder::new(&mut request, kind, [self.transactions; 12]);
        if kind == kind::ALLOCATE {
            builder = builder.attribute(attribute::REQUESTED_TRANSPORT, &UDP);
        }
        for peer in peers {
            let peer: SocketAddr = peer.parse().expect("an address");
            builder = builder.address(attribute::XOR_PEER_ADDRESS, peer);
        }
        if self.nonce.is_empty() {
            builder.finish();
        } else {
            builder
                .attribute(attribute::USERNAME, self.username.as_bytes())
                .attribute(attribute::REALM, REALM.as_bytes())
                .attribute(attribute::NONCE, &self.nonce)
                .seal(&self.key);
        }
        self.stream.write_all(&request).await.map_err(drop)?;
        let answer = self.hear().await.ok_or(())?;
        let message = Message::parse(&answer).expect("a message");
        if let Some(nonce) = message.attribute(attribute::NONCE) {
            self.nonce = nonce.to_vec();
        }
        let code = message.attribute(attribute::ERROR_CODE);
        Ok(code.map(|value| u16::from(value[2]) * 100 + u16::from(value[3])))
    }

    /// The next frame. `None`: the box has closed the connection.
    async fn hear(&mut self) -> Option<Vec<u8>> {
        loop {
            if let Some(frame) = self.frames.pop().expect("frames") {
                return Some(frame.to_vec());
            }
            let mut piece = [0; 2048];
            let read = timeout(TEST_TIMEOUT, self.stream.read(&mut piece)).await.expect("in time");
            let count = read.ok().filter(|count| *count > 0)?;
            self.frames.push(&piece[..count]);
        }
    }

    async fn allocate(&mut self) -> Option<u16> {
        assert_eq!(self.ask(kind::ALLOCATE, &[]).await, Ok(Some(401)), "first it learns realm and nonce");
        self.ask(kind::ALLOCATE, &[]).await.expect("an answer")
    }
}

#[tokio::test]
async fn nobody_is_told_of_turn_on_a_lan_and_it_is_not_there() {
    for options in [&[][..], &["--domain", "calls.lan"]] {
        let server = TestServer::start(options);
        let ann = server.page("Ann").await;
        assert!(ann.welcome.get("turn").is_none(), "{}", ann.welcome);
        let mut stream = server.connect().await;
        let mut request = Vec::new();
        Builder::new(&mut request, kind::ALLOCATE, [1; 12]).finish();
        stream.write_all(&request).await.expect("it reads");
        let mut answer = Vec::new();
        let _ = timeout(TEST_TIMEOUT, stream.read_to_end(&mut answer)).await.expect("an end");
        assert!(!answer.starts_with(&[1]), "{answer:?}");
    }
}

#[tokio::test]
async fn a_page_reaches_media_through_tls_and_nothing_else() {
    let server = TestServer::start(&HOSTED);
    let mut ann = server.page("Ann").await;
    assert_eq!(ann.welcome["turn"]["expires_in_ms"], 1_800_000);
    let mut client = Client::of(&server, &ann.welcome).await;
    assert_eq!(client.allocate().await, None);
    let media = format!("127.0.0.1:{}", server.https.port());
    assert_eq!(client.ask(kind::CREATE_PERMISSION, &[&media]).await, Ok(None));
    for other in ["127.0.0.2:80", "10.255.255.1:80", "192.0.0.8:1024", "198.51.100.7:3478"] {
        assert_eq!(client.ask(kind::CREATE_PERMISSION, &[other]).await, Ok(Some(403)), "{other}");
    }
    ann.say(serde_json::json!({"type": "ask_turn"})).await;
    assert!(ann.hear("turn").await["turn"]["credential"].is_string(), "others, before those are over");
    assert_eq!(server.get("/health", "").await.0, 200, "the port is that of HTTPS");
}

#[tokio::test]
async fn forged_credentials_are_refused_and_floods_of_them_cut() {
    let server = TestServer::start(&HOSTED);
    let ann = server.page("Ann").await;
    let username = ann.welcome["turn"]["username"].as_str().expect("a text");
    let mut client = Client::connect(&server, username, "guessed").await;
    assert_eq!(client.allocate().await, Some(401));
    let mut refused = 2;
    while client.ask(kind::ALLOCATE, &[]).await.is_ok() {
        refused += 1;
        assert!(refused <= 16, "it goes on for ever");
    }
    assert_eq!(refused, 16);
    // Who is not verified has ten seconds; what makes no sense ends at once.
    let mut client = Client::of(&server, &ann.welcome).await;
    assert_eq!(client.allocate().await, None);
    client.stream.write_all(&[0x30; 64]).await.expect("it reads");
    assert_eq!(client.hear().await, None);
}

#[tokio::test]
async fn one_address_has_its_share_of_allocations_and_gets_it_back() {
    let server = TestServer::start(&[&HOSTED[..], &["--connections-per-address", "8"]].concat());
    let ann = server.page("Ann").await;
    let mut clients = Vec::new();
    for _ in 0..6 {
        let mut client = Client::of(&server, &ann.welcome).await;
        assert_eq!(client.allocate().await, None);
        clients.push(client);
    }
    let mut late = Client::of(&server, &ann.welcome).await;
    assert_eq!(late.allocate().await, Some(486));
    drop(clients);
    // The box hears of the end of a connection a moment later.
    let mut refused = 2;
    while late.ask(kind::ALLOCATE, &[]).await.expect("an answer").is_some() {
        refused += 1;
        assert!(refused < 16);
    }
}

#[tokio::test]
async fn it_is_offered_as_soon_as_a_domain_is_set_and_no_longer() {
    let dir = tempfile::tempdir().unwrap();
    let settings = dir.path().join("wizyjno.toml");
    std::fs::write(&settings, "acme-directory = 'none'\n").unwrap();
    let server = TestServer::start(&["--config", settings.to_str().unwrap()]);
    assert!(server.page("Ann").await.welcome.get("turn").is_none());
    for (said, is_offered) in [
        ("acme-directory = 'none'\ndomain = 'call.example.org'\n", true),
        ("acme-directory = 'none'\n", false),
    ] {
        std::fs::write(&settings, said).unwrap();
        server.signal(Signal::HUP);
        let mut pages = 0;
        while server.page("Ann").await.welcome.get("turn").is_some() != is_offered {
            pages += 1;
            assert!(pages < 100, "a reload changes nothing");
        }
    }
}
