// What the page knows and what it does about what happens, with no DOM, socket or clock in it.
import { PROOF, SETTLING, allow, carriesDirectly, proven, report, setOut, settled, shown } from './route.js'
/**
 * @import {
 *   ClientMessage, Effect, ErrorCode, Event, InvitationId, KnockId, Media, Moment, NoticeText,
 *   Person, PersonId, Room, ServerMessage, Source, State, Ways,
 * } from './types.d.ts'
 * @typedef {[State, Effect[]]} Step
 */

/** How long a notice stays, in milliseconds: time to look up from the stove and read a sentence. */
const READING = 10_000

/** How long the page may be in the background before it gives camera and microphone back. */
const REST = 60_000

/** What the box needs at most, in milliseconds, to tell that a call rang its time. */
const GRACE = 3_000

/** More sentences at once nobody reads. */
const NOTICES = 5

const KINDS = /** @type {const} */ (['microphone', 'camera'])

/** @type {State} */
export const initial = {
  language: 'en',
  connection: { status: 'closed' },
  me: { name: '', shownName: '', id: null, availability: 'available', entered: false, nameRefused: false },
  people: new Map(),
  arriving: null,
  room: null,
  awaited: null,
  until: new Map(),
  callSince: null,
  calls: [],
  answered: new Map(),
  knock: null,
  leaving: null,
  retold: null,
  started: false,
  camera: { status: 'off' },
  microphone: { status: 'off' },
  screen: { status: 'off' },
  cameraWanted: true,
  muted: false,
  resting: false,
  mediaSaid: null,
  devices: { cameras: [], microphones: [], speakers: [] },
  chosen: { camera: '', microphone: '', speaker: '' },
  paths: new Map(),
  ways: new Map(),
  relay: null,
  speakers: [],
  notices: [],
  nextNotice: 1,
  settingsOpen: false,
  hidden: false,
  soundBlocked: false,
  notifications: 'unsupported',
}

/**
 * What follows from an event: first what it means by itself, then what has to be so in the new
 * state whatever led there (devices, paths, sounds).
 *
 * @param {State} state @param {Event} event @returns {Step}
 */
export function reduce(state, event) {
  const [next, effects] = happened(state, event)
  return next === state ? [state, effects] : settle(state, next, effects)
}

// What the screens ask of the state.

/** Others can hear me, if they are in a room with me. @param {State} state */
export function audible(state) {
  return state.microphone.status === 'on' && !state.muted
}

/** Others can see me, if they are in a room with me. @param {State} state */
export function visible(state) {
  return state.camera.status === 'on'
}

/** In a room alone, with somebody still to come. @param {State} state */
export function waiting(state) {
  return state.room !== null && state.room.members.length === 1
}

/** Everybody but me, by name. @param {State} state @returns {Person[]} */
export function others(state) {
  return [...state.people.values()]
    .filter(person => person.id !== state.me.id)
    .sort((a, b) => a.name.localeCompare(b.name, state.language === 'szl' ? 'pl' : state.language))
}

/** I show my screen, or am about to. @param {State} state */
export function shares(state) {
  return state.screen.status === 'on' || state.screen.status === 'asking'
}

// What an event means by itself.

/** @param {State} state @param {Event} event @returns {Step} */
function happened(state, event) {
  switch (event.type) {
    case 'nameTyped':
      return [{ ...state, me: { ...state.me, name: event.name, nameRefused: false } }, []]
    case 'entered':
      return entered(state)
    case 'signedOut':
      return [
        {
          ...outside(state),
          connection: { status: 'closed' },
          people: new Map(),
          me: { ...state.me, id: null, shownName: '', availability: 'available', entered: false },
        },
        [send({ type: 'goodbye' }), { type: 'disconnect' }, remember('token', null), remember('entered', null)],
      ]
    case 'renamed': {
      const name = cleaned(event.name)
      if (!name) return [{ ...state, me: { ...state.me, nameRefused: true } }, []]
      return [
        { ...state, me: { ...state.me, name, nameRefused: false } },
        [send({ type: 'rename', name }), remember('name', name)],
      ]
    }
    case 'availabilityChosen':
      return [
        { ...state, me: { ...state.me, availability: event.availability } },
        [send({ type: 'set_availability', availability: event.availability })],
      ]
    case 'languageChosen':
      return [
        { ...state, language: event.language },
        [remember('language', event.language), { type: 'showLanguage', language: event.language }],
      ]
    case 'inviteClicked':
      return [state, [send({ type: 'invite', to: event.to })]]
    case 'cancelClicked':
      return cancelled(state, event.invitation)
    case 'acceptClicked':
      return answered(state, { type: 'accept', invitation: event.invitation })
    case 'bringHereClicked':
      // The room may be full: it rings on until the box says that the invitation is over.
      return [state, [send({ type: 'bring_here', invitation: event.invitation })]]
    case 'declineClicked':
      return answered(state, {
        type: 'decline',
        invitation: event.invitation,
        ...(event.reason && { reason: event.reason }),
      })
    case 'knockClicked':
      return [state, [send({ type: 'knock', room: event.room })]]
    case 'withdrawClicked':
      return [{ ...state, knock: null }, state.knock ? [send({ type: 'withdraw', knock: state.knock.knock })] : []]
    case 'admitClicked':
      return [state, [send({ type: 'admit', knock: event.knock })]]
    case 'refuseClicked':
      return [state, [send({ type: 'refuse', knock: event.knock })]]
    case 'lockClicked':
      return [state, [send({ type: 'lock', locked: event.locked })]]
    case 'removeClicked':
      return [state, [send({ type: 'remove', member: event.member })]]
    case 'askToMuteClicked':
      return [state, [send({ type: 'ask_to_mute', member: event.member })]]
    case 'muteToggled':
      // Somebody whose microphone failed and who wants to be heard means: try again.
      if (audible(state) || (state.microphone.status === 'asking' && !state.muted)) {
        return [{ ...state, muted: true }, []]
      }
      return state.microphone.status === 'failed'
        ? reopen({ ...state, muted: false }, 'microphone')
        : [{ ...state, muted: false }, []]
    case 'cameraToggled':
      if (state.cameraWanted && state.camera.status === 'failed') return reopen(state, 'camera')
      return [{ ...state, cameraWanted: !state.cameraWanted }, []]
    case 'screenToggled':
      return screenToggled(state)
    case 'hangUpClicked':
      return hungUp(state)
    case 'settingsToggled':
      return [{ ...state, settingsOpen: event.open }, []]
    case 'deviceChosen': {
      const chosen = { ...state, chosen: { ...state.chosen, [event.kind]: event.id } }
      const kept = remember(event.kind, event.id || null)
      if (event.kind === 'speaker') return [chosen, [kept, { type: 'useSpeaker', deviceId: event.id }]]
      const [next, effects] = reopen(chosen, event.kind)
      return [next, [kept, ...effects]]
    }
    case 'retryClicked':
      return reopen(state, event.kind)
    case 'notificationsAsked':
      return [state, [{ type: 'askNotifications' }]]
    case 'noticeDismissed':
      return [without(state, event.id), []]
    case 'noticeFaded':
      // Nobody has read it while the page was in the background: a missed call is still there later.
      return state.hidden && state.notices.some(notice => notice.id === event.id)
        ? [state, [later({ type: 'noticeFaded', id: event.id }, READING)]]
        : [without(state, event.id), []]
    case 'useHereClicked':
      if (state.connection.status !== 'taken_over') return [state, []]
      return [
        { ...state, connection: { status: 'connecting', failing: false } },
        [remember('entered', 'yes'), { type: 'connect' }],
      ]
    case 'started':
      return started(state, event)
    case 'visibilityChanged':
      return [
        { ...state, hidden: event.hidden },
        event.hidden ? [] : [{ type: 'checkConnection' }, { type: 'refreshPaths' }],
      ]
    case 'hiddenForLong':
      return [state.hidden && !state.room ? { ...state, resting: true } : state, []]
    case 'networkChanged':
      return [state, event.online ? [{ type: 'checkConnection' }, { type: 'refreshPaths' }] : []]
    case 'notificationsAnswered':
      return [{ ...state, notifications: event.notifications }, []]
    case 'soundBlocked':
      return [event.blocked === state.soundBlocked ? state : { ...state, soundBlocked: event.blocked }, []]
    case 'devicesListed':
      return devicesListed(state, event)
    case 'sourceChanged':
      return sourceChanged(state, event)
    case 'screenChanged':
      // Whoever chooses nothing has thought better of it.
      return [{ ...state, screen: refusal(event.source) ? { status: 'off' } : event.source }, []]
    case 'rang':
      return rang(state, event.invitation)
    case 'ringWoreOff': {
      const call = state.calls.find(call => call.invitation === event.invitation)
      if (!call) return [state, []]
      const calls = state.calls.filter(other => other !== call)
      return noticed({ ...state, calls }, { type: 'invitation_ended', name: call.name, outcome: { how: 'expired' }, mine: false })
    }
    case 'connectionLost':
      return [{ ...state, connection: lost(state, event.at), arriving: null, retold: null }, []]
    case 'heard':
      return heard(state, event.message, event.at)
    case 'pathChanged':
      return wayChanged(state, event.member, ways => report(ways, event.path))
    case 'pathProven':
      return wayChanged(state, event.member, ways => proven(ways, event.proof))
    case 'pathSettled':
      return wayChanged(state, event.member, ways => settled(ways, event.change))
    default:
      return unreachable(event)
  }
}

/** @param {State} state @returns {Step} */
function entered(state) {
  if (state.me.entered) return [state, []]
  const name = cleaned(state.me.name)
  if (!name) return [{ ...state, me: { ...state.me, nameRefused: true } }, []]
  return [
    {
      ...state,
      me: { ...state.me, name, entered: true, nameRefused: false },
      connection: { status: 'connecting', failing: false },
    },
    [remember('name', name), remember('entered', 'yes'), { type: 'connect' }],
  ]
}

/** @param {State} state @param {Extract<Event, { type: 'started' }>} event @returns {Step} */
function started(state, event) {
  const { name, language, chosen, notifications, hidden } = event
  const begun = { ...state, started: true, me: { ...state.me, name }, language, chosen, notifications, hidden }
  /** @type {Effect[]} */
  const effects = [{ type: 'showLanguage', language }]
  if (chosen.speaker) effects.push({ type: 'useSpeaker', deviceId: chosen.speaker })
  if (!event.entered) return [begun, effects]
  const [next, more] = entered(begun)
  return [next, [...effects, ...more]]
}

/**
 * The room is left at once on this screen. The box hears it now or, if it tells of that room after
 * a lost connection, then.
 *
 * @param {State} state @returns {Step}
 */
function hungUp(state) {
  if (!state.room) return [state, []]
  const next = { ...state, room: null, leaving: state.room.id }
  return [next, state.connection.status === 'open' ? [send({ type: 'leave' })] : []]
}

/** @param {State} state @param {InvitationId} invitation @returns {Step} */
function cancelled(state, invitation) {
  const lastHope = waiting(state) && state.room?.invitations.every(other => other.invitation === invitation)
  if (lastHope && state.connection.status !== 'open') return hungUp(state)
  return [state, [send({ type: 'cancel', invitation })]]
}

/** @param {State} state @param {ClientMessage & { invitation: InvitationId }} answer @returns {Step} */
function answered(state, answer) {
  const call = state.calls.find(call => call.invitation === answer.invitation)
  if (!call) return [state, []]
  return [
    {
      ...state,
      calls: state.calls.filter(other => other !== call),
      answered: new Map(state.answered).set(call.invitation, { name: call.name, message: answer }),
    },
    [send(answer)],
  ]
}

/** @param {State} state @param {InvitationId} invitation @returns {Step} */
function rang(state, invitation) {
  if (!state.calls.some(call => call.invitation === invitation && !call.rung)) return [state, []]
  return [
    { ...state, calls: state.calls.map(call => (call.invitation === invitation ? { ...call, rung: true } : call)) },
    [send({ type: 'ringing', invitation })],
  ]
}

// Cameras and microphones.

/**
 * @param {State} state @param {Extract<Event, { type: 'devicesListed' }>} event @returns {Step}
 */
function devicesListed(state, { devices, changed }) {
  /** @type {State} */
  let next = { ...state, devices }
  /** @type {Effect[]} */
  const effects = []
  if (!changed) return [next, effects]
  for (const kind of KINDS) {
    const source = next[kind]
    if (source.status === 'on' && source.mended) next = { ...next, [kind]: { status: 'on' } }
    if (source.status !== 'failed' || source.problem === 'denied' || source.problem === 'insecure') continue
    const [reopened, asked] = reopen(next, kind)
    next = reopened
    effects.push(...asked)
  }
  return [next, effects]
}

/** @param {State} state @param {Extract<Event, { type: 'sourceChanged' }>} event @returns {Step} */
function sourceChanged(state, { kind, source, lost }) {
  // What was asked for earlier may come when it is no longer wanted; the device is closed already.
  if (!wants(state, kind)) return [state, []]
  const before = state[kind]
  if (!lost) {
    const mended = source.status === 'on' && before.status === 'asking' && before.mending
    return [{ ...state, [kind]: mended ? { status: 'on', mended } : source }, []]
  }
  // Once it is asked again at once (a phone call took it, a cable moved); a device that keeps
  // dropping out would otherwise be asked in a circle.
  const again = before.status === 'on' && !before.mended
  const [told, effects] = noticed(
    { ...state, [kind]: again ? { status: 'asking', mending: true } : source },
    { type: 'device_lost', kind },
  )
  return [told, again ? [openSource(state, kind), ...effects] : effects]
}

/** @param {State} state @returns {Step} */
function screenToggled(state) {
  if (shares(state)) return [{ ...state, screen: { status: 'off' } }, [{ type: 'stopScreen' }]]
  return state.room ? [{ ...state, screen: { status: 'asking' } }, [{ type: 'shareScreen' }]] : [state, []]
}

/** @param {Source} source */
function refusal(source) {
  return source.status === 'failed' && source.problem === 'denied'
}

/** @param {State} state @param {'camera' | 'microphone'} kind @returns {Step} */
function reopen(state, kind) {
  if (!wants(state, kind)) return [state, []]
  return [{ ...state, [kind]: { status: 'asking' } }, [openSource(state, kind)]]
}

/** @param {State} state @param {'camera' | 'microphone'} kind */
function wants(state, kind) {
  if (!state.started || state.resting || state.connection.status === 'taken_over') return false
  return kind === 'microphone' || state.cameraWanted
}

/** @param {State} state @returns {Media} */
function myMedia(state) {
  return { microphone: audible(state), camera: visible(state), screen: state.screen.status === 'on' }
}

// What the box says.

/** @param {State} state @param {ServerMessage} message @param {Moment} at @returns {Step} */
function heard(state, message, at) {
  switch (message.type) {
    case 'welcome':
      return welcomed(state, message)
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
    case 'asked_to_mute':
      if (state.muted) return [state, []]
      return noticed({ ...state, muted: true }, { type: 'asked_to_mute', name: message.name })
    case 'taken_over':
      if (state.connection.status === 'taken_over') return [state, []]
      // This tab must not take the place back by itself when it is loaded again.
      return [
        { ...outside(state), connection: { status: 'taken_over' } },
        [{ type: 'disconnect' }, remember('entered', null)],
      ]
    case 'error':
      return refused(state, message.code)
    case 'pong':
      return state.retold ? forgotten({ ...state, retold: null }, state.retold) : [state, []]
    default:
      // A newer box may say what this page does not know yet.
      return unknown(message, state)
  }
}

/** @param {State} state @param {Extract<ServerMessage, { type: 'welcome' }>} message @returns {Step} */
function welcomed(state, { you, name, availability, token, resumed, host, version }) {
  /** @type {State} */
  const here = {
    ...state,
    connection: { status: 'open', host, version },
    me: { ...state.me, id: you, shownName: name, availability, nameRefused: false },
    arriving: null,
    mediaSaid: null,
  }
  const nothing = { room: false, calls: [], knock: false }
  // After its own story the box answers the ping: what was not told again by then is over.
  /** @type {Step} */
  const [next, effects] = resumed ? [{ ...here, retold: nothing }, []] : forgotten({ ...here, retold: null }, nothing)
  /** @type {Effect[]} */
  const asked = [remember('token', token), send({ type: 'ping' }), ...effects]
  if (state.connection.status !== 'lost') return [next, asked]
  const [back, more] = noticed(next, { type: 'back' })
  return [back, [...asked, { type: 'refreshPaths' }, { type: 'resumeRelay' }, ...more]]
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
    texts.push({ type: 'invitation_ended', name: call.name, outcome: { how: 'gone' }, mine: false })
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

/** @param {State} state @param {Extract<ServerMessage, { type: 'ring' }>} message @param {Moment} at @returns {Step} */
function called(state, { invitation, from, name, members, expires_in_ms }, at) {
  const retold = state.retold && { ...state.retold, calls: [...state.retold.calls, invitation] }
  const answer = state.answered.get(invitation)
  if (answer) return [{ ...state, retold }, [send(answer.message)]]
  const rung = state.calls.some(call => call.invitation === invitation && call.rung)
  const call = { invitation, from, name, members, until: at + expires_in_ms, rung }
  const calls = state.calls.some(other => other.invitation === invitation)
    ? state.calls.map(other => (other.invitation === invitation ? call : other))
    : [...state.calls, call]
  return [
    { ...state, retold, calls },
    [
      ...(rung ? [send({ type: 'ringing', invitation })] : []),
      later({ type: 'ringWoreOff', invitation }, expires_in_ms + GRACE),
    ],
  ]
}

/** @param {State} state @param {Extract<ServerMessage, { type: 'invitation_ended' }>} message @returns {Step} */
function invitationEnded(state, { invitation, name, outcome }) {
  const mine = !state.answered.has(invitation) && !state.calls.some(call => call.invitation === invitation)
  const left = new Map(state.answered)
  left.delete(invitation)
  const ended = { ...state, answered: left, calls: state.calls.filter(call => call.invitation !== invitation) }
  /** @type {NoticeText} */
  const text = { type: 'invitation_ended', name, outcome, mine }
  switch (outcome.how) {
    // They meet: the room opens by itself.
    case 'accepted':
    case 'overtaken':
      return [ended, []]
    case 'cancelled':
      return mine ? [ended, []] : noticed(ended, text)
    case 'declined':
      return mine && !nobodyCame(ended, name) ? noticed(ended, text) : [ended, []]
    case 'expired':
    case 'gone':
      return mine && nobodyCame(ended, name) ? [ended, []] : noticed(ended, text)
    default:
      return unreachable(outcome)
  }
}

/** It stands there already that the last of those whom I called did not come. @param {State} state @param {string} name */
function nobodyCame(state, name) {
  return state.notices.some(
    ({ text }) => text.type === 'room_left' && text.why.why === 'nobody_came' && text.why.name === name,
  )
}

/** @param {State} state @param {Room} told @param {string} token @param {Moment} at @returns {Step} */
function roomTold(state, told, token, at) {
  const retold = state.retold && { ...state.retold, room: true }
  if (told.id === state.leaving) {
    // The box did not hear that I hung up.
    return [{ ...state, retold }, [remember('token', token), ...(state.retold ? [send({ type: 'leave' })] : [])]]
  }
  const same = state.room?.id === told.id
  const awaited = missing(state, told)
  const members = [...told.members, ...(awaited ? [{ ...awaited, reconnecting: true }] : [])]
    .map(member => unchanged(state.room?.members.find(({ id }) => id === member.id), member))
  /** @type {Map<InvitationId | KnockId, Moment>} */
  const until = new Map()
  for (const { invitation, expires_in_ms } of told.invitations) until.set(invitation, at + expires_in_ms)
  for (const { knock, expires_in_ms } of told.knocks) until.set(knock, at + expires_in_ms)
  return [
    {
      ...state,
      retold,
      room: { ...told, members, ...(awaited && { offerer: state.room?.offerer }) },
      awaited: awaited?.id ?? null,
      until,
      callSince: (same ? state.callSince : null) ?? (members.length > 1 ? at : null),
      mediaSaid: same ? state.mediaSaid : null,
    },
    [remember('token', token)],
  ]
}

/**
 * Who of a room of two is not back yet. The box keeps nothing on disk: after a restart its rooms
 * form again from those who come back, and who is first is alone at first. Meanwhile the direct
 * path goes on. It is over when the box says so, or when that person turns up elsewhere.
 *
 * @param {State} state @param {Room} told
 */
function missing(state, told) {
  if (state.room?.id !== told.id || told.members.length !== 1) return null
  if (!state.retold && state.awaited === null) return null
  const other = state.room.members.find(({ id }) => id !== state.me.id)
  return other && !elsewhere(state, other.id) ? other : null
}

/** Somebody of my room is in the lobby, but not in the room. @param {State} state @param {PersonId} id */
function elsewhere(state, id) {
  const person = state.people.get(id)
  return person !== undefined && person.room !== state.room?.id
}

/** @param {State} state @param {Extract<ServerMessage, { type: 'room_left' }>} message @returns {Step} */
function roomLeft(state, { why, token }) {
  const kept = remember('token', token)
  if (state.leaving !== null) return [{ ...state, leaving: null }, [kept]]
  /** @type {State} */
  let left = { ...state, room: null }
  switch (why.why) {
    case 'left':
      return [left, [kept]]
    case 'nobody_came': {
      // One sentence is enough: this one says all of what the invitation's end said.
      const name = why.name
      left = { ...left, notices: left.notices.filter(({ text }) => !(text.type === 'invitation_ended' && text.mine && text.name === name)) }
      if (why.outcome.how === 'cancelled' || why.outcome.how === 'overtaken' || why.outcome.how === 'accepted') return [left, [kept]]
      break
    }
    case 'removed':
    case 'last_left':
    case 'last_lost':
    case 'interrupted':
      break
    default:
      return unreachable(why)
  }
  const [told, effects] = noticed(left, { type: 'room_left', why })
  return [told, [kept, ...effects]]
}

/** @param {State} state @param {ErrorCode} code @returns {Step} */
function refused(state, code) {
  // Leaving a room that was just over is what was wanted.
  if (code === 'not_in_room') return [state, []]
  const nameRefused = code === 'name_invalid'
  const me = { ...state.me, nameRefused: nameRefused || state.me.nameRefused }
  const told = noticed({ ...state, me }, { type: 'error', code })
  if (state.connection.status === 'open' || (!nameRefused && code !== 'lobby_full')) return told
  // Not let in: back to the door.
  const [next, effects] = told
  return [
    { ...outside(next), connection: { status: 'closed' }, me: { ...next.me, id: null, entered: false } },
    [...effects, { type: 'disconnect' }, remember('entered', null)],
  ]
}

// The other browsers and the relay.

/** @param {State} state @param {PersonId} member @param {(ways: Ways) => Ways} change @returns {Step} */
function wayChanged(state, member, change) {
  const before = state.ways.get(member)
  const after = before && change(before)
  return [after === undefined || after === before ? state : { ...state, ways: new Map(state.ways).set(member, after) }, []]
}

/**
 * With whom I should have a direct path: the other one of a room of two. It has no place for a screen.
 *
 * @param {State} state
 */
function direct(state) {
  const { room, me } = state
  if (!room || room.members.length !== 2 || room.offerer === undefined) return null
  if (room.members.some(({ media }) => media.screen)) return null
  const other = room.members.find(({ id }) => id !== me.id)
  return other ? { member: other.id, offers: room.offerer === me.id } : null
}

// What has to be so in any state.

/** @param {State} before @param {State} after @param {Effect[]} asked @returns {Step} */
function settle(before, after, asked) {
  const effects = [...asked]
  let state = settleRest(before, settleAwaited(after), effects)
  state = settleSources(before, state, effects)
  state = settlePaths(before, state, effects)
  state = settleMedia(state, effects)
  soundAndLight(before, state, effects)
  return [state, effects]
}

/** @param {State} state @returns {State} */
function settleAwaited(state) {
  const { awaited, room } = state
  if (awaited === null) return state
  if (!room) return { ...state, awaited: null }
  if (!elsewhere(state, awaited)) return state
  return { ...state, awaited: null, room: { ...room, members: room.members.filter(({ id }) => id !== awaited) } }
}

/** @param {State} before @param {State} state @param {Effect[]} effects @returns {State} */
function settleRest(before, state, effects) {
  const idle = state.hidden && !state.room
  if (idle && !(before.hidden && !before.room)) effects.push(later({ type: 'hiddenForLong' }, REST))
  return state.resting && !idle ? { ...state, resting: false } : state
}

/** @param {State} before @param {State} state @param {Effect[]} effects @returns {State} */
function settleSources(before, state, effects) {
  for (const kind of KINDS) {
    const wanted = wants(state, kind)
    if (wanted === wants(before, kind)) continue
    /** @type {Source} */
    const source = wanted ? { status: 'asking' } : { status: 'off' }
    state = { ...state, [kind]: source }
    effects.push(wanted ? openSource(state, kind) : { type: 'closeSource', kind })
  }
  if (!state.room && shares(state)) {
    state = { ...state, screen: { status: 'off' } }
    effects.push({ type: 'stopScreen' })
  }
  if (state.muted !== before.muted) effects.push({ type: 'muteMicrophone', muted: state.muted })
  return state
}

/**
 * To each other member there is a way: through the relay, and in a room of two also a direct one.
 *
 * @param {State} before @param {State} state @param {Effect[]} effects @returns {State}
 */
function settlePaths(before, state, effects) {
  const sameRoom = before.room?.id === state.room?.id
  // A page that was loaded again in a call has lost its end of the paths. Nobody else knows it, so it
  // is the one to begin.
  const reloaded = state.retold !== null && before.room === null
  if (before.room && !sameRoom) effects.push({ type: 'closeRelay' })
  if (state.room && !sameRoom) effects.push({ type: 'openRelay', again: reloaded })

  const members = state.room?.members.filter(({ id }) => id !== state.me.id) ?? []
  for (const [id, { direct }] of before.ways) {
    if (sameRoom && members.some(member => member.id === id)) continue
    if (direct) effects.push({ type: 'closePath', member: id })
    effects.push({ type: 'dropMember', member: id })
  }

  const was = sameRoom ? direct(before) : null
  const is = direct(state)
  /** @type {Map<PersonId, Ways>} */
  const ways = new Map()
  for (const { id } of members) {
    const old = sameRoom ? before.ways.get(id) : undefined
    const told = sameRoom ? state.ways.get(id) : undefined
    const now = told ? allow(told, is?.member === id) : setOut(is?.member === id)
    ways.set(id, now)
    if (is?.member === id && (was?.member !== id || was.offers !== is.offers)) {
      effects.push({ type: 'openPath', member: id, offer: is.offers || reloaded, polite: !is.offers })
    }
    if (old?.direct && !now.direct) effects.push({ type: 'closePath', member: id })
    if (!old) effects.push({ type: 'carryMember', member: id })
    if (old?.used !== now.used) effects.push({ type: 'usePath', member: id, kind: now.used })
    if (old && old.changes !== now.changes) effects.push(later({ type: 'pathSettled', member: id, change: now.changes }, SETTLING))
    if (now.doubted && now.direct?.status === 'connected' && old?.proofs !== now.proofs) {
      effects.push(later({ type: 'pathProven', member: id, proof: now.proofs }, PROOF))
    }
  }
  const here = sameRoom ? state : { ...state, paths: new Map(), relay: null, speakers: [] }
  return settleRelay(complained(before, shownPaths(here, ways), effects), effects)
}

/** What is shown of the ways. @param {State} state @param {ReadonlyMap<PersonId, Ways>} ways @returns {State} */
function shownPaths(state, ways) {
  const paths = new Map([...ways].map(([id, way]) => {
    const before = state.paths.get(id)
    return [id, unchanged(before, shown(way, before))]
  }))
  const same = sameEntries(paths, state.paths)
  return same && sameEntries(ways, state.ways) ? state : { ...state, ways, paths: same ? state.paths : paths }
}

/** Says once that no way comes. One that was there and is interrupted is seen on the picture. @param {State} before @param {State} state @param {Effect[]} effects @returns {State} */
function complained(before, state, effects) {
  for (const { id, name, reconnecting } of state.room?.members ?? []) {
    if (reconnecting || before.paths.get(id)?.status !== 'connecting' || state.paths.get(id)?.status !== 'failed') continue
    const [told, more] = noticed(state, { type: 'path_failed', name })
    state = told
    effects.push(...more)
  }
  return state
}

/** @param {State} state @param {Effect[]} effects @returns {State} */
function settleRelay(state, effects) {
  const { room, me, ways } = state
  if (!room) return state
  const others = room.members.filter(({ id }) => id !== me.id)
  const rest = others.length > 0 && others.every(({ id }) => carriesDirectly(/** @type {Ways} */ (ways.get(id))))
  const due = !rest && others.some(({ media, reconnecting }) => media.microphone && !reconnecting)
  if (state.relay?.rest === rest && state.relay.due === due) return state
  const use = { rest, due }
  effects.push({ type: 'useRelay', use })
  return { ...state, relay: use }
}

/** @param {State} state @param {Effect[]} effects @returns {State} */
function settleMedia(state, effects) {
  if (!state.room) return state.mediaSaid || state.callSince || state.until.size
    ? { ...state, mediaSaid: null, callSince: null, until: new Map() }
    : state
  const media = myMedia(state)
  if (state.connection.status !== 'open' || (state.mediaSaid && alike(state.mediaSaid, media))) return state
  effects.push(send({ type: 'set_media', media }))
  return { ...state, mediaSaid: media }
}

/** @param {State} before @param {State} state @param {Effect[]} effects */
function soundAndLight(before, state, effects) {
  const quietly = state.room !== null
  for (const { invitation } of before.calls) {
    if (!state.calls.some(call => call.invitation === invitation)) effects.push({ type: 'stopRinging', invitation })
  }
  for (const { invitation, name } of state.calls) {
    const rings = before.calls.some(call => call.invitation === invitation)
    if (!rings || quietly !== (before.room !== null)) effects.push({ type: 'ring', invitation, name, quietly })
  }
  if (ringsThere(state) !== ringsThere(before)) {
    effects.push({ type: ringsThere(state) ? 'ringBack' : 'stopRingBack' })
  }
  const known = new Set(before.room?.knocks.map(({ knock }) => knock))
  if (state.room?.knocks.some(({ knock }) => !known.has(knock))) effects.push({ type: 'knockSound' })
  const awake = state.room !== null
  if (awake !== (before.room !== null)) effects.push({ type: 'keepAwake', awake })
}

/** I wait alone and it really rings at somebody's. @param {State} state */
function ringsThere(state) {
  return waiting(state)
    && state.connection.status === 'open'
    && Boolean(state.room?.invitations.some(({ progress }) => progress !== 'sent'))
}

// Details.

/** Outside of everything that was shared with others. @param {State} state @returns {State} */
function outside(state) {
  return { ...state, room: null, calls: [], answered: new Map(), knock: null, leaving: null, retold: null, arriving: null }
}

/** @param {State} state @param {Moment} at @returns {State['connection']} */
function lost({ connection }, at) {
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
function changed(people, changes) {
  const next = new Map(people)
  for (const person of changes.people) next.set(person.id, unchanged(next.get(person.id), person))
  for (const id of changes.left) next.delete(id)
  return next
}

/**
 * The object of before if the new one says the same, so that what shows it need not be drawn again.
 *
 * @template {object} T @param {T | undefined} before @param {T} after @returns {T}
 */
function unchanged(before, after) {
  return before && alike(before, after) ? before : after
}

/** @template K, V @param {ReadonlyMap<K, V>} a @param {ReadonlyMap<K, V>} b */
function sameEntries(a, b) {
  return a.size === b.size && [...a].every(([key, value]) => b.get(key) === value)
}

/** @param {object} a @param {object} b */
function alike(a, b) {
  // The box writes the fields of one kind of thing in one order.
  return JSON.stringify(a) === JSON.stringify(b)
}

/** As the box folds it; null if nobody could be called so. @param {string} name */
function cleaned(name) {
  const folded = name.trim().replace(/\s+/gu, ' ')
  const length = [...folded].length
  return length >= 1 && length <= 40 ? folded : null
}

/** @param {State} state @param {NoticeText} text @returns {Step} */
function noticed(state, text) {
  const id = state.nextNotice
  return [
    { ...state, notices: [...state.notices, { id, text }].slice(-NOTICES), nextNotice: id + 1 },
    [later({ type: 'noticeFaded', id }, READING)],
  ]
}

/** @param {State} state @param {number} id @returns {State} */
function without(state, id) {
  return { ...state, notices: state.notices.filter(notice => notice.id !== id) }
}

/** @param {ClientMessage} message @returns {Effect} */
function send(message) {
  return { type: 'send', message }
}

/** @param {Extract<Effect, { type: 'remember' }>['key']} key @param {string | null} value @returns {Effect} */
function remember(key, value) {
  return { type: 'remember', key, value }
}

/** @param {Event} event @param {number} ms @returns {Effect} */
function later(event, ms) {
  return { type: 'dispatchLater', event, ms }
}

/** @param {State} state @param {'camera' | 'microphone'} kind @returns {Effect} */
function openSource(state, kind) {
  return { type: 'openSource', kind, deviceId: state.chosen[kind] }
}

/** @param {never} what @returns {never} */
function unreachable(what) {
  throw new TypeError(`nobody thought of ${JSON.stringify(what)}`)
}

/** Takes `never` too, so that no message of this version is forgotten. @param {never} message @param {State} state @returns {Step} */
function unknown(message, state) {
  void message
  return [state, []]
}
