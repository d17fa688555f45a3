//! What programs of the internet ask every host for: robots.txt (RFC 9309) and security.txt (RFC 9116). Pure.

use super::response::{self, Body};
use hyper::{Response, StatusCode};
use std::time::{Duration, SystemTime};
use time::OffsetDateTime;

/// There is nothing here for a search engine to find.
pub(super) const ROBOTS: &str = "User-agent: *\nDisallow: /\n";

/// How long what is said of the contact is good; RFC 9116, 2.5.5 advises less than a year.
const SECURITY_EXPIRES: Duration = Duration::from_secs(90 * 24 * 60 * 60);

/// Whom to tell of a security problem. Without a contact there is no such file.
pub(super) fn security(contact: Option<&str>, now: SystemTime) -> Response<Body> {
    let Some(contact) = contact else { return response::not_found() };
    let until = OffsetDateTime::from(now + SECURITY_EXPIRES);
    let (year, month, day) = (until.year(), u8::from(until.month()), until.day());
    let text = format!("Contact: {contact}\nExpires: {year:04}-{month:02}-{day:02}T00:00:00Z\n");
    response::typed(StatusCode::OK, "text/plain; charset=utf-8", text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;
    use http_body_util::BodyExt;

    #[test]
    fn a_contact_is_told_with_a_date_until_which_it_is_good() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_780_000_000);
        let answer = security(Some("mailto:me@calls.example"), now);
        let body =
            answer.into_body().collect().now_or_never().expect("all is there").expect("no error").to_bytes();
        assert_eq!(body, "Contact: mailto:me@calls.example\nExpires: 2026-08-26T00:00:00Z\n");
        assert_eq!(security(None, now).status(), StatusCode::NOT_FOUND);
    }
}
