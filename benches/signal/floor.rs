//! The floor: the least that tokio, rustls and tungstenite can do with the product's messages.
//!
//! It keeps no promises: no rules, no checks, no limits, queues without end, and nobody comes back. What
//! the product costs beyond it is what the promises cost; where it costs less, the shell is better.

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::task::{LocalSet, spawn_local};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_tungstenite::accept_hdr_async_with_config;
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

const TICK: Duration = Duration::from_millis(100);

#[derive(Default)]
struct State {
    pages: BTreeMap<u64, UnboundedSender<Utf8Bytes>>,
    came: Vec<u64>,
    left: Vec<u64>,
    list: Option<Utf8Bytes>,
}

/// Serves until it is killed.
pub(crate) fn serve(port: u16, leaf: &Path) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("an event loop");
    LocalSet::new().block_on(&runtime, async {
        let acceptor = acceptor(leaf);
        let state = Rc::new(RefCell::new(State::default()));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.expect("a free port");
        spawn_local(tell(state.clone()));
        for id in 1.. {
            let Ok((stream, _)) = listener.accept().await else { continue };
            spawn_local(converse(stream, acceptor.clone(), id, state.clone()));
        }
    });
}

fn acceptor(leaf: &Path) -> TlsAcceptor {
    let chain = vec![CertificateDer::from_pem_file(leaf).expect("a certificate")];
    let key = PrivateKeyDer::from_pem_file(leaf).expect("its key");
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("both versions")
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .expect("they belong together");
    Arc::new(config).into()
}

async fn tell(state: Rc<RefCell<State>>) {
    loop {
        tokio::time::sleep(TICK).await;
        let mut state = state.borrow_mut();
        if state.came.is_empty() && state.left.is_empty() {
            continue;
        }
        state.list = None;
        let came: Vec<_> = state.came.drain(..).map(person).collect();
        let left: Vec<_> = state.left.drain(..).collect();
        let told = json!({"type": "changes", "people": came, "left": left}).to_string();
        let told = Utf8Bytes::from(told);
        state.pages.values().for_each(|page| drop(page.send(told.clone())));
    }
}

async fn converse(stream: TcpStream, acceptor: TlsAcceptor, id: u64, state: Rc<RefCell<State>>) {
    let _ = stream.set_nodelay(true);
    let Ok(stream) = acceptor.accept(stream).await else { return };
    let config = WebSocketConfig::default().read_buffer_size(4096).write_buffer_size(16 * 1024);
    #[allow(clippy::result_large_err)] // the library's own type of answer
    let agree = |_: &Request, mut answer: Response| {
        answer.headers_mut().insert("sec-websocket-protocol", "wizyjno.v1".parse().expect("plain"));
        Ok(answer)
    };
    let Ok(mut socket) = accept_hdr_async_with_config(stream, agree, Some(config)).await else { return };
    let (outbox, mut waiting) = unbounded_channel();
    loop {
        tokio::select! {
            text = waiting.recv() => {
                let Some(text) = text else { break };
                if socket.feed(Message::Text(text)).await.is_err() { break }
                while let Ok(text) = waiting.try_recv() {
                    if socket.feed(Message::Text(text)).await.is_err() { break }
                }
                if socket.flush().await.is_err() { break }
            }
            heard = socket.next() => {
                let Some(Ok(Message::Text(text))) = heard else { break };
                let Ok(message) = serde_json::from_str::<Value>(&text) else { break };
                state.borrow_mut().hear(id, &outbox, &message);
            }
        }
    }
    let mut state = state.borrow_mut();
    state.pages.remove(&id);
    state.left.push(id);
}

impl State {
    fn hear(&mut self, id: u64, outbox: &UnboundedSender<Utf8Bytes>, message: &Value) {
        match message["type"].as_str().unwrap_or_default() {
            "hello" => {
                self.came.push(id);
                self.pages.insert(id, outbox.clone());
                self.say(id, json!({"type": "welcome", "you": id}));
                let pages = &self.pages;
                let list = self.list.get_or_insert_with(|| {
                    let people: Vec<_> = pages.keys().copied().map(person).collect();
                    json!({"type": "people", "people": people, "more": false}).to_string().into()
                });
                let _ = outbox.send(list.clone());
            }
            "invite" => {
                let ring = json!({"type": "ring", "invitation": id, "from": id});
                self.say(message["to"].as_u64().unwrap_or(0), ring);
            }
            "accept" => {
                let inviter = message["invitation"].as_u64().unwrap_or(0);
                let room = json!({"type": "room", "room": {"members": [person(inviter), person(id)]}});
                self.say(inviter, room.clone());
                self.say(id, room);
            }
            "signal" => {
                let signal = json!({"type": "signal", "from": id, "signal": message["signal"]});
                self.say(message["to"].as_u64().unwrap_or(0), signal);
            }
            "leave" => self.say(id, json!({"type": "room_left"})),
            _ => {}
        }
    }

    fn say(&self, to: u64, message: Value) {
        if let Some(page) = self.pages.get(&to) {
            let _ = page.send(message.to_string().into());
        }
    }
}

fn person(id: u64) -> Value {
    json!({"id": id, "name": format!("Person {id}"), "status": "available"})
}
