// Keys that do something during a call. The list of them is in key-list.js.
/** @import { State } from '../../state/types.d.ts' */
/** @import { Fullscreen } from './fullscreen.js' */

import { useEffect, useRef } from '../../vendor/react.js'
import { useDispatch } from './context.js'

/** What is typed into or chosen from takes its keys itself. */
const OWN_KEYS = 'input, select, textarea, [role=menu]'

/**
 * @param {State} state
 * @param {object} doing what is no matter of the state
 * @param {Fullscreen} doing.fullscreen
 * @param {() => void} doing.onPeople
 */
export function useKeys(state, { fullscreen, onPeople }) {
  const dispatch = useDispatch()
  /** @type {Record<string, () => void>} */
  const always = {
    m: () => dispatch({ type: 'muteToggled' }),
    v: () => dispatch({ type: 'cameraToggled' }),
  }
  const { layout } = state.view
  const inCall = {
    ...always,
    s: () => dispatch({ type: 'screenToggled' }),
    l: () => dispatch({ type: 'layoutChosen', layout: layout === 'grid' ? 'speaker' : 'grid' }),
    f: fullscreen.toggleFill,
    p: fullscreen.toggleFloat,
    o: () => dispatch({ type: 'ownHiddenToggled' }),
    i: onPeople,
    h: () => dispatch({ type: 'handToggled' }),
  }
  const known = useRef({ keys: always, on: true })
  known.current = { keys: state.room ? inCall : always, on: state.keys }

  useEffect(() => {
    /** @param {KeyboardEvent} event */
    const down = event => {
      const target = /** @type {Element} */ (event.target)
      if (event.ctrlKey || event.altKey || event.metaKey || target.closest(OWN_KEYS) || document.querySelector('dialog[data-modal=true]')) return
      if (event.key === '?') return dispatch({ type: 'keysToggled', open: true })
      if (!known.current.on) return
      if (event.key === ' ') {
        // A button that was reached by key is pressed by the space bar; one that was clicked is only left over.
        if (target.closest('button')?.matches(':focus-visible')) return
        event.preventDefault()
        if (!event.repeat) dispatch({ type: 'talkHeld', held: true })
      } else if (!event.repeat) {
        known.current.keys[event.key.toLowerCase()]?.()
      }
    }
    /** @param {KeyboardEvent} event */
    const up = event => {
      if (event.key !== ' ') return
      const button = /** @type {Element} */ (event.target).closest('button')
      if (known.current.on && button && !button.matches(':focus-visible')) event.preventDefault()
      dispatch({ type: 'talkHeld', held: false })
    }
    const away = () => dispatch({ type: 'talkHeld', held: false })
    addEventListener('keydown', down)
    addEventListener('keyup', up)
    addEventListener('blur', away)
    return () => {
      removeEventListener('keydown', down)
      removeEventListener('keyup', up)
      removeEventListener('blur', away)
    }
  }, [dispatch])
}
