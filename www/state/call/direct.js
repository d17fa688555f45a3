// To whom a direct path is made, and which of the two pages offers it. Pure rules.
/** @import { Member, PersonId, State } from '../types.d.ts' */

/** Members who reach each other without the relay: each sends to each other one, so more is too much for their devices. */
const MESH = 4

/**
 * In a room of two there is a direct path, unless a screen is shown: the relay carries that better. Where one of the two
 * cannot reach the relay it carries everything, also between more, as far as they are among the first ones of the room.
 *
 * @param {State} state @param {PersonId} member
 * @returns {{ offers: boolean, screens: boolean } | null} offers: it is this page that offers; screens: with a place for them
 */
export function directTo(state, member) {
  const { room, me, relayAlways } = state
  const [mine, theirs] = [me.id, member].map(who => room?.members.findIndex(({ id }) => id === who) ?? -1)
  if (!room || mine < 0 || theirs < 0 || relayAlways) return null
  const pair = [room.members[mine], room.members[theirs]]
  const screens = pair.some(({ media }) => media.screen)
  const needed = isNeeded(state, pair)
  if (room.members.length === 2) {
    return room.offerer === undefined || (screens && !needed) ? null : { offers: room.offerer === me.id, screens }
  }
  return needed && inMesh(state, member) ? { offers: mine > theirs, screens } : null
}

/** The relay does not connect these two. All members know it alike: what is told of them says so. @param {State} state @param {Member[]} pair */
function isNeeded({ noRelay }, pair) {
  return noRelay || pair.some(({ media }) => media.relayless)
}

/** Both of us are among those who reach each other without the relay. @param {State} state @param {PersonId} member */
export function inMesh({ room, me }, member) {
  const first = room?.members.slice(0, MESH).map(({ id }) => id) ?? []
  return me.id !== null && first.includes(me.id) && first.includes(member)
}

/** More than two are in the room, and I reach somebody without the relay. @param {State} state */
export function isMeshed(state) {
  const { room, me } = state
  return room !== null && room.members.length > 2 && room.members.some(({ id }) => id !== me.id && directTo(state, id))
}
