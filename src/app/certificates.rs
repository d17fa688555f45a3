//! For which names the settings want certificates, and from whom.

use crate::config::{Config, LETS_ENCRYPT, NO_DIRECTORY};
use crate::discovery::Ports;
use crate::tls::{AcmeSettings, CertManager, OwnerFiles, SubjectNames, can_be_certified};
use crate::web::HostNames;

pub(super) fn owner_files(config: &Config) -> Option<OwnerFiles> {
    let (cert, key) = config.tls_cert.clone().zip(config.tls_key.clone())?;
    Some(OwnerFiles { cert, key })
}

/// For what to ask an ACME authority; `None`: for nothing, and nobody is asked.
pub(super) fn acme_settings(config: &Config, ports: Ports) -> Option<AcmeSettings> {
    let wanted = !config.behind_proxy && config.tls_cert.is_none() && config.acme_directory != NO_DIRECTORY;
    let by_own_authority = config.acme_directory != LETS_ENCRYPT;
    let domains = config.domains.iter().filter(|domain| wanted && can_be_certified(domain, by_own_authority));
    let settings = AcmeSettings {
        directory: config.acme_directory.clone(),
        root: config.acme_root.clone(),
        contact: config.acme_contact.clone(),
        domains: domains.cloned().collect(),
        has_plain_port: ports.http.is_some(),
    };
    (!settings.domains.is_empty()).then_some(settings)
}

/// The domains that have, or will have, another certificate than one of the box's own authority.
pub(super) fn certified(config: &Config, ports: Ports, cert_manager: &CertManager) -> Vec<String> {
    match acme_settings(config, ports) {
        Some(settings) => settings.domains,
        None => {
            config.domains.iter().filter(|domain| cert_manager.owner_vouches_for(domain)).cloned().collect()
        }
    }
}

pub(super) fn subject_names(host_names: &HostNames) -> SubjectNames {
    SubjectNames { dns: host_names.names.clone(), addresses: host_names.addresses.clone() }
}
