//! What is looked at: facts only, so that what follows from them can be tested without the machine.

use crate::addresses::Survey;
use crate::tls::SubjectNames;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

#[derive(Clone, Debug)]
pub(super) struct Facts {
    /// The wanted name, such as `wizyjno.local`.
    pub(super) name: String,
    /// Whether it is to be announced.
    pub(super) announces: bool,
    /// Where the page is, behind a proxy without TLS.
    pub(super) https: Port,
    /// Of the plain page; `None` behind a proxy.
    pub(super) http: Option<Port>,
    /// Those that are to lead here.
    pub(super) domains: Vec<Domain>,
    /// The UDP port of media.
    pub(super) media: Holder,
    pub(super) media_port: u16,
    /// The page, as a visitor of this machine gets it; or why not.
    pub(super) page: Result<Page, NoPage>,
    pub(super) interfaces: Result<Vec<Survey>, String>,
    /// Who answers for the name, asked over each interface from a socket of its own.
    pub(super) answers: Vec<(String, Result<Vec<IpAddr>, String>)>,
    pub(super) avahi: bool,
    pub(super) clock: SystemTime,
    /// Whether the clock shows a time that can be.
    pub(super) clock_can_be: bool,
    pub(super) state: StateDir,
    /// Of each radio whether it sleeps between packets; `None`: it could not be asked.
    pub(super) power_save: Vec<(String, Option<bool>)>,
    /// Bytes of the largest packet that each interface carries.
    pub(super) mtu: Vec<(String, usize)>,
    pub(super) firewall: Firewall,
    /// `net.core.rmem_max`, bytes.
    pub(super) receive_buffer: Option<usize>,
    /// Whether the kernel takes and gives datagrams joined (GSO and GRO).
    pub(super) offload: (bool, bool),
    pub(super) speed: Speed,
}

/// One of the box's TCP ports.
#[derive(Clone, Debug)]
pub(super) struct Port {
    /// The one to use, and the one that may stand in for it.
    pub(super) numbers: Vec<u16>,
    /// Who listens there.
    pub(super) holders: Vec<Holder>,
    /// The setting.
    pub(super) setting: &'static str,
}

impl Port {
    /// The number at which this program is.
    pub(super) fn served(&self) -> Option<u16> {
        let at = self.holders.iter().position(|holder| *holder == Holder::Us)?;
        Some(self.numbers[at])
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Holder {
    Nobody,
    /// This program.
    Us,
    /// Another program.
    Other {
        name: String,
        process: i32,
    },
    /// Somebody of whom only root may know.
    Hidden,
}

/// Why the page does not come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum NoPage {
    /// The plain page does not give the authority's certificate.
    NoAuthority,
    /// It answers with that.
    Status(u16),
    /// As the kernel or TLS says.
    Failed(String),
}

#[derive(Clone, Debug)]
pub(super) struct Page {
    pub(super) port: u16,
    /// Of the box's own authority; `None` behind a proxy.
    pub(super) certificate: Option<Certificate>,
    /// Wrong PINs of somebody who guesses at the moment; none: nobody does.
    pub(super) guessed_pins: u64,
    /// Random at the box's start.
    pub(super) instance: Option<String>,
}

#[derive(Clone, Debug)]
pub(super) struct Certificate {
    pub(super) names: SubjectNames,
    /// From when until when.
    pub(super) valid: (SystemTime, SystemTime),
}

/// A domain, as this machine itself sees it.
#[derive(Clone, Debug)]
pub(super) struct Domain {
    pub(super) name: String,
    /// What is at each address to which it leads; or why it leads nowhere.
    pub(super) addresses: Result<Vec<DomainAddress>, String>,
}

#[derive(Clone, Debug)]
pub(super) struct DomainAddress {
    pub(super) address: IpAddr,
    pub(super) https: Result<Visit, NoVisit>,
    /// Whether the port of plain HTTP takes connections; `None`: it was not looked at.
    pub(super) takes_http: Option<bool>,
    /// `None`: it was not looked at.
    pub(super) media: Option<MediaPort>,
}

/// The port of media, from outside.
#[derive(Clone, Debug)]
pub(super) struct MediaPort {
    pub(super) number: u16,
    pub(super) takes_tcp: bool,
    /// Nobody says that there is none by UDP.
    pub(super) takes_udp: bool,
}

/// The box at the end of a domain.
#[derive(Clone, Debug)]
pub(super) struct Visit {
    pub(super) valid: (SystemTime, SystemTime),
    /// Behind a proxy.
    pub(super) proxied: Option<Proxied>,
}

/// What the box sees of somebody who comes through its proxy.
#[derive(Clone, Debug)]
pub(super) struct Proxied {
    pub(super) client: IpAddr,
    /// The box believes the proxy.
    pub(super) by_trusted_proxy: bool,
    /// The client's address is among those of the trusted proxies.
    pub(super) client_is_trusted: bool,
    /// The proxy says that the client has come without TLS.
    pub(super) without_tls: bool,
}

/// Why the box does not come by a domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum NoVisit {
    /// Nobody answers there.
    Unreachable(String),
    /// Its certificate is not one that this machine trusts.
    Untrusted(String),
    /// Its certificate is the box's own authority's still.
    OwnAuthority,
    /// It answers with that.
    Status(u16),
    /// It is another box, or none.
    Foreign,
}

#[derive(Clone, Debug)]
pub(super) struct StateDir {
    pub(super) path: PathBuf,
    pub(super) exists: bool,
    pub(super) writable: bool,
    /// It is kept in memory only, and gone after a restart of the machine.
    pub(super) in_memory: bool,
    /// Bytes that are free on its disk.
    pub(super) free: Option<u64>,
    /// What is wrong with the keys.
    pub(super) damage: Option<String>,
}

#[derive(Clone, Debug)]
pub(super) enum Firewall {
    /// Nothing is known of it, and why.
    Unknown(NoRules),
    /// What drops packets to the box's ports.
    Rules(Vec<Drops>),
}

/// Why a firewall's rules are not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum NoRules {
    /// That program is not installed.
    Absent(&'static str),
    /// This user may not ask that program.
    NotAllowed(&'static str),
    /// What that program says is not understood.
    NotUnderstood(&'static str),
}

/// A port of the box's that a firewall closes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Drops {
    /// `TCP` or `UDP`.
    pub(super) protocol: String,
    pub(super) port: u16,
    pub(super) place: Place,
}

/// Where a firewall drops a packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The number of the rule in its chain; `None`: it is the chain's policy.
    pub(super) rule: Option<usize>,
    pub(super) chain: String,
    /// Such as `inet filter`.
    pub(super) table: String,
}

/// How fast this machine is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Speed {
    pub(super) cores: usize,
    /// To encrypt a packet of media (AES-128-GCM, 1200 bytes).
    pub(super) encrypt: Duration,
    /// To go through a packet byte by byte, as a measure of everything else.
    pub(super) walk: Duration,
}
