//! Who may see what tells of people: one rule for the owner's page, the doctor, metrics and health.

use super::forwarded::is_passed_on;
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

impl Access {
    /// Whether the request has brought a wrong password.
    pub(super) fn is_guess(self, headers: &HeaderMap) -> bool {
        self == Access::PasswordNeeded && headers.contains_key(header::AUTHORIZATION)
    }
}

/// Where a client is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NetworkScope {
    Loopback,
    /// A private address (RFC 1918, RFC 4193) or a link-local one.
    Private,
    Public,
    /// Behind a proxy, wherever that is.
    Proxied,
}

impl AppState {
    /// Whether that client may see who is here.
    pub(super) fn access(&self, addrs: PeerAddrs, headers: &HeaderMap) -> Access {
        let password = self.password.as_ref().map(|password| password.matches(headers));
        let from = NetworkScope::of_request(addrs, headers);
        let is_divided = self.pin_auth.is_required() || self.spaces.has_any();
        access(from, self.is_public(), is_divided, password)
    }

    /// Whether a client is on the machine itself, or on its network where that is all that the server is for.
    pub(super) fn is_near(&self, addrs: PeerAddrs, headers: &HeaderMap) -> bool {
        match NetworkScope::of_request(addrs, headers) {
            NetworkScope::Loopback => true,
            NetworkScope::Private => !self.is_public(),
            NetworkScope::Public | NetworkScope::Proxied => false,
        }
    }

    /// How the box is, as who has such access may see it.
    pub(super) async fn snapshot(&self, access: Access) -> Snapshot {
        // That somebody guesses the PIN of one space is nothing to those in another.
        let of_spaces = (access == Access::Granted).then(|| self.spaces.all_pin_auths());
        let pin_auths =
            [self.pin_auth.clone()].into_iter().chain(of_spaces.into_iter().flatten()).collect::<Vec<_>>();
        let snapshot =
            Snapshot::take(&self.hub, &self.media, &self.limiter, &pin_auths, &self.cert_manager).await;
        if access == Access::Granted { snapshot } else { snapshot.without_people() }
    }
}

/// The rule. `is_public`: the server is there for the internet. `is_divided`: a PIN or spaces keep some who may
/// use the box from knowing of others there. `password`: whether it was brought, if there is one.
fn access(from: NetworkScope, is_public: bool, is_divided: bool, password: Option<bool>) -> Access {
    match (from, password) {
        (NetworkScope::Public, _) if !is_public => Access::Denied,
        (_, Some(true)) => Access::Granted,
        (_, Some(false)) => Access::PasswordNeeded,
        (NetworkScope::Loopback, None) => Access::Granted,
        // Whom a PIN or another space keeps out does not learn from a page who is in.
        (NetworkScope::Private, None) if !is_divided && !is_public => Access::Granted,
        (_, None) => Access::Denied,
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
    /// Of a client. Whoever passes a request on says so, and who says so without need gains nothing.
    fn of_request(addrs: PeerAddrs, headers: &HeaderMap) -> NetworkScope {
        match addrs.is_proxied || is_passed_on(headers) {
            true => NetworkScope::Proxied,
            false => NetworkScope::of(addrs.remote),
        }
    }

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
    use super::NetworkScope::{Loopback, Private, Proxied, Public};
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
            (Loopback, true, Some(false), PasswordNeeded),
            (Loopback, false, Some(true), Granted),
            (Public, false, None, Denied),
            (Public, true, Some(true), Denied),
            (Proxied, false, None, Denied),
            (Proxied, false, Some(false), PasswordNeeded),
            (Proxied, true, Some(true), Granted),
        ] {
            assert_eq!(
                access(from, false, pin, password),
                wanted,
                "{from:?}, PIN {pin}, password {password:?}"
            );
        }
    }

    #[test]
    fn on_the_internet_it_takes_the_password_or_the_machine_itself() {
        for from in [Loopback, Private, Public, Proxied] {
            assert_eq!(access(from, true, false, Some(true)), Granted, "{from:?}");
            assert_eq!(access(from, true, false, Some(false)), PasswordNeeded, "{from:?}");
            let without = if from == Loopback { Granted } else { Denied };
            assert_eq!(access(from, true, false, None), without, "{from:?}");
        }
    }

    #[test]
    fn what_was_passed_on_is_near_to_nobody() {
        let scope = |is_proxied, name: Option<&'static str>| {
            let local = IpAddr::from([127, 0, 0, 1]);
            let headers =
                name.map(|name| (header::HeaderName::from_static(name), HeaderValue::from_static("x")));
            NetworkScope::of_request(
                PeerAddrs { remote: local, local, is_proxied },
                &HeaderMap::from_iter(headers),
            )
        };
        assert_eq!(scope(false, None), Loopback);
        assert_eq!(scope(true, None), Proxied);
        for name in ["x-forwarded-for", "forwarded", "via", "x-forwarded-proto", "x-forwarded-host"] {
            assert_eq!(scope(false, Some(name)), Proxied, "{name}");
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
