//! A page without a browser, one of a thousand: what it says, and what of the answers is measured.

use futures_util::{SinkExt, StreamExt};
use serde::Deserialize;
use serde_json::json;
use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::error::Error;
use std::net::SocketAddr;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::TcpSocket;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio::task::{JoinHandle, spawn_local};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::client::Resumption;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

/// Far longer than anything takes; a bench that waits so long has failed.
pub(crate) const BENCH_TIMEOUT: Duration = Duration::from_secs(60);

type Socket = WebSocketStream<TlsStream<tokio::net::TcpStream>>;

/// What all pages of one server share.
pub(crate) struct World {
    server: SocketAddr,
    tls: TlsConnector,
    /// Idle pages that were let in.
    pub(crate) arrived: Cell<usize>,
    /// Text frames that all pages have received.
    pub(crate) frames: Cell<u64>,
    /// Who was first seen to have come or gone, by whom it does not matter, when.
    pub(crate) seen: RefCell<Vec<Seen>>,
    /// Pages write into `seen`.
    pub(crate) watching: Cell<bool>,
}

pub(crate) struct Seen {
    pub(crate) who: u32,
    pub(crate) here: bool,
    pub(crate) at: Instant,
}

/// One page; its drop closes the connection.
pub(crate) struct Page {
    pub(crate) id: u32,
    outgoing: UnboundedSender<String>,
    heard: RefCell<UnboundedReceiver<Heard>>,
    pub(crate) known: Rc<RefCell<HashSet<u32>>>,
    reading: watch::Sender<bool>,
    task: JoinHandle<()>,
}

/// What is not about the list.
pub(crate) enum Heard {
    Ring { invitation: u32 },
    InRoom,
    RoomLeft,
    Signal(String),
}

/// Any message of the box, flat, so that a long list is read without a detour.
#[derive(Deserialize)]
struct Told<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    #[serde(default)]
    you: u32,
    #[serde(default)]
    people: Vec<Entry>,
    #[serde(default)]
    left: Vec<u32>,
    #[serde(default)]
    more: bool,
    #[serde(default)]
    invitation: u32,
    room: Option<Room>,
    signal: Option<Signal>,
}

#[derive(Deserialize)]
struct Entry {
    id: u32,
}

#[derive(Deserialize)]
struct Room {
    members: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Signal {
    Description { sdp: String },
    Candidate { candidate: String },
}

impl World {
    pub(crate) fn new(server: SocketAddr, state: &Path) -> Rc<World> {
        let mut roots = RootCertStore::empty();
        let authority = CertificateDer::from_pem_file(state.join("ca.crt")).expect("the box has made it");
        roots.add(authority).expect("a good authority");
        let mut config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("both versions")
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.resumption = Resumption::disabled(); // a thousand pages are a thousand devices
        Rc::new(World {
            server,
            tls: Arc::new(config).into(),
            arrived: Cell::new(0),
            frames: Cell::new(0),
            seen: RefCell::default(),
            watching: Cell::new(false),
        })
    }

    /// A page of a space, such as `/s/kuchnia`, that says hello and takes what it is told, for as long as it
    /// is let. `turn` is given back once it is in.
    pub(crate) async fn idle_page(&self, space: &str, name: &str, turn: OwnedSemaphorePermit) {
        let mut socket = self.connect(space, None).await.expect("the server takes everybody");
        let hello = json!({"type": "hello", "name": name}).to_string();
        socket.send(Message::text(hello)).await.expect("it listens");
        let Some(Ok(Message::Text(welcome))) = socket.next().await else {
            panic!("closed instead of welcome")
        };
        assert!(welcome.contains("welcome"), "{welcome}");
        self.arrived.update(|arrived| arrived + 1);
        drop(turn);
        while let Some(Ok(_)) = socket.next().await {}
    }

    async fn connect(&self, space: &str, receive_buffer: Option<u32>) -> Result<Socket, Box<dyn Error>> {
        let socket = TcpSocket::new_v4()?;
        if let Some(bytes) = receive_buffer {
            socket.set_recv_buffer_size(bytes)?;
        }
        let stream = socket.connect(self.server).await?;
        stream.set_nodelay(true)?;
        let stream = self.tls.connect(ServerName::try_from("localhost")?, stream).await?;
        let mut request =
            format!("wss://localhost:{}{space}/ws", self.server.port()).into_client_request()?;
        request.headers_mut().insert("sec-websocket-protocol", "wizyjno.v1".parse()?);
        let config = WebSocketConfig::default().read_buffer_size(8 * 1024).write_buffer_size(0);
        let (socket, _) = tokio_tungstenite::client_async_with_config(request, stream, Some(config)).await?;
        Ok(socket)
    }
}

impl Page {
    /// A page that has said hello and knows the list.
    pub(crate) async fn open(world: &Rc<World>, name: &str) -> Page {
        Page::open_with(world, name, None).await
    }

    /// The same with so many bytes for the kernel to receive into.
    pub(crate) async fn open_with(world: &Rc<World>, name: &str, receive_buffer: Option<u32>) -> Page {
        let opened = tokio::time::timeout(BENCH_TIMEOUT, world.connect("", receive_buffer)).await;
        let mut socket = opened.expect("in time").expect("the server takes everybody");
        socket
            .send(Message::text(json!({"type": "hello", "name": name}).to_string()))
            .await
            .expect("it listens");
        let known = Rc::new(RefCell::new(HashSet::new()));
        let (outgoing, to_say) = unbounded_channel();
        let (hears, heard) = unbounded_channel();
        let (reading, reads) = watch::channel(true);
        let mut listener = Listener { world: world.clone(), known: known.clone(), hears, settled: false };
        let mut id = 0;
        loop {
            let Some(Ok(Message::Text(text))) = socket.next().await else {
                panic!("closed instead of welcome")
            };
            let told = listener.hear(&text);
            id = told.you.max(id);
            if told.kind == "people" && !told.more {
                break;
            }
        }
        listener.settled = true;
        let task = spawn_local(listener.converse(socket, to_say, reads));
        Page { id, outgoing, heard: RefCell::new(heard), known, reading, task }
    }

    fn say(&self, message: serde_json::Value) {
        let _ = self.outgoing.send(message.to_string());
    }

    pub(crate) fn invite(&self, whom: &Page) {
        self.say(json!({"type": "invite", "to": whom.id}));
    }

    /// As a page does: it rings first.
    pub(crate) fn accept(&self, invitation: u32) {
        self.say(json!({"type": "ringing", "invitation": invitation}));
        self.say(json!({"type": "accept", "invitation": invitation}));
    }

    pub(crate) fn describe(&self, to: &Page, sdp: &str) {
        let signal = json!({"description": {"type": "offer", "sdp": sdp}});
        self.say(json!({"type": "signal", "to": to.id, "signal": signal}));
    }

    pub(crate) fn offer_candidate(&self, to: &Page, candidate: &str) {
        let signal = json!({"candidate": {"candidate": candidate, "sdpMid": "0", "sdpMLineIndex": 0}});
        self.say(json!({"type": "signal", "to": to.id, "signal": signal}));
    }

    pub(crate) fn leave(&self) {
        self.say(json!({"type": "leave"}));
    }

    pub(crate) fn set_media(&self, on: bool) {
        self.say(json!({"type": "set_media", "media": {"microphone": on, "camera": on, "screen": false}}));
    }

    pub(crate) fn set_availability(&self, here: bool) {
        let availability = if here { "available" } else { "away" };
        self.say(json!({"type": "set_availability", "availability": availability}));
    }

    pub(crate) fn ping(&self) {
        self.say(json!({"type": "ping"}));
    }

    /// Says goodbye and closes.
    pub(crate) async fn go(mut self) {
        self.say(json!({"type": "goodbye"}));
        let (nothing, _) = unbounded_channel();
        drop(std::mem::replace(&mut self.outgoing, nothing));
        let _ = tokio::time::timeout(BENCH_TIMEOUT, &mut self.task).await;
    }

    /// From now on the page takes nothing from the network; it still says things.
    pub(crate) fn stop_reading(&self) {
        self.reading.send_replace(false);
    }

    /// The next thing heard that `wanted` takes.
    pub(crate) async fn hear<T>(&self, wanted: impl Fn(Heard) -> Option<T>) -> T {
        let listen = std::future::poll_fn(|context| {
            let mut heard = self.heard.borrow_mut();
            loop {
                match std::task::ready!(heard.poll_recv(context)).map(&wanted) {
                    Some(Some(it)) => return std::task::Poll::Ready(it),
                    Some(None) => {}
                    None => panic!("the connection ended"),
                }
            }
        });
        tokio::time::timeout(BENCH_TIMEOUT, listen).await.expect("in time")
    }

    pub(crate) async fn hear_signal(&self) -> String {
        self.hear(|heard| if let Heard::Signal(text) = heard { Some(text) } else { None }).await
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Listener {
    world: Rc<World>,
    known: Rc<RefCell<HashSet<u32>>>,
    hears: UnboundedSender<Heard>,
    /// Knows the list: what is heard from now on is news.
    settled: bool,
}

impl Listener {
    async fn converse(
        mut self,
        mut socket: Socket,
        mut to_say: UnboundedReceiver<String>,
        mut reads: watch::Receiver<bool>,
    ) {
        loop {
            let reading = *reads.borrow_and_update();
            tokio::select! {
                text = to_say.recv() => {
                    let Some(text) = text else { break };
                    if socket.send(Message::text(text)).await.is_err() { break }
                }
                message = socket.next(), if reading => match message {
                    Some(Ok(Message::Text(text))) => drop(self.hear(&text)),
                    Some(Ok(Message::Close(_)) | Err(_)) | None => break,
                    Some(Ok(_)) => {}
                },
                Ok(()) = reads.changed() => {}
            }
        }
        let _ = socket.close(None).await;
        while let Some(Ok(_)) = socket.next().await {}
    }

    fn hear<'a>(&mut self, text: &'a str) -> Told<'a> {
        self.world.frames.set(self.world.frames.get() + 1);
        let told: Told = serde_json::from_str(text).unwrap_or_else(|wrong| panic!("{wrong}: {text}"));
        let mut known = self.known.borrow_mut();
        let mut watch = |who, here| {
            let news = if here { known.insert(who) } else { known.remove(&who) };
            if news && self.settled && self.world.watching.get() {
                self.world.seen.borrow_mut().push(Seen { who, here, at: Instant::now() });
            }
        };
        told.people.iter().for_each(|person| watch(person.id, true));
        told.left.iter().for_each(|&who| watch(who, false));
        let heard = match (told.kind, &told.room, &told.signal) {
            ("ring", ..) => Some(Heard::Ring { invitation: told.invitation }),
            ("room", Some(room), _) if room.members.len() > 1 => Some(Heard::InRoom),
            ("room_left", ..) => Some(Heard::RoomLeft),
            (
                "signal",
                _,
                Some(Signal::Description { sdp: text } | Signal::Candidate { candidate: text }),
            ) => Some(Heard::Signal(text.clone())),
            _ => None,
        };
        if let Some(heard) = heard {
            let _ = self.hears.send(heard);
        }
        told
    }
}
