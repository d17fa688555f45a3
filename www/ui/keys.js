// Keys that do something during a call, and the list of them.
/** @import { State } from '../types.d.ts' */
/** @import { Screen } from './screen.js' */
/** @import { Words } from '../words/index.js' */

import { useEffect, useRef } from '../vendor/react.js'
import { Button } from './button.js'
import { useDispatch, useWords } from './context.js'
import { Dialog } from './dialog.js'
import { Toggle } from './field.js'
import { h, html } from './html.js'

/** What is typed into or chosen from takes its keys itself. */
const OWN_KEYS = 'input, select, textarea, [role=menu]'

/**
 * @param {State} state
 * @param {object} doing what is no matter of the state
 * @param {Screen} doing.screen
 * @param {() => void} doing.onPeople
 */
export function useKeys(state, { screen, onPeople }) {
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
    f: screen.toggleFill,
    p: screen.toggleFloat,
    i: onPeople,
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

/** @param {{ on: boolean }} props */
export function Keys({ on }) {
  const words = useWords()
  const dispatch = useDispatch()
  const close = () => dispatch({ type: 'keysToggled', open: false })
  return h(Dialog, {
    role: 'dialog', label: words.keys.title, className: 'settings', modal: true, onDismiss: close,
    children: html`
      <header className="settings-head">
        <h2>${words.keys.title}</h2>
        ${h(Button, { label: words.settings.close, icon: 'close', round: true, kind: 'quiet', onClick: close })}
      </header>
      <dl className="keys">
        ${list(words).map(([key, what]) => html`<div key=${key}><dt><kbd>${key}</kbd></dt><dd>${what}</dd></div>`)}
      </dl>
      ${h(Toggle, { label: words.keys.on, on, onChange: on => dispatch({ type: 'keysChosen', on }) })}`,
  })
}

/** @param {Words} words @returns {[string, string][]} */
const list = ({ keys }) => [
  [keys.space, keys.hold], ['M', keys.mute], ['V', keys.camera], ['S', keys.share], ['L', keys.layout],
  ['F', keys.fullScreen], ['P', keys.float], ['I', keys.people], ['?', keys.list],
]
