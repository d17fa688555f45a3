//! OpenSSL reads what we made.

use super::wire::{client, talk_as};
use super::*;
use rustls::version;
use std::process::{Command, Output};

fn openssl(arguments: &[&str]) -> Output {
    Command::new("openssl").args(arguments).output().expect("openssl is installed")
}

/// What `openssl x509 -text` says of a file, with its white space folded.
fn text(path: PathBuf) -> String {
    let output = openssl(&["x509", "-in", path.to_str().unwrap(), "-noout", "-text"]);
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap().split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn openssl_reads_the_authority_as_meant() {
    let home = Home::new();
    let cert_manager = home.start(spring()).unwrap();
    let text = text(home.file("ca.crt"));
    for part in [
        "Version: 3",
        &format!("Subject: CN = {}", cert_manager.authority.name),
        "CA:TRUE, pathlen:0",
        "X509v3 Key Usage: critical Certificate Sign, CRL Sign",
        "ASN1 OID: prime256v1",
        "Signature Algorithm: ecdsa-with-SHA256",
        "X509v3 Subject Key Identifier",
        "X509v3 Name Constraints: critical Permitted: DNS:local DNS:localhost DNS:raspberrypi \
         IP:10.0.0.0/255.0.0.0 IP:172.16.0.0/255.240.0.0 IP:192.168.0.0/255.255.0.0 IP:169.254.0.0/255.255.0.0 \
         IP:127.0.0.0/255.0.0.0 IP:FC00:0:0:0:0:0:0:0/FE00:0:0:0:0:0:0:0 \
         IP:FE80:0:0:0:0:0:0:0/FFC0:0:0:0:0:0:0:0 \
         IP:0:0:0:0:0:0:0:1/FFFF:FFFF:FFFF:FFFF:FFFF:FFFF:FFFF:FFFF",
    ] {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
    let path = home.file("ca.crt");
    let output = openssl(&["x509", "-in", path.to_str().unwrap(), "-noout", "-fingerprint", "-sha256"]);
    let fingerprint = String::from_utf8(output.stdout).unwrap();
    assert_eq!(fingerprint.trim().split_once('=').unwrap().1, cert_manager.authority.fingerprint_sha256);
    assert_eq!(
        CertificateDer::from_pem_slice(cert_manager.authority.pem.as_bytes()).unwrap().to_vec(),
        cert_manager.authority.der
    );
}

#[test]
fn openssl_reads_the_leaf_as_meant() {
    let home = Home::new();
    home.start(spring()).unwrap();
    let text = text(home.file("leaf.pem"));
    for part in [
        "CA:FALSE",
        "X509v3 Key Usage: critical Digital Signature",
        "X509v3 Extended Key Usage: TLS Web Server Authentication",
        "X509v3 Subject Key Identifier",
        "X509v3 Authority Key Identifier",
        "X509v3 Subject Alternative Name: DNS:wizyjno.local, DNS:raspberrypi.local, DNS:raspberrypi, DNS:localhost, \
         IP Address:192.168.1.20, IP Address:10.0.0.7, IP Address:FD77:0:0:0:0:0:0:20, \
         IP Address:FE80:0:0:0:0:0:0:5, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1",
        "ASN1 OID: prime256v1",
    ] {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
    let key =
        |file: &str| openssl(&["pkey", "-in", home.file(file).to_str().unwrap(), "-check", "-noout"]).status;
    assert!(key("leaf.pem").success() && key("ca.key").success());
}

#[test]
fn openssl_accepts_every_name_and_nothing_outside_the_constraints() {
    let home = Home::new();
    let cert_manager = home.start(spring()).unwrap();
    let at = SPRING.to_string();
    let (authority, leaf) = (home.file("ca.crt"), home.file("leaf.pem"));
    let verify = |leaf: &Path, kind: &str, name: &str| {
        let (authority, leaf) = (authority.to_str().unwrap(), leaf.to_str().unwrap());
        let arguments =
            ["verify", "-x509_strict", "-purpose", "sslserver", "-attime", &at, "-CAfile", authority];
        openssl(&[arguments.as_slice(), &[kind, name, leaf]].concat())
    };
    let served = cert_manager.resolver.local.get().names.clone();
    for name in &served.dns {
        let output = verify(&leaf, "-verify_hostname", name);
        assert!(output.status.success(), "{name}: {output:?}");
    }
    for address in &served.addresses {
        let output = verify(&leaf, "-verify_ip", &address.to_string());
        assert!(output.status.success(), "{address}: {output:?}");
    }
    // Somebody with the key of the authority tries to be the bank.
    for (dns, address) in [("bank.example", None), ("wizyjno.local", Some("93.184.216.34")), ("x.com", None)]
    {
        let names = SubjectNames {
            dns: vec![dns.to_owned()],
            addresses: address.map(|it| it.parse().unwrap()).into_iter().collect(),
        };
        let forged = home.folder.path().join("forged.pem");
        fs::write(&forged, cert_manager.signer.leaf(&names, cert_manager.served_validity()).unwrap())
            .unwrap();
        let output = verify(&forged, "-verify_hostname", dns);
        assert!(!output.status.success());
        assert!(
            String::from_utf8_lossy(&output.stderr).contains("permitted subtree violation"),
            "{output:?}"
        );
        let pem = fs::read(&forged).unwrap();
        let certified = read_leaf(&cert_manager.signer, &pem).unwrap();
        cert_manager.resolver.local.set(certified);
        let client = Arc::new(client(&cert_manager.authority.der, spring(), &[&version::TLS13]));
        assert!(talk_as(&client, &cert_manager, dns).is_err(), "webpki refuses it too");
    }
}
