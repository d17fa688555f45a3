// Who is in the lobby, as the box tells it, and who may not ring.
import { send, unchanged } from '../transition.js'
import { pageLeft, watchToggled } from './known.js'
/** @import { MessageReducer, PeopleEvent, PeopleState, Person, PersonId, Reducer } from '../types.d.ts' */

/** @type {PeopleState} */
export const initialPeople = { people: new Map(), arriving: null, quiet: [], known: [], marks: new Map(), toldAt: 0 }

/** @type {Reducer<PeopleEvent>} */
export const people = {
  quietClicked: (state, { person, on }) => [state, [send({ type: 'quiet', person, on })]],
  watchToggled,
  // Those who are here have been asked about, and are not met again.
  knownForgotten: state => [{ ...state, known: [], marks: new Map([...state.marks].map(([id, mark]) => [id, { ...mark, met: false }])) }, []],
  pageLeft,
}

/** @type {MessageReducer<'people' | 'changes' | 'quiet' | 'known'>} */
export const peopleMessages = {
  people(state, { people, more }, at) {
    const arriving = new Map(state.arriving ?? [])
    for (const person of people) arriving.set(person.id, unchanged(state.people.get(person.id), person))
    return [more ? { ...state, arriving } : { ...state, arriving: null, people: arriving, marks: new Map(), toldAt: at }, []]
  },
  changes(state, { people = [], left = [] }, at) {
    const changes = { people, left }
    const arriving = state.arriving && changed(state.arriving, changes)
    return [{ ...state, arriving, people: changed(state.people, changes), toldAt: at }, []]
  },
  quiet: (state, { people }) => [{ ...state, quiet: people }, []],
  known(state, { person, mark }, at) {
    const asked = state.marks.get(person)
    return [asked ? { ...state, marks: new Map(state.marks).set(person, { ...asked, mark }), toldAt: at } : state, []]
  },
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
