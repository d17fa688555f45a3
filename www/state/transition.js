// What every slice's reducer is made of: effects, and what is the same as before.
/** @import { ClientMessage, Effect, Event, State } from './types.d.ts' */

/** @param {ClientMessage} message @returns {Effect} */
export function send(message) {
  return { type: 'send', message }
}

/** @param {Extract<Effect, { type: 'remember' }>['key']} key @param {string | null} value @returns {Effect} */
export function remember(key, value) {
  return { type: 'remember', key, value }
}

/** @param {Event} event @param {number} ms @returns {Effect} */
export function later(event, ms) {
  return { type: 'dispatchLater', event, ms }
}

/** Outside of everything that was shared with others. @param {State} state @returns {State} */
export function outside(state) {
  return { ...state, room: null, calls: [], answered: new Map(), knock: null, leaving: null, retold: null, arriving: null }
}

/**
 * The object of before if the new one says the same, so that what shows it need not be drawn again.
 *
 * @template {object} T @param {T | undefined} before @param {T} after @returns {T}
 */
export function unchanged(before, after) {
  return before && alike(before, after) ? before : after
}

/** @template K, V @param {ReadonlyMap<K, V>} a @param {ReadonlyMap<K, V>} b */
export function sameEntries(a, b) {
  return a.size === b.size && [...a].every(([key, value]) => b.get(key) === value)
}

/** @param {object} a @param {object} b */
export function alike(a, b) {
  // The box writes the fields of one kind of thing in one order.
  return JSON.stringify(a) === JSON.stringify(b)
}

/** As the box folds it; null if nobody could be called so. @param {string} name */
export function cleaned(name) {
  const folded = name.trim().replace(/\s+/gu, ' ')
  const length = [...folded].length
  return length >= 1 && length <= 40 ? folded : null
}

/** @param {never} what @returns {never} */
export function unreachable(what) {
  throw new TypeError(`nobody thought of ${JSON.stringify(what)}`)
}
