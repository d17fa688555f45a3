//! RTCP in a page's own name (SRTCP with AEAD, RFC 7714, 9): the engine seals none but its own, so its keys are listened to.

use std::cell::RefCell;
use std::sync::Arc;
use str0m::config::CryptoProvider;
use str0m::crypto::{
    AeadAes256Gcm, AeadAes256GcmCipher, CryptoError, SrtpProvider, SupportedAeadAes128Gcm,
    SupportedAeadAes256Gcm, SupportedAes128CmSha1_80, from_feature_flags,
};

/// An SRTCP packet's header, which is not encrypted, and the index behind it (RFC 3711, 3.4).
const HEADER: usize = 8;
const ENCRYPTED: u32 = 1 << 31;

thread_local! {
    /// With what this thread has sealed RTCP most recently.
    static NEWEST: RefCell<Option<Seal>> = const { RefCell::new(None) };
}

/// One direction's key and salt for RTCP.
#[derive(Clone, Debug)]
pub(crate) struct Seal {
    key: [u8; AeadAes256Gcm::KEY_LEN],
    salt: [u8; AeadAes256Gcm::SALT_LEN],
}

impl Seal {
    /// What was used since it was last asked for.
    pub(crate) fn newest() -> Option<Seal> {
        NEWEST.with_borrow_mut(Option::take)
    }

    /// The same bytes as a datagram that the relay takes for the page's. The first eight are on the wire as they are.
    pub(crate) fn seal(&self, index: u32, packet: &[u8]) -> Vec<u8> {
        let (header, plain) = packet.split_at(HEADER);
        let source = u32::from_be_bytes(header[4..].try_into().expect("four"));
        let iv = AeadAes256Gcm::rtcp_iv(self.salt, source, index);
        let index = (ENCRYPTED | index).to_be_bytes();
        let mut sealed = vec![0; plain.len() + AeadAes256Gcm::TAG_LEN];
        let mut cipher = ordinary().aead_aes_256_gcm().create_cipher(self.key, true);
        cipher.encrypt(&iv, &[header, &index].concat(), plain, &mut sealed).expect("it fits");
        [header, &sealed, &index].concat()
    }
}

/// What a page's connections seal with.
pub(crate) fn provider() -> Arc<CryptoProvider> {
    Arc::new(CryptoProvider { srtp_provider: &Listening, ..from_feature_flags() })
}

fn ordinary() -> &'static dyn SrtpProvider {
    from_feature_flags().srtp_provider
}

/// The ordinary provider, and what it makes ciphers with.
#[derive(Debug)]
struct Listening;

impl SrtpProvider for Listening {
    fn aes_128_cm_sha1_80(&self) -> &'static dyn SupportedAes128CmSha1_80 {
        ordinary().aes_128_cm_sha1_80()
    }

    fn aead_aes_128_gcm(&self) -> &'static dyn SupportedAeadAes128Gcm {
        ordinary().aead_aes_128_gcm()
    }

    fn aead_aes_256_gcm(&self) -> &'static dyn SupportedAeadAes256Gcm {
        &Listening
    }

    fn srtp_aes_128_ecb_round(&self, key: &[u8], input: &[u8], output: &mut [u8]) {
        ordinary().srtp_aes_128_ecb_round(key, input, output);
    }

    fn srtp_aes_256_ecb_round(&self, key: &[u8], input: &[u8], output: &mut [u8]) {
        ordinary().srtp_aes_256_ecb_round(key, input, output);
    }
}

impl SupportedAeadAes256Gcm for Listening {
    fn create_cipher(&self, key: [u8; 32], encrypt: bool) -> Box<dyn AeadAes256GcmCipher> {
        let cipher = ordinary().aead_aes_256_gcm().create_cipher(key, encrypt);
        Box::new(Cipher { cipher, key })
    }
}

#[derive(Debug)]
struct Cipher {
    cipher: Box<dyn AeadAes256GcmCipher>,
    key: [u8; AeadAes256Gcm::KEY_LEN],
}

impl AeadAes256GcmCipher for Cipher {
    fn encrypt(
        &mut self,
        iv: &[u8; 12],
        aad: &[u8],
        input: &[u8],
        output: &mut [u8],
    ) -> Result<(), CryptoError> {
        // RTCP goes by its type (RFC 5761, 4), and its index is behind its header.
        if let [_, 192..=223, _, _, s0, s1, s2, s3, i0, i1, i2, i3] = *aad {
            let index = u32::from_be_bytes([i0, i1, i2, i3]) & !ENCRYPTED;
            // What the salt is mixed with comes out where it is mixed once more (RFC 7714, 9.1).
            let salt = AeadAes256Gcm::rtcp_iv(*iv, u32::from_be_bytes([s0, s1, s2, s3]), index);
            NEWEST.set(Some(Seal { key: self.key, salt }));
        }
        self.cipher.encrypt(iv, aad, input, output)
    }

    fn decrypt(
        &mut self,
        iv: &[u8; 12],
        aads: &[&[u8]],
        input: &[u8],
        output: &mut [u8],
    ) -> Result<usize, CryptoError> {
        self.cipher.decrypt(iv, aads, input, output)
    }
}
