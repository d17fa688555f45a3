//! The settings: flags over environment over file over defaults → [`Config`].

use serde::Deserialize;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Where the settings file is when nobody says otherwise.
const FILE: &str = "/etc/wizyjno.toml";

/// Everything that can be set. Each name is a flag, an environment variable and a key of the file.
#[derive(Clone, Debug)]
pub struct Config {
    /// The wanted label on the network: `wizyjno` for `wizyjno.local`.
    pub name: String,
    pub https_port: Port,
    pub http_port: Port,
    /// Addresses to bind; empty: all.
    pub listen: Vec<IpAddr>,
    pub state_dir: PathBuf,
    /// Interfaces that are the LAN; empty: all real ones.
    pub interfaces: Vec<String>,
    pub mdns: bool,
    /// Other names by which people reach the box, such as a domain.
    pub domains: Vec<String>,
    /// Serve the page from this folder instead of the embedded one.
    pub www: Option<PathBuf>,
    pub log: String,
    pub ready_file: Option<PathBuf>,
    /// How many fit into a room.
    pub room_size: usize,
    /// Threads that carry media; 0: as many as the machine has cores.
    pub media_threads: usize,
    /// How long an invitation rings.
    pub ring: Duration,
    /// Connections at a time, in all and from one address.
    pub connections: usize,
    pub connections_per_address: usize,
}

/// A port, and whether another may stand in for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Port {
    pub number: u16,
    /// Taken when `number` may not be bound or is taken; only a port that nobody asked for has one.
    pub instead: Option<u16>,
}

/// One source of settings; what it does not mention is `None`.
#[derive(clap::Args, Deserialize, Default)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Settings {
    /// Name on the network, one DNS label [default: wizyjno]
    #[arg(long, env = "WIZYJNO_NAME")]
    name: Option<String>,
    /// Port of the page, signalling and media; 0: any [default: 443, else 8443]
    #[arg(long, env = "WIZYJNO_HTTPS_PORT", value_name = "PORT")]
    https_port: Option<u16>,
    /// Port of the plain page that leads to trust; 0: any [default: 80, else 8080]
    #[arg(long, env = "WIZYJNO_HTTP_PORT", value_name = "PORT")]
    http_port: Option<u16>,
    /// Addresses to bind [default: all]
    #[arg(long, env = "WIZYJNO_LISTEN", value_name = "ADDRESS", value_delimiter = ',')]
    listen: Option<Vec<IpAddr>>,
    /// Folder of the keys [default: $STATE_DIRECTORY, else the XDG state directory]
    #[arg(long, env = "WIZYJNO_STATE_DIR", value_name = "DIR")]
    state_dir: Option<PathBuf>,
    /// Network interfaces that are the LAN [default: all real ones]
    #[arg(long, env = "WIZYJNO_INTERFACE", value_name = "NAME", value_delimiter = ',')]
    interface: Option<Vec<String>>,
    /// Announce nothing on the network
    #[arg(long, env = "WIZYJNO_NO_MDNS", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    no_mdns: Option<bool>,
    /// Other names by which people reach the box, such as a domain
    #[arg(long, env = "WIZYJNO_DOMAIN", value_name = "NAME", value_delimiter = ',')]
    domain: Option<Vec<String>>,
    /// Serve the page from this folder, for editing [default: the embedded one]
    #[arg(long, value_name = "DIR")]
    www: Option<PathBuf>,
    /// What to log, as a tracing filter [default: info]
    #[arg(long, env = "WIZYJNO_LOG", value_name = "FILTER")]
    log: Option<String>,
    /// Write one line of JSON there once it serves
    #[arg(long, value_name = "FILE")]
    ready_file: Option<PathBuf>,
    /// How many fit into a room [default: 32]
    #[arg(long, env = "WIZYJNO_ROOM_SIZE", value_name = "N")]
    room_size: Option<usize>,
    /// Threads that carry media [default: as many as the machine has cores]
    #[arg(long, env = "WIZYJNO_MEDIA_THREADS", value_name = "N")]
    media_threads: Option<usize>,
    /// How long an invitation rings [default: 30]
    #[arg(long, env = "WIZYJNO_RING_SECONDS", value_name = "SECONDS")]
    ring_seconds: Option<u32>,
    /// Connections at a time in all [default: 4096]
    #[arg(long, env = "WIZYJNO_CONNECTIONS", value_name = "N")]
    connections: Option<usize>,
    /// Connections at a time from one address [default: 64]
    #[arg(long, env = "WIZYJNO_CONNECTIONS_PER_ADDRESS", value_name = "N")]
    connections_per_address: Option<usize>,
}

/// A setting that cannot be: one sentence that says what to do.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("cannot read the settings file {path}: {cause}; mend it or leave out --config")]
    Unreadable { path: PathBuf, cause: std::io::Error },
    #[error("the settings file {path} is wrong: {cause}")]
    Malformed { path: PathBuf, cause: String },
    #[error(
        "--name {0:?} is not one DNS label: use 1 to 63 letters, digits and hyphens, no hyphen at the ends"
    )]
    Name(String),
    #[error("--room-size {0} is out of range: a room holds 2 to 32")]
    RoomSize(usize),
    #[error("--ring-seconds 0 would never ring: use 1 or more")]
    Ring,
    #[error("no place for the keys: give --state-dir, or set HOME")]
    NoStateDir,
}

impl Config {
    /// What the command line and the environment say, over what the file says.
    ///
    /// # Errors
    ///
    /// A setting that cannot be, or a file that cannot be read.
    pub(crate) fn read(settings: Settings, file: Option<&Path>) -> Result<Config, ConfigError> {
        let file = match file {
            Some(path) => Settings::from_file(path)?,
            None if Path::new(FILE).exists() => Settings::from_file(Path::new(FILE))?,
            None => Settings::default(),
        };
        settings.over(file).check()
    }
}

impl Settings {
    fn from_file(path: &Path) -> Result<Settings, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|cause| ConfigError::Unreadable { path: path.to_owned(), cause })?;
        toml::from_str(&text).map_err(|wrong: toml::de::Error| ConfigError::Malformed {
            path: path.to_owned(),
            cause: wrong.to_string().split_whitespace().collect::<Vec<_>>().join(" "),
        })
    }

    /// What is said here, and for the rest what `other` says.
    fn over(self, other: Settings) -> Settings {
        Settings {
            name: self.name.or(other.name),
            https_port: self.https_port.or(other.https_port),
            http_port: self.http_port.or(other.http_port),
            listen: self.listen.or(other.listen),
            state_dir: self.state_dir.or(other.state_dir),
            interface: self.interface.or(other.interface),
            no_mdns: self.no_mdns.or(other.no_mdns),
            domain: self.domain.or(other.domain),
            www: self.www.or(other.www),
            log: self.log.or(other.log),
            ready_file: self.ready_file.or(other.ready_file),
            room_size: self.room_size.or(other.room_size),
            media_threads: self.media_threads.or(other.media_threads),
            ring_seconds: self.ring_seconds.or(other.ring_seconds),
            connections: self.connections.or(other.connections),
            connections_per_address: self.connections_per_address.or(other.connections_per_address),
        }
    }

    fn check(self) -> Result<Config, ConfigError> {
        let name = self.name.unwrap_or_else(|| "wizyjno".into()).to_ascii_lowercase();
        if !is_label(&name) {
            return Err(ConfigError::Name(name));
        }
        let room_size = self.room_size.unwrap_or(32);
        if !(2..=32).contains(&room_size) {
            return Err(ConfigError::RoomSize(room_size));
        }
        let ring = self.ring_seconds.unwrap_or(30);
        if ring == 0 {
            return Err(ConfigError::Ring);
        }
        Ok(Config {
            name,
            https_port: Port::new(self.https_port, 443, 8443),
            http_port: Port::new(self.http_port, 80, 8080),
            listen: self.listen.unwrap_or_default(),
            state_dir: self.state_dir.or_else(state_dir).ok_or(ConfigError::NoStateDir)?,
            interfaces: self.interface.unwrap_or_default(),
            mdns: !self.no_mdns.unwrap_or(false),
            domains: self.domain.unwrap_or_default().iter().map(|name| name.to_ascii_lowercase()).collect(),
            www: self.www,
            log: self.log.unwrap_or_else(|| "info".into()),
            ready_file: self.ready_file,
            room_size,
            media_threads: self.media_threads.unwrap_or(0),
            ring: Duration::from_secs(ring.into()),
            connections: self.connections.unwrap_or(4096),
            connections_per_address: self.connections_per_address.unwrap_or(64),
        })
    }
}

impl Port {
    fn new(wanted: Option<u16>, usual: u16, instead: u16) -> Port {
        match wanted {
            Some(number) => Port { number, instead: None },
            None => Port { number: usual, instead: Some(instead) },
        }
    }
}

/// systemd's own folder, else what the XDG Base Directory Specification says.
fn state_dir() -> Option<PathBuf> {
    let given = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    given("STATE_DIRECTORY")
        .or_else(|| given("XDG_STATE_HOME").map(|home| home.join("wizyjno")))
        .or_else(|| given("HOME").map(|home| home.join(".local/state/wizyjno")))
}

/// RFC 1123, 2.1: what may stand before `.local`.
pub(crate) fn is_label(name: &str) -> bool {
    (1..=63).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && !name.starts_with('-')
        && !name.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(text: &str) -> Settings {
        toml::from_str(text).expect("a good file")
    }

    #[test]
    fn a_flag_goes_over_the_file_and_the_file_over_the_default() {
        let config =
            settings("name = 'flag'").over(settings("name = 'file'\nhttp-port = 8000")).check().unwrap();
        assert_eq!(config.name, "flag");
        assert_eq!(config.http_port, Port { number: 8000, instead: None });
        assert_eq!(config.https_port, Port { number: 443, instead: Some(8443) });
    }

    #[test]
    fn an_unknown_key_is_refused() {
        let wrong = toml::from_str::<Settings>("htps-port = 1").err().expect("a misspelt key");
        assert!(wrong.to_string().contains("htps-port"), "{wrong}");
    }

    #[test]
    fn a_name_is_one_dns_label() {
        for good in ["wizyjno", "a", "box-2"] {
            assert!(is_label(good), "{good}");
        }
        for bad in ["", "a.b", "-a", "a-", "ż", &"x".repeat(64)] {
            assert!(!is_label(bad), "{bad}");
        }
    }
}
