//! What signalling costs: the product, and beside it the least that its libraries can do, in one run.
//!
//! `cargo bench --bench signal [-- REPETITIONS]` starts each server on core 0, drives it from core 1 over
//! loopback with a thousand pages, and prints the medians. Two to three minutes a repetition. CPU time is
//! the server's own as the scheduler counts it, so other programs on the machine matter little to it;
//! delays are wall time and upper bounds. `-- spaces [N]` compares the memory of N spaces of ten with that
//! of one lobby with as many people, 10,000 unless said. `docs/performance.md` explains the figures.
#![allow(clippy::disallowed_methods, reason = "a bench is made to look at the clock")]

mod floor;
mod page;
mod process;
mod scenarios;
mod spaces;

use process::Server;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::time::Instant;
use tokio::task::LocalSet;

/// What is measured: its key, its name with the unit, and the most (or least) it should be.
const ROWS: [(&str, &str, &str); 21] = [
    ("start", "start to the first welcome, ms", "≤ 30"),
    ("start_cpu", "… CPU ms", ""),
    ("first_start", "first start, with minting, ms", "≤ 100"),
    ("first_start_cpu", "… CPU ms", ""),
    ("storm_cpu", "1,000 people arrive: CPU s", "≤ 0.45"),
    ("storm_frames", "… frames received by all", "≤ 12,000"),
    ("memory", "… memory a page, KiB", "≤ 24"),
    ("call_cpu", "a call among 8 people: CPU ms", "≤ 0.8"),
    ("call_crowd_cpu", "… among 1,000, who are told of it", ""),
    ("presence_cpu", "32 people tell how they are: CPU µs a message", ""),
    ("media_cpu", "… what they show in a room of all: CPU µs", "≤ 2 ×"),
    ("change_cpu", "50 changes a second: CPU ms a change", "≤ 2.5"),
    ("join_p50", "… a join is seen, p50 ms", "≤ 80"),
    ("join_p99", "… p99 ms", "≤ 200"),
    ("relay", "1 kB passed on: messages a CPU s", "≥ 40,000"),
    ("flooded", "sent to one who does not read, MB", "65"),
    ("growth", "… memory grows by, MB", "≤ 1"),
    ("calm_p50", "… a join without it, p50 ms", ""),
    ("calm_p99", "… p99 ms", ""),
    ("flood_p50", "… a join beside it, p50 ms", "unmoved"),
    ("flood_p99", "… p99 ms", "unmoved"),
];

type Figures = BTreeMap<&'static str, f64>;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    if let [mode, port, leaf] = &words[..]
        && mode == "floor"
    {
        return floor::serve(port.parse().expect("a port"), Path::new(leaf));
    }
    let spaces = words.first().filter(|word| *word == "spaces").map(|_| words.get(1));
    let repetitions = words
        .first()
        .filter(|_| spaces.is_none())
        .map_or(1, |number| number.parse().expect("a number of repetitions"));
    // A thousand pages are a thousand sockets on either side; the servers inherit it.
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).expect("up to its maximum");
    let pinned = Command::new("taskset").args(["-pc", "1", &std::process::id().to_string()]).output();
    assert!(pinned.is_ok_and(|pinned| pinned.status.success()), "needs two cores, and taskset");

    let state = tempfile::tempdir().expect("a temporary folder");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("an event loop");
    if let Some(number) = spaces {
        let number = number.map_or(1000, |number| number.parse().expect("a number of spaces"));
        return LocalSet::new().block_on(&runtime, spaces::compare(state.path(), number));
    }
    let mut all = [const { Vec::new() }; 2];
    for _ in 0..repetitions {
        for (ours, figures) in [true, false].into_iter().zip(&mut all) {
            // A fresh set of tasks each time, so that nothing of one server's pages is left for the next.
            figures.push(LocalSet::new().block_on(&runtime, measure(state.path(), ours)));
        }
    }
    print(&all);
}

async fn measure(state: &Path, ours: bool) -> Figures {
    let start = async |state| {
        let server = if ours { Server::ours(state).await } else { Server::floor(state).await };
        server.expect("the server starts")
    };
    let mut figures = Figures::new();
    // Keys are made at the first start in a place. The floor has the product's.
    let place = tempfile::tempdir().expect("a temporary folder");
    let place = if ours { place.path() } else { state };
    for [time, cpu] in [["first_start", "first_start_cpu"], ["start", "start_cpu"]] {
        let begun = Instant::now();
        let server = start(place).await;
        scenarios::welcome(&server, place).await;
        figures.insert(time, begun.elapsed().as_secs_f64() * 1000.0);
        figures.insert(cpu, server.usage().cpu.as_secs_f64() * 1000.0);
    }
    scenarios::few(&start(state).await, state, &mut figures).await;
    if ours {
        scenarios::room(&start(state).await, state, &mut figures).await;
    } else {
        figures.extend([("presence_cpu", f64::NAN), ("media_cpu", f64::NAN)]);
    }
    scenarios::crowd(&start(state).await, state, &mut figures).await;
    scenarios::relay(&start(state).await, state, &mut figures).await;
    scenarios::slow_reader(&start(state).await, state, &mut figures).await;
    figures
}

fn print([ours, floor]: &[Vec<Figures>; 2]) {
    println!("{:42} {:>10} {:>10} {:>10} {:>7}", "", "to reach", "ours", "floor", "ratio");
    for (key, name, target) in ROWS {
        let (ours, floor) = (median(ours, key), median(floor, key));
        println!("{name:42} {target:>10} {} {} {:7.2}", tidy(ours), tidy(floor), ours / floor);
    }
}

fn median(runs: &[Figures], key: &str) -> f64 {
    let mut values: Vec<f64> = runs.iter().map(|run| run[key]).collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn tidy(value: f64) -> String {
    format!("{value:10.*}", if value.abs() < 100.0 { 2 } else { 0 })
}
