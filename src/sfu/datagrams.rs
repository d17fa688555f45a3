//! What becomes of a datagram: whose it is, and whether it is what it says.

use super::address_validation::{self, PendingValidation, check, is_response, response_tag, transaction};
use super::connection::ConnectionKey;
use super::context::Routing;
use super::demux::{self, FiveTuple, Owner};
use super::{DatagramOutcome, Protocol, Received, Sfu};
use crate::turn::is_relayed;
use std::time::Instant;

/// The worth of the box's checks (RFC 8445, 5.1.2), of no interest on a pair that the page has found itself.
const PRIORITY: u32 = (110 << 24) | 1;

impl Sfu {
    /// A datagram came.
    pub fn handle_datagram(&mut self, now: Instant, received: Received<'_>) -> DatagramOutcome {
        self.context.advance(now);
        // No host has such an address, so no datagram of the network is from there.
        if received.protocol != Protocol::Turn && is_relayed(received.source) {
            return DatagramOutcome::Stranger;
        }
        if is_response(received.bytes) {
            return self.on_validation_response(received);
        }
        let tuple = FiveTuple::of(&received);
        match self.demux.find(tuple, received.bytes) {
            None => DatagramOutcome::Stranger,
            Some(Owner::Claimed(key)) if received.protocol == Protocol::Udp => {
                // A request on a pair that is not validated waits, if it is sealed with the connection's
                // password.
                if received.bytes.len() <= address_validation::CHECK && self.is_sealed(received.bytes) {
                    self.validate_address(key, tuple, received.bytes.to_vec());
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
    fn on_validation_response(&mut self, received: Received<'_>) -> DatagramOutcome {
        let rtc_config = &self.context.rtc_config;
        match self.address_validator.answered(&FiveTuple::of(&received), received.bytes, rtc_config) {
            Some((key, request)) => self.receive(key, Received { bytes: &request, ..received }),
            None => DatagramOutcome::Stranger,
        }
    }

    /// Has an address answer a check before the connection uses it. What was asked before is asked in the same
    /// words, so that a late answer is as good.
    fn validate_address(&mut self, key: ConnectionKey, tuple: FiveTuple, request: Vec<u8>) {
        let bytes = if let Some(validation) = self.address_validator.find(key, tuple) {
            validation.request = request;
            validation.check.clone()
        } else {
            let peer = self.rooms.get(&key.room).and_then(|room| room.peer(key));
            let (id, trans_id) = transaction(&self.context.settings.tag);
            let theirs = peer.and_then(|peer| peer.theirs.as_ref());
            let bytes = peer.zip(theirs).and_then(|(peer, theirs)| {
                check(&self.context.rtc_config, theirs, &peer.ours, trans_id, PRIORITY)
            });
            let bytes = bytes.unwrap_or_default();
            let password = theirs.map(|theirs| theirs.pass.clone()).unwrap_or_default();
            self.address_validator
                .add(id, PendingValidation { key, tuple, check: bytes.clone(), password, request });
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
        password.is_some_and(|password| {
            address_validation::is_sealed(&self.context.rtc_config, password, request)
        })
    }

    /// Tells the demultiplexer what a room wants it to know.
    pub(super) fn route(&mut self) {
        for change in std::mem::take(&mut self.context.routing) {
            match change {
                Routing::Local(key, ours) => self.demux.learn(ours, key),
                Routing::Remote(key) => {
                    for (tuple, request) in self.address_validator.take_waiting(key) {
                        self.validate_address(key, tuple, request);
                    }
                }
                Routing::Proven(key, tuple) => self.demux.prove(tuple, key),
                Routing::Renamed { from, to } => {
                    self.demux.rename(from, to);
                    self.address_validator.forget(from);
                }
                Routing::Ended(key) => {
                    self.demux.forget(key);
                    self.address_validator.forget(key);
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
    name.and_then(|name| name.bytes().next()).or_else(|| response_tag(datagram))
}
