// One direct path to one other browser: a session with it that is kept alive, or made anew.
//
// One side alone offers, as the box says (`room.offerer`); the other one asks it to when the network changed, when
// packets stopped, or when its page was reloaded. So no offer is ever rolled back: in Chromium pictures
// are decoded after a rollback, and not drawn. What is said and heard is worked off in one queue, so
// that nothing crosses within a page. What the signalling loses is repeated.
import { DirectSession, STALL, isOf } from './direct-session.js'
import { POLL_INTERVAL, POLLS_PER_MEASUREMENT, backoff } from './link-health.js'
import { summary } from './path-stats.js'
import { serialQueue } from './serial-queue.js'
/** @import { Candidate, Description, Feed, OfferRequest, Path, Signal } from '../state/types.d.ts' */
/** @import { Receptions, Size, Tracks } from './direct-session.js' */

/** Milliseconds after which an offer without an answer is repeated. */
const UNANSWERED = 3_000

/** Milliseconds before a path that does not come is tried anew, doubled each time up to the longest. */
const RETRY = { waiting: 3_000, connecting: 6_000, interrupted: 1_000, longest: 30_000 }

/** Milliseconds that the one who does not offer waits longer before asking for an offer. */
const AFTER_YOU = 1_500

/** What a sign of life says: the path is used, or is not needed. */
const SIGN = { here: '.', over: 'o' }

/** Signals that wait to be worked off; the rest is left out, as if the signalling had lost it. */
const MAX_HEARD = 256

/** Milliseconds that a path that this page does not need is kept at most for the other one. */
const LINGER = 10_000

/**
 * @typedef {object} Options
 * @property {boolean} offers it is this page that offers
 * @property {boolean} lost this page had such a path before it was reloaded, of whose end the other one does not know
 * @property {Tracks} tracks
 * @property {Promise<unknown>} ready when to begin: with the camera allowed, browsers tell real addresses
 * @property {() => RTCIceServer[]} servers by which browsers find each other, the newest
 * @property {(signal: Signal) => void} signal
 * @property {() => boolean} canSignal
 * @property {(path: Path) => void} changed
 * @property {(receptions: Receptions) => void} streamed what comes instead of what came before
 * @property {() => boolean} mayBegin whether one more session may begin, which then counts
 * @property {() => RTCRtpReceiver | null} drawing of what `saw` tells each picture, as it is drawn
 */

export class DirectPath {
  /** @type {Path} */
  #path = { kind: 'direct', status: 'connecting', hears: false, sees: false }
  /** @type {DirectSession | null} */
  #session = null
  // A session begins in an operation alone, so none is cut short but by the end of all.
  #queue = serialQueue('direct path')
  #closed = false
  /** What to do at the end, since this page does not need the path. @type {(() => void) | null} */
  #leaving = null
  /** Nor does the other one. */
  #left = false
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #lingering
  #everFlowed = false
  #heard = 0
  #attempts = 0
  #polls = 0
  #polledAt = performance.now()
  #polling = setInterval(() => this.#pollStats(), POLL_INTERVAL)
  #offers
  #screens = false
  /** @type {Size} */
  #size = 'whole'
  #tracks
  #servers
  #tell

  /** @param {Options} options */
  constructor({ offers, lost, tracks, ready, servers, ...tell }) {
    this.#offers = offers
    this.#servers = servers
    this.#tracks = { ...tracks }
    this.#tell = tell
    this.#queue.add(async () => {
      await ready
      if (this.#closed) return
      this.#tell.mayBegin()
      const first = this.#begin()
      if (this.#offers) await this.#offer(first)
      else if (lost) this.#ask(first)
    })
  }

  /** From the other page. @param {Signal} heard */
  hear(heard) {
    if (this.#heard >= MAX_HEARD) return
    this.#heard += 1
    this.#queue.add(() => {
      this.#heard -= 1
      const session = this.#session
      if (!session) return undefined
      if ('candidate' in heard) return session.addCandidate(heard.candidate)
      if ('offer_request' in heard) return this.#heardRequest(session, heard.offer_request)
      const { description } = heard
      return description.type === 'offer' ? this.#heardOffer(session, description) : this.#heardAnswer(session, description)
    })
  }

  /** The other end is there: it has heard nothing yet, and has time from this moment. */
  meet() {
    if (!this.#session) return
    this.#delay(this.#session)
    this.#say(this.#session)
  }

  /** A picture is there. */
  saw() {
    if (!this.#session) return
    const now = performance.now()
    this.#session.heardAt = now
    this.#session.video.drawn(now)
    this.#look({ sees: true })
  }

  /** @param {boolean} offers it is this page that offers @param {boolean} screens with a place for what is shown of screens; once there it stays */
  agree(offers, screens) {
    this.#offers = offers
    this.#screens ||= screens
    this.#enqueue(session => this.#complete(session))
  }

  /** @param {Feed} feed @param {MediaStreamTrack | null} track */
  setTrack(feed, track) {
    this.#tracks[feed] = track
    this.#enqueue(session => session.replaceTrack(feed, track))
  }

  /** @param {Size} size of my pictures */
  resize(size) {
    this.#size = size
    this.#enqueue(session => session.resize(size))
  }

  /** The network changed or the box is back: if nothing flows, a new way is looked for at once. */
  refresh() {
    this.#attempts = 0
    if (!this.#session || this.#session.flows) return
    this.#session.tryAt = 0
    // Waiting for the first answer, it is repeated at the next poll.
    this.#session.saidAt = 0
  }

  /** What is behind the path, for whoever looks for what is wrong. */
  async stats() {
    const connection = this.#session?.connection
    const screen = this.#session?.receptions.screen
    const concerns = (/** @type {string} */ track) => !screen || !isOf(screen, track)
    return connection ? summary(connection.connectionState, await connection.getStats(), concerns) : null
  }

  /** This page does not need it. It sends on until the other one says the same, and has then ended. @param {() => void} ended */
  leave(ended) {
    this.#leaving = ended
    this.#live()
    if (this.#left || this.#path.status !== 'connected') return this.#end()
    this.#lingering = setTimeout(() => this.#end(), LINGER)
  }

  /** It is needed after all. */
  stay() {
    if (!this.#leaving) return
    this.#leaving = null
    clearTimeout(this.#lingering)
    if (!this.#session) return
    this.#live()
    this.#tell.streamed(this.#session.receptions)
    this.#tell.changed(this.#path)
  }

  close() {
    this.#closed = true
    this.#queue.close()
    clearInterval(this.#polling)
    clearTimeout(this.#lingering)
    this.#session?.connection.close()
    this.#session = null
  }

  #end() {
    const ended = this.#leaving
    this.close()
    ended?.()
  }

  /** In its turn. What fails concerns a session that is over, or is tried anew. @param {(session: DirectSession) => unknown} what */
  #enqueue(what) {
    this.#queue.add(() => this.#session && what(this.#session))
  }

  #begin() {
    this.#session?.connection.close()
    const session = new DirectSession(this.#servers)
    this.#session = session
    const { connection, pulse } = session
    const isCurrent = () => session === this.#session
    connection.onicecandidate = ({ candidate }) => {
      if (candidate && isCurrent()) this.#tell.signal({ candidate: candidateOf(candidate) })
    }
    connection.ontrack = event => {
      session.receives(event)
      if (isCurrent() && !this.#leaving) this.#tell.streamed(session.receptions)
    }
    connection.onconnectionstatechange = () => this.#look()
    pulse.onopen = () => session.sign(this.#mySign())
    pulse.onmessage = ({ data }) => {
      if (isCurrent()) this.#heardSign(session, data)
    }
    pulse.onclose = () => {
      if (isCurrent() && this.#leaving) this.#end()
    }
    this.#delay(session)
    this.#look()
    return session
  }

  /** Gives a sign of life. */
  #live() {
    this.#session?.sign(this.#mySign())
  }

  #mySign() {
    return this.#leaving ? SIGN.over : SIGN.here
  }

  /** @param {DirectSession} session @param {string} sign */
  #heardSign(session, sign) {
    session.heardAt = performance.now()
    this.#left = sign === SIGN.over
    if (this.#leaving && this.#left) return this.#end()
    this.#look()
  }

  /** @param {DirectSession} session */
  async #offer(session) {
    if (session.connection.signalingState !== 'stable') return
    await session.offer(this.#tracks, this.#screens)
    this.#say(session)
  }

  /** Offers what the session lacks: a place for screens. @param {DirectSession} session */
  async #complete(session) {
    if (this.#offers && this.#screens && session.isMet && !session.hasScreens) await this.#offer(session)
  }

  /** @param {DirectSession} session @param {Description} description */
  async #heardOffer(session, description) {
    const crossing = session.isOffering
    // It is of before the roles changed. Mine may have been lost.
    if (crossing && this.#offers) return this.#say(session)
    // Where offers cross, because the roles have just changed, there is a new session.
    const isNew = crossing || session.isOther(description)
    if (isNew && !this.#tell.mayBegin()) return undefined
    const used = isNew ? this.#begin() : session
    await used.answer(description, this.#tracks)
    this.#say(used)
    await used.addEarly()
    await used.resize(this.#size)
  }

  /** @param {DirectSession} session @param {Description} description */
  async #heardAnswer(session, description) {
    // To an offer that was said twice.
    if (!session.isOffering) return
    // That page was reloaded and took my offer for the first one.
    if (session.isOther(description)) return this.#offerAnew()
    await session.connection.setRemoteDescription(description)
    await session.addEarly()
    await session.resize(this.#size)
    await this.#complete(session)
  }

  /** Offers a new session. What asked for it too often asks later. */
  async #offerAnew() {
    if (this.#tell.mayBegin()) await this.#offer(this.#begin())
  }

  /** Asks the other page for an offer, of a new session if this one has none. @param {DirectSession} session */
  #ask(session) {
    this.#delay(session)
    this.#tell.signal({ offer_request: { fingerprint: session.otherFingerprint } })
  }

  /** @param {DirectSession} session @param {OfferRequest} request */
  #heardRequest(session, { fingerprint }) {
    if (!this.#offers) return undefined
    const knows = session.fingerprint !== undefined && session.fingerprint === fingerprint
    // They have lost the session, or have never heard its first offer.
    if (!knows && session.isMet) return this.#offerAnew()
    return session.isOffering ? this.#say(session) : this.#restart(session)
  }

  /** @param {DirectSession} session */
  #say(session) {
    const { description } = session
    if (!description) return
    session.saidAt = performance.now()
    this.#delay(session)
    this.#tell.signal(description)
  }

  /** It has its time before it is tried anew. @param {DirectSession} session */
  #delay(session) {
    session.tryAt = performance.now() + this.#pause(session)
  }

  /** @param {DirectSession} session */
  #pause({ flowed, isMet }) {
    const first = flowed ? RETRY.interrupted : isMet || this.#offers ? RETRY.connecting : RETRY.waiting
    return backoff({ first, longest: RETRY.longest }, this.#attempts) + (this.#offers ? 0 : AFTER_YOU)
  }

  #tryAnew() {
    this.#enqueue(session => {
      this.#attempts += 1
      this.#delay(session)
      return this.#offers ? this.#restart(session) : this.#ask(session)
    })
  }

  /** Looks for a new way without leaving the old one before it is found. @param {DirectSession} session */
  async #restart(session) {
    const { connection } = session
    if (connection.signalingState !== 'stable') return
    if (connection.remoteDescription) connection.restartIce()
    await this.#offer(session)
  }

  /** Says how the path is, when that has changed. @param {{ hears?: boolean, sees?: boolean }} [got] */
  #look({ hears = this.#path.hears, sees = this.#path.sees } = {}) {
    const status = this.#status()
    const connected = status === 'connected'
    /** @type {Path} */
    const next = { kind: 'direct', status, hears: connected && hears, sees: connected && sees }
    const before = this.#path
    if (next.status === before.status && next.hears === before.hears && next.sees === before.sees) return
    if (before.status === 'connected' && this.#session) this.#delay(this.#session)
    this.#path = next
    if (!this.#leaving) this.#tell.changed(next)
  }

  /** @returns {Path['status']} */
  #status() {
    if (this.#session?.flows) {
      this.#everFlowed = this.#session.flowed = true
      this.#attempts = 0
      return 'connected'
    }
    if (this.#path.status === 'failed' || this.#session?.connection.connectionState === 'failed') return 'failed'
    return this.#everFlowed ? 'interrupted' : 'connecting'
  }

  #pollStats() {
    const now = performance.now()
    // When this page itself slept, the other one was not silent.
    const slept = now - this.#polledAt > STALL
    this.#polledAt = now
    this.#polls += 1
    const session = this.#session
    if (!session) return
    if (slept && this.#path.status === 'connected') session.heardAt = now
    this.#live()
    if (session.isMet && (this.#polls % POLLS_PER_MEASUREMENT === 0 || !this.#path.sees)) this.#measure(session).catch(() => {})
    this.#look()
    if (!this.#leaving && this.#tell.canSignal()) this.#repair(session, now)
  }

  /** @param {DirectSession} session @param {number} now */
  #repair(session, now) {
    if (session.isOffering) {
      if (now - session.saidAt > UNANSWERED) this.#say(session)
    } else if (this.#path.status !== 'connected' && now > session.tryAt) {
      this.#tryAnew()
      session.tryAt = Infinity
    }
  }

  /** @param {DirectSession} session */
  async #measure(session) {
    const got = await session.measure(this.#tell.drawing)
    if (session === this.#session) this.#look(got)
  }
}

/** @param {RTCIceCandidate} candidate @returns {Candidate} */
function candidateOf({ candidate, sdpMid, sdpMLineIndex, usernameFragment }) {
  return { candidate, sdpMid, sdpMLineIndex, usernameFragment }
}
