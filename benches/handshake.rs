//! What a TLS handshake costs the box with X25519MLKEM768 (draft-ietf-tls-ecdhe-mlkem) beside X25519: the
//! server's side alone, by turns in one run. `cargo bench --bench handshake`.
#![expect(clippy::disallowed_methods, reason = "a bench measures time")]

use rustls::crypto::SupportedKxGroup;
use rustls::crypto::aws_lc_rs::{default_provider, kx_group};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, Connection, RootCertStore, ServerConfig, ServerConnection};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};
use wizyjno::tls::{CertManager, SubjectNames};

const ROUNDS: usize = 40;
const HANDSHAKES: usize = 50;

type Group = &'static dyn SupportedKxGroup;

fn main() {
    let folder = tempfile::tempdir().expect("a folder");
    let names = SubjectNames { dns: vec!["localhost".into()], addresses: Vec::new() };
    let cert_manager =
        CertManager::open(folder.path(), "bench", &names, SystemTime::now()).expect("an authority");
    let authority = std::fs::read(cert_manager.authority_path()).expect("its certificate");
    let authority = CertificateDer::from_pem_slice(&authority).expect("PEM");
    let groups: [Group; 2] = [kx_group::X25519, kx_group::X25519MLKEM768];
    let clients = groups.map(|group| client_config(group, &authority));
    let mut times = [const { Vec::new() }; 2];
    for _ in 0..ROUNDS {
        for (client, times) in clients.iter().zip(&mut times) {
            let all = (0..HANDSHAKES).map(|_| handshake(&cert_manager.server_config(), client));
            times.push(all.sum::<Duration>() / HANDSHAKES as u32);
        }
    }
    // What else the machine does only makes a round slower.
    let [classical, hybrid] = times.map(|times| times.into_iter().min().expect("rounds"));
    let ratio = hybrid.as_secs_f64() / classical.as_secs_f64();
    println!("server's side of a handshake, the quickest of {ROUNDS} rounds of {HANDSHAKES}");
    println!("  X25519          {classical:?}");
    println!("  X25519MLKEM768  {hybrid:?}  {ratio:.2}");
}

/// A client that knows that group alone, and never resumes.
fn client_config(group: Group, authority: &CertificateDer<'static>) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.add(authority.clone()).expect("an authority");
    let mut provider = default_provider();
    provider.kx_groups = vec![group];
    let mut config = ClientConfig::builder_with_provider(provider.into())
        .with_safe_default_protocol_versions()
        .expect("suites for both versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.resumption = rustls::client::Resumption::disabled();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config.into()
}

/// The time that the server's side takes.
fn handshake(server: &Arc<ServerConfig>, client: &Arc<ClientConfig>) -> Duration {
    let name = ServerName::try_from("localhost").expect("a name");
    let mut client: Connection = ClientConnection::new(client.clone(), name).expect("a client").into();
    let mut took = Duration::ZERO;
    let start = Instant::now();
    let mut server: Connection = ServerConnection::new(server.clone()).expect("a server").into();
    took += start.elapsed();
    let mut wire = Vec::new();
    while client.is_handshaking() || server.is_handshaking() {
        wire.clear();
        while client.wants_write() {
            client.write_tls(&mut wire).expect("memory");
        }
        let start = Instant::now();
        let mut unread = wire.as_slice();
        while !unread.is_empty() {
            server.read_tls(&mut unread).expect("memory");
            server.process_new_packets().expect("a handshake");
        }
        let mut answer = Vec::new();
        while server.wants_write() {
            server.write_tls(&mut answer).expect("memory");
        }
        took += start.elapsed();
        let mut unread = answer.as_slice();
        while !unread.is_empty() {
            client.read_tls(&mut unread).expect("memory");
            client.process_new_packets().expect("a handshake");
        }
    }
    took
}
