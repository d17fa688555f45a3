//! What follows from a look at the domains that are to lead to the box. Pure.

use super::{Finding, days_until, fault, good, hint};
use crate::doctor::cases::{Case, Domain, Proxy};
use crate::doctor::facts::{self, DomainAddress, Facts, NoVisit, Proxied, Visit};

/// Of its life a certificate has left less than one in so many parts: whoever renews it does not do so, as that
/// is done at a third or before.
const OVERDUE: u32 = 6;

pub(super) fn findings(domain: &facts::Domain, facts: &Facts) -> Vec<Finding> {
    let name = domain.name.clone();
    match &domain.addresses {
        Err(why) => vec![fault(Case::Domain(Domain::Unresolved { domain: name, why: why.clone() }))],
        Ok(all) => all.iter().flat_map(|one| at_address(&name, one, facts)).collect(),
    }
}

fn at_address(domain: &str, seen: &DomainAddress, facts: &Facts) -> Vec<Finding> {
    let (domain, address) = (|| domain.to_owned(), seen.address);
    let no_visit = |why: &NoVisit| match why.clone() {
        NoVisit::Unreachable(why) => Domain::Unreachable { domain: domain(), address, why },
        NoVisit::Untrusted(why) => Domain::Untrusted { domain: domain(), why },
        NoVisit::OwnAuthority => Domain::OwnAuthority { domain: domain() },
        NoVisit::Status(status) => Domain::Status { domain: domain(), status },
        NoVisit::Foreign => Domain::Foreign { domain: domain(), address },
    };
    let mut found = match &seen.https {
        Ok(visit) => {
            let proxied = visit.proxied.as_ref().and_then(|proxied| proxy(domain(), proxied));
            [served(domain(), seen, visit, facts)].into_iter().chain(proxied).collect()
        }
        Err(why) => vec![fault(Case::Domain(no_visit(why)))],
    };
    // What is another's says nothing of the box's other ports.
    if matches!(seen.https, Err(NoVisit::Foreign | NoVisit::Unreachable(_))) {
        return found;
    }
    if seen.takes_http == Some(false) {
        found.push(hint(Case::Domain(Domain::HttpClosed { domain: domain(), address })));
    }
    let Some(media) = &seen.media else { return found };
    let port = media.number;
    for (protocol, is_open) in [("UDP", media.takes_udp), ("TCP", media.takes_tcp)] {
        if !is_open {
            found.push(fault(Case::Domain(Domain::MediaClosed { address, port, protocol })));
        }
    }
    found
}

fn served(domain: String, seen: &DomainAddress, visit: &Visit, facts: &Facts) -> Finding {
    let ((from, until), now) = (visit.valid, facts.clock);
    if facts.clock_can_be && !(from..until).contains(&now) {
        return fault(Case::Domain(Domain::Invalid { domain, from, until }));
    }
    let days = days_until(until, now);
    let (life, left) =
        (until.duration_since(from).unwrap_or_default(), until.duration_since(now).unwrap_or_default());
    if facts.clock_can_be && left * OVERDUE < life {
        return hint(Case::Domain(Domain::Overdue { domain, days }));
    }
    good(Case::Domain(Domain::Served { domain, address: seen.address, days }))
}

fn proxy(domain: String, seen: &Proxied) -> Option<Finding> {
    if !seen.by_trusted_proxy {
        return Some(fault(Case::Proxy(Proxy::Untrusted { domain, address: seen.client })));
    }
    if seen.without_tls {
        return Some(fault(Case::Proxy(Proxy::SaidToBePlain { domain })));
    }
    let client = seen.client;
    seen.client_is_trusted.then(|| hint(Case::Proxy(Proxy::UnknownClient { domain, client })))
}
