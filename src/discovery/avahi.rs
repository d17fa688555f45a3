//! The name told by avahi, where avahi-daemon runs on this machine: one responder is enough for one port.
//!
//! It is asked over D-Bus (`org.freedesktop.Avahi.EntryGroup`), and takes everything back by itself when the
//! process has gone. It is never started: calls go to the one that runs, by its unique name.

use super::reach::Reach;
use super::responder::alternative;
use super::{Ports, TXT_ENTRIES, silence};
use futures_util::StreamExt;
use std::{path::Path, pin::pin, time::Duration};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use tracing::{debug, info};
use zbus::message::{Body, Type};
use zbus::{Connection, MatchRule, MessageStream, OwnedObjectPath, connection};

const NAME: &str = "org.freedesktop.Avahi";
const SERVER: &str = "org.freedesktop.Avahi.Server";
const GROUP: &str = "org.freedesktop.Avahi.EntryGroup";
const BUS: &str = "org.freedesktop.DBus";

/// How long avahi may take for an answer, which it gives at once.
const CALL_TIMEOUT: Duration = Duration::from_secs(5);

/// A machine without D-Bus gets one seldom; a bus that went away comes back.
const LOOK_FOR_BUS: Duration = Duration::from_secs(60);

/// Where the system's bus is, if no variable says otherwise (D-Bus specification, "System message bus").
const BUS_SOCKET: &str = "/run/dbus/system_bus_socket";
const BUS_VARIABLE: &str = "DBUS_SYSTEM_BUS_ADDRESS";

/// The avahi-daemon that runs.
#[derive(Clone)]
pub(super) struct Avahi {
    bus: Connection,
    /// Its unique name on the bus, another one after each start.
    owner: String,
}

/// How an attempt to hold the name ended.
pub(super) enum Outcome {
    /// Somebody else has it: a conflict, when it was probed for or later.
    Collision,
    /// avahi does not do it: it is set not to publish, or has gone.
    Refused(zbus::Error),
    /// It has taken the name, but does not answer for it on the interface with this index.
    Silent(u32),
}

/// Tells for good whether avahi is there, for the first time as soon as that is known.
pub(super) async fn follow(presence: watch::Sender<Option<Avahi>>) {
    follow_socket(presence, Path::new(BUS_SOCKET), LOOK_FOR_BUS).await
}

async fn follow_socket(presence: watch::Sender<Option<Avahi>>, socket: &Path, pause: Duration) {
    let mut told = false;
    loop {
        // Connecting takes some twenty wake-ups.
        let there = socket.exists() || std::env::var_os(BUS_VARIABLE).is_some();
        if there && let Err(error) = follow_bus(&presence).await {
            debug!(%error, "no D-Bus");
        }
        // Once only: whoever hears of it claims the name anew.
        presence.send_if_modified(|known| known.take().is_some() || !told);
        told = true;
        sleep(pause).await;
    }
}

async fn follow_bus(presence: &watch::Sender<Option<Avahi>>) -> zbus::Result<()> {
    let bus = connection::Builder::system().method_timeout(CALL_TIMEOUT).build().await?;
    let rule =
        MatchRule::builder().msg_type(Type::Signal).sender(BUS).interface(BUS).member("NameOwnerChanged");
    let mut changes = MessageStream::for_match_rule(rule.arg(0, NAME).build()?, &bus, None).await?;
    let owned_by = |owner: String| Some(Avahi { bus: bus.clone(), owner });
    let owner = bus.call_method(Some(BUS), "/org/freedesktop/DBus", Some(BUS), "GetNameOwner", &NAME).await;
    presence.send_replace(match owner {
        Ok(owner) => owned_by(owner.body().deserialize()?),
        Err(_) => None,
    });
    while let Some(change) = changes.next().await {
        let body = change?.body();
        let (_, _, owner): (&str, &str, String) = body.deserialize()?;
        presence.send_replace(if owner.is_empty() { None } else { owned_by(owner) });
    }
    Ok(())
}

/// What avahi keeps for the box, until it is freed.
#[derive(Default)]
pub(super) struct Groups(Vec<OwnedObjectPath>);

// Words of avahi's interface (avahi-common/defs.h).
const ANY_PROTOCOL: i32 = -1;
const NO_REVERSE: u32 = 16;
const ESTABLISHED: i32 = 2;
const COLLISION: i32 = 3;
const FAILURE: i32 = 4;

impl Avahi {
    /// Has avahi tell the name and the services, and calls `held` once nobody has objected. Returns when the
    /// name is lost.
    pub(super) async fn hold(
        &self,
        label: &str,
        ports: Ports,
        reach: &Reach,
        groups: &mut Groups,
        held: impl FnOnce(),
    ) -> Outcome {
        match self.try_hold(label, ports, reach, groups, held).await {
            Ok(silent) => silent.map_or(Outcome::Collision, Outcome::Silent),
            Err(error) => Outcome::Refused(error),
        }
    }

    /// Takes back what was told.
    pub(super) async fn free(&self, groups: Groups) {
        for group in groups.0 {
            let freed = timeout(super::GOODBYE, self.call(&group, GROUP, "Free", &()));
            if !matches!(freed.await, Ok(Ok(_))) {
                debug!("avahi has gone before it could take the name back");
            }
        }
    }

    async fn try_hold(
        &self,
        label: &str,
        ports: Ports,
        reach: &Reach,
        groups: &mut Groups,
        held: impl FnOnce(),
    ) -> zbus::Result<Option<u32>> {
        let host = super::host(label);
        let (name, mut name_states) = self.group(groups).await?;
        for (&index, place) in &reach.places {
            for address in &place.told {
                let record = (index as i32, ANY_PROTOCOL, NO_REVERSE, &host, address.to_string());
                if !self.add(&name, "AddAddress", &record).await? {
                    return Ok(None);
                }
            }
        }
        if !self.commit(&name, &mut name_states).await? {
            return Ok(None);
        }
        held();
        // A service of another box on this machine may have that name. Only a list shows it, so another does.
        let text: Vec<Vec<u8>> =
            TXT_ENTRIES.iter().map(|(key, value)| format!("{key}={value}").into_bytes()).collect();
        let mut number = 1;
        let mut service_states = loop {
            let instance = alternative(label, number);
            let (services, mut states) = self.group(groups).await?;
            let mut free = true;
            for &index in reach.places.keys() {
                for (service, port) in super::services(ports) {
                    let kind = format!("{service}._tcp");
                    let record = (index as i32, ANY_PROTOCOL, 0u32, &instance, kind, "", &host, port, &text);
                    free = free && self.add(&services, "AddService", &record).await?;
                }
            }
            if free && self.commit(&services, &mut states).await? {
                break states;
            }
            self.call(&services, GROUP, "Reset", &()).await?;
            number += 1;
        };
        info!("avahi tells the network of {host}");
        let mut silence = pin!(silence::silent_place(label, reach));
        let mut asking = true;
        loop {
            tokio::select! {
                silent = &mut silence, if asking => match silent {
                    None => asking = false,
                    silent => return Ok(silent),
                },
                state = next_state(&mut name_states) => if state? == COLLISION { return Ok(None) },
                // Later quarrels about the services: avahi has withdrawn them, and the name still leads here.
                state = next_state(&mut service_states) => drop(state?),
            }
        }
    }

    /// Another group of records, and what becomes of it.
    async fn group(&self, groups: &mut Groups) -> zbus::Result<(OwnedObjectPath, MessageStream)> {
        let group: OwnedObjectPath = self.call("/", SERVER, "EntryGroupNew", &()).await?.deserialize()?;
        groups.0.push(group.clone());
        let rule = MatchRule::builder().msg_type(Type::Signal).sender(self.owner.as_str());
        let rule = rule.interface(GROUP).member("StateChanged").path(group.clone()).build()?;
        let states = MessageStream::for_match_rule(rule, &self.bus, None).await?;
        Ok((group, states))
    }

    /// False if somebody on this machine has told something else already.
    async fn add<B>(&self, group: &OwnedObjectPath, what: &str, record: &B) -> zbus::Result<bool>
    where
        B: serde::Serialize + zbus::zvariant::DynamicType,
    {
        match self.call(group, GROUP, what, record).await {
            Ok(_) => Ok(true),
            Err(zbus::Error::MethodError(name, ..)) if name == "org.freedesktop.Avahi.CollisionError" => {
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    /// False if somebody on the network has it.
    async fn commit(&self, group: &OwnedObjectPath, states: &mut MessageStream) -> zbus::Result<bool> {
        self.call(group, GROUP, "Commit", &()).await?;
        loop {
            match next_state(states).await? {
                ESTABLISHED => return Ok(true),
                COLLISION => return Ok(false),
                _ => {}
            }
        }
    }

    async fn call<B>(&self, path: &str, interface: &str, method: &str, body: &B) -> zbus::Result<Body>
    where
        B: serde::Serialize + zbus::zvariant::DynamicType,
    {
        let reply =
            self.bus.call_method(Some(self.owner.as_str()), path, Some(interface), method, body).await?;
        Ok(reply.body())
    }
}

async fn next_state(states: &mut MessageStream) -> zbus::Result<i32> {
    let gone = || zbus::Error::Failure("the bus has gone".into());
    let (state, error): (i32, String) = states.next().await.ok_or_else(gone)??.body().deserialize()?;
    if state == FAILURE { Err(zbus::Error::Failure(error)) } else { Ok(state) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn that_there_is_no_bus_is_told_once() {
        let (sender, mut presence) = watch::channel(None);
        tokio::spawn(follow_socket(sender, Path::new("/nowhere/bus"), Duration::from_millis(1)));
        presence.changed().await.expect("it goes on looking");
        assert!(timeout(Duration::from_millis(100), presence.changed()).await.is_err(), "told again");
    }
}
