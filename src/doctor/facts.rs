//! What is looked at: facts only, so that what follows from them can be tested without the machine.

use crate::addresses::Survey;
use crate::tls::Names;
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
    pub(super) page: Result<Page, String>,
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
    /// Another one, such as `nginx (process 12)`.
    Other(String),
    /// Somebody of whom only root may know.
    Hidden,
}

#[derive(Clone, Debug)]
pub(super) struct Page {
    pub(super) port: u16,
    /// Of the certificate.
    pub(super) names: Names,
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
    Unknown(String),
    /// What drops packets to the box's ports: the port, such as `UDP port 5353`, and the rule.
    Rules(Vec<(String, String)>),
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
