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

/// Wrong PINs of all addresses together: so many at once, and then one more in [`GUESS_EVERY`] (SECURITY.md). A
/// right one costs nothing, so a school that comes in together does not wait.
const GUESSES: u32 = 20;
/// 2,880 a day, whoever guesses from wherever (SECURITY.md).
const GUESS_EVERY: Duration = Duration::from_secs(30);
/// The last of them are kept for addresses that have not been wrong yet, so that who guesses from many addresses does
/// not take them all.
const FIRST_GUESSES: u32 = 10;
/// So many wrong PINs with no quiet hour between them are no slips: somebody guesses.
const NOTICED: u32 = 10;
/// The log says so once in so long.
const LOG_EVERY: Duration = Duration::from_secs(10 * 60);

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
        let attempts = Mutex::new(Attempts { by: HashMap::new(), guesses: Guesses::default() });
        let gate = Gate { key, pass: RwLock::default(), attempts };
        gate.set_pin(pin);
        gate
    }

    /// Another PIN from now on, or none. Who is inside stays.
    pub(crate) fn set_pin(&self, pin: Option<&Pin>) {
        let pass = pin.map(|pin| self.pass_of(pin.digits()));
        *self.pass.write().expect("nothing panics while it holds the pass") = pass;
    }

    /// Whether there is a PIN.
    pub(crate) fn is_closed(&self) -> bool {
        self.pass.read().expect("nothing panics while it holds the pass").is_some()
    }

    /// Wrong PINs since the start, and those of who guesses at the moment, if somebody does.
    pub(crate) fn wrong(&self, now: Instant) -> (u64, Option<u32>) {
        let guesses = &self.attempts.lock().expect("nothing panics while it counts").guesses;
        (guesses.all, guesses.streak(now).filter(|wrong| *wrong >= NOTICED))
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
        if let Some(wrong) = attempts.guesses.take_warning(now) {
            tracing::warn!(wrong, %from, "somebody guesses the PIN; this is where the last one came from");
        }
        Admission::Out(ErrorCode::PinWrong)
    }

    fn pass_of(&self, pin: &str) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(hmac::sign(&self.key, pin.as_bytes()))
    }
}

/// Wrong PINs, by address and all together. Time is an argument.
struct Attempts {
    by: HashMap<IpAddr, Attempt>,
    guesses: Guesses,
}

/// Wrong PINs of all addresses: a bucket of those that may come yet, and what the owner should know.
#[derive(Default)]
struct Guesses {
    all: u64,
    spent: u32,
    /// Up to when what is spent has been given back.
    filled: Option<Instant>,
    /// Of the last [`FORGET`] without a pause as long.
    streak: u32,
    last: Option<Instant>,
    logged: Option<Instant>,
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
        match self.by.get(&from) {
            Some(attempt) => now >= attempt.until && self.guesses.left(now) > FIRST_GUESSES,
            None => self.guesses.left(now) > 0,
        }
    }

    fn failed(&mut self, from: IpAddr, now: Instant) {
        self.guesses.failed(now);
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

impl Guesses {
    /// How many wrong ones may come yet.
    fn left(&mut self, now: Instant) -> u32 {
        let filled = *self.filled.get_or_insert(now);
        let back = now.saturating_duration_since(filled).as_secs() / GUESS_EVERY.as_secs();
        if back >= u64::from(self.spent) {
            self.spent = 0;
            self.filled = Some(now);
        } else {
            self.spent -= back as u32; // less than what is spent
            self.filled = Some(filled + GUESS_EVERY * back as u32);
        }
        GUESSES - self.spent
    }

    fn failed(&mut self, now: Instant) {
        let left = self.left(now);
        self.spent += left.min(1);
        self.all += 1;
        self.streak = self.streak(now).unwrap_or(0).saturating_add(1);
        self.last = Some(now);
    }

    fn streak(&self, now: Instant) -> Option<u32> {
        self.last.filter(|last| now < *last + FORGET).map(|_| self.streak)
    }

    /// How many there are, if the log is to tell of them.
    fn take_warning(&mut self, now: Instant) -> Option<u32> {
        let wrong = self.streak(now).filter(|wrong| *wrong >= NOTICED)?;
        if self.logged.is_some_and(|logged| now < logged + LOG_EVERY) {
            return None;
        }
        self.logged = Some(now);
        Some(wrong)
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
            let when = now + GUESS_EVERY * n; // as fast as all addresses together may
            assert_eq!(gate.admit(from, Some("0000"), None, when), Admission::Out(ErrorCode::PinWrong));
        }
        let attempts = gate.attempts.lock().unwrap();
        assert_eq!(attempts.by.len(), REMEMBERED);
        assert!(attempts.by.contains_key(&IpAddr::from(Ipv4Addr::from_bits(3 * REMEMBERED as u32 - 1))));
    }

    fn address(n: u32) -> IpAddr {
        IpAddr::from(Ipv4Addr::from_bits(0x0a00_0000 + n))
    }

    #[test]
    fn many_addresses_guess_no_faster_than_all_together_may() {
        let (gate, now) = (gate("246813"), Instant::now());
        let hours = 24;
        let mut wrong = 0;
        // Each of 500 addresses tries once a minute.
        for minute in 0..hours * 60 {
            for n in 0..500 {
                let when =
                    now + Duration::from_secs(60 * u64::from(minute)) + Duration::from_millis(n.into());
                let tried = gate.admit(address(n), Some("0000"), None, when);
                wrong += u32::from(tried == Admission::Out(ErrorCode::PinWrong));
            }
        }
        let most = GUESSES + hours * 3600 / GUESS_EVERY.as_secs() as u32;
        assert!((most / 2..=most).contains(&wrong), "{wrong} guesses in a day, at most {most}");
        assert_eq!(gate.wrong(now + Duration::from_secs(3600) * hours).0, u64::from(wrong));
    }

    #[test]
    fn who_has_the_pass_comes_in_while_others_guess_also_from_the_same_address() {
        let (gate, now) = (gate("246813"), Instant::now());
        let Admission::InWith(pass) = gate.admit(HOME, Some("246813"), None, now) else {
            panic!("it is right")
        };
        for n in 0..500 {
            gate.admit(address(n), Some("0000"), None, now);
            gate.admit(HOME, Some("0000"), None, now);
        }
        assert_eq!(gate.admit(HOME, Some("246813"), None, now), Admission::Out(ErrorCode::PinWait));
        assert_eq!(gate.admit(HOME, None, Some(&pass), now), Admission::In);
        assert_eq!(gate.admit(HOME, Some("0000"), Some(&pass), now), Admission::In);
    }

    #[test]
    fn who_has_not_been_wrong_yet_gets_a_try_while_others_guess() {
        let (gate, mut now) = (gate("246813"), Instant::now());
        for n in 0..50 {
            gate.admit(address(n), Some("0000"), None, now);
        }
        // Those fifty go on as often as they may, for not quite the hour after which all is forgotten.
        for minute in 0..55 {
            now += Duration::from_secs(60);
            for n in 0..50 {
                gate.admit(address(n), Some("0000"), None, now);
            }
            if minute > 20 {
                assert!(matches!(gate.admit(NEXT_DOOR, Some("246813"), None, now), Admission::InWith(_)));
            }
        }
    }

    #[test]
    fn one_guesser_alone_takes_nobody_elses_tries() {
        let (gate, mut now) = (gate("246813"), Instant::now());
        for _ in 0..3600 {
            gate.admit(HOME, Some("0000"), None, now);
            assert!(gate.attempts.lock().unwrap().guesses.left(now) > FIRST_GUESSES);
            now += Duration::from_secs(1);
        }
    }

    #[test]
    fn an_ipv6_network_counts_as_one_address() {
        let (gate, now) = (gate("246813"), Instant::now());
        for n in 0..=u128::from(FREE) {
            let from = IpAddr::from((0xfd00 << 112 | n).to_be_bytes());
            assert_eq!(gate.admit(from, Some("0000"), None, now), Admission::Out(ErrorCode::PinWrong));
        }
        let another = IpAddr::from((0xfd00_u128 << 112 | 99).to_be_bytes());
        assert_eq!(gate.admit(another, Some("0000"), None, now), Admission::Out(ErrorCode::PinWait));
    }

    #[test]
    fn slips_are_no_guessing_and_guessing_is_told_until_it_is_over() {
        let (gate, now) = (gate("246813"), Instant::now());
        for n in 0..NOTICED {
            assert_eq!(gate.wrong(now), (n.into(), None), "a few slips");
            gate.admit(address(n), Some("0000"), None, now);
        }
        assert_eq!(gate.wrong(now), (NOTICED.into(), Some(NOTICED)));
        assert_eq!(gate.wrong(now + FORGET), (NOTICED.into(), None), "an hour later it is over");
        let guesses = &mut gate.attempts.lock().unwrap().guesses;
        assert_eq!(guesses.take_warning(now), None, "it was told a moment ago");
        guesses.failed(now + LOG_EVERY);
        assert_eq!(guesses.take_warning(now + LOG_EVERY), Some(NOTICED + 1));
    }
}
