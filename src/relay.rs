//! What the lobby and the relay say to each other, and the types that both share with the wire.
//!
//! Types only. Those that the page hears of are serialised as `docs/protocol.md` has them.

use crate::ids::{PersonId, RoomId};
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// What can be asked of the relay for one person. The lobby authorises it, the hub carries it, and the media
/// thread of the person's room hands it to [`Sfu::handle_command`](crate::sfu::Sfu::handle_command).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Into that room, and out of the one before. `via` is the address of the box by which the page has
    /// reached it: it is the first that the page will try for media. `None`: not known.
    Join { room: RoomId, via: Option<IpAddr> },
    /// Out of the room.
    Leave,
    /// The page makes its connections anew (it was reloaded, or its network has changed).
    Reconnect { via: Option<IpAddr> },
    /// The page's SDP offer (RFC 8829) of the connection on which it sends, with that number.
    Offer { connection: u32, sdp: String },
    /// The page's SDP answer to the newest offer of the connection on which it receives, with that number.
    Answer { connection: u32, sdp: String },
    /// The page may have missed what it was told: it is told whole.
    Resync,
    /// The pictures that the page shows.
    SetTiles(Vec<Tile>),
    /// Whether the member shows a screen besides its camera.
    SetScreen(bool),
    /// Whether the direct path carries the member, so that nothing is forwarded to it.
    SetPaused(bool),
    /// How the links of everybody in the room are.
    ReportLinks,
}

/// What the relay tells the lobby, which passes it on to the members concerned.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The answer to [`Command::Offer`].
    UpAnswer { member: PersonId, connection: u32, sdp: String },
    /// An offer or answer of a page could not be used.
    Refused { member: PersonId, side: Side, connection: u32, why: Refusal },
    /// Offer this to the page. A `connection` with a new number takes the place of the one before it.
    DownOffer { member: PersonId, connection: u32, sdp: String },
    /// Who sits where on `down`, whole.
    Seats { member: PersonId, connection: u32, seats: Vec<Seat> },
    /// Encrypted both ways.
    Connected { member: PersonId, side: Side, connection: u32 },
    /// The connection is over, and `why`, for the log. The page makes a new one if it needs it.
    Ended { member: PersonId, side: Side, connection: u32, why: String },
    /// What somebody hears and sees of the member's source; what is not listed needs not be sent.
    /// `av1`: everybody who sees it decodes AV1, so it is sent in that.
    Wanted { member: PersonId, source: Source, audio: bool, layers: [bool; 3], av1: bool },
    /// The machine is at its end: pictures in this room are smaller than they would be, or not sent.
    Overloaded { room: RoomId, overload: Overload },
    /// Who speaks, loudest first.
    Speakers { room: RoomId, speakers: Vec<PersonId> },
    /// The answer to [`Command::ReportLinks`]: the link of everybody in the room, which
    /// layer the member gets of whom, and how far the machine is behind.
    Links { member: PersonId, links: Vec<Link>, pictures: Vec<Picture>, overload: Overload },
}

impl Event {
    /// The id of the person or the room that it is about.
    pub fn subject(&self) -> u32 {
        match self {
            Event::UpAnswer { member, .. }
            | Event::Refused { member, .. }
            | Event::DownOffer { member, .. }
            | Event::Seats { member, .. }
            | Event::Connected { member, .. }
            | Event::Ended { member, .. }
            | Event::Wanted { member, .. }
            | Event::Links { member, .. } => member.0,
            Event::Overloaded { room, .. } | Event::Speakers { room, .. } => room.0,
        }
    }
}

/// Why something that a page said could not be done.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum Refusal {
    #[error("not in a room")]
    NotAMember,
    #[error("the SDP is not understood: {0}")]
    Sdp(String),
    #[error("that connection or offer is no longer the newest")]
    Stale,
}

/// What a member shows: one picture with its sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// Camera and microphone.
    Camera,
    /// The screen, and its sound.
    Screen,
}

impl Source {
    pub(crate) const ALL: [Source; 2] = [Source::Camera, Source::Screen];

    pub(crate) fn index(self) -> usize {
        self as usize
    }
}

/// Which of a page's two connections to the relay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[cfg_attr(test, derive(Deserialize, ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The page sends on it; the page offers.
    Up,
    /// The page receives on it; the box offers.
    Down,
}

/// One picture on a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Tile {
    pub person: PersonId,
    pub source: Source,
    /// In device pixels; 0: not to be seen.
    pub width: u16,
    /// Sharp before all others.
    pub pinned: bool,
}

/// A pair of m-lines of the connection down, by their `a=mid` (RFC 8843).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(Deserialize, ts_rs::TS))]
pub struct Seat {
    pub audio: String,
    pub video: String,
    /// Nobody: the seat is free at the moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub person: Option<PersonId>,
    pub source: Source,
}

/// How far the machine is behind with its work. Calls are never dropped; pictures become smaller, in rooms of
/// three and more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(test, derive(Deserialize, ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Overload {
    #[default]
    None,
    /// The largest layer is for those who are pinned or speak.
    Some,
    /// Small pictures; in rooms of five and more only of those who are pinned or speak.
    Much,
}

/// How a member's way to the box is. While the direct path carries them, nothing of it is measured.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(Deserialize, ts_rs::TS))]
pub struct Link {
    pub person: PersonId,
    /// The relay rests: the direct path carries them.
    pub direct: bool,
    /// Media goes over TCP.
    pub tcp: bool,
    /// … and within TLS, through the box's own TURN; absent: it does not.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[cfg_attr(test, ts(optional, as = "Option<bool>"))]
    pub tls: bool,
    /// Parts of the packets that were lost in the last second, on the way to the box and from it.
    pub up_loss: f32,
    pub down_loss: f32,
    /// From the box and back, once it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub round_trip_ms: Option<u32>,
    /// Its link has turned out to be too slow for something.
    pub narrow: bool,
    /// Packets to it that the box could not send; absent: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub unsent: Option<u32>,
}

/// What the box sends of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(Deserialize, ts_rs::TS))]
pub struct Picture {
    pub person: PersonId,
    pub source: Source,
    /// Of simulcast, the smallest is 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub layer: Option<u8>,
}
