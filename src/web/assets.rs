//! The page's files: embedded, compressed ahead of time by `build.rs`; or live from a folder.

use crate::files;
use bytes::Bytes;
use flate2::read::GzDecoder;
use hyper::header::{self, HeaderMap, HeaderValue};
use include_dir::{Dir, include_dir};
use std::collections::HashMap;
use std::io::Read;
use std::path::{Component, Path, PathBuf};
use std::sync::OnceLock;

static EMBEDDED: Dir<'_> = include_dir!("$OUT_DIR/www");
static ETAGS: &str = include_str!(concat!(env!("OUT_DIR"), "/www.etags"));
/// Below `/v/VERSION/` nothing ever changes, so browsers keep it for good.
const VERSION: &str = env!("WIZYJNO_WWW_VERSION");
/// An edited file may be so large.
const MAX_FILE: u64 = 16 * 1024 * 1024;

/// The path of the page as a host of the internet gives it, which says so of itself. It is no file, and made of
/// the page.
pub(crate) const HOSTED_PAGE: &str = "/hosted.html";

/// Where the files come from.
pub(crate) enum Assets {
    Embedded(HashMap<&'static str, Embedded>),
    Folder(PathBuf),
}

pub(crate) struct Embedded {
    etag: &'static str,
    brotli: Option<&'static [u8]>,
    fallback: Fallback,
}

/// What is there for those who take no Brotli. A file that can be compressed is not in the binary as it is.
enum Fallback {
    /// Unpacked at the first request that takes nothing compressed, and kept: requests share one copy,
    /// however many and however slowly they are read (SECURITY.md).
    Gzip {
        packed: &'static [u8],
        unpacked: OnceLock<Bytes>,
    },
    Plain(&'static [u8]),
}

/// One file in the form that suits the request.
pub(crate) struct Asset {
    pub(crate) body: Bytes,
    pub(crate) kind: &'static str,
    pub(crate) encoding: Option<&'static str>,
    /// Strong (RFC 9110, 8.8.3): other bytes, another tag, the encoding included.
    pub(crate) etag: Option<HeaderValue>,
    pub(crate) cache: &'static str,
}

impl Assets {
    pub(crate) fn embedded() -> Assets {
        let files = ETAGS.lines().map(|line| {
            let (path, etag) = line.split_once('\t').expect("build.rs writes a tab");
            let file = |name: &str| EMBEDDED.get_file(name).map(|file| file.contents());
            let fallback = match file(&format!("{path}.gz")) {
                Some(packed) => Fallback::Gzip { packed, unpacked: OnceLock::new() },
                None => Fallback::Plain(file(path).expect("build.rs lists what it embeds")),
            };
            (path, Embedded { etag, brotli: file(&format!("{path}.br")), fallback })
        });
        Assets::Embedded(files.collect())
    }

    pub(crate) fn folder(www: PathBuf) -> Assets {
        Assets::Folder(www)
    }

    /// Which page it is; nobody knows of one in a folder.
    pub(crate) fn version(&self) -> Option<&'static str> {
        matches!(self, Assets::Embedded(_)).then_some(VERSION)
    }

    /// The file at that path of a URL, which starts with a slash. A path without a dot is the page.
    pub(crate) async fn find(&self, path: &str, request: &HeaderMap) -> Option<Asset> {
        if path == HOSTED_PAGE {
            return self.read("/", &HeaderMap::new()).await?.hosted();
        }
        self.read(path, request).await
    }

    async fn read(&self, path: &str, request: &HeaderMap) -> Option<Asset> {
        let (path, version) = match path.strip_prefix("/v/").and_then(|rest| rest.split_once('/')) {
            Some((version, path)) => (path, Some(version)),
            None => (path.trim_start_matches('/'), None),
        };
        let path = if path.contains('.') { path } else { "index.html" };
        match self {
            Assets::Embedded(files) => {
                let forever = version == Some(VERSION);
                files.get(path).map(|file| file.suiting(path, request, forever))
            }
            Assets::Folder(www) => {
                let (www, path) = (www.clone(), path.to_owned());
                tokio::task::spawn_blocking(move || read(&www, &path)).await.ok().flatten()
            }
        }
    }
}

impl Asset {
    /// The page with the attribute by which its script knows. `None`: it is no page.
    fn hosted(self) -> Option<Asset> {
        let page = str::from_utf8(&self.body).ok()?.replacen("<html ", "<html data-hosted ", 1);
        let etag = self.etag.map(|etag| {
            let own = etag.to_str().expect("hexadecimal").replacen('"', "\"hosted-", 1);
            HeaderValue::try_from(own).expect("hexadecimal")
        });
        Some(Asset { body: page.into(), etag, ..self })
    }
}

impl Embedded {
    fn suiting(&self, path: &str, request: &HeaderMap, forever: bool) -> Asset {
        let (encoding, body) = match (self.brotli, &self.fallback) {
            (Some(packed), _) if accepts(request, "br") => (Some("br"), Bytes::from_static(packed)),
            (_, Fallback::Gzip { packed, .. }) if accepts(request, "gzip") => {
                (Some("gzip"), Bytes::from_static(packed))
            }
            (_, Fallback::Gzip { packed, unpacked }) => {
                (None, unpacked.get_or_init(|| unpack(packed)).clone())
            }
            (_, Fallback::Plain(body)) => (None, Bytes::from_static(body)),
        };
        let etag = match encoding {
            Some(encoding) => format!("\"{}-{encoding}\"", self.etag),
            None => format!("\"{}\"", self.etag),
        };
        Asset {
            body,
            kind: kind(path),
            encoding,
            // What never changes needs none.
            etag: (!forever).then(|| HeaderValue::try_from(etag).expect("hexadecimal")),
            cache: if forever { "max-age=31536000, immutable" } else { "no-cache" },
        }
    }
}

/// No browser needs this; programs do.
fn unpack(packed: &[u8]) -> Bytes {
    let mut body = Vec::new();
    GzDecoder::new(packed).read_to_end(&mut body).expect("build.rs has packed it");
    body.into()
}

/// A file of the folder being edited: nothing is kept, and nothing outside of it is given.
fn read(www: &Path, path: &str) -> Option<Asset> {
    let path = Path::new(path);
    if !path.components().all(|part| matches!(part, Component::Normal(_))) {
        return None;
    }
    let file = www.join(path).canonicalize().ok()?;
    let inside = file.starts_with(www.canonicalize().ok()?);
    if !inside {
        return None;
    }
    let body = files::read(&file, MAX_FILE).ok()?.into();
    Some(Asset { body, kind: kind(path.to_str()?), encoding: None, etag: None, cache: "no-store" })
}

/// RFC 9110, 12.5.3; a weight of nought is a no.
fn accepts(request: &HeaderMap, encoding: &str) -> bool {
    request.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok()).any(|value| {
        value.split(',').any(|item| {
            let (name, weight) = item.split_once(';').unwrap_or((item, ""));
            let refused =
                weight.trim().strip_prefix("q=").is_some_and(|q| q.trim_matches(['0', '.']).is_empty());
            name.trim().eq_ignore_ascii_case(encoding) && !refused
        })
    })
}

fn kind(path: &str) -> &'static str {
    match path.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "html" => "text/html; charset=utf-8",
        // Modules, and sheets of a page in UTF-8, are UTF-8 anyway (HTML Living Standard, CSS Syntax 3), and
        // half a hundred files make the page.
        "js" => "text/javascript",
        "css" => "text/css",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "webp" => "image/webp",
        "json" => "application/json",
        "webmanifest" => "application/manifest+json",
        "txt" | "md" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(encodings: &str) -> HeaderMap {
        HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::try_from(encodings).unwrap())])
    }

    #[tokio::test]
    async fn a_file_comes_in_the_best_encoding_that_is_accepted() {
        let assets = Assets::embedded();
        for (accepted, given) in [
            ("gzip, deflate, br, zstd", Some("br")),
            ("gzip", Some("gzip")),
            ("br;q=0, identity", None),
            ("", None),
        ] {
            let page = assets.find("/", &request(accepted)).await.expect("the page");
            assert_eq!(page.encoding, given, "for {accepted:?}");
            assert_eq!(page.kind, "text/html; charset=utf-8");
            assert_eq!(page.body.starts_with(b"<!doctype html>"), given.is_none());
        }
    }

    #[tokio::test]
    async fn only_what_lies_below_the_version_is_kept_for_ever() {
        let assets = Assets::embedded();
        let none = HeaderMap::new();
        let page = assets.find("/", &none).await.unwrap();
        assert_eq!(page.cache, "no-cache");
        let text = String::from_utf8(page.body.to_vec()).unwrap();
        assert!(text.contains(&format!("<base href=\"/v/{VERSION}/\">")), "{text}");
        let script = assets.find(&format!("/v/{VERSION}/main.js"), &none).await.unwrap();
        assert!(script.cache.contains("immutable"));
        let old = assets.find("/v/0123456789abcdef/main.js", &none).await.unwrap();
        assert_eq!(old.cache, "no-cache", "a page of before an update gets what there is now");
        assert!(assets.find("/nothing.js", &none).await.is_none());
        assert!(assets.find("/any/path", &none).await.is_some(), "a path without a dot is the page");
    }

    #[tokio::test]
    async fn the_page_of_a_host_on_the_internet_says_so_and_is_the_same_otherwise() {
        let none = HeaderMap::new();
        for assets in [Assets::embedded(), Assets::folder("www".into())] {
            let [page, hosted] = [
                assets.find("/", &none).await.unwrap(),
                assets.find(HOSTED_PAGE, &request("br")).await.unwrap(),
            ];
            let text = String::from_utf8(hosted.body.to_vec()).unwrap();
            assert_eq!(text.replace("<html data-hosted lang=", "<html lang=").into_bytes(), page.body);
            assert_ne!(text.as_bytes(), page.body);
            assert_eq!((hosted.kind, hosted.cache, hosted.encoding), (page.kind, page.cache, None));
            assert!(hosted.etag.is_none() || hosted.etag != page.etag);
        }
    }

    #[tokio::test]
    async fn a_folder_gives_nothing_from_outside() {
        let dir = tempfile::tempdir().unwrap();
        let www = dir.path().join("www");
        std::fs::create_dir(&www).unwrap();
        std::fs::write(www.join("index.html"), "live").unwrap();
        std::fs::write(dir.path().join("secret.txt"), "no").unwrap();
        let pipe = (www.join("pipe.js"), rustix::fs::FileType::Fifo);
        rustix::fs::mknodat(rustix::fs::CWD, pipe.0, pipe.1, 0o600.into(), 0).unwrap();
        std::os::unix::fs::symlink(dir.path().join("secret.txt"), www.join("link.txt")).unwrap();
        let assets = Assets::folder(www);
        let none = HeaderMap::new();
        assert_eq!(assets.find("/", &none).await.unwrap().body, "live");
        for outside in ["/pipe.js", "/../secret.txt", "/link.txt", "//etc/hosts.txt", "/./../secret.txt"] {
            assert!(assets.find(outside, &none).await.is_none(), "{outside}");
        }
    }
}
