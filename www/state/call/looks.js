// The last few looks at how the call is.
/** @import { CallLook, State } from '../types.d.ts' */

/** Looks that are kept: what is a few seconds old does not count, and one second alone says too little. */
export const KEPT = 5

/** One more look at how the call is. @param {State} state @param {CallLook} look @returns {State} */
export function looked(state, look) {
  return state.room ? { ...state, looks: [...state.looks, look].slice(-KEPT) } : state
}
