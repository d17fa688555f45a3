// The sign of a call that was answered by itself: on the page that did so, and for those who see it.
/** @import { Room, State } from '../../state/types.d.ts' */

import { useDispatch, useWords } from '../hooks/context.js'
import { sheets } from '../hooks/lazy.js'
import { Button } from './button.js'
import { h, html } from './html.js'
import { Icon } from './icon.js'

sheets('unattended')

/** @param {{ state: State, room: Room }} props */
export function Unattended({ state, room }) {
  const { answering: words } = useWords()
  const dispatch = useDispatch()
  const others = room.members.filter(({ id }) => id !== state.me.id)
  const names = others.filter(({ media }) => media.unattended).map(({ name }) => name)
  return html`
    ${state.unattended !== null && others.length > 0 && html`
      <div className="unattended-sign">
        <p>${h(Icon, { name: 'bell' })}<span>${words.sign(others.map(({ name }) => name))}</span></p>
        ${h(Button, { label: words.here, onClick: () => dispatch({ type: 'presenceSaid' }) })}
      </div>`}
    ${names.length > 0 && html`<div className="unattended-sign"><p>${h(Icon, { name: 'bell' })}<span>${words.answered(names)}</span></p></div>`}`
}
