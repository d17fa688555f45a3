//! mdns-sd as the responder: the name is asked for, announced with its services, and watched over.
//!
//! mdns-sd itself probes per interface, renames by itself, and lets a host name wait for the names of its
//! services, so it is never asked to: [`Responder::claim`] asks whether the name is free, and everything is
//! registered as held. What is missing in mdns-sd, and what that costs, is in `docs/network.md`.

use super::reach::Reach;
use super::{Claim, End, TXT_ENTRIES, numbered, services};
use crate::mdns_query::{self, GROUP_V6, PORT};
use mdns_sd::{
    HostnameResolutionEvent, IfKind, IfPredicate, Metrics, ServiceDaemon, ServiceEvent, ServiceInfo,
};
use socket2::{Domain, Protocol, Socket, Type};
use std::collections::{BTreeSet, HashSet};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout_at};
use tracing::debug;

/// How often the name is asked for, and how long each time. A responder repeats nothing to everybody within a
/// second (RFC 6762 section 6), so the last question comes more than a second after the first.
const QUESTIONS: u32 = 4;
const ANSWER_TIMEOUT: Duration = Duration::from_millis(350);

/// How often the process's memory is looked at. mdns-sd is asked how much it has gathered of what others say
/// only when that has grown, because the question wakes its thread and this task.
const LOOK_INTERVAL: Duration = Duration::from_millis(1500);
/// Growth, in bytes, that is not worth a question: some thousand records.
const GROWTH: u64 = 2 << 20;
/// Records and timers of a network of some hundred devices.
const QUIET: i64 = 2_000;
/// Records and timers that it may have gathered; with more it is started anew (SECURITY.md).
const GATHERED_MAX: i64 = 20_000;

/// How often the own name is asked for from the beginning: after 1, 2, 4, … seconds, and before its record
/// expires.
const SELF_CHECK: Duration = Duration::from_secs(300);
/// How long a device that gives way may take for it.
const YIELD_TIMEOUT: Duration = Duration::from_secs(3);
/// A name that is defended once in that time is asked for when it has to be defended twice.
const DEFENCE: Duration = Duration::from_secs(60);

/// Claims the name, and answers for it until it is lost. `slot` holds the responder meanwhile, to be stopped.
pub(super) async fn hold(claim: &Claim<'_>, slot: &mut Option<Responder>) -> io::Result<End> {
    let mut responder = slot.insert(Responder::start(claim)?);
    if !claim.is_known && responder.claim(claim).await? {
        return Ok(End::ProbeConflict);
    }
    responder.announce(claim)?;
    claim.held();
    while responder.watch(claim).await? == Watched::Overfull {
        debug!("mdns-sd has gathered too much of what others say, and is started anew");
        if let Some(full) = slot.take() {
            full.stop().await;
        }
        responder = slot.insert(Responder::start(claim)?);
        responder.announce(claim)?;
    }
    Ok(End::Conflict)
}

/// mdns-sd, which says and hears things on the interfaces of one claim.
pub(super) struct Responder {
    daemon: ServiceDaemon,
    /// With a dot at its end, as mdns-sd has names.
    host: String,
    reach: Reach,
    announced: bool,
}

#[derive(PartialEq)]
enum Watched {
    /// Somebody else answers for the name (RFC 6762 section 9), and is not to give way.
    Conflict,
    /// mdns-sd has gathered too much.
    Overfull,
}

impl Responder {
    /// # Errors
    ///
    /// The port is held by a program that does not share it, or there is no thread to be had.
    fn start(claim: &Claim<'_>) -> io::Result<Responder> {
        // mdns-sd does not say that it has no socket.
        shared_socket(Domain::IPV4)?.bind(&SocketAddr::from((Ipv4Addr::UNSPECIFIED, PORT)).into())?;
        let daemon = ServiceDaemon::new().map_err(io::Error::other)?;
        let places = claim.reach.places.clone();
        let foreign = IfPredicate::new(move |one| {
            let place = one.index.and_then(|index| places.get(&index));
            !place.is_some_and(
                |place| if one.ip().is_ipv4() { !place.v4.is_empty() } else { place.speaks_v6() },
            )
        });
        daemon.set_ip_check_interval(0).map_err(io::Error::other)?;
        daemon.disable_interface(IfKind::Predicate(foreign)).map_err(io::Error::other)?;
        let host = format!("{}.", super::host(claim.label));
        Ok(Responder { daemon, host, reach: claim.reach.clone(), announced: false })
    }

    /// Whether somebody else has the name. Finds a name for the services as well.
    async fn claim(&self, claim: &Claim<'_>) -> io::Result<bool> {
        let (kind, _) = services(claim.ports).next().expect("the page is served");
        let kind = format!("{kind}._tcp.local.");
        let mut instances = HashSet::new();
        for _ in 0..QUESTIONS {
            let addresses = self.daemon.resolve_hostname(&self.host, None).map_err(io::Error::other)?;
            let listed = self.daemon.browse(&kind).map_err(io::Error::other)?;
            let until = Instant::now() + ANSWER_TIMEOUT;
            while let Ok(Ok(event)) = timeout_at(until, addresses.recv_async()).await {
                if self.rival(&event).is_some() {
                    return Ok(true);
                }
            }
            instances.extend(listed.try_iter().filter_map(|event| match event {
                ServiceEvent::ServiceFound(_, instance) => Some(instance),
                _ => None,
            }));
        }
        self.daemon.stop_browse(&kind).map_err(io::Error::other)?;
        let is_free =
            |number: &u32| !instances.contains(&format!("{}.{kind}", alternative(claim.label, *number)));
        claim.instance.store((1..INSTANCES).find(is_free).unwrap_or(INSTANCES), Relaxed);
        Ok(false)
    }

    /// Tells everybody the name and the services.
    fn announce(&mut self, claim: &Claim<'_>) -> io::Result<()> {
        let told: BTreeSet<IpAddr> = self.told().collect();
        let told: Vec<IpAddr> = told.into_iter().collect();
        let instance = alternative(claim.label, claim.instance.load(Relaxed));
        for (kind, port) in services(claim.ports) {
            let kind = format!("{kind}._tcp.local.");
            let service = ServiceInfo::new(&kind, &instance, &self.host, &told[..], port, &TXT_ENTRIES[..]);
            let mut service = service.map_err(io::Error::other)?;
            service.set_requires_probe(false);
            self.daemon.register(service).map_err(io::Error::other)?;
        }
        self.announced = true;
        Ok(())
    }

    async fn watch(&mut self, claim: &Claim<'_>) -> io::Result<Watched> {
        let mut addresses = self.daemon.resolve_hostname(&self.host, None).map_err(io::Error::other)?;
        let mut look = interval(LOOK_INTERVAL);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut resident = resident_bytes().unwrap_or(0);
        let mut check_at = Instant::now() + SELF_CHECK;
        let mut defended: Option<Instant> = None;
        loop {
            tokio::select! {
                event = addresses.recv_async() => match event {
                    Ok(event) => match self.rival(&event) {
                        None => {}
                        Some(_) if defended.is_some_and(|at| at.elapsed() < YIELD_TIMEOUT) => {}
                        // Of two that claim one name the greater address stays, as between two that ask for
                        // it at the same moment (RFC 6762 section 8.2), and the other one is told so.
                        Some(rival)
                            if self.told().any(|own| own > rival)
                                && defended.is_none_or(|at| at.elapsed() > DEFENCE) =>
                        {
                            debug!(%rival, "another device answers for the name, which is defended");
                            defended = Some(Instant::now());
                            check_at = Instant::now() + YIELD_TIMEOUT;
                            self.announce(claim)?;
                        }
                        Some(_) => return Ok(Watched::Conflict),
                    },
                    // More was said about the name than mdns-sd keeps for a listener.
                    Err(_) => check_at = Instant::now(),
                },
                _ = look.tick() => if self.is_overfull(&mut resident).await? {
                    return Ok(Watched::Overfull);
                },
            }
            if Instant::now() >= check_at {
                check_at = Instant::now() + SELF_CHECK;
                addresses = self.daemon.resolve_hostname(&self.host, None).map_err(io::Error::other)?;
            }
        }
    }

    /// Whether mdns-sd has gathered too much. It is asked when the process has grown above `resident` bytes.
    async fn is_overfull(&self, resident: &mut u64) -> io::Result<bool> {
        let now = resident_bytes();
        if let Some(now) = now.filter(|now| *now <= *resident + GROWTH) {
            *resident = now.min(*resident);
            return Ok(false);
        }
        let metrics = self.daemon.get_metrics().map_err(io::Error::other)?;
        let gathered = gathered(&metrics.recv_async().await.map_err(io::Error::other)?);
        if gathered <= QUIET {
            *resident = now.unwrap_or(0); // something else has grown
        }
        Ok(gathered > GATHERED_MAX)
    }

    /// Somebody else to whom the name leads. A reflector repeats what this machine says from an address of
    /// its own.
    fn rival(&self, event: &HostnameResolutionEvent) -> Option<IpAddr> {
        let HostnameResolutionEvent::AddressesFound(_, found) = event else { return None };
        found.iter().map(|found| found.to_ip_addr()).find(|&found| !self.reach.is_echo(found, super::now()))
    }

    fn told(&self) -> impl Iterator<Item = IpAddr> {
        self.reach.places.values().flat_map(|place| place.told.iter().copied())
    }

    /// Takes everything back. mdns-sd does nothing else while it hears more than it can read.
    pub(super) async fn stop(self) {
        if let Ok(ended) = self.daemon.shutdown() {
            let _ = ended.recv_async().await;
        }
        if self.announced
            && let Err(error) = self.withdraw()
        {
            debug!(%error, "no goodbye over IPv6");
        }
    }

    /// mdns-sd answers for an IPv4 address over IPv6 as well (Android asks there), and takes it back over
    /// IPv4 only: whoever keeps what comes over IPv6 by itself (avahi) would go to a dead address for two
    /// minutes.
    fn withdraw(&self) -> io::Result<()> {
        let socket = shared_socket(Domain::IPV6)?;
        socket.set_only_v6(true)?;
        socket.set_multicast_hops_v6(255)?;
        socket.bind(&SocketAddrV6::new(Ipv6Addr::UNSPECIFIED, PORT, 0, 0).into())?;
        for (&index, place) in self.reach.places.iter().filter(|(_, place)| place.speaks_v6()) {
            let goodbye = mdns_query::goodbye(&self.host, &place.told);
            socket.set_multicast_if_v6(index)?;
            socket.send_to(&goodbye, &SocketAddrV6::new(GROUP_V6, PORT, 0, index).into())?;
        }
        Ok(())
    }
}

/// This process's memory; `None` without /proc.
fn resident_bytes() -> Option<u64> {
    let statm = procfs::process::Process::myself().and_then(|process| process.statm()).ok()?;
    Some(statm.resident * procfs::page_size())
}

/// Everything that mdns-sd keeps of what others say, and the timers for it.
fn gathered(metrics: &Metrics) -> i64 {
    let kept = metrics.iter().filter(|(name, _)| name.starts_with("cached-") || *name == "timer");
    kept.map(|(_, number)| number).sum()
}

/// The name in lists of services, for people: `wizyjno`, then `wizyjno (2)`, … (RFC 6763 appendix D).
pub(super) fn alternative(label: &str, number: u32) -> String {
    numbered(label, number, &format!(" ({number})"))
}

/// Who takes this many names of services would take any number: theirs and the box's are then both listed.
const INSTANCES: u32 = 10;

/// Other programs on this machine listen on the port, too.
fn shared_socket(domain: Domain) -> io::Result<Socket> {
    let socket = Socket::new(domain, Type::DGRAM.nonblocking().cloexec(), Some(Protocol::UDP))?;
    socket.set_reuse_address(true)?;
    socket.set_reuse_port(true)?;
    Ok(socket)
}
