//! The box has another address: connections come along.
//!
//! The page is the one that looks for ways (we are ICE-lite), and it knows of no new address. But it
//! answers a check that comes from one (RFC 8445, 7.3.1.4), and then has a way to it: media goes on
//! without a word over the other connection, whose name resolves to the old address for a minute.

use super::peer::Death;
use super::{Key, Protocol, Sfu, Transmit};
use std::net::SocketAddr;
use std::time::Instant;
use str0m::IceCreds;
use str0m::ice::{StunMessage, TransId};

/// How much our checks say that their way is worth: more than any other (RFC 8445, 5.1.2), so that the page changes over
/// at once and not after the seconds of silence by which it finds out that the other way is dead.
const PRIORITY: u32 = (126 << 24) | (0xffff << 8) | 0xff;

/// A check is far smaller.
const CHECK: usize = 512;

impl Sfu {
    /// The machine has other addresses now. Connections that are reached on those that stay go on; the pages of the
    /// others are called from the new ones. Where that is not possible they end at once, so that their pages make
    /// them again where the machine is now.
    pub fn set_addresses(&mut self, now: Instant, addresses: Vec<SocketAddr>) {
        self.tell_time(now);
        let before = std::mem::replace(&mut self.settings.addresses, addresses);
        let now = self.settings.addresses.clone();
        let gone = |at: &SocketAddr| !now.contains(at) && before.contains(at);
        for key in self.keys() {
            let candidates = self.candidates(self.via(key.slot));
            self.mutate(key, |rtc| {
                for candidate in candidates {
                    rtc.add_local_candidate(candidate);
                }
                Ok(())
            });
            if let Some(peer) = self.member_mut(key.slot).and_then(|member| member.peer_mut(key.line)) {
                // Changes come in a row: IPv6 a second after IPv4. What went before stays gone.
                peer.gone.extend(peer.at.map(|(at, _)| at).filter(gone));
                peer.gone.retain(|gone| !now.contains(gone));
            }
            self.call_over(key);
        }
        self.digest();
    }

    /// Asks a page that is where the box is not any more to come where it is. Nothing to do for all others.
    pub(super) fn call_over(&mut self, key: Key) {
        let Some(peer) = self.member_mut(key.slot).and_then(|member| member.peer_mut(key.line)) else {
            return;
        };
        let Some((at, protocol)) = peer.at.filter(|(at, _)| peer.gone.contains(at)) else { return };
        let theirs = peer.theirs.clone();
        let alike = |new: &&SocketAddr| new.is_ipv4() == at.is_ipv4() && !new.ip().is_loopback();
        let new: Vec<_> = self.settings.addresses.iter().filter(alike).copied().collect();
        let (Some(theirs), Protocol::Udp, false) = (theirs, protocol, new.is_empty()) else {
            self.end(key, &Death::Moved(at.ip()));
            return;
        };
        // Its answer is of no interest: that is for the page to see.
        let check =
            self.demux.name_of(key).and_then(|name| self.check(&theirs, name, TransId::new(), PRIORITY));
        let Some(check) = check else { return };
        for destination in self.demux.sources(key, at) {
            for &source in &new {
                let bytes = check.clone();
                self.outlet.transmits.push_back(Transmit { protocol, source, destination, bytes });
            }
        }
    }

    /// A connectivity check of ours (RFC 8445, 7.2.2).
    pub(super) fn check(&self, theirs: &IceCreds, ours: &str, id: TransId, priority: u32) -> Option<Vec<u8>> {
        let username = format!("{}:{ours}", theirs.ufrag);
        let check = StunMessage::binding_request(&username, id, false, 0, priority, false);
        let hmac = |key: &[u8], parts: &[&[u8]]| self.engine.hmac(key, parts);
        let mut bytes = vec![0; CHECK];
        let length = check.to_bytes(Some(theirs.pass.as_bytes()), &mut bytes, hmac).ok()?;
        bytes.truncate(length);
        Some(bytes)
    }
}

/// The name and the password by which a page's own checks are sealed, from its SDP (RFC 8839, 5.4). They are the
/// same for all m-lines, because those are bundled.
pub(super) fn credentials(sdp: &str) -> Option<IceCreds> {
    let value = |name: &str| {
        sdp.lines().find_map(|line| line.strip_prefix(name)).map(|value| value.trim().to_owned())
    };
    Some(IceCreds { ufrag: value("a=ice-ufrag:")?, pass: value("a=ice-pwd:")? })
}
