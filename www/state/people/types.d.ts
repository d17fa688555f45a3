// Who is in the lobby.

import type { Person, PersonId } from '../../server/protocol.d.ts'

export interface PeopleState {
  /** Everybody in the lobby, oneself included. Who did not change is the same object as before. */
  people: ReadonlyMap<PersonId, Person>
  /** A list of everybody that is still being told. */
  arriving: ReadonlyMap<PersonId, Person> | null
  /** Whom I do not let ring for now. */
  quiet: readonly PersonId[]
}

/** What can happen. Past tense. */
export type PeopleEvent =
  | { type: 'quietClicked'; person: PersonId; on: boolean }
