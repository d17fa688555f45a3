//! The settings: flags over environment over file over defaults → [`Config`].
//!
//! Each setting is said once, as a field of [`Config`]: its doc comment is what `--help`, the table of
//! `docs/configuration.md` and the comments of `systemd/wizyjno.toml` say of it, and its parser checks it
//! wherever it comes from. What the file says becomes the default of the command line, so that clap itself
//! decides who goes over whom.

mod file;
mod ice;
mod names;
mod secrets;
mod spaces;
#[cfg(test)]
mod tests;
mod value;

use crate::hosts::is_label;
use crate::space_name::SpaceName;
use clap::builder::{OsStringValueParser, TypedValueParser};
pub(crate) use file::with_defaults_of;
pub use ice::IceSettings;
use ipnet::IpNet;
pub use spaces::SpaceSettings;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::io;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

/// Everything that can be set. Each name is a flag, an environment variable and a key of the file.
#[derive(Clone, Debug, PartialEq, clap::Args)]
#[command(next_help_heading = "Settings")]
pub struct Config {
    /// Name on the network, one DNS label
    #[arg(long, global = true, env = "WIZYJNO_NAME", default_value = "wizyjno", value_parser = name)]
    pub name: String,
    /// Port of the page, signalling and media; 0: any [default: 443, else 8443]
    #[arg(long, global = true, env = "WIZYJNO_HTTPS_PORT", value_name = "PORT", value_parser = port)]
    pub(crate) https_port: Option<u16>,
    /// Port of the plain page that leads to trust; 0: any [default: 80, else 8080]
    #[arg(long, global = true, env = "WIZYJNO_HTTP_PORT", value_name = "PORT", value_parser = port)]
    pub(crate) http_port: Option<u16>,
    /// Addresses to bind [default: all]
    #[arg(long, global = true, env = "WIZYJNO_LISTEN", value_name = "ADDRESS", value_delimiter = ',',
        value_parser = names::address)]
    pub listen: Vec<IpAddr>,
    /// Folder of the keys [default: $STATE_DIRECTORY, else for root /var/lib/wizyjno if the service has made
    /// it, else the XDG state directory]
    #[arg(long, global = true, env = "WIZYJNO_STATE_DIR", value_name = "DIR",
        default_value_os_t = usual_state_dir(), hide_default_value = true,
        value_parser = OsStringValueParser::new().map(PathBuf::from))]
    pub state_dir: PathBuf,
    /// Network interfaces that are the LAN [default: all real ones]
    #[arg(
        long = "interface",
        global = true,
        env = "WIZYJNO_INTERFACE",
        value_name = "NAME",
        value_delimiter = ',',
        value_parser = names::interface
    )]
    pub interfaces: Vec<String>,
    /// Announce nothing on the network
    #[arg(long, global = true, env = "WIZYJNO_NO_MDNS", value_name = "BOOL", num_args = 0..=1,
        require_equals = true, default_value = "false", default_missing_value = "true",
        hide_possible_values = true, action = clap::ArgAction::Set)]
    pub no_mdns: bool,
    /// Names by which the world reaches the box; one of the internet, or an address, gets a certificate by
    /// ACME
    #[arg(long = "domain", global = true, env = "WIZYJNO_DOMAIN", value_name = "NAME", value_delimiter = ',',
        value_parser = names::domain)]
    pub domains: Vec<String>,
    /// Directory of the ACME authority (its terms of service are agreed to), or none, for no certificate by
    /// ACME
    #[arg(long, global = true, env = "WIZYJNO_ACME_DIRECTORY", value_name = "URL",
        default_value = LETS_ENCRYPT, value_parser = names::directory)]
    pub acme_directory: String,
    /// File with the authorities to trust for that directory, PEM [default: the system's]
    #[arg(long, global = true, env = "WIZYJNO_ACME_ROOT", value_name = "FILE")]
    pub acme_root: Option<PathBuf>,
    /// Mail address for the ACME authority's warnings [default: none]
    #[arg(long, global = true, env = "WIZYJNO_ACME_CONTACT", value_name = "ADDRESS",
        value_parser = names::mail)]
    pub acme_contact: Option<String>,
    /// Certificate of the owner's for such names, with its chain (PEM); a change of the file is followed
    /// [default: none]
    #[arg(long, global = true, env = "WIZYJNO_TLS_CERT", value_name = "FILE")]
    pub tls_cert: Option<PathBuf>,
    /// File with the key of that certificate (PEM) [default: none]
    #[arg(long, global = true, env = "WIZYJNO_TLS_KEY", value_name = "FILE")]
    pub tls_key: Option<PathBuf>,
    /// Serve plain HTTP, at http-port or $PORT, to a proxy that ends TLS; no trust page, nothing announced
    #[arg(long, global = true, env = "WIZYJNO_BEHIND_PROXY", value_name = "BOOL", num_args = 0..=1,
        require_equals = true, default_value = "false", default_missing_value = "true",
        hide_possible_values = true, action = clap::ArgAction::Set)]
    pub behind_proxy: bool,
    /// Addresses and ranges of proxies whose forwarded headers and PROXY protocol count [default: none]
    #[arg(long = "trusted-proxy", global = true, env = "WIZYJNO_TRUSTED_PROXY", value_name = "RANGE",
        value_delimiter = ',', value_parser = names::range)]
    pub trusted_proxies: Vec<IpNet>,
    #[command(flatten)]
    pub ice: IceSettings,
    /// Carry no media, where neither UDP nor TCP of its own gets through: two to four people go direct, and
    /// more do not fit into a room
    #[arg(long, global = true, env = "WIZYJNO_NO_RELAY", value_name = "BOOL", num_args = 0..=1,
        require_equals = true, default_value = "false", default_missing_value = "true",
        hide_possible_values = true, action = clap::ArgAction::Set)]
    pub no_relay: bool,
    /// Serve the page from this folder, for editing [default: the embedded one]
    #[arg(long, global = true, env = "WIZYJNO_WWW", value_name = "DIR")]
    pub www: Option<PathBuf>,
    /// What to log, as a tracing filter
    #[arg(long, global = true, env = "WIZYJNO_LOG", value_name = "FILTER", default_value = "info",
        value_parser = log_filter)]
    pub log: String,
    /// Write one line of JSON there once it serves
    #[arg(long, global = true, env = "WIZYJNO_READY_FILE", value_name = "FILE")]
    pub ready_file: Option<PathBuf>,
    /// How many fit into a room, 2 to 32
    #[arg(long, global = true, env = "WIZYJNO_ROOM_SIZE", value_name = "N", default_value = "32",
        value_parser = |text: &str| number(text, 2, ROOM_SIZE_MAX))]
    pub room_size: usize,
    /// Threads that carry media; 0: as many as the machine has cores
    #[arg(long, global = true, env = "WIZYJNO_MEDIA_THREADS", value_name = "N", default_value = "0",
        value_parser = |text: &str| number(text, 0, 26))]
    pub media_threads: usize,
    /// How long an invitation rings
    #[arg(long = "ring-seconds", global = true, env = "WIZYJNO_RING_SECONDS", value_name = "SECONDS",
        default_value = "30", value_parser = |text: &str| number(text, 1, 3600).map(seconds))]
    pub ring_timeout: Duration,
    /// Connections at a time in all
    #[arg(long, global = true, env = "WIZYJNO_CONNECTIONS", value_name = "N", default_value = "4096",
        value_parser = |text: &str| number(text, 1, 65536))]
    pub connections: usize,
    /// Connections at a time from one address
    #[arg(long, global = true, env = "WIZYJNO_CONNECTIONS_PER_ADDRESS", value_name = "N", default_value = "64",
        value_parser = |text: &str| number(text, 1, 65536))]
    pub connections_per_address: usize,
    /// PIN that a device must be told once to come in, 4 to 12 digits [default: none]
    #[arg(long, global = true, env = "WIZYJNO_PIN", value_name = "PIN", hide_env_values = true,
        value_parser = secret)]
    pub pin: Option<Pin>,
    /// File whose first line is the PIN, so that it stands in no list of settings or processes [default:
    /// none]
    #[arg(long, global = true, env = "WIZYJNO_PIN_FILE", value_name = "FILE")]
    pub pin_file: Option<PathBuf>,
    /// Spaces beside the lobby: configured, those of the settings file; or open, any, for whoever has the
    /// address
    #[arg(long = "spaces", global = true, env = "WIZYJNO_SPACES", value_name = "WHICH",
        default_value = "configured", value_parser = names::open_spaces, action = clap::ArgAction::Set)]
    pub open_spaces: bool,
    /// The spaces of the settings file.
    #[arg(skip)]
    pub spaces: BTreeMap<SpaceName, SpaceSettings>,
    /// Password of the owner's page, /status; better given by a file, as flags are seen by all users
    #[arg(long, global = true, env = "WIZYJNO_STATUS_PASSWORD", value_name = "TEXT", hide_env_values = true,
        value_parser = password)]
    pub status_password: Option<String>,
    /// File whose first line is that password
    #[arg(long, global = true, env = "WIZYJNO_STATUS_PASSWORD_FILE", value_name = "FILE")]
    pub status_password_file: Option<PathBuf>,
    /// Whom to tell of a security problem: a URI in /.well-known/security.txt [default: none, and no such
    /// file]
    #[arg(long, global = true, env = "WIZYJNO_SECURITY_CONTACT", value_name = "URI",
        value_parser = names::contact)]
    pub security_contact: Option<String>,
}

/// What people must know to come in: 4 to 12 digits. It does not show itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Pin(String);

/// The most that fit into a room, whatever is set (SECURITY.md).
pub const ROOM_SIZE_MAX: usize = 32;

/// The most that fit into a room without the relay: each page sends to each other one then. SECURITY.md.
pub(crate) const MESH_SIZE_MAX: usize = 4;

/// The directory of Let's Encrypt that browsers trust; the one for tests is never taken instead.
pub(crate) const LETS_ENCRYPT: &str = "https://acme-v02.api.letsencrypt.org/directory";

/// The value of `acme-directory` that asks nobody for certificates.
pub(crate) const NO_DIRECTORY: &str = "none";

/// Where media goes when the HTTPS port will not do: the port of STUN (RFC 8489), with which media begins.
const MEDIA_PORT: u16 = 3478;

/// Where media goes when HTTPS is at that port: there, too; or elsewhere if that is below 1024, because
/// Chromium takes no such candidate of a private address (libwebrtc, `VerifyCandidate`).
pub(crate) fn media_port(https: u16) -> u16 {
    if https >= 1024 { https } else { MEDIA_PORT }
}

/// A port, and whether another may stand in for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PortChoice {
    pub number: u16,
    /// Taken when `number` may not be bound or is taken; only a port that nobody asked for has one.
    pub instead: Option<u16>,
}

/// A setting that cannot be: one sentence that says what to do.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("cannot read the settings file {path}: {cause}; mend it or leave out --config")]
    Unreadable { path: PathBuf, cause: io::Error },
    #[error("the settings file {path} is wrong in line {line}: {problem}")]
    Malformed { path: PathBuf, line: usize, problem: String },
    #[error("cannot read the file {path} of {setting}: {cause}; mend it or take away --{setting}")]
    SecretFile { setting: &'static str, path: PathBuf, cause: io::Error },
    /// Whatever it is instead, it may be nearly the right one, so it is not said.
    #[error("the PIN in {0} must be 4 to 12 digits; choose another")]
    Pin(&'static str),
    #[error("a certificate and its key go together; give --{0} as well")]
    HalfCertificate(&'static str),
    #[error("TURN servers and the secret of their credentials go together; give --{0} as well")]
    HalfTurn(&'static str),
    #[error("relay-always wants the relay that no-relay takes away; leave one of them out")]
    NoWay,
    #[error("the variable PORT cannot be {0:?}: use a number from 0 to 65535, or --http-port")]
    PlatformPort(String),
    #[error("{0}; wizyjno --help says more")]
    CommandLine(String),
    #[error("no place for the keys: give --state-dir, or set HOME")]
    NoStateDir,
}

impl Config {
    pub fn https(&self) -> PortChoice {
        PortChoice::new(self.https_port, 443, 8443)
    }

    pub fn http(&self) -> PortChoice {
        PortChoice::new(self.http_port, 80, 8080)
    }

    /// How many fit into a room.
    pub(crate) fn room_capacity(&self) -> usize {
        if self.no_relay { self.room_size.min(MESH_SIZE_MAX) } else { self.room_size }
    }

    /// Takes the PIN out of its file, if it is in one, and looks at what no parser of one value can.
    pub(crate) fn complete(mut self) -> Result<Config, ConfigError> {
        if self.state_dir.as_os_str().is_empty() {
            return Err(ConfigError::NoStateDir);
        }
        match (&self.tls_cert, &self.tls_key) {
            (Some(_), None) => return Err(ConfigError::HalfCertificate("tls-key")),
            (None, Some(_)) => return Err(ConfigError::HalfCertificate("tls-cert")),
            _ => {}
        }
        match (self.ice.turn.is_empty(), &self.ice.turn_secret_file) {
            (false, None) => return Err(ConfigError::HalfTurn("turn-secret-file")),
            (true, Some(_)) => return Err(ConfigError::HalfTurn("turn")),
            _ => {}
        }
        if self.no_relay && self.ice.relay_always {
            return Err(ConfigError::NoWay);
        }
        if self.behind_proxy && self.http_port.is_none() {
            self.http_port = platform_port(std::env::var_os("PORT"))?;
        }
        let mut place = "the setting pin";
        if let (None, Some(path)) = (&self.pin, &self.pin_file) {
            place = "the file of pin-file";
            self.pin = Some(Pin(secret_in("pin-file", path)?));
        }
        if self.pin.iter().all(Pin::is_good) { Ok(self) } else { Err(ConfigError::Pin(place)) }
    }

    /// The password of the owner's page, if there is one.
    pub(crate) fn read_status_password(&self) -> Result<Option<String>, ConfigError> {
        match &self.status_password_file {
            Some(path) => filled_secret_in("status-password-file", path).map(Some),
            None => Ok(self.status_password.clone()),
        }
    }

    /// The secret that TURN servers share with the box, if there is one.
    pub(crate) fn read_turn_secret(&self) -> Result<Option<String>, ConfigError> {
        let path = self.ice.turn_secret_file.as_ref();
        path.map(|path| filled_secret_in("turn-secret-file", path)).transpose()
    }

    /// Of what differs between these settings and `new` ones, that which only a start can change: sockets,
    /// threads and folders are made once.
    pub fn only_at_start(&self, new: &Config) -> Vec<&'static str> {
        let differs = [
            self.https_port != new.https_port,
            self.http_port != new.http_port,
            self.listen != new.listen,
            self.state_dir != new.state_dir,
            self.behind_proxy != new.behind_proxy,
            self.trusted_proxies != new.trusted_proxies,
            self.ice.public_addresses != new.ice.public_addresses,
            self.no_relay != new.no_relay,
            self.www != new.www,
            self.ready_file != new.ready_file,
            self.media_threads != new.media_threads,
            self.connections != new.connections,
            self.status_password != new.status_password,
            self.status_password_file != new.status_password_file,
            self.security_contact != new.security_contact,
        ];
        AT_START.into_iter().zip(differs).filter(|(_, differs)| *differs).map(|(name, _)| name).collect()
    }
}

/// The settings that only a start can change, in the order of [`Config::only_at_start`].
const AT_START: [&str; 15] = [
    "https-port",
    "http-port",
    "listen",
    "state-dir",
    "behind-proxy",
    "trusted-proxy",
    "public-address",
    "no-relay",
    "www",
    "ready-file",
    "media-threads",
    "connections",
    "status-password",
    "status-password-file",
    "security-contact",
];

impl PortChoice {
    fn new(wanted: Option<u16>, usual: u16, instead: u16) -> PortChoice {
        match wanted {
            Some(number) => PortChoice { number, instead: None },
            None => PortChoice { number: usual, instead: Some(instead) },
        }
    }
}

impl Pin {
    pub(crate) fn digits(&self) -> &str {
        &self.0
    }

    fn is_good(&self) -> bool {
        (4..=12).contains(&self.0.len()) && self.0.bytes().all(|byte| byte.is_ascii_digit())
    }
}

impl FromStr for Pin {
    type Err = ();

    fn from_str(text: &str) -> Result<Pin, ()> {
        let pin = Pin(text.to_owned());
        if pin.is_good() { Ok(pin) } else { Err(()) }
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pin(…)")
    }
}

fn secret_in(setting: &'static str, path: &Path) -> Result<String, ConfigError> {
    secrets::first_line(path).map_err(|cause| ConfigError::SecretFile {
        setting,
        path: path.to_owned(),
        cause,
    })
}

/// One that is not empty.
fn filled_secret_in(setting: &'static str, path: &Path) -> Result<String, ConfigError> {
    match secret_in(setting, path)? {
        empty if empty.is_empty() => {
            let cause = io::Error::other("its first line is empty");
            Err(ConfigError::SecretFile { setting, path: path.to_owned(), cause })
        }
        secret => Ok(secret),
    }
}

/// The port that a hosting platform gives to what it runs; `None`: it gives none.
fn platform_port(given: Option<OsString>) -> Result<Option<u16>, ConfigError> {
    let Some(given) = given.filter(|given| !given.is_empty()) else { return Ok(None) };
    let number = given.to_str().and_then(|text| text.parse().ok());
    number.map(Some).ok_or_else(|| ConfigError::PlatformPort(given.to_string_lossy().into_owned()))
}

// What each kind of value may be; the error is the end of a sentence that has named the setting.

fn name(text: &str) -> Result<String, String> {
    let name = text.to_ascii_lowercase();
    let wrong = "use one DNS label, 1 to 63 letters, digits and hyphens, no hyphen at the ends";
    if is_label(&name) { Ok(name) } else { Err(wrong.into()) }
}

/// An empty one would open the owner's page to everybody who says nothing.
fn password(text: &str) -> Result<String, String> {
    match text.trim().is_empty() {
        true => Err("use a password that is not empty, or leave the setting out".into()),
        false => Ok(text.to_owned()),
    }
}

/// Looked at in [`Config::complete`], because what is said here of a wrong value repeats it.
fn secret(text: &str) -> Result<Pin, String> {
    Ok(Pin(text.to_owned()))
}

fn port(text: &str) -> Result<u16, String> {
    text.parse().map_err(|_| "use a number from 0 to 65535".into())
}

fn number(text: &str, least: usize, most: usize) -> Result<usize, String> {
    let number = text.parse().ok().filter(|number| (least..=most).contains(number));
    number.ok_or_else(|| format!("use a number from {least} to {most}"))
}

fn seconds(number: usize) -> Duration {
    Duration::from_secs(number as u64)
}

fn log_filter(text: &str) -> Result<String, String> {
    match tracing_subscriber::EnvFilter::try_new(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(_) => Err("use a level (error, warn, info, debug, trace) or a tracing filter".into()),
    }
}

/// systemd's own folder, also for root who looks after it; else what the XDG Base Directory Specification
/// says; empty if there is none.
fn usual_state_dir() -> PathBuf {
    let service = || PathBuf::from("/var/lib/wizyjno");
    let for_root = rustix::process::geteuid().is_root() && service().exists();
    let given = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    given("STATE_DIRECTORY")
        .or_else(|| for_root.then(service))
        .or_else(|| given("XDG_STATE_HOME").map(|home| home.join("wizyjno")))
        .or_else(|| given("HOME").map(|home| home.join(".local/state/wizyjno")))
        .unwrap_or_default()
}
