// Settings: devices, name, language, notifications.
/** @import { DataUse, State } from '../../state/types.d.ts' */

import { useState } from '../../vendor/react.js'
import { useDispatch, useWords } from '../hooks/context.js'
import { sheets, useLazy } from '../hooks/lazy.js'
import { TOUCH, useMediaQuery } from '../hooks/media-query.js'
import { Button } from '../parts/button.js'
import { DeviceChoice, Troubles } from '../parts/device-choice.js'
import { Dialog } from '../parts/dialog.js'
import { NameField, Select, Toggle } from '../parts/field.js'
import { h, html } from '../parts/html.js'
import { LanguageChoice } from '../parts/language-choice.js'

sheets('settings')

/** @type {readonly DataUse[]} */
const USES = ['everything', 'save', 'sound']

/** @param {{ state: State }} props */
export function Settings({ state }) {
  const words = useWords()
  const dispatch = useDispatch()
  const { connection } = state
  const keyboard = !useMediaQuery(TOUCH)
  const answering = useLazy(true, () => import('../parts/answering.js'))
  const close = () => dispatch({ type: 'settingsToggled', open: false })
  const showKeys = () => {
    close()
    dispatch({ type: 'keysToggled', open: true })
  }
  return h(Dialog, {
    role: 'dialog', label: words.settings.title, className: 'settings', modal: true, onDismiss: close,
    children: html`
      <header className="dialog-head">
        <h2>${words.settings.title}</h2>
        ${h(Button, { label: words.settings.close, icon: 'close', round: true, kind: 'quiet', onClick: close })}
      </header>
      ${h(Troubles, { state })}
      ${h(DeviceChoice, { state })}
      <div>
        ${h(Toggle, { label: words.settings.onlyInCalls, on: state.onlyInCalls, onChange: () => dispatch({ type: 'onlyInCallsToggled' }) })}
        ${'wakeLock' in navigator && h(Toggle, { label: words.settings.stayAwake, on: state.stayAwake, onChange: () => dispatch({ type: 'stayAwakeToggled' }) })}
        ${h(Toggle, { label: words.gestures.sounds, on: state.gestureSounds, onChange: () => dispatch({ type: 'gestureSoundsToggled' }) })}
      </div>
      ${h(Select, {
        label: words.data.title, value: state.dataUse,
        options: USES.map(value => ({ value, text: words.data.uses[value] })),
        onChoose: use => dispatch({ type: 'dataUseChosen', use: /** @type {DataUse} */ (use) }),
      })}
      ${answering && h(answering.AnsweringChoice, { state })}
      ${h(Name, { name: state.me.name, refused: state.me.nameRefused })}
      ${h(LanguageChoice, { language: state.language })}
      ${h(Notifications, { notifications: state.notifications })}
      ${state.known.length > 0 && h(Button, { label: words.notHere.forget, onClick: () => dispatch({ type: 'knownForgotten' }) })}
      ${keyboard && h(Button, { label: words.keys.title, icon: 'keys', onClick: showKeys })}
      ${!state.hosted && html`<a className="button" href=${`/trust?aside&lang=${state.language}`} target="_blank" rel="noopener">${words.settings.noMoreWarnings}</a>`}
      ${connection.status === 'open' && html`<p className="settings-about">${words.settings.about(state.hosted ? location.host : connection.host, connection.version)}</p>`}`,
  })
}

/** @param {{ name: string, refused: boolean }} props */
function Name({ name, refused }) {
  const words = useWords()
  const dispatch = useDispatch()
  const [typed, type] = useState(name)
  const submit = (/** @type {import('../../vendor/react.js').FormEvent} */ event) => {
    event.preventDefault()
    dispatch({ type: 'renamed', name: typed })
  }
  return html`
    <form onSubmit=${submit}>
      ${h(NameField, {
        label: words.start.yourName, value: typed, problem: refused ? words.start.nameRefused : undefined, onType: type,
        children: h(Button, { label: words.settings.save, type: 'submit', disabled: typed === name }),
      })}
    </form>`
}

/** @param {{ notifications: State['notifications'] }} props */
function Notifications({ notifications }) {
  const words = useWords()
  const dispatch = useDispatch()
  return html`
    <div className="field">
      <span className="field-label">${words.settings.notifications.title}</span>
      ${notifications === 'default'
        ? h(Button, { label: words.settings.notifications.default, icon: 'bell', onClick: () => dispatch({ type: 'notificationsAsked' }) })
        : html`<p>${words.settings.notifications[notifications]}</p>`}
    </div>`
}
