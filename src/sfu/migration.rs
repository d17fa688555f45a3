//! The box has another address: connections come along.
//!
//! The page is the one that looks for ways (the box is ICE-lite), and it knows of no new address. But it
//! answers a check that comes from one (RFC 8445, 7.3.1.4), and then has a way to it: media goes on
//! without a word over the other connection, whose name resolves to the old address for a minute.

use super::Protocol;
use super::address_validation::check;
use super::connection::ConnectionRole;
use super::context::{Context, Routing};
use super::member::Member;
use super::peer::ConnectionError;
use std::net::SocketAddr;
use str0m::IceCreds;
use str0m::ice::TransId;

/// How much the checks say that their way is worth: more than any other (RFC 8445, 5.1.2), so that the page
/// changes over at once and not after the seconds of silence by which it finds out that the other way is
/// dead.
const PRIORITY: u32 = (126 << 24) | (0xffff << 8) | 0xff;

impl Member {
    /// The machine has other addresses; `before` are those that it had. A connection that is reached on one
    /// that stays goes on.
    pub(super) fn on_addresses(&mut self, role: ConnectionRole, before: &[SocketAddr], cx: &mut Context) {
        let candidates = self.candidates(&cx.settings);
        self.mutate(role, cx, |rtc| {
            for candidate in candidates {
                rtc.add_local_candidate(candidate);
            }
            Ok(())
        });
        let now = &cx.settings.addresses;
        let gone = |at: &SocketAddr| !now.contains(at) && before.contains(at);
        if let Some(peer) = self.peer_mut(role) {
            // Changes come in a row: IPv6 a second after IPv4. What went before stays gone.
            peer.gone.extend(peer.at.map(|(at, _)| at).filter(gone));
            peer.gone.retain(|gone| !now.contains(gone));
        }
        self.migrate(role, cx);
    }

    /// Asks a page that uses an address which the box has lost to come to one that it has. Where that is not
    /// possible, the connection ends at once, so that the page makes it where the machine is. Nothing to do
    /// for all others.
    pub(super) fn migrate(&mut self, role: ConnectionRole, cx: &mut Context) {
        let key = self.key(role);
        let Some(peer) = self.peer(role) else { return };
        let Some((old, protocol)) = peer.at.filter(|(at, _)| peer.gone.contains(at)) else { return };
        let alike = |new: &&SocketAddr| new.is_ipv4() == old.is_ipv4() && !new.ip().is_loopback();
        let new: Vec<_> = cx.settings.addresses.iter().filter(alike).copied().collect();
        let (Some(theirs), Protocol::Udp, false) = (&peer.theirs, protocol, new.is_empty()) else {
            self.fail(role, cx, &ConnectionError::Moved(old.ip()));
            return;
        };
        // Its answer is of no interest: that is for the page to see.
        if let Some(check) = check(&cx.rtc_config, theirs, &peer.ours, TransId::new(), PRIORITY) {
            cx.routing.push(Routing::Migrate { key, old, new, check });
        }
    }
}

/// The name and the password by which a page's own checks are sealed, from its SDP (RFC 8839, 5.4). They are
/// the same for all m-lines, because those are bundled.
pub(super) fn credentials(sdp: &str) -> Option<IceCreds> {
    let value = |name: &str| {
        sdp.lines().find_map(|line| line.strip_prefix(name)).map(|value| value.trim().to_owned())
    };
    Some(IceCreds { ufrag: value("a=ice-ufrag:")?, pass: value("a=ice-pwd:")? })
}
