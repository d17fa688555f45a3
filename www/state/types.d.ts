// What the page knows (State), what can happen to it (Event), and what it does about it (Effect).
// The reducer in reducer.js is the only place that turns one into the other.

import type {
  Availability, ClientMessage, DeclineReason, RoomEndReason, InvitationId, KnockId, KnockOutcome, MediaState,
  Outcome, Person, PersonId, Room, RoomId, ServerMessage, Signal, ErrorCode,
} from '../server/protocol.d.ts'

export type * from '../server/protocol.d.ts'

export type Language = 'pl' | 'en' | 'szl'

/** Milliseconds on the page's own clock (performance.now); only differences mean anything. */
export type Moment = number

export interface State {
  language: Language
  connection: Connection
  me: Me
  /** Everybody in the lobby, oneself included. Who did not change is the same object as before. */
  people: ReadonlyMap<PersonId, Person>
  /** A list of everybody that is still being told. */
  arriving: ReadonlyMap<PersonId, Person> | null
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
  /** Whom I do not let ring for now. */
  quiet: readonly PersonId[]
  /** My knock on somebody's room. */
  knock: { knock: KnockId; room: RoomId; until: Moment } | null
  /** The room that I hung up, until the box has heard of it. */
  leaving: RoomId | null
  /** While the box tells its story again after a lost connection: what it has told so far. */
  retold: { room: boolean; calls: readonly InvitationId[]; knock: boolean } | null
  /** The page runs: cameras and microphones may be asked for. */
  started: boolean
  camera: Source
  microphone: Source
  /** What I show of my screen; `failed` with `missing`: this device cannot. */
  screen: Source
  /** What I chose; whether there is a picture is in `camera`. */
  cameraWanted: boolean
  /** Which way the camera should look, where none was chosen by name. */
  facing: Facing
  /** What I chose; a camera that cannot shows everything. */
  blurred: boolean
  /** What I chose, or a host for me; whether I can be heard is `audible(state)`. */
  muted: boolean
  /** The room in which a host muted me, who was not muted; null: it is my own choice. It ends with that room. */
  hushed: RoomId | null
  /** My place may have been another page's until this one is welcomed: what the box tells of me counts. */
  inherits: boolean
  /** Long in the background and in no room: camera and microphone are given back meanwhile. */
  resting: boolean
  /** What the box knows of my camera and microphone in this room; null: nothing yet. */
  mediaSaid: MediaState | null
  devices: { cameras: readonly Device[]; microphones: readonly Device[]; speakers: readonly Device[] }
  /** Chosen deviceIds; empty: the browser's default. */
  chosen: { camera: string; microphone: string; speaker: string }
  /** How media goes between me and each other member: the way that is used. */
  paths: ReadonlyMap<PersonId, Path>
  /** Both ways to each other member, and which of them is used. */
  ways: ReadonlyMap<PersonId, Ways>
  /** How the relay is used; null: in no room. */
  relay: RelayUse | null
  /** Who speaks, loudest first, as the relay hears it. */
  speakers: readonly PersonId[]
  /** Which page this is, as in the path of its files; null: unknown, it comes from a folder. */
  edition: string | null
  /** Sentences to be read: the newest last. A notice goes by itself or when it is dismissed. */
  notices: readonly Notice[]
  /** Milliseconds since 1970 at which the page's own clock began. */
  origin: number
  /** The number of the next notice. */
  nextNotice: number
  settingsOpen: boolean
  /** Whom I am about to remove from the call, and am asked about. */
  removal: PersonId | null
  /** I asked what is wrong with it; shown as long as it fails. */
  trouble: 'camera' | 'microphone' | null
  /** What I chose: camera and microphone are closed in the lobby. */
  onlyInCalls: boolean
  /** What I chose: the screen stays on in the lobby as well. */
  stayAwake: boolean
  /** The lobby has offered notifications on this device; it does so once. */
  offered: boolean
  /** The last few looks at how the call is, oldest first. */
  looks: readonly CallLook[]
  /** What is shown of how the call is; null: nobody looks at it. */
  callInfo: CallInfo | null
  /** The list of keys is open. */
  keysOpen: boolean
  /** Single keys do something in a call. */
  keys: boolean
  view: View
  /** The microphone is on for as long as the key is held. */
  holding: boolean
  /** I speak, and am muted: it is said for a moment. */
  unheard: boolean
  /** From whom my voice came back; it is said for a moment, and once in a call. */
  echo: { member: PersonId; said: boolean } | null
  /** The page is in the background. */
  hidden: boolean
  /** The browser plays no sound until the page is tapped. */
  soundBlocked: boolean
  /** Why this browser cannot make calls; null: it can. */
  unable: Unable | null
  /** System notifications: 'default' means that it was not asked yet. */
  notifications: 'unsupported' | 'default' | 'granted' | 'denied'
}

/** It has no WebRTC, or Lockdown Mode takes it away. */
export type Unable = 'webrtc' | 'lockdown'

/** How the pictures are shown on this screen. */
export interface View {
  layout: Layout
  /** Shown large whoever speaks. */
  pinned: Who | null
  /** Who spoke last, of the others; shown large in the layout that follows the speaker. */
  speaker: PersonId | null
  /** Where one's own picture lies in a call of two. */
  corner: Corner
  /** One's own picture is shown as in a mirror. */
  mirrored: boolean
  /** Whose picture is looked at closely. */
  near: Who | null
}

export type Layout = 'grid' | 'speaker'
export type Corner = 'topStart' | 'topEnd' | 'bottomStart' | 'bottomEnd'

/** Which way a phone's camera looks: at its person, or away. */
export type Facing = 'user' | 'environment'

export interface Me {
  /** As typed; remembered on this device. */
  name: string
  /** As others see it; empty until welcomed. */
  shownName: string
  id: PersonId | null
  availability: Availability
  /** The name was given and Enter pressed: the page wants to be in the lobby. */
  entered: boolean
  /** What the box said of the name. */
  nameRefused: boolean
  pin: Pin
}

/** What people must know to come in, where the box has such a thing. */
export interface Pin {
  /** The box has one, and this device was not told it yet. */
  asked: boolean
  typed: string
  /** What the box said of it. */
  problem: 'pin_wrong' | 'pin_wait' | null
}

export type Connection =
  | { status: 'closed' }
  /** Not yet in the lobby; `failing`: the box was not reached at once, it is tried again. */
  | { status: 'connecting'; failing: boolean }
  | { status: 'open'; host: string; version: string }
  /** Was open, tries again. */
  | { status: 'lost'; since: Moment }
  /** Another tab or device took the place. */
  | { status: 'taken_over' }

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
}

export interface Device { id: string; label: string }

/** A camera or microphone. */
export type Source =
  | { status: 'off' }
  /** `mending`: because it stopped by itself. */
  | { status: 'asking'; mending?: boolean }
  /**
   * `mended`: it had stopped by itself and came back; a second time it is not asked at once.
   * `silenced`: the system gives nothing for now, as during a phone call.
   * `facing`: which way a camera looks, if it says so. `blurs`: it can blur what is behind the person.
   */
  | { status: 'on'; mended?: boolean; silenced?: boolean; facing?: Facing; blurs?: boolean }
  | { status: 'failed'; problem: Problem }

export type Problem =
  /** The person or the system said no. */
  | 'denied'
  /** There is none. */
  | 'missing'
  /** Another program has it. */
  | 'busy'
  /** The chosen one cannot do it; another may. */
  | 'unfit'
  /** The page is not on https. */
  | 'insecure'
  | 'unknown'

export interface Path {
  kind: 'direct' | 'relay'
  /** `connected` only while packets really come; `failed` until they do after all: it is tried again. */
  status: 'connecting' | 'connected' | 'interrupted' | 'failed'
  /** Media that the other side really sends and we really get. */
  hears: boolean
  sees: boolean
}

/** The two ways to one other member; route.js has the rules. */
export interface Ways {
  used: Path['kind']
  /** Null: none is made, as in a room of three and more. */
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

export interface RelayUse {
  /** The direct path carries everything. */
  rest: boolean
  /** Somebody is to be heard through the relay now: silence means that it is broken. */
  due: boolean
}

/** What I send on one m-line of the connection up. */
export type Feed = 'microphone' | 'camera' | 'screenSound' | 'screen'

/** Where a person's sound and picture come from; null: nothing new yet. */
export interface Reception { audio: RTCRtpReceiver | null; video: RTCRtpReceiver | null }

export interface Notice { id: number; text: NoticeText }

/** Each has one sentence in words/. */
export type NoticeText =
  | { type: 'invitation_ended'; name: string; outcome: Outcome; mine: boolean; /** of a call that I missed: by whom, and when, in milliseconds since 1970 */ person?: PersonId; at?: number }
  | { type: 'room_left'; why: RoomEndReason }
  | { type: 'knock_ended'; outcome: KnockOutcome }
  | { type: 'asked_to_mute'; name: string }
  | { type: 'error'; code: ErrorCode }
  /** The connection came back. */
  | { type: 'back' }
  /** The box has a newer page. */
  | { type: 'updated' }
  /** A camera or microphone stopped by itself. */
  | { type: 'device_lost'; kind: 'camera' | 'microphone' }
  /** Neither way could be made (yet). */
  | { type: 'path_failed'; name: string }
  /** The box carries more than it can. */
  | { type: 'strained' }

/** How this device shows things, kept from the last time. */
export interface Kept { layout: Layout; corner: Corner; mirrored: boolean; blurred: boolean; keys: boolean; onlyInCalls: boolean; stayAwake: boolean; offered: boolean }

/** What a person chose of being heard, seen and disturbed; kept on the device, because another tab may take the place over. */
export interface Choices { muted: boolean; hushed: RoomId | null; cameraWanted: boolean; availability: Availability }

/** What can happen. Past tense. */
export type Event =
  // The person at the page.
  | { type: 'nameTyped'; name: string }
  | { type: 'pinTyped'; pin: string }
  | { type: 'entered' }
  | { type: 'signedOut' }
  | { type: 'renamed'; name: string }
  | { type: 'availabilityChosen'; availability: Availability }
  | { type: 'languageChosen'; language: Language }
  | { type: 'inviteClicked'; to: PersonId }
  | { type: 'cancelClicked'; invitation: InvitationId }
  | { type: 'acceptClicked'; invitation: InvitationId }
  | { type: 'bringHereClicked'; invitation: InvitationId }
  | { type: 'quietClicked'; person: PersonId; on: boolean }
  | { type: 'declineClicked'; invitation: InvitationId; reason?: DeclineReason }
  | { type: 'knockClicked'; room: RoomId }
  | { type: 'withdrawClicked' }
  | { type: 'admitClicked'; knock: KnockId }
  | { type: 'refuseClicked'; knock: KnockId }
  | { type: 'lockClicked'; locked: boolean }
  | { type: 'removeClicked'; member: PersonId }
  /** Whether whoever was to be removed is. */
  | { type: 'removalAnswered'; yes: boolean }
  | { type: 'askToMuteClicked'; member: PersonId }
  | { type: 'muteToggled' }
  | { type: 'screenToggled' }
  | { type: 'cameraToggled' }
  | { type: 'hangUpClicked' }
  | { type: 'settingsToggled'; open: boolean }
  | { type: 'callInfoToggled'; open: boolean; about?: PersonId }
  | { type: 'keysToggled'; open: boolean }
  | { type: 'keysChosen'; on: boolean }
  | { type: 'layoutChosen'; layout: Layout }
  /** Pinned, or let go if it was. */
  | { type: 'pinToggled'; who: Who }
  | { type: 'nearChosen'; who: Who; near: boolean }
  | { type: 'cornerChosen'; corner: Corner }
  | { type: 'mirrorToggled' }
  | { type: 'blurToggled' }
  /** From the camera that looks at me to the one that looks away, or back. */
  | { type: 'cameraTurned' }
  /** The key for speaking is held, or let go. */
  | { type: 'talkHeld'; held: boolean }
  | { type: 'speakerTested' }
  | { type: 'deviceChosen'; kind: 'camera' | 'microphone' | 'speaker'; id: string }
  /** Asks once more for a camera or microphone that failed. */
  | { type: 'retryClicked'; kind: 'camera' | 'microphone' }
  /** The button of one that fails: tries again and, if that fails, says why. */
  | { type: 'troubleAsked'; kind: 'camera' | 'microphone' }
  | { type: 'troubleClosed' }
  | { type: 'onlyInCallsToggled' }
  | { type: 'stayAwakeToggled' }
  | { type: 'notificationsAsked' }
  /** Not now. */
  | { type: 'offerDismissed' }
  | { type: 'noticeDismissed'; id: number }
  | { type: 'reloadClicked' }
  | { type: 'useHereClicked' }
  // The browser.
  /** `entered`: this tab was in the lobby before it was loaded again. `missed`: the calls that were, as remembered. */
  | { type: 'started'; name: string; entered: boolean; language: Language; edition: string | null; chosen: State['chosen']; kept: Kept; choices: Choices; missed: string | null; origin: number; notifications: State['notifications']; hidden: boolean; browser: { connects: boolean; userAgent: string } }
  /** Another tab of this device has other choices now. */
  | { type: 'choicesChanged'; choices: Choices }
  | { type: 'visibilityChanged'; hidden: boolean }
  /** The page was in the background for a minute. */
  | { type: 'hiddenForLong' }
  | { type: 'networkChanged'; online: boolean }
  | { type: 'notificationsAnswered'; notifications: State['notifications'] }
  /** `changed`: something was plugged or unplugged. */
  | { type: 'devicesListed'; devices: State['devices']; changed: boolean }
  | { type: 'sourceChanged'; kind: 'camera' | 'microphone'; source: Source; /** it stopped by itself */ lost?: boolean }
  | { type: 'screenChanged'; source: Source }
  | { type: 'soundBlocked'; blocked: boolean }
  /** The muted microphone hears a voice. */
  | { type: 'spokeMuted' }
  | { type: 'unheardFaded' }
  /** My voice comes back from there. */
  | { type: 'echoHeard'; member: PersonId }
  | { type: 'echoFaded' }
  /** One can hear or see now that somebody calls. */
  | { type: 'rang'; invitation: InvitationId }
  /** A call rang its time, and the box did not say so. */
  | { type: 'ringWoreOff'; invitation: InvitationId }
  | { type: 'noticeFaded'; id: number }
  // The box.
  | { type: 'connectionLost'; at: Moment }
  | { type: 'heard'; message: ServerMessage; at: Moment }
  // The other browsers and the relay.
  | { type: 'pathChanged'; member: PersonId; path: Path }
  /** The direct path held since it became better or worse for the time of that number. */
  | { type: 'pathProven'; member: PersonId; proof: number }
  /** Every second while the call's information is shown, else every two. */
  | { type: 'callMeasured'; look: CallLook }
  /** What comes by this way is seen and heard now, instead of what came by the other. */
  | { type: 'pathArrived'; member: PersonId; kind: Path['kind'] }
  /** There was time enough to change over, since the change of that number. */
  | { type: 'pathSettled'; member: PersonId; change: number }

/** What the relay says to the page about the two connections. */
export type RelayMessage = Extract<ServerMessage, { type: 'relay_answer' | 'relay_offer' | 'seats' | 'wanted' | 'relay_ended' }>

/** What this device remembers. */
export type MemoryKey =
  | 'name' | 'token' | 'pass' | 'entered' | 'language' | 'camera' | 'microphone' | 'speaker'
  | 'layout' | 'corner' | 'mirrored' | 'blurred' | 'keys' | 'muted' | 'hushed' | 'cameraOff' | 'availability'
  | 'missed' | 'onlyInCalls' | 'stayAwake' | 'offered'

/** What the page does about it. Imperative. */
export type Effect =
  | { type: 'connect' }
  | { type: 'disconnect' }
  /** The page woke up or the network changed: is the connection still alive? */
  | { type: 'checkConnection' }
  | { type: 'send'; message: ClientMessage }
  /** Keep in this device's memory; null forgets. */
  | { type: 'remember'; key: MemoryKey; value: string | null }
  /** Get a camera or microphone (again), or give it back, so that its light goes out. */
  | { type: 'openSource'; kind: 'camera' | 'microphone'; deviceId: string; facing?: Facing }
  | { type: 'closeSource'; kind: 'camera' | 'microphone' }
  | { type: 'shareScreen' }
  | { type: 'stopScreen' }
  /** Muting keeps the microphone open, so that it is back at once. */
  | { type: 'muteMicrophone'; muted: boolean }
  | { type: 'blurBackground'; blurred: boolean }
  /** While muted: tell when the microphone hears a voice. It hears it on this device only. */
  | { type: 'listenWhileMuted'; on: boolean }
  /** Tell when what comes of one of these is what I say; of nobody: no longer. */
  | { type: 'listenForEcho'; members: readonly PersonId[] }
  | { type: 'useSpeaker'; deviceId: string }
  /** A few notes, to know the loudspeaker by. */
  | { type: 'testSpeaker' }
  /** Make the direct path to that member. `offers`: it is this page that offers; `lost`: it had such a path before it was loaded again. Of an open path it changes only who offers. */
  | { type: 'openPath'; member: PersonId; offers: boolean; lost: boolean }
  | { type: 'closePath'; member: PersonId }
  | { type: 'signalPath'; member: PersonId; signal: Signal }
  /** Show and play what comes that way, as soon as it comes. */
  | { type: 'usePath'; member: PersonId; kind: Path['kind'] }
  /** Nothing is to be seen and heard of that member any more. */
  | { type: 'dropMember'; member: PersonId }
  /** Make the two connections to the box. `again`: it had some with this page before it was loaded again; `yields`: a direct path is being made, too. */
  | { type: 'openRelay'; again: boolean; yields: boolean }
  | { type: 'closeRelay' }
  /** Tell from now on how that member is reached through the relay. */
  | { type: 'carryMember'; member: PersonId }
  | { type: 'hearRelay'; message: RelayMessage }
  | { type: 'useRelay'; use: RelayUse }
  /** Look at the paths now and then; closely: more often, and ask the box, too; or no longer. */
  | { type: 'watchCall'; how: 'closely' | 'lightly' | 'not' }
  /** The connection to the box is back: does it still know the two to the relay? */
  | { type: 'resumeRelay' }
  /** The network changed or the connection came back: look for new ways. */
  | { type: 'refreshPaths' }
  /** Sound, title, notification, answered with `rang`. Quietly: when one is in a call. */
  | { type: 'ring'; invitation: InvitationId; name: string; quietly: boolean }
  | { type: 'stopRinging'; invitation: InvitationId }
  /** The tone that the caller hears while it rings. */
  | { type: 'ringBack' }
  | { type: 'stopRingBack' }
  /** A soft knock. */
  | { type: 'knockSound' }
  | { type: 'askNotifications' }
  | { type: 'reload' }
  /** The page is looked at again: what the system took from it may come back. */
  | { type: 'reviveSources' }
  | { type: 'keepAwake'; awake: boolean }
  | { type: 'showLanguage'; language: Language }
  | { type: 'dispatchLater'; event: Event; ms: number }

/** What follows from an event. */
export type Step = [State, Effect[]]

export type Dispatch = (event: Event) => void

/** What store.js makes; fits React's useSyncExternalStore. */
export interface Store {
  getState(): State
  /** Returns how to stop listening. */
  subscribe(listener: () => void): () => void
  dispatch: Dispatch
}

/** Whose picture and sound: one's own, a person's, or what a person shows of the screen. */
export type Who = 'me' | PersonId | ScreenOf
export type ScreenOf = `screen ${PersonId}`

/**
 * What call/streams.js offers to ui/. It plays the sound itself, on the chosen speaker:
 * every <video> is only looked at, and muted.
 */
export interface Streams {
  /** Shows that person in the element, also when the stream changes; returns how to detach. */
  attachStream(video: HTMLVideoElement, who: Who): () => void
  /** Tells how loud they are, 0 to 1, about 15 times a second; returns how to stop. */
  watchLevel(who: Who, callback: (level: number) => void): () => void
}

declare global {
  interface Window {
    /** Read-only, for tests and for whoever looks for what is wrong. */
    wizyjno: {
      state(): State
      /** By member: what getStats tells of the path, summed up. */
      stats(): Promise<Record<string, PathStats | null>>
    }
  }
}

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
  way: 'direct' | 'relay' | 'relay_tcp' | null
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
