// Cameras and microphones: each asked for by itself, given back when not wanted, found again.
import { createVoice } from './voice.js'
/** @import { Device, Facing, Feed, Problem, Source, State } from '../state/types.d.ts' */

/** @typedef {'camera' | 'microphone'} Kind */

/**
 * @param {object} tell
 * @param {(kind: Kind, source: Source, lost?: boolean) => void} tell.changed
 * @param {(devices: State['devices'], changed: boolean) => void} tell.listed
 * @param {(feed: Feed, track: MediaStreamTrack | null) => void} tell.track what is to be sent now
 * @param {(source: Source) => void} tell.shared what is shown of the screen
 * @param {(kind: Kind) => void} tell.allowed the person who kept it from the page gives it now
 * @param {() => void} tell.spoke the muted microphone hears a voice
 */
export function createDevices(tell) {
  const media = navigator.mediaDevices
  /** @type {Record<Kind, { track: MediaStreamTrack | null, turn: number, work: Promise<void> }>} */
  const open = {
    camera: { track: null, turn: 0, work: Promise.resolve() },
    microphone: { track: null, turn: 0, work: Promise.resolve() },
  }
  const voice = createVoice(tell.spoke)
  let muted = false
  let listening = false
  let blurred = false
  /** @type {{ tracks: MediaStreamTrack[], turn: number }} */
  const screen = { tracks: [], turn: 0 }

  media?.addEventListener('devicechange', () => list(true))

  /** @param {Kind} kind */
  function release(kind) {
    const { track } = open[kind]
    if (!track) return
    open[kind].track = null
    track.onended = track.onmute = track.onunmute = null
    track.stop()
    tell.track(kind, null)
    if (kind === 'microphone') hearken()
  }

  function hearken() {
    voice.listen(listening && muted ? open.microphone.track : null)
  }

  /** What is behind the person, where the system itself can blur it. @param {MediaStreamTrack} track */
  async function blur(track) {
    if (blurs(track)) await track.applyConstraints(/** @type {MediaTrackConstraints} */ ({ backgroundBlur: blurred })).catch(() => {})
  }

  /** @param {Kind} kind @param {string} deviceId @param {Facing | undefined} facing @param {number} turn */
  async function ask(kind, deviceId, facing, turn) {
    // Overtaken while it waited.
    if (turn !== open[kind].turn) return
    // A phone opens its second camera only when the first is closed.
    release(kind)
    if (!media) return tell.changed(kind, { status: 'failed', problem: 'insecure' })
    try {
      const stream = await obtain(kind, deviceId, facing)
      const track = stream.getTracks()[0]
      if (!track || turn !== open[kind].turn) return track?.stop()
      open[kind].track = track
      if (kind === 'microphone') track.enabled = !muted
      track.onended = () => {
        release(kind)
        tell.changed(kind, { status: 'failed', problem: 'missing' }, true)
      }
      if (kind === 'microphone') hearken()
      else if (blurred) await blur(track)
      const on = { status: /** @type {const} */ ('on'), ...(kind === 'camera' && abilities(track)) }
      // A phone call, or the system's own switch: it comes back by itself, or when the page is looked at again.
      track.onmute = () => tell.changed(kind, { ...on, silenced: true })
      track.onunmute = () => tell.changed(kind, on)
      tell.track(kind, track)
      tell.changed(kind, on)
      // Their names are told only now.
      await list(false)
    } catch (error) {
      if (turn !== open[kind].turn) return
      const problem = problemOf(error)
      tell.changed(kind, { status: 'failed', problem })
      if (problem === 'denied') await awaitPermission(kind, turn)
    }
  }

  /** Whoever allows it beside the address need not press anything here. @param {Kind} kind @param {number} turn */
  async function awaitPermission(kind, turn) {
    const permission = await navigator.permissions?.query({ name: kind }).catch(() => null)
    if (!permission) return
    permission.onchange = () => {
      if (permission.state === 'granted' && turn === open[kind].turn) tell.allowed(kind)
    }
  }

  /** @param {Kind} kind @param {string} deviceId @param {Facing | undefined} facing */
  async function obtain(kind, deviceId, facing) {
    try {
      return await media.getUserMedia(constraints(kind, deviceId, facing))
    } catch (error) {
      // A remembered device that is gone gives way to another one.
      if (!deviceId || /** @type {DOMException} */ (error).name !== 'OverconstrainedError') throw error
      return media.getUserMedia(constraints(kind, '', facing))
    }
  }

  function stopSharing() {
    screen.turn += 1
    for (const track of screen.tracks.splice(0)) {
      track.onended = null
      track.stop()
      tell.track(track.kind === 'video' ? 'screen' : 'screenSound', null)
    }
  }

  /** @param {boolean} changed */
  async function list(changed) {
    const found = await media.enumerateDevices().catch(() => [])
    tell.listed(
      {
        cameras: named(found, 'videoinput'),
        microphones: named(found, 'audioinput'),
        speakers: named(found, 'audiooutput'),
      },
      changed,
    )
  }

  return {
    /** @param {Kind} kind @param {string} deviceId empty: the browser's choice @param {Facing} [facing] */
    open(kind, deviceId, facing) {
      const turn = ++open[kind].turn
      open[kind].work = open[kind].work.then(() => ask(kind, deviceId, facing, turn))
    },

    /** @param {Kind} kind */
    close(kind) {
      open[kind].turn += 1
      release(kind)
    },

    /** The microphone stays open, so that it is back at once. @param {boolean} mute */
    mute(mute) {
      muted = mute
      if (open.microphone.track) open.microphone.track.enabled = !mute
      hearken()
    },

    /** @param {boolean} on */
    listenWhileMuted(on) {
      listening = on
      hearken()
    },

    /** @param {boolean} wanted */
    blur(wanted) {
      blurred = wanted
      if (open.camera.track) void blur(open.camera.track)
    },

    /** Asks what to show, with its sound where the browser gives it. To be called while a click is handled. */
    async share() {
      const turn = ++screen.turn
      if (!media?.getDisplayMedia) return tell.shared({ status: 'failed', problem: 'missing' })
      try {
        const stream = await media.getDisplayMedia({ video: { frameRate: { ideal: 15 } }, audio: true })
        const tracks = stream.getTracks()
        if (turn !== screen.turn) return tracks.forEach(track => track.stop())
        screen.tracks = tracks
        for (const track of tracks) {
          // Letters are to be sharp.
          if (track.kind === 'video') track.contentHint = 'detail'
          tell.track(track.kind === 'video' ? 'screen' : 'screenSound', track)
          track.onended = () => {
            if (track.kind !== 'video') return
            stopSharing()
            tell.shared({ status: 'off' })
          }
        }
        return tell.shared({ status: 'on' })
      } catch (error) {
        return turn === screen.turn ? tell.shared({ status: 'failed', problem: problemOf(error) }) : undefined
      }
    },

    stopSharing,

    /** Asks again for what the system took while nobody looked. */
    revive() {
      for (const kind of /** @type {const} */ (['microphone', 'camera'])) {
        const { track } = open[kind]
        if (!track?.muted) continue
        const turn = ++open[kind].turn
        const { deviceId, facingMode } = track.getSettings()
        const facing = facingMode === 'environment' ? 'environment' : 'user'
        open[kind].work = open[kind].work.then(() => ask(kind, deviceId ?? '', facing, turn))
      }
    },


    /** When both have been answered for, one way or the other. */
    settled: () => Promise.all([open.camera.work, open.microphone.work]),
  }
}

/** @param {Kind} kind @param {string} deviceId @param {Facing} [facing] @returns {MediaStreamConstraints} */
function constraints(kind, deviceId, facing = 'user') {
  // Were it a wish among the others, a camera of another size would outdo the one that was chosen.
  const chosen = deviceId && { deviceId: { exact: deviceId } }
  if (kind === 'microphone') {
    return { audio: { ...chosen, echoCancellation: true, noiseSuppression: true, autoGainControl: true } }
  }
  return { video: { ...(chosen || { facingMode: facing }), width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } } }
}

/** Which way the camera looks, and whether it blurs (W3C Media Capture and Streams Extensions). @param {MediaStreamTrack} track */
function abilities(track) {
  const facing = track.getSettings().facingMode
  return {
    ...((facing === 'user' || facing === 'environment') && { facing: /** @type {Facing} */ (facing) }),
    ...(blurs(track) && { blurs: true }),
  }
}

/** @param {MediaStreamTrack} track */
function blurs(track) {
  const { backgroundBlur } = /** @type {{ backgroundBlur?: boolean[] }} */ (track.getCapabilities?.() ?? {})
  // Where the system has it switched on or off for good, there is one value only.
  return (backgroundBlur?.length ?? 0) > 1
}

/** @param {MediaDeviceInfo[]} found @param {MediaDeviceKind} kind @returns {Device[]} */
function named(found, kind) {
  return found
    // Before permission they have no id; Chromium lists its default a second time.
    .filter(device => device.kind === kind && !['', 'default', 'communications'].includes(device.deviceId))
    .map(({ deviceId, label }) => ({ id: deviceId, label }))
}

/** What getUserMedia's refusal means to a person. @param {unknown} error @returns {Problem} */
export function problemOf(error) {
  switch (error instanceof Error ? error.name : '') {
    case 'NotAllowedError':
    case 'SecurityError':
      return 'denied'
    case 'NotFoundError':
      return 'missing'
    case 'NotReadableError':
    case 'AbortError':
      return 'busy'
    case 'OverconstrainedError':
      return 'unfit'
    default:
      return 'unknown'
  }
}
