//! What the rooms of a relay share: settings, the engine and time, and the queues of what they want done.

use super::address_validation::is_response;
use super::connection::ConnectionKey;
use super::demux::FiveTuple;
use super::peer::Outlet;
use super::rtc_config::SharedRtcConfig;
use super::{Event, Overload, Settings, Transmit};
use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::net::SocketAddr;
use std::time::Instant;
use str0m::IceCreds;

/// Lent to one room at a time. The room reads the upper half and fills the queues of the lower half, which
/// the relay works off.
pub(super) struct Context {
    pub(super) settings: Settings,
    pub(super) rtc_config: SharedRtcConfig,
    /// The newest time that was told.
    pub(super) now: Instant,
    pub(super) overload: Overload,
    /// The newest number of a connection that the box offers.
    pub(super) connections: u32,

    /// Datagrams to be sent, and what the connection at work has said.
    pub(super) outlet: Outlet,
    /// What connections of the room at work have said, to be processed by it.
    pub(super) pending: VecDeque<(ConnectionKey, str0m::Event)>,
    /// Connections of the room at work that have ended by themselves.
    pub(super) failed: Vec<ConnectionKey>,
    /// On which pair of addresses a connection has answered a request last.
    pub(super) answered: Option<FiveTuple>,
    /// Connections to which packets were written that are not encrypted yet.
    pub(super) unsettled: VecDeque<ConnectionKey>,
    pub(super) routing: Vec<Routing>,
    pub(super) events: VecDeque<Event>,
    timers: BinaryHeap<Reverse<(Instant, Timer)>>,
}

/// What the demultiplexer is to know of a connection.
pub(super) enum Routing {
    /// Requests with these credentials are for it (RFC 8445, 7.3).
    Local(ConnectionKey, IceCreds),
    /// Its page's credentials are known: checks that have waited for them can be sent.
    Remote(ConnectionKey),
    /// It has answered a request on that pair of addresses.
    Proven(ConnectionKey, FiveTuple),
    Renamed {
        from: ConnectionKey,
        to: ConnectionKey,
    },
    Ended(ConnectionKey),
    /// That check is to be sent from each of these addresses to wherever it was reached from at `old`.
    Migrate {
        key: ConnectionKey,
        old: SocketAddr,
        new: Vec<SocketAddr>,
        check: Vec<u8>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Timer {
    Connection(ConnectionKey),
    Review(crate::ids::RoomId),
}

impl Context {
    pub(super) fn new(settings: Settings, now: Instant) -> Context {
        Context {
            rtc_config: SharedRtcConfig::new(),
            settings,
            now,
            overload: Overload::None,
            connections: 0,
            outlet: Outlet::default(),
            pending: VecDeque::new(),
            failed: Vec::new(),
            answered: None,
            unsettled: VecDeque::new(),
            routing: Vec::new(),
            events: VecDeque::new(),
            timers: BinaryHeap::new(),
        }
    }

    /// Time never goes back.
    pub(super) fn advance(&mut self, now: Instant) {
        self.now = self.now.max(now);
    }

    pub(super) fn next_connection(&mut self) -> u32 {
        self.connections += 1;
        self.connections
    }

    pub(super) fn set_timer(&mut self, at: Instant, timer: Timer) {
        self.timers.push(Reverse((at, timer)));
    }

    pub(super) fn next_timer(&self) -> Option<Instant> {
        self.timers.peek().map(|Reverse((at, _))| *at)
    }

    /// The next timer that has gone off, and when it was set to.
    pub(super) fn take_due(&mut self) -> Option<(Instant, Timer)> {
        self.next_timer().filter(|at| *at <= self.now)?;
        self.timers.pop().map(|Reverse(due)| due)
    }

    pub(super) fn send(&mut self, tuple: FiveTuple, bytes: Vec<u8>) {
        let FiveTuple { protocol, source: destination, destination: source } = tuple;
        let size = bytes.len();
        self.outlet.transmits.push_back(Transmit { protocol, source, destination, bytes, size });
    }

    /// Looks for answers among the datagrams of a connection that have been put out since there were `before`
    /// of them.
    pub(super) fn note_answers(&mut self, key: ConnectionKey, before: usize) {
        for answer in self.outlet.transmits.range(before..).filter(|one| is_response(&one.bytes)) {
            let &Transmit { protocol, source: destination, destination: source, .. } = answer;
            let tuple = FiveTuple { protocol, source, destination };
            self.routing.push(Routing::Proven(key, tuple));
            self.answered = Some(tuple);
        }
    }

    /// Forgets what a room that has broken has left unprocessed: it is not known to be whose.
    pub(super) fn discard_pending(&mut self) {
        self.outlet.events.clear();
        self.pending.clear();
        self.failed.clear();
    }
}
