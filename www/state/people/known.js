// Whom this device has called or talked to: known by what the box says of their device under their name, kept on the
// device alone, and told of when they come.
import { family } from '../selectors.js'
import { remember, send } from '../transition.js'
import { noticed } from '../view/notices.js'
/** @import { Effect, Known, PersonId, State, Transition } from '../types.d.ts' */

/** So many are remembered; who was here longest ago is forgotten first. */
export const REMEMBERED = 50

/** Of so many the box is asked at a time: no crowd of one name makes the page ask without end. */
const ASKED = 100

/** What the device remembered; whatever else stands there is nobody. @param {string | null} kept @returns {readonly Known[]} */
export function rememberedKnown(kept) {
  try {
    const all = JSON.parse(kept ?? '[]')
    return all.filter((/** @type {any} */ { name, mark, at }) => typeof name === 'string' && typeof mark === 'string' && Number.isFinite(at))
      .map((/** @type {any} */ { name, mark, at, watched }) => ({ name, mark, at, watched: watched === true })).slice(0, REMEMBERED)
  } catch {
    return []
  }
}

/** The marks of those who are here. @param {State} state @returns {ReadonlySet<string | null>} */
export function marksHere({ marks, people }) {
  return new Set([...marks].flatMap(([id, { mark }]) => (mark !== null && people.has(id) ? [mark] : [])))
}

/** Whom I am calling or talking to. @param {State} state @returns {PersonId[]} */
function company({ room, me }) {
  if (!room) return []
  const called = room.invitations.filter(({ from }) => from === me.id).map(({ to }) => to)
  return [...room.members.map(({ id }) => id), ...called].filter(id => id !== me.id)
}

/** @param {State} state @param {{ mark: string }} event @returns {Transition} */
export function watchToggled(state, { mark }) {
  const known = state.known.map(one => (one.mark === mark ? { ...one, watched: !one.watched } : one))
  const asks = state.notifications === 'default' && known.some(one => one.mark === mark && one.watched)
  return [{ ...state, known }, asks ? [{ type: 'askNotifications' }] : []]
}

/** Those who are here were here until now. @param {State} state @param {{ at: number }} event @returns {Transition} */
export function pageLeft(state, { at }) {
  const here = marksHere(state)
  if (!state.known.some(({ mark }) => here.has(mark))) return [state, []]
  return [{ ...state, known: state.known.map(one => (here.has(one.mark) ? { ...one, at: state.origin + at } : one)) }, []]
}

/** A wall tablet remembers nobody. @param {State} before @param {State} state @param {Effect[]} effects @returns {State} */
export function settleKnown(before, state, effects) {
  const same = state.people === before.people && state.room === before.room && state.marks === before.marks && state.known === before.known
  if (same || !before.started || state.kiosk) return state
  state = arrivals(before, met(asked(before, state, effects)), effects)
  if (state.known !== before.known) effects.push(remember('known', state.known.length > 0 ? JSON.stringify(state.known) : null))
  return state
}

/** Asks the box who those are whom I meet, or who are called as somebody whom I met. @param {State} before @param {State} state @param {Effect[]} effects @returns {State} */
function asked(before, state, effects) {
  if (state.connection.status !== 'open' || state.arriving) return state
  const newly = company(state).filter(id => !company(before).includes(id))
  const families = new Set(state.known.map(({ name }) => family(name)))
  const marks = new Map([...state.marks].filter(([id]) => state.people.has(id)))
  for (const { id, name } of state.people.values()) {
    const met = newly.includes(id)
    const mark = marks.get(id)
    if (mark?.name === name) {
      if (met && !mark.met) marks.set(id, { ...mark, met })
    } else if (id !== state.me.id && marks.size < ASKED && (met || mark?.met || families.has(family(name)))) {
      marks.set(id, { name, mark: null, met: met || (mark?.met ?? false) })
      effects.push(send({ type: 'know', person: id }))
    }
  }
  const changed = marks.size !== state.marks.size || [...marks].some(([id, mark]) => state.marks.get(id) !== mark)
  return changed ? { ...state, marks } : state
}

/** Remembers whom I meet. @param {State} state @returns {State} */
function met(state) {
  const added = [...state.marks.values()].flatMap(({ name, mark, met }) => {
    const one = state.known.find(one => one.mark === mark)
    return met && mark !== null && one?.name !== name ? [{ name, mark, at: now(state), watched: one?.watched ?? false }] : []
  })
  return added.length > 0 ? { ...state, known: latest([...added, ...state.known.filter(({ mark }) => !added.some(one => one.mark === mark))]) } : state
}

/** When somebody goes the time is kept; who is waited for is told of once. @param {State} before @param {State} state @param {Effect[]} effects @returns {State} */
function arrivals(before, state, effects) {
  const [were, are] = [marksHere(before), marksHere(state)]
  const gone = state.known.filter(({ mark }) => were.has(mark) && !are.has(mark))
  const came = state.known.filter(({ mark, watched }) => watched && are.has(mark))
  for (const { mark } of came) {
    const [person] = [...state.marks].find(([, known]) => known.mark === mark) ?? []
    const name = person === undefined ? undefined : state.people.get(person)?.name
    if (person === undefined || name === undefined) continue
    const [told, more] = noticed(state, { type: 'came', name, person })
    state = told
    effects.push(...more, { type: 'tellArrival', name })
  }
  const over = state.notices.filter(({ text }) => text.type === 'came' && (!state.people.has(text.person) || company(state).includes(text.person)))
  if (over.length > 0) state = { ...state, notices: state.notices.filter(notice => !over.includes(notice)) }
  if (gone.length + came.length === 0) return state
  return {
    ...state,
    known: latest(state.known.map(one => (gone.includes(one) ? { ...one, at: now(state) } : came.includes(one) ? { ...one, at: now(state), watched: false } : one))),
  }
}

/** @param {readonly Known[]} known */
function latest(known) {
  return [...known].sort((a, b) => b.at - a.at).slice(0, REMEMBERED)
}

/** @param {State} state */
const now = ({ origin, toldAt }) => Math.round(origin + toldAt)
