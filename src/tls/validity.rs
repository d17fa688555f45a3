//! How long certificates are valid, and when they are due, whatever the clock shows. Pure.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

pub(super) const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// Ten years with their leap days: longer than an SD card lives.
pub(super) const AUTHORITY_LIFETIME: Duration = DAY.saturating_mul(3653);
/// Well inside the 397 days of the strictest client (Android once; Apple allows 825).
pub(super) const LEAF_LIFETIME: Duration = DAY.saturating_mul(90);
/// For devices whose clocks are behind the box's.
pub(super) const BACKDATE: Duration = DAY.saturating_mul(2);

/// When this program was built, in seconds since 1970. A clock that shows less is wrong, like that of a
/// Pi that was started without battery and internet. A build that does not say counts as 2026-11-01.
pub(super) const BUILD_TIME: u64 = match option_env!("WIZYJNO_BUILD_TIME") {
    Some(seconds) => match u64::from_str_radix(seconds, 10) {
        Ok(seconds) => seconds,
        Err(_) => panic!("WIZYJNO_BUILD_TIME is not a number of seconds"),
    },
    None => 1_793_491_200,
};
/// 2100-01-01: a clock that shows more is as wrong as one in 1970.
pub(super) const LATEST_PLAUSIBLE_TIME: u64 = 4_102_444_800;

/// From when until when a certificate is valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Validity {
    pub(super) from: SystemTime,
    pub(super) until: SystemTime,
}

/// Why a new certificate is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RenewalReason {
    /// There is none that could be used.
    Missing,
    /// A name or address has come that it does not carry.
    NamesChanged,
    /// Two thirds of its validity are over.
    Due,
    /// It begins in the future.
    ClockWentBack,
}

/// Whether a certificate must be replaced at what the clock shows.
///
/// While the clock is known to be wrong, dates say nothing, and the certificate that was made by a better
/// clock is kept.
pub(super) fn renewal_reason(
    validity: Validity,
    covers_names: bool,
    clock: SystemTime,
) -> Option<RenewalReason> {
    if !covers_names {
        return Some(RenewalReason::NamesChanged);
    }
    let now = plausible(clock)?;
    if now < validity.from {
        Some(RenewalReason::ClockWentBack)
    } else if now >= due(validity) {
        Some(RenewalReason::Due)
    } else {
        None
    }
}

/// Two thirds of the validity are over: the moment to renew.
pub(super) fn due(validity: Validity) -> SystemTime {
    validity.from + validity.until.duration_since(validity.from).unwrap_or_default() / 3 * 2
}

/// Whether a clock may be right: it shows neither a time before this program was built nor one after 2100.
pub fn is_plausible_clock(clock: SystemTime) -> bool {
    plausible(clock).is_some()
}

pub(super) fn plausible(clock: SystemTime) -> Option<SystemTime> {
    (since_1970(BUILD_TIME)..since_1970(LATEST_PLAUSIBLE_TIME)).contains(&clock).then_some(clock)
}

pub(super) fn since_1970(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds)
}

/// The validity of a new certificate. If the clock is wrong, it begins at the latest moment that is known of:
/// the build's, or that of the previous certificate.
pub(super) fn leaf_validity(previous: Option<Validity>, authority: Validity, clock: SystemTime) -> Validity {
    let latest =
        previous.map(|validity| validity.from + BACKDATE).filter(|moment| plausible(*moment).is_some());
    let now = plausible(clock).or(latest).unwrap_or(since_1970(BUILD_TIME));
    let from = now - BACKDATE;
    // The last second counts as well (RFC 5280, 4.1.2.5).
    let until = from + LEAF_LIFETIME - Duration::from_secs(1);
    Validity { from, until: until.min(authority.until) }
}

/// The validity of a new authority: from the build on, so that it is valid even if the clock runs ahead and
/// is set back.
pub(super) fn authority_validity(clock: SystemTime) -> Validity {
    Validity { from: since_1970(BUILD_TIME) - BACKDATE, until: authority_end(clock) }
}

/// When an authority ends that is made or renewed at that moment.
pub(super) fn authority_end(clock: SystemTime) -> SystemTime {
    plausible(clock).unwrap_or(since_1970(BUILD_TIME)) + AUTHORITY_LIFETIME
}
