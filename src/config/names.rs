//! Values of lists: names and addresses, each with the blanks around it taken away.

use crate::hosts::is_host_name;
use std::net::IpAddr;

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
