//! Certificates that the box's own authority has not signed: the owner's, and what is wrong with settings of
//! them.

use super::common::{TEST_TIMEOUT, TestServer, fail_to_start};
use serde_json::json;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::time::Instant;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;

const FREE: [&str; 4] = ["--https-port", "0", "--http-port", "0"];

/// A certificate and its key in one file, made by a box that has been started for it.
async fn certificate(name: &str) -> (TestServer, PathBuf) {
    let server = TestServer::start(&["--name", name]);
    let file = server.state.path().join("state/leaf.pem");
    (server, file)
}

fn served(certificates: &[CertificateDer<'_>]) -> Vec<u8> {
    certificates.first().expect("it has shown one").to_vec()
}

fn first_of(file: &Path) -> Vec<u8> {
    CertificateDer::from_pem_file(file).expect("a certificate").to_vec()
}

#[tokio::test]
async fn the_owners_certificate_is_served_and_its_domain_has_no_page_that_leads_to_trust() {
    let (maker, file) = certificate("calls").await;
    let path = file.to_str().expect("UTF-8");
    let mut server = TestServer::start(&["--domain", "calls.local", "--tls-cert", path, "--tls-key", path]);
    // The owner's is for localhost, too, as every leaf of a box; so its visitors trust the maker's authority
    // alone.
    server.trusted = Some(maker.ca());
    let host = "Host: calls.local\r\n";
    assert_eq!(server.get_plain("/ca.crt", host).await.0, 308);
    assert_eq!(server.get_plain("/ca.crt", "").await.0, 200, "elsewhere there is one");
    assert_eq!(server.get("/ca.crt", host).await.0, 404);
    assert_eq!(server.get("/ca.crt", "").await.0, 200);
    let (_, _, metrics) = server.get("/metrics", "").await;
    let metrics = String::from_utf8(metrics).expect("text");
    let wanted = "wizyjno_domain_certificate_not_after_timestamp_seconds{domain=\"calls.local\"}";
    assert!(metrics.contains(wanted), "{metrics}");

    let stream = server.connect_as("calls.local").await;
    assert_eq!(served(stream.get_ref().1.peer_certificates().expect("TLS")), first_of(&file));
}

#[tokio::test]
async fn a_change_of_the_owners_files_and_of_their_setting_is_followed_under_an_open_session() {
    let (first, first_file) = certificate("calls").await;
    let (second, second_file) = certificate("calls").await;
    let dir = tempfile::tempdir().expect("a temporary folder");
    let at = |name: &str| dir.path().join(name);
    let (given, settings) = (at("given.pem"), at("wizyjno.toml"));
    std::fs::copy(&first_file, &given).expect("it can be copied");
    std::fs::write(&settings, "").expect("it can be written");
    let mut server = TestServer::start(&["--config", settings.to_str().expect("UTF-8")]);
    let mut ann = server.page("Ann").await;

    let setting = format!("tls-cert = {given:?}\ntls-key = {given:?}\n");
    std::fs::write(&settings, setting).expect("it can be written");
    server.signal(rustix::process::Signal::HUP);
    serves(&mut server, &first).await;
    std::fs::copy(&second_file, &given).expect("it can be copied");
    serves(&mut server, &second).await;
    ann.say(json!({"type": "ping"})).await;
    ann.hear("pong").await;
}

/// Waits until the box serves what another box's authority has signed.
async fn serves(server: &mut TestServer, maker: &TestServer) {
    server.trusted = Some(maker.ca());
    let deadline = Instant::now() + TEST_TIMEOUT;
    while server.try_connect_from(Ipv4Addr::LOCALHOST).await.is_err() {
        assert!(Instant::now() < deadline, "the box serves another certificate");
    }
}

#[tokio::test]
async fn wrong_settings_of_certificates_end_the_start_with_one_sentence() {
    let (_one, cert) = certificate("one").await;
    let (_other, key) = certificate("other").await;
    let dir = tempfile::tempdir().expect("a temporary folder");
    let nonsense = dir.path().join("nonsense.pem");
    std::fs::write(&nonsense, "no certificate").expect("it can be written");
    let text = |path: &Path| path.to_str().expect("UTF-8").to_owned();
    let (cert, key, nonsense) = (text(&cert), text(&key), text(&nonsense));
    let acme = ["--domain", "calls.example", "--acme-directory", "https://127.0.0.1:1/dir"];
    for (options, wanted) in [
        (vec!["--tls-cert", &cert, "--tls-key", &key], "is not the key of the certificate"),
        (vec!["--tls-cert", &nonsense, "--tls-key", &key], "holds no certificate"),
        (vec!["--tls-cert", &cert], "give --tls-key as well"),
        (vec!["--domain", "https://calls.example/"], "use a host name alone"),
        (vec!["--domain", "a..example"], "use a host name alone"),
        (vec!["--acme-directory", "http://127.0.0.1/dir"], "use an URL of https"),
        (vec!["--acme-contact", "me"], "use one mail address"),
        ([&acme[..], &["--acme-root", &nonsense]].concat(), "it holds no certificate"),
    ] {
        let (code, lines) = fail_to_start(dir.path(), &[&FREE[..], &options].concat());
        assert_eq!((code, lines.len()), (Some(1), 1), "{options:?}: {lines:?}");
        assert!(lines[0].contains(wanted), "{options:?}: {lines:?}");
    }
}
