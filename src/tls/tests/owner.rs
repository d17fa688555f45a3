//! A certificate that the owner gives: served by its names, followed when its files change.

use super::wire::{client, talk, talk_as};
use super::*;
use rustls::version;

/// A box, and beside it another one whose leaf plays the owner's certificate.
struct Given {
    home: Home,
    other: Home,
    other_authority: Vec<u8>,
}

impl Given {
    fn new(names: &[&str], addresses: &[&str]) -> Given {
        let mut other = Home::new();
        other.names = SubjectNames {
            dns: names.iter().map(|name| (*name).to_owned()).collect(),
            addresses: addresses.iter().map(|address| address.parse().unwrap()).collect(),
        };
        let other_authority = other.start(spring()).unwrap().authority.der.clone();
        Given { home: Home::new(), other, other_authority }
    }

    fn files(&self) -> OwnerFiles {
        OwnerFiles { cert: self.other.file("leaf.pem"), key: self.other.file("leaf.pem") }
    }

    fn start(&self) -> CertManager {
        let cert_manager = self.home.start(spring()).unwrap();
        cert_manager.set_owner_files(Some(self.files()), spring()).unwrap();
        cert_manager
    }

    /// Whether who trusts the owner's authority alone gets through by that name or address.
    fn reaches(&self, cert_manager: &CertManager, name: &str) -> bool {
        let client = Arc::new(client(&self.other_authority, spring(), &[&version::TLS13]));
        talk_as(&client, cert_manager, name).is_ok()
    }
}

#[test]
fn the_owners_certificate_is_served_to_who_comes_by_its_names() {
    let given = Given::new(&["calls.local"], &[]);
    let cert_manager = given.start();
    assert!(given.reaches(&cert_manager, "calls.local"));
    assert!(
        cert_manager.owner_vouches_for("calls.local") && !cert_manager.owner_vouches_for("wizyjno.local")
    );
    // Others get the box's own: the leaf of the other box is for localhost, too, and for loopback.
    talk(&cert_manager.authority.der, &cert_manager, "wizyjno.local", spring());
    assert_eq!(cert_manager.domain_certificates().len(), 1);
    assert_eq!(cert_manager.domain_certificates()[0].0, "calls.local");
    cert_manager.set_owner_files(None, spring()).unwrap();
    assert!(!given.reaches(&cert_manager, "calls.local"));
}

#[test]
fn who_comes_by_address_gets_the_owners_only_if_it_is_for_addresses() {
    let given = Given::new(&["calls.local"], &["192.168.1.20"]);
    assert!(given.reaches(&given.start(), "192.168.1.20"));
    // Every leaf of a box is for loopback; this one's addresses are taken away.
    let cert_manager = given.start();
    let Leaf { certified, validity, .. } = &*cert_manager.resolver.owner().unwrap();
    let names = SubjectNames { dns: vec!["calls.local".to_owned()], addresses: vec![] };
    cert_manager.resolver.set_owner(Some(Leaf { certified: certified.clone(), names, validity: *validity }));
    assert!(!given.reaches(&cert_manager, "192.168.1.20"));
    talk(&cert_manager.authority.der, &cert_manager, "192.168.1.20", spring());
}

#[test]
fn a_key_of_another_certificate_and_what_is_none_are_told_in_one_sentence() {
    let given = Given::new(&["calls.local"], &[]);
    let cert_manager = given.home.start(spring()).unwrap();
    let at = |name: &str, contents: &[u8]| {
        let path = given.home.folder.path().join(name);
        fs::write(&path, contents).unwrap();
        path
    };
    let (own, nonsense) = (given.home.file("leaf.pem"), at("nonsense.pem", b"no certificate"));
    let theirs = given.other.file("leaf.pem");
    let chain = [
        fs::read(&theirs).unwrap(),
        b"-----BEGIN CERTIFICATE-----\nbm9uZQ==\n-----END CERTIFICATE-----\n".to_vec(),
    ];
    let broken = at("broken.pem", &chain.concat());
    let huge = at("huge.pem", &vec![b' '; 300_000]);
    for (cert, key, named, problem) in [
        (&theirs, &own, &own, "is not the key of the certificate"),
        (&broken, &theirs, &broken, "holds no certificate that can be read"),
        (&nonsense, &own, &nonsense, "holds no certificate that can be read"),
        (&theirs, &nonsense, &nonsense, "holds no private key that can be read"),
        (&given.home.file("gone.pem"), &own, &given.home.file("gone.pem"), "cannot be read"),
        (&huge, &own, &huge, "it is larger than"),
    ] {
        let files = OwnerFiles { cert: cert.clone(), key: key.clone() };
        let error = cert_manager.set_owner_files(Some(files), spring()).unwrap_err().to_string();
        assert!(error.starts_with(named.to_str().unwrap()) && error.contains(problem), "{error}");
        assert!(!error.contains('\n'), "{error}");
        assert!(cert_manager.domain_certificates().is_empty(), "nothing has changed");
    }
}

#[test]
fn changed_files_are_followed_and_torn_ones_are_waited_out() {
    let given = Given::new(&["calls.local"], &[]);
    let cert_manager = given.start();
    let first = cert_manager.resolver.owner().unwrap();
    let follow = || {
        cert_manager.follow_owner_files(spring());
        cert_manager.resolver.owner().unwrap()
    };
    assert!(Arc::ptr_eq(&first, &follow()), "nothing has changed");
    fs::write(given.files().cert, "-----BEG").unwrap();
    assert!(Arc::ptr_eq(&first, &follow()), "half of it is there");
    // The other box makes itself another leaf.
    given.other.start(spring()).unwrap();
    let second = follow();
    assert_ne!(first.certified.cert, second.certified.cert);
    assert!(given.reaches(&cert_manager, "calls.local"));
    assert!(cert_manager.next_check(spring()) <= OWNER_CHECK_INTERVAL);
}

#[test]
fn an_authority_that_looks_for_nothing_it_has_asked_for_gets_no_handshake() {
    let home = Home::new();
    let cert_manager = home.start(spring()).unwrap();
    let mut client = client(&cert_manager.authority.der, spring(), &[&version::TLS13]);
    client.alpn_protocols = vec![VALIDATION_PROTOCOL.to_vec()];
    assert!(talk_as(&Arc::new(client), &cert_manager, "wizyjno.local").is_err());
}
