// Who is in the lobby.

import type { Person, PersonId } from '../../server/protocol.d.ts'
import type { Moment } from '../session/types.d.ts'

export interface PeopleState {
  /** Everybody in the lobby, oneself included. Who did not change is the same object as before. */
  people: ReadonlyMap<PersonId, Person>
  /** A list of everybody that is still being told. */
  arriving: ReadonlyMap<PersonId, Person> | null
  /** Whom I do not let ring for now. */
  quiet: readonly PersonId[]
  /** Whom this device has called or talked to, the latest first. */
  known: readonly Known[]
  /** By what those who may be one of them are known under that name; null while the box is asked. `met`: they are to be remembered. `later`: it is not the name under which I met them; by what they were remembered under the last such one. */
  marks: ReadonlyMap<PersonId, { name: string; mark: string | null; met: boolean; later?: string | null }>
  /** When the box last told who is here, on my clock. */
  toldAt: Moment
}

/** Somebody whom this device remembers. */
export interface Known {
  name: string
  mark: string
  /** When they were last here, in milliseconds since 1970. */
  at: number
  /** I want to be told when they come. */
  watched: boolean
}

/** What can happen. Past tense. */
export type PeopleEvent =
  | { type: 'quietClicked'; person: PersonId; on: boolean }
  /** I want to be told when they come, or do not. */
  | { type: 'watchToggled'; mark: string }
  | { type: 'knownForgotten' }
  /** The page is about to go. */
  | { type: 'pageLeft'; at: Moment }
