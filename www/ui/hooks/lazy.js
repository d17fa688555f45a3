// What is not on the first screen comes when it is wanted: scripts and their stylesheets.
import { useEffect, useState } from '../../vendor/react.js'

/** Milliseconds before what did not come is asked for again. */
const PAUSE = 1_000

/** When nothing else is to be done; Safari does not tell. */
export const idle = () => new Promise(come => window.requestIdleCallback?.(come, { timeout: PAUSE }) ?? setTimeout(come, PAUSE / 4))

/** Sheets that are on their way. @type {Set<Promise<unknown>>} */
const coming = new Set()

/**
 * Adds them to the page. `whole` waits for them: a module that awaited its own at its top would be given half evaluated,
 * in WebKit, to whoever imports it meanwhile for a second time.
 *
 * @param {string[]} names
 */
export function sheets(...names) {
  for (const name of names) {
    const link = document.createElement('link')
    link.rel = 'stylesheet'
    link.href = `style/${name}.css`
    const there = new Promise(come => {
      link.onload = link.onerror = come // without its sheet a screen is plain, but there
    })
    coming.add(there)
    void there.then(() => coming.delete(there))
    document.head.append(link)
  }
}

/** A module, once its sheets count. @template T @param {() => Promise<T>} load @returns {Promise<T>} */
export async function whole(load) {
  const module = await load()
  await Promise.all(coming)
  return module
}

/** Asks for it until it is there: the box may be away for a moment. @template T @param {() => Promise<T>} load @returns {Promise<T>} */
export async function insist(load) {
  for (;;) {
    try {
      return await load()
    } catch {
      await new Promise(again => setTimeout(again, PAUSE))
    }
  }
}

/** The module once it is there, or null. @template T @param {boolean} wanted @param {() => Promise<T>} load */
export function useLazy(wanted, load) {
  const [part, setPart] = useState(/** @type {T | null} */ (null))
  useEffect(() => {
    if (wanted && !part) void insist(() => whole(load)).then(module => setPart(() => module))
  }, [wanted, part])
  return part
}
