// Nobody touches anything: what lies on the pictures may go until somebody does.
import { useEffect, useState } from '../../vendor/react.js'

/** Milliseconds within which a finger that came down comes up again. */
const TAP = 700

/** Milliseconds without a hand, a key or the focus. */
const IDLE_AFTER = 4_000

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
    let resting = false
    const wake = () => {
      resting = false
      setIdle(false)
      clearTimeout(timer)
      timer = setTimeout(rest, IDLE_AFTER)
    }
    const rest = () => {
      resting = document.querySelector(mouse ? `${IN_USE}, ${POINTED_AT}` : IN_USE) === null
      if (resting) setIdle(true)
      else wake()
    }
    // A finger cannot see what it is about to press: its first touch only brings that back.
    const touch = (/** @type {PointerEvent} */ event) => {
      if (!resting || event.pointerType !== 'touch') return
      const swallow = (/** @type {globalThis.Event} */ click) => {
        click.stopPropagation()
        click.preventDefault()
      }
      document.addEventListener('click', swallow, { capture: true, once: true })
      setTimeout(() => document.removeEventListener('click', swallow, { capture: true }), TAP)
    }
    wake()
    document.addEventListener('pointerdown', touch, { capture: true })
    for (const sign of SIGNS) document.addEventListener(sign, wake)
    return () => {
      clearTimeout(timer)
      document.removeEventListener('pointerdown', touch, { capture: true })
      for (const sign of SIGNS) document.removeEventListener(sign, wake)
    }
  }, [may])
  return idle
}
