// Cameras and microphones: each asked for by itself, given back when not wanted, found again.
import { createVoice } from './voice.js'
/** @import { Device, Facing, Feed, Problem, SourceState, State } from '../state/types.d.ts' */

/** @typedef {'camera' | 'microphone'} Kind */

/**
 * @typedef {object} Tell
 * @property {(kind: Kind, source: SourceState, lost?: boolean) => void} changed
 * @property {(devices: State['devices'], changed: boolean) => void} listed
 * @property {(feed: Feed, track: MediaStreamTrack | null) => void} track what is to be sent
 * @property {(source: SourceState) => void} shared what is shown of the screen
 * @property {(kind: Kind) => void} allowed the person who kept it from the page gives it after all
 * @property {() => void} spoke the muted microphone hears a voice
 */

/** `turn`: the number of the newest request; `work`: what is under way. @typedef {{ track: MediaStreamTrack | null, turn: number, work: Promise<void> }} Open */

export class Devices {
  #media = navigator.mediaDevices
  /** @type {Record<Kind, Open>} */
  #open = {
    camera: { track: null, turn: 0, work: Promise.resolve() },
    microphone: { track: null, turn: 0, work: Promise.resolve() },
  }
  #muted = false
  #listening = false
  #blurred = false
  /** @type {{ tracks: MediaStreamTrack[], turn: number }} */
  #screen = { tracks: [], turn: 0 }
  #tell
  #voice

  /** @param {Tell} tell */
  constructor(tell) {
    this.#tell = tell
    this.#voice = createVoice(tell.spoke)
    this.#media?.addEventListener('devicechange', () => this.#list(true))
  }

  /** @param {Kind} kind @param {string} deviceId empty: the browser's choice @param {Facing} [facing] */
  open(kind, deviceId, facing) {
    const open = this.#open[kind]
    const turn = ++open.turn
    open.work = open.work.then(() => this.#ask(kind, deviceId, facing, turn))
  }

  /** @param {Kind} kind */
  close(kind) {
    this.#open[kind].turn += 1
    this.#release(kind)
  }

  /** The microphone stays open, so that it is back at once. @param {boolean} mute */
  mute(mute) {
    this.#muted = mute
    const { track } = this.#open.microphone
    if (track) track.enabled = !mute
    this.#updateListening()
  }

  /** @param {boolean} on */
  listenWhileMuted(on) {
    this.#listening = on
    this.#updateListening()
  }

  /** @param {boolean} wanted */
  blur(wanted) {
    this.#blurred = wanted
    const { track } = this.#open.camera
    if (track) void this.#applyBlur(track)
  }

  /** Asks what to show, with its sound where the browser gives it. To be called while a click is handled. */
  async share() {
    const turn = ++this.#screen.turn
    if (!this.#media?.getDisplayMedia) return this.#tell.shared({ status: 'failed', problem: 'missing' })
    try {
      const stream = await this.#media.getDisplayMedia({ video: { frameRate: { ideal: 15 } }, audio: true })
      const tracks = stream.getTracks()
      if (turn !== this.#screen.turn) return tracks.forEach(track => track.stop())
      this.#screen.tracks = tracks
      for (const track of tracks) this.#show(track)
      return this.#tell.shared({ status: 'on' })
    } catch (error) {
      return turn === this.#screen.turn ? this.#tell.shared({ status: 'failed', problem: problemOf(error) }) : undefined
    }
  }

  /** @param {MediaStreamTrack} track of the screen */
  #show(track) {
    // Text is to be sharp.
    if (track.kind === 'video') track.contentHint = 'detail'
    this.#tell.track(track.kind === 'video' ? 'screen' : 'screenSound', track)
    track.onended = () => {
      if (track.kind !== 'video') return
      this.stopSharing()
      this.#tell.shared({ status: 'off' })
    }
  }

  stopSharing() {
    this.#screen.turn += 1
    for (const track of this.#screen.tracks.splice(0)) {
      track.onended = null
      track.stop()
      this.#tell.track(track.kind === 'video' ? 'screen' : 'screenSound', null)
    }
  }

  /** Asks again for what the system took while nobody looked. */
  revive() {
    for (const kind of /** @type {const} */ (['microphone', 'camera'])) {
      const { track } = this.#open[kind]
      if (!track?.muted) continue
      const { deviceId, facingMode } = track.getSettings()
      this.open(kind, deviceId ?? '', facingMode === 'environment' ? 'environment' : 'user')
    }
  }

  /** When both have been answered for, one way or the other. */
  settled() {
    return Promise.all([this.#open.camera.work, this.#open.microphone.work])
  }

  /** @param {Kind} kind */
  #release(kind) {
    const { track } = this.#open[kind]
    if (!track) return
    this.#open[kind].track = null
    track.onended = track.onmute = track.onunmute = null
    track.stop()
    this.#tell.track(kind, null)
    if (kind === 'microphone') this.#updateListening()
  }

  #updateListening() {
    this.#voice.listen(this.#listening && this.#muted ? this.#open.microphone.track : null)
  }

  /** What is behind the person, where the system itself can blur it. @param {MediaStreamTrack} track */
  async #applyBlur(track) {
    if (blurs(track)) await track.applyConstraints(/** @type {MediaTrackConstraints} */ ({ backgroundBlur: this.#blurred })).catch(() => {})
  }

  /** @param {Kind} kind @param {string} deviceId @param {Facing | undefined} facing @param {number} turn */
  async #ask(kind, deviceId, facing, turn) {
    const open = this.#open[kind]
    // Overtaken while it waited.
    if (turn !== open.turn) return
    // A phone opens its second camera only when the first is closed.
    this.#release(kind)
    if (!this.#media) return this.#tell.changed(kind, { status: 'failed', problem: 'insecure' })
    try {
      const stream = await this.#obtain(kind, deviceId, facing)
      const track = stream.getTracks()[0]
      if (!track || turn !== open.turn) return track?.stop()
      open.track = track
      await this.#use(kind, track)
      // Their names are told only when one is open.
      await this.#list(false)
    } catch (error) {
      if (turn !== open.turn) return
      const problem = problemOf(error)
      this.#tell.changed(kind, { status: 'failed', problem })
      if (problem === 'denied') await this.#awaitPermission(kind, turn)
    }
  }

  /** @param {Kind} kind @param {MediaStreamTrack} track */
  async #use(kind, track) {
    if (kind === 'microphone') track.enabled = !this.#muted
    track.onended = () => {
      this.#release(kind)
      this.#tell.changed(kind, { status: 'failed', problem: 'missing' }, true)
    }
    if (kind === 'microphone') this.#updateListening()
    else if (this.#blurred) await this.#applyBlur(track)
    const on = { status: /** @type {const} */ ('on'), ...(kind === 'camera' && abilities(track)) }
    // A phone call, or the system's own switch: it comes back by itself, or when the page is looked at again.
    track.onmute = () => this.#tell.changed(kind, { ...on, trackMuted: true })
    track.onunmute = () => this.#tell.changed(kind, on)
    this.#tell.track(kind, track)
    this.#tell.changed(kind, on)
  }

  /** Whoever allows it beside the address need not press anything here. @param {Kind} kind @param {number} turn */
  async #awaitPermission(kind, turn) {
    const permission = await navigator.permissions?.query({ name: kind }).catch(() => null)
    if (!permission) return
    permission.onchange = () => {
      if (permission.state === 'granted' && turn === this.#open[kind].turn) this.#tell.allowed(kind)
    }
  }

  /** @param {Kind} kind @param {string} deviceId @param {Facing | undefined} facing */
  async #obtain(kind, deviceId, facing) {
    try {
      return await this.#media.getUserMedia(constraints(kind, deviceId, facing))
    } catch (error) {
      // A remembered device that is gone gives way to another one.
      if (!deviceId || /** @type {DOMException} */ (error).name !== 'OverconstrainedError') throw error
      return this.#media.getUserMedia(constraints(kind, '', facing))
    }
  }

  /** @param {boolean} changed */
  async #list(changed) {
    const found = await this.#media.enumerateDevices().catch(() => [])
    this.#tell.listed(
      {
        cameras: named(found, 'videoinput'),
        microphones: named(found, 'audioinput'),
        audioOutputs: named(found, 'audiooutput'),
      },
      changed,
    )
  }
}

/** @param {Kind} kind @param {string} deviceId @param {Facing} [facing] @returns {MediaStreamConstraints} */
function constraints(kind, deviceId, facing = 'user') {
  // Were it one request among several, a camera of another size would outdo the one that was chosen.
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
