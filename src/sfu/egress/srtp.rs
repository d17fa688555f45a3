//! SRTP and SRTCP of what is sent on one connection (RFC 3711; AES-GCM: RFC 7714): session keys derived once, and
//! packets sealed in place.

use aws_lc_rs::aead::{AES_128_GCM, AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::cipher::{AES_128, AES_256, EncryptingKey, EncryptionContext, UnboundCipherKey};
use aws_lc_rs::hmac;
use aws_lc_rs::iv::FixedLength;
use str0m::config::KeyingMaterial;
use str0m::crypto::dtls::SrtpProfile;

/// Bytes of an authentication tag of AES-GCM.
const GCM_TAG: usize = 16;
/// SRTP indices are below this (RFC 3711, 3.3.1): sequence number and rollover counter.
pub(super) const INDICES: u64 = 1 << 48;
/// SRTCP indices are below this (RFC 3711, 3.4).
const RTCP_INDICES: u32 = 1 << 31;
/// The bit beside an SRTCP index that says: encrypted.
const ENCRYPTED: u32 = 1 << 31;
/// Bytes of an RTCP packet that stay legible (RFC 3711, 3.4).
const RTCP_HEADER: usize = 8;
/// Bytes of an authentication tag of HMAC-SHA1-80.
const HMAC_TAG: usize = 10;
const COUNTER_MODE_SALT: usize = 14;
const GCM_SALT: usize = 12;

/// Which session key is derived (RFC 3711, 4.3.1): those of SRTP; those of SRTCP are three further on.
const LABEL_KEY: u8 = 0;
const LABEL_HMAC: u8 = 1;
const LABEL_SALT: u8 = 2;
const LABELS: u8 = 3;

/// What a DTLS handshake has agreed on (RFC 5764, 4.2).
#[derive(Debug)]
pub(in crate::sfu) struct Keying {
    pub(in crate::sfu) material: KeyingMaterial,
    pub(in crate::sfu) profile: SrtpProfile,
    /// Whether this end was the client of the handshake.
    pub(in crate::sfu) client: bool,
}

/// Seals what is sent.
pub(super) struct Sealer {
    rtp: Cipher,
    rtcp: Cipher,
    rtcp_index: u32,
}

enum Cipher {
    Gcm { key: LessSafeKey, salt: [u8; GCM_SALT] },
    CounterMode(Box<CounterMode>),
}

/// AES_CM_128_HMAC_SHA1_80, for a peer that agrees on nothing else.
struct CounterMode {
    key: EncryptingKey,
    salt: [u8; COUNTER_MODE_SALT],
    hmac: hmac::Key,
}

/// A master key and its salt (RFC 3711, 3.2.1).
struct Master<'a> {
    key: &'a [u8],
    salt: &'a [u8],
}

impl Sealer {
    /// `None`: a profile that is not known, or material of another length than the profile has.
    pub(super) fn new(keying: &Keying) -> Option<Sealer> {
        let (key, salt) = match keying.profile {
            SrtpProfile::AEAD_AES_128_GCM => (16, GCM_SALT),
            SrtpProfile::AEAD_AES_256_GCM => (32, GCM_SALT),
            SrtpProfile::AES128_CM_SHA1_80 => (16, COUNTER_MODE_SALT),
            _ => return None,
        };
        let material = &keying.material[..];
        if material.len() != 2 * (key + salt) {
            return None;
        }
        // The client's key, the server's, the client's salt, the server's.
        let (keys, salts) = material.split_at(2 * key);
        let ours = usize::from(!keying.client);
        let master = Master { key: &keys[ours * key..][..key], salt: &salts[ours * salt..][..salt] };
        let gcm = salt == GCM_SALT;
        Some(Sealer { rtp: master.cipher(0, gcm), rtcp: master.cipher(LABELS, gcm), rtcp_index: 0 })
    }

    /// Bytes that sealing adds to an RTP packet.
    pub(super) fn tag(&self) -> usize {
        match self.rtp {
            Cipher::Gcm { .. } => GCM_TAG,
            Cipher::CounterMode(_) => HMAC_TAG,
        }
    }

    /// Encrypts the RTP packet that begins there and is the last, behind its header of so many bytes, and adds the
    /// authentication tag. The index must not have been used with the packet's SSRC; its lower 16 bits are the packet's
    /// sequence number.
    pub(super) fn seal_rtp(&self, bytes: &mut Vec<u8>, begin: usize, header: usize, index: u64) {
        let packet = &mut bytes[begin..];
        debug_assert_eq!(packet[2..4], (index as u16).to_be_bytes(), "the number in the packet");
        debug_assert!(index < INDICES);
        let ssrc = ssrc_at(packet, 8);
        match &self.rtp {
            Cipher::Gcm { key, salt } => {
                let nonce = gcm_nonce(salt, ssrc, index);
                let (associated, body) = packet.split_at_mut(header);
                let tag = key.seal_in_place_separate_tag(nonce, Aad::from(&*associated), body);
                bytes.extend_from_slice(tag.expect("a datagram is short").as_ref());
            }
            Cipher::CounterMode(mode) => {
                let CounterMode { key, salt, hmac } = &**mode;
                encrypt(key, counter(salt, ssrc, index), &mut packet[header..]);
                let mut context = hmac::Context::with_key(hmac);
                context.update(packet);
                context.update(&((index >> 16) as u32).to_be_bytes());
                bytes.extend_from_slice(&context.sign().as_ref()[..HMAC_TAG]);
            }
        }
    }

    /// Encrypts a compound RTCP packet behind its first eight bytes, and adds tag and index. False: this key
    /// has sealed as many as it may, and the packet is not to be sent.
    pub(super) fn seal_rtcp(&mut self, packet: &mut Vec<u8>) -> bool {
        let index = self.rtcp_index;
        if index >= RTCP_INDICES {
            return false;
        }
        self.rtcp_index += 1;
        let ssrc = ssrc_at(packet, 4);
        let trailer = (ENCRYPTED | index).to_be_bytes();
        match &self.rtcp {
            Cipher::Gcm { key, salt } => {
                let nonce = gcm_nonce(salt, ssrc, index.into());
                let (header, body) = packet.split_at_mut(RTCP_HEADER);
                let mut associated = [0; RTCP_HEADER + 4];
                associated[..RTCP_HEADER].copy_from_slice(header);
                associated[RTCP_HEADER..].copy_from_slice(&trailer);
                let tag = key.seal_in_place_separate_tag(nonce, Aad::from(associated), body);
                packet.extend_from_slice(tag.expect("a datagram is short").as_ref());
                packet.extend_from_slice(&trailer);
            }
            Cipher::CounterMode(mode) => {
                let CounterMode { key, salt, hmac } = &**mode;
                encrypt(key, counter(salt, ssrc, index.into()), &mut packet[RTCP_HEADER..]);
                packet.extend_from_slice(&trailer);
                let tag = hmac::sign(hmac, packet);
                packet.extend_from_slice(&tag.as_ref()[..HMAC_TAG]);
            }
        }
        true
    }
}

impl Master<'_> {
    /// The cipher of the session keys whose labels begin at `first`.
    fn cipher(&self, first: u8, gcm: bool) -> Cipher {
        let mut session = [0; 32];
        let session = &mut session[..self.key.len()];
        self.derive(first + LABEL_KEY, session);
        if gcm {
            let algorithm = if session.len() == 16 { &AES_128_GCM } else { &AES_256_GCM };
            let key = UnboundKey::new(algorithm, session).expect("a key of its length");
            let mut salt = [0; GCM_SALT];
            self.derive(first + LABEL_SALT, &mut salt);
            return Cipher::Gcm { key: LessSafeKey::new(key), salt };
        }
        let mut authentication = [0; 20];
        self.derive(first + LABEL_HMAC, &mut authentication);
        let mut salt = [0; COUNTER_MODE_SALT];
        self.derive(first + LABEL_SALT, &mut salt);
        let hmac = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &authentication);
        Cipher::CounterMode(Box::new(CounterMode { key: counter_mode(session), salt, hmac }))
    }

    /// RFC 3711, 4.3.3, with a derivation rate of zero: the key stream of AES in counter mode that begins at
    /// the salt, with the label in it. 256 bits: RFC 6188.
    fn derive(&self, label: u8, output: &mut [u8]) {
        let mut block = [0; 16];
        block[..self.salt.len()].copy_from_slice(self.salt);
        block[7] ^= label;
        output.fill(0);
        encrypt(&counter_mode(self.key), block, output);
    }
}

fn counter_mode(key: &[u8]) -> EncryptingKey {
    let algorithm = if key.len() == 16 { &AES_128 } else { &AES_256 };
    let key = UnboundCipherKey::new(algorithm, key).expect("a key of its length");
    EncryptingKey::ctr(key).expect("AES counts")
}

fn encrypt(key: &EncryptingKey, counter: [u8; 16], bytes: &mut [u8]) {
    let context = EncryptionContext::Iv128(FixedLength::from(counter));
    key.less_safe_encrypt(bytes, context).expect("counter mode takes any length");
}

/// RFC 7714, 8.1; with an SRTCP index, which has 31 bits, 9.1.
fn gcm_nonce(salt: &[u8; GCM_SALT], ssrc: [u8; 4], index: u64) -> Nonce {
    let mut nonce = [0; GCM_SALT];
    nonce[2..6].copy_from_slice(&ssrc);
    nonce[6..].copy_from_slice(&index.to_be_bytes()[2..]);
    nonce.iter_mut().zip(salt).for_each(|(byte, salt)| *byte ^= salt);
    Nonce::assume_unique_for_key(nonce)
}

/// RFC 3711, 4.1.1.
fn counter(salt: &[u8; COUNTER_MODE_SALT], ssrc: [u8; 4], index: u64) -> [u8; 16] {
    let mut counter = [0; 16];
    counter[4..8].copy_from_slice(&ssrc);
    counter[8..14].copy_from_slice(&index.to_be_bytes()[2..]);
    counter.iter_mut().zip(salt).for_each(|(byte, salt)| *byte ^= salt);
    counter
}

fn ssrc_at(packet: &[u8], at: usize) -> [u8; 4] {
    packet[at..at + 4].try_into().expect("four bytes")
}

#[cfg(test)]
mod tests;
