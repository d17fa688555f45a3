// Somebody calls, or knocks on the room. Over the whole page when one is free; a quiet strip during a call.
/** @import { Incoming, Knocking, Moment, State } from '../../state/types.d.ts' */

import { useSecondsLeft } from '../hooks/clock.js'
import { useDispatch, useWords } from '../hooks/context.js'
import { Avatar } from '../parts/avatar.js'
import { Button } from '../parts/button.js'
import { Dialog } from '../parts/dialog.js'
import { h, html } from '../parts/html.js'
import { Menu } from '../parts/menu.js'
import { SecondsLeft } from './calling.js'

/** @param {{ state: State }} props */
export function Incomings({ state }) {
  const { calls, room, settingsOpen, keysOpen, until } = state
  // A strip under the open settings could not be reached.
  const modal = room === null || settingsOpen || keysOpen
  const shown = room === null ? calls.slice(0, 1) : calls
  return html`
    <div className="incomings" aria-live="assertive">
      ${shown.map(call => h(IncomingCall, { key: call.invitation, call, inCall: room !== null, modal, more: calls.length - shown.length }))}
      ${room?.knocks.map(knocking => h(Knock, { key: `knock ${knocking.knock}`, knocking, until: until.get(knocking.knock), modal }))}
    </div>`
}

/** @param {{ call: Incoming, inCall: boolean, modal: boolean, more: number }} props */
function IncomingCall({ call, inCall, modal, more }) {
  const words = useWords()
  const dispatch = useDispatch()
  const { invitation, name, from } = call
  const together = call.members.filter(member => member !== name)
  const at = call.itself?.at ?? null
  const decline = () => dispatch({ type: 'declineClicked', invitation })
  const accept = () => dispatch({ type: 'acceptClicked', invitation })
  return h(Dialog, {
    role: 'alertdialog', label: words.incoming.isCalling(name), className: 'incoming', modal,
    children: html`
      ${h(Avatar, { name, person: from, size: modal ? 'large' : 'small', status: 'available' })}
      <div className="incoming-words">
        <p className="incoming-title">${words.incoming.isCalling(name)}</p>
        ${together.length > 0 && html`<p>${words.incoming.together(call.members)}</p>`}
        ${more > 0 && html`<p>${words.incoming.more(more)}</p>`}
        ${at === null ? h(SecondsLeft, { until: call.until }) : h(Answering, { name, at })}
      </div>
      <div className="incoming-answers">
        ${h(Button, { label: inCall ? words.incoming.leaveAndJoin : words.incoming.accept, kind: 'go', icon: 'phone', large: modal, onClick: accept })}
        ${inCall && h(Button, { label: words.incoming.bringHere, icon: 'invite', large: modal, onClick: () => dispatch({ type: 'bringHereClicked', invitation }) })}
        ${at !== null && h(Button, { label: words.answering.dont, kind: 'stop', icon: 'hangUp', large: modal, onClick: decline })}
        ${at === null && html`<div className="incoming-decline">
          ${h(Button, { label: words.incoming.decline, kind: 'stop', icon: 'hangUp', large: modal, onClick: decline })}
          ${h(Menu, {
            label: words.incoming.declineWith, icon: 'chevron', kind: 'stop',
            items: [
              .../** @type {const} */ (['busy', 'in_a_minute']).map(reason => ({
                text: words.incoming.reasons[reason],
                onChoose: () => dispatch({ type: 'declineClicked', invitation, reason }),
              })),
              { text: words.incoming.quiet(name), onChoose: () => dispatch({ type: 'quietClicked', person: from, on: true }) },
            ],
          })}
        </div>`}
      </div>`,
  })
}

/** In how long it is answered by itself. A screen reader has the words, and not every second. @param {{ name: string, at: Moment }} props */
function Answering({ name, at }) {
  const { answering: words } = useWords()
  const seconds = useSecondsLeft(at)
  return html`<p className="incoming-itself" role="status" aria-live="off" aria-label=${words.answering(name, seconds)}>${words.answering(name, seconds)}</p>`
}

/** @param {{ knocking: Knocking, until: number | undefined, modal: boolean }} props */
function Knock({ knocking, until, modal }) {
  const words = useWords()
  const dispatch = useDispatch()
  const { knock, name, person } = knocking
  return h(Dialog, {
    role: 'alertdialog', label: words.incoming.isKnocking(name), className: 'incoming', modal,
    children: html`
      ${h(Avatar, { name, person, size: modal ? 'large' : 'small', status: 'available' })}
      <div className="incoming-words">
        <p className="incoming-title">${words.incoming.isKnocking(name)}</p>
        ${until !== undefined && h(SecondsLeft, { until })}
      </div>
      <div className="incoming-answers">
        ${h(Button, { label: words.incoming.letIn, kind: 'go', icon: 'knock', large: modal, onClick: () => dispatch({ type: 'admitClicked', knock }) })}
        ${h(Button, { label: words.incoming.refuse, icon: 'close', large: modal, onClick: () => dispatch({ type: 'refuseClicked', knock }) })}
      </div>`,
  })
}
