//! What a visitor may cost the box and everybody else: the budgets of SECURITY.md, attacked.

use crate::common::{TEST_TIMEOUT, TestServer};
use serde_json::json;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::tungstenite::Message;

type Stream = TlsStream<TcpStream>;

/// How much the memory of the box may grow while somebody uploads, bytes.
const GROWTH: u64 = 2 * 1024 * 1024;

#[tokio::test]
async fn uploads_pin_no_memory() {
    let server = TestServer::start(&[]);
    let events = server.events().await;
    // Connections that have been used: each has had a head about as large as may be.
    let mut streams = Vec::new();
    for _ in 0..63 {
        let mut stream = server.connect().await;
        let (port, large) = (server.https.port(), "x".repeat(15_000));
        let request = format!("GET /health HTTP/1.1\r\nHost: localhost:{port}\r\nX-Large: {large}\r\n\r\n");
        stream.write_all(request.as_bytes()).await.expect("it reads");
        streams.push(stream);
    }
    for stream in &mut streams {
        let mut answer = [0; 4096];
        let read = stream.read(&mut answer).await.expect("an answer");
        assert!(answer[..read].starts_with(b"HTTP/1.1 200"));
    }
    let before = memory(server.pid());
    let head = format!(
        "POST /events HTTP/1.1\r\nHost: localhost:{}\r\n{}Content-Length: 262144\r\n\r\n",
        server.https.port(),
        events.header()
    );
    let attacks = streams.into_iter().enumerate().map(|(n, stream)| {
        let body = if n == 0 { "x\n".repeat(131_072) } else { "\n".repeat(262_144) };
        tokio::spawn(upload(stream, head.clone() + &body))
    });
    let attacks: Vec<_> = attacks.collect();
    let mut answers = Vec::new();
    let mut open = Vec::new(); // what is pinned stays so until it is measured
    for attack in attacks {
        let (stream, answer) = attack.await.expect("a task");
        answers.push(answer);
        open.push(stream);
    }
    let growth = memory(server.pid()).saturating_sub(before);
    eprintln!("the box grew by {} KiB, from {} KiB", growth / 1024, before / 1024);
    assert!(growth <= GROWTH, "the box grew by {} KiB; answers {answers:?}", growth / 1024);
    assert!(answers.iter().all(|answer| matches!(answer, Some(409 | 413))), "{answers:?}");
    assert!(answers.iter().filter(|answer| **answer == Some(413)).count() >= 1, "{answers:?}");
}

/// Sends a request and gives back the stream, still open, with the status of the answer, if one comes.
async fn upload(mut stream: Stream, request: String) -> (Stream, Option<u16>) {
    let mut answer = [0; 12];
    let exchange = async {
        // An answer that comes before the end of the request ends the reading of it.
        let _ = stream.write_all(request.as_bytes()).await;
        stream.read_exact(&mut answer).await
    };
    let answered = timeout(TEST_TIMEOUT, exchange).await.is_ok_and(|read| read.is_ok());
    let status = std::str::from_utf8(&answer[9..]).ok().and_then(|status| status.parse().ok());
    (stream, status.filter(|_| answered))
}

#[tokio::test]
async fn one_post_at_a_time_and_so_many_lines() {
    let server = TestServer::start(&[]);
    let mut ann = server.events().await;
    let key = ann.header();
    let begun = begin_post(&server, &key).await;
    // Until the box has read the head of the first, another is taken.
    let deadline = Instant::now() + TEST_TIMEOUT;
    while server.post("/events", &key, "").await.0 != 409 {
        assert!(Instant::now() < deadline, "two POSTs are heard at once");
    }
    drop(begun);
    while server.post("/events", &key, "").await.0 != 204 {
        assert!(Instant::now() < deadline, "the place of a POST that broke is never free");
    }
    assert_eq!(server.post("/events", &key, &"\n".repeat(300)).await.0, 204);
    assert_eq!(server.post("/events", &key, &"\n".repeat(301)).await.0, 413);
    // What was heard of it was heard, and the page goes on.
    ann.say(&server, &[json!({"type": "hello", "name": "Ann"})]).await;
    ann.hear("welcome").await;
}

/// A POST whose body does not come.
async fn begin_post(server: &TestServer, key: &str) -> Stream {
    let mut stream = server.connect().await;
    let port = server.https.port();
    let head = format!("POST /events HTTP/1.1\r\nHost: localhost:{port}\r\n{key}Content-Length: 10\r\n\r\n");
    stream.write_all(head.as_bytes()).await.expect("it reads");
    stream.flush().await.expect("it reads");
    stream
}

/// Empty, not final, masked with nothing: a text message that never ends (RFC 6455, 5.4).
const BEGINNING: [u8; 6] = [0x01, 0x80, 0, 0, 0, 0];
const FRAGMENT: [u8; 6] = [0x00, 0x80, 0, 0, 0, 0];
const PING: [u8; 6] = [0x89, 0x80, 0, 0, 0, 0];

#[tokio::test]
async fn fragments_and_pings_are_taken_no_faster_than_messages() {
    let server = TestServer::start(&[]);
    quiet(&server).await;
    for (what, first, frame) in [("fragments", BEGINNING, FRAGMENT), ("pings", PING, PING)] {
        let eve = server.page("Eve").await.into_stream();
        let (flood, [taken, _]) = flood(eve, &first, &frame);
        let trips = quiet(&server).await;
        // What fits into buffers on the way, and what may be said meanwhile.
        let taken = taken.load(Relaxed);
        eprintln!(
            "{what}: {} KiB taken; round trip of another page {:?}, the slowest {:?}",
            taken / 1024,
            trips[trips.len() / 2],
            trips[trips.len() - 1]
        );
        assert!(taken < 1024 * 1024, "{taken} bytes of {what} were taken");
        flood.abort();
    }
}

#[tokio::test]
async fn requests_are_answered_no_faster_than_messages() {
    let server = TestServer::start(&[]);
    let request = format!("HEAD /health HTTP/1.1\r\nHost: localhost:{}\r\n\r\n", server.https.port());
    let start = Instant::now();
    let (flood, [_, answers]) = flood(server.connect().await, &[], request.as_bytes());
    let mut trips = Vec::new();
    for _ in 0..4 {
        trips.extend(quiet(&server).await);
    }
    let answers = answers.load(Relaxed);
    let most = 200 + 100 * start.elapsed().as_secs() + 100;
    trips.sort();
    eprintln!("{answers} answers; round trip of another page {:?}", trips[trips.len() / 2]);
    assert!((1..=most).contains(&answers), "{answers} answers, at most {most}");
    flood.abort();
}

/// Sends a piece again and again, as fast as it is taken, and takes all answers; how many bytes were taken so
/// far, and how many answers of HTTP came.
fn flood(stream: Stream, first: &[u8], piece: &[u8]) -> (tokio::task::JoinHandle<()>, [Arc<AtomicU64>; 2]) {
    let socket = socket2::SockRef::from(stream.get_ref().0);
    socket.set_send_buffer_size(16 * 1024).expect("a small buffer");
    let (mut listening, mut speaking) = tokio::io::split(stream);
    let counts = [Arc::<AtomicU64>::default(), Arc::default()];
    let [taken, answers] = counts.clone();
    let (first, many) = (first.to_vec(), piece.repeat(12_000 / piece.len()));
    let speak = async move {
        speaking.write_all(&first).await.expect("it reads");
        while speaking.write_all(&many).await.is_ok() {
            taken.fetch_add(many.len() as u64, Relaxed);
        }
    };
    let listen = async move {
        let mut heard = vec![0; 64 * 1024];
        while let Ok(read @ 1..) = listening.read(&mut heard).await {
            let heads = heard[..read].windows(9).filter(|bytes| *bytes == b"HTTP/1.1 ").count();
            answers.fetch_add(heads as u64, Relaxed);
        }
    };
    let both = async {
        tokio::join!(speak, listen);
    };
    (tokio::spawn(both), counts)
}

/// Round trips of a page that says less than it may, in their order of length.
async fn quiet(server: &TestServer) -> Vec<Duration> {
    let mut page = server.page("Ann").await;
    let mut trips = Vec::new();
    for _ in 0..150 {
        let start = Instant::now();
        page.say(json!({"type": "ping"})).await;
        page.hear("pong").await;
        trips.push(start.elapsed());
    }
    trips.sort();
    trips
}

#[tokio::test]
async fn who_never_says_hello_is_closed_whatever_else_comes() {
    let server = TestServer::start(&[]);
    let by_socket = async {
        let mut page = server.open().await;
        loop {
            match timeout(Duration::from_millis(500), page.hear_close()).await {
                Ok(code) => break code,
                Err(_) => page.say_raw(Message::Ping(Vec::new().into())).await,
            }
        }
    };
    let by_events = async {
        let mut page = server.events().await;
        let key = page.header();
        loop {
            match timeout(Duration::from_millis(500), page.hear_close()).await {
                Ok(code) => break code,
                Err(_) => drop(server.post("/events", &key, "").await),
            }
        }
    };
    let both = timeout(TEST_TIMEOUT, async { tokio::join!(by_socket, by_events) }).await;
    assert_eq!(both.expect("a hello is waited for, and nothing else"), (Some(1001), 1001));
}

#[tokio::test]
async fn many_addresses_guess_no_faster_than_a_few() {
    let server = TestServer::start(&["--pin", "246813"]);
    let mut ann = server.open().await;
    ann.say(json!({"type": "hello", "name": "Ann", "pin": "246813"})).await;
    let pass = ann.hear("pass").await["pass"].clone();
    let mut tried = 0;
    for n in 2..52 {
        let mut eve = server.open_from(Ipv4Addr::new(127, 0, 0, n)).await;
        for guess in 0..4 {
            eve.say(json!({"type": "hello", "name": "Eve", "pin": format!("{n:04}{guess}")})).await;
            tried += u32::from(eve.hear("error").await["code"] == "pin_wrong");
        }
    }
    eprintln!("50 addresses had {tried} guesses");
    assert!((4..=24).contains(&tried), "50 addresses had {tried} guesses");
    // Who has been here comes in, also from the address of who guesses.
    for from in [Ipv4Addr::LOCALHOST, Ipv4Addr::new(127, 0, 0, 2)] {
        let mut again = server.open_from(from).await;
        again.say(json!({"type": "hello", "name": "Ann", "pass": pass})).await;
        again.hear("welcome").await;
    }
    // The owner hears of it.
    let told = String::from_utf8(server.get("/doctor", "").await.2).expect("text");
    assert!(told.contains("guesses the PIN"), "{told}");
    let log = server.stop_and_read();
    assert_eq!(log.matches("guesses the PIN").count(), 1, "one line a minute:\n{log}");
}

#[tokio::test]
async fn a_few_addresses_do_not_close_the_box_to_newcomers() {
    let server = TestServer::start(&["--connections", "256", "--connections-per-address", "64"]);
    let mut held = Vec::new();
    for n in 2..12 {
        for _ in 0..64 {
            held.push(server.tcp_from(Ipv4Addr::new(127, 0, 0, n)).await);
        }
    }
    // A page needs more than one connection.
    let mut newcomer = server.page("Ann").await;
    assert_eq!(server.get("/", "").await.0, 200);
    newcomer.has_not_heard("error").await;
    drop(held);
}

#[tokio::test]
async fn handshakes_of_one_address_wait_for_their_turn_and_cost_nobody_else_theirs() {
    let server = Arc::new(TestServer::start(&["--connections-per-address", "8"]));
    let begun = Arc::<AtomicU64>::default();
    let start = Instant::now();
    let floods = (0..6).map(|_| {
        let (server, begun) = (server.clone(), begun.clone());
        tokio::spawn(async move {
            for _ in 0..30 {
                if start.elapsed() > Duration::from_secs(3) {
                    break;
                }
                let tried = server.try_connect_from(Ipv4Addr::new(127, 0, 0, 9)).await;
                begun.fetch_add(u64::from(tried.is_ok()), Relaxed);
            }
        })
    });
    let floods: Vec<_> = floods.collect();
    let trips = quiet(&server).await;
    for flood in floods {
        flood.await.expect("a task");
    }
    let begun = begun.load(Relaxed);
    // As many at once as two for each connection, and eight a second; six are under way when the time is
    // over.
    let most = 16 + 8 * (start.elapsed().as_secs() + 1) + 6;
    eprintln!("{begun} handshakes; round trip of another page {:?}", trips[trips.len() / 2]);
    assert!((16..=most).contains(&begun), "{begun} handshakes, at most {most}");
}

#[tokio::test]
async fn plain_http_at_the_tls_port_is_led_to_https() {
    let server = TestServer::start(&[]);
    let port = server.https.port();
    for (request, status, target) in [
        (format!("GET /x?y=1 HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n"), 308, "/x?y=1"),
        (format!("HEAD / HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\n\r\n"), 308, "/"),
        (
            format!("POST /events HTTP/1.1\r\nHost: localhost:{port}\r\nContent-Length: 5\r\n\r\n"),
            308,
            "/events",
        ),
        ("GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n".to_owned(), 421, ""),
        ("GET / HTTP/1.1\r\n\r\n".to_owned(), 421, ""),
    ] {
        let mut stream = server.tcp_from(Ipv4Addr::LOCALHOST).await;
        stream.write_all(request.as_bytes()).await.expect("it reads");
        let mut answer = String::new();
        let read = timeout(TEST_TIMEOUT, stream.read_to_string(&mut answer)).await.expect("an end in time");
        read.expect("an answer in text, and not an alert");
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status}"))
                || answer.starts_with(&format!("HTTP/1.0 {status}")),
            "{request}{answer}"
        );
        if status == 308 {
            let host = request.split("Host: ").nth(1).and_then(|rest| rest.split("\r\n").next()).unwrap();
            assert!(answer.contains(&format!("location: https://{host}{target}\r\n")), "{request}{answer}");
        }
    }
    // What is neither HTTP nor TLS nor media is not answered in HTTP.
    let mut stream = server.tcp_from(Ipv4Addr::LOCALHOST).await;
    stream.write_all(b"\x80\x2e\x01\x00\x02 an old hello").await.expect("it reads");
    let mut answer = Vec::new();
    let _ = timeout(TEST_TIMEOUT, stream.read_to_end(&mut answer)).await.expect("an end in time");
    assert!(!answer.starts_with(b"HTTP"), "{answer:?}");
}

/// What a process has in memory that is no file, bytes: the program's own pages come as they are first
/// needed.
fn memory(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("the kernel counts");
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).expect("the figure");
    line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") * 1024
}
