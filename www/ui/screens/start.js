// The start: say your name, see and hear yourself, enter.
/** @import { State } from '../../state/types.d.ts' */

import { mirrored, visible } from '../../state/selectors.js'
import { useDispatch, useWords } from '../hooks/context.js'
import { Brand } from '../parts/brand.js'
import { Button } from '../parts/button.js'
import { DeviceChoice, Troubles } from '../parts/device-choice.js'
import { NameField, PinField } from '../parts/field.js'
import { h, html } from '../parts/html.js'
import { LanguageChoice } from '../parts/language-choice.js'
import { Tile } from '../parts/tile.js'

/** @param {{ state: State }} props */
export function Start({ state }) {
  const words = useWords()
  const dispatch = useDispatch()
  const { me, connection } = state
  const entering = me.entered
  const failed = state.camera.status === 'failed' || state.microphone.status === 'failed'
  const asking = state.camera.status === 'asking' || state.microphone.status === 'asking'
  const unreached = connection.status === 'lost' || (connection.status === 'connecting' && connection.failing)

  const submit = (/** @type {import('../../vendor/react.js').FormEvent} */ event) => {
    event.preventDefault()
    if (!entering) dispatch({ type: 'entered' })
    // Where the same was wrong before, the field does not notice.
    const wrong = /** @type {HTMLInputElement | null} */ (event.currentTarget.querySelector('input[aria-invalid=true]'))
    wrong?.focus()
  }
  return html`
    <main className="start">
      <div className="start-words">
        ${h(Brand, { large: true })}
        ${state.space && html`<p className="space-title">${state.space.title}</p>`}
        <p className="start-tagline">${words.start.greeting} ${words.start.tagline}</p>
        ${state.unable && html`<p className="unable" role="alert">${words.connection.unable[state.unable]}</p>`}
        ${state.link && html`<p className="start-hint">${words.start.link}</p>`}
        <form className="start-form" onSubmit=${submit}>
          ${h(NameField, {
            label: words.start.yourName, value: me.name, problem: me.nameRefused ? words.start.nameRefused : undefined,
            autoFocus: me.name === '', onType: name => dispatch({ type: 'nameTyped', name }),
          })}
          ${me.pin.asked && h(PinField, {
            label: words.start.pin, hint: words.start.pinHint, value: me.pin.typed,
            problem: me.pin.problem ? words.notices.errors[me.pin.problem] : undefined,
            onType: pin => dispatch({ type: 'pinTyped', pin }),
          })}
          ${h(Button, { label: entering ? words.start.entering : words.start.enter, kind: 'go', large: true, type: 'submit', disabled: entering })}
          ${unreached && html`<p className="start-hint" role="status">${words.connection.lost}</p>`}
        </form>
        ${h(LanguageChoice, { language: state.language, bare: true })}
      </div>
      <section className="start-picture" aria-label=${words.start.preview}>
        ${h(Tile, { who: 'me', person: 0, name: me.name, shown: visible(state), muted: false, note: state.dataUse === 'sound' ? words.data.soundOnly : undefined, mirrored: mirrored(state), trouble: asking ? words.devices.asking : undefined })}
        <div className="start-troubles">
          ${h(Troubles, { state })}
          ${failed && html`<p>${words.start.without}</p>`}
        </div>
        ${h(DeviceChoice, { state })}
      </section>
    </main>`
}
