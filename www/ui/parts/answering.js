// The settings of calls that this device answers by itself: whose, and with a picture or not.
/** @import { Answering, State } from '../../state/types.d.ts' */

import { others } from '../../state/selectors.js'
import { useDispatch, useWords } from '../hooks/context.js'
import { sheets } from '../hooks/lazy.js'
import { Button } from './button.js'
import { Select, Toggle } from './field.js'
import { h, html } from './html.js'

sheets('answering')

/** @type {readonly Answering['whom'][]} */
const WHOM = ['nobody', 'chosen', 'everybody']

/** @param {{ state: State }} props */
export function AnsweringChoice({ state }) {
  const { answering: words } = useWords()
  const dispatch = useDispatch()
  const { whom, camera, people } = state.answering
  // The box tells of devices once everybody sees that this page answers.
  const seen = state.people.get(state.me.id ?? 0)?.answers_itself
  const known = seen ? others(state) : []
  return html`
    <div className="answering">
      ${h(Select, {
        label: words.title, value: whom, options: WHOM.map(value => ({ value, text: words.whom[value] })),
        onChoose: value => dispatch({ type: 'answeringChosen', answering: { whom: /** @type {Answering['whom']} */ (value) } }),
      })}
      ${whom !== 'nobody' && html`<p className="answering-means">${words.means}</p>`}
      ${whom !== 'nobody' && h(Toggle, { label: words.camera, on: camera, onChange: camera => dispatch({ type: 'answeringChosen', answering: { camera } }) })}
      ${whom === 'chosen' && html`
        <ul className="answering-people" role="list" aria-label=${words.whom.chosen}>
          ${people.map(({ mark, name }) => html`
            <li key=${mark}>
              <span>${name}</span>
              ${h(Button, { label: words.remove(name), icon: 'close', round: true, kind: 'quiet', onClick: () => dispatch({ type: 'answererRemoved', mark }) })}
            </li>`)}
          ${people.length === 0 && html`<li>${words.none}</li>`}
        </ul>
        ${h(Select, {
          label: words.add, value: '', options: [{ value: '', text: known.length > 0 || !seen ? '…' : words.nobodyHere }, ...known.map(({ id, name }) => ({ value: String(id), text: name }))],
          onChoose: id => id && dispatch({ type: 'answererAdded', person: Number(id) }),
        })}
        <p className="answering-means">${words.device}</p>`}
    </div>`
}
