//! One person of the lobby, from the first hello until their place is no longer kept.

use super::name::{Name, Names, Shown};
use super::quota::Bucket;
use super::room::Room;
use super::token::Claims;
use crate::ids::{ClientPrefix, ConnectionId, InvitationId, KnockId, PersonId, RoomId};
use crate::protocol::{self, Availability, Farewell, Media, ServerMessage, Status};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

#[derive(Debug)]
pub(super) struct Person {
    pub(super) id: PersonId,
    pub(super) origin: Origin,
    /// The newest token, and what it says: made when that changes.
    pub(super) token: Option<(Claims, String)>,
    said: Name,
    shown: Shown,
    pub(super) link: Link,
    pub(super) availability: Availability,
    /// Kept here and not in the room, so that it is right from the first moment in a room.
    pub(super) media: Media,
    pub(super) place: Place,
    /// The invitations that ring at them.
    pub(super) rings: BTreeSet<InvitationId>,
    /// How much they have rung lately.
    pub(super) rings_made: Bucket,
    /// The same of knocks, and of other names.
    pub(super) knocks_made: Bucket,
    pub(super) names_taken: Bucket,
    /// From where they were rung lately, and how much.
    pub(super) rung_from: BTreeMap<ClientPrefix, Bucket>,
    /// How their last room ended for them, until they are in another one. The page may not have
    /// heard it: a connection is often dead before the box knows.
    pub(super) farewell: Option<(RoomId, Farewell)>,
}

/// Where somebody came from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Origin {
    /// The run of the box in which they came first, see [`super::token::Claims`].
    pub(super) born: u32,
    /// When they came into the lobby as it is, the time of reconnecting counted.
    pub(super) since: Instant,
    /// Whose place they have.
    pub(super) prefix: ClientPrefix,
}

/// How to reach somebody.
#[derive(Debug)]
pub(super) enum Link {
    Here(ConnectionId),
    /// The connection is lost, the place is kept. What ended meanwhile is told on return; nothing new
    /// begins for who is away, so it is never more than what was going on when they were lost.
    Reconnecting {
        until: Instant,
        missed: Vec<ServerMessage>,
    },
}

/// Where somebody is: nobody knocks from within a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Free,
    Knocking(KnockId),
    In(RoomId),
}

impl Person {
    pub(super) fn new(id: PersonId, origin: Origin, name: Name, names: &mut Names, link: Link) -> Self {
        Person {
            id,
            origin,
            token: None,
            shown: names.take(&name),
            said: name,
            link,
            availability: Availability::default(),
            media: Media::default(),
            place: Place::Free,
            rings: BTreeSet::new(),
            rings_made: Bucket::full(origin.since),
            knocks_made: Bucket::full(origin.since),
            names_taken: Bucket::full(origin.since),
            rung_from: BTreeMap::new(),
            farewell: None,
        }
    }

    /// The name that no other has.
    pub(super) fn name(&self) -> &str {
        self.shown.as_str()
    }

    /// What all names have in common that look like it but for a number.
    pub(super) fn family(&self) -> &str {
        self.shown.family()
    }

    /// They still say the name that they said before.
    pub(super) fn still_says(&self, name: &Name) -> bool {
        self.said == *name
    }

    pub(super) fn rename(&mut self, name: Name, names: &mut Names) {
        names.give_back(&self.shown);
        self.shown = names.take(&name);
        self.said = name;
    }

    pub(super) fn leave_name_behind(&self, names: &mut Names) {
        names.give_back(&self.shown);
    }

    pub(super) fn connection(&self) -> Option<ConnectionId> {
        match self.link {
            Link::Here(connection) => Some(connection),
            Link::Reconnecting { .. } => None,
        }
    }

    /// They are in a room, or on the way into one.
    pub(super) fn waits_or_is_waited_for(&self) -> bool {
        self.place != Place::Free || !self.rings.is_empty()
    }

    pub(super) fn room(&self) -> Option<RoomId> {
        match self.place {
            Place::In(room) => Some(room),
            Place::Free | Place::Knocking(_) => None,
        }
    }

    /// As the others see them. Who does not want to be disturbed is shown so in a call, too: the
    /// room tells of the call, and it is what a caller has to know.
    pub(super) fn seen(&self, rooms: &BTreeMap<RoomId, Room>) -> protocol::Person {
        let room = self.room();
        protocol::Person {
            id: self.id,
            name: self.name().to_owned(),
            status: match self.availability {
                Availability::DoNotDisturb => Status::DoNotDisturb,
                _ if room.is_some() => Status::InCall,
                Availability::Away => Status::Away,
                Availability::Available => Status::Available,
            },
            room,
            locked: room.is_some_and(|room| rooms[&room].locked),
            reconnecting: self.connection().is_none(),
        }
    }
}
