//! DTLS, with one configuration for all connections.
//!
//! Whenever a configuration is made, dimpl tries out every algorithm that it may come to need, and str0m's
//! own provider makes one for each connection: 1.7 ms on a PC, during which the media thread forwards
//! nothing, and many times that on a small Pi.

use super::egress::Keying;
use std::cell::Cell;
use std::fmt::{Debug, Formatter};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};
use str0m::DATAGRAM_MTU_TARGET;
use str0m::config::KeyingMaterial;
use str0m::crypto::dtls::{
    DtlsCert, DtlsImplError, DtlsInstance, DtlsOutput, DtlsProvider, DtlsVersion, ProtocolVersion,
};
use str0m::crypto::{CryptoError, CryptoProvider, from_feature_flags};

/// Way above the round trip of a local network. dimpl's second is for the internet, and whoever lost a packet
/// would wait it out.
const FIRST_RETRY: Duration = Duration::from_millis(200);
/// Each answer to a page that says its part again counts as well, and browsers do that soon: of dimpl's four
/// a box that is late would have none left.
const RETRIES: usize = 12;

thread_local! {
    /// What the last handshake on this thread has come to.
    static KEYING: Cell<Option<Keying>> = const { Cell::new(None) };
}

/// The keys of the handshake that has just been completed: to be called when an engine was polled, before any other is on
/// this thread.
pub(super) fn take_keying() -> Option<Keying> {
    KEYING.take()
}

/// str0m's, but for DTLS.
pub(super) fn provider() -> CryptoProvider {
    static SHARED: OnceLock<Shared> = OnceLock::new();
    CryptoProvider { dtls_provider: SHARED.get_or_init(Shared::new), ..from_feature_flags() }
}

#[derive(Debug)]
struct Shared(Arc<dimpl::Config>);

impl Shared {
    fn new() -> Shared {
        let config = dimpl::Config::builder()
            // What str0m asks for; no connection of ours asks for another.
            .mtu(DATAGRAM_MTU_TARGET)
            // ICE has proven the way back already, so nobody is asked for a cookie (RFC 6347, 4.2.1).
            .use_server_cookie(false)
            .flight_start_rto(FIRST_RETRY)
            .flight_retries(RETRIES)
            .build();
        Shared(Arc::new(config.expect("aws-lc-rs has what DTLS needs")))
    }
}

impl DtlsProvider for Shared {
    fn generate_certificate(&self) -> Option<DtlsCert> {
        from_feature_flags().dtls_provider.generate_certificate()
    }

    fn new_dtls(
        &self,
        certificate: &DtlsCert,
        now: Instant,
        version: DtlsVersion,
        _mtu: Option<usize>,
    ) -> Result<Box<dyn DtlsInstance>, CryptoError> {
        let (config, certificate) = (self.0.clone(), certificate.clone());
        let dtls = match version {
            DtlsVersion::Dtls12 => dimpl::Dtls::new_12(config, certificate, now),
            DtlsVersion::Dtls13 => dimpl::Dtls::new_13(config, certificate, now),
            _ => dimpl::Dtls::new_auto(config, certificate, now),
        };
        Ok(Box::new(Instance(dtls)))
    }
}

struct Instance(dimpl::Dtls);

impl Debug for Instance {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        f.write_str("Dtls")
    }
}

impl DtlsInstance for Instance {
    fn set_active(&mut self, active: bool) {
        self.0.set_active(active);
    }

    fn handle_packet(&mut self, packet: &[u8]) -> Result<(), DtlsImplError> {
        self.0.handle_packet(packet)
    }

    fn poll_output<'a>(&mut self, buffer: &'a mut [u8]) -> DtlsOutput<'a> {
        let output = self.0.poll_output(buffer);
        if let DtlsOutput::KeyingMaterial(material, profile) = &output {
            let (material, profile) = (KeyingMaterial::new(material), *profile);
            KEYING.set(Some(Keying { material, profile, client: self.0.is_active() }));
        }
        output
    }

    fn handle_timeout(&mut self, now: Instant) -> Result<(), DtlsImplError> {
        self.0.handle_timeout(now)
    }

    fn send_application_data(&mut self, data: &[u8]) -> Result<usize, DtlsImplError> {
        self.0.send_application_data(data)
    }

    fn is_active(&self) -> bool {
        self.0.is_active()
    }

    fn protocol_version(&self) -> Option<ProtocolVersion> {
        self.0.protocol_version()
    }

    fn is_closing(&self) -> bool {
        self.0.is_closing()
    }

    fn is_closed(&self) -> bool {
        self.0.is_closed()
    }

    fn close(&mut self) -> Result<(), DtlsImplError> {
        self.0.close()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::disallowed_methods, reason = "at any moment")]
    fn all_connections_have_one_configuration() {
        let shared = Shared::new();
        let certificate = shared.generate_certificate().expect("a certificate");
        let open = || shared.new_dtls(&certificate, Instant::now(), DtlsVersion::Dtls12, None).expect("DTLS");
        let _connections = [open(), open()];
        assert!(Arc::strong_count(&shared.0) >= 3, "each of them holds it");
    }
}
