//! A target in a process of its own, and how it is spoken to: lines of JSON, both ways.

use serde_json::Value;
use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};

pub(crate) const LOCAL: Ipv4Addr = Ipv4Addr::LOCALHOST;

/// See the [module](self).
pub(crate) struct Target {
    pub(crate) name: String,
    child: Child,
    /// What is measured: the child, unless that speaks for another one.
    process: u32,
    /// The address from which it is talked to.
    pub(crate) here: IpAddr,
    /// What clients of its TURN need to know, if it is reached by that.
    pub(crate) turn: Value,
    input: ChildStdin,
    /// What it has said.
    pub(crate) said: Receiver<Value>,
}

impl Target {
    /// `more`: further words for its command line.
    pub(crate) fn start(name: &str, more: &[&str]) -> Target {
        let mut command = Command::new(std::env::current_exe().expect("it runs"));
        command.args(["--serve", name]).args(more).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("it can be run again");
        let input = child.stdin.take().expect("piped");
        let output = BufReader::new(child.stdout.take().expect("piped"));
        let (tell, said) = channel();
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                let _ = tell.send(serde_json::from_str(&line).expect("JSON"));
            }
        });
        let ready: Value = said.recv().expect("it says that it is ready");
        assert_eq!(ready["what"], "ready");
        let process = ready["process"].as_u64().map_or(child.id(), |process| process as u32);
        let here = ready["here"].as_str().map_or(LOCAL.into(), |here| here.parse().expect("an address"));
        Target { name: name.to_owned(), child, process, here, turn: ready["turn"].clone(), input, said }
    }

    pub(crate) fn say(&mut self, message: &Value) {
        writeln!(self.input, "{message}").expect("it listens");
    }

    /// Seconds that it has been on a core.
    pub(crate) fn cpu(&self) -> f64 {
        let tasks = fs::read_dir(format!("/proc/{}/task", self.process)).expect("it runs");
        let nanoseconds: u64 = tasks
            .flatten()
            .filter_map(|task| fs::read_to_string(task.path().join("schedstat")).ok())
            .filter_map(|text| text.split(' ').next()?.parse::<u64>().ok())
            .sum();
        nanoseconds as f64 / 1e9
    }

    /// The most memory it has had, in MiB.
    pub(crate) fn peak_memory(&self) -> f64 {
        self.status("VmHWM")
    }

    /// The memory it has, in MiB.
    pub(crate) fn memory(&self) -> f64 {
        self.status("VmRSS")
    }

    fn status(&self, field: &str) -> f64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process)).expect("it runs");
        let line = status.lines().find(|line| line.starts_with(field)).expect("Linux tells");
        line.split_whitespace().nth(1).and_then(|text| text.parse::<f64>().ok()).expect("kB") / 1024.0
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Lines that come on standard input.
pub(crate) fn orders() -> Receiver<Value> {
    let (tell, orders) = channel();
    std::thread::spawn(move || {
        for line in io::stdin().lines().map_while(Result::ok) {
            let _ = tell.send(serde_json::from_str(&line).expect("JSON"));
        }
        std::process::exit(0);
    });
    orders
}

pub(crate) fn answer(message: &Value) {
    let mut output = io::stdout().lock();
    writeln!(output, "{message}").and_then(|()| output.flush()).expect("somebody listens");
}

pub(crate) fn target_address() -> SocketAddr {
    SocketAddr::new(IpAddr::V4(LOCAL), 18_555)
}

/// Keeps this process on one core.
pub(crate) fn pin(core: usize) {
    let mut set = rustix::thread::CpuSet::new();
    set.set(core);
    let _ = rustix::thread::sched_setaffinity(None, &set);
}
