//! What the doctor may find, as data; `words` says it in each language. Pure.

use super::facts::{Drops, Holder, NoPage, NoRules};
use crate::addresses::LeftOut;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

/// The subject of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum About {
    Page,
    Pin,
    PlainPage,
    Media,
    Network,
    Name,
    Domain,
    Proxy,
    Firewall,
    Clock,
    Certificate,
    Keys,
    Disk,
    Radio,
    Kernel,
    Speed,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Case {
    Page(Page),
    Pin(Pin),
    PlainPage(PlainPage),
    Media(Media),
    Network(Network),
    Name(Name),
    Domain(Domain),
    Proxy(Proxy),
    Firewall(Firewall),
    Clock(Clock),
    Certificate(Certificate),
    Keys(Keys),
    Disk(Disk),
    Radio(Radio),
    Kernel(Kernel),
    Speed(Speed),
}

impl Case {
    pub(super) fn about(&self) -> About {
        match self {
            Case::Page(_) => About::Page,
            Case::Pin(_) => About::Pin,
            Case::PlainPage(_) => About::PlainPage,
            Case::Media(_) => About::Media,
            Case::Network(_) => About::Network,
            Case::Name(_) => About::Name,
            Case::Domain(_) => About::Domain,
            Case::Proxy(_) => About::Proxy,
            Case::Firewall(_) => About::Firewall,
            Case::Clock(_) => About::Clock,
            Case::Certificate(_) => About::Certificate,
            Case::Keys(_) => About::Keys,
            Case::Disk(_) => About::Disk,
            Case::Radio(_) => About::Radio,
            Case::Kernel(_) => About::Kernel,
            Case::Speed(_) => About::Speed,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Page {
    Served {
        port: u16,
    },
    /// It is not at the first port, which that one holds.
    Aside {
        first: u16,
        holder: Holder,
    },
    /// The box listens, and the page does not come.
    Silent {
        why: NoPage,
    },
    /// The port is any one.
    AnyPort {
        setting: &'static str,
    },
    Taken {
        port: u16,
        holder: Holder,
        setting: &'static str,
    },
    /// No box is running.
    Idle {
        ports: Vec<u16>,
    },
}

/// Somebody guesses it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pin {
    pub(super) wrong: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum PlainPage {
    Served { port: u16 },
    Taken { ports: Vec<(u16, Holder)>, setting: &'static str },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Media {
    Served {
        port: u16,
    },
    Taken {
        port: u16,
        holder: Holder,
    },
    /// The interface carries no packet of a picture.
    Narrow {
        interface: String,
        mtu: usize,
        wanted: usize,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Network {
    /// The interfaces cannot be listed.
    Unknown {
        why: String,
    },
    Local {
        interface: String,
        address: IpAddr,
    },
    LeftOut {
        interface: String,
        address: IpAddr,
        why: LeftOut,
    },
    /// There is no local network.
    None,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Name {
    /// None is announced.
    None,
    /// The box is not called as it was to be.
    Other {
        wanted: String,
        name: String,
    },
    Answered {
        name: String,
        interface: String,
    },
    /// Nobody answers for it; whether avahi runs.
    Unanswered {
        name: String,
        interface: String,
        avahi: bool,
    },
    /// It is another device's.
    Foreign {
        name: String,
        interface: String,
        address: IpAddr,
    },
    /// It cannot be asked for.
    Unasked {
        name: String,
        interface: String,
        why: String,
    },
    /// avahi runs beside the box.
    Avahi,
}

/// By which the world is to reach the box.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Domain {
    /// It leads nowhere.
    Unresolved {
        domain: String,
        why: String,
    },
    Unreachable {
        domain: String,
        address: IpAddr,
        why: String,
    },
    /// Somebody else answers.
    Foreign {
        domain: String,
        address: IpAddr,
    },
    /// It does not answer with how the box is.
    Status {
        domain: String,
        status: u16,
    },
    /// There is no certificate for it yet but that of the box's own authority.
    OwnAuthority {
        domain: String,
    },
    Untrusted {
        domain: String,
        why: String,
    },
    /// Now is outside of the time of its certificate.
    Invalid {
        domain: String,
        from: SystemTime,
        until: SystemTime,
    },
    /// Its certificate should have been renewed.
    Overdue {
        domain: String,
        days: u64,
    },
    Served {
        domain: String,
        address: IpAddr,
        days: u64,
    },
    /// Plain HTTP does not come in.
    HttpClosed {
        domain: String,
        address: IpAddr,
    },
    /// Media does not come in, by UDP or TCP.
    MediaClosed {
        address: IpAddr,
        port: u16,
        protocol: &'static str,
    },
}

/// What the one before the box tells it of those who come by a domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Proxy {
    /// It, at that address, is not among the trusted ones.
    Untrusted { domain: String, address: IpAddr },
    /// It tells of no client, or of one that is a trusted proxy.
    UnknownClient { domain: String, client: IpAddr },
    /// It says that who comes by TLS comes without.
    SaidToBePlain { domain: String },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Firewall {
    Unknown(NoRules),
    Open,
    Closed(Drops),
}

/// It shows a time that cannot be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Clock {
    pub(super) shows: SystemTime,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Certificate {
    /// Now is outside of its time.
    Invalid {
        from: SystemTime,
        until: SystemTime,
        now: SystemTime,
    },
    Valid {
        days: u64,
        names: Vec<String>,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Keys {
    Damaged {
        how: String,
    },
    /// Their folder is not there yet.
    Absent {
        path: PathBuf,
    },
    ReadOnly {
        path: PathBuf,
    },
    Kept {
        path: PathBuf,
    },
    InMemory {
        path: PathBuf,
    },
}

/// It is nearly full: so many bytes are free.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Disk {
    pub(super) free: u64,
    pub(super) path: PathBuf,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Radio {
    Sleeps { interface: String },
    Awake { interface: String },
    Unknown { interface: String },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kernel {
    /// UDP buffers, bytes.
    Buffers {
        bytes: usize,
    },
    SmallBuffers {
        bytes: usize,
        wanted: usize,
    },
    /// Datagrams go joined.
    Joined,
    NotJoined,
}

/// How many people the machine is good for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Speed {
    pub(super) cores: usize,
    pub(super) encrypt: Duration,
    /// In one room.
    pub(super) members: u32,
    /// Of four.
    pub(super) rooms: u32,
    /// Too slow for a room of four.
    pub(super) slow: bool,
}
