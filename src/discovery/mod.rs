//! The box's name on the network: `wizyjno.local`, and the services that browsers of the network list.
//!
//! One name is claimed on one state of the network; when either changes, it is taken back and claimed anew.
//! Where avahi runs on this machine, `avahi` has it tell the name. Otherwise mdns-sd does, driven by
//! `responder`. `reach` says where, in both cases. What all of it does is written down in `docs/network.md`.
//!
//! A conflict while the name is probed for (RFC 6762 section 8.1) ends the claim as [`End::ProbeConflict`]; one
//! about a name that is held (section 9), as [`End::Conflict`]. Which of two devices keeps it is decided as in a
//! tie-break of simultaneous probes (section 8.2), in `responder` (`Responder::watch`), or by avahi.
//! [`Names::on_end`] chooses the next name, and `conflict_backoff` when it is probed for.

mod avahi;
mod conflict_backoff;
mod reach;
mod responder;
mod silence;

use crate::addresses::Lan;
use avahi::{Avahi, Groups, Outcome};
use conflict_backoff::ConflictBackoff;
use reach::Reach;
use responder::Responder;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};
use std::{future::pending, io, time::Duration};
use tokio::{
    sync::{oneshot, watch},
    task::JoinSet,
    time::{Instant, sleep, sleep_until, timeout},
};
use tracing::{debug, info, warn};

/// Where the two services listen.
#[derive(Clone, Copy, Debug)]
pub struct Ports {
    pub https: u16,
    /// `None`: the plain page is not served.
    pub http: Option<u16>,
}

/// Keeps the name announced until it is stopped or dropped.
pub struct Discovery {
    name: watch::Receiver<String>,
    leave: oneshot::Sender<()>,
    gone: oneshot::Receiver<()>,
}

impl Discovery {
    /// Claims `wanted` (one DNS label, in lower case, without `.local`), or the next free one of `wanted-2`,
    /// `wanted-3`, …, on the interfaces of `lan`, and follows them. Trouble with the network is not an
    /// error here: it is logged and retried.
    ///
    /// # Panics
    ///
    /// When called outside of a tokio runtime.
    pub fn start(wanted: &str, ports: Ports, lan: watch::Receiver<Vec<Lan>>) -> Discovery {
        let (sender, name) = watch::channel(host(wanted));
        let (leave, left) = oneshot::channel();
        let (staying, gone) = oneshot::channel::<()>();
        let names = Names::new(wanted);
        tokio::spawn(async move {
            keep_announced(names, ports, lan, sender, left).await;
            drop(staying);
        });
        Discovery { name, leave, gone }
    }

    /// The name by which the box is found, for example `wizyjno.local`: the wanted one until somebody
    /// else on the network turns out to have it, then the one that was free.
    pub fn name(&self) -> watch::Receiver<String> {
        self.name.clone()
    }

    /// Says goodbye, so that others forget the name at once. Takes a second at most.
    pub async fn stop(self) {
        drop(self.leave);
        if timeout(GOODBYE, self.gone).await.is_err() {
            debug!("left the network without a goodbye");
        }
    }
}

/// A goodbye takes some milliseconds; a machine that is too busy for it must not hold up the end.
const GOODBYE: Duration = Duration::from_secs(1);

/// How long D-Bus may take at the start to say whether avahi is there.
const LOOK_FOR_AVAHI: Duration = Duration::from_secs(1);

/// How long to wait after the sockets have failed.
const RETRY: Duration = Duration::from_secs(2);

/// Somebody else answers for the name though it was free when it was asked for. It is asked for once more;
/// when that happens twice within this time, asking does not settle it, and the box gives way.
const CONFLICT_WINDOW: Duration = Duration::from_secs(60);

async fn keep_announced(
    mut names: Names,
    ports: Ports,
    mut lan: watch::Receiver<Vec<Lan>>,
    name: watch::Sender<String>,
    mut left: oneshot::Receiver<()>,
) {
    // Whoever comes first may hold the name; but if avahi is there already, it is known in some milliseconds.
    let (sender, mut presence) = watch::channel(None);
    let mut following = JoinSet::new(); // which ends with this function
    following.spawn(avahi::follow(sender));
    let _ = timeout(LOOK_FOR_AVAHI, presence.changed()).await;
    // Where the name was told last, while it is the same and there is a network.
    let mut before = Reach::default();
    // The network as it was at the last turn.
    let mut last = Reach::default();
    loop {
        let reach = Reach::of(&lan.borrow_and_update()).after(&last, now());
        last = reach.clone();
        let avahi = presence.borrow_and_update().clone().filter(|_| !names.avahi_refused);
        let announced = AtomicBool::new(false);
        let claim = Claim {
            label: &names.label(),
            ports,
            reach: &reach,
            is_known: reach.is_known(&before),
            instance: &names.instance,
            name: &name,
            announced: &announced,
            not_before: names.backoff.until,
        };
        let (mut groups, mut responder) = (Groups::default(), None);
        let end = tokio::select! {
            end = claim.hold(avahi.as_ref(), &mut groups, &mut responder) => end,
            () = moved(&mut lan, &reach) => End::Moved,
            Ok(()) = presence.changed() => End::HandedOver,
            _ = &mut left => End::Stopped,
        };
        if let Some(avahi) = avahi {
            avahi.free(groups).await;
        }
        if let Some(responder) = responder {
            responder.stop().await;
        }
        before = match end {
            End::Stopped => return,
            End::ProbeConflict | End::Conflict => Reach::default(),
            _ if announced.load(Relaxed) || reach.places.is_empty() => reach,
            _ => before,
        };
        names.on_end(end).await;
    }
}

/// The name that is claimed, and what has come of the last claims.
struct Names {
    wanted: String,
    /// Of the name to claim: `wizyjno`, `wizyjno-2`, …
    number: u32,
    /// The same for the services, whose names only a list shows.
    instance: AtomicU32,
    /// avahi is there, and does not tell the name.
    avahi_refused: bool,
    last_conflict: Option<Instant>,
    backoff: ConflictBackoff,
    /// The last failure, which is told once.
    failure: String,
}

impl Names {
    fn new(wanted: &str) -> Names {
        Names {
            wanted: wanted.to_owned(),
            number: 1,
            instance: AtomicU32::new(1),
            avahi_refused: false,
            last_conflict: None,
            backoff: ConflictBackoff::default(),
            failure: String::new(),
        }
    }

    fn label(&self) -> String {
        candidate(&self.wanted, self.number)
    }

    /// Sees to the next claim: after a conflict with the next name, and later and later the more there are.
    async fn on_end(&mut self, end: End) {
        let label = self.label();
        if matches!(end, End::ProbeConflict | End::Conflict) {
            self.backoff.on_conflict(Instant::now());
        }
        match end {
            End::Stopped => {}
            End::Moved => debug!("the network has changed"),
            End::HandedOver => self.avahi_refused = false,
            End::Refused(error) => {
                self.avahi_refused = true;
                warn!(%error, "avahi does not tell {label}.local for us, so we answer beside it");
            }
            End::Silent(interface) => {
                self.avahi_refused = true;
                warn!(
                    interface,
                    "avahi does not answer there for {label}.local, so we answer beside it; see deny-interfaces, \
                     allow-interfaces and use-ipv4 in /etc/avahi/avahi-daemon.conf"
                );
            }
            End::Failed(error) => {
                // Once: it may stay like this for as long as the machine runs.
                if self.failure != error.to_string() {
                    self.failure = error.to_string();
                    warn!(%error, "cannot announce {label}.local, trying again; its addresses work meanwhile");
                }
                sleep(RETRY).await;
            }
            End::Conflict if self.last_conflict.is_none_or(|last| last.elapsed() > CONFLICT_WINDOW) => {
                self.last_conflict = Some(Instant::now());
                info!("another device answers for {label}.local too, asking again whose it is");
            }
            End::ProbeConflict | End::Conflict => {
                self.number = self.number % NAMES + 1;
                let next = self.label();
                match self.backoff.until {
                    None => warn!("{label}.local belongs to another device, trying {next}.local"),
                    Some(_) => warn!(
                        "somebody on this network takes every name; {next}.local is tried later, the addresses work meanwhile"
                    ),
                }
            }
        }
    }
}

/// After so many names the wanted one is retried.
const NAMES: u32 = 64;

/// Why a claim has ended: a conflict, or the network.
enum End {
    /// Somebody else had it already, and said so when probed (RFC 6762, 8.1); or avahi reports a collision.
    ProbeConflict,
    /// Somebody else answers for it though the box holds it (RFC 6762, 9).
    Conflict,
    /// The network has changed.
    Moved,
    /// avahi has come or gone.
    HandedOver,
    /// avahi is there, but will not do it.
    Refused(zbus::Error),
    /// avahi has taken the name, and does not answer for it on that interface.
    Silent(String),
    Failed(io::Error),
    Stopped,
}

/// One name on one state of the network.
struct Claim<'a> {
    label: &'a str,
    ports: Ports,
    reach: &'a Reach,
    /// The name was held in all of these networks at the last turn, so that nobody need be asked.
    is_known: bool,
    instance: &'a AtomicU32,
    name: &'a watch::Sender<String>,
    /// It was held here at some time.
    announced: &'a AtomicBool,
    not_before: Option<Instant>,
}

impl Claim<'_> {
    /// Claims the name, has it answered for, and sees to it that nobody else does. Without a network it only
    /// waits. What is to be taken back afterwards is in `groups` and `responder`.
    async fn hold(
        &self,
        avahi: Option<&Avahi>,
        groups: &mut Groups,
        responder: &mut Option<Responder>,
    ) -> End {
        if self.reach.places.is_empty() {
            return pending().await;
        }
        if let Some(time) = self.not_before {
            sleep_until(time).await;
        }
        let Some(avahi) = avahi else {
            return responder::hold(self, responder).await.unwrap_or_else(End::Failed);
        };
        match avahi.hold(self.label, self.ports, self.reach, groups, || self.held()).await {
            Outcome::Collision => End::ProbeConflict,
            Outcome::Refused(error) => End::Refused(error),
            Outcome::Silent(index) => End::Silent(interface(index)),
        }
    }

    fn held(&self) {
        self.announced.store(true, Relaxed);
        let host = host(self.label);
        info!("found on the network as {host}");
        self.name.send_if_modified(|known| {
            let changed = *known != host;
            *known = host;
            changed
        });
    }
}

fn now() -> std::time::Instant {
    std::time::Instant::now()
}

/// The host name to a label.
fn host(label: &str) -> String {
    format!("{label}.local")
}

/// Where the page is, for browsers of services (RFC 6763 section 6; `path` as registered for `_http._tcp`).
const TXT_ENTRIES: [(&str, &str); 2] = [("txtvers", "1"), ("path", "/")];

/// The services, each with its type's first label.
fn services(ports: Ports) -> impl Iterator<Item = (&'static str, u16)> {
    [("_https", Some(ports.https)), ("_http", ports.http)]
        .into_iter()
        .filter_map(|(name, port)| Some((name, port?)))
}

/// What people call an interface.
fn interface(index: u32) -> String {
    let any = std::net::UdpSocket::bind((std::net::Ipv4Addr::LOCALHOST, 0));
    let name = any.and_then(|any| Ok(rustix::net::netdevice::index_to_name(any, index)?));
    name.unwrap_or_else(|_| index.to_string())
}

/// Waits until the network is another than `reach`.
async fn moved(lan: &mut watch::Receiver<Vec<Lan>>, reach: &Reach) {
    while lan.changed().await.is_ok() {
        if Reach::of(&lan.borrow_and_update()) != *reach {
            return;
        }
    }
    // Nobody tells of changes: it stays as it is.
    pending().await
}

/// The name to claim: as wanted, then `wanted-2`, `wanted-3`, … (RFC 6762 section 9).
fn candidate(wanted: &str, number: u32) -> String {
    numbered(wanted, number, &format!("-{number}"))
}

fn numbered(label: &str, number: u32, suffix: &str) -> String {
    if number < 2 {
        return label.into();
    }
    let room = LABEL_MAX - suffix.len();
    format!("{}{suffix}", &label[..label.len().min(room)])
}

/// Bytes in a DNS label (RFC 1035 section 2.3.4).
const LABEL_MAX: usize = 63;

#[cfg(test)]
mod tests {
    use super::responder::alternative;
    use super::*;

    #[test]
    fn a_name_that_is_taken_gets_the_next_number() {
        assert_eq!(candidate("wizyjno", 1), "wizyjno");
        assert_eq!(candidate("wizyjno", 2), "wizyjno-2");
        assert_eq!(candidate("studio-54", 3), "studio-54-3");
        assert_eq!(alternative("wizyjno", 2), "wizyjno (2)");
        let longest = "a".repeat(LABEL_MAX);
        assert_eq!(candidate(&longest, 12), format!("{}-12", "a".repeat(LABEL_MAX - 3)));
        assert_eq!(candidate(&longest, u32::MAX).len(), LABEL_MAX);
    }
}
