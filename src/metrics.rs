//! How the box is: `/health` for people and probes, `/metrics` for Prometheus.

use crate::doors::Doors;
use crate::hub::Hub;
use serde_json::json;
use std::fmt::Write;

/// JSON: version, uptime in seconds, people, rooms, members. `None`: the box is stopping.
pub(crate) async fn health(hub: &Hub, doors: &Doors) -> Option<String> {
    let counts = hub.counts().await?;
    let health = json!({
        "version": env!("CARGO_PKG_VERSION"),
        "uptime": doors.opened.elapsed().as_secs(),
        "people": counts.people,
        "rooms": counts.rooms,
        "members": counts.members,
    });
    Some(format!("{health}\n"))
}

/// The text exposition format, version 0.0.4. `None`: the box is stopping.
pub(crate) async fn prometheus(hub: &Hub, doors: &Doors) -> Option<String> {
    let counts = hub.counts().await?;
    let mut text = String::new();
    let mut say = |name: &str, kind: &str, help: &str, value: u64| {
        writeln!(text, "# HELP wizyjno_{name} {help}\n# TYPE wizyjno_{name} {kind}\nwizyjno_{name} {value}")
            .expect("memory does not fail");
    };
    say("uptime_seconds", "gauge", "Seconds since the box began to serve.", doors.opened.elapsed().as_secs());
    say("connections", "gauge", "Open connections, of pages and others.", doors.open() as u64);
    say(
        "connections_refused_total",
        "counter",
        "Connections refused because there were too many.",
        doors.refused(),
    );
    let (opened, cut) = hub.opened_and_cut();
    say("pages_opened_total", "counter", "WebSockets opened by pages.", opened);
    say("pages_cut_total", "counter", "Pages cut because they did not read what they were sent.", cut);
    say("people", "gauge", "Persons in the lobby.", counts.people as u64);
    say("rooms", "gauge", "Rooms.", counts.rooms as u64);
    say("members", "gauge", "Persons in rooms.", counts.members as u64);
    say("invitations", "gauge", "Invitations that ring.", counts.invitations as u64);
    say("knocks", "gauge", "Knocks that wait.", counts.knocks as u64);
    Some(text)
}
