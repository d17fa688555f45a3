//! The token that gets a page its place back, also from a restarted server.
//!
//! A token says who a person is and which room they are in, signed with HMAC-SHA256 (RFC 2104) under a key
//! that only the server has. Its content is not secret from its owner; it only cannot be forged.

use crate::ids::{PersonId, RoomId};
use aws_lc_rs::{constant_time, hmac};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

/// The version of the tokens that are signed: a space has a key of its own, so a token is good there alone.
const VERSION: u8 = 2;
/// The version of a box that knows no spaces. Its key is the lobby's, so it is good there, and a call lives on
/// while such a box is updated.
const VERSION_WITHOUT_SPACES: u8 = 1;

/// The first byte of a device's token, and of what marks are made from: none is worth anything as another.
const DEVICE: u8 = b'D';
const MARK: u8 = b'M';
const MARK_OF_NAME: u8 = b'N';

/// Bytes of the truncated HMAC: 128 bit, the shortest that RFC 2104 recommends for SHA-256.
const TAG_BYTES: usize = 16;

/// What a token says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Claims {
    pub(super) person: PersonId,
    /// The run of the server (its seed) in which the person first arrived. Ids start anywhere at every run,
    /// so the same id of another run can be somebody else's.
    pub(super) first_run: u32,
    /// The run of the server that signed the token.
    pub(super) run: u32,
    pub(super) room: Option<RoomClaim>,
}

/// The room of the token's owner: enough to restore the room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RoomClaim {
    pub(super) room: RoomId,
    /// The owner's number in the order of arrival.
    pub(super) order: u32,
    /// Raised whenever a member leaves, so that former members cannot claim to be members.
    pub(super) epoch: u32,
    /// The count of members.
    pub(super) members: u32,
    pub(super) locked: bool,
    /// The number of the owner's raised hand. A token without one is the same as of a box that knows no hands.
    pub(super) hand: Option<u32>,
}

/// A device of the space, over all of its names, connections and runs of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct DeviceId {
    /// The run of the server in which it first came.
    pub(super) first_run: u32,
    /// Its number among those that first came in that run.
    pub(super) number: u32,
}

/// Signs and verifies tokens.
pub(super) struct TokenSigner {
    key: hmac::Key,
    /// How many tokens were signed.
    #[cfg(test)]
    pub(super) signed: std::cell::Cell<usize>,
}

impl TokenSigner {
    pub(super) fn new(secret: &[u8; 32]) -> Self {
        TokenSigner {
            key: hmac::Key::new(hmac::HMAC_SHA256, secret),
            #[cfg(test)]
            signed: std::cell::Cell::default(),
        }
    }

    /// What a device says to be known: worth something in this space only.
    pub(super) fn sign_device(&self, device: DeviceId) -> String {
        let mut payload = vec![DEVICE];
        payload.extend(device.octets());
        payload.extend(self.tag(&payload));
        URL_SAFE_NO_PAD.encode(payload)
    }

    /// The device of such a token. `None` for anything but what was signed with the same secret.
    pub(super) fn verify_device(&self, token: &str) -> Option<DeviceId> {
        let payload = self.opened(token)?;
        let payload = &mut payload.as_slice();
        if byte(payload)? != DEVICE {
            return None;
        }
        Some(DeviceId { first_run: number(payload)?, number: number(payload)? })
    }

    /// By what the device of `to` knows that of `of`: another one for each pair, so that two who compare theirs
    /// learn nothing, and nobody can make one.
    pub(super) fn mark(&self, of: DeviceId, to: DeviceId) -> String {
        let payload = [&[MARK][..], &to.octets(), &of.octets()].concat();
        URL_SAFE_NO_PAD.encode(self.tag(&payload))
    }

    /// The same, of a device under one name.
    pub(super) fn mark_of_name(&self, of: DeviceId, to: DeviceId, name: &str) -> String {
        let payload = [&[MARK_OF_NAME][..], &to.octets(), &of.octets(), name.as_bytes()].concat();
        URL_SAFE_NO_PAD.encode(self.tag(&payload))
    }

    fn tag(&self, payload: &[u8]) -> [u8; TAG_BYTES] {
        hmac::sign(&self.key, payload).as_ref()[..TAG_BYTES].try_into().expect("SHA-256 has 32 octets")
    }

    /// The payload of a token that was signed with this secret.
    fn opened(&self, token: &str) -> Option<Vec<u8>> {
        /// Longer than any token: not worth decoding.
        const TOO_LONG: usize = 100;
        if token.len() > TOO_LONG {
            return None;
        }
        let mut payload = URL_SAFE_NO_PAD.decode(token).ok()?;
        let tag = payload.split_off(payload.len().checked_sub(TAG_BYTES)?);
        constant_time::verify_slices_are_equal(&self.tag(&payload), &tag).ok()?;
        Some(payload)
    }

    pub(super) fn sign(&self, claims: &Claims) -> String {
        #[cfg(test)]
        self.signed.update(|signed| signed + 1);
        let mut payload = vec![VERSION];
        for number in [claims.person.0, claims.first_run, claims.run] {
            payload.extend(number.to_be_bytes());
        }
        if let Some(claim) = claims.room {
            for number in [claim.room.0, claim.order, claim.epoch, claim.members] {
                payload.extend(number.to_be_bytes());
            }
            payload.push(u8::from(claim.locked));
            payload.extend(claim.hand.map(u32::to_be_bytes).into_iter().flatten());
        }
        payload.extend(self.tag(&payload));
        URL_SAFE_NO_PAD.encode(payload)
    }

    /// The claims of a token. `None` for anything but what was signed with the same secret.
    pub(super) fn verify(&self, token: &str) -> Option<Claims> {
        let payload = self.opened(token)?;
        let payload = &mut payload.as_slice();
        if !matches!(byte(payload)?, VERSION | VERSION_WITHOUT_SPACES) {
            return None;
        }
        let (person, first_run, run) = (PersonId(number(payload)?), number(payload)?, number(payload)?);
        let room = if payload.is_empty() {
            None
        } else {
            Some(RoomClaim {
                room: RoomId(number(payload)?),
                order: number(payload)?,
                epoch: number(payload)?,
                members: number(payload)?,
                locked: byte(payload)? != 0,
                hand: number(payload),
            })
        };
        Some(Claims { person, first_run, run, room })
    }
}

impl DeviceId {
    fn octets(self) -> [u8; 8] {
        let [a, b, c, d] = self.first_run.to_be_bytes();
        let [e, f, g, h] = self.number.to_be_bytes();
        [a, b, c, d, e, f, g, h]
    }
}

fn byte(payload: &mut &[u8]) -> Option<u8> {
    let (&first, rest) = payload.split_first()?;
    *payload = rest;
    Some(first)
}

fn number(payload: &mut &[u8]) -> Option<u32> {
    let (&first, rest) = payload.split_first_chunk()?;
    *payload = rest;
    Some(u32::from_be_bytes(first))
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUTSIDE: Claims = Claims { person: PersonId(7), first_run: 1, run: u32::MAX, room: None };
    const INSIDE: Claims = Claims {
        room: Some(RoomClaim { room: RoomId(8), order: 2, epoch: 3, members: 4, locked: true, hand: None }),
        ..OUTSIDE
    };

    #[test]
    fn what_was_written_is_read_back() {
        let signer = TokenSigner::new(&[5; 32]);
        let with_hand =
            Claims { room: INSIDE.room.map(|room| RoomClaim { hand: Some(0), ..room }), ..INSIDE };
        for claims in [OUTSIDE, INSIDE, with_hand] {
            assert_eq!(signer.verify(&signer.sign(&claims)), Some(claims));
        }
    }

    #[test]
    fn a_token_of_another_box_is_no_good() {
        assert_eq!(TokenSigner::new(&[5; 32]).verify(&TokenSigner::new(&[6; 32]).sign(&OUTSIDE)), None);
    }

    #[test]
    fn a_token_of_a_box_that_knew_no_spaces_is_good_under_its_key_and_no_other_version_is() {
        let signer = TokenSigner::new(&[5; 32]);
        let versioned = |version: u8| {
            let mut token = URL_SAFE_NO_PAD.decode(signer.sign(&INSIDE)).expect("base64url");
            token.truncate(token.len() - TAG_BYTES);
            token[0] = version;
            let tag = hmac::sign(&signer.key, &token);
            token.extend(&tag.as_ref()[..TAG_BYTES]);
            signer.verify(&URL_SAFE_NO_PAD.encode(token))
        };
        assert_eq!([0, 1, 2, 3].map(versioned), [None, Some(INSIDE), Some(INSIDE), None]);
    }

    #[test]
    fn a_device_is_known_by_its_token_alone_and_by_another_mark_to_each() {
        let signer = TokenSigner::new(&[5; 32]);
        let [ann, bob, eve] = [1, 2, 3].map(|number| DeviceId { first_run: 9, number });
        let token = signer.sign_device(ann);
        assert_eq!(signer.verify_device(&token), Some(ann));
        assert_eq!(TokenSigner::new(&[6; 32]).verify_device(&token), None, "of another space");
        assert_eq!(signer.verify(&token), None, "it is no way to a place");
        assert_eq!(signer.verify_device(&signer.sign(&OUTSIDE)), None, "nor a place a device");
        assert_eq!(signer.verify_device(&signer.mark(ann, bob)), None);
        assert_eq!(signer.mark(ann, bob), signer.mark(ann, bob));
        let marks =
            [signer.mark(ann, bob), signer.mark(ann, eve), signer.mark(bob, ann), signer.mark(eve, bob)];
        for (at, mark) in marks.iter().enumerate() {
            assert!(!marks[..at].contains(mark), "of another pair");
        }
    }

    #[test]
    fn a_changed_or_shortened_token_is_no_good() {
        let signer = TokenSigner::new(&[5; 32]);
        let token = signer.sign(&INSIDE);
        for at in 0..token.len() {
            let mut forged = token.clone().into_bytes();
            forged[at] = if forged[at] == b'A' { b'B' } else { b'A' };
            assert_eq!(signer.verify(&String::from_utf8(forged).expect("still ASCII")), None);
            assert_eq!(signer.verify(&token[..at]), None);
        }
        assert_eq!(signer.verify("żółw"), None);
        assert_eq!(signer.verify(&"A".repeat(60_000)), None);
    }
}
