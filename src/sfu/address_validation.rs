//! Validation of a UDP address before its first use: media goes only where somebody has answered a check.
//!
//! A check that knows a connection's password proves who sends it, but not from where: anybody may write
//! another's address into a datagram as its source. So the first request on a new pair of addresses waits
//! until that address has answered a check of the box's, which only who is there can do, and the engine hears
//! of it then. TCP and TURN need none of it: a connection has shown that its other end is
//! there.
//!
//! It is no consent freshness (RFC 7675): nothing expires here, and a validated pair is not asked a second
//! time. Who is silent is removed elsewhere: the page's session ends after `IDLE_TIMEOUT`
//! (`web/session.rs`), the lobby keeps the place for `Rules::reconnect_grace` (`lobby/arrival.rs`), and its removal
//! ends the member's connections. A TCP connection ends without checks (`CONSENT`, `media/stream.rs`). That
//! the engine gives up a pair after 15 s without a request ends nothing: `Peer::redirect`, `peer.rs`.

use super::connection::ConnectionKey;
use super::demux::FiveTuple;
use super::rtc_config::SharedRtcConfig;
use aws_lc_rs::rand;
use std::collections::{HashMap, VecDeque};
use str0m::IceCreds;
use str0m::ice::{StunMessage, TransId};

/// Pairs of one connection that have not answered yet; the oldest gives way. As many as it may have pairs.
/// SECURITY.md.
const PENDING_VALIDATIONS: usize = 32;
/// Bytes of a connectivity check; those of browsers have about 150. SECURITY.md.
pub(super) const CHECK: usize = 548;
/// Where STUN has its transaction id (RFC 8489, 5).
const TRANSACTION: std::ops::Range<usize> = 8..20;
/// The first byte of our ids has the tag of the relay that is to get the answer in these bits: the low ones
/// of its tag.
const TAG_BITS: u8 = 0x1f;

pub(super) type Transaction = [u8; 12];

/// What was asked and has not been answered.
#[derive(Debug, Default)]
pub(super) struct AddressValidator {
    pending: HashMap<Transaction, PendingValidation>,
    of_connection: HashMap<ConnectionKey, VecDeque<Transaction>>,
}

#[derive(Debug)]
pub(super) struct PendingValidation {
    pub(super) key: ConnectionKey,
    pub(super) tuple: FiveTuple,
    /// The check that was sent. Empty: the page's password is not known yet.
    pub(super) check: Vec<u8>,
    /// By which its answer is sealed.
    pub(super) password: String,
    /// What the engine is to hear once it is answered.
    pub(super) request: Vec<u8>,
}

impl AddressValidator {
    /// What waits for an answer from there.
    pub(super) fn find(&mut self, key: ConnectionKey, tuple: FiveTuple) -> Option<&mut PendingValidation> {
        let asked = self.of_connection.get(&key)?;
        let known = asked.iter().find(|id| self.pending.get(*id).is_some_and(|one| one.tuple == tuple))?;
        self.pending.get_mut(known)
    }

    pub(super) fn add(&mut self, transaction: Transaction, validation: PendingValidation) {
        let asked = self.of_connection.entry(validation.key).or_default();
        if asked.len() == PENDING_VALIDATIONS
            && let Some(oldest) = asked.pop_front()
        {
            self.pending.remove(&oldest);
        }
        asked.push_back(transaction);
        self.pending.insert(transaction, validation);
    }

    fn take(&mut self, transaction: &Transaction) -> Option<PendingValidation> {
        let validation = self.pending.remove(transaction)?;
        if let Some(asked) = self.of_connection.get_mut(&validation.key) {
            asked.retain(|one| one != transaction);
        }
        Some(validation)
    }

    /// The page's password is known: where from, and what, has waited for that.
    pub(super) fn take_waiting(&mut self, key: ConnectionKey) -> Vec<(FiveTuple, Vec<u8>)> {
        let waits = |id: &Transaction| self.pending.get(id).is_some_and(|one| one.check.is_empty());
        let waiting: Vec<_> =
            self.of_connection.get(&key).into_iter().flatten().copied().filter(waits).collect();
        let taken = waiting.iter().filter_map(|id| self.take(id));
        taken.map(|validation| (validation.tuple, validation.request)).collect()
    }

    /// Somebody answers a check from there. What has waited for it, if it was a check of the box and the
    /// answer is sealed.
    pub(super) fn answered(
        &mut self,
        tuple: &FiveTuple,
        response: &[u8],
        rtc_config: &SharedRtcConfig,
    ) -> Option<(ConnectionKey, Vec<u8>)> {
        let id = Transaction::try_from(response.get(TRANSACTION)?).ok()?;
        let validation = self.pending.get(&id).filter(|validation| validation.tuple == *tuple)?;
        if !is_sealed(rtc_config, &validation.password, response) {
            return None;
        }
        self.take(&id).map(|validation| (validation.key, validation.request))
    }

    /// The connection has ended, or goes by another name: what is still asked of it is asked anew.
    pub(super) fn forget(&mut self, key: ConnectionKey) {
        for transaction in self.of_connection.remove(&key).into_iter().flatten() {
            self.pending.remove(&transaction);
        }
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.pending.len()
    }
}

/// A connectivity check of the box (RFC 8445, 7.2.2) towards the page that has the credentials `theirs`, from
/// the connection that is called `ours`.
pub(super) fn check(
    rtc_config: &SharedRtcConfig,
    theirs: &IceCreds,
    ours: &str,
    id: TransId,
    priority: u32,
) -> Option<Vec<u8>> {
    let username = format!("{}:{ours}", theirs.ufrag);
    let check = StunMessage::binding_request(&username, id, false, 0, priority, false);
    let mut bytes = vec![0; CHECK];
    let length = check
        .to_bytes(Some(theirs.pass.as_bytes()), &mut bytes, |key, parts| rtc_config.hmac(key, parts))
        .ok()?;
    bytes.truncate(length);
    Some(bytes)
}

/// An id that nobody guesses (RFC 8489, 6), and that leads the answer to the relay with that tag.
pub(super) fn transaction(tag: &str) -> (Transaction, TransId) {
    const INDICATION: [u8; 8] = [0x00, 0x11, 0, 0, 0x21, 0x12, 0xa4, 0x42];
    let mut id = Transaction::default();
    rand::fill(&mut id).expect("the machine has randomness");
    id[0] = (id[0] & !TAG_BITS) | (tag.bytes().next().unwrap_or_default() & TAG_BITS);
    // The engine has ids of its own making only, or those that it has read.
    let message = [&INDICATION[..], &id].concat();
    (id, StunMessage::parse(&message).expect("a message without anything").trans_id())
}

/// Whether a message is sealed with that password (RFC 8489, 14.5).
pub(super) fn is_sealed(rtc_config: &SharedRtcConfig, password: &str, bytes: &[u8]) -> bool {
    let hmac = |key: &[u8], parts: &[&[u8]]| rtc_config.hmac(key, parts);
    StunMessage::parse(bytes).is_ok_and(|message| message.verify(password.as_bytes(), hmac))
}

/// The tag of the relay whose check that is the answer to.
pub(super) fn response_tag(datagram: &[u8]) -> Option<u8> {
    is_response(datagram).then(|| 0x60 | (datagram[TRANSACTION.start] & TAG_BITS))
}

/// Whether it is the good answer to a check (RFC 8489, 5).
pub(super) fn is_response(datagram: &[u8]) -> bool {
    datagram.len() >= TRANSACTION.end
        && datagram[..2] == [0x01, 0x01]
        && datagram[4..8] == [0x21, 0x12, 0xa4, 0x42]
}
