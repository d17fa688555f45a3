//! What the box tells of itself to probes and to Prometheus.

use crate::common::{TEST_TIMEOUT, TestServer};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

#[tokio::test]
async fn health_tells_a_probe_that_the_box_serves_and_how_full_it_is() {
    let server = TestServer::start(&[]);
    let _ann = server.page("Ann").await;
    let (status, head, body) = server.get("/health", "").await;
    let health: Value = serde_json::from_slice(&body).expect("JSON");
    assert_eq!(status, 200);
    assert!(head.contains("cache-control: no-store"), "{head}");
    assert_eq!(health["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(health["ready"], true);
    assert!(health["uptime"].is_u64());
    assert_eq!((&health["people"], &health["rooms"], &health["members"]), (&json!(1), &json!(0), &json!(0)));
}

#[tokio::test]
async fn metrics_tell_of_rooms_and_members_by_their_ids_while_they_are_there() {
    let server = TestServer::start(&["--media-threads", "2"]);
    let mut ann = server.page("Ann").await;
    let mut bob = server.page("Bob").await;
    let room = ann.call(&mut bob).await["room"]["id"].clone();

    // A media thread learns who is in a room after the pages do.
    let both = format!("wizyjno_room_members{{room=\"{room}\"}}");
    Figures::until(&server, |told| told.value(&both) == Some(2.0)).await;
    let told = Figures::of(&server).await;
    assert_eq!(told.value("wizyjno_people"), Some(2.0));
    assert_eq!(told.value("wizyjno_members"), Some(2.0));
    assert_eq!(told.value("wizyjno_media_thread_up{thread=\"1\"}"), Some(1.0));
    for page in [&ann, &bob] {
        let labels = format!("room=\"{room}\",member=\"{}\"", page.id);
        assert_eq!(told.value(&format!("wizyjno_member_sent_packets_total{{{labels}}}")), Some(0.0));
        assert_eq!(told.value(&format!("wizyjno_member_path{{{labels},path=\"none\"}}")), Some(1.0));
    }
    for name in ["Ann", "Bob"] {
        assert!(!told.text.contains(name), "names are nobody's business");
    }

    // The direct path carries them.
    ann.say(json!({"type": "rest_relay", "rest": true})).await;
    let labels = format!("room=\"{room}\",member=\"{}\"", ann.id);
    Figures::until(&server, |told| {
        told.value(&format!("wizyjno_member_path{{{labels},path=\"direct\"}}")) == Some(1.0)
    })
    .await;

    bob.say(json!({"type": "leave"})).await;
    ann.hear("room_left").await;
    Figures::until(&server, |told| !told.text.contains("member=") && !told.text.contains("room=")).await;
}

#[tokio::test]
async fn metrics_are_good_openmetrics() {
    let server = TestServer::start(&[]);
    let mut ann = server.page("Ann").await;
    let mut bob = server.page("Bob").await;
    ann.call(&mut bob).await;
    let (_, head, _) = server.get("/metrics", "").await;
    assert!(
        head.contains("content-type: application/openmetrics-text; version=1.0.0; charset=utf-8"),
        "{head}"
    );

    let told = Figures::of(&server).await;
    assert!(told.text.ends_with("# EOF\n"));
    assert!(!told.families.is_empty());
    for (name, family) in &told.families {
        assert!(!family.help.is_empty(), "{name} says what it is");
        for word in ["_ms", "_kb", "_kib", "_percent", "_bits"] {
            assert!(!name.contains(word), "{name} is in base units");
        }
        let suffix = match family.kind.as_str() {
            "counter" => "_total",
            "info" => "_info",
            "gauge" => "",
            other => panic!("{name} is a {other}"),
        };
        let mut seen = BTreeSet::new();
        for sample in &family.samples {
            let bare = sample.split(['{', ' ']).next().unwrap();
            assert_eq!(bare, format!("{name}{suffix}"), "{sample}");
            let (labelled, value) = sample.rsplit_once(' ').unwrap();
            assert!(value.parse::<f64>().is_ok_and(f64::is_finite), "{sample}");
            assert!(seen.insert(labelled), "{sample} is told twice");
        }
    }
}

#[tokio::test]
async fn the_dashboard_shows_what_is_exported_and_the_document_explains_all_of_it() {
    let server = TestServer::start(&[]);
    let exported = Figures::of(&server).await.names();
    let document = std::fs::read_to_string("docs/metrics.md").expect("the document");
    for name in &exported {
        assert!(document.contains(&format!("`{name}`")), "docs/metrics.md does not explain {name}");
    }
    for name in mentioned(&document) {
        assert!(exported.contains(&name), "docs/metrics.md explains {name}, which is not exported");
    }

    let dashboard = std::fs::read_to_string("docs/grafana.json").expect("the dashboard");
    let dashboard: Value = serde_json::from_str(&dashboard).expect("JSON");
    let panels = dashboard["panels"].as_array().expect("panels");
    let asked = panels.iter().filter_map(|panel| panel["targets"].as_array()).flatten();
    let asked: Vec<&str> = asked.map(|target| target["expr"].as_str().expect("a question")).collect();
    assert!(asked.len() > 20, "{asked:?}");
    let variables = dashboard["templating"]["list"].as_array().expect("variables");
    let variables = variables.iter().filter_map(|variable| variable["definition"].as_str());
    for question in asked.into_iter().chain(variables) {
        let names = mentioned(question);
        assert!(!names.is_empty(), "{question}");
        for name in names {
            assert!(exported.contains(&name), "the dashboard asks for {name} in {question}");
        }
    }
}

/// Names of figures in a text.
fn mentioned(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    let names = words.filter(|word| word.starts_with("wizyjno_") || word.starts_with("process_"));
    names.map(str::to_owned).collect()
}

/// What `/metrics` says.
struct Figures {
    text: String,
    families: BTreeMap<String, Family>,
}

#[derive(Default)]
struct Family {
    kind: String,
    help: String,
    samples: Vec<String>,
}

impl Figures {
    async fn of(server: &TestServer) -> Figures {
        let (status, _, body) = server.get("/metrics", "").await;
        assert_eq!(status, 200);
        Figures::read(String::from_utf8(body).expect("text"))
    }

    /// Reads families, each in one piece: its words, then its samples.
    fn read(text: String) -> Figures {
        let mut families: BTreeMap<String, Family> = BTreeMap::new();
        let mut current = String::new();
        for line in text.lines() {
            let words: Vec<&str> = line.splitn(4, ' ').collect();
            match words[..] {
                ["#", "EOF"] => {}
                ["#", "UNIT", name, unit] => assert!(name.ends_with(&format!("_{unit}")), "{line}"),
                ["#", what @ ("HELP" | "TYPE"), name, said] => {
                    if name != current {
                        assert!(!families.contains_key(name), "{name} comes in two pieces");
                        current = name.to_owned();
                    }
                    let family = families.entry(current.clone()).or_default();
                    if what == "HELP" { family.help = said.into() } else { family.kind = said.into() }
                }
                _ => families.get_mut(&current).expect("a family first").samples.push(line.to_owned()),
            }
        }
        Figures { text, families }
    }

    /// Asks until it is so.
    async fn until(server: &TestServer, it_is_so: impl Fn(&Figures) -> bool) {
        let asking = async {
            while !it_is_so(&Figures::of(server).await) {
                tokio::task::yield_now().await;
            }
        };
        if tokio::time::timeout(TEST_TIMEOUT, asking).await.is_err() {
            panic!("never so; now\n{}", Figures::of(server).await.text);
        }
    }

    /// What samples are called.
    fn names(&self) -> BTreeSet<String> {
        let names = self.families.iter().map(|(name, family)| match family.kind.as_str() {
            "counter" => format!("{name}_total"),
            "info" => format!("{name}_info"),
            _ => name.clone(),
        });
        names.collect()
    }

    fn value(&self, sample: &str) -> Option<f64> {
        let line = self.text.lines().find_map(|line| line.strip_prefix(sample)?.strip_prefix(' '))?;
        line.parse().ok()
    }
}
