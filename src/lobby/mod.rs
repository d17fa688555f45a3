//! The lobby: who is here, who calls whom, who is in which room.
//!
//! Pure: what happened comes in as an [`Event`] with its moment, what is to be done about it goes
//! out as [`Effect`]s. No clock, no socket, no chance.

mod arrival;
mod invitation;
mod knock;
mod name;
mod person;
mod presence;
mod quiet;
mod quota;
mod reforming;
mod relay;
mod room;
mod timers;
mod token;

use self::invitation::Invitation;
use self::knock::Knock;
use self::name::Names;
use self::person::{Link, Person};
use self::presence::Presence;
use self::quiet::Quiets;
use self::quota::Quotas;
pub use self::relay::{Audience, Wish};
use self::room::{Parting, Room};
use self::timers::{Timer, Timers};
use self::token::Mint;
use crate::ids::{ClientPrefix, ConnectionId, InvitationId, KnockId, PersonId, RoomId};
use crate::protocol::{self, Availability, ClientMessage, ErrorCode, KnockOutcome, Outcome, ServerMessage};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

/// What can be set about the rules of the house.
#[derive(Clone, Debug)]
pub struct Rules {
    /// How many fit into one room, those who are being called into it counted.
    pub room_capacity: usize,
    /// How long an invitation rings.
    pub ring: Duration,
    /// How long a knock is open.
    pub knock: Duration,
    /// How long the place of somebody is kept whose connection is lost.
    pub grace: Duration,
    /// How many persons the lobby holds at most, those who are reconnecting counted.
    pub people: usize,
    /// How many of them may have come from one prefix (SECURITY.md): twice the connections that it may have, because
    /// for a while there is a page whose connection is lost beside the one that came instead.
    pub people_per_prefix: usize,
}

impl Default for Rules {
    fn default() -> Self {
        Rules {
            room_capacity: 32,
            ring: Duration::from_secs(30),
            knock: Duration::from_secs(60),
            grace: Duration::from_secs(30),
            people: 5000,
            people_per_prefix: 128,
        }
    }
}

/// What a page is told of the box when it is welcomed.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The name on the network, such as `wizyjno.local`.
    pub host: String,
    /// The version of the program.
    pub version: String,
    /// The page that the box has, as in the path of its files; none where it comes from a folder.
    pub page: Option<String>,
}

/// Everything that can happen to the lobby.
#[derive(Clone, Debug)]
pub enum Event {
    /// A page opened its connection, from there. Only then it can say something.
    Opened { connection: ConnectionId, from: ClientPrefix },
    /// A page said something.
    Said { from: ConnectionId, message: ClientMessage },
    /// A connection is gone, however it ended.
    Lost { connection: ConnectionId },
    /// The relay has something to say to members.
    Relayed { to: Audience, message: ServerMessage },
    /// [`Lobby::next_deadline`] has come.
    Tick,
}

/// Everything that the lobby wants done, in this order.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Say this to one page.
    Send { to: ConnectionId, message: ServerMessage },
    /// Give it the snapshot of everybody, [`Lobby::people`]; from now on it hears every
    /// [`Effect::Tell`]. A snapshot taken at any time since the last `Tell` will do: changes are
    /// told as they are, not as differences, so hearing one twice does no harm.
    Subscribe { to: ConnectionId },
    /// Say this to every subscribed page.
    Tell(ServerMessage),
    /// Tell the relay what a person wants of it, who is here by that connection, or away.
    Relay { person: PersonId, at: Option<ConnectionId>, wish: Wish },
    /// Close the socket after everything that was said before.
    Close { connection: ConnectionId, why: CloseReason },
}

/// Why the lobby lets a connection go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CloseReason {
    /// Another tab or device came with the same token.
    TakenOver,
    /// The page said goodbye.
    Goodbye,
}

/// How full the house is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Persons in the lobby, those who are reconnecting counted.
    pub people: usize,
    /// Rooms, those in which somebody waits alone counted.
    pub rooms: usize,
    /// Persons who are in a room.
    pub members: usize,
    /// Invitations that ring.
    pub invitations: usize,
    /// Knocks that wait for an answer.
    pub knocks: usize,
}

/// See the [module](self).
///
/// Ordered maps all over, so that nothing depends on luck, and everything is found by its id: what a
/// message costs depends on whom it concerns, never on how many are here.
pub struct Lobby {
    rules: Rules,
    identity: Identity,
    mint: Mint,
    /// The seed: it tells this run of the box from the others.
    run: u32,
    started: Instant,
    /// The moment of the event that is being handled.
    now: Instant,

    people: BTreeMap<PersonId, Person>,
    names: Names,
    /// Whose connection it is, of those who have said hello.
    connections: BTreeMap<ConnectionId, PersonId>,
    /// Where the connections come from of those who have not.
    strangers: BTreeMap<ConnectionId, ClientPrefix>,
    quotas: Quotas,
    quiets: Quiets,
    rooms: BTreeMap<RoomId, Room>,
    invitations: BTreeMap<InvitationId, Invitation>,
    knocks: BTreeMap<KnockId, Knock>,
    timers: Timers,
    next_id: u32,
    rooms_made: u64,

    presence: Presence,
    /// The rooms that the event being handled has changed.
    touched: BTreeSet<RoomId>,
    /// What is to be done about the event that is being handled.
    effects: Vec<Effect>,
}

impl Lobby {
    /// An empty lobby. `secret` makes tokens (keep it over restarts, and people find their places
    /// again); `seed` is where ids start, drawn by chance at every start; `now` is the start.
    pub fn new(rules: Rules, identity: Identity, secret: [u8; 32], seed: u32, now: Instant) -> Self {
        Lobby {
            rules,
            identity,
            mint: Mint::new(&secret),
            run: seed,
            started: now,
            now,
            people: BTreeMap::new(),
            names: Names::default(),
            connections: BTreeMap::new(),
            strangers: BTreeMap::new(),
            quotas: Quotas::default(),
            quiets: Quiets::default(),
            rooms: BTreeMap::new(),
            invitations: BTreeMap::new(),
            knocks: BTreeMap::new(),
            timers: Timers::default(),
            next_id: seed,
            rooms_made: 0,
            presence: Presence::default(),
            touched: BTreeSet::new(),
            effects: Vec::new(),
        }
    }

    /// Something happened at `now`; this is to be done about it.
    ///
    /// What was due by then happens first, so it does not matter how exactly the ticks come.
    pub fn handle(&mut self, now: Instant, event: Event) -> Vec<Effect> {
        self.now = now.max(self.now);
        while let Some(timer) = self.timers.due(self.now) {
            self.time_out(timer);
        }
        self.settle();
        match event {
            Event::Opened { connection, from } => _ = self.strangers.insert(connection, from),
            Event::Said { from, message } => {
                let heard = match self.connections.get(&from) {
                    Some(&who) => self.said(from, who, message),
                    None => self.introduce(from, message),
                };
                if let Err(code) = heard {
                    self.effects.push(Effect::Send { to: from, message: ServerMessage::Error { code } });
                }
            }
            Event::Lost { connection } => self.lost(connection),
            Event::Relayed { to, message } => self.relayed(to, message),
            Event::Tick => {}
        }
        self.settle();
        std::mem::take(&mut self.effects)
    }

    /// When to come back with [`Event::Tick`], if nothing happens before.
    pub fn next_deadline(&self) -> Option<Instant> {
        self.timers.next()
    }

    /// Everybody, as the others see them; those who are reconnecting included.
    pub fn people(&self) -> impl Iterator<Item = protocol::Person> {
        self.people.values().map(|person| person.seen(&self.rooms))
    }

    /// The box has another name on the network now; welcomes carry it from here on.
    pub fn rename_host(&mut self, host: String) {
        self.identity.host = host;
    }

    /// The rules are others from here on. What rings already rings as long as it was told, and nobody has to
    /// leave a room that is too full now.
    pub fn change_rules(&mut self, rules: Rules) {
        self.rules = rules;
    }

    /// How full the house is.
    pub fn counts(&self) -> Counts {
        Counts {
            people: self.people.len(),
            rooms: self.rooms.len(),
            members: self.rooms.values().map(Room::len).sum(),
            invitations: self.invitations.len(),
            knocks: self.knocks.len(),
        }
    }

    /// Somebody who is in the lobby says something. A message that comes too late, because the other
    /// side was quicker, is passed over: what the other side did has been told already.
    fn said(&mut self, from: ConnectionId, who: PersonId, message: ClientMessage) -> Result<(), ErrorCode> {
        match message {
            ClientMessage::Hello { .. } => return Err(ErrorCode::HelloFirst),
            ClientMessage::Rename { name } => self.rename(who, &name)?,
            ClientMessage::SetAvailability { availability } => self.set_availability(who, availability),
            ClientMessage::Invite { to } => self.invite(who, to)?,
            ClientMessage::Ringing { invitation } => self.rings(who, invitation),
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
            ClientMessage::Signal { to, signal } => self.signal(who, to, signal),
            ClientMessage::RelayOffer { connection, sdp } => {
                self.wish(who, Wish::Offer { connection, sdp })?;
            }
            ClientMessage::RelayAnswer { connection, sdp } => {
                self.wish(who, Wish::Answer { connection, sdp })?;
            }
            ClientMessage::RelayAgain => self.wish(who, Wish::Again)?,
            ClientMessage::SetTiles { tiles } => self.wish(who, Wish::Tiles(tiles))?,
            ClientMessage::AskLinks => self.wish(who, Wish::AskLinks)?,
            ClientMessage::RestRelay { rest } => self.wish(who, Wish::Rest(rest))?,
            ClientMessage::Leave => self.leave(who, Parting::HungUp),
            ClientMessage::Goodbye => self.goodbye(from, who),
            ClientMessage::Ping => self.say(who, ServerMessage::Pong),
        }
        Ok(())
    }

    /// Something was waited for long enough.
    fn time_out(&mut self, timer: Timer) {
        match timer {
            Timer::Tell => self.tell_changes(),
            Timer::TellRoom(room) => {
                self.rooms.get_mut(&room).expect("the timer goes with the room").due = None;
                self.touched.insert(room);
            }
            Timer::Ring(invitation) => self.end_invitation(invitation, Outcome::Expired),
            Timer::Quiet(callee, caller) => self.end_quiet(callee, caller),
            Timer::Knock(knock) => self.end_knock(knock, KnockOutcome::Expired),
            Timer::Grace(person) => self.depart(person, Parting::Lost),
            Timer::Reforming(room) => self.end_reforming(room),
        }
    }

    fn set_availability(&mut self, who: PersonId, availability: Availability) {
        let person = self.people.get_mut(&who).expect("who says something is here");
        if person.availability == availability {
            return;
        }
        person.availability = availability;
        self.changed(who);
        if availability == Availability::DoNotDisturb {
            self.decline_all(who);
        }
    }

    /// Says something to somebody's page.
    fn say(&mut self, who: PersonId, message: ServerMessage) {
        let person = self.people.get_mut(&who).expect("who is spoken to is here");
        match &mut person.link {
            Link::Here(to) => self.effects.push(Effect::Send { to: *to, message }),
            Link::Reconnecting { missed, .. } => match message {
                ServerMessage::InvitationEnded { .. } | ServerMessage::KnockEnded { .. } => {
                    missed.push(message)
                }
                // Everything else is told anew on return, or is for the moment only.
                _ => {}
            },
        }
    }

    /// A number that names nothing else.
    fn fresh_id(&mut self) -> u32 {
        loop {
            let id = self.next_id;
            self.next_id = id.wrapping_add(1);
            let in_use = self.people.contains_key(&PersonId(id))
                || self.rooms.contains_key(&RoomId(id))
                || self.invitations.contains_key(&InvitationId(id))
                || self.knocks.contains_key(&KnockId(id));
            if !in_use {
                return id;
            }
        }
    }

    fn ms_until(&self, then: Instant) -> u32 {
        ms_between(self.now, then)
    }
}

/// Milliseconds from `now` until `then`, as they are on the wire.
fn ms_between(now: Instant, then: Instant) -> u32 {
    u32::try_from(then.saturating_duration_since(now).as_millis()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod home;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
