//! Settings of how media finds its way over the internet (ICE, RFC 8445).

use super::names::is_authority;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

/// Everything that can be set about it. A box on a LAN needs none of it.
#[derive(Clone, Debug, PartialEq, clap::Args)]
pub struct IceSettings {
    /// Addresses (ADDRESS or ADDRESS:PORT) by which media reaches the box from outside, where they are
    /// another machine's, which passes on to it (1:1 NAT); its own ones count as well [default: none]
    #[arg(long = "public-address", global = true, env = "WIZYJNO_PUBLIC_ADDRESS", value_name = "ADDRESS",
        value_delimiter = ',', value_parser = public_address)]
    pub public_addresses: Vec<SocketAddr>,
    /// Carry all media by the relay: no page makes a direct path, and none learns another one's address
    #[arg(long, global = true, env = "WIZYJNO_RELAY_ALWAYS", value_name = "BOOL", num_args = 0..=1,
        require_equals = true, default_value = "false", default_missing_value = "true",
        hide_possible_values = true, action = clap::ArgAction::Set)]
    pub relay_always: bool,
    /// STUN servers, by which pages learn their public addresses for the direct path [default: none, and no
    /// page asks anybody]
    #[arg(long, global = true, env = "WIZYJNO_STUN", value_name = "URI", value_delimiter = ',',
        value_parser = stun)]
    pub stun: Vec<String>,
    /// TURN servers, which relay the direct path where it is blocked [default: none]
    #[arg(long, global = true, env = "WIZYJNO_TURN", value_name = "URI", value_delimiter = ',',
        value_parser = turn)]
    pub turn: Vec<String>,
    /// File whose first line is the secret that they share with the box, coturn's static-auth-secret
    /// [default: none]
    #[arg(long, global = true, env = "WIZYJNO_TURN_SECRET_FILE", value_name = "FILE")]
    pub turn_secret_file: Option<PathBuf>,
}

/// An address of the world; port 0: that of media.
fn public_address(text: &str) -> Result<SocketAddr, String> {
    let text = text.trim();
    let alone = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let with_port = || text.parse().ok().filter(|at: &SocketAddr| at.port() != 0);
    let address = alone.parse::<IpAddr>().ok().map(|ip| SocketAddr::new(ip, 0)).or_else(with_port);
    let leads_here = |at: &SocketAddr| {
        let ip = at.ip();
        !(ip.is_unspecified() || ip.is_loopback() || ip.is_multicast())
    };
    address.filter(leads_here).ok_or_else(|| {
        "use an IP address of the internet, with or without a port, such as 203.0.113.5 or 203.0.113.5:3478"
            .into()
    })
}

/// A URI of RFC 7064.
fn stun(text: &str) -> Result<String, String> {
    let wrong = || "use a URI such as stun:stun.example.org or stun:203.0.113.5:3478".to_owned();
    let text = text.trim();
    let rest = text.strip_prefix("stun:").or_else(|| text.strip_prefix("stuns:"));
    rest.filter(|rest| is_authority(rest)).map(|_| text.to_owned()).ok_or_else(wrong)
}

/// A URI of RFC 7065.
fn turn(text: &str) -> Result<String, String> {
    let wrong =
        || "use a URI such as turn:turn.example.org or turns:turn.example.org:443?transport=tcp".to_owned();
    let text = text.trim();
    let rest = text.strip_prefix("turn:").or_else(|| text.strip_prefix("turns:"));
    let good = rest.is_some_and(|rest| match rest.split_once('?') {
        None => is_authority(rest),
        Some((place, query)) => is_authority(place) && matches!(query, "transport=udp" | "transport=tcp"),
    });
    good.then(|| text.to_owned()).ok_or_else(wrong)
}
