// A button: with words, or with a pictogram whose words are its name.
/** @import { Pictogram } from './icon.js' */

import { h, html } from './html.js'
import { Icon } from './icon.js'

/**
 * @param {object} props
 * @param {string} props.label what it is called
 * @param {string} [props.text] what is written on it, when that is shorter; it must be a part of the label
 * @param {Pictogram} [props.icon]
 * @param {boolean} [props.round] the pictogram alone; the label shows on hovering
 * @param {'plain' | 'go' | 'stop' | 'quiet' | 'tile'} [props.kind]
 * @param {boolean} [props.large]
 * @param {boolean} [props.off] what it switches is off
 * @param {boolean} [props.disabled]
 * @param {boolean} [props.pressed] it switches something, which is on or not
 * @param {boolean} [props.expanded] it opens something, which is open or not
 * @param {string} [props.hint] more to say about it
 * @param {'button' | 'submit'} [props.type]
 * @param {import('../../vendor/react.js').Ref<HTMLButtonElement>} [props.reference]
 * @param {() => void} [props.onClick]
 */
export function Button({ label, text = label, icon, round, kind = 'plain', large, off, disabled, pressed, expanded, hint, type = 'button', reference, onClick }) {
  return html`
    <button className="button" type=${type} ref=${reference} disabled=${disabled} onClick=${onClick}
      data-kind=${kind} data-round=${round} data-large=${large} data-off=${off}
      aria-label=${round || text !== label ? label : undefined} aria-expanded=${expanded} aria-pressed=${pressed}
      aria-description=${hint} title=${round ? hint ?? label : undefined}>
      ${icon && h(Icon, { name: icon })}${!round && html`<span>${text}</span>`}
    </button>`
}
