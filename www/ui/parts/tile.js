// One person in the call: the picture, or the initials while there is none, the name, and what is the matter.
/** @import { Path, PersonId, Who } from '../../state/types.d.ts' */
/** @import { ReactNode } from '../../vendor/react.js' */
/** @import { Box } from './arrange.js' */

import { attachStream, watchLevel } from '../../call/streams.js'
import { useEffect, useRef } from '../../vendor/react.js'
import { useWords } from '../hooks/context.js'
import { draggable } from '../hooks/drag.js'
import { Zoomable } from '../hooks/zoom.js'
import { Avatar } from './avatar.js'
import { h, html } from './html.js'
import { Icon } from './icon.js'

/**
 * @param {object} props
 * @param {Who} props.who
 * @param {PersonId} props.person chooses the colour
 * @param {string} props.name
 * @param {boolean} props.shown there is a picture
 * @param {boolean} props.muted
 * @param {string} [props.note] stands beside the name
 * @param {boolean} [props.silent] not heard on this device
 * @param {boolean} [props.mirrored]
 * @param {boolean} [props.lit] by the voice, which costs a little all the time
 * @param {boolean} [props.speaking]
 * @param {Path['kind']} [props.path] how the media goes; of others only
 * @param {boolean} [props.weak] the network is bad
 * @param {string} [props.trouble] why there is no picture
 * @param {boolean} [props.host]
 * @param {ReactNode} [props.signs] the raised hand, reactions
 * @param {Box} [props.box] where it lies; without one the sheet says
 * @param {boolean} [props.large]
 * @param {boolean} [props.cornered] it lies on another one
 * @param {boolean} [props.pinned]
 * @param {boolean} [props.near] it is seen from near
 * @param {(near: boolean) => void} [props.onNear] it may be looked at closely, and was
 * @param {() => void} [props.onPin] it was tapped twice
 * @param {(box: Box) => void} [props.onDrop] it may be dragged, and was dropped there
 * @param {ReactNode} [props.menu] what one may do about this person
 */
export function Tile({ who, person, name, shown, muted, note, silent = false, mirrored = false, lit = true, speaking = false, path, weak = false, trouble, host, signs, box, large, cornered, pinned, near = false, onNear, onPin, onDrop, menu }) {
  const words = useWords()
  const tile = useRef(/** @type {HTMLDivElement | null} */ (null))
  const video = useRef(/** @type {HTMLVideoElement | null} */ (null))
  const dropped = useRef(onDrop)
  dropped.current = onDrop
  const label = who === 'me' ? words.call.you : name
  const draggableNow = onDrop !== undefined

  useEffect(() => attachStream(/** @type {HTMLVideoElement} */ (video.current), who), [who])
  useEffect(() => {
    if (!lit) return
    const element = /** @type {HTMLDivElement} */ (tile.current)
    const stop = watchLevel(who, level => element.style.setProperty('--level', level.toFixed(2)))
    return () => {
      stop()
      element.style.removeProperty('--level')
    }
  }, [who, lit])
  useEffect(() => draggableNow
    ? draggable(/** @type {HTMLDivElement} */ (tile.current), box => dropped.current?.(box))
    : undefined, [draggableNow])

  const told = useRef(onNear)
  told.current = onNear
  const zoom = useRef(/** @type {Zoomable | null} */ (null))
  const zoomableNow = onNear !== undefined && !draggableNow && shown
  useEffect(() => {
    if (!zoomableNow) return
    const mine = new Zoomable(/** @type {HTMLDivElement} */ (tile.current), /** @type {HTMLVideoElement} */ (video.current), near => told.current?.(near))
    zoom.current = mine
    return () => {
      zoom.current = null
      mine.stop()
    }
  }, [zoomableNow])
  useEffect(() => zoom.current?.set(near), [near])
  const tappedTwice = () => (near ? onNear?.(false) : onPin?.())

  return html`
    <div className="tile" ref=${tile} role="group" aria-label=${label} data-who=${who === 'me' ? 'me' : 'other'} data-source=${typeof who === 'string' && who !== 'me' ? 'screen' : 'camera'}
      data-path=${path} data-shown=${shown} data-muted=${muted} data-mirrored=${mirrored} data-speaking=${speaking} data-trouble=${trouble !== undefined}
      data-large=${large} data-cornered=${cornered} onDoubleClick=${(/** @type {globalThis.Event} */ { target }) => /** @type {Element} */ (target).closest('.menu') ?? tappedTwice()}
      style=${box && { translate: `${box.x}px ${box.y}px`, inlineSize: `${box.width}px`, blockSize: `${box.height}px` }}>
      <video className="tile-video" ref=${video} autoPlay playsInline muted></video>
      ${!shown && h(Avatar, { name, person, size: 'large' })}
      ${trouble && html`<p className="tile-trouble">${trouble}</p>`}
      <div className="tile-label">
        ${signs}
        ${muted && html`<span className="tile-mark" role="img" aria-label=${words.call.muted}>${h(Icon, { name: 'microphoneOff' })}</span>`}
        ${silent && html`<span className="tile-mark" role="img" aria-label=${words.call.mutedForMe} title=${words.call.mutedForMe}>${h(Icon, { name: 'soundOff' })}</span>`}
        <span className="tile-name">${label}</span>
        ${note && html`<span className="tile-note">${note}</span>`}
        ${weak && html`<span className="tile-mark" role="img" aria-label=${words.call.weak} title=${words.call.weak}>${h(Icon, { name: 'weak' })}</span>`}
        ${pinned && html`<span className="tile-mark" role="img" aria-label=${words.call.pinned} title=${words.call.pinned}>${h(Icon, { name: 'pin' })}</span>`}
        ${host && html`<span className="tile-mark" role="img" aria-label=${words.call.host} title=${words.call.host}>${h(Icon, { name: 'host' })}</span>`}
      </div>
      ${menu && html`<div className="tile-menu">${menu}</div>`}
    </div>`
}
