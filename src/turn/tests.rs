//! Scenarios of one client, in virtual time.

use super::message::{Builder, Message, Transaction, attribute, kind};
use super::*;
use std::time::Duration;

const CLIENT: &str = "203.0.113.9:50000";
pub(super) const MEDIA: [&str; 3] = ["198.51.100.7:3478", "10.0.0.7:3478", "[2001:db8::7]:3478"];
pub(super) const UDP: [u8; 4] = [17, 0, 0, 0];

pub(super) fn address(text: &str) -> SocketAddr {
    text.parse().expect("an address")
}

#[expect(clippy::disallowed_methods, reason = "a scenario begins at some moment, and moves the clock itself")]
fn start() -> Instant {
    Instant::now()
}

/// A client, and the box's end of its connection.
pub(super) struct Client {
    server: Arc<TurnServer>,
    pub(super) session: Session,
    pub(super) media: Vec<SocketAddr>,
    ipv6: bool,
    now: Instant,
    credentials: Credentials,
    key: IntegrityKey,
    nonce: Vec<u8>,
    transactions: u8,
}

/// What came back: kind, error code, and the message.
pub(super) struct Answer {
    kind: u16,
    code: Option<u16>,
    bytes: Vec<u8>,
}

impl Answer {
    fn message(&self) -> Message<'_> {
        Message::parse(&self.bytes).expect("a message")
    }
}

impl Client {
    pub(super) fn new() -> Client {
        let now = start();
        Client::of(&Arc::new(TurnServer::new(&[7; 32], 8, now)), now)
    }

    fn of(server: &Arc<TurnServer>, now: Instant) -> Client {
        let credentials = server.issue(now, PersonId(71));
        let key = IntegrityKey::long_term(&credentials.username, REALM, &credentials.password);
        let session = Session::new(server.clone(), address(CLIENT), [9; 8]);
        let media = MEDIA.map(address).to_vec();
        let (server, nonce) = (server.clone(), Vec::new());
        Client { server, session, media, ipv6: false, now, credentials, key, nonce, transactions: 0 }
    }

    pub(super) fn allocated() -> Client {
        let mut client = Client::new();
        assert_eq!(client.ask_bare(kind::ALLOCATE).code, Some(401));
        assert_eq!(client.allocate().code, None);
        client
    }

    pub(super) fn handle<'a>(
        &mut self,
        frame: &'a [u8],
        out: &mut Vec<u8>,
    ) -> Result<Option<Datagram<'a>>, Misbehaved> {
        let place = Place { media: [&[], &self.media], ipv6: self.ipv6 };
        self.session.handle(self.now, frame, place, out)
    }

    fn transaction(&mut self) -> Transaction {
        self.transactions += 1;
        [self.transactions; 12]
    }

    pub(super) fn hear(&mut self, frame: &[u8]) -> Result<Answer, Misbehaved> {
        let mut bytes = Vec::new();
        assert_eq!(self.handle(frame, &mut bytes)?, None);
        let message = Message::parse(&bytes).expect("an answer");
        let code = message.attribute(attribute::ERROR_CODE);
        let code = code.map(|value| u16::from(value[2]) * 100 + u16::from(value[3]));
        if let Some(nonce) = message.attribute(attribute::NONCE) {
            assert_eq!(message.attribute(attribute::REALM), Some(REALM.as_bytes()));
            self.nonce = nonce.to_vec();
        }
        let kind = message.kind;
        Ok(Answer { kind, code, bytes })
    }

    /// Without any credentials.
    fn ask_bare(&mut self, kind: u16) -> Answer {
        let (transaction, mut frame) = (self.transaction(), Vec::new());
        Builder::new(&mut frame, kind, transaction).finish();
        self.hear(&frame).expect("it may")
    }

    pub(super) fn request(
        &mut self,
        kind: u16,
        attributes: &[(u16, Vec<u8>)],
        peers: &[SocketAddr],
    ) -> Vec<u8> {
        let (transaction, mut frame) = (self.transaction(), Vec::new());
        let mut request = Builder::new(&mut frame, kind, transaction);
        for (kind, value) in attributes {
            request = request.attribute(*kind, value);
        }
        for peer in peers {
            request = request.address(attribute::XOR_PEER_ADDRESS, *peer);
        }
        request
            .attribute(attribute::USERNAME, self.credentials.username.as_bytes())
            .attribute(attribute::REALM, REALM.as_bytes())
            .attribute(attribute::NONCE, &self.nonce)
            .seal(&self.key);
        frame
    }

    fn ask(&mut self, kind: u16, attributes: &[(u16, Vec<u8>)], peers: &[SocketAddr]) -> Answer {
        let request = self.request(kind, attributes, peers);
        let answer = self.hear(&request).expect("it may");
        assert_eq!(answer.kind, kind | if answer.code.is_some() { kind::ERROR } else { kind::SUCCESS });
        let is_sealed = answer.message().is_sealed(&self.key);
        assert!(is_sealed || matches!(answer.code, Some(400 | 401 | 438)), "{:?}", answer.code);
        answer
    }

    fn allocate(&mut self) -> Answer {
        self.ask(kind::ALLOCATE, &[(attribute::REQUESTED_TRANSPORT, UDP.to_vec())], &[])
    }

    fn permit(&mut self, peers: &[SocketAddr]) -> Option<u16> {
        self.ask(kind::CREATE_PERMISSION, &[], peers).code
    }

    fn bind(&mut self, number: u16, peer: SocketAddr) -> Option<u16> {
        let [high, low] = number.to_be_bytes();
        let number = (attribute::CHANNEL_NUMBER, vec![high, low, 0, 0]);
        self.ask(kind::CHANNEL_BIND, &[number], &[peer]).code
    }

    fn refresh(&mut self, seconds: u32) -> Answer {
        self.ask(kind::REFRESH, &[(attribute::LIFETIME, seconds.to_be_bytes().to_vec())], &[])
    }

    /// Sends a datagram in an indication; where the box sees it come from.
    pub(super) fn sends(&mut self, peer: SocketAddr) -> Option<SocketAddr> {
        let mut frame = Vec::new();
        Builder::new(&mut frame, kind::SEND_INDICATION, [1; 12])
            .address(attribute::XOR_PEER_ADDRESS, peer)
            .attribute(attribute::DATA, b"check")
            .finish();
        let mut out = Vec::new();
        let sent = self.handle(&frame, &mut out).expect("it may");
        assert!(out.is_empty(), "an indication has no answer");
        sent.map(|datagram| {
            assert_eq!((datagram.destination, datagram.bytes), (peer, &b"check"[..]));
            datagram.source
        })
    }

    pub(super) fn sends_on(&mut self, number: u16) -> Option<SocketAddr> {
        let mut frame = Vec::new();
        write_channel_data(number, b"media", &mut frame);
        assert_eq!(frame.len() % 4, 0, "it is filled up");
        let sent = self.handle(&frame, &mut Vec::new()).expect("it may");
        sent.map(|datagram| {
            assert_eq!(datagram.bytes, b"media");
            datagram.destination
        })
    }

    fn gets(&self, peer: SocketAddr) -> Vec<u8> {
        let mut out = Vec::new();
        self.session.write(self.now, peer, b"picture", &mut out);
        out
    }

    pub(super) fn later(&mut self, seconds: u64) {
        self.now += Duration::from_secs(seconds);
    }
}

#[test]
fn a_client_gets_an_address_and_sends_and_hears_through_it() {
    let mut client = Client::allocated();
    let relayed = client.session.relayed().expect("it has one");
    assert!(is_relayed(relayed) && relayed.is_ipv4());
    let media = address(MEDIA[0]);
    assert_eq!(client.sends(media), None, "without a permission");
    assert!(client.gets(media).is_empty());
    assert_eq!(client.permit(&[media]), None);
    assert_eq!(client.sends(media), Some(relayed));
    let frame = client.gets(media);
    let indication = Message::parse(&frame).expect("a message");
    assert_eq!(indication.kind, kind::DATA_INDICATION);
    assert_eq!(indication.attribute(attribute::DATA), Some(&b"picture"[..]));
    assert!(indication.addresses(attribute::XOR_PEER_ADDRESS).eq([Some(media)]));

    assert_eq!(client.bind(0x4001, media), None);
    assert_eq!(client.sends_on(0x4001), Some(media));
    assert_eq!(channel_data(&client.gets(media)), Some((0x4001, &b"picture"[..])));
    assert_eq!(client.sends_on(0x4002), None, "another number");
}

#[test]
fn an_allocation_tells_both_addresses_and_there_is_one_of_a_connection() {
    let mut client = Client::new();
    client.ask_bare(kind::ALLOCATE);
    let answer = client.allocate();
    let message = answer.message();
    assert!(message.addresses(attribute::XOR_MAPPED_ADDRESS).eq([Some(address(CLIENT))]));
    assert!(message.addresses(attribute::XOR_RELAYED_ADDRESS).eq([client.session.relayed()]));
    assert_eq!(message.attribute(attribute::LIFETIME), Some(&600_u32.to_be_bytes()[..]));
    assert_eq!(client.allocate().code, Some(437));
}

#[test]
fn no_other_peer_is_reached() {
    let mut client = Client::allocated();
    let media = address(MEDIA[0]);
    for other in ["127.0.0.1:3478", "10.0.0.1:22", "198.51.100.8:3478", "192.0.0.8:3478", "0.0.0.0:0"] {
        assert_eq!(client.permit(&[address(other)]), Some(403), "{other}");
        assert_eq!(client.permit(&[media, address(other)]), Some(403), "{other} beside a good one");
        assert_eq!(client.sends(address(other)), None);
    }
    assert_eq!(client.sends(media), None, "all of a request, or nothing");
    let mut client = Client::allocated();
    assert_eq!(client.permit(&[address(MEDIA[2])]), Some(443), "another family");
    assert_eq!(client.permit(&[media]), None);
    let port = SocketAddr::new(media.ip(), 22);
    assert_eq!(client.bind(0x4000, port), Some(403), "another port of the box");
    assert_eq!(client.sends(port), None);
    client.media.clear();
    assert_eq!(client.sends(media), None, "the box has lost that address");
}

#[test]
fn forged_and_old_credentials_are_refused() {
    let mut client = Client::new();
    client.ask_bare(kind::ALLOCATE);
    let good = client.key.clone();
    client.key = IntegrityKey::long_term(&client.credentials.username, REALM, "guessed");
    assert_eq!(client.allocate().code, Some(401));
    client.key = good;
    let other = client.server.issue(client.now, PersonId(72));
    let mine = std::mem::replace(&mut client.credentials.username, other.username);
    assert_eq!(client.allocate().code, Some(401), "another's name");
    client.credentials.username = "x".repeat(64);
    assert_eq!(client.allocate().code, Some(401), "no name");
    client.credentials.username = mine;
    let nonce = std::mem::replace(&mut client.nonce, b"0000000000000000".to_vec());
    assert_eq!(client.allocate().code, Some(438));
    assert_eq!(client.nonce, nonce, "the right one is told");
    client.later(LIFETIME.as_secs());
    assert_eq!(client.allocate().code, Some(401), "their time is over");
    assert_eq!(client.session.relayed(), None);
}

#[test]
fn an_allocation_goes_on_with_the_credentials_that_it_has() {
    let mut client = Client::allocated();
    for _ in 0..5 {
        client.later(599);
        assert_eq!(client.refresh(600).code, None);
    }
    let other = client.server.issue(client.now, PersonId(72));
    client.key = IntegrityKey::long_term(&other.username, REALM, &other.password);
    client.credentials = other;
    assert_eq!(client.refresh(600).code, Some(441));
    client.later(600);
    assert_eq!(client.permit(&[address(MEDIA[0])]), Some(437), "nobody has refreshed it");
    assert_eq!(client.session.relayed(), None);
}

#[test]
fn permissions_and_channels_end_and_allocations_may_be_given_up() {
    let mut client = Client::allocated();
    let media = address(MEDIA[0]);
    assert_eq!(client.permit(&[media]), None);
    assert_eq!(client.bind(0x4000, media), None);
    client.later(299);
    assert!(client.sends(media).is_some() && client.sends_on(0x4000).is_some());
    client.later(1);
    assert!(client.sends(media).is_none() && client.sends_on(0x4000).is_none());
    assert_eq!(client.permit(&[media]), None);
    assert!(client.sends_on(0x4000).is_some());
    assert_eq!(client.bind(0x4001, media), Some(400), "it has another channel");
    assert_eq!(client.bind(0x4000, address(MEDIA[1])), Some(400), "it leads elsewhere");
    client.later(299);
    assert_eq!(client.refresh(3600).message().attribute(attribute::LIFETIME), Some(&[0, 0, 14, 16][..]));
    client.later(301);
    assert_eq!(client.bind(0x4001, media), None, "the one before is over");
    assert_eq!(client.refresh(0).code, None);
    assert!(client.session.relayed().is_none() && client.gets(media).is_empty());
    assert_eq!(client.allocate().code, None);
}

#[test]
fn what_is_asked_for_wrongly_is_told_so() {
    let mut client = Client::allocated();
    let media = address(MEDIA[0]);
    assert_eq!(client.permit(&[]), Some(400));
    for number in [0x3fff, 0x5000, 0x7fff] {
        assert_eq!(client.bind(number, media), Some(400), "{number:#x}");
    }
    assert_eq!(client.ask(0x005, &[], &[]).code, Some(400), "no such method");
    let answer = client.ask(kind::REFRESH, &[(0x7f01, vec![1]), (0x8f01, vec![1])], &[]);
    assert_eq!(answer.code, Some(420));
    assert_eq!(answer.message().attribute(attribute::UNKNOWN_ATTRIBUTES), Some(&[0x7f, 0x01][..]));

    let mut client = Client::new();
    client.ask_bare(kind::ALLOCATE);
    assert_eq!(client.refresh(600).code, Some(437));
    assert_eq!(client.ask(kind::ALLOCATE, &[], &[]).code, Some(400));
    let tcp = (attribute::REQUESTED_TRANSPORT, vec![6, 0, 0, 0]);
    assert_eq!(client.ask(kind::ALLOCATE, &[tcp], &[]).code, Some(442));
}

#[test]
fn the_family_is_that_of_the_media_addresses_which_the_page_is_told() {
    let family = |client: &mut Client, said: Option<u8>| {
        client.ask_bare(kind::ALLOCATE);
        let mut attributes = vec![(attribute::REQUESTED_TRANSPORT, UDP.to_vec())];
        attributes.extend(said.map(|family| (attribute::REQUESTED_ADDRESS_FAMILY, vec![family, 0, 0, 0])));
        client.ask(kind::ALLOCATE, &attributes, &[]).code
    };
    let mut client = Client::new();
    client.ipv6 = true;
    assert_eq!(family(&mut client, None), None);
    assert!(client.session.relayed().is_some_and(|address| address.is_ipv6()));
    let mut client = Client::new();
    client.ipv6 = true;
    client.media.retain(SocketAddr::is_ipv4);
    assert_eq!(family(&mut client, Some(2)), Some(440));
    assert_eq!(family(&mut client, None), None);
    assert!(client.session.relayed().is_some_and(|address| address.is_ipv4()));
}

#[test]
fn a_flood_of_refused_requests_ends_the_connection() {
    let mut client = Client::new();
    let mut frame = Vec::new();
    Builder::new(&mut frame, kind::ALLOCATE, [1; 12]).finish();
    for _ in 0..16 {
        assert_eq!(client.hear(&frame).expect("it may").code, Some(401));
    }
    assert!(client.hear(&frame).is_err());
    let mut client = Client::allocated();
    for _ in 1..16 {
        assert_eq!(client.permit(&[address("10.0.0.1:22")]), Some(403));
    }
    let request = client.request(kind::CREATE_PERMISSION, &[], &[address("10.0.0.1:22")]);
    assert!(client.hear(&request).is_err());
}

#[test]
fn one_address_of_clients_has_its_share_of_allocations() {
    let now = start();
    let server = Arc::new(TurnServer::new(&[7; 32], 8, now));
    let mut clients: Vec<_> = (0..7).map(|_| Client::of(&server, now)).collect();
    let mut codes = clients.iter_mut().map(|client| {
        client.ask_bare(kind::ALLOCATE);
        client.allocate().code
    });
    assert!(codes.by_ref().take(6).all(|code| code.is_none()));
    assert_eq!(codes.next(), Some(Some(486)));
    drop(clients.remove(0));
    assert_eq!(clients[5].allocate().code, None, "one is free");
}

#[test]
fn permissions_and_channels_are_bounded() {
    let mut client = Client::allocated();
    client.media = (0..40).map(|n| SocketAddr::from(([10, 0, 0, n], 3478))).collect();
    let media = client.media.clone();
    assert!(media[..32].iter().all(|peer| client.permit(&[*peer]).is_none()));
    assert_eq!(client.permit(&[media[32]]), Some(508));
    client.later(300);
    assert_eq!(client.permit(&[media[32]]), None, "those before are over");
    for (n, peer) in (0..31).zip(&media) {
        assert_eq!(client.bind(0x4000 + n, *peer), None);
    }
    assert_eq!(client.bind(0x4100, media[33]), Some(508));
    assert_eq!(client.bind(0x4101, media[32]), None, "it has a permission, and there is one channel left");
    assert_eq!(client.bind(0x4102, media[32]), Some(400));
}

#[test]
fn a_relayed_address_does_not_tell_how_many_others_there_were() {
    let now = start();
    let server = Arc::new(TurnServer::new(&[7; 32], 8, now));
    let mut clients = [(); 4].map(|()| Client::of(&server, now));
    let ports = clients.each_mut().map(|client| {
        assert_eq!(client.ask_bare(kind::ALLOCATE).code, Some(401));
        assert_eq!(client.allocate().code, None);
        client.session.relayed().expect("it is allocated").port()
    });
    let steps: Vec<_> = ports.windows(2).map(|pair| pair[1].wrapping_sub(pair[0])).collect();
    assert!(steps[0] != steps[1] && steps[1] != steps[2], "{ports:?}");
}
