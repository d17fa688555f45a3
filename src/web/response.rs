//! Answers that the box writes itself, and the headers that keep a page to itself.

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{self, HeaderMap, HeaderValue};
use hyper::{Response, StatusCode};

pub(super) type Body = Full<Bytes>;

/// An answer with that media type, which nobody is to keep.
pub(super) fn typed(status: StatusCode, kind: &'static str, body: impl Into<Bytes>) -> Response<Body> {
    let mut answer = Response::new(Full::new(body.into()));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    isolate(headers);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

pub(super) fn text(status: StatusCode, text: &'static str) -> Response<Body> {
    typed(status, "text/plain; charset=utf-8", text)
}

pub(super) fn json(status: StatusCode, body: String) -> Response<Body> {
    typed(status, "application/json", body)
}

/// A page without scripts.
pub(super) fn page(body: String) -> Response<Body> {
    let mut answer = typed(StatusCode::OK, "text/html; charset=utf-8", body);
    let policy = content_security_policy("style-src 'self'; img-src 'self'; base-uri 'none'");
    answer.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    answer
}

/// RFC 9110, 15.4.9. Not to be kept: after a change of port or authority it would lead astray.
pub(super) fn redirect(location: &str) -> Response<Body> {
    match HeaderValue::try_from(location) {
        Ok(location) => {
            let mut answer = text(StatusCode::PERMANENT_REDIRECT, "");
            answer.headers_mut().insert(header::LOCATION, location);
            answer
        }
        Err(_) => text(StatusCode::BAD_REQUEST, "Not a path.\n"),
    }
}

pub(super) fn method_not_allowed(allowed: &'static str) -> Response<Body> {
    let mut answer = text(StatusCode::METHOD_NOT_ALLOWED, "This method is not allowed here.\n");
    answer.headers_mut().insert(header::ALLOW, HeaderValue::from_static(allowed));
    answer
}

pub(super) fn too_many_requests() -> Response<Body> {
    text(StatusCode::TOO_MANY_REQUESTS, "Too many requests from this address.\n")
}

pub(super) fn not_found() -> Response<Body> {
    text(StatusCode::NOT_FOUND, "Not found.\n")
}

/// The Host is none of the box's, so somebody was led here by a name of their own (DNS rebinding).
pub(super) fn misdirected() -> Response<Body> {
    text(StatusCode::MISDIRECTED_REQUEST, "This host is not served here.\n")
}

pub(super) fn cross_origin() -> Response<Body> {
    text(StatusCode::FORBIDDEN, "Cross-origin requests are not allowed.\n")
}

/// For what people see and programs read. No HSTS: a box with a new authority would lock its people out.
pub(super) fn isolate(headers: &mut HeaderMap) {
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert("cross-origin-opener-policy", HeaderValue::from_static("same-origin"));
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("same-origin"));
}

/// CSP Level 3: what the page may load, and nothing else.
pub(super) fn content_security_policy(sources: &str) -> HeaderValue {
    HeaderValue::try_from(format!(
        "default-src 'none'; {sources}; form-action 'none'; frame-ancestors 'none'"
    ))
    .expect("a Host is visible ASCII")
}
