//! What lies below `/s/NAME`: which paths there are, the page's manifest, and the page that says that there
//! is no such space. Pure.

mod words;

use self::words::SpaceWords;
use super::response::{self, Body};
use crate::language::Language;
use crate::space_name::SpaceName;
use hyper::{Response, StatusCode};
use maud::{DOCTYPE, html};
use serde_json::{Value, json};

/// Where a path leads.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Place<'a> {
    /// To the lobby at `/`, or to anything that is of no space: the whole path.
    Main(&'a str),
    /// Into a space. `rest` is what follows its name, and is empty or begins with a slash.
    Space { name: SpaceName, rest: &'a str },
    /// The same, once its name is written as it is to be.
    Moved(String),
    /// To a space that cannot be.
    BadName,
}

impl Place<'_> {
    pub(super) fn of(path: &str) -> Place<'_> {
        let Some(below) = path.strip_prefix("/s/") else {
            return if path == "/s" { Place::BadName } else { Place::Main(path) };
        };
        let (segment, rest) = below.split_at(below.find('/').unwrap_or(below.len()));
        match SpaceName::of_segment(segment) {
            None => Place::BadName,
            Some(name) if name.to_segment() == segment => Place::Space { name, rest },
            Some(name) => Place::Moved(format!("/s/{}{rest}", name.to_segment())),
        }
    }

    /// Whether the page is what people are sent there for: a lobby's, or one with a room to knock at.
    pub(super) fn is_page(&self) -> bool {
        match self {
            Place::Main(path) => *path == "/" || leads_to_room(path),
            Place::Space { rest, .. } => matches!(*rest, "" | "/") || leads_to_room(rest),
            Place::Moved(path) => Place::of(path).is_page(),
            Place::BadName => false,
        }
    }
}

/// Whether a path within a space is `/r/ROOM`.
fn leads_to_room(path: &str) -> bool {
    path.strip_prefix("/r/")
        .is_some_and(|id| id.bytes().all(|digit| digit.is_ascii_digit()) && id.parse::<u32>().is_ok())
}

/// The manifest of the page (W3C Web Application Manifest), which makes the space an app of its own.
/// `lobbys`: that of the lobby. `None`: it is none.
pub(super) fn manifest(lobbys: &[u8], name: &SpaceName, title: &str) -> Option<Response<Body>> {
    let mut manifest: Value = serde_json::from_slice(lobbys).ok()?;
    let start = format!("/s/{}", name.to_segment());
    for key in ["id", "start_url", "scope"] {
        manifest[key] = json!(start);
    }
    manifest["name"] = json!(title);
    manifest["short_name"] = json!(title);
    for icon in manifest["icons"].as_array_mut()? {
        // Written as seen from the lobby's.
        icon["src"] = json!(format!("/{}", icon["src"].as_str()?));
    }
    Some(response::typed(StatusCode::OK, "application/manifest+json", manifest.to_string()))
}

/// One sentence for who looks for a space that is not there.
pub(super) fn not_found(language: Language, is_name: bool) -> Response<Body> {
    let words = SpaceWords::of(language);
    let page = html! {
        (DOCTYPE)
        html lang=(language.code()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "Wizyjno Godka" }
                link rel="icon" href="/icon.svg";
                link rel="stylesheet" href="/style/tokens.css";
                link rel="stylesheet" href="/style/status.css";
            }
            body {
                main class="status" {
                    h1 { "Wizyjno Godka" }
                    p { @if is_name { (words.unknown) } @else { (words.bad_name) } }
                }
            }
        }
    };
    let mut answer = response::page(page.into_string());
    *answer.status_mut() = StatusCode::NOT_FOUND;
    answer
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt;

    #[test]
    fn a_path_leads_into_the_space_that_it_names() {
        let name = |text| SpaceName::new(text).unwrap();
        for (path, rest) in [("/s/a", ""), ("/s/a/", "/"), ("/s/a/ws", "/ws"), ("/s/a/b/c", "/b/c")] {
            assert_eq!(Place::of(path), Place::Space { name: name("a"), rest });
        }
        assert_eq!(Place::of("/s/%C5%BC"), Place::Space { name: name("ż"), rest: "" });
        for (path, to) in [("/s/A/ws", "/s/a/ws"), ("/s/%61", "/s/a"), ("/s/%C5%BB", "/s/%C5%BC")] {
            assert_eq!(Place::of(path), Place::Moved(to.to_owned()));
        }
        for bad in ["/s", "/s/", "/s//ws", "/s/a.b", "/s/%2e%2e/", "/s/%ff", "/s/a%2fb"] {
            assert_eq!(Place::of(bad), Place::BadName, "{bad}");
        }
        for main in ["/", "/ws", "/sa", "/some/s/a", "/S/a"] {
            assert_eq!(Place::of(main), Place::Main(main), "{main}");
        }
    }

    #[tokio::test]
    async fn a_space_is_an_app_of_its_own() {
        let lobbys = include_bytes!("../../../www/manifest.webmanifest");
        let answer = manifest(lobbys, &SpaceName::new("żółw").unwrap(), "Żółwie <3").unwrap();
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        let manifest: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(manifest["name"], "Żółwie <3");
        assert_eq!(manifest["start_url"], "/s/%C5%BC%C3%B3%C5%82w");
        assert_eq!(manifest["icons"][0]["src"], "/icon.svg");
        assert_eq!(manifest["display"], "standalone");
    }
}
