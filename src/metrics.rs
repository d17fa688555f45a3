//! How the box is, in figures: `/health` for probes, `/metrics` for Prometheus, and what the owner's page
//! shows.

mod encoder;

use self::encoder::MetricsEncoder;
use crate::connection_limiter::ConnectionLimiter;
use crate::hub::{Counts, Hub};
use crate::media::{Media, MemberStats, Protocol, SendError, ThreadStats, Way};
use crate::pin_auth::PinAuth;
use crate::relay::Overload;
use crate::tls::CertManager;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, text};
use prometheus_client::registry::{Registry, Unit};
use serde_json::json;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};
use tokio::time::timeout;

/// Who has not answered by then is stuck.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(2);
/// Members who are told one by one, each with some twenty series; above that only sums are.
const LISTED: usize = 256;

/// How everything is at one moment.
#[derive(Debug)]
pub(crate) struct Snapshot {
    pub(crate) uptime: Duration,
    /// `None`: the hub does not answer.
    pub(crate) counts: Option<Counts>,
    /// One by one. `None`: that thread does not answer.
    pub(crate) threads: Vec<Option<ThreadStats>>,
    /// Connections at the moment, of pages and others.
    pub(crate) connections: usize,
    refused: u64,
    opened: u64,
    cut: u64,
    /// Until when the certificate is good.
    pub(crate) certificate: SystemTime,
    /// The same of those that other authorities have signed, each with its name.
    pub(crate) domain_certificates: Vec<(String, SystemTime)>,
    wrong_pins: u64,
    /// Of somebody who guesses at the moment.
    guessed_pins: Option<u32>,
    /// Whether it tells how many people and rooms there are, and of each.
    with_people: bool,
}

impl Snapshot {
    /// Asks everybody.
    pub(crate) async fn take(
        hub: &Hub,
        media: &Media,
        limiter: &ConnectionLimiter,
        pin_auths: &[Arc<PinAuth>],
        cert_manager: &CertManager,
    ) -> Snapshot {
        let (counts, threads) =
            tokio::join!(timeout(ANSWER_TIMEOUT, hub.counts()), media.stats(ANSWER_TIMEOUT));
        let (opened, cut) = hub.opened_and_cut();
        let now = Instant::now();
        let wrong = pin_auths.iter().map(|pin_auth| pin_auth.wrong_pins(now));
        let (wrong_pins, guessed_pins) =
            wrong.fold((0, None), |(all, guessed), (more, other)| (all + more, guessed.max(other)));
        Snapshot {
            uptime: limiter.started.elapsed(),
            counts: counts.ok().flatten(),
            threads,
            connections: limiter.open(),
            refused: limiter.refused(),
            opened,
            cut,
            certificate: cert_manager.expires_at(),
            domain_certificates: cert_manager.domain_certificates(),
            wrong_pins,
            guessed_pins,
            with_people: true,
        }
    }

    /// The same for who may not see who is here.
    pub(crate) fn without_people(self) -> Snapshot {
        Snapshot { with_people: false, ..self }
    }

    /// What does not do its work; with any of it the box is of no use.
    pub(crate) fn stuck(&self) -> Vec<String> {
        let hub = self.counts.is_none().then(|| "hub".to_owned());
        let threads = self.threads.iter().enumerate().filter(|(_, thread)| thread.is_none());
        hub.into_iter().chain(threads.map(|(n, _)| format!("media-{n}"))).collect()
    }

    /// JSON: version, uptime in seconds, whether the box can serve people, and how many there are.
    pub(crate) fn health(&self) -> serde_json::Value {
        let stuck = self.stuck();
        let mut health = json!({
            "version": env!("CARGO_PKG_VERSION"),
            "uptime": self.uptime.as_secs(),
            "ready": stuck.is_empty(),
        });
        if self.with_people {
            let counts = self.counts.unwrap_or_default();
            health["people"] = json!(counts.people);
            health["rooms"] = json!(counts.rooms);
            health["members"] = json!(counts.members);
        }
        if !stuck.is_empty() {
            health["stuck"] = json!(stuck);
        }
        if let Some(guessed) = self.guessed_pins {
            health["guessed_pins"] = json!(guessed);
        }
        health
    }

    /// The OpenMetrics text format, version 1.0.0, which Prometheus and its kin read.
    pub(crate) fn open_metrics(self) -> String {
        let mut registry = Registry::default();
        registry.sub_registry_with_prefix("wizyjno").register_collector(Box::new(self));
        registry.sub_registry_with_prefix("process").register_collector(Box::new(Process));
        let mut text = String::new();
        text::encode(&mut text, &registry).expect("memory does not fail");
        text
    }

    /// Everybody who is in a room.
    pub(crate) fn members(&self) -> impl Iterator<Item = &MemberStats> {
        self.threads.iter().flatten().flat_map(|thread| &thread.members)
    }

    fn encode_box(&self, encoder: &mut MetricsEncoder<'_>) -> fmt::Result {
        encoder.info("build", "The program that runs.", &[("version", env!("CARGO_PKG_VERSION"))])?;
        let uptime = self.uptime.as_secs_f64();
        encoder.gauge("uptime", "Since the box began to serve.", Some(Unit::Seconds), uptime)?;
        let seconds = |moment: &SystemTime| {
            moment.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs_f64()
        };
        encoder.gauge(
            "certificate_not_after_timestamp",
            "When the certificate ends; it is renewed long before.",
            Some(Unit::Seconds),
            seconds(&self.certificate),
        )?;
        let ends = self.domain_certificates.iter();
        encoder.gauges(
            "domain_certificate_not_after_timestamp",
            "When a domain's certificate of another authority, or the owner's, ends.",
            Some(Unit::Seconds),
            ends.map(|(domain, until)| ([("domain", domain.as_str())], seconds(until))),
        )?;
        let connections = self.connections as u64;
        encoder.gauge("connections", "Open connections, of pages and others.", None, connections)?;
        encoder.counter(
            "connections_refused",
            "Connections refused: there were too many.",
            None,
            self.refused,
        )?;
        encoder.counter("pages_opened", "WebSockets opened by pages.", None, self.opened)?;
        encoder.counter("pins_wrong", "Wrong PINs.", None, self.wrong_pins)?;
        encoder.counter("pages_cut", "Pages cut: they did not read what they were sent.", None, self.cut)?;
        encoder.gauge("hub_up", "Whether the lobby answers.", None, u64::from(self.counts.is_some()))?;
        let Some(counts) = self.counts.filter(|_| self.with_people) else { return Ok(()) };
        encoder.gauge("people", "Persons in the lobby.", None, counts.people as u64)?;
        encoder.gauge("rooms", "Rooms.", None, counts.rooms as u64)?;
        encoder.gauge("members", "Persons in rooms.", None, counts.members as u64)?;
        encoder.gauge("invitations", "Invitations that ring.", None, counts.invitations as u64)?;
        encoder.gauge("knocks", "Knocks that wait.", None, counts.knocks as u64)
    }

    fn encode_threads(&self, encoder: &mut MetricsEncoder<'_>) -> fmt::Result {
        let label = |n: usize| [("thread", n as u64)];
        let up = self.threads.iter().enumerate().map(|(n, thread)| (label(n), u64::from(thread.is_some())));
        encoder.gauges("media_thread_up", "Whether the media thread answers.", None, up)?;
        let threads =
            || self.threads.iter().enumerate().filter_map(|(n, thread)| Some((label(n), thread.as_ref()?)));
        let busy = threads().map(|(label, thread)| (label, thread.busy.as_secs_f64()));
        encoder.counters("media_busy", "Time that the thread did not sleep.", Some(Unit::Seconds), busy)?;
        let overload = threads().map(|(label, thread)| {
            let overload = match thread.overload {
                Overload::None => 0_u64,
                Overload::Some => 1,
                Overload::Much => 2,
            };
            (label, overload)
        });
        encoder.gauges("media_strain", "How far it is behind: 0 not, 1 some, 2 much.", None, overload)?;
        let streams = threads().map(|(label, thread)| (label, thread.streams as u64));
        encoder.gauges("media_tcp_connections", "Media connections by TCP.", None, streams)?;
        for (way, counter) in [
            ("received", (|thread| thread.received) as fn(&ThreadStats) -> _),
            ("sent", |thread| thread.sent),
        ] {
            let datagrams = threads().map(|(label, thread)| (label, counter(thread).datagrams));
            encoder.counters(&format!("media_{way}_datagrams"), "Datagrams of any kind.", None, datagrams)?;
            let bytes = threads().map(|(label, thread)| (label, counter(thread).bytes));
            encoder.counters(&format!("media_{way}"), "Bytes in them.", Some(Unit::Bytes), bytes)?;
        }
        let unsent = threads().flat_map(|(_, thread)| SendError::ALL.map(|cause| (cause, thread)));
        let mut sums: BTreeMap<&str, u64> = BTreeMap::new();
        for (cause, thread) in unsent {
            *sums.entry(cause.name()).or_default() += thread.unsent.of(cause);
        }
        let unsent = sums.into_iter().map(|(cause, count)| ([("cause", cause)], count));
        encoder.counters("media_unsent_datagrams", "Datagrams that could not be sent.", None, unsent)
    }

    fn encode_members(&self, encoder: &mut MetricsEncoder<'_>) -> fmt::Result {
        let mut rooms: BTreeMap<u32, u64> = BTreeMap::new();
        let mut members: Vec<_> = self.members().collect();
        members.sort_by_key(|member| (member.room.0, member.member.0));
        for member in &members {
            *rooms.entry(member.room.0).or_default() += 1;
        }
        let sizes = rooms.into_iter().take(LISTED).map(|(room, size)| ([("room", room)], size));
        encoder.gauges("room_members", "Persons in the room.", None, sizes)?;
        let unlisted = members.len().saturating_sub(LISTED) as u64;
        encoder.gauge(
            "members_unlisted",
            "Persons in rooms who are not listed: too many.",
            None,
            unlisted,
        )?;
        members.truncate(LISTED);
        encode_traffic(&members, encoder)?;
        encode_links(&members, encoder)
    }
}

/// The labels of a member.
fn labels(member: &MemberStats) -> [(&'static str, u32); 2] {
    [("room", member.room.0), ("member", member.member.0)]
}

/// What each member sends and gets.
fn encode_traffic(members: &[&MemberStats], encoder: &mut MetricsEncoder<'_>) -> fmt::Result {
    for (way, count) in [
        ("received", (|member| member.stats.received) as fn(&MemberStats) -> _),
        ("sent", |member| member.stats.sent),
    ] {
        let told = |what| {
            if way == "received" { format!("{what} from the page.") } else { format!("{what} to the page.") }
        };
        let packets = members.iter().map(|member| (labels(member), count(member).packets));
        encoder.counters(&format!("member_{way}_packets"), &told("Media packets"), None, packets)?;
        let bytes = members.iter().map(|member| (labels(member), count(member).bytes));
        encoder.counters(&format!("member_{way}"), &told("Bytes of media"), Some(Unit::Bytes), bytes)?;
        let lost = members.iter().map(|member| (labels(member), count(member).lost));
        encoder.counters(
            &format!("member_{way}_lost_packets"),
            &told("Packets lost, and not repaired in time,"),
            None,
            lost,
        )?;
    }
    Ok(())
}

/// How each member is reached.
fn encode_links(members: &[&MemberStats], encoder: &mut MetricsEncoder<'_>) -> fmt::Result {
    let trip =
        members.iter().filter_map(|member| Some((labels(member), member.stats.round_trip?.as_secs_f64())));
    encoder.gauges("member_round_trip", "From the box to the page and back.", Some(Unit::Seconds), trip)?;
    let bandwidth =
        members.iter().filter_map(|member| Some((labels(member), member.stats.bandwidth? as f64 / 8.0)));
    encoder.gauges(
        "member_bandwidth_bytes_per_second",
        "What the page's link is believed to carry, once it was too slow for something.",
        None,
        bandwidth,
    )?;
    let with = |member: &MemberStats, key, value: &str| {
        [
            ("room", member.room.0.to_string()),
            ("member", member.member.0.to_string()),
            (key, value.to_owned()),
        ]
    };
    let pictures = members.iter().flat_map(|member| {
        let count = |wanted| member.stats.layers.iter().filter(|(.., layer)| *layer == wanted).count() as u64;
        LAYERS.map(|(layer, name)| (with(member, "layer", name), count(layer)))
    });
    encoder.gauges("member_pictures", "Pictures that the page gets, by their layer.", None, pictures)?;
    let paths = members.iter().flat_map(|member| {
        WAYS.map(|(way, name)| (with(member, "path", name), u64::from(member.stats.way == way)))
    });
    encoder.gauges("member_path", "How media goes: 1 for the path that it takes.", None, paths)
}

/// Layers as they are called in labels.
const LAYERS: [(Option<usize>, &str); 4] =
    [(None, "none"), (Some(0), "small"), (Some(1), "middle"), (Some(2), "large")];

/// Paths as they are called in labels.
const WAYS: [(Way, &str); 5] = [
    (Way::None, "none"),
    (Way::Direct, "direct"),
    (Way::Relayed(Protocol::Udp), "relay_udp"),
    (Way::Relayed(Protocol::Tcp), "relay_tcp"),
    (Way::Relayed(Protocol::Turn), "relay_tls"),
];

impl Collector for Snapshot {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let mut encoder = MetricsEncoder(encoder);
        self.encode_box(&mut encoder)?;
        self.encode_threads(&mut encoder)?;
        if self.with_people { self.encode_members(&mut encoder) } else { Ok(()) }
    }
}

/// Memory that the program uses, in bytes.
pub(crate) fn memory() -> Option<u64> {
    let stat = procfs::process::Process::myself().and_then(|process| process.stat()).ok()?;
    Some(stat.rss * procfs::page_size())
}

/// What every Prometheus client tells of its process, under the names that all of them use.
#[derive(Debug)]
struct Process;

impl Collector for Process {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let mut encoder = MetricsEncoder(encoder);
        // Where there is no /proc, nothing of it is told.
        let Ok(process) = procfs::process::Process::myself() else { return Ok(()) };
        if let Ok(stat) = process.stat() {
            let ticks = (stat.utime + stat.stime) as f64 / procfs::ticks_per_second() as f64;
            encoder.counter("cpu", "Time of all threads on a core.", Some(Unit::Seconds), ticks)?;
        }
        if let Some(resident) = memory() {
            encoder.gauge("resident_memory", "Memory in use.", Some(Unit::Bytes), resident)?;
        }
        if let Ok(open) = process.fd_count() {
            encoder.gauge("open_fds", "Open files and sockets.", None, open as u64)?;
        }
        if let Ok(limits) = process.limits()
            && let procfs::process::LimitValue::Value(most) = limits.max_open_files.soft_limit
        {
            encoder.gauge("max_fds", "How many there may be.", None, most)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{PersonId, RoomId};
    use crate::media::{SendErrors, Stats, TrafficCounter};

    #[test]
    fn who_does_not_answer_is_named_and_the_box_is_not_ready() {
        let well = snapshot(Some(Counts::default()), vec![Some(thread(0))]);
        assert!(well.stuck().is_empty());
        assert!(well.health()["ready"] == true && well.health()["stuck"].is_null());
        let ill = snapshot(None, vec![Some(thread(0)), None]);
        let health = ill.health();
        assert_eq!(health["ready"], false);
        assert_eq!(health["stuck"], json!(["hub", "media-1"]));
        let told = ill.open_metrics();
        assert!(told.contains("\nwizyjno_hub_up 0\n") && !told.contains("\nwizyjno_people "), "{told}");
        assert!(told.contains("\nwizyjno_media_thread_up{thread=\"1\"} 0\n"), "{told}");
    }

    #[test]
    fn who_may_not_see_people_gets_the_figures_of_the_box() {
        let all = || snapshot(Some(Counts::default()), vec![Some(thread(4))]);
        assert_eq!(all().health()["people"], 0);
        let health = all().without_people().health();
        assert_eq!(health["ready"], true);
        for withheld in ["people", "rooms", "members"] {
            assert!(health[withheld].is_null(), "{health}");
        }
        let (told, all) = (all().without_people().open_metrics(), all().open_metrics());
        for withheld in ["wizyjno_people", "wizyjno_rooms", "wizyjno_members", "room=", "member="] {
            assert!(!told.contains(withheld) && all.contains(withheld), "{withheld} in\n{told}");
        }
        assert!(
            told.contains("\nwizyjno_hub_up 1\n") && told.contains("\nwizyjno_connections 0\n"),
            "{told}"
        );
    }

    #[test]
    fn a_crowd_does_not_make_more_series_than_prometheus_can_bear() {
        let told =
            snapshot(Some(Counts::default()), vec![Some(thread(300)), Some(thread(300))]).open_metrics();
        assert!(told.contains("\nwizyjno_members_unlisted 344\n"));
        let series = told.lines().filter(|line| line.contains("member=\"")).count();
        assert!(series <= LISTED * 20, "{series}");
    }

    fn snapshot(counts: Option<Counts>, threads: Vec<Option<ThreadStats>>) -> Snapshot {
        Snapshot {
            uptime: Duration::from_secs(1),
            counts,
            threads,
            connections: 0,
            refused: 0,
            opened: 0,
            cut: 0,
            certificate: SystemTime::UNIX_EPOCH,
            domain_certificates: vec![],
            wrong_pins: 0,
            guessed_pins: None,
            with_people: true,
        }
    }

    fn thread(members: u32) -> ThreadStats {
        let stats = Stats {
            bandwidth: Some(800_000),
            round_trip: Some(Duration::from_millis(20)),
            ..Stats::default()
        };
        let member = |n| MemberStats { member: PersonId(n), room: RoomId(n / 4), stats: stats.clone() };
        ThreadStats {
            members: (0..members).map(member).collect(),
            busy: Duration::ZERO,
            received: TrafficCounter::default(),
            sent: TrafficCounter::default(),
            unsent: SendErrors::default(),
            overload: Overload::None,
            streams: 0,
        }
    }
}
