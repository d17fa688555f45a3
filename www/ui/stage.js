// The pictures: one's own in the lobby, everybody's in a call. The own <video> stays the same element all along.
/** @import { Member, Path, Room, State } from '../types.d.ts' */
/** @import { Words } from '../words/index.js' */

import { audible, visible, waiting } from '../state.js'
import { Button } from './button.js'
import { Calling, Waiting } from './calling.js'
import { useSecondsSince } from './clock.js'
import { useDispatch, useWords } from './context.js'
import { Controls } from './controls.js'
import { h, html } from './html.js'
import { Icon } from './icon.js'
import { Menu } from './menu.js'
import { Tile } from './tile.js'

/**
 * @param {object} props
 * @param {State} props.state
 * @param {boolean} [props.peopleOpen]
 * @param {() => void} props.onPeople
 * @param {import('../vendor/react.js').Ref<HTMLButtonElement>} props.peopleButton
 * @param {import('../vendor/react.js').Ref<HTMLElement>} props.reference
 */
export function Stage({ state, peopleOpen, onPeople, peopleButton, reference }) {
  const words = useWords()
  const { room, me, knock } = state
  const rest = room?.members.filter(({ id }) => id !== me.id) ?? []
  const screens = rest.filter(({ media }) => media.screen)
  return html`
    <section className="stage" aria-label=${room ? words.call.region : words.start.preview} tabIndex=${-1} ref=${reference}>
      <div className="tiles" data-count=${screens.length + rest.length + 1}>
        ${screens.map(({ id, name }) => h(Tile, {
          key: `screen ${id}`, who: `screen ${id}`, person: id, name: words.call.screenOf(name), shown: true, muted: false, path: 'relay',
        }))}
        ${rest.map(member => h(MemberTile, { key: member.id, member, room: /** @type {Room} */ (room), state }))}
        ${h(Tile, {
          key: 'me', who: 'me', person: me.id ?? 0, name: me.shownName, shown: visible(state), muted: !audible(state),
          speaking: state.speakers.includes(me.id ?? 0), host: rest.length > 1 && room?.host === me.id,
        })}
      </div>
      ${room && !waiting(state) && h(RoomBar, { state, room })}
      ${(room?.invitations.length || knock) && html`
        <div className="callings" data-alone=${rest.length === 0}>
          ${room?.invitations.map(invited => h(Calling, {
            key: invited.invitation, invited, until: state.until.get(invited.invitation) ?? 0, mine: invited.from === me.id,
          }))}
          ${knock && h(Waiting, { knock })}
        </div>`}
      ${h(Controls, { state, peopleOpen, onPeople, peopleButton })}
    </section>`
}

/** @param {{ member: Member, room: Room, state: State }} props */
function MemberTile({ member, room, state }) {
  const words = useWords()
  const dispatch = useDispatch()
  const path = state.paths.get(member.id)
  return h(Tile, {
    who: member.id, person: member.id, name: member.name,
    shown: member.media.camera && (path?.sees ?? false),
    muted: !member.media.microphone,
    speaking: state.speakers.includes(member.id),
    path: path?.kind,
    trouble: trouble(words, member, path),
    host: room.members.length > 2 && room.host === member.id,
    children: room.host === state.me.id && h(Menu, {
      label: words.call.options(member.name), icon: 'more', kind: 'tile',
      items: [
        ...(member.media.microphone ? [{ text: words.call.askToMute, onChoose: () => dispatch({ type: 'askToMuteClicked', member: member.id }) }] : []),
        { text: words.call.remove, onChoose: () => dispatch({ type: 'removeClicked', member: member.id }) },
      ],
    }),
  })
}

/** @param {Words} words @param {Member} member @param {Path | undefined} path */
function trouble(words, member, path) {
  switch (path?.status) {
    case 'connected': return undefined // the call goes on, even if the box has lost them
    case 'interrupted': return member.reconnecting ? words.call.reconnecting : words.call.interrupted
    case 'failed': return member.reconnecting ? words.call.reconnecting : words.call.failed
    default: return member.reconnecting ? words.call.reconnecting : words.call.connecting
  }
}

/** How long the call lasts, and its door. @param {{ state: State, room: Room }} props */
function RoomBar({ state, room }) {
  const words = useWords()
  const dispatch = useDispatch()
  const mine = room.host === state.me.id
  return html`
    <div className="room-bar">
      ${state.callSince !== null && h(Length, { since: state.callSince })}
      ${h(Button, {
        label: words.call.information, icon: 'signal', kind: 'tile', round: true, onClick: () => dispatch({ type: 'callInfoToggled', open: true }),
      })}
      ${mine && h(Button, {
        label: room.locked ? words.call.unlock : words.call.lock, icon: room.locked ? 'lock' : 'unlock', kind: 'tile', round: true, off: room.locked,
        onClick: () => dispatch({ type: 'lockClicked', locked: !room.locked }),
      })}
      ${!mine && room.locked && html`<span className="room-locked" role="img" aria-label=${words.call.locked} title=${words.call.locked}>${h(Icon, { name: 'lock' })}</span>`}
    </div>`
}

/** @param {{ since: number }} props */
function Length({ since }) {
  const words = useWords()
  const seconds = useSecondsSince(since)
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
  const shown = (parts[0] > 0 ? parts : parts.slice(1)).map((part, at) => at === 0 ? part : String(part).padStart(2, '0'))
  return html`<span className="room-length" role="timer" aria-label=${words.call.length}>${shown.join(':')}</span>`
}
