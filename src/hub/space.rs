//! One space of the hub: its lobby, its clients, and what the lobby wants done.

use crate::ice_servers::IceServers;
use crate::ids::{ClientPrefix, ConnectionId, SpaceId};
use crate::lobby::{CloseReason, Effect, Input, Lobby};
use crate::media::Media;
use crate::outbox::{Close, Frame, Outbox};
use crate::protocol::{Ice, Person, ServerMessage, SpaceEndReason};
use crate::space_name::SpaceName;
use crate::spaces::SpaceTerms;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

/// People in one message of the list: few messages in all, and small enough for a phone to show the first
/// while the next one is on its way.
const PEOPLE_PER_MESSAGE: usize = 500;

/// See the [module](self).
pub(super) struct Space {
    pub(super) id: SpaceId,
    /// `None`: the lobby at `/`.
    pub(super) name: Option<SpaceName>,
    pub(super) lobby: Lobby,
    clients: HashMap<ConnectionId, Client>,
    /// The list of people, serialised. Made when the first newcomer since the last [`Effect::Broadcast`]
    /// needs it; valid until the next one, which repeats what changed in between.
    list: Option<Vec<Frame>>,
    /// Its time is over some while after its first person.
    pub(super) has_lifetime: bool,
    /// When its time is over, once it has begun.
    pub(super) ends: Option<Instant>,
    /// Who has made it, if it is none of the settings.
    pub(super) maker: Option<ClientPrefix>,
}

/// What a space has of the world outside of its lobby.
pub(super) struct Outside {
    pub(super) media: Media,
    pub(super) ice_servers: IceServers,
}

struct Client {
    outbox: Arc<Outbox>,
    /// Receives changes of the list.
    subscribed: bool,
}

impl Outside {
    fn ice_for(&self, page: ConnectionId) -> Ice {
        // A clock before 1970 makes credentials that are over, as would any other that is wrong.
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        self.ice_servers.issue(now, page)
    }
}

impl Space {
    pub(super) fn new(id: SpaceId, name: Option<SpaceName>, lobby: Lobby) -> Space {
        let (clients, list, has_lifetime) = (HashMap::new(), None, false);
        Space { id, name, lobby, clients, list, has_lifetime, ends: None, maker: None }
    }

    /// Whether nobody is there or expected back.
    pub(super) fn is_empty(&self) -> bool {
        self.clients.is_empty() && !self.has_people()
    }

    /// Whether somebody has been let in and has not left.
    pub(super) fn has_people(&self) -> bool {
        self.lobby.people().next().is_some()
    }

    /// Whether it was made under such terms; under others it is another space, though it has the same name.
    pub(super) fn is_under(&self, terms: SpaceTerms) -> bool {
        terms.is_open == self.maker.is_some()
    }

    /// When something is to be done, unless an input comes first.
    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.lobby.next_deadline().into_iter().chain(self.ends).min()
    }

    pub(super) fn connect(&mut self, connection: ConnectionId, outbox: Arc<Outbox>) {
        self.clients.insert(connection, Client { outbox, subscribed: false });
    }

    pub(super) fn handle(&mut self, now: Instant, input: Input, outside: &Outside) {
        if let Input::Disconnected { connection } = &input {
            self.clients.remove(connection);
        }
        for effect in self.lobby.handle(now, input) {
            self.perform(effect, outside);
        }
    }

    fn perform(&mut self, effect: Effect, outside: &Outside) {
        match effect {
            Effect::Send { to, mut message } => {
                let Some(client) = self.clients.get(&to) else { return };
                if let ServerMessage::Welcome { ice, .. } | ServerMessage::Ice { ice } = &mut message {
                    *ice = outside.ice_for(to);
                }
                let frame = Frame::new(&message);
                match message {
                    ServerMessage::Signal { .. } => client.outbox.push_signal(frame),
                    _ => client.outbox.push(frame),
                }
            }
            Effect::Subscribe { to } => {
                if let Some(client) = self.clients.get_mut(&to) {
                    client.subscribed = true;
                }
                self.send_list(to);
            }
            Effect::Broadcast(message) => {
                self.list = None;
                let frame = Frame::new(&message);
                for client in self.clients.values().filter(|client| client.subscribed) {
                    client.outbox.push_presence(frame.clone());
                }
            }
            Effect::Command { member, command } => outside.media.send(member, command),
            Effect::Close { connection, why } => {
                if let Some(client) = self.clients.get_mut(&connection) {
                    client.subscribed = false;
                    client.outbox.close(match why {
                        CloseReason::Goodbye => Close::Done,
                        CloseReason::TakenOver => Close::TakenOver,
                    });
                }
            }
        }
    }

    pub(super) fn send_list(&mut self, to: ConnectionId) {
        let list = self.list.get_or_insert_with(|| people_frames(self.lobby.people().collect()));
        if let Some(client) = self.clients.get(&to) {
            client.outbox.push_list(list);
        }
    }

    /// Ends it at `now` with a word to its people. The connections that are closed.
    pub(super) fn end(mut self, now: Instant, why: SpaceEndReason, outside: &Outside) -> Vec<ConnectionId> {
        for effect in self.lobby.dissolve(now) {
            self.perform(effect, outside);
        }
        for client in self.clients.values() {
            refuse(&client.outbox, why);
        }
        self.clients.into_keys().collect()
    }

    /// Closes every connection with the code of a restart.
    pub(super) fn close_for_restart(&self) {
        for client in self.clients.values() {
            client.outbox.close(Close::Restart);
        }
    }
}

/// Tells a page why its space is closed to it.
pub(super) fn refuse(outbox: &Outbox, why: SpaceEndReason) {
    outbox.push(Frame::new(&ServerMessage::SpaceClosed { why }));
    outbox.close(Close::SpaceClosed);
}

fn people_frames(people: Vec<Person>) -> Vec<Frame> {
    let parts = people.len().div_ceil(PEOPLE_PER_MESSAGE).max(1);
    (0..parts)
        .map(|part| {
            let people =
                people.iter().skip(part * PEOPLE_PER_MESSAGE).take(PEOPLE_PER_MESSAGE).cloned().collect();
            Frame::new(&ServerMessage::People { people, more: part + 1 < parts })
        })
        .collect()
}
