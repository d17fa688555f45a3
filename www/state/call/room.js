// The room: told by the box, hung up by me, left for any other reason.
import { inherited } from '../devices/choices.js'
import { remember, send, unchanged, unreachable } from '../transition.js'
import { noticed } from '../view/notices.js'
/** @import { InvitationId, KnockId, Moment, PersonId, Room, ServerMessage, State, Transition } from '../types.d.ts' */

/** @param {State} state @param {Room} told @param {string} token @param {Moment} at @returns {Transition} */
export function roomTold(state, told, token, at) {
  const retold = state.retold && { ...state.retold, room: true }
  if (told.id === state.leaving) {
    // The box did not hear that I hung up.
    return [{ ...state, retold }, [remember('token', token), ...(state.retold ? [send({ type: 'leave' })] : [])]]
  }
  const same = state.room?.id === told.id
  const awaited = missing(state, told)
  const members = [...told.members, ...(awaited ? [{ ...awaited, reconnecting: true }] : [])]
    .map(member => unchanged(state.room?.members.find(({ id }) => id === member.id), member))
  /** @type {Map<InvitationId | KnockId, Moment>} */
  const until = new Map()
  for (const { invitation, expires_in_ms } of told.invitations) until.set(invitation, at + expires_in_ms)
  for (const { knock, expires_in_ms } of told.knocks) until.set(knock, at + expires_in_ms)
  return [
    {
      ...inherited(state, told),
      retold,
      room: { ...told, members, ...(awaited && { offerer: state.room?.offerer }) },
      awaited: awaited?.id ?? null,
      until,
      callSince: (same ? state.callSince : null) ?? (members.length > 1 ? at : null),
      mediaSaid: same ? state.mediaSaid : null,
    },
    [remember('token', token)],
  ]
}

/**
 * Who of a room of two is not back yet. The box keeps nothing on disk: after a restart its rooms
 * form again from those who come back, and who is first is alone at first. Meanwhile the direct
 * path goes on. It is over when the box says so, or when that person turns up elsewhere.
 *
 * @param {State} state @param {Room} told
 */
function missing(state, told) {
  if (state.room?.id !== told.id || told.members.length !== 1) return null
  if (!state.retold && state.awaited === null) return null
  const other = state.room.members.find(({ id }) => id !== state.me.id)
  return other && !elsewhere(state, other.id) ? other : null
}

/** Somebody of my room is in the lobby, but not in the room. @param {State} state @param {PersonId} id */
export function elsewhere(state, id) {
  const person = state.people.get(id)
  return person !== undefined && person.room !== state.room?.id
}

/** @param {State} state @param {Extract<ServerMessage, { type: 'room_left' }>} message @returns {Transition} */
export function roomLeft(state, { why, token }) {
  const kept = remember('token', token)
  if (state.leaving !== null) return [{ ...state, leaving: null }, [kept]]
  /** @type {State} */
  let left = { ...state, room: null }
  switch (why.why) {
    case 'left':
      return [left, [kept]]
    case 'nobody_came': {
      // One sentence is enough: this one says all of what the invitation's end said.
      const name = why.name
      left = { ...left, notices: left.notices.filter(({ text }) => !(text.type === 'invitation_ended' && text.mine && text.name === name)) }
      if (why.outcome.how === 'cancelled' || why.outcome.how === 'overtaken' || why.outcome.how === 'accepted') return [left, [kept]]
      break
    }
    case 'removed':
    case 'last_left':
    case 'last_lost':
    case 'interrupted':
      break
    default:
      return unreachable(why)
  }
  const [told, effects] = noticed(left, { type: 'room_left', why })
  return [told, [kept, ...effects]]
}

/**
 * The room is left at once on this screen. The box hears it at once or, if it tells of that room after
 * a lost connection, then.
 *
 * @param {State} state @returns {Transition}
 */
export function hungUp(state) {
  if (!state.room) return [state, []]
  const next = { ...state, room: null, leaving: state.room.id }
  return [next, state.connection.status === 'open' ? [send({ type: 'leave' })] : []]
}
