//! The requests to the ACME server: HTTPS, one connection each, bounded in time and bytes.

use crate::files;
use bytes::Bytes;
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper::header::{HOST, HeaderValue};
use hyper::{Request, Response, Uri};
use hyper_util::rt::TokioIo;
use instant_acme::{BodyWrapper, BytesResponse, Error, HttpClient};
use rustls::crypto::aws_lc_rs as crypto;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use std::io;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

/// One request with its answer.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(20);
/// One address of the ACME server; one that does not answer, as IPv6 without a way out, leaves time for the
/// others.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(4);
/// The largest answer, bytes: a chain has some KiB, a directory less (SECURITY.md).
const MAX_RESPONSE: usize = 256 * 1024;
/// The largest file of roots, bytes (SECURITY.md).
const MAX_ROOTS: u64 = 1 << 20;

/// Trusts certain authorities for the connection, and speaks HTTP/1.1.
#[derive(Clone)]
pub(super) struct HttpsClient(TlsConnector);

impl HttpsClient {
    /// Trusts those of the file (PEM); else those that the system does. Reads files, so it takes its time.
    ///
    /// # Errors
    ///
    /// There are none.
    pub(super) fn new(roots: Option<&Path>) -> io::Result<HttpsClient> {
        let roots = match roots {
            Some(path) => roots_of(path)?,
            None => system_roots()?,
        };
        let config = ClientConfig::builder_with_provider(Arc::new(crypto::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("the provider has suites for both versions")
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(HttpsClient(TlsConnector::from(Arc::new(config))))
    }

    async fn exchange(&self, mut request: Request<BodyWrapper<Bytes>>) -> io::Result<Response<Bytes>> {
        let (host, port) = target(request.uri())?;
        let authority = request.uri().authority().expect("it has a host").as_str();
        let authority = HeaderValue::from_str(authority).map_err(io::Error::other)?;
        request.headers_mut().insert(HOST, authority);
        let path = request.uri().path_and_query().map_or("/", |path| path.as_str()).parse::<Uri>();
        *request.uri_mut() = path.map_err(io::Error::other)?;

        let name = ServerName::try_from(host.clone()).map_err(io::Error::other)?;
        let stream = self.0.connect(name, connect(&host, port).await?).await?;
        let (mut sender, connection) =
            http1::handshake(TokioIo::new(stream)).await.map_err(io::Error::other)?;
        let answer = async {
            let response: Response<Incoming> =
                sender.send_request(request).await.map_err(io::Error::other)?;
            let (head, body) = response.into_parts();
            let body = Limited::new(body, MAX_RESPONSE).collect().await.map_err(io::Error::other)?;
            Ok(Response::from_parts(head, body.to_bytes()))
        };
        // The connection is driven for as long as the answer takes, and closed with it.
        tokio::pin!(answer);
        tokio::select! {
            answer = &mut answer => answer,
            ended = connection => match ended {
                Ok(()) => answer.await,
                Err(cause) => Err(io::Error::other(cause)),
            },
        }
    }
}

impl HttpClient for HttpsClient {
    fn request(
        &self,
        request: Request<BodyWrapper<Bytes>>,
    ) -> Pin<Box<dyn Future<Output = Result<BytesResponse, Error>> + Send>> {
        let client = self.clone();
        Box::pin(async move {
            let host = request.uri().host().unwrap_or_default().to_owned();
            let answer = timeout(REQUEST_TIMEOUT, client.exchange(request)).await;
            let answer = answer.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
            let (parts, body) = answer.map_err(|cause| unreachable_because(&host, &cause))?.into_parts();
            Ok(BytesResponse { parts, body: Box::new(body) })
        })
    }
}

fn unreachable_because(host: &str, cause: &io::Error) -> Error {
    Error::Other(format!("no answer of {host}: {cause}").into())
}

/// Host and port of an URL, which must be one of https (RFC 8555, 6.1).
fn target(url: &Uri) -> io::Result<(String, u16)> {
    let host = url.host().filter(|_| url.scheme_str() == Some("https"));
    let host = host.ok_or_else(|| io::Error::other("an URL that is not https"))?;
    let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    Ok((host, url.port_u16().unwrap_or(443)))
}

async fn connect(host: &str, port: u16) -> io::Result<TcpStream> {
    let mut failed = io::Error::other("it has no address");
    for address in lookup_host((host, port)).await? {
        match timeout(CONNECT_TIMEOUT, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(cause)) => failed = cause,
            Err(_) => failed = io::ErrorKind::TimedOut.into(),
        }
    }
    Err(failed)
}

/// The authorities of a file, PEM.
pub(in crate::tls) fn roots_of(path: &Path) -> io::Result<RootCertStore> {
    let pem = files::read(path, MAX_ROOTS)?;
    let mut roots = RootCertStore::empty();
    for root in CertificateDer::pem_slice_iter(&pem) {
        roots.add(root.map_err(io::Error::other)?).map_err(io::Error::other)?;
    }
    match roots.is_empty() {
        true => Err(io::Error::other("it holds no certificate")),
        false => Ok(roots),
    }
}

/// The authorities that this machine trusts.
pub(in crate::tls) fn system_roots() -> io::Result<RootCertStore> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    match roots.is_empty() {
        true => Err(io::Error::other(
            "this machine trusts no authority; install ca-certificates, or give --acme-root",
        )),
        false => Ok(roots),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_is_spoken() {
        let target = |url: &str| target(&url.parse().unwrap()).ok();
        assert_eq!(target("https://acme.example/directory"), Some(("acme.example".into(), 443)));
        assert_eq!(target("https://[::1]:14000/dir"), Some(("::1".into(), 14000)));
        for other in ["http://acme.example/", "/directory", "acme.example:443"] {
            assert_eq!(target(other), None, "{other}");
        }
    }
}
