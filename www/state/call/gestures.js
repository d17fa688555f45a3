// Raised hands, which the box keeps in their order, and reactions, which are shown for a moment.
import { myHand } from '../selectors.js'
import { later, send } from '../transition.js'
/** @import { Effect, Member, Reaction, ServerMessage, State, Transition } from '../types.d.ts' */

/** Milliseconds for which a reaction is shown. */
export const SHOWN = 4_000

/** Reactions that I may send at once, and milliseconds after which each is forgotten: fewer than the box allows. */
export const AT_ONCE = 5
const REST = 5_000

/** @param {State} state @returns {Transition} */
export function handToggled(state) {
  return [state, state.room ? [send({ type: 'set_hand', raised: myHand(state) === undefined })] : []]
}

/** @param {State} state @param {{ reaction: Reaction }} event @returns {Transition} */
export function reactClicked(state, { reaction }) {
  if (!state.room || state.reacted >= AT_ONCE) return [state, []]
  return [{ ...state, reacted: state.reacted + 1 }, [send({ type: 'react', reaction }), later({ type: 'reactionRested' }, REST)]]
}

/**
 * The same of the same member is counted, so that there is at most one of each kind.
 *
 * @param {State} state @param {Extract<ServerMessage, { type: 'reaction' }>} message @returns {Transition}
 */
export function reactionHeard(state, { from, reaction }) {
  if (!state.room?.members.some(({ id }) => id === from)) return [state, []]
  const same = state.reactions.find(shown => shown.from === from && shown.reaction === reaction)
  const shown = { id: (state.reactions.at(-1)?.id ?? 0) + 1, from, reaction, count: (same?.count ?? 0) + 1 }
  return [
    { ...state, reactions: [...state.reactions.filter(other => other !== same), shown] },
    [later({ type: 'reactionFaded', id: shown.id }, SHOWN), ...(from === state.me.id ? [] : sound(state, 'reaction'))],
  ]
}

/** What was shown by who has left is gone, and a hand that somebody raises is heard. @param {State} before @param {State} state @param {Effect[]} effects @returns {State} */
export function settleGestures(before, state, effects) {
  const { room, me, reactions } = state
  const raised = (/** @type {readonly Member[]} */ members) => members.filter(({ id, hand }) => hand !== undefined && id !== me.id).map(({ id }) => id)
  if (room && room !== before.room && room.id === before.room?.id) {
    const known = raised(before.room.members)
    if (raised(room.members).some(id => !known.includes(id))) effects.push(...sound(state, 'hand'))
  }
  const left = reactions.filter(({ from }) => room?.members.some(({ id }) => id === from))
  return left.length === reactions.length ? state : { ...state, reactions: left }
}

/** @param {State} state @param {Extract<Effect, { type: 'gestureSound' }>['of']} of @returns {Effect[]} */
function sound({ gestureSounds }, of) {
  return gestureSounds ? [{ type: 'gestureSound', of }] : []
}
