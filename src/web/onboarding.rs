//! The page that leads to trust, what a device needs for it, and the way on: all that the plain port gives.
//!
//! The page and the authority are on https, too: browsers block a certificate that comes over plain HTTP, and
//! whoever went past the warning can fetch it there without a question.
//!
//! Pure: a request and the box's hosts come in, an [`Answer`] goes out. Never the app itself,
//! never a private key, and never HSTS.

use super::request::Host;
use super::response::{self, Body};
use super::space::Place;
use crate::hosts::{literal, needs_zone, origin};
use crate::tls::Authority;
use aws_lc_rs::digest;
use base64::prelude::{BASE64_STANDARD, Engine};
use hyper::header::HeaderValue;
use hyper::{Method, Response, StatusCode, Uri};
use serde_json::json;
use std::net::IpAddr;

/// A tiny picture that must be there on https, with `Cross-Origin-Resource-Policy: cross-origin`: where it
/// loads, the browser trusts the box.
pub(super) const PROBE: &str = "/trust/probe.png";

/// Where the page is on https.
const PAGE: (&str, &str) = ("/trust", "/trust/index.html");

/// The page's files below `www/`, and the paths they have on the plain port.
const FILES: [(&str, &str); 8] = [
    ("/", "/trust/index.html"),
    ("/trust/trust.js", "/trust/trust.js"),
    ("/trust/visitor.js", "/trust/visitor.js"),
    ("/trust/words.js", "/trust/words.js"),
    ("/trust/systems.js", "/trust/systems.js"),
    ("/trust/trust.css", "/trust/trust.css"),
    ("/style/tokens.css", "/style/tokens.css"),
    ("/icon.svg", "/icon.svg"),
];

/// What the box says of itself to those who do not trust it yet.
pub(super) struct Onboarding<'a> {
    pub(super) authority: &'a Authority,
    pub(super) https_port: u16,
    /// The box's other names, the best first.
    pub(super) names: &'a [String],
    pub(super) addresses: &'a [IpAddr],
}

#[derive(Debug)]
pub(super) enum Answer {
    /// A file of `www/`, to be given with this Content-Security-Policy.
    File { path: &'static str, policy: HeaderValue },
    /// All there is to say.
    Whole(Response<Body>),
}

impl Onboarding<'_> {
    /// Answers a request whose Host is known to be the box's own.
    pub(super) fn answer(&self, method: &Method, host: &Host, uri: &Uri) -> Answer {
        let path = uri.path();
        // A link to a space or to a room leads past the warning, too, and then on to there.
        let path = if Place::of(path).is_page() { "/" } else { path };
        let file = FILES.iter().find(|(at, _)| *at == path);
        let data = self.data(host, path);
        if !matches!(*method, Method::GET | Method::HEAD) && (file.is_some() || data.is_some()) {
            return Answer::Whole(response::method_not_allowed("GET, HEAD"));
        }
        match (file, data) {
            (Some((_, path)), _) => Answer::File { path, policy: self.policy(host) },
            (None, Some(data)) => Answer::Whole(data),
            // Where the page's big link leads before its script has run.
            (None, None) => {
                let path = match path.strip_prefix("/trust/continue") {
                    Some("") => "/",
                    Some(onward) if onward.starts_with('/') => onward,
                    _ => path,
                };
                let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
                Answer::Whole(response::redirect(&format!("{}{path}{query}", self.origin(&host.name))))
            }
        }
    }

    /// Answers a request over https, of a method that only reads; `None` for what is somebody else's to
    /// answer.
    pub(super) fn answer_https(&self, host: &Host, uri: &Uri) -> Option<Answer> {
        match uri.path() {
            path if path == PAGE.0 => Some(Answer::File { path: PAGE.1, policy: self.policy(host) }),
            path => self.data(host, path).map(Answer::Whole),
        }
    }

    /// What is no file: the authority in its forms, and what the page's script wants to know.
    fn data(&self, host: &Host, path: &str) -> Option<Response<Body>> {
        let authority = self.authority;
        let (kind, body) = match path {
            "/ca.crt" => ("application/x-x509-ca-cert", authority.der.clone()),
            "/ca.pem" => ("application/x-pem-file", authority.pem.clone().into()),
            "/wizyjno.mobileconfig" => ("application/x-apple-aspen-config", profile(authority).into()),
            "/trust/box.json" => ("application/json", self.describe(host).into()),
            _ => return None,
        };
        Some(response::typed(StatusCode::OK, kind, body))
    }

    /// The same place over https, by the name that the visitor has come by: another one might not be
    /// found from there.
    fn origin(&self, name: &str) -> String {
        origin("https", name, self.https_port)
    }

    /// Nothing but the page's own files, and the picture that tells of trust.
    fn policy(&self, host: &Host) -> HeaderValue {
        response::content_security_policy(&format!(
            "script-src 'self'; style-src 'self'; img-src 'self' {}; connect-src 'self'; base-uri 'none'",
            self.origin(&host.name)
        ))
    }

    /// What the page's script wants to know.
    fn describe(&self, host: &Host) -> String {
        // On the visitor's device the machine's own names mean another machine, and browsers know no zones.
        let addresses = self.addresses.iter().filter(|it| !it.is_loopback() && !needs_zone(**it));
        let names = self.names.iter().filter(|name| *name != "localhost").cloned();
        let others = names.chain(addresses.map(|it| literal(*it))).map(|name| self.origin(&name));
        let here = self.origin(&host.name);
        json!({
            "https": here,
            "probe": format!("{here}{PROBE}"),
            "others": others.filter(|other| *other != here).collect::<Vec<_>>(),
            "authority": self.authority.name,
        })
        .to_string()
    }
}

/// The authority as a configuration profile, which is how iPhones, iPads and Macs take it in.
///
/// Its identifiers come from the authority, so that installing it twice replaces it.
fn profile(authority: &Authority) -> String {
    let name = escaped(&authority.name);
    let [outer, inner] = ["profile", "authority"].map(|purpose| uuid(purpose, &authority.der));
    let certificate = BASE64_STANDARD.encode(&authority.der);
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>PayloadType</key><string>Configuration</string>
  <key>PayloadVersion</key><integer>1</integer>
  <key>PayloadIdentifier</key><string>local.wizyjno.{outer}</string>
  <key>PayloadUUID</key><string>{outer}</string>
  <key>PayloadDisplayName</key><string>{name}</string>
  <key>PayloadContent</key>
  <array>
    <dict>
      <key>PayloadType</key><string>com.apple.security.root</string>
      <key>PayloadVersion</key><integer>1</integer>
      <key>PayloadIdentifier</key><string>local.wizyjno.{outer}.{inner}</string>
      <key>PayloadUUID</key><string>{inner}</string>
      <key>PayloadDisplayName</key><string>{name}</string>
      <key>PayloadCertificateFileName</key><string>wizyjno.crt</string>
      <key>PayloadContent</key>
      <data>{certificate}</data>
    </dict>
  </array>
</dict>
</plist>
"#
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A UUID that is always the same for the same authority (RFC 9562, version 8).
fn uuid(purpose: &str, authority: &[u8]) -> String {
    let digest = digest::digest(&digest::SHA256, &[purpose.as_bytes(), authority].concat());
    let mut octets = <[u8; 16]>::try_from(&digest.as_ref()[..16]).expect("SHA-256 has 32 octets");
    octets[6] = octets[6] & 0x0f | 0x80;
    octets[8] = octets[8] & 0x3f | 0x80;
    let hex: String = octets.iter().map(|octet| format!("{octet:02X}")).collect();
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use http_body_util::BodyExt;
    use hyper::Request;
    use hyper::header;
    use std::collections::BTreeSet;
    use std::path::Path;

    fn authority() -> Authority {
        Authority {
            der: vec![0x30, 0x82, 1, 2, 3],
            pem: "-----BEGIN CERTIFICATE-----\n".to_owned(),
            fingerprint_sha256: "3F:9A".to_owned(),
            fingerprint_sha1: "7C:11".to_owned(),
            name: "Wizyjno Godka <&> 3f9a".to_owned(),
        }
    }

    /// The answer to a request by `host`, from a box whose https port is `https_port`.
    fn ask(method: Method, https_port: u16, host: &str, path: &str) -> Answer {
        let authority = authority();
        let names = ["wizyjno.local", "pi.local", "localhost"].map(str::to_owned);
        let addresses =
            ["192.168.1.20", "fd77::20", "127.0.0.1", "::1", "fe80::1"].map(|it| it.parse().unwrap());
        let onboarding =
            Onboarding { authority: &authority, https_port, names: &names, addresses: &addresses };
        onboarding.answer(&method, &self::host(host), &path.parse().unwrap())
    }

    fn host(text: &str) -> Host {
        Host::of(&Request::builder().header(header::HOST, text).body(()).unwrap()).unwrap()
    }

    fn get(path: &str) -> Answer {
        ask(Method::GET, 443, "wizyjno.local", path)
    }

    fn response(answer: Answer) -> Response<Body> {
        match answer {
            Answer::Whole(response) => response,
            Answer::File { path, .. } => panic!("the file {path}"),
        }
    }

    fn file(answer: Answer) -> (&'static str, String) {
        match answer {
            Answer::File { path, policy } => (path, policy.to_str().unwrap().to_owned()),
            Answer::Whole(response) => panic!("{response:?}"),
        }
    }

    async fn body(response: Response<Body>) -> Bytes {
        response.into_body().collect().await.unwrap().to_bytes()
    }

    fn location(response: &Response<Body>) -> &str {
        assert_eq!(response.status(), StatusCode::PERMANENT_REDIRECT);
        response.headers()[header::LOCATION].to_str().unwrap()
    }

    #[test]
    fn the_page_and_its_files_are_there_in_any_language() {
        for (path, name) in FILES {
            assert_eq!(file(get(path)).0, name);
            assert!(Path::new("www").join(&name[1..]).exists(), "{name}");
        }
        assert_eq!(file(get("/?lang=szl")).0, "/trust/index.html");
        assert!(Path::new("www").join(&PROBE[1..]).exists());
    }

    #[test]
    fn the_page_asks_for_no_file_that_is_not_given() {
        let given: BTreeSet<_> = FILES.into_iter().map(|(path, _)| path).collect();
        let page = include_str!("../../www/trust/index.html");
        let paths = page.split(['"', '\'']).filter(|part| part.starts_with('/') && part.contains('.'));
        let others = ["/ca.crt", "/ca.pem", "/wizyjno.mobileconfig"];
        let missing: Vec<_> = paths.filter(|path| !given.contains(path) && !others.contains(path)).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }

    #[test]
    fn a_link_to_a_space_or_a_room_leads_past_the_warning_too() {
        for path in
            ["/s/kuchnia?lang=pl", "/s/kuchnia/", "/r/80", "/s/kuchnia/r/80?lang=pl", "/s/KUCHNIA/r/80"]
        {
            assert_eq!(file(get(path)).0, "/trust/index.html", "{path}");
        }
        for path in
            ["/r/", "/r/80/ws", "/r/8a", "/r/99999999999", "/s/kuchnia/r/", "/s/KUCHNIA/ws", "/s/a.b/r/80"]
        {
            assert!(matches!(get(path), Answer::Whole(_)), "{path}");
        }
        assert!(matches!(get("/s/kuchnia/ws"), Answer::Whole(_)));
        assert!(matches!(get("/s/a.b"), Answer::Whole(_)));
    }

    #[test]
    fn the_page_may_load_nothing_but_its_own_and_the_probe() {
        let (_, policy) = file(ask(Method::GET, 8443, "192.168.1.20:8080", "/"));
        assert!(policy.contains("img-src 'self' https://192.168.1.20:8443;"), "{policy}");
        assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    }

    #[tokio::test]
    async fn the_authority_is_given_in_three_forms() {
        for (path, kind) in [
            ("/ca.crt", "application/x-x509-ca-cert"),
            ("/ca.pem", "application/x-pem-file"),
            ("/wizyjno.mobileconfig", "application/x-apple-aspen-config"),
        ] {
            let response = response(get(path));
            assert_eq!(response.status(), StatusCode::OK);
            assert_eq!(response.headers()[header::CONTENT_TYPE], kind);
            assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
            assert!(!response.headers().contains_key(header::STRICT_TRANSPORT_SECURITY));
            let body = body(response).await;
            match path {
                "/ca.crt" => assert_eq!(body, authority().der),
                "/ca.pem" => assert_eq!(body, authority().pem),
                _ => {
                    let text = std::str::from_utf8(&body).unwrap();
                    assert!(text.contains("<data>MIIBAgM=</data>"), "{text}");
                    assert!(text.contains("<string>Wizyjno Godka &lt;&amp;&gt; 3f9a</string>"), "{text}");
                }
            }
        }
    }

    #[tokio::test]
    async fn the_same_is_there_over_https_and_nothing_else_of_it() {
        let (names, addresses) = (["wizyjno.local".to_owned()], []);
        let authority = authority();
        let onboarding =
            Onboarding { authority: &authority, https_port: 443, names: &names, addresses: &addresses };
        let get = |path: &str| onboarding.answer_https(&host("wizyjno.local"), &path.parse().unwrap());
        for path in ["/ca.crt", "/ca.pem", "/wizyjno.mobileconfig"] {
            let (over_https, plain) = (response(get(path).unwrap()), response(super::tests::get(path)));
            assert_eq!(over_https.headers(), plain.headers());
            assert_eq!(body(over_https).await, body(plain).await, "{path}");
        }
        assert_eq!(response(get("/trust/box.json").unwrap()).status(), StatusCode::OK);
        assert_eq!(file(get("/trust?lang=pl").unwrap()).0, "/trust/index.html");
        for path in ["/", "/trust/continue", "/trust/trust.js", "/ca.key", "/trust/"] {
            assert!(get(path).is_none(), "{path}");
        }
    }

    /// Whoever can exchange the file on its way can exchange what a page beside it says of it.
    #[tokio::test]
    async fn nothing_that_the_box_sends_claims_to_prove_the_authority() {
        for path in ["/trust/box.json", "/wizyjno.mobileconfig"] {
            let body = body(response(get(path))).await;
            let text = std::str::from_utf8(&body).unwrap();
            assert!(!text.contains("3F:9A") && !text.contains("7C:11"), "{text}");
        }
        assert!(!include_str!("../../www/trust/index.html").contains("id=\"fingerprint\""));
    }

    #[test]
    fn the_profile_is_the_same_for_the_same_authority_only() {
        let other = Authority { der: vec![0x30], ..authority() };
        assert_eq!(profile(&authority()), profile(&authority()));
        assert_ne!(uuid("profile", &authority().der), uuid("profile", &other.der));
        assert_ne!(uuid("profile", &authority().der), uuid("authority", &authority().der));
        let uuid = uuid("profile", &other.der);
        assert_eq!(uuid.split('-').map(str::len).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
        assert_eq!(&uuid[14..15], "8");
        assert!("89AB".contains(&uuid[19..20]));
    }

    #[test]
    fn everything_else_is_elsewhere_by_the_same_name() {
        for (port, host, path, expected) in [
            (443, "wizyjno.local", "/room?lang=pl", "https://wizyjno.local/room?lang=pl"),
            (8443, "wizyjno.local:8080", "/health", "https://wizyjno.local:8443/health"),
            (8443, "192.168.1.20", "/ca.key", "https://192.168.1.20:8443/ca.key"),
            (443, "[fd77::20]:80", "/ws", "https://[fd77::20]/ws"),
            (8443, "[fd77::20]", "/ws", "https://[fd77::20]:8443/ws"),
            (443, "localhost", "//evil.example/", "https://localhost//evil.example/"),
            (443, "localhost", "/trust/continue?lang=en", "https://localhost/?lang=en"),
            (443, "localhost", "/trust/continue/s/a?lang=en", "https://localhost/s/a?lang=en"),
            (443, "localhost", "/trust/continue/s/a/r/80", "https://localhost/s/a/r/80"),
            (443, "localhost", "/trust/continued", "https://localhost/trust/continued"),
            (443, "localhost", "/trust/probe.png?1", "https://localhost/trust/probe.png?1"),
        ] {
            assert_eq!(location(&response(ask(Method::GET, port, host, path))), expected);
        }
        let posted = response(ask(Method::POST, 443, "localhost", "/anything"));
        assert_eq!(location(&posted), "https://localhost/anything");
        assert_eq!(posted.headers()[header::CACHE_CONTROL], "no-store", "the port may change");
    }

    #[test]
    fn nothing_here_can_be_written() {
        for path in ["/", "/ca.crt", "/trust/box.json"] {
            let refusal = response(ask(Method::POST, 443, "localhost", path));
            assert_eq!(refusal.status(), StatusCode::METHOD_NOT_ALLOWED);
            assert_eq!(refusal.headers()[header::ALLOW], "GET, HEAD");
        }
    }

    #[tokio::test]
    async fn the_script_learns_where_to_go_and_what_to_show() {
        let response = response(ask(Method::GET, 8443, "pi.local:8080", "/trust/box.json"));
        let described: serde_json::Value = serde_json::from_slice(&body(response).await).unwrap();
        assert_eq!(
            described,
            json!({
                "https": "https://pi.local:8443",
                "probe": "https://pi.local:8443/trust/probe.png",
                "others": ["https://wizyjno.local:8443", "https://192.168.1.20:8443", "https://[fd77::20]:8443"],
                "authority": "Wizyjno Godka <&> 3f9a",
            })
        );
    }
}
