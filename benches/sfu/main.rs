//! What forwarding costs: packets per CPU second of the relay, beside a plain str0m forwarder (`floor`)
//! and beside UDP with AES-GCM alone (`raw`), in one run on one machine.
//!
//!     cargo bench --bench sfu -- [--scenarios fan:20,fan:50,mesh:10x4,mesh:1x16] [--targets raw,floor,ours]
//!                                [--secs 8] [--repeats 3]
//!     cargo bench --bench sfu -- --play mesh:1x16 [--secs 1]
//!     cargo bench --bench sfu -- --soak MINUTES
//!     cargo bench --bench sfu -- --attack [--secs 8]
//!
//! `fan:N` is one publisher and N subscribers, `mesh:RxN` are R rooms of N who all see each other. A
//! publisher sends VP8 of 1.5 Mbit/s in 30 frames a second (5 packets of 1,200 bytes and a smaller one,
//! back to back) and Opus, 50 packets a second of 100 bytes. The target runs in a process of its own on
//! core 0, the load on core 1. CPU is the target process's own (schedstat): on the loopback that has the
//! receivers' half of the network stack in it, so compare targets with each other, not with a router.
//! Latency is from the stamp in a packet to the kernel's receive stamp; loss is what had not come a
//! second after the window. Debian's Janus can be a target too: see [`janus`]. `turn` is the relay
//! (`ours`) with all its members behind TURN over TLS: see [`turn_wire`].
//!
//! `--play` counts instructions of the pure relay: see [`scenario`]. `--soak` is about lasting, not about speed:
//! see [`soak`]. `--attack` is what a room notices of those who flood its thread with offers: see [`attack`].
#![expect(clippy::disallowed_methods, reason = "a measurement reads the clock")]

mod attack;
mod client_connection;
mod floor;
mod janus;
mod load;
mod ours;
mod packet;
mod raw;
mod scenario;
mod soak;
mod socket;
mod target;
mod turn_wire;

use load::{Load, Member, spread, workload};
use packet::{Shape, stamp_now};
use std::collections::HashMap;
use std::time::{Duration, Instant};
use target::{Target, pin};

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let option = |name: &str, default: &str| {
        let at = arguments.iter().position(|argument| argument == name);
        at.and_then(|at| arguments.get(at + 1)).map_or(default, String::as_str).to_owned()
    };
    match option("--serve", "").as_str() {
        "" => {}
        name @ ("ours" | "turn") => {
            let threads = option("--threads", "1").parse().expect("a number");
            return ours::serve(threads, name == "turn");
        }
        "floor" => return floor::serve(),
        "raw" => return raw::serve(),
        "janus" => return janus::serve(),
        other => panic!("no such target: {other}"),
    }
    if let Ok(minutes) = option("--soak", "").parse() {
        return soak::run(minutes);
    }
    let secs: f64 = option("--secs", "8").parse().expect("a number of seconds");
    let played = option("--play", "");
    if !played.is_empty() {
        return scenario::run(&played, secs);
    }
    pin(1);
    if arguments.iter().any(|argument| argument == "--attack") {
        return attack::run(secs);
    }
    let repeats: usize = option("--repeats", "3").parse().expect("a number");
    println!(
        "| scenario | target | out pkt/s | loss % | p50 us | p99 us | CPU % | pkt per CPU-s | peak RSS MiB |"
    );
    println!("|---|---|---:|---:|---:|---:|---:|---:|---:|");
    for scenario in option("--scenarios", "fan:20,fan:50,mesh:10x4,mesh:1x16").split(',') {
        let mut results: HashMap<String, Vec<Measurement>> = HashMap::new();
        let targets = option("--targets", "raw,floor,ours");
        for _ in 0..repeats {
            for target in targets.split(',') {
                results.entry(target.to_owned()).or_default().push({
                    let mut process = Target::start(target, &[]);
                    measure(&mut process, scenario, secs, |_| {})
                });
            }
        }
        for target in targets.split(',') {
            let mut runs = results.remove(target).expect("it was measured");
            runs.sort_by(|a, b| a.rate().total_cmp(&b.rate()));
            println!("| {scenario} | {target} {}", runs[runs.len() / 2]);
        }
    }
}

/// What one run came to.
struct Measurement {
    secs: f64,
    expected: u64,
    received: u64,
    cpu: f64,
    latencies: Vec<u32>,
    memory: f64,
}

/// `disturb` comes when everybody is heard, two seconds before what counts.
fn measure(process: &mut Target, name: &str, secs: f64, disturb: impl FnOnce(&mut Target)) -> Measurement {
    let now = Instant::now();
    let member = |(room, publishes, subscribes)| Member::new(room, publishes, subscribes, now);
    let mut members: Vec<_> = workload(name).into_iter().map(member).collect();
    spread(&mut members, Shape::FULL, now);
    let mut load = Load::new(members, Shape::FULL, process.name == "raw");
    for n in 0..load.members.len() {
        load.connect(process, n);
    }
    let begin = Instant::now();
    while load.missing() > 0 {
        assert!(
            begin.elapsed() < Duration::from_secs(60),
            "{} {name}: {} missing",
            process.name,
            load.missing()
        );
        load.turn(process, Duration::from_millis(5));
    }
    disturb(process);
    load.run(process, Duration::from_secs(2));
    let before = process.cpu();
    for member in &mut load.members {
        member.sent = 0;
    }
    load.window.0 = stamp_now();
    let start = Instant::now();
    load.run(process, Duration::from_secs_f64(secs));
    load.window.1 = stamp_now();
    let cpu = process.cpu() - before;
    let secs = start.elapsed().as_secs_f64();
    let sent: Vec<u64> = load.members.iter().map(|member| member.sent).collect();
    load.run(process, Duration::from_secs(1));
    let mut expected = 0;
    for (s, subscriber) in load.members.iter().enumerate() {
        let others = load.members.iter().enumerate();
        let seen = others.filter(|(p, other)| subscriber.expects(s, *p, other));
        expected += seen.map(|(p, _)| sent[p]).sum::<u64>();
    }
    let mut latencies = std::mem::take(&mut load.latencies);
    latencies.sort_unstable();
    Measurement { secs, expected, received: load.received, cpu, latencies, memory: process.peak_memory() }
}

impl Measurement {
    /// Packets a CPU second.
    fn rate(&self) -> f64 {
        self.received as f64 / self.cpu
    }

    fn latency(&self, part: f64) -> u32 {
        let at = (self.latencies.len() as f64 * part) as usize;
        self.latencies.get(at.min(self.latencies.len().saturating_sub(1))).copied().unwrap_or(0)
    }
}

impl std::fmt::Display for Measurement {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let loss = 100.0 * (self.expected as f64 - self.received as f64) / self.expected.max(1) as f64;
        write!(
            f,
            "| {:.0} | {loss:.3} | {} | {} | {:.1} | {:.0} | {:.0} |",
            self.received as f64 / self.secs,
            self.latency(0.5),
            self.latency(0.99),
            100.0 * self.cpu / self.secs,
            self.rate(),
            self.memory
        )
    }
}
