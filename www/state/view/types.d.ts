// How it is shown on this screen, and what is to be read.

import type { ErrorCode, RoomEndReason, RoomId, KnockOutcome, Outcome, PersonId, SpaceEndReason } from '../../server/protocol.d.ts'

export interface ViewState {
  view: View
  /** Sentences to be read: the newest last. A notice goes by itself or when it is dismissed. */
  notices: readonly Notice[]
  /** The number of the next notice. */
  nextNotice: number
  settingsOpen: boolean
  /** The list of keys is open. */
  keysOpen: boolean
  /** Single keys do something in a call. */
  keys: boolean
  /** What I chose: the screen stays on in the lobby as well. */
  stayAwake: boolean
  /** Hands and reactions are heard. */
  gestureSounds: boolean
}

/** What can happen. Past tense. */
export type ViewEvent =
  | { type: 'settingsToggled'; open: boolean }
  | { type: 'keysToggled'; open: boolean }
  | { type: 'keysChosen'; on: boolean }
  | { type: 'layoutChosen'; layout: Layout }
  /** Pinned, or let go if it was. */
  | { type: 'pinToggled'; who: Who }
  | { type: 'nearChosen'; who: Who; near: boolean }
  | { type: 'cornerChosen'; corner: Corner }
  | { type: 'mirrorToggled' }
  | { type: 'ownHiddenToggled' }
  /** Of 0 to 100: whoever is made louder or softer is heard. */
  | { type: 'loudnessChosen'; who: Other; loudness: number }
  | { type: 'muteForMeToggled'; who: Other }
  | { type: 'stayAwakeToggled' }
  /** The link to the room was asked for. `address`: it could not be copied, so it is shown. */
  | { type: 'linkGiven'; address: string | null }
  | { type: 'gestureSoundsToggled' }
  | { type: 'noticeDismissed'; id: number }
  | { type: 'noticeFaded'; id: number }

/** What the page does about it. Imperative. */
export type ViewEffect =
  | { type: 'keepAwake'; awake: boolean }
  /** How loud somebody is played here; null: as loud as they come. */
  | { type: 'setVolume'; who: Other; volume: Volume | null }

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
  /** In a call my own picture is not shown here; others see it. */
  ownHidden: boolean
  /** How loud others are here, of those who are not as loud as they come. */
  volumes: ReadonlyMap<Other, Volume>
}

export type Layout = 'grid' | 'speaker'

export type Corner = 'topStart' | 'topEnd' | 'bottomStart' | 'bottomEnd'

export interface Notice { id: number; text: NoticeText }

/** Each has one sentence in words/. */
export type NoticeText =
  | { type: 'invitation_ended'; name: string; outcome: Outcome; mine: boolean; /** of a call that I missed: by whom, and when, in milliseconds since 1970 */ person?: PersonId; at?: number }
  | { type: 'room_left'; why: RoomEndReason }
  | { type: 'knock_ended'; outcome: KnockOutcome }
  | { type: 'asked_to_mute'; name: string }
  | { type: 'error'; code: ErrorCode }
  /** The link to the room is copied; or here it is. `locked`: nobody can knock there. */
  | { type: 'link'; address: string | null; locked: boolean }
  /** I am in another room than the one that I followed a link to. */
  | { type: 'link_elsewhere'; room: RoomId }
  /** The space is closed. */
  | { type: 'space_closed'; why: SpaceEndReason }
  /** Somebody of whom I wanted to be told is here. */
  | { type: 'came'; name: string; person: PersonId }
  /** The connection came back. */
  | { type: 'back' }
  /** The box has a newer page. */
  | { type: 'updated' }
  /** A camera or microphone stopped by itself. */
  | { type: 'device_lost'; kind: 'camera' | 'microphone' }
  /** Neither way could be made (yet). */
  | { type: 'path_failed'; name: string }
  /** The room goes direct, because the relay cannot be reached. */
  | { type: 'meshed' }
  /** Only so many can do that. */
  | { type: 'mesh_full' }
  /** The box carries more than it can. */
  | { type: 'strained' }

/** Whose picture and sound: one's own, a person's, or what a person shows of the screen. */
export type Who = 'me' | PersonId | ScreenOf

/** Who is heard: a person, or what they show of the screen. */
export type Other = Exclude<Who, 'me'>

/** `loudness`: 0 to 100. `silent`: muted for me, whatever the loudness. */
export interface Volume { loudness: number; silent: boolean }

export type ScreenOf = `screen ${PersonId}`
