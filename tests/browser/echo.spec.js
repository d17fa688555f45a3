// Two devices in one room: the voice of one comes back by the other.
import words from '../../www/words/en.js'
import { play } from './play.js'
import { goes, meet } from '../shared/room.js'
import { until } from '../shared/until.js'

play('somebody whose voice comes back is told what to do', async ({ box, person }) => {
  const [ann, bob] = [await person('Ann'), await person('Bob')]
  await ann.page.addInitScript(speaks)
  await bob.page.addInitScript(remembers)
  await meet(box, ann, bob)
  await goes('direct', ann, bob)
  // What Bob's device hears is what Ann says, as if both were in one room.
  await until('Bob sends what he hears', () => bob.page.evaluate(givesBack))
  await ann.page.getByText(words.call.echo('Bob'), { exact: true }).waitFor({ timeout: 60_000 })
})

/** Runs in the page before everything else: a voice with words and pauses, no two alike. */
function speaks() {
  const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices)
  navigator.mediaDevices.getUserMedia = async constraints => {
    if (!constraints?.audio) return ask(constraints)
    const context = new AudioContext()
    const [tone, loud, out] = [new OscillatorNode(context, { frequency: 300 }), new GainNode(context, { gain: 0 }), context.createMediaStreamDestination()]
    tone.connect(loud).connect(out)
    tone.start()
    let at = context.currentTime
    const speak = () => {
      // It begins with the first tap on the page.
      context.resume().catch(() => {})
      while (at < context.currentTime + 2) {
        const [word, pause] = [0.12 + Math.random() * 0.4, 0.1 + Math.random() * 0.5]
        loud.gain.setTargetAtTime(0.2 + Math.random() * 0.5, at, 0.02)
        loud.gain.setTargetAtTime(0, at + word, 0.02)
        at += word + pause
      }
    }
    speak()
    setInterval(speak, 500)
    return out.stream
  }
}

/** Runs in the page before everything else. */
function remembers() {
  const Real = RTCPeerConnection
  /** @type {RTCPeerConnection[]} */
  const all = []
  Reflect.set(window, 'connections', all)
  window.RTCPeerConnection = class extends Real {
    /** @param {RTCConfiguration} [configuration] */
    constructor(configuration) {
      super(configuration)
      all.push(this)
    }
  }
}

/** Runs in the page: the direct connection sends the sound that comes. */
async function givesBack() {
  for (const connection of /** @type {RTCPeerConnection[]} */ (Reflect.get(window, 'connections'))) {
    const sound = connection.getTransceivers().find(({ sender, receiver }) => sender.track?.kind === 'audio' && receiver.track && !receiver.track.muted)
    if (connection.connectionState !== 'connected' || !sound) continue
    const context = new AudioContext()
    const out = context.createMediaStreamDestination()
    context.createMediaStreamSource(new MediaStream([sound.receiver.track])).connect(out)
    await sound.sender.replaceTrack(out.stream.getAudioTracks()[0])
    return true
  }
  return false
}
