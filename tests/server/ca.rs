//! `wizyjno ca` beside a box: what it shows, gives away and renews, and what it never does.

use crate::common::{TestServer, ask};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;

#[test]
fn without_a_box_there_is_nothing_to_show_and_nothing_is_made() {
    let dir = tempfile::tempdir().unwrap();
    for line in [&["ca", "show"][..], &["ca", "export", "-"], &["ca", "renew"], &["ca", "renew", "--new-key"]]
    {
        let (well, out, err) = ask(dir.path(), line);
        assert!(!well && out.is_empty(), "{out}");
        assert!(err.contains("state is not there: start the box first"), "{err}");
        assert_eq!(err.lines().count(), 1, "{err}");
    }
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn show_and_export_give_what_the_plain_port_gives() {
    let server = TestServer::start(&[]);
    let (well, shown, _) = ask(server.state.path(), &["ca", "show"]);
    assert!(well);
    let offered = server.get_plain("/ca.crt", "").await.2;
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &offered);
    let octets: Vec<String> = digest.as_ref().iter().map(|octet| format!("{octet:02X}")).collect();
    assert!(shown.contains(&format!("SHA-256 {}\n", octets.join(":"))), "{shown}");
    assert!(shown.contains("wizyjno.local"), "{shown}");

    let file = server.state.path().join("authority.crt");
    for _ in 0..2 {
        let (well, _, err) = ask(server.state.path(), &["ca", "export", file.to_str().unwrap()]);
        assert!(well, "{err}");
        let pem = fs::read_to_string(&file).unwrap();
        assert!(pem.starts_with("-----BEGIN CERTIFICATE-----") && !pem.contains("PRIVATE"));
        let der = CertificateDer::from_pem_slice(pem.as_bytes()).unwrap();
        assert_eq!(der.as_ref(), server.get_plain("/ca.crt", "").await.2);
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o7777, 0o644);
    }
    assert_eq!(ask(server.state.path(), &["ca", "export", "-"]).1, fs::read_to_string(&file).unwrap());
}

#[tokio::test]
async fn export_puts_nothing_else_at_risk() {
    let server = TestServer::start(&[]);
    let dir = server.state.path();
    let letter = dir.join("letter.txt");
    fs::write(&letter, "dear Ann").unwrap();
    let link = dir.join("link.crt");
    std::os::unix::fs::symlink(&letter, &link).unwrap();
    let leaf = dir.join("state/leaf.pem");
    for target in [&letter, &link, &dir.join("state/ca.key"), &leaf, &dir.join("state")] {
        let before = fs::read(target).ok();
        let (well, _, err) = ask(dir, &["ca", "export", target.to_str().unwrap()]);
        assert!(!well && err.contains("is there already and is no certificate"), "{err}");
        assert_eq!(fs::read(target).ok(), before, "{}", target.display());
    }
    let (well, _, err) = ask(dir, &["ca", "export", "/nowhere/ca.crt"]);
    assert!(!well && err.starts_with("wizyjno: cannot write /nowhere/ca.crt: "), "{err}");
}

#[tokio::test]
async fn after_renew_devices_go_on_trusting() {
    let server = TestServer::start(&[]);
    let trusted = fs::read(server.ca()).unwrap();
    let key = fs::read(server.state.path().join("state/ca.key")).unwrap();
    for _ in 0..2 {
        let (well, shown, err) = ask(server.state.path(), &["ca", "renew"]);
        assert!(well && shown.contains("started again"), "{err}");
        assert!(!shown.contains("PRIVATE"), "{shown}");
    }
    assert_ne!(fs::read(server.ca()).unwrap(), trusted, "a new certificate");
    assert_eq!(fs::read(server.state.path().join("state/ca.key")).unwrap(), key, "of the same key");
    let server = server.restart();
    assert_eq!(server.get("/health", "").await.0, 200, "who has the new one trusts the box");
    let offered = server.get_plain("/ca.pem", "").await.2;
    assert_eq!(offered, fs::read(server.ca()).unwrap());
    // A device that has only ever seen the first one.
    fs::write(server.ca(), &trusted).unwrap();
    assert_eq!(server.get("/health", "").await.0, 200);
}

#[tokio::test]
async fn a_new_key_is_a_new_authority_and_the_old_one_is_not_lost() {
    let server = TestServer::start(&[]);
    let state = server.state.path().join("state");
    let (old_key, old_certificate) =
        (fs::read(state.join("ca.key")).unwrap(), fs::read(state.join("ca.crt")).unwrap());
    let before = ask(server.state.path(), &["ca", "show"]).1;
    let (well, shown, err) = ask(server.state.path(), &["ca", "renew", "--new-key"]);
    assert!(well && shown.contains("every device must be told"), "{err}");
    assert_ne!(before.lines().nth(1), shown.lines().nth(1), "another fingerprint");
    assert_ne!(fs::read(state.join("ca.key")).unwrap(), old_key);
    let kept: Vec<_> = fs::read_dir(&state)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "old"))
        .map(|path| (fs::metadata(&path).unwrap().permissions().mode() & 0o77, fs::read(path).unwrap()))
        .collect();
    assert!(kept.contains(&(0, old_key)) && kept.contains(&(0, old_certificate)), "for the owner only");
    let server = server.restart();
    assert_eq!(server.get("/health", "").await.0, 200);
    assert!(ask(server.state.path(), &["ca", "show"]).1.contains(shown.lines().nth(1).unwrap()));
}

#[test]
fn root_looks_after_the_box_of_another_user() {
    if !rustix::process::geteuid().is_root() {
        return; // nobody else has a box of another user to look after
    }
    let server = TestServer::start(&[]);
    let state = server.state.clone();
    server.stop();
    let folder = state.path().join("state");
    let everything = || {
        let inside = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
        inside.chain([folder.clone()]).collect::<Vec<_>>()
    };
    for path in everything() {
        std::os::unix::fs::chown(path, Some(12345), Some(12345)).unwrap();
    }
    assert!(ask(state.path(), &["ca", "show"]).0);
    assert!(ask(state.path(), &["ca", "renew"]).0);
    for path in everything() {
        let metadata = fs::metadata(&path).unwrap();
        assert_eq!(std::os::unix::fs::MetadataExt::uid(&metadata), 12345, "{}", path.display());
    }
    // A stranger's key is no key, whoever looks.
    std::os::unix::fs::chown(folder.join("ca.key"), Some(54321), None).unwrap();
    let (well, _, err) = ask(state.path(), &["ca", "show"]);
    assert!(!well && err.contains("ca.key belongs to user 54321"), "{err}");
}
