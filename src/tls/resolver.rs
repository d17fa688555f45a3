//! Which certificate a handshake gets: the owner's, one of an ACME CA, or the box's own.

use super::challenges::Challenges;
use super::leaf::{CurrentCert, Leaf};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, RwLock};

/// Every certificate that can be served. Its locks are held for the copying of a pointer, so they cannot
/// poison.
pub(super) struct CertResolver {
    /// Of the box's own authority; whom no other one suits gets it.
    pub(super) local: CurrentCert,
    owner: RwLock<Option<Arc<Leaf>>>,
    /// By ACME, each for one domain or address.
    domains: RwLock<BTreeMap<String, Arc<Leaf>>>,
    pub(super) challenges: Challenges,
}

impl CertResolver {
    pub(super) fn new(local: Leaf) -> CertResolver {
        CertResolver {
            local: CurrentCert::new(local),
            owner: RwLock::default(),
            domains: RwLock::default(),
            challenges: Challenges::default(),
        }
    }

    pub(super) fn owner(&self) -> Option<Arc<Leaf>> {
        self.owner.read().expect("nobody panics while holding it").clone()
    }

    pub(super) fn set_owner(&self, leaf: Option<Leaf>) {
        *self.owner.write().expect("nobody panics while holding it") = leaf.map(Arc::new);
    }

    /// The certificates by ACME, each with its domain.
    pub(super) fn domains(&self) -> Vec<(String, Arc<Leaf>)> {
        let domains = self.domains.read().expect("nobody panics while holding it");
        domains.iter().map(|(domain, leaf)| (domain.clone(), leaf.clone())).collect()
    }

    pub(super) fn set_domain(&self, domain: &str, leaf: Leaf) {
        let mut domains = self.domains.write().expect("nobody panics while holding it");
        domains.insert(domain.to_owned(), Arc::new(leaf));
    }

    /// Stops serving those of all other domains.
    pub(super) fn retain_domains(&self, wanted: &[String]) {
        self.domains
            .write()
            .expect("nobody panics while holding it")
            .retain(|domain, _| wanted.contains(domain));
    }

    /// For a client that names that host, or none, as one that comes by address (RFC 6066, 3). A certificate
    /// for an address is for all of the latter, because the address at this end of a router is another one.
    fn select(&self, name: Option<&str>) -> Arc<Leaf> {
        let owner = self.owner().filter(|leaf| match name {
            Some(name) => leaf.is_for(name),
            None => !leaf.names.addresses.is_empty(),
        });
        let by_acme = || {
            let domains = self.domains.read().expect("nobody panics while holding it");
            match name {
                Some(name) => domains.get(&name.to_ascii_lowercase()).cloned(),
                None => {
                    domains.iter().find(|(domain, _)| domain.parse::<IpAddr>().is_ok()).map(|it| it.1.clone())
                }
            }
        };
        owner.or_else(by_acme).unwrap_or_else(|| self.local.get())
    }
}

impl std::fmt::Debug for CertResolver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CertResolver").field("local", &self.local).finish_non_exhaustive()
    }
}

impl ResolvesServerCert for CertResolver {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let name = hello.server_name();
        match self.challenges.is_asked(&hello) {
            true => self.challenges.certificate(name?),
            false => Some(self.select(name).certified.clone()),
        }
    }
}
