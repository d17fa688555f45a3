//! Who may see what tells of people: one rule for the owner's page, the doctor, metrics and health.

use super::response::{self, Body};
use super::state::{AppState, PeerAddrs};
use crate::metrics::Snapshot;
use hyper::header::{self, HeaderMap, HeaderValue};
use hyper::{Response, StatusCode};
use std::net::IpAddr;
use std::time::Duration;
use tokio::time::sleep;

/// Who does not know the password waits so long for the answer, so that guessing is slow (SECURITY.md).
const WRONG_PASSWORD_DELAY: Duration = Duration::from_secs(1);

/// Whether a client may see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    Granted,
    /// With the password.
    PasswordNeeded,
    Denied,
}

/// Where a client is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NetworkScope {
    Loopback,
    /// A private address (RFC 1918, RFC 4193) or a link-local one.
    Private,
    Public,
}

impl AppState {
    /// Whether that client may see who is here.
    pub(super) fn access(&self, addrs: PeerAddrs, headers: &HeaderMap) -> Access {
        let password = self.password.as_ref().map(|password| password.matches(headers));
        access(NetworkScope::of(addrs.remote), self.pin_auth.is_required(), password)
    }

    /// How the box is, as who has such access may see it.
    pub(super) async fn snapshot(&self, access: Access) -> Snapshot {
        let snapshot =
            Snapshot::take(&self.hub, &self.media, &self.limiter, &self.pin_auth, &self.cert_manager).await;
        if access == Access::Granted { snapshot } else { snapshot.without_people() }
    }
}

impl PeerAddrs {
    /// From the machine itself or its network, not from the internet.
    pub(super) fn is_private(&self) -> bool {
        NetworkScope::of(self.remote) != NetworkScope::Public
    }
}

/// The rule. `password`: whether it was brought, if there is one.
fn access(from: NetworkScope, pin: bool, password: Option<bool>) -> Access {
    match (from, password) {
        (NetworkScope::Public, _) => Access::Denied,
        (_, Some(true)) => Access::Granted,
        (_, Some(false)) => Access::PasswordNeeded,
        // Where a PIN keeps strangers of the network out, they do not learn from a page who is in.
        (NetworkScope::Private, None) if pin => Access::Denied,
        (_, None) => Access::Granted,
    }
}

/// The answer to who lacks the password; who brought a wrong one waits for it.
pub(super) async fn unauthorized(headers: &HeaderMap) -> Response<Body> {
    if headers.contains_key(header::AUTHORIZATION) {
        tracing::warn!("a wrong password for what tells of people");
        sleep(WRONG_PASSWORD_DELAY).await;
    }
    let mut refusal = response::text(StatusCode::UNAUTHORIZED, "This page needs a password.\n");
    let realm = HeaderValue::from_static("Basic realm=\"Wizyjno Godka\", charset=\"UTF-8\"");
    refusal.headers_mut().insert(header::WWW_AUTHENTICATE, realm);
    refusal
}

impl NetworkScope {
    fn of(from: IpAddr) -> NetworkScope {
        let private = match from {
            IpAddr::V4(from) => from.is_private() || from.is_link_local(),
            IpAddr::V6(from) => from.is_unique_local() || from.is_unicast_link_local(),
        };
        match from {
            from if from.is_loopback() => NetworkScope::Loopback,
            _ if private => NetworkScope::Private,
            _ => NetworkScope::Public,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Access::{Denied, Granted, PasswordNeeded};
    use super::NetworkScope::{Loopback, Private, Public};
    use super::*;

    #[test]
    fn who_sees_people_depends_on_place_pin_and_password() {
        for (from, pin, password, wanted) in [
            (Loopback, false, None, Granted),
            (Loopback, true, None, Granted),
            (Private, false, None, Granted),
            (Private, true, None, Denied),
            (Private, true, Some(true), Granted),
            (Private, true, Some(false), PasswordNeeded),
            (Private, false, Some(false), PasswordNeeded),
            // All come from loopback where a proxy stands before the box.
            (Loopback, true, Some(false), PasswordNeeded),
            (Loopback, false, Some(true), Granted),
            (Public, false, None, Denied),
            (Public, true, Some(true), Denied),
        ] {
            assert_eq!(access(from, pin, password), wanted, "{from:?}, PIN {pin}, password {password:?}");
        }
    }

    #[test]
    fn a_private_address_is_of_the_network() {
        for (address, place) in [
            ("127.0.0.1", Loopback),
            ("127.1.2.3", Loopback),
            ("::1", Loopback),
            ("192.168.1.20", Private),
            ("10.0.0.1", Private),
            ("172.31.0.1", Private),
            ("169.254.3.4", Private),
            ("fd00::1", Private),
            ("fe80::1", Private),
            ("8.8.8.8", Public),
            ("172.32.0.1", Public),
            ("2001:db8::1", Public),
        ] {
            assert_eq!(NetworkScope::of(address.parse().expect("an address")), place, "{address}");
        }
    }
}
