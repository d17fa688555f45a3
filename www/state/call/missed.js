// Calls that were missed, and what was said of calls that are over.
import { missed } from '../selectors.js'
import { ofOneCall } from '../view/notices.js'
/** @import { Incoming, NoticeText, Outcome, State } from '../types.d.ts' */

/** How calls end that were missed. @type {readonly string[]} */
const OUTCOMES = ['cancelled', 'expired', 'gone']

/** @param {State} state @param {Incoming} call @param {Outcome} outcome @returns {NoticeText} */
export function missedCall(state, { name, from, since }, outcome) {
  return { type: 'invitation_ended', name, outcome, mine: false, person: from, at: state.origin + since }
}

/** Whom I meet I need not call back. @param {State} state @returns {State} */
export function settleMissed(state) {
  const { room, notices } = state
  const met = notices.filter(({ text }) => text.type === 'invitation_ended' && room?.members.some(({ id }) => id === text.person))
  return met.length > 0 ? { ...state, notices: notices.filter(notice => !met.includes(notice)) } : state
}

/** What was said of a call is gone when another one begins. @param {State} before @param {State} state @returns {State} */
export function settleNotices(before, state) {
  const anew = state.room !== null && state.room.id !== before.room?.id
  const over = state.notices.filter(({ text }) => (anew && ofOneCall(text)) || (text.type === 'asked_to_mute' && state.mutedByHost === null))
  return over.length > 0 ? { ...state, notices: state.notices.filter(notice => !over.includes(notice)) } : state
}

/** The calls that were missed, for this device to remember. @param {State} state @returns {string | null} */
export function missedCalls({ notices }) {
  const texts = notices.map(({ text }) => text).filter(missed)
  return texts.length > 0 ? JSON.stringify(texts) : null
}

/** What this device remembered of them; whatever else stands there is none. @param {string | null} kept @returns {Pick<State, 'notices' | 'nextNotice'>} */
export function remembered(kept) {
  const notices = parsed(kept).map((text, n) => ({ id: n + 1, text }))
  return { notices, nextNotice: notices.length + 1 }
}

/** @param {string | null} kept @returns {NoticeText[]} */
function parsed(kept) {
  try {
    const texts = JSON.parse(kept ?? '[]')
    return texts.filter((/** @type {any} */ { type, name, person, at, outcome, mine }) =>
      type === 'invitation_ended' && typeof name === 'string' && typeof person === 'number' && typeof at === 'number' && mine === false && OUTCOMES.includes(outcome?.how))
  } catch {
    return []
  }
}
