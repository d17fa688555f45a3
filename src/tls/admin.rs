//! What the box's owner does with the authority, beside the running box: look at it, renew it, replace it.

use super::authority::{self, Authority, authority_key};
use super::error::Error;
use super::leaf::kept_leaf;
use super::mint::{self, Key};
use super::names::{SubjectNames, bare_hosts};
use super::store::{Item, Store};
use super::validity::{Validity, authority_end};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// How the authority and the certificate that it signed are. Nothing of it is secret.
#[derive(Debug)]
pub struct CaStatus {
    pub authority: Authority,
    /// Where the authority's certificate lies.
    pub path: PathBuf,
    pub valid: (SystemTime, SystemTime),
    /// Host names that it may vouch for besides those of `.local`, `localhost` and the addresses of a LAN.
    pub hosts: Vec<String>,
    /// The certificate that the box serves with, and from when until when; none before the first start.
    pub leaf: Option<(SubjectNames, SystemTime, SystemTime)>,
}

/// Looks at what is in the folder, and changes nothing.
///
/// # Errors
///
/// There is no authority, or it cannot be read, or is damaged.
pub fn ca_status(folder: &Path) -> Result<CaStatus, Error> {
    let store = Store::open_existing(folder)?;
    let _lock = store.lock()?;
    status_of(&store)
}

/// Makes the authority's certificate anew, from the same key and under the same name, so that devices that
/// trust it go on trusting it: valid for ten years, and for the bare host names of `names`, too.
///
/// # Errors
///
/// As [`ca_status`], or the new certificate cannot be written; then the old one stays.
pub fn renew(folder: &Path, names: &SubjectNames, now: SystemTime) -> Result<CaStatus, Error> {
    let store = Store::open_existing(folder)?;
    let _lock = store.lock()?;
    let old = status_of(&store)?;
    let mut hosts = old.hosts;
    hosts.extend(bare_hosts(names));
    hosts.sort();
    hosts.dedup();
    // A clock that is behind must not make it shorter.
    let validity = Validity { from: old.valid.0, until: old.valid.1.max(authority_end(now)) };
    let pem = mint::reissue_authority(&key(&store)?, &old.authority.name, &hosts, validity)?;
    store.write(Item::Authority, pem.as_bytes())?;
    status_of(&store)
}

/// Begins anew with another key, as after a theft: every device must be told to trust it. The old key and
/// certificate stay in the folder under other names.
///
/// # Errors
///
/// As [`renew`].
pub fn replace(folder: &Path, label: &str, names: &SubjectNames, now: SystemTime) -> Result<CaStatus, Error> {
    let store = Store::open_existing(folder)?;
    let _lock = store.lock()?;
    status_of(&store)?;
    let mark = format!("{}.old", key(&store)?.tag());
    // In this order a power cut leaves the old authority or none: its certificate can be made from the key.
    for item in [Item::Leaf, Item::Authority, Item::AuthorityKey] {
        store.put_aside(item, &mark)?;
    }
    authority::load_or_create(&store, label, names, now)?;
    status_of(&store)
}

fn status_of(store: &Store) -> Result<CaStatus, Error> {
    let Some(pem) = store.read(Item::Authority)? else {
        return Err(Error::State {
            path: store.path(Item::Authority),
            problem: "is not there".to_owned(),
            remedy: "start the box first, or say with --state-dir where it keeps its keys".to_owned(),
        });
    };
    let pem = String::from_utf8(pem).map_err(|_| store.damaged(Item::Authority, "is damaged"))?;
    let signer = authority::signer(store, &pem, key(store)?)?;
    // A damaged leaf is made anew by the box itself.
    let leaf = kept_leaf(store, &signer).ok().flatten();
    Ok(CaStatus {
        path: store.path(Item::Authority),
        valid: (signer.parsed.validity.from, signer.parsed.validity.until),
        hosts: signer.parsed.constraints.hosts().cloned().collect(),
        leaf: leaf.map(|leaf| (leaf.names, leaf.validity.from, leaf.validity.until)),
        authority: Authority::of(&signer, pem),
    })
}

fn key(store: &Store) -> Result<Key, Error> {
    match store.read(Item::AuthorityKey)? {
        Some(key) => authority_key(store, &key),
        None => Err(store.damaged(Item::AuthorityKey, "is missing beside ca.crt")),
    }
}
