// Does what the reducer asked for.
import { setSpeaker } from './call/streams.js'
import { recall, remember } from './devices/storage.js'
import { createWakeLock } from './devices/wake-lock.js'
import { learn } from './words/index.js'
/** @import { Media } from './call/media.js' */
/** @import { Devices } from './devices/devices.js' */
/** @import { Ring } from './devices/ring.js' */
/** @import { Connection } from './server/connection.js' */
/** @import { Dispatch, Effect, State } from './state/types.d.ts' */

/** Milliseconds between two looks at how the call is. */
const LOOK = { closely: 1_000, lightly: 2_000 }

/**
 * @typedef {object} Parts
 * @property {Connection} connection
 * @property {Devices} devices
 * @property {Promise<Media>} media comes a moment after the rest
 * @property {Ring} ring
 * @property {() => State['paths']} paths how each member is reached
 * @property {Dispatch} dispatch
 */

/** What is done about each kind of effect. @template {Effect['type']} [T=Effect['type']] @typedef {{ [K in T]: (effect: Extract<Effect, { type: K }>) => void }} Handlers */

/** @param {Parts} parts @returns {(effect: Effect) => void} */
export function createEffects(parts) {
  /** @type {Handlers} */
  const handlers = { ...onServer(parts), ...onDevices(parts), ...onCall(parts), ...onRing(parts), ...onPage(parts) }
  return effect => {
    // What one part cannot do must not keep the others from theirs.
    try {
      /** @type {(effect: Effect) => void} */ (handlers[effect.type])(effect)
    } catch (error) {
      console.error(error)
    }
  }
}

/** @param {Parts} parts @returns {Handlers<'connect' | 'disconnect' | 'checkConnection' | 'send'>} */
function onServer({ connection }) {
  return {
    connect: () => connection.open(),
    disconnect: () => connection.close(),
    checkConnection: () => connection.check(),
    send: ({ message }) => connection.send(message),
  }
}

/** @param {Parts} parts */
function onDevices({ devices, ring }) {
  return /** @satisfies {Partial<Handlers>} */ ({
    openSource: ({ kind, deviceId, facing }) => devices.open(kind, deviceId, facing),
    closeSource: ({ kind }) => devices.close(kind),
    shareScreen: () => void devices.share(),
    stopScreen: () => devices.stopSharing(),
    muteMicrophone: ({ muted }) => devices.mute(muted),
    blurBackground: ({ blurred }) => devices.blur(blurred),
    listenWhileMuted: ({ on }) => devices.listenWhileMuted(on),
    reviveSources: () => devices.revive(),
    testSpeaker: () => void ring.test(recall('speaker') ?? ''),
    useSpeaker: ({ deviceId }) => setSpeaker(deviceId),
  })
}

/** @param {Parts} parts */
function onCall(parts) {
  const { media } = parts
  /** @type {ReturnType<typeof setInterval> | undefined} */
  let watching
  return /** @satisfies {Partial<Handlers>} */ ({
    listenForEcho: ({ members }) => carry(media, ({ echo }) => echo.listen(members)),
    openPath: ({ member, offers, lost }) => carry(media, ({ paths }) => paths.open(member, offers, lost)),
    closePath: ({ member }) => carry(media, ({ paths }) => paths.close(member)),
    signalPath: ({ member, signal }) => carry(media, ({ paths }) => paths.hear(member, signal)),
    usePath: ({ member, kind }) => carry(media, ({ paths }) => paths.use(member, kind)),
    dropMember: ({ member }) => carry(media, ({ paths, relay }) => {
      relay.drop(member)
      paths.drop(member)
    }),
    openRelay: ({ again, yields }) => carry(media, ({ relay }) => relay.open(again, yields)),
    closeRelay: () => carry(media, ({ relay }) => relay.close()),
    carryMember: ({ member }) => carry(media, ({ relay }) => relay.carry(member)),
    hearRelay: ({ message }) => carry(media, ({ relay }) => relay.hear(message)),
    useRelay: ({ use }) => carry(media, ({ relay }) => relay.use(use)),
    resumeRelay: () => carry(media, ({ relay }) => relay.resume()),
    refreshPaths: () => carry(media, ({ paths, relay }) => {
      relay.refresh()
      paths.refresh()
    }),
    watchCall: ({ how }) => {
      clearInterval(watching)
      if (how === 'not') return
      look(parts, how)
      watching = setInterval(() => look(parts, how), LOOK[how])
    },
  })
}

/** @param {Promise<Media>} media @param {(media: Media) => void} what */
function carry(media, what) {
  media.then(what).catch(error => console.error(error))
}

/** @param {Parts} parts @param {'closely' | 'lightly'} how */
function look({ connection, media, paths, dispatch }, how) {
  if (how === 'closely' && connection.isOpen) connection.send({ type: 'ask_links' })
  // What cannot be measured, because a connection has just closed, can be a second later.
  media.then(media => media.look(paths())).then(seen => dispatch({ type: 'callMeasured', look: seen }), () => {})
}

/** What takes time in a call is done while it rings. @param {Parts} parts */
function onRing({ media, ring, dispatch }) {
  const prepare = (/** @type {boolean} */ offers) => carry(media, ({ paths }) => paths.prepare(offers))
  const unprepare = () => carry(media, ({ paths }) => paths.unprepare())
  return /** @satisfies {Partial<Handlers>} */ ({
    ring: ({ invitation, name, quietly }) => {
      if (!quietly) prepare(true)
      ring.ring(invitation, name, quietly)
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
    askNotifications: () => void ring.askNotifications().then(notifications => dispatch({ type: 'notificationsAnswered', notifications })),
    showLanguage: ({ language }) => {
      document.documentElement.lang = language
      void learn(language).then(({ incoming }) => ring.speak(incoming), () => {})
    },
  })
}

/** @param {Parts} parts */
function onPage({ dispatch }) {
  const wake = createWakeLock()
  return /** @satisfies {Partial<Handlers>} */ ({
    remember: ({ key, value }) => remember(key, value),
    keepAwake: ({ awake }) => wake(awake),
    reload: () => location.reload(),
    dispatchLater: ({ event, ms }) => void setTimeout(() => dispatch(event), ms),
  })
}
