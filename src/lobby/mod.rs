//! The lobby: who is here, who calls whom, who is in which room.
//!
//! Pure: facts come in as [`Input`]s with their time, and [`Effect`]s go out. No clock, no socket, no
//! randomness.

mod acquaintance;
mod answering;
mod arrival;
mod gestures;
mod invitation;
mod knock;
mod membership;
mod name;
mod person;
mod presence;
mod quiet;
mod quota;
mod relay;
mod restoring;
mod room;
mod timers;
mod token;

use self::name::NameRegistry;
use self::person::{Connection, ConnectionState, LeaveReason, Person};
use self::presence::Presence;
use self::quiet::Quiets;
use self::quota::Quotas;
use self::room::Room;
use self::timers::{Timer, Timers};
use self::token::TokenSigner;
use crate::ids::{ClientPrefix, ConnectionId, IdRegistry, PersonId, RoomId, SpaceId};
use crate::protocol::{self, ClientMessage, ErrorCode, Ice, KnockOutcome, Outcome, ServerMessage};
use crate::relay::Command;
use crate::turn::TurnServer;
use std::collections::{BTreeMap, BTreeSet};
use std::iter::Sum;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The settings of the lobby.
#[derive(Clone, Debug)]
pub struct Rules {
    /// Members of one room at most, those who are being called into it counted.
    pub room_capacity: usize,
    /// How long an invitation rings.
    pub ring_timeout: Duration,
    /// How long a knock is open.
    pub knock_timeout: Duration,
    /// How long a person's place is kept after the connection is lost.
    pub reconnect_grace: Duration,
    /// Persons in the lobby at most, those who are reconnecting counted.
    pub people: usize,
    /// Persons from one prefix at most (SECURITY.md): twice the connections that it may have, because a
    /// lost connection and the one that replaces it exist side by side for a while.
    pub people_per_prefix: usize,
    /// All media goes by the relay: no two pages hear of each other's addresses.
    pub relay_always: bool,
}

impl Default for Rules {
    fn default() -> Self {
        Rules {
            room_capacity: 32,
            ring_timeout: Duration::from_secs(30),
            knock_timeout: Duration::from_secs(60),
            reconnect_grace: Duration::from_secs(30),
            people: 5000,
            people_per_prefix: 128,
            relay_always: false,
        }
    }
}

/// What `welcome` tells a page about the server.
#[derive(Clone, Debug, Default)]
pub struct Identity {
    /// The name on the network, such as `wizyjno.local`.
    pub host: String,
    /// The version of the program.
    pub version: String,
    /// The version of the page that the server has, as in the path of its files; none where it is served
    /// from a folder.
    pub page: Option<String>,
    /// It carries no media.
    pub relayless: bool,
    /// Whose credentials pages get; none where it is not offered.
    pub turn: Option<Arc<TurnServer>>,
}

/// Everything that can happen to the lobby.
#[derive(Clone, Debug)]
pub enum Input {
    /// A page opened its connection, from that prefix to the address `via` of this machine. It precedes every
    /// other input of the connection.
    Connected { connection: ConnectionId, from: ClientPrefix, via: IpAddr },
    /// A page sent a message.
    Received { from: ConnectionId, message: ClientMessage },
    /// A connection is gone, however it ended.
    Disconnected { connection: ConnectionId },
    /// The relay has something to tell members.
    Relay(crate::relay::Event),
    /// [`Lobby::next_deadline`] has come.
    Tick,
}

/// What the shell is to do, in this order.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Send this to one page. The servers of a welcome and of an [`ServerMessage::Ice`] are the shell's to add,
    /// because their credentials end at a time of the day.
    Send { to: ConnectionId, message: ServerMessage },
    /// Send it the snapshot of everybody, [`Lobby::people`], and from then on every [`Effect::Broadcast`].
    /// A snapshot taken at any time since the last `Broadcast` will do: changes are sent as state, not as
    /// differences, so receiving one twice does no harm.
    Subscribe { to: ConnectionId },
    /// Send this to every subscribed page.
    Broadcast(ServerMessage),
    /// Pass this command of a member to the relay.
    Command { member: PersonId, command: Command },
    /// Close the connection after everything that was sent before.
    Close { connection: ConnectionId, why: CloseReason },
}

/// Why the lobby closes a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CloseReason {
    /// Another tab or device came with the same token.
    TakenOver,
    /// The page said goodbye.
    Goodbye,
}

/// How many there are of everything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Persons in the lobby, those who are reconnecting counted.
    pub people: usize,
    /// Rooms, those with one member who waits counted.
    pub rooms: usize,
    /// Persons who are in a room.
    pub members: usize,
    /// Invitations that ring.
    pub invitations: usize,
    /// Knocks that wait for an answer.
    pub knocks: usize,
}

impl Sum for Counts {
    fn sum<I: Iterator<Item = Counts>>(all: I) -> Counts {
        all.fold(Counts::default(), |sum, one| Counts {
            people: sum.people + one.people,
            rooms: sum.rooms + one.rooms,
            members: sum.members + one.members,
            invitations: sum.invitations + one.invitations,
            knocks: sum.knocks + one.knocks,
        })
    }
}

/// See the [module](self).
///
/// Ordered maps throughout, so that the outcome is deterministic, and everything is found by its id: the
/// cost of a message depends on whom it concerns, not on how many are in the lobby.
pub struct Lobby {
    rules: Rules,
    identity: Identity,
    space: SpaceId,
    /// Of all spaces of the box.
    ids: IdRegistry,
    token_signer: TokenSigner,
    /// The seed, which identifies this run of the server.
    run: u32,
    started: Instant,
    /// The time of the input that is being handled.
    now: Instant,

    people: BTreeMap<PersonId, Person>,
    names: NameRegistry,
    /// The person of each connection that has said hello.
    connections: BTreeMap<ConnectionId, PersonId>,
    /// The connections that have not said hello, each with its prefix.
    unidentified: BTreeMap<ConnectionId, (ClientPrefix, Connection)>,
    quotas: Quotas,
    quiets: Quiets,
    rooms: BTreeMap<RoomId, Room>,
    timers: Timers,
    next_id: u32,
    rooms_made: u64,
    /// Devices that first came in this run.
    devices_made: u32,

    presence: Presence,
    /// The rooms that the current input has changed.
    changed_rooms: BTreeSet<RoomId>,
    /// The effects of the current input.
    effects: Vec<Effect>,
}

impl Lobby {
    /// An empty lobby, alone in its box. `secret` signs tokens (a secret kept over restarts lets people return
    /// to their places); `seed` is the first id, random for every lobby that is made; `now` is the time of the
    /// box's start.
    pub fn new(rules: Rules, identity: Identity, secret: [u8; 32], seed: u32, now: Instant) -> Self {
        Lobby {
            rules,
            identity,
            space: SpaceId::MAIN,
            ids: IdRegistry::default(),
            token_signer: TokenSigner::new(&secret),
            run: seed,
            started: now,
            now,
            people: BTreeMap::new(),
            names: NameRegistry::default(),
            connections: BTreeMap::new(),
            unidentified: BTreeMap::new(),
            quotas: Quotas::default(),
            quiets: Quiets::default(),
            rooms: BTreeMap::new(),
            timers: Timers::default(),
            next_id: seed,
            rooms_made: 0,
            devices_made: 0,
            presence: Presence::default(),
            changed_rooms: BTreeSet::new(),
            effects: Vec::new(),
        }
    }

    /// Makes it one of several lobbies that share a relay, and so their ids.
    #[must_use]
    pub fn in_space(self, space: SpaceId, ids: IdRegistry) -> Self {
        Lobby { space, ids, ..self }
    }

    /// Handles an input that came at `now`.
    ///
    /// Timers that are due by then fire first, so the exact time of the ticks does not matter.
    pub fn handle(&mut self, now: Instant, input: Input) -> Vec<Effect> {
        self.now = now.max(self.now);
        while let Some(timer) = self.timers.take_due(self.now) {
            self.on_timer(timer);
        }
        self.flush_rooms();
        match input {
            Input::Connected { connection: id, from, via } => {
                self.unidentified.insert(id, (from, Connection { id, via }));
            }
            Input::Received { from, message } => {
                let heard = match self.connections.get(&from) {
                    Some(&who) => self.on_message(from, who, message),
                    None => self.on_hello(from, message),
                };
                if let Err(code) = heard {
                    self.effects.push(Effect::Send { to: from, message: ServerMessage::Error { code } });
                }
            }
            Input::Disconnected { connection } => self.on_disconnect(connection),
            Input::Relay(event) => self.on_relay_event(event),
            Input::Tick => {}
        }
        self.flush_rooms();
        std::mem::take(&mut self.effects)
    }

    /// Ends it at `now`: everybody leaves their rooms, and no id of it is in use. Returns the commands to the
    /// relay; the connections are the shell's to close.
    pub fn dissolve(&mut self, now: Instant) -> Vec<Effect> {
        self.now = now.max(self.now);
        for who in self.people.keys().copied().collect::<Vec<_>>() {
            self.remove_person(who, LeaveReason::Lost);
        }
        self.flush_rooms();
        let effects = std::mem::take(&mut self.effects);
        effects.into_iter().filter(|effect| matches!(effect, Effect::Command { .. })).collect()
    }

    /// When [`Input::Tick`] is due, unless another input comes first.
    pub fn next_deadline(&self) -> Option<Instant> {
        self.timers.next()
    }

    /// Everybody, as other people see them; those who are reconnecting included.
    pub fn people(&self) -> impl Iterator<Item = protocol::Person> {
        self.people.values().map(|person| self.person_to_protocol(person))
    }

    /// Changes the server's network name, which later welcomes carry.
    pub fn rename_host(&mut self, host: String) {
        self.identity.host = host;
    }

    /// Replaces the rules. What already rings keeps its deadline, and nobody has to leave a room that is
    /// above the new capacity.
    pub fn change_rules(&mut self, rules: Rules) {
        self.rules = rules;
    }

    /// How many there are of everything.
    pub fn counts(&self) -> Counts {
        Counts {
            people: self.people.len(),
            rooms: self.rooms.len(),
            members: self.rooms.values().map(Room::len).sum(),
            invitations: self.rooms.values().map(|room| room.invitations.len()).sum(),
            knocks: self.rooms.values().map(|room| room.knocks.len()).sum(),
        }
    }

    /// Handles a message of a person in the lobby. A message that is too late, because the other side was
    /// quicker, is ignored: the sender has been told what the other side did.
    fn on_message(
        &mut self,
        from: ConnectionId,
        who: PersonId,
        message: ClientMessage,
    ) -> Result<(), ErrorCode> {
        match message {
            ClientMessage::Hello { .. } => return Err(ErrorCode::HelloFirst),
            ClientMessage::Rename { name } => self.rename(who, &name)?,
            ClientMessage::SetAvailability { availability } => self.set_availability(who, availability),
            ClientMessage::SetAnswersItself { on } => self.set_answers_itself(who, on),
            ClientMessage::Recognise { person } => self.recognise(who, person)?,
            ClientMessage::Know { person } => self.know(who, person),
            ClientMessage::Invite { to } => self.invite(who, to)?,
            ClientMessage::Ringing { invitation } => self.on_ringing(who, invitation),
            ClientMessage::Accept { invitation } => self.accept(who, invitation),
            ClientMessage::BringHere { invitation } => self.bring_here(who, invitation)?,
            ClientMessage::Decline { invitation, reason } => self.decline(who, invitation, reason),
            ClientMessage::Cancel { invitation } => self.cancel(who, invitation),
            ClientMessage::Quiet { person, on } => self.set_quiet(who, person, on)?,
            ClientMessage::Knock { room } => self.knock(who, room)?,
            ClientMessage::Withdraw { knock } => self.withdraw(who, knock),
            ClientMessage::Admit { knock } => self.admit(who, knock)?,
            ClientMessage::Refuse { knock } => self.refuse(who, knock),
            ClientMessage::Lock { locked } => self.lock(who, locked)?,
            ClientMessage::Remove { member } => self.remove(who, member)?,
            ClientMessage::AskToMute { member } => self.ask_to_mute(who, member)?,
            ClientMessage::SetMedia { media } => self.set_media(who, media),
            ClientMessage::SetHand { raised } => self.set_hand(who, raised)?,
            ClientMessage::LowerHand { member } => self.lower_hand(who, member)?,
            ClientMessage::React { reaction } => self.react(who, reaction)?,
            ClientMessage::Signal { to, signal } => self.signal(who, to, signal),
            ClientMessage::RelayOffer { connection, sdp } => {
                self.command(who, Command::Offer { connection, sdp })?;
            }
            ClientMessage::RelayAnswer { connection, sdp } => {
                self.command(who, Command::Answer { connection, sdp })?;
            }
            ClientMessage::RelayAgain => self.reconnect_relay(who)?,
            ClientMessage::SetTiles { tiles } => self.command(who, Command::SetTiles(tiles))?,
            ClientMessage::AskIce => self.send(who, ServerMessage::Ice { ice: Ice::default() }),
            ClientMessage::AskTurn => self.send_turn_access(who),
            ClientMessage::AskLinks => self.command(who, Command::ReportLinks)?,
            ClientMessage::RestRelay { rest } => self.command(who, Command::SetPaused(rest))?,
            ClientMessage::Leave => self.leave(who, LeaveReason::HungUp),
            ClientMessage::Goodbye => self.on_goodbye(from, who),
            ClientMessage::Ping => self.send(who, ServerMessage::Pong),
        }
        Ok(())
    }

    /// A timer has fired.
    fn on_timer(&mut self, timer: Timer) {
        match timer {
            Timer::Changes => self.broadcast_changes(),
            Timer::RoomUpdate(room) => {
                self.rooms.get_mut(&room).expect("the timer goes with the room").due = None;
                self.changed_rooms.insert(room);
            }
            Timer::RingTimeout(invitation, room) => self.end_invitation(room, invitation, Outcome::Expired),
            Timer::Quiet(callee, caller) => self.end_quiet(callee, caller),
            Timer::KnockTimeout(knock, room) => self.end_knock(room, knock, KnockOutcome::Expired),
            Timer::Grace(person) => self.remove_person(person, LeaveReason::Lost),
            Timer::Restoring(room) => self.end_restoring(room),
        }
    }

    /// Sends a message to a person's page.
    fn send(&mut self, who: PersonId, message: ServerMessage) {
        let person = self.people.get_mut(&who).expect("who is spoken to is here");
        match &mut person.connection_state {
            ConnectionState::Connected(to) => self.effects.push(Effect::Send { to: to.id, message }),
            ConnectionState::Reconnecting { missed, .. } => match message {
                ServerMessage::InvitationEnded { .. } | ServerMessage::KnockEnded { .. } => {
                    missed.push(message)
                }
                // Everything else is sent on return, or concerns the moment only.
                _ => {}
            },
        }
    }

    /// A number that no person and no room of any space has, and no invitation and no knock of this one: those
    /// end long before the counter comes round.
    fn fresh_id(&mut self) -> u32 {
        loop {
            let id = self.next_id;
            self.next_id = id.wrapping_add(1);
            if self.ids.space_of(id).is_none() {
                return id;
            }
        }
    }

    /// The same, in use from then on.
    fn claim_fresh_id(&mut self) -> u32 {
        loop {
            let id = self.fresh_id();
            if self.ids.claim(id, self.space) {
                return id;
            }
        }
    }

    fn person_to_protocol(&self, person: &Person) -> protocol::Person {
        person.to_protocol(person.room().is_some_and(|room| self.rooms[&room].locked))
    }

    fn ms_until(&self, then: Instant) -> u32 {
        ms_between(self.now, then)
    }
}

/// Milliseconds from `now` until `then`, as on the wire.
fn ms_between(now: Instant, then: Instant) -> u32 {
    u32::try_from(then.saturating_duration_since(now).as_millis()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod harness;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
