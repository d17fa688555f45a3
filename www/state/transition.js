// What every part of the reducer is made of: steps, effects, sentences, and what is the same as before.
import { missed } from './selectors.js'
/** @import { ClientMessage, Effect, Event, Notice, NoticeText, State, Step } from './types.d.ts' */

/** How long a notice stays, in milliseconds: time to look up from the stove and read a sentence. */
export const READING = 10_000

/** More sentences at once nobody reads. */
const NOTICES = 5

/** @param {State} state @param {NoticeText} text @returns {Step} */
export function noticed(state, text) {
  const id = state.nextNotice
  const fades = !lasting(text)
  return [
    { ...state, notices: newest([...state.notices, { id, text }]), nextNotice: id + 1 },
    fades ? [later({ type: 'noticeFaded', id }, READING)] : [],
  ]
}

/** Calls that were missed are counted by themselves: no other sentence pushes them out. @param {Notice[]} notices */
function newest(notices) {
  const [calls, others] = [true, false].map(is => notices.filter(({ text }) => missed(text) === is).slice(-NOTICES))
  return notices.filter(notice => calls.includes(notice) || others.includes(notice))
}

/** There is something to do about it, whenever it is read: it stays until that is done. @param {NoticeText} text */
function lasting(text) {
  return text.type === 'updated' || missed(text)
}

/** It tells how a call went, and means nothing in the next. @param {NoticeText} text */
export function ofOneCall(text) {
  return ['room_left', 'knock_ended', 'asked_to_mute', 'path_failed', 'strained'].includes(text.type) || (text.type === 'invitation_ended' && !missed(text))
}

/** @param {State} state @param {number} id @returns {State} */
export function without(state, id) {
  return { ...state, notices: state.notices.filter(notice => notice.id !== id) }
}

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
