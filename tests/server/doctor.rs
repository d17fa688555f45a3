//! `wizyjno doctor` beside a box, and its page.

use crate::common::{TestServer, ask, ask_where};
use serde_json::Value;
use std::net::TcpListener;

/// Whether it is well, and what it says about that subject.
fn findings(state: &std::path::Path, arguments: &[&str], about: &str) -> (bool, Vec<(String, String)>) {
    let (well, said, err) = ask(state, &[&["doctor", "--json"], arguments].concat());
    let told: Value = serde_json::from_str(&said).unwrap_or_else(|_| panic!("{said}{err}"));
    assert_eq!(told["well"], well, "the exit status says the same");
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let all = told["findings"].as_array().expect("a list").iter();
    let of = all.filter(|finding| finding["about"] == about);
    (well, of.map(|finding| (text(&finding["weight"]), text(&finding["says"]))).collect())
}

#[tokio::test]
async fn a_box_that_runs_is_found_and_its_certificate_read() {
    let server = TestServer::start(&[]);
    let (https, http) = (server.https.port().to_string(), server.http.port().to_string());
    let ports = ["--https-port", &https, "--http-port", &http];
    let page = findings(server.state.path(), &ports, "page").1;
    assert_eq!(page, [("good".to_owned(), format!("The page comes at port {https}."))]);
    let certificate = findings(server.state.path(), &ports, "certificate").1;
    assert!(certificate[0].1.contains(" more days for wizyjno.local, "), "{certificate:?}");
    let (_, text, _) = ask(server.state.path(), &[&["doctor"], &ports[..]].concat());
    assert!(text.contains(&format!("  ok    page         The page comes at port {https}.\n")), "{text}");

    let (status, head, body) = server.get("/doctor", "").await;
    let body = String::from_utf8(body).unwrap();
    assert_eq!(status, 200);
    assert!(head.contains("content-security-policy: default-src 'none'; style-src 'self'"), "{head}");
    assert!(head.contains("cache-control: no-store"), "{head}");
    assert!(body.contains(&format!("The page comes at port {https}.")), "{body}");
    for sheet in ["/style/tokens.css", "/style/doctor.css"] {
        assert!(body.contains(sheet));
        assert_eq!(server.get(sheet, "").await.0, 200, "{sheet}");
    }
}

#[tokio::test]
async fn the_doctor_speaks_the_readers_language_and_to_programs_english() {
    let server = TestServer::start(&[]);
    let (https, http) = (server.https.port().to_string(), server.http.port().to_string());
    let ports = ["--https-port", &https, "--http-port", &http];
    let page =
        async |path: &str, head: &str| String::from_utf8(server.get(path, head).await.2).expect("text");
    let polish = format!("Strona jest na porcie {https}.");
    let silesian = format!("Zajta je na porcie {https}.");
    let english = format!("The page comes at port {https}.");
    for (path, head, code, told) in [
        ("/doctor", "Accept-Language: pl-PL,pl;q=0.9,en;q=0.8\r\n", "pl", &polish),
        ("/doctor", "Accept-Language: en;q=0.1, szl\r\n", "szl", &silesian),
        ("/doctor?lang=en", "Accept-Language: pl\r\n", "en", &english),
    ] {
        let body = page(path, head).await;
        assert!(body.contains(&format!("<html lang=\"{code}\">")) && body.contains(told), "{path}: {body}");
    }
    let terminal = |more: &[&str], locale: [&str; 2]| {
        ask_where(server.state.path(), &[&["doctor"], &ports[..], more].concat(), &[locale, ["LC_ALL", ""]]).1
    };
    let text = terminal(&[], ["LANG", "pl_PL.UTF-8"]);
    assert!(text.contains(&polish) && text.contains("jądro"), "{text}");
    let text = terminal(&[], ["LANG", "szl_PL"]);
    assert!(text.contains(&silesian), "{text}");
    let json = terminal(&["--json"], ["LANG", "pl_PL.UTF-8"]);
    assert!(json.contains(&english) && json.contains("\"about\":\"plain page\""), "{json}");
}

#[test]
fn without_a_box_that_is_the_fault_and_the_port_is_named_with_who_holds_it() {
    let dir = tempfile::tempdir().unwrap();
    let holder = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = holder.local_addr().unwrap().port().to_string();
    let ports = ["--https-port", &taken, "--http-port", "1"];
    let (well, page) = findings(dir.path(), &ports, "page");
    assert!(!well);
    assert_eq!(page[0].0, "fault");
    let whose = format!("(process {}) holds it.", std::process::id());
    assert!(
        page[0].1.starts_with(&format!("Port {taken} is taken: ")) && page[0].1.ends_with(&whose),
        "{page:?}"
    );

    drop(holder);
    let (well, page) = findings(dir.path(), &ports, "page");
    assert!(!well);
    let idle = format!("No box is running: nobody serves the page at port {taken}.");
    assert_eq!(page, [("fault".to_owned(), idle)]);
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0, "a look makes nothing");
}

#[tokio::test]
async fn damaged_keys_are_a_fault() {
    let server = TestServer::start(&[]);
    let state = server.state.clone();
    server.stop();
    std::fs::write(state.path().join("state/ca.crt"), "rubbish").unwrap();
    let (_, keys) = findings(state.path(), &["--https-port", "1", "--http-port", "1"], "keys");
    assert_eq!(keys[0].0, "fault");
    assert!(keys[0].1.contains("ca.crt is damaged"), "{keys:?}");
}
