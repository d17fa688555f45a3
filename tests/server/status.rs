//! The owner's page: whom it is shown to, and what it says.

use crate::common::{TestServer, fail_to_start};
use base64::prelude::{BASE64_STANDARD, Engine};
use serde_json::json;

#[tokio::test]
async fn the_owner_sees_who_is_on_and_how_the_box_is() {
    let server = TestServer::start(&["--media-threads", "1"]);
    let mut ann = server.page("Ann").await;
    let mut bob = server.page("<b>Bob</b> & \"Co\"").await;
    let room = ann.call(&mut bob).await["room"]["id"].to_string();

    let (status, head, body) = server.get("/status?lang=en", "").await;
    let page = String::from_utf8(body).expect("text");
    assert_eq!(status, 200);
    assert!(head.contains("content-security-policy: default-src 'none'; style-src 'self'"), "{head}");
    assert!(head.contains("cache-control: no-store"), "{head}");
    for told in ["Ann", &room, "All is well", "media-0", env!("CARGO_PKG_VERSION"), "http-equiv=\"refresh\""]
    {
        assert!(page.contains(told), "{told} is missing in\n{page}");
    }
    assert!(page.contains("&lt;b&gt;Bob&lt;/b&gt; &amp; &quot;Co&quot;"), "names are escaped:\n{page}");
    assert!(!page.contains("<script") && !page.contains("<b>"), "{page}");

    let (_, _, body) = server.get("/status", "Accept-Language: pl-PL,pl;q=0.9,en;q=0.8\r\n").await;
    assert!(String::from_utf8(body).expect("text").contains("Wszystko w porządku"));
    let (_, _, body) = server.get("/status", "Accept-Language: en;q=0.3, szl;q=0.7\r\n").await;
    let page = String::from_utf8(body).expect("text");
    assert!(page.contains("<html lang=\"szl\">") && page.contains("Wszyjsko je dobrze"), "{page}");
    for sheet in ["/style/status.css", "/style/tokens.css"] {
        assert_eq!(server.get(sheet, "").await.0, 200, "{sheet}");
    }
}

#[tokio::test]
async fn a_password_keeps_the_owners_page_to_the_owner() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("password");
    std::fs::write(&file, "wungel\nnot this line\n").unwrap();
    let server = TestServer::start(&["--status-password-file", file.to_str().unwrap()]);
    let (status, head, body) = server.get("/status", "").await;
    assert_eq!(status, 401);
    assert!(head.contains("www-authenticate: basic realm="), "{head}");
    assert!(!String::from_utf8_lossy(&body).contains("media-0"));
    let with = |said: &str| format!("Authorization: Basic {}\r\n", BASE64_STANDARD.encode(said));
    assert_eq!(server.get("/status", &with("owner:wrong")).await.0, 401);
    assert_eq!(server.get("/status", &with("owner:wungel")).await.0, 200);

    let server = TestServer::start(&["--status-password", "wungel"]);
    assert_eq!(server.get("/status", "").await.0, 401);
    assert_eq!(server.get("/status", &with("x:wungel")).await.0, 200);

    std::fs::write(&file, "\n").unwrap();
    for path in [file.to_str().unwrap(), "/nowhere"] {
        let options = ["--https-port", "0", "--http-port", "0", "--status-password-file", path];
        let (code, lines) = fail_to_start(dir.path(), &options);
        assert_eq!((code, lines.len()), (Some(1), 1), "{lines:?}");
        assert!(lines[0].contains(path) && lines[0].contains("--status-password-file"), "{lines:?}");
    }
}

#[tokio::test]
async fn one_password_is_for_all_that_tells_of_people() {
    let server = TestServer::start(&["--status-password", "wungel", "--pin", "246813"]);
    let mut ann = server.open().await;
    ann.say(json!({"type": "hello", "name": "Ann", "pin": "246813"})).await;
    ann.hear("welcome").await;
    for path in ["/status", "/doctor"] {
        assert_eq!(server.get(path, "").await.0, 401, "{path}");
    }
    // Probes and Prometheus go on, and learn nothing of people.
    let told = |body: Vec<u8>| String::from_utf8(body).expect("text");
    for (path, withheld, goes_on) in
        [("/health", "\"people\"", "\"ready\":true"), ("/metrics", "wizyjno_people", "wizyjno_hub_up 1")]
    {
        let (status, _, body) = server.get(path, "").await;
        let body = told(body);
        assert!(status == 200 && body.contains(goes_on) && !body.contains(withheld), "{path}: {body}");
    }
    let with = |said: &str| format!("Authorization: Basic {}\r\n", BASE64_STANDARD.encode(said));
    for (path, shown) in [
        ("/status", "Ann"),
        ("/doctor", "<h1>"),
        ("/health", "\"people\":1"),
        ("/metrics", "wizyjno_people 1"),
    ] {
        assert_eq!(server.get(path, &with("owner:wrong")).await.0, 401, "{path}");
        let (status, _, body) = server.get(path, &with("owner:wungel")).await;
        assert_eq!(status, 200, "{path}");
        assert!(told(body).contains(shown), "{path}");
    }
}
