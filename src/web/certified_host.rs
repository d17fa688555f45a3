//! The plain port of a domain for which browsers need no authority of the box's: the way to https, and the
//! files that an ACME authority looks for (RFC 8555, 8.3). No page that leads to trust. Pure.

use super::request::Host;
use super::response::{self, Body};
use crate::hosts::origin;
use hyper::{Method, Response, StatusCode, Uri};

/// Where such a file is; its token follows.
const CHALLENGES: &str = "/.well-known/acme-challenge/";

/// Answers a request whose Host is such a domain. `challenge_file` knows what the file of a token holds.
pub(super) fn answer(
    method: &Method,
    host: &Host,
    uri: &Uri,
    https_port: u16,
    challenge_file: impl FnOnce(&str) -> Option<String>,
) -> Response<Body> {
    if let Some(token) = uri.path().strip_prefix(CHALLENGES) {
        return match challenge_file(token) {
            _ if !matches!(*method, Method::GET | Method::HEAD) => response::method_not_allowed("GET, HEAD"),
            Some(contents) => response::typed(StatusCode::OK, "application/octet-stream", contents),
            None => response::not_found(),
        };
    }
    // Whoever came to the port that no URL names finds the other such port, wherever a router leads both to.
    let port = if host.port.is_none() { 443 } else { https_port };
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    response::redirect(&format!("{}{path}", origin("https", &host.name, port)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::{Request, header};

    fn ask(method: Method, host: &str, path: &str) -> Response<Body> {
        let host = Host::of(&Request::builder().header(header::HOST, host).body(()).unwrap()).unwrap();
        let file = |token: &str| (token == "abc").then(|| "abc.thumbprint".to_owned());
        answer(&method, &host, &path.parse().unwrap(), 8443, file)
    }

    #[test]
    fn everything_is_on_https() {
        for (host, path, there) in [
            ("call.example.org", "/", "https://call.example.org/"),
            ("call.example.org", "/ca.crt", "https://call.example.org/ca.crt"),
            ("call.example.org", "/s/team?lang=pl", "https://call.example.org/s/team?lang=pl"),
            ("call.example.org:8080", "/trust/box.json", "https://call.example.org:8443/trust/box.json"),
            ("[2a00::1]", "//evil.example/", "https://[2a00::1]//evil.example/"),
        ] {
            let answer = ask(Method::GET, host, path);
            assert_eq!(answer.status(), StatusCode::PERMANENT_REDIRECT);
            assert_eq!(answer.headers()[header::LOCATION], there);
        }
    }

    #[test]
    fn an_authority_finds_the_file_that_it_looks_for_and_no_other() {
        let status = |method, path: &str| ask(method, "call.example.org", path).status();
        assert_eq!(status(Method::GET, "/.well-known/acme-challenge/abc"), StatusCode::OK);
        assert_eq!(status(Method::GET, "/.well-known/acme-challenge/abd"), StatusCode::NOT_FOUND);
        assert_eq!(status(Method::GET, "/.well-known/acme-challenge/"), StatusCode::NOT_FOUND);
        assert_eq!(status(Method::POST, "/.well-known/acme-challenge/abc"), StatusCode::METHOD_NOT_ALLOWED);
    }
}
