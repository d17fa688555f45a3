//! What every request handler shares: the box's parts, and the hosts that it is.

use super::assets::Assets;
use super::events::streams::EventStreams;
use super::password::Password;
use super::request::Host;
use crate::connection_limiter::{ClientPermit, ConnectionLimiter, Permit};
use crate::doctor::Doctor;
use crate::hub::Hub;
use crate::media::Media;
use crate::pin_auth::PinAuth;
use crate::space_name::SpaceName;
use crate::spaces::SpaceRegistry;
use crate::tls::CertManager;
use crate::turn::TurnServer;
use ipnet::IpNet;
use std::net::IpAddr;
use std::sync::{Arc, RwLock};

pub(crate) struct AppState {
    pub(crate) hub: Hub,
    pub(crate) assets: Assets,
    pub(crate) cert_manager: Arc<CertManager>,
    pub(crate) limiter: Arc<ConnectionLimiter>,
    pub(crate) media: Media,
    /// Where it is offered.
    pub(crate) turn: Option<Arc<TurnServer>>,
    pub(crate) streams: EventStreams,
    pub(crate) https_port: u16,
    pub(crate) doctor: Doctor,
    /// Of the lobby; each space has one of its own.
    pub(crate) pin_auth: Arc<PinAuth>,
    pub(crate) spaces: Arc<SpaceRegistry>,
    pub(crate) host_names: RwLock<HostNames>,
    /// Of the owner's page.
    pub(crate) password: Option<Password>,
    /// Everybody comes through a proxy, which ends TLS.
    pub(crate) behind_proxy: bool,
    /// Whose word about a client counts.
    pub(crate) trusted_proxies: Vec<IpNet>,
    /// A URI for /.well-known/security.txt.
    pub(crate) security_contact: Option<String>,
    /// Random at each start: by it the doctor knows its own box.
    pub(crate) instance: String,
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
    /// The client's, as far as a trusted proxy has told it; else that of the socket.
    pub(super) remote: IpAddr,
    pub(super) local: IpAddr,
    /// A proxy has passed it on, or may have, so that an address of this machine or its network is no
    /// privilege.
    pub(super) is_proxied: bool,
}

/// What belongs to a client while its request is answered, and longer if that becomes a session.
pub(super) struct RequestPermit {
    pub(super) _connection: Arc<Permit>,
    /// Where the connection is a proxy's.
    pub(super) _client: Option<ClientPermit>,
}

impl AppState {
    /// Who may enter a space, or the lobby. `None`: whoever has its address.
    pub(super) fn pin_auth_of(&self, space: Option<&SpaceName>) -> Option<Arc<PinAuth>> {
        match space {
            None => Some(self.pin_auth.clone()),
            Some(name) => self.spaces.pin_auth(name),
        }
    }

    pub(super) fn host_names(&self) -> HostNames {
        self.host_names.read().expect("nothing panics while it holds the names").clone()
    }

    /// Whether that address is of a trusted proxy.
    pub(super) fn is_trusted_proxy(&self, address: IpAddr) -> bool {
        self.trusted_proxies.iter().any(|range| range.contains(&address))
    }

    /// Whether it is there for the internet: behind a proxy, or by a name for which an authority of the
    /// internet or the owner vouches.
    pub(super) fn is_public(&self) -> bool {
        let own = self.host_names.read().expect("nothing panics while it holds the names");
        self.behind_proxy || !own.certified.is_empty()
    }

    /// Whether who comes by that host needs no authority of the box's: a proxy's certificate is another one, or
    /// that of the name is.
    pub(super) fn is_hosted(&self, host: &Host) -> bool {
        let own = self.host_names.read().expect("nothing panics while it holds the names");
        self.behind_proxy || own.is_certified(host)
    }

    /// Whether all that comes may have come through a proxy, because no proxy is named that would tell.
    pub(super) fn is_proxied_without_trust(&self) -> bool {
        self.behind_proxy && self.trusted_proxies.is_empty()
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
