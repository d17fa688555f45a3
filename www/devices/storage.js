// What this device remembers of the person and of what they chose.
/** @import { MemoryKey } from '../state/types.d.ts' */

/** What a browser refuses to keep, such as in a private window, lives as long as the page. @type {Map<MemoryKey, string>} */
const kept = new Map()

/** What this device remembered. @param {MemoryKey} key @returns {string | null} */
export function recall(key) {
  try {
    return storage(key).getItem(`wizyjno.${key}`)
  } catch {
    return kept.get(key) ?? null
  }
}

/** @param {MemoryKey} key @param {string | null} value */
export function remember(key, value) {
  if (value === null) kept.delete(key)
  else kept.set(key, value)
  try {
    if (value === null) storage(key).removeItem(`wizyjno.${key}`)
    else storage(key).setItem(`wizyjno.${key}`, value)
  } catch {
    // Kept above.
  }
}

/** Being in the lobby is a matter of this tab; everything else of the device. @param {MemoryKey} key */
function storage(key) {
  return key === 'entered' ? sessionStorage : localStorage
}
