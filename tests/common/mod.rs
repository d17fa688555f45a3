//! The real binary on free ports with a state folder of its own, and pages without a browser.
#![allow(dead_code, unreachable_pub)] // each test file uses its own part

mod browser;

pub use browser::{TestBrowser, TestEvents};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::time_provider::TimeProvider;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

/// Long enough for a busy machine; nothing waits for it when all is well.
pub const TEST_TIMEOUT: Duration = Duration::from_secs(20);

/// A box that runs; its end is the drop's.
pub struct TestServer {
    child: Child,
    pub state: Arc<tempfile::TempDir>,
    pub https: SocketAddr,
    pub http: SocketAddr,
    options: Vec<String>,
    environment: Vec<(String, String)>,
    /// The authority that its visitors trust, if not its own.
    pub trusted: Option<PathBuf>,
    /// What the clocks of its visitors show, in seconds since 1970, if not the time.
    pub visitors_now: Option<u64>,
}

impl TestServer {
    pub fn start(options: &[&str]) -> TestServer {
        TestServer::start_with(options, Vec::new())
    }

    /// With these variables in its environment, also after a restart.
    pub fn start_with(options: &[&str], environment: Vec<(String, String)>) -> TestServer {
        let state = Arc::new(tempfile::tempdir().expect("a temporary folder"));
        let options = options.iter().map(|&option| option.to_owned()).collect();
        TestServer::start_in(state, 0, 0, options, environment)
    }

    fn start_in(
        state: Arc<tempfile::TempDir>,
        https: u16,
        http: u16,
        options: Vec<String>,
        environment: Vec<(String, String)>,
    ) -> TestServer {
        let ready = state.path().join("ready.json");
        let _ = std::fs::remove_file(&ready);
        let mut child = command(state.path())
            .args(["--https-port", &https.to_string(), "--http-port", &http.to_string()])
            .args(&options)
            .envs(environment.iter().map(|(key, value)| (key, value)))
            .arg("--ready-file")
            .arg(&ready)
            .spawn()
            .expect("the binary starts");
        let deadline = Instant::now() + TEST_TIMEOUT;
        let line = loop {
            // The file is there whole or not at all.
            match std::fs::read_to_string(&ready) {
                Ok(line) => break line,
                Err(_) => assert!(
                    child.try_wait().expect("a child").is_none() && Instant::now() < deadline,
                    "the box did not get ready: {}",
                    log(&mut child)
                ),
            }
            std::thread::yield_now();
        };
        let ready: Value = serde_json::from_str(&line).expect("JSON");
        let address = |field: &str| {
            let port =
                ready[field].as_str().and_then(|url| url.rsplit(':').next()).expect("a URL with a port");
            SocketAddr::from((Ipv4Addr::LOCALHOST, port.parse::<u16>().expect("a port")))
        };
        let http = address("http");
        // Behind a proxy it serves none itself.
        let https = if ready["https"].is_null() { http } else { address("https") };
        TestServer { child, https, http, state, options, environment, trusted: None, visitors_now: None }
    }

    /// As a power cut, and then power again: same ports, same keys.
    pub fn restart(mut self) -> TestServer {
        self.child.kill().expect("it ran");
        self.child.wait().expect("a child");
        let (https, http) = (self.https.port(), self.http.port());
        TestServer::start_in(self.state.clone(), https, http, self.options.clone(), self.environment.clone())
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    pub fn signal(&self, signal: rustix::process::Signal) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, signal).expect("it runs");
    }

    /// SIGTERM, and how it ended.
    pub fn stop(mut self) -> ExitStatus {
        self.signal(rustix::process::Signal::TERM);
        self.child.wait().expect("a child")
    }

    /// SIGTERM, and what it had logged.
    pub fn stop_and_read(mut self) -> String {
        self.signal(rustix::process::Signal::TERM);
        let log = log(&mut self.child);
        self.child.wait().expect("a child");
        log
    }

    pub fn ca(&self) -> PathBuf {
        self.state.path().join("state/ca.crt")
    }

    /// A TLS connection that trusts the box's authority and nothing else.
    pub async fn connect(&self) -> TlsStream<TcpStream> {
        self.connect_as("localhost").await
    }

    pub async fn connect_as(&self, name: &str) -> TlsStream<TcpStream> {
        let stream = self.tcp_from(Ipv4Addr::LOCALHOST).await;
        self.connect_over(stream, name).await
    }

    /// A TCP connection to the HTTPS port from one of this machine's own addresses, 127.0.0.0/8.
    pub async fn tcp_from(&self, from: Ipv4Addr) -> TcpStream {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.bind((from, 0).into()).expect("all of 127.0.0.0/8 is this machine");
        socket.connect(self.https).await.expect("it listens")
    }

    /// TLS on a connection on which something else may have been said before.
    pub async fn connect_over(&self, stream: TcpStream, name: &str) -> TlsStream<TcpStream> {
        self.handshake(stream, name).await.expect("its certificate is good")
    }

    /// A TLS connection from one of this machine's own addresses, if the box takes it.
    pub async fn try_connect_from(&self, from: Ipv4Addr) -> std::io::Result<TlsStream<TcpStream>> {
        self.handshake(self.tcp_from(from).await, "localhost").await
    }

    async fn handshake(&self, stream: TcpStream, name: &str) -> std::io::Result<TlsStream<TcpStream>> {
        let mut roots = RootCertStore::empty();
        let authority = self.trusted.clone().unwrap_or_else(|| self.ca());
        let authority = CertificateDer::from_pem_file(authority).expect("the authority");
        roots.add(authority).expect("a good authority");
        let provider = Arc::new(tokio_rustls::rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_details(provider, Arc::new(VisitorsClock(self.visitors_now)))
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::try_from(name.to_owned()).expect("a name");
        TlsConnector::from(Arc::new(config)).connect(name, stream).await
    }

    /// The answer to one HTTPS request: status, head in lower case, body. The connection is to be closed
    /// after it.
    pub async fn get(&self, path: &str, headers: &str) -> (u16, String, Vec<u8>) {
        let host = format!("Host: localhost:{}\r\n", self.https.port());
        let host = if headers.starts_with("Host:") { "" } else { &host };
        let close = if headers.contains("Connection: close") { "" } else { "Connection: close\r\n" };
        let request = format!("GET {path} HTTP/1.1\r\n{host}{close}{headers}\r\n");
        exchange(self.connect().await, &request).await
    }

    /// The answer to one POST.
    pub async fn post(&self, path: &str, headers: &str, body: &str) -> (u16, String, Vec<u8>) {
        let (port, length) = (self.https.port(), body.len());
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\nContent-Length: {length}\r\n\
             {headers}\r\n{body}"
        );
        exchange(self.connect().await, &request).await
    }

    /// A stream of events that has told its key, and nothing else yet.
    pub async fn events(&self) -> TestEvents {
        let mut stream = self.connect().await;
        let request = format!("GET /events HTTP/1.1\r\nHost: localhost:{}\r\n\r\n", self.https.port());
        stream.write_all(request.as_bytes()).await.expect("it reads");
        TestEvents::new(stream).await
    }

    /// The answer to one plain HTTP request.
    pub async fn get_plain(&self, path: &str, headers: &str) -> (u16, String, Vec<u8>) {
        let host = format!("Host: localhost:{}\r\n", self.http.port());
        let host = if headers.starts_with("Host:") { "" } else { &host };
        let request = format!("GET {path} HTTP/1.1\r\n{host}Connection: close\r\n{headers}\r\n");
        exchange(TcpStream::connect(self.http).await.expect("it listens"), &request).await
    }

    /// A page that has said hello and knows the list.
    pub async fn page(&self, name: &str) -> TestBrowser {
        self.page_again(name, None).await
    }

    /// The same with the token of an earlier page.
    pub async fn page_again(&self, name: &str, token: Option<&str>) -> TestBrowser {
        self.page_with("", json!({"type": "hello", "name": name, "token": token})).await
    }

    /// The same in a space, such as `/s/kuchnia`.
    pub async fn page_in(&self, space: &str, name: &str) -> TestBrowser {
        self.page_with(space, json!({"type": "hello", "name": name})).await
    }

    /// The same with that hello.
    pub async fn page_with(&self, space: &str, hello: Value) -> TestBrowser {
        let mut page = self.open_at(space, Ipv4Addr::LOCALHOST).await;
        page.say(hello).await;
        let welcome = page.hear("welcome").await;
        page.id = welcome["you"].as_u64().expect("an id");
        page.token = welcome["token"].as_str().expect("a token").to_owned();
        page.resumed = welcome["resumed"] == true;
        page.welcome = welcome;
        page.hear("people").await;
        page
    }

    /// A WebSocket that has said nothing yet.
    pub async fn open(&self) -> TestBrowser {
        self.open_from(Ipv4Addr::LOCALHOST).await
    }

    /// The same from one of this machine's own addresses.
    pub async fn open_from(&self, from: Ipv4Addr) -> TestBrowser {
        self.open_at("", from).await
    }

    /// The same to a space, such as `/s/kuchnia`; empty: to the lobby.
    pub async fn open_at(&self, space: &str, from: Ipv4Addr) -> TestBrowser {
        let url = format!("wss://localhost:{}{space}/ws", self.https.port());
        let mut request = url.into_client_request().expect("a URL");
        request.headers_mut().insert("sec-websocket-protocol", "wizyjno.v1".parse().expect("plain"));
        let stream = self.connect_over(self.tcp_from(from).await, "localhost").await;
        let (socket, _) = tokio_tungstenite::client_async(request, stream).await.expect("a WebSocket");
        TestBrowser::new(socket)
    }
}

/// What certificates are checked by.
#[derive(Debug)]
struct VisitorsClock(Option<u64>);

impl TimeProvider for VisitorsClock {
    fn current_time(&self) -> Option<UnixTime> {
        let shown = self.0.map(|seconds| UnixTime::since_unix_epoch(Duration::from_secs(seconds)));
        Some(shown.unwrap_or_else(UnixTime::now))
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            eprintln!("--- the box's log:\n{}", log(&mut self.child));
        }
    }
}

/// The binary with nothing of this machine's settings.
pub fn command(state: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wizyjno"));
    command
        .env_clear()
        .args(["--listen", "127.0.0.1", "--no-mdns", "--log", "debug", "--state-dir"])
        .arg(state.join("state"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    command
}

/// Another command of the binary on that box's state: whether it succeeded, and what it said on either
/// channel.
pub fn ask(state: &Path, arguments: &[&str]) -> (bool, String, String) {
    ask_where(state, arguments, &[["LC_ALL", "C"]])
}

/// The same with these variables in its environment.
pub fn ask_where(state: &Path, arguments: &[&str], variables: &[[&str; 2]]) -> (bool, String, String) {
    let mut command = command(state);
    command.args(arguments).envs(variables.iter().map(|[name, value]| (name, value)));
    let output = command.stdout(Stdio::piped()).output().expect("the binary starts");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    (output.status.success(), text(output.stdout), text(output.stderr))
}

fn log(child: &mut Child) -> String {
    let mut text = String::new();
    if let Some(stderr) = child.stderr.as_mut() {
        let _ = BufReader::new(stderr).take(64 * 1024).read_to_string(&mut text);
    }
    text
}

/// A start that must fail: its exit status and what it said.
pub fn fail_to_start(state: &Path, options: &[&str]) -> (Option<i32>, Vec<String>) {
    let mut child = command(state).args(options).spawn().expect("the binary starts");
    let status = child.wait().expect("a child");
    let lines = BufReader::new(child.stderr.take().expect("piped")).lines();
    (
        status.code(),
        lines.map(|line| line.expect("text")).filter(|line| line.starts_with("wizyjno:")).collect(),
    )
}

pub async fn exchange<S>(mut stream: S, request: &str) -> (u16, String, Vec<u8>)
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
{
    stream.write_all(request.as_bytes()).await.expect("it reads");
    let mut answer = Vec::new();
    // A peer that closes without close_notify is an error to rustls; what came is what counts.
    let _ =
        tokio::time::timeout(TEST_TIMEOUT, stream.read_to_end(&mut answer)).await.expect("an answer in time");
    let split = answer.windows(4).position(|end| end == b"\r\n\r\n").expect("a head") + 4;
    let head = String::from_utf8(answer[..split].to_vec()).expect("text").to_ascii_lowercase();
    let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status");
    (status, head, answer[split..].to_vec())
}
