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
    pub(super) https: Port,
    pub(super) http: Port,
    /// The UDP port of media.
    pub(super) media: Holder,
    pub(super) media_port: u16,
    /// The page over TLS, as a visitor of this machine gets it; or why not.
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
    /// Of the certificate.
    pub(super) names: SubjectNames,
    pub(super) valid: (SystemTime, SystemTime),
    /// Wrong PINs of somebody who guesses at the moment; none: nobody does.
    pub(super) guessed_pins: u64,
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
