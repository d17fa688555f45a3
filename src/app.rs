//! The box from start to stop: what it is made of, what it does about changes, and how it ends.

mod certificates;

use self::certificates::{acme_settings, certified, owner_files, subject_names};
use crate::addresses::{self, Lan};
use crate::banner;
use crate::config::{Config, ConfigError};
use crate::connection_limiter::ConnectionLimiter;
use crate::discovery::{Discovery, Ports};
use crate::doctor::Doctor;
use crate::hub::{Hub, LobbySetup};
use crate::ice_servers::IceServers;
use crate::listeners::{ListenError, Listeners, media_addresses};
use crate::lobby::{Identity, Rules};
use crate::log::Log;
use crate::pin_auth::PinAuth;
use crate::reload::reload;
use crate::service::notify;
use crate::spaces::SpaceRegistry;
use crate::tls::{self, CertManager, can_be_certified};
use crate::turn::TurnServer;
use crate::web::{AppState, Assets, EventStreams, HostNames, Password};
use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::sync::{Arc, RwLock};
use std::time::{Duration, Instant, SystemTime};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

/// How long the hub may take to tell every page that the box stops, whatever waits before that.
const HUB_STOP_TIMEOUT: Duration = Duration::from_millis(500);
/// How long connections have to close when the box stops.
const CLOSE_TIMEOUT: Duration = Duration::from_millis(2500);
/// How long what still runs on other threads may take then. All of them and the media threads' second are
/// below 5 s.
const RUNTIME_SHUTDOWN_TIMEOUT: Duration = Duration::from_millis(500);

/// Why the box cannot start: one sentence that says what to do.
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
    #[error(transparent)]
    Config(#[from] ConfigError),
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

async fn serve(config: Config, log: &Log) -> Result<(), StartError> {
    // Before all else, because their default is to end the process.
    let mut signals = Signals::listen()?;
    let mut app = App::start(config)?;
    app.run(&mut signals, log).await;
    app.stop().await;
    Ok(())
}

/// The signals that the box knows.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hangup: Signal,
    /// A hangup then says that its window was closed, elsewhere that the settings have changed.
    was_on_terminal: bool,
}

impl Signals {
    fn listen() -> io::Result<Signals> {
        Ok(Signals {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hangup: signal(SignalKind::hangup())?,
            was_on_terminal: io::stderr().is_terminal(),
        })
    }

    fn window_was_closed(&self) -> bool {
        self.was_on_terminal && !io::stderr().is_terminal()
    }
}

/// The box while it serves.
struct App {
    config: Config,
    /// As it was at the start, for what only a start can change.
    started_with: Config,
    ports: Ports,
    lan: watch::Receiver<Vec<Lan>>,
    announcement: Announcement,
    host_names: HostNames,
    state: Arc<AppState>,
    hub_task: JoinHandle<()>,
    /// Gets certificates by ACME.
    acme: Option<JoinHandle<()>>,
    /// Set to true to refuse newcomers.
    stop: watch::Sender<bool>,
}

impl App {
    fn start(config: Config) -> Result<App, StartError> {
        if let Some(www) = config.www.as_ref().filter(|www| !www.is_dir()) {
            return Err(StartError::Www(www.clone()));
        }
        let password = config.read_status_password()?;
        let ice_servers = ice_servers(&config)?;
        // 1. The ports, before anything is written anywhere.
        let mut listeners = Listeners::bind(&config)?;
        let ports = Ports { https: listeners.https_port, http: listeners.http_port };

        // 2. The names, and a certificate for them.
        let mut lan = addresses::watch(config.interfaces.clone()).map_err(StartError::Interfaces)?;
        let mut host_names = host_names(&first_name(&config), &config, &lan.borrow_and_update());
        let (names, now) = (subject_names(&host_names), SystemTime::now());
        let cert_manager = CertManager::open(&config.state_dir, &config.name, &names, now)?;
        cert_manager.set_owner_files(owner_files(&config), now)?;
        let acme = cert_manager.acme(acme_settings(&config, ports))?;
        host_names.certified = certified(&config, ports, &cert_manager);

        // 3. The lobby and the relay.
        let assets = config.www.clone().map_or_else(Assets::embedded, Assets::folder);
        let page = assets.version().map(str::to_owned);
        let turn = turn_server(&config);
        let identity = Identity {
            host: first_name(&config),
            version: env!("CARGO_PKG_VERSION").into(),
            page,
            relayless: config.no_relay,
            turn: turn.clone(),
        };
        let secret = cert_manager.secret();
        let spaces = Arc::new(SpaceRegistry::new(secret, &config.spaces, config.open_spaces));
        let lobby =
            LobbySetup { rules: rules(&config), identity, secret, random_seed, registry: spaces.clone() };
        let (media, events) = listeners.start_media(&config, &host_names.addresses, turn.clone())?;
        let (hub, hub_task) = Hub::start(lobby, ice_servers, media.clone(), events, config.connections);

        // 4. HTTP.
        let state = Arc::new(AppState {
            hub,
            media,
            turn,
            streams: EventStreams::default(),
            assets,
            cert_manager: Arc::new(cert_manager),
            limiter: Arc::new(ConnectionLimiter::new(config.connections, config.connections_per_address)),
            https_port: ports.https,
            pin_auth: Arc::new(PinAuth::new(&secret, config.pin.as_ref())),
            spaces,
            doctor: Doctor::new(at_ports(&config, ports)),
            host_names: RwLock::new(host_names.clone()),
            password: password.as_deref().map(Password::new),
            behind_proxy: config.behind_proxy,
            trusted_proxies: config.trusted_proxies.clone(),
            security_contact: config.security_contact.clone(),
            instance: format!("{:016x}", u64::from_ne_bytes(random())),
        });
        let stop = watch::Sender::new(false);
        listeners.serve(&state, &stop.subscribe());
        let acme = acme.map(|client| tokio::spawn(client.run()));

        // 5. The name on the network. A network without multicast is no reason not to serve.
        let announcement = Announcement::begin(&config, ports, &lan);
        let started_with = config.clone();
        let app =
            App { config, started_with, ports, lan, announcement, host_names, state, hub_task, acme, stop };
        app.tell_started()?;
        Ok(app)
    }

    /// Tells whoever started the box that it serves.
    fn tell_started(&self) -> Result<(), StartError> {
        self.greet(&self.host_names);
        if let Some(path) = &self.config.ready_file {
            let media_port = self.state.media.port();
            let https = (!self.config.behind_proxy).then_some(self.ports.https);
            let ports = banner::ServedPorts { https, http: self.ports.http, media: media_port };
            banner::write_ready_file(path, &self.host_names, ports, &self.config.state_dir)
                .map_err(|cause| StartError::ReadyFile { path: path.clone(), cause })?;
        }
        notify::ready();
        tokio::spawn(notify::ping_watchdog(self.state.hub.clone(), self.state.media.clone()));
        Ok(())
    }

    /// Tells how to reach it.
    fn greet(&self, host_names: &HostNames) {
        if self.started_with.behind_proxy {
            let trusts_a_proxy = !self.started_with.trusted_proxies.is_empty();
            banner::greet_behind_proxy(host_names, self.ports, trusts_a_proxy);
        } else {
            banner::greet(host_names, self.ports, &self.state.cert_manager);
        }
        if self.started_with.no_relay {
            banner::tell_relayless();
        }
    }

    /// Follows changes of settings, names, addresses and dates until a signal ends it.
    async fn run(&mut self, signals: &mut Signals, log: &Log) {
        loop {
            tokio::select! {
                _ = signals.terminate.recv() => return,
                _ = signals.interrupt.recv() => return,
                _ = signals.hangup.recv() => {
                    if signals.window_was_closed() {
                        return;
                    }
                    notify::reloading();
                    if let Some(new) = reload(&self.started_with, log) {
                        self.apply(new).await;
                    }
                    notify::reloaded();
                }
                // Without its hub the box is nothing; whoever watches over it starts it anew.
                ended = &mut self.hub_task => panic!("the hub ended by itself: {ended:?}"),
                Ok(()) = self.announcement.name.changed() => {}
                Ok(()) = self.lan.changed() => {}
                () = sleep(self.state.cert_manager.next_check(SystemTime::now())) => {}
            }
            self.follow_names().await;
        }
    }

    /// Takes over settings that need no restart.
    async fn apply(&mut self, new: Config) {
        let moved = new.interfaces != self.config.interfaces;
        if moved || new.name != self.config.name || new.no_mdns != self.config.no_mdns {
            if moved && let Ok(lan) = addresses::watch(new.interfaces.clone()) {
                self.lan = lan;
            }
            self.announcement.end().await;
            self.announcement = Announcement::begin(&new, self.ports, &self.lan);
        }
        self.state.spaces.apply(&new.spaces, new.open_spaces);
        self.state.hub.change_rules(rules(&new)).await;
        match ice_servers(&new) {
            Ok(servers) => self.state.hub.change_ice_servers(servers).await,
            Err(cause) => tracing::error!(%cause, "the STUN and TURN servers stay as they were"),
        }
        self.state.limiter.set_max_per_client(new.connections_per_address);
        if let Some(turn) = &self.state.turn {
            turn.set_connections_per_client(new.connections_per_address);
            turn.set_offered(is_for_internet(&new));
        }
        self.state.pin_auth.set_pin(new.pin.as_ref());
        self.state.doctor.set_config(at_ports(&new, self.ports));
        if let Err(cause) = self.apply_certificates(&new).await {
            tracing::error!(%cause, "the certificates stay as they were");
        }
        self.config = new;
    }

    /// Takes over the owner's certificate, and for which domains there are others.
    async fn apply_certificates(&mut self, new: &Config) -> Result<(), tls::Error> {
        let cert_manager = &self.state.cert_manager;
        cert_manager.set_owner_files(owner_files(new), SystemTime::now())?;
        if acme_settings(new, self.ports) == acme_settings(&self.config, self.ports) {
            return Ok(());
        }
        let client = cert_manager.acme(acme_settings(new, self.ports))?;
        if let Some(before) = self.acme.take() {
            before.abort();
            let _ = before.await; // what it shows to an authority is taken back when it has ended
        }
        self.acme = client.map(|client| tokio::spawn(client.run()));
        Ok(())
    }

    /// Tells everybody the names and addresses that the box has, and sees to a certificate for them.
    async fn follow_names(&mut self) {
        let name = self.announcement.name.borrow_and_update().clone();
        self.state.cert_manager.follow_owner_files(SystemTime::now());
        let mut new = host_names(&name, &self.config, &self.lan.borrow_and_update());
        new.certified = certified(&self.config, self.ports, &self.state.cert_manager);
        if new.names.first() != self.host_names.names.first() {
            tracing::warn!(name = new.names[0], "the box has another name");
            self.state.hub.rename_host(new.names[0].clone()).await;
            self.greet(&new);
        }
        // Without any network nobody could come elsewhere: all is kept for when it is back.
        if new.addresses != self.host_names.addresses && !new.addresses.is_empty() {
            self.state.media.set_addresses(&media_addresses(&new.addresses));
        }
        *self.state.host_names.write().expect("nothing panics while it holds the names") = new.clone();
        let names = subject_names(&new);
        if let Err(cause) = self.state.cert_manager.renew_if_needed(&names, SystemTime::now()) {
            tracing::error!(%cause, "the certificate could not be renewed; the old one stays");
        }
        self.host_names = new;
    }

    /// Leaves in good order: no newcomers, a word to every page, and the name taken back.
    async fn stop(mut self) {
        tracing::info!("stopping");
        notify::stopping();
        self.stop.send_replace(true);
        let _ = timeout(HUB_STOP_TIMEOUT, self.state.hub.stop()).await;
        self.state.media.close_streams();
        let closed = timeout(CLOSE_TIMEOUT, self.state.limiter.all_closed());
        let _ = tokio::join!(closed, timeout(CLOSE_TIMEOUT, self.announcement.end()));
        self.state.media.stop(); // it says itself what did not end well
    }
}

/// The box's name on the network, and whoever announces it.
struct Announcement {
    name: watch::Receiver<String>,
    by: Option<Discovery>,
    /// Holds the name that nobody announces, so that it stays.
    _fixed: Option<watch::Sender<String>>,
}

impl Announcement {
    fn begin(config: &Config, ports: Ports, lan: &watch::Receiver<Vec<Lan>>) -> Announcement {
        if config.no_mdns || config.behind_proxy {
            let (fixed, name) = watch::channel(first_name(config));
            return Announcement { name, by: None, _fixed: Some(fixed) };
        }
        let discovery = Discovery::start(&config.name, ports, lan.clone());
        Announcement { name: discovery.name(), by: Some(discovery), _fixed: None }
    }

    /// Takes the name back.
    async fn end(&mut self) {
        if let Some(discovery) = self.by.take() {
            discovery.stop().await;
        }
    }
}

/// The name by which people come: behind a proxy its domain, else the one that the box wants on the network.
fn first_name(config: &Config) -> String {
    match config.domains.first() {
        Some(domain) if config.behind_proxy => domain.clone(),
        _ => format!("{}.local", config.name),
    }
}

/// The settings, with the ports that the box really got; one that it did not get stays as it was wanted.
fn at_ports(config: &Config, ports: Ports) -> Config {
    Config { https_port: Some(ports.https), http_port: ports.http.or(config.http_port), ..config.clone() }
}

fn rules(config: &Config) -> Rules {
    // A page whose connection is lost, and the one that took its place, have a place each for a while.
    let people_per_prefix = 2 * config.connections_per_address;
    Rules {
        room_capacity: config.room_capacity(),
        ring_timeout: config.ring_timeout,
        people_per_prefix,
        relay_always: config.ice.relay_always,
        ..Rules::default()
    }
}

/// Every name and address that leads here: the one to show first, then those of the machine.
fn host_names(name: &str, config: &Config, lan: &[Lan]) -> HostNames {
    let mut names = vec![name.to_owned()];
    if let Some(host) = addresses::host_name() {
        names.extend([format!("{host}.local"), host]);
    }
    names.push("localhost".into());
    names.extend(config.domains.iter().cloned());
    let mut seen = std::collections::HashSet::new();
    names.retain(|name| seen.insert(name.clone()));
    HostNames { names, addresses: lan.iter().map(|lan| lan.address).collect(), certified: Vec::new() }
}

/// By which servers pages make direct paths.
fn ice_servers(config: &Config) -> Result<IceServers, ConfigError> {
    let secret = config.read_turn_secret()?;
    Ok(IceServers::new(&config.ice.stun, &config.ice.turn, secret.as_deref()))
}

/// TURN, where TLS and media are the box's own; offered on the internet, because nobody needs it on a LAN.
fn turn_server(config: &Config) -> Option<Arc<TurnServer>> {
    let is_own = !config.behind_proxy && !config.no_relay;
    let turn = is_own.then(|| TurnServer::new(&random(), config.connections_per_address, Instant::now()))?;
    turn.set_offered(is_for_internet(config));
    Some(Arc::new(turn))
}

fn is_for_internet(config: &Config) -> bool {
    config.domains.iter().any(|domain| can_be_certified(domain, false))
}

/// Where ids start: anywhere, so that ids of before and after a restart do not meet in practice.
fn random_seed() -> u32 {
    u32::from_ne_bytes(random()) >> 1
}

fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    aws_lc_rs::rand::fill(&mut bytes).expect("the kernel gives randomness");
    bytes
}
