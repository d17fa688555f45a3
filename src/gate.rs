//! The PIN at the door of the lobby: who may say hello. Without one, everybody may.
//!
//! Asked for once a device: a right PIN is answered with a *pass*, which the device shows from then on. It
//! depends on the PIN and the box's secret only, so it is good until the PIN is changed, and nothing is kept.

use crate::config::Pin;
use crate::doors::household;
use crate::protocol::ErrorCode;
use aws_lc_rs::{constant_time, hmac};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, RwLock};
use std::time::{Duration, Instant};

/// Wrong PINs of one address that cost nothing: fingers slip.
const FREE: u32 = 3;
/// How long the one after these makes its address wait; each further one twice as long, up to…
const FIRST_WAIT: Duration = Duration::from_secs(2);
/// The longest such wait (SECURITY.md).
const LONGEST_WAIT: Duration = Duration::from_secs(10 * 60);
/// After so long without a wrong one all is forgotten.
const FORGET: Duration = Duration::from_secs(60 * 60);
/// Addresses that are remembered. Beyond that the one is forgotten that has waited longest (SECURITY.md).
const REMEMBERED: usize = 1024;

pub(crate) struct Gate {
    key: hmac::Key,
    /// The pass of the PIN; `None`: there is none. A lock is right: it is held for a copy.
    pass: RwLock<Option<String>>,
    /// A lock is right: it is held for a look at a map, once for each PIN that somebody types.
    attempts: Mutex<Attempts>,
}

/// Who may come in.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Admission {
    In,
    /// With a pass for the next time.
    InWith(String),
    Out(ErrorCode),
}

impl Gate {
    /// `secret` is the box's own, and the same after a restart.
    pub(crate) fn new(secret: &[u8; 32], pin: Option<&Pin>) -> Gate {
        // A key of its own, because the secret makes the lobby's tokens, too.
        let key = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), b"wizyjno pin");
        let key = hmac::Key::new(hmac::HMAC_SHA256, key.as_ref());
        let gate = Gate { key, pass: RwLock::default(), attempts: Mutex::default() };
        gate.set_pin(pin);
        gate
    }

    /// Another PIN from now on, or none. Who is inside stays.
    pub(crate) fn set_pin(&self, pin: Option<&Pin>) {
        let pass = pin.map(|pin| self.pass_of(pin.digits()));
        *self.pass.write().expect("nothing panics while it holds the pass") = pass;
    }

    /// Somebody at that address says hello, with a PIN, with a pass, or with neither.
    pub(crate) fn admit(
        &self,
        from: IpAddr,
        pin: Option<&str>,
        pass: Option<&str>,
        now: Instant,
    ) -> Admission {
        let Some(right) = self.pass.read().expect("nothing panics while it holds the pass").clone() else {
            return Admission::In;
        };
        // In constant time, so that the answer's delay tells nothing.
        let is_right =
            |pass: &str| constant_time::verify_slices_are_equal(pass.as_bytes(), right.as_bytes()).is_ok();
        if pass.is_some_and(is_right) {
            return Admission::In;
        }
        let Some(pin) = pin else { return Admission::Out(ErrorCode::PinNeeded) };
        let from = household(from);
        let mut attempts = self.attempts.lock().expect("nothing panics while it counts");
        if !attempts.may_try(from, now) {
            return Admission::Out(ErrorCode::PinWait);
        }
        if is_right(&self.pass_of(pin)) {
            attempts.by.remove(&from);
            return Admission::InWith(right);
        }
        attempts.failed(from, now);
        Admission::Out(ErrorCode::PinWrong)
    }

    fn pass_of(&self, pin: &str) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(hmac::sign(&self.key, pin.as_bytes()))
    }
}

/// Wrong PINs by address. Time is an argument.
#[derive(Default)]
struct Attempts {
    by: HashMap<IpAddr, Attempt>,
}

#[derive(Clone, Copy)]
struct Attempt {
    wrong: u32,
    /// No other before that.
    until: Instant,
}

impl Attempts {
    fn may_try(&mut self, from: IpAddr, now: Instant) -> bool {
        if self.by.get(&from).is_some_and(|attempt| now >= attempt.until + FORGET) {
            self.by.remove(&from);
        }
        self.by.get(&from).is_none_or(|attempt| now >= attempt.until)
    }

    fn failed(&mut self, from: IpAddr, now: Instant) {
        if self.by.len() >= REMEMBERED
            && !self.by.contains_key(&from)
            && let Some(oldest) =
                self.by.iter().min_by_key(|(_, attempt)| attempt.until).map(|(from, _)| *from)
        {
            self.by.remove(&oldest);
        }
        let attempt = self.by.entry(from).or_insert(Attempt { wrong: 0, until: now });
        attempt.wrong = attempt.wrong.saturating_add(1);
        let wait = match attempt.wrong.checked_sub(FREE + 1) {
            None => Duration::ZERO,
            Some(more) => FIRST_WAIT.saturating_mul(1 << more.min(20)).min(LONGEST_WAIT),
        };
        attempt.until = now + wait;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    const HOME: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 168, 1, 20));
    const NEXT_DOOR: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 168, 1, 21));

    fn gate(pin: &str) -> Gate {
        Gate::new(&[7; 32], Some(&pin.parse().expect("a PIN")))
    }

    #[test]
    fn without_a_pin_everybody_may_come_in() {
        let gate = Gate::new(&[7; 32], None);
        assert_eq!(gate.admit(HOME, None, None, Instant::now()), Admission::In);
        assert_eq!(gate.admit(HOME, Some("1234"), Some("x"), Instant::now()), Admission::In);
    }

    #[test]
    fn a_right_pin_gives_a_pass_which_is_good_until_the_pin_is_changed() {
        let (gate, now) = (gate("246813"), Instant::now());
        assert_eq!(gate.admit(HOME, None, None, now), Admission::Out(ErrorCode::PinNeeded));
        let Admission::InWith(pass) = gate.admit(HOME, Some("246813"), None, now) else {
            panic!("it is right")
        };
        assert!(!pass.contains("246813"));
        assert_eq!(gate.admit(NEXT_DOOR, None, Some(&pass), now), Admission::In);
        let after_restart = self::gate("246813");
        assert_eq!(after_restart.admit(HOME, None, Some(&pass), now), Admission::In);
        gate.set_pin(Some(&"1357".parse().unwrap()));
        assert_eq!(gate.admit(HOME, None, Some(&pass), now), Admission::Out(ErrorCode::PinNeeded));
        gate.set_pin(None);
        assert_eq!(gate.admit(HOME, None, None, now), Admission::In);
        let other_box = Gate::new(&[8; 32], Some(&"246813".parse().unwrap()));
        assert_eq!(other_box.admit(HOME, None, Some(&pass), now), Admission::Out(ErrorCode::PinNeeded));
    }

    #[test]
    fn wrong_pins_make_their_address_wait_longer_and_longer_and_no_other() {
        let (gate, mut now) = (gate("246813"), Instant::now());
        for _ in 0..=FREE {
            assert_eq!(gate.admit(HOME, Some("0000"), None, now), Admission::Out(ErrorCode::PinWrong));
        }
        for wait in [2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600] {
            let early = now + Duration::from_secs(wait) - Duration::from_millis(1);
            assert_eq!(gate.admit(HOME, Some("246813"), None, early), Admission::Out(ErrorCode::PinWait));
            now += Duration::from_secs(wait);
            assert_eq!(gate.admit(HOME, Some("0000"), None, now), Admission::Out(ErrorCode::PinWrong));
        }
        assert!(matches!(gate.admit(NEXT_DOOR, Some("246813"), None, now), Admission::InWith(_)));
        now += LONGEST_WAIT;
        assert!(matches!(gate.admit(HOME, Some("246813"), None, now), Admission::InWith(_)));
        // Whoever knows it has a clean sheet.
        assert_eq!(gate.admit(HOME, Some("0000"), None, now), Admission::Out(ErrorCode::PinWrong));
        assert!(matches!(gate.admit(HOME, Some("246813"), None, now), Admission::InWith(_)));
    }

    #[test]
    fn an_hour_later_all_is_forgotten() {
        let (gate, now) = (gate("246813"), Instant::now());
        for _ in 0..=FREE {
            gate.admit(HOME, Some("0000"), None, now);
        }
        let later = now + FIRST_WAIT + FORGET;
        for _ in 0..=FREE {
            assert_eq!(gate.admit(HOME, Some("0000"), None, later), Admission::Out(ErrorCode::PinWrong));
        }
    }

    #[test]
    fn so_many_addresses_are_remembered_and_no_more() {
        let (gate, now) = (gate("246813"), Instant::now());
        for n in 0..3 * REMEMBERED as u32 {
            let from = IpAddr::from(Ipv4Addr::from_bits(n));
            gate.admit(from, Some("0000"), None, now + Duration::from_millis(n.into()));
        }
        let attempts = gate.attempts.lock().unwrap();
        assert_eq!(attempts.by.len(), REMEMBERED);
        assert!(attempts.by.contains_key(&IpAddr::from(Ipv4Addr::from_bits(3 * REMEMBERED as u32 - 1))));
    }
}
