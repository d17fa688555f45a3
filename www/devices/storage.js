// What this device remembers of the person and of what they chose.
/** @import { MemoryKey } from '../state/types.d.ts' */

/** What a browser refuses to keep, such as in a private window, lives as long as the page. @type {Map<MemoryKey, string>} */
const kept = new Map()

/** What is of one space, not of the device. @type {ReadonlySet<MemoryKey>} */
const OF_SPACE = new Set(['name', 'token', 'pass', 'entered', 'missed', 'device', 'answering', 'unattended', 'kiosk', 'known'])

let space = ''

/** What is remembered from then on is of that space. @param {string} path such as `/s/kuchnia`; empty: the lobby */
export function rememberFor(path) {
  space = path
}

/** What this device remembered. @param {MemoryKey} key @returns {string | null} */
export function recall(key) {
  try {
    return storage(key).getItem(named(key))
  } catch {
    return kept.get(key) ?? null
  }
}

/** @param {MemoryKey} key @param {string | null} value */
export function remember(key, value) {
  if (value === null) kept.delete(key)
  else kept.set(key, value)
  try {
    if (value === null) storage(key).removeItem(named(key))
    else storage(key).setItem(named(key), value)
  } catch {
    // Kept above.
  }
}

/** Being in the lobby is a matter of this tab; everything else of the device. @param {MemoryKey} key */
function storage(key) {
  return key === 'entered' ? sessionStorage : localStorage
}

/** @param {MemoryKey} key */
function named(key) {
  return OF_SPACE.has(key) ? `wizyjno${space}.${key}` : `wizyjno.${key}`
}
