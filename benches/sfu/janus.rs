//! Debian's Janus, its video room, behind the same lines of JSON: what another relay costs in the same run.
//!
//! It takes no address of a loopback device, so the whole bench goes into a network of its own:
//!
//!     unshare --net sh -ec 'ip link set lo up; ip link add other type veth peer name end; ip link set other up
//!         ip address add 198.18.0.1/32 dev other; cargo bench --bench sfu -- --targets raw,floor,ours,janus'

use crate::target::{answer, orders, pin};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::fs;
use std::net::{IpAddr, SocketAddr};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::mpsc::unbounded_channel;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

/// Where it is told what to do, in plain text.
const PORT: u16 = 18_556;

/// Translates until its standard input ends.
pub(crate) fn serve() {
    pin(0);
    let folder = tempfile::tempdir().expect("a folder");
    let process = start(folder.path());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("an event loop");
    runtime.block_on(async {
        let mut socket = connect().await;
        let (told, mut said) = unbounded_channel();
        std::thread::spawn(move || orders().into_iter().try_for_each(|order| told.send(order)));
        let mut janus = Janus::default();
        janus.ask("create", json!({"janus": "create"}));
        loop {
            for message in janus.outgoing.drain(..) {
                socket.send(Message::text(message.to_string())).await.expect("it listens");
            }
            tokio::select! {
                Some(order) = said.recv() => janus.obey(&order),
                message = socket.next() => {
                    let message = message.expect("it goes on").expect("no mistake");
                    if let Ok(text) = message.to_text().map(str::to_owned) {
                        janus.listen(&serde_json::from_str(&text).unwrap_or_default(), process);
                    }
                }
            }
        }
    });
}

/// Starts it with its defaults, and nothing but what is measured.
fn start(folder: &Path) -> u32 {
    let installed = fs::read_dir("/usr/lib").expect("Linux has it").flatten();
    let installed: PathBuf = installed
        .map(|entry| entry.path().join("janus"))
        .find(|path| path.join("plugins/libjanus_videoroom.so").exists())
        .expect("apt install janus");
    for (kind, file) in [("plugins", "libjanus_videoroom.so"), ("transports", "libjanus_websockets.so")] {
        fs::create_dir(folder.join(kind)).expect("it is new");
        symlink(installed.join(kind).join(file), folder.join(kind).join(file)).expect("it is new");
    }
    fs::create_dir(folder.join("none")).expect("it is new");
    let here = folder.display();
    let general = format!(
        "general: {{ plugins_folder = \"{here}/plugins\"; \
         transports_folder = \"{here}/transports\"; events_folder = \"{here}/none\"; \
         loggers_folder = \"{here}/none\"; debug_level = 2; session_timeout = 0; }}\n"
    );
    fs::write(folder.join("janus.jcfg"), general).expect("there is room");
    let websockets =
        format!("general: {{ ws = true; ws_port = {PORT}; ws_ip = \"127.0.0.1\"; wss = false; }}\n");
    fs::write(folder.join("janus.transport.websockets.jcfg"), websockets).expect("there is room");
    fs::write(folder.join("janus.plugin.videoroom.jcfg"), "general: { }\n").expect("there is room");
    let log = fs::File::create(folder.join("log")).expect("there is room");
    // It does not outlive us, however we end, nor we it.
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL", "janus", "--configs-folder"]).arg(folder);
    command.stdout(log.try_clone().expect("open")).stderr(log);
    let mut child = command.spawn().expect("apt install janus");
    let process = child.id();
    std::thread::spawn(move || {
        let status = child.wait();
        eprintln!("Janus has ended: {status:?}");
        std::process::exit(1);
    });
    process
}

/// Whoever talks to it has to be on the same device.
fn other_address() -> IpAddr {
    let interfaces = if_addrs::get_if_addrs().expect("Linux tells").into_iter();
    let mut addresses =
        interfaces.filter(|interface| !interface.is_loopback()).map(|interface| interface.ip());
    addresses.find(IpAddr::is_ipv4).expect("a network of its own, as above")
}

async fn connect() -> WebSocketStream<TcpStream> {
    let address = SocketAddr::from(([127, 0, 0, 1], PORT));
    let mut request = format!("ws://{address}/").into_client_request().expect("an address");
    request.headers_mut().insert("sec-websocket-protocol", "janus-protocol".parse().expect("a word"));
    for _ in 0..200 {
        if let Ok(socket) = TcpStream::connect(address).await {
            return tokio_tungstenite::client_async(request, socket).await.expect("it understands").0;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("Janus has not started");
}

#[derive(Default)]
struct Janus {
    session: u64,
    members: HashMap<u64, Member>,
    /// Whose handle it is, and whether it is the one that publishes.
    handles: HashMap<u64, (u64, bool)>,
    outgoing: Vec<Value>,
}

/// Somebody, with a handle to publish and one to subscribe.
#[derive(Default)]
struct Member {
    room: u64,
    published: bool,
    subscribing: Option<u64>,
    offer: String,
    /// Whom it has not been offered yet, and whether it is being offered somebody.
    wanted: Vec<u64>,
    busy: bool,
    joined: bool,
}

impl Janus {
    fn obey(&mut self, order: &Value) {
        let id = order["id"].as_u64().expect("an id");
        let sdp = || order["sdp"].as_str().expect("an SDP").to_owned();
        match order["what"].as_str() {
            Some("join") => {
                let room = order["room"].as_u64().expect("a room");
                let there = self.members.iter().filter(|(_, member)| member.room == room && member.published);
                let wanted = there.map(|(publisher, _)| publisher + 1).collect();
                self.members.insert(id, Member { room, wanted, ..Member::default() });
                self.attach(id, false);
            }
            Some("offer") => {
                self.members.get_mut(&id).expect("it joined").offer = sdp();
                self.attach(id, true);
            }
            Some("answer") => {
                let handle = self.members[&id].subscribing.expect("it was offered");
                let description = json!({"type": "answer", "sdp": sdp()});
                self.request(handle, "start", json!({"request": "start"}), description);
            }
            _ => {}
        }
    }

    fn listen(&mut self, message: &Value, process: u32) {
        let transaction = message["transaction"].as_str().unwrap_or_default();
        let new = || message["data"]["id"].as_u64().expect("an id");
        match (message["janus"].as_str(), transaction) {
            (Some("error"), _) => panic!("{message}"),
            (Some("success"), "create") => {
                self.session = new();
                answer(&json!({"what": "ready", "process": process, "here": other_address()}));
            }
            (Some("success"), whose) => {
                let Some((kind, id)) = whose.split_once(' ') else { return };
                let (id, publishes) = (id.parse().expect("a number"), kind == "publish");
                self.attached(id, publishes, new());
            }
            // Only now others can subscribe to it.
            (Some("webrtcup"), _) => {
                if let Some((id, true)) =
                    message["sender"].as_u64().and_then(|handle| self.handles.get(&handle))
                {
                    self.published(*id);
                }
            }
            (Some("event"), _) => self.happened(message),
            _ => {}
        }
    }

    fn attached(&mut self, id: u64, publishes: bool, handle: u64) {
        self.handles.insert(handle, (id, publishes));
        let member = self.members.get_mut(&id).expect("it joined");
        // Its rooms are numbered from one.
        let room = member.room + 1;
        if publishes {
            let description = json!({"type": "offer", "sdp": member.offer});
            // Whoever comes first makes the room; the others are told that it is there.
            let create = json!({"request": "create", "room": room, "publishers": 64, "bitrate": 0});
            self.request(handle, "room", create, Value::Null);
            let join =
                json!({"request": "joinandconfigure", "room": room, "ptype": "publisher", "id": id + 1});
            self.request(handle, "join", join, description);
        } else {
            member.subscribing = Some(handle);
            self.subscribe(id);
        }
    }

    fn published(&mut self, publisher: u64) {
        let member = self.members.get_mut(&publisher).expect("it joined");
        member.published = true;
        let room = member.room;
        let others = self.members.iter_mut().filter(|(id, member)| **id != publisher && member.room == room);
        let others: Vec<u64> = others
            .map(|(id, member)| {
                member.wanted.push(publisher + 1);
                *id
            })
            .collect();
        others.into_iter().for_each(|id| self.subscribe(id));
    }

    /// One negotiation at a time, for everybody who waits.
    fn subscribe(&mut self, id: u64) {
        let member = self.members.get_mut(&id).expect("it joined");
        let Some(handle) = member.subscribing.filter(|_| !member.busy && !member.wanted.is_empty()) else {
            return;
        };
        let streams: Vec<_> = member.wanted.drain(..).map(|feed| json!({"feed": feed})).collect();
        member.busy = true;
        let body = if std::mem::replace(&mut member.joined, true) {
            json!({"request": "subscribe", "streams": streams})
        } else {
            json!({"request": "join", "room": member.room + 1, "ptype": "subscriber", "streams": streams})
        };
        self.request(handle, "subscribe", body, Value::Null);
    }

    fn happened(&mut self, message: &Value) {
        let data = &message["plugindata"]["data"];
        assert!(data.get("error").is_none(), "{message}");
        let Some(&(id, _)) = message["sender"].as_u64().and_then(|handle| self.handles.get(&handle)) else {
            return;
        };
        if let Some(sdp) = message["jsep"]["sdp"].as_str() {
            match message["jsep"]["type"].as_str() {
                Some("answer") => answer(&json!({"what": "answer", "id": id, "sdp": sdp})),
                _ => answer(&json!({"what": "offer", "id": id, "connection": 0, "sdp": sdp})),
            }
        }
        if data["started"] == "ok" {
            self.members.get_mut(&id).expect("it joined").busy = false;
            self.subscribe(id);
        }
    }

    fn attach(&mut self, id: u64, publishes: bool) {
        let session = self.session;
        let transaction = format!("{} {id}", if publishes { "publish" } else { "subscribe" });
        let request = json!({"janus": "attach", "session_id": session, "plugin": "janus.plugin.videoroom"});
        self.ask(&transaction, request);
    }

    fn request(&mut self, handle: u64, transaction: &str, body: Value, description: Value) {
        let mut request =
            json!({"janus": "message", "session_id": self.session, "handle_id": handle, "body": body});
        if !description.is_null() {
            request["jsep"] = description;
        }
        self.ask(transaction, request);
    }

    fn ask(&mut self, transaction: &str, mut request: Value) {
        request["transaction"] = transaction.into();
        self.outgoing.push(request);
    }
}
