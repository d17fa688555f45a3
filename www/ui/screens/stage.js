// The pictures and what lies on them: one's own in the lobby, everybody's in a call.
/** @import { State } from '../../state/types.d.ts' */
/** @import { Fullscreen } from '../hooks/fullscreen.js' */

import { waiting } from '../../state/selectors.js'
import { useWords } from '../hooks/context.js'
import { useIdle } from '../hooks/idle.js'
import { sheets, useLazy } from '../hooks/lazy.js'
import { Announcements } from '../parts/announcements.js'
import { Controls } from '../parts/controls.js'
import { h, html } from '../parts/html.js'
import { Icon } from '../parts/icon.js'
import { Pictures } from '../parts/pictures.js'
import { Calling, CallingSeveral, Waiting } from './calling.js'

/** So many calls have a card each. */
const FEW = 2

/**
 * @param {object} props
 * @param {State} props.state
 * @param {Fullscreen} props.fullscreen
 * @param {boolean} props.over the controls lie on the pictures
 * @param {boolean} props.listed the list lies on the pictures
 * @param {boolean} [props.peopleOpen]
 * @param {() => void} props.onPeople
 * @param {import('../../vendor/react.js').Ref<HTMLButtonElement>} props.peopleButton
 * @param {import('../../vendor/react.js').Ref<HTMLElement>} props.reference
 */
export function Stage({ state, fullscreen, over, listed, peopleOpen, onPeople, peopleButton, reference }) {
  const words = useWords()
  const { room, me, knock } = state
  const alone = (room?.members.length ?? 0) < 2
  const trackMuted = trackMutedKind(state)
  const echo = state.echo?.said === false && room?.members.find(({ id }) => id === state.echo?.member)
  const idle = useIdle(over && !alone)
  const barred = room !== null && !waiting(state)
  const bar = useLazy(room !== null || state.calls.length > 0, () => {
    sheets('room-bar')
    return import('../parts/room-bar.js')
  })
  const invitations = room?.invitations ?? []
  const mine = invitations.filter(({ from }) => from === me.id)
  const several = mine.length > FEW ? mine : []
  const unattended = state.unattended !== null || room?.members.some(({ media }) => media.unattended)
  const sign = useLazy(Boolean(room && unattended), () => import('../parts/unattended.js'))
  return html`
    <section className="stage" aria-label=${room ? words.call.region : words.start.preview} tabIndex=${-1} ref=${reference} data-idle=${idle} data-barred=${barred}>
      ${h(Pictures, { state, over, inert: listed })}
      ${h(Announcements, { room, me: me.id, reactions: state.reactions })}
      ${bar && room && barred && h(bar.RoomBar, { state, room, fullscreen, inert: listed })}
      ${(invitations.length > 0 || knock) && html`
        <div className="callings" data-alone=${alone} inert=${listed}>
          ${several.length > 0 && h(CallingSeveral, { invited: several, until: Math.max(...several.map(({ invitation }) => state.until.get(invitation) ?? 0)) })}
          ${invitations.filter(invited => !several.includes(invited)).map(invited => h(Calling, {
            key: invited.invitation, invited, until: state.until.get(invited.invitation) ?? 0, mine: invited.from === me.id, itself: state.people.get(invited.to)?.answers_itself ?? false,
          }))}
          ${knock && h(Waiting, { knock, names: [...state.people.values()].flatMap(({ name, room }) => (room === knock.room ? [name] : [])) })}
        </div>`}
      <div className="unattended" role="status" aria-atomic="false" inert=${listed}>${sign && room && unattended && h(sign.Unattended, { state, room })}</div>
      <div className="hint" role="status">
        ${state.spokeWhileMuted && html`<p>${h(Icon, { name: 'microphoneOff' })}${words.call.spokeWhileMuted}</p>`}
        ${room && trackMuted && html`<p>${h(Icon, { name: 'microphoneOff' })}${words.devices.trackMuted[trackMuted]}</p>`}
        ${echo && html`<p>${h(Icon, { name: 'sound' })}${words.call.echo(echo.name)}</p>`}
        ${state.holding && html`<p>${h(Icon, { name: 'microphone' })}${words.call.holding}</p>`}
      </div>
      ${h(Controls, { state, over, peopleOpen, onPeople, peopleButton })}
    </section>`
}

/** What the system has taken for now, as during a phone call. @param {State} state */
function trackMutedKind({ microphone, camera }) {
  if (microphone.status === 'on' && microphone.trackMuted) return 'microphone'
  return camera.status === 'on' && camera.trackMuted ? 'camera' : null
}
