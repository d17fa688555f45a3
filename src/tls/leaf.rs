//! The certificate that the box serves with, and where it is kept.

use super::error::Error;
use super::mint::{self, Signer};
use super::names::SubjectNames;
use super::store::{Item, Store};
use super::validity::{BACKDATE, Validity, leaf_validity};
use rustls::client::verify_server_name;
use rustls::crypto::aws_lc_rs as crypto;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::ParsedCertificate;
use rustls::sign::CertifiedKey;
use std::sync::{Arc, RwLock};
use std::time::SystemTime;

/// The certificate in use.
pub(super) struct Leaf {
    pub(super) certified: Arc<CertifiedKey>,
    pub(super) names: SubjectNames,
    pub(super) validity: Validity,
}

/// Why a certificate and its key, as somebody else made them, cannot be served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum LeafProblem {
    #[error("holds no certificate that can be read")]
    NoCertificate,
    #[error("holds no private key that can be read")]
    NoKey,
    #[error("is not the key of the certificate")]
    OtherKey,
}

impl LeafProblem {
    pub(super) fn is_of_key(self) -> bool {
        self != LeafProblem::NoCertificate
    }
}

impl Leaf {
    /// A certificate with what stands behind it in its chain, and its key, whoever has signed it.
    pub(super) fn from_pem(chain: &[u8], key: &[u8]) -> Result<Leaf, LeafProblem> {
        let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(chain).collect();
        let chain = chain.map_err(|_| LeafProblem::NoCertificate)?;
        // All of them are sent, and a client refuses the whole for one that it cannot read.
        let parsed: Option<Vec<_>> = chain.iter().map(|certificate| mint::read(certificate)).collect();
        let parsed = parsed.and_then(|all| all.into_iter().next()).ok_or(LeafProblem::NoCertificate)?;
        let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| LeafProblem::NoKey)?;
        let certified = CertifiedKey::from_der(chain, key, &crypto::default_provider());
        let certified = certified.map_err(|error| match error {
            rustls::Error::InconsistentKeys(_) => LeafProblem::OtherKey,
            rustls::Error::InvalidCertificate(_) => LeafProblem::NoCertificate,
            _ => LeafProblem::NoKey,
        })?;
        Ok(Leaf { certified: Arc::new(certified), names: parsed.names, validity: parsed.validity })
    }

    /// Whether a client that wants that host takes it, as far as names go (RFC 9525).
    pub(super) fn is_for(&self, host: &str) -> bool {
        let certificate = self.certified.cert.first().and_then(|leaf| ParsedCertificate::try_from(leaf).ok());
        let host = ServerName::try_from(host).ok();
        certificate.zip(host).is_some_and(|(leaf, host)| verify_server_name(&leaf, &host).is_ok())
    }
}

/// The certificate of the box's own authority that is served, exchangeable at any moment.
///
/// A lock, because every handshake reads it and hardly anything writes; it is held for the copying of a
/// pointer, so it cannot poison.
pub(super) struct CurrentCert(RwLock<Arc<Leaf>>);

impl CurrentCert {
    pub(super) fn new(leaf: Leaf) -> CurrentCert {
        CurrentCert(RwLock::new(Arc::new(leaf)))
    }

    pub(super) fn get(&self) -> Arc<Leaf> {
        self.0.read().expect("nobody panics while holding it").clone()
    }

    pub(super) fn set(&self, leaf: Leaf) {
        *self.0.write().expect("nobody panics while holding it") = Arc::new(leaf);
    }
}

impl std::fmt::Debug for CurrentCert {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("CurrentCert").field(&self.get().names).finish()
    }
}

/// A new certificate, and the file to keep it in.
pub(super) fn mint_leaf(
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
pub(super) fn kept_leaf(store: &Store, signer: &Signer) -> Result<Option<Leaf>, Error> {
    let Some(pem) = store.read(Item::Leaf)? else {
        return Ok(None);
    };
    let leaf = read_leaf(signer, &pem);
    leaf.map(Some).ok_or_else(|| store.damaged(Item::Leaf, "is damaged, or another authority made it"))
}

pub(super) fn read_leaf(signer: &Signer, pem: &[u8]) -> Option<Leaf> {
    let certificate = CertificateDer::from_pem_slice(pem).ok()?;
    let key = PrivateKeyDer::from_pem_slice(pem).ok()?;
    let parsed = signer.read(&certificate)?;
    let certified = CertifiedKey::from_der(vec![certificate], key, &crypto::default_provider()).ok()?;
    Some(Leaf { certified: Arc::new(certified), names: parsed.names, validity: parsed.validity })
}
