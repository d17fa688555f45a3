// What a member shows beside the name: the raised hand with its place, and reactions. It comes with the first call.
/** @import { Reaction, Shown } from '../../state/types.d.ts' */

import { useWords } from '../hooks/context.js'
import { sheets } from '../hooks/lazy.js'
import { h, html } from './html.js'
import { Icon } from './icon.js'

sheets('gestures')

/** 24 by 24, as all pictograms. @type {Readonly<Record<Reaction, readonly string[]>>} */
const pictograms = {
  thumbs_up: ['M7.5 10.5l3.7-7a2.1 2.1 0 0 1 2.2 2.4l-.5 3.6h5.3a2 2 0 0 1 2 2.4l-1.4 6.6a2 2 0 0 1-2 1.5H7.5Z', 'M4 10.5h3.5V20H4Z'],
  heart: ['M12 20.2C7 16.6 3.5 13.5 3.5 9.6a4.6 4.6 0 0 1 8.5-2.4 4.6 4.6 0 0 1 8.5 2.4c0 3.9-3.5 7-8.5 10.6Z'],
  laugh: ['M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17Z', 'M7.6 10.4c.7-1 1.9-1 2.6 0', 'M13.8 10.4c.7-1 1.9-1 2.6 0', 'M7.5 13.3h9a4.5 4.5 0 0 1-9 0Z'],
  applause: ['M9.6 20.3c-3.4-.7-5.4-3.5-4.8-6.9l.9-4.6a1.25 1.25 0 0 1 2.4.5l-.4 2.4 4.9-5.3a1.25 1.25 0 0 1 1.9 1.7l-3.3 3.7', 'M11.2 11.8l4.2-4.2a1.25 1.25 0 0 1 1.8 1.8l-3.9 4', 'M13.3 13.4l3.3-3a1.25 1.25 0 0 1 1.7 1.8l-4.6 5.3a5.6 5.6 0 0 1-4.1 2.8', 'M16.6 3.2l-.5 1.9', 'M20 4.6l-1.4 1.5', 'M21.4 8l-2 .5'],
}

/** @param {{ reaction: Reaction }} props */
export function ReactionIcon({ reaction }) {
  return html`
    <svg className="icon reaction" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      ${pictograms[reaction].map(d => html`<path key=${d} d=${d} />`)}
    </svg>`
}

/** @param {{ hand?: number, reactions: readonly Shown[] }} props hand: its place */
export function Signs({ hand, reactions }) {
  const { gestures: words } = useWords()
  return html`
    ${reactions.length > 0 && html`
      <span className="tile-mark tile-reactions">
        ${reactions.map(({ id, reaction, count }) => html`
          <span className="tile-reaction" key=${id} role="img" aria-label=${words.reactions[reaction]}>
            ${h(ReactionIcon, { reaction })}${count > 1 && html`<span>${count}</span>`}
          </span>`)}
      </span>`}
    ${hand !== undefined && html`<span className="tile-mark tile-hand" role="img" aria-label=${words.raised(hand)} title=${words.raised(hand)}>${h(Icon, { name: 'hand' })}<span>${hand}</span></span>`}`
}
