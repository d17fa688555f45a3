//! When which domain gets a certificate: as soon as it has none, in good time before its one ends, and how
//! long to wait after a failure. Pure.

use super::super::validity::{Validity, due, plausible};
use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Orders of all domains together in any hour, also over restarts: as many failed ones as Let's Encrypt bears
/// of a name (SECURITY.md).
const MAX_ORDERS_PER_HOUR: usize = 5;
/// The wait after a first failure; each one after that doubles it.
const FIRST_RETRY: Duration = MINUTE;
/// The longest wait after a failure.
const LONGEST_RETRY: Duration = DAY;
/// An ACME server that says that it is asked too often has as long a rest as after so many failures: an hour
/// and a bit.
const FAILURES_WHEN_LIMITED: u32 = 6;
/// How often to ask for the moment of renewal, at most and at least, whatever the ACME server says (RFC 9773,
/// 4.3.2).
const ASK_INTERVALS: (Duration, Duration) = (MINUTE, DAY);
/// When it says nothing, or nonsense (RFC 9773, 4.3.3).
const ASK_AFTER_FAILURE: Duration = HOUR.saturating_mul(6);

/// How the ACME server finds out who holds a domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    /// tls-alpn-01: by a handshake at the HTTPS port.
    TlsAlpn,
    /// http-01: by a file on the plain port.
    Http,
}

/// Why there is no certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// The ACME server has not found what it looked for; the other method may do.
    Challenge,
    /// It has refused nonce after nonce (RFC 8555, 6.5), which is bad luck.
    Nonce,
    /// It has been asked too often (RFC 8555, 6.6).
    Limited,
    Other,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Order {
        domain: String,
        method: Method,
    },
    /// Ask when to renew (RFC 9773).
    AskRenewal {
        domain: String,
    },
    WaitUntil(SystemTime),
}

/// When the ACME server wants a certificate renewed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Renewal {
    window: (SystemTime, SystemTime),
    /// Anywhere in the window, so that not all of its customers come at once.
    moment: SystemTime,
}

#[derive(Debug)]
struct Domain {
    certificate: Option<Validity>,
    renewal: Option<Renewal>,
    ask_at: SystemTime,
    /// In a row.
    failures: u32,
    retry_at: SystemTime,
    method: Method,
    /// Whether the other method has failed just before.
    is_second_method: bool,
}

/// Of all domains. Moments are of the wall clock, as a certificate's are.
#[derive(Debug)]
pub(super) struct Schedule {
    domains: BTreeMap<String, Domain>,
    /// When the orders of the last hour began.
    orders: Vec<SystemTime>,
    has_plain_port: bool,
}

impl Schedule {
    /// `domains` with the certificates that are there, and the orders of before (see [`Schedule::history`]).
    pub(super) fn new(
        domains: impl IntoIterator<Item = (String, Option<Validity>)>,
        has_plain_port: bool,
        history: &str,
    ) -> Schedule {
        let domain = |certificate| Domain {
            certificate,
            renewal: None,
            ask_at: UNIX_EPOCH,
            failures: 0,
            retry_at: UNIX_EPOCH,
            method: Method::TlsAlpn,
            is_second_method: false,
        };
        let times = history.lines().rev().filter_map(|line| line.trim().parse().ok());
        let orders = times
            .take(MAX_ORDERS_PER_HOUR)
            .filter_map(|time| UNIX_EPOCH.checked_add(Duration::from_secs(time)));
        Schedule {
            domains: domains.into_iter().map(|(name, validity)| (name, domain(validity))).collect(),
            orders: orders.collect(),
            has_plain_port,
        }
    }

    /// When the orders of the last hour began, in seconds since 1970, a line each.
    pub(super) fn history(&self) -> String {
        let seconds = |order: &SystemTime| order.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        self.orders.iter().map(|order| format!("{}\n", seconds(order))).collect()
    }

    /// What is to be done at that moment. While the clock is known to be wrong, nothing is.
    pub(super) fn next(&mut self, clock: SystemTime) -> Step {
        let Some(now) = plausible(clock) else { return Step::WaitUntil(clock + MINUTE) };
        self.follow_clock(now);
        let due = self.domains.iter().map(|(name, domain)| (domain.order_at(), name, domain));
        let Some((order_at, name, domain)) = due.min_by_key(|(at, ..)| *at) else {
            return Step::WaitUntil(now + DAY);
        };
        let order_at = order_at.max(self.next_place());
        if order_at <= now {
            return Step::Order { domain: name.clone(), method: domain.method };
        }
        let asked = self.domains.iter().filter(|(_, domain)| domain.certificate.is_some());
        match asked.min_by_key(|(_, domain)| domain.ask_at) {
            Some((name, domain)) if domain.ask_at <= now => Step::AskRenewal { domain: name.clone() },
            Some((_, domain)) => Step::WaitUntil(order_at.min(domain.ask_at)),
            None => Step::WaitUntil(order_at),
        }
    }

    /// An order begins.
    pub(super) fn begin(&mut self, now: SystemTime) {
        self.orders.push(now);
    }

    pub(super) fn succeed(&mut self, domain: &str, certificate: Validity, now: SystemTime, random: f64) {
        let Some(domain) = self.domains.get_mut(domain) else { return };
        domain.certificate = Some(certificate);
        domain.renewal = None;
        domain.ask_at = now;
        domain.is_second_method = false;
        match due(certificate) > now {
            true => (domain.failures, domain.retry_at) = (0, UNIX_EPOCH),
            // Whoever gives certificates that have ended would be asked for the next one at once.
            false => domain.back_off(now, random),
        }
    }

    /// `random` is from 0 to 1.
    pub(super) fn fail(&mut self, domain: &str, why: Failure, now: SystemTime, random: f64) {
        let has_plain_port = self.has_plain_port;
        let Some(domain) = self.domains.get_mut(domain) else { return };
        let has_other_method = why == Failure::Challenge && has_plain_port;
        if has_other_method {
            domain.method = match domain.method {
                Method::TlsAlpn => Method::Http,
                Method::Http => Method::TlsAlpn,
            };
        }
        let is_first = has_other_method && !domain.is_second_method;
        domain.is_second_method = is_first;
        if is_first {
            return domain.retry_at = now;
        }
        if why == Failure::Nonce && domain.failures == 0 {
            (domain.failures, domain.retry_at) = (1, now);
            return;
        }
        if why == Failure::Limited {
            domain.failures = domain.failures.max(FAILURES_WHEN_LIMITED);
        }
        domain.back_off(now, random);
    }

    /// The ACME server has told in which window to renew, and when to ask next; `None`: it has not. `random` is
    /// from 0 to 1.
    pub(super) fn tell_renewal(
        &mut self,
        domain: &str,
        told: Option<((SystemTime, SystemTime), Duration)>,
        now: SystemTime,
        random: f64,
    ) {
        let Some(domain) = self.domains.get_mut(domain) else { return };
        let told = told.and_then(|(window, ask_after)| {
            let length = window.1.duration_since(window.0).ok().filter(|length| !length.is_zero())?;
            Some((window, length, ask_after))
        });
        let Some((window, length, ask_after)) = told else {
            return domain.ask_at = now + ASK_AFTER_FAILURE;
        };
        domain.ask_at = now + ask_after.clamp(ASK_INTERVALS.0, ASK_INTERVALS.1);
        if domain.renewal.is_none_or(|known| known.window != window) {
            domain.renewal = Some(Renewal { window, moment: window.0 + length.mul_f64(random) });
        }
    }

    /// How long a domain waits after its last failure; nothing if it does not.
    pub(super) fn retry_in(&self, domain: &str, now: SystemTime) -> Duration {
        let retry_at = self.domains.get(domain).map_or(UNIX_EPOCH, |domain| domain.retry_at);
        retry_at.max(self.next_place()).duration_since(now).unwrap_or_default()
    }

    /// When there is room for another order.
    fn next_place(&self) -> SystemTime {
        match self.orders.len().checked_sub(MAX_ORDERS_PER_HOUR) {
            Some(beyond) => self.orders[beyond] + HOUR,
            None => UNIX_EPOCH,
        }
    }

    /// Forgets orders of more than an hour ago. Nothing waits for years because the clock has been ahead.
    fn follow_clock(&mut self, now: SystemTime) {
        self.orders.sort();
        self.orders.retain(|order| *order + HOUR > now);
        for order in &mut self.orders {
            *order = (*order).min(now);
        }
        for domain in self.domains.values_mut() {
            domain.retry_at = domain.retry_at.min(now + LONGEST_RETRY);
            domain.ask_at = domain.ask_at.min(now + ASK_INTERVALS.1);
        }
    }
}

impl Domain {
    fn order_at(&self) -> SystemTime {
        let Some(certificate) = self.certificate else { return self.retry_at };
        let lifetime = certificate.until.duration_since(certificate.from).unwrap_or_default();
        // Whatever the ACME server says, a tenth of the lifetime is left for failures.
        let latest = certificate.from + lifetime / 10 * 9;
        let renewal = self.renewal.map_or(due(certificate), |renewal| renewal.moment);
        renewal.min(latest).max(self.retry_at)
    }

    /// A tenth more or less, so that boxes which fail together do not come back together.
    fn back_off(&mut self, now: SystemTime, random: f64) {
        let wait = FIRST_RETRY.saturating_mul(1 << self.failures.min(16)).min(LONGEST_RETRY);
        self.retry_at = now + wait.mul_f64(0.9 + random / 5.0).min(LONGEST_RETRY);
        self.failures = self.failures.saturating_add(1);
    }
}
