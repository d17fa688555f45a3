//! Domains that are to lead to the box.

use super::*;
use crate::doctor::facts::{Domain, DomainAddress, MediaPort, NoVisit, Proxied, Visit};

const PUBLIC: &str = "198.51.100.7";

/// A box to which a domain leads, as far as `visit` says.
fn hosted(visit: Result<Visit, NoVisit>) -> Facts {
    let address =
        DomainAddress { address: address(PUBLIC), https: visit, takes_http: Some(true), media: Some(open()) };
    let domain = Domain { name: "call.example.org".into(), addresses: Ok(vec![address]) };
    Facts { announces: false, answers: Vec::new(), domains: vec![domain], ..healthy() }
}

fn open() -> MediaPort {
    MediaPort { number: 3478, takes_tcp: true, takes_udp: true }
}

fn well() -> Visit {
    Visit { valid: (spring() - DAY * 20, spring() + DAY * 70), proxied: None }
}

fn first(facts: &mut Facts) -> &mut DomainAddress {
    &mut facts.domains[0].addresses.as_mut().expect("it leads somewhere")[0]
}

/// The one thing that is found.
fn one(facts: &Facts) -> (Weight, String) {
    let found = found(facts);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(["domain", "proxy"].contains(&found[0].1), "{found:?}");
    (found[0].0, found[0].2.clone())
}

#[test]
fn a_domain_that_leads_here_is_well_and_no_name_of_the_network_is_missed() {
    let facts = hosted(Ok(well()));
    assert_eq!(found(&facts), []);
    let text = report::text(&findings(&facts), Language::English);
    assert!(text.contains("call.example.org leads here by 198.51.100.7"), "{text}");
    assert!(text.contains("trust for 70 more days"), "{text}");
}

#[test]
fn where_a_domain_leads_instead_is_a_fault() {
    let mut facts = hosted(Ok(well()));
    facts.domains[0].addresses = Err("no such host".into());
    assert_eq!(one(&facts), (Weight::Fault, "call.example.org leads nowhere: no such host.".into()));
    for (why, says) in [
        (NoVisit::Unreachable("timed out".into()), "where nobody answers: timed out."),
        (NoVisit::Foreign, "leads to 198.51.100.7, where another server answers."),
        (NoVisit::Status(421), "answers with status 421."),
        (NoVisit::OwnAuthority, "no certificate yet that browsers trust."),
        (NoVisit::Untrusted("UnknownIssuer".into()), "do not trust the certificate"),
    ] {
        let (weight, said) = one(&hosted(Err(why)));
        assert_eq!(weight, Weight::Fault);
        assert!(said.contains(says), "{said}");
    }
}

#[test]
fn a_certificate_that_nobody_renews_is_told_before_it_ends() {
    for (left, weight) in
        [(DAY * 16, None), (DAY * 14, Some(Weight::Hint)), (Duration::ZERO, Some(Weight::Fault))]
    {
        let until = spring() + left;
        let visit = Visit { valid: (until - DAY * 90, until), proxied: None };
        let facts = hosted(Ok(visit));
        assert_eq!(found(&facts).first().map(|found| found.0), weight, "{left:?} left");
    }
}

#[test]
fn closed_ports_are_told_each() {
    let mut facts = hosted(Ok(well()));
    first(&mut facts).takes_http = Some(false);
    assert_eq!(one(&facts).0, Weight::Hint);
    for (media, says) in [
        (MediaPort { takes_tcp: false, ..open() }, "at TCP port 3478."),
        (MediaPort { takes_udp: false, number: 8443, ..open() }, "at UDP port 8443."),
    ] {
        let mut facts = hosted(Ok(well()));
        first(&mut facts).media = Some(media);
        let (weight, said) = one(&facts);
        assert_eq!(weight, Weight::Fault);
        assert!(said.ends_with(says), "{said}");
    }
    let mut elsewhere = hosted(Err(NoVisit::Foreign));
    first(&mut elsewhere).media = Some(MediaPort { takes_tcp: false, ..open() });
    assert_eq!(one(&elsewhere).0, Weight::Fault);
}

#[test]
fn what_a_proxy_tells_of_its_clients_is_looked_at() {
    let told = Proxied {
        client: address("203.0.113.9"),
        by_trusted_proxy: true,
        client_is_trusted: false,
        without_tls: false,
    };
    let behind = |proxied: Proxied| hosted(Ok(Visit { proxied: Some(proxied), ..well() }));
    assert_eq!(found(&behind(told.clone())), []);
    let (weight, said) = one(&behind(Proxied { by_trusted_proxy: false, ..told.clone() }));
    assert_eq!(weight, Weight::Fault);
    assert!(said.contains("everybody comes from 203.0.113.9, a proxy that is not trusted"), "{said}");
    assert_eq!(one(&behind(Proxied { without_tls: true, ..told.clone() })).0, Weight::Fault);
    assert_eq!(one(&behind(Proxied { client_is_trusted: true, ..told })).0, Weight::Hint);
}
