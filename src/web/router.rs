//! Which request gets what, over HTTPS: the page, signalling, and how the box is.

use super::access::{Access, unauthorized};
use super::events::{self, EventStreamBody};
use super::onboarding::Answer;
use super::{Body, PeerAddrs, Site, socket, status};
use crate::language::Language;
use crate::protocol::SUBPROTOCOL;
use bytes::Bytes;
use http_body_util::{Either, Full};
use hyper::body::Incoming;
use hyper::header::{self, HeaderMap, HeaderValue};
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper::{Method, Request, Response, StatusCode, Version};
use hyper_util::rt::TokioIo;
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Also for what is not shown to this visitor.
const NOTHING: &str = "There is nothing here.\n";

/// Answers one request.
pub(super) async fn answer(
    site: Arc<Site>,
    addrs: PeerAddrs,
    request: Request<Incoming>,
) -> Response<Either<Body, EventStreamBody>> {
    let Some(host) = host(&request).filter(|host| site.is_own_host(host, &addrs)) else {
        return text(StatusCode::MISDIRECTED_REQUEST, "This host is not served here.\n").map(Either::Left);
    };
    if request.uri().path() != "/events" {
        return whole(site, addrs, &host, request).await.map(Either::Left);
    }
    let whole = match *request.method() {
        _ if !is_from(&host, &request) => foreign(),
        Method::GET => match events::open(site, addrs).await {
            Some(events) => return events.map(Either::Right),
            None => stopping(),
        },
        Method::POST => events::say(&site, request).await,
        _ => not_allowed("GET, POST"),
    };
    whole.map(Either::Left)
}

/// Answers what is answered at once.
async fn whole(
    site: Arc<Site>,
    addrs: PeerAddrs,
    host: &str,
    mut request: Request<Incoming>,
) -> Response<Body> {
    let path = request.uri().path();
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return not_allowed("GET, HEAD");
    }
    match path {
        "/ws" => {
            let upgrade = hyper::upgrade::on(&mut request);
            open_socket(site, addrs, host, &request, upgrade)
        }
        "/health" | "/metrics" | "/doctor" | "/status" => told(&site, &addrs, &request).await,
        _ => {
            let host_names = site.host_names();
            match site.onboarding(&host_names).answer_https(host, request.uri()) {
                Some(answer) => onboarded(&site, answer, request.headers()).await,
                None => file(&site, path, request.headers(), content_security_policy(host)).await,
            }
        }
    }
}

/// What leads to trust, on either port.
pub(super) async fn onboarded(site: &Site, answer: Answer, headers: &HeaderMap) -> Response<Body> {
    match answer {
        Answer::File { path, policy } => file(site, path, headers, policy).await,
        Answer::Whole(answer) => answer,
    }
}

/// How the box is, and who is here to whom that is shown. Probes and Prometheus get the rest in any case.
async fn told(site: &Site, addrs: &PeerAddrs, request: &Request<Incoming>) -> Response<Body> {
    let headers = request.headers();
    let access = site.access(addrs, headers);
    let guesses_password = access == Access::PasswordNeeded && headers.contains_key(header::AUTHORIZATION);
    match (request.uri().path(), access) {
        _ if guesses_password => unauthorized(headers).await,
        ("/health", _) => {
            let snapshot = site.snapshot(access).await;
            let ready = snapshot.stuck().is_empty();
            let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
            typed(status, "application/json", snapshot.health())
        }
        ("/metrics" | "/doctor", _) if !addrs.is_private() => {
            text(StatusCode::FORBIDDEN, "Not from outside of the network.\n")
        }
        ("/metrics", _) => typed(StatusCode::OK, OPEN_METRICS, site.snapshot(access).await.open_metrics()),
        ("/status", Access::Denied) => text(StatusCode::NOT_FOUND, NOTHING),
        (_, Access::Denied) => text(StatusCode::FORBIDDEN, "With a PIN only from the box itself.\n"),
        (_, Access::PasswordNeeded) => unauthorized(headers).await,
        ("/status", Access::Granted) => status::answer(site, request).await,
        (_, Access::Granted) => {
            let page = site.doctor.page(language(request)).await;
            let mut answer = typed(StatusCode::OK, "text/html; charset=utf-8", page);
            answer
                .headers_mut()
                .insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(ONLY_STYLE));
            answer
        }
    }
}

/// The visitor's language, for a page that the box writes itself.
pub(super) fn language(request: &Request<Incoming>) -> Language {
    let accept = request.headers().get(header::ACCEPT_LANGUAGE).and_then(|list| list.to_str().ok());
    Language::of_request(request.uri().query(), accept)
}

/// A file of the page's, or the word that it has not changed; `policy` is for pages.
pub(super) async fn file(
    site: &Site,
    path: &str,
    headers: &HeaderMap,
    policy: HeaderValue,
) -> Response<Body> {
    let Some(asset) = site.assets.find(path, headers).await else {
        return text(StatusCode::NOT_FOUND, NOTHING);
    };
    let unchanged = asset.etag.as_ref().is_some_and(|etag| {
        let known = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
        known.flat_map(|list| list.split(',')).any(|tag| tag.trim().as_bytes() == etag.as_bytes())
    });
    let mut answer = Response::new(Full::new(if unchanged { Bytes::new() } else { asset.body }));
    if unchanged {
        *answer.status_mut() = StatusCode::NOT_MODIFIED;
    }
    // Half a hundred files make the page, so a header that says nothing would weigh like one more.
    let headers = answer.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.kind));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(asset.cache));
    headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    if let Some(encoding) = asset.encoding {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    if let Some(etag) = asset.etag {
        headers.insert(header::ETAG, etag);
    }
    if asset.kind.starts_with("text/html") {
        secure(headers);
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
        headers.insert("permissions-policy", HeaderValue::from_static(PERMISSIONS));
    }
    answer
}

/// What the page needs, and no more.
const PERMISSIONS: &str = "camera=(self), microphone=(self), display-capture=(self), speaker-selection=(self), \
     autoplay=(self), fullscreen=(self), picture-in-picture=(self), screen-wake-lock=(self), geolocation=(), \
     payment=(), usb=(), serial=(), midi=(), gyroscope=(), accelerometer=(), magnetometer=()";

/// For a page without scripts.
const ONLY_STYLE: &str =
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// CSP Level 3. `'self'` covers wss only in newer browsers, so the socket is named besides.
pub(super) fn content_security_policy(host: &str) -> HeaderValue {
    HeaderValue::try_from(format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; \
         media-src 'self' blob: mediastream:; connect-src 'self' wss://{host}; manifest-src 'self'; \
         worker-src 'self'; base-uri 'self'; form-action 'none'; frame-ancestors 'none'"
    ))
    .expect("a checked Host is plain text")
}

/// RFC 6455, 4.2: the handshake; then the page's socket lives in a task of its own.
fn open_socket(
    site: Arc<Site>,
    addrs: PeerAddrs,
    host: &str,
    request: &Request<Incoming>,
    upgrade: OnUpgrade,
) -> Response<Body> {
    let headers = request.headers();
    let says = |name: header::HeaderName, word: &str| {
        let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
        values.flat_map(|list| list.split(',')).any(|item| item.trim().eq_ignore_ascii_case(word))
    };
    let key = headers.get(header::SEC_WEBSOCKET_KEY);
    let (Some(key), true, true, true) = (
        key,
        request.version() == Version::HTTP_11,
        says(header::CONNECTION, "upgrade"),
        says(header::UPGRADE, "websocket"),
    ) else {
        return text(StatusCode::UPGRADE_REQUIRED, "This is the place of a WebSocket.\n");
    };
    if headers.get(header::SEC_WEBSOCKET_VERSION).is_none_or(|version| version != "13") {
        let mut answer = text(StatusCode::UPGRADE_REQUIRED, "WebSocket version 13, please.\n");
        answer.headers_mut().insert(header::SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
        return answer;
    }
    if !is_from(host, request) {
        return foreign();
    }
    if !says(header::SEC_WEBSOCKET_PROTOCOL, SUBPROTOCOL) {
        return text(StatusCode::BAD_REQUEST, "The subprotocol must be wizyjno.v1.\n");
    }
    let accept = HeaderValue::try_from(derive_accept_key(key.as_bytes())).expect("base64");
    tokio::spawn(async move {
        let Ok(upgraded) = upgrade.await else { return };
        let (stream, leftover) = below(upgraded);
        // A task keeps room for all that it ever waits for: what is soon over is boxed, the rest lent.
        let mut transport = Box::pin(socket::WebSocketTransport::new(stream, leftover)).await;
        let client = super::session::ClientContext { pin_auth: site.pin_auth.clone(), address: addrs.remote };
        socket::run(&mut transport, &site.hub, addrs.local, &client).await;
    });
    let mut answer = Response::new(Full::default());
    *answer.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = answer.headers_mut();
    headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(header::SEC_WEBSOCKET_ACCEPT, accept);
    headers.insert(header::SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(SUBPROTOCOL));
    answer
}

/// A browser says where the page comes from that speaks; a program that is none has no Origin.
pub(super) fn is_from(host: &str, request: &Request<Incoming>) -> bool {
    let own = format!("https://{host}");
    let is_own = |origin: &HeaderValue| origin.as_bytes().eq_ignore_ascii_case(own.as_bytes());
    request.headers().get(header::ORIGIN).is_none_or(is_own)
}

fn foreign() -> Response<Body> {
    text(StatusCode::FORBIDDEN, "Another page may not speak for this one.\n")
}

fn stopping() -> Response<Body> {
    text(StatusCode::SERVICE_UNAVAILABLE, "The box is stopping.\n")
}

fn not_allowed(methods: &'static str) -> Response<Body> {
    let mut answer = text(StatusCode::METHOD_NOT_ALLOWED, "Not by this method.\n");
    answer.headers_mut().insert(header::ALLOW, HeaderValue::from_static(methods));
    answer
}

/// The TLS stream itself: without hyper's wrapping an idle page costs less.
fn below(upgraded: Upgraded) -> (super::Guarded<TlsStream<TcpStream>>, Bytes) {
    let parts = upgraded
        .downcast::<TokioIo<super::Guarded<TlsStream<TcpStream>>>>()
        .expect("hyper gives back what it was given");
    (parts.io.into_inner(), parts.read_buf)
}

/// The Host, in lower case, with its port if it has one.
pub(super) fn host<B>(request: &Request<B>) -> Option<String> {
    let in_header = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    let host = request.uri().authority().map(|authority| authority.as_str()).or(in_header)?;
    // What stands here goes into headers of the answer.
    let plain = host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:[]_".contains(&byte));
    plain.then(|| host.to_ascii_lowercase())
}

pub(super) fn text(status: StatusCode, text: &'static str) -> Response<Body> {
    typed(status, "text/plain; charset=utf-8", text.into())
}

pub(super) fn typed(status: StatusCode, kind: &'static str, body: String) -> Response<Body> {
    let mut answer = Response::new(Full::new(Bytes::from(body)));
    *answer.status_mut() = status;
    secure(answer.headers_mut());
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

/// For what people see and programs read. No HSTS: a box with a new authority would lock its people out.
fn secure(headers: &mut HeaderMap) {
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert("cross-origin-opener-policy", HeaderValue::from_static("same-origin"));
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("same-origin"));
}
