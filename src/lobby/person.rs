//! One person of the lobby, from the first hello until the place is given up.

use super::name::{DisplayName, NameRegistry, SanitizedName};
use super::token::{Claims, DeviceId};
use crate::ids::{ClientPrefix, ConnectionId, InvitationId, KnockId, PersonId, RoomId};
use crate::protocol::{self, Availability, MediaState, RoomEndReason, ServerMessage, Status};
use crate::token_bucket::TokenBucket;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Instant;

#[derive(Debug)]
pub(super) struct Person {
    pub(super) id: PersonId,
    pub(super) origin: Origin,
    pub(super) device: DeviceId,
    /// The newest token with its claims; a new one is signed when these change.
    pub(super) token: Option<(Claims, String)>,
    requested_name: SanitizedName,
    display_name: DisplayName,
    pub(super) connection_state: ConnectionState,
    pub(super) availability: Availability,
    /// Their page answers calls by itself.
    pub(super) answers_itself: bool,
    /// That it does has been broadcast.
    pub(super) seen_answering: bool,
    /// Kept here and not in the room, so that it is right from the first moment in a room.
    pub(super) media: MediaState,
    pub(super) activity: Activity,
    /// The invitations that ring for them, each with the room that they are asked into.
    pub(super) rings: BTreeMap<InvitationId, RoomId>,
    /// Limits the rings that they send.
    pub(super) ring_bucket: TokenBucket,
    /// Limit their knocks and their renames.
    pub(super) knock_bucket: TokenBucket,
    pub(super) rename_bucket: TokenBucket,
    /// Limits the hands that they raise and their reactions.
    pub(super) gesture_bucket: TokenBucket,
    /// Limit the rings that they receive, by the caller's prefix.
    pub(super) ring_buckets: BTreeMap<ClientPrefix, TokenBucket>,
    /// How the last room ended for them, until they are in another one. The page may have missed it: a
    /// connection is often dead before the server knows.
    pub(super) end_reason: Option<(RoomId, RoomEndReason)>,
}

/// Where a person came from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Origin {
    /// The run of the server in which they first arrived, see [`super::token::Claims`].
    pub(super) first_run: u32,
    /// When they arrived in this run, the time of reconnecting counted.
    pub(super) since: Instant,
    /// The prefix whose place they occupy.
    pub(super) prefix: ClientPrefix,
}

/// A connection of a page.
#[derive(Clone, Copy, Debug)]
pub(super) struct Connection {
    pub(super) id: ConnectionId,
    /// The address of this machine by which the page reaches it.
    pub(super) via: IpAddr,
}

/// Whether and how the person's page is connected.
#[derive(Debug)]
pub(super) enum ConnectionState {
    Connected(Connection),
    /// The connection is lost and the place is kept. What ends meanwhile is sent on return; nothing new
    /// begins for a person who is reconnecting, so that is bounded by what was going on.
    Reconnecting {
        until: Instant,
        missed: Vec<ServerMessage>,
    },
}

/// What the person is doing: nobody knocks from within a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Activity {
    Idle,
    Knocking { knock: KnockId, room: RoomId },
    InRoom(RoomId),
}

/// Why a person leaves a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LeaveReason {
    HungUp,
    Removed,
    /// Into another room.
    Moved,
    SaidGoodbye,
    /// The connection was lost and not resumed in time.
    Lost,
    /// Had left before the restart, as another member's newer token shows.
    Outdated,
}

impl Person {
    pub(super) fn new(
        id: PersonId,
        origin: Origin,
        device: DeviceId,
        name: SanitizedName,
        names: &mut NameRegistry,
        connection_state: ConnectionState,
    ) -> Self {
        Person {
            id,
            origin,
            device,
            token: None,
            display_name: names.assign(&name),
            requested_name: name,
            connection_state,
            availability: Availability::default(),
            answers_itself: false,
            seen_answering: false,
            media: MediaState::default(),
            activity: Activity::Idle,
            rings: BTreeMap::new(),
            ring_bucket: TokenBucket::full(origin.since),
            knock_bucket: TokenBucket::full(origin.since),
            rename_bucket: TokenBucket::full(origin.since),
            gesture_bucket: TokenBucket::full(origin.since),
            ring_buckets: BTreeMap::new(),
            end_reason: None,
        }
    }

    /// The display name, unique in the lobby.
    pub(super) fn name(&self) -> &str {
        self.display_name.as_str()
    }

    /// What the names that differ by a number only have in common.
    pub(super) fn family(&self) -> &str {
        self.display_name.family()
    }

    /// Whether that is the name that they asked for last.
    pub(super) fn has_requested(&self, name: &SanitizedName) -> bool {
        self.requested_name == *name
    }

    pub(super) fn rename(&mut self, name: SanitizedName, names: &mut NameRegistry) {
        names.release(&self.display_name);
        self.display_name = names.assign(&name);
        self.requested_name = name;
    }

    pub(super) fn release_name(&self, names: &mut NameRegistry) {
        names.release(&self.display_name);
    }

    pub(super) fn connection(&self) -> Option<ConnectionId> {
        match self.connection_state {
            ConnectionState::Connected(connection) => Some(connection.id),
            ConnectionState::Reconnecting { .. } => None,
        }
    }

    /// The address of this machine by which the page reaches it, if it is connected.
    pub(super) fn via(&self) -> Option<IpAddr> {
        match self.connection_state {
            ConnectionState::Connected(connection) => Some(connection.via),
            ConnectionState::Reconnecting { .. } => None,
        }
    }

    /// Whether they are in a room or on the way into one.
    pub(super) fn has_pending_call(&self) -> bool {
        self.activity != Activity::Idle || !self.rings.is_empty()
    }

    pub(super) fn room(&self) -> Option<RoomId> {
        match self.activity {
            Activity::InRoom(room) => Some(room),
            Activity::Idle | Activity::Knocking { .. } => None,
        }
    }

    /// The person as on the wire; `locked` is whether their room is. *Do not disturb* is shown during a call,
    /// too: the room tells of the call, and callers have to know it.
    pub(super) fn to_protocol(&self, locked: bool) -> protocol::Person {
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
            locked,
            reconnecting: self.connection().is_none(),
            answers_itself: self.answers_itself,
        }
    }

    /// The person as a member of a room on the wire; `hand` is the place of the raised hand.
    pub(super) fn to_member(&self, hand: Option<u32>) -> protocol::Member {
        protocol::Member {
            id: self.id,
            name: self.name().to_owned(),
            media: self.media,
            reconnecting: self.connection().is_none(),
            hand,
        }
    }
}
