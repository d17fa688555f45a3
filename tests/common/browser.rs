//! Pages without a browser: over a WebSocket, and over events and POSTs.

use super::{TEST_TIMEOUT, TestServer};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

/// A page without a browser: a WebSocket that keeps what it hears.
pub struct TestBrowser<S = TlsStream<TcpStream>> {
    socket: WebSocketStream<S>,
    /// Received, and not asked for yet.
    heard: Vec<Value>,
    /// All text that ever came.
    pub transcript: String,
    pub id: u64,
    pub token: String,
    pub resumed: bool,
    pub welcome: Value,
}

impl<S: AsyncRead + AsyncWrite + Unpin> TestBrowser<S> {
    pub fn new(socket: WebSocketStream<S>) -> TestBrowser<S> {
        TestBrowser {
            socket,
            heard: Vec::new(),
            transcript: String::new(),
            id: 0,
            token: String::new(),
            resumed: false,
            welcome: Value::Null,
        }
    }

    /// Calls `callee`, who accepts: the message by which the caller learns of the room with both in it.
    pub async fn call(&mut self, callee: &mut TestBrowser<S>) -> Value {
        self.say(json!({"type": "invite", "to": callee.id})).await;
        let ring = callee.hear("ring").await;
        callee.say(json!({"type": "accept", "invitation": ring["invitation"]})).await;
        self.hear_room(2).await
    }

    /// The next message of the room with so many members.
    pub async fn hear_room(&mut self, members: usize) -> Value {
        self.hear_that("room", |told| told["room"]["members"].as_array().map(Vec::len) == Some(members)).await
    }

    pub async fn say(&mut self, message: Value) {
        self.say_raw(Message::text(message.to_string())).await;
    }

    pub async fn say_raw(&mut self, message: Message) {
        self.socket.send(message).await.expect("the box listens");
    }

    /// The stream below the WebSocket, for frames that no library sends.
    pub fn into_stream(self) -> S {
        self.socket.into_inner()
    }

    /// The next message of that type; what came before it stays for later.
    pub async fn hear(&mut self, kind: &str) -> Value {
        self.hear_that(kind, |_| true).await
    }

    /// The next message of that type for which `is_it` holds.
    pub async fn hear_that(&mut self, kind: &str, is_it: impl Fn(&Value) -> bool) -> Value {
        let wanted = |message: &Value| message["type"] == kind && is_it(message);
        if let Some(at) = self.heard.iter().position(wanted) {
            return self.heard.remove(at);
        }
        loop {
            let message = tokio::time::timeout(TEST_TIMEOUT, self.next()).await;
            match message.unwrap_or_else(|_| panic!("no {kind} in time; heard {:#?}", self.heard)) {
                Ok(message) if wanted(&message) => return message,
                Ok(message) => self.heard.push(message),
                Err(code) => panic!("closed with {code:?} instead of {kind}; heard {:#?}", self.heard),
            }
        }
    }

    /// The next message that comes, of one of those types; others are passed over.
    pub async fn hear_one_of(&mut self, kinds: &[&str]) -> Value {
        loop {
            let message = tokio::time::timeout(TEST_TIMEOUT, self.next()).await.expect("one of them in time");
            let message = message.expect("the box does not close");
            if kinds.iter().any(|kind| message["type"] == *kind) {
                return message;
            }
        }
    }

    /// The code with which the box closes.
    pub async fn hear_close(&mut self) -> Option<u16> {
        loop {
            match tokio::time::timeout(TEST_TIMEOUT, self.next()).await.expect("a close in time") {
                Ok(message) => self.heard.push(message),
                Err(code) => return code,
            }
        }
    }

    /// Asserts that nothing of that type came up to now: all that the box has to say is heard first.
    pub async fn has_not_heard(&mut self, kind: &str) {
        self.say(json!({"type": "ping"})).await;
        self.hear("pong").await;
        assert!(!self.heard.iter().any(|message| message["type"] == kind), "heard {:#?}", self.heard);
    }

    async fn next(&mut self) -> Result<Value, Option<u16>> {
        loop {
            match self.socket.next().await {
                Some(Ok(Message::Text(text))) => {
                    self.transcript.push_str(&text);
                    return Ok(serde_json::from_str(&text).expect("JSON"));
                }
                Some(Ok(Message::Close(frame))) => return Err(frame.map(|frame| frame.code.into())),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Err(None),
            }
        }
    }
}

/// A page without a WebSocket: events down, posts up.
pub struct TestEvents {
    stream: tokio::io::BufReader<TlsStream<TcpStream>>,
    pub key: String,
}

impl TestEvents {
    /// Takes over a stream on which events were requested: its key is the first of them.
    pub async fn new(stream: TlsStream<TcpStream>) -> TestEvents {
        let mut events = TestEvents { stream: tokio::io::BufReader::new(stream), key: String::new() };
        events.key = match events.next().await {
            Some((name, key)) if name == "key" => key,
            other => panic!("{other:?} instead of the key"),
        };
        events
    }

    /// Posts the messages together; they must be taken.
    pub async fn say(&self, server: &TestServer, messages: &[Value]) {
        let lines: Vec<String> = messages.iter().map(Value::to_string).collect();
        let (status, _, body) = server.post("/events", &self.header(), &lines.join("\n")).await;
        assert_eq!(status, 204, "{}", String::from_utf8_lossy(&body));
    }

    pub fn header(&self) -> String {
        format!("X-Connection: {}\r\n", self.key)
    }

    /// The next message of that type; what comes before it is passed over.
    pub async fn hear(&mut self, kind: &str) -> Value {
        loop {
            let (name, data) = self.next().await.expect("the stream goes on");
            assert_eq!(name, "message", "{data}");
            let message: Value = serde_json::from_str(&data).expect("JSON");
            if message["type"] == kind {
                return message;
            }
        }
    }

    /// The code with which the box closes.
    pub async fn hear_close(&mut self) -> u16 {
        loop {
            match self.next().await.expect("a close before the end") {
                (name, code) if name == "close" => return code.parse().expect("a number"),
                _ => {}
            }
        }
    }

    /// Name and data of the next event; `None` when there are no more.
    pub async fn next(&mut self) -> Option<(String, String)> {
        let mut name = "message".to_owned();
        loop {
            let mut line = String::new();
            let read = tokio::time::timeout(TEST_TIMEOUT, self.stream.read_line(&mut line)).await;
            match read.expect("an event in time") {
                Ok(0) | Err(_) => return None,
                // The head of the answer and the lengths of its chunks are no fields of events.
                Ok(_) => match line.trim_end().split_once(": ") {
                    Some(("event", event)) => event.clone_into(&mut name),
                    Some(("data", data)) => return Some((name, data.to_owned())),
                    _ => {}
                },
            }
        }
    }
}
