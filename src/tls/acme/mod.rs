//! Certificates for domains from an ACME CA of the internet (RFC 8555): the loop that does what
//! `schedule` says.
//!
//! `names` says for which domains one can be had, `account` is known there, `order` gets one, `https` carries
//! it.

mod account;
mod https;
#[warn(clippy::disallowed_methods)]
mod names;
mod order;
#[warn(clippy::disallowed_methods)]
mod schedule;
#[cfg(test)]
mod tests;

use super::error::Error;
use super::leaf::Leaf;
use super::resolver::CertResolver;
use super::store::{Item, Store};
use https::HttpsClient;
use instant_acme::Account;
use order::{OrderError, identity, order};
use schedule::{Schedule, Step};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::task::spawn_blocking;
use tokio::time::{sleep, timeout};
use tracing::{info, warn};

pub(super) use https::{roots_of, system_roots};
pub(crate) use names::can_be_certified;

/// The longest sleep: nothing tells when somebody sets the clock.
const CLOCK_CHECK_INTERVAL: Duration = Duration::from_secs(60);
/// One order from its first request to its last (SECURITY.md).
const ORDER_TIMEOUT: Duration = Duration::from_secs(180);

/// Whom to ask, and for what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AcmeSettings {
    /// The URL of the ACME server's directory.
    pub directory: String,
    /// Whom to trust for it, PEM; else whom the system trusts.
    pub root: Option<PathBuf>,
    /// A mail address, for the ACME server's warnings.
    pub contact: Option<String>,
    /// Domains and addresses, each with a certificate of its own, so that one that fails holds up no other.
    pub domains: Vec<String>,
    /// Whether there is a plain port on which it may look.
    pub has_plain_port: bool,
}

/// Sees to it that each domain has a certificate.
pub struct AcmeClient {
    store: Store,
    resolver: Arc<CertResolver>,
    settings: AcmeSettings,
}

/// # Errors
///
/// The file holds no authority that could be trusted.
pub(super) fn check_root(path: &Path) -> Result<(), Error> {
    https::roots_of(path).map(|_| ()).map_err(|cause| Error::State {
        path: path.to_owned(),
        problem: format!("cannot be used ({cause})"),
        remedy:
            "give the certificate of whoever signs for the ACME directory (PEM), or leave out --acme-root"
                .into(),
    })
}

impl AcmeClient {
    /// Serves the certificates that are kept, and none of other domains.
    pub(super) fn new(store: Store, resolver: Arc<CertResolver>, settings: AcmeSettings) -> AcmeClient {
        resolver.retain_domains(&settings.domains);
        for domain in &settings.domains {
            if let Some(leaf) = kept(&store, domain) {
                resolver.set_domain(domain, leaf);
            }
        }
        AcmeClient { store, resolver, settings }
    }

    /// Orders and renews, without end.
    pub async fn run(self) {
        let history = self.store.read(Item::AcmeOrders).ok().flatten().unwrap_or_default();
        let served = self.resolver.domains();
        let validity = |domain: &String| {
            served.iter().find(|(served, _)| served == domain).map(|(_, leaf)| leaf.validity)
        };
        let domains = self.settings.domains.iter().map(|domain| (domain.clone(), validity(domain)));
        let history = String::from_utf8_lossy(&history);
        let mut schedule = Schedule::new(domains, self.settings.has_plain_port, &history);
        loop {
            let now = SystemTime::now();
            match schedule.next(now) {
                Step::Order { domain, method } => self.order(&mut schedule, &domain, method).await,
                Step::AskRenewal { domain } => self.ask_renewal(&mut schedule, &domain).await,
                Step::WaitUntil(moment) => {
                    let wait = moment.duration_since(now).unwrap_or_default();
                    sleep(wait.clamp(Duration::from_millis(10), CLOCK_CHECK_INTERVAL)).await;
                }
            }
        }
    }

    async fn order(&self, schedule: &mut Schedule, domain: &str, method: schedule::Method) {
        schedule.begin(SystemTime::now());
        let ordered = match self.write(Item::AcmeOrders, &schedule.history()) {
            // What is not written down is not counted after a restart.
            Err(error) => Err(OrderError::other(&error.to_string())),
            Ok(()) => timeout(ORDER_TIMEOUT, self.try_order(domain, method))
                .await
                .unwrap_or_else(|_| Err(OrderError::other("the authority takes too long"))),
        };
        let now = SystemTime::now();
        match ordered {
            Ok((leaf, pem)) => {
                let until = time::OffsetDateTime::from(leaf.validity.until);
                info!(domain, %until, "a certificate of the authority is served");
                if let Err(error) = self.write(Item::Domain(domain), &pem) {
                    warn!(domain, %error, "the certificate is not kept, so the next start orders another one");
                }
                schedule.succeed(domain, leaf.validity, now, random());
                self.resolver.set_domain(domain, leaf);
            }
            Err(OrderError { why, cause, is_unknown_account }) => {
                if is_unknown_account {
                    account::forget(&self.store);
                }
                schedule.fail(domain, why, now, random());
                let retry_in = schedule.retry_in(domain, now).as_secs();
                warn!(domain, ?method, %cause, retry_in, "no certificate of the authority");
            }
        }
    }

    async fn try_order(&self, domain: &str, method: schedule::Method) -> Result<(Leaf, String), OrderError> {
        let account = self.account().await?;
        let previous = self.certificate(domain);
        order(&account, &self.resolver.challenges, domain, method, previous.as_deref()).await
    }

    /// An ACME server that does not know the question, or is away, has a certificate renewed at two thirds.
    async fn ask_renewal(&self, schedule: &mut Schedule, domain: &str) {
        let told = timeout(ORDER_TIMEOUT, self.renewal(domain)).await.ok().flatten();
        if let Some(((from, until), _)) = &told {
            tracing::debug!(domain, ?from, ?until, "the authority wants the certificate renewed");
        }
        schedule.tell_renewal(domain, told, SystemTime::now(), random());
    }

    async fn renewal(&self, domain: &str) -> Option<((SystemTime, SystemTime), Duration)> {
        let identity = identity(self.certificate(domain)?.as_ref())?;
        let (info, ask_after) = self.account().await.ok()?.renewal_info(&identity).await.ok()?;
        let window = info.suggested_window;
        Some(((window.start.into(), window.end.into()), ask_after))
    }

    async fn account(&self) -> Result<Account, OrderError> {
        let root = self.settings.root.clone();
        let client = spawn_blocking(move || HttpsClient::new(root.as_deref())).await;
        let client = client.map_err(std::io::Error::other).and_then(|client| client);
        let client = client.map_err(|cause| OrderError::other(&cause.to_string()))?;
        let (directory, contact) = (&self.settings.directory, self.settings.contact.as_deref());
        Ok(account::account(&self.store, client, directory, contact).await?)
    }

    fn certificate(&self, domain: &str) -> Option<Arc<Leaf>> {
        self.resolver.domains().into_iter().find(|(of, _)| of == domain).map(|(_, leaf)| leaf)
    }

    fn write(&self, item: Item<'_>, text: &str) -> Result<(), Error> {
        let _lock = self.store.lock()?;
        self.store.write(item, text.as_bytes())
    }
}

/// The certificate of the last run, if it can be used.
fn kept(store: &Store, domain: &str) -> Option<Leaf> {
    let pem = store.read(Item::Domain(domain)).unwrap_or_else(|error| {
        warn!(domain, %error, "the certificate cannot be used, ordering another one");
        None
    })?;
    Leaf::from_pem(&pem, &pem).ok().filter(|leaf| leaf.is_for(domain))
}

/// From 0 to 1.
fn random() -> f64 {
    let mut bytes = [0; 4];
    aws_lc_rs::rand::fill(&mut bytes).expect("the kernel gives randomness");
    f64::from(u32::from_ne_bytes(bytes)) / f64::from(u32::MAX)
}
