//! One client's connection: what it asks for, and its allocation.

use super::allocation::Allocation;
use super::credentials::{IntegrityKey, MAX_USERNAME, REALM};
use super::framing::{channel_data, write_channel_data};
use super::message::{Builder, Message, Transaction, attribute, kind};
use super::refusal::*;
use super::relayed::NoAddress;
use super::{Datagram, Place, TurnServer};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Requests of one connection that are refused, then it is closed. A client has one refused by design, to
/// learn realm and nonce. SECURITY.md.
const MAX_REFUSED: usize = 16;
/// How long an allocation lasts (RFC 8656, 3.2)…
const LIFETIME: Duration = Duration::from_secs(10 * 60);
/// …at most, if the client asks for more. SECURITY.md.
const MAX_LIFETIME: Duration = Duration::from_secs(60 * 60);
/// REQUESTED-TRANSPORT (RFC 8656, 18.8): UDP.
const UDP: u8 = 17;
/// REQUESTED-ADDRESS-FAMILY (RFC 8656, 18.10).
const IPV4: u8 = 1;
const IPV6: u8 = 2;

/// The client does what it may not do, and is closed.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("too many requests were refused, or what came is no TURN")]
pub struct Misbehaved;

/// See the [module](self).
#[derive(Debug)]
pub struct Session {
    server: Arc<TurnServer>,
    client: SocketAddr,
    nonce: String,
    refused: usize,
    allocation: Option<Allocation>,
}

/// Attributes that a request may have and that must be understood.
const KNOWN: &[u16] = &[
    attribute::USERNAME,
    attribute::CHANNEL_NUMBER,
    attribute::LIFETIME,
    attribute::XOR_PEER_ADDRESS,
    attribute::DATA,
    attribute::REALM,
    attribute::NONCE,
    attribute::REQUESTED_ADDRESS_FAMILY,
    attribute::REQUESTED_TRANSPORT,
];

/// A request of who has credentials.
struct Request<'a> {
    now: Instant,
    message: &'a Message<'a>,
    place: Place<'a>,
    username: &'a str,
    key: IntegrityKey,
}

impl Session {
    /// `client` is where the connection comes from, `nonce` is anything that nobody guesses.
    pub fn new(server: Arc<TurnServer>, client: SocketAddr, nonce: [u8; 8]) -> Session {
        let nonce = format!("{:016x}", u64::from_be_bytes(nonce));
        Session { server, client, nonce, refused: 0, allocation: None }
    }

    /// Under which address the client is known, once it has one.
    pub fn relayed(&self) -> Option<SocketAddr> {
        self.allocation.as_ref().map(|allocation| allocation.address.address)
    }

    /// The client sent a frame. Answers go to `out`; a datagram for the box is returned.
    ///
    /// # Errors
    ///
    /// The connection is to be closed.
    pub fn handle<'a>(
        &mut self,
        now: Instant,
        frame: &'a [u8],
        place: Place<'_>,
        out: &mut Vec<u8>,
    ) -> Result<Option<Datagram<'a>>, Misbehaved> {
        if self.allocation.as_ref().is_some_and(|allocation| allocation.until <= now) {
            self.allocation = None;
        }
        if let Some((number, bytes)) = channel_data(frame) {
            return Ok(self.on_channel_data(now, number, bytes, place));
        }
        let message = Message::parse(frame).ok_or(Misbehaved)?;
        if message.kind == kind::SEND_INDICATION {
            return Ok(self.on_send(now, &message, place));
        }
        // Of another indication, or an answer, nobody has to hear.
        if message.kind & kind::CLASS == 0 {
            self.answer(now, &message, place, out)?;
        }
        Ok(None)
    }

    /// Frames a datagram of the box for the client. What it has not asked for is left out.
    pub fn write(&self, now: Instant, peer: SocketAddr, datagram: &[u8], out: &mut Vec<u8>) {
        let Some(allocation) = self.allocation.as_ref().filter(|allocation| now < allocation.until) else {
            return;
        };
        if let Some(number) = allocation.number_of(now, peer) {
            return write_channel_data(number, datagram, out);
        }
        if allocation.permits(now, peer.ip()) && datagram.len() < super::MAX_FRAME {
            // An indication has no answer, so any number will do.
            Builder::new(out, kind::DATA_INDICATION, Transaction::default())
                .address(attribute::XOR_PEER_ADDRESS, peer)
                .attribute(attribute::DATA, datagram)
                .finish();
        }
    }

    fn on_channel_data<'a>(
        &self,
        now: Instant,
        number: u16,
        bytes: &'a [u8],
        place: Place<'_>,
    ) -> Option<Datagram<'a>> {
        let allocation = self.allocation.as_ref()?;
        allocation.datagram(now, allocation.peer_of(now, number)?, bytes, place)
    }

    fn on_send<'a>(&self, now: Instant, message: &Message<'a>, place: Place<'_>) -> Option<Datagram<'a>> {
        let allocation = self.allocation.as_ref()?;
        if unknown(message).next().is_some() {
            return None;
        }
        let peer = message.addresses(attribute::XOR_PEER_ADDRESS).next()??;
        allocation.datagram(now, peer, message.attribute(attribute::DATA)?, place)
    }

    fn answer(
        &mut self,
        now: Instant,
        message: &Message<'_>,
        place: Place<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), Misbehaved> {
        let error = message.kind | kind::ERROR;
        let refused = match self.authenticate(now, message, place) {
            Err(refused) => {
                let answer = Builder::new(out, error, message.transaction);
                let answer = answer.attribute(attribute::ERROR_CODE, &refused.value());
                if refused == BAD_REQUEST {
                    answer.finish();
                } else {
                    let answer = answer.attribute(attribute::REALM, REALM.as_bytes());
                    answer.attribute(attribute::NONCE, self.nonce.as_bytes()).finish();
                }
                true
            }
            Ok(request) => {
                let done = self.serve(&request, out);
                if let Err(refused) = done {
                    let answer = Builder::new(out, error, message.transaction);
                    let mut answer = answer.attribute(attribute::ERROR_CODE, &refused.value());
                    if refused == UNKNOWN_ATTRIBUTE {
                        let kinds: Vec<u8> = unknown(message).flat_map(u16::to_be_bytes).collect();
                        answer = answer.attribute(attribute::UNKNOWN_ATTRIBUTES, &kinds);
                    }
                    answer.seal(&request.key);
                }
                done.is_err()
            }
        };
        self.refused += usize::from(refused);
        if self.refused > MAX_REFUSED { Err(Misbehaved) } else { Ok(()) }
    }

    /// RFC 8489, 9.2.4. An allocation goes on with its credentials, also when their time is over.
    fn authenticate<'a>(
        &self,
        now: Instant,
        message: &'a Message<'a>,
        place: Place<'a>,
    ) -> Result<Request<'a>, Refused> {
        if !message.has_integrity() {
            return Err(UNAUTHENTICATED);
        }
        let nonce = message.attribute(attribute::NONCE).ok_or(BAD_REQUEST)?;
        message.attribute(attribute::REALM).ok_or(BAD_REQUEST)?;
        message.attribute(attribute::USERNAME).ok_or(BAD_REQUEST)?;
        if nonce != self.nonce.as_bytes() {
            return Err(STALE_NONCE);
        }
        let username = message.text(attribute::USERNAME, MAX_USERNAME).ok_or(UNAUTHENTICATED)?;
        let known = self.allocation.as_ref().filter(|allocation| allocation.username == username);
        let key = known.map(|allocation| allocation.key.clone());
        let key = key.or_else(|| self.server.issuer.key(now, username)).ok_or(UNAUTHENTICATED)?;
        if !message.is_sealed(&key) {
            return Err(UNAUTHENTICATED);
        }
        Ok(Request { now, message, place, username, key })
    }

    fn serve(&mut self, request: &Request<'_>, out: &mut Vec<u8>) -> Result<(), Refused> {
        let Request { now, message, place, username, ref key } = *request;
        if unknown(message).next().is_some() {
            return Err(UNKNOWN_ATTRIBUTE);
        }
        if message.kind == kind::ALLOCATE {
            return self.allocate(request, out);
        }
        let allocation = self.allocation.as_mut().ok_or(ALLOCATION_MISMATCH)?;
        if allocation.username != username {
            return Err(WRONG_CREDENTIALS);
        }
        let mut lifetime = None;
        match message.kind {
            kind::REFRESH => {
                let granted = granted(message)?;
                allocation.until = now + granted;
                lifetime = Some(granted);
            }
            kind::CREATE_PERMISSION => allocation.permit(now, message, place)?,
            kind::CHANNEL_BIND => allocation.bind(now, message, place)?,
            _ => return Err(BAD_REQUEST),
        }
        if lifetime == Some(Duration::ZERO) {
            self.allocation = None;
        }
        let mut answer = Builder::new(out, message.kind | kind::SUCCESS, message.transaction);
        if let Some(lifetime) = lifetime {
            answer = answer.attribute(attribute::LIFETIME, &seconds(lifetime));
        }
        answer.seal(key);
        Ok(())
    }

    /// RFC 8656, 7.2.
    fn allocate(&mut self, request: &Request<'_>, out: &mut Vec<u8>) -> Result<(), Refused> {
        let Request { now, message, place, username, ref key } = *request;
        if self.allocation.is_some() {
            return Err(ALLOCATION_MISMATCH);
        }
        match message.attribute(attribute::REQUESTED_TRANSPORT) {
            Some(&[UDP, ..]) => {}
            Some([_, ..]) => return Err(TRANSPORT_NOT_SUPPORTED),
            _ => return Err(BAD_REQUEST),
        }
        let has = |ipv6: bool| place.addresses().any(|address| address.is_ipv6() == ipv6);
        let ipv6 = match message.attribute(attribute::REQUESTED_ADDRESS_FAMILY) {
            // Browsers say none, and can do with either: the one by which the client comes is the one of
            // the media addresses that its page is told.
            None => {
                if has(place.ipv6) {
                    place.ipv6
                } else {
                    !place.ipv6
                }
            }
            Some(&[IPV4, ..]) if has(false) => false,
            Some(&[IPV6, ..]) if has(true) => true,
            _ => return Err(FAMILY_NOT_SUPPORTED),
        };
        let lifetime = granted(message)?.max(LIFETIME);
        let address = self.server.allocations.take(self.client.ip(), ipv6).map_err(|none| match none {
            NoAddress::Quota => QUOTA_REACHED,
            NoAddress::Capacity => NO_CAPACITY,
        })?;
        Builder::new(out, message.kind | kind::SUCCESS, message.transaction)
            .address(attribute::XOR_RELAYED_ADDRESS, address.address)
            .address(attribute::XOR_MAPPED_ADDRESS, self.client)
            .attribute(attribute::LIFETIME, &seconds(lifetime))
            .seal(key);
        self.allocation = Some(Allocation::new(address, username, key, now + lifetime));
        Ok(())
    }
}

/// Attributes that would have to be understood, and are not.
fn unknown(message: &Message<'_>) -> impl Iterator<Item = u16> {
    let kinds = message.attributes().map(|(kind, _)| kind);
    kinds.filter(|kind| *kind < attribute::OPTIONAL && !KNOWN.contains(kind))
}

/// For how long, if it asks; zero ends an allocation.
fn granted(message: &Message<'_>) -> Result<Duration, Refused> {
    match message.attribute(attribute::LIFETIME) {
        None => Ok(LIFETIME),
        Some(value) => {
            let seconds = u32::from_be_bytes(value.try_into().map_err(|_| BAD_REQUEST)?);
            let asked = Duration::from_secs(seconds.into());
            Ok(if asked.is_zero() { asked } else { asked.clamp(LIFETIME, MAX_LIFETIME) })
        }
    }
}

fn seconds(lifetime: Duration) -> [u8; 4] {
    (lifetime.as_secs() as u32).to_be_bytes()
}
