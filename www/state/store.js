// Holds the state: an event goes through the reducer, the effects are performed, who listens is told.
/** @import { Effect, Event, State, Store } from './types.d.ts' */

/**
 * @param {(state: State, event: Event) => [State, Effect[]]} reduce
 * @param {State} state
 * @param {(effect: Effect) => void} perform may dispatch; such an event waits until this one is done
 * @returns {Store}
 */
export function createStore(reduce, state, perform) {
  /** @type {Set<() => void>} */
  const listeners = new Set()
  /** @type {Event[]} */
  const waiting = []
  let busy = false

  /** @param {Event} event */
  function happen(event) {
    const before = state
    const [next, effects] = reduce(state, event)
    state = next
    effects.forEach(perform)
    if (state !== before) listeners.forEach(listener => listener())
  }

  return {
    getState: () => state,
    subscribe(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    dispatch(event) {
      waiting.push(event)
      if (busy) return
      busy = true
      try {
        for (let next = waiting.shift(); next; next = waiting.shift()) happen(next)
      } finally {
        busy = false
      }
    },
  }
}
