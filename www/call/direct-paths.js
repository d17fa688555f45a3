// How media gets to each other member: the direct paths to those the page is told to reach, and which
// of the two ways is seen and heard.
import { DirectPath } from './direct-path.js'
import { dropStream, setStream } from './streams.js'
/** @import { Source } from '../server/protocol.d.ts' */
/** @import { Path, PathStats, PersonId, Reception, Signal } from '../state/types.d.ts' */
/** @import { Tracks } from './direct-session.js' */

/** Milliseconds that a path waits for the camera's and the microphone's permission. */
const PERMISSION = 3_000

/** Milliseconds that a spare connection is kept after the ringing. */
const SPARE = 5_000

/** `end`: to whom it leads; null: nobody yet. @typedef {{ end: { member: PersonId | null }, path: DirectPath }} Route */

/** What comes of a member by either way, and which is used. @typedef {{ used: Path['kind'], direct?: Reception, relay?: Reception }} Receptions */

export class DirectPaths {
  /** @type {Map<PersonId, DirectPath>} */
  #paths = new Map()
  /** What I send, also to those who come later. @type {Tracks} */
  #tracks = { audio: null, video: null }
  /** @type {Map<PersonId, Receptions>} */
  #receptions = new Map()
  /**
   * Made while it rings, here or there: only the other end is missing. If that is to be offered something,
   * the offer is ready and its candidates are known.
   * @type {Route & { offers: boolean } | null}
   */
  #spare = null
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #dropping
  /** By which browsers find each other. @type {RTCIceServer[]} */
  #servers = []
  #allowed = true
  #options

  /**
   * @param {object} options
   * @param {() => Promise<unknown>} options.asked when camera and microphone have been answered for
   * @param {(member: PersonId, signal: Signal) => void} options.signal
   * @param {() => boolean} options.canSignal
   * @param {(member: PersonId, path: Path) => void} options.changed
   * @param {(member: PersonId, kind: Path['kind']) => void} options.arrived what comes by the way that is used is seen and heard
   * @param {(member: PersonId) => RTCRtpReceiver | null} options.drawing of what each picture that is drawn is told
   */
  constructor(options) {
    this.#options = options
  }

  /** @param {PersonId} member @param {boolean} offers it is this page that offers @param {boolean} lost it had such a path before it was reloaded */
  open(member, offers, lost) {
    const known = this.#paths.get(member)
    if (known) {
      known.setOffers(offers)
      return known.stay()
    }
    if (this.#spare?.offers !== offers) return void this.#paths.set(member, this.#begin(member, offers, lost).path)
    const { end, path } = this.#spare
    this.#spare = null
    end.member = member
    this.#paths.set(member, path)
    path.meet()
  }

  /** Other credentials, or other servers: for what is begun or negotiated next. @param {RTCIceServer[]} servers */
  setServers(servers) {
    this.#servers = servers
  }

  /** Whether the box lets anybody have a direct path. @param {boolean} allowed */
  allow(allowed) {
    this.#allowed = allowed
    if (!allowed) this.#dropSpare()
  }

  /** It rings: what takes time is done meanwhile. @param {boolean} offers here, so that this page will be the one to offer */
  prepare(offers) {
    if (!this.#allowed) return
    clearTimeout(this.#dropping)
    if (this.#spare?.offers !== offers) this.#dropSpare()
    this.#spare ??= { offers, ...this.#begin(null, offers) }
  }

  /** The ringing is over. If the call was taken, the path is opened soon. */
  unprepare() {
    clearTimeout(this.#dropping)
    this.#dropping = setTimeout(() => this.#dropSpare(), SPARE)
  }

  /** It ends as soon as the other page does not need it either. @param {PersonId} member */
  close(member) {
    const path = this.#paths.get(member)
    path?.leave(() => {
      if (this.#paths.get(member) === path) this.#paths.delete(member)
    })
    delete this.#receptions.get(member)?.direct
  }

  /** @param {PersonId} member @param {Path['kind']} used */
  use(member, used) {
    this.#show(member, { used })
  }

  /** @param {PersonId} member @param {RTCRtpReceiver | null} receiver of a picture */
  isDirect(member, receiver) {
    return receiver !== null && this.#receptions.get(member)?.direct?.video === receiver
  }

  /** A picture of theirs is there. @param {PersonId} member */
  saw(member) {
    this.#paths.get(member)?.saw()
  }

  /** By way of the relay, on which alone screens are shown. @param {PersonId} member @param {Source} source @param {Reception} relay */
  relayed(member, source, relay) {
    if (source === 'screen') setStream(`screen ${member}`, relay)
    else this.#show(member, { relay })
  }

  /** @param {PersonId} member */
  drop(member) {
    this.#paths.get(member)?.close()
    this.#paths.delete(member)
    this.#receptions.delete(member)
    dropStream(member)
    dropStream(`screen ${member}`)
  }

  /** @param {PersonId} member @param {Signal} heard */
  hear(member, heard) {
    this.#paths.get(member)?.hear(heard)
  }

  refresh() {
    // Its addresses may be those of another network.
    this.#dropSpare()
    for (const path of this.#paths.values()) path.refresh()
  }

  /** @param {'camera' | 'microphone'} source @param {MediaStreamTrack | null} track */
  setTrack(source, track) {
    const kind = source === 'camera' ? 'video' : 'audio'
    this.#tracks[kind] = track
    for (const path of [...this.#paths.values(), this.#spare?.path]) path?.setTrack(kind, track)
  }

  /** What is behind each path, by member. @returns {Promise<Record<PersonId, PathStats | null>>} */
  async stats() {
    const all = [...this.#paths].map(async ([member, path]) => /** @type {const} */ ([member, await path.stats()]))
    return Object.fromEntries(await Promise.all(all))
  }

  /** @param {PersonId | null} member null: nobody yet @param {boolean} offers @param {boolean} [lost] @returns {Route} */
  #begin(member, offers, lost = false) {
    const end = { member }
    const { asked, signal, canSignal, changed, drawing } = this.#options
    const path = new DirectPath({
      offers,
      lost,
      tracks: this.#tracks,
      servers: () => this.#servers,
      ready: Promise.race([asked(), new Promise(resolve => setTimeout(resolve, PERMISSION))]),
      signal: said => end.member !== null && signal(end.member, said),
      canSignal: () => end.member !== null && canSignal(),
      changed: path => end.member !== null && changed(end.member, path),
      streamed: direct => end.member !== null && this.#show(end.member, { direct }),
      drawing: () => (end.member === null ? null : drawing(end.member)),
    })
    return { end, path }
  }

  #dropSpare() {
    this.#spare?.path.close()
    this.#spare = null
  }

  /** @param {PersonId} member @param {Partial<Receptions>} news */
  #show(member, news) {
    const known = { .../** @type {const} */ ({ used: 'direct' }), ...this.#receptions.get(member), ...news }
    this.#receptions.set(member, known)
    const reception = known[known.used]
    if (!reception) return
    setStream(member, reception).then(() => {
      const whole = reception.audio && reception.video
      if (whole && this.#receptions.get(member) === known) this.#options.arrived(member, known.used)
    })
  }
}
