//! Who may import whom, in the binary and on the page, as `docs/architecture.md` lists it; and what else holds for all files.

mod arrows;
mod budgets;
mod circles;
mod names;
mod page;
mod rust;
mod sizes;

use rust::paths;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

/// Modules that decide and do not act: time and bytes come in as arguments.
const PURE: &[&str] = &[
    "ids",
    "hosts",
    "language",
    "relay",
    "space_name",
    "token_bucket",
    "turn",
    "hub::budget",
    "protocol",
    "lobby",
    "sfu",
    "media::framing",
    "media::placement",
    "media::command_queue",
    "mdns_query",
    "log::limit",
    "tls::acme::names",
    "tls::acme::schedule",
    "tls::mint",
    "tls::names",
    "tls::validity",
    "web::onboarding",
    "web::request",
    "web::response",
    "web::space",
    "connection_limiter::handshakes",
    "doctor::cases",
    "doctor::findings",
    "doctor::firewall",
    "doctor::report",
    "doctor::words",
];

/// Files and folders that are there in tests only; those may do as they like.
const TESTING: &[&str] = &["tests", "properties", "harness"];

/// What a pure module does not name: beginnings of paths…
const ACTING: &[&str] = &[
    "tokio",
    "std::env",
    "std::fs",
    "std::net::TcpListener",
    "std::net::TcpStream",
    "std::net::UdpSocket",
    "std::process",
    "std::thread",
];

/// … and ends of them, which read a clock.
const CLOCKS: &[&str] = &["Instant::now", "SystemTime::now", "OffsetDateTime::now_utc", "elapsed"];

/// Crates that are at home in some modules and strangers everywhere else.
const HOMES: &[(&str, &[&str])] = &[
    ("serde", &["protocol", "relay", "ids", "discovery::avahi"]),
    ("rcgen", &["tls::mint"]),
    ("rustls", &["tls", "web", "media::tunnel"]),
    ("instant_acme", &["tls::acme"]),
    ("rustls_native_certs", &["tls::acme"]),
    ("hyper", &["web", "tls::acme::https"]),
    ("tokio_tungstenite", &["web", "outbox"]),
    ("simple_dns", &["mdns_query"]),
    ("mdns_sd", &["discovery::responder"]),
    ("zbus", &["discovery"]),
    ("clap", &["command", "config"]),
    ("str0m", &["sfu"]),
    ("prometheus_client", &["metrics"]),
    ("procfs", &["addresses", "discovery::responder", "metrics", "doctor"]),
    ("tracing_journald", &["log"]),
    ("maud", &["web::status", "web::space"]),
];

#[test]
fn every_module_imports_only_what_is_below_it() {
    assert_none(crate_sources().iter().flat_map(arrow_faults));
}

#[test]
fn pure_modules_touch_no_socket_no_disk_and_no_clock() {
    assert_none(crate_sources().iter().flat_map(purity_faults));
}

#[test]
fn files_import_each_other_in_no_circle() {
    assert_none(circles::faults(&crate_sources()));
}

#[test]
fn crates_stay_where_they_are_at_home() {
    assert_none(crate_sources().iter().flat_map(home_faults));
}

#[test]
fn the_page_imports_only_what_is_below_and_nothing_from_elsewhere() {
    assert_none(page_sources().iter().flat_map(page::faults));
}

#[test]
fn no_file_is_too_long_and_no_function_of_the_page() {
    assert_none(crate_sources().iter().chain(&page_sources()).flat_map(sizes::faults));
}

#[test]
fn every_budget_stands_in_the_threat_model() {
    let security =
        fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/SECURITY.md")).expect("it is there");
    assert_none(budgets::faults(&security, &crate_sources()));
}

#[test]
fn each_public_type_has_a_name_of_its_own() {
    assert_none(names::faults(&crate_sources()));
}

#[test]
fn nothing_in_the_picture_points_up_and_all_of_it_exists() {
    for (n, (module, targets)) in arrows::BINARY.iter().enumerate() {
        for target in targets {
            assert!(
                arrows::BINARY[n + 1..].iter().any(|(below, _)| *below == *target),
                "{module} → {target} points up"
            );
        }
    }
    let sources = crate_sources();
    for (module, _) in arrows::BINARY.iter() {
        assert!(sources.iter().any(|source| source.top() == *module), "{module} is in the picture only");
    }
    let pages = page_sources();
    for (start, _) in arrows::PAGE.iter() {
        assert!(
            pages.iter().any(|page| page.file.to_string_lossy().starts_with(start)),
            "{start} is in the picture only"
        );
    }
}

/// The checker itself: what it must find, and what it must let pass.
mod checker {
    use super::*;

    fn faults(file: &str, text: &str) -> Vec<String> {
        let source = Source::new(file, text.to_owned());
        [arrow_faults(&source), purity_faults(&source), home_faults(&source)]
            .concat()
            .iter()
            .map(Fault::to_string)
            .collect()
    }

    #[test]
    fn finds_an_arrow_that_points_up() {
        let found =
            faults("lobby/room.rs", "use crate::ids::RoomId;\n\nuse crate::{ids, web::{self, socket}};\n");
        assert_eq!(
            found,
            [
                "lobby/room.rs:3: lobby must not import web (crate::web::self)",
                "lobby/room.rs:3: lobby must not import web (crate::web::socket)"
            ]
        );
        assert_eq!(faults("web/socket.rs", "fn f() -> super::super::lobby::Lobby {}").len(), 1);
        assert_eq!(faults("hub.rs", "fn f() { crate::run() }").len(), 1, "what is in lib.rs is at the top");
        assert_eq!(faults("lib.rs", "mod ids; pub mod lobby; fn f(ids: u8) { ids }"), [""; 0]);
        assert_eq!(faults("lib.rs", "fn f() { ids::PersonId(1) }").len(), 1);
        assert_eq!(faults("cellar.rs", "").len(), 1, "a module that is not in the picture");
    }

    #[test]
    fn finds_what_acts_in_a_pure_module() {
        for text in [
            "use tokio::time;",
            "use std::{fmt, fs};",
            "use std::net::{IpAddr, UdpSocket};",
            "let now = Instant::now();",
            "let now = std::time::SystemTime::now();",
            "if since.elapsed() > RING_TIMEOUT {}",
        ] {
            assert_eq!(faults("lobby/mod.rs", text).len(), 1, "{text}");
            assert_eq!(faults("hub.rs", text).len(), 0, "{text}");
        }
    }

    #[test]
    fn finds_crates_away_from_home() {
        assert_eq!(faults("tls/mint.rs", "use rcgen::KeyPair;"), [""; 0]);
        assert_eq!(
            faults("tls/store.rs", "use rcgen::KeyPair;"),
            ["tls/store.rs:1: rcgen is at home in tls::mint only"]
        );
        assert_eq!(faults("lobby/mod.rs", "#[derive(serde::Serialize)]").len(), 1);
    }

    #[test]
    fn reads_code_and_not_what_is_said_in_it() {
        let text = r##"
            //! See crate::web.
            /* crate::web /* nested */ crate::web */
            const A: &str = "crate::web \" crate::web";
            const B: &str = r#"crate::web " crate::web"#;
            const C: [char; 2] = ['"', '\''];
            fn f<'a>(x: &'a str) -> &'a str { x }
            mod tests {
                use super::*;
                use crate::web;
                fn now() { Instant::now(); }
            }
            mod inner { use super::Thing; use super::super::ids; }
        "##;
        assert_eq!(faults("lobby.rs", text), [""; 0]);
        assert_eq!(faults("lobby/tests.rs", "use crate::web; fn f() { Instant::now() }"), [""; 0]);
        assert_eq!(faults("lobby.rs", &format!("{text} use crate::web;")).len(), 1, "and goes on after it");
    }
}

/// One broken rule, and where.
#[derive(Clone)]
struct Fault {
    file: PathBuf,
    line: usize,
    rule: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file.display(), self.line, self.rule)
    }
}

fn assert_none(faults: impl IntoIterator<Item = impl fmt::Display>) {
    let faults: Vec<String> = faults.into_iter().map(|fault| fault.to_string()).collect();
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

/// A file, by its path in `src/` or `www/`.
struct Source {
    file: PathBuf,
    text: String,
}

impl Source {
    fn new(file: impl Into<PathBuf>, text: String) -> Self {
        Source { file: file.into(), text }
    }

    /// `lobby/room.rs` is `["lobby", "room"]`, `lobby/mod.rs` is `["lobby"]`, `lib.rs` is `[]`.
    fn module(&self) -> Vec<&str> {
        let path = self.file.to_str().expect("our file names are ASCII");
        let path = path.strip_suffix(".rs").unwrap_or(path);
        path.split('/').filter(|name| !matches!(*name, "mod" | "lib")).collect()
    }

    /// The module's name in the picture.
    fn top(&self) -> &str {
        self.module().first().copied().unwrap_or("lib")
    }

    /// Whether this is `module` (`"tls"`, `"tls::mint"`) or inside of it.
    fn is_in(&self, module: &str) -> bool {
        module.split("::").enumerate().all(|(n, name)| self.module().get(n) == Some(&name))
    }

    fn is_test(&self) -> bool {
        self.module().iter().any(|name| TESTING.contains(name))
    }

    fn fault(&self, line: usize, rule: String) -> Fault {
        Fault { file: self.file.clone(), line, rule }
    }
}

/// The crate without `main.rs`, which is a crate of its own and sees only what `lib.rs` shows.
fn crate_sources() -> Vec<Source> {
    let mut sources = sources("src", &["rs"]);
    sources.retain(|source| source.file != Path::new("main.rs"));
    sources
}

fn page_sources() -> Vec<Source> {
    sources("www", &["js", "ts", "html", "css", "svg"])
}

fn sources(folder: &str, extensions: &[&str]) -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut sources = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("the folder is there") {
            let path = entry.expect("the folder can be listed").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| extensions.iter().any(|wanted| e == *wanted)) {
                let text = fs::read_to_string(&path).expect("our files are UTF-8");
                sources.push(Source::new(path.strip_prefix(&root).expect("it is below"), text));
            }
        }
    }
    assert!(!sources.is_empty(), "no files in {folder}");
    sources
}

fn arrow_faults(source: &Source) -> Vec<Fault> {
    let Some((_, allowed)) = arrows::BINARY.iter().find(|(module, _)| *module == source.top()) else {
        return vec![source.fault(1, format!("{} is not in the picture", source.top()))];
    };
    let mut faults = Vec::new();
    for named in paths(source) {
        let Some(target) = named.inside() else { continue };
        if target != source.top() && !allowed.contains(&target) {
            let rule = format!("{} must not import {target} ({})", source.top(), named.written);
            faults.push(source.fault(named.line, rule));
        }
    }
    faults
}

fn purity_faults(source: &Source) -> Vec<Fault> {
    if !PURE.iter().any(|module| source.is_in(module)) {
        return Vec::new();
    }
    paths(source)
        .into_iter()
        .filter(|named| {
            let padded = format!("::{}::", named.written);
            ACTING.iter().any(|start| padded.starts_with(&format!("::{start}::")))
                || CLOCKS.iter().any(|end| padded.ends_with(&format!("::{end}::")))
        })
        .map(|named| source.fault(named.line, format!("{} is pure: no {}", source.top(), named.written)))
        .collect()
}

fn home_faults(source: &Source) -> Vec<Fault> {
    let mut faults = Vec::new();
    for named in paths(source) {
        let stranger = HOMES.iter().find(|(name, _)| named.written.split("::").next() == Some(name));
        if let Some((name, homes)) = stranger
            && !homes.iter().any(|home| source.is_in(home))
        {
            faults.push(source.fault(named.line, format!("{name} is at home in {} only", homes.join(", "))));
        }
    }
    faults
}
