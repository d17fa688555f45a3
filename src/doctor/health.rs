//! `wizyjno health`: whether a box serves here, for what looks after containers and has no other program to ask.

use super::http::{LARGEST_ANSWER, connect, get};
use crate::config::{Config, PortChoice};
use crate::files;
use crate::tls::{self, TrustedRoots};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};

/// Why it does not.
#[derive(Debug, thiserror::Error)]
pub enum Unhealthy {
    #[error(
        "nothing serves at port {port}: {cause}; start it, or give the settings that it was started with"
    )]
    Absent { port: u16, cause: io::Error },
    #[error("what serves at port {port} answers {status}; its log says why")]
    Status { port: u16, status: u16 },
    #[error("the authority in the folder of --state-dir cannot be read: {0}; give the folder of the box")]
    Authority(io::Error),
}

/// Asks the box with these settings, on this machine, how it is. Blocks for a few seconds at most.
///
/// # Errors
///
/// It does not answer, or does not answer that it is well.
pub fn check_health(config: &Config) -> Result<(), Unhealthy> {
    let (PortChoice { number, instead }, roots) = if config.behind_proxy {
        (config.http(), None)
    } else {
        let pem = files::read_text(&config.state_dir.join("ca.crt"), LARGEST_ANSWER);
        let roots = pem.and_then(|pem| TrustedRoots::authority(&pem)).map_err(Unhealthy::Authority)?;
        (config.https(), Some(roots))
    };
    let address = config.listen.first().copied().unwrap_or(Ipv4Addr::LOCALHOST.into());
    let at = |port| match ask(SocketAddr::new(address, port), roots.as_ref()) {
        Ok(200) => Ok(()),
        Ok(status) => Err(Unhealthy::Status { port, status }),
        Err(cause) => Err(Unhealthy::Absent { port, cause }),
    };
    at(number).or_else(|why| instead.and_then(|port| at(port).ok()).ok_or(why))
}

/// The status of its answer. `roots`: of a box that ends TLS itself, the authority that it has.
fn ask(at: SocketAddr, roots: Option<&TrustedRoots>) -> io::Result<u16> {
    let stream = connect(at)?;
    let (status, _) = match roots {
        Some(roots) => get(tls::probe(stream, roots, "localhost")?.0, "/health", "localhost")?,
        None => get(stream, "/health", "localhost")?,
    };
    Ok(status)
}
