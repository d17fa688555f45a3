//! All spaces that are there: made when somebody comes, gone when nobody is left, and found by what comes
//! for them.

use super::budget::SpaceBudget;
use super::space::{Outside, Space, refuse};
use crate::ice_servers::IceServers;
use crate::ids::{ClientPrefix, ConnectionId, IdRegistry, SpaceId};
use crate::lobby::{Counts, Identity, Input, Lobby, Rules};
use crate::media::{self, Media};
use crate::outbox::Outbox;
use crate::protocol::{Person, SpaceEndReason};
use crate::space_name::SpaceName;
use crate::spaces::{NoSpace, SpaceRegistry};
use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

/// What lobbies are made of.
pub(crate) struct LobbySetup {
    pub(crate) rules: Rules,
    pub(crate) identity: Identity,
    /// Of the lobby at `/`; each space has one of its own.
    pub(crate) secret: [u8; 32],
    /// Where the ids of a lobby start: anywhere.
    pub(crate) random_seed: fn() -> u32,
    pub(crate) registry: Arc<SpaceRegistry>,
}

/// A connection that has opened.
pub(super) struct Newcomer {
    pub(super) connection: ConnectionId,
    /// Where to; `None`: the lobby at `/`.
    pub(super) space: Option<SpaceName>,
    pub(super) from: ClientPrefix,
    pub(super) via: IpAddr,
    pub(super) outbox: Arc<Outbox>,
}

/// The next deadline of each space that has one.
#[derive(Default)]
struct Deadlines(BTreeSet<(Instant, SpaceId)>);

/// See the [module](self).
pub(super) struct SpaceMap {
    setup: LobbySetup,
    outside: Outside,
    started: Instant,
    ids: IdRegistry,
    spaces: HashMap<SpaceId, Space>,
    names: HashMap<SpaceName, SpaceId>,
    /// The space of each connection.
    connections: HashMap<ConnectionId, SpaceId>,
    deadlines: Deadlines,
    budget: SpaceBudget,
    next_id: u64,
}

impl SpaceMap {
    /// With the lobby at `/`.
    pub(super) fn new(
        setup: LobbySetup,
        media: Media,
        ice_servers: IceServers,
        started: Instant,
    ) -> SpaceMap {
        let mut map = SpaceMap {
            setup,
            outside: Outside { media, ice_servers },
            started,
            ids: IdRegistry::default(),
            spaces: HashMap::new(),
            names: HashMap::new(),
            connections: HashMap::new(),
            deadlines: Deadlines::default(),
            budget: SpaceBudget::default(),
            next_id: SpaceId::MAIN.0,
        };
        let rules = map.setup.rules.clone();
        map.add(None, rules, map.setup.secret);
        map
    }

    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.deadlines.first().map(|(deadline, _)| deadline)
    }

    /// Does what is due.
    pub(super) fn tick(&mut self, now: Instant) {
        while let Some((due, id)) = self.deadlines.first()
            && due <= now
        {
            let has_ended = self.spaces[&id].ends.is_some_and(|ends| ends <= now);
            if has_ended {
                if let Some(name) = &self.spaces[&id].name {
                    self.setup.registry.end(name);
                }
                self.end(id, now, SpaceEndReason::Expired);
            } else {
                self.handle(id, now, Input::Tick);
            }
        }
    }

    /// Lets a connection into its space, or tells it why there is none.
    pub(super) fn connect(&mut self, now: Instant, newcomer: Newcomer) {
        let Newcomer { connection, space, from, via, outbox } = newcomer;
        let entered = match space {
            None => Ok(SpaceId::MAIN),
            Some(name) => self.enter(name, from, now),
        };
        match entered {
            Ok(id) => {
                self.connections.insert(connection, id);
                self.spaces.get_mut(&id).expect("it was entered").connect(connection, outbox);
                self.handle(id, now, Input::Connected { connection, from, via });
            }
            Err(why) => refuse(&outbox, why),
        }
    }

    /// The space of that name, made if need be.
    fn enter(
        &mut self,
        name: SpaceName,
        from: ClientPrefix,
        now: Instant,
    ) -> Result<SpaceId, SpaceEndReason> {
        let terms = self.setup.registry.terms(&name).map_err(|why| match why {
            NoSpace::Unknown => SpaceEndReason::Removed,
            NoSpace::Ended => SpaceEndReason::Expired,
        })?;
        if let Some(&id) = self.names.get(&name) {
            if self.spaces[&id].is_under(terms) {
                return Ok(id);
            }
            // The settings are others already, and the rules are not.
            self.end(id, now, SpaceEndReason::Removed);
        }
        let restoring = now < self.started + self.setup.rules.reconnect_grace;
        if terms.is_open && !self.budget.claim(from, restoring, now) {
            return Err(SpaceEndReason::TooMany);
        }
        tracing::info!(space = %name, "a space begins");
        let rules = rules_of(&self.setup.rules, terms.size);
        let secret = self.setup.registry.secret_of(&name);
        let id = self.add(Some(name.clone()), rules, secret);
        let space = self.spaces.get_mut(&id).expect("it was added");
        space.maker = terms.is_open.then_some(from);
        space.ends = self.setup.registry.ends(&name);
        space.has_lifetime = terms.lifetime.is_some();
        self.names.insert(name, id);
        self.deadlines.replace(id, None, space.next_deadline());
        Ok(id)
    }

    fn add(&mut self, name: Option<SpaceName>, rules: Rules, secret: [u8; 32]) -> SpaceId {
        let id = SpaceId(self.next_id);
        self.next_id += 1;
        // Each has a run of its own, so that no token of a space that is over is of this one.
        let seed = (self.setup.random_seed)();
        let lobby = Lobby::new(rules, self.setup.identity.clone(), secret, seed, self.started);
        self.spaces.insert(id, Space::new(id, name, lobby.in_space(id, self.ids.clone())));
        id
    }

    /// Passes on what concerns a connection. One that was refused, or whose space has ended, says nothing to
    /// anybody.
    pub(super) fn hear(&mut self, connection: ConnectionId, now: Instant, input: Input) {
        if let Some(&id) = self.connections.get(&connection) {
            self.handle(id, now, input);
        }
    }

    pub(super) fn disconnect(&mut self, connection: ConnectionId, now: Instant) {
        self.hear(connection, now, Input::Disconnected { connection });
        self.connections.remove(&connection);
    }

    pub(super) fn send_list(&mut self, to: ConnectionId) {
        if let Some(space) = self.connections.get(&to).and_then(|id| self.spaces.get_mut(id)) {
            space.send_list(to);
        }
    }

    /// Passes on what the relay says. What it says of somebody who has left comes too late.
    pub(super) fn on_relay_event(&mut self, now: Instant, event: media::Event) {
        if let Some(id) = self.ids.space_of(event.subject()) {
            self.handle(id, now, Input::Relay(event));
        }
    }

    fn handle(&mut self, id: SpaceId, now: Instant, input: Input) {
        let Some(space) = self.spaces.get_mut(&id) else { return };
        let before = space.next_deadline();
        space.handle(now, input, &self.outside);
        // Who is not let in begins no lifetime: whoever lacks the PIN would end a space before it is used.
        if space.has_lifetime
            && space.ends.is_none()
            && space.has_people()
            && let Some(name) = &space.name
        {
            space.ends = self.setup.registry.begin(name, now);
        }
        self.deadlines.replace(id, before, space.next_deadline());
        if id != SpaceId::MAIN && space.is_empty() {
            self.remove(id, now);
        }
    }

    /// Takes a space out of the map.
    fn remove(&mut self, id: SpaceId, now: Instant) -> Option<Space> {
        let space = self.spaces.remove(&id)?;
        self.deadlines.replace(id, space.next_deadline(), None);
        if let Some(name) = &space.name {
            tracing::info!(space = %name, "a space is over");
            self.names.remove(name);
        }
        if let Some(maker) = space.maker {
            self.budget.release(maker, now);
        }
        Some(space)
    }

    /// Ends a space with a word to its people.
    fn end(&mut self, id: SpaceId, now: Instant, why: SpaceEndReason) {
        let Some(space) = self.remove(id, now) else { return };
        for connection in space.end(now, why, &self.outside) {
            self.connections.remove(&connection);
        }
    }

    pub(super) fn rename_host(&mut self, host: &str) {
        self.setup.identity.host = host.to_owned();
        for space in self.spaces.values_mut() {
            space.lobby.rename_host(host.to_owned());
        }
    }

    /// Takes over other servers of the direct path, for who comes or asks next.
    pub(super) fn change_ice_servers(&mut self, ice_servers: IceServers) {
        self.outside.ice_servers = ice_servers;
    }

    /// Takes over other rules, of the lobby and of each space, and ends the spaces that are not to be.
    pub(super) fn change_rules(&mut self, now: Instant, rules: Rules) {
        self.setup.rules = rules;
        let mut removed = Vec::new();
        for space in self.spaces.values_mut() {
            let size = match &space.name {
                None => None,
                Some(name) => match self.setup.registry.terms(name) {
                    Ok(terms) if space.is_under(terms) => {
                        let before = space.next_deadline();
                        space.has_lifetime = terms.lifetime.is_some();
                        space.ends = match space.has_people() {
                            true => self.setup.registry.begin(name, now),
                            false => self.setup.registry.ends(name),
                        };
                        self.deadlines.replace(space.id, before, space.next_deadline());
                        terms.size
                    }
                    _ => {
                        removed.push(space.id);
                        continue;
                    }
                },
            };
            space.lobby.change_rules(rules_of(&self.setup.rules, size));
        }
        for id in removed {
            self.end(id, now, SpaceEndReason::Removed);
        }
    }

    /// How many there are of everything, in all spaces together.
    pub(super) fn counts(&self) -> Counts {
        self.spaces.values().map(|space| space.lobby.counts()).sum()
    }

    /// Everybody who is here, each with the name of the space.
    pub(super) fn people(&self) -> Vec<(Option<SpaceName>, Person)> {
        let of = |space: &Space| {
            let people: Vec<_> = space.lobby.people().collect();
            let name = space.name.clone();
            people.into_iter().map(move |person| (name.clone(), person))
        };
        self.spaces.values().flat_map(of).collect()
    }

    pub(super) fn close_for_restart(&self) {
        self.spaces.values().for_each(Space::close_for_restart);
    }
}

impl Deadlines {
    fn first(&self) -> Option<(Instant, SpaceId)> {
        self.0.first().copied()
    }

    fn replace(&mut self, id: SpaceId, before: Option<Instant>, after: Option<Instant>) {
        if before == after {
            return;
        }
        if let Some(before) = before {
            self.0.remove(&(before, id));
        }
        self.0.extend(after.map(|deadline| (deadline, id)));
    }
}

/// The rules of a space that holds so many people.
fn rules_of(rules: &Rules, size: Option<usize>) -> Rules {
    Rules { people: size.unwrap_or(rules.people), ..rules.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::SpaceSettings;
    use std::collections::BTreeMap;
    use std::net::Ipv4Addr;

    fn newcomer(connection: u64, space: &SpaceName) -> Newcomer {
        let client = IpAddr::from(Ipv4Addr::LOCALHOST);
        Newcomer {
            connection: ConnectionId(connection),
            space: Some(space.clone()),
            from: ClientPrefix::of(client),
            via: client,
            outbox: Arc::new(Outbox::default()),
        }
    }

    /// Between the two, somebody comes without the PIN that the space had.
    #[test]
    fn a_space_that_the_settings_take_away_is_over_before_its_rules_change() {
        let name = SpaceName::new("choir").expect("a name");
        let configured = BTreeMap::from([(name.clone(), SpaceSettings::default())]);
        let registry = Arc::new(SpaceRegistry::new([7; 32], &configured, true));
        let identity = Identity { host: "a.local".into(), version: "1".into(), ..Identity::default() };
        let setup = LobbySetup {
            rules: Rules::default(),
            identity,
            secret: [7; 32],
            random_seed: || 5,
            registry: registry.clone(),
        };
        let now = Instant::now();
        let mut map = SpaceMap::new(setup, Media::none().0, IceServers::default(), now);
        map.connect(now, newcomer(1, &name));
        let old = map.connections[&ConnectionId(1)];
        registry.apply(&BTreeMap::new(), true);
        map.connect(now, newcomer(2, &name));
        assert_ne!(map.connections[&ConnectionId(2)], old);
        assert!(!map.connections.contains_key(&ConnectionId(1)) && !map.spaces.contains_key(&old));
    }
}
