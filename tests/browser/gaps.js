// How long the picture and the sound of somebody pause, as a watcher's page sees and hears them.
import { until } from './until.js'
/** @import { Person } from './person.js' */

/**
 * A picture that was shown, or sound that was played, and when, in milliseconds of the clock.
 * @typedef {{ at: number, rgb: number[] | null }} Sample
 */

/** What the recorder in the page leaves on `window`. @typedef {{ pictures: Sample[], looks: Sample[], sounds: Sample[] }} Record */

/** To be called before the page is opened: remembers what comes over connections, which the page keeps to itself. @param {Person} person */
export async function prepare(person) {
  await person.context.addInitScript(() => {
    /** @type {RTCRtpReceiver[]} */
    const receivers = []
    Object.assign(window, { receivers })
    window.RTCPeerConnection = class extends RTCPeerConnection {
      /** @param {RTCConfiguration} [configuration] */
      constructor(configuration) {
        super(configuration)
        this.addEventListener('track', ({ receiver }) => receivers.push(receiver))
      }
    }
  })
}

/** Records from now on, once pictures move. @param {Person} person @param {string} name whom to watch */
export async function record(person, name) {
  await person.tile(name).evaluate(tile => {
    const LOOK = 25
    const LISTEN = 10
    const now = () => performance.timeOrigin + performance.now()
    /** @type {Record} */
    const record = { pictures: [], looks: [], sounds: [] }
    Object.assign(window, { record })
    const canvas = new OffscreenCanvas(4, 4)
    const context = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext('2d', { willReadFrequently: true }))
    /** The colour of the middle. @param {HTMLVideoElement} video */
    const colour = video => {
      if (!video.videoWidth) return null
      const { videoWidth: width, videoHeight: height } = video
      context.clearRect(0, 0, 4, 4)
      context.drawImage(video, width / 4, height / 2, width / 2, height / 4, 0, 0, 4, 4)
      return [...context.getImageData(1, 1, 1, 1).data]
    }
    const find = () => /** @type {HTMLVideoElement} */ (tile.querySelector('video'))
    /** @type {HTMLVideoElement | null} */
    let watched = null
    const follow = (/** @type {HTMLVideoElement} */ video) => {
      const next = () => {
        if (video !== watched) return
        record.pictures.push({ at: now(), rgb: null })
        video.requestVideoFrameCallback(next)
      }
      watched = video
      video.requestVideoFrameCallback(next)
    }
    setInterval(() => {
      const video = find()
      if (video !== watched) follow(video)
      record.looks.push({ at: now(), rgb: colour(video) })
    }, LOOK)
    let last = ''
    const receivers = /** @type {RTCRtpReceiver[]} */ (Reflect.get(window, 'receivers'))
    setInterval(() => {
      const [track] = /** @type {MediaStream} */ (find().srcObject).getAudioTracks()
      const receiver = receivers.findIndex(receiver => receiver.track === track)
      const [source] = receivers[receiver]?.getSynchronizationSources() ?? []
      const played = `${receiver} ${source?.timestamp}`
      if (source && played !== last) record.sounds.push({ at: now(), rgb: null })
      last = played
    }, LISTEN)
  })
  await until('it is recorded', async () => (await recorded(person)).pictures.length > 3)
}

/** What was seen and heard so far. @param {Person} person @returns {Promise<Record>} */
export async function recorded(person) {
  return person.page.evaluate(() => /** @type {Record} */ (Reflect.get(window, 'record')))
}

/** The longest pause between two of them, in milliseconds. @param {Sample[]} samples @param {number} from @param {number} to */
export function longestGap(samples, from, to) {
  const times = [from, ...samples.map(({ at }) => at).filter(at => at > from && at < to), to]
  return Math.max(...times.slice(1).map((at, n) => at - times[n]))
}
