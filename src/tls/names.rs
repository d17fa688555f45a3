//! What a certificate is for: host names and addresses, as far as the authority may vouch for them.

use crate::hosts::is_host_name;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What people may type to reach the box.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SubjectNames {
    pub dns: Vec<String>,
    pub addresses: Vec<IpAddr>,
}

impl SubjectNames {
    /// `own` is the name that the box really got on the network, like `wizyjno-2.local`; `host` the
    /// machine's host name, of which the first label counts.
    pub fn new(own: &str, host: &str, addresses: impl IntoIterator<Item = IpAddr>) -> SubjectNames {
        let host = host.split('.').next().unwrap_or_default();
        SubjectNames {
            dns: vec![own.to_owned(), format!("{host}.local"), host.to_owned()],
            addresses: addresses.into_iter().collect(),
        }
    }

    pub(super) fn cover(&self, others: &SubjectNames) -> bool {
        others.dns.iter().all(|name| self.dns.contains(name))
            && others.addresses.iter().all(|address| self.addresses.contains(address))
    }
}

/// The names that an authority may sign for. One name outside makes browsers refuse a whole leaf, so
/// the box must know.
#[derive(Debug, Default)]
pub(super) struct NameConstraints {
    pub(super) domains: Vec<String>,
    /// Address and mask.
    pub(super) networks: Vec<(IpAddr, IpAddr)>,
}

impl NameConstraints {
    /// The host names that were permitted besides `.local` and `localhost`.
    pub(super) fn hosts(&self) -> impl Iterator<Item = &String> {
        self.domains.iter().filter(|domain| !["local", "localhost"].contains(&domain.as_str()))
    }

    /// A domain permits itself and all below it (RFC 5280, 4.2.1.10).
    fn permits_name(&self, name: &str) -> bool {
        let below = |domain: &String| {
            name.strip_suffix(domain.as_str()).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        };
        self.domains.iter().any(below)
    }

    fn permits_address(&self, address: IpAddr) -> bool {
        self.networks.iter().any(|net| match (address, net) {
            (IpAddr::V4(address), (IpAddr::V4(net), IpAddr::V4(mask))) => address & mask == *net,
            (IpAddr::V6(address), (IpAddr::V6(net), IpAddr::V6(mask))) => address & mask == *net,
            _ => false,
        })
    }
}

/// These names and this machine's own ones, as far as the authority may vouch for them: a single other
/// one would make browsers refuse the certificate as a whole.
pub(super) fn permitted(names: &SubjectNames, constraints: &NameConstraints) -> SubjectNames {
    let mut permitted = SubjectNames::default();
    for name in names.dns.iter().map(String::as_str).chain(["localhost"]) {
        let name = name.trim_end_matches('.').to_ascii_lowercase();
        if is_host_name(&name)
            && !is_underscored(&name)
            && constraints.permits_name(&name)
            && !permitted.dns.contains(&name)
        {
            permitted.dns.push(name);
        }
    }
    let loopback = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
    for address in names.addresses.iter().copied().chain(loopback) {
        if constraints.permits_address(address) && !permitted.addresses.contains(&address) {
            permitted.addresses.push(address);
        }
    }
    permitted
}

/// Strict readers of certificates take no name with an underscore (RFC 1123, 2.1), and refuse the whole
/// certificate for it.
fn is_underscored(name: &str) -> bool {
    name.contains('_')
}

/// Says which names are left out of the certificate though people may come by them.
pub(super) fn tell_of_underscores(names: &SubjectNames) {
    for name in names.dns.iter().filter(|name| is_underscored(name)) {
        tracing::warn!(
            name,
            "a name with an underscore stands in no certificate, because strict devices would refuse it whole; \
             give people another name"
        );
    }
}

/// Host names of one label, which a new authority may vouch for in addition to `.local`.
///
/// A domain that is permitted permits all below it, so a machine that is called like a top-level domain
/// gets no such name: its authority could vouch for half the internet.
pub(super) fn bare_hosts(names: &SubjectNames) -> Vec<String> {
    let bare = |name: &String| {
        is_host_name(name) && !is_underscored(name) && !name.contains('.') && !is_top_level(name)
    };
    names.dns.iter().map(|name| name.to_ascii_lowercase()).filter(bare).collect()
}

/// Two letters are a country's (but `pi` is none); of the others those that hold most of the web.
fn is_top_level(label: &str) -> bool {
    const OTHERS: [&str; 32] = [
        "academy", "agency", "app", "biz", "blog", "cloud", "club", "com", "dev", "digital", "edu", "email",
        "gov", "info", "int", "life", "live", "mil", "net", "online", "org", "page", "pro", "shop", "site",
        "space", "store", "tech", "top", "website", "world", "xyz",
    ];
    let two_letters = label.len() == 2 && label.bytes().all(|byte| byte.is_ascii_alphabetic());
    two_letters && label != "pi" || OTHERS.contains(&label)
}
