// Calls to and fro, the room, and how media gets to its members.

import type { ClientMessage, DeclineReason, Ice, InvitationId, KnockId, PersonId, Reaction, Room, RoomId, ServerMessage, Signal, TurnAccess } from '../../server/protocol.d.ts'
import type { Moment } from '../session/types.d.ts'

export interface CallState {
  /** The room I am in. */
  room: Room | null
  /** The other one of `room` whom the box, restarted, does not know yet: kept as reconnecting. */
  awaited: PersonId | null
  /** When the room's invitations and knocks end, on my clock. */
  until: ReadonlyMap<InvitationId | KnockId, Moment>
  /** Since when I have somebody in the room with me. */
  callSince: Moment | null
  /** Who calls me and has no answer yet, oldest first. */
  calls: readonly Incoming[]
  /** What I said to calls whose end the box has not told yet; said again if they ring again. */
  answered: ReadonlyMap<InvitationId, { name: string; since: Moment; message: ClientMessage }>
  /** My knock on somebody's room. */
  knock: { knock: KnockId; room: RoomId; until: Moment } | null
  /** The room that I hung up, until the box has heard of it. */
  leaving: RoomId | null
  /** How media goes between me and each other member: the way that is used. */
  paths: ReadonlyMap<PersonId, Path>
  /** Both paths to each other member, and which of them is used. */
  memberPaths: ReadonlyMap<PersonId, MemberPaths>
  /** How the relay is used; null: in no room. */
  relay: RelayUse | null
  /** The box carries no media: there is no relay. */
  noRelay: boolean
  /** It carries all of it: no direct path is made. */
  relayAlways: boolean
  /** There is one, and it could not be reached since it was reached last. */
  relayless: boolean
  /** The active speakers, loudest first, as the relay hears them. */
  activeSpeakers: readonly PersonId[]
  /** The last few looks at how the call is, oldest first. */
  looks: readonly CallLook[]
  /** What is shown of how the call is; null: nobody looks at it. */
  callInfo: CallInfo | null
  /** Whom I am about to remove from the call, and am asked about. */
  removal: PersonId | null
  /** Whose calls this device answers by itself. */
  answering: Answering
  /** What the box was told of that, since its welcome; null: nothing. */
  answeringSaid: boolean | null
  /** Who called, where this device answered by itself and nobody has said that they are here. */
  unattended: PersonId | null
  /** What members show for a moment, the newest last. */
  reactions: readonly Shown[]
  /** How many reactions I sent lately. */
  reacted: number
  /** From whom my voice came back; it is said for a moment, and once in a call. */
  echo: { member: PersonId; said: boolean } | null
}

/** What can happen. Past tense. */
export type CallEvent =
  | { type: 'inviteClicked'; to: PersonId }
  /** All of them, into one room. */
  | { type: 'severalRung'; people: readonly PersonId[] }
  | { type: 'cancelClicked'; invitation: InvitationId }
  /** Of all whom I am calling. */
  | { type: 'cancelAllClicked' }
  | { type: 'acceptClicked'; invitation: InvitationId }
  | { type: 'bringHereClicked'; invitation: InvitationId }
  | { type: 'declineClicked'; invitation: InvitationId; reason?: DeclineReason }
  | { type: 'knockClicked'; room: RoomId }
  /** At another room than the one that I am in. */
  | { type: 'leaveAndKnockClicked'; room: RoomId }
  | { type: 'withdrawClicked' }
  | { type: 'admitClicked'; knock: KnockId }
  | { type: 'refuseClicked'; knock: KnockId }
  | { type: 'lockClicked'; locked: boolean }
  | { type: 'removeClicked'; member: PersonId }
  /** Whether whoever was to be removed is. */
  | { type: 'removalAnswered'; yes: boolean }
  | { type: 'askToMuteClicked'; member: PersonId }
  /** My own hand. */
  | { type: 'handToggled' }
  /** Of that member, by the host. */
  | { type: 'lowerHandClicked'; member: PersonId }
  | { type: 'reactClicked'; reaction: Reaction }
  /** One more may be sent. */
  | { type: 'reactionRested' }
  | { type: 'reactionFaded'; id: number }
  | { type: 'hangUpClicked' }
  | { type: 'callInfoToggled'; open: boolean; about?: PersonId }
  /** Every second while the call's information is shown, else every two. */
  | { type: 'callMeasured'; look: CallLook }
  /** One can hear or see that somebody calls. */
  | { type: 'rang'; invitation: InvitationId }
  /** A call rang its time, and the box did not say so. */
  | { type: 'ringWoreOff'; invitation: InvitationId }
  | { type: 'pathChanged'; member: PersonId; path: Path }
  /** The direct path held since it became better or worse for the time of that number. */
  | { type: 'pathProven'; member: PersonId; proof: number }
  /** What comes by this way is seen and heard, instead of what came by the other. */
  | { type: 'pathArrived'; member: PersonId; kind: Path['kind'] }
  /** There was time enough to change over, since the change of that number. */
  | { type: 'pathSettled'; member: PersonId; change: number }
  /** My voice comes back from there. */
  | { type: 'answeringChosen'; answering: Partial<Pick<Answering, 'whom' | 'camera'>> }
  | { type: 'answererAdded'; person: PersonId }
  | { type: 'answererRemoved'; mark: string }
  /** The chime of a call that is to be answered by itself is heard. */
  | { type: 'chimed'; invitation: InvitationId; at: Moment }
  | { type: 'answerDue'; invitation: InvitationId }
  /** Somebody is at a page that has answered by itself. */
  | { type: 'presenceSaid' }
  | { type: 'echoHeard'; member: PersonId }
  | { type: 'echoFaded' }

/** What the page does about it. Imperative. */
export type CallEffect =
  /** Tell when what comes of one of these is what I say; none: of nobody. */
  | { type: 'listenForEcho'; members: readonly PersonId[] }
  /** Make the direct path to that member. `offers`: it is this page that offers; `lost`: it had such a path before it was reloaded. `screens`: with a place for what is shown of screens. Of an open path it changes who offers, and gives it that place. */
  | { type: 'openPath'; member: PersonId; offers: boolean; screens: boolean; lost: boolean }
  /** What goes of my pictures straight to that member. */
  | { type: 'limitPictures'; member: PersonId; pictures: Pictures }
  | { type: 'closePath'; member: PersonId }
  | { type: 'signalPath'; member: PersonId; signal: Signal }
  /** Show and play what comes that way, as soon as it comes. */
  | { type: 'usePath'; member: PersonId; kind: Path['kind'] }
  /** Nothing is to be seen and heard of that member. */
  | { type: 'dropMember'; member: PersonId }
  /** Make the two connections to the box. `again`: it had some with this page before it was reloaded; `yields`: a direct path is being made, too. */
  | { type: 'openRelay'; again: boolean; yields: boolean }
  | { type: 'closeRelay' }
  /** Where nothing else gets media to the box, TLS does, by these credentials. */
  | { type: 'useTurn'; access: TurnAccess }
  /** Tell how that member is reached through the relay. */
  | { type: 'carryMember'; member: PersonId }
  | { type: 'hearRelay'; message: RelayMessage }
  | { type: 'useRelay'; use: RelayUse }
  /** Look at the paths at long intervals; closely: more often, and ask the box, too; or not at all. */
  | { type: 'watchCall'; how: 'closely' | 'lightly' | 'not' }
  /** The connection to the box is back: does it still know the two to the relay? */
  | { type: 'resumeRelay' }
  /** The network changed or the connection came back: look for new ways. */
  | { type: 'refreshPaths' }
  /** Sound, title, notification, answered with `rang`. Quietly: when one is in a call. */
  /** By these servers browsers find each other; others are asked for before the credentials end. */
  | { type: 'useIce'; ice: Ice }
  /** The box may carry all media: then no direct path is made ready. */
  | { type: 'allowDirect'; allowed: boolean }
  | { type: 'ring'; invitation: InvitationId; name: string; quietly: boolean; /** with the chime, told by `chimed` */ itself?: true }
  | { type: 'stopRinging'; invitation: InvitationId }
  /** The tone that the caller hears while it rings. */
  | { type: 'ringBack' }
  | { type: 'stopRingBack' }
  /** A soft knock. */
  | { type: 'knockSound' }
  /** Somebody raised a hand, or showed something. */
  | { type: 'gestureSound'; of: 'hand' | 'reaction' }

export interface Incoming {
  invitation: InvitationId
  from: PersonId
  name: string
  members: readonly string[]
  until: Moment
  /** When I was told first. */
  since: Moment
  /** I can hear or see it. */
  rung: boolean
  /** It is to be answered by itself: by what its caller is known, and when, once the chime is heard. */
  itself?: { mark: string | undefined; at: Moment | null } | null
}

/** A reaction of one member, and how often it was sent while it is shown. */
export interface Shown { id: number; from: PersonId; reaction: Reaction; count: number }

/** What I chose of calls that this device answers by itself. */
export interface Answering {
  whom: 'nobody' | 'chosen' | 'everybody'
  /** With a picture. */
  camera: boolean
  /** Whom I chose: by what the box tells their devices apart, and what they were called. */
  people: readonly { mark: string; name: string }[]
}

export interface Path {
  kind: 'direct' | 'relay'
  /** `connected` only while packets really come; `failed` until they do after all: it is retried. */
  status: 'connecting' | 'connected' | 'interrupted' | 'failed'
  /** Media that the other side really sends and we really get. */
  hears: boolean
  sees: boolean
}

/** The two paths to one other member; route.js has the rules. */
export interface MemberPaths {
  used: Path['kind']
  /** Null: none is made, as in a room of three and more that the relay connects. */
  direct: Path | null
  relay: Path
  /** The direct path stalled while it was used: it has to hold for a while before it is used again. */
  doubted: boolean
  /** How often the direct path became better or worse; a time of proof belongs to one of them. */
  proofs: number
  /** It has just changed over: the old picture stays until the new one comes. */
  settling: boolean
  /** The direct path ends when the relay has taken over. */
  closing: boolean
  /** How often it changed over. */
  changes: number
}

/** How large pictures go: as they are, as small as makes sense, or not at all. */
export type Pictures = 'whole' | 'small' | 'none'

export interface RelayUse {
  /** The direct path carries everything. */
  rest: boolean
  /** Somebody is to be heard through the relay: silence means that it is broken. */
  due: boolean
}

/** What I send on one m-line of the connection up. */
export type Feed = 'microphone' | 'camera' | 'screenSound' | 'screen'

/** Where a person's sound and picture come from; null: nothing new yet. */
export interface Reception { audio: RTCRtpReceiver | null; video: RTCRtpReceiver | null }

/** What the relay says to the page about the two connections. */
export type RelayMessage = Extract<ServerMessage, { type: 'relay_answer' | 'relay_offer' | 'seats' | 'wanted' | 'relay_ended' }>

/** How the call is, while somebody looks at it. */
export interface CallInfo {
  /** Who was asked about; null: the call as a whole. */
  about: PersonId | null
  /** What the box said last. */
  told: Extract<ServerMessage, { type: 'links' }> | null
}

/** One look at what getStats tells, of the way that is used to each member. */
export interface CallLook {
  at: Moment
  members: Readonly<Record<PersonId, PathStats | null>>
  /** To the box and back, in seconds; null: not known. */
  boxRoundTrip: number | null
}

/** How one person's picture and sound travel: of the others, as it comes here; of me, as it goes. */
export interface CallReport {
  /** Null: me. */
  person: PersonId | null
  name: string
  way: 'direct' | 'relay' | 'relay_tcp' | 'relay_tls' | null
  picture: { width: number; height: number; frames: number } | null
  /** Of simulcast, the smallest is 0; null: none, or not through the box. */
  layer: number | null
  /** Part of the packets that was lost lately; null: not known. */
  loss: number | null
  /** Seconds; null: not known. */
  roundTrip: number | null
  /** Packets that the box could not send here. */
  unsent: number
  verdict: Verdict
}

/** What is wrong and whose fault it is; each has one sentence in words/. */
export type Verdict =
  | 'good'
  | 'connecting'
  | 'interrupted'
  | 'failed'
  /** The box carries more than it can. */
  | 'box_strained'
  | 'my_loss'
  | 'their_loss'
  /** Between two browsers, and it cannot be told whose. */
  | 'loss_between'
  | 'my_delay'
  | 'their_delay'
  | 'delay_between'
  | 'my_narrow_link'
  | 'my_slow_device'
  | 'their_slow_device'

export interface PathStats {
  state: RTCPeerConnectionState
  bytesReceived: number
  bytesSent: number
  framesDecoded: number
  width: number
  height: number
  /** Of all that was heard; grows only with sound (W3C WebRTC statistics, totalAudioEnergy). */
  audioEnergy: number
  packetsLost: number
  packetsReceived: number
  framesDropped: number
  /** Part of what I send that the other end misses, by its last report; null: it has not reported. */
  sentLoss: number | null
  /** What keeps me from sending larger pictures (W3C WebRTC statistics, qualityLimitationReason). */
  limited: 'none' | 'cpu' | 'bandwidth'
  /** Seconds. */
  roundTrip: number | null
  /** Kind and protocol of my end and of theirs, such as `host udp`. */
  ends: string[]
}
