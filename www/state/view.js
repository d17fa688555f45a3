// How the pictures are shown on this screen: who is large, where one's own picture lies, what is hinted.
import { audible } from './selectors.js'
import { later, remember } from './transition.js'
/** @import { CallLook, Effect, PersonId, State, Step, View, Who } from './types.d.ts' */

/** Looks that are kept: what is a few seconds old no longer counts, and one second alone says too little. */
export const KEPT = 5

/** Milliseconds that the hint stays, and one that says what to do. */
const HINT = 6_000
const ADVICE = 15_000

/** @param {State} state @param {Partial<View>} change @returns {State} */
export function seen(state, change) {
  return { ...state, view: { ...state.view, ...change } }
}

/** @param {State} state @param {Who} who @returns {Step} */
export function pinToggled(state, who) {
  return [seen(state, { pinned: state.view.pinned === who ? null : who }), []]
}

/** One at a time is looked at closely. @param {State} state @param {Who} who @param {boolean} near @returns {Step} */
export function nearChosen(state, who, near) {
  const next = near ? who : state.view.near === who ? null : state.view.near
  return [next === state.view.near ? state : seen(state, { near: next }), []]
}

/** @param {State} state @returns {Step} */
export function mirrorToggled(state) {
  const mirrored = !state.view.mirrored
  return [seen(state, { mirrored }), [remember('mirrored', mirrored ? null : 'no')]]
}

/** The microphone is on while the key is held; whoever is heard already needs no key. @param {State} state @param {boolean} held @returns {Step} */
export function talkHeld(state, held) {
  if (held === state.holding || (held && (!state.muted || !state.room))) return [state, []]
  return [{ ...state, holding: held, muted: !held }, []]
}

/** @param {State} state @returns {Step} */
export function spokeMuted(state) {
  if (!listens(state) || state.unheard) return [state, []]
  return [{ ...state, unheard: true }, [later({ type: 'unheardFaded' }, HINT)]]
}

/** @param {State} state @param {PersonId} member @returns {Step} */
export function echoHeard(state, member) {
  return listened(state).includes(member) ? [{ ...state, echo: { member, said: false } }, [later({ type: 'echoFaded' }, ADVICE)]] : [state, []]
}

/** Whose devices may give my voice back. @param {State} state @returns {PersonId[]} */
function listened(state) {
  if (!state.room || state.echo || !audible(state)) return []
  return state.room.members.filter(({ id, media }) => id !== state.me.id && media.microphone).map(({ id }) => id)
}

/** Others would hear me if I were not muted. @param {State} state */
export function listens(state) {
  return state.muted && state.microphone.status === 'on' && (state.room?.members.length ?? 0) > 1
}

/** What was shown of people who are not there any more is forgotten. @param {State} state @returns {State} */
export function settleView(state) {
  const { pinned, near } = state.view
  if (pinned !== null && !there(state, pinned)) state = seen(state, { pinned: null })
  if (near !== null && !there(state, near)) state = seen(state, { near: null })
  const speaker = spokeLast(state)
  if (speaker !== state.view.speaker) state = seen(state, { speaker })
  // Hung up with the key held: as muted as before.
  if (state.holding && !state.room) state = { ...state, holding: false, muted: true }
  if (state.echo && !state.room) state = { ...state, echo: null }
  if (state.unheard && !listens(state)) state = { ...state, unheard: false }
  return state
}

/** @param {State} before @param {State} state @param {Effect[]} effects */
export function settleEar(before, state, effects) {
  if (listens(state) !== listens(before)) effects.push({ type: 'listenWhileMuted', on: listens(state) })
  const members = listened(state)
  if (members.join() !== listened(before).join()) effects.push({ type: 'listenForEcho', members })
}

/** @param {State} state @param {Who} who */
function there({ room, me }, who) {
  if (!room) return false
  if (who === 'me') return true
  const id = typeof who === 'number' ? who : Number(who.slice('screen '.length))
  return room.members.some(member => member.id === id && id !== me.id && (typeof who === 'number' || member.media.screen))
}

/** @param {State} state @returns {PersonId | null} */
function spokeLast({ room, me, speakers, view }) {
  const others = room?.members.filter(({ id }) => id !== me.id) ?? []
  const present = (/** @type {PersonId | null | undefined} */ id) => others.some(other => other.id === id)
  const [loudest] = speakers.filter(present)
  return loudest ?? (present(view.speaker) ? view.speaker : null)
}

/** One more look at how the call is. @param {State} state @param {CallLook} look @returns {State} */
export function looked(state, look) {
  return state.room ? { ...state, looks: [...state.looks, look].slice(-KEPT) } : state
}
