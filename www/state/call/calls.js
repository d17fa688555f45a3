// Calls to me and by me, from the first ring to the answer.
import { answers, attended } from './answering.js'
import { missedCall } from './missed.js'
import { hungUp } from './room.js'
import { waiting } from '../selectors.js'
import { later, send, unreachable } from '../transition.js'
import { noticed } from '../view/notices.js'
/** @import { ClientMessage, InvitationId, Moment, NoticeText, ServerMessage, State, Transition } from '../types.d.ts' */

/** What the box needs at most, in milliseconds, to tell that a call rang its time. */
const GRACE = 3_000

/** @param {State} state @param {Extract<ServerMessage, { type: 'ring' }>} message @param {Moment} at @returns {Transition} */
export function called(state, { invitation, from, name, members, expires_in_ms, mark }, at) {
  const retold = state.retold && { ...state.retold, calls: [...state.retold.calls, invitation] }
  const answer = state.answered.get(invitation)
  if (answer) return [{ ...state, retold }, [send(answer.message)]]
  const known = state.calls.find(call => call.invitation === invitation)
  const rung = known?.rung ?? false
  const itself = known ? known.itself && { itself: known.itself } : answers(state, mark) && { itself: { mark, at: null } }
  const call = { invitation, from, name, members, until: at + expires_in_ms, since: known?.since ?? at, rung, ...itself }
  const calls = known
    ? state.calls.map(other => (other.invitation === invitation ? call : other))
    : [...state.calls, call]
  return [
    { ...state, retold, calls },
    [
      ...(rung ? [send({ type: 'ringing', invitation })] : []),
      later({ type: 'ringWoreOff', invitation }, expires_in_ms + GRACE),
    ],
  ]
}

/** @param {State} state @param {InvitationId} invitation @returns {Transition} */
export function rang(state, invitation) {
  if (!state.calls.some(call => call.invitation === invitation && !call.rung)) return [state, []]
  return [
    { ...state, calls: state.calls.map(call => (call.invitation === invitation ? { ...call, rung: true } : call)) },
    [send({ type: 'ringing', invitation })],
  ]
}

/** @param {State} state @param {ClientMessage & { invitation: InvitationId }} answer @returns {Transition} */
export function answered(state, answer) {
  const call = state.calls.find(call => call.invitation === answer.invitation)
  if (!call) return [state, []]
  return [
    {
      ...state,
      calls: state.calls.filter(other => other !== call),
      answered: new Map(state.answered).set(call.invitation, { name: call.name, since: call.since, message: answer }),
    },
    [send(answer)],
  ]
}

/** @param {State} state @param {InvitationId} invitation @returns {Transition} */
export function cancelled(state, invitation) {
  const lastHope = waiting(state) && state.room?.invitations.every(other => other.invitation === invitation)
  if (lastHope && state.connection.status !== 'open') return hungUp(state)
  return [state, [send({ type: 'cancel', invitation })]]
}

/** Takes back every call of mine that rings. @param {State} state @returns {Transition} */
export function cancelAllClicked(state) {
  const mine = state.room?.invitations.filter(({ from }) => from === state.me.id) ?? []
  if (waiting(state) && mine.length === state.room?.invitations.length) return hungUp(state)
  return [state, mine.map(({ invitation }) => send({ type: 'cancel', invitation }))]
}

/** A call rang its time. @param {State} state @param {InvitationId} invitation @returns {Transition} */
export function woreOff(state, invitation) {
  const call = state.calls.find(call => call.invitation === invitation)
  if (!call) return [state, []]
  return noticed({ ...state, calls: state.calls.filter(other => other !== call) }, missedCall(state, call, { how: 'expired' }))
}

/** @param {State} state @param {Extract<ServerMessage, { type: 'invitation_ended' }>} message @returns {Transition} */
export function invitationEnded(state, { invitation, with: person, name, outcome }) {
  const call = state.calls.find(call => call.invitation === invitation) ?? state.answered.get(invitation)
  const mine = call === undefined
  const left = new Map(state.answered)
  left.delete(invitation)
  const lost = call !== undefined && outcome.how !== 'accepted' && outcome.how !== 'overtaken' && !state.room
  const ended = { ...(lost ? attended(state) : state), answered: left, calls: state.calls.filter(call => call.invitation !== invitation) }
  /** @type {NoticeText} */
  const text = { type: 'invitation_ended', name, outcome, mine, ...(call && outcome.how !== 'declined' && { person, at: state.origin + call.since }) }
  switch (outcome.how) {
    // They meet: the room opens by itself.
    case 'accepted':
    case 'overtaken':
      return [ended, []]
    case 'cancelled':
      return mine ? [ended, []] : noticed(ended, text)
    case 'declined':
      return mine && !nobodyCame(ended, name) ? noticed(ended, text) : [ended, []]
    case 'expired':
    case 'gone':
      return mine && nobodyCame(ended, name) ? [ended, []] : noticed(ended, text)
    default:
      return unreachable(outcome)
  }
}

/** It stands there already that the last of those whom I called did not come. @param {State} state @param {string} name */
function nobodyCame(state, name) {
  return state.notices.some(
    ({ text }) => text.type === 'room_left' && text.why.why === 'nobody_came' && text.why.name === name,
  )
}
