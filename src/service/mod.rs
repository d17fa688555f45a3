//! The box as a service of systemd: `wizyjno service …`, and what passes between the two while it runs.

mod install;
pub(crate) mod notify;
mod sockets;

use crate::command::ServiceCommand;
pub(crate) use sockets::ActivationSockets;
use std::io;
use std::path::PathBuf;
use std::process::Command;

const UNIT: &str = "wizyjno.service";

/// Why something cannot be done: one sentence that says what to do.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    #[error("this machine does not run systemd; start `wizyjno` with what starts its other services")]
    NoSystemd,
    #[error("cannot run systemctl: {0}; check that systemd is whole")]
    NoSystemctl(io::Error),
    #[error("only root may change services; run `sudo wizyjno service {what}`")]
    NotRoot { what: &'static str },
    #[error("a package has installed the service; `apt install` and `apt remove` look after it")]
    Packaged,
    #[error("cannot change {path}: {cause}; check that the disk is neither full nor read-only")]
    File { path: PathBuf, cause: io::Error },
    #[error("systemctl {verb} failed; `journalctl --unit wizyjno` says why")]
    Systemctl { verb: String },
    #[error("the service is not installed; `sudo wizyjno service install` does that")]
    NotInstalled,
    #[error("the service is {state}; `journalctl --unit wizyjno` says why")]
    NotRunning { state: String },
}

/// Does what was asked for, and says what it does.
///
/// # Errors
///
/// What keeps it from being done. For `status`: the service does not run.
pub fn run(command: ServiceCommand) -> Result<(), ServiceError> {
    if !sd_notify::booted().unwrap_or(false) {
        return Err(ServiceError::NoSystemd);
    }
    match command {
        ServiceCommand::Install => install::install(),
        ServiceCommand::Uninstall => install::uninstall(),
        ServiceCommand::Status => status(),
    }
}

fn status() -> Result<(), ServiceError> {
    let unit = Unit::look()?;
    if unit.path.is_empty() {
        return Err(ServiceError::NotInstalled);
    }
    if unit.state != "active" {
        return Err(ServiceError::NotRunning { state: unit.state });
    }
    println!("The service runs ({}): {}", unit.path, unit.text);
    match unit.starts.as_str() {
        "enabled" => println!("It starts with the machine."),
        _ => println!("It does not start with the machine; `systemctl enable wizyjno` changes that."),
    }
    Ok(())
}

/// What systemd knows of the service.
struct Unit {
    /// The unit file; empty: there is none.
    path: String,
    /// `active`, `failed`, …
    state: String,
    /// What the box says of itself.
    text: String,
    /// `enabled`, `disabled`, …
    starts: String,
}

impl Unit {
    fn look() -> Result<Unit, ServiceError> {
        let properties = "--property=FragmentPath,ActiveState,StatusText,UnitFileState";
        let answer = Command::new("systemctl")
            .args(["show", UNIT, properties])
            .output()
            .map_err(ServiceError::NoSystemctl)?;
        let answer = String::from_utf8_lossy(&answer.stdout);
        let said = |name: &str| {
            let line = answer.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
            line.unwrap_or_default().to_owned()
        };
        Ok(Unit {
            path: said("FragmentPath"),
            state: said("ActiveState"),
            text: said("StatusText"),
            starts: said("UnitFileState"),
        })
    }
}
