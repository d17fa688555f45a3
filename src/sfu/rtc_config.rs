//! The configuration of str0m, the engine of each connection: keys, codecs and header extensions.

use super::dtls;
use super::retransmission::KEPT;
use aws_lc_rs::rand;
use std::sync::Arc;
use std::time::Duration;
use str0m::bwe::Bitrate;
use str0m::config::{CryptoProvider, DtlsCert};
use str0m::format::{Codec, CodecConfig};
use str0m::rtp::{Extension, ExtensionMap};
use str0m::{IceCreds, RtcConfig};

/// How often the engine is to report on streams that it does not send.
const SELDOM: Duration = Duration::from_secs(3600);

/// What all connections share: one key for all, so that opening one costs no key generation.
pub(super) struct SharedRtcConfig {
    provider: Arc<CryptoProvider>,
    certificate: DtlsCert,
}

impl SharedRtcConfig {
    pub(super) fn new() -> SharedRtcConfig {
        let provider = dtls::provider();
        let certificate =
            provider.dtls_provider.generate_certificate().expect("aws-lc-rs makes certificates");
        SharedRtcConfig { provider: Arc::new(provider), certificate }
    }

    /// What seals STUN (RFC 8489, 14.5).
    pub(super) fn hmac(&self, key: &[u8], parts: &[&[u8]]) -> [u8; 20] {
        self.provider.sha1_hmac_provider.sha1_hmac(key, parts)
    }

    fn config(&self, tag: &str) -> RtcConfig {
        RtcConfig::new()
            .set_crypto_provider(self.provider.clone())
            .set_dtls_cert(self.certificate.clone())
            .set_local_ice_credentials(ice_credentials(tag))
            .set_ice_lite(true)
            .set_rtp_mode(true)
            .set_send_buffer_video(KEPT)
            .set_stats_interval(Some(Duration::from_secs(1)))
            .clear_codecs()
            .enable_opus(true, true)
    }

    /// For an offer of a page, which sends pictures in that codec; a screen in AV1 as well. `turning`: their
    /// packets may say how they are to be turned.
    pub(super) fn up(&self, tag: &str, codec: Codec, turning: bool) -> RtcConfig {
        let mut config = self.config(tag);
        if !turning {
            config = config.set_extension_map(without(&Extension::VideoOrientation));
        }
        if codec == Codec::H264 {
            add_h264(config.codec_config());
        } else {
            config = config.enable_vp8(true).enable_av1(true);
        }
        config
    }

    /// `first` is where the measuring of its link begins, in bits a second. `None`: it is not measured, and what is
    /// forwarded does not go through the engine, which shows the RTCP that comes.
    pub(super) fn down(&self, tag: &str, first: Option<f64>) -> RtcConfig {
        let mut config = self.config(tag).enable_vp8(true);
        add_h264(config.codec_config());
        config = config.enable_av1(true);
        if let Some(first) = first {
            return config.enable_bwe(Some(Bitrate::bps(first as u64)));
        }
        config = config
            .enable_raw_packets(true)
            .set_rtcp_report_interval_audio(SELDOM)
            .set_rtcp_report_interval_video(SELDOM);
        // Without transport-cc browsers fall back to REMB: one report a second, not twenty.
        let mut codecs = config.codec_config().params().to_vec();
        for codec in &mut codecs {
            codec.set_fb_transport_cc(false);
        }
        *config.codec_config() = CodecConfig::new_from_payload_params(codecs);
        config.set_extension_map(without(&Extension::TransportSequenceNumber))
    }
}

/// The usual header extensions but that one.
pub(super) fn without(left_out: &Extension) -> ExtensionMap {
    let mut extensions = ExtensionMap::empty();
    for (id, extension) in ExtensionMap::standard().iter().filter(|(_, extension)| *extension != left_out) {
        extensions.set(id, extension.clone());
    }
    extensions
}

/// The one profile that every browser has: Constrained Baseline, packetization mode 1.
fn add_h264(codecs: &mut CodecConfig) {
    codecs.add_h264(108.into(), Some(109.into()), true, 0x42_e0_1f);
}

/// Random letters, which ICE wants of user fragments and passwords
/// (RFC 8839, 5.4): the engine's own are good enough for tests only.
fn ice_credentials(tag: &str) -> IceCreds {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let random = |count: usize| {
        let mut bytes = vec![0; count];
        rand::fill(&mut bytes).expect("the machine has randomness");
        bytes.into_iter().map(|byte| char::from(LETTERS[usize::from(byte & 0x3f)])).collect::<String>()
    };
    IceCreds { ufrag: format!("{tag}{}", random(16)), pass: random(24) }
}
