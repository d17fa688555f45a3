//! What a client has: an address, and with whom it exchanges datagrams.

use super::credentials::IntegrityKey;
use super::message::{Message, attribute};
use super::refusal::{BAD_REQUEST, FAMILY_MISMATCH, FORBIDDEN, NO_CAPACITY, Refused};
use super::relayed::RelayedAddress;
use super::{Datagram, Place};
use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

/// Addresses that a client may have media with; the box has few. SECURITY.md.
const MAX_PERMISSIONS: usize = 32;
/// Channels to them. SECURITY.md.
const MAX_CHANNELS: usize = 32;
/// How long a permission (RFC 8656, 9) and a channel (RFC 8656, 12) last.
const PERMISSION_LIFETIME: Duration = Duration::from_secs(5 * 60);
const CHANNEL_LIFETIME: Duration = Duration::from_secs(10 * 60);
/// Numbers of channels (RFC 8656, 12).
const CHANNELS: std::ops::RangeInclusive<u16> = 0x4000..=0x4fff;

#[derive(Debug)]
pub(super) struct Allocation {
    pub(super) address: RelayedAddress,
    pub(super) username: String,
    pub(super) key: IntegrityKey,
    pub(super) until: Instant,
    permissions: HashMap<IpAddr, Instant>,
    channels: HashMap<u16, Channel>,
    /// The number of the channel to an address.
    numbers: HashMap<SocketAddr, u16>,
}

#[derive(Debug)]
struct Channel {
    peer: SocketAddr,
    until: Instant,
}

impl Allocation {
    pub(super) fn new(
        address: RelayedAddress,
        username: &str,
        key: &IntegrityKey,
        until: Instant,
    ) -> Allocation {
        Allocation {
            address,
            username: username.to_owned(),
            key: key.clone(),
            until,
            permissions: HashMap::new(),
            channels: HashMap::new(),
            numbers: HashMap::new(),
        }
    }

    /// The channel to that address, if there is one.
    pub(super) fn number_of(&self, now: Instant, peer: SocketAddr) -> Option<u16> {
        let number = *self.numbers.get(&peer)?;
        self.channels.get(&number).filter(|channel| now < channel.until).map(|_| number)
    }

    /// Where that channel leads.
    pub(super) fn peer_of(&self, now: Instant, number: u16) -> Option<SocketAddr> {
        self.channels.get(&number).filter(|channel| now < channel.until).map(|channel| channel.peer)
    }

    pub(super) fn permits(&self, now: Instant, peer: IpAddr) -> bool {
        self.permissions.get(&peer).is_some_and(|until| now < *until)
    }

    /// What the client sends there, if it may.
    pub(super) fn datagram<'a>(
        &self,
        now: Instant,
        peer: SocketAddr,
        bytes: &'a [u8],
        place: Place<'_>,
    ) -> Option<Datagram<'a>> {
        let is_allowed = place.addresses().any(|address| *address == peer) && self.permits(now, peer.ip());
        is_allowed.then_some(Datagram { source: self.address.address, destination: peer, bytes })
    }

    /// RFC 8656, 10.2: all addresses of the request, or none.
    pub(super) fn permit(
        &mut self,
        now: Instant,
        message: &Message<'_>,
        place: Place<'_>,
    ) -> Result<(), Refused> {
        let peers: Vec<_> = message.addresses(attribute::XOR_PEER_ADDRESS).collect();
        if peers.is_empty() {
            return Err(BAD_REQUEST);
        }
        for peer in &peers {
            let ip = peer.ok_or(BAD_REQUEST)?.ip();
            self.check_family(ip)?;
            if !place.addresses().any(|address| address.ip() == ip) {
                return Err(FORBIDDEN);
            }
        }
        peers.into_iter().flatten().try_for_each(|peer| self.keep_permission(now, peer.ip()))
    }

    fn keep_permission(&mut self, now: Instant, peer: IpAddr) -> Result<(), Refused> {
        if self.permissions.len() >= MAX_PERMISSIONS && !self.permissions.contains_key(&peer) {
            self.permissions.retain(|_, until| now < *until);
            if self.permissions.len() >= MAX_PERMISSIONS {
                return Err(NO_CAPACITY);
            }
        }
        self.permissions.insert(peer, now + PERMISSION_LIFETIME);
        Ok(())
    }

    /// RFC 8656, 12.2. A channel that is over may be bound anew, to anything.
    pub(super) fn bind(
        &mut self,
        now: Instant,
        message: &Message<'_>,
        place: Place<'_>,
    ) -> Result<(), Refused> {
        let number = match message.attribute(attribute::CHANNEL_NUMBER) {
            Some(&[high, low, ..]) => u16::from_be_bytes([high, low]),
            _ => return Err(BAD_REQUEST),
        };
        let peer = message.addresses(attribute::XOR_PEER_ADDRESS).next().flatten().ok_or(BAD_REQUEST)?;
        if !CHANNELS.contains(&number) {
            return Err(BAD_REQUEST);
        }
        self.check_family(peer.ip())?;
        if !place.addresses().any(|address| *address == peer) {
            return Err(FORBIDDEN);
        }
        self.channels.retain(|_, channel| now < channel.until);
        let Allocation { channels, numbers, .. } = self;
        numbers.retain(|_, number| channels.contains_key(number));
        let is_other = self.channels.get(&number).is_some_and(|channel| channel.peer != peer)
            || self.numbers.get(&peer).is_some_and(|known| *known != number);
        if is_other {
            return Err(BAD_REQUEST);
        }
        if self.channels.len() >= MAX_CHANNELS && !self.channels.contains_key(&number) {
            return Err(NO_CAPACITY);
        }
        self.keep_permission(now, peer.ip())?;
        self.channels.insert(number, Channel { peer, until: now + CHANNEL_LIFETIME });
        self.numbers.insert(peer, number);
        Ok(())
    }

    fn check_family(&self, peer: IpAddr) -> Result<(), Refused> {
        if peer.is_ipv6() == self.address.address.is_ipv6() { Ok(()) } else { Err(FAMILY_MISMATCH) }
    }
}
