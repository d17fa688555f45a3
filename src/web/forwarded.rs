//! What trusted proxies say of a request that they pass on: `Forwarded` (RFC 7239), and X-Forwarded-For,
//! -Proto and -Host. Both are read from the right, where the nearest proxy writes, and as far as trusted
//! proxies have written. Pure.

use super::request::Host;
use hyper::HeaderMap;
use hyper::header::{self, HeaderName, HeaderValue};
use ipnet::IpNet;
use std::net::{IpAddr, SocketAddr};

/// The proxies in a row that are followed; beyond them nobody is believed (SECURITY.md).
const MAX_HOPS: usize = 16;

const FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const HOST: HeaderName = HeaderName::from_static("x-forwarded-host");

/// What is known of the client of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Forwarded {
    /// `None`: it is not said, or not in words that can be believed.
    pub(super) client: Option<IpAddr>,
    /// By which name it has come, if that is another than the request's Host.
    pub(super) host: Option<Host>,
    /// Its connection to the proxy has no TLS.
    pub(super) is_plain: bool,
}

/// Whether a request says that it has been passed on, whoever says so.
pub(super) fn is_passed_on(headers: &HeaderMap) -> bool {
    [FOR, PROTO, HOST, header::FORWARDED, header::VIA].iter().any(|name| headers.contains_key(name))
}

impl Forwarded {
    /// What is said in the headers of a request that comes from a trusted proxy.
    ///
    /// A proxy knows one of the two forms and passes on whatever a client has written in the other, so a
    /// client is believed only where they do not contradict each other.
    pub(super) fn of(headers: &HeaderMap, trusted: &[IpNet]) -> Forwarded {
        let listed = headers.contains_key(FOR).then(|| Said::in_lists(headers, trusted));
        let standard = headers.contains_key(header::FORWARDED).then(|| Said::in_standard(headers, trusted));
        let (said, other) = match (&listed, &standard) {
            (Some(listed), other) => (*listed, *other),
            (None, Some(standard)) => (*standard, None),
            (None, None) => (Said::nearest(headers), None),
        };
        Forwarded {
            client: said.client.filter(|client| other.is_none_or(|other| other.client == Some(*client))),
            host: said.host.and_then(Host::parse),
            is_plain: said
                .proto
                .is_some_and(|proto| ["http", "ws"].iter().any(|it| proto.eq_ignore_ascii_case(it))),
        }
    }
}

/// What one of the two forms says.
#[derive(Clone, Copy, Default)]
struct Said<'a> {
    client: Option<IpAddr>,
    host: Option<&'a str>,
    proto: Option<&'a str>,
}

impl<'a> Said<'a> {
    /// X-Forwarded-For, and of the other two what was written beside the client's address.
    fn in_lists(headers: &'a HeaderMap, trusted: &[IpNet]) -> Said<'a> {
        let hops = from_the_right(headers, &FOR).map(|hop| hop.and_then(address));
        let Some((at, client)) = client(hops, trusted) else { return Said::nearest(headers) };
        Said {
            client: Some(client),
            host: written_at(headers, &HOST, at),
            proto: written_at(headers, &PROTO, at),
        }
    }

    /// What the nearest proxy has written of host and protocol.
    fn nearest(headers: &'a HeaderMap) -> Said<'a> {
        Said { client: None, host: written_at(headers, &HOST, 0), proto: written_at(headers, &PROTO, 0) }
    }

    /// `Forwarded`.
    fn in_standard(headers: &'a HeaderMap, trusted: &[IpNet]) -> Said<'a> {
        let mut elements = Vec::new();
        for line in headers.get_all(header::FORWARDED).iter().rev() {
            match line.to_str().ok().and_then(elements_of) {
                Some(some) => elements.extend(some.into_iter().rev().map(Some)),
                None => elements.push(None), // whatever stands to the left of it was written before
            }
            if elements.len() > MAX_HOPS {
                break;
            }
        }
        let hops = elements.iter().map(|element| address((*element)?.node?));
        let found = client(hops, trusted);
        let at = found.map_or(0, |(at, _)| at);
        let beside = elements.get(at).copied().flatten().unwrap_or_default();
        Said { client: found.map(|(_, client)| client), host: beside.host, proto: beside.proto }
    }
}

/// The first address from the right that is no trusted proxy's, else the last one; and how many stand to its
/// right. `None`: there is none, or something that is no address comes first.
fn client(hops: impl Iterator<Item = Option<IpAddr>>, trusted: &[IpNet]) -> Option<(usize, IpAddr)> {
    let mut last = None;
    for (at, hop) in hops.enumerate() {
        let hop = hop?;
        if at == MAX_HOPS {
            return None;
        }
        if !trusted.iter().any(|range| range.contains(&hop)) {
            return Some((at, hop));
        }
        last = Some((at, hop));
    }
    last
}

/// The items of a list in a header, of all its lines (RFC 9110, 5.3); `None` is one that is no text.
fn from_the_right<'a>(
    headers: &'a HeaderMap,
    name: &HeaderName,
) -> impl Iterator<Item = Option<&'a str>> + use<'a> {
    let lines = headers.get_all(name).iter().rev().map(HeaderValue::as_bytes);
    lines
        .flat_map(|line| line.rsplit(|byte| *byte == b','))
        .map(|item| str::from_utf8(item).ok().map(str::trim))
}

/// The item of a list with so many to its right; the last one of a shorter list, which not every proxy has
/// added to.
fn written_at<'a>(headers: &'a HeaderMap, name: &HeaderName, at: usize) -> Option<&'a str> {
    from_the_right(headers, name).take(at + 1).last()?
}

/// An address of a proxy or a client, with or without a port, that of IPv6 in brackets or as it is.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let with_port = || text.parse().ok().map(|address: SocketAddr| address.ip());
    bare.parse().ok().or_else(with_port).map(|address: IpAddr| address.to_canonical())
}

/// One `forwarded-element` (RFC 7239, 4).
#[derive(Clone, Copy, Default)]
struct Element<'a> {
    node: Option<&'a str>,
    host: Option<&'a str>,
    proto: Option<&'a str>,
}

/// The elements of one line; `None`: it is not well-formed. Escapes in quotes are taken for none: no address,
/// host or protocol needs them.
fn elements_of(line: &str) -> Option<Vec<Element<'_>>> {
    let is_odd = line.contains('\\') || line.matches('"').count() % 2 == 1;
    if is_odd { None } else { unquoted(line, ',').map(element).collect() }
}

fn element(text: &str) -> Option<Element<'_>> {
    let mut element = Element::default();
    for pair in unquoted(text, ';').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=')?;
        let value = match value.strip_prefix('"') {
            Some(quoted) => quoted.strip_suffix('"')?,
            None => value,
        };
        let place = match name {
            name if name.eq_ignore_ascii_case("for") => &mut element.node,
            name if name.eq_ignore_ascii_case("host") => &mut element.host,
            name if name.eq_ignore_ascii_case("proto") => &mut element.proto,
            _ => continue,
        };
        if value.contains('"') || place.replace(value).is_some() {
            return None;
        }
    }
    Some(element)
}

/// The parts of a text between separators that stand outside of quotes, without the blanks around them.
fn unquoted(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let mut is_quoted = false;
    let parts = text.split(move |one| {
        is_quoted ^= one == '"';
        one == separator && !is_quoted
    });
    parts.map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TRUSTED: [&str; 3] = ["10.0.0.0/8", "127.0.0.1/32", "fd00::/8"];

    fn trusted() -> Vec<IpNet> {
        TRUSTED.iter().map(|range| range.parse().expect("a range")).collect()
    }

    /// Of lines such as `x-forwarded-for: 1.2.3.4`.
    fn read(lines: &[&str]) -> Forwarded {
        let mut headers = HeaderMap::new();
        for line in lines {
            let (name, value) = line.split_once(": ").expect("a line");
            let value = HeaderValue::from_bytes(value.as_bytes()).expect("a value");
            headers.append(name.parse::<HeaderName>().expect("a name"), value);
        }
        Forwarded::of(&headers, &trusted())
    }

    fn client_of(lines: &[&str]) -> Option<String> {
        read(lines).client.map(|client| client.to_string())
    }

    #[test]
    fn the_client_is_the_last_one_whom_a_trusted_proxy_has_written_down() {
        for (lines, client) in [
            (&["x-forwarded-for: 203.0.113.7"][..], Some("203.0.113.7")),
            (&["x-forwarded-for: 198.51.100.1, 203.0.113.7"], Some("203.0.113.7")),
            (&["x-forwarded-for: 198.51.100.1", "x-forwarded-for: 203.0.113.7"], Some("203.0.113.7")),
            (&["x-forwarded-for: 203.0.113.7, 10.1.1.1, 127.0.0.1"], Some("203.0.113.7")),
            (&["x-forwarded-for: 10.2.2.2, 10.1.1.1"], Some("10.2.2.2")),
            (&["x-forwarded-for: 203.0.113.7:4711"], Some("203.0.113.7")),
            (&["x-forwarded-for: [2001:db8::7]:4711,fd00::1"], Some("2001:db8::7")),
            (&["x-forwarded-for: 2001:db8::7"], Some("2001:db8::7")),
            (&["x-forwarded-for: ::ffff:203.0.113.7"], Some("203.0.113.7")),
            (&["forwarded: for=203.0.113.7"], Some("203.0.113.7")),
            (&["forwarded: For=\"[2001:db8::7]:4711\";proto=https;by=10.0.0.1"], Some("2001:db8::7")),
            (&["forwarded: for=198.51.100.1, for=203.0.113.7;host=a, for=10.0.0.1"], Some("203.0.113.7")),
            (&["forwarded: for=\"a", "forwarded: for=203.0.113.7"], Some("203.0.113.7")),
            (
                &["forwarded: for=203.0.113.7", "x-forwarded-for: 198.51.100.1, 203.0.113.7"],
                Some("203.0.113.7"),
            ),
            (&["x-forwarded-proto: https"], None),
            (&[], None),
        ] {
            assert_eq!(client_of(lines).as_deref(), client, "{lines:?}");
        }
    }

    #[test]
    fn garbage_names_nobody_and_what_stands_left_of_the_client_is_not_read() {
        for garbage in [
            "x-forwarded-for: ",
            "x-forwarded-for: unknown",
            "x-forwarded-for: 203.0.113.7, nobody",
            "x-forwarded-for: 203.0.113.7, \u{17c}",
            "x-forwarded-for: 203.0.113.7,",
            "x-forwarded-for: 203.0.113.7; 10.0.0.1",
            "x-forwarded-for: fe80::1%eth0",
            "x-forwarded-for: 203.0.113.7, garbage, 10.0.0.1",
            "forwarded: for=_hidden",
            "forwarded: for=unknown",
            "forwarded: proto=https",
            "forwarded: for",
            "forwarded: for=\"203.0.113.7",
            "forwarded: for=\"203.0.113.\\7\"",
            "forwarded: for=203.0.113.7;for=203.0.113.8",
            "forwarded: for=203.0.113.7\"\"",
            // A quote that the client left open would take in what the proxy has added to the line.
            "forwarded: for=198.51.100.1;host=\"a, for=203.0.113.7",
        ] {
            assert_eq!(client_of(&[garbage]), None, "{garbage}");
        }
        for lines in [
            &["x-forwarded-for: \u{17c}, , \", 203.0.113.7"][..],
            &["forwarded: \u{17c}", "forwarded: for=203.0.113.7"],
        ] {
            assert_eq!(client_of(lines).as_deref(), Some("203.0.113.7"), "{lines:?}");
        }
        let contradictory = ["forwarded: for=198.51.100.1", "x-forwarded-for: 203.0.113.7"];
        assert_eq!(client_of(&contradictory), None, "one of them is the client's own");
        let long = format!("x-forwarded-for: 203.0.113.7{}", ",10.0.0.1".repeat(MAX_HOPS));
        assert_eq!(client_of(&[&long]), None, "more proxies than anybody has");
        let long = format!("x-forwarded-for: 203.0.113.7{}", ",10.0.0.1".repeat(MAX_HOPS - 1));
        assert_eq!(client_of(&[&long]).as_deref(), Some("203.0.113.7"));
    }

    #[test]
    fn host_and_protocol_are_those_beside_the_client() {
        let host = |text: &str| Host::parse(text);
        for (lines, name, is_plain) in [
            (
                &["x-forwarded-for: 203.0.113.7", "x-forwarded-host: A.example", "x-forwarded-proto: https"]
                    [..],
                host("a.example"),
                false,
            ),
            (&["x-forwarded-for: 203.0.113.7", "x-forwarded-proto: HTTP"], None, true),
            (&["x-forwarded-proto: http", "x-forwarded-host: a.example:8443"], host("a.example:8443"), true),
            (
                &["x-forwarded-for: 203.0.113.7", "x-forwarded-host: evil.example, a.example"],
                host("a.example"),
                false,
            ),
            (
                &[
                    "x-forwarded-for: 203.0.113.7, 10.0.0.1",
                    "x-forwarded-host: a.example, inner",
                    "x-forwarded-proto: https, http",
                ],
                host("a.example"),
                false,
            ),
            (
                &["x-forwarded-for: 203.0.113.7, 10.0.0.1", "x-forwarded-host: a.example"],
                host("a.example"),
                false,
            ),
            (
                &["forwarded: for=203.0.113.7;host=\"a.example:8443\";proto=http, for=10.0.0.1;host=inner"],
                host("a.example:8443"),
                true,
            ),
            (&["x-forwarded-host: some body"], None, false),
            (&["x-forwarded-proto: gopher"], None, false),
        ] {
            let read = read(lines);
            assert_eq!((read.host, read.is_plain), (name, is_plain), "{lines:?}");
        }
    }

    proptest! {
        /// Whatever a client writes, what the proxies add to it decides.
        #[test]
        fn a_client_cannot_name_another(
            forged in prop::collection::vec("[ -~]{0,60}", 0..3),
            hops in 0..3_usize,
            same_line in any::<bool>(),
        ) {
            let added = format!("203.0.113.7{}", ", 10.0.0.1".repeat(hops));
            let mut headers = HeaderMap::new();
            for line in &forged {
                headers.append(FOR, HeaderValue::from_str(line).expect("visible"));
            }
            let last = if same_line { format!("{}, {added}", forged.join(",")) } else { added };
            headers.append(FOR, HeaderValue::from_str(&last).expect("visible"));
            let client = Forwarded::of(&headers, &trusted()).client;
            prop_assert_eq!(client, "203.0.113.7".parse().ok());
        }

        /// The same of `Forwarded`, of which a forged beginning may make the whole line unreadable, and then
        /// names nobody.
        #[test]
        fn a_client_cannot_name_another_in_the_standard_form(forged in "[ -~]{0,80}") {
            let line = format!("{forged}, for=203.0.113.7");
            let headers = HeaderMap::from_iter([(header::FORWARDED, HeaderValue::from_str(&line).expect("visible"))]);
            let client = Forwarded::of(&headers, &trusted()).client;
            prop_assert!(client.is_none() || client == "203.0.113.7".parse().ok(), "{client:?}");
        }

        #[test]
        fn any_bytes_do_no_harm(lines in prop::collection::vec((0..4_usize, prop::collection::vec(32..=255_u8, 0..200)), 0..6)) {
            let mut headers = HeaderMap::new();
            for (which, bytes) in lines {
                let name = [FOR, PROTO, HOST, header::FORWARDED][which].clone();
                if let Ok(value) = HeaderValue::from_bytes(&bytes) {
                    headers.append(name, value);
                }
            }
            let _ = Forwarded::of(&headers, &trusted());
            let _ = is_passed_on(&headers);
        }
    }
}
