// Calls that were missed: who, when, and a way to call back. They stay until somebody has read them.
/** @import { Notice, NoticeText, State } from '../../state/types.d.ts' */

import { missed } from '../../state/selectors.js'
import { useDispatch, useWords } from '../hooks/context.js'
import { Button } from './button.js'
import { h, html } from './html.js'
import { sentence } from './notices.js'

/** The place stands empty, so that what comes is read. @param {{ state: State }} props */
export function Missed({ state }) {
  const notices = state.notices.filter(({ text }) => missed(text))
  return html`
    <div className="missed" role="status" aria-atomic="false">
      ${notices.map(notice => h(Call, { key: notice.id, notice, state }))}
    </div>`
}

/** @param {{ notice: Notice, state: State }} props */
function Call({ notice: { id, text }, state }) {
  const words = useWords()
  const dispatch = useDispatch()
  const { person, name, at = 0 } = /** @type {Extract<NoticeText, { type: 'invitation_ended' }>} */ (text)
  // After a restart of the box the number may be somebody else's.
  const here = person !== undefined && state.people.get(person)?.name === name && state.room === null
  const dismiss = () => dispatch({ type: 'noticeDismissed', id })
  return html`
    <div className="missed-call">
      <p>${sentence(words, text)} <time dateTime=${new Date(at).toISOString()}>${when(at, state.language)}</time></p>
      <span className="missed-answers">
        ${here && h(Button, { label: words.notices.callBackTo(name), text: words.notices.callBack, icon: 'phone', onClick: () => {
          dismiss()
          dispatch({ type: 'inviteClicked', to: person })
        } })}
        ${h(Button, { label: words.notices.dismiss, icon: 'close', round: true, kind: 'quiet', onClick: dismiss })}
      </span>
    </div>`
}

/** The time, and the day if that is another one. @param {number} at @param {State['language']} language */
function when(at, language) {
  const date = new Date(at)
  const today = date.toDateString() === new Date().toDateString()
  const tongue = language === 'szl' ? 'pl' : language
  return date.toLocaleString(tongue, { ...(!today && { day: 'numeric', month: 'short' }), hour: '2-digit', minute: '2-digit' })
}
