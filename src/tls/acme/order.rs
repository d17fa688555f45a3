//! One order of a certificate (RFC 8555, 7.4): asked for, proven, finished and looked at.

use super::super::challenges::{ChallengeGuard, Challenges};
use super::super::leaf::Leaf;
use super::super::mint;
use super::super::validity::{DAY, Validity};
use super::schedule::{Failure, Method};
use instant_acme::{
    Account, AuthorizationStatus, CertificateIdentifier, ChallengeHandle, ChallengeType, Error, Identifier,
    NewOrder, Order, OrderStatus, Problem, RetryPolicy,
};
use rustls::crypto::aws_lc_rs as crypto;
use rustls::sign::CertifiedKey;
use std::time::{Duration, SystemTime};

/// For addresses, whose certificates are valid for days (RFC 8738; draft-aaron-acme-profiles).
const ADDRESS_PROFILE: &str = "shortlived";
/// How the ACME server is asked how far it is; one across the ocean looks from several places.
const POLLING: RetryPolicy = RetryPolicy::new()
    .initial_delay(Duration::from_millis(100))
    .backoff(1.6)
    .timeout(Duration::from_secs(60));
/// The longest text of others in the log, characters.
const MAX_CAUSE: usize = 300;

/// Why there is no certificate, and in words.
#[derive(Debug)]
pub(super) struct OrderError {
    pub(super) why: Failure,
    pub(super) cause: String,
    /// The ACME server does not know the account.
    pub(super) is_unknown_account: bool,
}

/// A certificate for `domain` with its file, key and chain in PEM. `previous` is the one that it takes the
/// place of.
pub(super) async fn order(
    account: &Account,
    challenges: &Challenges,
    domain: &str,
    method: Method,
    previous: Option<&Leaf>,
) -> Result<(Leaf, String), OrderError> {
    let mut order = begin(account, domain, previous).await?;
    let shown = show(&mut order, challenges, domain, method).await?;
    let ready = order.poll_ready(&POLLING).await;
    match ready {
        Ok(OrderStatus::Ready | OrderStatus::Valid) => {}
        Ok(_) | Err(Error::Api(_)) => return Err(refused(&mut order).await),
        Err(error) => return Err(error.into()),
    }
    drop(shown);
    let (key, request) = mint::request(domain).map_err(|error| OrderError::other(&error.to_string()))?;
    order.finalize_csr(&request).await?;
    let chain = order.poll_certificate(&POLLING).await?;
    let leaf = Leaf::from_pem(chain.as_bytes(), key.as_bytes())
        .map_err(|problem| OrderError::other(&format!("what the authority gave {problem}")))?;
    match leaf.is_for(domain) {
        true => Ok((leaf, key + &chain)),
        false => Err(OrderError::other("the authority gave a certificate for another name")),
    }
}

/// The identity by which the ACME server is asked when to renew a certificate (RFC 9773, 4.1).
pub(super) fn identity(leaf: &Leaf) -> Option<CertificateIdentifier<'static>> {
    let certificate = leaf.certified.cert.first()?;
    CertificateIdentifier::try_from(certificate).ok().map(CertificateIdentifier::into_owned)
}

async fn begin(account: &Account, domain: &str, previous: Option<&Leaf>) -> Result<Order, OrderError> {
    let identifiers = [match domain.parse() {
        Ok(address) => Identifier::Ip(address),
        Err(_) => Identifier::Dns(domain.to_owned()),
    }];
    let is_address = matches!(identifiers, [Identifier::Ip(_)]);
    let has_profile = account.profiles().any(|profile| profile.name == ADDRESS_PROFILE);
    let new = || match is_address && has_profile {
        true => NewOrder::new(&identifiers).profile(ADDRESS_PROFILE),
        false => NewOrder::new(&identifiers),
    };
    if let Some(identity) = previous.and_then(identity) {
        match account.new_order(&new().replaces(identity)).await {
            // It does not know what that is, or that certificate, or has replaced it already (RFC 9773, 5).
            Err(Error::Unsupported(_)) => {}
            Err(Error::Api(problem)) if OrderError::from(problem.clone()).why == Failure::Other => {}
            order => return Ok(order?),
        }
    }
    Ok(account.new_order(&new()).await?)
}

/// Shows what the ACME server wants to see, and tells it so.
async fn show<'a>(
    order: &mut Order,
    challenges: &'a Challenges,
    domain: &str,
    method: Method,
) -> Result<Vec<ChallengeGuard<'a>>, OrderError> {
    let kind = match method {
        Method::TlsAlpn => ChallengeType::TlsAlpn01,
        Method::Http => ChallengeType::Http01,
    };
    let mut shown = Vec::new();
    let mut authorizations = order.authorizations();
    while let Some(authorization) = authorizations.next().await {
        let mut authorization = authorization?;
        if authorization.status == AuthorizationStatus::Valid {
            continue;
        }
        let Some(mut challenge) = authorization.challenge(kind.clone()) else {
            let cause = format!("the authority does not offer {method:?}");
            return Err(OrderError { why: Failure::Challenge, ..OrderError::other(&cause) });
        };
        shown.push(show_one(&challenge, challenges, domain, method)?);
        challenge.set_ready().await?;
    }
    Ok(shown)
}

fn show_one<'a>(
    challenge: &ChallengeHandle<'_>,
    challenges: &'a Challenges,
    domain: &str,
    method: Method,
) -> Result<ChallengeGuard<'a>, OrderError> {
    let answer = challenge.key_authorization();
    if method == Method::Http {
        return Ok(challenges.show_file(&challenge.token, answer.as_str()));
    }
    let now = SystemTime::now();
    let validity = Validity { from: now - DAY, until: now + DAY };
    let provider = crypto::default_provider();
    let certified =
        mint::validation(domain, answer.digest().as_ref(), validity).ok().and_then(|(certificate, key)| {
            let key = provider.key_provider.load_private_key(key.try_into().ok()?).ok()?;
            // Not checked against each other, because rustls does not read a certificate with this critical
            // extension.
            Some(CertifiedKey::new(vec![certificate], key))
        });
    let certified =
        certified.ok_or_else(|| OrderError::other("the certificate to be shown cannot be made"))?;
    Ok(challenges.show_certificate(domain, certified))
}

/// What the ACME server has not found, in its words.
async fn refused(order: &mut Order) -> OrderError {
    let mut causes = Vec::new();
    let mut authorizations = order.authorizations();
    while let Some(Ok(mut authorization)) = authorizations.next().await {
        if let Ok(state) = authorization.refresh().await {
            let errors = state.challenges.iter().filter_map(|challenge| challenge.error.as_ref());
            causes.extend(errors.map(ToString::to_string));
        }
    }
    let cause = match causes.is_empty() {
        true => "the authority gives no reason".to_owned(),
        false => causes.join("; "),
    };
    OrderError { why: Failure::Challenge, ..OrderError::other(&cause) }
}

impl OrderError {
    /// The text may be somebody else's, so it is one bounded line.
    pub(super) fn other(cause: &str) -> OrderError {
        let cause =
            cause.chars().map(|one| if one.is_control() { ' ' } else { one }).take(MAX_CAUSE).collect();
        OrderError { why: Failure::Other, cause, is_unknown_account: false }
    }
}

impl From<Error> for OrderError {
    fn from(error: Error) -> OrderError {
        match error {
            Error::Api(problem) => problem.into(),
            error => OrderError::other(&error.to_string()),
        }
    }
}

impl From<Problem> for OrderError {
    fn from(problem: Problem) -> OrderError {
        let kind =
            problem.r#type.as_deref().and_then(|kind| kind.strip_prefix("urn:ietf:params:acme:error:"));
        let why = match kind {
            Some("badNonce") => Failure::Nonce,
            Some("rateLimited") => Failure::Limited,
            _ => Failure::Other,
        };
        let is_unknown_account = kind == Some("accountDoesNotExist");
        OrderError { why, is_unknown_account, ..OrderError::other(&problem.to_string()) }
    }
}
