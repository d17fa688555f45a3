//! For which names an ACME CA of the internet can vouch. Pure.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Endings of names that nobody has on the internet: those that are kept free (RFC 6761, 6762, 7686, 8375,
/// 9476, and `internal` of ICANN), and those that networks use although nobody has kept them free (RFC 6762,
/// G).
const LOCAL: [&str; 15] = [
    "alt",
    "corp",
    "example",
    "home",
    "home.arpa",
    "internal",
    "intranet",
    "invalid",
    "lan",
    "local",
    "localdomain",
    "localhost",
    "onion",
    "private",
    "test",
];

/// Whether a certificate can be had for a domain or address, `domain` of the settings. An ACME CA of the
/// owner's may vouch for the names of the owner's network; for `.local` the box's own one does.
pub(crate) fn can_be_certified(domain: &str, by_own_authority: bool) -> bool {
    match domain.parse() {
        Ok(IpAddr::V4(address)) => by_own_authority || is_public_v4(address),
        Ok(IpAddr::V6(address)) => by_own_authority || is_public_v6(address),
        Err(_) => {
            let ends_with = |ending: &str| {
                domain.strip_suffix(ending).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
            };
            let is_local = LOCAL.iter().any(|ending| ends_with(ending)) || !domain.contains('.');
            !domain.contains('_') && !ends_with("local") && (by_own_authority || !is_local)
        }
    }
}

/// RFC 6890, as far as the standard library knows it.
fn is_public_v4(address: Ipv4Addr) -> bool {
    let is_shared = matches!(address.octets(), [100, 64..=127, ..]); // RFC 6598
    !(address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_unspecified()
        || address.is_multicast()
        || address.is_documentation()
        || address.is_broadcast()
        || is_shared)
}

/// Of what is handed out for the internet, 2000::/3 (RFC 4291), all but examples (RFC 3849).
fn is_public_v6(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    first & 0xe000 == 0x2000 && (first, second) != (0x2001, 0xdb8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_addresses_of_the_internet_can_be_certified() {
        for domain in ["call.example.org", "xn--yrafa-hib.pl", "examples.com", "8.8.8.8", "2a00::1"] {
            assert!(can_be_certified(domain, false), "{domain}");
        }
        for domain in [
            "wizyjno.local",
            "local",
            "localhost",
            "box",
            "calls.example",
            "box.fritz.lan",
            "box.home.arpa",
            "call_me.example.org",
            "192.168.1.20",
            "100.64.0.1",
            "127.0.0.1",
            "203.0.113.5",
            "fd77::1",
            "2001:db8::1",
            "::1",
        ] {
            assert!(!can_be_certified(domain, false), "{domain}");
        }
    }

    #[test]
    fn an_own_authority_vouches_for_names_of_its_network() {
        for domain in ["calls.example", "box.home.arpa", "box", "192.168.1.20", "fd77::1"] {
            assert!(can_be_certified(domain, true), "{domain}");
        }
        for domain in ["wizyjno.local", "my_box.example"] {
            assert!(!can_be_certified(domain, true), "{domain}");
        }
    }
}
