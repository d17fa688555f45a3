//! Certificates over the months, in virtual time.

use super::schedule::{Failure, Method, Schedule, Step};
use crate::tls::validity::{DAY, Validity};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);
const SPRING: u64 = 1_807_000_000;

fn on(day: f64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs_f64(SPRING as f64 + day * DAY.as_secs_f64())
}

/// Of ninety days, from that day on.
fn ninety_days(day: f64) -> Validity {
    Validity { from: on(day), until: on(day + 90.0) }
}

fn schedule(domains: &[(&str, Option<Validity>)]) -> Schedule {
    Schedule::new(domains.iter().map(|(name, validity)| ((*name).to_owned(), *validity)), true, "")
}

fn order(domain: &str, method: Method) -> Step {
    Step::Order { domain: domain.to_owned(), method }
}

fn ask(domain: &str) -> Step {
    Step::AskRenewal { domain: domain.to_owned() }
}

/// Lets time pass until `end`, and has `act` do each step: when the orders began.
fn play(
    schedule: &mut Schedule,
    mut now: SystemTime,
    end: SystemTime,
    mut act: impl FnMut(&mut Schedule, &str, Option<Method>, SystemTime),
) -> Vec<SystemTime> {
    let mut orders = Vec::new();
    while now < end {
        match schedule.next(now) {
            Step::Order { domain, method } => {
                orders.push(now);
                schedule.begin(now);
                act(schedule, &domain, Some(method), now);
            }
            Step::AskRenewal { domain } => act(schedule, &domain, None, now),
            Step::WaitUntil(moment) => {
                assert!(moment > now, "it waits for the past");
                now = moment;
            }
        }
    }
    orders
}

/// An authority that is never satisfied.
fn refuse(why: Failure) -> impl FnMut(&mut Schedule, &str, Option<Method>, SystemTime) {
    move |schedule, domain, _, now| schedule.fail(domain, why, now, 0.5)
}

#[test]
fn a_domain_without_a_certificate_gets_one_at_once() {
    let mut schedule = schedule(&[("a.org", None), ("b.org", None)]);
    assert_eq!(schedule.next(on(0.0)), order("a.org", Method::TlsAlpn));
    schedule.begin(on(0.0));
    schedule.succeed("a.org", ninety_days(0.0), on(0.0), 0.5);
    assert_eq!(schedule.next(on(0.0)), order("b.org", Method::TlsAlpn));
    schedule.begin(on(0.0));
    schedule.succeed("b.org", ninety_days(0.0), on(0.0), 0.5);
    assert_eq!(schedule.next(on(0.0)), ask("a.org"));
}

#[test]
fn a_certificate_is_renewed_at_two_thirds_where_the_authority_says_nothing() {
    let mut schedule = schedule(&[("a.org", Some(ninety_days(0.0)))]);
    let mut asked = 0;
    let orders = play(&mut schedule, on(1.0), on(200.0), |schedule, domain, method, now| {
        let Some(_) = method else {
            asked += 1;
            return schedule.tell_renewal(domain, None, now, 0.5);
        };
        schedule.succeed(domain, Validity { from: now, until: now + 90 * DAY }, now, 0.5);
    });
    assert_eq!(orders, [on(60.0), on(120.0), on(180.0)]);
    assert!(asked <= 200 * 4 + 4, "four times a day at most: {asked}");
}

#[test]
fn the_authority_says_when_to_renew_and_may_change_its_mind() {
    let mut schedule = schedule(&[("a.org", Some(ninety_days(0.0)))]);
    let tell = |schedule: &mut Schedule, window: (f64, f64), at: f64| {
        let window = (on(window.0), on(window.1));
        schedule.tell_renewal("a.org", Some((window, 6 * HOUR)), on(at), 0.25);
    };
    tell(&mut schedule, (70.0, 74.0), 1.0);
    assert_eq!(schedule.next(on(1.0)), Step::WaitUntil(on(1.25)));
    tell(&mut schedule, (70.0, 74.0), 60.5);
    assert_eq!(schedule.next(on(60.5)), Step::WaitUntil(on(60.75)), "two thirds no longer count");
    schedule.tell_renewal("a.org", Some(((on(70.0), on(74.0)), DAY)), on(70.9), 0.9);
    assert_eq!(schedule.next(on(70.9)), Step::WaitUntil(on(71.0)), "the moment was chosen once");
    assert_eq!(schedule.next(on(71.0)), order("a.org", Method::TlsAlpn));
    // It revokes: the window is in the past.
    tell(&mut schedule, (-2.0, -1.0), 2.0);
    assert_eq!(schedule.next(on(2.0)), order("a.org", Method::TlsAlpn));
}

#[test]
fn what_the_authority_says_of_renewal_is_bounded() {
    let mut schedule = schedule(&[("a.org", Some(ninety_days(0.0)))]);
    schedule.tell_renewal("a.org", Some(((on(4000.0), on(4001.0)), 4000 * DAY)), on(1.0), 0.5);
    assert_eq!(schedule.next(on(1.0)), Step::WaitUntil(on(2.0)), "it is asked once a day at least");
    schedule.tell_renewal("a.org", Some(((on(4000.0), on(4001.0)), Duration::ZERO)), on(80.9), 0.5);
    assert_eq!(schedule.next(on(80.9)), Step::WaitUntil(on(80.9) + MINUTE));
    schedule.tell_renewal("a.org", Some(((on(4000.0), on(4001.0)), DAY)), on(80.95), 0.5);
    assert_eq!(schedule.next(on(81.0)), order("a.org", Method::TlsAlpn), "a tenth is left for failures");
    // A window without length is none.
    let mut schedule = self::schedule(&[("a.org", Some(ninety_days(0.0)))]);
    schedule.tell_renewal("a.org", Some(((on(5.0), on(4.0)), HOUR)), on(1.0), 0.5);
    assert_eq!(schedule.next(on(1.0)), Step::WaitUntil(on(1.25)));
}

#[test]
fn while_it_fails_there_are_at_most_five_orders_in_any_hour() {
    for why in [Failure::Challenge, Failure::Nonce, Failure::Limited, Failure::Other] {
        for domains in [1, 20] {
            let names: Vec<_> = (0..domains).map(|n| format!("{n}.org")).collect();
            let domains: Vec<_> = names.iter().map(|name| (name.as_str(), None)).collect();
            let orders = play(&mut schedule(&domains), on(0.0), on(14.0), refuse(why));
            for five in orders.windows(6) {
                assert!(five[5].duration_since(five[0]).unwrap() >= HOUR, "{why:?}: {five:?}");
            }
            assert!(orders.len() >= 14, "and it never gives up: {}", orders.len());
        }
    }
}

#[test]
fn a_directory_that_is_away_is_asked_more_and_more_rarely_and_once_a_day_in_the_end() {
    let orders = play(&mut schedule(&[("a.org", None)]), on(0.0), on(30.0), refuse(Failure::Other));
    let waits: Vec<_> = orders.windows(2).map(|two| two[1].duration_since(two[0]).unwrap()).collect();
    assert_eq!(waits[..4], [MINUTE, 2 * MINUTE, 4 * MINUTE, 8 * MINUTE]);
    assert!(waits.windows(2).all(|two| two[0] <= two[1] || two[0] < HOUR), "{waits:?}");
    assert_eq!(waits.last(), Some(&DAY));
}

#[test]
fn a_failed_handshake_is_followed_by_a_file_at_once_and_then_by_a_wait() {
    let mut schedule = schedule(&[("a.org", None)]);
    let fail = |schedule: &mut Schedule| {
        schedule.begin(on(0.0));
        schedule.fail("a.org", Failure::Challenge, on(0.0), 0.5);
        schedule.next(on(0.0))
    };
    assert_eq!(fail(&mut schedule), order("a.org", Method::Http));
    assert_eq!(fail(&mut schedule), Step::WaitUntil(on(0.0) + MINUTE));
    assert_eq!(schedule.next(on(0.0) + MINUTE), order("a.org", Method::TlsAlpn));
    assert_eq!(fail(&mut schedule), order("a.org", Method::Http));
    // What has done is tried first the next time.
    schedule.succeed("a.org", ninety_days(0.0), on(0.0), 0.5);
    schedule.tell_renewal("a.org", None, on(60.0), 0.5);
    assert_eq!(schedule.next(on(60.0)), order("a.org", Method::Http));
}

#[test]
fn without_a_plain_port_there_are_handshakes_only() {
    let mut schedule = Schedule::new([("a.org".to_owned(), None)], false, "");
    let mut methods = Vec::new();
    play(&mut schedule, on(0.0), on(2.0), |schedule, domain, method, now| {
        methods.extend(method);
        schedule.fail(domain, Failure::Challenge, now, 0.5);
    });
    assert!(methods.len() > 8 && methods.iter().all(|method| *method == Method::TlsAlpn), "{methods:?}");
}

#[test]
fn an_authority_that_is_asked_too_often_has_its_rest() {
    let mut schedule = schedule(&[("a.org", None)]);
    schedule.begin(on(0.0));
    schedule.fail("a.org", Failure::Limited, on(0.0), 0.5);
    assert_eq!(schedule.next(on(0.0)), Step::WaitUntil(on(0.0) + 64 * MINUTE));
}

#[test]
fn a_nonce_that_is_refused_is_tried_again_at_once_and_then_with_a_wait() {
    let mut schedule = schedule(&[("a.org", None)]);
    schedule.fail("a.org", Failure::Nonce, on(0.0), 0.5);
    assert_eq!(schedule.next(on(0.0)), order("a.org", Method::TlsAlpn));
    schedule.fail("a.org", Failure::Nonce, on(0.0), 0.5);
    assert_eq!(schedule.next(on(0.0)), Step::WaitUntil(on(0.0) + 2 * MINUTE));
}

#[test]
fn waits_differ_by_a_tenth_and_are_never_longer_than_a_day() {
    for (random, seconds) in [(0.0, 54), (1.0, 66)] {
        let mut schedule = schedule(&[("a.org", None)]);
        schedule.fail("a.org", Failure::Other, on(0.0), random);
        let waited = schedule.retry_in("a.org", on(0.0));
        assert!(waited.abs_diff(Duration::from_secs(seconds)) < Duration::from_millis(1), "{waited:?}");
        for _ in 0..40 {
            schedule.fail("a.org", Failure::Other, on(0.0), random);
        }
        assert!(schedule.retry_in("a.org", on(0.0)) <= DAY);
    }
}

#[test]
fn certificates_that_have_ended_when_they_come_are_no_reason_to_ask_without_end() {
    let ended = Validity { from: on(-90.0), until: on(-1.0) };
    let orders =
        play(&mut schedule(&[("a.org", None)]), on(0.0), on(10.0), |schedule, domain, method, now| {
            match method {
                Some(_) => schedule.succeed(domain, ended, now, 0.5),
                None => schedule.tell_renewal(domain, None, now, 0.5),
            }
        });
    assert!((8..=25).contains(&orders.len()), "{}", orders.len());
}

#[test]
fn one_domain_that_fails_holds_up_no_other() {
    let mut schedule = schedule(&[("a.org", None), ("b.org", Some(ninety_days(0.0)))]);
    let mut renewed = Vec::new();
    play(&mut schedule, on(0.0), on(70.0), |schedule, domain, method, now| match (domain, method) {
        ("a.org", Some(_)) => schedule.fail(domain, Failure::Challenge, now, 0.5),
        (_, Some(_)) => {
            renewed.push(now);
            schedule.succeed(domain, ninety_days(60.0), now, 0.5);
        }
        (_, None) => schedule.tell_renewal(domain, None, now, 0.5),
    });
    assert_eq!(renewed, [on(60.0)]);
}

#[test]
fn orders_of_before_a_restart_count() {
    let mut before = schedule(&[("a.org", None)]);
    play(&mut before, on(0.0), on(0.0) + 20 * MINUTE, refuse(Failure::Other));
    let now = on(0.0) + 20 * MINUTE;
    let mut after = Schedule::new([("a.org".to_owned(), None)], true, &before.history());
    assert_eq!(after.next(now), Step::WaitUntil(on(0.0) + HOUR), "five in these twenty minutes");
    assert_eq!(after.next(on(0.0) + HOUR), order("a.org", Method::TlsAlpn));
    for nonsense in ["", "\n\n", "x", "99999999999999999999", "-5", "18446744073709551615"] {
        let mut schedule = Schedule::new([("a.org".to_owned(), None)], true, nonsense);
        assert_eq!(schedule.next(now), order("a.org", Method::TlsAlpn), "{nonsense}");
    }
}

#[test]
fn a_wrong_clock_orders_nothing_and_one_that_was_ahead_holds_up_nothing() {
    let mut schedule = schedule(&[("a.org", None)]);
    assert_eq!(schedule.next(UNIX_EPOCH), Step::WaitUntil(UNIX_EPOCH + MINUTE));
    for _ in 0..5 {
        schedule.begin(on(4000.0));
        schedule.fail("a.org", Failure::Other, on(4000.0), 0.5);
    }
    let Step::WaitUntil(moment) = schedule.next(on(0.0)) else { panic!("five orders have just been") };
    assert!(moment <= on(1.0), "{moment:?}");
}

#[test]
fn without_domains_there_is_nothing_to_do() {
    assert_eq!(schedule(&[]).next(on(0.0)), Step::WaitUntil(on(1.0)));
}
