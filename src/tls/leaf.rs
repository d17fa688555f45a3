//! The certificate that the box serves with, and where it is kept.

use super::error::Error;
use super::mint::Signer;
use super::names::SubjectNames;
use super::store::{Item, Store};
use super::validity::{BACKDATE, Validity, leaf_validity};
use rustls::crypto::aws_lc_rs as crypto;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use std::sync::{Arc, RwLock};
use std::time::SystemTime;

/// The certificate in use.
pub(super) struct Leaf {
    pub(super) certified: Arc<CertifiedKey>,
    pub(super) names: SubjectNames,
    pub(super) validity: Validity,
}

/// The certificate that is served, exchangeable at any moment.
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

impl ResolvesServerCert for CurrentCert {
    /// The same for everybody: who comes by address sends no name at all.
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.get().certified.clone())
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
