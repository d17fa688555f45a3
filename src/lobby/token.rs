//! The secret note that gets a page its place back, also from a box that was restarted.
//!
//! A token says who somebody is and which room they are in, sealed with HMAC-SHA256 (RFC 2104) under a
//! key that only the box knows. Nothing of it is secret from its owner; it only cannot be made up.

use crate::ids::{PersonId, RoomId};
use aws_lc_rs::{constant_time, hmac};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

/// The layout of the claims; another layout gets another number, and older tokens are then no good.
const VERSION: u8 = 1;

/// How much of the HMAC is kept: 128 bit, the shortest that RFC 2104 finds good for SHA-256.
const SEAL: usize = 16;

/// What a token says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Claims {
    pub(super) person: PersonId,
    /// The run of the box (its seed) in which the person came first. Ids start anywhere at every
    /// run, so the same id of another run can be somebody else.
    pub(super) born: u32,
    /// The run of the box that wrote the token.
    pub(super) run: u32,
    pub(super) room: Option<RoomClaim>,
}

/// What a token says about the room of its owner: enough to form the room again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RoomClaim {
    pub(super) room: RoomId,
    /// The owner's number in the order of coming.
    pub(super) order: u32,
    /// Grows whenever a member leaves, so that those who left cannot claim to be members still.
    pub(super) epoch: u32,
    /// How many were in it.
    pub(super) members: u32,
    pub(super) locked: bool,
}

/// Writes tokens and reads them back.
pub(super) struct Mint {
    key: hmac::Key,
    /// How many tokens were written.
    #[cfg(test)]
    pub(super) written: std::cell::Cell<usize>,
}

impl Mint {
    pub(super) fn new(secret: &[u8; 32]) -> Self {
        Mint {
            key: hmac::Key::new(hmac::HMAC_SHA256, secret),
            #[cfg(test)]
            written: std::cell::Cell::default(),
        }
    }

    pub(super) fn write(&self, claims: &Claims) -> String {
        #[cfg(test)]
        self.written.update(|written| written + 1);
        let mut note = vec![VERSION];
        for number in [claims.person.0, claims.born, claims.run] {
            note.extend(number.to_be_bytes());
        }
        if let Some(claim) = claims.room {
            for number in [claim.room.0, claim.order, claim.epoch, claim.members] {
                note.extend(number.to_be_bytes());
            }
            note.push(u8::from(claim.locked));
        }
        let seal = hmac::sign(&self.key, &note);
        note.extend(&seal.as_ref()[..SEAL]);
        URL_SAFE_NO_PAD.encode(note)
    }

    /// `None` for anything but what was written with the same secret.
    pub(super) fn read(&self, token: &str) -> Option<Claims> {
        /// Longer than any token: not worth decoding.
        const TOO_LONG: usize = 100;
        if token.len() > TOO_LONG {
            return None;
        }
        let note = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (mut note, seal) = note.split_last_chunk::<SEAL>()?;
        let right = hmac::sign(&self.key, note);
        constant_time::verify_slices_are_equal(&right.as_ref()[..SEAL], seal).ok()?;

        let note = &mut note;
        if byte(note)? != VERSION {
            return None;
        }
        let (person, born, run) = (PersonId(number(note)?), number(note)?, number(note)?);
        let room = if note.is_empty() {
            None
        } else {
            Some(RoomClaim {
                room: RoomId(number(note)?),
                order: number(note)?,
                epoch: number(note)?,
                members: number(note)?,
                locked: byte(note)? != 0,
            })
        };
        Some(Claims { person, born, run, room })
    }
}

fn byte(note: &mut &[u8]) -> Option<u8> {
    let (&first, rest) = note.split_first()?;
    *note = rest;
    Some(first)
}

fn number(note: &mut &[u8]) -> Option<u32> {
    let (&first, rest) = note.split_first_chunk()?;
    *note = rest;
    Some(u32::from_be_bytes(first))
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUTSIDE: Claims = Claims { person: PersonId(7), born: 1, run: u32::MAX, room: None };
    const INSIDE: Claims = Claims {
        room: Some(RoomClaim { room: RoomId(8), order: 2, epoch: 3, members: 4, locked: true }),
        ..OUTSIDE
    };

    #[test]
    fn what_was_written_is_read_back() {
        let mint = Mint::new(&[5; 32]);
        for claims in [OUTSIDE, INSIDE] {
            assert_eq!(mint.read(&mint.write(&claims)), Some(claims));
        }
    }

    #[test]
    fn a_token_of_another_box_is_no_good() {
        assert_eq!(Mint::new(&[5; 32]).read(&Mint::new(&[6; 32]).write(&OUTSIDE)), None);
    }

    #[test]
    fn a_changed_or_shortened_token_is_no_good() {
        let mint = Mint::new(&[5; 32]);
        let token = mint.write(&INSIDE);
        for at in 0..token.len() {
            let mut forged = token.clone().into_bytes();
            forged[at] = if forged[at] == b'A' { b'B' } else { b'A' };
            assert_eq!(mint.read(&String::from_utf8(forged).expect("still ASCII")), None);
            assert_eq!(mint.read(&token[..at]), None);
        }
        assert_eq!(mint.read("żółw"), None);
        assert_eq!(mint.read(&"A".repeat(60_000)), None);
    }
}
