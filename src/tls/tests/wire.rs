//! Who trusts the authority reaches every name, while certificates change.

use super::*;
use crypto::kx_group::{X25519, X25519MLKEM768};
use rustls::crypto::{CryptoProvider, SupportedKxGroup};
use rustls::pki_types::{ServerName, UnixTime};
use rustls::{
    ClientConfig, ClientConnection, HandshakeKind, NamedGroup, RootCertStore, ServerConnection, version,
};
use std::io::{Read, Write};

/// A client that trusts `authority` alone reaches the box by `name`, at `now`. What was negotiated.
pub(super) fn talk(
    authority: &[u8],
    cert_manager: &CertManager,
    name: &str,
    now: SystemTime,
) -> ClientConnection {
    let client = Arc::new(client(authority, now, &[&version::TLS13, &version::TLS12]));
    talk_as(&client, cert_manager, name).unwrap()
}

pub(super) fn client(
    authority: &[u8],
    now: SystemTime,
    versions: &[&'static rustls::SupportedProtocolVersion],
) -> ClientConfig {
    client_with(crypto::default_provider(), authority, now, versions)
}

fn client_with(
    provider: CryptoProvider,
    authority: &[u8],
    now: SystemTime,
    versions: &[&'static rustls::SupportedProtocolVersion],
) -> ClientConfig {
    #[derive(Debug)]
    struct Clock(SystemTime);
    impl rustls::time_provider::TimeProvider for Clock {
        fn current_time(&self) -> Option<UnixTime> {
            Some(UnixTime::since_unix_epoch(self.0.duration_since(UNIX_EPOCH).unwrap()))
        }
    }
    let mut roots = RootCertStore::empty();
    roots.add(authority.to_vec().into()).unwrap();
    let mut client = ClientConfig::builder_with_details(provider.into(), Arc::new(Clock(now)))
        .with_protocol_versions(versions)
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    client.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    client
}

pub(super) fn talk_as(
    client: &Arc<ClientConfig>,
    cert_manager: &CertManager,
    name: &str,
) -> Result<ClientConnection, rustls::Error> {
    let name = ServerName::try_from(name.to_owned()).unwrap();
    let mut client = ClientConnection::new(client.clone(), name)?;
    let mut server = ServerConnection::new(cert_manager.server_config())?;
    exchange(&mut client, &mut server)?;
    Ok(client)
}

/// Carries bytes both ways until both are silent, and proves that they understand each other.
fn exchange(client: &mut ClientConnection, server: &mut ServerConnection) -> Result<(), rustls::Error> {
    server.writer().write_all(b"hello").unwrap();
    while client.wants_write() || server.wants_write() {
        let mut wire = Vec::new();
        while client.wants_write() {
            client.write_tls(&mut wire).unwrap();
        }
        let mut wire = wire.as_slice();
        while !wire.is_empty() {
            server.read_tls(&mut wire).unwrap();
            server.process_new_packets()?;
        }
        let mut wire = Vec::new();
        while server.wants_write() {
            server.write_tls(&mut wire).unwrap();
        }
        let mut wire = wire.as_slice();
        while !wire.is_empty() {
            client.read_tls(&mut wire).unwrap();
            client.process_new_packets()?;
        }
    }
    let mut heard = [0; 5];
    client.reader().read_exact(&mut heard).unwrap();
    assert_eq!(&heard, b"hello");
    Ok(())
}

#[test]
fn every_name_is_reached_by_who_trusts_the_authority_alone() {
    let home = Home::new();
    home.start(spring()).unwrap();
    let cert_manager = home.start(spring()).unwrap();
    let served = cert_manager.resolver.local.get().names.clone();
    let names: Vec<_> =
        served.dns.into_iter().chain(served.addresses.iter().map(IpAddr::to_string)).collect();
    assert_eq!(
        names,
        [
            "wizyjno.local",
            "raspberrypi.local",
            "raspberrypi",
            "localhost",
            "192.168.1.20",
            "10.0.0.7",
            "fd77::20",
            "fe80::5",
            "127.0.0.1",
            "::1"
        ]
    );
    for name in names {
        talk(&cert_manager.authority.der, &cert_manager, &name, spring());
    }
    let client = Arc::new(client(&cert_manager.authority.der, spring(), &[&version::TLS13]));
    assert!(talk_as(&client, &cert_manager, "other.local").is_err(), "the client does look at names");
}

#[test]
fn both_versions_are_spoken_and_http_1_1_is_agreed_on() {
    let home = Home::new();
    let cert_manager = home.start(spring()).unwrap();
    for version in [&version::TLS12, &version::TLS13] {
        let client = Arc::new(client(&cert_manager.authority.der, spring(), &[version]));
        let connection = talk_as(&client, &cert_manager, "wizyjno.local").unwrap();
        assert_eq!(connection.protocol_version(), Some(version.version));
        assert_eq!(connection.alpn_protocol(), Some(b"http/1.1".as_slice()));
    }
}

#[test]
fn a_reload_resumes_also_after_the_certificate_has_changed() {
    let home = Home::new();
    let cert_manager = home.start(spring()).unwrap();
    for version in [&version::TLS12, &version::TLS13] {
        let client = Arc::new(client(&cert_manager.authority.der, spring(), &[version]));
        let kind = || talk_as(&client, &cert_manager, "wizyjno.local").unwrap().handshake_kind();
        assert_eq!(kind(), Some(HandshakeKind::Full));
        assert_eq!(kind(), Some(HandshakeKind::Resumed));
        let mut names = home.names.clone();
        names.dns.push(format!("{:?}.local", version.version).replace('_', "-"));
        assert!(cert_manager.renew_if_needed(&names, spring()).unwrap());
        assert_eq!(kind(), Some(HandshakeKind::Resumed));
    }
}

#[test]
fn a_renewal_drops_no_connection_and_new_ones_get_the_new_certificate() {
    let home = Home::new();
    let cert_manager = home.start(spring()).unwrap();
    let client = |now| Arc::new(client(&cert_manager.authority.der, now, &[&version::TLS13]));
    let name = || ServerName::try_from("wizyjno.local").unwrap();
    let mut standing = ClientConnection::new(client(spring()), name()).unwrap();
    let mut server = ServerConnection::new(cert_manager.server_config()).unwrap();
    exchange(&mut standing, &mut server).unwrap();

    let summer = spring() + DAY * 80;
    assert!(cert_manager.renew_if_needed(&home.names, summer).unwrap());
    exchange(&mut standing, &mut server).unwrap();
    let next = talk_as(&client(summer), &cert_manager, "wizyjno.local").unwrap();
    assert_ne!(standing.peer_certificates(), next.peer_certificates());
    assert_eq!(next.peer_certificates().unwrap(), [cert_manager.served()]);
    assert_eq!(home.start(summer).unwrap().served(), cert_manager.served(), "and it is kept");
}

#[test]
fn handshakes_and_renewals_at_once_do_not_disturb_each_other() {
    let home = Home::new();
    let cert_manager = home.start(spring()).unwrap();
    let client = Arc::new(client(&cert_manager.authority.der, spring(), &[&version::TLS13]));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                (0..50).for_each(|_| drop(talk_as(&client, &cert_manager, "wizyjno.local").unwrap()))
            });
        }
        for thread in 0..2 {
            let (cert_manager, names) = (&cert_manager, &home.names);
            scope.spawn(move || {
                for turn in 0..20 {
                    let mut names = names.clone();
                    names.addresses.push(IpAddr::from([10, 1, thread, turn]));
                    cert_manager.renew_if_needed(&names, spring()).unwrap();
                }
            });
        }
    });
    let kept = home.start(spring()).unwrap();
    talk(&cert_manager.authority.der, &kept, "wizyjno.local", spring());
}

#[test]
fn a_certificate_that_cannot_be_kept_is_served_all_the_same() {
    let home = Home::new();
    let cert_manager = home.start(spring()).unwrap();
    fs::rename(home.state(), home.folder.path().join("gone")).unwrap();
    let mut names = home.names.clone();
    names.dns.push("late.local".to_owned());
    assert!(cert_manager.renew_if_needed(&names, spring()).unwrap(), "so the old one does not stay");
    assert!(!cert_manager.renew_if_needed(&names, spring()).unwrap(), "the live one fits");
    talk(&cert_manager.authority.der, &cert_manager, "late.local", spring());
}

/// Whoever keeps what they hear is not to read it once there are quantum computers, and browsers that know the
/// older group alone are served by that.
#[test]
fn keys_are_agreed_on_by_a_hybrid_where_the_client_knows_it() {
    let home = Home::new();
    let cert_manager = home.start(spring()).unwrap();
    let authority = cert_manager.authority.der.clone();
    let group_of = |kx_groups: Vec<&'static dyn SupportedKxGroup>| {
        let provider = CryptoProvider { kx_groups, ..crypto::default_provider() };
        let client = client_with(provider, &authority, spring(), &[&version::TLS13]);
        let talked = talk_as(&Arc::new(client), &cert_manager, "localhost").unwrap();
        talked.negotiated_key_exchange_group().expect("agreed").name()
    };
    assert_eq!(group_of(vec![X25519MLKEM768, X25519]), NamedGroup::X25519MLKEM768);
    assert_eq!(group_of(vec![X25519]), NamedGroup::X25519);
}
