//! One media thread: it owns whole rooms and everything that their packets need.

use super::TrafficCounter;
use super::mailbox::{Askers, Datagram, Handover, Mailbox};
use super::placement::thread_of;
use super::socket::{Buffers, Udp};
use super::stream::{Accepted, Ends, Stream, Streams};
use super::tunnel::Next;
use crate::sfu::{DatagramOutcome, Event, Overload, Protocol, Received, Sfu, addressee};
use crate::turn::TurnServer;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::mpsc::{Sender, error::TrySendError};

/// How long to wait for more before what has come is handled, from so many datagrams a second in and out:
/// each subscriber is settled and sent to less often. Nobody hears or sees these milliseconds.
const GATHER: [(f64, Duration); 2] =
    [(40_000.0, Duration::from_millis(3)), (4_000.0, Duration::from_millis(1))];
/// What the hub has not taken yet (SECURITY.md).
const MAX_UNDELIVERED_EVENTS: usize = 16_384;
/// How soon to look again while the hub does not keep up with what it is told.
pub(super) const RETRY: Duration = Duration::from_millis(10);
/// Datagrams that are sent as soon as they are encrypted, before the rest is.
const PORTION: usize = 64;

pub(super) struct Worker {
    /// Which of the threads this is.
    pub(super) n: usize,
    pub(super) sfu: Sfu,
    pub(super) sockets: Vec<Udp>,
    pub(super) buffers: Buffers,
    pub(super) mailbox: Mailbox,
    /// When to look into it without being woken.
    pub(super) mailbox_due: Option<Instant>,
    pub(super) askers: Askers,
    pub(super) threads: Vec<Mailbox>,
    pub(super) events: Sender<Event>,
    pub(super) streams: Streams,
    /// Where it is offered.
    pub(super) turn: Option<Arc<TurnServer>>,
    pub(super) routes: HashMap<(SocketAddr, SocketAddr), usize>,
    pub(super) undelivered: VecDeque<Event>,
    pub(super) load: LoadMonitor,
    /// Tells how much of its time the thread has been at work, in thousandths.
    pub(super) busy: Box<dyn Fn(u32) + Send>,
    pub(super) began: Instant,
    /// In all.
    pub(super) slept: Duration,
    pub(super) received: TrafficCounter,
    pub(super) sent: TrafficCounter,
}

/// How many datagrams come and go, and how much of the time is left for sleep.
#[derive(Default)]
pub(super) struct LoadMonitor {
    since: Option<Instant>,
    count: usize,
    /// Datagrams a second.
    rate: f64,
    asleep: Duration,
    /// The part of the last window that it was at work.
    awake: f64,
    /// How far behind the thread is, and for how many windows it has been at ease or at its end.
    pub(super) overload: Overload,
    at_ease: u32,
    at_end: u32,
}

impl Worker {
    /// Goes round until it is told to stop. What panics in a connection or a room ends no more than that
    /// in [`Sfu`]; what gets here would be the end of all rooms of the thread, so they begin anew. How often
    /// that was.
    pub(super) fn work(mut self) -> u32 {
        let mut restarts = 0;
        loop {
            match catch_unwind(AssertUnwindSafe(|| self.turn())) {
                Ok(ControlFlow::Continue(())) => {}
                Ok(ControlFlow::Break(())) => return restarts,
                Err(_) => {
                    restarts += 1;
                    self.begin_anew();
                }
            }
        }
    }

    fn turn(&mut self) -> ControlFlow<()> {
        let ready = self.wait();
        let now = now();
        // 1. The word to stop, whatever else there is.
        if ready.mailbox {
            self.read_notices(now)?;
        }
        // 2. What is due is due, however much comes.
        if self.sfu.poll_timeout().is_some_and(|at| at <= now) {
            self.sfu.handle_timeout(now);
        }
        self.streams.end_overdue(now);
        // 3. Datagrams, a few batches from each socket.
        if ready.udp {
            self.receive_udp(now);
        }
        // 4. Those that come in streams, and those that came to other threads.
        for ends in ready.streams {
            self.receive_tcp(now, ends);
        }
        if ready.mailbox {
            self.receive_handed_over(now);
        }
        // 5. What is to be sent of all that, each subscriber's in one go.
        self.send(now);
        // 6. What members want, a bounded piece of it, and what comes of that.
        if ready.mailbox {
            self.serve(now);
            self.send(now);
            self.answer(now);
        }
        // 7. What the hub has to know.
        self.tell();
        if ready.mailbox {
            self.mailbox_due = self.next_service(now);
        }
        ControlFlow::Continue(())
    }

    /// The relay is as after a start, with the same members, and their pages make their connections
    /// again. What it was about when it panicked has been written to the log by the panic.
    fn begin_anew(&mut self) {
        let members: Vec<_> = self.sfu.members().map(|(member, _)| member.0).collect();
        tracing::error!(thread = self.n, ?members, "a media thread has broken: its rooms begin anew");
        self.sfu.restart(now());
        // What waits in its mailbox is not lost.
        self.mailbox.wake();
    }

    /// Sleeps until something is to be done; without rooms, until its mailbox wakes it.
    fn wait(&mut self) -> Ready {
        let begin = now();
        let deadlines = self.sfu.poll_timeout().into_iter().chain(self.streams.next_deadline());
        let deadline = deadlines.min().map(|at| at.saturating_duration_since(begin));
        let retry = (!self.undelivered.is_empty()).then_some(RETRY);
        let mailbox = self.mailbox_due.map(|at| at.saturating_duration_since(begin));
        let timeout = deadline.into_iter().chain(retry).chain(mailbox).min();
        let mut fds = vec![PollFd::from_borrowed_fd(self.mailbox.waker(), PollFlags::IN)];
        fds.extend(self.sockets.iter().map(|udp| PollFd::new(&udp.socket, PollFlags::IN)));
        for stream in self.streams.iter() {
            let out = if stream.waits() { PollFlags::OUT } else { PollFlags::empty() };
            fds.push(PollFd::new(&stream.socket, PollFlags::IN | out));
        }
        // An interrupted wait is a short one.
        let _ = poll(&mut fds, timeout.map(timespec).as_ref());
        let stirred = |fds: &[PollFd<'_>]| fds.iter().any(|fd| !fd.revents().is_empty());
        let (waker, rest) = fds.split_at(1);
        let (udp, tcp) = rest.split_at(self.sockets.len());
        let stirring = self.streams.iter().zip(tcp).filter(|(_, fd)| !fd.revents().is_empty());
        let streams = stirring.map(|(stream, _)| stream.ends()).collect();
        let (woken, udp) = (stirred(waker), stirred(udp));
        if let Some(delay) = self.load.batching_delay().filter(|_| udp) {
            let waker = PollFd::from_borrowed_fd(self.mailbox.waker(), PollFlags::IN);
            let _ = poll(&mut [waker], Some(&timespec(delay)));
        }
        let mailbox = woken || self.mailbox_due.is_some_and(|at| at <= now());
        let ready = Ready { mailbox, udp, streams };
        let asleep = now().saturating_duration_since(begin);
        self.load.asleep += asleep;
        self.slept += asleep;
        ready
    }

    fn receive_udp(&mut self, now: Instant) {
        let Worker { sfu, sockets, buffers, routes, threads, n, received: counter, .. } = self;
        let mut count = 0;
        for udp in sockets {
            count += udp.receive(buffers, |received| {
                counter.add(received.bytes);
                let outcome = sfu.handle_datagram(now, received);
                if outcome == DatagramOutcome::Stranger && threads.len() > 1 {
                    pass_on(received, *n, routes, threads);
                }
            });
        }
        let before = self.load.overload;
        if !self.load.count(now, count) {
            return;
        }
        (self.busy)((self.load.awake * 1000.0) as u32);
        if self.load.overload != before {
            tracing::warn!(thread = self.n, overload = ?self.load.overload, "the load of the relay has changed");
            self.sfu.set_overload(now, self.load.overload);
        }
    }

    /// Something came on that stream, or it takes more.
    pub(super) fn receive_tcp(&mut self, now: Instant, ends: Ends) {
        let Some(stream) = self.streams.get_mut(ends) else { return };
        let mut alive = stream.receive();
        loop {
            // The first check tells whose rooms it belongs to.
            let tag = stream.peek().filter(|_| !stream.is_verified()).and_then(addressee);
            let home = tag.map_or(self.n, |tag| thread_of(tag, self.threads.len()));
            if home != self.n {
                if let Some(mut stream) = self.streams.remove(ends).filter(|_| alive)
                    && stream.moves()
                {
                    self.threads[home].handover(Handover::Moved(Box::new(stream)));
                }
                return;
            }
            let received = match stream.next(now, self.sfu.settings()) {
                Next::Datagram(received) => received,
                Next::Handled => continue,
                Next::Waiting => break,
                Next::Nonsense => {
                    alive = false;
                    break;
                }
            };
            self.received.add(received.bytes);
            let check = addressee(received.bytes).is_some();
            match self.sfu.handle_datagram(now, received) {
                DatagramOutcome::Taken if check => stream.verify(now),
                DatagramOutcome::Taken | DatagramOutcome::Unproven => {}
                // Whoever belongs to no connection has no business here.
                DatagramOutcome::Stranger | DatagramOutcome::Garbage => alive = false,
            }
        }
        if alive && stream.is_modest() && stream.flush() {
            self.streams.relate(ends);
        } else {
            self.streams.remove(ends);
        }
    }

    fn send(&mut self, now: Instant) {
        let (mut count, mut portion) = (0, 0);
        while let Some(transmit) = self.sfu.poll_transmit() {
            for datagram in transmit.datagrams() {
                self.sent.add(datagram);
                portion += 1;
            }
            match transmit.protocol {
                Protocol::Udp => {
                    let way = self.sockets.iter_mut().find(|udp| udp.reaches(transmit.destination));
                    if let Some(udp) = way {
                        udp.send(&transmit);
                    }
                }
                Protocol::Tcp | Protocol::Turn => {
                    if let Some(stream) = self.streams.to(&transmit) {
                        stream.send(now, &transmit);
                    }
                }
            }
            if portion >= PORTION {
                self.sockets.iter_mut().for_each(Udp::flush);
                count += std::mem::take(&mut portion);
            }
        }
        count += portion;
        self.sockets.iter_mut().for_each(Udp::flush);
        for (source, destination) in self.sockets.iter_mut().flat_map(Udp::take_unsent) {
            self.sfu.on_send_error(source, destination);
        }
        self.load.count += count;
        if count > 0 {
            self.streams.flush();
        }
    }

    fn tell(&mut self) {
        while let Some(event) = self.sfu.poll_event() {
            // A hub that reads nothing for so long is gone, and its pages ask again once it is back.
            if self.undelivered.len() < MAX_UNDELIVERED_EVENTS {
                self.undelivered.push_back(event);
            }
        }
        while let Some(event) = self.undelivered.pop_front() {
            if let Err(TrySendError::Full(event)) = self.events.try_send(event) {
                self.undelivered.push_front(event);
                return;
            }
        }
    }

    pub(super) fn welcome(&mut self, now: Instant, accepted: Accepted) {
        match Stream::new(accepted, self.turn.as_ref()) {
            Ok(stream) => self.take_over(now, stream),
            Err(cause) => tracing::debug!(%cause, "a media connection is gone before it began"),
        }
    }

    /// Keeps a stream, of which something may have been read already.
    pub(super) fn take_over(&mut self, now: Instant, stream: Stream) {
        let ends = stream.ends();
        self.streams.keep(stream);
        self.receive_tcp(now, ends);
    }
}

/// A datagram of another thread's: it goes where a STUN message says, or where its pair of addresses belongs,
/// as that thread has said: what a message says of itself teaches nothing about its sender.
fn pass_on(
    received: Received<'_>,
    here: usize,
    routes: &HashMap<(SocketAddr, SocketAddr), usize>,
    threads: &[Mailbox],
) {
    let Received { source, destination, bytes, .. } = received;
    let said = addressee(bytes).map(|tag| thread_of(tag, threads.len()));
    let there = said.or_else(|| routes.get(&(source, destination)).copied());
    if let Some(there) = there.filter(|there| *there != here) {
        threads[there].datagram(Datagram { source, destination, bytes: bytes.to_vec(), via: here });
    }
}

struct Ready {
    mailbox: bool,
    udp: bool,
    streams: Vec<Ends>,
}

impl LoadMonitor {
    const WINDOW: Duration = Duration::from_millis(200);
    /// Awake for more than this part of the time is at the end of its strength; for less than that, at ease.
    const END: f64 = 0.9;
    const EASE: f64 = 0.6;
    /// Windows: two seconds of too much, twenty of ease.
    const SOON: u32 = 10;
    const LATER: u32 = 100;

    /// How long it pays to wait for more.
    fn batching_delay(&self) -> Option<Duration> {
        GATHER.into_iter().find(|(rate, _)| self.rate > *rate).map(|(_, delay)| delay)
    }

    /// So much has come. True at the end of a window.
    fn count(&mut self, now: Instant, count: usize) -> bool {
        self.count += count;
        let since = *self.since.get_or_insert(now);
        let passed = now.saturating_duration_since(since);
        if passed < LoadMonitor::WINDOW {
            return false;
        }
        self.rate = std::mem::take(&mut self.count) as f64 / passed.as_secs_f64();
        let awake = 1.0 - std::mem::take(&mut self.asleep).as_secs_f64() / passed.as_secs_f64();
        (self.since, self.awake) = (Some(now), awake);
        self.weigh(awake);
        true
    }

    /// Goes up and down one step at a time.
    fn weigh(&mut self, awake: f64) {
        self.at_end = if awake > LoadMonitor::END { self.at_end + 1 } else { 0 };
        self.at_ease = if awake < LoadMonitor::EASE { self.at_ease + 1 } else { 0 };
        if self.at_end >= LoadMonitor::SOON {
            self.overload = if self.overload == Overload::None { Overload::Some } else { Overload::Much };
            self.at_end = 0;
        }
        if self.at_ease >= LoadMonitor::LATER {
            self.overload = if self.overload == Overload::Much { Overload::Some } else { Overload::None };
            self.at_ease = 0;
        }
    }
}

fn timespec(wait: Duration) -> Timespec {
    Timespec::try_from(wait).expect("deadlines are near")
}

#[expect(clippy::disallowed_methods, reason = "the shell reads the clock")]
pub(super) fn now() -> Instant {
    Instant::now()
}
