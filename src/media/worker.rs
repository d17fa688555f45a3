//! One media thread: it owns whole rooms and everything that their packets need.

use super::socket::{Buffers, Udp};
use super::stream::{Accepted, Ends, Stream, Streams};
use super::{Event, Letter, Mailbox, MemberFigures, Tally, ThreadFigures, thread_of};
use crate::sfu::{self, Protocol, Received, Sfu, Side, Strain, Verdict, addressee};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::ops::ControlFlow;
use std::os::fd::OwnedFd;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};
use tokio::sync::mpsc::{Sender, error::TrySendError};

/// How long to wait for more before what has come is handled, from so many datagrams a second in and out:
/// each subscriber is settled and sent to less often. Nobody hears or sees these milliseconds.
const GATHER: [(f64, Duration); 2] =
    [(40_000.0, Duration::from_millis(3)), (4_000.0, Duration::from_millis(1))];
/// How soon to try again when the hub does not keep up with what it is told.
const RETRY: Duration = Duration::from_millis(10);
/// What the hub has not taken yet (SECURITY.md).
const UNTOLD: usize = 16_384;
/// Senders whose packets are another thread's; the table begins anew when it is full (SECURITY.md).
const ROUTES: usize = 8192;
/// Datagrams that are sent as soon as they are encrypted, before the rest is.
const PORTION: usize = 64;

pub(super) struct Worker {
    /// Which of the threads this is.
    pub(super) n: usize,
    pub(super) sfu: Sfu,
    pub(super) sockets: Vec<Udp>,
    pub(super) buffers: Buffers,
    pub(super) mailbox: Receiver<Letter>,
    /// Readable when there is mail.
    pub(super) bell: Arc<OwnedFd>,
    pub(super) threads: Vec<Mailbox>,
    pub(super) events: Sender<Event>,
    pub(super) streams: Streams,
    pub(super) routes: HashMap<(SocketAddr, SocketAddr), usize>,
    pub(super) untold: VecDeque<Event>,
    pub(super) pace: Pace,
    pub(super) began: Instant,
    /// In all.
    pub(super) slept: Duration,
    pub(super) received: Tally,
    pub(super) sent: Tally,
}

/// How many datagrams come and go, and how much of the time is left for sleep.
#[derive(Default)]
pub(super) struct Pace {
    since: Option<Instant>,
    count: usize,
    /// Datagrams a second.
    rate: f64,
    asleep: Duration,
    /// How far behind the thread is, and for how many windows it has been at ease or at its end.
    strain: Strain,
    at_ease: u32,
    at_end: u32,
}

impl Worker {
    /// Goes round until it is told to stop. What panics in a connection or a room ends no more than that
    /// in [`Sfu`]; what gets here would be the end of all rooms of the thread, so they begin anew.
    pub(super) fn work(mut self) {
        loop {
            match catch_unwind(AssertUnwindSafe(|| self.turn())) {
                Ok(ControlFlow::Continue(())) => {}
                Ok(ControlFlow::Break(())) => return,
                Err(_) => self.begin_anew(),
            }
        }
    }

    fn turn(&mut self) -> ControlFlow<()> {
        let ready = self.wait();
        let now = now();
        // 1. What is due is due, however much comes.
        if self.sfu.poll_timeout().is_some_and(|at| at <= now) {
            self.sfu.handle_timeout(now);
        }
        self.streams.end_overdue(now);
        // 2. What the hub says, in its order.
        if ready.bell {
            self.read_mail(now)?;
        }
        // 3. Datagrams, a few batches from each socket.
        if ready.udp {
            self.receive_udp(now);
        }
        // 4. Those that come in streams.
        for ends in ready.streams {
            self.receive_tcp(now, ends);
        }
        // 5. What is to be sent of all that, each subscriber's in one go.
        self.send();
        // 6. What the hub has to know.
        self.tell();
        ControlFlow::Continue(())
    }

    /// The relay is as after a start, with the same members, and their pages make their connections
    /// again. What it was about when it panicked has been written to the log by the panic.
    fn begin_anew(&mut self) {
        let members: Vec<_> = self.sfu.members().map(|(member, _)| member.0).collect();
        tracing::error!(thread = self.n, ?members, "a media thread has broken: its rooms begin anew");
        self.sfu.begin_anew(now());
        // The mail that it was reading is not lost.
        let _ = rustix::io::write(&*self.bell, &1_u64.to_ne_bytes());
    }

    /// Sleeps until something is to be done; without rooms, until there is mail.
    fn wait(&mut self) -> Ready {
        let begin = now();
        let deadlines = self.sfu.poll_timeout().into_iter().chain(self.streams.next_deadline());
        let deadline = deadlines.min().map(|at| at.saturating_duration_since(begin));
        let retry = (!self.untold.is_empty()).then_some(RETRY);
        let patience = deadline.into_iter().chain(retry).min();
        let mut fds = vec![PollFd::new(&*self.bell, PollFlags::IN)];
        fds.extend(self.sockets.iter().map(|udp| PollFd::new(&udp.socket, PollFlags::IN)));
        for stream in self.streams.iter() {
            let out = if stream.waits() { PollFlags::OUT } else { PollFlags::empty() };
            fds.push(PollFd::new(&stream.socket, PollFlags::IN | out));
        }
        // An interrupted wait is a short one.
        let _ = poll(&mut fds, patience.map(timespec).as_ref());
        let stirred = |fds: &[PollFd<'_>]| fds.iter().any(|fd| !fd.revents().is_empty());
        let (bell, rest) = fds.split_at(1);
        let (udp, tcp) = rest.split_at(self.sockets.len());
        let stirring = self.streams.iter().zip(tcp).filter(|(_, fd)| !fd.revents().is_empty());
        let streams = stirring.map(|(stream, _)| stream.ends()).collect();
        let ready = Ready { bell: stirred(bell), udp: stirred(udp), streams };
        if let Some(patience) = self.pace.patience().filter(|_| ready.udp) {
            let _ = poll(&mut [PollFd::new(&*self.bell, PollFlags::IN)], Some(&timespec(patience)));
        }
        let asleep = now().saturating_duration_since(begin);
        self.pace.asleep += asleep;
        self.slept += asleep;
        ready
    }

    fn read_mail(&mut self, now: Instant) -> ControlFlow<()> {
        // How often it was rung does not matter.
        let _ = rustix::io::read(&*self.bell, &mut [0_u8; 8]);
        while let Ok(letter) = self.mailbox.try_recv() {
            match letter {
                Letter::Join { member, room, via } => {
                    if let Err(cause) = self.sfu.join(now, member, room, via) {
                        tracing::warn!(%member, %room, %cause, "somebody is not relayed");
                    }
                }
                Letter::Leave { member } => self.sfu.leave(now, member),
                Letter::Reconnect { member, via } => self.sfu.reconnect(now, member, via),
                Letter::SayAgain { member } => self.sfu.say_again(now, member),
                Letter::UpOffer { member, connection, sdp } => {
                    self.untold.push_back(match self.sfu.up_offer(now, member, connection, &sdp) {
                        Ok(sdp) => Event::UpAnswer { member, connection, sdp },
                        Err(why) => Event::Refused { member, side: Side::Up, connection, why },
                    });
                }
                Letter::DownAnswer { member, connection, sdp } => {
                    if let Err(why) = self.sfu.down_answer(now, member, connection, &sdp) {
                        self.untold.push_back(Event::Refused { member, side: Side::Down, connection, why });
                    }
                }
                Letter::Tiles { member, tiles } => self.sfu.set_tiles(now, member, tiles),
                Letter::Screen { member, shown } => self.sfu.set_screen(now, member, shown),
                Letter::Paused { member, paused } => self.sfu.set_paused(now, member, paused),
                Letter::AskLinks { member } => self.sfu.ask_links(now, member),
                Letter::Addresses(addresses) => self.sfu.set_addresses(now, addresses),
                Letter::Connection(accepted) => self.welcome(accepted),
                Letter::Stream(stream) => {
                    let ends = stream.ends();
                    self.streams.keep(*stream);
                    self.receive_tcp(now, ends);
                }
                Letter::CloseStreams => self.streams.clear(),
                Letter::Datagram { source, destination, bytes, via } => {
                    let received = Received { protocol: Protocol::Udp, source, destination, bytes: &bytes };
                    let verdict = self.sfu.handle_datagram(now, received);
                    if verdict == Verdict::Taken && addressee(&bytes).is_some() {
                        self.threads[via].post(Letter::Route { pair: (source, destination), to: self.n });
                    }
                }
                Letter::Route { pair, to } => {
                    if self.routes.len() >= ROUTES {
                        self.routes.clear();
                    }
                    self.routes.insert(pair, to);
                }
                Letter::Figures(answer) => drop(answer.send(self.figures(now))),
                Letter::Pulse(answer) => drop(answer.send(())),
                #[cfg(test)]
                Letter::Panic => panic!("as the test wants it"),
                Letter::Stop => return ControlFlow::Break(()),
            }
        }
        ControlFlow::Continue(())
    }

    fn figures(&self, now: Instant) -> ThreadFigures {
        let members = self.sfu.members().filter_map(|(member, room)| {
            Some(MemberFigures { member, room, figures: self.sfu.figures(member)? })
        });
        ThreadFigures {
            members: members.collect(),
            busy: now.saturating_duration_since(self.began).saturating_sub(self.slept),
            received: self.received,
            sent: self.sent,
            unsent: self.sockets.iter().map(|udp| udp.errors).sum(),
            strain: self.pace.strain,
            streams: self.streams.len(),
        }
    }

    fn receive_udp(&mut self, now: Instant) {
        let Worker { sfu, sockets, buffers, routes, threads, n, received: tally, .. } = self;
        let mut count = 0;
        for udp in sockets {
            count += udp.receive(buffers, |received| {
                tally.add(received.bytes);
                let verdict = sfu.handle_datagram(now, received);
                if verdict == Verdict::Stranger && threads.len() > 1 {
                    pass_on(received, *n, routes, threads);
                }
            });
        }
        let before = self.pace.strain;
        if self.pace.count(now, count) && self.pace.strain != before {
            tracing::warn!(thread = self.n, strain = ?self.pace.strain, "the relay's strength");
            self.sfu.set_strain(now, self.pace.strain);
        }
    }

    /// Something came on that stream, or it takes more.
    fn receive_tcp(&mut self, now: Instant, ends: Ends) {
        let Some(stream) = self.streams.get_mut(ends) else { return };
        let mut alive = stream.receive();
        // The first frame tells whose rooms it belongs to.
        let home = stream.incoming.peek().and_then(addressee);
        let home = home.map_or(self.n, |tag| thread_of(tag, self.threads.len()));
        if home != self.n {
            if let Some(mut stream) = self.streams.remove(ends).filter(|_| alive)
                && stream.moves()
            {
                self.threads[home].post(Letter::Stream(Box::new(stream)));
            }
            return;
        }
        while let Some(bytes) = stream.incoming.pop() {
            self.received.add(bytes);
            let (source, destination) = ends;
            let received = Received { protocol: Protocol::Tcp, source, destination, bytes };
            let check = addressee(bytes).is_some();
            match self.sfu.handle_datagram(now, received) {
                Verdict::Taken if check => stream.verify(now),
                Verdict::Taken | Verdict::Unproven => {}
                // Whoever belongs to no connection has no business here.
                Verdict::Stranger | Verdict::Garbage => alive = false,
            }
        }
        if !(alive && stream.is_modest() && stream.flush()) {
            self.streams.remove(ends);
        }
    }

    fn send(&mut self) {
        let mut count = 0;
        while let Some(transmit) = self.sfu.poll_transmit() {
            self.sent.add(&transmit.bytes);
            match transmit.protocol {
                Protocol::Udp => {
                    let way = self.sockets.iter_mut().find(|udp| udp.reaches(transmit.destination));
                    if let Some(udp) = way {
                        udp.send(&transmit);
                    }
                }
                Protocol::Tcp => {
                    if let Some(stream) = self.streams.get_mut((transmit.destination, transmit.source)) {
                        stream.send(&transmit.bytes);
                    }
                }
            }
            count += 1;
            if count % PORTION == 0 {
                self.sockets.iter_mut().for_each(Udp::flush);
            }
        }
        self.sockets.iter_mut().for_each(Udp::flush);
        self.pace.count += count;
        if count > 0 {
            self.streams.flush();
        }
    }

    fn tell(&mut self) {
        while let Some(event) = self.sfu.poll_event() {
            // A hub that reads nothing for so long is gone, and its pages ask again once it is back.
            if self.untold.len() < UNTOLD {
                self.untold.push_back(Event::Relay(event));
            }
        }
        while let Some(event) = self.untold.pop_front() {
            if let Err(TrySendError::Full(event)) = self.events.try_send(event) {
                self.untold.push_front(event);
                return;
            }
        }
    }

    fn welcome(&mut self, accepted: Accepted) {
        match Stream::new(accepted) {
            Ok(stream) => self.streams.keep(stream),
            Err(cause) => tracing::debug!(%cause, "a media connection is gone before it began"),
        }
    }
}

/// A datagram of another thread's: it goes where a STUN message says, or where its pair of addresses belongs, as that
/// thread has said: what a message says of itself teaches nothing about its sender.
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
        threads[there].post(Letter::Datagram { source, destination, bytes: bytes.to_vec(), via: here });
    }
}

struct Ready {
    bell: bool,
    udp: bool,
    streams: Vec<Ends>,
}

impl Pace {
    const WINDOW: Duration = Duration::from_millis(200);
    /// Awake for more than this part of the time is at the end of its strength; for less than that, at ease.
    const END: f64 = 0.9;
    const EASE: f64 = 0.6;
    /// Windows: two seconds of too much, twenty of ease.
    const SOON: u32 = 10;
    const LATER: u32 = 100;

    /// How long it pays to wait for more.
    fn patience(&self) -> Option<Duration> {
        GATHER.into_iter().find(|(rate, _)| self.rate > *rate).map(|(_, patience)| patience)
    }

    /// So much has come. True at the end of a window.
    fn count(&mut self, now: Instant, count: usize) -> bool {
        self.count += count;
        let since = *self.since.get_or_insert(now);
        let passed = now.saturating_duration_since(since);
        if passed < Pace::WINDOW {
            return false;
        }
        self.rate = std::mem::take(&mut self.count) as f64 / passed.as_secs_f64();
        let awake = 1.0 - std::mem::take(&mut self.asleep).as_secs_f64() / passed.as_secs_f64();
        self.since = Some(now);
        self.weigh(awake);
        true
    }

    /// Goes up and down one step at a time.
    fn weigh(&mut self, awake: f64) {
        self.at_end = if awake > Pace::END { self.at_end + 1 } else { 0 };
        self.at_ease = if awake < Pace::EASE { self.at_ease + 1 } else { 0 };
        if self.at_end >= Pace::SOON {
            self.strain = if self.strain == Strain::None { Strain::Some } else { Strain::Much };
            self.at_end = 0;
        }
        if self.at_ease >= Pace::LATER {
            self.strain = if self.strain == Strain::Much { Strain::Some } else { Strain::None };
            self.at_ease = 0;
        }
    }
}

impl From<sfu::Event> for Event {
    fn from(event: sfu::Event) -> Event {
        Event::Relay(event)
    }
}

fn timespec(wait: Duration) -> Timespec {
    Timespec::try_from(wait).expect("deadlines are near")
}

#[expect(clippy::disallowed_methods, reason = "the shell reads the clock")]
pub(super) fn now() -> Instant {
    Instant::now()
}
