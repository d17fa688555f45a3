//! The STUN and TURN servers by which two pages find a direct path to each other over the internet (RFC 8489,
//! 8656). Without settings there are none, and a page asks nobody for anything.
//!
//! Pure. A TURN server shares a secret with the box, which makes credentials of it for each page ("A REST API
//! For Access To TURN Services", draft-uberti-behave-turn-rest; coturn's `use-auth-secret`).

use crate::ids::ConnectionId;
use crate::protocol::{Ice, IceServer};
use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::STANDARD};
use std::sync::Arc;
use std::time::Duration;

/// How long credentials are good for a new allocation. Whoever takes them out of a page has a relay for as
/// long, and a page that has slept or lost its connection rarely finds that they have ended. SECURITY.md.
const LIFETIME: Duration = Duration::from_secs(10 * 60);

/// What pages are told of servers.
#[derive(Clone, Debug, Default)]
pub(crate) struct IceServers {
    stun: Vec<String>,
    turn: Option<Turn>,
}

/// The URIs of TURN servers (RFC 7065), all with the same secret.
#[derive(Clone, Debug)]
struct Turn {
    uris: Vec<String>,
    secret: Arc<hmac::Key>,
}

impl IceServers {
    /// `stun` and `turn` are URIs (RFC 7064, 7065); without a secret nobody can use those of TURN, and they
    /// are left out.
    pub(crate) fn new(stun: &[String], turn: &[String], secret: Option<&str>) -> IceServers {
        let turn = secret.filter(|_| !turn.is_empty()).map(|secret| Turn {
            uris: turn.to_vec(),
            // SHA-1 is what the servers of this scheme know; in an HMAC it is sound (RFC 6194, 3.3).
            secret: Arc::new(hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret.as_bytes())),
        });
        IceServers { stun: stun.to_vec(), turn }
    }

    /// What the page of that connection gets at `now`, the time since 1970.
    pub(crate) fn issue(&self, now: Duration, to: ConnectionId) -> Ice {
        let stun = (!self.stun.is_empty()).then(|| IceServer {
            urls: self.stun.clone(),
            username: None,
            credential: None,
        });
        let turn = self.turn.as_ref().map(|turn| {
            let username = format!("{}:{}", (now + LIFETIME).as_secs(), turn.page_name(to));
            let credential = STANDARD.encode(hmac::sign(&turn.secret, username.as_bytes()));
            IceServer { urls: turn.uris.clone(), username: Some(username), credential: Some(credential) }
        });
        let expires_in_ms = turn.is_some().then_some(LIFETIME.as_millis() as u32);
        Ice { servers: stun.into_iter().chain(turn).collect(), expires_in_ms }
    }
}

impl Turn {
    /// What tells pages apart in the server's log and quotas. It does not tell the connection's number, which
    /// counts those of all spaces.
    fn page_name(&self, page: ConnectionId) -> String {
        let tag = hmac::sign(&self.secret, format!("page {}", page.0).as_bytes());
        tag.as_ref()[..8].iter().map(|octet| format!("{octet:02x}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Duration = Duration::from_secs(1_800_000_000);

    fn issued(stun: &[&str], turn: &[&str], secret: Option<&str>) -> Ice {
        let owned = |uris: &[&str]| uris.iter().map(|uri| (*uri).to_owned()).collect::<Vec<_>>();
        IceServers::new(&owned(stun), &owned(turn), secret).issue(NOW, ConnectionId(7))
    }

    #[test]
    fn without_settings_there_are_no_servers() {
        let ice = IceServers::default().issue(NOW, ConnectionId(7));
        assert!(ice.is_empty());
        assert_eq!(ice, Ice { servers: Vec::new(), expires_in_ms: None });
    }

    #[test]
    fn a_stun_server_takes_no_credentials() {
        let ice = issued(&["stun:stun.example"], &[], None);
        assert_eq!(ice.expires_in_ms, None);
        assert_eq!((ice.servers.len(), &ice.servers[0].username), (1, &None));
    }

    #[test]
    fn credentials_of_turn_are_those_that_a_server_with_the_secret_reckons() {
        let ice = issued(&["stun:stun.example"], &["turn:turn.example", "turns:turn.example"], Some("north"));
        assert_eq!(ice.expires_in_ms, Some(600_000));
        let [stun, turn] = &ice.servers[..] else { panic!("{ice:?}") };
        assert_eq!(stun.urls, ["stun:stun.example"]);
        assert_eq!(turn.urls, ["turn:turn.example", "turns:turn.example"]);
        // printf 'page 7' | openssl dgst -sha1 -hmac north
        assert_eq!(turn.username.as_deref(), Some("1800000600:810960e4d2a719f0"));
        // printf 1800000600:810960e4d2a719f0 | openssl dgst -sha1 -hmac north -binary | base64
        assert_eq!(turn.credential.as_deref(), Some("F3v9cCj/Pn9+N5fPV3x4WHkz/As="));
    }

    #[test]
    fn a_turn_server_without_its_secret_is_not_told() {
        assert!(issued(&[], &["turn:turn.example"], None).is_empty());
    }
}
