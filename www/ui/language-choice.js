// Which language the page speaks. Each is called by its own name.
/** @import { Language } from '../types.d.ts' */

import { useId } from '../vendor/react.js'
import { languages } from '../words/index.js'
import { useDispatch, useWords } from './context.js'
import { h, html } from './html.js'
import { Icon } from './icon.js'

/** @param {{ language: Language }} props */
export function LanguageChoice({ language }) {
  const words = useWords()
  const dispatch = useDispatch()
  const id = useId()
  return html`
    <div className="language-choice">
      <label className="language-choice-label" htmlFor=${id}>${h(Icon, { name: 'language' })}<span>${words.settings.language}</span></label>
      <div className="select">
        <select id=${id} value=${language}
          onChange=${(/** @type {import('../vendor/react.js').ChangeEvent<HTMLSelectElement>} */ event) =>
            dispatch({ type: 'languageChosen', language: /** @type {Language} */ (event.target.value) })}>
          ${Object.entries(languages).map(([code, { name }]) => html`<option key=${code} value=${code} lang=${code}>${name}</option>`)}
        </select>
        ${h(Icon, { name: 'chevron' })}
      </div>
    </div>`
}
