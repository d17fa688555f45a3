// Ringing several people, or all who are free, into one room.
/** @import { Person, PersonId } from '../../state/types.d.ts' */

import { MOST_AT_ONCE } from '../../state/selectors.js'
import { useDispatch, useWords } from '../hooks/context.js'
import { Button } from './button.js'
import { h, html } from './html.js'

/**
 * @param {object} props
 * @param {readonly Person[]} props.free who could come
 * @param {ReadonlySet<PersonId> | null} props.picked null: nobody is being picked
 * @param {(picked: ReadonlySet<PersonId> | null) => void} props.onPick
 */
export function RingSeveral({ free, picked, onPick }) {
  const { several: words } = useWords()
  const dispatch = useDispatch()
  const ring = (/** @type {readonly Person[]} */ whom) => {
    onPick(null)
    dispatch({ type: 'severalRung', people: whom.map(({ id }) => id) })
  }
  const chosen = free.filter(({ id }) => picked?.has(id))
  return html`
    <div className="ring-several" key=${picked === null}>
      ${picked === null && free.length <= MOST_AT_ONCE && h(Button, { label: words.everybody, icon: 'bell', onClick: () => ring(free) })}
      ${picked === null
        ? h(Button, { label: words.choose, text: words.some, kind: 'quiet', onClick: () => onPick(new Set()) })
        : h(Button, { label: words.ring(chosen.length), icon: 'bell', kind: 'go', disabled: chosen.length === 0 || chosen.length > MOST_AT_ONCE, onClick: () => ring(chosen) })}
      ${picked !== null && h(Button, { label: words.stop, kind: 'quiet', onClick: () => onPick(null) })}
    </div>`
}
