// One direct path to one other browser: an RTCPeerConnection that is kept alive, or made again.
//
// One side alone offers, as the box says (`room.offerer`); the other one asks it to when the network changed, when
// packets stopped, or when its page was loaded again. So no offer is ever rolled back: in Chromium pictures
// are decoded after a rollback, and not drawn. Said and heard things are worked off one at a time, so
// that nothing crosses within a page. What the signalling loses is said again.
import { serialQueue } from './serial-queue.js'
/** @import { Candidate, Description, OfferRequest, Path, PathStats, Reception, Signal } from '../state/types.d.ts' */

/** Milliseconds between two signs of life, and between two looks at the path. */
const BEAT = 250

/** Beats between two looks at the statistics, once the picture is there. */
const MEASURE = 4

/** Milliseconds without a packet after which the path counts as interrupted: early enough for the relay to be seen within two seconds. */
const STALL = 1_250

/** Milliseconds without a picture after which there is none; until then the last one stands still. */
const SIGHT = 2_500

/** Milliseconds after which an offer without an answer is said again. */
const UNANSWERED = 3_000

/** Milliseconds before a path that does not come is tried anew, doubled each time up to the longest. */
const RETRY = { waiting: 3_000, connecting: 6_000, interrupted: 1_000, longest: 30_000 }

/** Milliseconds that the one who does not offer waits longer before asking for an offer. */
const AFTER_YOU = 1_500

/** What a sign of life says: I use the path, or I do not need it any more. */
const SIGN = { here: '.', over: 'o' }

/** Milliseconds that a path which this page does not need any more is kept at most for the other one. */
const LINGER = 10_000

/** Candidates that may come before their description. */
const EARLY = 64

/** @typedef {'audio' | 'video'} Kind */
/** @typedef {Record<Kind, MediaStreamTrack | null>} Tracks what I send */

/**
 * One attempt to be connected, which ends when either page begins anew.
 * @typedef {object} Session
 * @property {RTCPeerConnection} connection
 * @property {Reception} reception what comes
 * @property {MediaStream} outgoing names what goes, so that picture and sound stay together
 * @property {RTCDataChannel} pulse signs of life, which flow also when there is nothing to see or hear
 * @property {RTCIceCandidateInit[]} early
 * @property {boolean} flowed packets came at some time
 * @property {number} heardAt when a packet came last
 * @property {number} saidAt when my offer or answer was said last
 * @property {number} tryAt when it is tried anew, if nothing flows by then
 * @property {number} seenAt when a picture was shown last
 * @property {{ bytes: number, audio: number, frames: number }} got by the last look at the statistics
 */

/**
 * @param {object} options
 * @param {boolean} options.offers it is this page that offers
 * @param {boolean} options.lost this page had such a path before it was loaded again, of whose end the other one does not know
 * @param {Tracks} options.tracks
 * @param {Promise<unknown>} options.ready when to begin: with the camera allowed, browsers tell real addresses
 * @param {(signal: Signal) => void} options.signal
 * @param {() => boolean} options.canSignal
 * @param {(path: Path) => void} options.changed
 * @param {(reception: Reception) => void} options.streamed what comes now instead of what came before
 * @param {() => RTCRtpReceiver | null} options.drawing of what `saw` tells each picture, as it is drawn
 */
export function createPeer({ offers, lost, tracks, ready, signal, canSignal, changed, streamed, drawing }) {
  let sending = { ...tracks }
  let closed = false
  /** What to do at the end, since this page does not need the path any more. @type {(() => void) | null} */
  let leaving = null
  /** Nor does the other one. */
  let left = false
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let lingering
  let everFlowed = false
  let attempts = 0
  let beats = 0
  let beatAt = performance.now()
  /** @type {Path} */
  let path = { kind: 'direct', status: 'connecting', hears: false, sees: false }
  /** @type {Session | null} */
  let session = null
  // A session begins in an operation alone, so none is cut short but by the end of all.
  const queue = serialQueue('direct path')
  queue.add(async () => {
    await ready
    if (closed) return
    const first = begin()
    if (offers) await makeOffer(first)
    else if (lost) ask(first)
  })
  const heart = setInterval(beat, BEAT)

  /** One thing after the other. What fails concerns a session that is over, or is tried anew. @param {(session: Session) => unknown} what */
  function inTurn(what) {
    queue.add(() => session && what(session))
  }

  function begin() {
    session?.connection.close()
    // No servers: within one network the browsers' own addresses are enough.
    const connection = new RTCPeerConnection({ iceServers: [], bundlePolicy: 'max-bundle' })
    const now = performance.now()
    /** @type {Session} */
    const mine = {
      connection,
      reception: { audio: null, video: null },
      outgoing: new MediaStream(),
      pulse: connection.createDataChannel('pulse', { negotiated: true, id: 0, ordered: false, maxRetransmits: 0 }),
      early: [],
      flowed: false,
      heardAt: -Infinity,
      seenAt: -Infinity,
      saidAt: now,
      tryAt: 0,
      got: { bytes: 0, audio: 0, frames: 0 },
    }
    session = mine
    connection.onicecandidate = ({ candidate }) => {
      if (candidate && mine === session) signal({ candidate: candidateOf(candidate) })
    }
    connection.ontrack = ({ receiver }) => {
      mine.reception = { ...mine.reception, [receiver.track.kind]: receiver }
      if (mine === session && !leaving) streamed(mine.reception)
    }
    connection.onconnectionstatechange = () => look()
    mine.pulse.onopen = () => live(mine)
    mine.pulse.onmessage = ({ data }) => {
      if (mine !== session) return
      mine.heardAt = performance.now()
      left = data === SIGN.over
      if (leaving && left) return end()
      look()
    }
    mine.pulse.onclose = () => {
      if (mine === session && leaving) end()
    }
    mine.tryAt = now + pause(mine)
    look()
    return mine
  }

  /** @param {Session} mine */
  async function makeOffer(mine) {
    const { connection, outgoing } = mine
    if (connection.signalingState !== 'stable') return
    if (connection.getTransceivers().length === 0) {
      // Both kinds both ways from the start: what is switched on later needs no new offer.
      for (const kind of /** @type {const} */ (['audio', 'video'])) {
        const { sender } = connection.addTransceiver(kind, { direction: 'sendrecv', streams: [outgoing] })
        await sender.replaceTrack(sending[kind])
      }
    }
    await connection.setLocalDescription()
    say(mine)
  }

  /** @param {Session} mine @param {Description} description */
  async function heardOffer(mine, description) {
    const { connection } = mine
    const known = connection.remoteDescription
    const crossing = connection.signalingState === 'have-local-offer'
    if (crossing && offers) {
      // It is of before the roles changed. Mine may have been lost.
      say(mine)
      return
    }
    // Another certificate is another session: that page was loaded again. And where offers cross, because the
    // roles have just changed, there is a new one, too.
    const fresh = crossing || (known !== null && fingerprintOf(known.sdp) !== fingerprintOf(description.sdp))
    const used = fresh ? begin() : mine
    await used.connection.setRemoteDescription(description)
    await Promise.all(used.connection.getTransceivers().map(transceiver => {
      transceiver.direction = 'sendrecv'
      transceiver.sender.setStreams?.(used.outgoing)
      return transceiver.sender.replaceTrack(sending[kindOf(transceiver)])
    }))
    await used.connection.setLocalDescription()
    say(used)
    await addEarly(used)
  }

  /** @param {Session} mine @param {Description} description */
  async function heardAnswer(mine, description) {
    const { connection } = mine
    // To an offer that was said twice.
    if (connection.signalingState !== 'have-local-offer') return
    const known = connection.remoteDescription
    if (known && fingerprintOf(known.sdp) !== fingerprintOf(description.sdp)) {
      // That page was loaded again and took my offer for the first one.
      await makeOffer(begin())
      return
    }
    await connection.setRemoteDescription(description)
    await addEarly(mine)
  }

  /** Asks the other page for an offer, of a new session if this one has none. @param {Session} mine */
  function ask(mine) {
    const known = mine.connection.remoteDescription
    mine.tryAt = performance.now() + pause(mine)
    signal({ offer_request: { fingerprint: known ? fingerprintOf(known.sdp) : undefined } })
  }

  /** @param {Session} mine @param {OfferRequest} request */
  function heardRequest(mine, { fingerprint }) {
    if (!offers) return undefined
    const { localDescription, remoteDescription, signalingState } = mine.connection
    const knows = localDescription && fingerprint === fingerprintOf(localDescription.sdp)
    // They have lost the session, or have never heard its first offer.
    if (!knows && remoteDescription) return makeOffer(begin())
    return signalingState === 'have-local-offer' ? say(mine) : restart(mine)
  }

  /** @param {Session} mine @param {Candidate} candidate */
  async function heardCandidate(mine, candidate) {
    if (mine.connection.remoteDescription && mine.connection.signalingState !== 'have-local-offer') {
      await mine.connection.addIceCandidate(candidate)
    } else if (mine.early.length < EARLY) {
      mine.early.push(candidate)
    }
  }

  /** @param {Session} mine */
  async function addEarly({ connection, early }) {
    for (const candidate of early.splice(0)) {
      // It may belong to an offer that gave way.
      await connection.addIceCandidate(candidate).catch(() => {})
    }
  }

  /** @param {Session} mine */
  function say(mine) {
    const { localDescription } = mine.connection
    if (!localDescription || (localDescription.type !== 'offer' && localDescription.type !== 'answer')) return
    mine.saidAt = performance.now()
    mine.tryAt = mine.saidAt + pause(mine)
    signal({ description: { type: localDescription.type, sdp: sparing(localDescription.sdp) } })
  }

  /** Gives a sign of life. @param {Session} mine */
  function live({ pulse }) {
    if (pulse.readyState === 'open') pulse.send(leaving ? SIGN.over : SIGN.here)
  }

  function tryAnew() {
    inTurn(mine => {
      attempts += 1
      mine.tryAt = performance.now() + pause(mine)
      return offers ? restart(mine) : ask(mine)
    })
  }

  /** Looks for a new way without leaving the old one before it is found. @param {Session} mine */
  async function restart(mine) {
    const { connection } = mine
    if (connection.signalingState !== 'stable') return
    if (connection.remoteDescription) connection.restartIce()
    await makeOffer(mine)
  }

  /** @param {Session} mine @returns {number} */
  function pause({ connection, flowed }) {
    const first = flowed ? RETRY.interrupted : connection.remoteDescription || offers ? RETRY.connecting : RETRY.waiting
    return Math.min(RETRY.longest, first * 2 ** attempts) + (offers ? 0 : AFTER_YOU)
  }

  function flows() {
    return session?.connection.connectionState === 'connected' && performance.now() - session.heardAt < STALL
  }

  /** Says how the path is, when that has changed. @param {{ hears?: boolean, sees?: boolean }} [got] */
  function look(got = {}) {
    const { hears = path.hears, sees = path.sees } = got
    /** @type {Path} */
    const next = { kind: 'direct', status: status(), hears, sees }
    if (next.status !== 'connected') next.hears = next.sees = false
    if (next.status === path.status && next.hears === path.hears && next.sees === path.sees) return
    if (path.status === 'connected' && session) session.tryAt = performance.now() + pause(session)
    path = next
    if (!leaving) changed(path)
  }

  /** @returns {Path['status']} */
  function status() {
    if (session && flows()) {
      everFlowed = session.flowed = true
      attempts = 0
      return 'connected'
    }
    if (path.status === 'failed' || session?.connection.connectionState === 'failed') return 'failed'
    return everFlowed ? 'interrupted' : 'connecting'
  }

  function beat() {
    const now = performance.now()
    // When this page itself slept, the other one was not silent.
    const slept = now - beatAt > STALL
    beatAt = now
    beats += 1
    if (!session) return
    if (slept && path.status === 'connected') session.heardAt = now
    live(session)
    if (session.connection.remoteDescription && (beats % MEASURE === 0 || !path.sees)) measure(session).catch(() => {})
    look()
    if (path.status === 'connected' || leaving || !canSignal()) return
    if (session.connection.signalingState === 'have-local-offer') {
      if (now - session.saidAt > UNANSWERED) say(session)
    } else if (now > session.tryAt) {
      tryAnew()
      session.tryAt = Infinity
    }
  }

  /** @param {Session} mine */
  async function measure(mine) {
    const got = { bytes: 0, audio: 0, frames: 0 }
    let age = Infinity
    for (const report of (await mine.connection.getStats()).values()) {
      if (report.type !== 'inbound-rtp') continue
      got.bytes += report.bytesReceived ?? 0
      age = Math.min(age, report.timestamp - (report.lastPacketReceivedTimestamp ?? report.timestamp))
      if (report.kind === 'audio') got.audio += report.packetsReceived ?? 0
      if (report.kind === 'video') got.frames += report.framesDecoded ?? 0
    }
    if (mine !== session) return
    const now = performance.now()
    if (got.bytes > mine.got.bytes) mine.heardAt = Math.max(mine.heardAt, now - age)
    // What is decoded and not drawn is not seen.
    if (got.frames > mine.got.frames && drawing() !== mine.reception.video) mine.seenAt = now
    look({ hears: got.audio > mine.got.audio, sees: now - mine.seenAt < SIGHT })
    mine.got = got
  }

  function close() {
    closed = true
    queue.close()
    clearInterval(heart)
    clearTimeout(lingering)
    session?.connection.close()
    session = null
  }

  function end() {
    const ended = leaving
    close()
    ended?.()
  }

  return {
    /** From the other page. @param {Signal} heard */
    hear(heard) {
      inTurn(mine => {
        if ('candidate' in heard) return heardCandidate(mine, heard.candidate)
        if ('offer_request' in heard) return heardRequest(mine, heard.offer_request)
        return heard.description.type === 'offer' ? heardOffer(mine, heard.description) : heardAnswer(mine, heard.description)
      })
    },

    /** The other end is there now: it has heard nothing yet, and has time from now on. */
    meet() {
      if (!session) return
      session.tryAt = performance.now() + pause(session)
      say(session)
    },

    /** A picture is there. */
    saw() {
      if (!session) return
      session.heardAt = session.seenAt = performance.now()
      look({ sees: true })
    },

    /** @param {boolean} does it is this page that offers */
    setOffers(does) {
      offers = does
    },

    /** @param {Kind} kind @param {MediaStreamTrack | null} track */
    setTrack(kind, track) {
      sending = { ...sending, [kind]: track }
      inTurn(({ connection }) =>
        Promise.all(
          connection.getTransceivers()
            .filter(transceiver => kindOf(transceiver) === kind)
            .map(({ sender }) => sender.replaceTrack(track)),
        ))
    },

    /** The network changed or the box is back: if nothing flows, a new way is looked for at once. */
    refresh() {
      attempts = 0
      if (!session || flows()) return
      session.tryAt = 0
      // Waiting for the first answer, it is said again at the next beat.
      session.saidAt = 0
    },

    /** What is behind the path, for whoever looks for what is wrong. */
    async stats() {
      return session ? summary(session.connection.connectionState, await session.connection.getStats()) : null
    },

    /** This page does not need it any more. It sends on until the other one says the same, and has then ended. @param {() => void} ended */
    leave(ended) {
      leaving = ended
      if (session) live(session)
      if (left || path.status !== 'connected') return end()
      lingering = setTimeout(end, LINGER)
    },

    /** It is needed after all. */
    stay() {
      if (!leaving) return
      leaving = null
      clearTimeout(lingering)
      if (!session) return
      live(session)
      streamed(session.reception)
      changed(path)
    },

    close,
  }
}

/** @param {RTCRtpTransceiver} transceiver @returns {Kind} */
function kindOf(transceiver) {
  return transceiver.receiver.track.kind === 'audio' ? 'audio' : 'video'
}

/** @param {RTCIceCandidate} candidate @returns {Candidate} */
function candidateOf({ candidate, sdpMid, sdpMLineIndex, usernameFragment }) {
  return { candidate, sdpMid, sdpMLineIndex, usernameFragment }
}

/** Tells one RTCPeerConnection from another, as each has a certificate of its own. @param {string} sdp */
export function fingerprintOf(sdp) {
  return /^a=fingerprint:(.*)$/m.exec(sdp)?.[1]?.trim()
}

/** Asks the other side to send next to nothing while nobody speaks (RFC 7587, usedtx). @param {string} sdp */
export function sparing(sdp) {
  return sdp.replace(/^(a=fmtp:\d+ (?!.*usedtx).*useinbandfec=1)/gm, '$1;usedtx=1')
}

/** @param {RTCPeerConnectionState} state @param {RTCStatsReport} reports @param {(track: string) => boolean} [concerns] which of the tracks that come are meant @returns {PathStats} */
export function summary(state, reports, concerns = () => true) {
  /** @type {PathStats} */
  const sum = {
    state,
    bytesReceived: 0,
    bytesSent: 0,
    framesDecoded: 0,
    framesDropped: 0,
    width: 0,
    height: 0,
    audioEnergy: 0,
    packetsReceived: 0,
    packetsLost: 0,
    sentLoss: null,
    limited: 'none',
    roundTrip: null,
    ends: [],
  }
  for (const report of reports.values()) {
    if (report.type === 'inbound-rtp' && concerns(report.trackIdentifier)) {
      sum.bytesReceived += report.bytesReceived ?? 0
      sum.packetsReceived += report.packetsReceived ?? 0
      sum.packetsLost += report.packetsLost ?? 0
      sum.framesDecoded += report.framesDecoded ?? 0
      sum.framesDropped += report.framesDropped ?? 0
      sum.audioEnergy += report.totalAudioEnergy ?? 0
      sum.width ||= report.frameWidth ?? 0
      sum.height ||= report.frameHeight ?? 0
    }
    if (report.type === 'candidate-pair' && report.nominated && report.state === 'succeeded') {
      sum.roundTrip = report.currentRoundTripTime ?? null
      sum.ends = [report.localCandidateId, report.remoteCandidateId].map(id => {
        const end = reports.get(id)
        return end ? `${end.candidateType} ${end.protocol}` : 'unknown'
      })
    }
  }
  return { ...sum, ...outgoing(reports) }
}

/** How what I send gets there. @param {RTCStatsReport} reports @returns {Pick<PathStats, 'bytesSent' | 'sentLoss' | 'limited'>} */
export function outgoing(reports) {
  /** @type {Pick<PathStats, 'bytesSent' | 'sentLoss' | 'limited'>} */
  const sum = { bytesSent: 0, sentLoss: null, limited: 'none' }
  for (const report of reports.values()) {
    if (report.type === 'outbound-rtp') {
      sum.bytesSent += report.bytesSent ?? 0
      const reason = report.active === false ? 'none' : report.qualityLimitationReason
      if (reason === 'cpu' || (reason === 'bandwidth' && sum.limited === 'none')) sum.limited = reason
    }
    if (report.type === 'remote-inbound-rtp' && report.fractionLost !== undefined) {
      sum.sentLoss = Math.max(sum.sentLoss ?? 0, report.fractionLost)
    }
  }
  return sum
}
