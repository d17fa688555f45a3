//! The box's certificate authority on the command line: `wizyjno ca …`. Its key never leaves the folder.

use crate::addresses::host_name;
use crate::command::CaCommand;
use crate::config::Config;
use crate::tls::{self, CaStatus, SubjectNames};
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use time::OffsetDateTime;

/// Why something cannot be done: one sentence that says what to do.
#[derive(Debug, thiserror::Error)]
pub enum CaError {
    #[error(transparent)]
    Tls(#[from] tls::Error),
    #[error("cannot write {path}: {cause}; give another file", path = path.display())]
    Write { path: PathBuf, cause: io::Error },
    #[error("{path} is there already and is no certificate: give another file", path = path.display())]
    InTheWay { path: PathBuf },
}

/// Does what was asked for, and says what it has done.
///
/// # Errors
///
/// What keeps it from being done; then nothing has changed.
pub fn run(command: &CaCommand, config: &Config) -> Result<(), CaError> {
    match command {
        CaCommand::Show => {
            print(&describe(&tls::ca_status(&config.state_dir)?));
        }
        CaCommand::Export { file } if file.as_os_str() == "-" => {
            print(&tls::ca_status(&config.state_dir)?.authority.pem);
        }
        CaCommand::Export { file } => {
            export(&tls::ca_status(&config.state_dir)?.authority.pem, file)?;
            print(&format!("The authority's certificate is in {}.\n", file.display()));
        }
        CaCommand::Renew { new_key } => {
            let (now, names) = (SystemTime::now(), names(config));
            let said = if *new_key {
                let new = tls::replace(&config.state_dir, &config.name, &names, now)?;
                describe(&new) + "\nThis is a new authority: every device must be told to trust it.\n"
            } else {
                describe(&tls::renew(&config.state_dir, &names, now)?)
            };
            print(&(said + "A box that runs takes it over when it is started again.\n"));
        }
    }
    Ok(())
}

fn names(config: &Config) -> SubjectNames {
    let own = format!("{}.local", config.name);
    SubjectNames { dns: [own].into_iter().chain(host_name()).collect(), addresses: Vec::new() }
}

fn describe(status: &CaStatus) -> String {
    let CaStatus { authority, path, valid, hosts, leaf } = status;
    let mut text = format!("{}\n", authority.name);
    let mut line = |what: &str, said: String| text += &format!("  {what:<13}{said}\n");
    line("fingerprint", format!("SHA-256 {}", authority.fingerprint_sha256));
    line("", format!("SHA-1 {} (Windows: Thumbprint)", authority.fingerprint_sha1));
    line("valid", span(*valid));
    let hosts = hosts.iter().map(|host| format!(", {host}")).collect::<String>();
    line("vouches for", format!("names below .local, localhost{hosts}, addresses of local networks"));
    line("certificate", path.display().to_string());
    match leaf {
        Some((names, from, until)) => {
            let addresses = names.addresses.iter().map(ToString::to_string);
            let names: Vec<String> = names.dns.iter().cloned().chain(addresses).collect();
            line("serves with", format!("one for {}", names.join(", ")));
            line("", format!("valid {}", span((*from, *until))));
        }
        None => line("serves with", "none yet; the next start makes one".to_owned()),
    }
    text
}

fn span((from, until): (SystemTime, SystemTime)) -> String {
    format!("from {} until {}", OffsetDateTime::from(from).date(), OffsetDateTime::from(until).date())
}

/// Writes the certificate whole or not at all, for everybody to read. What is there already is replaced
/// only if it is a certificate, and nothing else.
fn export(pem: &str, file: &Path) -> Result<(), CaError> {
    let cannot = |cause| CaError::Write { path: file.to_owned(), cause };
    match fs::symlink_metadata(file) {
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => {}
        found => {
            let old = if found.map_err(cannot)?.is_file() { fs::read(file).map_err(cannot)? } else { vec![] };
            let old = String::from_utf8_lossy(&old);
            if !old.starts_with("-----BEGIN CERTIFICATE-----") || old.contains("PRIVATE KEY") {
                return Err(CaError::InTheWay { path: file.to_owned() });
            }
        }
    }
    let mut new = file.as_os_str().to_owned();
    new.push(format!(".{}.new", std::process::id()));
    let write = || {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o644).open(&new)?;
        file.set_permissions(fs::Permissions::from_mode(0o644))?; // whatever the umask
        file.write_all(pem.as_bytes())?;
        file.sync_all()
    };
    let written = write().and_then(|()| fs::rename(&new, file));
    if written.is_err() {
        let _ = fs::remove_file(&new);
    }
    written.map_err(cannot)
}

/// A reader that has gone is no reason to fail.
fn print(text: &str) {
    let _ = io::stdout().write_all(text.as_bytes());
}
