//! Everything that is said between a page and the box, one sentence a variant.
//!
//! JSON text frames over the WebSocket subprotocol [`SUBPROTOCOL`]. Unknown fields are ignored;
//! a message that is not understood is answered with [`ServerMessage::Error`], the socket stays.
//! `www/server/protocol.d.ts` is written from this file by its test; `docs/protocol.md` has an example of
//! each message. Times are relative milliseconds (`…_ms`), because clocks differ.

mod types;

use self::types::is_false;
pub use self::types::*;
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
    /// The first message of a connection: here I am, or here I return (with the newest token).
    Hello {
        name: String,
        #[serde(default)]
        #[cfg_attr(test, ts(optional))]
        token: Option<Box<str>>,
        /// What was typed, if the lobby has a PIN.
        #[serde(default)]
        #[cfg_attr(test, ts(optional))]
        pin: Option<Box<str>>,
        /// What this device got for a right PIN.
        #[serde(default)]
        #[cfg_attr(test, ts(optional))]
        pass: Option<Box<str>>,
        /// The newest `device` of a welcome: by it others know this device, whatever it is called.
        #[serde(default)]
        #[cfg_attr(test, ts(optional))]
        device: Option<Box<str>>,
    },
    /// Call me this.
    Rename { name: String },
    /// I can, or would rather not, be called.
    SetAvailability { availability: Availability },
    /// I answer calls by myself, or not; everybody sees it.
    SetAnswersItself { on: bool },
    /// By what do I know that person's device? Heard only from who answers by itself.
    Recognise { person: PersonId },
    /// By what do I know that person under that name? To tell somebody whom I met from another one of the name.
    Know { person: PersonId },
    /// Ring them, into my room; a room is made when I have none.
    Invite { to: PersonId },
    /// My page rings for this invitation.
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
    /// That person is not to ring at me for an hour, or may. Nobody else is told.
    Quiet { person: PersonId, on: bool },
    /// May I come into that room?
    Knock { room: RoomId },
    /// I do not want to come in after all.
    Withdraw { knock: KnockId },
    /// Come in. Any member may say so.
    Admit { knock: KnockId },
    /// Do not come in. Any member may say so.
    Refuse { knock: KnockId },
    /// Nobody may knock, or everybody. Host only.
    Lock { locked: bool },
    /// Out with them. Host only.
    Remove { member: PersonId },
    /// Please mute yourself. Host only.
    AskToMute { member: PersonId },
    /// What of me can be heard and seen.
    SetMedia { media: MediaState },
    /// I raise my hand, or lower it.
    SetHand { raised: bool },
    /// Lower the hand of that member. Host only.
    LowerHand { member: PersonId },
    /// Show this to everybody in my room for a moment.
    React { reaction: Reaction },
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
    /// Whether the direct path carries us, so that the relay may rest.
    RestRelay { rest: bool },
    /// My credentials for the servers of the direct path end soon: others, please.
    AskIce,
    /// My credentials for the box's own TURN end soon: others, please.
    AskTurn,
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
        /// The page that the box has, as in the path below which its files lie, `/v/PAGE/`; none where it
        /// comes from a folder. Whoever has another one has an older page.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, ts(optional))]
        page: Option<String>,
        /// With what to make direct paths; absent: with nothing, as within one network.
        #[serde(default, skip_serializing_if = "Ice::is_empty")]
        #[cfg_attr(test, ts(optional, as = "Option<Ice>"))]
        ice: Ice,
        /// All media goes by the relay: make no direct path.
        #[serde(default, skip_serializing_if = "is_false")]
        #[cfg_attr(test, ts(optional, as = "Option<bool>"))]
        relay_always: bool,
        /// The box carries no media, so the members of a room, four at most, go direct.
        #[serde(default, skip_serializing_if = "is_false")]
        #[cfg_attr(test, ts(optional, as = "Option<bool>"))]
        relayless: bool,
        /// Of a box on the internet: by which media gets to it through TLS.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, ts(optional))]
        turn: Option<TurnAccess>,
        /// Secret: what this device says with each hello in this space; told when none, or a wrong one, was said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, ts(optional))]
        device: Option<String>,
    },
    /// The answer to `ask_ice`: takes the place of the `ice` of before.
    Ice { ice: Ice },
    /// The answer to `ask_turn`, if the box has TURN.
    Turn { turn: TurnAccess },
    /// The PIN was right. Keep this on the device, and show it instead of the PIN; the welcome follows.
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
    /// You are called this.
    Renamed { name: String },
    /// Somebody calls you. Answer `ringing` as soon as your page rings.
    Ring {
        invitation: InvitationId,
        from: PersonId,
        name: String,
        /// The names of those who are in the room already, the inviter's among them.
        members: Vec<String>,
        expires_in_ms: u32,
        /// By what you know the caller's device; to who answers by itself.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[cfg_attr(test, ts(optional))]
        mark: Option<String>,
    },
    /// The answer to `recognise`: the same in each `ring` of that person's device, and to nobody else.
    Recognised { person: PersonId, mark: String },
    /// The answer to `know`: the same for the same device under the same name, and to nobody else.
    Known { person: PersonId, mark: String },
    /// An invitation that you sent or got is over. `with` is the other one.
    InvitationEnded { invitation: InvitationId, with: PersonId, name: String, outcome: Outcome },
    /// The room you are in, whole; told at every change of it.
    Room { room: Room, token: String },
    /// The room has ended for you.
    RoomLeft { why: RoomEndReason, token: String },
    /// Whom you do not let ring, all of them.
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
    /// How far the machine is behind: pictures in this room are smaller, or fewer, or as usual.
    Strained { strain: Overload },
    /// The answer to `ask_links`: how the ways of the room's members to the box are, which layer of simulcast
    /// the box sends you of whom (absent: none), and how far the box is behind.
    Links { links: Vec<Link>, pictures: Vec<Picture>, strain: Overload },
    /// That connection to the relay is over; make a new one.
    RelayEnded { side: Side, connection: u32 },
    /// The host asks you to mute yourself.
    AskedToMute { by: PersonId, name: String },
    /// A member of your room, you perhaps, shows this for a moment.
    Reaction { from: PersonId, reaction: Reaction },
    /// Another tab or device took your place; this connection ends.
    TakenOver,
    /// The space is closed to you; this connection ends.
    SpaceClosed { why: SpaceEndReason },
    /// What you said could not be done. The socket stays open.
    Error { code: ErrorCode },
    /// Here I am.
    Pong,
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

#[cfg(test)]
mod tests;
