//! What messages are made of.

use crate::ids::{InvitationId, KnockId, PersonId, RoomId};
use serde::{Deserialize, Serialize};

/// One person of the lobby, as the others see them. `name` is unique in the lobby: of two Anns the
/// second is `Ann (2)`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(Deserialize, ts_rs::TS))]
pub struct Person {
    pub id: PersonId,
    pub name: String,
    pub status: Status,
    /// The room they are in, to knock on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub room: Option<RoomId>,
    /// That room is locked: nobody can knock.
    #[serde(default, skip_serializing_if = "is_false")]
    #[cfg_attr(test, ts(optional, as = "Option<bool>"))]
    pub locked: bool,
    /// The connection is lost; the place is kept for a while.
    #[serde(default, skip_serializing_if = "is_false")]
    #[cfg_attr(test, ts(optional, as = "Option<bool>"))]
    pub reconnecting: bool,
    /// Answers calls by itself, of everybody or of chosen people.
    #[serde(default, skip_serializing_if = "is_false")]
    #[cfg_attr(test, ts(optional, as = "Option<bool>"))]
    pub answers_itself: bool,
}

/// What others see of a person's readiness.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(Deserialize, ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Available,
    InCall,
    Away,
    DoNotDisturb,
}

/// What a person chose; being in a call is seen by the box itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Availability {
    #[default]
    Available,
    /// Rings nevertheless.
    Away,
    /// Declines by itself.
    DoNotDisturb,
}

/// A room, as its members see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(Deserialize, ts_rs::TS))]
pub struct Room {
    pub id: RoomId,
    pub host: PersonId,
    pub locked: bool,
    /// In the order of their coming.
    pub members: Vec<Member>,
    /// Who is being called into the room.
    pub invitations: Vec<Invited>,
    /// Who asks to be let in.
    pub knocks: Vec<Knocking>,
    /// In a room of two: who makes the offer of the direct path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub offerer: Option<PersonId>,
    /// How many fit in.
    pub capacity: u32,
}

/// Somebody who is in a room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(Deserialize, ts_rs::TS))]
pub struct Member {
    pub id: PersonId,
    pub name: String,
    pub media: MediaState,
    #[serde(default, skip_serializing_if = "is_false")]
    #[cfg_attr(test, ts(optional, as = "Option<bool>"))]
    pub reconnecting: bool,
    /// The hand is raised: its place in the order of raising, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub hand: Option<u32>,
}

/// What a member shows to the others for a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Reaction {
    ThumbsUp,
    Heart,
    Laugh,
    Applause,
}

/// What of a member can be heard and seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct MediaState {
    pub microphone: bool,
    pub camera: bool,
    pub screen: bool,
    /// The page cannot reach the relay: it sends and gets nothing but by direct paths.
    #[serde(default, skip_serializing_if = "is_false")]
    #[cfg_attr(test, ts(optional, as = "Option<bool>"))]
    pub relayless: bool,
    /// The page has answered the call by itself, and nobody there has said that they are present.
    #[serde(default, skip_serializing_if = "is_false")]
    #[cfg_attr(test, ts(optional, as = "Option<bool>"))]
    pub unattended: bool,
    /// The page sends and shows no pictures.
    #[serde(default, skip_serializing_if = "is_false")]
    #[cfg_attr(test, ts(optional, as = "Option<bool>"))]
    pub sound_only: bool,
    /// The page sends and wants the smallest pictures.
    #[serde(default, skip_serializing_if = "is_false")]
    #[cfg_attr(test, ts(optional, as = "Option<bool>"))]
    pub saves_data: bool,
}

/// An invitation that still rings, as the room sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(Deserialize, ts_rs::TS))]
pub struct Invited {
    pub invitation: InvitationId,
    pub from: PersonId,
    pub to: PersonId,
    pub name: String,
    pub progress: Progress,
    pub expires_in_ms: u32,
}

/// How far an invitation has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(Deserialize, ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Progress {
    /// The callee's page has not said yet that it rings.
    Sent,
    /// It rings at the callee's.
    Ringing,
    /// It rings, quietly: the callee is in another call.
    InAnotherCall,
}

/// Somebody who asks to be let in, as the room sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(Deserialize, ts_rs::TS))]
pub struct Knocking {
    pub knock: KnockId,
    pub person: PersonId,
    pub name: String,
    pub expires_in_ms: u32,
}

/// Why the callee does not take the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum DeclineReason {
    Busy,
    InAMinute,
    /// Said by the box for those who do not want to be disturbed.
    DoNotDisturb,
}

/// How an invitation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(Deserialize, ts_rs::TS))]
#[serde(tag = "how", rename_all = "snake_case")]
pub enum Outcome {
    Accepted,
    Declined {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, ts(optional))]
        reason: Option<DeclineReason>,
    },
    Cancelled,
    Expired,
    /// They met by another way: another invitation, a knock.
    Overtaken,
    /// The other one left the lobby, or the room that was rung for is over.
    Gone,
}

/// How a knock ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(Deserialize, ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum KnockOutcome {
    Admitted,
    Refused,
    Withdrawn,
    Expired,
    /// The host locked the room meanwhile.
    Locked,
    /// The room is over, or full.
    Gone,
    /// The outsider went into another room meanwhile.
    Overtaken,
}

/// Why the room has ended for you.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(Deserialize, ts_rs::TS))]
#[serde(tag = "why", rename_all = "snake_case")]
pub enum RoomEndReason {
    /// You hung up.
    Left,
    /// The host removed you.
    Removed,
    /// Everybody else has left, `name` last.
    LastLeft { name: String },
    /// `name`, the last of the others, lost the connection and did not come back.
    LastLost { name: String },
    /// Nobody whom you called came; the last invitation (to `name`) ended so.
    NobodyCame { name: String, outcome: Outcome },
    /// The box was restarted and the others did not come back.
    Interrupted,
}

/// Why a space is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(Deserialize, ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum SpaceEndReason {
    /// There is none of that name, or the owner of the box has taken it away.
    Removed,
    /// Its time is over.
    Expired,
    /// As many spaces as may be are there, or were made from your address, or in as short a time. Try later.
    TooMany,
}

/// What two browsers tell each other to find the direct path (RFC 8829, RFC 8838).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Signal {
    /// An RTCSessionDescriptionInit.
    Description(Description),
    /// An RTCIceCandidateInit; an empty `candidate` ends the list.
    Candidate(Candidate),
    /// The member who does not offer asks the one who does for an offer.
    OfferRequest(OfferRequest),
}

/// What whoever asks for an offer knows of the session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct OfferRequest {
    /// The certificate's fingerprint in the newest offer that was heard, as in SDP (RFC 8122); absent when
    /// none was: then a new session is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub fingerprint: Option<String>,
}

/// W3C WebRTC's RTCSessionDescriptionInit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Description {
    #[serde(rename = "type")]
    pub kind: DescriptionKind,
    pub sdp: String,
}

/// W3C WebRTC's RTCSdpType.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum DescriptionKind {
    Offer,
    Answer,
}

/// W3C WebRTC's RTCIceCandidateInit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Candidate {
    pub candidate: String,
    #[serde(default)]
    pub sdp_mid: Option<String>,
    #[serde(default)]
    #[serde(rename = "sdpMLineIndex")]
    pub sdp_m_line_index: Option<u16>,
    #[serde(default)]
    pub username_fragment: Option<String>,
}

/// With what the browsers of two pages find a direct path to each other over the internet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(Deserialize, ts_rs::TS))]
pub struct Ice {
    pub servers: Vec<IceServer>,
    /// When their credentials end for whoever is not yet connected to the server; absent: never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub expires_in_ms: Option<u32>,
}

impl Ice {
    pub(crate) fn is_empty(&self) -> bool {
        self.servers.is_empty()
    }
}

/// An RTCIceServer (W3C WebRTC, 4.2.4).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(Deserialize, ts_rs::TS))]
pub struct IceServer {
    /// Of STUN (RFC 7064) or TURN (RFC 7065).
    pub urls: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub username: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub credential: Option<String>,
}

/// For the box's own TURN (RFC 8656) over TLS, at `turns:HOST:PORT?transport=tcp` of the page's own address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(Deserialize, ts_rs::TS))]
pub struct TurnAccess {
    pub username: String,
    pub credential: String,
    /// After that they are no good for another connection.
    pub expires_in_ms: u32,
}

/// What could not be done; the page has a sentence for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(Deserialize, ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// No JSON, or not one of the messages, or a field of it missing.
    NotUnderstood,
    /// The first message must be `hello`, and only the first.
    HelloFirst,
    /// The lobby has a PIN: say hello with it.
    PinNeeded,
    /// That is not the PIN.
    PinWrong,
    /// Too many wrong ones came from there; this one was not looked at. Try later.
    PinWait,
    /// A name has 1 to 40 visible characters.
    NameInvalid,
    /// The lobby holds no more people.
    LobbyFull,
    /// As many people came from your network address as may, or in as short a time. Try later.
    TooManyFromAddress,
    /// That person is not here.
    PersonUnknown,
    /// Nobody can call themselves.
    NotYourself,
    /// At most 20 invitations of one person ring at a time.
    TooManyInvitations,
    /// You have called very often in a short time: that person from your address, or anybody. Try later.
    RingWait,
    /// You have knocked, taken another name, raised your hand or reacted very often in a short time. Try later.
    TooOften,
    /// No more fit into the room, those who are being called counted.
    RoomFull,
    /// That room is over.
    RoomUnknown,
    /// Nobody can knock on a locked room.
    RoomLocked,
    /// You are in a room already: leave it first.
    AlreadyInRoom,
    /// You are in no room.
    NotInRoom,
    /// Only the host may do that.
    HostOnly,
}

pub(super) fn is_false(value: &bool) -> bool {
    !value
}
