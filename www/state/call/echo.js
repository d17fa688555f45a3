// Whose devices give my voice back.
import { audible } from '../selectors.js'
import { later } from '../transition.js'
/** @import { PersonId, State, Transition } from '../types.d.ts' */

/** Milliseconds that the advice stays. */
const ADVICE = 15_000

/** @param {State} state @param {{ member: PersonId }} event @returns {Transition} */
export function echoHeard(state, { member }) {
  return listened(state).includes(member) ? [{ ...state, echo: { member, said: false } }, [later({ type: 'echoFaded' }, ADVICE)]] : [state, []]
}

/** Whose devices may give my voice back. @param {State} state @returns {PersonId[]} */
export function listened(state) {
  if (!state.room || state.echo || !audible(state)) return []
  return state.room.members.filter(({ id, media }) => id !== state.me.id && media.microphone).map(({ id }) => id)
}
