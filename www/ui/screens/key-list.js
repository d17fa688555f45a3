// The list of the keys, and whether they do something. It comes when it is first asked for.
/** @import { Words } from '../../words/index.js' */

import { useDispatch, useWords } from '../hooks/context.js'
import { sheets } from '../hooks/lazy.js'
import { Button } from '../parts/button.js'
import { Dialog } from '../parts/dialog.js'
import { Toggle } from '../parts/field.js'
import { h, html } from '../parts/html.js'

sheets('settings', 'key-list')

/** @param {{ on: boolean }} props */
export function KeyList({ on }) {
  const words = useWords()
  const dispatch = useDispatch()
  const close = () => dispatch({ type: 'keysToggled', open: false })
  return h(Dialog, {
    role: 'dialog', label: words.keys.title, className: 'settings', modal: true, onDismiss: close,
    children: html`
      <header className="dialog-head">
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
  ['F', keys.fullScreen], ['P', keys.float], ['O', keys.own], ['I', keys.people], ['H', keys.hand], ['?', keys.list],
]
