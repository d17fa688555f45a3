//! What a request says of itself: its Host, its Origin, its visitor's language. Pure.

use crate::language::Language;
use hyper::header::{self, HeaderValue};
use hyper::http::uri::Authority;
use hyper::{HeaderMap, Request};
use std::fmt;
use std::net::IpAddr;

/// The Host of a request (RFC 9110, 7.2), in lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Host {
    /// A name, or an address; that of IPv6 in brackets.
    pub(super) name: String,
    pub(super) port: Option<u16>,
}

impl Host {
    pub(super) fn of<B>(request: &Request<B>) -> Option<Host> {
        match request.uri().authority() {
            Some(authority) => Host::from_authority(authority),
            None => Host::parse(request.headers().get(header::HOST)?.to_str().ok()?),
        }
    }

    pub(super) fn parse(text: &str) -> Option<Host> {
        Host::from_authority(&text.parse().ok()?)
    }

    fn from_authority(authority: &Authority) -> Option<Host> {
        let is_plain = !authority.as_str().contains('@'); // no user name
        is_plain.then(|| Host { name: authority.host().to_ascii_lowercase(), port: authority.port_u16() })
    }

    /// The address that it is, if it is one.
    pub(super) fn address(&self) -> Option<IpAddr> {
        self.name.trim_matches(['[', ']']).parse().ok().map(|address: IpAddr| address.to_canonical())
    }

    /// Whether it is that name or address.
    pub(super) fn is(&self, name: &str) -> bool {
        match self.address() {
            Some(address) => name.parse() == Ok(address),
            None => self.name.trim_end_matches('.') == name,
        }
    }

    /// Whether the request comes from a page of this host. A browser says where the page comes from that
    /// sends it; a program that is none has no Origin.
    pub(super) fn is_same_origin(&self, headers: &HeaderMap) -> bool {
        let own = format!("https://{self}");
        let is_own = |origin: &HeaderValue| origin.as_bytes().eq_ignore_ascii_case(own.as_bytes());
        headers.get(header::ORIGIN).is_none_or(is_own)
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.port {
            Some(port) => write!(f, "{}:{port}", self.name),
            None => f.write_str(&self.name),
        }
    }
}

/// The visitor's language, for a page that the box writes itself.
pub(super) fn language<B>(request: &Request<B>) -> Language {
    let accept = request.headers().get(header::ACCEPT_LANGUAGE).and_then(|list| list.to_str().ok());
    Language::of_request(request.uri().query(), accept)
}

/// Whether a header that is a list (RFC 9110, 5.6.1) has that item.
pub(super) fn lists(headers: &HeaderMap, name: header::HeaderName, item: &str) -> bool {
    let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|list| list.split(',')).any(|listed| listed.trim().eq_ignore_ascii_case(item))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(text: &str) -> Option<Host> {
        Host::of(&Request::builder().header(header::HOST, text).body(()).expect("a request"))
    }

    #[test]
    fn a_host_is_a_name_or_an_address_and_perhaps_a_port() {
        for (text, name, port) in [
            ("Wizyjno.local", "wizyjno.local", None),
            ("wizyjno.local:8443", "wizyjno.local", Some(8443)),
            ("192.168.1.20:80", "192.168.1.20", Some(80)),
            ("[FD77::20]", "[fd77::20]", None),
            ("[fd77::20]:443", "[fd77::20]", Some(443)),
        ] {
            assert_eq!(host(text), Some(Host { name: name.into(), port }), "{text}");
        }
        for nonsense in ["", " ", "somebody@wizyjno.local", "a b", "fd77::20", "[fd77", "a/b", "\u{e9}"] {
            assert_eq!(host(nonsense), None, "{nonsense:?}");
        }
        assert_eq!(host("[::ffff:10.0.0.1]").and_then(|host| host.address()), "10.0.0.1".parse().ok());
        assert_eq!(host("wizyjno.local").and_then(|host| host.address()), None);
    }

    #[test]
    fn only_the_hosts_own_page_and_no_page_at_all_is_the_same_origin() {
        let host = host("wizyjno.local:8443").expect("a host");
        let is_same = |origin: &'static str| {
            host.is_same_origin(&HeaderMap::from_iter([(header::ORIGIN, HeaderValue::from_static(origin))]))
        };
        assert!(host.is_same_origin(&HeaderMap::new()));
        assert!(is_same("https://wizyjno.local:8443"));
        for other in
            ["http://wizyjno.local:8443", "https://wizyjno.local", "https://evil.example", "null", ""]
        {
            assert!(!is_same(other), "{other}");
        }
    }
}
