// Things to fill in: a line of text, a choice of one.
/** @import { ChangeEvent, ReactNode } from '../../vendor/react.js' */

import { useEffect, useId, useRef } from '../../vendor/react.js'
import { h, html } from './html.js'
import { Icon } from './icon.js'

/**
 * A line for a name.
 *
 * @param {object} props
 * @param {string} props.label
 * @param {string} props.value
 * @param {string} [props.problem] what is wrong with it
 * @param {boolean} [props.autoFocus]
 * @param {(value: string) => void} props.onType
 * @param {ReactNode} [props.children] stands beside it
 */
export function NameField({ label, value, problem, autoFocus, onType, children }) {
  const id = useId()
  const input = useFocus(autoFocus, problem)
  const problemId = `${id}-problem`
  return html`
    <div className="field">
      <label className="field-label" htmlFor=${id}>${label}</label>
      <div className="field-row">
        <input className="field-input" id=${id} ref=${input} type="text" value=${value} maxLength="80" required
          autoComplete="nickname" autoCapitalize="words" spellCheck="false" enterKeyHint="go"
          aria-invalid=${problem !== undefined} aria-describedby=${problem && problemId}
          onChange=${(/** @type {ChangeEvent<HTMLInputElement>} */ event) => onType(event.target.value)} />
        ${children}
      </div>
      ${problem && html`<p className="field-problem" id=${problemId} role="alert">${problem}</p>`}
    </div>`
}

/** To be typed into at once, but drawn first: to focus something lays the page out. And to be typed anew. @param {boolean} [wanted] @param {string} [problem] */
function useFocus(wanted, problem) {
  const input = useRef(/** @type {HTMLInputElement | null} */ (null))
  useEffect(() => {
    const frame = wanted ? requestAnimationFrame(() => input.current?.focus()) : 0
    return () => cancelAnimationFrame(frame)
  }, [])
  useEffect(() => {
    if (problem === undefined) return
    input.current?.focus()
    input.current?.select()
  }, [problem])
  return input
}

/**
 * A line for digits that nobody else should read.
 *
 * @param {object} props
 * @param {string} props.label
 * @param {string} props.hint where it is to be had
 * @param {string} props.value
 * @param {string} [props.problem] what is wrong with it
 * @param {(value: string) => void} props.onType
 */
export function PinField({ label, hint, value, problem, onType }) {
  const id = useId()
  const input = useFocus(true, problem)
  const wordId = `${id}-word`
  return html`
    <div className="field">
      <label className="field-label" htmlFor=${id}>${label}</label>
      <input className="field-input" id=${id} ref=${input} type="password" inputMode="numeric" value=${value} maxLength="12" required
        autoComplete="off" enterKeyHint="go" aria-invalid=${problem !== undefined} aria-describedby=${wordId}
        onChange=${(/** @type {ChangeEvent<HTMLInputElement>} */ event) => onType(event.target.value)} />
      ${problem
        ? html`<p className="field-problem" id=${wordId} role="alert">${problem}</p>`
        : html`<p className="field-hint" id=${wordId}>${hint}</p>`}
    </div>`
}

/**
 * @param {object} props
 * @param {string} props.label
 * @param {boolean} [props.bare] the label is for screen readers only
 * @param {string} props.value
 * @param {{ value: string, text: string, lang?: string }[]} props.options
 * @param {(value: string) => void} props.onChoose
 */
export function Select({ label, bare, value, options, onChoose }) {
  const id = useId()
  return html`
    <div className="field">
      <label className=${bare ? 'hidden' : 'field-label'} htmlFor=${id}>${label}</label>
      <div className="field-select" data-bare=${bare}>
        <select id=${id} value=${value} onChange=${(/** @type {ChangeEvent<HTMLSelectElement>} */ event) => onChoose(event.target.value)}>
          ${options.map(option => html`<option key=${option.value} value=${option.value} lang=${option.lang}>${option.text}</option>`)}
        </select>
        ${h(Icon, { name: 'chevron' })}
      </div>
    </div>`
}

/** Something that is on or off. @param {{ label: string, on: boolean, onChange: (on: boolean) => void }} props */
export function Toggle({ label, on, onChange }) {
  return html`
    <label className="toggle">
      <input type="checkbox" role="switch" checked=${on} onChange=${(/** @type {ChangeEvent<HTMLInputElement>} */ event) => onChange(event.target.checked)} />
      <span>${label}</span>
    </label>`
}

/** Narrows a list. @param {{ label: string, value: string, onType: (value: string) => void }} props */
export function Search({ label, value, onType }) {
  return html`
    <label className="search">
      ${h(Icon, { name: 'search' })}
      <input className="field-input" type="search" value=${value} placeholder=${label} aria-label=${label} autoComplete="off" spellCheck="false"
        onChange=${(/** @type {ChangeEvent<HTMLInputElement>} */ event) => onType(event.target.value)} />
    </label>`
}
