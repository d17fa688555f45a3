//! A server as a process of its own on core 0: started, measured, ended.

use std::fs;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use tokio::time::sleep;

const START: Duration = Duration::from_secs(20);

pub(crate) struct Server {
    child: Child,
    pub(crate) port: u16,
}

/// What a server has used since its start, and holds now.
#[derive(Clone, Copy)]
pub(crate) struct Usage {
    pub(crate) cpu: Duration,
    /// Resident bytes.
    pub(crate) memory: u64,
}

impl Server {
    /// The product, with room for as many as the bench sends from one address.
    pub(crate) async fn ours(state: &Path) -> io::Result<Server> {
        Server::ours_with(state, &[]).await
    }

    /// The same with these options.
    pub(crate) async fn ours_with(state: &Path, options: &[&str]) -> io::Result<Server> {
        Server::start(state, |port| {
            let mut command = pinned(Path::new(env!("CARGO_BIN_EXE_wizyjno")));
            let many = "65536"; // the most that it takes
            command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
            command.args(["--listen", "127.0.0.1", "--http-port", "0", "--no-mdns", "--log", "warn"]);
            command.args(["--connections", many, "--connections-per-address", many]);
            command.args(["--https-port", &port.to_string(), "--state-dir"]).arg(state).args(options);
            command
        })
        .await
    }

    /// The least that the same libraries can do, see `floor`; with the product's certificate.
    pub(crate) async fn floor(state: &Path) -> io::Result<Server> {
        let this = std::env::current_exe()?;
        Server::start(state, |port| {
            let mut command = pinned(&this);
            command.args(["floor", &port.to_string()]).arg(state.join("leaf.pem"));
            command
        })
        .await
    }

    async fn start(state: &Path, command: impl FnOnce(u16) -> Command) -> io::Result<Server> {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let child = command(port).stdin(Stdio::null()).stdout(Stdio::null()).spawn()?;
        let mut server = Server { child, port };
        let deadline = Instant::now() + START;
        // The product listens before it has made its keys.
        while !state.join("leaf.pem").exists() || TcpStream::connect(server.address()).await.is_err() {
            if let Some(status) = server.child.try_wait()? {
                return Err(io::Error::other(format!("the server ended at once: {status}")));
            }
            if Instant::now() > deadline {
                return Err(io::ErrorKind::TimedOut.into());
            }
            sleep(Duration::from_millis(1)).await;
        }
        Ok(server)
    }

    pub(crate) fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.port).into()
    }

    pub(crate) fn usage(&self) -> Usage {
        let process = format!("/proc/{}", self.child.id());
        let first = |text: String, before: &str| -> u64 {
            let at = text.find(before).map_or("", |at| &text[at + before.len()..]);
            at.split_whitespace().next().and_then(|number| number.parse().ok()).expect("a figure")
        };
        let read = |path: String| fs::read_to_string(path).expect("the server runs");
        // The scheduler counts nanoseconds for each thread.
        let threads = fs::read_dir(format!("{process}/task")).expect("the server runs");
        let cpu = threads.map(|thread| {
            let thread = thread.expect("a thread").path();
            first(read(format!("{}/schedstat", thread.display())), "")
        });
        Usage {
            cpu: Duration::from_nanos(cpu.sum()),
            memory: first(read(format!("{process}/status")), "VmRSS:") * 1024,
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// On core 0; the load comes from core 1 (see `main`), so that neither takes the other's time.
fn pinned(program: &Path) -> Command {
    let mut command = Command::new("taskset");
    command.args(["--cpu-list", "0"]).arg(program);
    command
}
