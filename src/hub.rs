//! The task that owns the lobby: messages in by mailbox, effects out to outboxes and media threads.

use crate::ids::{ClientPrefix, ConnectionId};
pub(crate) use crate::lobby::Counts;
use crate::lobby::{CloseReason, Effect, Input, Lobby, Rules};
use crate::media::{self, Media};
use crate::outbox::{Close, Frame, Outbox};
use crate::protocol::{ClientMessage, Person, ServerMessage};
use std::collections::HashMap;
use std::net::IpAddr;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Instant;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

/// Messages that may wait beyond the one disconnect message for which every connection holds a permit
/// (SECURITY.md).
const MAILBOX_CAPACITY: usize = 1024;
/// Messages handled in one turn; then the task yields to the sockets.
const BATCH: usize = 64;
/// People in one message of the list: few messages in all, and small enough for a phone to show the first
/// while the next one is on its way.
const PEOPLE_PER_MESSAGE: usize = 500;

/// A handle to the hub; every method posts a message to its mailbox.
#[derive(Clone)]
pub(crate) struct Hub {
    mailbox: mpsc::Sender<Message>,
    counters: Arc<Counters>,
}

/// Counters since the start.
#[derive(Default)]
struct Counters {
    opened: AtomicU64,
    cut: AtomicU64,
}

/// A connection's registration at the hub. However the connection's task ends, the drop tells the hub that
/// the connection is gone.
pub(crate) struct Membership {
    hub: Hub,
    connection: ConnectionId,
    pub(crate) outbox: Arc<Outbox>,
    /// Reserved when the connection opens, so that the mailbox always has room for its disconnect message.
    disconnect_permit: Option<mpsc::OwnedPermit<Message>>,
}

enum Message {
    Connected { connection: ConnectionId, from: ClientPrefix, via: IpAddr, outbox: Arc<Outbox> },
    Received { from: ConnectionId, message: ClientMessage },
    PeopleWanted { connection: ConnectionId },
    Disconnected { connection: ConnectionId },
    HostRenamed(String),
    RulesChanged(Rules),
    CountsQuery(oneshot::Sender<Counts>),
    PeopleQuery(oneshot::Sender<Vec<Person>>),
    Stop,
}

impl Hub {
    /// Starts the task, which ends on [`stop`](Hub::stop). `connections` is the most that can be open at a
    /// time.
    pub(crate) fn start(
        lobby: Lobby,
        media: Media,
        media_events: mpsc::Receiver<media::Event>,
        connections: usize,
    ) -> (Hub, JoinHandle<()>) {
        let (mailbox, messages) = mpsc::channel(MAILBOX_CAPACITY + connections);
        let task = tokio::spawn(
            HubTask { lobby, media, clients: HashMap::new(), list: None }.run(messages, media_events),
        );
        (Hub { mailbox, counters: Arc::default() }, task)
    }

    /// Registers a connection from the client address `from` to this machine's address `via`. `None`: the
    /// hub has stopped.
    pub(crate) async fn open(&self, from: IpAddr, via: IpAddr) -> Option<Membership> {
        let disconnect_permit = self.mailbox.clone().reserve_owned().await.ok()?;
        let connection = ConnectionId(self.counters.opened.fetch_add(1, Relaxed));
        let outbox = Arc::<Outbox>::default();
        let opened =
            Message::Connected { connection, from: ClientPrefix::of(from), via, outbox: outbox.clone() };
        self.mailbox.send(opened).await.ok()?;
        Some(Membership { hub: self.clone(), connection, outbox, disconnect_permit: Some(disconnect_permit) })
    }

    /// The machine's name on the network has changed.
    pub(crate) async fn rename_host(&self, host: String) {
        let _ = self.mailbox.send(Message::HostRenamed(host)).await;
    }

    /// Replaces the rules of the lobby.
    pub(crate) async fn change_rules(&self, rules: Rules) {
        let _ = self.mailbox.send(Message::RulesChanged(rules)).await;
    }

    /// How many there are. `None`: the hub has stopped.
    pub(crate) async fn counts(&self) -> Option<Counts> {
        let (answer, asked) = oneshot::channel();
        self.mailbox.send(Message::CountsQuery(answer)).await.ok()?;
        asked.await.ok()
    }

    /// Everybody who is here. `None`: the hub has stopped.
    pub(crate) async fn people(&self) -> Option<Vec<Person>> {
        let (answer, asked) = oneshot::channel();
        self.mailbox.send(Message::PeopleQuery(answer)).await.ok()?;
        asked.await.ok()
    }

    /// Connections opened, and connections cut because the page did not read, since the start.
    pub(crate) fn opened_and_cut(&self) -> (u64, u64) {
        (self.counters.opened.load(Relaxed), self.counters.cut.load(Relaxed))
    }

    /// Closes every connection with the code of a restart, and ends the task.
    pub(crate) async fn stop(&self) {
        let _ = self.mailbox.send(Message::Stop).await;
    }
}

impl Membership {
    /// Passes on a message of the page. Waits while the mailbox is full.
    pub(crate) async fn say(&self, message: ClientMessage) {
        // A hub that has stopped has closed the outbox, which ends the socket.
        let _ = self.hub.mailbox.send(Message::Received { from: self.connection, message }).await;
    }

    /// The page reads after presence was dropped, and needs the whole list.
    pub(crate) async fn ask_for_list(&self) {
        let _ = self.hub.mailbox.send(Message::PeopleWanted { connection: self.connection }).await;
    }

    /// Counts a connection that is cut because its page does not read.
    pub(crate) fn count_cut(&self) {
        self.hub.counters.cut.fetch_add(1, Relaxed);
    }

    pub(crate) fn connection(&self) -> ConnectionId {
        self.connection
    }
}

impl Drop for Membership {
    fn drop(&mut self) {
        if let Some(permit) = self.disconnect_permit.take() {
            permit.send(Message::Disconnected { connection: self.connection });
        }
    }
}

/// The task's state.
struct HubTask {
    lobby: Lobby,
    media: Media,
    clients: HashMap<ConnectionId, Client>,
    /// The list of people, serialised. Made when the first newcomer since the last [`Effect::Broadcast`]
    /// needs it; valid until the next one, which repeats what changed in between.
    list: Option<Vec<Frame>>,
}

struct Client {
    outbox: Arc<Outbox>,
    /// Receives changes of the list.
    subscribed: bool,
}

impl HubTask {
    async fn run(
        mut self,
        mut messages: mpsc::Receiver<Message>,
        mut media_events: mpsc::Receiver<media::Event>,
    ) {
        let mut batch = Vec::with_capacity(BATCH);
        let timer = tokio::time::sleep_until(tokio::time::Instant::now());
        tokio::pin!(timer);
        loop {
            let deadline = self.lobby.next_deadline();
            if let Some(deadline) = deadline
                && timer.deadline() != deadline.into()
            {
                timer.as_mut().reset(deadline.into());
            }
            tokio::select! {
                biased;
                // 1. Timers, however many messages wait.
                () = &mut timer, if deadline.is_some() => {
                    self.handle(Input::Tick);
                }
                // 2. Events of the relay, of which there are few.
                Some(event) = media_events.recv() => self.handle(Input::Relay(event)),
                // 3. Messages of the pages, in their order.
                taken = messages.recv_many(&mut batch, BATCH) => {
                    if taken == 0 {
                        return; // every handle is gone
                    }
                    for message in batch.drain(..) {
                        if self.handle_message(message).is_break() {
                            return;
                        }
                    }
                    // 4. The sockets, so that the answers go out. (With fewer messages than a batch the
                    // task waits for the mailbox and so yields anyway; yielding here would add a poll of
                    // the event loop.)
                    if taken == BATCH {
                        tokio::task::yield_now().await;
                    }
                }
            }
        }
    }

    fn handle_message(&mut self, message: Message) -> ControlFlow<()> {
        match message {
            Message::Connected { connection, from, via, outbox } => {
                self.clients.insert(connection, Client { outbox, subscribed: false });
                self.handle(Input::Connected { connection, from, via });
            }
            Message::Received { from, message } => self.handle(Input::Received { from, message }),
            Message::PeopleWanted { connection } => self.send_list(connection),
            Message::Disconnected { connection } => {
                self.clients.remove(&connection);
                self.handle(Input::Disconnected { connection });
            }
            Message::HostRenamed(host) => self.lobby.rename_host(host),
            Message::RulesChanged(rules) => self.lobby.change_rules(rules),
            Message::CountsQuery(answer) => drop(answer.send(self.lobby.counts())),
            Message::PeopleQuery(answer) => drop(answer.send(self.lobby.people().collect())),
            Message::Stop => {
                for client in self.clients.values() {
                    client.outbox.close(Close::Restart);
                }
                return ControlFlow::Break(());
            }
        }
        ControlFlow::Continue(())
    }

    fn handle(&mut self, input: Input) {
        for effect in self.lobby.handle(Instant::now(), input) {
            match effect {
                Effect::Send { to, message } => {
                    let Some(client) = self.clients.get(&to) else { continue };
                    let frame = Frame::new(&message);
                    match message {
                        ServerMessage::Signal { .. } => client.outbox.push_signal(frame),
                        _ => client.outbox.push(frame),
                    }
                }
                Effect::Subscribe { to } => {
                    if let Some(client) = self.clients.get_mut(&to) {
                        client.subscribed = true;
                    }
                    self.send_list(to);
                }
                Effect::Broadcast(message) => {
                    self.list = None;
                    let frame = Frame::new(&message);
                    for client in self.clients.values().filter(|client| client.subscribed) {
                        client.outbox.push_presence(frame.clone());
                    }
                }
                Effect::Command { member, command } => self.media.send(member, command),
                Effect::Close { connection, why } => {
                    if let Some(client) = self.clients.get_mut(&connection) {
                        client.subscribed = false;
                        client.outbox.close(match why {
                            CloseReason::Goodbye => Close::Done,
                            CloseReason::TakenOver => Close::TakenOver,
                        });
                    }
                }
            }
        }
    }

    fn send_list(&mut self, to: ConnectionId) {
        let list = self.list.get_or_insert_with(|| people_frames(self.lobby.people().collect()));
        if let Some(client) = self.clients.get(&to) {
            client.outbox.push_list(list);
        }
    }
}

fn people_frames(people: Vec<Person>) -> Vec<Frame> {
    let parts = people.len().div_ceil(PEOPLE_PER_MESSAGE).max(1);
    (0..parts)
        .map(|part| {
            let people =
                people.iter().skip(part * PEOPLE_PER_MESSAGE).take(PEOPLE_PER_MESSAGE).cloned().collect();
            Frame::new(&ServerMessage::People { people, more: part + 1 < parts })
        })
        .collect()
}
