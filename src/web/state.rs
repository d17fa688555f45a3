//! What every request handler shares: the box's parts, and the hosts that it is.

use super::assets::Assets;
use super::events::streams::EventStreams;
use super::password::Password;
use super::request::Host;
use crate::connection_limiter::ConnectionLimiter;
use crate::doctor::Doctor;
use crate::hub::Hub;
use crate::media::Media;
use crate::pin_auth::PinAuth;
use crate::tls::CertManager;
use std::net::IpAddr;
use std::sync::{Arc, RwLock};

pub(crate) struct AppState {
    pub(crate) hub: Hub,
    pub(crate) assets: Assets,
    pub(crate) cert_manager: Arc<CertManager>,
    pub(crate) limiter: Arc<ConnectionLimiter>,
    pub(crate) media: Media,
    pub(crate) streams: EventStreams,
    pub(crate) https_port: u16,
    pub(crate) doctor: Doctor,
    pub(crate) pin_auth: Arc<PinAuth>,
    pub(crate) host_names: RwLock<HostNames>,
    /// Of the owner's page.
    pub(crate) password: Option<Password>,
}

/// Under which names and addresses the box is reached.
#[derive(Clone, Default)]
pub(crate) struct HostNames {
    /// In lower case; the one to show first.
    pub(crate) names: Vec<String>,
    pub(crate) addresses: Vec<IpAddr>,
    /// Of the names (and of addresses that routers lead here) those for which another authority vouches, or
    /// will.
    pub(crate) certified: Vec<String>,
}

/// Both ends of a connection, IPv4 addresses as such wherever they come from.
#[derive(Clone, Copy)]
pub(super) struct PeerAddrs {
    pub(super) remote: IpAddr,
    pub(super) local: IpAddr,
}

impl AppState {
    pub(super) fn host_names(&self) -> HostNames {
        self.host_names.read().expect("nothing panics while it holds the names").clone()
    }

    /// Whether a request's Host is one of the box's names or addresses, so that nobody was led here by a name
    /// of their own (DNS rebinding).
    pub(super) fn is_own_host(&self, host: &Host, addrs: PeerAddrs) -> bool {
        let own = self.host_names.read().expect("nothing panics while it holds the names");
        match host.address() {
            Some(address) if address == addrs.local || own.addresses.contains(&address) => true,
            _ => own.names.iter().any(|name| host.is(name)),
        }
    }
}

impl HostNames {
    /// Whether browsers need no authority of the box's for that host.
    pub(super) fn is_certified(&self, host: &Host) -> bool {
        self.certified.iter().any(|name| host.is(name))
    }
}
