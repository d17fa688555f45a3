//! Behind a proxy: whose word about a client counts, and what it is counted for.

use crate::common::{TEST_TIMEOUT, TestBrowser, TestServer, command, exchange, fail_to_start};
use base64::prelude::{BASE64_STANDARD, Engine};
use serde_json::{Value, json};
use std::net::Ipv4Addr;
use std::time::Instant;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderName;

const PROXY: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);
/// As near as can be, and nobody whose word counts.
const STRANGER: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 3);

/// A server behind a proxy at [`PROXY`].
fn behind_proxy(options: &[&str]) -> TestServer {
    let all =
        [&["--behind-proxy", "--domain", "call.example", "--trusted-proxy", "127.0.0.2"], options].concat();
    TestServer::start(&all)
}

/// The answer to one request from there, with these lines of its head besides.
async fn get(server: &TestServer, from: Ipv4Addr, path: &str, lines: &str) -> (u16, String, Vec<u8>) {
    let host = if lines.contains("Host: ") { "" } else { "Host: call.example\r\n" };
    let request = format!("GET {path} HTTP/1.1\r\n{host}Connection: close\r\n{lines}\r\n");
    exchange(server.tcp_from(from).await, &request).await
}

fn on_behalf_of(client: &str) -> String {
    format!("X-Forwarded-For: {client}\r\nX-Forwarded-Proto: https\r\n")
}

/// A WebSocket from there, or the status of the refusal.
async fn open(
    server: &TestServer,
    from: Ipv4Addr,
    headers: &[(&'static str, &str)],
) -> Result<TestBrowser<TcpStream>, u16> {
    let mut request = "wss://call.example/ws".into_client_request().expect("a URL");
    for (name, value) in [("sec-websocket-protocol", "wizyjno.v1")].iter().chain(headers) {
        request.headers_mut().insert(HeaderName::from_static(name), value.parse().expect("plain"));
    }
    match tokio_tungstenite::client_async(request, server.tcp_from(from).await).await {
        Ok((socket, _)) => Ok(TestBrowser::new(socket)),
        Err(Error::Http(answer)) => Err(answer.status().as_u16()),
        Err(cause) => panic!("{cause}"),
    }
}

/// What a wrong PIN is answered with.
async fn guess(server: &TestServer, from: Ipv4Addr, client: &str) -> Value {
    let mut page = open(server, from, &[("x-forwarded-for", client)]).await.expect("a WebSocket");
    page.say(json!({"type": "hello", "name": "Eve", "pin": "111111"})).await;
    page.hear("error").await["code"].clone()
}

#[tokio::test]
async fn the_page_is_plain_and_nothing_leads_to_trust() {
    let server = behind_proxy(&["--security-contact", "mailto:me@call.example"]);
    let (status, head, body) = get(&server, PROXY, "/", &on_behalf_of("203.0.113.7")).await;
    assert!(status == 200 && body.to_ascii_lowercase().starts_with(b"<!doctype html>"), "{head}");
    assert!(head.contains("connect-src 'self' wss://call.example;"), "{head}");
    assert!(!head.contains("strict-transport-security") && !head.contains("set-cookie"), "{head}");
    for path in ["/ca.crt", "/ca.pem", "/wizyjno.mobileconfig", "/trust/box.json"] {
        assert_eq!(get(&server, PROXY, path, "").await.0, 404, "{path}");
    }
    let (status, head, _) = get(&server, PROXY, "/r/7?lang=pl", "X-Forwarded-Proto: http\r\n").await;
    assert!(status == 308 && head.contains("location: https://call.example/r/7?lang=pl\r\n"), "{head}");
    assert_eq!(get(&server, PROXY, "/health", "X-Forwarded-Proto: http\r\n").await.0, 200, "for probes");

    let (_, _, robots) = get(&server, PROXY, "/robots.txt", "").await;
    assert_eq!(robots, b"User-agent: *\nDisallow: /\n");
    let (status, _, security) = get(&server, PROXY, "/.well-known/security.txt", "").await;
    let security = String::from_utf8(security).expect("text");
    assert!(
        status == 200 && security.starts_with("Contact: mailto:me@call.example\nExpires: 2"),
        "{security}"
    );

    let mut ann = open(&server, PROXY, &[("x-forwarded-for", "203.0.113.7")]).await.expect("a WebSocket");
    ann.say(json!({"type": "hello", "name": "Ann"})).await;
    assert_eq!(ann.hear("welcome").await["host"], "call.example");
    assert!(server.stop().success());
}

#[tokio::test]
async fn the_proxys_host_counts_and_nobody_elses() {
    let server = behind_proxy(&[]);
    let through = |host: &'static str, origin: &'static str| [("x-forwarded-host", host), ("origin", origin)];
    let inner = "Host: 10.0.0.9:8080\r\nX-Forwarded-Host: call.example\r\n";
    assert_eq!(get(&server, PROXY, "/", inner).await.0, 200);
    assert_eq!(get(&server, STRANGER, "/", inner).await.0, 421);
    assert_eq!(get(&server, PROXY, "/", "X-Forwarded-Host: evil.example\r\n").await.0, 421);
    assert_eq!(get(&server, PROXY, "/", "Host: evil.example\r\n").await.0, 421);
    let (status, _, health) = get(&server, STRANGER, "/health", "Host: 10.0.0.9:8080\r\n").await;
    let health = String::from_utf8(health).expect("text");
    assert!(status == 200 && !health.contains("people"), "a probe of the platform: {health}");
    for (from, [host, origin], status) in [
        (PROXY, through("call.example", "https://call.example"), None),
        (PROXY, through("call.example:8443", "https://call.example:8443"), None),
        (PROXY, through("call.example", "https://evil.example"), Some(403)),
        (PROXY, through("call.example", "http://call.example"), Some(403)),
        (STRANGER, through("call.example:8443", "https://call.example:8443"), Some(403)),
    ] {
        assert_eq!(open(&server, from, &[host, origin]).await.err(), status, "{from} {host:?} {origin:?}");
    }
}

#[tokio::test]
async fn whoever_guesses_the_pin_waits_and_nobody_else_behind_the_proxy() {
    let server = behind_proxy(&["--pin", "246813"]);
    for _ in 0..4 {
        assert_eq!(guess(&server, PROXY, "203.0.113.7").await, "pin_wrong");
    }
    assert_eq!(guess(&server, PROXY, "203.0.113.7").await, "pin_wait");
    assert_eq!(
        guess(&server, PROXY, "198.51.100.1, 203.0.113.7").await,
        "pin_wait",
        "and has written the rest"
    );
    assert_eq!(guess(&server, PROXY, "203.0.113.8").await, "pin_wrong");
    // A /64 is one machine's.
    for n in 0..4 {
        assert_eq!(guess(&server, PROXY, &format!("2001:db8::{n}")).await, "pin_wrong");
    }
    assert_eq!(guess(&server, PROXY, "2001:db8::ffff:1").await, "pin_wait");
}

#[tokio::test]
async fn forged_headers_from_elsewhere_change_nothing() {
    let server = behind_proxy(&["--pin", "246813"]);
    for n in 0..4 {
        assert_eq!(guess(&server, STRANGER, &format!("192.0.2.{n}")).await, "pin_wrong");
    }
    assert_eq!(guess(&server, STRANGER, "192.0.2.99").await, "pin_wait");
    let log = server.stop_and_read();
    assert!(!log.contains("192.0.2."), "{log}");
}

#[tokio::test]
async fn garbage_in_the_proxys_headers_counts_for_its_own_address() {
    let server = behind_proxy(&["--pin", "246813"]);
    for garbage in ["unknown", "203.0.113.7, nobody", "_hidden", "203.0.113.7.8"] {
        assert_eq!(guess(&server, PROXY, garbage).await, "pin_wrong", "{garbage}");
    }
    assert_eq!(guess(&server, PROXY, "another garbage").await, "pin_wait");
    assert_eq!(guess(&server, PROXY, "203.0.113.7").await, "pin_wrong", "who is known does not wait for it");
}

#[tokio::test]
async fn each_client_of_a_proxy_has_connections_of_its_own() {
    let server = behind_proxy(&["--connections-per-address", "3"]);
    let one = [("x-forwarded-for", "203.0.113.7")];
    let mut held = Vec::new();
    for _ in 0..3 {
        held.push(open(&server, PROXY, &one).await.expect("within its share"));
    }
    assert_eq!(open(&server, PROXY, &one).await.err(), Some(429));
    assert_eq!(get(&server, PROXY, "/", &on_behalf_of("203.0.113.7")).await.0, 429);
    assert_eq!(get(&server, PROXY, "/", &on_behalf_of("203.0.113.8")).await.0, 200);

    // An event stream is held like a socket, and given back however it ends.
    let mut stream = server.tcp_from(PROXY).await;
    let head = "GET /events HTTP/1.1\r\nHost: call.example\r\nX-Forwarded-For: 203.0.113.9\r\n\r\n";
    let mut first = [0; 12];
    for _ in 0..3 {
        let mut another = server.tcp_from(PROXY).await;
        another.write_all(head.as_bytes()).await.expect("it reads");
        another.read_exact(&mut first).await.expect("an answer");
        assert_eq!(&first, b"HTTP/1.1 200");
        stream = another;
    }
    assert!(
        open(&server, PROXY, &[("x-forwarded-for", "203.0.113.9")]).await.is_ok(),
        "two of three have ended"
    );
    drop((stream, held));
    let deadline = Instant::now() + TEST_TIMEOUT;
    while get(&server, PROXY, "/", &on_behalf_of("203.0.113.7")).await.0 != 200 {
        assert!(Instant::now() < deadline, "a connection that has ended still counts");
    }
}

#[tokio::test]
async fn a_flood_of_requests_on_a_shared_connection_slows_nobody_else() {
    let server = behind_proxy(&[]);
    let mut stream = server.tcp_from(PROXY).await;
    let request = |client: &str| {
        format!("GET /robots.txt HTTP/1.1\r\nHost: call.example\r\nX-Forwarded-For: {client}\r\n\r\n")
    };
    let mut answers = Vec::new();
    // More than a connection of one's own answers at once, and not more than a client's share.
    let flood = request("203.0.113.7").repeat(600)
        + &request("203.0.113.8").replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n");
    let begun = Instant::now();
    let (mut read, mut write) = stream.split();
    let (_, _) = tokio::join!(write.write_all(flood.as_bytes()), read.read_to_end(&mut answers));
    let text = String::from_utf8(answers).expect("text");
    assert_eq!(text.matches("HTTP/1.1 200").count(), 601);
    assert!(begun.elapsed().as_secs() < 3, "it took {:?}", begun.elapsed());
}

#[tokio::test]
async fn nobody_behind_a_proxy_is_near() {
    let server = behind_proxy(&[]);
    for path in ["/status", "/doctor", "/metrics"] {
        let refusal = if path == "/status" { 404 } else { 403 };
        for client in ["127.0.0.1", "192.168.1.5", "203.0.113.7", "garbage"] {
            assert_eq!(get(&server, PROXY, path, &on_behalf_of(client)).await.0, refusal, "{path} {client}");
        }
        assert_eq!(get(&server, PROXY, path, "").await.0, refusal, "{path}: a proxy that says nothing");
        assert_eq!(get(&server, STRANGER, path, &on_behalf_of("127.0.0.1")).await.0, refusal, "{path}");
    }
    assert_eq!(get(&server, STRANGER, "/status", "").await.0, 200, "the machine itself");
    let (_, _, health) = get(&server, PROXY, "/health", &on_behalf_of("127.0.0.1")).await;
    let health = String::from_utf8(health).expect("text");
    assert!(health.contains("\"ready\":true") && !health.contains("people"), "{health}");

    // Where no proxy is named, everything may have come through one.
    let server = TestServer::start(&["--behind-proxy", "--domain", "call.example"]);
    assert_eq!(get(&server, Ipv4Addr::LOCALHOST, "/status", "").await.0, 404);

    let server = behind_proxy(&["--status-password", "wungel"]);
    let with = |said: &str| format!("Authorization: Basic {}\r\n", BASE64_STANDARD.encode(said));
    for path in ["/status", "/doctor", "/metrics"] {
        let through = on_behalf_of("203.0.113.7");
        assert_eq!(get(&server, PROXY, path, &through).await.0, 401, "{path}");
        assert_eq!(get(&server, PROXY, path, &(with("x:wrong") + &through)).await.0, 401, "{path}");
        assert_eq!(get(&server, PROXY, path, &(with("x:wungel") + &through)).await.0, 200, "{path}");
    }
}

#[tokio::test]
async fn a_request_that_was_passed_on_to_the_lan_box_is_not_from_the_box() {
    let server = TestServer::start(&[]);
    assert_eq!(server.get("/status", "").await.0, 200);
    for said in ["X-Forwarded-For: 203.0.113.7\r\n", "Forwarded: for=_x\r\n", "Via: 1.1 proxy\r\n"] {
        assert_eq!(server.get("/status", said).await.0, 404, "{said}");
        assert_eq!(server.get("/metrics", said).await.0, 403, "{said}");
    }
}

/// What a proxy says before the first byte, in both versions.
fn proxy_headers(client: [u8; 4]) -> [Vec<u8>; 2] {
    let [a, b, c, d] = client;
    let v1 = format!("PROXY TCP4 {a}.{b}.{c}.{d} 127.0.0.1 5000 443\r\n").into_bytes();
    let addresses = [a, b, c, d, 127, 0, 0, 1, 0x13, 0x88, 0x01, 0xbb];
    let v2 = [&b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c"[..], &addresses].concat();
    [v1, v2]
}

#[tokio::test]
async fn the_proxy_protocol_names_the_client_on_both_ports() {
    let plain = behind_proxy(&["--connections-per-address", "1"]);
    let tls = TestServer::start(&["--trusted-proxy", "127.0.0.2", "--connections-per-address", "1"]);
    for (n, header) in
        [0, 1].map(|version| proxy_headers([203, 0, 113, 7])[version].clone()).into_iter().enumerate()
    {
        let request = "GET /status HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        let mut stream = plain.tcp_from(PROXY).await;
        stream.write_all(&header).await.expect("it reads");
        // While this one is open, the client has its one connection.
        let mut second = plain.tcp_from(PROXY).await;
        stream.write_all(b"GET /health HTTP/1.1\r\nHost: call.example\r\n\r\n").await.expect("it reads");
        let mut first = [0; 12];
        stream.read_exact(&mut first).await.expect("an answer");
        second.write_all(&header).await.expect("it reads");
        assert_eq!(second.read(&mut first).await.unwrap_or(0), 0, "version {}: refused", n + 1);
        let (status, _, _) = exchange(plain.tcp_from(PROXY).await, request).await;
        assert_eq!(status, 404, "without a header it is the proxy's own, and passed on");
        drop(stream);

        let mut stream = tls.tcp_from(PROXY).await;
        stream.write_all(&header).await.expect("it reads");
        let stream = tls.connect_over(stream, "localhost").await;
        assert_eq!(exchange(stream, request).await.0, 404, "inside of TLS it is passed on, too");
    }
    // From elsewhere it is no header, and HTTP and TLS are not that.
    for header in proxy_headers([127, 0, 0, 1]) {
        let mut stream = plain.tcp_from(STRANGER).await;
        stream.write_all(&header).await.expect("it reads");
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.1 400"), "{}", answer.escape_ascii());
    }
}

#[tokio::test]
async fn a_header_of_a_proxy_that_is_none_ends_that_connection_alone() {
    let server = behind_proxy(&[]);
    let mut idle = server.tcp_from(PROXY).await; // never says anything
    for garbage in [
        &b"PROXY nonsense\r\n"[..],
        b"\r\n\r\nGET / HTTP/1.1\r\n",
        &[b'\r'; 4000],
        &[b"PROXY ", &[b'9'; 4000][..]].concat(),
    ] {
        let mut stream = server.tcp_from(PROXY).await;
        let _ = stream.write_all(garbage).await;
        let mut answer = Vec::new();
        let _ =
            tokio::time::timeout(TEST_TIMEOUT, stream.read_to_end(&mut answer)).await.expect("it is closed");
        assert!(answer.is_empty(), "{}", answer.escape_ascii());
    }
    assert_eq!(get(&server, PROXY, "/", "").await.0, 200);
    idle.write_all(b"x").await.expect("it may say so yet");
}

#[test]
fn a_platform_gives_the_port_in_a_variable() {
    let state = tempfile::tempdir().expect("a folder");
    let ready = state.path().join("ready.json");
    let start = |port: &str| {
        let mut command = command(state.path());
        command.args(["--behind-proxy", "--domain", "call.example", "--https-port", "0", "--ready-file"]);
        command.arg(&ready).env("PORT", port).spawn().expect("the binary starts")
    };
    let mut child = start("0");
    let deadline = Instant::now() + TEST_TIMEOUT;
    let line = loop {
        match std::fs::read_to_string(&ready) {
            Ok(line) => break line,
            Err(_) => assert!(Instant::now() < deadline && child.try_wait().expect("a child").is_none()),
        }
        std::thread::yield_now();
    };
    child.kill().expect("it ran");
    child.wait().expect("a child");
    let ready: Value = serde_json::from_str(&line).expect("JSON");
    assert!(
        ready["https"].is_null() && ready["http"].is_string() && ready["name"] == "call.example",
        "{ready}"
    );

    let output = start("eight").wait_with_output().expect("a child");
    let said = String::from_utf8(output.stderr).expect("text");
    assert_eq!(output.status.code(), Some(1));
    assert!(said.contains("the variable PORT cannot be \"eight\": use a number from 0 to 65535"), "{said}");
}

#[test]
fn a_range_that_is_none_is_refused_in_one_sentence() {
    let state = tempfile::tempdir().expect("a folder");
    for (option, value, sentence) in [
        ("--trusted-proxy", "10.0.0.0/99", "use an address or a range of addresses, such as 10.0.0.0/8"),
        ("--trusted-proxy", "proxy.example", "use an address or a range of addresses, such as 10.0.0.0/8"),
        ("--security-contact", "me@call.example", "use an address such as mailto:me@calls.example"),
    ] {
        let (code, lines) = fail_to_start(state.path(), &["--behind-proxy", option, value]);
        assert_eq!((code, lines.len()), (Some(1), 1), "{lines:?}");
        assert!(lines[0].contains(value) && lines[0].contains(sentence), "{lines:?}");
    }
}
