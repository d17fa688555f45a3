// What the box says, and what follows.
import { called, invitationEnded } from './calls.js'
import { askedToMute, availabilityOf } from './choices.js'
import { missedCall } from './missed.js'
import { roomLeft, roomTold } from './room.js'
import { noticed, outside, remember, send, unchanged, unreachable } from './transition.js'
/** @import { Effect, ErrorCode, Moment, NoticeText, Person, PersonId, ServerMessage, State, Step } from './types.d.ts' */

/** @param {State} state @param {ServerMessage} message @param {Moment} at @returns {Step} */
export function heard(state, message, at) {
  switch (message.type) {
    case 'welcome':
      return welcomed(state, message)
    case 'pass':
      return [{ ...state, me: { ...state.me, pin: { asked: false, typed: '', problem: null } } }, [remember('pass', message.pass)]]
    case 'people': {
      const arriving = new Map(state.arriving ?? [])
      for (const person of message.people) arriving.set(person.id, unchanged(state.people.get(person.id), person))
      return [message.more ? { ...state, arriving } : { ...state, arriving: null, people: arriving }, []]
    }
    case 'changes': {
      const changes = { people: message.people ?? [], left: message.left ?? [] }
      const arriving = state.arriving && changed(state.arriving, changes)
      return [{ ...state, arriving, people: changed(state.people, changes) }, []]
    }
    case 'renamed':
      return [{ ...state, me: { ...state.me, shownName: message.name, nameRefused: false } }, []]
    case 'ring':
      return called(state, message, at)
    case 'invitation_ended':
      return invitationEnded(state, message)
    case 'room':
      return roomTold(state, message.room, message.token, at)
    case 'room_left':
      return roomLeft(state, message)
    case 'quiet':
      return [{ ...state, quiet: message.people }, []]
    case 'knock_sent': {
      const { knock, room, expires_in_ms } = message
      const retold = state.retold && { ...state.retold, knock: true }
      return [{ ...state, retold, knock: { knock, room, until: at + expires_in_ms } }, []]
    }
    case 'knock_ended': {
      const { knock, outcome } = message
      const ended = state.knock?.knock === knock ? { ...state, knock: null } : state
      switch (outcome) {
        // The room opens by itself, or it was my own doing: there is nothing to read.
        case 'admitted':
        case 'withdrawn':
        case 'overtaken':
          return [ended, []]
        case 'refused':
        case 'expired':
        case 'locked':
        case 'gone':
          return noticed(ended, { type: 'knock_ended', outcome })
        default:
          return unreachable(outcome)
      }
    }
    case 'signal':
      // What a member said who has left meanwhile leads nowhere.
      return [
        state,
        state.ways.get(message.from)?.direct ? [{ type: 'signalPath', member: message.from, signal: message.signal }] : [],
      ]
    case 'relay_answer':
    case 'relay_offer':
    case 'seats':
    case 'wanted':
    case 'relay_ended':
      return [state, state.room ? [{ type: 'hearRelay', message }] : []]
    case 'speakers':
      return [state.room ? { ...state, speakers: message.speakers } : state, []]
    case 'strained':
      if (!state.room || message.strain === 'none') return [state, []]
      return noticed(state, { type: 'strained' })
    case 'links':
      return [state.callInfo ? { ...state, callInfo: { ...state.callInfo, told: message } } : state, []]
    case 'asked_to_mute':
      return askedToMute(state, message)
    case 'taken_over':
      if (state.connection.status === 'taken_over') return [state, []]
      // This tab must not take the place back by itself when it is loaded again.
      return [
        { ...outside(state), connection: { status: 'taken_over' }, inherits: true },
        [{ type: 'disconnect' }, remember('entered', null)],
      ]
    case 'error':
      return refused(state, message.code)
    case 'pong':
      return state.retold ? forgotten({ ...state, retold: null, inherits: false }, state.retold) : [state, []]
    default:
      // A newer box may say what this page does not know yet.
      return unknown(message, state)
  }
}

/** @param {State} state @param {Extract<ServerMessage, { type: 'welcome' }>} message @returns {Step} */
function welcomed(state, { you, name, availability: known, token, resumed, host, version, page }) {
  const availability = availabilityOf(state, known, resumed)
  /** @type {State} */
  const here = {
    ...state,
    connection: { status: 'open', host, version },
    me: { ...state.me, id: you, shownName: name, availability, nameRefused: false },
    arriving: null,
    quiet: [], // told after the welcome
    mediaSaid: null,
    inherits: state.inherits && resumed,
  }
  const nothing = { room: false, calls: [], knock: false }
  // After its own story the box answers the ping: what was not told again by then is over.
  /** @type {Step} */
  const [next, effects] = resumed ? [{ ...here, retold: nothing }, []] : forgotten({ ...here, retold: null }, nothing)
  /** @type {Effect[]} */
  const asked = [remember('token', token), send({ type: 'ping' }), ...effects]
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
 * Lets go of everything that the box no longer knows, and says so.
 *
 * @param {State} state @param {NonNullable<State['retold']>} told @returns {Step}
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

/** @param {State} state @param {ErrorCode} code @returns {Step} */
function refused(state, code) {
  // Leaving a room that was just over is what was wanted.
  if (code === 'not_in_room') return [state, []]
  if (code === 'pin_needed' || code === 'pin_wrong' || code === 'pin_wait') return pinAsked(state, code)
  const nameRefused = code === 'name_invalid'
  const me = { ...state.me, nameRefused: nameRefused || state.me.nameRefused }
  const told = noticed({ ...state, me }, { type: 'error', code })
  if (state.connection.status === 'open' || (!nameRefused && code !== 'lobby_full' && code !== 'too_many_from_address')) return told
  // Not let in: back to the door.
  const [next, effects] = told
  return [
    { ...outside(next), connection: { status: 'closed' }, me: { ...next.me, id: null, entered: false } },
    [...effects, { type: 'disconnect' }, remember('entered', null)],
  ]
}

/**
 * Back to the door, where the PIN is asked for. What this device had for it is good no more.
 *
 * @param {State} state @param {'pin_needed' | 'pin_wrong' | 'pin_wait'} code @returns {Step}
 */
function pinAsked(state, code) {
  const problem = code === 'pin_needed' ? null : code
  return [
    { ...outside(state), connection: { status: 'closed' }, me: { ...state.me, id: null, entered: false, pin: { asked: true, typed: '', problem } } },
    [{ type: 'disconnect' }, remember('entered', null), remember('pass', null)],
  ]
}

/** @param {State} state @param {Moment} at @returns {State['connection']} */
export function lost({ connection }, at) {
  switch (connection.status) {
    case 'open': return { status: 'lost', since: at }
    case 'connecting': return { status: 'connecting', failing: true }
    case 'lost':
    case 'closed':
    case 'taken_over': return connection
    default: return unreachable(connection)
  }
}

/**
 * @param {ReadonlyMap<PersonId, Person>} people
 * @param {{ people: Person[], left: PersonId[] }} changes
 */
export function changed(people, changes) {
  const next = new Map(people)
  for (const person of changes.people) next.set(person.id, unchanged(next.get(person.id), person))
  for (const id of changes.left) next.delete(id)
  return next
}

/** Takes `never` too, so that no message of this version is forgotten. @param {never} message @param {State} state @returns {Step} */
function unknown(message, state) {
  void message
  return [state, []]
}
