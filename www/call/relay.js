// The way through the box: a connection up and one down, supervised, and made anew when they break.
//
// On `up` the page offers and sends, on `down` the box offers and the page receives (docs/protocol.md, "The relay"), so
// that offers never cross. When the box cannot be heard either, it is the network that is gone: nothing is made anew then.
import { LastResort, patience } from './last-resort.js'
import { LOST_TIMEOUT, POLL_INTERVAL, POLLS_PER_MEASUREMENT, backoff } from './link-health.js'
import { outgoing, summary } from './path-stats.js'
import { Publisher } from './publisher.js'
import { Subscriber } from './subscriber.js'
/** @import { Source, TurnAccess } from '../server/protocol.d.ts' */
/** @import { PublishLink } from './publisher.js' */
/** @import { ClientMessage, Feed, Path, PathStats, PersonId, Reception, RelayMessage, RelayUse, Tile } from '../state/types.d.ts' */

/**
 * Milliseconds that a direct path has the browser to itself: three connections at once come up more slowly than one. On
 * the internet a direct path takes longer than that, and where only TLS passes nothing else may wait for it.
 */
const HEAD_START = { near: 500, far: 200 }

/** Milliseconds that the box has to make an offer. */
const OFFER_TIMEOUT = 3_000

/** Milliseconds that the connections have to show themselves when the box is heard again, before they are made anew. */
const GRACE = 1_000

/** Milliseconds that the box has to say that it still knows the connections, or to offer new ones. */
const RESUME_TIMEOUT = 1_000

/** Milliseconds before the next attempt. */
const RETRY = { first: 1_000, longest: 8_000 }

/** Attempts after which it is said that there is no connection. */
const HOPELESS = 3

export class Relay {
  #open = false
  #publisher
  #subscriber
  /** How each member is reached; `came`: was reached at some time. @type {Map<PersonId, { path: Path, came: boolean }>} */
  #members = new Map()
  /** @type {Tile[]} */
  #tiles = []
  /** @type {RelayUse} */
  #use = { rest: false, due: false }
  /** When the box was asked for a new `down`, or began to owe one. @type {number | null} */
  #askedAt = null
  /** The next `down` was asked for together with a new `up`. */
  #asked = false
  /** When the box's silence about the connections means that it does not know them. @type {number | null} */
  #recheckAt = null
  /** Since when it answers, while something seems broken. @type {number | null} */
  #answeredAt = null
  #attempts = 0
  #polls = 0
  #polledAt = 0
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #polling
  /** Settles when a direct path has had the browser to itself. @type {Promise<void>} */
  #headStart = Promise.resolve()
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #starting
  #lastResort
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #resorting
  #options

  /**
   * @param {object} options
   * @param {(message: ClientMessage) => void} options.send
   * @param {() => boolean} options.canSend
   * @param {() => boolean} options.answers whether the box is there this moment; asked when something seems broken
   * @param {(member: PersonId, path: Path) => void} options.changed
   * @param {(member: PersonId, source: Source, reception: Reception) => void} options.streamed what comes of a member
   * @param {(member: PersonId) => RTCRtpReceiver | null} options.drawing of what `saw` tells each picture, as it is drawn
   * @param {string} options.host where the page is from, with its port
   */
  constructor(options) {
    this.#options = options
    this.#lastResort = new LastResort(options.host)
    const links = {
      ...options,
      ready: () => this.#headStart,
      changed: () => this.#look(),
      servers: () => this.#lastResort.servers,
      negotiated: (/** @type {PublishLink} */ link, /** @type {number} */ took) => this.#awaitIce(link, took),
    }
    this.#publisher = new Publisher(links)
    this.#subscriber = new Subscriber(links)
  }

  get #links() {
    return [this.#publisher.link, this.#subscriber.link]
  }

  /**
   * In a room.
   * @param {boolean} again the box had connections with this page before it was reloaded
   * @param {boolean} [yields] to a direct path, which is quicker when it has the browser to itself
   */
  open(again, yields = false) {
    this.#open = true
    this.#attempts = 0
    this.#askedAt = this.#polledAt = performance.now()
    this.#asked = false
    this.#use = { rest: false, due: false }
    this.#publisher.open(again)
    this.#subscriber.excuse()
    this.#headStart = Promise.resolve()
    this.#polling = setInterval(() => this.#pollStats(), POLL_INTERVAL)
    if (again) return this.#askAgain()
    this.#introduce()
    // Where only TLS gets through, no direct path comes up.
    if (!yields || this.#lastResort.isNeeded) return this.#publisher.renew()
    const wait = this.#lastResort.isLeft ? HEAD_START.far : HEAD_START.near
    this.#headStart = new Promise(resolve => { this.#starting = setTimeout(resolve, wait) })
    this.#headStart.then(() => this.#publisher.link ?? this.#renewUp())
  }

  close() {
    this.#open = false
    clearInterval(this.#polling)
    clearTimeout(this.#starting)
    clearTimeout(this.#resorting)
    this.#publisher.close()
    this.#subscriber.close()
    this.#askedAt = this.#recheckAt = null
  }

  /** @param {PersonId} id */
  carry(id) {
    this.#members.set(id, { path: { kind: 'relay', status: 'connecting', hears: false, sees: false }, came: false })
    this.#subscriber.carry(id)
  }

  /** @param {PersonId} id */
  drop(id) {
    this.#members.delete(id)
    this.#subscriber.drop(id)
  }

  /** A picture of theirs is there. @param {PersonId} id */
  saw(id) {
    this.#subscriber.drawn(id)
    this.#look()
  }

  /** @param {RelayMessage} message */
  hear(message) {
    switch (message.type) {
      case 'relay_answer': return this.#publisher.answer(message.connection, message.sdp)
      case 'relay_offer': return this.#offered(message.connection, message.sdp)
      case 'seats':
        if (this.#subscriber.seat(message.connection, message.seats)) this.#recheckAt = null
        return undefined
      case 'wanted': return this.#publisher.want(message)
      case 'relay_ended': {
        const link = (message.side === 'up' ? this.#publisher : this.#subscriber).link
        if (link?.number === message.connection) link.health.over = true
        return this.#pollStats()
      }
      default: return undefined
    }
  }

  /** @param {RelayUse} use */
  use(use) {
    if (use.rest !== this.#use.rest) this.#options.send({ type: 'rest_relay', rest: use.rest })
    if (use.due && !this.#use.due) this.#subscriber.excuse()
    this.#use = use
  }

  /** The connection to the box is back. */
  resume() {
    if (!this.#open) return
    this.#recheckAt = performance.now() + RESUME_TIMEOUT
    this.#attempts = 0
    this.#introduce()
    // What was said meanwhile was not heard.
    if (this.#publisher.link?.answered === false) this.#publisher.renew()
  }

  /** The network changed: what does not work is made anew at once. */
  refresh() {
    this.#attempts = 0
    this.#lastResort.isNeeded = false
    for (const link of this.#links) link?.health.expire(performance.now())
  }

  /** The box has TURN: by this. @param {TurnAccess} access */
  useTurn(access) {
    this.#lastResort.give(access)
  }

  /** @param {Feed} feed @param {MediaStreamTrack | null} track */
  setTrack(feed, track) {
    this.#publisher.setTrack(feed, track)
  }

  /** Whether my pictures go in the smallest layer only. @param {boolean} saves */
  save(saves) {
    this.#publisher.save(saves)
  }

  /** @param {Tile[]} tiles */
  setTiles(tiles) {
    this.#tiles = tiles
    if (this.#open && this.#options.canSend()) this.#options.send({ type: 'set_tiles', tiles })
  }

  /** What is behind each member's way. @returns {Promise<Record<PersonId, PathStats>>} */
  async stats() {
    const [received, sent] = await Promise.all([this.#subscriber.stats(), this.#publisher.link?.connection.getStats()])
    return Object.fromEntries(received.map(([id, stats]) => [id, { ...stats, ...sent && outgoing(sent) }]))
  }

  /** To the box and back, in seconds, also while it rests; null: not known. */
  async roundTrip() {
    const { link } = this.#publisher
    return link ? summary('connected', await link.connection.getStats()).roundTrip : null
  }

  /** What the box forgets when it begins anew. */
  #introduce() {
    this.#options.send({ type: 'set_tiles', tiles: this.#tiles })
    if (this.#use.rest) this.#options.send({ type: 'rest_relay', rest: true })
  }

  /** @param {number} number @param {string} sdp */
  #offered(number, sdp) {
    this.#askedAt = this.#recheckAt = null
    // Another box was restarted, and waits for a new `up`, too.
    if (!this.#asked && this.#subscriber.isOtherBox(sdp)) this.#renewUp()
    this.#subscriber.accept(number, sdp, this.#asked)
    this.#asked = false
  }

  #renewUp() {
    if (this.#open) this.#publisher.renew()
  }

  /** The last one did not hold. */
  #offerAgain() {
    this.#attempts += 1
    this.#renewUp()
  }

  /** The last ones did not hold. */
  #askAgain() {
    this.#attempts += 1
    this.#beginAnew()
  }

  /** Gives ICE a moment for the usual ways; then both connections are made anew, with TURN beside those. @param {PublishLink} link @param {number} took */
  #awaitIce(link, took) {
    if (!this.#lastResort.isLeft) return
    clearTimeout(this.#resorting)
    this.#resorting = setTimeout(() => {
      const isUp = ['connected', 'completed'].includes(link.connection.iceConnectionState)
      if (link !== this.#publisher.link || isUp || !this.#options.canSend()) return
      this.#lastResort.isNeeded = true
      this.#beginAnew()
    }, patience(took))
  }

  /** What holds may hold without TURN: then the next connections are made without it. @param {PublishLink | null} link */
  async #reviewResort(link) {
    if (!link || link.reviewed || !this.#lastResort.isNeeded) return
    link.reviewed = true
    const { ends } = summary('connected', await link.connection.getStats())
    if (ends[0] && !ends[0].startsWith('relay')) this.#lastResort.isNeeded = false
  }

  /** Asks for a new `down`, and offers a new `up`: the box begins both anew. */
  #beginAnew() {
    this.#askedAt = performance.now()
    this.#asked = true
    this.#recheckAt = null
    this.#options.send({ type: 'relay_again' })
    // It forgot that it rests.
    this.#introduce()
    this.#renewUp()
  }

  #pause() {
    return this.#attempts === 0 ? 0 : backoff(RETRY, this.#attempts - 1)
  }

  #pollStats() {
    const now = performance.now()
    // When this page itself slept, the box was not silent.
    if (now - this.#polledAt > LOST_TIMEOUT) this.#subscriber.excuse()
    this.#polledAt = now
    this.#polls += 1
    this.#look()
    const complete = [...this.#members.values()].every(({ path }) => path.sees || this.#use.rest)
    if (this.#polls % POLLS_PER_MEASUREMENT === 0 || !complete) this.#subscriber.measure().catch(() => {})
    if (!this.#options.canSend()) return
    if (this.#lastResort.isToBeRenewed(now)) this.#options.send({ type: 'ask_turn' })
    this.#repair(now)
  }

  /** @param {number} now */
  #repair(now) {
    const remedy = this.#remedy(now)
    // When the box cannot be heard either, what is kept goes on by itself when the network is back.
    if (!remedy || !this.#options.answers()) this.#answeredAt = null
    else if (now - (this.#answeredAt ??= now) >= (this.#isQuiet() ? GRACE : 0)) remedy()
    if (!this.#links.every(link => link?.health.isStable(now))) return
    this.#attempts = 0
    this.#reviewResort(this.#publisher.link).catch(() => {})
  }

  /** What makes anew what has to be, if anything. @param {number} now */
  #remedy(now) {
    const { link: up } = this.#publisher
    const { link: down } = this.#subscriber
    const pause = this.#pause()
    const again = () => this.#askAgain()
    if (this.#recheckAt !== null && now > this.#recheckAt) return again
    if (this.#askedAt !== null) {
      if (now > this.#askedAt + Math.max(OFFER_TIMEOUT, pause)) return again
    } else if (down && ((this.#use.due && this.#subscriber.isSilent(now)) || down.health.isSpent(now, pause))) {
      return again
    }
    return up?.health.isSpent(now, pause) ? () => this.#offerAgain() : null
  }

  /** Nothing is known to be over; it is only that nothing comes. */
  #isQuiet() {
    return this.#recheckAt === null && this.#askedAt === null && !this.#links.some(link => link?.health.over)
  }

  /** Tells of each member's way what has changed. */
  #look() {
    const now = performance.now()
    this.#publisher.link?.observe(now)
    this.#subscriber.observe(now)
    // While one takes the place of another, nothing is wrong yet.
    const replaced = Boolean(this.#publisher.link && this.#subscriber.link?.before)
    const alive = replaced || this.#links.every(link => link?.health.isAlive(now))
    const established = alive && this.#links.every(link => link && link.health.connectedAt !== null)
    for (const [id, member] of this.#members) {
      if (established && this.#subscriber.isSeated(id)) member.came = true
      const connected = alive && member.came
      /** @type {Path} */
      const path = {
        kind: 'relay',
        status: connected ? 'connected' : this.#attempts >= HOPELESS ? 'failed' : member.came ? 'interrupted' : 'connecting',
        hears: connected && this.#subscriber.hears(id, now),
        sees: connected && this.#subscriber.sees(id, now),
      }
      const { path: before } = member
      if (before.status === path.status && before.hears === path.hears && before.sees === path.sees) continue
      member.path = path
      this.#options.changed(id, path)
    }
  }
}
