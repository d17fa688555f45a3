// Which language the page speaks. Each is called by its own name.
/** @import { Language } from '../../state/types.d.ts' */

import { languages } from '../../words/index.js'
import { useDispatch, useWords } from '../hooks/context.js'
import { Select } from './field.js'
import { h } from './html.js'

/** @param {{ language: Language, bare?: boolean }} props */
export function LanguageChoice({ language, bare }) {
  const words = useWords()
  const dispatch = useDispatch()
  return h(Select, {
    label: words.settings.language, bare, value: language,
    options: Object.entries(languages).map(([code, name]) => ({ value: code, text: name, lang: code })),
    onChoose: code => dispatch({ type: 'languageChosen', language: /** @type {Language} */ (code) }),
  })
}
