// What comes from the relay: a connection on which the box offers, with seats for whoever sends.
//
// Who sits where is told and not negotiated. A connection outlives its successor's coming, so that nobody sees black.
import { RelayLink } from './relay-link.js'
import { LOST_TIMEOUT, VideoSeen } from './link-health.js'
import { summary } from './path-stats.js'
import { fingerprintOf } from './sdp.js'
/** @import { Source } from '../server/protocol.d.ts' */
/** @import { ClientMessage, PathStats, PersonId, Reception, Seat } from '../state/types.d.ts' */

/**
 * Milliseconds without any packet, when somebody is to be heard, after which the connection counts as broken. Browsers
 * look every 2.5 s whether the other end is there.
 */
const SILENCE_TIMEOUT = 4_000

/** Milliseconds that a connection is kept after another one has taken its place. */
const OVERLAP = 3_000

class SubscribeLink extends RelayLink {
  /** @type {string | undefined} */
  fingerprint
  /** @type {readonly Seat[]} */
  seats = []
  /** Signs of life of the box, counted. */
  signs = 0
  /** What this one takes the place of, and what carries everything until this one is connected. @type {RTCPeerConnection | null} */
  before = null
}

/** @typedef {{ reception: Record<Source, Reception>, packets: number, heardAt: number, video: VideoSeen }} Member */

export class Subscriber {
  /** The newest connection. @type {SubscribeLink | null} */
  link = null
  /** @type {Map<PersonId, Member>} */
  #members = new Map()
  /** Those whose place was taken, for a moment longer. @type {Set<RTCPeerConnection>} */
  #retired = new Set()
  #packetAt = 0
  #options

  /**
   * @param {object} options
   * @param {(message: ClientMessage) => void} options.send
   * @param {() => Promise<void>} options.ready when the browser is free for another connection
   * @param {() => void} options.changed something about the connection or what comes on it is another
   * @param {() => RTCIceServer[]} options.servers with which a connection is made
   * @param {(member: PersonId, source: Source, reception: Reception) => void} options.streamed what comes of a member
   * @param {(member: PersonId) => RTCRtpReceiver | null} options.drawing of what the page learns each picture that is drawn
   */
  constructor(options) {
    this.#options = options
  }

  /** The connection by which the others are seen and heard. */
  get #carrying() {
    return this.link?.before ?? this.link?.connection
  }

  /** The box of that offer is not the one that offered before: another certificate. @param {string} sdp */
  isOtherBox(sdp) {
    return this.link !== null && this.link.fingerprint !== fingerprintOf(sdp)
  }

  /** The box offers. @param {number} number @param {string} sdp @param {boolean} asked the page asked for another connection */
  accept(number, sdp, asked) {
    if (this.link?.number !== number || this.isOtherBox(sdp)) this.#replace(number, sdp, asked)
    const link = /** @type {SubscribeLink} */ (this.link)
    link.queue.add(async () => {
      const { connection } = link
      await connection.setRemoteDescription({ type: 'offer', sdp })
      await connection.setLocalDescription()
      if (link !== this.link || !connection.localDescription) return
      this.#options.send({ type: 'relay_answer', connection: number, sdp: connection.localDescription.sdp })
      this.#place()
    })
  }

  /** @param {number} number @param {string} sdp @param {boolean} asked */
  #replace(number, sdp, asked) {
    const old = this.link
    // Of the same box, and not asked for: the one of before goes on.
    const before = old && !asked && !this.isOtherBox(sdp) ? old.before ?? old.connection : null
    old?.queue.close()
    for (const one of [old?.connection, old?.before]) if (one && one !== before) this.#retire(one)
    this.link = new SubscribeLink(number, this.#options)
    this.link.fingerprint = fingerprintOf(sdp)
    this.link.before = before
    this.#packetAt = performance.now()
  }

  /** @param {number} connection @param {readonly Seat[]} seats @returns {boolean} whether they are of this connection */
  seat(connection, seats) {
    const { link } = this
    if (connection !== link?.number) return false
    link.seats = seats
    link.queue.add(() => this.#place())
    return true
  }

  /** Has a seat for camera and microphone. @param {PersonId} id */
  isSeated(id) {
    return this.link?.seats.some(({ person, source }) => person === id && source === 'camera') ?? false
  }

  /** Sees who comes on which m-lines. */
  #place() {
    if (!this.link || this.link.before) return
    const { connection, seats } = this.link
    const transceivers = connection.getTransceivers()
    const receiver = (/** @type {string} */ mid) => transceivers.find(transceiver => transceiver.mid === mid)?.receiver ?? null
    for (const { audio, video, person, source } of seats) {
      const member = person !== undefined && this.#members.get(person)
      if (!member) continue
      const reception = { audio: receiver(audio), video: receiver(video) }
      const known = member.reception[source]
      if (reception.audio === known.audio && reception.video === known.video) continue
      member.reception[source] = reception
      if (source === 'camera') {
        member.packets = 0
        member.video.restartCount()
      }
      this.#options.streamed(person, source, reception)
    }
    this.#options.changed()
  }

  /** @param {RTCPeerConnection} connection */
  #retire(connection) {
    this.#retired.add(connection)
    setTimeout(() => {
      this.#retired.delete(connection)
      connection.close()
    }, OVERLAP)
  }

  /** @param {PersonId} id */
  carry(id) {
    const nothing = { audio: null, video: null }
    this.#members.set(id, { reception: { camera: nothing, screen: nothing }, packets: 0, heardAt: -Infinity, video: new VideoSeen() })
    this.#place()
  }

  /** @param {PersonId} id */
  drop(id) {
    this.#members.delete(id)
  }

  /** @param {number} now */
  observe(now) {
    const { link } = this
    link?.observe(now)
    if (!link?.before || link.health.connectedAt === null) return
    this.#retire(link.before)
    link.before = null
    link.signs = 0
    link.queue.add(() => this.#place())
  }

  /** Silence counts from this moment. */
  excuse() {
    this.#packetAt = performance.now()
  }

  /** @param {number} now */
  isSilent(now) {
    return now - this.#packetAt > SILENCE_TIMEOUT
  }

  /** @param {PersonId} id @param {number} now */
  hears(id, now) {
    return now - (this.#members.get(id)?.heardAt ?? -Infinity) < LOST_TIMEOUT
  }

  /** @param {PersonId} id @param {number} now */
  sees(id, now) {
    return this.#members.get(id)?.video.isSeen(now) ?? false
  }

  /** A picture of theirs was drawn. @param {PersonId} id */
  drawn(id) {
    this.#members.get(id)?.video.drawn(performance.now())
  }

  /** Learns from the statistics what has come. */
  async measure() {
    const carrying = this.#carrying
    if (!carrying) return
    const reports = [...(await carrying.getStats()).values()]
    const { link } = this
    if (!link || carrying !== this.#carrying) return
    const now = performance.now()
    const signs = reports.reduce((sum, { responsesReceived = 0, type, packetsReceived = 0 }) =>
      sum + responsesReceived + (type === 'transport' ? packetsReceived : 0), 0)
    if (signs > link.signs) this.#packetAt = now
    link.signs = signs
    const received = reports.filter(({ type }) => type === 'inbound-rtp')
    for (const [id, member] of this.#members) this.#count(id, member, received, now)
    this.#options.changed()
  }

  /** @param {PersonId} id @param {Member} member @param {any[]} reports @param {number} now */
  #count(id, member, reports, now) {
    const { audio, video } = member.reception.camera
    let packets = 0
    let frames = 0
    for (const report of reports) {
      if (report.trackIdentifier === audio?.track.id) packets += report.packetsReceived ?? 0
      if (report.trackIdentifier === video?.track.id) frames += report.framesDecoded ?? 0
    }
    if (packets > member.packets) member.heardAt = this.#packetAt = now
    member.packets = packets
    if (member.video.decoded(frames, this.#options.drawing(id) === video, now)) this.#packetAt = now
  }

  /** What is behind each member's way. @returns {Promise<[PersonId, PathStats][]>} */
  async stats() {
    const carrying = this.#carrying
    if (!carrying) return []
    const reports = await carrying.getStats()
    return [...this.#members].map(([id, { reception: { camera: { audio, video } } }]) => {
      const ids = [audio?.track.id, video?.track.id]
      return [id, summary(carrying.connectionState, reports, track => ids.includes(track))]
    })
  }

  close() {
    this.link?.close()
    for (const connection of [this.link?.before, ...this.#retired]) connection?.close()
    this.#retired.clear()
    this.link = null
  }
}
