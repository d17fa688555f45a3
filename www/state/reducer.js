// What the page knows and what it does about what happens, with no DOM, socket or clock in it.
import { whyUnable } from './able.js'
import { answered, cancelled, rang, woreOff } from './calls.js'
import { choicesChanged, muteToggled, unhushed } from './choices.js'
import { settle } from './invariants.js'
import { wayChanged } from './member-paths.js'
import { remembered } from './missed.js'
import { hungUp } from './room.js'
import { arrived, proven, report, settled } from './route.js'
import { missed } from './selectors.js'
import { heard, lost } from './server-messages.js'
import { devicesListed, refusal, reopen, screenToggled, sourceChanged, troubleAsked } from './sources.js'
import { READING, cleaned, later, outside, remember, send, unreachable, without } from './transition.js'
import { echoHeard, looked, mirrorToggled, nearChosen, pinToggled, seen, spokeMuted, talkHeld } from './view.js'
/** @import { Effect, Event, State, Step } from './types.d.ts' */

export * from './selectors.js'

/** @type {State} */
export const initial = {
  language: 'en',
  connection: { status: 'closed' },
  me: { name: '', shownName: '', id: null, availability: 'available', entered: false, nameRefused: false, pin: { asked: false, typed: '', problem: null } },
  people: new Map(),
  arriving: null,
  room: null,
  awaited: null,
  until: new Map(),
  callSince: null,
  calls: [],
  answered: new Map(),
  quiet: [],
  knock: null,
  leaving: null,
  retold: null,
  started: false,
  camera: { status: 'off' },
  microphone: { status: 'off' },
  screen: { status: 'off' },
  cameraWanted: true,
  facing: 'user',
  blurred: false,
  muted: false,
  hushed: null,
  inherits: true,
  resting: false,
  mediaSaid: null,
  devices: { cameras: [], microphones: [], speakers: [] },
  chosen: { camera: '', microphone: '', speaker: '' },
  paths: new Map(),
  ways: new Map(),
  relay: null,
  speakers: [],
  edition: null,
  notices: [],
  nextNotice: 1,
  origin: 0,
  settingsOpen: false,
  removal: null,
  trouble: null,
  onlyInCalls: false,
  stayAwake: false,
  offered: false,
  looks: [],
  callInfo: null,
  keysOpen: false,
  keys: true,
  view: { layout: 'grid', pinned: null, speaker: null, corner: 'bottomEnd', mirrored: true, near: null },
  holding: false,
  unheard: false,
  echo: null,
  hidden: false,
  unable: null,
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

/** @param {State} state @param {Event} event @returns {Step} */
function happened(state, event) {
  switch (event.type) {
    case 'nameTyped':
      return [{ ...state, me: { ...state.me, name: event.name, nameRefused: false } }, []]
    case 'pinTyped':
      return [{ ...state, me: { ...state.me, pin: { asked: true, typed: event.pin, problem: null } } }, []]
    case 'entered':
      return entered(state)
    case 'signedOut':
      return [
        {
          ...unhushed(outside(state)),
          connection: { status: 'closed' },
          people: new Map(),
          inherits: true,
          notices: state.notices.filter(({ text }) => !missed(text)),
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
    case 'quietClicked':
      return [state, [send({ type: 'quiet', person: event.person, on: event.on })]]
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
      return [{ ...state, removal: event.member }, []]
    case 'removalAnswered':
      return [{ ...state, removal: null }, event.yes && state.removal !== null ? [send({ type: 'remove', member: state.removal })] : []]
    case 'askToMuteClicked':
      return [state, [send({ type: 'ask_to_mute', member: event.member })]]
    case 'muteToggled':
      return muteToggled(state)
    case 'cameraToggled':
      if (state.cameraWanted && state.camera.status === 'failed') return troubleAsked(state, 'camera')
      return [{ ...state, cameraWanted: !state.cameraWanted }, []]
    case 'screenToggled':
      return screenToggled(state)
    case 'hangUpClicked':
      return hungUp(state)
    case 'settingsToggled':
      return [{ ...state, settingsOpen: event.open }, []]
    case 'callInfoToggled':
      if (event.open === (state.callInfo !== null) || !state.room) return [state, []]
      return [{ ...state, callInfo: event.open ? { about: event.about ?? null, told: null } : null }, []]
    case 'callMeasured':
      return [looked(state, event.look), []]
    case 'keysToggled':
      return [{ ...state, keysOpen: event.open }, []]
    case 'keysChosen':
      return [{ ...state, keys: event.on }, [remember('keys', event.on ? null : 'no')]]
    case 'layoutChosen':
      // Whoever asks for another order of the pictures lets go of the one that was held.
      return [seen(state, { layout: event.layout, pinned: null }), [remember('layout', event.layout)]]
    case 'pinToggled':
      return pinToggled(state, event.who)
    case 'nearChosen':
      return nearChosen(state, event.who, event.near)
    case 'cornerChosen':
      return [seen(state, { corner: event.corner }), [remember('corner', event.corner)]]
    case 'mirrorToggled':
      return mirrorToggled(state)
    case 'blurToggled': {
      const blurred = !state.blurred
      return [{ ...state, blurred }, [remember('blurred', blurred ? 'yes' : null), { type: 'blurBackground', blurred }]]
    }
    case 'cameraTurned': {
      // The one that was chosen by name looks one way only.
      const facing = state.camera.status === 'on' && state.camera.facing === 'environment' ? 'user' : 'environment'
      return reopen({ ...state, facing, cameraWanted: true, chosen: { ...state.chosen, camera: '' } }, 'camera')
    }
    case 'talkHeld':
      return talkHeld(state, event.held)
    case 'speakerTested':
      return [state, [{ type: 'testSpeaker' }]]
    case 'deviceChosen': {
      const chosen = { ...state, chosen: { ...state.chosen, [event.kind]: event.id } }
      const kept = remember(event.kind, event.id || null)
      if (event.kind === 'speaker') return [chosen, [kept, { type: 'useSpeaker', deviceId: event.id }]]
      const [next, effects] = reopen(chosen, event.kind)
      return [next, [kept, ...effects]]
    }
    case 'retryClicked':
      return reopen(state, event.kind)
    case 'troubleAsked':
      return troubleAsked(state, event.kind)
    case 'troubleClosed':
      return [{ ...state, trouble: null }, []]
    case 'onlyInCallsToggled': {
      const onlyInCalls = !state.onlyInCalls
      return [{ ...state, onlyInCalls }, [remember('onlyInCalls', onlyInCalls ? 'yes' : 'no')]]
    }
    case 'stayAwakeToggled': {
      const stayAwake = !state.stayAwake
      return [{ ...state, stayAwake }, [remember('stayAwake', stayAwake ? 'yes' : null)]]
    }
    case 'notificationsAsked':
      return [{ ...state, offered: true }, [{ type: 'askNotifications' }, remember('offered', 'yes')]]
    case 'offerDismissed':
      return [{ ...state, offered: true }, [remember('offered', 'yes')]]
    case 'noticeDismissed':
      return [without(state, event.id), []]
    case 'noticeFaded':
      // Nobody has read it while the page was in the background: a missed call is still there later.
      return state.hidden && state.notices.some(notice => notice.id === event.id)
        ? [state, [later({ type: 'noticeFaded', id: event.id }, READING)]]
        : [without(state, event.id), []]
    case 'reloadClicked':
      return [state, [{ type: 'reload' }]]
    case 'useHereClicked':
      if (state.connection.status !== 'taken_over') return [state, []]
      return [
        { ...state, connection: { status: 'connecting', failing: false } },
        [remember('entered', 'yes'), { type: 'connect' }],
      ]
    case 'started':
      return started(state, event)
    case 'choicesChanged':
      return choicesChanged(state, event.choices)
    case 'visibilityChanged':
      return [
        { ...state, hidden: event.hidden },
        event.hidden ? [] : [{ type: 'checkConnection' }, { type: 'refreshPaths' }, { type: 'reviveSources' }],
      ]
    case 'hiddenForLong':
      return [state.hidden && !state.room ? { ...state, resting: true } : state, []]
    case 'networkChanged':
      return [state, event.online ? [{ type: 'checkConnection' }, { type: 'refreshPaths' }] : []]
    case 'notificationsAnswered':
      return [{ ...state, notifications: event.notifications }, []]
    case 'soundBlocked':
      return [event.blocked === state.soundBlocked ? state : { ...state, soundBlocked: event.blocked }, []]
    case 'spokeMuted':
      return spokeMuted(state)
    case 'unheardFaded':
      return [{ ...state, unheard: false }, []]
    case 'echoHeard':
      return echoHeard(state, event.member)
    case 'echoFaded':
      return [state.echo ? { ...state, echo: { ...state.echo, said: true } } : state, []]
    case 'devicesListed':
      return devicesListed(state, event)
    case 'sourceChanged':
      return sourceChanged(state, event)
    case 'screenChanged':
      // Whoever chooses nothing has thought better of it.
      return [{ ...state, screen: refusal(event.source) ? { status: 'off' } : event.source }, []]
    case 'rang':
      return rang(state, event.invitation)
    case 'ringWoreOff':
      return woreOff(state, event.invitation)
    case 'connectionLost':
      return [{ ...state, connection: lost(state, event.at), arriving: null, retold: null }, []]
    case 'heard':
      return heard(state, event.message, event.at)
    case 'pathChanged':
      return wayChanged(state, event.member, ways => report(ways, event.path))
    case 'pathProven':
      return wayChanged(state, event.member, ways => proven(ways, event.proof))
    case 'pathArrived':
      return wayChanged(state, event.member, ways => arrived(ways, event.kind))
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
  const { name, language, edition, chosen, notifications, hidden, browser, kept: { layout, corner, mirrored, ...kept }, origin, choices: { availability, ...choices } } = event
  const me = { ...state.me, name, availability }
  // A tab that was in the lobby before knows itself what was chosen.
  const inherits = !event.entered
  const begun = seen({ ...state, started: true, me, language, edition, chosen, notifications, hidden, origin, ...kept, ...choices, inherits, ...remembered(event.missed), unable: whyUnable(browser) }, { layout, corner, mirrored })
  /** @type {Effect[]} */
  const effects = [{ type: 'showLanguage', language }]
  if (kept.blurred) effects.push({ type: 'blurBackground', blurred: true })
  if (chosen.speaker) effects.push({ type: 'useSpeaker', deviceId: chosen.speaker })
  if (!event.entered) return [begun, effects]
  const [next, more] = entered(begun)
  return [next, [...effects, ...more]]
}
