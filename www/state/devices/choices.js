// What a person chose of being heard, seen and disturbed: it stays so over reload, comeback, takeover and restart.
import { audible } from '../selectors.js'
import { troubleAsked } from './sources.js'
import { noticed } from '../view/notices.js'
/** @import { Availability, Choices, Room, ServerMessage, State, Transition } from '../types.d.ts' */

/** @param {State} state @returns {Transition} */
export function muteToggled(state) {
  // Somebody whose microphone failed and who wants to be heard means: retry.
  const coming = state.microphone.status === 'asking' || state.microphone.status === 'off'
  if (audible(state) || (coming && !state.muted)) return [{ ...state, muted: true }, []]
  const heard = { ...state, muted: false, mutedByHost: null }
  return state.microphone.status === 'failed' ? troubleAsked(heard, 'microphone') : [heard, []]
}

/** A host asks for silence. What was said in a room that is over meanwhile counts for no other. @param {State} state @param {Extract<ServerMessage, { type: 'asked_to_mute' }>} message @returns {Transition} */
export function askedToMute(state, { name }) {
  if (!state.room || state.muted) return [state, []]
  // Whoever holds the key is muted by choice, and will be afterwards.
  const mutedByHost = state.holding ? null : state.room.id
  return noticed({ ...state, holding: false, muted: true, mutedByHost }, { type: 'asked_to_mute', name })
}

/** As before a host asked for silence. @param {State} state @returns {State} */
export function withoutHostsMute(state) {
  return state.mutedByHost === null ? state : { ...state, mutedByHost: null, muted: false }
}

/** A host's mute ends with the room it belongs to. While the box has not told yet which room I am in, it may be that one. @param {State} state @returns {State} */
export function settleMutedByHost(state) {
  const { mutedByHost, room, leaving, connection, retold } = state
  if (mutedByHost === null || room?.id === mutedByHost) return state
  const told = room !== null || leaving === mutedByHost || (connection.status === 'open' && !retold)
  return told ? withoutHostsMute(state) : state
}

/**
 * Another tab of this device chose something. It has the place, unless this one is in the lobby.
 *
 * @param {State} state @param {Choices} choices @returns {Transition}
 */
export function choicesChanged(state, { availability, ...choices }) {
  return state.inherits ? [{ ...state, ...choices, me: { ...state.me, availability } }, []] : [state, []]
}

/**
 * What counts when the box welcomes a page: a page that was here before knows best, also where the box was
 * restarted and does not. One that comes new to the place takes over what the box tells or what the device kept,
 * whichever lets fewer people in; in a place of its own it begins anew.
 *
 * @param {State} state @param {Availability} told @param {boolean} resumed @returns {Availability}
 */
export function availabilityOf({ inherits, me }, told, resumed) {
  if (!inherits) return me.availability
  return resumed && me.availability !== 'available' ? me.availability : told
}

/** Muted and unseen as the page whose place this is was, by what the room knows of me. @param {State} state @param {Room} room @returns {State} */
export function inherited(state, { members }) {
  const mine = state.inherits && members.find(({ id }) => id === state.me.id)?.media
  if (!mine) return state
  return { ...state, inherits: false, muted: state.muted || !mine.microphone, cameraWanted: state.cameraWanted && mine.camera }
}
