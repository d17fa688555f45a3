//! What an ACME server wants to see of a domain while it finds out who holds it: a certificate
//! with its digest in it (tls-alpn-01, RFC 8737), or a file on the plain port (http-01, RFC 8555, 8.3).

use rustls::server::ClientHello;
use rustls::sign::CertifiedKey;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};

/// The protocol of a handshake that looks for such a certificate, and says nothing afterwards.
pub const VALIDATION_PROTOCOL: &[u8] = b"acme-tls/1";

/// The answers of the orders that are under way.
#[derive(Default)]
pub(super) struct Challenges(Mutex<Answers>);

#[derive(Default)]
struct Answers {
    /// By the name that the handshake asks for.
    certificates: BTreeMap<String, Arc<CertifiedKey>>,
    /// By the token in the file's path.
    files: BTreeMap<String, String>,
}

/// Takes its answer back when it goes.
pub(super) struct ChallengeGuard<'a> {
    challenges: &'a Challenges,
    name: String,
}

impl Challenges {
    /// Whether a handshake is one of an ACME server: it offers that protocol and no other (RFC 8737, 3).
    pub(super) fn is_asked(&self, hello: &ClientHello<'_>) -> bool {
        hello.alpn().is_some_and(|mut offered| {
            offered.next() == Some(VALIDATION_PROTOCOL) && offered.next().is_none()
        })
    }

    pub(super) fn certificate(&self, name: &str) -> Option<Arc<CertifiedKey>> {
        self.answers().certificates.get(&name.to_ascii_lowercase()).cloned()
    }

    /// What the file of that token holds.
    pub(super) fn file(&self, token: &str) -> Option<String> {
        self.answers().files.get(token).cloned()
    }

    pub(super) fn show_certificate(&self, domain: &str, certificate: CertifiedKey) -> ChallengeGuard<'_> {
        let name = validation_name(domain);
        self.answers().certificates.insert(name.clone(), Arc::new(certificate));
        ChallengeGuard { challenges: self, name }
    }

    pub(super) fn show_file(&self, token: &str, contents: &str) -> ChallengeGuard<'_> {
        self.answers().files.insert(token.to_owned(), contents.to_owned());
        ChallengeGuard { challenges: self, name: token.to_owned() }
    }

    fn answers(&self) -> std::sync::MutexGuard<'_, Answers> {
        self.0.lock().expect("nobody panics while holding it")
    }
}

impl Drop for ChallengeGuard<'_> {
    fn drop(&mut self) {
        let mut answers = self.challenges.answers();
        answers.certificates.remove(&self.name);
        answers.files.remove(&self.name);
    }
}

/// As which name an ACME server asks for a domain: an address is asked for by its name in the reverse tree (RFC
/// 8738, 6).
fn validation_name(domain: &str) -> String {
    match domain.parse() {
        Ok(IpAddr::V4(address)) => {
            let [a, b, c, d] = address.octets();
            format!("{d}.{c}.{b}.{a}.in-addr.arpa")
        }
        Ok(IpAddr::V6(address)) => {
            let octets = address.octets();
            let nibbles = octets.iter().rev().map(|octet| format!("{:x}.{:x}.", octet & 0xf, octet >> 4));
            nibbles.collect::<String>() + "ip6.arpa"
        }
        Err(_) => domain.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_asked_for_in_the_reverse_tree() {
        for (domain, name) in [
            ("call.example.org", "call.example.org"),
            ("203.0.113.5", "5.113.0.203.in-addr.arpa"),
            ("2001:db8::1", "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa"),
        ] {
            assert_eq!(validation_name(domain), name);
        }
    }

    #[test]
    fn an_answer_is_there_while_its_order_is_under_way() {
        let challenges = Challenges::default();
        let shown = challenges.show_file("token", "token.thumbprint");
        assert_eq!(challenges.file("token").as_deref(), Some("token.thumbprint"));
        assert_eq!(challenges.file("other"), None);
        drop(shown);
        assert_eq!(challenges.file("token"), None);
    }
}
