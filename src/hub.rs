//! The task that owns the lobby: events in by mailbox, effects out into the pages' outboxes.

use crate::ids::{ClientPrefix, ConnectionId, PersonId};
pub(crate) use crate::lobby::Counts;
use crate::lobby::{Audience, CloseReason, Effect, Event, Lobby, Rules, Wish};
use crate::media::{self, Media};
use crate::outbox::{Close, Frame, Outbox};
use crate::protocol::{ClientMessage, Person, ServerMessage};
use crate::relay::Command;
use std::collections::HashMap;
use std::net::IpAddr;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Instant;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

/// Mail that may wait beyond the one goodbye that every connection may always post (SECURITY.md).
const MAILBOX: usize = 1024;
/// So much mail is taken at once; then the sockets get their turn.
const HANDFUL: usize = 64;
/// People in one message of the list: large enough to be few, small enough that a phone shows the
/// first while the next is on its way.
const PEOPLE_A_MESSAGE: usize = 500;

/// A handle to the hub; every method is something that happens to the lobby.
#[derive(Clone)]
pub(crate) struct Hub {
    mailbox: mpsc::Sender<Mail>,
    figures: Arc<Figures>,
}

/// Counted since the start.
#[derive(Default)]
struct Figures {
    opened: AtomicU64,
    cut: AtomicU64,
}

/// A page's place at the hub. However its task ends, the drop tells the hub that the page is gone.
pub(crate) struct Membership {
    hub: Hub,
    connection: ConnectionId,
    pub(crate) outbox: Arc<Outbox>,
    /// Kept from the start, so that there is room for the goodbye.
    goodbye: Option<mpsc::OwnedPermit<Mail>>,
}

enum Mail {
    Opened { connection: ConnectionId, from: ClientPrefix, to: IpAddr, outbox: Arc<Outbox> },
    Said { from: ConnectionId, message: ClientMessage },
    ListWanted { connection: ConnectionId },
    Lost { connection: ConnectionId },
    HostRenamed(String),
    RulesChanged(Rules),
    Asked(oneshot::Sender<Counts>),
    Listed(oneshot::Sender<Vec<Person>>),
    Stop,
}

impl Hub {
    /// Starts the task. It ends when told to [`stop`](Hub::stop); `connections` is the most there can be.
    pub(crate) fn start(
        lobby: Lobby,
        media: Media,
        relayed: mpsc::Receiver<media::Event>,
        connections: usize,
    ) -> (Hub, JoinHandle<()>) {
        let (mailbox, mail) = mpsc::channel(MAILBOX + connections);
        let task = tokio::spawn(Desk { lobby, media, pages: HashMap::new(), list: None }.work(mail, relayed));
        (Hub { mailbox, figures: Arc::default() }, task)
    }

    /// A page's connection is open: from an address of its own to one of ours. `None`: the hub has stopped.
    pub(crate) async fn open(&self, from: IpAddr, to: IpAddr) -> Option<Membership> {
        let goodbye = self.mailbox.clone().reserve_owned().await.ok()?;
        let connection = ConnectionId(self.figures.opened.fetch_add(1, Relaxed));
        let outbox = Arc::<Outbox>::default();
        let opened = Mail::Opened { connection, from: ClientPrefix::of(from), to, outbox: outbox.clone() };
        self.mailbox.send(opened).await.ok()?;
        Some(Membership { hub: self.clone(), connection, outbox, goodbye: Some(goodbye) })
    }

    /// The name of the box on the network has changed.
    pub(crate) async fn rename_host(&self, host: String) {
        let _ = self.mailbox.send(Mail::HostRenamed(host)).await;
    }

    /// The rules of the house are others from now on.
    pub(crate) async fn change_rules(&self, rules: Rules) {
        let _ = self.mailbox.send(Mail::RulesChanged(rules)).await;
    }

    /// How many there are. `None`: the hub has stopped.
    pub(crate) async fn counts(&self) -> Option<Counts> {
        let (answer, asked) = oneshot::channel();
        self.mailbox.send(Mail::Asked(answer)).await.ok()?;
        asked.await.ok()
    }

    /// Everybody who is here. `None`: the hub has stopped.
    pub(crate) async fn people(&self) -> Option<Vec<Person>> {
        let (answer, asked) = oneshot::channel();
        self.mailbox.send(Mail::Listed(answer)).await.ok()?;
        asked.await.ok()
    }

    /// Pages whose WebSocket was opened, and pages cut because they did not read, since the start.
    pub(crate) fn opened_and_cut(&self) -> (u64, u64) {
        (self.figures.opened.load(Relaxed), self.figures.cut.load(Relaxed))
    }

    /// Closes every page's connection as a restart of the box, and ends.
    pub(crate) async fn stop(&self) {
        let _ = self.mailbox.send(Mail::Stop).await;
    }
}

impl Membership {
    /// The page said something. Waits while the hub has much to do.
    pub(crate) async fn say(&self, message: ClientMessage) {
        // When the hub has stopped, the outbox says so to the socket.
        let _ = self.hub.mailbox.send(Mail::Said { from: self.connection, message }).await;
    }

    /// The page reads again and needs the whole list.
    pub(crate) async fn ask_for_list(&self) {
        let _ = self.hub.mailbox.send(Mail::ListWanted { connection: self.connection }).await;
    }

    /// The page is being cut because it does not read.
    pub(crate) fn count_cut(&self) {
        self.hub.figures.cut.fetch_add(1, Relaxed);
    }

    pub(crate) fn connection(&self) -> ConnectionId {
        self.connection
    }
}

impl Drop for Membership {
    fn drop(&mut self) {
        if let Some(permit) = self.goodbye.take() {
            permit.send(Mail::Lost { connection: self.connection });
        }
    }
}

/// What the task works with.
struct Desk {
    lobby: Lobby,
    media: Media,
    pages: HashMap<ConnectionId, Page>,
    /// The list of people, serialised. Made when the first newcomer since the last [`Effect::Tell`]
    /// needs it; good until the next, which repeats what changed in between.
    list: Option<Vec<Frame>>,
}

struct Page {
    outbox: Arc<Outbox>,
    /// The address of ours that it knows to be reachable.
    to: IpAddr,
    /// Hears of changes of the list.
    subscribed: bool,
}

impl Desk {
    async fn work(mut self, mut mail: mpsc::Receiver<Mail>, mut relayed: mpsc::Receiver<media::Event>) {
        let mut handful = Vec::with_capacity(HANDFUL);
        let alarm = tokio::time::sleep_until(tokio::time::Instant::now());
        tokio::pin!(alarm);
        loop {
            let deadline = self.lobby.next_deadline();
            if let Some(deadline) = deadline
                && alarm.deadline() != deadline.into()
            {
                alarm.as_mut().reset(deadline.into());
            }
            tokio::select! {
                biased;
                // 1. What is due is due, however much is said.
                () = &mut alarm, if deadline.is_some() => {
                    self.happened(Event::Tick);
                }
                // 2. What the relay says; it is little.
                Some(event) = relayed.recv() => self.relayed(event),
                // 3. What the pages say, in its order.
                taken = mail.recv_many(&mut handful, HANDFUL) => {
                    if taken == 0 {
                        return; // nobody holds a handle any more
                    }
                    for letter in handful.drain(..) {
                        if self.read(letter).is_break() {
                            return;
                        }
                    }
                    // 4. The sockets, so that what was answered goes out. (Without more mail they have
                    // their turn anyway, and the event loop is spared a look at the kernel.)
                    if taken == HANDFUL {
                        tokio::task::yield_now().await;
                    }
                }
            }
        }
    }

    fn read(&mut self, letter: Mail) -> ControlFlow<()> {
        match letter {
            Mail::Opened { connection, from, to, outbox } => {
                self.pages.insert(connection, Page { outbox, to, subscribed: false });
                self.happened(Event::Opened { connection, from });
            }
            Mail::Said { from, message } => self.happened(Event::Said { from, message }),
            Mail::ListWanted { connection } => self.send_list(connection),
            Mail::Lost { connection } => {
                self.pages.remove(&connection);
                self.happened(Event::Lost { connection });
            }
            Mail::HostRenamed(host) => self.lobby.rename_host(host),
            Mail::RulesChanged(rules) => self.lobby.change_rules(rules),
            Mail::Asked(answer) => drop(answer.send(self.lobby.counts())),
            Mail::Listed(answer) => drop(answer.send(self.lobby.people().collect())),
            Mail::Stop => {
                for page in self.pages.values() {
                    page.outbox.close(Close::Restart);
                }
                return ControlFlow::Break(());
            }
        }
        ControlFlow::Continue(())
    }

    fn happened(&mut self, event: Event) {
        for effect in self.lobby.handle(Instant::now(), event) {
            match effect {
                Effect::Send { to, message } => {
                    let Some(page) = self.pages.get(&to) else { continue };
                    let frame = Frame::new(&message);
                    match message {
                        ServerMessage::Signal { .. } => page.outbox.push_signal(frame),
                        _ => page.outbox.push(frame),
                    }
                }
                Effect::Subscribe { to } => {
                    if let Some(page) = self.pages.get_mut(&to) {
                        page.subscribed = true;
                    }
                    self.send_list(to);
                }
                Effect::Tell(message) => {
                    self.list = None;
                    let frame = Frame::new(&message);
                    for page in self.pages.values().filter(|page| page.subscribed) {
                        page.outbox.push_presence(frame.clone());
                    }
                }
                Effect::Relay { person, at, wish } => {
                    let via = at.and_then(|at| self.pages.get(&at)).map(|page| page.to);
                    self.wish(person, via, wish);
                }
                Effect::Close { connection, why } => {
                    if let Some(page) = self.pages.get_mut(&connection) {
                        page.subscribed = false;
                        page.outbox.close(match why {
                            CloseReason::Goodbye => Close::Done,
                            CloseReason::TakenOver => Close::TakenOver,
                        });
                    }
                }
            }
        }
    }

    /// A person wants something of the relay.
    fn wish(&self, person: PersonId, via: Option<IpAddr>, wish: Wish) {
        let command = match wish {
            Wish::Join(room) => {
                tracing::info!(%person, %room, "in a room");
                Command::Join { room, via }
            }
            Wish::Leave => {
                tracing::info!(%person, "out of the room");
                Command::Leave
            }
            Wish::Offer { connection, sdp } => Command::Offer { connection, sdp },
            Wish::Answer { connection, sdp } => Command::Answer { connection, sdp },
            Wish::SayAgain => Command::Resync,
            Wish::Again => Command::Reconnect { via },
            Wish::Tiles(tiles) => Command::SetTiles(tiles),
            Wish::AskLinks => Command::ReportLinks,
            Wish::Screen(shown) => Command::SetScreen(shown),
            Wish::Rest(rest) => Command::SetPaused(rest),
        };
        self.media.send(person, command);
    }

    /// The relay has something to say; the lobby knows who is there to hear it.
    fn relayed(&mut self, event: media::Event) {
        let (to, message) = match event {
            media::Event::UpAnswer { member, connection, sdp } => {
                (Audience::Member(member), ServerMessage::RelayAnswer { connection, sdp })
            }
            media::Event::Refused { member, side, connection, why } => {
                tracing::debug!(%member, ?side, connection, %why, "the relay refuses what a page said");
                (Audience::Member(member), ServerMessage::RelayEnded { side, connection })
            }
            media::Event::DownOffer { member, connection, sdp } => {
                (Audience::Member(member), ServerMessage::RelayOffer { connection, sdp })
            }
            media::Event::Seats { member, connection, seats } => {
                (Audience::Member(member), ServerMessage::Seats { connection, seats })
            }
            media::Event::Connected { member, side, connection } => {
                return tracing::debug!(%member, ?side, connection, "a connection to the relay is up");
            }
            media::Event::Ended { member, side, connection, why } => {
                tracing::debug!(%member, ?side, connection, why, "a connection to the relay is over");
                (Audience::Member(member), ServerMessage::RelayEnded { side, connection })
            }
            media::Event::Wanted { member, source, audio, layers, av1 } => {
                (Audience::Member(member), ServerMessage::Wanted { source, audio, layers, av1 })
            }
            media::Event::Overloaded { room, overload } => {
                (Audience::Room(room), ServerMessage::Strained { strain: overload })
            }
            media::Event::Links { member, links, pictures, overload } => {
                (Audience::Member(member), ServerMessage::Links { links, pictures, strain: overload })
            }
            media::Event::Speakers { room, speakers } => {
                (Audience::Room(room), ServerMessage::Speakers { speakers })
            }
        };
        self.happened(Event::Relayed { to, message });
    }

    fn send_list(&mut self, to: ConnectionId) {
        let list = self.list.get_or_insert_with(|| serialise(self.lobby.people().collect()));
        if let Some(page) = self.pages.get(&to) {
            page.outbox.push_list(list);
        }
    }
}

fn serialise(people: Vec<Person>) -> Vec<Frame> {
    let parts = people.len().div_ceil(PEOPLE_A_MESSAGE).max(1);
    (0..parts)
        .map(|part| {
            let people =
                people.iter().skip(part * PEOPLE_A_MESSAGE).take(PEOPLE_A_MESSAGE).cloned().collect();
            Frame::new(&ServerMessage::People { people, more: part + 1 < parts })
        })
        .collect()
}
