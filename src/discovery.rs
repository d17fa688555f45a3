//! The box's name on the network: `wizyjno.local`, and the services that browsers of the network list.
//!
//! Multicast DNS (RFC 6762) and service discovery (RFC 6763) by mdns-sd. We give it one state of the
//! network and one name to claim; when either changes, it says goodbye and a new one starts. Its own
//! ways are not used: it looks for address changes by polling, and after a conflict it goes by another
//! name on each interface. What it cannot do is written down in `docs/network.md`.

use crate::addresses::Lan;
use mdns_sd::{
    DaemonEvent, HostnameResolutionEvent, IfKind, IfPredicate, MDNS_PORT, RRType, Receiver, ServiceDaemon,
    ServiceInfo,
};
use socket2::{Domain, Protocol, Socket, Type};
use std::{
    collections::{BTreeMap, BTreeSet},
    future::pending,
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddrV6},
    time::Duration,
};
use tokio::{
    sync::{oneshot, watch},
    task::JoinHandle,
    time::{Instant, interval, sleep, timeout},
};
use tracing::{debug, info, warn};

/// Where the two services listen.
#[derive(Clone, Copy, Debug)]
pub struct Ports {
    pub https: u16,
    pub http: u16,
}

/// Keeps the name announced until it is stopped or dropped.
pub struct Discovery {
    name: watch::Receiver<String>,
    leave: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Discovery {
    /// Claims `wanted` (one DNS label, in lower case, without `.local`), or the next free one of `wanted-2`,
    /// `wanted-3`, …, on the interfaces of `lan`, and follows them. Trouble with the network is not an
    /// error here: it is logged and tried again.
    ///
    /// # Panics
    ///
    /// When called outside of a tokio runtime.
    pub fn start(wanted: &str, ports: Ports, lan: watch::Receiver<Vec<Lan>>) -> Discovery {
        let (sender, name) = watch::channel(format!("{wanted}.local"));
        let (leave, left) = oneshot::channel();
        let task = tokio::spawn(keep_announced(wanted.to_owned(), ports, lan, sender, left));
        Discovery { name, leave, task }
    }

    /// The name by which the box is found, for example `wizyjno.local`: the wanted one until somebody
    /// else on the network turns out to have it, then the one that was free.
    pub fn name(&self) -> watch::Receiver<String> {
        self.name.clone()
    }

    /// Says goodbye, so that others forget the name at once. Takes a second at most.
    pub async fn stop(self) {
        drop(self.leave);
        if timeout(GOODBYE, self.task).await.is_err() {
            debug!("left the network without a goodbye");
        }
    }
}

/// A goodbye takes some milliseconds; a machine that is too busy for it must not hold up the end.
const GOODBYE: Duration = Duration::from_secs(1);

/// How long to wait after the responder itself has failed.
const RETRY: Duration = Duration::from_secs(2);

/// Somebody else answers for our name though it was free when we asked. We ask again; if that happens
/// twice within this time, asking does not settle it, and we give way.
const CONTEST: Duration = Duration::from_secs(60);

/// The responder keeps what others announce for as long as they say, and has no limit of its own. So it is
/// asked now and then, and begins anew when that is more than any network of people has to tell.
const AUDIT: Duration = Duration::from_secs(60);
const REMEMBERED_MAX: i64 = 20_000;

async fn keep_announced(
    wanted: String,
    ports: Ports,
    mut lan: watch::Receiver<Vec<Lan>>,
    name: watch::Sender<String>,
    mut left: oneshot::Receiver<()>,
) {
    let mut number = 1;
    let mut contested: Option<Instant> = None;
    loop {
        let reach = Reach::of(&lan.borrow_and_update());
        let label = candidate(&wanted, number);
        let responder = (!reach.v4.is_empty()).then(ServiceDaemon::new).transpose();
        let end = tokio::select! {
            end = hold(&responder, &label, ports, &reach, &name) => end.unwrap_or_else(End::Failed),
            () = moved(&mut lan, &reach) => End::Moved,
            _ = &mut left => End::Stopped,
        };
        if let Ok(Some(responder)) = responder {
            goodbye(responder).await;
        }
        match end {
            End::Stopped => return,
            End::Moved => debug!("the network has changed"),
            End::Failed(error) => {
                warn!(%error, "cannot announce {label}.local, trying again; its addresses work meanwhile");
                sleep(RETRY).await;
            }
            End::Contested if contested.is_none_or(|last| last.elapsed() > CONTEST) => {
                contested = Some(Instant::now());
                info!("another device answers for {label}.local too, asking again whose it is");
            }
            End::Taken | End::Contested => {
                number += 1;
                warn!("{label}.local belongs to another device, trying {}.local", candidate(&wanted, number));
            }
        }
    }
}

/// Why a name is not held any more.
enum End {
    /// Somebody else had it already, and said so when we asked.
    Taken,
    /// Somebody else answers for it though we hold it.
    Contested,
    /// The network is not the same any more.
    Moved,
    Failed(mdns_sd::Error),
    Stopped,
}

/// Claims the name, answers for it, and watches that nobody else does. Without a network it only waits.
async fn hold(
    responder: &mdns_sd::Result<Option<ServiceDaemon>>,
    label: &str,
    ports: Ports,
    reach: &Reach,
    name: &watch::Sender<String>,
) -> mdns_sd::Result<End> {
    let Some(responder) = responder.as_ref().map_err(Clone::clone)? else { return pending().await };
    let events = responder.monitor()?;
    responder.set_ip_check_interval(0)?; // it would look every five seconds
    let here = reach.clone();
    let elsewhere = IfPredicate::new(move |one| !here.has(one.index.unwrap_or_default(), one.ip()));
    responder.disable_interface(IfKind::Predicate(elsewhere))?;
    let host = format!("{label}.local.");
    for (service, port) in [("_https._tcp.local.", ports.https), ("_http._tcp.local.", ports.http)] {
        let addresses = &reach.addresses()[..];
        responder.register(ServiceInfo::new(service, label, &host, addresses, port, &TXT[..])?)?;
    }
    let mut over_v6 = OverV6 { label, reach, spoken_on: BTreeSet::new() };
    // The responder looks for conflicts only while it asks for the name (RFC 6762 section 8.1). When two
    // networks become one later, each with a box of this name, only the answers of others tell (section 9).
    let mut answers = None;
    let mut audit = interval(AUDIT);
    loop {
        tokio::select! {
            _ = audit.tick() => {
                let counters = next(Some(&responder.get_metrics()?)).await?;
                let remembered: i64 =
                    counters.iter().filter(|(what, _)| what.starts_with("cached-")).map(|(_, count)| count).sum();
                if remembered > REMEMBERED_MAX {
                    return Err(mdns_sd::Error::Msg(format!("the network has sent {remembered} records")));
                }
            }
            event = next(Some(&events)) => match event? {
                // A service of the same name is renamed by the responder, and no harm is done.
                DaemonEvent::NameChange(change) if change.rr_type == RRType::A => return Ok(End::Taken),
                // Nobody has objected to the name.
                DaemonEvent::Announce(service, place) if service.contains("._https.") => {
                    over_v6.announce(&place);
                    if answers.is_none() {
                        answers = Some(responder.resolve_hostname(&host, None)?);
                        info!("found on the network as {label}.local");
                        publish(name, label);
                    }
                }
                _ => {}
            },
            answer = next(answers.as_ref()) => match answer? {
                HostnameResolutionEvent::AddressesFound(_, found)
                    if found.iter().any(|address| reach.is_foreign(address.to_ip_addr())) =>
                {
                    return Ok(End::Contested);
                }
                _ => {}
            },
        }
    }
}

/// What comes next of something that may not have begun.
async fn next<T>(receiver: Option<&Receiver<T>>) -> mdns_sd::Result<T> {
    match receiver {
        Some(receiver) => receiver.recv_async().await.map_err(|_| mdns_sd::Error::DaemonShutdown),
        None => pending().await,
    }
}

fn publish(name: &watch::Sender<String>, label: &str) {
    name.send_if_modified(|known| {
        let ours = format!("{label}.local");
        let changed = *known != ours;
        *known = ours;
        changed
    });
}

/// Where the page is, for browsers of services (RFC 6763 section 6; `path` as registered for `_http._tcp`).
const TXT: [(&str, &str); 2] = [("txtvers", "1"), ("path", "/")];

/// Tells the network that the records are gone, and ends the responder's thread.
async fn goodbye(responder: ServiceDaemon) {
    if let Ok(gone) = responder.shutdown()
        && timeout(GOODBYE, gone.recv_async()).await.is_err()
    {
        debug!("the responder has not ended yet");
    }
}

/// The IPv4 address, told over IPv6. The responder answers those who ask for it there, but announces and
/// withdraws it over IPv4 only, and others would keep an old one for two minutes. Leaving is drop.
struct OverV6<'a> {
    label: &'a str,
    reach: &'a Reach,
    /// Interfaces on which the name is known to be ours.
    spoken_on: BTreeSet<u32>,
}

impl OverV6<'_> {
    /// `place` is the responder's own word for it: the host, a colon and the interface.
    fn announce(&mut self, place: &str) {
        let interface = place.rsplit_once(':').map_or("", |(_, interface)| interface);
        if let Some(&index) = self.reach.v6.get(interface) {
            self.spoken_on.insert(index);
            self.say(index, HOST_TTL);
        }
    }

    fn say(&self, index: u32, ttl: Duration) {
        let message = address_records(self.label, &self.reach.addresses_on(index), ttl);
        if let Err(error) = multicast_v6(index, &message) {
            debug!(%error, index, "cannot announce over IPv6");
        }
    }
}

impl Drop for OverV6<'_> {
    fn drop(&mut self) {
        for &index in &self.spoken_on {
            self.say(index, Duration::ZERO);
        }
    }
}

/// How long others may remember an address (RFC 6762 section 10).
const HOST_TTL: Duration = Duration::from_secs(120);

/// An unasked answer with address records of which we are the only holder (RFC 6762 sections 8.3, 10.2).
fn address_records(label: &str, addresses: &[Ipv4Addr], ttl: Duration) -> Vec<u8> {
    const ANSWER_WITH_AUTHORITY: u16 = 0x8400;
    const TYPE_A: u16 = 1;
    const CLASS_IN_CACHE_FLUSH: u16 = 0x8001;
    let count = addresses.len() as u16;
    let mut message: Vec<u8> =
        [0, ANSWER_WITH_AUTHORITY, 0, count, 0, 0].into_iter().flat_map(u16::to_be_bytes).collect();
    for address in addresses {
        for part in [label, "local", ""] {
            message.push(part.len() as u8);
            message.extend_from_slice(part.as_bytes());
        }
        message.extend_from_slice(&TYPE_A.to_be_bytes());
        message.extend_from_slice(&CLASS_IN_CACHE_FLUSH.to_be_bytes());
        message.extend_from_slice(&(ttl.as_secs() as u32).to_be_bytes());
        message.extend_from_slice(&4u16.to_be_bytes());
        message.extend_from_slice(&address.octets());
    }
    message
}

/// Sends from port 5353, because answers from elsewhere are ignored (RFC 6762 section 6).
fn multicast_v6(index: u32, message: &[u8]) -> io::Result<()> {
    let socket = Socket::new(Domain::IPV6, Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_only_v6(true)?;
    socket.set_reuse_address(true)?;
    socket.set_reuse_port(true)?;
    socket.set_nonblocking(true)?;
    socket.set_multicast_hops_v6(255)?;
    socket.bind(&SocketAddrV6::new(Ipv6Addr::UNSPECIFIED, MDNS_PORT, 0, 0).into())?;
    const EVERYBODY: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 0xfb);
    socket.send_to(message, &SocketAddrV6::new(EVERYBODY, MDNS_PORT, 0, index).into())?;
    Ok(())
}

/// Waits until the network is not `reach` any more.
async fn moved(lan: &mut watch::Receiver<Vec<Lan>>, reach: &Reach) {
    while lan.changed().await.is_ok() {
        if Reach::of(&lan.borrow_and_update()) != *reach {
            return;
        }
    }
    // Nobody tells of changes any more: it stays as it is.
    pending().await
}

/// What of the network matters here. IPv6 addresses come and go (RFC 8981), and are not published.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Reach {
    /// Interface index and address.
    v4: BTreeSet<(u32, Ipv4Addr)>,
    /// Name and index of those interfaces that also speak IPv6: Android asks there for the IPv4 address.
    v6: BTreeMap<String, u32>,
}

impl Reach {
    fn of(lan: &[Lan]) -> Reach {
        let (mut v4, mut v6) = (BTreeSet::new(), BTreeMap::new());
        for one in lan {
            match one.address {
                IpAddr::V4(address) => drop(v4.insert((one.index, address))),
                IpAddr::V6(_) => drop(v6.insert(one.interface.clone(), one.index)),
            }
        }
        v6.retain(|_, index| v4.iter().any(|(with_v4, _)| with_v4 == index));
        Reach { v4, v6 }
    }

    fn has(&self, index: u32, address: IpAddr) -> bool {
        match address {
            IpAddr::V4(address) => self.v4.contains(&(index, address)),
            IpAddr::V6(_) => self.v6.values().any(|&known| known == index),
        }
    }

    /// Whether this address, given for our name, is not ours. Of IPv6 nothing is known here: avahi on
    /// this machine may well publish its own host name, the same as ours, with those.
    fn is_foreign(&self, address: IpAddr) -> bool {
        matches!(address, IpAddr::V4(address) if self.v4.iter().all(|&(_, ours)| ours != address))
    }

    fn addresses_on(&self, index: u32) -> Vec<Ipv4Addr> {
        self.v4.iter().filter(|(on, _)| *on == index).map(|&(_, address)| address).collect()
    }

    fn addresses(&self) -> Vec<IpAddr> {
        self.v4.iter().map(|&(_, address)| address.into()).collect()
    }
}

/// The name to claim: as wanted, then `wanted-2`, `wanted-3`, … (RFC 6762 section 9).
fn candidate(wanted: &str, number: u32) -> String {
    if number < 2 {
        return wanted.into();
    }
    let suffix = format!("-{number}");
    let room = LABEL_MAX - suffix.len();
    format!("{}{suffix}", &wanted[..wanted.len().min(room)])
}

/// Bytes in a DNS label (RFC 1035 section 2.3.4).
const LABEL_MAX: usize = 63;

#[cfg(test)]
mod tests {
    use super::*;

    fn lan(index: u32, address: &str) -> Lan {
        Lan { interface: format!("eth{index}"), index, address: address.parse().expect("a written address") }
    }

    #[test]
    fn a_name_that_is_taken_gets_the_next_number() {
        assert_eq!(candidate("wizyjno", 1), "wizyjno");
        assert_eq!(candidate("wizyjno", 2), "wizyjno-2");
        assert_eq!(candidate("studio-54", 3), "studio-54-3");
        let longest = "a".repeat(LABEL_MAX);
        assert_eq!(candidate(&longest, 12), format!("{}-12", "a".repeat(LABEL_MAX - 3)));
        assert_eq!(candidate(&longest, u32::MAX).len(), LABEL_MAX);
    }

    #[test]
    fn new_ipv6_addresses_leave_the_claim_alone() {
        let before = [lan(2, "192.168.1.5"), lan(2, "fe80::1"), lan(3, "fe80::2")];
        let after = [lan(2, "192.168.1.5"), lan(2, "fe80::1"), lan(2, "2001:db8::77"), lan(3, "fe80::2")];
        assert_eq!(Reach::of(&before), Reach::of(&after));
        assert_ne!(Reach::of(&before), Reach::of(&[lan(2, "192.168.1.6"), lan(2, "fe80::1")]));
    }

    #[test]
    fn the_claim_reaches_only_interfaces_with_an_ipv4_address() {
        let reach = Reach::of(&[lan(2, "192.168.1.5"), lan(2, "fe80::1"), lan(3, "fe80::2")]);
        let parse = |address: &str| address.parse::<IpAddr>().expect("a written address");
        assert!(reach.has(2, parse("192.168.1.5")));
        assert!(!reach.has(2, parse("192.168.1.6")));
        assert!(!reach.has(3, parse("192.168.1.5")));
        assert!(reach.has(2, parse("fe80::9")));
        assert!(!reach.has(3, parse("fe80::2")));
    }

    #[test]
    fn an_answer_with_an_address_of_somebody_else_is_foreign() {
        let reach = Reach::of(&[lan(2, "192.168.1.5"), lan(3, "192.168.1.6")]);
        let foreign = |address: &str| reach.is_foreign(address.parse().expect("a written address"));
        assert!(!foreign("192.168.1.5") && !foreign("192.168.1.6") && !foreign("fe80::1"));
        assert!(foreign("192.168.1.7"));
    }

    #[test]
    fn the_announcement_over_ipv6_is_one_record_for_each_address() {
        let message = address_records("box", &[Ipv4Addr::new(10, 0, 0, 7)], HOST_TTL);
        let expected =
            b"\0\0\x84\0\0\0\0\x01\0\0\0\0\x03box\x05local\0\0\x01\x80\x01\0\0\0\x78\0\x04\x0a\0\0\x07";
        assert_eq!(message, expected);
        let two = address_records("box", &[Ipv4Addr::LOCALHOST; 2], Duration::ZERO);
        assert_eq!(two[7], 2);
        assert_eq!(two.len(), 12 + 2 * (expected.len() - 12));
    }
}
