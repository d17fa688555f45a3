//! What becomes of a datagram: whose it is, and whether it is what it says.

use super::demux::{FiveTuple, Owner};
use super::{Key, Protocol, Received, Sfu, Verdict, consent, demux};
use std::time::Instant;
use str0m::Input;
use str0m::net::Receive;

impl Sfu {
    /// A datagram came.
    pub fn handle_datagram(&mut self, now: Instant, received: Received<'_>) -> Verdict {
        self.tell_time(now);
        if consent::is_response(received.bytes) {
            return self.hear_consent(received);
        }
        match self.demux.find(FiveTuple::of(&received), received.bytes) {
            None => Verdict::Stranger,
            Some(Owner::Claimed(key)) if received.protocol == Protocol::Udp => {
                self.ask_consent(key, received)
            }
            Some(Owner::Proven(key) | Owner::Claimed(key)) => self.take(key, received),
        }
    }

    /// A datagram is for that connection. What it is worth is for the engine to say: of a request, whether it is answered.
    pub(super) fn take(&mut self, key: Key, received: Received<'_>) -> Verdict {
        let Received { protocol, source, destination, bytes } = received;
        let now = self.now;
        let engine_protocol = match protocol {
            Protocol::Udp => str0m::net::Protocol::Udp,
            Protocol::Tcp => str0m::net::Protocol::Tcp,
        };
        self.answered = None;
        // Taken apart where a panic ends no more than this connection.
        let known = self.mutate(key, |rtc| match Receive::new(engine_protocol, source, destination, bytes) {
            Ok(datagram) => rtc.handle_input(Input::Receive(now, datagram)).map(|()| true),
            Err(_) => Ok(false),
        });
        let request = demux::binding_request_name(bytes).is_some();
        let proven = !request || self.answered == Some(FiveTuple::of(&received));
        if proven {
            let peer = self.member_mut(key.slot).and_then(|member| member.peer_mut(key.line));
            if peer.is_some_and(|peer| peer.hear(now, destination, protocol)) {
                self.show_again(key);
            }
        }
        self.digest();
        match known {
            Some(false) => Verdict::Garbage,
            _ if proven => Verdict::Taken,
            _ => Verdict::Unproven,
        }
    }
}

/// The [`Settings::tag`] of the relay that a STUN message is for: a request names a connection of it (RFC 8445, 7.1.2), a
/// response answers a check of it. `None`: it is another datagram.
pub fn addressee(datagram: &[u8]) -> Option<u8> {
    let name = demux::binding_request_name(datagram);
    name.and_then(|name| name.bytes().next()).or_else(|| consent::response_tag(datagram))
}
