// Whether somebody is really to be removed from the call: it cannot be taken back, and the next button is near.
/** @import { PersonId, State } from '../../state/types.d.ts' */

import { useDispatch, useWords } from '../hooks/context.js'
import { Button } from '../parts/button.js'
import { Dialog } from '../parts/dialog.js'
import { h, html } from '../parts/html.js'

/** @param {{ state: State, member: PersonId }} props */
export function Removal({ state, member }) {
  const words = useWords()
  const dispatch = useDispatch()
  const name = state.room?.members.find(({ id }) => id === member)?.name ?? ''
  const answer = (/** @type {boolean} */ yes) => () => dispatch({ type: 'removalAnswered', yes })
  return h(Dialog, {
    role: 'alertdialog', label: words.call.removeSure(name), className: 'question', modal: true, onDismiss: answer(false),
    children: html`
      <h2>${words.call.removeSure(name)}</h2>
      <p>${words.call.removeMeans}</p>
      <div className="question-answers">
        ${h(Button, { label: words.calling.cancel, large: true, onClick: answer(false) })}
        ${h(Button, { label: words.call.remove, kind: 'stop', large: true, onClick: answer(true) })}
      </div>`,
  })
}
