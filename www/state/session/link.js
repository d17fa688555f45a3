// A link that leads to a room: who opens it enters, and knocks there.
import { send } from '../transition.js'
import { noticed } from '../view/notices.js'
/** @import { Effect, State } from '../types.d.ts' */

/**
 * Knocks as soon as the box has welcomed the page and told what it knew of it before. The link is kept until the box has
 * answered, because the connection may be lost before.
 *
 * @param {State} state @param {Effect[]} effects @returns {State}
 */
export function settleLink(state, effects) {
  const { link, connection, retold, room, knock } = state
  if (!link) return state
  const followed = { ...state, link: null }
  const knocks = link.room !== null && knock?.room === link.room
  if (link.sent) {
    if (knocks || room) return followed
    return connection.status === 'open' ? state : { ...state, link: { ...link, sent: false } }
  }
  if (connection.status !== 'open' || retold) return state
  effects.push({ type: 'forgetLink' })
  if (knocks || (room && room.id === link.room)) return followed
  if (link.room !== null && !room) {
    effects.push(send({ type: 'knock', room: link.room }))
    return { ...state, link: { ...link, sent: true } }
  }
  const [told, more] = noticed(followed, link.room === null ? { type: 'error', code: 'room_unknown' } : { type: 'link_elsewhere', room: link.room })
  effects.push(...more)
  return told
}
