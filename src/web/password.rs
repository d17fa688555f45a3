//! The password of the owner's page, by HTTP Basic authentication (RFC 7617).

use aws_lc_rs::{constant_time, digest};
use base64::prelude::{BASE64_STANDARD, Engine};
use hyper::header::{self, HeaderMap};

/// What opens all that tells of people. Kept as a digest, so that comparing takes the same time for every
/// guess.
pub(crate) struct Password(digest::Digest);

impl Password {
    pub(crate) fn new(text: &str) -> Password {
        Password(digest::digest(&digest::SHA256, text.as_bytes()))
    }

    /// Whether the request brings it, with any user name.
    pub(super) fn matches(&self, headers: &HeaderMap) -> bool {
        let said = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let Some((scheme, said)) = said.and_then(|said| said.split_once(' ')) else { return false };
        let Ok(said) = BASE64_STANDARD.decode(said.trim()) else { return false };
        let Some(colon) = said.iter().position(|byte| *byte == b':') else { return false };
        let guess = digest::digest(&digest::SHA256, &said[colon + 1..]);
        let same = constant_time::verify_slices_are_equal(guess.as_ref(), self.0.as_ref()).is_ok();
        scheme.eq_ignore_ascii_case("basic") && same
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::header::HeaderValue;

    #[test]
    fn only_the_password_itself_opens() {
        let password = Password::new("grubiorz: ż");
        let asks = |said: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::AUTHORIZATION, HeaderValue::from_str(said).expect("plain"));
            password.matches(&headers)
        };
        let basic = |said: &str| format!("Basic {}", BASE64_STANDARD.encode(said));
        assert!(asks(&basic("owner:grubiorz: ż")));
        assert!(asks(&basic(":grubiorz: ż").replace("Basic", "basic")));
        for wrong in ["owner:", "owner:grubiorz", "grubiorz: ż", ""] {
            assert!(!asks(&basic(wrong)), "{wrong}");
        }
        for nonsense in ["Basic", "Basic %%%", "Bearer x", ""] {
            assert!(!asks(nonsense), "{nonsense}");
        }
        assert!(!password.matches(&HeaderMap::new()));
    }
}
