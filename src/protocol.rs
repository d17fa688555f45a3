//! Everything that is said between a page and the box, one sentence a variant.
//!
//! JSON text frames over the WebSocket subprotocol [`SUBPROTOCOL`]. Unknown fields are ignored;
//! a message that is not understood is answered with [`ServerMessage::Error`], the socket stays.
//! `www/server/protocol.d.ts` is written from this file by its test; `docs/protocol.md` has an example of
//! each message. Times are relative milliseconds (`…_ms`), because clocks differ.

use crate::ids::{InvitationId, KnockId, PersonId, RoomId};
pub use crate::relay::{Link, Overload, Picture, Seat, Side, Source, Tile};
use serde::{Deserialize, Serialize};

/// The version of the protocol, negotiated as the WebSocket's subprotocol.
pub const SUBPROTOCOL: &str = "wizyjno.v1";

/// What a page says to the box.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[cfg_attr(test, derive(Serialize, ts_rs::TS))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ClientMessage {
    /// The first message of a connection: here I am, or here I am again (with the newest token).
    Hello {
        name: String,
        #[serde(default)]
        #[cfg_attr(test, ts(optional))]
        token: Option<String>,
        /// What was typed, if the lobby has a PIN.
        #[serde(default)]
        #[cfg_attr(test, ts(optional))]
        pin: Option<String>,
        /// What this device got for a right PIN.
        #[serde(default)]
        #[cfg_attr(test, ts(optional))]
        pass: Option<String>,
    },
    /// I am called this from now on.
    Rename { name: String },
    /// I can, or would rather not, be called.
    SetAvailability { availability: Availability },
    /// Ring them, into my room; a room is made when I have none.
    Invite { to: PersonId },
    /// My page rings for this invitation now.
    Ringing { invitation: InvitationId },
    /// I take the call; if I am in another room, I leave that one.
    Accept { invitation: InvitationId },
    /// I take the call, but in my room: the inviter joins me here.
    BringHere { invitation: InvitationId },
    /// I do not take the call.
    Decline {
        invitation: InvitationId,
        #[serde(default)]
        #[cfg_attr(test, ts(optional))]
        reason: Option<DeclineReason>,
    },
    /// I stop calling.
    Cancel { invitation: InvitationId },
    /// That person is not to ring at me for now (an hour), or may again. Nobody else is told.
    Quiet { person: PersonId, on: bool },
    /// May I come into that room?
    Knock { room: RoomId },
    /// I no longer want to come in.
    Withdraw { knock: KnockId },
    /// Come in. Any member may say so.
    Admit { knock: KnockId },
    /// Not now. Any member may say so.
    Refuse { knock: KnockId },
    /// Nobody may knock, or everybody again. Host only.
    Lock { locked: bool },
    /// Out with them. Host only.
    Remove { member: PersonId },
    /// Please mute yourself. Host only.
    AskToMute { member: PersonId },
    /// What of me can be heard and seen now.
    SetMedia { media: Media },
    /// To another member's browser, about the direct path; the box does not look inside.
    Signal { to: PersonId, signal: Signal },
    /// What I send to the room, by way of the relay: an offer for my connection up to the box. Another
    /// `connection` than before takes its place, the same one is negotiated anew.
    RelayOffer { connection: u32, sdp: String },
    /// My answer to the offer of the connection down from the box that has this number.
    RelayAnswer { connection: u32, sdp: String },
    /// My connections to the relay are broken: offer me a new one down.
    RelayAgain,
    /// Whom I show, and how large; whom I do not list I do not show.
    SetTiles { tiles: Vec<Tile> },
    /// The direct path carries us (or no longer does), so the relay may rest.
    RestRelay { rest: bool },
    /// How is everybody's way to the box? (A page that shows it asks once a second at most.)
    AskLinks,
    /// I hang up.
    Leave,
    /// I leave the lobby for good; my place is not kept.
    Goodbye,
    /// Are you there? (A page that wakes up asks.)
    Ping,
}

/// What the box says to a page.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(Deserialize, ts_rs::TS))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerMessage {
    /// The answer to `hello`. `name` is how others see you; `token` gets the place back.
    Welcome {
        you: PersonId,
        name: String,
        availability: Availability,
        token: String,
        /// The place was found again: room and rings follow.
        resumed: bool,
        /// The name of the box on the network, such as `wizyjno.local`.
        host: String,
        /// The version of the box's program.
        version: String,
        /// The page that the box has, as in the path below which its files lie, `/v/PAGE/`; none where it comes from a
        /// folder. Whoever has another one has an older page.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, ts(optional))]
        page: Option<String>,
    },
    /// The PIN was right. Keep this on the device, and show it instead from now on; the welcome follows.
    Pass { pass: String },
    /// Everybody who is here, in as many messages as it takes; `more` says that another follows.
    /// You are in it.
    People { people: Vec<Person>, more: bool },
    /// Who came or changed, and who left, since it was last told.
    Changes {
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        #[cfg_attr(test, ts(optional, as = "Option<Vec<Person>>"))]
        people: Vec<Person>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        #[cfg_attr(test, ts(optional, as = "Option<Vec<PersonId>>"))]
        left: Vec<PersonId>,
    },
    /// You are called this from now on.
    Renamed { name: String },
    /// Somebody calls you. Answer `ringing` as soon as your page rings.
    Ring {
        invitation: InvitationId,
        from: PersonId,
        name: String,
        /// The names of those who are in the room already, the inviter's among them.
        members: Vec<String>,
        expires_in_ms: u32,
    },
    /// An invitation that you sent or got is over. `with` is the other one.
    InvitationEnded { invitation: InvitationId, with: PersonId, name: String, outcome: Outcome },
    /// The room you are in, whole; told at every change of it.
    Room { room: Room, token: String },
    /// You are in no room any more.
    RoomLeft { why: RoomEndReason, token: String },
    /// Whom you do not let ring for now, all of them.
    Quiet { people: Vec<PersonId> },
    /// Your knock is heard.
    KnockSent { knock: KnockId, room: RoomId, expires_in_ms: u32 },
    /// Your knock is over.
    KnockEnded { knock: KnockId, outcome: KnockOutcome },
    /// From another member's browser, about the direct path.
    Signal { from: PersonId, signal: Signal },
    /// The box's answer to your offer for that connection up.
    RelayAnswer { connection: u32, sdp: String },
    /// The box offers the connection down; one with a new number takes the place of the one before.
    RelayOffer { connection: u32, sdp: String },
    /// Who is on which m-lines of the connection down, whole. People come and go without a new offer.
    Seats { connection: u32, seats: Vec<Seat> },
    /// What anybody hears and sees of yours; encode nothing else. Layers of simulcast, smallest first.
    Wanted { source: Source, audio: bool, layers: [bool; 3], av1: bool },
    /// Who speaks, loudest first.
    Speakers { speakers: Vec<PersonId> },
    /// The box is at its end, or no longer: pictures in this room are smaller, or fewer.
    Strained { strain: Overload },
    /// The answer to `ask_links`: how the ways of the room's members to the box are, which layer of simulcast the
    /// box sends you of whom (absent: none), and how far the box is behind.
    Links { links: Vec<Link>, pictures: Vec<Picture>, strain: Overload },
    /// That connection to the relay is over; make a new one.
    RelayEnded { side: Side, connection: u32 },
    /// The host asks you to mute yourself.
    AskedToMute { by: PersonId, name: String },
    /// Another tab or device took your place; this connection ends.
    TakenOver,
    /// What you said could not be done. The socket stays open.
    Error { code: ErrorCode },
    /// Here I am.
    Pong,
}

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
    pub media: Media,
    #[serde(default, skip_serializing_if = "is_false")]
    #[cfg_attr(test, ts(optional, as = "Option<bool>"))]
    pub reconnecting: bool,
}

/// What of a member can be heard and seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Media {
    pub microphone: bool,
    pub camera: bool,
    pub screen: bool,
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

/// Why you are in no room any more.
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
    /// The certificate's fingerprint in the newest offer that was heard, as in SDP (RFC 8122); absent when none was:
    /// then a new session is asked for.
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
    /// Too many wrong ones came from there; this one was not looked at. Try again later.
    PinWait,
    /// A name has 1 to 40 visible characters.
    NameInvalid,
    /// The lobby holds no more people.
    LobbyFull,
    /// As many people came from your network address as may, or in as short a time. Try again later.
    TooManyFromAddress,
    /// That person is not here (any more).
    PersonUnknown,
    /// Nobody can call themselves.
    NotYourself,
    /// At most 20 invitations of one person ring at a time.
    TooManyInvitations,
    /// You have called very often in a short time: that person from your address, or anybody. Try again later.
    RingWait,
    /// You have knocked, or taken another name, very often in a short time. Try again later.
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

impl ClientMessage {
    /// Reads one text frame. `None`: no JSON, not one of the messages, or a field of it missing.
    pub fn from_json(text: &str) -> Option<ClientMessage> {
        serde_json::from_str(text).ok()
    }
}

impl ServerMessage {
    /// Appends the text of one frame.
    pub fn write_json(&self, text: &mut Vec<u8>) {
        serde_json::to_writer(text, self).expect("plain data into memory");
    }
}

fn is_false(value: &bool) -> bool {
    !value
}

#[cfg(test)]
mod tests;
