// Whether a CSS media query holds, followed as it changes.
import { useCallback, useSyncExternalStore } from '../../vendor/react.js'

/** As wide as the list of people and the pictures need to stand side by side. The sheets know it, too. */
export const WIDE = '(min-width: 56rem)'

/** A phone or tablet in the hand. */
export const TOUCH = '(pointer: coarse)'

/** @param {string} query */
export function useMediaQuery(query) {
  const subscribe = useCallback((/** @type {() => void} */ changed) => {
    const list = window.matchMedia(query)
    list.addEventListener('change', changed)
    return () => list.removeEventListener('change', changed)
  }, [query])
  return useSyncExternalStore(subscribe, () => window.matchMedia(query).matches)
}
