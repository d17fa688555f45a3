// One person in the call: the picture, or the initials while there is none, the name, and what is the matter.
/** @import { Path, PersonId, Who } from '../types.d.ts' */
/** @import { ReactNode } from '../vendor/react.js' */

import { useEffect, useRef } from '../vendor/react.js'
import { attachStream, watchLevel } from '../streams.js'
import { Avatar } from './avatar.js'
import { useWords } from './context.js'
import { h, html } from './html.js'
import { Icon } from './icon.js'

/**
 * @param {object} props
 * @param {Who} props.who
 * @param {PersonId} props.person chooses the colour
 * @param {string} props.name
 * @param {boolean} props.shown there is a picture
 * @param {boolean} props.muted
 * @param {boolean} [props.speaking]
 * @param {Path['kind']} [props.path] how the media goes; of others only
 * @param {string} [props.trouble] why there is no picture now
 * @param {boolean} [props.host]
 * @param {ReactNode} [props.children] what one may do about this person
 */
export function Tile({ who, person, name, shown, muted, speaking = false, path, trouble, host, children }) {
  const words = useWords()
  const tile = useRef(/** @type {HTMLDivElement | null} */ (null))
  const video = useRef(/** @type {HTMLVideoElement | null} */ (null))
  const label = who === 'me' ? words.call.you : name

  useEffect(() => attachStream(/** @type {HTMLVideoElement} */ (video.current), who), [who])
  useEffect(() => watchLevel(who, level => tile.current?.style.setProperty('--level', String(level))), [who])

  return html`
    <div className="tile" ref=${tile} role="group" aria-label=${label} data-who=${who === 'me' ? 'me' : 'other'} data-source=${typeof who === 'string' && who !== 'me' ? 'screen' : 'camera'}
      data-path=${path} data-shown=${shown} data-muted=${muted} data-speaking=${speaking} data-trouble=${trouble !== undefined}>
      <video className="tile-video" ref=${video} autoPlay playsInline muted></video>
      ${!shown && h(Avatar, { name, person, size: 'large' })}
      ${trouble && html`<p className="tile-trouble">${trouble}</p>`}
      <div className="tile-label">
        ${muted && html`<span className="tile-mark" role="img" aria-label=${words.call.muted}>${h(Icon, { name: 'microphoneOff' })}</span>`}
        <span className="tile-name">${label}</span>
        ${host && html`<span className="tile-mark" role="img" aria-label=${words.call.host} title=${words.call.host}>${h(Icon, { name: 'host' })}</span>`}
      </div>
      ${children && html`<div className="tile-menu">${children}</div>`}
    </div>`
}
