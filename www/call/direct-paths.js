// How media gets to each other member: the direct paths to those the page is told to reach, and which
// of the two ways is seen and heard.
import { DirectPath } from './direct-path.js'
import { rate } from './rate.js'
import { dropStream, setStream } from './streams.js'
/** @import { Source } from '../server/protocol.d.ts' */
/** @import { Feed, Path, PathStats, PersonId, Pictures, Reception, Signal } from '../state/types.d.ts' */
/** @import { Receptions, Tracks } from './direct-session.js' */

/** Milliseconds that a path waits for the camera's and the microphone's permission. */
const PERMISSION = 3_000

/** Sessions with one member: a browser bears some hundred at a time, and whoever is in the room can have them made. */
const SESSIONS = { burst: 10, period: 3_000 }

/** Milliseconds that a spare connection is kept after the ringing. */
const SPARE = 5_000

/** `end`: to whom it leads; null: nobody yet. @typedef {{ end: { member: PersonId | null }, path: DirectPath }} Route */

/** What comes of a member by either way, and which is used. @typedef {{ used: Path['kind'], direct?: Receptions, relay?: Partial<Receptions> }} Ways */

export class DirectPaths {
  /** @type {Map<PersonId, DirectPath>} */
  #paths = new Map()
  /** What I send, also to those who come later. @type {Tracks} */
  #tracks = { microphone: null, camera: null, screen: null, screenSound: null }
  /** How often a session with each may begin. @type {Map<PersonId, ReturnType<typeof rate>>} */
  #rates = new Map()
  /** How large my pictures may go to each. @type {Map<PersonId, Pictures>} */
  #limits = new Map()
  /** @type {Map<PersonId, Ways>} */
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

  /**
   * @param {PersonId} member
   * @param {object} how
   * @param {boolean} how.offers it is this page that offers
   * @param {boolean} how.screens with a place for what is shown of screens
   * @param {boolean} how.lost it had such a path before it was reloaded
   */
  open(member, { offers, screens, lost }) {
    const known = this.#paths.get(member)
    if (known) {
      known.agree(offers, screens)
      return known.stay()
    }
    const { path } = this.#takeSpare(member, offers) ?? this.#begin(member, offers, lost)
    path.agree(offers, screens)
    this.#paths.set(member, path)
    this.#resize()
  }

  /** @param {PersonId} member @param {boolean} offers */
  #takeSpare(member, offers) {
    const spare = this.#spare
    if (spare?.offers !== offers) return null
    this.#spare = null
    spare.end.member = member
    spare.path.meet()
    return spare
  }

  /** How my pictures go to them. @param {PersonId} member @param {Pictures} pictures */
  limit(member, pictures) {
    this.#limits.set(member, pictures)
    this.#resize()
  }

  /** My picture goes smaller to several: it is encoded for each, and shares the way out. */
  #resize() {
    for (const [member, path] of this.#paths) {
      const limit = this.#limits.get(member) ?? 'whole'
      path.resize(limit === 'whole' && this.#paths.size > 1 ? 'shared' : limit)
    }
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
      if (this.#paths.get(member) !== path) return
      this.#paths.delete(member)
      this.#resize()
    })
    delete this.#receptions.get(member)?.direct
  }

  /** @param {PersonId} member @param {Path['kind']} used */
  use(member, used) {
    this.#show(member, { used })
  }

  /** @param {PersonId} member @param {RTCRtpReceiver | null} receiver of a picture */
  isDirect(member, receiver) {
    return receiver !== null && this.#receptions.get(member)?.direct?.camera.video === receiver
  }

  /** A picture of theirs is there. @param {PersonId} member */
  saw(member) {
    this.#paths.get(member)?.saw()
  }

  /** By way of the relay. @param {PersonId} member @param {Source} source @param {Reception} reception */
  relayed(member, source, reception) {
    this.#show(member, { relay: { ...this.#receptions.get(member)?.relay, [source]: reception } })
  }

  /** @param {PersonId} member */
  drop(member) {
    this.#paths.get(member)?.close()
    this.#paths.delete(member)
    this.#resize()
    this.#rates.delete(member)
    this.#limits.delete(member)
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

  /** @param {Feed} feed @param {MediaStreamTrack | null} track */
  setTrack(feed, track) {
    this.#tracks[feed] = track
    for (const path of [...this.#paths.values(), this.#spare?.path]) path?.setTrack(feed, track)
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
      ready: Promise.all([Promise.race([asked(), pause(PERMISSION)]), pause(this.#rateOf(member)?.wait ?? 0)]),
      mayBegin: () => this.#rateOf(end.member)?.take() ?? true,
      signal: said => end.member !== null && signal(end.member, said),
      canSignal: () => end.member !== null && canSignal(),
      changed: path => end.member !== null && changed(end.member, path),
      streamed: direct => end.member !== null && this.#show(end.member, { direct }),
      drawing: () => (end.member === null ? null : drawing(end.member)),
    })
    return { end, path }
  }

  /** @param {PersonId | null} member null: nobody, so nobody has anything begun @returns {ReturnType<typeof rate> | null} */
  #rateOf(member) {
    if (member === null) return null
    const known = this.#rates.get(member) ?? rate(SESSIONS)
    this.#rates.set(member, known)
    return known
  }

  #dropSpare() {
    this.#spare?.path.close()
    this.#spare = null
  }

  /** @param {PersonId} member @param {Partial<Ways>} news */
  #show(member, news) {
    const known = { .../** @type {const} */ ({ used: 'direct' }), ...this.#receptions.get(member), ...news }
    this.#receptions.set(member, known)
    const screen = known[known.used]?.screen ?? known.relay?.screen
    if (screen) setStream(`screen ${member}`, screen)
    const reception = known[known.used]?.camera
    if (!reception) return
    setStream(member, reception).then(() => {
      const whole = reception.audio && reception.video
      if (whole && this.#receptions.get(member) === known) this.#options.arrived(member, known.used)
    })
  }
}

/** @param {number} ms */
function pause(ms) {
  return ms > 0 ? new Promise(resolve => setTimeout(resolve, ms)) : Promise.resolve()
}
