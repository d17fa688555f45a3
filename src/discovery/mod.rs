//! The box's name on the network: `wizyjno.local`, and the services that browsers of the network list.
//!
//! One name is claimed on one state of the network; when either changes, it is taken back and claimed anew.
//! Where avahi runs on this machine, `avahi` has it tell the name. Otherwise we do: `responder` is multicast
//! DNS itself, pure; `records` what it says, `multicast` its sockets. `reach` says where, in both cases.
//! What all of it does is written down in `docs/network.md`.

mod avahi;
#[doc(hidden)] // to be seen by fuzz/ only
pub mod fuzzing;
mod multicast;
mod reach;
mod records;
mod responder;
mod silence;
#[cfg(test)]
mod tests;

use crate::addresses::Lan;
use avahi::{Avahi, Groups, Outcome};
use multicast::{MESSAGE_MAX, Sockets};
use reach::Reach;
use responder::{Responder, Standing};
use std::{cell::Cell, future::pending, io, thread, time::Duration};
use tokio::{
    sync::{oneshot, watch},
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
    /// error here: it is logged and tried again.
    ///
    /// All of it runs on a thread of its own: whoever floods the port of names delays nothing else.
    pub fn start(wanted: &str, ports: Ports, lan: watch::Receiver<Vec<Lan>>) -> Discovery {
        let (sender, name) = watch::channel(format!("{wanted}.local"));
        let (leave, left) = oneshot::channel();
        let (staying, gone) = oneshot::channel::<()>();
        let wanted = wanted.to_owned();
        let announcing = move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            match runtime {
                Ok(runtime) => runtime.block_on(keep_announced(wanted, ports, lan, sender, left)),
                Err(error) => warn!(%error, "cannot announce {wanted}.local"),
            }
            drop(staying);
        };
        if let Err(error) = thread::Builder::new().name("names".into()).spawn(announcing) {
            warn!(%error, "no thread to announce the name");
        }
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

/// Somebody else answers for our name though it was free when we asked. We ask again; if that happens
/// twice within this time, asking does not settle it, and we give way.
const CONTEST: Duration = Duration::from_secs(60);

async fn keep_announced(
    wanted: String,
    ports: Ports,
    mut lan: watch::Receiver<Vec<Lan>>,
    name: watch::Sender<String>,
    mut left: oneshot::Receiver<()>,
) {
    // Whoever comes first may be us; but if avahi is there already, it is known in some milliseconds.
    let (sender, mut presence) = watch::channel(None);
    tokio::spawn(avahi::follow(sender));
    let _ = timeout(LOOK_FOR_AVAHI, presence.changed()).await;
    let mut refused = false;
    let mut number = 1;
    let mut contested: Option<Instant> = None;
    let mut quarrels = Quarrels::default();
    let mut trouble = String::new();
    // Where the name of now was last said to lead.
    let mut before = Reach::default();
    // The network as it was at the last turn.
    let mut last = Reach::default();
    loop {
        let reach = Reach::of(&lan.borrow_and_update()).after(&last, now());
        last = reach.clone();
        let label = candidate(&wanted, number);
        let avahi = presence.borrow_and_update().clone().filter(|_| !refused);
        let mut groups = Groups::default();
        let announced = Cell::new(false);
        let claim = Claim {
            label: &label,
            ports,
            reach: &reach,
            before: &before,
            name: &name,
            announced: &announced,
            not_before: quarrels.over,
        };
        let end = tokio::select! {
            end = claim.hold(avahi.as_ref(), &mut groups) => end,
            () = moved(&mut lan, &reach) => End::Moved,
            Ok(()) = presence.changed() => End::HandedOver,
            _ = &mut left => End::Stopped,
        };
        if let Some(avahi) = avahi {
            avahi.free(groups).await;
        }
        if matches!(end, End::Taken | End::Contested) {
            quarrels.another(Instant::now());
        }
        match end {
            End::Stopped => return,
            End::Moved => {
                debug!("the network has changed");
                if announced.get() {
                    before = reach;
                }
            }
            End::HandedOver => refused = false,
            End::Refused(error) => {
                refused = true;
                warn!(%error, "avahi does not tell {label}.local for us, so we answer beside it");
            }
            End::Silent(interface) => {
                refused = true;
                warn!(
                    interface,
                    "avahi does not answer there for {label}.local, so we answer beside it; see deny-interfaces, \
                     allow-interfaces and use-ipv4 in /etc/avahi/avahi-daemon.conf"
                );
            }
            End::Failed(error) => {
                // Once: it may stay like this for as long as the machine runs.
                if trouble != error.to_string() {
                    trouble = error.to_string();
                    warn!(%error, "cannot announce {label}.local, trying again; its addresses work meanwhile");
                }
                sleep(RETRY).await;
            }
            End::Contested if contested.is_none_or(|last| last.elapsed() > CONTEST) => {
                contested = Some(Instant::now());
                info!("another device answers for {label}.local too, asking again whose it is");
            }
            End::Taken | End::Contested => {
                number = number % NAMES + 1;
                before = Reach::default();
                let next = candidate(&wanted, number);
                match quarrels.over {
                    None => warn!("{label}.local belongs to another device, trying {next}.local"),
                    Some(_) => warn!(
                        "somebody on this network takes every name; {next}.local is tried later, the addresses work meanwhile"
                    ),
                }
            }
        }
    }
}

/// After so many names the wanted one is tried again.
const NAMES: u32 = 64;

/// How often others have claimed our name lately, so that nobody makes the box ask for names without a pause.
#[derive(Default)]
struct Quarrels {
    number: u32,
    last: Option<Instant>,
    /// No name is asked for before.
    over: Option<Instant>,
}

impl Quarrels {
    /// RFC 6762 section 8.1: fifteen within ten seconds, and each further name is asked for after five seconds at
    /// the earliest. Ours double, and wait for a quiet time to be forgotten.
    fn another(&mut self, now: Instant) {
        if self.last.is_some_and(|last| now.duration_since(last) > QUIET) {
            self.number = 0;
        }
        self.number += 1;
        self.last = Some(now);
        let doublings = self.number.checked_sub(QUARRELS);
        self.over = doublings.map(|number| now + LONGEST_PAUSE.min(FIRST_PAUSE * (1 << number.min(8))));
    }
}

const QUARRELS: u32 = 15;
const FIRST_PAUSE: Duration = Duration::from_secs(5);
/// The longest of these pauses (SECURITY.md).
const LONGEST_PAUSE: Duration = Duration::from_secs(300);
const QUIET: Duration = Duration::from_secs(600);

/// Why a name is not held any more.
enum End {
    /// Somebody else had it already, and said so when we asked.
    Taken,
    /// Somebody else answers for it though we hold it.
    Contested,
    /// The network is not the same any more.
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
    /// Where it was said to lead before.
    before: &'a Reach,
    name: &'a watch::Sender<String>,
    /// It was held here at some time.
    announced: &'a Cell<bool>,
    not_before: Option<Instant>,
}

impl Claim<'_> {
    /// Claims the name, has it answered for, and sees to it that nobody else does. Without a network it only
    /// waits.
    async fn hold(&self, avahi: Option<&Avahi>, groups: &mut Groups) -> End {
        if self.reach.places.is_empty() {
            return pending().await;
        }
        if let Some(time) = self.not_before {
            sleep_until(time).await;
        }
        match avahi {
            Some(avahi) => match avahi.hold(self.label, self.ports, self.reach, groups, || self.held()).await
            {
                Outcome::Taken => End::Taken,
                Outcome::Refused(error) => End::Refused(error),
                Outcome::Silent(index) => End::Silent(interface(index)),
            },
            None => self.answer().await.unwrap_or_else(End::Failed),
        }
    }

    async fn answer(&self) -> io::Result<End> {
        let mut speaker = Speaker::new(self.label, self.ports, self.reach)?;
        speaker.responder.correct(self.before);
        let mut buffer = [0; MESSAGE_MAX];
        let mut found = false;
        loop {
            speaker.say();
            match speaker.responder.standing() {
                Standing::Claiming => {}
                Standing::Held if found => {}
                Standing::Held => {
                    found = true;
                    self.held();
                }
                Standing::Taken => return Ok(End::Taken),
                Standing::Contested => return Ok(End::Contested),
            }
            let deadline = speaker.responder.deadline();
            tokio::select! {
                (length, place, from) = speaker.sockets.receive(&mut buffer) => {
                    speaker.responder.heard(now(), place, from, &buffer[..length]);
                }
                () = sleep_until(deadline.into()) => {}
            }
            speaker.responder.tick(now());
        }
    }

    fn held(&self) {
        self.announced.set(true);
        let ours = format!("{}.local", self.label);
        info!("found on the network as {ours}");
        self.name.send_if_modified(|known| {
            let changed = *known != ours;
            *known = ours;
            changed
        });
    }
}

fn now() -> std::time::Instant {
    std::time::Instant::now()
}

/// The responder with its voice. Leaving is drop: a goodbye.
struct Speaker {
    responder: Responder,
    sockets: Sockets,
}

impl Speaker {
    fn new(label: &str, ports: Ports, reach: &Reach) -> io::Result<Speaker> {
        let sockets = Sockets::open(reach)?;
        let mut random = [0; 4];
        aws_lc_rs::rand::fill(&mut random).expect("the kernel gives randomness");
        let responder = Responder::new(label, ports, reach.clone(), u32::from_ne_bytes(random), now());
        Ok(Speaker { responder, sockets })
    }

    fn say(&mut self) {
        for say in self.responder.take() {
            self.sockets.send(say);
        }
    }
}

impl Drop for Speaker {
    fn drop(&mut self) {
        self.responder.goodbye();
        self.say();
    }
}

/// What people call an interface.
fn interface(index: u32) -> String {
    let any = std::net::UdpSocket::bind((std::net::Ipv4Addr::LOCALHOST, 0));
    let name = any.and_then(|any| Ok(rustix::net::netdevice::index_to_name(any, index)?));
    name.unwrap_or_else(|_| index.to_string())
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

/// The name to claim: as wanted, then `wanted-2`, `wanted-3`, … (RFC 6762 section 9).
fn candidate(wanted: &str, number: u32) -> String {
    numbered(wanted, number, &format!("-{number}"))
}

/// The name in lists of services, for people: `wizyjno`, then `wizyjno (2)`, … (RFC 6763 appendix D).
fn alternative(label: &str, number: u32) -> String {
    numbered(label, number, &format!(" ({number})"))
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
