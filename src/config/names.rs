//! Values of lists and names, each with the blanks around it taken away.

use super::NO_DIRECTORY;
use crate::hosts::is_host_name;
use ipnet::IpNet;
use std::net::{IpAddr, Ipv6Addr};

pub(super) fn address(text: &str) -> Result<IpAddr, String> {
    text.trim().parse().map_err(|_| "use an IP address, such as 192.168.1.20".into())
}

/// What interfaces there are is the machine's affair, and may change; only what no kernel takes is refused.
pub(super) fn interface(text: &str) -> Result<String, String> {
    let name = text.trim();
    let is_name = !name.is_empty() && !name.contains(|one: char| one.is_whitespace() || one == '/');
    match is_name {
        true => Ok(name.to_owned()),
        false => Err("use the name of a network interface, as `ip link` lists them".into()),
    }
}

/// A host name in the form that browsers send: in ASCII (IDNA, RFC 5891), in lower case, without a dot at its
/// end. Or an address.
pub(super) fn domain(text: &str) -> Result<String, String> {
    let text = text.trim();
    if let Ok(address) = text.parse::<IpAddr>() {
        return Ok(address.to_string());
    }
    let ascii = idna::domain_to_ascii(text.strip_suffix('.').unwrap_or(text)).ok();
    ascii.filter(|name| is_host_name(name)).ok_or_else(|| {
        "use a host name alone, such as calls.example: no https://, port, path or *".to_owned()
    })
}

/// An URL of https (RFC 8555, 6.1), or the word for none.
pub(super) fn directory(text: &str) -> Result<String, String> {
    let text = text.trim();
    let rest = text.strip_prefix("https://").filter(|rest| rest.bytes().all(|byte| byte.is_ascii_graphic()));
    let host = rest.and_then(|rest| rest.split(['/', '?', '#']).next()).unwrap_or_default();
    match text == NO_DIRECTORY || is_authority(host) {
        true => Ok(text.to_owned()),
        false => Err("use an URL of https, such as https://acme.example/directory, or none".into()),
    }
}

/// A host and perhaps a port (RFC 3986, 3.2).
pub(super) fn is_authority(text: &str) -> bool {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (text, None),
    };
    let literal = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let is_host = match literal {
        Some(address) => address.parse::<Ipv6Addr>().is_ok(),
        None => is_host_name(host),
    };
    is_host && port.is_none_or(|port| port.parse::<u16>().is_ok())
}

/// One mail address (RFC 8555, 7.3), as far as a mistake can be seen.
pub(super) fn mail(text: &str) -> Result<String, String> {
    let text = text.trim();
    let good = |byte: u8| byte.is_ascii_graphic() && !b",?&:<>\"".contains(&byte);
    match text.split_once('@') {
        Some((who, host)) if !who.is_empty() && is_host_name(host) && text.bytes().all(good) => {
            Ok(text.to_owned())
        }
        _ => Err("use one mail address, such as admin@example.org".into()),
    }
}

/// A range of addresses (RFC 4632), or one address.
pub(super) fn range(text: &str) -> Result<IpNet, String> {
    let text = text.trim();
    let one = || text.parse().ok().map(|address: IpAddr| IpNet::from(address));
    let range = text.parse().ok().or_else(one);
    range.ok_or_else(|| "use an address or a range of addresses, such as 10.0.0.0/8".into())
}

/// A URI as a line of security.txt (RFC 9116, 2.5.3): of mail, telephone or a page.
pub(super) fn contact(text: &str) -> Result<String, String> {
    let text = text.trim();
    let rest = ["mailto:", "https://", "tel:"].iter().find_map(|scheme| text.strip_prefix(scheme));
    let is_uri =
        rest.is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_graphic()));
    match is_uri {
        true => Ok(text.to_owned()),
        false => {
            Err("use an address such as mailto:me@calls.example or https://calls.example/security".into())
        }
    }
}

/// Whether there are spaces that no setting names.
pub(super) fn open_spaces(text: &str) -> Result<bool, String> {
    match text {
        "open" => Ok(true),
        "configured" => Ok(false),
        _ => Err("use configured or open".into()),
    }
}
