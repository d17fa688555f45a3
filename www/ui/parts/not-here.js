// Whom this device has met and who is not here now: when they were, and a way to be told when they come.
/** @import { Known, Language, State } from '../../state/types.d.ts' */

import { absent } from '../../state/selectors.js'
import { useId } from '../../vendor/react.js'
import { useDispatch, useWords } from '../hooks/context.js'
import { Avatar } from './avatar.js'
import { Button } from './button.js'
import { h, html } from './html.js'

/** So many are shown at once; the others are asked for. */
const FEW = 3

/** Days after which a day has its date. */
const WEEK = 7
const DAY = 86_400_000

/** @param {{ state: State }} props */
export function NotHere({ state }) {
  const { notHere: words } = useWords()
  const id = useId()
  const all = absent(state)
  if (all.length === 0) return null
  const list = (/** @type {readonly Known[]} */ some) => html`
    <ul role="list" aria-labelledby=${id}>${some.map(one => h(Absent, { key: one.mark, one, language: state.language }))}</ul>`
  return html`
    <section className="not-here" aria-labelledby=${id}>
      <h3 id=${id}>${words.title}</h3>
      ${list(all.slice(0, FEW))}
      ${all.length > FEW && html`
        <details className="people-share"><summary>${words.more(all.length - FEW)}</summary>${list(all.slice(FEW))}</details>`}
    </section>`
}

/** @param {{ one: Known, language: Language }} props */
function Absent({ one: { name, mark, at, watched }, language }) {
  const { notHere: words } = useWords()
  const dispatch = useDispatch()
  return html`
    <li className="person">
      ${h(Avatar, { name, person: mark.charCodeAt(0), status: 'away' })}
      <span className="person-words">
        <span className="person-name">${name}</span>
        <time className="person-status" dateTime=${new Date(at).toISOString()}>${words.was(when(at, Date.now(), language))}</time>
      </span>
      ${h(Button, {
        label: words.tell(name), text: words.tellShort, icon: 'bell', off: watched, pressed: watched,
        onClick: () => dispatch({ type: 'watchToggled', mark }),
      })}
    </li>`
}

/** As one says it: today and yesterday with the time, for a week the days that have gone, then the date. @param {number} at @param {number} now @param {Language} language */
export function when(at, now, language) {
  const tongue = language === 'szl' ? 'pl' : language
  const midnight = (/** @type {number} */ time) => new Date(time).setHours(0, 0, 0, 0)
  const days = Math.max(0, Math.round((midnight(now) - midnight(at)) / DAY))
  if (days >= WEEK) return new Intl.DateTimeFormat(tongue, { day: 'numeric', month: 'long', ...(new Date(at).getFullYear() !== new Date(now).getFullYear() && { year: 'numeric' }) }).format(at)
  const day = new Intl.RelativeTimeFormat(tongue, { numeric: 'auto' }).format(-days, 'day')
  return days > 1 ? day : `${day} ${new Intl.DateTimeFormat(tongue, { hour: 'numeric', minute: '2-digit' }).format(at)}`
}
