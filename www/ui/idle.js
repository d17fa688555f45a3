// Nobody touches anything: what lies on the pictures may go until somebody does.
import { useEffect, useState } from '../vendor/react.js'

/** Milliseconds without a hand, a key or the focus. */
const PATIENCE = 4_000

/** What somebody is just about to use. A finger leaves its hover behind, a mouse does not. */
const IN_USE = '.stage :focus-visible, [role=menu], dialog[open]'
const POINTED_AT = '.controls .button:hover, .room-bar .button:hover'

const SIGNS = /** @type {const} */ (['pointermove', 'pointerdown', 'keydown', 'focusin'])

/** @param {boolean} may it counts only where something lies on the pictures */
export function useIdle(may) {
  const [idle, setIdle] = useState(false)
  useEffect(() => {
    if (!may) return setIdle(false)
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer
    const mouse = matchMedia('(hover: hover)').matches
    const wake = () => {
      setIdle(false)
      clearTimeout(timer)
      timer = setTimeout(rest, PATIENCE)
    }
    const rest = () => (document.querySelector(mouse ? `${IN_USE}, ${POINTED_AT}` : IN_USE) ? wake() : setIdle(true))
    wake()
    for (const sign of SIGNS) document.addEventListener(sign, wake)
    return () => {
      clearTimeout(timer)
      for (const sign of SIGNS) document.removeEventListener(sign, wake)
    }
  }, [may])
  return idle
}
