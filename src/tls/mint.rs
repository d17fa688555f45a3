//! Mints certificates, and reads back what was minted (RFC 5280).
//!
//! Pure but for the randomness of keys and serials: dates and names come in, DER goes out. The only
//! place that knows rcgen and the certificate parser.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use aws_lc_rs::{digest, rand};
use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, CustomExtension, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256,
    PublicKeyData, SanType, SerialNumber,
};
use rustls::pki_types::CertificateDer;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{ASN1Time, FromDer, X509Certificate};

pub(super) use rcgen::Error;

use super::names::{NameConstraints, SubjectNames};
use super::validity::Validity;

/// The networks a LAN has: nobody on the internet answers under these addresses.
const LAN: [(IpAddr, u8); 8] = [
    (IpAddr::V4(Ipv4Addr::new(10, 0, 0, 0)), 8),
    (IpAddr::V4(Ipv4Addr::new(172, 16, 0, 0)), 12),
    (IpAddr::V4(Ipv4Addr::new(192, 168, 0, 0)), 16),
    (IpAddr::V4(Ipv4Addr::new(169, 254, 0, 0)), 16),
    (IpAddr::V4(Ipv4Addr::new(127, 0, 0, 0)), 8),
    (IpAddr::V6(Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0)), 7),
    (IpAddr::V6(Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0)), 10),
    (IpAddr::V6(Ipv6Addr::LOCALHOST), 128),
];

/// A private key: EC P-256, because Ed25519 is not understood everywhere.
pub(super) struct Key(KeyPair);

impl Key {
    pub(super) fn generate() -> Result<Key, Error> {
        Ok(Key(KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?))
    }

    /// `None` if there is no such key in it.
    pub(super) fn from_pem(pem: &str) -> Option<Key> {
        KeyPair::from_pem_and_sign_algo(pem, &PKCS_ECDSA_P256_SHA256).ok().map(Key)
    }

    pub(super) fn pem(&self) -> String {
        self.0.serialize_pem()
    }

    /// The first four hexadecimal digits of the SHA-256 of the public key.
    pub(super) fn tag(&self) -> String {
        let digest = digest::digest(&digest::SHA256, &self.0.subject_public_key_info());
        digest.as_ref()[..2].iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// An authority's certificate in PEM, signed with its own key.
///
/// `hosts` are bare host names that a leaf may carry besides `.local` and `localhost`. The subject
/// depends on nothing but label and key: made once more from the same key it is the same authority.
pub(super) fn authority(
    key: &Key,
    label: &str,
    hosts: &[String],
    validity: Validity,
) -> Result<String, Error> {
    // A common name has at most 64 characters (RFC 5280, ub-common-name); iOS lists no root without one.
    let label: String = label.chars().take(40).collect();
    reissue_authority(key, &format!("Wizyjno Godka {label} {}", key.tag()), hosts, validity)
}

/// The certificate of an authority that has that name already.
pub(super) fn reissue_authority(
    key: &Key,
    name: &str,
    hosts: &[String],
    validity: Validity,
) -> Result<String, Error> {
    let mut params = params(name, validity);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    // A form of name that is not constrained at all is unlimited (RFC 5280, 4.2.1.10), so both are.
    let domains = ["local", "localhost"].into_iter().chain(hosts.iter().map(String::as_str));
    let domains = domains.map(|domain| GeneralSubtree::DnsName(domain.to_owned()));
    let networks = LAN.map(|(net, bits)| GeneralSubtree::IpAddress(CidrSubnet::from_addr_prefix(net, bits)));
    params.name_constraints = Some(rcgen::NameConstraints {
        permitted_subtrees: domains.chain(networks).collect(),
        excluded_subtrees: Vec::new(),
    });
    Ok(params.self_signed(&key.0)?.pem())
}

/// An authority at work: its certificate and its key, which fit each other.
pub(super) struct Signer {
    issuer: Issuer<'static, KeyPair>,
    pub(super) certificate: CertificateDer<'static>,
    pub(super) parsed: ParsedCert,
}

impl Signer {
    /// # Errors
    /// What is wrong with the certificate, in words that follow its file's name.
    pub(super) fn new(certificate: CertificateDer<'static>, key: Key) -> Result<Signer, &'static str> {
        let parsed = ParsedCert::of(&certificate, &key.0).ok_or("is damaged or does not fit ca.key")?;
        if parsed.public_key != key.0.subject_public_key_info() {
            return Err("does not fit ca.key");
        }
        if !parsed.is_authority {
            return Err("is not an authority's certificate");
        }
        let issuer = Issuer::from_ca_cert_der(&certificate, key.0).map_err(|_| "is damaged")?;
        Ok(Signer { issuer, certificate, parsed })
    }

    /// A certificate for the box to serve with, after its new key, in PEM.
    pub(super) fn leaf(&self, names: &SubjectNames, validity: Validity) -> Result<String, Error> {
        // Only the alternative names count; a subject that is no host name cannot offend the constraints.
        let mut params = params("Wizyjno Godka", validity);
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        for name in &names.dns {
            params.subject_alt_names.push(SanType::DnsName(name.as_str().try_into()?));
        }
        params.subject_alt_names.extend(names.addresses.iter().copied().map(SanType::IpAddress));
        let key = Key::generate()?;
        Ok(key.pem() + &params.signed_by(&key.0, &self.issuer)?.pem())
    }

    /// Reads a certificate; `None` if it is damaged or signed by somebody else.
    pub(super) fn read(&self, certificate: &[u8]) -> Option<ParsedCert> {
        ParsedCert::of(certificate, self.issuer.key())
    }
}

/// What another authority is asked to sign for one domain or address: the new key in PEM, and the request
/// (RFC 2986) in DER.
pub(super) fn request(domain: &str) -> Result<(String, Vec<u8>), Error> {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.subject_alt_names = vec![alternative_name(domain)?];
    let key = Key::generate()?;
    Ok((key.pem(), params.serialize_request(&key.0)?.der().to_vec()))
}

/// A certificate that proves to another authority who holds a domain (RFC 8737, 3): it has the digest of what
/// that one has asked for. With its key, PKCS#8 in DER.
pub(super) fn validation(
    domain: &str,
    digest: &[u8],
    validity: Validity,
) -> Result<(CertificateDer<'static>, Vec<u8>), Error> {
    let mut params = params("Wizyjno Godka", validity);
    params.subject_alt_names = vec![alternative_name(domain)?];
    params.custom_extensions = vec![CustomExtension::new_acme_identifier(digest)];
    let key = Key::generate()?;
    Ok((params.self_signed(&key.0)?.der().clone(), key.0.serialize_der()))
}

fn alternative_name(domain: &str) -> Result<SanType, Error> {
    Ok(match domain.parse() {
        Ok(address) => SanType::IpAddress(address),
        Err(_) => SanType::DnsName(domain.try_into()?),
    })
}

fn params(common_name: &str, validity: Validity) -> CertificateParams {
    let mut serial = [0; 16];
    rand::fill(&mut serial).expect("the kernel gives randomness");
    // Positive and always as long: 126 random bits, where 64 to 159 are asked for.
    serial[0] = serial[0] & 0x7f | 0x40;
    let mut params = CertificateParams::default();
    params.serial_number = Some(SerialNumber::from_slice(&serial));
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, common_name);
    params.not_before = validity.from.into();
    params.not_after = validity.until.into();
    params.use_authority_key_identifier_extension = true;
    params
}

/// What a certificate says, as far as the box cares.
#[derive(Debug)]
pub(super) struct ParsedCert {
    /// The subject's common name.
    pub(super) name: String,
    pub(super) validity: Validity,
    /// The alternative names.
    pub(super) names: SubjectNames,
    /// What it may sign for, if it is an authority's.
    pub(super) constraints: NameConstraints,
    public_key: Vec<u8>,
    is_authority: bool,
}

impl ParsedCert {
    fn of(certificate: &[u8], signer: &KeyPair) -> Option<ParsedCert> {
        let (rest, parsed) = X509Certificate::from_der(certificate).ok()?;
        let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, signer.public_key_raw());
        let signed = key.verify(parsed.tbs_certificate.as_ref(), &parsed.signature_value.data);
        if !rest.is_empty() || signed.is_err() {
            return None;
        }
        read(certificate)
    }
}

/// What a certificate says, whoever has signed it.
pub(super) fn read(certificate: &[u8]) -> Option<ParsedCert> {
    let (_, certificate) = X509Certificate::from_der(certificate).ok()?;
    let mut names = SubjectNames::default();
    for name in certificate.subject_alternative_name().ok()?.iter().flat_map(|san| &san.value.general_names) {
        match name {
            GeneralName::DNSName(name) => names.dns.push((*name).to_owned()),
            GeneralName::IPAddress(octets) => names.addresses.extend(address(octets)),
            _ => {}
        }
    }
    let mut constraints = NameConstraints::default();
    let extension = certificate.name_constraints().ok()?.map(|extension| extension.value);
    for subtree in extension.iter().flat_map(|it| it.permitted_subtrees.iter().flatten()) {
        match subtree.base {
            GeneralName::DNSName(name) => constraints.domains.push(name.to_owned()),
            GeneralName::IPAddress(octets) => {
                let (net, mask) = octets.split_at(octets.len() / 2);
                constraints.networks.extend(address(net).zip(address(mask)));
            }
            _ => {}
        }
    }
    let name = certificate.subject().iter_common_name().next().and_then(|name| name.as_str().ok());
    let validity = certificate.validity();
    Some(ParsedCert {
        name: name.unwrap_or_default().to_owned(),
        validity: Validity { from: date(validity.not_before)?, until: date(validity.not_after)? },
        names,
        constraints,
        public_key: certificate.public_key().raw.to_vec(),
        is_authority: certificate.is_ca(),
    })
}

fn address(octets: &[u8]) -> Option<IpAddr> {
    let v4 = <[u8; 4]>::try_from(octets).map(IpAddr::from).ok();
    v4.or_else(|| <[u8; 16]>::try_from(octets).map(IpAddr::from).ok())
}

fn date(date: ASN1Time) -> Option<SystemTime> {
    UNIX_EPOCH.checked_add(Duration::from_secs(date.timestamp().try_into().ok()?))
}
