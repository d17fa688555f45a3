// Seconds that go by on the screen. One timer for all of them, and none while no seconds are shown.
/** @import { Moment } from '../../state/types.d.ts' */

import { useSyncExternalStore } from '../../vendor/react.js'

/** Often enough that no second seems longer than another. */
const TICK = 250

/** @type {Set<() => void>} */
const watchers = new Set()
let timer = 0

/** @param {() => void} watcher */
function subscribe(watcher) {
  if (watchers.size === 0) timer = window.setInterval(() => watchers.forEach(tell => tell()), TICK)
  watchers.add(watcher)
  return () => {
    watchers.delete(watcher)
    if (watchers.size === 0) window.clearInterval(timer)
  }
}

/** Whole seconds until then, never less than none. @param {Moment} until */
export function useSecondsLeft(until) {
  return useSyncExternalStore(subscribe, () => Math.max(0, Math.ceil((until - performance.now()) / 1000)))
}

/** Whole seconds since then. @param {Moment} since */
export function useSecondsSince(since) {
  return useSyncExternalStore(subscribe, () => Math.max(0, Math.floor((performance.now() - since) / 1000)))
}
