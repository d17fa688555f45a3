// What follows from an event, with no DOM, socket or clock in it: each slice of the state has a reducer of its own.
import { call, initialCall } from './call/reducer.js'
import { devices, initialDevices } from './devices/reducer.js'
import { settle } from './invariants.js'
import { initialPeople, people } from './people/reducer.js'
import { heard } from './server-messages.js'
import { initialSession, session } from './session/reducer.js'
import { initialView, view } from './view/reducer.js'
/** @import { Event, Reducer, State, Transition } from './types.d.ts' */

/** @type {State} */
export const initial = { ...initialSession, ...initialPeople, ...initialCall, ...initialDevices, ...initialView }

/** @type {Reducer<Event>} */
const reducers = {
  ...session, ...people, ...call, ...devices, ...view,
  heard: (state, { message, at }) => heard(state, message, at),
}

/**
 * First what the event means by itself, then what has to be so in the new state whatever led there (devices, paths, sounds).
 *
 * @param {State} state @param {Event} event @returns {Transition}
 */
export function reduce(state, event) {
  const happened = /** @type {(state: State, event: Event) => Transition} */ (reducers[event.type])
  const [next, effects] = happened(state, event)
  return next === state ? [state, effects] : settle(state, next, effects)
}
