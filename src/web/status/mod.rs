//! The owner's page, `/status`: who is on, in which room, by which path, and how the box bears it.
//!
//! For whom it is, `web/access.rs` says. It needs no script: the browser reloads it by itself.

mod words;

use self::words::StatusWords;
use super::access::Access;
use super::response::{self, Body};
use super::state::AppState;
use crate::ids::PersonId;
use crate::language::Language;
use crate::media::{MemberStats, Protocol, ThreadStats, Way};
use crate::metrics::{self, Snapshot};
use crate::protocol::{Person, Status};
use crate::relay::Overload;
use crate::space_name::SpaceName;
use hyper::Response;
use maud::{DOCTYPE, Markup, html};
use std::collections::HashMap;
use std::time::{Duration, SystemTime};
use tokio::time::{sleep, timeout};

/// Seconds after which the browser reloads the page.
const REFRESH_SECONDS: u64 = 10;
/// Over so much time the load of the threads is measured.
const LOAD_INTERVAL: Duration = Duration::from_millis(300);
/// For the list of people.
const PEOPLE_TIMEOUT: Duration = Duration::from_secs(2);

/// Answers who may see it.
pub(super) async fn answer(state: &AppState, language: Language) -> Response<Body> {
    let words = StatusWords::of(language);
    let before = state.snapshot(Access::Granted).await;
    sleep(LOAD_INTERVAL).await;
    let now = state.snapshot(Access::Granted).await;
    let people = timeout(PEOPLE_TIMEOUT, state.hub.people()).await.ok().flatten().unwrap_or_default();
    let name = state.host_names().names.into_iter().next().unwrap_or_default();
    response::page(page(words, &name, people, &before, &now, SystemTime::now()).into_string())
}

fn page(
    words: &StatusWords,
    name: &str,
    mut people: Vec<(Option<SpaceName>, Person)>,
    before: &Snapshot,
    now: &Snapshot,
    clock: SystemTime,
) -> Markup {
    let stuck = now.stuck();
    let stats: HashMap<PersonId, &MemberStats> =
        now.members().map(|member| (member.member, member)).collect();
    // Rooms together, who is in none last.
    people.sort_by_key(|(space, person)| {
        (space.clone(), person.room.is_none(), person.room.map(|room| room.0), person.name.to_lowercase())
    });
    let passed = now.uptime.saturating_sub(before.uptime);
    html! {
        (DOCTYPE)
        html lang=(words.language.code()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="refresh" content=(REFRESH_SECONDS);
                title { (words.title) " · " (name) }
                link rel="icon" href="/icon.svg";
                link rel="stylesheet" href="/style/tokens.css";
                link rel="stylesheet" href="/style/status.css";
            }
            body {
                main class="status" {
                    header class="status-head" {
                        h1 { (name) }
                        p class="status-state" data-well=(stuck.is_empty()) {
                            @if stuck.is_empty() { (words.well) } @else { (words.stuck) ": " (stuck.join(", ")) }
                        }
                    }
                    section { h2 { (words.people) } (list(words, &people, &stats)) }
                    section { h2 { (words.the_box) } (the_box(words, now, clock)) }
                    section { h2 { (words.threads) } (threads(words, before, now, passed)) }
                }
            }
        }
    }
}

fn list(
    words: &StatusWords,
    people: &[(Option<SpaceName>, Person)],
    stats: &HashMap<PersonId, &MemberStats>,
) -> Markup {
    if people.is_empty() {
        return html! { p class="status-quiet" { (words.nobody) } };
    }
    html! {
        div class="status-wide" tabindex="0" role="region" aria-label=(words.people) {
            table {
                thead { tr {
                    @for head in [words.name, words.status, words.room, words.path, words.round_trip, words.lost_up, words.lost_down] {
                        th scope="col" { (head) }
                    }
                } }
                tbody { @for (space, person) in people {
                    (line(words, space.as_ref(), person, stats.get(&person.id).copied()))
                } }
            }
        }
    }
}

fn line(
    words: &StatusWords,
    space: Option<&SpaceName>,
    person: &Person,
    member: Option<&MemberStats>,
) -> Markup {
    let status = match person.status {
        _ if person.reconnecting => words.reconnecting,
        Status::Available => words.available,
        Status::InCall => words.in_call,
        Status::Away => words.away,
        Status::DoNotDisturb => words.do_not_disturb,
    };
    let stats = member.map(|member| &member.stats);
    let path = stats.map(|stats| match stats.way {
        Way::None => words.no_path,
        Way::Direct => words.direct,
        Way::Relayed(Protocol::Udp) => words.relay,
        Way::Relayed(Protocol::Tcp) => words.relay_tcp,
        Way::Relayed(Protocol::Turn) => words.relay_tls,
    });
    // While the direct path carries them, nothing of it is measured here.
    let measured = stats.filter(|stats| matches!(stats.way, Way::Relayed(_)));
    let trip = measured.and_then(|stats| stats.round_trip);
    html! {
        tr {
            th scope="row" { (person.name) @if let Some(space) = space { " · " (space) } }
            td { (status) }
            td { @if let Some(room) = person.room { (room) @if person.locked { " · " (words.locked) } } }
            td { (path.unwrap_or_default()) }
            td class="status-number" { @if let Some(trip) = trip { (trip.as_millis()) " ms" } }
            td class="status-number" { @if let Some(stats) = measured { (percent(stats.received.loss.into())) } }
            td class="status-number" { @if let Some(stats) = measured { (percent(stats.sent.loss.into())) } }
        }
    }
}

fn the_box(words: &StatusWords, now: &Snapshot, clock: SystemTime) -> Markup {
    let counts = now.counts.unwrap_or_default();
    // A clock that is beyond the certificate's end is more often wrong than right, but so it is.
    let days = |until: SystemTime| until.duration_since(clock).unwrap_or_default().as_secs() / 86_400;
    html! {
        dl class="status-facts" {
            (fact(words.version, env!("CARGO_PKG_VERSION")))
            (fact(words.up, &span(now.uptime)))
            (fact(words.rooms, &counts.rooms.to_string()))
            (fact(words.in_rooms, &counts.members.to_string()))
            (fact(words.connections, &now.connections.to_string()))
            @if let Some(memory) = metrics::memory() { (fact(words.memory, &format!("{} MiB", memory >> 20))) }
            (fact(words.certificate, &in_days(words, days(now.certificate))))
            @for (domain, until) in &now.domain_certificates {
                (fact(&format!("{} · {domain}", words.certificate), &in_days(words, days(*until))))
            }
        }
    }
}

fn fact(name: &str, value: &str) -> Markup {
    html! { div { dt { (name) } dd { (value) } } }
}

fn threads(words: &StatusWords, before: &Snapshot, now: &Snapshot, passed: Duration) -> Markup {
    let all = now.threads.iter().enumerate();
    html! {
        div class="status-wide" tabindex="0" role="region" aria-label=(words.threads) {
            table {
                thead { tr {
                    @for head in [words.thread, words.state, words.load, words.in_rooms, words.received, words.sent] {
                        th scope="col" { (head) }
                    }
                } }
                tbody { @for (n, thread) in all {
                    @let earlier = before.threads.get(n).and_then(Option::as_ref);
                    tr { th scope="row" { "media-" (n) } (thread_cells(words, earlier, thread.as_ref(), passed)) }
                } }
            }
        }
    }
}

fn thread_cells(
    words: &StatusWords,
    before: Option<&ThreadStats>,
    now: Option<&ThreadStats>,
    passed: Duration,
) -> Markup {
    let Some(now) = now else { return html! { td colspan="5" class="status-ill" { (words.stuck) } } };
    let strain = match now.overload {
        Overload::None => words.at_ease,
        Overload::Some => words.strained,
        Overload::Much => words.strained_much,
    };
    let seconds = passed.as_secs_f64().max(0.001);
    let busy = before.map(|before| now.busy.saturating_sub(before.busy).as_secs_f64() / seconds);
    let rate = |tally: fn(&ThreadStats) -> u64| {
        let bytes = before.map_or(0, |before| tally(now).saturating_sub(tally(before)));
        rate_of(words, bytes as f64 / seconds)
    };
    html! {
        td { (strain) }
        td class="status-number" { (percent(busy.unwrap_or_default())) }
        td class="status-number" { (now.members.len()) }
        td class="status-number" { (rate(|thread| thread.received.bytes)) }
        td class="status-number" { (rate(|thread| thread.sent.bytes)) }
    }
}

/// Of bytes a second.
fn rate_of(words: &StatusWords, bytes: f64) -> String {
    format!("{:.1} Mbit/s", bytes * 8.0 / 1e6).replace('.', words.point)
}

fn in_days(words: &StatusWords, days: u64) -> String {
    format!("{days} {}", if days == 1 { words.day } else { words.days })
}

fn percent(part: f64) -> String {
    format!("{:.0} %", part.clamp(0.0, 1.0) * 100.0)
}

/// `3 d 4 h`, `4 h 5 min`, `5 min`.
fn span(time: Duration) -> String {
    let minutes = time.as_secs() / 60;
    let (days, hours, minutes) = (minutes / 1440, minutes / 60 % 24, minutes % 60);
    match (days, hours) {
        (0, 0) => format!("{minutes} min"),
        (0, _) => format!("{hours} h {minutes} min"),
        _ => format!("{days} d {hours} h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_the_language_writes_them() {
        for (language, rate, day, days) in [
            (Language::English, "1.5 Mbit/s", "1 day", "0 days"),
            (Language::Polish, "1,5 Mbit/s", "1 dzień", "0 dni"),
            (Language::Silesian, "1,5 Mbit/s", "1 dziyń", "0 dni"),
        ] {
            let words = StatusWords::of(language);
            assert_eq!(rate_of(words, 187_500.0), rate);
            assert_eq!([in_days(words, 1), in_days(words, 0)], [day, days]);
        }
    }

    #[test]
    fn a_time_is_told_in_its_two_largest_units() {
        for (seconds, told) in [(59, "0 min"), (3_700, "1 h 1 min"), (200_000, "2 d 7 h")] {
            assert_eq!(span(Duration::from_secs(seconds)), told);
        }
    }
}
