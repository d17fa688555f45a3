//! The box's own certificate authority, kept for years, and the certificate it serves, renewed unseen.
//!
//! [`CertManager`] owns both, and swaps the certificate live when `validity` says that it is due. `mint`
//! knows how to make one, `store` how to keep it, `names` for which hosts it may be, `admin` has the commands
//! of `wizyjno ca`, and `probe` a client for the doctor. `docs/tls.md` has the reasons.
//!
//! For domains of the internet there are certificates of others: `owner` reads the owner's own, `acme` gets
//! them from an ACME CA and `challenges` shows that one what it asks for. `resolver` chooses for each
//! handshake.

mod acme;
mod admin;
mod authority;
mod challenges;
mod error;
mod leaf;
mod mint;
mod names;
mod owner;
mod probe;
mod resolver;
mod store;
#[cfg(test)]
mod tests;
mod validity;

use aws_lc_rs::rand;
use leaf::{Leaf, kept_leaf, mint_leaf};
use mint::Signer;
use names::{permitted, tell_of_underscores};
use owner::{OWNER_CHECK_INTERVAL, OwnerCert};
use resolver::CertResolver;
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs as crypto;
use rustls::server::NoServerSessionStorage;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, SystemTime};
use store::{Item, Store};
use time::OffsetDateTime;
use tracing::{info, warn};
use validity::{RenewalReason, due, renewal_reason};

pub(crate) use acme::can_be_certified;
pub use acme::{AcmeClient, AcmeSettings};
pub use admin::{CaStatus, ca_status, renew, replace};
pub use authority::Authority;
pub use challenges::VALIDATION_PROTOCOL;
pub use error::Error;
pub use names::SubjectNames;
pub use owner::OwnerFiles;
pub use probe::{ProbedStream, TrustedRoots, probe};
pub use validity::is_plausible_clock;

/// How often to look whether a certificate still fits: no timer tells when somebody sets the clock, as
/// NTP does a minute after a Pi has booted.
const CLOCK_CHECK_INTERVAL: Duration = Duration::from_secs(60);

/// Owns the authority and the certificates that are served.
pub struct CertManager {
    store: Store,
    signer: Signer,
    authority: Authority,
    secret: [u8; 32],
    resolver: Arc<CertResolver>,
    owner: Mutex<Option<OwnerCert>>,
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
        let resolver = Arc::new(CertResolver::new(leaf));
        let config = server_config(resolver.clone());
        let authority = Authority::of(&signer, pem);
        Ok(CertManager { store, signer, authority, secret, resolver, owner: Mutex::default(), config })
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
        let leaf = self.resolver.local.get();
        let Some(why) = renewal_reason(leaf.validity, leaf.names.cover(&wanted), now) else {
            return Ok(false);
        };
        let (leaf, pem) = mint_leaf(&self.store, &self.signer, wanted, Some(&leaf), now)?;
        info!(?why, names = ?leaf.names, "made a new certificate");
        self.resolver.local.set(leaf);
        let kept = self.store.lock().and_then(|_lock| self.store.write(Item::Leaf, pem.as_bytes()));
        if let Err(error) = kept {
            warn!(%error, "the new certificate is served but not kept, so the next start makes another one");
        }
        Ok(true)
    }

    /// How long until [`CertManager::renew_if_needed`] should be called, if nothing else happens.
    pub fn next_check(&self, now: SystemTime) -> Duration {
        let due = due(self.resolver.local.get().validity).duration_since(now).unwrap_or_default();
        let longest = match &*self.owner() {
            Some(_) => OWNER_CHECK_INTERVAL,
            None => CLOCK_CHECK_INTERVAL,
        };
        due.clamp(Duration::from_secs(1), longest)
    }

    /// Serves the owner's certificate to whoever comes by one of its names, or none.
    ///
    /// # Errors
    /// When it cannot be served; then nothing changes.
    pub fn set_owner_files(&self, files: Option<OwnerFiles>, now: SystemTime) -> Result<(), Error> {
        let mut owner = self.owner();
        if owner.as_ref().map(OwnerCert::files) == files.as_ref() {
            return Ok(());
        }
        let (new, leaf) = files.map(OwnerCert::read).transpose()?.unzip();
        *owner = new;
        self.serve_owner(leaf, now);
        Ok(())
    }

    /// Takes over the owner's certificate if its files have changed. While they cannot be used, as between
    /// the writing of one and of the other, the one of before stays.
    pub fn follow_owner_files(&self, now: SystemTime) {
        match self.owner().as_mut().and_then(OwnerCert::changed) {
            Some(Ok(leaf)) => self.serve_owner(Some(leaf), now),
            Some(Err(error)) => warn!(%error, "the owner's certificate stays as it was"),
            None => {}
        }
    }

    fn serve_owner(&self, leaf: Option<Leaf>, now: SystemTime) {
        if let Some(leaf) = &leaf {
            let until = OffsetDateTime::from(leaf.validity.until);
            info!(names = ?leaf.names, %until, "the owner's certificate is served");
            if leaf.validity.until <= now {
                warn!("the owner's certificate has ended, or the clock is wrong: browsers refuse it");
            }
        }
        self.resolver.set_owner(leaf);
    }

    fn owner(&self) -> MutexGuard<'_, Option<OwnerCert>> {
        self.owner.lock().expect("nobody panics while holding it")
    }

    /// What gets certificates for these domains and renews them, once somebody lets it run. Serves those that
    /// are kept, and none of other domains.
    ///
    /// # Errors
    /// When the file of roots cannot be used; then nothing changes.
    pub fn acme(&self, settings: Option<AcmeSettings>) -> Result<Option<AcmeClient>, Error> {
        let Some(settings) = settings else {
            self.resolver.retain_domains(&[]);
            return Ok(None);
        };
        settings.root.as_deref().map(acme::check_root).transpose()?;
        Ok(Some(AcmeClient::new(self.store.clone(), self.resolver.clone(), settings)))
    }

    /// Whether the owner's certificate is for that host.
    pub fn owner_vouches_for(&self, host: &str) -> bool {
        self.resolver.owner().is_some_and(|leaf| leaf.is_for(host))
    }

    /// The certificates that the box's own authority has not signed: each with its first name, and when it
    /// ends.
    pub fn domain_certificates(&self) -> Vec<(String, SystemTime)> {
        let owners = self.resolver.owner().map(|leaf| {
            let address = || leaf.names.addresses.first().map(ToString::to_string);
            let name = leaf.names.dns.first().cloned().or_else(address).unwrap_or_default();
            (name, leaf.validity.until)
        });
        let by_acme = self.resolver.domains().into_iter().map(|(domain, leaf)| (domain, leaf.validity.until));
        owners.into_iter().chain(by_acme).collect()
    }

    /// What the file with that token holds, while an ACME server looks for it on the plain port.
    pub fn challenge_file(&self, token: &str) -> Option<String> {
        self.resolver.challenges.file(token)
    }

    /// Until when the certificate of the box's own authority is valid.
    pub fn expires_at(&self) -> SystemTime {
        self.resolver.local.get().validity.until
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
fn server_config(resolver: Arc<CertResolver>) -> Arc<ServerConfig> {
    let mut config = ServerConfig::builder_with_provider(Arc::new(crypto::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("the provider has suites for both versions")
        .with_no_client_auth()
        .with_cert_resolver(resolver);
    config.alpn_protocols = vec![b"http/1.1".to_vec(), VALIDATION_PROTOCOL.to_vec()];
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
