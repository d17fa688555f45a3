// Calls that this device answers by itself: whose, after what, and until when nobody here need be present.
import { remember, send } from '../transition.js'
import { noticed } from '../view/notices.js'
import { hungUp } from './room.js'
/** @import { Answering, Effect, Incoming, State, Transition } from '../types.d.ts' */

/** Milliseconds between the chime and the answer. */
export const ANSWER_DELAY = 5_000

/** Chosen people at most; who has more means everybody. */
const MAX_CHOSEN = 64

/** @type {Answering} */
export const nobody = { whom: 'nobody', camera: true, people: [] }

/** What the device remembered; whatever else stands there is none. @param {string | null} kept @returns {Answering} */
export function rememberedAnswering(kept) {
  try {
    const { whom, camera, people } = JSON.parse(kept ?? '')
    if (whom !== 'chosen' && whom !== 'everybody') return nobody
    return { whom, camera: camera === true, people: people.map((/** @type {Answering['people'][0]} */ { mark, name }) => ({ mark: String(mark), name: String(name) })) }
  } catch {
    return nobody
  }
}

/** Whether a call of whom one knows by that mark is answered. @param {State} state @param {string | undefined} mark */
export function answers({ answering: { whom, people }, room }, mark) {
  if (room) return false
  return whom === 'everybody' || (whom === 'chosen' && people.some(person => person.mark === mark))
}

/** @param {State} state @param {Partial<Answering>} change @returns {Transition} */
export function answeringChosen(state, change) {
  const answering = { ...state.answering, ...change }
  return [{ ...state, answering }, [remember('answering', JSON.stringify(answering))]]
}

/** The box has said by what somebody's device is known. @param {State} state @param {{ person: number, mark: string }} message @returns {Transition} */
export function recognised(state, { person, mark }) {
  const name = state.people.get(person)?.name
  const others = state.answering.people.filter(other => other.mark !== mark)
  if (name === undefined || state.answering.whom !== 'chosen' || others.length >= MAX_CHOSEN) return [state, []]
  return answeringChosen(state, { people: [...others, { mark, name }] })
}

/**
 * The chime is heard, so the time begins, and the call is the one that is shown. One counts down at a time: of another
 * one nobody would see the five seconds.
 *
 * @param {State} state @param {{ invitation: number, at: number }} event @returns {Transition}
 */
export function chimed(state, { invitation, at }) {
  const call = state.calls.find(call => call.invitation === invitation)
  if (!call?.itself || call.itself.at !== null || state.hidden) return [state, []]
  if (state.calls.some(({ itself }) => itself && itself.at !== null)) return [changed(state, { ...call, itself: null }), []]
  const counting = { ...call, itself: { ...call.itself, at: at + ANSWER_DELAY } }
  return [
    { ...state, calls: [counting, ...state.calls.filter(other => other !== call)] },
    [{ type: 'dispatchLater', event: { type: 'answerDue', invitation }, ms: ANSWER_DELAY }],
  ]
}

/** @param {State} state @param {{ invitation: number }} event @param {(state: State, call: Incoming) => Transition} accept @returns {Transition} */
export function answerDue(state, { invitation }, accept) {
  const call = state.calls.find(call => call.invitation === invitation)
  if (!call?.itself || call.itself.at === null) return [state, []]
  // Another call is being taken, or the answer would come at any time later: it rings on as any other.
  const taken = [...state.answered.values()].some(({ message }) => message.type === 'accept')
  if (taken || state.connection.status !== 'open') return [changed(state, { ...call, itself: null }), []]
  const [next, effects] = accept(state, call)
  return [{ ...next, unattended: call.from }, effects]
}

/** @param {State} state @param {Incoming} call @returns {State} */
function changed(state, call) {
  return { ...state, calls: state.calls.map(other => (other.invitation === call.invitation ? call : other)) }
}

/** Somebody is at this page. @param {State} state @returns {State} */
export function attended(state) {
  return state.unattended === null ? state : { ...state, unattended: null }
}

/**
 * A call that was answered by itself ends with the one whose call it was: whoever else came into that room is not left
 * alone with a page at which nobody need be.
 *
 * @param {State} before @param {State} state @param {Effect[]} effects @returns {State}
 */
export function settleAnswering(before, state, effects) {
  // Nobody sees the countdown of a hidden page.
  const over = (/** @type {Incoming} */ { itself }) => itself && (!answers(state, itself.mark) || (state.hidden && itself.at !== null))
  for (const call of state.calls) if (over(call)) state = changed(state, { ...call, itself: null })
  const caller = state.unattended
  if (caller !== null && before.room && state.room?.id !== before.room.id) state = attended(state)
  // What the page holds is compared, not what it held: the caller may leave while it is not connected. After a restart
  // of the box people come back into the room one by one.
  else if (caller !== null && state.room && !state.retold && state.awaited === null && !state.room.members.some(({ id }) => id === caller)) {
    const name = before.room?.members.find(({ id }) => id === caller)?.name ?? state.people.get(caller)?.name
    const [left, asked] = hungUp(attended(state))
    const [told, more] = noticed(left, { type: 'room_left', why: name === undefined ? { why: 'interrupted' } : { why: 'last_left', name } })
    state = told
    effects.push(...asked, ...more)
  }
  return announced(state, effects)
}

/** Everybody sees who answers by themselves. @param {State} state @param {Effect[]} effects @returns {State} */
function announced(state, effects) {
  const on = state.answering.whom !== 'nobody'
  if (state.connection.status !== 'open' || state.me.id === null) return state
  if (on === (state.answeringSaid ?? state.people.get(state.me.id)?.answers_itself ?? false)) return state
  effects.push(send({ type: 'set_answers_itself', on }))
  return { ...state, answeringSaid: on }
}
