// The lobby: who is here, and what to do about each; and how others get here when nobody is.
/** @import { Availability, Person, PersonId, Room, RoomId, State } from '../../state/types.d.ts' */

import { free, named, others, raisedFirst } from '../../state/selectors.js'
import { memo, useCallback, useId, useState } from '../../vendor/react.js'
import { useDispatch, useWords } from '../hooks/context.js'
import { Avatar } from '../parts/avatar.js'
import { Brand } from '../parts/brand.js'
import { Button } from '../parts/button.js'
import { Search, Select } from '../parts/field.js'
import { h, html } from '../parts/html.js'
import { Missed } from '../parts/missed.js'
import { NotHere } from '../parts/not-here.js'
import { RingSeveral } from '../parts/ring-several.js'
import { ShareAddress } from '../parts/share-address.js'

/** @type {readonly Availability[]} */
const AVAILABILITIES = ['available', 'away', 'do_not_disturb']

/** With so many people the eye needs help. */
const MANY = 8

/** @param {{ state: State, onClose?: () => void, reference: import('../../vendor/react.js').Ref<HTMLElement> }} props */
export function People({ state, onClose, reference }) {
  const words = useWords()
  const id = useId()
  const [sought, seek] = useState('')
  const [picks, pick] = useState(/** @type {ReadonlySet<PersonId> | null} */ (null))
  // One after the other, however quickly: who was picked is in the state of before.
  const onPicked = useCallback((/** @type {PersonId} */ id) => pick(before => before && new Set(before.has(id) ? [...before].filter(other => other !== id) : [...before, id])), [])
  const people = raisedFirst(others(state), state.room)
  const callable = free(people)
  const several = state.room === null && state.knock === null && callable.length > 1
  const picked = several ? picks : null
  const many = people.length > MANY
  const rooms = byRoom(people)
  const away = state.room === null && state.knock === null && !state.kiosk && h(NotHere, { state })
  const shown = many ? named(people, sought) : people
  return html`
    <aside className="people" id="people" aria-labelledby=${id} tabIndex=${-1} ref=${reference}>
      <header className="people-head">
        ${h(Brand, {})}
        ${onClose && h(Button, { label: words.people.close, icon: 'close', round: true, kind: 'quiet', onClick: onClose })}
      </header>
      ${state.space && html`<p className="space-title">${state.space.title}</p>`}
      ${state.unable && html`<p className="unable" role="alert">${words.connection.unable[state.unable]}</p>`}
      ${h(Myself, { state })}
      ${h(Missed, { state })}
      ${state.room === null && !state.kiosk && h(Waits, { state })}
      <div className="people-title">
        <h2 id=${id}>${words.people.title}</h2>
        ${people.length > 0 && html`<span className="people-count">${words.people.others(people.length)}</span>`}
      </div>
      ${several && h(RingSeveral, { free: callable, picked, onPick: pick })}
      ${many && h(Search, { label: words.people.search, value: sought, onType: seek })}
      ${many && shown.length === 0 && html`<p className="people-none" role="status">${words.people.nobodyFound}</p>`}
      ${people.length === 0 && away}
      ${people.length === 0 && html`
        <div className="empty">
          <p className="empty-title">${words.people.nobody}</p>
          ${h(ShareAddress, { state })}
        </div>`}
      <ul className="people-list" role="list" aria-labelledby=${id}>
        ${shown.map(person => h(PersonItem, { key: person.id, person, company: company(rooms, person), quiet: state.quiet.includes(person.id), picked: picked && callable.includes(person) ? picked.has(person.id) : picked && null, picking: picked !== null, onPicked, ...relation(person, state.room) }))}
      </ul>
      ${people.length > 0 && away}
      ${people.length > 0 && !state.kiosk && html`
        <details className="people-share">
          <summary>${words.people.others_come}</summary>
          ${h(ShareAddress, { state })}
        </details>`}
    </aside>`
}

/** Who is in the room of somebody, by room. @param {readonly Person[]} people */
function byRoom(people) {
  /** @type {Map<RoomId, Person[]>} */
  const rooms = new Map()
  for (const person of people) if (person.room !== undefined) rooms.set(person.room, [...(rooms.get(person.room) ?? []), person])
  return rooms
}

/** Who else is there, a line each: one text, so that it can be seen at once whether it changed. @param {ReturnType<typeof byRoom>} rooms @param {Person} person */
function company(rooms, { id, room }) {
  const there = (room !== undefined && rooms.get(room)) || []
  return there.filter(other => other.id !== id).map(({ name }) => name).join('\n')
}

/** What stands between a person and me. @param {Person} person @param {Room | null} room */
function relation(person, room) {
  return {
    mine: room !== null,
    here: room?.members.some(({ id }) => id === person.id) ?? false,
    rings: room?.invitations.some(({ to }) => to === person.id) ?? false,
    hand: room?.members.find(({ id }) => id === person.id)?.hand,
  }
}

/** Remembered, so that a busy lobby draws only those who changed. */
const PersonItem = memo(
  /** @param {{ person: Person, company: string, quiet: boolean, picking: boolean, picked: boolean | null, onPicked: (person: PersonId) => void, mine: boolean, here: boolean, rings: boolean, hand?: number }} props mine: I am in a room; picked: null where they cannot be */
  function PersonItem({ person, company, quiet, picking, picked, onPicked, mine, here, rings, hand }) {
    const words = useWords()
    const dispatch = useDispatch()
    const { id, name, status, room, locked, reconnecting, answers_itself: itself } = person
    const said = hand !== undefined ? words.gestures.raised(hand)
      : here ? words.people.here
      : rings ? words.people.ringing
      : reconnecting ? words.people.reconnecting
      : status === 'in_call' && locked ? words.people.locked
      : status === 'in_call' && company ? words.people.inCallWith(company.split('\n'))
      : itself && (status === 'available' || status === 'away') ? words.answering.status
      : words.people.status[status]
    const callable = !here && !rings && status !== 'do_not_disturb'
    const invite = () => dispatch({ type: 'inviteClicked', to: id })
    const busy = !mine && status === 'in_call'
    // Other buttons are other elements: none of them seems to move.
    return html`
      <li className="person">
        ${h(Avatar, { name, person: id, status: reconnecting ? 'reconnecting' : status })}
        <span className="person-words">
          <span className="person-name">${name}</span>
          <span className="person-status" data-status=${hand === undefined ? status : 'hand'}>${said}</span>
        </span>
        ${quiet && h(Button, {
          label: words.people.letRing(name), icon: 'bell', round: true, kind: 'quiet', onClick: () => dispatch({ type: 'quietClicked', person: id, on: false }),
        })}
        ${picked !== null && html`<input className="person-pick" type="checkbox" checked=${picked} aria-label=${words.several.pick(name)} onChange=${() => onPicked(id)} />`}
        ${callable && !picking && html`
          <span className="person-buttons" key=${busy}>
            ${mine && h(Button, { label: words.people.invitePerson(name), text: words.people.invite, icon: 'invite', onClick: invite })}
            ${busy && room !== undefined && !locked && h(Button, {
              label: words.people.knockOn(name), text: words.people.knock, icon: 'knock', onClick: () => dispatch({ type: 'knockClicked', room }),
            })}
            ${busy && h(Button, { label: words.people.callPerson(name), icon: 'phone', round: true, onClick: invite })}
            ${!mine && !busy && h(Button, {
              label: words.people.callPerson(name), text: words.people.call, icon: 'phone', kind: 'go', onClick: invite,
            })}
          </span>`}
      </li>`
  },
)

/** What has to be so that a call is heard; and once, how it is heard elsewhere. @param {{ state: State }} props */
function Waits({ state: { notifications, offered } }) {
  const words = useWords()
  const dispatch = useDispatch()
  return html`
    <div className="people-waits">
      <p>${words.people.keepOpen}</p>
      ${notifications === 'default' && !offered && html`
        <div className="people-offer">
          ${h(Button, { label: words.people.notify, onClick: () => dispatch({ type: 'notificationsAsked' }) })}
          ${h(Button, { label: words.people.notNow, kind: 'quiet', onClick: () => dispatch({ type: 'offerDismissed' }) })}
        </div>`}
    </div>`
}

/** @param {{ state: State }} props */
function Myself({ state }) {
  const words = useWords()
  const dispatch = useDispatch()
  const { me, room } = state
  return html`
    <div className="myself">
      ${h(Avatar, { name: me.shownName, person: me.id ?? 0, status: room ? 'in_call' : me.availability })}
      <div className="myself-words">
        <span className="myself-name">${me.shownName}</span>
        ${h(Select, {
          label: words.people.yourStatus, bare: true, value: me.availability,
          options: AVAILABILITIES.map(value => ({ value, text: words.people.availability[value] })),
          onChoose: value => dispatch({ type: 'availabilityChosen', availability: /** @type {Availability} */ (value) }),
        })}
      </div>
      ${!state.kiosk && h(Button, { label: words.people.signOut, icon: 'leave', round: true, kind: 'quiet', onClick: () => dispatch({ type: 'signedOut' }) })}
    </div>`
}
