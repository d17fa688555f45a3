// What the room as a whole is like: how long the call lasts, whether it is locked, and how it is shown here.
/** @import { Room, State } from '../../state/types.d.ts' */
/** @import { Fullscreen } from '../hooks/fullscreen.js' */

import { useSecondsSince } from '../hooks/clock.js'
import { useDispatch, useWords } from '../hooks/context.js'
import { TOUCH, useMediaQuery } from '../hooks/media-query.js'
import { Button } from './button.js'
import { h, html } from './html.js'
import { Icon } from './icon.js'
import { RoomLink } from './room-link.js'

/** @param {{ state: State, room: Room, fullscreen: Fullscreen, inert: boolean }} props inert: something lies on it */
export function RoomBar({ state, room, fullscreen, inert }) {
  const words = useWords()
  const dispatch = useDispatch()
  const touch = useMediaQuery(TOUCH)
  const mine = room.host === state.me.id
  const speaker = state.view.layout === 'speaker'
  return html`
    <div className="room-bar" inert=${inert}>
      ${state.callSince !== null && h(Length, { since: state.callSince })}
      ${h(Button, {
        label: words.call.information, icon: 'signal', kind: 'tile', round: true, onClick: () => dispatch({ type: 'callInfoToggled', open: true }),
      })}
      ${h(RoomLink, { state, room })}
      ${state.dataUse !== 'everything' && h(Button, {
        label: words.data.end[state.dataUse], icon: 'data', kind: 'tile', round: true, off: true, onClick: () => dispatch({ type: 'dataUseChosen', use: 'everything' }),
      })}
      ${mine && h(Button, {
        label: room.locked ? words.call.unlock : words.call.lock, icon: room.locked ? 'lock' : 'unlock', kind: 'tile', round: true, off: room.locked,
        onClick: () => dispatch({ type: 'lockClicked', locked: !room.locked }),
      })}
      ${!mine && room.locked && html`<span className="room-locked" role="img" aria-label=${words.call.locked} title=${words.call.locked}>${h(Icon, { name: 'lock' })}</span>`}
      ${room.members.length > 2 && h(Button, {
        label: speaker ? words.call.grid : words.call.speaker, icon: speaker ? 'grid' : 'speaker', kind: 'tile', round: true,
        onClick: () => dispatch({ type: 'layoutChosen', layout: speaker ? 'grid' : 'speaker' }),
      })}
      ${touch && state.devices.cameras.length > 1 && h(Button, {
        label: words.call.turnCamera, icon: 'turn', kind: 'tile', round: true, onClick: () => dispatch({ type: 'cameraTurned' }),
      })}
      ${fullscreen.canFloat && h(Button, {
        label: fullscreen.floats ? words.call.unfloat : words.call.float, icon: 'float', kind: 'tile', round: true, off: fullscreen.floats, onClick: fullscreen.toggleFloat,
      })}
      ${fullscreen.canFill && h(Button, {
        label: fullscreen.fills ? words.call.window : words.call.fullScreen, icon: fullscreen.fills ? 'shrink' : 'expand', kind: 'tile', round: true, onClick: fullscreen.toggleFill,
      })}
    </div>`
}

/** @param {{ since: number }} props */
export function Length({ since }) {
  const words = useWords()
  const seconds = useSecondsSince(since)
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
  const shown = (parts[0] > 0 ? parts : parts.slice(1)).map((part, at) => at === 0 ? part : String(part).padStart(2, '0'))
  return html`<span className="room-length" role="timer" aria-label=${words.call.length}>${shown.join(':')}</span>`
}
