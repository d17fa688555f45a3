//! The threads on real sockets of this machine: what the scenarios of `sfu` cannot see.
#![expect(clippy::disallowed_methods, reason = "real sockets run by the real clock")]

use super::framing::Deframer;
use super::*;
use crate::sfu;
use socket2::{Domain, Socket, Type};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};
use str0m::Candidate;
use str0m::media::Mid;
use str0m::net::{Protocol, TcpType, Transmit};
use str0m::rtp::RtpWrite;
use testkit::Transport;

/// Longer than anything here takes on the slowest machine.
const TIMEOUT: Duration = Duration::from_secs(20);

#[test]
fn two_hear_each_other_over_udp_whatever_thread_their_packets_come_to() {
    let (media, mut events) = start(2);
    // Rooms on both threads; senders come to either.
    for room in [1, 2] {
        let mut clients = [Client::udp(room * 10), Client::udp(room * 10 + 1)];
        meet(&media, &mut events, &mut clients, RoomId(room));
        for client in &clients {
            media.send(client.id, Command::Leave);
        }
    }
    assert_eq!(media.stop(), Stopped::default());
}

#[test]
fn two_hear_each_other_over_tcp() {
    let (media, mut events) = start(2);
    let listener = TcpListener::bind(("127.0.0.1", media.port().expect("it runs")))
        .expect("the same number is free for TCP");
    for room in [1, 2] {
        let mut clients =
            [Client::tcp(room * 10, &media, &listener), Client::tcp(room * 10 + 1, &media, &listener)];
        meet(&media, &mut events, &mut clients, RoomId(room));
    }
    assert_eq!(media.stop(), Stopped::default());
}

#[test]
fn sockets_that_others_have_bound_are_shared_out() {
    // One for two threads, as many as threads, and more.
    for count in [1, 2, 3] {
        let mut bound = Vec::new();
        let mut at = SocketAddr::from(([127, 0, 0, 1], 0));
        for _ in 0..count {
            let socket = Socket::new(Domain::IPV4, Type::DGRAM, None).expect("a socket");
            rustix::net::sockopt::set_socket_reuseport(&socket, true).expect("an option");
            socket.bind(&at.into()).expect("it is free, or ours");
            let socket = UdpSocket::from(socket);
            at = socket.local_addr().expect("it is bound");
            bound.push(socket);
        }
        let setup = Setup {
            listen: vec![],
            addresses: vec![at.ip()],
            public: vec![],
            threads: 2,
            capacity: 8,
            turn: None,
        };
        let (media, mut events) = Media::start_on(&setup, bound).expect("the sockets are good");
        assert_eq!(media.port(), Some(at.port()));
        for room in [1, 2] {
            let mut clients = [Client::udp(room * 10), Client::udp(room * 10 + 1)];
            meet(&media, &mut events, &mut clients, RoomId(room));
        }
        assert_eq!(media.stop(), Stopped::default());
    }
}

#[tokio::test]
async fn a_thread_that_breaks_goes_on_with_its_rooms() {
    let (media, mut events) = start(2);
    meet(&media, &mut events, &mut [Client::udp(10), Client::udp(11)], RoomId(1));
    assert!(media.pulse().await);
    media.threads[0].put_on_trial(|| panic!("as the test wants it"));
    assert!(media.pulse().await);
    // The same people, whose clients are new ones.
    meet(&media, &mut events, &mut [Client::udp(10), Client::udp(11)], RoomId(1));
    assert_eq!(media.stop(), Stopped { restarts: 1, ..Stopped::default() });
    assert!(!media.pulse().await, "a thread that has ended has no pulse");
}

#[test]
fn datagrams_may_be_split_where_a_link_is_narrow() {
    let socket = Udp::bind(([127, 0, 0, 1], 0).into(), false).expect("a port").socket;
    let discovery = rustix::net::sockopt::ip_mtu_discover(&socket).expect("an option");
    assert_eq!(discovery, rustix::net::sockopt::Ipv4PathMtuDiscovery::OMIT, "quinn-udp forbids it");
}

#[test]
fn whose_datagram_was_not_sent_is_told_once() {
    let mut udp = Udp::bind(([127, 0, 0, 1], 0).into(), false).expect("a port");
    let source: SocketAddr = ([127, 0, 0, 1], udp.port()).into();
    // Broadcasts need an option of the socket (EACCES, or ENETUNREACH where there is no network).
    let nowhere: SocketAddr = ([255, 255, 255, 255], 9).into();
    for destination in [source, nowhere, nowhere, source] {
        let (protocol, bytes) = (sfu::Protocol::Udp, vec![0; 5]);
        udp.send(&sfu::Transmit { protocol, source, destination, bytes, size: 5 });
    }
    udp.flush();
    assert_eq!(udp.take_unsent(), [(source, nowhere); 2]);
    assert_eq!(udp.errors.of(SendError::NoRoute), 2);
    assert_eq!(udp.take_unsent(), []);
}

#[test]
fn a_run_arrives_as_its_datagrams_after_what_was_put_together_before() {
    let mut udp = Udp::bind(([127, 0, 0, 1], 0).into(), false).expect("a port");
    let there = UdpSocket::bind("127.0.0.1:0").expect("a port");
    there.set_read_timeout(Some(Duration::from_secs(10))).expect("an option");
    let source: SocketAddr = ([127, 0, 0, 1], udp.port()).into();
    let destination = there.local_addr().expect("bound");
    let mut send = |bytes: Vec<u8>, size| {
        udp.send(&sfu::Transmit { protocol: sfu::Protocol::Udp, source, destination, bytes, size });
    };
    send(vec![1; 7], 7);
    send(vec![2; 9 + 9 + 5], 9);
    let many: Vec<u8> = (0..200).flat_map(|n| [n, n, n]).collect();
    send(many, 3);
    send(vec![4; 2], 2);
    udp.flush();
    let heard = || {
        let mut buffer = [0; 64];
        let length = there.recv(&mut buffer).expect("a datagram");
        buffer[..length].to_vec()
    };
    for (n, length) in [(1, 7), (2, 9), (2, 9), (2, 5)] {
        assert_eq!(heard(), vec![n; length]);
    }
    for n in 0..200 {
        assert_eq!(heard(), [n; 3], "more than the kernel takes in one piece");
    }
    assert_eq!(heard(), [4; 2]);
}

#[test]
fn the_first_bytes_tell_media_from_tls() {
    assert_eq!(is_media(&[]), None);
    assert_eq!(is_media(&[0x16, 3, 1]), Some(false), "TLS");
    assert_eq!(is_media(b"GET "), Some(false));
    for known in 1..4 {
        assert_eq!(is_media(&[0, 100, 0, 1][..known]), None, "{known} bytes");
    }
    assert_eq!(is_media(&[0, 100, 0, 1]), Some(true));
    assert_eq!(is_media(&[0, 100, 0, 2]), Some(false));
}

#[test]
fn threads_end_when_told_and_verbs_for_nobody_do_no_harm() {
    let (media, _events) = start(3);
    media.send(PersonId(9), Command::Leave);
    media.send(PersonId(9), Command::Offer { connection: 1, sdp: "v=0".into() });
    media.set_addresses(&[]);
    assert_eq!(media.stop(), Stopped::default());
    media.send(PersonId(9), Command::Join { room: RoomId(1), via: None });
}

#[tokio::test]
async fn a_thread_that_does_not_answer_has_no_stats() {
    let (media, _events) = start(2);
    media.send(PersonId(9), Command::Join { room: RoomId(1), via: None });
    let stats = media.stats(TIMEOUT).await;
    let members = |thread: &Option<ThreadStats>| thread.as_ref().map(|thread| thread.members.len());
    assert_eq!(stats.iter().map(members).collect::<Vec<_>>(), [Some(1), Some(0)]);
    assert_eq!(media.stop(), Stopped::default());
    assert!(media.stats(TIMEOUT).await.iter().all(Option::is_none));
}

#[tokio::test]
async fn whoever_floods_a_thread_with_offers_keeps_it_from_nothing() {
    const MEMBERS: u32 = 100;
    let (media, mut events) = start(1);
    let offer = "v=0\r\n".to_owned() + &"a=rtpmap:1 VP8/90000\r\n".repeat(2_000);
    media.send(PersonId(1), Command::Join { room: RoomId(1), via: None });
    // Far more than the thread can look at meanwhile.
    for n in 0..20_000 {
        media.send(PersonId(1), Command::Offer { connection: n, sdp: offer.clone() });
        if n % 200 == 0 {
            let member = PersonId(2 + n / 200);
            media.send(member, Command::Join { room: RoomId(2 + n / 200 / 8), via: None });
        }
    }
    for n in (0..MEMBERS).filter(|n| n % 2 == 1) {
        media.send(PersonId(2 + n), Command::Leave);
    }
    let mut members = Vec::new();
    while members.len() != 1 + MEMBERS as usize / 2 {
        assert!(media.pulse().await, "a sign of life");
        let stats = media.stats(TIMEOUT).await.pop().flatten().expect("it answers");
        members = stats.members.iter().map(|stats| stats.member.0).collect();
        while events.try_recv().is_ok() {}
    }
    members.sort_unstable();
    let stayed = (0..MEMBERS).filter(|n| n % 2 == 0).map(|n| 2 + n);
    assert_eq!(
        members,
        [1].into_iter().chain(stayed).collect::<Vec<_>>(),
        "nobody's coming and going is lost"
    );
    assert_eq!(media.stop(), Stopped::default());
}

#[test]
fn a_thread_that_does_not_end_is_named_and_left() {
    let (media, _events) = start(2);
    let (let_go, hold) = channel::<()>();
    let (tell, held) = channel();
    media.threads[1].put_on_trial(move || {
        tell.send(()).expect("the test waits");
        let _ = hold.recv();
    });
    held.recv().expect("the thread is at it");
    while media.stop_within(Duration::from_millis(1)).stuck != [1] {}
    drop(let_go);
    while !media.stop_within(TIMEOUT).stuck.is_empty() {}
}

/// A browser, as far as the relay can tell.
struct Client {
    id: PersonId,
    up: ClientConnection,
    down: ClientConnection,
    audio: Mid,
    heard: usize,
}

/// One of its connections.
type ClientConnection = testkit::Connection<Carrier>;

enum Carrier {
    Udp(UdpSocket),
    Tcp { stream: TcpStream, incoming: Deframer, to: SocketAddr },
}

fn start(threads: usize) -> (Media, mpsc::Receiver<Event>) {
    let local: IpAddr = [127, 0, 0, 1].into();
    let setup = Setup {
        listen: vec![SocketAddr::new(local, 0)],
        addresses: vec![local],
        public: vec![],
        threads,
        capacity: 8,
        turn: None,
    };
    Media::start(&setup).expect("the loopback is there")
}

/// Lets them call each other until each hears the other.
fn meet(media: &Media, events: &mut mpsc::Receiver<Event>, clients: &mut [Client; 2], room: RoomId) {
    let begin = Instant::now();
    for client in clients.iter_mut() {
        media.send(client.id, Command::Join { room, via: None });
        client.offer(media);
    }
    let mut sequence = 0_u64;
    while clients.iter().any(|client| client.heard < 20) {
        assert!(begin.elapsed() < TIMEOUT, "nobody hears anything in room {room}");
        while let Ok(event) = events.try_recv() {
            for client in clients.iter_mut() {
                client.on_event(media, &event);
            }
        }
        sequence += 1;
        for client in clients.iter_mut() {
            client.say(sequence);
            turn(&mut client.up);
            client.heard += turn(&mut client.down);
        }
    }
}

impl Client {
    fn udp(id: u32) -> Client {
        Client::new(id, Carrier::udp)
    }

    fn tcp(id: u32, media: &Media, listener: &TcpListener) -> Client {
        Client::new(id, || Carrier::tcp(media, listener))
    }

    fn new(id: u32, carrier: impl Fn() -> (Carrier, SocketAddr)) -> Client {
        let connect = || {
            let (carrier, address) = carrier();
            ClientConnection::new(testkit::config(false), address, carrier, Instant::now())
        };
        Client { id: PersonId(id), up: connect(), down: connect(), audio: "a".into(), heard: 0 }
    }

    fn offer(&mut self, media: &Media) {
        let offer = self.up.offer(&[]);
        self.audio = offer.audio;
        media.send(self.id, Command::Offer { connection: 1, sdp: offer.sdp });
    }

    fn on_event(&mut self, media: &Media, event: &Event) {
        match event {
            Event::UpAnswer { member, sdp, .. } if *member == self.id => self.up.accept(Instant::now(), sdp),
            Event::DownOffer { member, connection, sdp } if *member == self.id => {
                let sdp = self.down.answer(Instant::now(), sdp);
                media.send(self.id, Command::Answer { connection: *connection, sdp });
            }
            Event::Refused { why, .. } => panic!("refused: {why}"),
            _ => {}
        }
    }

    /// One packet of sound.
    fn say(&mut self, sequence: u64) {
        if self.up.rtc.is_connected() {
            let (now, time) = (Instant::now(), sequence as u32 * 960);
            let sound = RtpWrite::new(111.into(), sequence.into(), time, now, vec![1; 80]);
            self.up.write(now, self.audio, None, sound);
        }
    }
}

/// Lets time pass, and datagrams come and go. How many packets of media came.
fn turn(connection: &mut ClientConnection) -> usize {
    let mut heard = 0;
    let mut hear = |event| heard += usize::from(matches!(event, str0m::Event::RtpPacket(_)));
    for (from, bytes) in connection.transport.receive() {
        connection.handle_datagram(Instant::now(), from, &bytes).expect("no mistake");
        connection.drain(&mut hear).expect("no mistake");
    }
    connection.handle_timeout(Instant::now()).expect("no mistake");
    connection.drain(hear).expect("no mistake");
    heard
}

impl Carrier {
    fn udp() -> (Carrier, SocketAddr) {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
        socket.set_read_timeout(Some(Duration::from_millis(2))).expect("any time is fine");
        let address = socket.local_addr().expect("it is bound");
        (Carrier::Udp(socket), address)
    }

    /// Connects as RFC 6544 wants it, through a listener that hands over what it accepts.
    fn tcp(media: &Media, listener: &TcpListener) -> (Carrier, SocketAddr) {
        let to = listener.local_addr().expect("it listens");
        let stream = TcpStream::connect(to).expect("it listens");
        stream.set_read_timeout(Some(Duration::from_millis(2))).expect("any time is fine");
        let address = stream.local_addr().expect("it is connected");
        let (accepted, _) = listener.accept().expect("somebody is there");
        let (first, since) = (Vec::new(), Instant::now());
        media.tcp(Accepted {
            socket: accepted,
            opening: Opening::Framed(first),
            since,
            permit: Box::new(()),
        });
        (Carrier::Tcp { stream, incoming: Deframer::default(), to }, address)
    }

    /// Source and bytes of what has come.
    fn receive(&mut self) -> Vec<(SocketAddr, Vec<u8>)> {
        let mut buffer = vec![0; 1 << 16];
        match self {
            Carrier::Udp(socket) => {
                let datagram = socket.recv_from(&mut buffer).ok();
                datagram.map(|(length, from)| (from, buffer[..length].to_vec())).into_iter().collect()
            }
            Carrier::Tcp { stream, incoming, to } => {
                let length = stream.read(&mut buffer).unwrap_or(0);
                assert!(incoming.push(&buffer[..length]));
                std::iter::from_fn(|| incoming.pop().map(|frame| (*to, frame.to_vec()))).collect()
            }
        }
    }
}

impl Transport for Carrier {
    fn send(&mut self, transmit: Transmit) {
        match self {
            Carrier::Udp(socket) if transmit.proto == Protocol::Udp => {
                socket.send_to(&transmit.contents, transmit.destination).expect("it is local");
            }
            Carrier::Tcp { stream, .. } if transmit.proto == Protocol::Tcp => {
                let mut bytes = Vec::new();
                framing::frame(&transmit.contents, &mut bytes);
                stream.write_all(&bytes).expect("it is read");
            }
            _ => {}
        }
    }

    fn candidate(&self, address: SocketAddr) -> Candidate {
        let candidate = match self {
            Carrier::Udp(_) => Candidate::host(address, "udp"),
            Carrier::Tcp { .. } => Candidate::builder().tcp().host(address).tcptype(TcpType::Active).build(),
        };
        candidate.expect("an address")
    }
}
