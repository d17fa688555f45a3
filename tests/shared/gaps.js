// How long the picture and the sound of somebody pause, as a watcher's page sees and hears them.
import { until } from './until.js'
/** @import { Person } from './person.js' */

/**
 * A picture that was shown, or sound that was played, and when, in milliseconds of the clock.
 * `connection` is the place of the one it came by among all that the page has made.
 * @typedef {{ at: number, rgb: number[] | null, connection?: number }} Sample
 */

/** What the recorder in the page leaves on `window`. @typedef {{ pictures: Sample[], looks: Sample[], sounds: Sample[], closings: Sample[] }} Record */

/** To be called before the page is opened: remembers what comes over connections, which the page keeps to itself. @param {Person} person */
export async function prepare(person) {
  await person.context.addInitScript(() => {
    /** @type {RTCRtpReceiver[]} */
    const receivers = []
    /** Of which connection each is. @type {number[]} */
    const owners = []
    /** @type {Sample[]} */
    const closings = []
    let made = 0
    Object.assign(window, { receivers, owners, closings })
    window.RTCPeerConnection = class extends RTCPeerConnection {
      /** @param {RTCConfiguration} [configuration] */
      constructor(configuration) {
        super(configuration)
        const connection = made++
        this.addEventListener('track', ({ receiver }) => owners[receivers.push(receiver) - 1] = connection)
        this.close = () => {
          closings.push({ at: performance.timeOrigin + performance.now(), rgb: null, connection })
          super.close()
        }
      }
    }
  })
}

/** Records, once pictures move. @param {Person} person @param {string} name whom to watch */
export async function record(person, name) {
  await person.tile(name).evaluate(tile => {
    const LOOK = 25
    const LISTEN = 10
    const now = () => performance.timeOrigin + performance.now()
    /** @type {Record} */
    const record = { pictures: [], looks: [], sounds: [], closings: Reflect.get(window, 'closings') }
    const receivers = /** @type {RTCRtpReceiver[]} */ (Reflect.get(window, 'receivers'))
    const owners = /** @type {number[]} */ (Reflect.get(window, 'owners'))
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
    const find = () => tile.querySelector('video')
    /** @type {HTMLVideoElement | null} */
    let watched = null
    const follow = (/** @type {HTMLVideoElement} */ video) => {
      const next = () => {
        if (video !== watched) return
        const [track] = /** @type {MediaStream} */ (video.srcObject).getVideoTracks()
        record.pictures.push({ at: now(), rgb: null, connection: owners[receivers.findIndex(receiver => receiver.track === track)] })
        video.requestVideoFrameCallback(next)
      }
      watched = video
      video.requestVideoFrameCallback(next)
    }
    setInterval(() => {
      const video = find()
      if (!video) return // the call is over
      if (video !== watched) follow(video)
      record.looks.push({ at: now(), rgb: colour(video) })
    }, LOOK)
    let last = ''
    setInterval(() => {
      const sound = /** @type {MediaStream | null} */ (find()?.srcObject ?? null)
      if (!sound) return // the call is over
      const [track] = sound.getAudioTracks()
      const receiver = receivers.findIndex(receiver => receiver.track === track)
      const [source] = receivers[receiver]?.getSynchronizationSources() ?? []
      const played = `${receiver} ${source?.timestamp}`
      if (source && played !== last) record.sounds.push({ at: now(), rgb: null, connection: owners[receiver] })
      last = played
    }, LISTEN)
  })
  await until('it is recorded', async () => (await recorded(person)).pictures.length > 3)
}

/** What was seen and heard so far. @param {Person} person @returns {Promise<Record>} */
export async function recorded(person) {
  return person.page.evaluate(() => /** @type {Record} */ (Reflect.get(window, 'record')))
}

/** The pauses where another connection took over, in milliseconds. @param {Sample[]} samples @param {number} from @param {number} to */
export function changes(samples, from, to) {
  const within = samples.filter(({ at }) => at > from && at < to)
  return within.flatMap(({ at, connection }, n) => n > 0 && within[n - 1].connection !== connection ? [Math.round(at - within[n - 1].at)] : [])
}

/** The longest pause between two of them, in milliseconds. @param {Sample[]} samples @param {number} from @param {number} to */
export function longestGap(samples, from, to) {
  const times = [from, ...samples.map(({ at }) => at).filter(at => at > from && at < to), to]
  return Math.max(...times.slice(1).map((at, n) => at - times[n]))
}
