//! The threads that own the relay and its sockets, and the handle by which the rest of the box speaks
//! to them.
//!
//! Rooms are spread over the threads; a room is on one thread with everything it needs, so a packet is
//! handled by one thread from receive to send. All threads share one port. The kernel spreads senders
//! over them, and who comes to the wrong one is passed on: that is one packet of all that it becomes.

mod command_queue;
#[doc(hidden)] // to be seen by fuzz/ only
pub mod framing;
mod mailbox;
mod placement;
mod send_errors;
mod serve;
mod socket;
mod stream;
mod tunnel;
mod worker;

use self::mailbox::{Askers, Handover, Mailbox};
use self::placement::{Placement, tag};
pub use self::send_errors::{SendError, SendErrors};
use self::socket::{Buffers, Udp};
use self::stream::Streams;
pub use self::stream::{Accepted, Opening};
pub use self::tunnel::TurnConnection;
use self::worker::{LoadMonitor, Worker};
use crate::ids::{PersonId, RoomId};
use crate::relay::Overload;
pub use crate::relay::{Command, Event};
use crate::sfu::{Measuring, Settings, Sfu};
pub use crate::sfu::{Protocol, Stats, Way};
use crate::turn::TurnServer;
use std::collections::{HashMap, VecDeque};
use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::mpsc;

/// What the hub may be behind with.
const EVENTS: usize = 4096;
/// Threads at most: the tag of each is one letter.
const THREADS: usize = 26;

/// How long the threads may take to end. Each looks once in a few milliseconds; one that does not is left
/// behind, and the process ends all the same. SECURITY.md.
const STOP: Duration = Duration::from_secs(1);

/// A handle to the media threads; every method is something that happens to the relay. None of them
/// waits but [`stop`](Media::stop), and what it asks for is never lost: see `command_queue.rs`.
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
    /// Where they reach it besides, by way of another machine (1:1 NAT). Port 0: the same port.
    pub public: Vec<SocketAddr>,
    /// How many threads. 0: as many as the machine has cores.
    pub threads: usize,
    /// Members of one room at most.
    pub capacity: usize,
    /// Whose clients come by [`Opening::Turn`]; none where that is not offered.
    pub turn: Option<Arc<TurnServer>>,
}

/// How somebody's connections are.
#[derive(Clone, Debug)]
pub struct MemberStats {
    pub member: PersonId,
    pub room: RoomId,
    pub stats: Stats,
}

/// How one media thread is.
#[derive(Clone, Debug)]
pub struct ThreadStats {
    /// Everybody who is in its rooms.
    pub members: Vec<MemberStats>,
    /// Time that it did not sleep, since it began.
    pub busy: Duration,
    pub received: TrafficCounter,
    pub sent: TrafficCounter,
    /// Datagrams of `sent` that the kernel did not take.
    pub unsent: SendErrors,
    /// How far it is behind.
    pub overload: Overload,
    /// Media connections by TCP.
    pub streams: usize,
}

/// Datagrams, also those framed in TCP, and the bytes in them.
#[derive(Clone, Copy, Debug, Default)]
pub struct TrafficCounter {
    pub datagrams: u64,
    pub bytes: u64,
}

/// How the threads have ended.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Stopped {
    /// Threads that did not end in time, and go on.
    pub stuck: Vec<usize>,
    /// Threads that ended by a panic.
    pub broken: Vec<usize>,
    /// How often a thread had a panic outside of any room, and began anew.
    pub restarts: u32,
}

struct Shared {
    /// On which thread somebody is. A lock is right: it is held for a look at a map, a few times for each
    /// call, and never by a media thread.
    placement: Mutex<Placement>,
    /// How much of its time each thread has been at work lately, in thousandths.
    busy: Vec<AtomicU32>,
    running: Mutex<Vec<Option<JoinHandle<u32>>>>,
    /// Threads tell when they end.
    ended: Mutex<Receiver<usize>>,
}

/// Tells that a thread has ended, however that came about.
struct Ending {
    n: usize,
    mailbox: Mailbox,
    tell: Sender<usize>,
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
        let threads = sockets.iter().map(|_| Mailbox::new()).collect::<io::Result<Vec<_>>>()?;
        let (events, receiver) = mpsc::channel(EVENTS);
        let (tell, ended) = channel();
        let shared = Arc::new(Shared {
            placement: Mutex::new(Placement::new(threads.len())),
            busy: threads.iter().map(|_| AtomicU32::new(0)).collect(),
            running: Mutex::default(),
            ended: Mutex::new(ended),
        });
        let media = Media { threads, port, shared };
        for (n, sockets) in sockets.into_iter().enumerate() {
            let settings = Settings {
                addresses: media.reached_at(&setup.addresses),
                public: setup.public.iter().map(|at| with_port(*at, port)).collect(),
                capacity: setup.capacity,
                measuring: Measuring::default(),
                tag: tag(n),
            };
            let ending = Ending { n, mailbox: media.threads[n].clone(), tell: tell.clone() };
            media.run(settings, sockets, events.clone(), ending, setup.turn.clone())?;
        }
        Ok((media, receiver))
    }

    /// No relay: nothing is bound, no thread runs, and what is asked for is dropped. No event comes out.
    pub fn none() -> (Media, mpsc::Receiver<Event>) {
        let shared = Shared {
            placement: Mutex::new(Placement::new(0)),
            busy: Vec::new(),
            running: Mutex::default(),
            ended: Mutex::new(channel().1),
        };
        (Media { threads: Vec::new(), port: 0, shared: Arc::new(shared) }, mpsc::channel(1).1)
    }

    /// The port of media, UDP; `None`: there is no relay.
    pub fn port(&self) -> Option<u16> {
        (!self.threads.is_empty()).then_some(self.port)
    }

    /// Something is asked for one person; see [`Sfu::handle_command`]. A new room is on the thread that has
    /// the least to do. What is asked for somebody who is in no room comes too late, and is dropped.
    pub fn send(&self, member: PersonId, command: Command) {
        if self.threads.is_empty() {
            return;
        }
        let thread = match command {
            Command::Join { room, .. } => {
                let busy = |thread: usize| self.shared.busy[thread].load(Relaxed);
                let Some(goes) = self.placement().join(member, room, busy) else { return };
                if let Some(from) = goes.from {
                    self.threads[from].send(member, Command::Leave);
                }
                Some(goes.to)
            }
            Command::Leave => self.placement().leave(member),
            _ => self.placement().thread_of(member),
        };
        if let Some(thread) = thread {
            self.threads[thread].send(member, command);
        }
    }

    /// The machine has other addresses. See [`Sfu::set_addresses`].
    pub fn set_addresses(&self, addresses: &[IpAddr]) {
        for thread in &self.threads {
            thread.addresses(self.reached_at(addresses));
        }
    }

    /// Takes over a TCP connection to the HTTPS port that carries media. Its permit is given back when it ends.
    pub fn tcp(&self, accepted: Accepted) {
        // Whose it is says its first message, once it is whole. Without a relay it is nobody's, and closed.
        if let Some(thread) = self.threads.first() {
            thread.handover(Handover::New(accepted));
        }
    }

    /// Ends all media by TCP: the box stops, and waits until every connection has ended.
    pub fn close_streams(&self) {
        self.threads.iter().for_each(Mailbox::close_streams);
    }

    /// How each thread is, and everybody's connections. `None`: that one did not answer in time.
    pub async fn stats(&self, limit: Duration) -> Vec<Option<ThreadStats>> {
        // All are asked before any is waited for.
        let asked: Vec<_> = self.threads.iter().map(Mailbox::ask_stats).collect();
        let deadline = tokio::time::Instant::now() + limit;
        let mut stats = Vec::new();
        for answer in asked {
            stats.push(tokio::time::timeout_at(deadline, answer).await.ok().and_then(Result::ok));
        }
        stats
    }

    /// A sign of life, for a watchdog. True as soon as each thread's loop has come round since the call;
    /// false if one has ended or does not read its mailbox. A thread that hangs leaves it waiting, so the
    /// caller sets the time. It wakes each thread once, and costs nothing between two calls.
    pub async fn pulse(&self) -> bool {
        for beat in self.threads.iter().map(Mailbox::ask_pulse).collect::<Vec<_>>() {
            if beat.await.is_err() {
                return false;
            }
        }
        true
    }

    /// Ends the threads, and waits until they have, for a second at most.
    pub fn stop(&self) -> Stopped {
        self.stop_within(STOP)
    }

    fn stop_within(&self, limit: Duration) -> Stopped {
        self.threads.iter().for_each(Mailbox::stop);
        let mut stopped = Stopped::default();
        let mut running = self.shared.running.lock().expect("nothing panics while it holds it");
        let ended = self.shared.ended.lock().expect("nothing panics while it holds it");
        let deadline = worker::now() + limit;
        while running.iter().any(Option::is_some) {
            let left = deadline.saturating_duration_since(worker::now());
            let Ok(n) = ended.recv_timeout(left) else { break };
            match running[n].take().map(JoinHandle::join) {
                Some(Ok(restarts)) => stopped.restarts += restarts,
                Some(Err(_)) => stopped.broken.push(n),
                None => {}
            }
        }
        stopped.stuck.extend((0..running.len()).filter(|&n| running[n].is_some()));
        if !stopped.broken.is_empty() || !stopped.stuck.is_empty() {
            tracing::error!(broken = ?stopped.broken, stuck = ?stopped.stuck, "media threads did not end well");
        }
        stopped
    }

    fn run(
        &self,
        settings: Settings,
        sockets: Vec<Udp>,
        events: mpsc::Sender<Event>,
        ending: Ending,
        turn: Option<Arc<TurnServer>>,
    ) -> io::Result<()> {
        let n = ending.n;
        let shared = self.shared.clone();
        let worker = Worker {
            n,
            sfu: Sfu::new(settings, worker::now()),
            sockets,
            buffers: Buffers::default(),
            mailbox: self.threads[n].clone(),
            mailbox_due: None,
            askers: Askers::default(),
            threads: self.threads.clone(),
            events,
            streams: Streams::default(),
            turn,
            routes: HashMap::new(),
            undelivered: VecDeque::new(),
            load: LoadMonitor::default(),
            busy: Box::new(move |busy| shared.busy[n].store(busy, Relaxed)),
            began: worker::now(),
            slept: Duration::ZERO,
            received: TrafficCounter::default(),
            sent: TrafficCounter::default(),
        };
        let thread = std::thread::Builder::new().name(format!("media-{n}"));
        let handle = thread.spawn(move || {
            let _ending = ending;
            worker.work()
        })?;
        self.shared.running.lock().expect("nothing panics while it holds it").push(Some(handle));
        Ok(())
    }

    fn reached_at(&self, addresses: &[IpAddr]) -> Vec<SocketAddr> {
        addresses.iter().map(|address| SocketAddr::new(*address, self.port)).collect()
    }

    fn placement(&self) -> MutexGuard<'_, Placement> {
        self.shared.placement.lock().expect("nothing panics while it holds the map")
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        self.mailbox.close();
        // A stop that is not waited for has no listener.
        let _ = self.tell.send(self.n);
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

/// An address that says no port has that one.
fn with_port(at: SocketAddr, port: u16) -> SocketAddr {
    if at.port() == 0 { SocketAddr::new(at.ip(), port) } else { at }
}

impl TrafficCounter {
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

#[cfg(test)]
mod tests;
