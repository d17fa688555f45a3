// Waiting for a thing instead of for a time.
import { setTimeout as pause } from 'node:timers/promises'

/** Generous: the machine may be small and busy, and a test that passes does not wait it out. */
export const TIMEOUT_MS = 30_000
const BETWEEN_LOOKS_MS = 100

/**
 * Looks again and again until the answer is truthy, and returns it. A throw counts as "not yet".
 * @template T
 * @param {string} what ends the sentence "gave up waiting until …"
 * @param {() => T | Promise<T>} look
 * @returns {Promise<Exclude<T, null | undefined | false | 0 | ''>>}
 */
export async function until(what, look, timeout = TIMEOUT_MS) {
  const deadline = performance.now() + timeout
  /** @type {unknown} */
  let last
  for (;;) {
    try {
      const seen = await look()
      if (seen) return /** @type {any} */ (seen)
      last = seen
    } catch (error) {
      last = error
    }
    if (performance.now() > deadline) {
      const saw = last instanceof Error ? last.message : JSON.stringify(last)
      throw new Error(`gave up waiting until ${what}; last seen: ${saw}`)
    }
    await pause(BETWEEN_LOOKS_MS)
  }
}
