//! The box over TLS as somebody meets it who trusts its authority, or those of the system, for the doctor.

use super::acme::{roots_of, system_roots};
use super::mint;
use super::names::SubjectNames;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::aws_lc_rs as crypto;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    ClientConfig, ClientConnection, DigitallySignedStruct, RootCertStore, SignatureScheme, StreamOwned,
};
use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

/// A connection on which the hands are shaken.
pub type ProbedStream<S> = StreamOwned<ClientConnection, S>;

/// Whose certificates a probe believes.
#[derive(Clone, Debug)]
pub struct TrustedRoots(Arc<RootCertStore>);

impl TrustedRoots {
    /// One authority, PEM.
    ///
    /// # Errors
    ///
    /// It is no certificate.
    pub fn authority(pem: &str) -> io::Result<TrustedRoots> {
        let mut roots = RootCertStore::empty();
        roots
            .add(CertificateDer::from_pem_slice(pem.as_bytes()).map_err(io::Error::other)?)
            .map_err(io::Error::other)?;
        Ok(TrustedRoots(roots.into()))
    }

    /// Those that this machine trusts, and those of a file.
    ///
    /// # Errors
    ///
    /// There are none, or the file holds none.
    pub fn of_system(and: Option<&Path>) -> io::Result<TrustedRoots> {
        let mut roots = and.map_or_else(|| Ok(RootCertStore::empty()), roots_of)?;
        match system_roots() {
            Ok(system) => roots.extend(system.roots),
            Err(cause) if roots.is_empty() => return Err(cause),
            Err(_) => {}
        }
        Ok(TrustedRoots(roots.into()))
    }
}

/// Shakes hands as a browser does that trusts these roots and has typed that name or address, and gives back
/// what the certificate says: its names, and from when until when it is valid. Whether that is now, is the
/// caller's to judge: the clock of this machine may be what is wrong.
///
/// # Errors
///
/// Those of the connection; and of kind `InvalidData` a certificate that is not of these roots or not for that
/// name.
pub fn probe<S: Read + Write>(
    mut stream: S,
    roots: &TrustedRoots,
    name: &str,
) -> io::Result<(ProbedStream<S>, SubjectNames, (SystemTime, SystemTime))> {
    let provider = Arc::new(crypto::default_provider());
    let verifier = WebPkiServerVerifier::builder_with_provider(roots.0.clone(), provider.clone())
        .build()
        .map_err(io::Error::other)?;
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("the provider has suites for both versions")
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(AtNotBefore(verifier)))
        .with_no_client_auth();
    let name = ServerName::try_from(name.to_owned()).map_err(io::Error::other)?;
    let mut connection = ClientConnection::new(config.into(), name).map_err(io::Error::other)?;
    while connection.is_handshaking() {
        connection.complete_io(&mut stream)?;
    }
    let certificate = connection.peer_certificates().and_then(<[_]>::first);
    let parsed =
        certificate.and_then(|certificate| mint::read(certificate)).ok_or(io::ErrorKind::InvalidData)?;
    let valid = (parsed.validity.from, parsed.validity.until);
    Ok((StreamOwned::new(connection, stream), parsed.names, valid))
}

/// Checks everything of a certificate but that it is valid now.
#[derive(Debug)]
struct AtNotBefore(Arc<WebPkiServerVerifier>);

impl ServerCertVerifier for AtNotBefore {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let begins = mint::read(leaf).and_then(|leaf| leaf.validity.from.duration_since(UNIX_EPOCH).ok());
        let then = begins.map_or(now, UnixTime::since_unix_epoch);
        self.0.verify_server_cert(leaf, others, name, ocsp, then)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.0.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.0.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_verify_schemes()
    }
}
