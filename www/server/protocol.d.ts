// Written by a test of src/protocol.rs (cargo test protocol). Do not edit.

export type PersonId = number;

export type RoomId = number;

export type InvitationId = number;

export type KnockId = number;

export type ClientMessage = { "type": "hello", name: string, token?: string, 
/**
 * What was typed, if the lobby has a PIN.
 */
pin?: string, 
/**
 * What this device got for a right PIN.
 */
pass?: string, 
/**
 * The newest `device` of a welcome: by it others know this device, whatever it is called.
 */
device?: string, } | { "type": "rename", name: string, } | { "type": "set_availability", availability: Availability, } | { "type": "set_answers_itself", on: boolean, } | { "type": "recognise", person: PersonId, } | { "type": "know", person: PersonId, } | { "type": "invite", to: PersonId, } | { "type": "ringing", invitation: InvitationId, } | { "type": "accept", invitation: InvitationId, } | { "type": "bring_here", invitation: InvitationId, } | { "type": "decline", invitation: InvitationId, reason?: DeclineReason, } | { "type": "cancel", invitation: InvitationId, } | { "type": "quiet", person: PersonId, on: boolean, } | { "type": "knock", room: RoomId, } | { "type": "withdraw", knock: KnockId, } | { "type": "admit", knock: KnockId, } | { "type": "refuse", knock: KnockId, } | { "type": "lock", locked: boolean, } | { "type": "remove", member: PersonId, } | { "type": "ask_to_mute", member: PersonId, } | { "type": "set_media", media: MediaState, } | { "type": "set_hand", raised: boolean, } | { "type": "lower_hand", member: PersonId, } | { "type": "react", reaction: Reaction, } | { "type": "signal", to: PersonId, signal: Signal, } | { "type": "relay_offer", connection: number, sdp: string, } | { "type": "relay_answer", connection: number, sdp: string, } | { "type": "relay_again" } | { "type": "set_tiles", tiles: Array<Tile>, } | { "type": "rest_relay", rest: boolean, } | { "type": "ask_ice" } | { "type": "ask_turn" } | { "type": "ask_links" } | { "type": "leave" } | { "type": "goodbye" } | { "type": "ping" };

export type ServerMessage = { "type": "welcome", you: PersonId, name: string, availability: Availability, token: string, 
/**
 * The place was found again: room and rings follow.
 */
resumed: boolean, 
/**
 * The name of the box on the network, such as `wizyjno.local`.
 */
host: string, 
/**
 * The version of the box's program.
 */
version: string, 
/**
 * The page that the box has, as in the path below which its files lie, `/v/PAGE/`; none where it
 * comes from a folder. Whoever has another one has an older page.
 */
page?: string, 
/**
 * With what to make direct paths; absent: with nothing, as within one network.
 */
ice?: Ice, 
/**
 * All media goes by the relay: make no direct path.
 */
relay_always?: boolean, 
/**
 * The box carries no media, so the members of a room, four at most, go direct.
 */
relayless?: boolean, 
/**
 * Of a box on the internet: by which media gets to it through TLS.
 */
turn?: TurnAccess, 
/**
 * Secret: what this device says with each hello in this space; told when none, or a wrong one, was said.
 */
device?: string, } | { "type": "ice", ice: Ice, } | { "type": "turn", turn: TurnAccess, } | { "type": "pass", pass: string, } | { "type": "people", people: Array<Person>, more: boolean, } | { "type": "changes", people?: Array<Person>, left?: Array<PersonId>, } | { "type": "renamed", name: string, } | { "type": "ring", invitation: InvitationId, from: PersonId, name: string, 
/**
 * The names of those who are in the room already, the inviter's among them.
 */
members: Array<string>, expires_in_ms: number, 
/**
 * By what you know the caller's device; to who answers by itself.
 */
mark?: string, } | { "type": "recognised", person: PersonId, mark: string, } | { "type": "known", person: PersonId, mark: string, } | { "type": "invitation_ended", invitation: InvitationId, with: PersonId, name: string, outcome: Outcome, } | { "type": "room", room: Room, token: string, } | { "type": "room_left", why: RoomEndReason, token: string, } | { "type": "quiet", people: Array<PersonId>, } | { "type": "knock_sent", knock: KnockId, room: RoomId, expires_in_ms: number, } | { "type": "knock_ended", knock: KnockId, outcome: KnockOutcome, } | { "type": "signal", from: PersonId, signal: Signal, } | { "type": "relay_answer", connection: number, sdp: string, } | { "type": "relay_offer", connection: number, sdp: string, } | { "type": "seats", connection: number, seats: Array<Seat>, } | { "type": "wanted", source: Source, audio: boolean, layers: [boolean, boolean, boolean], av1: boolean, } | { "type": "speakers", speakers: Array<PersonId>, } | { "type": "strained", strain: Overload, } | { "type": "links", links: Array<Link>, pictures: Array<Picture>, strain: Overload, } | { "type": "relay_ended", side: Side, connection: number, } | { "type": "asked_to_mute", by: PersonId, name: string, } | { "type": "reaction", from: PersonId, reaction: Reaction, } | { "type": "taken_over" } | { "type": "space_closed", why: SpaceEndReason, } | { "type": "error", code: ErrorCode, } | { "type": "pong" };

export type Person = { id: PersonId, name: string, status: Status, 
/**
 * The room they are in, to knock on.
 */
room?: RoomId, 
/**
 * That room is locked: nobody can knock.
 */
locked?: boolean, 
/**
 * The connection is lost; the place is kept for a while.
 */
reconnecting?: boolean, 
/**
 * Answers calls by itself, of everybody or of chosen people.
 */
answers_itself?: boolean, };

export type Status = "available" | "in_call" | "away" | "do_not_disturb";

export type Availability = "available" | "away" | "do_not_disturb";

export type Room = { id: RoomId, host: PersonId, locked: boolean, 
/**
 * In the order of their coming.
 */
members: Array<Member>, 
/**
 * Who is being called into the room.
 */
invitations: Array<Invited>, 
/**
 * Who asks to be let in.
 */
knocks: Array<Knocking>, 
/**
 * In a room of two: who makes the offer of the direct path.
 */
offerer?: PersonId, 
/**
 * How many fit in.
 */
capacity: number, };

export type Member = { id: PersonId, name: string, media: MediaState, reconnecting?: boolean, 
/**
 * The hand is raised: its place in the order of raising, from 1.
 */
hand?: number, };

export type MediaState = { microphone: boolean, camera: boolean, screen: boolean, 
/**
 * The page cannot reach the relay: it sends and gets nothing but by direct paths.
 */
relayless?: boolean, 
/**
 * The page has answered the call by itself, and nobody there has said that they are present.
 */
unattended?: boolean, 
/**
 * The page sends and shows no pictures.
 */
sound_only?: boolean, 
/**
 * The page sends and wants the smallest pictures.
 */
saves_data?: boolean, };

export type Reaction = "thumbs_up" | "heart" | "laugh" | "applause";

export type Invited = { invitation: InvitationId, from: PersonId, to: PersonId, name: string, progress: Progress, expires_in_ms: number, };

export type Progress = "sent" | "ringing" | "in_another_call";

export type Knocking = { knock: KnockId, person: PersonId, name: string, expires_in_ms: number, };

export type DeclineReason = "busy" | "in_a_minute" | "do_not_disturb";

export type Outcome = { "how": "accepted" } | { "how": "declined", reason?: DeclineReason, } | { "how": "cancelled" } | { "how": "expired" } | { "how": "overtaken" } | { "how": "gone" };

export type KnockOutcome = "admitted" | "refused" | "withdrawn" | "expired" | "locked" | "gone" | "overtaken";

export type RoomEndReason = { "why": "left" } | { "why": "removed" } | { "why": "last_left", name: string, } | { "why": "last_lost", name: string, } | { "why": "nobody_came", name: string, outcome: Outcome, } | { "why": "interrupted" };

export type SpaceEndReason = "removed" | "expired" | "too_many";

export type Signal = { "description": Description } | { "candidate": Candidate } | { "offer_request": OfferRequest };

export type Description = { type: DescriptionKind, sdp: string, };

export type DescriptionKind = "offer" | "answer";

export type Candidate = { candidate: string, sdpMid: string | null, sdpMLineIndex: number | null, usernameFragment: string | null, };

export type TurnAccess = { username: string, credential: string, 
/**
 * After that they are no good for another connection.
 */
expires_in_ms: number, };

export type OfferRequest = { 
/**
 * The certificate's fingerprint in the newest offer that was heard, as in SDP (RFC 8122); absent when
 * none was: then a new session is asked for.
 */
fingerprint?: string, };

export type Tile = { person: PersonId, source: Source, 
/**
 * In device pixels; 0: not to be seen.
 */
width: number, 
/**
 * Sharp before all others.
 */
pinned: boolean, };

export type Source = "camera" | "screen";

export type Side = "up" | "down";

export type Overload = "none" | "some" | "much";

export type Link = { person: PersonId, 
/**
 * The relay rests: the direct path carries them.
 */
direct: boolean, 
/**
 * Media goes over TCP.
 */
tcp: boolean, 
/**
 * … and within TLS, through the box's own TURN; absent: it does not.
 */
tls?: boolean, 
/**
 * Parts of the packets that were lost in the last second, on the way to the box and from it.
 */
up_loss: number, down_loss: number, 
/**
 * From the box and back, once it is known.
 */
round_trip_ms?: number, 
/**
 * Its link has turned out to be too slow for something.
 */
narrow: boolean, 
/**
 * Packets to it that the box could not send; absent: none.
 */
unsent?: number, };

export type Picture = { person: PersonId, source: Source, 
/**
 * Of simulcast, the smallest is 0.
 */
layer?: number, };

export type Seat = { audio: string, video: string, 
/**
 * Nobody: the seat is free at the moment.
 */
person?: PersonId, source: Source, };

export type Ice = { servers: Array<IceServer>, 
/**
 * When their credentials end for whoever is not yet connected to the server; absent: never.
 */
expires_in_ms?: number, };

export type IceServer = { 
/**
 * Of STUN (RFC 7064) or TURN (RFC 7065).
 */
urls: Array<string>, username?: string, credential?: string, };

export type ErrorCode = "not_understood" | "hello_first" | "pin_needed" | "pin_wrong" | "pin_wait" | "name_invalid" | "lobby_full" | "too_many_from_address" | "person_unknown" | "not_yourself" | "too_many_invitations" | "ring_wait" | "too_often" | "room_full" | "room_unknown" | "room_locked" | "already_in_room" | "not_in_room" | "host_only";
