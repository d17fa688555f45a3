//! Wizyjno Godka: one binary that lets everybody on a local network video-call each other.
//!
//! A pure core decides, a thin shell acts. ParsedCert order:
//!
//! - pure: [`ids`], [`relay`] (what is asked of the relay and told of it), [`protocol`] (everything that is said on the wire), [`lobby`] (who is here, who
//!   calls whom, who is in which room), [`sfu`] (whose sound and picture goes to whom);
//! - shell: [`command`] and [`config`] (what is asked for), [`log`], `hub` (the task that owns the lobby),
//!   `listening` and `files` (what others give the box: ports and files),
//!   `outbox` (what waits for one page),
//!   [`media`] (the threads that own the relay and its sockets), `web` (TCP → TLS → HTTP → WebSocket),
//!   `doors` (who is connected), `gate` (who may come in), [`tls`] (the local authority), [`addresses`], [`discovery`] (the name on
//!   the network), `metrics`, `banner`, [`ca`], [`doctor`] and [`service`] (the other commands).
//!
//! [`run`] ties them together.
// The shell is where the clock is read; the pure half turns this on again.
#![allow(clippy::disallowed_methods)]

#[warn(clippy::disallowed_methods)]
pub mod ids;
#[warn(clippy::disallowed_methods)]
pub mod lobby;
#[warn(clippy::disallowed_methods)]
pub mod protocol;
#[warn(clippy::disallowed_methods)]
pub mod relay;
#[warn(clippy::disallowed_methods)]
pub mod sfu;

pub mod addresses;
mod banner;
pub mod ca;
pub mod command;
pub mod config;
mod connection_limiter;
pub mod discovery;
pub mod doctor;
mod files;
mod hub;
mod language;
mod listening;
pub mod log;
pub mod media;
mod metrics;
mod outbox;
mod pin_auth;
pub mod service;
pub mod tls;
mod web;

#[doc(hidden)] // to be seen by fuzz/ only
pub use web::fuzzing as http_fuzzing;

use addresses::Lan;
use command::Command;
use config::{Config, Port};
use connection_limiter::ConnectionLimiter;
use discovery::{Discovery, Ports};
use doctor::Doctor;
use hub::Hub;
use listening::{ListenError, listen};
use lobby::{Identity, Lobby, Rules};
use log::Log;
use media::{Media, Setup};
use pin_auth::PinAuth;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use service::{ActivationSockets, notify};
use std::io::{self, IsTerminal};
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::path::PathBuf;
use std::sync::{Arc, RwLock};
use std::time::{Duration, SystemTime};
use tls::{CertManager, SubjectNames};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{mpsc, watch};
use tokio::time::{sleep, timeout};
use web::{Assets, EventStreams, HostNames, Listener, Password, Site};

/// How long the hub may take to tell every page that the box stops, whatever waits before that.
const HUB_STOP_TIMEOUT: Duration = Duration::from_millis(500);
/// How long everybody has to take leave when the box stops.
const CLOSE_TIMEOUT: Duration = Duration::from_millis(2500);
/// How long what still runs on other threads may take then. All of them and the media threads' second are below 5 s.
const RUNTIME_SHUTDOWN_TIMEOUT: Duration = Duration::from_millis(500);

/// RenewalReason the box cannot start: one sentence that says what to do.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Port(#[from] ListenError),
    #[error(transparent)]
    Tls(#[from] tls::Error),
    #[error("cannot see this machine's network interfaces: {0}; check that the kernel has rtnetlink")]
    Interfaces(io::Error),
    #[error("cannot write the ready file {path}: {cause}; give another place with --ready-file")]
    ReadyFile { path: PathBuf, cause: io::Error },
    #[error("cannot read a password from {path}: {cause}; mend the file of --status-password-file")]
    Password { path: PathBuf, cause: io::Error },
    #[error("the folder {0} of --www is not there")]
    Www(PathBuf),
    #[error("this machine gives no event loop: {0}; check the limits on open files and memory")]
    Runtime(#[from] io::Error),
}

/// Serves until SIGTERM or SIGINT, on one thread: a thousand people are a small part of one core, and
/// nothing has to be handed from core to core.
///
/// # Errors
///
/// Only what keeps it from starting.
pub fn run(config: Config, log: &Log) -> Result<(), StartError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let ended = runtime.block_on(serve(config, log));
    runtime.shutdown_timeout(RUNTIME_SHUTDOWN_TIMEOUT);
    ended
}

async fn serve(mut config: Config, log: &Log) -> Result<(), StartError> {
    // 0. Signals, whose default is to end the process: whoever started it may send one at any time.
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut hangup = signal(SignalKind::hangup())?;

    if let Some(www) = config.www.as_ref().filter(|www| !www.is_dir()) {
        return Err(StartError::Www(www.clone()));
    }
    let password = password(&config)?;
    // 1. The ports, before anything is written anywhere.
    allow_many_connections();
    let given = ActivationSockets::from_environment();
    let https = listen(&config.listen, config.https(), "https-port", given.https)?;
    let http = listening::listen_plain(&config.listen, config.http(), given.http)?;
    let https_port = listening::port(&https).expect("a listening socket has an address");
    let ports = Ports { https: https_port, http: listening::port(&http) };

    // 2. Who we are.
    let mut lan = addresses::watch(config.interfaces.clone()).map_err(StartError::Interfaces)?;
    let wanted = format!("{}.local", config.name);
    let mut host_names = host_names(&wanted, &config, &lan.borrow_and_update());
    let names = |host_names: &HostNames| SubjectNames {
        dns: host_names.names.clone(),
        addresses: host_names.addresses.clone(),
    };
    let cert_manager =
        Arc::new(CertManager::open(&config.state_dir, &config.name, &names(&host_names), SystemTime::now())?);

    // 3. The lobby and the doors to it.
    let assets = config.www.clone().map_or_else(Assets::embedded, Assets::folder);
    let page = assets.version().map(str::to_owned);
    let identity = Identity { host: wanted.clone(), version: env!("CARGO_PKG_VERSION").into(), page };
    let now = std::time::Instant::now();
    let lobby = Lobby::new(rules(&config), identity, cert_manager.secret(), random_seed(), now);
    let (media, relayed) = start_media(&config, ports.https, &host_names.addresses, given.media)?;
    // Media by TCP comes where media by UDP does.
    let mut https = https;
    if media.port() != ports.https {
        let port = Port { number: media.port(), instead: None };
        match listen(&config.listen, port, "https-port", given.media_tcp) {
            Ok(more) => https.extend(more),
            Err(cause) => tracing::warn!(port = media.port(), %cause, "no media by TCP"),
        }
    }
    let (hub, hub_task) = Hub::start(lobby, media.clone(), relayed, config.connections);
    let site = Arc::new(Site {
        hub: hub.clone(),
        media: media.clone(),
        streams: EventStreams::default(),
        assets,
        cert_manager: cert_manager.clone(),
        limiter: Arc::new(ConnectionLimiter::new(config.connections, config.connections_per_address)),
        https_port: ports.https,
        pin_auth: Arc::new(PinAuth::new(&cert_manager.secret(), config.pin.as_ref())),
        doctor: Doctor::new(at_ports(&config, ports)),
        host_names: RwLock::new(host_names.clone()),
        password,
    });
    let (stop, stopping) = watch::channel(false);
    let doors = https.into_iter().map(|listener| (listener, Listener::Https));
    for (listener, door) in doors.chain(http.into_iter().map(|listener| (listener, Listener::Http))) {
        tokio::spawn(web::serve(listener, door, site.clone(), stopping.clone()));
    }
    drop(stopping);

    // 4. The name on the network. A network without multicast is no reason not to serve.
    let mut announcement = Announcement::begin(&config, ports, &lan);

    // 5. Tell whoever started us.
    banner::greet(&host_names, ports, &cert_manager);
    if let Some(path) = &config.ready_file {
        banner::write_ready_file(path, &host_names, ports, media.port(), &config.state_dir)
            .map_err(|cause| StartError::ReadyFile { path: path.clone(), cause })?;
    }
    notify::ready();
    tokio::spawn(notify::ping_watchdog(hub.clone(), media.clone()));

    // 6. Live with what changes.
    let started = config.clone();
    let was_on_terminal = io::stderr().is_terminal();
    tokio::pin!(hub_task);
    loop {
        tokio::select! {
            _ = terminate.recv() => break,
            _ = interrupt.recv() => break,
            // Without its hub the box is nothing; whoever watches over us starts it again.
            ended = &mut hub_task => panic!("the hub ended by itself: {ended:?}"),
            _ = hangup.recv() => {
                if was_on_terminal && !io::stderr().is_terminal() {
                    break; // the window was closed
                }
                notify::reloading();
                if let Some(new) = settings_again(&started, log) {
                    let moved = new.interfaces != config.interfaces;
                    if moved || new.name != config.name || new.no_mdns != config.no_mdns {
                        if moved {
                            lan = addresses::watch(new.interfaces.clone()).unwrap_or(lan);
                        }
                        announcement.end().await;
                        announcement = Announcement::begin(&new, ports, &lan);
                    }
                    hub.change_rules(rules(&new)).await;
                    site.limiter.set_max_per_client(new.connections_per_address);
                    site.pin_auth.set_pin(new.pin.as_ref());
                    site.doctor.learn(at_ports(&new, ports));
                    config = new;
                }
                notify::reloaded();
            }
            Ok(()) = announcement.name.changed() => {}
            Ok(()) = lan.changed() => {}
            () = sleep(cert_manager.next_check(SystemTime::now())) => {}
        }
        let now = self::host_names(&announcement.name.borrow_and_update(), &config, &lan.borrow_and_update());
        if now.names.first() != host_names.names.first() {
            tracing::warn!(name = now.names[0], "the box has another name now");
            hub.rename_host(now.names[0].clone()).await;
            banner::greet(&now, ports, &cert_manager);
        }
        // Without any network nobody could come elsewhere: all is kept for when it is back.
        if now.addresses != host_names.addresses && !now.addresses.is_empty() {
            media.set_addresses(&reachable(&now.addresses));
        }
        host_names = now;
        *site.host_names.write().expect("nothing panics while it holds the names") = host_names.clone();
        if let Err(cause) = cert_manager.renew_if_needed(&names(&host_names), SystemTime::now()) {
            tracing::error!(%cause, "the certificate could not be made anew; the old one stays");
        }
    }

    // 7. Leave in good order: no newcomers, a word to every page, and the name taken back.
    tracing::info!("stopping");
    notify::stopping();
    stop.send_replace(true);
    let _ = timeout(HUB_STOP_TIMEOUT, hub.stop()).await;
    media.close_streams();
    let _ = tokio::join!(
        timeout(CLOSE_TIMEOUT, site.limiter.all_closed()),
        timeout(CLOSE_TIMEOUT, announcement.end())
    );
    media.stop(); // it says itself what did not end well
    Ok(())
}

/// The box's name on the network, and whoever announces it.
struct Announcement {
    name: watch::Receiver<String>,
    /// `Err` holds the name that nobody announces, so that it stays.
    by: Result<Discovery, watch::Sender<String>>,
}

impl Announcement {
    fn begin(config: &Config, ports: Ports, lan: &watch::Receiver<Vec<Lan>>) -> Announcement {
        if config.no_mdns {
            let (fixed, name) = watch::channel(format!("{}.local", config.name));
            return Announcement { name, by: Err(fixed) };
        }
        let discovery = Discovery::start(&config.name, ports, lan.clone());
        Announcement { name: discovery.name(), by: Ok(discovery) }
    }

    /// Takes the name back.
    async fn end(self) {
        if let Ok(discovery) = self.by {
            discovery.stop().await;
        }
    }
}

/// The settings, with the ports that the box really got; one that it did not get stays as it was wanted.
fn at_ports(config: &Config, ports: Ports) -> Config {
    Config { https_port: Some(ports.https), http_port: ports.http.or(config.http_port), ..config.clone() }
}

fn rules(config: &Config) -> Rules {
    // A page whose connection is lost, and the one that took its place, have a place each for a while.
    let people_per_prefix = 2 * config.connections_per_address;
    Rules { room_capacity: config.room_size, ring: config.ring, people_per_prefix, ..Rules::default() }
}

/// What the settings say now, on SIGHUP. `None`, and the log says why: they cannot be, and stay as they were.
fn settings_again(started: &Config, log: &Log) -> Option<Config> {
    let new = match Command::from_environment() {
        Ok(Command::Run(new)) => *new,
        Ok(_) => unreachable!("this program was asked to run"),
        Err(wrong) => {
            tracing::error!("the settings stay as they were: {wrong}");
            return None;
        }
    };
    log.set(&new.log);
    for setting in started.only_at_start(&new) {
        tracing::warn!(setting, "only a restart changes this setting");
    }
    tracing::info!("read the settings again");
    Some(new)
}

/// What opens the owner's page, if anything has to.
fn password(config: &Config) -> Result<Option<Password>, StartError> {
    let Some(path) = &config.status_password_file else {
        return Ok(config.status_password.as_deref().map(Password::new));
    };
    let unusable = |cause| StartError::Password { path: path.clone(), cause };
    match config::first_line(path).map_err(unusable)?.as_str() {
        "" => Err(unusable(io::Error::other("its first line is empty"))),
        line => Ok(Some(Password::new(line))),
    }
}

/// The relay: on the sockets of the service manager; else on UDP at the number of the HTTPS port; or, if that
/// is below 1024, at another one, because Chromium takes no such candidate of a private address (libwebrtc,
/// `VerifyCandidate`).
fn start_media(
    config: &Config,
    https: u16,
    addresses: &[IpAddr],
    given: Vec<UdpSocket>,
) -> Result<(Media, mpsc::Receiver<media::Event>), StartError> {
    let at = |port| start_media_at(config, port, addresses);
    match given.first().and_then(|socket| socket.local_addr().ok()) {
        Some(at) if config.listen.is_empty() => {
            let started = Media::start_on(&media_setup(config, at.port(), addresses), given);
            started
                .map_err(|cause| ListenError::Listen { port: at.port(), option: "https-port", cause }.into())
        }
        Some(_) => {
            tracing::warn!("--listen keeps the box from the sockets that systemd holds for media");
            at(0)
        }
        None if https >= 1024 => at(https),
        None => at(config::MEDIA_PORT).or_else(|_| at(0)),
    }
}

fn start_media_at(
    config: &Config,
    port: u16,
    addresses: &[IpAddr],
) -> Result<(Media, mpsc::Receiver<media::Event>), StartError> {
    let setup = media_setup(config, port, addresses);
    let started = Media::start(&setup).or_else(|cause| {
        // A kernel without IPv6.
        let lacking = cause.raw_os_error() == Some(rustix::io::Errno::AFNOSUPPORT.raw_os_error());
        let listen = setup.listen.iter().copied().filter(|at| at.is_ipv4()).collect::<Vec<_>>();
        if lacking && !listen.is_empty() { Media::start(&Setup { listen, ..setup }) } else { Err(cause) }
    });
    started.map_err(|cause| ListenError::new(port, "https-port", cause).into())
}

fn media_setup(config: &Config, port: u16, addresses: &[IpAddr]) -> Setup {
    let everywhere = [IpAddr::from([0; 16]), IpAddr::from([0; 4])];
    let listen = if config.listen.is_empty() { &everywhere[..] } else { &config.listen };
    Setup {
        listen: listen.iter().map(|address| SocketAddr::new(*address, port)).collect(),
        addresses: reachable(addresses),
        threads: config.media_threads,
        capacity: config::ROOM_SIZE_MAX, // the lobby lets nobody in beyond the setting
    }
}

/// Where media can come: the machine's addresses on the network, and its own loopback.
fn reachable(addresses: &[IpAddr]) -> Vec<IpAddr> {
    let loopback = [IpAddr::from([127, 0, 0, 1])];
    addresses.iter().copied().chain(loopback).collect()
}

/// Each connection is an open file, and most systems allow 1024 until a program asks for more.
fn allow_many_connections() {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current == maximum {
        return;
    }
    if let Err(cause) = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }) {
        tracing::warn!(%cause, "no more files may be open than the system allows by itself");
    }
}

/// Every name and address that leads here: the one to show first, then what the machine is called.
fn host_names(name: &str, config: &Config, lan: &[Lan]) -> HostNames {
    let mut names = vec![name.to_owned()];
    if let Some(host) = addresses::host_name() {
        names.extend([format!("{host}.local"), host]);
    }
    names.push("localhost".into());
    names.extend(config.domains.iter().cloned());
    let mut seen = std::collections::HashSet::new();
    names.retain(|name| seen.insert(name.clone()));
    HostNames { names, addresses: lan.iter().map(|lan| lan.address).collect() }
}

/// Where ids start: anywhere, so that ids of before and after a restart do not meet in practice.
fn random_seed() -> u32 {
    let mut bytes = [0; 4];
    aws_lc_rs::rand::fill(&mut bytes).expect("the kernel gives randomness");
    u32::from_ne_bytes(bytes) >> 1
}
