// One attempt at a direct path: an RTCPeerConnection, which ends when either page begins anew.
import { VideoSeen } from './link-health.js'
import { fingerprintOf, withDtx } from './sdp.js'
/** @import { Source } from '../server/protocol.d.ts' */
/** @import { Candidate, Description, Feed, Pictures, Reception, Signal } from '../state/types.d.ts' */

/** Milliseconds without a packet after which the path counts as interrupted: early enough for the relay to be seen within two seconds. */
export const STALL = 1_250

/** Candidates that may come before their description. */
const EARLY = 64

/** @typedef {Record<Feed, MediaStreamTrack | null>} Tracks what I send */
/** What comes; of a screen once there is a place for it. @typedef {{ camera: Reception, screen?: Reception }} Receptions */

/** What goes on each m-line, in their order: of those that are there from the start, and of those for screens. @type {readonly Feed[]} */
const FEEDS = ['microphone', 'camera', 'screen', 'screenSound']
const FIRST = 2

/** @type {Reception} */
const NOTHING = { audio: null, video: null }

/**
 * How a picture goes: as it is, or, where there are several paths, smaller because it is encoded for each; as small as
 * makes sense; or not at all.
 *
 * @typedef {Pictures | 'shared'} Size
 */

/** @type {Record<Size, Record<'camera' | 'screen', RTCRtpEncodingParameters>>} */
const SIZES = {
  whole: { camera: { active: true, scaleResolutionDownBy: 1 }, screen: { active: true, scaleResolutionDownBy: 1 } },
  shared: { camera: { active: true, scaleResolutionDownBy: 2 }, screen: { active: true, scaleResolutionDownBy: 1 } },
  small: {
    camera: { active: true, scaleResolutionDownBy: 4, maxBitrate: 150_000, maxFramerate: 15 },
    screen: { active: true, scaleResolutionDownBy: 2, maxBitrate: 400_000, maxFramerate: 5 },
  },
  none: { camera: { active: false }, screen: { active: false } },
}

export class DirectSession {
  connection
  /** Signs of life, which flow also when there is nothing to see or hear. */
  pulse
  /** By which browsers find each other, the newest. Within one network there are none, and none are needed. */
  #servers
  /** @type {Receptions} */
  receptions = { camera: NOTHING }
  video = new VideoSeen()
  /** Packets came at some time. */
  flowed = false
  /** When a packet came last. */
  heardAt = -Infinity
  /** When my offer or answer was said last. */
  saidAt = performance.now()
  /** When it is tried anew, if nothing flows by then. */
  tryAt = 0
  /** Name what goes, so that picture and sound stay together. @type {Record<Source, MediaStream>} */
  #outgoing = { camera: new MediaStream(), screen: new MediaStream() }
  /** What each m-line's picture was set to. @type {Map<RTCRtpSender, Size>} */
  #sizes = new Map()
  /** @type {RTCIceCandidateInit[]} */
  #early = []
  /** By the last look at the statistics. */
  #received = { bytes: 0, audio: 0 }

  /** @param {() => RTCIceServer[]} servers */
  constructor(servers) {
    this.#servers = servers
    this.connection = new RTCPeerConnection(this.#configuration)
    this.pulse = this.connection.createDataChannel('pulse', { negotiated: true, id: 0, ordered: false, maxRetransmits: 0 })
  }

  /** My offer has no answer yet. */
  get isOffering() {
    return this.connection.signalingState === 'have-local-offer'
  }

  /** The other page has answered or offered at some time. */
  get isMet() {
    return Boolean(this.connection.remoteDescription)
  }

  /** By which the other page would know it; undefined: nothing was said yet. */
  get fingerprint() {
    const { localDescription } = this.connection
    return localDescription ? fingerprintOf(localDescription.sdp) : undefined
  }

  /** By which this page knows the other one's session. */
  get otherFingerprint() {
    const { remoteDescription } = this.connection
    return remoteDescription ? fingerprintOf(remoteDescription.sdp) : undefined
  }

  /** What was said is of another session than the one this one is with: that page was reloaded. @param {Description} description */
  isOther({ sdp }) {
    return this.isMet && this.otherFingerprint !== fingerprintOf(sdp)
  }

  /** What to say of it: my offer or my answer. @returns {Signal | null} */
  get description() {
    const { localDescription } = this.connection
    if (!localDescription || (localDescription.type !== 'offer' && localDescription.type !== 'answer')) return null
    return { description: { type: localDescription.type, sdp: withDtx(localDescription.sdp) } }
  }

  /** There is a place for what is shown of screens. */
  get hasScreens() {
    return this.connection.getTransceivers().length > FIRST
  }

  /** @param {Tracks} tracks @param {boolean} screens with a place for what is shown of them */
  async offer(tracks, screens) {
    this.#refreshServers()
    const known = this.connection.getTransceivers().length
    // Camera and microphone both ways from the start: what is switched on later needs no new offer.
    for (const feed of FEEDS.slice(known, screens ? FEEDS.length : FIRST)) {
      const { sender } = this.connection.addTransceiver(kindOf(feed), { direction: 'sendrecv', streams: [this.#outgoing[sourceOf(feed)]] })
      await sender.replaceTrack(tracks[feed])
    }
    await this.connection.setLocalDescription()
  }

  /** Prepares an answer. @param {Description} offer @param {Tracks} tracks */
  async answer(offer, tracks) {
    this.#refreshServers()
    await this.connection.setRemoteDescription(offer)
    await Promise.all(this.connection.getTransceivers().slice(0, FEEDS.length).map((transceiver, n) => {
      const feed = /** @type {Feed} */ (FEEDS[n])
      transceiver.direction = 'sendrecv'
      transceiver.sender.setStreams?.(this.#outgoing[sourceOf(feed)])
      return transceiver.sender.replaceTrack(tracks[feed])
    }))
    await this.connection.setLocalDescription()
  }

  /** @returns {RTCConfiguration} */
  get #configuration() {
    return { iceServers: this.#servers(), bundlePolicy: 'max-bundle' }
  }

  /** Candidates are gathered with each offer and answer; credentials may have ended since the last. Firefox before 119 keeps the first. */
  #refreshServers() {
    this.connection.setConfiguration?.(this.#configuration)
  }

  /** @param {Candidate} candidate */
  async addCandidate(candidate) {
    if (this.isMet && !this.isOffering) await this.connection.addIceCandidate(candidate)
    else if (this.#early.length < EARLY) this.#early.push(candidate)
  }

  /** Those that came before their description. */
  async addEarly() {
    for (const candidate of this.#early.splice(0)) {
      // It may belong to an offer that gave way.
      await this.connection.addIceCandidate(candidate).catch(() => {})
    }
  }

  /** @param {Feed} feed @param {MediaStreamTrack | null} track */
  async replaceTrack(feed, track) {
    await this.connection.getTransceivers()[FEEDS.indexOf(feed)]?.sender.replaceTrack(track)
  }

  /** Sends my pictures so large. @param {Size} size */
  async resize(size) {
    for (const feed of /** @type {const} */ (['camera', 'screen'])) {
      const sender = this.connection.getTransceivers()[FEEDS.indexOf(feed)]?.sender
      // Before it is negotiated there is nothing that could be set.
      if (!sender || !this.isMet || size === (this.#sizes.get(sender) ?? 'whole')) continue
      this.#sizes.set(sender, size)
      const parameters = sender.getParameters()
      parameters.encodings = parameters.encodings.map(({ maxBitrate, maxFramerate, ...encoding }) => ({ ...encoding, ...SIZES[size][feed] }))
      await sender.setParameters(parameters)
    }
  }

  /** What comes on an m-line is known. @param {RTCTrackEvent} event */
  receives({ transceiver, receiver }) {
    const feed = FEEDS[this.connection.getTransceivers().indexOf(transceiver)]
    if (!feed) return
    const source = sourceOf(feed)
    this.receptions = { ...this.receptions, [source]: { ...this.receptions[source] ?? NOTHING, [kindOf(feed)]: receiver } }
  }

  /** A path works when packets flow, never because ICE says so. */
  get flows() {
    return this.connection.connectionState === 'connected' && performance.now() - this.heardAt < STALL
  }

  /** @param {string} sign */
  sign(sign) {
    if (this.pulse.readyState === 'open') this.pulse.send(sign)
  }

  /**
   * Learns from the statistics what has come.
   * @param {() => RTCRtpReceiver | null} drawing of what the page learns each picture that is drawn
   */
  async measure(drawing) {
    const received = { bytes: 0, audio: 0 }
    let frames = 0
    let age = Infinity
    const { camera, screen } = this.receptions
    for (const report of (await this.connection.getStats()).values()) {
      if (report.type !== 'inbound-rtp') continue
      received.bytes += report.bytesReceived ?? 0
      age = Math.min(age, report.timestamp - (report.lastPacketReceivedTimestamp ?? report.timestamp))
      if (screen && isOf(screen, report.trackIdentifier)) continue
      if (report.kind === 'audio') received.audio += report.packetsReceived ?? 0
      if (report.kind === 'video') frames += report.framesDecoded ?? 0
    }
    const now = performance.now()
    const before = this.#received
    this.#received = received
    if (received.bytes > before.bytes) this.heardAt = Math.max(this.heardAt, now - age)
    this.video.decoded(frames, drawing() === camera.video, now)
    return { hears: received.audio > before.audio, sees: this.video.isSeen(now) }
  }
}

/** Whether that is the name of one of its tracks. @param {Reception} reception @param {string} track */
export function isOf({ audio, video }, track) {
  return audio?.track.id === track || video?.track.id === track
}

/** @param {Feed} feed */
function kindOf(feed) {
  return feed === 'camera' || feed === 'screen' ? 'video' : 'audio'
}

/** @param {Feed} feed @returns {Source} */
function sourceOf(feed) {
  return FEEDS.indexOf(feed) < FIRST ? 'camera' : 'screen'
}
