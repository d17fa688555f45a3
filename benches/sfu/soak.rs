//! Whether the relay lasts: one room of sixteen and ten of four on two media threads, in which every two
//! seconds somebody leaves and somebody else comes.
//!
//! Ends with an error if somebody is not heard or seen, a sound is lost, a thread no longer answers, a
//! connection ends by itself, or memory grows. On a busy machine the relay finds itself at its end and leaves
//! pictures out; those are counted as lost, and are no error.

use crate::load::{Heard, Load, Member, spread};
use crate::packet::{Shape, stamp_now};
use crate::target::Target;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// Members of each room.
const ROOMS: [usize; 11] = [16, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4];
/// Between two changes.
const CHANGE: Duration = Duration::from_secs(2);
/// How long anything may take before it counts as stuck, on a busy machine.
const TIMEOUT: Duration = Duration::from_secs(60);
/// By how much memory may grow after the first third, in parts of it.
const GROWTH: f64 = 0.1;

/// Runs so many minutes, and prints a line for each.
pub(crate) fn run(minutes: f64) {
    let mut target = Target::start("ours", &["--threads", "2"]);
    let shape = Shape::SMALL;
    let now = Instant::now();
    let rooms = ROOMS.iter().enumerate().flat_map(|(room, &size)| std::iter::repeat_n(room, size));
    let mut members: Vec<_> = rooms.map(|room| Member::new(room, true, true, now)).collect();
    spread(&mut members, shape, now);
    let mut load = Load::new(members, shape, false);
    for n in 0..load.members.len() {
        load.connect(&mut target, n);
    }
    everybody_is_heard(&mut load, &mut target);
    println!("| minute | changes | packets | sound lost | picture lost | p99 ms | CPU s | resident MiB |");
    println!("|---:|---:|---:|---:|---:|---:|---:|---:|");
    let (begin, mut changes) = (Instant::now(), 0);
    let (mut memory, mut strained) = (Vec::new(), false);
    load.window = (stamp_now(), u64::MAX);
    while begin.elapsed() < Duration::from_secs_f64(60.0 * minutes) {
        let minute = begin + Duration::from_secs(60) * (memory.len() as u32 + 1);
        while Instant::now() < minute {
            strained |= load.strained;
            load.run(&mut target, CHANGE);
            // Whoever has been here longest goes, the rooms in turn.
            let room = changes % ROOMS.len();
            let oldest = load.members.iter().position(|member| member.publishes && member.room == room);
            load.disconnect(&mut target, oldest.expect("a room is never empty"));
            load.members.push(Member::new(room, true, true, Instant::now()));
            load.connect(&mut target, load.members.len() - 1);
            everybody_is_heard(&mut load, &mut target);
            changes += 1;
        }
        both_threads_answer(&mut load, &mut target);
        assert!(load.told.is_empty(), "{:?}", load.told);
        let mut latencies = std::mem::take(&mut load.latencies);
        latencies.sort_unstable();
        let [sound, picture] = [false, true].map(|video| lost(&load, video));
        memory.push(target.memory());
        println!(
            "| {} | {changes} | {} | {sound} | {picture} | {:.1} | {:.1} | {:.1} |",
            memory.len(),
            load.received,
            f64::from(latencies[latencies.len() * 99 / 100]) / 1000.0,
            target.cpu(),
            memory[memory.len() - 1],
        );
        assert_eq!(sound, 0, "sound is never left out");
        assert!(strained || picture == 0, "a picture is repaired");
    }
    let early = memory[..memory.len().div_ceil(3)].iter().copied().fold(0.0, f64::max);
    let late = memory[memory.len() - 1];
    assert!(late <= early * (1.0 + GROWTH), "memory has grown from {early:.1} to {late:.1} MiB");
}

fn everybody_is_heard(load: &mut Load, target: &mut Target) {
    let begin = Instant::now();
    while load.missing() > 0 {
        assert!(begin.elapsed() < TIMEOUT, "{} are not heard", load.missing());
        load.turn(target, Duration::from_millis(5));
    }
}

/// Each thread tells its members: all who are here, and nobody else.
fn both_threads_answer(load: &mut Load, target: &mut Target) {
    target.say(&json!({"what": "count"}));
    let begin = Instant::now();
    let told = loop {
        if let Some(at) = load.told.iter().position(|message| message["what"] == "count") {
            break load.told.remove(at);
        }
        assert!(begin.elapsed() < TIMEOUT, "a thread does not answer");
        load.turn(target, Duration::from_millis(5));
    };
    let mut told: Vec<u64> =
        told["members"].as_array().expect("a list").iter().filter_map(Value::as_u64).collect();
    told.sort_unstable();
    let here = load.members.iter().enumerate().filter(|(_, member)| member.publishes);
    assert_eq!(told, here.map(|(n, _)| n as u64).collect::<Vec<_>>(), "who is here");
}

/// Packets that did not come between the first and the last of a stream.
fn lost(load: &Load, video: bool) -> u32 {
    let heard = load.members.iter().flat_map(|member| member.heard.values());
    heard.map(|kinds| kinds[usize::from(video)]).map(Heard::lost).sum()
}
