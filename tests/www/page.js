// A page without a browser, for plays: things happen to it, and it shows what it asks for.
import assert from 'node:assert/strict'
import { nobody } from '../../www/state/call/answering.js'
import { initial, reduce } from '../../www/state/reducer.js'
/** @import { ClientMessage, Effect, Event, Kept, Member, NoticeText, Path, Person, Room, ServerMessage, State } from '../../www/state/types.d.ts' */

export const ANN = 1
export const BOB = 2
export const EVE = 3
/** @type {Record<number, string>} */
const NAMES = { [ANN]: 'Ann', [BOB]: 'Bob', [EVE]: 'Eve' }
export const ROOM = 10
export const INVITATION = 20
export const KNOCK = 30

export class Page {
  /** @type {State} */
  state = initial
  /** @type {Effect[]} what the last thing that happened led to */
  effects = []
  now = 0

  /** @param {Event} event */
  does(event) {
    const [state, effects] = reduce(this.state, event)
    this.state = state
    this.effects = effects
    return this
  }

  /** @param {ServerMessage} message */
  hears(message) {
    return this.does({ type: 'heard', message, at: this.now })
  }

  /** What the page said to the box. @returns {ClientMessage[]} */
  get said() {
    return this.effects.flatMap(effect => (effect.type === 'send' ? [effect.message] : []))
  }

  /** What it asked for besides, by name. @returns {string[]} */
  get asked() {
    return this.effects.map(effect => effect.type)
  }

  /** @template {Effect['type']} T @param {T} type @returns {Extract<Effect, { type: T }>[]} */
  effect(type) {
    return this.effects.flatMap(effect => (effect.type === type ? [/** @type {Extract<Effect, { type: T }>} */ (effect)] : []))
  }

  /** @returns {NoticeText[]} */
  get notices() {
    return this.state.notices.map(notice => notice.text)
  }
}

/** What a new device has kept. @type {Kept} */
export const KEPT = { layout: 'grid', corner: 'bottomEnd', mirrored: true, ownHidden: false, blurred: false, keys: true, onlyInCalls: false, dataUse: 'everything', stayAwake: false, gestureSounds: true, offered: false, kiosk: false, answering: nobody, unattended: null, known: [] }

/** Ann's page, just opened. @param {Partial<Extract<Event, { type: 'started' }>>} [more] */
export function opened(more) {
  return new Page().does({
    type: 'started',
    space: null,
    link: null,
    hosted: false,
    name: '',
    entered: false,
    language: 'en',
    edition: 'now',
    chosen: { camera: '', microphone: '', speaker: '' },
    choices: { muted: false, mutedByHost: null, cameraWanted: true, availability: 'available' },
    missed: null,
    origin: 0,
    kept: KEPT,
    notifications: 'default',
    hidden: false,
    browser: { connects: true, userAgent: '' },
    ...more,
  })
}

/** Ann in the lobby with Bob and Eve, with camera and microphone. */
export function inTheLobby() {
  const page = opened({ name: 'Ann' }).does({ type: 'entered' })
  page.does({ type: 'sourceChanged', kind: 'microphone', source: { status: 'on' } })
  page.does({ type: 'sourceChanged', kind: 'camera', source: { status: 'on' } })
  return page.hears(welcome()).hears({ type: 'people', people: [person(ANN), person(BOB), person(EVE)], more: false })
}

/** Ann in a room with Bob. @param {Partial<Room>} [more] */
export function inACall(more) {
  return inTheLobby().hears(told({ members: [member(ANN), member(BOB)], offerer: ANN, ...more }))
}

/** @param {Partial<Extract<ServerMessage, { type: 'welcome' }>>} [more] @returns {ServerMessage} */
export function welcome(more) {
  return {
    type: 'welcome', you: ANN, name: 'Ann', availability: 'available', token: 'token', resumed: false,
    host: 'wizyjno.local', version: '0.1.0', page: 'now', ...more,
  }
}

/** @param {number} id @param {Partial<Person>} [more] @returns {Person} */
export function person(id, more) {
  return { id, name: NAMES[id] ?? '', status: 'available', ...more }
}

/** @param {number} id @param {Partial<Member>} [more] @returns {Member} */
export function member(id, more) {
  return { id, name: NAMES[id] ?? '', media: { microphone: false, camera: false, screen: false }, ...more }
}

/** @param {Partial<Room>} [more] @returns {ServerMessage} */
export function told(more) {
  return { type: 'room', room: room(more), token: 'token in the room' }
}

/** @param {Partial<Room>} [more] @returns {Room} */
export function room(more) {
  return { id: ROOM, host: ANN, locked: false, members: [member(ANN)], invitations: [], knocks: [], capacity: 2, ...more }
}

/** Bob (or another) calls. @param {Partial<Extract<ServerMessage, { type: 'ring' }>>} [more] @returns {ServerMessage} */
export function ring(more) {
  return { type: 'ring', invitation: INVITATION, from: BOB, name: 'Bob', members: ['Bob'], expires_in_ms: 30_000, ...more }
}

/** @param {Partial<Extract<ServerMessage, { type: 'invitation_ended' }>>} [more] @returns {ServerMessage} */
export function ended(more) {
  return { type: 'invitation_ended', invitation: INVITATION, with: BOB, name: 'Bob', outcome: { how: 'expired' }, ...more }
}

/** Ann calls Bob: it rings there, or does not yet. @param {'sent' | 'ringing' | 'in_another_call'} progress @returns {ServerMessage} */
export function calling(progress) {
  return told({
    invitations: [{ invitation: INVITATION, from: ANN, to: BOB, name: 'Bob', progress, expires_in_ms: 30_000 }],
  })
}

export const LIVE = { microphone: true, camera: true, screen: false }

/** A way to Bob (or another) became so. @param {'direct' | 'relay'} kind @param {Path['status']} status @param {Partial<Path>} [more] @returns {Event} */
export const path = (kind, status, more, member = BOB) =>
  ({ type: 'pathChanged', member, path: { kind, status, hears: false, sees: false, ...more } })

/** What comes of Bob that way is seen and heard. @param {'direct' | 'relay'} kind @returns {Event} */
export const arrived = kind => ({ type: 'pathArrived', member: BOB, kind })

export const pair = () => told({ members: [member(ANN), member(BOB, { media: LIVE })], offerer: ANN })
export const three = () => told({ members: [member(ANN), member(BOB, { media: LIVE }), member(EVE)] })

/** Ann in a call with Bob that goes straight; the relay rests. */
export function direct() {
  const page = inACall().hears(pair()).does(path('relay', 'connected')).does(path('direct', 'connected', { hears: true, sees: true }))
  page.does(arrived('direct'))
  assert.equal(page.state.relay?.rest, true)
  return page
}
