//! The test vectors of RFC 3711 and RFC 7714, and what the engine's own ciphers make of what is sealed.

use super::*;
use proptest::prelude::*;
use str0m::crypto::from_feature_flags;

/// Spaces are for the eye.
fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<_> = text.chars().filter_map(|digit| digit.to_digit(16)).collect();
    digits.chunks(2).map(|pair| (pair[0] * 16 + pair[1]) as u8).collect()
}

const RTP: &str = "8040f17b 8041f8d3 5501a0b2 47616c6c 69612065 7374206f 6d6e6973 20646976 69736120 696e2070
    61727465 73207472 6573";
const RTCP: &str = "81c8000d 4d617273 4e545031 4e545032 52545020 0000042a 0000e930 4c756e61 deadbeef deadbeef
    deadbeef deadbeef deadbeef";

/// RFC 7714 gives session keys, not master keys.
fn gcm(key: &[u8]) -> Cipher {
    let algorithm = if key.len() == 16 { &AES_128_GCM } else { &AES_256_GCM };
    let key = LessSafeKey::new(UnboundKey::new(algorithm, key).expect("a key"));
    Cipher::Gcm { key, salt: *b"Quid pro quo" }
}

fn gcm_sealer(bits: usize) -> Sealer {
    let key: Vec<u8> = (0..(bits / 8) as u8).collect();
    Sealer { rtp: gcm(&key), rtcp: gcm(&key), rtcp_index: 0x5d4 }
}

#[test]
fn session_keys_are_those_of_rfc_3711_b_3() {
    let master =
        Master { key: &hex("E1F97A0D3E018BE0D64FA32C06DE4139"), salt: &hex("0EC675AD498AFEEBB6960B3AABE6") };
    let derived = |label, length| {
        let mut output = vec![1; length];
        master.derive(label, &mut output);
        output
    };
    assert_eq!(derived(LABEL_KEY, 16), hex("C61E7A93744F39EE10734AFE3FF7A087"));
    assert_eq!(derived(LABEL_SALT, 14), hex("30CBBC08863D8C85D49DB34A9AE1"));
    assert_eq!(derived(LABEL_HMAC, 20), hex("CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4"));
}

#[test]
fn the_key_stream_is_that_of_rfc_3711_b_2() {
    let key = counter_mode(&hex("2B7E151628AED2A6ABF7158809CF4F3C"));
    let salt = hex("F0F1F2F3F4F5F6F7F8F9FAFBFCFD").try_into().expect("its length");
    let mut stream = [0; 48];
    encrypt(&key, counter(&salt, [0; 4], 0), &mut stream);
    let expected = "E03EAD0935C95E80E166B16DD92B4EB4 D23513162B02D0F72A43A2FE4A5F97AB
        41E95B3BB0A2E8DD477901E4FCA894C0";
    assert_eq!(stream[..], hex(expected));
}

#[test]
fn rtp_is_sealed_as_in_rfc_7714_16_and_17() {
    let sealed = |bits| {
        let mut packet = hex(RTP);
        gcm_sealer(bits).seal_rtp(&mut packet, 0, 12, 0xf17b);
        packet
    };
    let expected = "8040f17b 8041f8d3 5501a0b2 f24de3a3 fb34de6c acba861c 9d7e4bca be633bd5 0d294e6f 42a5f47a
        51c7d19b 36de3adf 8833899d 7f27beb1 6a9152cf 765ee439 0cce";
    assert_eq!(sealed(128), hex(expected));
    let expected = "8040f17b 8041f8d3 5501a0b2 32b1de78 a822fe12 ef9f78fa 332e33aa b1801238 9a58e2f3 b50b2a02
        76ffae0f 1ba63799 b87b7aa3 db36dfff d6b0f9bb 7878d7a7 6c13";
    assert_eq!(sealed(256), hex(expected));
}

#[test]
fn rtcp_is_sealed_as_in_rfc_7714_16_and_17() {
    let sealed = |bits| {
        let mut packet = hex(RTCP);
        assert!(gcm_sealer(bits).seal_rtcp(&mut packet));
        packet
    };
    let expected = "81c8000d 4d617273 63e94885 dcdab67c a727d766 2f6b7e99 7ff5c0f7 6c06f32d c676a5f1 730d6fda
        4ce09b46 86303ded 0bb9275b c84aa458 96cf4d2f c5abf872 45d9eade 800005d4";
    assert_eq!(sealed(128), hex(expected));
    let expected = "81c8000d 4d617273 d50ae4d1 f5ce5d30 4ba297e4 7d470c28 2c3ece5d bffe0a50 a2eaa5c1 110555be
        8415f658 c61de047 6f1b6fad 1d1eb30c 4446839f 57ff6f6c b26ac3be 800005d4";
    assert_eq!(sealed(256), hex(expected));
}

#[test]
fn no_index_of_srtcp_comes_twice() {
    let mut sealer = gcm_sealer(128);
    sealer.rtcp_index = RTCP_INDICES - 2;
    let index = |packet: &[u8]| packet[packet.len() - 4..].to_vec();
    let mut last = [(); 3].map(|()| {
        let mut packet = hex(RTCP);
        sealer.seal_rtcp(&mut packet).then(|| index(&packet))
    });
    assert_eq!(last[2].take(), None, "there are no more");
    assert_eq!(last.map(Option::unwrap_or_default)[..2], [hex("fffffffe"), hex("ffffffff")]);
}

#[test]
fn material_of_another_length_or_profile_is_refused() {
    let keying =
        |length, profile| Keying { material: KeyingMaterial::new(&vec![7; length]), profile, client: false };
    for (profile, length) in [
        (SrtpProfile::AEAD_AES_128_GCM, 56),
        (SrtpProfile::AEAD_AES_256_GCM, 88),
        (SrtpProfile::AES128_CM_SHA1_80, 60),
    ] {
        assert!(Sealer::new(&keying(length, profile)).is_some());
        assert!(Sealer::new(&keying(length - 1, profile)).is_none());
        assert!(Sealer::new(&keying(0, profile)).is_none());
    }
}

/// The session keys by the engine's own AES, in blocks (RFC 3711, 4.3.3).
fn session(master: &[u8], salt: &[u8], label: u8, length: usize) -> Vec<u8> {
    let provider = from_feature_flags().srtp_provider;
    let mut output = Vec::new();
    for round in 0..2_u8 {
        let mut block = [0; 16];
        block[..salt.len()].copy_from_slice(salt);
        block[7] ^= label;
        block[15] = round;
        let mut encrypted = [0; 32];
        if master.len() == 16 {
            provider.srtp_aes_128_ecb_round(master, &block, &mut encrypted);
        } else {
            provider.srtp_aes_256_ecb_round(master, &block, &mut encrypted);
        }
        output.extend_from_slice(&encrypted[..16]);
    }
    output.truncate(length);
    output
}

fn nonce(salt: &[u8], ssrc: u32, index: u64) -> [u8; 12] {
    let nonce = (u128::from(ssrc) << 48 | u128::from(index)).to_be_bytes();
    std::array::from_fn(|n| nonce[n + 4] ^ salt[n])
}

proptest! {
    #[test]
    fn the_engine_opens_what_is_sealed(
        material in proptest::array::uniform::<_, 88>(any::<u8>()),
        long: bool,
        client: bool,
        ssrc: u32,
        index in 0..INDICES,
        payload in proptest::collection::vec(any::<u8>(), 0..1400),
    ) {
        let (profile, size) =
            if long { (SrtpProfile::AEAD_AES_256_GCM, 32) } else { (SrtpProfile::AEAD_AES_128_GCM, 16) };
        let material = &material[..2 * (size + 12)];
        let mut sealer = Sealer::new(&Keying { material: KeyingMaterial::new(material), profile, client })
            .expect("a known profile");
        let ours = usize::from(!client);
        let (master, salt) = (&material[ours * size..][..size], &material[2 * size + ours * 12..][..12]);
        let open = |first: u8, nonce_of: &dyn Fn(&[u8]) -> [u8; 12], associated: &[u8], body: &[u8]| {
            let (key, salt) = (session(master, salt, first, size), session(master, salt, first + 2, 12));
            let provider = from_feature_flags().srtp_provider;
            let mut opened = vec![0; body.len() - GCM_TAG];
            let nonce = nonce_of(&salt);
            let result = if long {
                let mut cipher = provider.aead_aes_256_gcm().create_cipher(key.try_into().expect("32"), false);
                cipher.decrypt(&nonce, &[associated], body, &mut opened)
            } else {
                let mut cipher = provider.aead_aes_128_gcm().create_cipher(key.try_into().expect("16"), false);
                cipher.decrypt(&nonce, &[associated], body, &mut opened)
            };
            result.is_ok().then_some(opened)
        };
        let mut packet = [&[0x80, 96][..], &(index as u16).to_be_bytes(), &[0; 4], &ssrc.to_be_bytes()].concat();
        packet.extend_from_slice(&payload);
        sealer.seal_rtp(&mut packet, 0, 12, index);
        let opened = open(0, &|salt| nonce(salt, ssrc, index), &packet[..12], &packet[12..]);
        prop_assert_eq!(opened, Some(payload.clone()));
        for index in 0..2_u32 {
            let mut packet = [&[0x80, 201, 0, 1][..], &ssrc.to_be_bytes(), &payload].concat();
            prop_assert!(sealer.seal_rtcp(&mut packet));
            let (body, trailer) = packet.split_at(packet.len() - 4);
            prop_assert_eq!(trailer, (ENCRYPTED | index).to_be_bytes());
            let associated = [&body[..8], trailer].concat();
            let opened = open(LABELS, &|salt| nonce(salt, ssrc, index.into()), &associated, &body[8..]);
            prop_assert_eq!(opened, Some(payload.clone()));
        }
    }
}
