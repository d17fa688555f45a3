//! What becomes of a datagram: whose it is, and whether it is what it says.

use super::connection::ConnectionKey;
use super::consent::{self, Question, check, transaction};
use super::context::Routing;
use super::demux::{self, FiveTuple, Owner};
use super::{DatagramOutcome, Protocol, Received, Sfu};
use std::time::Instant;

/// The worth of the box's checks (RFC 8445, 5.1.2), of no interest on a pair that the page has found itself.
const PRIORITY: u32 = (110 << 24) | 1;

impl Sfu {
    /// A datagram came.
    pub fn handle_datagram(&mut self, now: Instant, received: Received<'_>) -> DatagramOutcome {
        self.context.advance(now);
        if consent::is_response(received.bytes) {
            return self.on_consent(received);
        }
        let tuple = FiveTuple::of(&received);
        match self.demux.find(tuple, received.bytes) {
            None => DatagramOutcome::Stranger,
            Some(Owner::Claimed(key)) if received.protocol == Protocol::Udp => {
                // A request on a pair that has not consented waits, if it is sealed with the connection's
                // password.
                if received.bytes.len() <= consent::CHECK && self.is_sealed(received.bytes) {
                    self.ask_consent(key, tuple, received.bytes.to_vec());
                }
                DatagramOutcome::Unproven
            }
            Some(Owner::Proven(key) | Owner::Claimed(key)) => self.receive(key, received),
        }
    }

    fn receive(&mut self, key: ConnectionKey, received: Received<'_>) -> DatagramOutcome {
        let outcome = self.with_room(key.room, |room, cx| room.receive(key, received, cx));
        outcome.unwrap_or(DatagramOutcome::Unproven)
    }

    /// Somebody answers a check. What has waited for it is received, if it was a check of the box, from where
    /// it was sent to, sealed as it has to be.
    fn on_consent(&mut self, received: Received<'_>) -> DatagramOutcome {
        let engine = &self.context.engine;
        match self.consent.answered(&FiveTuple::of(&received), received.bytes, engine) {
            Some((key, request)) => self.receive(key, Received { bytes: &request, ..received }),
            None => DatagramOutcome::Stranger,
        }
    }

    /// Asks an address whether it wants what a connection has for it. What was asked before is asked in the
    /// same words, so that a late answer is as good.
    fn ask_consent(&mut self, key: ConnectionKey, tuple: FiveTuple, request: Vec<u8>) {
        let bytes = if let Some(question) = self.consent.find(key, tuple) {
            question.request = request;
            question.check.clone()
        } else {
            let peer = self.rooms.get(&key.room).and_then(|room| room.peer(key));
            let (id, trans_id) = transaction(&self.context.settings.tag);
            let theirs = peer.and_then(|peer| peer.theirs.as_ref());
            let bytes = peer.zip(theirs).and_then(|(peer, theirs)| {
                check(&self.context.engine, theirs, &peer.ours, trans_id, PRIORITY)
            });
            let bytes = bytes.unwrap_or_default();
            let password = theirs.map(|theirs| theirs.pass.clone()).unwrap_or_default();
            self.consent.add(id, Question { key, tuple, check: bytes.clone(), password, request });
            bytes
        };
        if !bytes.is_empty() {
            self.context.send(tuple, bytes);
        }
    }

    /// Whether a request knows the password of the connection that it names.
    fn is_sealed(&self, request: &[u8]) -> bool {
        let name = demux::binding_request_name(request);
        let password = name.and_then(|name| self.demux.password(name));
        password.is_some_and(|password| consent::is_sealed(&self.context.engine, password, request))
    }

    /// Tells the demultiplexer what a room wants it to know.
    pub(super) fn route(&mut self) {
        for change in std::mem::take(&mut self.context.routing) {
            match change {
                Routing::Local(key, ours) => self.demux.learn(ours, key),
                Routing::Remote(key) => {
                    for (tuple, request) in self.consent.take_waiting(key) {
                        self.ask_consent(key, tuple, request);
                    }
                }
                Routing::Proven(key, tuple) => self.demux.prove(tuple, key),
                Routing::Renamed { from, to } => {
                    self.demux.rename(from, to);
                    self.consent.forget(from);
                }
                Routing::Ended(key) => {
                    self.demux.forget(key);
                    self.consent.forget(key);
                }
                Routing::Migrate { key, old, new, check } => {
                    for source in self.demux.sources(key, old) {
                        for &destination in &new {
                            let tuple = FiveTuple { protocol: Protocol::Udp, source, destination };
                            self.context.send(tuple, check.clone());
                        }
                    }
                }
            }
        }
    }
}

/// The [`Settings::tag`](super::Settings::tag) of the relay that a STUN message is for: a request names a
/// connection of it (RFC 8445, 7.1.2), a response answers a check of it. `None`: it is another datagram.
pub fn addressee(datagram: &[u8]) -> Option<u8> {
    let name = demux::binding_request_name(datagram);
    name.and_then(|name| name.bytes().next()).or_else(|| consent::response_tag(datagram))
}
