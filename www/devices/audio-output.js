// Audio output: plays melodies on the browser's loudspeaker, or on one that is tried. Browsers play no sound before
// the first tap on the page; after it, sound may begin by itself.
import { melody } from './melodies.js'
/** @import { Melody } from './melodies.js' */

export class AudioOutput {
  /** @type {AudioContext | null} */
  #audio = null
  /** How many melodies sound. */
  #sounding = 0
  #unlocked = false
  #changed

  /** @param {() => void} changed it begins or ends to play */
  constructor(changed) {
    this.#changed = changed
    for (const gesture of ['pointerdown', 'keydown']) addEventListener(gesture, () => this.#unlock(), { capture: true })
  }

  get plays() {
    return this.#audio?.state === 'running'
  }

  /** @param {Melody} what @param {boolean} loop @param {AudioNode} [destination] */
  play({ seconds, notes }, loop, destination) {
    const context = this.#context()
    // A page that was tapped before may start it; else it begins with the next tap.
    context.resume().catch(() => {})
    const samples = melody(notes, seconds, context.sampleRate)
    const source = context.createBufferSource()
    source.buffer = context.createBuffer(1, samples.length, context.sampleRate)
    source.buffer.copyToChannel(samples, 0)
    // The buffer loops on the audio clock: timers of a page in the background are slow.
    source.loop = loop
    source.connect(destination ?? context.destination)
    this.#sounding += 1
    source.addEventListener('ended', () => {
      this.#sounding -= 1
      this.#rest()
    })
    source.start()
    return source
  }

  /** @param {string} deviceId a loudspeaker; empty: the browser's choice @param {Melody} what */
  async playOn(deviceId, what) {
    const audio = new Audio()
    const destination = this.#context().createMediaStreamDestination()
    audio.srcObject = destination.stream
    // Not every browser lets a page choose.
    await audio.setSinkId?.(deviceId).catch(() => {})
    await audio.play().catch(() => {})
    this.play(what, false, destination).onended = () => (audio.srcObject = null)
  }

  #unlock() {
    // By a phone call, in Safari.
    const taken = /** @type {string | undefined} */ (this.#audio?.state) === 'interrupted'
    if (this.#unlocked && !taken && this.#sounding === 0) return
    this.#context().resume().then(() => {
      this.#unlocked = true
      this.#rest()
    }, () => {})
  }

  /** Silence that is played costs about a hundredth of a core. */
  #rest() {
    if (this.#sounding === 0) this.#audio?.suspend().catch(() => {})
  }

  #context() {
    if (!this.#audio) {
      this.#audio = new AudioContext()
      this.#audio.onstatechange = () => this.#changed()
    }
    return this.#audio
  }
}
