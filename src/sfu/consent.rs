//! Consent to be sent to (RFC 7675): whoever asks for media at an address has to be there.
//!
//! A check that knows a connection's password proves who sends it, but not from where: anybody may write another's address
//! into a datagram as its source. So the first request on a new pair of addresses waits until that address has answered a
//! check of ours, which only who is there can do, and the engine hears of it then.
//!
//! TCP needs none of it: a connection has shown that its other end is there.

use super::demux::FiveTuple;
use super::{Key, Received, Sfu, Transmit, Verdict};
use aws_lc_rs::rand;
use std::collections::{HashMap, VecDeque};
use str0m::IceCreds;
use str0m::ice::{StunMessage, TransId};

/// Pairs of one connection that have not answered yet; the oldest gives way. As many as it may have pairs. SECURITY.md.
const ASKED_A_CONNECTION: usize = 32;
/// Bytes of a connectivity check; those of browsers have about 150. SECURITY.md.
const CHECK: usize = 548;
/// The worth of our checks (RFC 8445, 5.1.2), of no interest on a pair that the page has found itself.
const PRIORITY: u32 = (110 << 24) | 1;
/// Where STUN has its transaction id (RFC 8489, 5).
const TRANSACTION: std::ops::Range<usize> = 8..20;
/// The first byte of our ids has the tag of the relay that is to get the answer in these bits: the low ones of its letter.
const TAG_BITS: u8 = 0x1f;

type Transaction = [u8; 12];

/// What was asked and has not been answered.
#[derive(Debug, Default)]
pub(super) struct Consent {
    questions: HashMap<Transaction, Question>,
    asked: HashMap<Key, VecDeque<Transaction>>,
}

#[derive(Debug)]
struct Question {
    key: Key,
    tuple: FiveTuple,
    /// The check that was sent. Empty: the page's password is not known yet.
    check: Vec<u8>,
    /// By which its answer is sealed.
    password: String,
    /// What the engine is to hear once it is answered.
    request: Vec<u8>,
}

impl Consent {
    /// What waits for an answer from there.
    fn find(&mut self, key: Key, tuple: FiveTuple) -> Option<&mut Question> {
        let asked = self.asked.get(&key)?;
        let known = asked.iter().find(|id| self.questions.get(*id).is_some_and(|one| one.tuple == tuple))?;
        self.questions.get_mut(known)
    }

    fn add(&mut self, transaction: Transaction, question: Question) {
        let asked = self.asked.entry(question.key).or_default();
        if asked.len() == ASKED_A_CONNECTION
            && let Some(oldest) = asked.pop_front()
        {
            self.questions.remove(&oldest);
        }
        asked.push_back(transaction);
        self.questions.insert(transaction, question);
    }

    fn take(&mut self, transaction: &Transaction) -> Option<Question> {
        let question = self.questions.remove(transaction)?;
        if let Some(asked) = self.asked.get_mut(&question.key) {
            asked.retain(|one| one != transaction);
        }
        Some(question)
    }

    /// The connection has ended, or goes by another name: what is still asked of it is asked again.
    pub(super) fn forget(&mut self, key: Key) {
        for transaction in self.asked.remove(&key).into_iter().flatten() {
            self.questions.remove(&transaction);
        }
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.questions.len()
    }
}

impl Sfu {
    /// A request on a pair that has not consented: it waits, if it is sealed with the connection's password.
    pub(super) fn ask_consent(&mut self, key: Key, received: Received<'_>) -> Verdict {
        if received.bytes.len() > CHECK || !self.is_sealed(received.bytes) {
            return Verdict::Unproven;
        }
        self.ask(key, FiveTuple::of(&received), received.bytes.to_vec());
        Verdict::Unproven
    }

    /// The page's password is known: what has waited for that is asked.
    pub(super) fn ask_all(&mut self, key: Key) {
        let waiting: Vec<_> = self.consent.asked.get(&key).into_iter().flatten().copied().collect();
        for transaction in waiting {
            if self.consent.questions.get(&transaction).is_some_and(|one| one.check.is_empty())
                && let Some(Question { tuple, request, .. }) = self.consent.take(&transaction)
            {
                self.ask(key, tuple, request);
            }
        }
    }

    /// Somebody answers a check. Whether it was one of ours, from where it was sent to, sealed as it has to be.
    pub(super) fn hear_consent(&mut self, received: Received<'_>) -> Verdict {
        let tuple = FiveTuple::of(&received);
        let transaction = received.bytes.get(TRANSACTION).and_then(|id| Transaction::try_from(id).ok());
        let asked = transaction.filter(|id| {
            let question = self.consent.questions.get(id).filter(|question| question.tuple == tuple);
            question.is_some_and(|question| self.seals(&question.password, received.bytes))
        });
        let Some(question) = asked.and_then(|id| self.consent.take(&id)) else { return Verdict::Stranger };
        self.take(question.key, Received { bytes: &question.request, ..received })
    }

    /// Asks an address whether it wants what a connection has for it. What was asked before is asked in the same words, so that
    /// a late answer is as good.
    fn ask(&mut self, key: Key, tuple: FiveTuple, request: Vec<u8>) {
        let known = self.consent.find(key, tuple).map(|question| {
            question.request = request.clone();
            question.check.clone()
        });
        let check = known.unwrap_or_else(|| {
            let theirs =
                self.member_mut(key.slot).and_then(|member| member.peer_mut(key.line)?.theirs.clone());
            let ours = self.demux.name_of(key).map(str::to_owned);
            let (transaction, id) = self.transaction();
            let check =
                theirs.as_ref().zip(ours).and_then(|(theirs, ours)| self.check(theirs, &ours, id, PRIORITY));
            let check = check.unwrap_or_default();
            let password = theirs.map(|theirs| theirs.pass).unwrap_or_default();
            self.consent.add(transaction, Question { key, tuple, check: check.clone(), password, request });
            check
        });
        if !check.is_empty() {
            let FiveTuple { protocol, source, destination } = tuple;
            self.outlet.transmits.push_back(Transmit {
                protocol,
                source: destination,
                destination: source,
                bytes: check,
            });
        }
    }

    /// One that nobody guesses (RFC 8489, 6), and that leads the answer to this relay.
    fn transaction(&self) -> (Transaction, TransId) {
        const INDICATION: [u8; 8] = [0x00, 0x11, 0, 0, 0x21, 0x12, 0xa4, 0x42];
        let mut id = Transaction::default();
        rand::fill(&mut id).expect("the machine has randomness");
        let tag = self.settings.tag.bytes().next().unwrap_or_default();
        id[0] = (id[0] & !TAG_BITS) | (tag & TAG_BITS);
        // The engine has ids of its own making only, or those that it has read.
        let message = [&INDICATION[..], &id].concat();
        (id, StunMessage::parse(&message).expect("a message without anything").trans_id())
    }

    /// Whether a request knows the password of the connection that it names.
    fn is_sealed(&self, request: &[u8]) -> bool {
        let name = super::demux::binding_request_name(request);
        name.and_then(|name| self.demux.password(name)).is_some_and(|password| self.seals(password, request))
    }

    fn seals(&self, password: &str, bytes: &[u8]) -> bool {
        let hmac = |key: &[u8], parts: &[&[u8]]| self.engine.hmac(key, parts);
        StunMessage::parse(bytes).is_ok_and(|message| message.verify(password.as_bytes(), hmac))
    }
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

/// Random letters, which ICE wants of names and passwords (RFC 8839, 5.4): the engine's own are good enough for tests only.
pub(super) fn credentials(tag: &str) -> IceCreds {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let random = |count: usize| {
        let mut bytes = vec![0; count];
        rand::fill(&mut bytes).expect("the machine has randomness");
        bytes.into_iter().map(|byte| char::from(LETTERS[usize::from(byte & 0x3f)])).collect::<String>()
    };
    IceCreds { ufrag: format!("{tag}{}", random(16)), pass: random(24) }
}
