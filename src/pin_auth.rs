//! Authentication by PIN: who may say hello. Without a PIN, everybody may.
//!
//! A device is asked once: a right PIN is answered with a *device token* (`pass` on the wire), which the
//! device shows when it comes back. It is an HMAC of the PIN under a key of the box, so it is good until the
//! PIN is changed, and nothing is kept.

use crate::config::Pin;
use crate::ids::ClientPrefix;
use crate::protocol::ErrorCode;
use aws_lc_rs::{constant_time, hmac};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, RwLock};
use std::time::{Duration, Instant};

/// Wrong PINs of one client that cost nothing: fingers slip.
const FREE_ATTEMPTS: u32 = 3;
/// How long the one after these makes its client wait; each further one twice as long, up to…
const FIRST_BACKOFF: Duration = Duration::from_secs(2);
/// The longest such wait (SECURITY.md).
const MAX_BACKOFF: Duration = Duration::from_secs(10 * 60);
/// After so long without a wrong one all is forgotten.
const FORGET_AFTER: Duration = Duration::from_secs(60 * 60);
/// Clients that are remembered. Beyond that the one is forgotten that has waited longest (SECURITY.md).
const MAX_CLIENTS: usize = 1024;

/// Wrong PINs of all clients together: so many at once, and then one more in [`GUESS_INTERVAL`]
/// (SECURITY.md). A right one costs nothing, so a school that comes in together does not wait.
const GUESS_BURST: u32 = 20;
/// 2,880 a day, whoever guesses from wherever (SECURITY.md).
const GUESS_INTERVAL: Duration = Duration::from_secs(30);
/// The last of them are reserved for clients that have not been wrong yet, so that who guesses from many
/// addresses does not take them all.
const RESERVED_GUESSES: u32 = 10;
/// So many wrong PINs with no quiet hour between them are no slips: somebody guesses.
const GUESSING_THRESHOLD: u32 = 10;
/// The log says so once in so long.
const LOG_INTERVAL: Duration = Duration::from_secs(10 * 60);

pub(crate) struct PinAuth {
    key: hmac::Key,
    /// That of the PIN; `None`: there is no PIN. A lock is right: it is held for a copy.
    device_token: RwLock<Option<String>>,
    /// A lock is right: it is held for a look at a map, once for each PIN that somebody types.
    attempts: Mutex<Attempts>,
}

impl PinAuth {
    /// `secret` is the box's own, and the same after a restart.
    pub(crate) fn new(secret: &[u8; 32], pin: Option<&Pin>) -> PinAuth {
        // A key of its own, because the secret makes the lobby's tokens, too.
        let key = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), b"wizyjno pin");
        let key = hmac::Key::new(hmac::HMAC_SHA256, key.as_ref());
        let attempts = Mutex::new(Attempts { by_client: HashMap::new(), guesses: GuessBudget::default() });
        let pin_auth = PinAuth { key, device_token: RwLock::default(), attempts };
        pin_auth.set_pin(pin);
        pin_auth
    }

    /// Replaces the PIN, or takes it away. Whoever is in the lobby stays.
    pub(crate) fn set_pin(&self, pin: Option<&Pin>) {
        let token = pin.map(|pin| self.token_of(pin.digits()));
        *self.device_token.write().expect("nothing panics while it holds the token") = token;
    }

    /// Whether there is a PIN.
    pub(crate) fn is_required(&self) -> bool {
        self.device_token().is_some()
    }

    /// Wrong PINs since the start, and those of the guessing that goes on, if any does.
    pub(crate) fn wrong_pins(&self, now: Instant) -> (u64, Option<u32>) {
        let guesses = &self.attempts.lock().expect("nothing panics while it counts").guesses;
        (guesses.all, guesses.streak(now).filter(|wrong| *wrong >= GUESSING_THRESHOLD))
    }

    /// Whether a client may say hello, with a PIN, with a device token, or with neither. With a PIN that is
    /// right it is given a device token.
    ///
    /// # Errors
    ///
    /// It may not, and is told why.
    pub(crate) fn authenticate(
        &self,
        from: IpAddr,
        pin: Option<&str>,
        token: Option<&str>,
        now: Instant,
    ) -> Result<Option<String>, ErrorCode> {
        let Some(right) = self.device_token() else { return Ok(None) };
        // In constant time, so that the answer's delay tells nothing.
        let is_right =
            |token: &str| constant_time::verify_slices_are_equal(token.as_bytes(), right.as_bytes()).is_ok();
        if token.is_some_and(is_right) {
            return Ok(None);
        }
        let pin = pin.ok_or(ErrorCode::PinNeeded)?;
        let client = ClientPrefix::of(from);
        let mut attempts = self.attempts.lock().expect("nothing panics while it counts");
        if !attempts.is_allowed(client, now) {
            return Err(ErrorCode::PinWait);
        }
        if is_right(&self.token_of(pin)) {
            attempts.by_client.remove(&client);
            return Ok(Some(right));
        }
        attempts.record_failure(client, now);
        if let Some(wrong) = attempts.guesses.take_warning(now) {
            tracing::warn!(wrong, last_from = %client.0, "somebody guesses the PIN");
        }
        Err(ErrorCode::PinWrong)
    }

    fn device_token(&self) -> Option<String> {
        self.device_token.read().expect("nothing panics while it holds the token").clone()
    }

    fn token_of(&self, pin: &str) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(hmac::sign(&self.key, pin.as_bytes()))
    }
}

/// Wrong PINs, by client and all together. Time is an argument.
struct Attempts {
    by_client: HashMap<ClientPrefix, ClientAttempts>,
    guesses: GuessBudget,
}

/// Wrong PINs of all clients: a token bucket of those that may come yet, and what the owner should know.
#[derive(Default)]
struct GuessBudget {
    all: u64,
    spent: u32,
    /// Up to when what is spent has been given back.
    refilled: Option<Instant>,
    /// Of the last [`FORGET_AFTER`] without a pause as long.
    streak: u32,
    last: Option<Instant>,
    logged: Option<Instant>,
}

#[derive(Clone, Copy)]
struct ClientAttempts {
    wrong: u32,
    /// No other before that.
    until: Instant,
}

impl Attempts {
    fn is_allowed(&mut self, client: ClientPrefix, now: Instant) -> bool {
        if self.by_client.get(&client).is_some_and(|attempts| now >= attempts.until + FORGET_AFTER) {
            self.by_client.remove(&client);
        }
        match self.by_client.get(&client) {
            Some(attempts) => now >= attempts.until && self.guesses.left(now) > RESERVED_GUESSES,
            None => self.guesses.left(now) > 0,
        }
    }

    fn record_failure(&mut self, client: ClientPrefix, now: Instant) {
        self.guesses.record_failure(now);
        if self.by_client.len() >= MAX_CLIENTS
            && !self.by_client.contains_key(&client)
            && let Some(oldest) =
                self.by_client.iter().min_by_key(|(_, attempts)| attempts.until).map(|(client, _)| *client)
        {
            self.by_client.remove(&oldest);
        }
        let attempts = self.by_client.entry(client).or_insert(ClientAttempts { wrong: 0, until: now });
        attempts.wrong = attempts.wrong.saturating_add(1);
        let backoff = match attempts.wrong.checked_sub(FREE_ATTEMPTS + 1) {
            None => Duration::ZERO,
            Some(more) => FIRST_BACKOFF.saturating_mul(1 << more.min(20)).min(MAX_BACKOFF),
        };
        attempts.until = now + backoff;
    }
}

impl GuessBudget {
    /// How many wrong ones may come yet.
    fn left(&mut self, now: Instant) -> u32 {
        let refilled = *self.refilled.get_or_insert(now);
        let back = now.saturating_duration_since(refilled).as_secs() / GUESS_INTERVAL.as_secs();
        if back >= u64::from(self.spent) {
            self.spent = 0;
            self.refilled = Some(now);
        } else {
            self.spent -= back as u32; // less than what is spent
            self.refilled = Some(refilled + GUESS_INTERVAL * back as u32);
        }
        GUESS_BURST - self.spent
    }

    fn record_failure(&mut self, now: Instant) {
        let left = self.left(now);
        self.spent += left.min(1);
        self.all += 1;
        self.streak = self.streak(now).unwrap_or(0).saturating_add(1);
        self.last = Some(now);
    }

    fn streak(&self, now: Instant) -> Option<u32> {
        self.last.filter(|last| now < *last + FORGET_AFTER).map(|_| self.streak)
    }

    /// How many there are, if the log is to tell of them.
    fn take_warning(&mut self, now: Instant) -> Option<u32> {
        let wrong = self.streak(now).filter(|wrong| *wrong >= GUESSING_THRESHOLD)?;
        if self.logged.is_some_and(|logged| now < logged + LOG_INTERVAL) {
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

    const CLIENT: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 168, 1, 20));
    const OTHER_CLIENT: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 168, 1, 21));

    fn pin_auth(pin: &str) -> PinAuth {
        PinAuth::new(&[7; 32], Some(&pin.parse().expect("a PIN")))
    }

    #[test]
    fn without_a_pin_everybody_may_come_in() {
        let pin_auth = PinAuth::new(&[7; 32], None);
        assert_eq!(pin_auth.authenticate(CLIENT, None, None, Instant::now()), Ok(None));
        assert_eq!(pin_auth.authenticate(CLIENT, Some("1234"), Some("x"), Instant::now()), Ok(None));
    }

    #[test]
    fn a_right_pin_gives_a_pass_which_is_good_until_the_pin_is_changed() {
        let (pin_auth, now) = (pin_auth("246813"), Instant::now());
        assert_eq!(pin_auth.authenticate(CLIENT, None, None, now), Err(ErrorCode::PinNeeded));
        let Ok(Some(token)) = pin_auth.authenticate(CLIENT, Some("246813"), None, now) else {
            panic!("it is right")
        };
        assert!(!token.contains("246813"));
        assert_eq!(pin_auth.authenticate(OTHER_CLIENT, None, Some(&token), now), Ok(None));
        let after_restart = self::pin_auth("246813");
        assert_eq!(after_restart.authenticate(CLIENT, None, Some(&token), now), Ok(None));
        pin_auth.set_pin(Some(&"1357".parse().unwrap()));
        assert_eq!(pin_auth.authenticate(CLIENT, None, Some(&token), now), Err(ErrorCode::PinNeeded));
        pin_auth.set_pin(None);
        assert_eq!(pin_auth.authenticate(CLIENT, None, None, now), Ok(None));
        let other_box = PinAuth::new(&[8; 32], Some(&"246813".parse().unwrap()));
        assert_eq!(other_box.authenticate(CLIENT, None, Some(&token), now), Err(ErrorCode::PinNeeded));
    }

    #[test]
    fn wrong_pins_make_their_address_wait_longer_and_longer_and_no_other() {
        let (pin_auth, mut now) = (pin_auth("246813"), Instant::now());
        for _ in 0..=FREE_ATTEMPTS {
            assert_eq!(pin_auth.authenticate(CLIENT, Some("0000"), None, now), Err(ErrorCode::PinWrong));
        }
        for wait in [2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600] {
            let early = now + Duration::from_secs(wait) - Duration::from_millis(1);
            assert_eq!(pin_auth.authenticate(CLIENT, Some("246813"), None, early), Err(ErrorCode::PinWait));
            now += Duration::from_secs(wait);
            assert_eq!(pin_auth.authenticate(CLIENT, Some("0000"), None, now), Err(ErrorCode::PinWrong));
        }
        assert!(matches!(pin_auth.authenticate(OTHER_CLIENT, Some("246813"), None, now), Ok(Some(_))));
        now += MAX_BACKOFF;
        assert!(matches!(pin_auth.authenticate(CLIENT, Some("246813"), None, now), Ok(Some(_))));
        // Whoever knows it has a clean sheet.
        assert_eq!(pin_auth.authenticate(CLIENT, Some("0000"), None, now), Err(ErrorCode::PinWrong));
        assert!(matches!(pin_auth.authenticate(CLIENT, Some("246813"), None, now), Ok(Some(_))));
    }

    #[test]
    fn an_hour_later_all_is_forgotten() {
        let (pin_auth, now) = (pin_auth("246813"), Instant::now());
        for _ in 0..=FREE_ATTEMPTS {
            let _ = pin_auth.authenticate(CLIENT, Some("0000"), None, now);
        }
        let later = now + FIRST_BACKOFF + FORGET_AFTER;
        for _ in 0..=FREE_ATTEMPTS {
            assert_eq!(pin_auth.authenticate(CLIENT, Some("0000"), None, later), Err(ErrorCode::PinWrong));
        }
    }

    #[test]
    fn so_many_addresses_are_remembered_and_no_more() {
        let (pin_auth, now) = (pin_auth("246813"), Instant::now());
        for n in 0..3 * MAX_CLIENTS as u32 {
            let from = IpAddr::from(Ipv4Addr::from_bits(n));
            let when = now + GUESS_INTERVAL * n; // as fast as all addresses together may
            assert_eq!(pin_auth.authenticate(from, Some("0000"), None, when), Err(ErrorCode::PinWrong));
        }
        let attempts = pin_auth.attempts.lock().unwrap();
        assert_eq!(attempts.by_client.len(), MAX_CLIENTS);
        assert!(
            attempts
                .by_client
                .contains_key(&ClientPrefix::of(Ipv4Addr::from_bits(3 * MAX_CLIENTS as u32 - 1).into()))
        );
    }

    fn address(n: u32) -> IpAddr {
        IpAddr::from(Ipv4Addr::from_bits(0x0a00_0000 + n))
    }

    #[test]
    fn many_addresses_guess_no_faster_than_all_together_may() {
        let (pin_auth, now) = (pin_auth("246813"), Instant::now());
        let hours = 24;
        let mut wrong = 0;
        // Each of 500 addresses tries once a minute.
        for minute in 0..hours * 60 {
            for n in 0..500 {
                let when =
                    now + Duration::from_secs(60 * u64::from(minute)) + Duration::from_millis(n.into());
                let tried = pin_auth.authenticate(address(n), Some("0000"), None, when);
                wrong += u32::from(tried == Err(ErrorCode::PinWrong));
            }
        }
        let most = GUESS_BURST + hours * 3600 / GUESS_INTERVAL.as_secs() as u32;
        assert!((most / 2..=most).contains(&wrong), "{wrong} guesses in a day, at most {most}");
        assert_eq!(pin_auth.wrong_pins(now + Duration::from_secs(3600) * hours).0, u64::from(wrong));
    }

    #[test]
    fn who_has_the_pass_comes_in_while_others_guess_also_from_the_same_address() {
        let (pin_auth, now) = (pin_auth("246813"), Instant::now());
        let Ok(Some(token)) = pin_auth.authenticate(CLIENT, Some("246813"), None, now) else {
            panic!("it is right")
        };
        for n in 0..500 {
            let _ = pin_auth.authenticate(address(n), Some("0000"), None, now);
            let _ = pin_auth.authenticate(CLIENT, Some("0000"), None, now);
        }
        assert_eq!(pin_auth.authenticate(CLIENT, Some("246813"), None, now), Err(ErrorCode::PinWait));
        assert_eq!(pin_auth.authenticate(CLIENT, None, Some(&token), now), Ok(None));
        assert_eq!(pin_auth.authenticate(CLIENT, Some("0000"), Some(&token), now), Ok(None));
    }

    #[test]
    fn who_has_not_been_wrong_yet_gets_a_try_while_others_guess() {
        let (pin_auth, mut now) = (pin_auth("246813"), Instant::now());
        for n in 0..50 {
            let _ = pin_auth.authenticate(address(n), Some("0000"), None, now);
        }
        // Those fifty go on as often as they may, for not quite the hour after which all is forgotten.
        for minute in 0..55 {
            now += Duration::from_secs(60);
            for n in 0..50 {
                let _ = pin_auth.authenticate(address(n), Some("0000"), None, now);
            }
            if minute > 20 {
                assert!(matches!(
                    pin_auth.authenticate(OTHER_CLIENT, Some("246813"), None, now),
                    Ok(Some(_))
                ));
            }
        }
    }

    #[test]
    fn one_guesser_alone_takes_nobody_elses_tries() {
        let (pin_auth, mut now) = (pin_auth("246813"), Instant::now());
        for _ in 0..3600 {
            let _ = pin_auth.authenticate(CLIENT, Some("0000"), None, now);
            assert!(pin_auth.attempts.lock().unwrap().guesses.left(now) > RESERVED_GUESSES);
            now += Duration::from_secs(1);
        }
    }

    #[test]
    fn an_ipv6_network_counts_as_one_address() {
        let (pin_auth, now) = (pin_auth("246813"), Instant::now());
        for n in 0..=u128::from(FREE_ATTEMPTS) {
            let from = IpAddr::from((0xfd00 << 112 | n).to_be_bytes());
            assert_eq!(pin_auth.authenticate(from, Some("0000"), None, now), Err(ErrorCode::PinWrong));
        }
        let another = IpAddr::from((0xfd00_u128 << 112 | 99).to_be_bytes());
        assert_eq!(pin_auth.authenticate(another, Some("0000"), None, now), Err(ErrorCode::PinWait));
    }

    #[test]
    fn slips_are_no_guessing_and_guessing_is_told_until_it_is_over() {
        let (pin_auth, now) = (pin_auth("246813"), Instant::now());
        for n in 0..GUESSING_THRESHOLD {
            assert_eq!(pin_auth.wrong_pins(now), (n.into(), None), "a few slips");
            let _ = pin_auth.authenticate(address(n), Some("0000"), None, now);
        }
        assert_eq!(pin_auth.wrong_pins(now), (GUESSING_THRESHOLD.into(), Some(GUESSING_THRESHOLD)));
        assert_eq!(
            pin_auth.wrong_pins(now + FORGET_AFTER),
            (GUESSING_THRESHOLD.into(), None),
            "an hour later it is over"
        );
        let guesses = &mut pin_auth.attempts.lock().unwrap().guesses;
        assert_eq!(guesses.take_warning(now), None, "it was told a moment ago");
        guesses.record_failure(now + LOG_INTERVAL);
        assert_eq!(guesses.take_warning(now + LOG_INTERVAL), Some(GUESSING_THRESHOLD + 1));
    }
}
