// Who is in the lobby, as the box tells it, and who may not ring.
import { send, unchanged } from '../transition.js'
/** @import { MessageReducer, PeopleEvent, PeopleState, Person, PersonId, Reducer } from '../types.d.ts' */

/** @type {PeopleState} */
export const initialPeople = { people: new Map(), arriving: null, quiet: [] }

/** @type {Reducer<PeopleEvent>} */
export const people = {
  quietClicked: (state, { person, on }) => [state, [send({ type: 'quiet', person, on })]],
}

/** @type {MessageReducer<'people' | 'changes' | 'quiet'>} */
export const peopleMessages = {
  people(state, { people, more }) {
    const arriving = new Map(state.arriving ?? [])
    for (const person of people) arriving.set(person.id, unchanged(state.people.get(person.id), person))
    return [more ? { ...state, arriving } : { ...state, arriving: null, people: arriving }, []]
  },
  changes(state, { people = [], left = [] }) {
    const changes = { people, left }
    const arriving = state.arriving && changed(state.arriving, changes)
    return [{ ...state, arriving, people: changed(state.people, changes) }, []]
  },
  quiet: (state, { people }) => [{ ...state, quiet: people }, []],
}

/**
 * @param {ReadonlyMap<PersonId, Person>} people
 * @param {{ people: Person[], left: PersonId[] }} changes
 */
export function changed(people, changes) {
  const next = new Map(people)
  for (const person of changes.people) next.set(person.id, unchanged(next.get(person.id), person))
  for (const id of changes.left) next.delete(id)
  return next
}
