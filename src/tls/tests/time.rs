//! Years go by, and clocks are wrong.

use super::wire::talk;
use super::*;

/// A certificate minted on day 0, with a clock that is right.
fn minted(day: u64) -> Validity {
    let authority = Validity { from: since_1970(BUILD_TIME), until: since_1970(LATEST_PLAUSIBLE_TIME) };
    leaf_validity(None, authority, on(day))
}

fn on(day: u64) -> SystemTime {
    since_1970(SPRING) + Duration::from_secs(day * 24 * 60 * 60)
}

#[test]
fn a_leaf_lives_ninety_days_and_began_two_days_ago() {
    let validity = minted(0);
    assert_eq!(validity.from, on(0) - BACKDATE);
    // Both ends count, so that this is 90 days to the second.
    assert_eq!(validity.until.duration_since(validity.from).unwrap(), DAY * 90 - Duration::from_secs(1));
}

#[test]
fn renewal_is_due_at_two_thirds_of_validity() {
    let validity = minted(0);
    assert_eq!(renewal_reason(validity, true, on(0)), None);
    assert_eq!(renewal_reason(validity, true, on(57)), None);
    assert_eq!(renewal_reason(validity, true, on(58)), Some(RenewalReason::Due));
    assert_eq!(renewal_reason(validity, true, on(4000)), Some(RenewalReason::Due), "the clock jumped ahead");
}

#[test]
fn a_certificate_from_the_future_is_replaced() {
    assert_eq!(renewal_reason(minted(100), true, on(99)), None, "it was back-dated for that");
    assert_eq!(renewal_reason(minted(100), true, on(97)), Some(RenewalReason::ClockWentBack));
}

#[test]
fn a_clock_that_is_known_to_be_wrong_renews_nothing() {
    for wrong in [UNIX_EPOCH, since_1970(BUILD_TIME - 1), since_1970(LATEST_PLAUSIBLE_TIME), UNIX_EPOCH - DAY]
    {
        assert_eq!(renewal_reason(minted(0), true, wrong), None);
        assert_eq!(
            renewal_reason(minted(0), false, wrong),
            Some(RenewalReason::NamesChanged),
            "but a new name is a new name"
        );
    }
}

#[test]
fn with_a_wrong_clock_now_is_the_latest_known_moment() {
    let authority = Validity { from: since_1970(BUILD_TIME), until: since_1970(LATEST_PLAUSIBLE_TIME) };
    let built = leaf_validity(None, authority, UNIX_EPOCH);
    assert_eq!(built.from, since_1970(BUILD_TIME) - BACKDATE);
    assert_eq!(leaf_validity(Some(minted(50)), authority, UNIX_EPOCH), minted(50));
    assert_eq!(
        leaf_validity(Some(minted(50)), authority, on(10)),
        minted(10),
        "a clock that may be right is believed"
    );
}

#[test]
fn no_leaf_outlives_its_authority() {
    let authority = Validity { from: on(0), until: on(30) };
    assert_eq!(leaf_validity(None, authority, on(1)).until, on(30));
    let home = Home::new();
    home.start(spring()).unwrap();
    assert!(home.start(spring() + AUTHORITY_LIFETIME).err().unwrap().to_string().contains("has ended"));
}

#[test]
fn a_pi_that_boots_in_1970_serves_a_certificate_of_the_build_until_its_clock_is_set() {
    let home = Home::new();
    let cert_manager = home.start(UNIX_EPOCH).unwrap();
    assert_eq!(cert_manager.served_validity().from, since_1970(BUILD_TIME) - BACKDATE);
    assert!(!cert_manager.renew_if_needed(&home.names, UNIX_EPOCH + DAY).unwrap());
    assert!(cert_manager.renew_if_needed(&home.names, spring()).unwrap(), "the clock is set");
    assert_eq!(cert_manager.served_validity().from, spring() - BACKDATE);
    assert_eq!(
        home.start(UNIX_EPOCH).unwrap().served(),
        cert_manager.served(),
        "and is lost again by a power cut"
    );
}

#[test]
fn an_authority_made_while_the_clock_ran_ahead_is_valid_when_it_is_set_back() {
    let home = Home::new();
    let cert_manager = home.start(spring() + DAY * 3000).unwrap();
    assert!(cert_manager.renew_if_needed(&home.names, spring()).unwrap());
    talk(&cert_manager.authority.der, &cert_manager, "wizyjno.local", spring());
}

#[test]
fn the_next_look_is_soon_and_never_at_once() {
    let home = Home::new();
    let cert_manager = home.start(spring()).unwrap();
    assert_eq!(cert_manager.next_check(spring()), CLOCK_CHECK_INTERVAL);
    let due = due(cert_manager.served_validity());
    assert_eq!(cert_manager.next_check(due - Duration::from_secs(5)), Duration::from_secs(5));
    assert_eq!(cert_manager.next_check(due + DAY), Duration::from_secs(1));
}
