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

/**
 * What the device remembered; whatever else stands there is nobody. Who was here at a time that has not come, by a clock
 * that was wrong, would be the last to be forgotten: they were here just before.
 *
 * @param {string | null} kept @param {number} now milliseconds since 1970 @returns {readonly Known[]}
 */
export function rememberedKnown(kept, now) {
  try {
    const all = JSON.parse(kept ?? '[]')
    return all.filter((/** @type {any} */ { name, mark, at }) => typeof name === 'string' && typeof mark === 'string' && Number.isFinite(at))
      .map((/** @type {any} */ { name, mark, at, watched }) => ({ name, mark, at: Math.max(0, Math.min(at, now)), watched: watched === true })).slice(0, REMEMBERED)
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
  const [together, were] = [company(state), company(before)]
  const families = new Set(state.known.map(({ name }) => family(name)))
  const marks = new Map([...state.marks].filter(([id]) => state.people.has(id)))
  for (const { id, name } of state.people.values()) {
    const met = together.includes(id)
    const mark = marks.get(id)
    if (mark?.name === name) {
      if (met && !mark.met && !were.includes(id)) marks.set(id, { ...mark, met })
    } else if (met || mark?.met || (id !== state.me.id && (mark || marks.size < ASKED) && families.has(family(name)))) {
      marks.set(id, { name, mark: null, met: met || (mark?.met ?? false), ...(mark?.met && { later: mark.later ?? null }) })
      effects.push(send({ type: 'know', person: id }))
    }
  }
  const changed = marks.size !== state.marks.size || [...marks].some(([id, mark]) => state.marks.get(id) !== mark)
  return changed ? { ...state, marks } : state
}

/**
 * Remembers whom I meet. Of the names that somebody takes while they are here, the last one: whoever tries many makes
 * nobody else forgotten.
 *
 * @param {State} state @returns {State}
 */
function met(state) {
  const marks = new Map(state.marks)
  /** @type {Known[]} */
  const added = []
  /** @type {string[]} */
  const gone = []
  for (const [id, asked] of marks) {
    const { name, mark, met, later } = asked
    const one = state.known.find(one => one.mark === mark)
    if (!met || mark === null || one?.name === name) continue
    added.push({ name, mark, at: now(state), watched: one?.watched ?? false })
    gone.push(mark)
    if (one || later === undefined) continue
    if (later !== null) gone.push(later)
    marks.set(id, { ...asked, later: mark })
  }
  if (added.length === 0) return state
  return { ...state, marks, known: latest([...added, ...state.known.filter(({ mark }) => !gone.includes(mark))]) }
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

/** Nobody is forgotten who is waited for, as long as there is anybody else. @param {readonly Known[]} known */
function latest(known) {
  const sorted = [...known].sort((a, b) => b.at - a.at)
  const forgotten = [...sorted].sort((a, b) => Number(b.watched) - Number(a.watched)).slice(REMEMBERED)
  return sorted.filter(one => !forgotten.includes(one))
}

/** @param {State} state */
const now = ({ origin, toldAt }) => Math.round(origin + toldAt)
