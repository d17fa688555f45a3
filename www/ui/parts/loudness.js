// How loud somebody is here: a slider in their picture's menu, and a button that mutes them.
/** @import { Other, Volume } from '../../state/types.d.ts' */
/** @import { ChangeEvent } from '../../vendor/react.js' */

import { choosesLoudness } from '../../call/streams.js'
import { useId } from '../../vendor/react.js'
import { useDispatch, useWords } from '../hooks/context.js'
import { html } from './html.js'

/** A step of the keys. */
const STEP = 5

const chooses = choosesLoudness()

/** @param {{ who: Other, name: string, volume: Volume }} props */
export function Loudness({ who, name, volume }) {
  const words = useWords()
  const dispatch = useDispatch()
  const id = useId()
  const silent = volume.silent || volume.loudness === 0
  const value = silent ? 0 : volume.loudness
  return html`
    <div className="menu-loudness">
      ${chooses && html`
        <label htmlFor=${id}>${words.call.loudness(name)}</label>
        <input id=${id} type="range" min="0" max="100" step=${STEP} value=${value} aria-valuetext=${`${value} %`} tabIndex=${-1}
          onChange=${(/** @type {ChangeEvent<HTMLInputElement>} */ { target }) => dispatch({ type: 'loudnessChosen', who, loudness: Number(target.value) })} />`}
      <button className="menu-item" type="button" tabIndex=${-1} onClick=${() => dispatch({ type: 'muteForMeToggled', who })}>
        ${silent ? words.call.unmuteForMe : words.call.muteForMe}
      </button>
    </div>`
}
