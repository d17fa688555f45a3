// Coming in and going out, the name, the language, and what becomes of the page and its connection.
import { remembered } from '../call/missed.js'
import { withoutHostsMute } from '../devices/choices.js'
import { missed } from '../selectors.js'
import { cleaned, outside, remember, send, unreachable } from '../transition.js'
import { seen } from '../view/reducer.js'
import { whyUnable } from './able.js'
/** @import { Effect, Event, Moment, Reducer, SessionEvent, SessionState, State, Transition } from '../types.d.ts' */

/** @type {SessionState} */
export const initialSession = {
  language: 'en',
  connection: { status: 'closed' },
  space: null,
  link: null,
  hosted: false,
  me: { name: '', shownName: '', id: null, availability: 'available', entered: false, nameRefused: false, pin: { asked: false, typed: '', problem: null } },
  retold: null,
  inherits: true,
  started: false,
  edition: null,
  origin: 0,
  hidden: false,
  unable: null,
  notifications: 'unsupported',
  offered: false,
  kiosk: false,
}

/** What the box says has slices of its own. @type {Reducer<Exclude<SessionEvent, { type: 'heard' }>>} */
export const session = {
  started,
  nameTyped: (state, { name }) => [{ ...state, me: { ...state.me, name, nameRefused: false } }, []],
  pinTyped: (state, { pin }) => [{ ...state, me: { ...state.me, pin: { asked: true, typed: pin, problem: null } } }, []],
  entered,
  signedOut: state => [
    {
      ...withoutHostsMute(outside(state)),
      connection: { status: 'closed' },
      people: new Map(),
      inherits: true,
      notices: state.notices.filter(({ text }) => !missed(text)),
      me: { ...state.me, id: null, shownName: '', availability: 'available', entered: false },
    },
    [send({ type: 'goodbye' }), { type: 'disconnect' }, remember('token', null), remember('entered', null)],
  ],
  renamed(state, event) {
    const name = cleaned(event.name)
    if (!name) return [{ ...state, me: { ...state.me, nameRefused: true } }, []]
    return [
      { ...state, me: { ...state.me, name, nameRefused: false } },
      [send({ type: 'rename', name }), remember('name', name)],
    ]
  },
  availabilityChosen: (state, { availability }) => [
    { ...state, me: { ...state.me, availability } },
    [send({ type: 'set_availability', availability })],
  ],
  languageChosen: (state, { language }) => [
    { ...state, language },
    [remember('language', language), { type: 'showLanguage', language }],
  ],
  notificationsAsked: state => [{ ...state, offered: true }, [{ type: 'askNotifications' }, remember('offered', 'yes')]],
  notificationsAnswered: (state, { notifications }) => [{ ...state, notifications }, []],
  offerDismissed: state => [{ ...state, offered: true }, [remember('offered', 'yes')]],
  reloadClicked: state => [state, [{ type: 'reload' }]],
  useHereClicked(state) {
    if (state.connection.status !== 'taken_over') return [state, []]
    return [
      { ...state, connection: { status: 'connecting', failing: false } },
      [remember('entered', 'yes'), { type: 'connect' }],
    ]
  },
  spaceTitled: (state, { title }) => [state.space ? { ...state, space: { ...state.space, title } } : state, []],
  visibilityChanged: (state, { hidden }) => [
    { ...state, hidden },
    hidden ? [] : [{ type: 'checkConnection' }, { type: 'refreshPaths' }, { type: 'reviveSources' }],
  ],
  hiddenForLong: state => [state.hidden && !state.room ? { ...state, resting: true } : state, []],
  networkChanged: (state, { online }) => [state, online ? [{ type: 'checkConnection' }, { type: 'refreshPaths' }] : []],
  connectionLost: (state, { at }) => [{ ...state, connection: lost(state, at), arriving: null, retold: null }, []],
}

/** @param {State} state @returns {Transition} */
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

/** @param {State} state @param {Extract<Event, { type: 'started' }>} event @returns {Transition} */
function started(state, event) {
  const { space, link, hosted, name, language, edition, chosen, notifications, hidden, browser, kept: { layout, corner, mirrored, ownHidden, ...kept }, origin, choices: { availability, ...choices } } = event
  const me = { ...state.me, name, availability }
  // A tab that was in the lobby before knows itself what was chosen.
  const inherits = !event.entered
  const begun = seen({ ...state, started: true, space, link: link && { ...link, sent: false }, hosted, me, language, edition, chosen, notifications, hidden, origin, ...kept, ...choices, inherits, ...remembered(event.missed), unable: whyUnable(browser) }, { layout, corner, mirrored, ownHidden })
  /** @type {Effect[]} */
  const effects = [{ type: 'showLanguage', language }]
  if (kept.blurred) effects.push({ type: 'blurBackground', blurred: true })
  if (chosen.speaker) effects.push({ type: 'useAudioOutput', deviceId: chosen.speaker })
  if (!event.entered) return [begun, effects]
  const [next, more] = entered(begun)
  return [next, [...effects, ...more]]
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
