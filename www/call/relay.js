// The way through the box: two RTCPeerConnections to its relay, kept warm, and made anew when they break.
//
// On `up` the page offers and sends, on `down` the box offers and the page receives (docs/protocol.md,
// "The relay"). The box is ICE-lite with its candidates in its SDP, so nothing else needs to be told.
// What is offered once serves for the whole call: tracks come and go by replaceTrack, layers by
// setParameters, people by seats.
import { ENCODINGS, FEEDS, everything, kindOf, layersOf, nothing, preferVp8 } from './layers.js'
import { fingerprintOf, outgoing, sparing, summary } from './peer.js'
import { serialQueue } from './serial-queue.js'
/** @import { Source } from '../server/protocol.d.ts' */
/** @import { ClientMessage, Feed, Path, PathStats, PersonId, Reception, RelayMessage, RelayUse, Seat, Tile } from '../state/types.d.ts' */

/** Milliseconds between two looks at the connections. */
const BEAT = 250

/** Beats between two looks at the statistics, once everybody is to be seen. */
const MEASURE = 4

/** Milliseconds that a direct path has the browser to itself: three connections at once come up more slowly than one. */
const HEAD_START = 500

/** Milliseconds that the box has to make an offer. */
const OWED = 3_000

/** Milliseconds that a connection has to come up. */
const COMING = 6_000

/** Milliseconds after which one that is no longer connected is made anew. */
const LOST = 1_500

/** Milliseconds without a picture after which there is none; until then the last one stands still. */
const SIGHT = 2_500

/**
 * Milliseconds without any packet, when somebody is to be heard, after which it counts as broken. Browsers look every
 * 2.5 s whether the other end is there.
 */
const SILENCE = 4_000

/** Milliseconds that the connections have to show themselves when the box is heard again, before they are made anew. */
const GRACE = 1_000

/** Milliseconds that the box has to say that it still knows the connections, or to offer new ones. */
const RESUMED = 1_000

/** Milliseconds before the next attempt: the first, doubled each time up to the longest. */
const RETRY = { first: 1_000, longest: 8_000 }

/** Milliseconds after which a connection that holds is trusted again. */
const CALM = 5_000

/** Milliseconds that a connection outlives its successor's coming, so that nobody sees black. */
const OVERLAP = 3_000

/** Attempts after which it is said that there is no connection. */
const HOPELESS = 3

/**
 * @typedef {object} Line one of the two connections
 * @property {RTCPeerConnection} connection
 * @property {ReturnType<typeof serialQueue>} queue what is to be done with it
 * @property {number} number by which it is known to both ends
 * @property {number} begunAt
 * @property {number} aliveAt when it was connected last, or begun
 * @property {number | null} connectedAt since when it is connected
 * @property {boolean} over it is known not to work any more
 */

/**
 * @typedef {Line & { senders: Partial<Record<Feed, RTCRtpSender>>, answered: boolean }} Up
 * @typedef {Line & { fingerprint: string | undefined, seats: readonly Seat[], signs: number, before: RTCPeerConnection | null }} Down
 * `before`: what it takes the place of, which carries everything until this one is connected.
 */

/**
 * What is known of a member's way: what was told last, what comes, when something came.
 * @typedef {{ path: Path, reception: Reception, screen: Reception, came: boolean, counts: { packets: number, frames: number }, heardAt: number, seenAt: number }} Carried
 */

/**
 * @param {object} options
 * @param {(message: ClientMessage) => void} options.send
 * @param {() => boolean} options.canSend
 * @param {() => boolean} options.answers whether the box is there this moment; asked when something seems broken
 * @param {(member: PersonId, path: Path) => void} options.changed
 * @param {(member: PersonId, source: Source, reception: Reception) => void} options.streamed what comes of a member now
 * @param {(member: PersonId) => RTCRtpReceiver | null} options.drawing of what `saw` tells each picture, as it is drawn
 */
export function createRelay({ send, canSend, answers, changed, streamed, drawing }) {
  let open = false
  /** @type {Up | null} */
  let up = null
  /** @type {Down | null} */
  let down = null
  /** The number of the newest `up`; not the first one again when the page was loaded again. */
  let newest = Math.floor(Math.random() * 2 ** 31)
  /** @type {Set<RTCPeerConnection>} */
  const old = new Set()
  /** @type {Map<PersonId, Carried>} */
  const members = new Map()
  /** @type {Record<Feed, MediaStreamTrack | null>} */
  const tracks = { microphone: null, camera: null, screenSound: null, screen: null }
  /** What of each feed somebody wants. @type {Record<Feed, readonly boolean[]>} */
  let wanted = nothing()
  /** Whoever sees my screen decodes AV1. */
  let av1 = false
  /** @type {Tile[]} */
  let tiles = []
  /** @type {RelayUse} */
  let use = { rest: false, due: false }
  /** When the box was asked for a new `down`, or began to owe one. @type {number | null} */
  let askedAt = null
  /** The next `down` was asked for together with a new `up`. */
  let asked = false
  /** When the box's silence about the connections means that it does not know them. @type {number | null} */
  let recheckAt = null
  /** Since when it answers, while something seems broken. @type {number | null} */
  let answeredAt = null
  let attempts = 0
  let packetAt = 0
  let beats = 0
  let beatAt = 0
  /** @type {ReturnType<typeof setInterval> | undefined} */
  let heart
  /** Settles when a direct path has had the browser to itself. */
  let headStart = Promise.resolve()
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let starting

  // Up.

  function renewUp() {
    if (!open) return
    end(up)
    const mine = { ...line(++newest), senders: {}, answered: false }
    up = mine
    mine.queue.add(() => offer(mine))
  }

  /** The last one did not hold. */
  function again() {
    attempts += 1
    if (up) up.over = true
    renewUp()
  }

  /** @param {Up} mine */
  async function offer(mine) {
    const { connection, senders } = mine
    // Picture and sound of one stream stay together.
    const [person, screen] = [new MediaStream(), new MediaStream()]
    for (const feed of FEEDS) {
      if (mine !== up) return
      const kind = kindOf(feed)
      const transceiver = connection.addTransceiver(kind, {
        direction: 'sendonly',
        streams: [FEEDS.indexOf(feed) < 2 ? person : screen],
        sendEncodings: ENCODINGS[feed].map(encoding => ({ ...encoding })),
      })
      if (kind === 'video') preferVp8(transceiver)
      senders[feed] = transceiver.sender
      await transceiver.sender.replaceTrack(tracks[feed])
    }
    await connection.setLocalDescription()
    if (mine !== up || !connection.localDescription) return
    mine.begunAt = mine.aliveAt = performance.now()
    send({ type: 'relay_offer', connection: mine.number, sdp: connection.localDescription.sdp })
  }

  /** @param {number} number @param {string} sdp */
  function answered(number, sdp) {
    const mine = up
    if (!mine || mine.number !== number || mine.answered) return
    mine.answered = true
    mine.queue.add(async () => {
      await mine.connection.setRemoteDescription({ type: 'answer', sdp: sparing(sdp) })
      for (const feed of FEEDS) await spare(mine, feed)
    })
  }

  /** Encodes what somebody wants, and nothing else. @param {Up} mine @param {Feed} feed */
  async function spare(mine, feed) {
    const sender = mine.senders[feed]
    if (!sender) return
    const parameters = sender.getParameters()
    if (!parameters.encodings?.length) return
    const layers = kindOf(feed) === 'audio' ? [{ active: wanted[feed][0] ?? false }]
      : layersOf(feed, wanted[feed], tracks[feed]?.getSettings() ?? {})
    // Who cannot send layers sends one, and that is the full picture.
    const single = parameters.encodings.length === 1 && layers.length > 1
    // Absent: the first that was agreed to. Not every browser lets a page choose.
    const codec = feed === 'screen' && av1 ? parameters.codecs?.find(({ mimeType }) => mimeType === 'video/AV1') : undefined
    parameters.encodings.forEach((encoding, n) => {
      const { active, ...size } = single ? {} : layers[n] ?? {}
      // Said, or Chromium would take simulcast in AV1 for layers of one picture.
      Object.assign(encoding, size, { codec, scalabilityMode: codec && 'L1T1', active: single ? layers.some(layer => layer.active) : active ?? false })
    })
    await sender.setParameters(parameters)
  }

  // Down.

  /** @param {number} number @param {string} sdp */
  function offered(number, sdp) {
    askedAt = recheckAt = null
    const fingerprint = fingerprintOf(sdp)
    if (!down || down.number !== number || down.fingerprint !== fingerprint) {
      let before = null
      if (down) {
        // Of the same box, and not asked for: the one of before goes on.
        if (!asked && down.fingerprint === fingerprint) before = down.before ?? down.connection
        down.queue.close()
        for (const one of [down.connection, down.before]) if (one && one !== before) retire(one)
        // Another certificate is another box: it was restarted and waits for a new `up`, too.
        if (down.fingerprint !== fingerprint && !asked) renewUp()
      }
      down = { ...line(number), fingerprint, seats: [], signs: 0, before }
      packetAt = performance.now()
    }
    asked = false
    const mine = down
    mine.queue.add(async () => {
      const { connection } = mine
      await connection.setRemoteDescription({ type: 'offer', sdp })
      await connection.setLocalDescription()
      if (mine !== down || !connection.localDescription) return
      send({ type: 'relay_answer', connection: number, sdp: connection.localDescription.sdp })
      place()
    })
  }

  /** Asks for a new `down`, and offers a new `up`: the box begins both anew. */
  function askAgain() {
    attempts += 1
    askedAt = performance.now()
    asked = true
    recheckAt = null
    send({ type: 'relay_again' })
    // It forgot that it rests.
    introduce()
    renewUp()
  }

  /** Sees who comes on which m-lines. */
  function place() {
    if (!down || down.before) return
    const transceivers = down.connection.getTransceivers()
    const receiver = (/** @type {string} */ mid) => transceivers.find(transceiver => transceiver.mid === mid)?.receiver ?? null
    for (const [id, member] of members) {
      for (const { audio, video, source } of down.seats.filter(({ person }) => person === id)) {
        const place = source === 'camera' ? 'reception' : 'screen'
        const reception = { audio: receiver(audio), video: receiver(video) }
        if (reception.audio === member[place].audio && reception.video === member[place].video) continue
        member[place] = reception
        if (source === 'camera') member.counts = { packets: 0, frames: 0 }
        streamed(id, source, reception)
      }
    }
    look()
  }

  /** The connection by which the others are seen and heard. */
  function carrying() {
    return down?.before ?? down?.connection
  }

  /** Camera and microphone. @param {PersonId} id */
  function seatOf(id) {
    return down?.seats.find(({ person, source }) => person === id && source === 'camera')
  }

  /** @param {RTCPeerConnection} connection */
  function retire(connection) {
    old.add(connection)
    setTimeout(() => {
      old.delete(connection)
      connection.close()
    }, OVERLAP)
  }

  // Both.

  /** @param {number} number @returns {Line} */
  function line(number) {
    const now = performance.now()
    const connection = new RTCPeerConnection({ iceServers: [], bundlePolicy: 'max-bundle' })
    connection.onconnectionstatechange = look
    const queue = serialQueue('relay')
    queue.add(() => headStart)
    return { connection, queue, number, begunAt: now, aliveAt: now, connectedAt: null, over: false }
  }

  /** Abandons what was to be done with it. @param {Line | null} line */
  function end(line) {
    line?.queue.close()
    line?.connection.close()
  }

  /** @param {Line | null} line @param {number} now */
  function follow(line, now) {
    if (line?.connection.connectionState === 'connected') {
      line.connectedAt ??= now
      line.aliveAt = now
    } else if (line?.connection.connectionState === 'failed') {
      line.over = true
    }
  }

  /** @param {number} now */
  function silent(now) {
    return use.due && now - packetAt > SILENCE
  }

  /** Whether it is to be made anew now. @param {Line} line @param {number} now */
  function spent(line, now) {
    if (line.over) return now > line.begunAt + pause()
    return now - line.aliveAt > (line.connectedAt === null ? COMING : LOST)
  }

  function pause() {
    return attempts === 0 ? 0 : Math.min(RETRY.longest, RETRY.first * 2 ** (attempts - 1))
  }

  function beat() {
    const now = performance.now()
    // When this page itself slept, the box was not silent.
    if (now - beatAt > LOST) packetAt = now
    beatAt = now
    beats += 1
    look()
    const complete = [...members.values()].every(({ path }) => path.sees || use.rest)
    if (beats % MEASURE === 0 || !complete) measure().catch(() => {})
    if (!canSend()) return
    const remedy = needed(now)
    // When the box cannot be heard either, it is the network: what is kept goes on by itself when that is back.
    if (!remedy || !answers()) answeredAt = null
    else if (now - (answeredAt ??= now) >= (quiet() ? GRACE : 0)) remedy()
    const calm = [up, down].every(line => line && !line.over && line.connectedAt !== null && now - line.connectedAt > CALM)
    if (calm) attempts = 0
  }

  /** What has to be made anew by now, if anything. @param {number} now */
  function needed(now) {
    if (recheckAt !== null && now > recheckAt) return askAgain
    if (askedAt !== null ? now > askedAt + Math.max(OWED, pause()) : down && (silent(now) || spent(down, now))) return askAgain
    return up && spent(up, now) ? again : null
  }

  /** Nothing is known to be over; it is only that nothing comes. */
  function quiet() {
    return recheckAt === null && askedAt === null && ![up, down].some(line => line?.over)
  }

  async function measure() {
    const mine = carrying()
    if (!mine) return
    const all = [...(await mine.getStats()).values()]
    if (!down || mine !== carrying()) return
    const now = performance.now()
    const signs = all.reduce((sum, { responsesReceived = 0, type, packetsReceived = 0 }) =>
      sum + responsesReceived + (type === 'transport' ? packetsReceived : 0), 0)
    if (signs > down.signs) packetAt = now
    down.signs = signs
    const reports = all.filter(({ type }) => type === 'inbound-rtp')
    for (const [id, member] of members) {
      const { reception, counts } = member
      const got = { packets: 0, frames: 0 }
      for (const report of reports) {
        if (report.trackIdentifier === reception.audio?.track.id) got.packets += report.packetsReceived ?? 0
        if (report.trackIdentifier === reception.video?.track.id) got.frames += report.framesDecoded ?? 0
      }
      if (got.packets > counts.packets) member.heardAt = packetAt = now
      if (got.frames > counts.frames) {
        packetAt = now
        // What is decoded and not drawn is not seen.
        if (drawing(id) !== reception.video) member.seenAt = now
      }
      member.counts = got
    }
    look()
  }

  /** Tells of each member's way what has changed. */
  function look() {
    const now = performance.now()
    follow(up, now)
    follow(down, now)
    if (down?.before && down.connectedAt !== null) {
      retire(down.before)
      down.before = null
      down.signs = 0
      down.queue.add(place)
    }
    // While one takes the place of another, nothing is wrong yet.
    const lives = [up, down].every(line => line && now - line.aliveAt < LOST) || Boolean(up && down?.before)
    const stands = lives && [up, down].every(line => line?.connectedAt != null)
    for (const [id, member] of members) {
      if (stands && seatOf(id)) member.came = true
      const connected = lives && member.came
      /** @type {Path} */
      const path = {
        kind: 'relay',
        status: connected ? 'connected' : attempts >= HOPELESS ? 'failed' : member.came ? 'interrupted' : 'connecting',
        hears: connected && now - member.heardAt < LOST,
        sees: connected && now - member.seenAt < SIGHT,
      }
      const { path: before } = member
      if (before.status === path.status && before.hears === path.hears && before.sees === path.sees) continue
      member.path = path
      changed(id, path)
    }
  }

  /** What the box forgets when it begins anew. */
  function introduce() {
    send({ type: 'set_tiles', tiles })
    if (use.rest) send({ type: 'rest_relay', rest: true })
  }

  return {
    /**
     * In a room from now on.
     * @param {boolean} again the box had connections with this page before it was loaded again
     * @param {boolean} [yields] to a direct path, which is quicker when it has the browser to itself
     */
    open(again, yields = false) {
      open = true
      attempts = 0
      askedAt = packetAt = beatAt = performance.now()
      asked = false
      use = { rest: false, due: false }
      // Others may have been watching all along; the box corrects it.
      wanted = again ? everything() : nothing()
      headStart = Promise.resolve()
      heart = setInterval(beat, BEAT)
      if (again) askAgain()
      else {
        introduce()
        if (!yields) return renewUp()
        headStart = new Promise(resolve => (starting = setTimeout(resolve, HEAD_START)))
        headStart.then(() => up ?? renewUp())
      }
    },

    close() {
      open = false
      clearInterval(heart)
      clearTimeout(starting)
      for (const line of [up, down]) end(line)
      for (const connection of [down?.before, ...old]) connection?.close()
      old.clear()
      up = down = askedAt = recheckAt = null
    },

    /** @param {PersonId} id */
    carry(id) {
      members.set(id, {
        path: { kind: 'relay', status: 'connecting', hears: false, sees: false },
        reception: { audio: null, video: null },
        screen: { audio: null, video: null },
        came: false,
        counts: { packets: 0, frames: 0 },
        heardAt: -Infinity,
        seenAt: -Infinity,
      })
      place()
    },

    /** @param {PersonId} id */
    drop(id) {
      members.delete(id)
    },

    /** A picture of theirs is there. @param {PersonId} id */
    saw(id) {
      const member = members.get(id)
      if (member) member.seenAt = performance.now()
      look()
    },

    /** @param {RelayMessage} message */
    hear(message) {
      switch (message.type) {
        case 'relay_answer': return answered(message.connection, message.sdp)
        case 'relay_offer': return offered(message.connection, message.sdp)
        case 'seats':
          if (message.connection !== down?.number) return undefined
          recheckAt = null
          down.seats = message.seats
          return down.queue.add(place)
        case 'wanted': {
          const { source, audio, layers } = message
          if (source === 'screen') av1 = message.av1
          const feeds = source === 'camera' ? /** @type {const} */ (['microphone', 'camera']) : /** @type {const} */ (['screenSound', 'screen'])
          wanted = { ...wanted, [feeds[0]]: [audio], [feeds[1]]: layers }
          const mine = up
          for (const feed of feeds) mine?.queue.add(() => spare(mine, feed))
          return undefined
        }
        case 'relay_ended': {
          const ended = message.side === 'up' ? up : down
          if (ended && ended.number === message.connection) ended.over = true
          return beat()
        }
        default: return undefined
      }
    },

    /** @param {RelayUse} next */
    use(next) {
      if (next.rest !== use.rest) send({ type: 'rest_relay', rest: next.rest })
      if (next.due && !use.due) packetAt = performance.now()
      use = next
    },

    /** The connection to the box is back. */
    resume() {
      if (!open) return
      recheckAt = performance.now() + RESUMED
      attempts = 0
      introduce()
      // What was said meanwhile was not heard.
      if (up && !up.answered) renewUp()
    },

    /** The network changed: what does not work is made anew at once. */
    refresh() {
      attempts = 0
      const now = performance.now()
      for (const line of [up, down]) if (line?.connectedAt != null && now - line.aliveAt > 2 * BEAT) line.over = true
    },

    /** @param {Feed} feed @param {MediaStreamTrack | null} track */
    setTrack(feed, track) {
      tracks[feed] = track
      const mine = up
      mine?.queue.add(async () => {
        await mine.senders[feed]?.replaceTrack(track)
        await spare(mine, feed)
      })
    },

    /** @param {Tile[]} shown */
    setTiles(shown) {
      tiles = shown
      if (open && canSend()) send({ type: 'set_tiles', tiles })
    },

    /** What is behind each member's way. @returns {Promise<Record<PersonId, PathStats>>} */
    async stats() {
      const connection = carrying()
      if (!connection) return {}
      const [below, above] = await Promise.all([connection.getStats(), up?.connection.getStats()])
      return Object.fromEntries([...members].map(([id, { reception: { audio, video } }]) => {
        const ids = [audio?.track.id, video?.track.id]
        return [id, { ...summary(connection.connectionState, below, track => ids.includes(track)), ...above && outgoing(above) }]
      }))
    },

    /** To the box and back, in seconds, also while it rests; null: not known. */
    async roundTrip() {
      return up ? summary('connected', await up.connection.getStats()).roundTrip : null
    },
  }
}
