//! The authority of a folder: loaded, or made on a first start.

use super::error::Error;
use super::mint::{self, Key, Signer};
use super::names::{SubjectNames, bare_hosts};
use super::store::{Item, Store};
use super::validity::authority_validity;
use aws_lc_rs::digest;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use std::time::SystemTime;

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

impl Authority {
    pub(super) fn of(signer: &Signer, pem: String) -> Authority {
        Authority {
            fingerprint_sha256: fingerprint(&digest::SHA256, &signer.certificate),
            fingerprint_sha1: fingerprint(&digest::SHA1_FOR_LEGACY_USE_ONLY, &signer.certificate),
            name: signer.parsed.name.clone(),
            der: signer.certificate.to_vec(),
            pem,
        }
    }
}

/// The authority that is there, or on a first start a new one, and its certificate in PEM.
///
/// The key is written first. A lone key therefore is a first start that was interrupted, if the box has
/// never served; its certificate can be made anew, and is the same authority's because the key is.
pub(super) fn load_or_create(
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
            let pem = mint::authority(&key, label, &bare_hosts(names), authority_validity(clock))?;
            store.write(Item::Authority, pem.as_bytes())?;
            tracing::info!(path = %store.path(Item::Authority).display(), "made a new authority");
            (key, pem)
        }
    };
    Ok((signer(store, &pem, key)?, pem))
}

pub(super) fn signer(store: &Store, pem: &str, key: Key) -> Result<Signer, Error> {
    let certificate = CertificateDer::from_pem_slice(pem.as_bytes());
    let certificate = certificate.map_err(|_| store.damaged(Item::Authority, "is damaged"))?;
    Signer::new(certificate, key).map_err(|problem| store.damaged(Item::Authority, problem))
}

pub(super) fn authority_key(store: &Store, pem: &[u8]) -> Result<Key, Error> {
    let key = std::str::from_utf8(pem).ok().and_then(Key::from_pem);
    key.ok_or_else(|| store.damaged(Item::AuthorityKey, "is damaged"))
}

/// A digest in the way that browsers and systems show it.
fn fingerprint(algorithm: &'static digest::Algorithm, certificate: &[u8]) -> String {
    let digest = digest::digest(algorithm, certificate);
    digest.as_ref().iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(":")
}
