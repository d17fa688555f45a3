// Waiting for somebody: a call that rings at the other end, or a knock on a room.
/** @import { Invited, Moment, State } from '../../state/types.d.ts' */

import { useSecondsLeft } from '../hooks/clock.js'
import { useDispatch, useWords } from '../hooks/context.js'
import { Avatar } from '../parts/avatar.js'
import { Button } from '../parts/button.js'
import { h, html } from '../parts/html.js'
import { Icon } from '../parts/icon.js'

/** @param {{ invited: Invited, until: Moment, mine: boolean }} props mine: I called, so I may cancel */
export function Calling({ invited, until, mine }) {
  const words = useWords()
  const dispatch = useDispatch()
  const title = words.calling.calling(invited.name)
  return html`
    <div className="calling" data-progress=${invited.progress}>
      ${h(Avatar, { name: invited.name, person: invited.to })}
      <div className="calling-words" role="status" aria-label=${title}>
        <p className="calling-title">${title}</p>
        <p>${words.calling.progress[invited.progress]}</p>
      </div>
      ${h(SecondsLeft, { until })}
      ${mine && h(Button, { label: words.calling.cancel, onClick: () => dispatch({ type: 'cancelClicked', invitation: invited.invitation }) })}
    </div>`
}

/** @param {{ knock: NonNullable<State['knock']> }} props */
export function Waiting({ knock }) {
  const words = useWords()
  const dispatch = useDispatch()
  return html`
    <div className="calling">
      <span className="calling-knock">${h(Icon, { name: 'knock' })}</span>
      <div className="calling-words" role="status" aria-label=${words.calling.waiting}>
        <p className="calling-title">${words.calling.waiting}</p>
        <p>${words.calling.waitingHow}</p>
      </div>
      ${h(SecondsLeft, { until: knock.until })}
      ${h(Button, { label: words.calling.withdraw, onClick: () => dispatch({ type: 'withdrawClicked' }) })}
    </div>`
}

/** @param {{ until: Moment }} props */
export function SecondsLeft({ until }) {
  const words = useWords()
  const seconds = useSecondsLeft(until)
  return html`<span className="seconds" role="timer" aria-label=${words.calling.secondsLeft(seconds)}>${seconds} s</span>`
}
