//! The threads that own the relay and its sockets, and the handle by which the rest of the box speaks
//! to them.
//!
//! Rooms are spread over the threads; a room is on one thread with everything it needs, so a packet is
//! handled by one thread from receive to send. All threads share one port. The kernel spreads senders
//! over them, and who comes to the wrong one is passed on: that is one packet of all that it becomes.

#[doc(hidden)] // to be seen by fuzz/ only
pub mod framing;
mod send_errors;
mod socket;
mod stream;
mod worker;

pub use self::send_errors::{SendError, SendErrors};
use self::socket::{Buffers, Udp};
pub use self::stream::{Accepted, Permit};
use self::stream::{Stream, Streams};
use self::worker::{Pace, Worker};
use crate::ids::{PersonId, RoomId};
use crate::sfu::{self, Figures, Measuring, Refusal, Settings, Sfu, Side, Strain, Tile};
use rustix::event::{EventfdFlags, eventfd};
use std::collections::{HashMap, VecDeque};
use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::os::fd::OwnedFd;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

/// Mail that may wait at a thread. It reads some thousands a second.
const MAILBOX: usize = 4096;
/// What the hub may be behind with.
const EVENTS: usize = 4096;
/// Threads at most: one letter names each.
const THREADS: usize = 26;

/// A handle to the media threads; every method is something that happens to the relay. None of them
/// waits: mail that finds a thread's mailbox full is lost, and logged.
#[derive(Clone)]
pub struct Media {
    threads: Vec<Mailbox>,
    port: u16,
    shared: Arc<Shared>,
}

/// What can be set.
#[derive(Clone, Debug)]
pub struct Setup {
    /// What to bind, usually `0.0.0.0` and `[::]`, with the port. Port 0 is any, the same one for all.
    pub listen: Vec<SocketAddr>,
    /// Where browsers reach it.
    pub addresses: Vec<IpAddr>,
    /// How many threads. 0: as many as the machine has cores.
    pub threads: usize,
    /// Members of one room at most.
    pub capacity: usize,
}

/// What the media threads tell the hub.
#[derive(Debug)]
pub enum Event {
    /// The answer to [`Media::up_offer`].
    UpAnswer { member: PersonId, connection: u32, sdp: String },
    /// An offer or answer of a page could not be used.
    Refused { member: PersonId, side: Side, connection: u32, why: Refusal },
    /// The relay says so.
    Relay(sfu::Event),
}

/// How somebody's connections are.
#[derive(Clone, Debug)]
pub struct MemberFigures {
    pub member: PersonId,
    pub room: RoomId,
    pub figures: Figures,
}

/// How one media thread is.
#[derive(Clone, Debug)]
pub struct ThreadFigures {
    /// Everybody who is in its rooms.
    pub members: Vec<MemberFigures>,
    /// Time that it did not sleep, since it began.
    pub busy: Duration,
    pub received: Tally,
    pub sent: Tally,
    /// Datagrams of `sent` that the kernel did not take.
    pub unsent: SendErrors,
    /// How far it is behind.
    pub strain: Strain,
    /// Media connections by TCP.
    pub streams: usize,
}

/// Datagrams, also those framed in TCP, and the bytes in them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    pub datagrams: u64,
    pub bytes: u64,
}

struct Shared {
    /// On which thread somebody is. A lock is right: it is held for a look at a map, a few times for each
    /// call, and never by a media thread.
    homes: Mutex<HashMap<PersonId, usize>>,
    handles: Mutex<Vec<JoinHandle<()>>>,
}

/// Where one thread reads its mail.
#[derive(Clone)]
struct Mailbox {
    letters: SyncSender<Letter>,
    bell: Arc<OwnedFd>,
}

enum Letter {
    Join {
        member: PersonId,
        room: RoomId,
        via: Option<IpAddr>,
    },
    Leave {
        member: PersonId,
    },
    Reconnect {
        member: PersonId,
        via: Option<IpAddr>,
    },
    SayAgain {
        member: PersonId,
    },
    UpOffer {
        member: PersonId,
        connection: u32,
        sdp: String,
    },
    DownAnswer {
        member: PersonId,
        connection: u32,
        sdp: String,
    },
    Tiles {
        member: PersonId,
        tiles: Vec<Tile>,
    },
    Screen {
        member: PersonId,
        shown: bool,
    },
    Paused {
        member: PersonId,
        paused: bool,
    },
    AskLinks {
        member: PersonId,
    },
    Addresses(Vec<SocketAddr>),
    Connection(Accepted),
    CloseStreams,
    Stream(Box<Stream>),
    Datagram {
        source: SocketAddr,
        destination: SocketAddr,
        bytes: Vec<u8>,
        /// The thread to which it came.
        via: usize,
    },
    /// What comes on that pair of addresses and is no STUN is for that thread.
    Route {
        pair: (SocketAddr, SocketAddr),
        to: usize,
    },
    Figures(oneshot::Sender<ThreadFigures>),
    Pulse(oneshot::Sender<()>),
    #[cfg(test)]
    Panic,
    Stop,
}

impl Setup {
    fn thread_count(&self) -> usize {
        let cores = || std::thread::available_parallelism().map_or(1, usize::from);
        if self.threads == 0 { cores() } else { self.threads }.min(THREADS)
    }
}

impl Media {
    /// Binds the port and starts the threads. Events come out of the receiver until it is
    /// [stopped](Media::stop).
    ///
    /// # Errors
    ///
    /// The port may not be bound, or the machine gives no threads.
    pub fn start(setup: &Setup) -> io::Result<(Media, mpsc::Receiver<Event>)> {
        let count = setup.thread_count();
        let mut sockets = vec![bind(&setup.listen, count > 1)?];
        let port = sockets[0].first().map_or(0, Udp::port);
        let listen: Vec<_> = setup.listen.iter().map(|at| SocketAddr::new(at.ip(), port)).collect();
        for _ in 1..count {
            sockets.push(bind(&listen, true)?);
        }
        Media::run_all(setup, sockets)
    }

    /// The same on sockets that are bound already, all to one port, and those of IPv6 to IPv6 only.
    ///
    /// # Errors
    ///
    /// They are no such sockets, or the machine gives no threads.
    pub fn start_on(setup: &Setup, bound: Vec<UdpSocket>) -> io::Result<(Media, mpsc::Receiver<Event>)> {
        Media::run_all(setup, deal(bound, setup.thread_count())?)
    }

    /// One thread for each part of the sockets.
    fn run_all(setup: &Setup, sockets: Vec<Vec<Udp>>) -> io::Result<(Media, mpsc::Receiver<Event>)> {
        let port = sockets.iter().flatten().next().map_or(0, Udp::port);
        let mut mailboxes = Vec::new();
        let mut threads = Vec::new();
        for _ in &sockets {
            let (letters, mailbox) = sync_channel(MAILBOX);
            let bell = Arc::new(eventfd(0, EventfdFlags::NONBLOCK | EventfdFlags::CLOEXEC)?);
            threads.push(Mailbox { letters, bell });
            mailboxes.push(mailbox);
        }
        let (events, told) = mpsc::channel(EVENTS);
        let shared = Arc::new(Shared { homes: Mutex::default(), handles: Mutex::default() });
        let media = Media { threads, port, shared };
        for (n, (sockets, mailbox)) in sockets.into_iter().zip(mailboxes).enumerate() {
            let settings = Settings {
                addresses: media.reached_at(&setup.addresses),
                capacity: setup.capacity,
                measuring: Measuring::default(),
                tag: tag(n),
            };
            media.run(n, settings, sockets, mailbox, events.clone())?;
        }
        Ok((media, told))
    }

    /// The port of media, UDP.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Somebody comes into a room, and out of the one before. See [`Sfu::join`].
    pub fn join(&self, member: PersonId, room: RoomId, via: Option<IpAddr>) {
        let home = room.0 as usize % self.threads.len();
        let before = self.homes().insert(member, home);
        if let Some(before) = before.filter(|before| *before != home) {
            self.threads[before].post(Letter::Leave { member });
        }
        self.threads[home].post(Letter::Join { member, room, via });
    }

    /// Somebody is in no room any more. See [`Sfu::leave`].
    pub fn leave(&self, member: PersonId) {
        let home = self.homes().remove(&member);
        if let Some(home) = home {
            self.threads[home].post(Letter::Leave { member });
        }
    }

    /// The page begins anew. See [`Sfu::reconnect`].
    pub fn reconnect(&self, member: PersonId, via: Option<IpAddr>) {
        self.post(member, Letter::Reconnect { member, via });
    }

    /// The page may not have heard what it was told. See [`Sfu::say_again`].
    pub fn say_again(&self, member: PersonId) {
        self.post(member, Letter::SayAgain { member });
    }

    /// The page offers its `up`; [`Event::UpAnswer`] or [`Event::Refused`] follows. See [`Sfu::up_offer`].
    pub fn up_offer(&self, member: PersonId, connection: u32, sdp: String) {
        self.post(member, Letter::UpOffer { member, connection, sdp });
    }

    /// The page answers the offer of `down`. See [`Sfu::down_answer`].
    pub fn down_answer(&self, member: PersonId, connection: u32, sdp: String) {
        self.post(member, Letter::DownAnswer { member, connection, sdp });
    }

    /// What the page shows. See [`Sfu::set_tiles`].
    pub fn set_tiles(&self, member: PersonId, tiles: Vec<Tile>) {
        self.post(member, Letter::Tiles { member, tiles });
    }

    /// The member shows a screen, or no longer. See [`Sfu::set_screen`].
    pub fn set_screen(&self, member: PersonId, shown: bool) {
        self.post(member, Letter::Screen { member, shown });
    }

    /// The member gets everything another way, or no longer. See [`Sfu::set_paused`].
    pub fn set_paused(&self, member: PersonId, paused: bool) {
        self.post(member, Letter::Paused { member, paused });
    }

    /// The member wants to know how everybody's way is. See [`Sfu::ask_links`].
    pub fn ask_links(&self, member: PersonId) {
        self.post(member, Letter::AskLinks { member });
    }

    /// The machine has other addresses now. See [`Sfu::set_addresses`].
    pub fn set_addresses(&self, addresses: &[IpAddr]) {
        for thread in &self.threads {
            thread.post(Letter::Addresses(self.reached_at(addresses)));
        }
    }

    /// Takes over a TCP connection to the HTTPS port whose first bytes are a framed STUN message (RFC 6544): see
    /// [`is_media`]. Its permit is given back when it ends.
    pub fn tcp(&self, accepted: Accepted) {
        // Whose it is says its first message, once it is whole.
        self.threads[0].post(Letter::Connection(accepted));
    }

    /// Ends all media by TCP: the box stops, and waits until every connection has ended.
    pub fn close_streams(&self) {
        for thread in &self.threads {
            thread.post(Letter::CloseStreams);
        }
    }

    /// How each thread is, and everybody's connections. `None`: that one did not answer in time.
    pub async fn figures(&self, patience: Duration) -> Vec<Option<ThreadFigures>> {
        let ask = |thread: &Mailbox| {
            let (answer, asked) = oneshot::channel();
            thread.post(Letter::Figures(answer));
            asked
        };
        // All are asked before any is waited for.
        let asked: Vec<_> = self.threads.iter().map(ask).collect();
        let deadline = tokio::time::Instant::now() + patience;
        let mut figures = Vec::new();
        for answer in asked {
            figures.push(tokio::time::timeout_at(deadline, answer).await.ok().and_then(Result::ok));
        }
        figures
    }

    /// A sign of life, for a watchdog. True as soon as each thread's loop has come round since the call;
    /// false if one has ended or does not read its mail. A thread that hangs leaves it waiting, so the
    /// caller sets the time. It wakes each thread once, and costs nothing between two calls.
    pub async fn pulse(&self) -> bool {
        let beats = self.threads.iter().map(|thread| {
            let (answer, asked) = oneshot::channel();
            thread.post(Letter::Pulse(answer));
            asked
        });
        for beat in beats.collect::<Vec<_>>() {
            if beat.await.is_err() {
                return false;
            }
        }
        true
    }

    /// Ends the threads, and waits until they have.
    pub fn stop(&self) {
        for thread in &self.threads {
            thread.post(Letter::Stop);
        }
        let handles =
            std::mem::take(&mut *self.shared.handles.lock().expect("nothing panics while it holds it"));
        for handle in handles {
            if handle.join().is_err() {
                tracing::error!("a media thread had broken");
            }
        }
    }

    fn run(
        &self,
        n: usize,
        settings: Settings,
        sockets: Vec<Udp>,
        mailbox: Receiver<Letter>,
        events: mpsc::Sender<Event>,
    ) -> io::Result<()> {
        let worker = Worker {
            n,
            sfu: Sfu::new(settings, worker::now()),
            sockets,
            buffers: Buffers::default(),
            mailbox,
            bell: self.threads[n].bell.clone(),
            threads: self.threads.clone(),
            events,
            streams: Streams::default(),
            routes: HashMap::new(),
            untold: VecDeque::new(),
            pace: Pace::default(),
            began: worker::now(),
            slept: Duration::ZERO,
            received: Tally::default(),
            sent: Tally::default(),
        };
        let thread = std::thread::Builder::new().name(format!("media-{n}"));
        let handle = thread.spawn(move || worker.work())?;
        self.shared.handles.lock().expect("nothing panics while it holds it").push(handle);
        Ok(())
    }

    fn reached_at(&self, addresses: &[IpAddr]) -> Vec<SocketAddr> {
        addresses.iter().map(|address| SocketAddr::new(*address, self.port)).collect()
    }

    fn post(&self, member: PersonId, letter: Letter) {
        // Who is in no room has no thread; what such a page says comes too late.
        let home = self.homes().get(&member).copied();
        if let Some(home) = home {
            self.threads[home].post(letter);
        }
    }

    fn homes(&self) -> std::sync::MutexGuard<'_, HashMap<PersonId, usize>> {
        self.shared.homes.lock().expect("nothing panics while it holds the map")
    }
}

/// Whether a connection to the HTTPS port that begins so is media: a length (RFC 4571), then a STUN
/// binding request. TLS begins with 22. `None`: it takes more bytes to tell, eight at most.
pub fn is_media(first: &[u8]) -> Option<bool> {
    const STUN: [u8; 2] = [0x00, 0x01];
    match first {
        [] => None,
        // Such a message has 20 to 548 bytes.
        [0..=2] | [0..=2, _] => None,
        [0..=2, _, kind @ ..] => {
            let known = kind.len().min(STUN.len());
            if kind[..known] != STUN[..known] { Some(false) } else { (known == STUN.len()).then_some(true) }
        }
        _ => Some(false),
    }
}

impl Mailbox {
    fn post(&self, letter: Letter) {
        if self.letters.try_send(letter).is_err() {
            tracing::warn!("a media thread does not read its mail");
            return;
        }
        // It fails only when it has been rung so often that it rings anyway.
        let _ = rustix::io::write(&*self.bell, &1_u64.to_ne_bytes());
    }
}

impl Tally {
    fn add(&mut self, datagram: &[u8]) {
        self.datagrams += 1;
        self.bytes += datagram.len() as u64;
    }
}

fn bind(listen: &[SocketAddr], shared: bool) -> io::Result<Vec<Udp>> {
    let mut sockets: Vec<Udp> = Vec::new();
    for address in listen {
        // All on the port of the first.
        let port = sockets.first().map_or(address.port(), Udp::port);
        sockets.push(Udp::bind(SocketAddr::new(address.ip(), port), shared)?);
    }
    Ok(sockets)
}

/// Deals sockets to threads. Each has its part of both families and none is left over, because the kernel
/// spreads senders over all of them; where there are fewer than threads, some threads read the same one.
fn deal(bound: Vec<UdpSocket>, threads: usize) -> io::Result<Vec<Vec<Udp>>> {
    let mut hands: Vec<Vec<Udp>> = (0..threads).map(|_| Vec::new()).collect();
    let mut families = [Vec::new(), Vec::new()];
    for socket in bound {
        families[usize::from(socket.local_addr()?.is_ipv6())].push(socket);
    }
    for family in families.iter().filter(|family| !family.is_empty()) {
        for n in 0..threads.max(family.len()) {
            hands[n % threads].push(Udp::new(family[n % family.len()].try_clone()?)?);
        }
    }
    Ok(hands)
}

/// What the names of a thread's connections begin with, so that their first packet tells whose it is.
fn tag(thread: usize) -> String {
    let letter = u8::try_from(thread).expect("a few threads");
    char::from(b'a' + letter).to_string()
}

/// The thread of a tag.
fn thread_of(tag: u8, threads: usize) -> usize {
    usize::from(tag.wrapping_sub(b'a')) % threads
}

#[cfg(test)]
mod tests;
