//! The box's own certificate authority, kept for years, and the certificate it serves, renewed unseen.
//!
//! [`CertManager`] owns both, and swaps the certificate live when `validity` says that it is due. `mint`
//! knows how to make one, `store` how to keep it, `names` for which hosts it may be, `admin` has the commands
//! of `wizyjno ca`, and `probe` a client for the doctor. `docs/tls.md` has the reasons.

mod admin;
mod authority;
mod error;
mod leaf;
mod mint;
mod names;
mod probe;
mod store;
#[cfg(test)]
mod tests;
mod validity;

use aws_lc_rs::rand;
use leaf::{CurrentCert, kept_leaf, mint_leaf};
use mint::Signer;
use names::{permitted, tell_of_underscores};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs as crypto;
use rustls::server::NoServerSessionStorage;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use store::{Item, Store};
use tracing::{info, warn};
use validity::{RenewalReason, due, renewal_reason};

pub use admin::{CaStatus, ca_status, renew, replace};
pub use authority::Authority;
pub use error::Error;
pub use names::SubjectNames;
pub use probe::{ProbedStream, probe};
pub use validity::is_plausible_clock;

/// How often to look whether a certificate still fits: no timer tells when somebody sets the clock, as
/// NTP does a minute after a Pi has booted.
const CLOCK_CHECK_INTERVAL: Duration = Duration::from_secs(60);

/// Owns the authority and the certificate that is served.
pub struct CertManager {
    store: Store,
    signer: Signer,
    authority: Authority,
    secret: [u8; 32],
    current: Arc<CurrentCert>,
    config: Arc<ServerConfig>,
}

impl CertManager {
    /// Takes what `folder` holds, and makes what it lacks: on a first start all of it, with `label` in
    /// the authority's name. `now` is the clock as it is, right or wrong.
    ///
    /// # Errors
    /// When the folder or a file in it cannot be used. An authority that is damaged or half there is
    /// never replaced silently: devices trust it.
    pub fn open(
        folder: &Path,
        label: &str,
        names: &SubjectNames,
        now: SystemTime,
    ) -> Result<CertManager, Error> {
        let store = Store::open(folder)?;
        let _lock = store.lock()?;
        let (signer, pem) = authority::load_or_create(&store, label, names, now)?;
        let secret = secret(&store)?;
        tell_of_underscores(names);
        let wanted = permitted(names, &signer.parsed.constraints);
        let leaf = match kept_leaf(&store, &signer) {
            Ok(leaf) => leaf,
            Err(error) => {
                warn!(%error, "the certificate cannot be used again, making a new one");
                None
            }
        };
        let why = match &leaf {
            Some(leaf) => renewal_reason(leaf.validity, leaf.names.cover(&wanted), now),
            None => Some(RenewalReason::Missing),
        };
        let leaf = match (leaf, why) {
            (Some(leaf), None) => leaf,
            (leaf, why) => {
                let (leaf, pem) = mint_leaf(&store, &signer, wanted, leaf.as_ref(), now)?;
                info!(?why, names = ?leaf.names, "made a certificate");
                // A box whose disk has become read-only still serves; it mints at every start.
                if let Err(error) = store.write(Item::Leaf, pem.as_bytes()) {
                    warn!(%error, "the certificate is not kept");
                }
                leaf
            }
        };
        let current = Arc::new(CurrentCert::new(leaf));
        let config = server_config(current.clone());
        let authority = Authority::of(&signer, pem);
        Ok(CertManager { store, signer, authority, secret, current, config })
    }

    /// For every connection, for good: a renewed certificate is served under the same configuration.
    pub fn server_config(&self) -> Arc<ServerConfig> {
        self.config.clone()
    }

    /// Renews the certificate if it does not fit these names or this moment. New connections get the new
    /// one, those that stand notice nothing. True if it did.
    ///
    /// Call it when names or addresses have changed, and after [`CertManager::next_check`].
    ///
    /// # Errors
    /// When a new one is due and cannot be made: the old one is still served.
    pub fn renew_if_needed(&self, names: &SubjectNames, now: SystemTime) -> Result<bool, Error> {
        let wanted = permitted(names, &self.signer.parsed.constraints);
        let leaf = self.current.get();
        let Some(why) = renewal_reason(leaf.validity, leaf.names.cover(&wanted), now) else {
            return Ok(false);
        };
        let (leaf, pem) = mint_leaf(&self.store, &self.signer, wanted, Some(&leaf), now)?;
        info!(?why, names = ?leaf.names, "made a new certificate");
        self.current.set(leaf);
        let kept = self.store.lock().and_then(|_lock| self.store.write(Item::Leaf, pem.as_bytes()));
        if let Err(error) = kept {
            warn!(%error, "the new certificate is served but not kept, so the next start makes another one");
        }
        Ok(true)
    }

    /// How long until [`CertManager::renew_if_needed`] should be called, if nothing else happens.
    pub fn next_check(&self, now: SystemTime) -> Duration {
        let due = due(self.current.get().validity).duration_since(now).unwrap_or_default();
        due.clamp(Duration::from_secs(1), CLOCK_CHECK_INTERVAL)
    }

    /// Until when the certificate that is served is valid.
    pub fn expires_at(&self) -> SystemTime {
        self.current.get().validity.until
    }

    pub fn authority(&self) -> &Authority {
        &self.authority
    }

    /// Where the authority's certificate lies, for programs on this machine.
    pub fn authority_path(&self) -> PathBuf {
        self.store.path(Item::Authority)
    }

    /// 32 random bytes that stay the same over restarts: the key of the lobby's tokens.
    pub fn secret(&self) -> [u8; 32] {
        self.secret
    }
}

/// TLS 1.2 and 1.3 for HTTP/1.1, with little memory a connection.
fn server_config(current: Arc<CurrentCert>) -> Arc<ServerConfig> {
    let mut config = ServerConfig::builder_with_provider(Arc::new(crypto::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("the provider has suites for both versions")
        .with_no_client_auth()
        .with_cert_resolver(current);
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    // Who reloads resumes with a ticket that the client keeps, so that the box keeps nothing. One is
    // enough: a page opens one WebSocket, and each resumption brings the next ticket.
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.ticketer = crypto::Ticketer::new().expect("the kernel gives randomness");
    config.send_tls13_tickets = 1;
    Arc::new(config)
}

fn secret(store: &Store) -> Result<[u8; 32], Error> {
    if let Some(secret) = store.read(Item::Secret)? {
        return secret.try_into().map_err(|_| store.damaged(Item::Secret, "is damaged"));
    }
    let mut secret = [0; 32];
    rand::fill(&mut secret).expect("the kernel gives randomness");
    store.write(Item::Secret, &secret)?;
    Ok(secret)
}
