// Waiting for somebody: a call that rings at the other end, or a knock on a room.
/** @import { Invited, Moment, State } from '../../state/types.d.ts' */

import { useSecondsLeft } from '../hooks/clock.js'
import { useDispatch, useWords } from '../hooks/context.js'
import { Avatar } from '../parts/avatar.js'
import { Button } from '../parts/button.js'
import { h, html } from '../parts/html.js'
import { Icon } from '../parts/icon.js'

/** @param {{ invited: Invited, until: Moment, mine: boolean, itself: boolean }} props mine: I called, so I may cancel; itself: calls are answered there by themselves */
export function Calling({ invited, until, mine, itself }) {
  const words = useWords()
  const dispatch = useDispatch()
  const title = words.calling.calling(invited.name)
  return html`
    <div className="calling" data-progress=${invited.progress}>
      ${h(Avatar, { name: invited.name, person: invited.to })}
      <div className="calling-words" role="status" aria-label=${title}>
        <p className="calling-title">${title}</p>
        <p>${words.calling.progress[invited.progress]}</p>
        ${itself && html`<p>${words.answering.calling}</p>`}
      </div>
      ${h(SecondsLeft, { until })}
      ${mine && h(Button, { label: words.calling.cancel, onClick: () => dispatch({ type: 'cancelClicked', invitation: invited.invitation }) })}
    </div>`
}

/** Several at once, in one card. @param {{ invited: readonly Invited[], until: Moment }} props */
export function CallingSeveral({ invited, until }) {
  const words = useWords()
  const dispatch = useDispatch()
  const title = words.several.calling(invited.length)
  return html`
    <div className="calling">
      <span className="calling-knock">${h(Icon, { name: 'bell' })}</span>
      <div className="calling-words" role="status" aria-label=${title}>
        <p className="calling-title">${title}</p>
        <p>${words.several.names(invited.map(({ name }) => name))}</p>
      </div>
      ${h(SecondsLeft, { until })}
      ${h(Button, { label: words.calling.cancel, onClick: () => dispatch({ type: 'cancelAllClicked' }) })}
    </div>`
}

/** @param {{ knock: NonNullable<State['knock']>, names: readonly string[] }} props names: who is in the room */
export function Waiting({ knock, names }) {
  const words = useWords()
  const dispatch = useDispatch()
  return html`
    <div className="calling">
      <span className="calling-knock">${h(Icon, { name: 'knock' })}</span>
      <div className="calling-words" role="status" aria-label=${words.calling.waiting}>
        <p className="calling-title">${words.calling.waiting}</p>
        <p>${names.length > 0 ? words.calling.knockingAt(names) : words.calling.waitingHow}</p>
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
