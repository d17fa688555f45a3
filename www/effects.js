// Does what the reducer asked for.
import { setAudioOutput, setVolume } from './call/streams.js'
import { recall, remember } from './devices/storage.js'
import { createWakeLock } from './devices/wake-lock.js'
import { withoutRoom } from './server/space.js'
import { learn } from './words/index.js'
/** @import { Media } from './call/media.js' */
/** @import { Devices } from './devices/devices.js' */
/** @import { Ring } from './devices/ring.js' */
/** @import { Connection } from './server/connection.js' */
/** @import { CallEffect, DevicesEffect, Dispatch, Effect, SessionEffect, State, ViewEffect } from './state/types.d.ts' */

/** Milliseconds between two looks at how the call is. */
const LOOK = { closely: 1_000, lightly: 2_000 }

/** Milliseconds before the end of credentials at which others are asked for: a page in the background runs its timers once a minute. */
const RENEWAL = 120_000

/**
 * @typedef {object} Parts
 * @property {Connection} connection
 * @property {Devices} devices
 * @property {Promise<Media>} media comes a moment after the rest
 * @property {Ring} ring
 * @property {() => State['paths']} paths how each member is reached
 * @property {Dispatch} dispatch
 */

/** What is done about each kind of effect. @template {Effect} [E=Effect] @typedef {{ [K in E['type']]: (effect: Extract<E, { type: K }>) => void }} Handlers */

/** @param {Parts} parts @returns {(effect: Effect) => void} */
export function createEffects(parts) {
  /** @type {Handlers} */
  const handlers = { ...onSession(parts), ...onDevices(parts), ...onCall(parts), ...onView(), ...onAll(parts) }
  return effect => {
    // What one part cannot do must not keep the others from theirs.
    try {
      const perform = /** @type {(effect: Effect) => void} */ (handlers[effect.type])
      perform(effect)
    } catch (error) {
      console.error(error)
    }
  }
}

/** @param {Parts} parts @returns {Handlers<SessionEffect>} */
function onSession({ connection, ring, dispatch }) {
  return {
    connect: () => connection.open(),
    disconnect: () => connection.close(),
    checkConnection: () => connection.check(),
    send: ({ message }) => connection.send(message),
    askNotifications: () => void ring.askNotifications().then(notifications => dispatch({ type: 'notificationsAnswered', notifications })),
    tellArrival: ({ name }) => void ring.tellArrival(name),
    reload: () => location.reload(),
    forgetLink: () => history.replaceState(null, '', withoutRoom(location.pathname) + location.search),
    showLanguage: ({ language }) => {
      document.documentElement.lang = language
      void learn(language).then(words => ring.speak(words), () => {})
    },
  }
}

/** @param {Parts} parts @returns {Handlers<DevicesEffect>} */
function onDevices({ devices, media, ring }) {
  return {
    openSource: ({ kind, deviceId, facing }) => devices.open(kind, deviceId, facing),
    closeSource: ({ kind }) => devices.close(kind),
    shareScreen: () => void devices.share(),
    stopScreen: () => devices.stopSharing(),
    muteMicrophone: ({ muted }) => devices.mute(muted),
    blurBackground: ({ blurred }) => devices.blur(blurred),
    listenWhileMuted: ({ on }) => devices.listenWhileMuted(on),
    reviveSources: () => devices.revive(),
    saveData: ({ saves }) => void media.then(({ relay }) => relay.save(saves)),
    testAudioOutput: () => void ring.test(recall('speaker') ?? ''),
    useAudioOutput: ({ deviceId }) => setAudioOutput(deviceId),
  }
}

/** @param {Parts} parts @returns {Handlers<CallEffect>} */
function onCall(parts) {
  const { connection, media, ring } = parts
  /** @type {ReturnType<typeof setInterval> | undefined} */
  let watching
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let renewing
  const carry = (/** @type {(media: Media) => void} */ what) => void media.then(what).catch(error => console.error(error))
  // What takes time in a call is done while it rings.
  const prepare = (/** @type {boolean} */ offers) => carry(({ paths }) => paths.prepare(offers))
  const unprepare = () => carry(({ paths }) => paths.unprepare())
  return {
    useIce({ ice: { servers, expires_in_ms: end } }) {
      carry(({ paths }) => paths.setServers(servers))
      clearTimeout(renewing)
      // Where the connection is lost, the next welcome has others.
      if (end !== undefined) renewing = setTimeout(() => connection.isOpen && connection.send({ type: 'ask_ice' }), end - RENEWAL)
    },
    allowDirect: ({ allowed }) => carry(({ paths }) => paths.allow(allowed)),
    listenForEcho: ({ members }) => carry(({ echo }) => echo.listen(members)),
    openPath: ({ member, ...how }) => carry(({ paths }) => paths.open(member, how)),
    limitPictures: ({ member, pictures }) => carry(({ paths }) => paths.limit(member, pictures)),
    closePath: ({ member }) => carry(({ paths }) => paths.close(member)),
    signalPath: ({ member, signal }) => carry(({ paths }) => paths.hear(member, signal)),
    usePath: ({ member, kind }) => carry(({ paths }) => paths.use(member, kind)),
    dropMember: ({ member }) => carry(media => media.drop(member)),
    openRelay: ({ again, yields }) => carry(({ relay }) => relay.open(again, yields)),
    closeRelay: () => carry(({ relay }) => relay.close()),
    useTurn: ({ access }) => carry(({ relay }) => relay.useTurn(access)),
    carryMember: ({ member }) => carry(({ relay }) => relay.carry(member)),
    hearRelay: ({ message }) => carry(({ relay }) => relay.hear(message)),
    useRelay: ({ use }) => carry(({ relay }) => relay.use(use)),
    resumeRelay: () => carry(({ relay }) => relay.resume()),
    refreshPaths: () => carry(media => media.refresh()),
    watchCall: ({ how }) => {
      clearInterval(watching)
      if (how === 'not') return
      look(parts, how)
      watching = setInterval(() => look(parts, how), LOOK[how])
    },
    ring: ({ invitation, name, quietly, itself }) => {
      if (!quietly) prepare(true)
      ring.ring(invitation, name, quietly, itself)
    },
    stopRinging: ({ invitation }) => {
      unprepare()
      ring.stopRinging(invitation)
    },
    ringBack: () => {
      prepare(false)
      ring.ringBack(true)
    },
    stopRingBack: () => {
      unprepare()
      ring.ringBack(false)
    },
    knockSound: () => ring.knock(),
    gestureSound: ({ of }) => ring.gesture(of),
  }
}

/** @param {Parts} parts @param {'closely' | 'lightly'} how */
function look({ connection, media, paths, dispatch }, how) {
  if (how === 'closely' && connection.isOpen) connection.send({ type: 'ask_links' })
  // What cannot be measured, because a connection has just closed, can be a second later.
  media.then(media => media.look(paths())).then(seen => dispatch({ type: 'callMeasured', look: seen }), () => {})
}

/** @returns {Handlers<ViewEffect>} */
function onView() {
  const wake = createWakeLock()
  return {
    keepAwake: ({ awake }) => wake(awake),
    setVolume: ({ who, volume }) => setVolume(who, volume),
  }
}

/** Of no slice alone. @param {Parts} parts @returns {Handlers<Extract<Effect, { type: 'remember' | 'dispatchLater' }>>} */
function onAll({ dispatch }) {
  return {
    remember: ({ key, value }) => remember(key, value),
    dispatchLater: ({ event, ms }) => void setTimeout(() => dispatch(event), ms),
  }
}
