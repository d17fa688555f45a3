//! The task that owns the lobbies, one for each space: messages in by mailbox, effects out to outboxes and
//! media threads.

mod budget;
mod space;
mod space_map;

pub(crate) use self::space_map::LobbySetup;
use self::space_map::{Newcomer, SpaceMap};
use crate::ice_servers::IceServers;
use crate::ids::{ClientPrefix, ConnectionId};
pub(crate) use crate::lobby::Counts;
use crate::lobby::{Input, Rules};
use crate::media::{self, Media};
use crate::outbox::Outbox;
use crate::protocol::{ClientMessage, Person};
use crate::space_name::SpaceName;
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
    Connected(Newcomer),
    Received { from: ConnectionId, message: ClientMessage },
    PeopleWanted { connection: ConnectionId },
    Disconnected { connection: ConnectionId },
    HostRenamed(String),
    RulesChanged(Rules),
    IceServersChanged(IceServers),
    CountsQuery(oneshot::Sender<Counts>),
    PeopleQuery(oneshot::Sender<Vec<(Option<SpaceName>, Person)>>),
    Stop,
}

impl Hub {
    /// Starts the task, which ends on [`stop`](Hub::stop). `connections` is the most that can be open at a
    /// time.
    pub(crate) fn start(
        setup: LobbySetup,
        ice_servers: IceServers,
        media: Media,
        media_events: mpsc::Receiver<media::Event>,
        connections: usize,
    ) -> (Hub, JoinHandle<()>) {
        let (mailbox, messages) = mpsc::channel(MAILBOX_CAPACITY + connections);
        let spaces = SpaceMap::new(setup, media, ice_servers, Instant::now());
        let task = tokio::spawn(HubTask { spaces }.run(messages, media_events));
        (Hub { mailbox, counters: Arc::default() }, task)
    }

    /// Registers a connection to a space, or to the lobby at `/`, from the client address `from` to this
    /// machine's address `via`. `None`: the hub has stopped.
    pub(crate) async fn open(
        &self,
        space: Option<SpaceName>,
        from: IpAddr,
        via: IpAddr,
    ) -> Option<Membership> {
        let disconnect_permit = self.mailbox.clone().reserve_owned().await.ok()?;
        let connection = ConnectionId(self.counters.opened.fetch_add(1, Relaxed));
        let outbox = Arc::<Outbox>::default();
        let newcomer =
            Newcomer { connection, space, from: ClientPrefix::of(from), via, outbox: outbox.clone() };
        self.mailbox.send(Message::Connected(newcomer)).await.ok()?;
        Some(Membership { hub: self.clone(), connection, outbox, disconnect_permit: Some(disconnect_permit) })
    }

    /// The machine's name on the network has changed.
    pub(crate) async fn rename_host(&self, host: String) {
        let _ = self.mailbox.send(Message::HostRenamed(host)).await;
    }

    /// Replaces the rules; spaces that are not to be are closed.
    pub(crate) async fn change_rules(&self, rules: Rules) {
        let _ = self.mailbox.send(Message::RulesChanged(rules)).await;
    }

    /// Replaces the servers of the direct path, for pages that come or ask next.
    pub(crate) async fn change_ice_servers(&self, ice_servers: IceServers) {
        let _ = self.mailbox.send(Message::IceServersChanged(ice_servers)).await;
    }

    /// How many there are. `None`: the hub has stopped.
    pub(crate) async fn counts(&self) -> Option<Counts> {
        let (answer, asked) = oneshot::channel();
        self.mailbox.send(Message::CountsQuery(answer)).await.ok()?;
        asked.await.ok()
    }

    /// Everybody who is here, each with the name of the space, if it is not the lobby. `None`: the hub has
    /// stopped.
    pub(crate) async fn people(&self) -> Option<Vec<(Option<SpaceName>, Person)>> {
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
    spaces: SpaceMap,
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
            let deadline = self.spaces.next_deadline();
            if let Some(deadline) = deadline
                && timer.deadline() != deadline.into()
            {
                timer.as_mut().reset(deadline.into());
            }
            tokio::select! {
                biased;
                // 1. Timers, however many messages wait.
                () = &mut timer, if deadline.is_some() => self.spaces.tick(Instant::now()),
                // 2. Events of the relay, of which there are few.
                Some(event) = media_events.recv() => self.spaces.on_relay_event(Instant::now(), event),
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
        let now = Instant::now();
        match message {
            Message::Connected(newcomer) => self.spaces.connect(now, newcomer),
            Message::Received { from, message } => {
                self.spaces.hear(from, now, Input::Received { from, message });
            }
            Message::PeopleWanted { connection } => self.spaces.send_list(connection),
            Message::Disconnected { connection } => self.spaces.disconnect(connection, now),
            Message::HostRenamed(host) => self.spaces.rename_host(&host),
            Message::RulesChanged(rules) => self.spaces.change_rules(now, rules),
            Message::IceServersChanged(ice_servers) => self.spaces.change_ice_servers(ice_servers),
            Message::CountsQuery(answer) => drop(answer.send(self.spaces.counts())),
            Message::PeopleQuery(answer) => drop(answer.send(self.spaces.people())),
            Message::Stop => {
                self.spaces.close_for_restart();
                return ControlFlow::Break(());
            }
        }
        ControlFlow::Continue(())
    }
}
