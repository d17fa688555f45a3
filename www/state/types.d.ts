// What the page knows (State), what can happen to it (Event), and what it does about it (Effect): each slice has its own.
// The reducers alone turn one into the other.

import type { ServerMessage } from '../server/protocol.d.ts'
import type { CallEffect, CallEvent, CallState, PathStats } from './call/types.d.ts'
import type { DevicesEffect, DevicesEvent, DevicesState } from './devices/types.d.ts'
import type { PeopleEvent, PeopleState } from './people/types.d.ts'
import type { Moment, SessionEffect, SessionEvent, SessionState } from './session/types.d.ts'
import type { ViewEffect, ViewEvent, ViewState, Who } from './view/types.d.ts'

export type * from '../server/protocol.d.ts'
export type * from './call/types.d.ts'
export type * from './devices/types.d.ts'
export type * from './people/types.d.ts'
export type * from './session/types.d.ts'
export type * from './view/types.d.ts'

/** The slices lie side by side: who reads one needs no other, and what happens in one may follow from another. */
export interface State extends SessionState, PeopleState, CallState, DevicesState, ViewState {}

/** What can happen. Past tense. */
export type Event = SessionEvent | PeopleEvent | CallEvent | DevicesEvent | ViewEvent

/** What the page does about it. Imperative. */
export type Effect =
  | SessionEffect
  | CallEffect
  | DevicesEffect
  | ViewEffect
  /** Keep in this device's memory; null forgets. */
  | { type: 'remember'; key: MemoryKey; value: string | null }
  | { type: 'dispatchLater'; event: Event; ms: number }

/** What this device remembers. */
export type MemoryKey =
  | 'name' | 'token' | 'pass' | 'entered' | 'language' | 'camera' | 'microphone' | 'speaker'
  | 'layout' | 'corner' | 'mirrored' | 'blurred' | 'keys' | 'muted' | 'hushed' | 'cameraOff' | 'availability'
  | 'ownHidden' | 'dataUse' | 'missed' | 'onlyInCalls' | 'stayAwake' | 'gestureSounds' | 'known' | 'offered'
  | 'device' | 'answering' | 'unattended' | 'kiosk'

/** What follows from an event. */
export type Transition = [State, Effect[]]

/** What follows from each kind of event: the reducer of a slice. */
export type Reducer<E extends { type: string }> = { [K in E['type']]: (state: State, event: Extract<E, { type: K }>) => Transition }

/** What follows from each kind of message of the box, at a moment of the page's clock. */
export type MessageReducer<T extends ServerMessage['type']> = { [K in T]: (state: State, message: Extract<ServerMessage, { type: K }>, at: Moment) => Transition }

export type Dispatch = (event: Event) => void

/** What store.js makes; fits React's useSyncExternalStore. */
export interface Store {
  getState(): State
  /** Returns how to stop listening. */
  subscribe(listener: () => void): () => void
  dispatch: Dispatch
}

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
