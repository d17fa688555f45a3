// What the box says of the session: welcome, the name, refusals, the end.
import { missedCall } from '../call/missed.js'
import { availabilityOf } from '../devices/choices.js'
import { outside, remember, send } from '../transition.js'
import { noticed } from '../view/notices.js'
/** @import { Effect, ErrorCode, MessageReducer, NoticeText, ServerMessage, State, Transition } from '../types.d.ts' */

/** @type {MessageReducer<'welcome' | 'ice' | 'turn' | 'pass' | 'renamed' | 'taken_over' | 'space_closed' | 'error' | 'pong'>} */
export const sessionMessages = {
  welcome: welcomed,
  ice: (state, { ice }) => [state, [{ type: 'useIce', ice }]],
  turn: (state, { turn }) => [state, [{ type: 'useTurn', access: turn }]],
  pass: (state, { pass }) => [{ ...state, me: { ...state.me, pin: { asked: false, typed: '', problem: null } } }, [remember('pass', pass)]],
  renamed: (state, { name }) => [{ ...state, me: { ...state.me, shownName: name, nameRefused: false } }, []],
  taken_over(state) {
    if (state.connection.status === 'taken_over') return [state, []]
    // This tab must not take the place back by itself when it is reloaded.
    return [
      { ...outside(state), connection: { status: 'taken_over' }, inherits: true },
      [{ type: 'disconnect' }, remember('entered', null)],
    ]
  },
  space_closed(state, { why }) {
    const [told, effects] = noticed(state, { type: 'space_closed', why })
    return turnedAway({ ...told, people: new Map() }, effects)
  },
  error: (state, { code }) => refused(state, code),
  pong: state => (state.retold ? forgotten({ ...state, retold: null, inherits: false }, state.retold) : [state, []]),
}

/** @param {State} state @param {Extract<ServerMessage, { type: 'welcome' }>} message @returns {Transition} */
function welcomed(state, { you, name, availability: known, token, resumed, host, version, page, device, ice = { servers: [] }, relay_always: relayed = false, relayless = false, turn }) {
  const availability = availabilityOf(state, known, resumed)
  /** @type {State} */
  const here = {
    ...state,
    connection: { status: 'open', host, version },
    me: { ...state.me, id: you, shownName: name, availability, nameRefused: false },
    arriving: null,
    noRelay: relayless,
    relayAlways: relayed,
    quiet: [], // told after the welcome
    mediaSaid: null,
    answeringSaid: null,
    inherits: state.inherits && resumed,
  }
  const nothing = { room: false, calls: [], knock: false }
  // After its own story the box answers the ping: what was not told again by then is over.
  /** @type {Transition} */
  const [next, effects] = resumed ? [{ ...here, retold: nothing }, []] : forgotten({ ...here, retold: null }, nothing)
  /** @type {Effect[]} */
  const asked = [remember('token', token), send({ type: 'ping' }), { type: 'useIce', ice }, { type: 'allowDirect', allowed: !relayed }, ...effects]
  if (turn) asked.push({ type: 'useTurn', access: turn })
  if (device) asked.push(remember('device', device))
  if (availability !== known) asked.push(send({ type: 'set_availability', availability }))
  const back = state.connection.status === 'lost'
  if (back) asked.push({ type: 'refreshPaths' }, { type: 'resumeRelay' })
  // An older page may be the one that the browser kept, so it is told also when it begins.
  const newer = state.edition && page && state.edition !== page && next.notices.every(({ text }) => text.type !== 'updated')
  if (!newer && !back) return [next, asked]
  const [told, more] = noticed(next, { type: newer ? 'updated' : 'back' })
  return [told, [...asked, ...more]]
}

/**
 * Lets go of everything that the box does not know, and says so.
 *
 * @param {State} state @param {NonNullable<State['retold']>} told @returns {Transition}
 */
function forgotten(state, told) {
  /** @type {State} */
  let next = { ...state, leaving: told.room ? state.leaving : null }
  /** @type {NoticeText[]} */
  const texts = []
  if (next.room && !told.room) {
    next = { ...next, room: null }
    texts.push({ type: 'room_left', why: { why: 'interrupted' } })
  }
  for (const call of next.calls.filter(call => !told.calls.includes(call.invitation))) {
    next = { ...next, calls: next.calls.filter(other => other !== call) }
    texts.push(missedCall(state, call, { how: 'gone' }))
  }
  for (const [invitation, { name, message }] of next.answered) {
    if (told.calls.includes(invitation)) continue
    const answered = new Map(next.answered)
    answered.delete(invitation)
    next = { ...next, answered }
    // A call that was taken and led nowhere; if there is a room, it led there.
    if (message.type !== 'decline' && !next.room) {
      texts.push({ type: 'invitation_ended', name, outcome: { how: 'gone' }, mine: false })
    }
  }
  if (next.knock && !told.knock) {
    next = { ...next, knock: null }
    texts.push({ type: 'knock_ended', outcome: 'gone' })
  }
  /** @type {Effect[]} */
  const effects = []
  for (const text of texts) {
    const [told, more] = noticed(next, text)
    next = told
    effects.push(...more)
  }
  return [next, effects]
}

/** @param {State} state @param {ErrorCode} code @returns {Transition} */
function refused(state, code) {
  // Leaving a room that was just over is what was wanted.
  if (code === 'not_in_room') return [state, []]
  if (code === 'pin_needed' || code === 'pin_wrong' || code === 'pin_wait') return pinAsked(state, code)
  const nameRefused = code === 'name_invalid'
  const me = { ...state.me, nameRefused: nameRefused || state.me.nameRefused }
  // Without a relay a room is full early, which wants to be explained.
  // Of what was refused the box says nothing; a link that was followed leads nowhere then.
  const link = state.link?.sent ? null : state.link
  const told = noticed({ ...state, me, link }, code === 'room_full' && state.noRelay ? { type: 'mesh_full' } : { type: 'error', code })
  if (state.connection.status === 'open' || (!nameRefused && code !== 'lobby_full' && code !== 'too_many_from_address')) return told
  return turnedAway(...told)
}

/** Not let in or turned out: back to the start screen. @param {State} state @param {Effect[]} effects @returns {Transition} */
function turnedAway(state, effects) {
  return [
    { ...outside(state), connection: { status: 'closed' }, me: { ...state.me, id: null, entered: false } },
    [...effects, { type: 'disconnect' }, remember('entered', null)],
  ]
}

/**
 * Back to the start screen, where the PIN is asked for. The device token is forgotten: it is not valid.
 *
 * @param {State} state @param {'pin_needed' | 'pin_wrong' | 'pin_wait'} code @returns {Transition}
 */
function pinAsked(state, code) {
  const problem = code === 'pin_needed' ? null : code
  return [
    { ...outside(state), connection: { status: 'closed' }, me: { ...state.me, id: null, entered: false, pin: { asked: true, typed: '', problem } } },
    [{ type: 'disconnect' }, remember('entered', null), remember('pass', null)],
  ]
}
