//! Host names, addresses and origins as text. Pure.

use std::net::IpAddr;

/// RFC 1123, 2.1: what may stand before `.local`.
pub(crate) fn is_label(name: &str) -> bool {
    (1..=63).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && !name.starts_with('-')
        && !name.ends_with('-')
}

/// Labels, 253 characters in all (RFC 1035, 2.3.4). An underscore is none of a host name's letters, but some
/// machines have one in theirs.
pub(crate) fn is_host_name(name: &str) -> bool {
    name.len() <= 253 && name.split('.').all(|label| is_label(&label.replace('_', "x")))
}

/// An address as the host of a URL (RFC 3986, 3.2.2).
pub(crate) fn literal(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => format!("[{address}]"),
    }
}

/// Whether it is a link-local address of IPv6 (RFC 4291, 2.5.6), which needs a zone that no browser takes.
pub(crate) fn needs_zone(address: IpAddr) -> bool {
    matches!(address, IpAddr::V6(address) if address.is_unicast_link_local())
}

/// An origin (RFC 6454), without the port that is its scheme's default.
pub(crate) fn origin(scheme: &str, host: &str, port: u16) -> String {
    match (scheme, port) {
        ("https", 443) | ("http", 80) => format!("{scheme}://{host}"),
        _ => format!("{scheme}://{host}:{port}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_link_local_addresses_of_ipv6_need_a_zone() {
        for (address, needed) in
            [("192.168.1.2", false), ("169.254.1.2", false), ("fd77::5", false), ("fe80::1", true)]
        {
            assert_eq!(needs_zone(address.parse().unwrap()), needed, "{address}");
        }
    }

    #[test]
    fn an_origin_leaves_out_the_default_port() {
        assert_eq!(origin("https", "wizyjno.local", 443), "https://wizyjno.local");
        assert_eq!(origin("http", "wizyjno.local", 443), "http://wizyjno.local:443");
        assert_eq!(origin("https", &literal("fd00::1".parse().unwrap()), 8443), "https://[fd00::1]:8443");
    }
}
