// Does what the reducer asked for.
import { setSpeaker } from './call/streams.js'
import { learn } from './words/index.js'
/** @import { createConnection } from './server/connection.js' */
/** @import { createDevices } from './devices/devices.js' */
/** @import { Media } from './call/media.js' */
/** @import { createRing } from './devices/ring.js' */
/** @import { Dispatch, Effect, MemoryKey, State } from './state/types.d.ts' */

/** Milliseconds between two looks at how the call is. */
const LOOK = { closely: 1_000, lightly: 2_000 }

/**
 * @param {object} parts
 * @param {ReturnType<typeof createConnection>} parts.connection
 * @param {ReturnType<typeof createDevices>} parts.devices
 * @param {Promise<Media>} parts.media comes a moment after the rest
 * @param {ReturnType<typeof createRing>} parts.ring
 * @param {() => State['paths']} parts.paths how each member is reached
 * @param {Dispatch} parts.dispatch
 * @returns {(effect: Effect) => void}
 */
export function createEffects({ connection, devices, media, ring, paths, dispatch }) {
  const wake = createWakeLock()
  /** @type {ReturnType<typeof setInterval> | undefined} */
  let watching

  return effect => {
    // What one part cannot do must not keep the others from theirs.
    try {
      perform(effect)
    } catch (error) {
      console.error(error)
    }
  }

  /** @param {Effect} effect */
  function perform(effect) {
    switch (effect.type) {
      case 'connect': return connection.open()
      case 'disconnect': return connection.close()
      case 'checkConnection': return connection.check()
      case 'send': return connection.send(effect.message)
      case 'remember': return remember(effect.key, effect.value)
      case 'openSource': return devices.open(effect.kind, effect.deviceId, effect.facing)
      case 'closeSource': return devices.close(effect.kind)
      case 'shareScreen': return void devices.share()
      case 'stopScreen': return devices.stopSharing()
      case 'muteMicrophone': return devices.mute(effect.muted)
      case 'blurBackground': return devices.blur(effect.blurred)
      case 'listenWhileMuted': return devices.listenWhileMuted(effect.on)
      case 'listenForEcho': return carry(({ echo }) => echo.listen(effect.members))
      case 'testSpeaker': return void ring.test(recall('speaker') ?? '')
      case 'useSpeaker': return setSpeaker(effect.deviceId)
      case 'openPath': return carry(({ paths }) => paths.open(effect.member, effect.offers, effect.lost))
      case 'closePath': return carry(({ paths }) => paths.close(effect.member))
      case 'signalPath': return carry(({ paths }) => paths.hear(effect.member, effect.signal))
      case 'usePath': return carry(({ paths }) => paths.use(effect.member, effect.kind))
      case 'dropMember': return carry(({ paths, relay }) => {
        relay.drop(effect.member)
        paths.drop(effect.member)
      })
      case 'openRelay': return carry(({ relay }) => relay.open(effect.again, effect.yields))
      case 'closeRelay': return carry(({ relay }) => relay.close())
      case 'carryMember': return carry(({ relay }) => relay.carry(effect.member))
      case 'hearRelay': return carry(({ relay }) => relay.hear(effect.message))
      case 'useRelay': return carry(({ relay }) => relay.use(effect.use))
      case 'watchCall': return watch(effect.how)
      case 'resumeRelay': return carry(({ relay }) => relay.resume())
      case 'refreshPaths': return carry(({ paths, relay }) => {
        relay.refresh()
        paths.refresh()
      })
      case 'ring':
        if (!effect.quietly) carry(({ paths }) => paths.prepare(true))
        return ring.ring(effect.invitation, effect.name, effect.quietly)
      case 'stopRinging':
        carry(({ paths }) => paths.unprepare())
        return ring.stopRinging(effect.invitation)
      case 'ringBack':
        carry(({ paths }) => paths.prepare(false))
        return ring.ringBack(true)
      case 'stopRingBack':
        carry(({ paths }) => paths.unprepare())
        return ring.ringBack(false)
      case 'knockSound': return ring.knock()
      case 'askNotifications':
        return void ring.askNotifications().then(notifications => dispatch({ type: 'notificationsAnswered', notifications }))
      case 'keepAwake': return wake(effect.awake)
      case 'showLanguage':
        document.documentElement.lang = effect.language
        return void learn(effect.language).then(({ incoming }) => ring.speak(incoming), () => {})
      case 'reload': return location.reload()
      case 'reviveSources': return devices.revive()
      case 'dispatchLater': return void setTimeout(() => dispatch(effect.event), effect.ms)
      default: return unreachable(effect)
    }
  }

  /** @param {(media: Media) => void} what */
  function carry(what) {
    media.then(what).catch(error => console.error(error))
  }

  /** @param {Extract<Effect, { type: 'watchCall' }>['how']} how */
  function watch(how) {
    clearInterval(watching)
    if (how === 'not') return
    const measure = () => {
      if (how === 'closely' && connection.isOpen()) connection.send({ type: 'ask_links' })
      // What cannot be measured, because a connection has just closed, can be a second later.
      media.then(media => media.look(paths())).then(seen => dispatch({ type: 'callMeasured', look: seen }), () => {})
    }
    measure()
    watching = setInterval(measure, LOOK[how])
  }
}

/** What a browser refuses to keep, such as in a private window, lives as long as the page. @type {Map<MemoryKey, string>} */
const kept = new Map()

/** What this device remembered. @param {MemoryKey} key @returns {string | null} */
export function recall(key) {
  try {
    return drawer(key).getItem(`wizyjno.${key}`)
  } catch {
    return kept.get(key) ?? null
  }
}

/** @param {MemoryKey} key @param {string | null} value */
function remember(key, value) {
  if (value === null) kept.delete(key)
  else kept.set(key, value)
  try {
    if (value === null) drawer(key).removeItem(`wizyjno.${key}`)
    else drawer(key).setItem(`wizyjno.${key}`, value)
  } catch {
    // Kept above.
  }
}

/** Being in the lobby is a matter of this tab; everything else of the device. @param {MemoryKey} key */
function drawer(key) {
  return key === 'entered' ? sessionStorage : localStorage
}

/** The screen does not go dark in a call. Browsers take that back whenever the page is hidden. */
function createWakeLock() {
  let wanted = false
  /** @type {WakeLockSentinel | null} */
  let lock = null

  async function settle() {
    if (!wanted) {
      await lock?.release()
      lock = null
    } else if (!document.hidden && (!lock || lock.released)) {
      lock = await navigator.wakeLock.request('screen')
      // The call may have ended while the browser thought about it.
      if (!wanted) await settle()
    }
  }

  function attempt() {
    // A screen that goes dark (low battery, an old browser) is no reason to stop.
    if ('wakeLock' in navigator) settle().catch(() => {})
  }

  document.addEventListener('visibilitychange', attempt)

  /** @param {boolean} awake */
  return awake => {
    wanted = awake
    attempt()
  }
}

/** @param {never} effect @returns {never} */
function unreachable(effect) {
  throw new TypeError(`nobody does ${JSON.stringify(effect)}`)
}
