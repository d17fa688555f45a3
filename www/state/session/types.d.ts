// The talk with the box and who one is in it; what this browser can.

import type { Availability, ClientMessage, InvitationId, PersonId, RoomId, ServerMessage } from '../../server/protocol.d.ts'
import type { Choices, DataUse, DevicesState } from '../devices/types.d.ts'
import type { Answering } from '../call/types.d.ts'
import type { Known } from '../people/types.d.ts'
import type { Corner, Layout } from '../view/types.d.ts'

/** Milliseconds on the page's own clock (performance.now); only differences mean anything. */
export type Moment = number

export interface SessionState {
  language: Language
  connection: Connection
  /** The space that the page is of; null: the lobby. */
  space: SpaceHere | null
  /** The room that the page's address leads to, until the box has answered; `sent`: it was asked. */
  link: Link | null
  /** The page is one of the internet, not of a network of its people's own. */
  hosted: boolean
  me: Me
  /** While the box tells its story again after a lost connection: what it has told so far. */
  retold: { room: boolean; calls: readonly InvitationId[]; knock: boolean } | null
  /** My place may have been another page's until this one is welcomed: what the box tells of me counts. */
  inherits: boolean
  /** The page runs: cameras and microphones may be asked for. */
  started: boolean
  /** Which page this is, as in the path of its files; null: unknown, it comes from a folder. */
  edition: string | null
  /** Milliseconds since 1970 at which the page's own clock began. */
  origin: number
  /** The page is in the background. */
  hidden: boolean
  /** Why this browser cannot make calls; null: it can. */
  unable: Unable | null
  /** System notifications: 'default' means that it was not asked yet. */
  notifications: 'unsupported' | 'default' | 'granted' | 'denied'
  /** It hangs on a wall: `?kiosk` stands in the address. */
  kiosk: boolean
  /** The lobby has offered notifications on this device; it does so once. */
  offered: boolean
}

/** What can happen. Past tense. */
export type SessionEvent =
  | { type: 'nameTyped'; name: string }
  | { type: 'pinTyped'; pin: string }
  | { type: 'entered' }
  | { type: 'signedOut' }
  | { type: 'renamed'; name: string }
  | { type: 'availabilityChosen'; availability: Availability }
  | { type: 'languageChosen'; language: Language }
  | { type: 'useHereClicked' }
  | { type: 'reloadClicked' }
  /** `entered`: this tab was in the lobby before it was reloaded. `missed`: the calls that were, as remembered. */
  | { type: 'started'; space: SpaceHere | null; link: Omit<Link, 'sent'> | null; hosted: boolean; name: string; entered: boolean; language: Language; edition: string | null; chosen: DevicesState['chosen']; kept: Kept; choices: Choices; missed: string | null; origin: number; notifications: SessionState['notifications']; hidden: boolean; browser: { connects: boolean; userAgent: string } }
  /** The box has said what the owner of the space calls it. */
  | { type: 'spaceTitled'; title: string }
  | { type: 'visibilityChanged'; hidden: boolean }
  /** The page was in the background for a minute. */
  | { type: 'hiddenForLong' }
  | { type: 'networkChanged'; online: boolean }
  | { type: 'notificationsAsked' }
  | { type: 'notificationsAnswered'; notifications: SessionState['notifications'] }
  /** Another time. */
  | { type: 'offerDismissed' }
  | { type: 'connectionLost'; at: Moment }
  | { type: 'heard'; message: ServerMessage; at: Moment }

/** What the page does about it. Imperative. */
export type SessionEffect =
  | { type: 'connect' }
  | { type: 'disconnect' }
  /** The page woke up or the network changed: is the connection still alive? */
  | { type: 'checkConnection' }
  | { type: 'send'; message: ClientMessage }
  | { type: 'askNotifications' }
  /** With a chime, and a notification where nobody looks. */
  | { type: 'tellArrival'; name: string }
  | { type: 'reload' }
  /** The address leads to no room: a reload must not knock there a second time. */
  | { type: 'forgetLink' }
  | { type: 'showLanguage'; language: Language }

export type Language = 'pl' | 'en' | 'szl'

/** It has no WebRTC, or Lockdown Mode takes it away. */
export type Unable = 'webrtc' | 'lockdown'

/** A lobby of its own, at a path such as `/s/kuchnia`. */
export interface SpaceHere { path: string; title: string }

/** `room`: null where nothing can be called so. */
export interface Link { room: RoomId | null; sent: boolean }

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
  /** Not yet in the lobby; `failing`: the box was not reached at once, it is retried. */
  | { status: 'connecting'; failing: boolean }
  | { status: 'open'; host: string; version: string }
  /** Was open, retries. */
  | { status: 'lost'; since: Moment }
  /** Another tab or device took the place. */
  | { status: 'taken_over' }

/** How this device shows things, kept from the last time. */
export interface Kept { layout: Layout; corner: Corner; mirrored: boolean; ownHidden: boolean; blurred: boolean; keys: boolean; onlyInCalls: boolean; dataUse: DataUse; stayAwake: boolean; gestureSounds: boolean; offered: boolean; kiosk: boolean; answering: Answering; unattended: PersonId | null; known: readonly Known[] }
