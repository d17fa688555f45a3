//! Who may use TURN: credentials that a page gets for its session, good for half an hour, and by which its
//! messages are sealed (RFC 8489, 9.2, long-term credentials).
//!
//! Nothing is kept of them: a password is reckoned from its username under a key that only this run of the
//! box has.

use crate::ids::PersonId;
use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use md5::{Digest, Md5};
use std::time::{Duration, Instant};

/// How long credentials are good for a new allocation. One that is there goes on with them. SECURITY.md.
pub const LIFETIME: Duration = Duration::from_secs(30 * 60);
/// Bytes of a username: two decimal numbers and a colon. SECURITY.md.
pub(super) const MAX_USERNAME: usize = 32;
/// The protection domain of the box's passwords (RFC 8489, 14.9).
pub const REALM: &str = "wizyjno";
/// Bytes of a password, before it is text.
const PASSWORD: usize = 16;

/// What a page needs to use TURN.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// When it is over, in seconds since the box began, and whose it is.
    pub username: String,
    pub password: String,
}

/// Makes credentials, and knows its own.
#[derive(Debug)]
pub(super) struct Issuer {
    key: hmac::Key,
    /// Usernames count from here, so that the box needs to know no date.
    epoch: Instant,
}

/// Seals messages (RFC 8489, 14.5).
#[derive(Clone, Debug)]
pub struct IntegrityKey(hmac::Key);

impl Issuer {
    pub(super) fn new(secret: &[u8; 32], epoch: Instant) -> Issuer {
        Issuer { key: hmac::Key::new(hmac::HMAC_SHA256, secret), epoch }
    }

    pub(super) fn issue(&self, now: Instant, person: PersonId) -> Credentials {
        let until = (now + LIFETIME).saturating_duration_since(self.epoch).as_secs();
        let username = format!("{until}:{person}");
        Credentials { password: self.password(&username), username }
    }

    /// The key of a username that is one and is not over.
    pub(super) fn key(&self, now: Instant, username: &str) -> Option<IntegrityKey> {
        let (until, person) = username.split_once(':')?;
        let until = self.epoch.checked_add(Duration::from_secs(until.parse().ok()?))?;
        let _: u32 = person.parse().ok()?;
        (now < until).then(|| IntegrityKey::long_term(username, REALM, &self.password(username)))
    }

    fn password(&self, username: &str) -> String {
        let tag = hmac::sign(&self.key, username.as_bytes());
        URL_SAFE_NO_PAD.encode(&tag.as_ref()[..PASSWORD])
    }
}

impl IntegrityKey {
    /// Of long-term credentials; all three as they are after OpaqueString (RFC 8265), which leaves ASCII
    /// alone.
    pub fn long_term(username: &str, realm: &str, password: &str) -> IntegrityKey {
        IntegrityKey::new(&Md5::digest(format!("{username}:{realm}:{password}")))
    }

    pub(super) fn new(key: &[u8]) -> IntegrityKey {
        // SHA-1 is what browsers know; in an HMAC it is sound (RFC 6194, 3.3).
        IntegrityKey(hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, key))
    }

    pub(super) fn sign(&self, parts: &[&[u8]]) -> [u8; 20] {
        let mut context = hmac::Context::with_key(&self.0);
        parts.iter().for_each(|part| context.update(part));
        context.sign().as_ref().try_into().expect("SHA-1 has 20 octets")
    }

    pub(super) fn verify(&self, parts: &[&[u8]], tag: &[u8]) -> bool {
        aws_lc_rs::constant_time::verify_slices_are_equal(&self.sign(parts), tag).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::disallowed_methods, reason = "from any moment on")]
    fn credentials_are_good_for_their_time_and_of_this_box_only() {
        let now = Instant::now();
        let (ours, theirs) = (Issuer::new(&[1; 32], now), Issuer::new(&[2; 32], now));
        let later = now + Duration::from_secs(3600);
        let Credentials { username, password } = ours.issue(later, PersonId(71));
        assert_eq!(username, "5400:71");
        assert_ne!(theirs.issue(later, PersonId(71)).password, password);
        assert!(ours.key(later, &username).is_some());
        assert!(ours.key(later + LIFETIME, &username).is_none(), "it is over");
        for none in ["", "71", "x:71", "5400:", "5400:x", "99999999999999999999:1", "18446744073709551615:1"]
        {
            assert!(ours.key(later, none).is_none(), "{none}");
        }
    }
}
