//! The box's own certificate authority, kept for years, and the certificate it serves, renewed unseen.
//!
//! [`CertManager`] owns both. This file decides *when* a new certificate is due and swaps it live; `mint`
//! knows how to make one, `store` how to keep it, `admin` has the commands of `wizyjno ca`, `probe` a client for the doctor. `docs/tls.md` has the reasons.

mod admin;
mod mint;
mod probe;
mod store;
#[cfg(test)]
mod tests;

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_lc_rs::{digest, rand};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs as crypto;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, NoServerSessionStorage, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tracing::{info, warn};

pub use admin::{CaStatus, ca_status, renew, replace};
use mint::{Key, NameConstraints, Signer, Validity};
pub use probe::{ProbedStream, probe};
use store::{Item, Store};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// Ten years with their leap days: longer than an SD card lives.
const AUTHORITY_LIFETIME: Duration = DAY.saturating_mul(3653);
/// Well inside the 397 days of the strictest client (Android once; Apple allows 825).
const LEAF_LIFETIME: Duration = DAY.saturating_mul(90);
/// For devices whose clocks are behind the box's.
const BACKDATE: Duration = DAY.saturating_mul(2);

/// When this program was built, in seconds since 1970. A clock that shows less is wrong, like that of a
/// Pi that was started without battery and internet. A build that does not say counts as 2026-11-01.
const BUILD_TIME: u64 = match option_env!("WIZYJNO_BUILD_TIME") {
    Some(seconds) => match u64::from_str_radix(seconds, 10) {
        Ok(seconds) => seconds,
        Err(_) => panic!("WIZYJNO_BUILD_TIME is not a number of seconds"),
    },
    None => 1_793_491_200,
};
/// 2100-01-01: a clock that shows more is as wrong as one in 1970.
const LATEST_PLAUSIBLE_TIME: u64 = 4_102_444_800;

/// How often to look whether a certificate still fits: no timer tells when somebody sets the clock, as
/// NTP does a minute after a Pi has booted.
const CLOCK_CHECK_INTERVAL: Duration = Duration::from_secs(60);

/// What people may type to reach the box.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SubjectNames {
    pub dns: Vec<String>,
    pub addresses: Vec<IpAddr>,
}

impl SubjectNames {
    /// `own` is the name that the box really got on the network, like `wizyjno-2.local`; `host` the
    /// machine's host name, of which the first label counts.
    pub fn new(own: &str, host: &str, addresses: impl IntoIterator<Item = IpAddr>) -> SubjectNames {
        let host = host.split('.').next().unwrap_or_default();
        SubjectNames {
            dns: vec![own.to_owned(), format!("{host}.local"), host.to_owned()],
            addresses: addresses.into_iter().collect(),
        }
    }

    fn cover(&self, others: &SubjectNames) -> bool {
        others.dns.iter().all(|name| self.dns.contains(name))
            && others.addresses.iter().all(|address| self.addresses.contains(address))
    }
}

/// Why the box cannot have its keys. Shows as one line that names the file and says what to do.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("cannot {action} {path}: {source}: see to it, or choose another folder with --state-dir", path = path.display())]
    Io { action: &'static str, path: PathBuf, source: io::Error },
    #[error("{path} {problem}: {remedy}", path = path.display())]
    State { path: PathBuf, problem: String, remedy: String },
    #[error("cannot make a certificate: {0}")]
    Mint(#[from] mint::Error),
}

/// What devices are told to trust. Nothing of it is secret.
#[derive(Debug)]
pub struct Authority {
    pub der: Vec<u8>,
    pub pem: String,
    /// As browsers and systems show it: `3F:9A:…`, 32 octets.
    pub fingerprint_sha256: String,
    /// The same with 20 octets, the only one that Windows shows (as *Thumbprint*). To be compared with a
    /// certificate that exists, where collisions of SHA-1 help nobody.
    pub fingerprint_sha1: String,
    /// Under which it is listed among a device's authorities.
    pub name: String,
}

/// Owns the authority and the certificate that is served now.
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
        let (signer, pem) = authority(&store, label, names, now)?;
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
        let current = Arc::new(CurrentCert(RwLock::new(Arc::new(leaf))));
        let config = server_config(current.clone());
        let authority = Authority {
            fingerprint_sha256: fingerprint(&digest::SHA256, &signer.certificate),
            fingerprint_sha1: fingerprint(&digest::SHA1_FOR_LEGACY_USE_ONLY, &signer.certificate),
            name: signer.parsed.name.clone(),
            der: signer.certificate.to_vec(),
            pem,
        };
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

    /// How long until [`CertManager::renew_if_needed`] should look again, if nothing else happens.
    pub fn next_check(&self, now: SystemTime) -> Duration {
        let due = due(self.current.get().validity).duration_since(now).unwrap_or_default();
        due.clamp(Duration::from_secs(1), CLOCK_CHECK_INTERVAL)
    }

    /// Until when the certificate that is served now is good.
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

/// The certificate in use.
struct Leaf {
    certified: Arc<CertifiedKey>,
    names: SubjectNames,
    validity: Validity,
}

/// The certificate that is served, exchangeable at any moment.
///
/// A lock, because every handshake reads it and hardly anything writes; it is held for the copying of a
/// pointer, so it cannot poison.
struct CurrentCert(RwLock<Arc<Leaf>>);

impl CurrentCert {
    fn get(&self) -> Arc<Leaf> {
        self.0.read().expect("nobody panics while holding it").clone()
    }

    fn set(&self, leaf: Leaf) {
        *self.0.write().expect("nobody panics while holding it") = Arc::new(leaf);
    }
}

impl std::fmt::Debug for CurrentCert {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("CurrentCert").field(&self.get().names).finish()
    }
}

impl ResolvesServerCert for CurrentCert {
    /// The same for everybody: who comes by address sends no name at all.
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.get().certified.clone())
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

/// Why a new certificate is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RenewalReason {
    /// There is none that could be used.
    Missing,
    /// A name or address has come that it does not carry.
    NamesChanged,
    /// Two thirds of its validity are over.
    Due,
    /// It was made in what is now the future.
    ClockWentBack,
}

/// Whether a certificate must be replaced at what the clock shows.
///
/// While the clock is known to be wrong, dates say nothing, and the certificate that was made by a better
/// clock is kept.
fn renewal_reason(validity: Validity, covers_names: bool, clock: SystemTime) -> Option<RenewalReason> {
    if !covers_names {
        return Some(RenewalReason::NamesChanged);
    }
    let now = plausible(clock)?;
    if now < validity.from {
        Some(RenewalReason::ClockWentBack)
    } else if now >= due(validity) {
        Some(RenewalReason::Due)
    } else {
        None
    }
}

/// Two thirds of the validity are over: the moment to renew.
fn due(validity: Validity) -> SystemTime {
    validity.from + validity.until.duration_since(validity.from).unwrap_or_default() / 3 * 2
}

/// Whether a clock may be right: it shows neither a time before this program was built nor one after 2100.
pub fn is_plausible_clock(clock: SystemTime) -> bool {
    plausible(clock).is_some()
}

fn plausible(clock: SystemTime) -> Option<SystemTime> {
    (since_1970(BUILD_TIME)..since_1970(LATEST_PLAUSIBLE_TIME)).contains(&clock).then_some(clock)
}

fn since_1970(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds)
}

/// The validity of a certificate made now. If the clock is wrong, now is the latest moment that is known of:
/// the build's, or that of the previous certificate.
fn leaf_validity(previous: Option<Validity>, authority: Validity, clock: SystemTime) -> Validity {
    let latest =
        previous.map(|validity| validity.from + BACKDATE).filter(|moment| plausible(*moment).is_some());
    let now = plausible(clock).or(latest).unwrap_or(since_1970(BUILD_TIME));
    let from = now - BACKDATE;
    // The last second counts as well (RFC 5280, 4.1.2.5).
    let until = from + LEAF_LIFETIME - Duration::from_secs(1);
    Validity { from, until: until.min(authority.until) }
}

/// A new certificate, and the file to keep it in.
fn mint_leaf(
    store: &Store,
    signer: &Signer,
    names: SubjectNames,
    previous: Option<&Leaf>,
    clock: SystemTime,
) -> Result<(Leaf, String), Error> {
    let validity = leaf_validity(previous.map(|leaf| leaf.validity), signer.parsed.validity, clock);
    if validity.until <= validity.from + BACKDATE {
        return Err(store.damaged(Item::Authority, "has ended, or the clock is wrong"));
    }
    let pem = signer.leaf(&names, validity)?;
    let leaf = read_leaf(signer, pem.as_bytes()).expect("what was minted can be read");
    Ok((leaf, pem))
}

/// The certificate of the last run; `None` if there is none.
fn kept_leaf(store: &Store, signer: &Signer) -> Result<Option<Leaf>, Error> {
    let Some(pem) = store.read(Item::Leaf)? else {
        return Ok(None);
    };
    let leaf = read_leaf(signer, &pem);
    leaf.map(Some).ok_or_else(|| store.damaged(Item::Leaf, "is damaged, or another authority made it"))
}

fn read_leaf(signer: &Signer, pem: &[u8]) -> Option<Leaf> {
    let certificate = CertificateDer::from_pem_slice(pem).ok()?;
    let key = PrivateKeyDer::from_pem_slice(pem).ok()?;
    let parsed = signer.read(&certificate)?;
    let certified = CertifiedKey::from_der(vec![certificate], key, &crypto::default_provider()).ok()?;
    Some(Leaf { certified: Arc::new(certified), names: parsed.names, validity: parsed.validity })
}

/// The authority that is there, or on a first start a new one, and its certificate in PEM.
///
/// The key is written first. A lone key therefore is a first start that was interrupted, if the box has
/// never served; its certificate can be made again, and is the same authority's because the key is.
fn authority(
    store: &Store,
    label: &str,
    names: &SubjectNames,
    clock: SystemTime,
) -> Result<(Signer, String), Error> {
    let (key, certificate) = (store.read(Item::AuthorityKey)?, store.read(Item::Authority)?);
    let has_served = store.path(Item::Leaf).exists();
    let (key, pem) = match (key, certificate) {
        (Some(key), Some(certificate)) => {
            let key = authority_key(store, &key)?;
            let pem = String::from_utf8(certificate);
            (key, pem.map_err(|_| store.damaged(Item::Authority, "is damaged"))?)
        }
        (None, Some(_)) => return Err(store.damaged(Item::AuthorityKey, "is missing beside ca.crt")),
        (_, None) if has_served => {
            return Err(store.damaged(Item::Authority, "is missing, though the box has served with it"));
        }
        (key, None) => {
            let key = match key {
                Some(key) => authority_key(store, &key)?,
                None => {
                    let key = Key::generate()?;
                    store.write(Item::AuthorityKey, key.pem().as_bytes())?;
                    key
                }
            };
            let now = plausible(clock).unwrap_or(since_1970(BUILD_TIME));
            // From the build on, so that it is valid even if the clock runs ahead now and is set back.
            let validity =
                Validity { from: since_1970(BUILD_TIME) - BACKDATE, until: now + AUTHORITY_LIFETIME };
            let pem = mint::authority(&key, label, &bare_hosts(names), validity)?;
            store.write(Item::Authority, pem.as_bytes())?;
            info!(path = %store.path(Item::Authority).display(), "made a new authority");
            (key, pem)
        }
    };
    Ok((signer(store, &pem, key)?, pem))
}

fn signer(store: &Store, pem: &str, key: Key) -> Result<Signer, Error> {
    let certificate = CertificateDer::from_pem_slice(pem.as_bytes());
    let certificate = certificate.map_err(|_| store.damaged(Item::Authority, "is damaged"))?;
    Signer::new(certificate, key).map_err(|problem| store.damaged(Item::Authority, problem))
}

fn authority_key(store: &Store, pem: &[u8]) -> Result<Key, Error> {
    let key = std::str::from_utf8(pem).ok().and_then(Key::from_pem);
    key.ok_or_else(|| store.damaged(Item::AuthorityKey, "is damaged"))
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

/// These names and this machine's own ones, as far as the authority may vouch for them: a single other
/// one would make browsers refuse the certificate as a whole.
fn permitted(names: &SubjectNames, constraints: &NameConstraints) -> SubjectNames {
    let mut permitted = SubjectNames::default();
    for name in names.dns.iter().map(String::as_str).chain(["localhost"]) {
        let name = name.trim_end_matches('.').to_ascii_lowercase();
        if is_host_name(&name)
            && !is_underscored(&name)
            && constraints.name(&name)
            && !permitted.dns.contains(&name)
        {
            permitted.dns.push(name);
        }
    }
    let loopback = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
    for address in names.addresses.iter().copied().chain(loopback) {
        if constraints.address(address) && !permitted.addresses.contains(&address) {
            permitted.addresses.push(address);
        }
    }
    permitted
}

/// Strict readers of certificates take no name with an underscore (RFC 1123, 2.1), and refuse the whole certificate
/// for it.
fn is_underscored(name: &str) -> bool {
    name.contains('_')
}

/// Says which names are left out of the certificate though people may come by them.
fn tell_of_underscores(names: &SubjectNames) {
    for name in names.dns.iter().filter(|name| is_underscored(name)) {
        warn!(
            name,
            "a name with an underscore stands in no certificate, because strict devices would refuse it whole; \
             give people another name"
        );
    }
}

/// Host names of one label, which a new authority may vouch for in addition to `.local`.
///
/// A domain that is permitted permits all below it, so a machine that is called like a top-level domain
/// gets no such name: its authority could vouch for half the internet.
fn bare_hosts(names: &SubjectNames) -> Vec<String> {
    let bare = |name: &String| {
        is_host_name(name) && !is_underscored(name) && !name.contains('.') && !is_top_level(name)
    };
    names.dns.iter().map(|name| name.to_ascii_lowercase()).filter(bare).collect()
}

/// Two letters are a country's (but `pi` is none); of the others those that hold most of the web.
fn is_top_level(label: &str) -> bool {
    const OTHERS: [&str; 32] = [
        "academy", "agency", "app", "biz", "blog", "cloud", "club", "com", "dev", "digital", "edu", "email",
        "gov", "info", "int", "life", "live", "mil", "net", "online", "org", "page", "pro", "shop", "site",
        "space", "store", "tech", "top", "website", "world", "xyz",
    ];
    let two_letters = label.len() == 2 && label.bytes().all(|byte| byte.is_ascii_alphabetic());
    two_letters && label != "pi" || OTHERS.contains(&label)
}

/// Letters, digits, hyphens and underscores in labels of 1 to 63, 253 in all (RFC 1035, 2.3.4).
fn is_host_name(name: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    };
    name.len() <= 253 && name.split('.').all(is_label)
}

/// A digest in the way that browsers and systems show it.
fn fingerprint(algorithm: &'static digest::Algorithm, certificate: &[u8]) -> String {
    let digest = digest::digest(algorithm, certificate);
    digest.as_ref().iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(":")
}
