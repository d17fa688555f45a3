// What the page knows (State), what can happen to it (Event), and what it does about it (Effect).
// The reducer in state.js is the only place that turns one into the other.

import type {
  Availability, ClientMessage, DeclineReason, Farewell, InvitationId, KnockId, KnockOutcome, Media,
  Outcome, Person, PersonId, Room, RoomId, ServerMessage, Signal, ErrorCode,
} from './protocol.d.ts'

export type * from './protocol.d.ts'

export type Language = 'pl' | 'en' | 'szl'

/** Milliseconds on the page's own clock (performance.now); only differences mean anything. */
export type Moment = number

export interface State {
  language: Language
  connection: Connection
  me: Me
  /** Everybody in the lobby, oneself included. */
  people: ReadonlyMap<PersonId, Person>
  /** The room I am in. */
  room: Room | null
  /** When the room's invitations and knocks end, on my clock. */
  until: ReadonlyMap<InvitationId | KnockId, Moment>
  /** Since when I have somebody in the room with me. */
  callSince: Moment | null
  /** Who calls me, oldest first. */
  calls: readonly Incoming[]
  /** My knock on somebody's room. */
  knock: { knock: KnockId; room: RoomId; until: Moment } | null
  camera: Source
  microphone: Source
  devices: { cameras: readonly Device[]; microphones: readonly Device[]; speakers: readonly Device[] }
  /** Chosen deviceIds; empty: the browser's default. */
  chosen: { camera: string; microphone: string; speaker: string }
  /** How media goes between me and each other member. */
  paths: ReadonlyMap<PersonId, Path>
  /** Sentences to be read: the newest last. A notice goes by itself or when it is dismissed. */
  notices: readonly Notice[]
  settingsOpen: boolean
  /** The page is in the background. */
  hidden: boolean
  /** System notifications: 'default' means that it was not asked yet. */
  notifications: 'unsupported' | 'default' | 'granted' | 'denied'
}

export interface Me {
  /** As typed; remembered on this device. */
  name: string
  /** As others see it; empty until welcomed. */
  shownName: string
  id: PersonId | null
  token: string | null
  availability: Availability
  /** The name was given and Enter pressed: the page wants to be in the lobby. */
  entered: boolean
  /** What the box said of the name. */
  nameRefused: boolean
}

export type Connection =
  | { status: 'closed' }
  | { status: 'connecting' }
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
}

export interface Device { id: string; label: string }

/** A camera or microphone. */
export type Source =
  | { status: 'off' }
  | { status: 'asking' }
  | { status: 'on' }
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
  status: 'connecting' | 'connected' | 'interrupted' | 'failed'
  /** Media that the other side really sends and we really get. */
  hears: boolean
  sees: boolean
}

export interface Notice { id: number; text: NoticeText }

/** Each has one sentence in words/. */
export type NoticeText =
  | { type: 'invitation_ended'; name: string; outcome: Outcome; mine: boolean }
  | { type: 'room_left'; why: Farewell }
  | { type: 'knock_ended'; outcome: KnockOutcome }
  | { type: 'asked_to_mute'; name: string }
  | { type: 'error'; code: ErrorCode }
  /** The connection came back. */
  | { type: 'back' }
  /** A camera or microphone stopped by itself. */
  | { type: 'device_lost'; kind: 'camera' | 'microphone' }
  /** The direct path could not be made (yet). */
  | { type: 'path_failed'; name: string }

/** What can happen. Past tense. */
export type Event =
  // The person at the page.
  | { type: 'nameTyped'; name: string }
  | { type: 'entered' }
  | { type: 'signedOut' }
  | { type: 'renamed'; name: string }
  | { type: 'availabilityChosen'; availability: Availability }
  | { type: 'languageChosen'; language: Language }
  | { type: 'inviteClicked'; to: PersonId }
  | { type: 'cancelClicked'; invitation: InvitationId }
  | { type: 'acceptClicked'; invitation: InvitationId }
  | { type: 'bringHereClicked'; invitation: InvitationId }
  | { type: 'declineClicked'; invitation: InvitationId; reason?: DeclineReason }
  | { type: 'knockClicked'; room: RoomId }
  | { type: 'withdrawClicked' }
  | { type: 'admitClicked'; knock: KnockId }
  | { type: 'refuseClicked'; knock: KnockId }
  | { type: 'lockClicked'; locked: boolean }
  | { type: 'removeClicked'; member: PersonId }
  | { type: 'askToMuteClicked'; member: PersonId }
  | { type: 'muteToggled' }
  | { type: 'cameraToggled' }
  | { type: 'hangUpClicked' }
  | { type: 'settingsToggled'; open: boolean }
  | { type: 'deviceChosen'; kind: 'camera' | 'microphone' | 'speaker'; id: string }
  /** Asks once more for a camera or microphone that failed. */
  | { type: 'retryClicked'; kind: 'camera' | 'microphone' }
  | { type: 'notificationsAsked' }
  | { type: 'noticeDismissed'; id: number }
  | { type: 'useHereClicked' }
  // The browser.
  | { type: 'started'; name: string; token: string | null; language: Language; chosen: State['chosen']; notifications: State['notifications'] }
  | { type: 'visibilityChanged'; hidden: boolean }
  | { type: 'networkChanged'; online: boolean }
  | { type: 'notificationsAnswered'; notifications: State['notifications'] }
  | { type: 'devicesListed'; devices: State['devices'] }
  | { type: 'sourceChanged'; kind: 'camera' | 'microphone'; source: Source; /** it stopped by itself */ lost?: boolean }
  // The box.
  | { type: 'connectionOpened'; at: Moment }
  | { type: 'connectionLost'; at: Moment }
  | { type: 'heard'; message: ServerMessage; at: Moment }
  // The other browsers.
  | { type: 'pathChanged'; member: PersonId; path: Path }

/** What the page does about it. Imperative. */
export type Effect =
  | { type: 'connect' }
  | { type: 'disconnect' }
  | { type: 'send'; message: ClientMessage }
  /** Keep in this device's memory; null forgets. */
  | { type: 'remember'; key: 'name' | 'token' | 'language' | 'camera' | 'microphone' | 'speaker'; value: string | null }
  /** Get a camera or microphone (again), or give it back. */
  | { type: 'openSource'; kind: 'camera' | 'microphone'; deviceId: string }
  | { type: 'closeSource'; kind: 'camera' | 'microphone' }
  /** Muting keeps the microphone open, so that it is back at once. */
  | { type: 'muteMicrophone'; muted: boolean }
  | { type: 'useSpeaker'; deviceId: string }
  /** Make the direct path to that member, as the one who offers or not. */
  | { type: 'openPath'; member: PersonId; offer: boolean }
  | { type: 'closePath'; member: PersonId }
  | { type: 'signalPath'; member: PersonId; signal: Signal }
  /** The network changed or the connection came back: look for new ways. */
  | { type: 'refreshPaths' }
  /** Sound, title, notification. Quietly: when one is in a call. */
  | { type: 'ring'; name: string; quietly: boolean }
  | { type: 'stopRinging' }
  /** The tone that the caller hears while it rings. */
  | { type: 'ringBack' }
  | { type: 'stopRingBack' }
  /** A soft knock. */
  | { type: 'knockSound' }
  | { type: 'askNotifications' }
  | { type: 'keepAwake'; awake: boolean }
  | { type: 'showLanguage'; language: Language }
  | { type: 'dispatchLater'; event: Event; ms: number }

export type Dispatch = (event: Event) => void
