//! What waits for one media thread, and how it is woken.
//!
//! Everything in it is bounded by what it is about and not by what is said: commands by the members
//! ([`CommandQueue`]), addresses by the newest list, the word to stop by being one bit. Only datagrams and
//! streams of other threads have a limit that can be reached; those are lost then, as on any network.

use super::ThreadStats;
use super::command_queue::CommandQueue;
use super::stream::{Accepted, Stream};
use crate::ids::PersonId;
use crate::sfu::Command;
use rustix::event::{EventfdFlags, eventfd};
use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Instant;
use tokio::sync::oneshot;

/// Datagrams that came to another thread and wait for this one, in bytes: more than a tenth of a second of a
/// busy machine's. Beyond that they are dropped. SECURITY.md.
const DATAGRAM_BYTES: usize = 4 << 20;
/// TCP connections that wait to be taken over, as many as a thread has. Beyond that they are closed.
/// SECURITY.md.
const HANDOVERS: usize = 1024;
/// Senders whose packets are another thread's; the table begins anew when it is full (SECURITY.md).
pub(super) const ROUTES: usize = 8192;
/// Who waits for statistics or for a sign of life; beyond that nobody is answered. Each is one of the owner's
/// or of a scraper. SECURITY.md.
const ASKERS: usize = 64;

/// A handle to where one thread reads. None of its methods waits for the thread.
#[derive(Clone)]
pub(super) struct Mailbox(Arc<Inner>);

struct Inner {
    /// A lock is right: it is held for a few moves of what is there already, by the thread a few times a
    /// turn.
    waiting: Mutex<Waiting>,
    /// Readable when something has been put in.
    waker: OwnedFd,
}

#[derive(Default)]
struct Waiting {
    stop: bool,
    #[cfg(test)]
    trial: Option<Box<dyn FnOnce() + Send>>,
    addresses: Option<Vec<SocketAddr>>,
    commands: CommandQueue,
    datagrams: VecDeque<Datagram>,
    datagram_bytes: usize,
    handovers: VecDeque<Handover>,
    close_streams: bool,
    /// As many as a thread keeps.
    routes: Vec<Route>,
    askers: Askers,
}

/// A datagram that came to another thread.
pub(super) struct Datagram {
    pub(super) source: SocketAddr,
    pub(super) destination: SocketAddr,
    pub(super) bytes: Vec<u8>,
    /// The thread to which it came.
    pub(super) via: usize,
}

/// What comes on that pair of addresses and is no STUN is for that thread.
pub(super) struct Route {
    pub(super) pair: (SocketAddr, SocketAddr),
    pub(super) to: usize,
}

/// A TCP connection that is to be this thread's.
pub(super) enum Handover {
    New(Accepted),
    Moved(Box<Stream>),
}

/// What is about the thread and not about a member.
pub(super) struct Notices {
    pub(super) stop: bool,
    pub(super) addresses: Option<Vec<SocketAddr>>,
    pub(super) close_streams: bool,
    pub(super) routes: Vec<Route>,
    pub(super) askers: Askers,
}

/// Who waits for an answer.
#[derive(Default)]
pub(super) struct Askers {
    pub(super) stats: Vec<oneshot::Sender<ThreadStats>>,
    pub(super) pulses: Vec<oneshot::Sender<()>>,
}

impl Mailbox {
    /// # Errors
    ///
    /// The machine gives no eventfd.
    pub(super) fn new() -> io::Result<Mailbox> {
        let waker = eventfd(0, EventfdFlags::NONBLOCK | EventfdFlags::CLOEXEC)?;
        Ok(Mailbox(Arc::new(Inner { waiting: Mutex::default(), waker })))
    }

    pub(super) fn send(&self, member: PersonId, command: Command) {
        self.put(|waiting| waiting.commands.push(member, command));
    }

    pub(super) fn stop(&self) {
        self.put(|waiting| waiting.stop = true);
    }

    /// Has the thread do that at its next turn, as if it happened to it.
    #[cfg(test)]
    pub(super) fn put_on_trial(&self, trial: impl FnOnce() + Send + 'static) {
        self.put(|waiting| waiting.trial = Some(Box::new(trial)));
    }

    #[cfg(test)]
    pub(super) fn take_trial(&self) -> Option<Box<dyn FnOnce() + Send>> {
        self.lock().trial.take()
    }

    pub(super) fn addresses(&self, addresses: Vec<SocketAddr>) {
        self.put(|waiting| waiting.addresses = Some(addresses));
    }

    pub(super) fn datagram(&self, datagram: Datagram) {
        self.put(|waiting| {
            if waiting.datagram_bytes + datagram.bytes.len() <= DATAGRAM_BYTES {
                waiting.datagram_bytes += datagram.bytes.len();
                waiting.datagrams.push_back(datagram);
            }
        });
    }

    pub(super) fn handover(&self, handover: Handover) {
        self.put(|waiting| {
            if waiting.handovers.len() < HANDOVERS {
                waiting.handovers.push_back(handover);
            }
        });
    }

    /// Ends all streams of the thread, also those that wait to be taken over.
    pub(super) fn close_streams(&self) {
        self.put(|waiting| {
            waiting.handovers.clear();
            waiting.close_streams = true;
        });
    }

    pub(super) fn route(&self, route: Route) {
        self.put(|waiting| {
            if waiting.routes.len() < ROUTES {
                waiting.routes.push(route);
            }
        });
    }

    /// The thread's statistics, at its next turn. The sender is dropped when it has ended, or when too many
    /// ask.
    pub(super) fn ask_stats(&self) -> oneshot::Receiver<ThreadStats> {
        let (answer, asked) = oneshot::channel();
        self.put(|waiting| push_bounded(&mut waiting.askers.stats, answer));
        asked
    }

    /// A word at the thread's next turn; likewise.
    pub(super) fn ask_pulse(&self) -> oneshot::Receiver<()> {
        let (answer, asked) = oneshot::channel();
        self.put(|waiting| push_bounded(&mut waiting.askers.pulses, answer));
        asked
    }

    /// What to wait for.
    pub(super) fn waker(&self) -> BorrowedFd<'_> {
        self.0.waker.as_fd()
    }

    /// Nobody has to wake the thread for what is there already.
    pub(super) fn woken(&self) {
        // How often it was woken does not matter.
        let _ = rustix::io::read(&self.0.waker, &mut [0_u8; 8]);
    }

    pub(super) fn wake(&self) {
        // It fails only when it has been woken so often that it wakes anyway.
        let _ = rustix::io::write(&self.0.waker, &1_u64.to_ne_bytes());
    }

    pub(super) fn take_notices(&self) -> Notices {
        let mut waiting = self.lock();
        Notices {
            stop: waiting.stop,
            addresses: waiting.addresses.take(),
            close_streams: std::mem::take(&mut waiting.close_streams),
            routes: std::mem::take(&mut waiting.routes),
            askers: std::mem::take(&mut waiting.askers),
        }
    }

    /// So many datagrams at most.
    pub(super) fn take_datagrams(&self, most: usize) -> Vec<Datagram> {
        let mut waiting = self.lock();
        let count = waiting.datagrams.len().min(most);
        let taken: Vec<_> = waiting.datagrams.drain(..count).collect();
        waiting.datagram_bytes -= taken.iter().map(|datagram| datagram.bytes.len()).sum::<usize>();
        taken
    }

    pub(super) fn take_handovers(&self) -> VecDeque<Handover> {
        std::mem::take(&mut self.lock().handovers)
    }

    pub(super) fn take_light(&self) -> Option<(PersonId, Command)> {
        self.lock().commands.pop_light()
    }

    pub(super) fn take_heavy(&self, now: Instant) -> Option<(PersonId, Command)> {
        self.lock().commands.pop_heavy(now)
    }

    /// See [`CommandQueue::charge`].
    pub(super) fn charge(&self, member: PersonId, units: u32, now: Instant) {
        if units > 0 {
            self.lock().commands.charge(member, units, now);
        }
    }

    /// When to look at it without being woken. `None`: not before.
    pub(super) fn due(&self, now: Instant) -> Option<Instant> {
        let waiting = self.lock();
        if waiting.datagrams.is_empty() { waiting.commands.due(now) } else { Some(now) }
    }

    /// The thread has ended: nobody who asks is to wait for it.
    pub(super) fn close(&self) {
        let mut waiting = self.lock();
        *waiting = Waiting { stop: true, ..Waiting::default() };
    }

    fn put(&self, put: impl FnOnce(&mut Waiting)) {
        let mut waiting = self.lock();
        // Who has been told to stop does nothing more, and who asks is told so by the drop of what it waits
        // for.
        if !waiting.stop {
            put(&mut waiting);
            drop(waiting);
            self.wake();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.0.waiting.lock().expect("nothing panics while it holds it")
    }
}

fn push_bounded<T>(askers: &mut Vec<T>, asker: T) {
    if askers.len() < ASKERS {
        askers.push(asker);
    }
}
