//! Which request gets what: over HTTPS the page, signalling and how the box is; over HTTP the way to trust.

use super::access::{Access, unauthorized};
use super::assets::HOSTED_PAGE;
use super::events::{self, EventStreamBody};
use super::forwarded::Forwarded;
use super::onboarding::{Answer, Onboarding};
use super::request::{Host, language, lists};
use super::response::{self, Body};
use super::space::{self, Place};
use super::state::{AppState, HostNames, PeerAddrs, RequestPermit};
use super::{certified_host, socket, status, well_known};
use crate::metrics::Snapshot;
use crate::space_name::SpaceName;
use bytes::Bytes;
use http_body_util::{Either, Full};
use hyper::body::Incoming;
use hyper::header::{self, HeaderMap, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use serde_json::json;
use std::sync::Arc;
use std::time::SystemTime;

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What the page needs, and no more.
const PERMISSIONS: &str = "camera=(self), microphone=(self), display-capture=(self), speaker-selection=(self), \
     autoplay=(self), fullscreen=(self), picture-in-picture=(self), screen-wake-lock=(self), geolocation=(), \
     payment=(), usb=(), serial=(), midi=(), gyroscope=(), accelerometer=(), magnetometer=()";

/// Answers a request over HTTPS, TLS being ended here or by a proxy. The permit is for what outlives HTTP.
pub(super) async fn answer_https(
    state: &Arc<AppState>,
    addrs: PeerAddrs,
    forwarded: &Forwarded,
    permit: RequestPermit,
    request: Request<Incoming>,
) -> Response<Either<Body, EventStreamBody>> {
    let Some(host) = own_host(state, addrs, forwarded, &request) else {
        return by_another_name(state, request.uri().path()).await.map(Either::Left);
    };
    // Without TLS a browser gives the page no camera. A platform's probes are to see how the box is.
    if forwarded.is_plain && request.uri().path() != "/health" {
        return response::redirect(&format!("https://{}{}", host.name, target(&request))).map(Either::Left);
    }
    let (space, path) = match Place::of(request.uri().path()) {
        Place::Main(path) => (None, path),
        Place::Space { name, rest } => (Some(name), if rest.is_empty() { "/" } else { rest }),
        Place::Moved(path) => return moved(&path, &request).map(Either::Left),
        Place::BadName => return space::not_found(language(&request), false).map(Either::Left),
    };
    let method = request.method();
    let answer = match path {
        "/events" if !host.is_same_origin(request.headers()) => response::cross_origin(),
        "/events" if method == Method::GET => match events::open(state, space, addrs, permit).await {
            Some(events) => return events.map(Either::Right),
            None => response::text(StatusCode::SERVICE_UNAVAILABLE, "The box is stopping.\n"),
        },
        "/events" if method == Method::POST => events::post(state, request).await,
        "/events" => response::method_not_allowed("GET, POST"),
        _ if method != Method::GET && method != Method::HEAD => response::method_not_allowed("GET, HEAD"),
        "/ws" => socket::upgrade(state, addrs, permit, &host, space, request),
        path if space.is_some() => in_space(state, space.as_ref(), path, &host, &request).await,
        "/health" => health(state, addrs, forwarded, &request).await,
        "/metrics" | "/doctor" | "/status" => report(state, addrs, &request).await,
        "/robots.txt" => response::text(StatusCode::OK, well_known::ROBOTS),
        "/.well-known/security.txt" => {
            well_known::security(state.security_contact.as_deref(), SystemTime::now())
        }
        path => match way_to_trust(state, &host, &request) {
            Some(answer) => onboarded(state, answer, request.headers()).await,
            None if !path.contains('.') => page(state, &host, request.headers()).await,
            None => file(state, path, request.headers(), page_policy(&host)).await,
        },
    };
    answer.map(Either::Left)
}

/// What there is of a space to read: its page and its manifest.
async fn in_space(
    state: &AppState,
    space: Option<&SpaceName>,
    path: &str,
    host: &Host,
    request: &Request<Incoming>,
) -> Response<Body> {
    let Some(name) = space.filter(|name| state.spaces.terms(name).is_ok()) else {
        return space::not_found(language(request), true);
    };
    if !path.contains('.') {
        return page(state, host, request.headers()).await;
    }
    if path != "/manifest.webmanifest" {
        return response::not_found();
    }
    let lobbys = state.assets.find(path, &HeaderMap::new()).await;
    let manifest = lobbys.and_then(|lobbys| space::manifest(&lobbys.body, name, &state.spaces.title(name)));
    manifest.unwrap_or_else(response::not_found)
}

/// The same by the one form of the space's name.
fn moved(path: &str, request: &Request<Incoming>) -> Response<Body> {
    let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
    response::redirect(&format!("{path}{query}"))
}

/// Answers a request at the port of HTTP.
pub(super) async fn answer_http<B>(
    state: &AppState,
    addrs: PeerAddrs,
    forwarded: &Forwarded,
    request: &Request<B>,
) -> Response<Body> {
    let Some(host) = own_host(state, addrs, forwarded, request) else { return response::misdirected() };
    let own = state.host_names();
    if own.is_certified(&host) {
        let file = |token: &str| state.cert_manager.challenge_file(token);
        return certified_host::answer(request.method(), &host, request.uri(), state.https_port, file);
    }
    let answer = onboarding(state, &own).answer(request.method(), &host, request.uri());
    onboarded(state, answer, request.headers()).await
}

/// The same place over TLS, for who typed `http://` with the port of HTTPS.
pub(super) fn to_https<B>(state: &AppState, addrs: PeerAddrs, request: &Request<B>) -> Response<Body> {
    let own = own_host(state, addrs, &Forwarded::default(), request);
    let Some(host) = own else { return response::misdirected() };
    response::redirect(&format!("https://{host}{}", target(request)))
}

fn target<B>(request: &Request<B>) -> &str {
    request.uri().path_and_query().map_or("/", |target| target.as_str())
}

/// By which of its names the client has come.
fn own_host<B>(
    state: &AppState,
    addrs: PeerAddrs,
    forwarded: &Forwarded,
    request: &Request<B>,
) -> Option<Host> {
    let host = forwarded.host.clone().or_else(|| Host::of(request));
    host.filter(|host| state.is_own_host(host, addrs))
}

fn onboarding<'a>(state: &'a AppState, own: &'a HostNames) -> Onboarding<'a> {
    Onboarding {
        authority: state.cert_manager.authority(),
        https_port: state.https_port,
        names: &own.names,
        addresses: &own.addresses,
    }
}

/// What leads to trust at the port of HTTPS, for who comes by a host that needs it.
fn way_to_trust(state: &AppState, host: &Host, request: &Request<Incoming>) -> Option<Answer> {
    if state.is_hosted(host) {
        return None;
    }
    onboarding(state, &state.host_names()).answer_https(host, request.uri())
}

/// What leads to trust, on either port.
async fn onboarded(state: &AppState, answer: Answer, headers: &HeaderMap) -> Response<Body> {
    match answer {
        Answer::File { path, policy } => file(state, path, headers, policy).await,
        Answer::Whole(answer) => answer,
    }
}

/// How the box is, for probes; and what it sees of who asks, by which the doctor knows its own box at the end of
/// a name and what proxies tell. Who may see people gets their numbers.
async fn health(
    state: &AppState,
    addrs: PeerAddrs,
    forwarded: &Forwarded,
    request: &Request<Incoming>,
) -> Response<Body> {
    let headers = request.headers();
    let access = state.access(addrs, headers);
    if access.is_guess(headers) {
        return unauthorized(headers).await;
    }
    let snapshot = state.snapshot(access).await;
    let mut health = snapshot.health();
    health["instance"] = json!(state.instance);
    health["client"] = json!({
        "address": addrs.remote,
        "by_trusted_proxy": addrs.is_proxied && !state.is_proxied_without_trust(),
        "without_tls": forwarded.is_plain,
    });
    response::json(readiness(&snapshot), format!("{health}\n"))
}

/// How the box is, and who is here to whom that is shown. Prometheus gets the rest in any case.
async fn report(state: &AppState, addrs: PeerAddrs, request: &Request<Incoming>) -> Response<Body> {
    let headers = request.headers();
    let access = state.access(addrs, headers);
    match (request.uri().path(), access) {
        _ if access.is_guess(headers) => unauthorized(headers).await,
        ("/metrics", Access::PasswordNeeded) if !state.is_near(addrs, headers) => unauthorized(headers).await,
        ("/metrics" | "/doctor", Access::Denied) if !state.is_near(addrs, headers) => response::text(
            StatusCode::FORBIDDEN,
            "Only from private addresses, or with the status password.\n",
        ),
        ("/metrics", _) => {
            response::typed(StatusCode::OK, OPEN_METRICS, state.snapshot(access).await.open_metrics())
        }
        ("/status", Access::Denied) => response::not_found(),
        (_, Access::Denied) => {
            response::text(StatusCode::FORBIDDEN, "Where there is a PIN, only from the box itself.\n")
        }
        (_, Access::PasswordNeeded) => unauthorized(headers).await,
        ("/status", Access::Granted) => status::answer(state, language(request)).await,
        (_, Access::Granted) => response::page(state.doctor.page(language(request)).await),
    }
}

fn readiness(snapshot: &Snapshot) -> StatusCode {
    if snapshot.stuck().is_empty() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }
}

/// To who comes by a name that is not the box's. A platform's probes call it what they like, and learn nothing of
/// people.
async fn by_another_name(state: &AppState, path: &str) -> Response<Body> {
    match path {
        "/health" if state.behind_proxy => {
            let snapshot = state.snapshot(Access::Denied).await;
            response::json(readiness(&snapshot), format!("{}\n", snapshot.health()))
        }
        _ => response::misdirected(),
    }
}

/// The page, as it is for who comes by that host.
async fn page(state: &AppState, host: &Host, headers: &HeaderMap) -> Response<Body> {
    let path = if state.is_hosted(host) { HOSTED_PAGE } else { "/" };
    file(state, path, headers, page_policy(host)).await
}

/// A file of the page's, or the word that it has not changed; `policy` is for pages.
async fn file(state: &AppState, path: &str, headers: &HeaderMap, policy: HeaderValue) -> Response<Body> {
    let Some(asset) = state.assets.find(path, headers).await else { return response::not_found() };
    let etag = asset.etag.as_ref().and_then(|etag| etag.to_str().ok());
    let unchanged = etag.is_some_and(|etag| lists(headers, header::IF_NONE_MATCH, etag));
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
        response::isolate(headers);
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
        headers.insert("permissions-policy", HeaderValue::from_static(PERMISSIONS));
    }
    answer
}

/// `'self'` covers wss only in newer browsers, so the socket is named besides.
pub(super) fn page_policy(host: &Host) -> HeaderValue {
    response::content_security_policy(&format!(
        "script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob: mediastream:; \
         connect-src 'self' wss://{host}; manifest-src 'self'; worker-src 'self'; base-uri 'self'"
    ))
}
