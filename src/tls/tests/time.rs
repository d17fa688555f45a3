//! Years go by, and clocks are wrong.

use super::wire::talk;
use super::*;

/// A certificate minted on day 0, with a clock that is right.
fn minted(day: u64) -> Life {
    let authority = Life { from: since_1970(BUILT), until: since_1970(TOO_LATE) };
    leaf_life(None, authority, on(day))
}

fn on(day: u64) -> SystemTime {
    since_1970(SPRING) + Duration::from_secs(day * 24 * 60 * 60)
}

#[test]
fn a_leaf_lives_ninety_days_and_began_two_days_ago() {
    let life = minted(0);
    assert_eq!(life.from, on(0) - BACK_DATED);
    // Both ends count, so that this is 90 days to the second.
    assert_eq!(life.until.duration_since(life.from).unwrap(), DAY * 90 - Duration::from_secs(1));
}

#[test]
fn renewal_is_due_at_two_thirds_of_life() {
    let life = minted(0);
    assert_eq!(why_renew(life, true, on(0)), None);
    assert_eq!(why_renew(life, true, on(57)), None);
    assert_eq!(why_renew(life, true, on(58)), Some(Why::Due));
    assert_eq!(why_renew(life, true, on(4000)), Some(Why::Due), "the clock jumped ahead");
}

#[test]
fn a_certificate_from_the_future_is_replaced() {
    assert_eq!(why_renew(minted(100), true, on(99)), None, "it was back-dated for that");
    assert_eq!(why_renew(minted(100), true, on(97)), Some(Why::ClockWentBack));
}

#[test]
fn a_clock_that_is_known_to_be_wrong_renews_nothing() {
    for wrong in [UNIX_EPOCH, since_1970(BUILT - 1), since_1970(TOO_LATE), UNIX_EPOCH - DAY] {
        assert_eq!(why_renew(minted(0), true, wrong), None);
        assert_eq!(why_renew(minted(0), false, wrong), Some(Why::Names), "but a new name is a new name");
    }
}

#[test]
fn with_a_wrong_clock_now_is_the_latest_known_moment() {
    let authority = Life { from: since_1970(BUILT), until: since_1970(TOO_LATE) };
    let built = leaf_life(None, authority, UNIX_EPOCH);
    assert_eq!(built.from, since_1970(BUILT) - BACK_DATED);
    assert_eq!(leaf_life(Some(minted(50)), authority, UNIX_EPOCH), minted(50));
    assert_eq!(
        leaf_life(Some(minted(50)), authority, on(10)),
        minted(10),
        "a clock that may be right is believed"
    );
}

#[test]
fn no_leaf_outlives_its_authority() {
    let authority = Life { from: on(0), until: on(30) };
    assert_eq!(leaf_life(None, authority, on(1)).until, on(30));
    let home = Home::new();
    home.start(spring()).unwrap();
    assert!(home.start(spring() + AUTHORITY_LIFE).err().unwrap().to_string().contains("has ended"));
}

#[test]
fn a_pi_that_boots_in_1970_serves_a_certificate_of_the_build_until_its_clock_is_set() {
    let home = Home::new();
    let keeper = home.start(UNIX_EPOCH).unwrap();
    assert_eq!(keeper.served_life().from, since_1970(BUILT) - BACK_DATED);
    assert!(!keeper.fit(&home.names, UNIX_EPOCH + DAY).unwrap());
    assert!(keeper.fit(&home.names, spring()).unwrap(), "the clock is set");
    assert_eq!(keeper.served_life().from, spring() - BACK_DATED);
    assert_eq!(home.start(UNIX_EPOCH).unwrap().served(), keeper.served(), "and is lost again by a power cut");
}

#[test]
fn an_authority_made_while_the_clock_ran_ahead_is_valid_when_it_is_set_back() {
    let home = Home::new();
    let keeper = home.start(spring() + DAY * 3000).unwrap();
    assert!(keeper.fit(&home.names, spring()).unwrap());
    talk(&keeper.authority.der, &keeper, "wizyjno.local", spring());
}

#[test]
fn the_next_look_is_soon_and_never_at_once() {
    let home = Home::new();
    let keeper = home.start(spring()).unwrap();
    assert_eq!(keeper.next_check(spring()), LOOK_AT_CLOCK);
    let due = due(keeper.served_life());
    assert_eq!(keeper.next_check(due - Duration::from_secs(5)), Duration::from_secs(5));
    assert_eq!(keeper.next_check(due + DAY), Duration::from_secs(1));
}
