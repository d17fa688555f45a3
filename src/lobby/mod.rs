//! The lobby: who is here, who calls whom, who is in which room.
//!
//! Pure: what happened comes in as an [`Event`] with its moment, what is to be done about it goes
//! out as [`Effect`]s. No clock, no socket, no chance.

use crate::ids::ConnectionId;
use crate::protocol::{ClientMessage, Person, ServerMessage};
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
}

impl Default for Rules {
    fn default() -> Self {
        Rules {
            room_capacity: 32,
            ring: Duration::from_secs(30),
            knock: Duration::from_secs(60),
            grace: Duration::from_secs(30),
            people: 5000,
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
}

/// Everything that can happen to the lobby.
#[derive(Clone, Debug)]
pub enum Event {
    /// A page said something.
    Said { from: ConnectionId, message: ClientMessage },
    /// A connection is gone, however it ended.
    Lost { connection: ConnectionId },
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
    pub rooms: usize,
    /// Persons who are in a room.
    pub members: usize,
    /// Invitations that ring.
    pub invitations: usize,
    /// Knocks that wait for an answer.
    pub knocks: usize,
}

/// See the [module](self).
pub struct Lobby {
    rules: Rules,
    identity: Identity,
}

impl Lobby {
    /// An empty lobby. `secret` makes tokens (keep it over restarts, and people find their places
    /// again); `seed` is where ids start, drawn by chance at every start; `now` is the start.
    pub fn new(rules: Rules, identity: Identity, secret: [u8; 32], seed: u32, now: Instant) -> Self {
        let _ = (secret, seed, now);
        Lobby { rules, identity }
    }

    /// Something happened at `now`; this is to be done about it.
    pub fn handle(&mut self, now: Instant, event: Event) -> Vec<Effect> {
        let _ = (now, event, &self.rules);
        Vec::new()
    }

    /// When to come back with [`Event::Tick`], if nothing happens before.
    pub fn next_deadline(&self) -> Option<Instant> {
        None
    }

    /// Everybody, as the others see them; those who are reconnecting included.
    pub fn people(&self) -> impl Iterator<Item = Person> {
        std::iter::empty()
    }

    /// The box has another name on the network now; welcomes carry it from here on.
    pub fn rename_host(&mut self, host: String) {
        self.identity.host = host;
    }

    /// How full the house is.
    pub fn counts(&self) -> Counts {
        Counts::default()
    }
}
