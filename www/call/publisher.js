// What the page sends to the relay: a connection on which it offers once, and on which nothing is encoded for nobody.
//
// What is offered once serves for the whole call: tracks come and go by replaceTrack, layers by setParameters.
import { ENCODINGS, FEEDS, everything, kindOf, layersOf, nothing, preferVp8 } from './layers.js'
import { RelayLink } from './relay-link.js'
import { withDtx } from './sdp.js'
/** @import { ClientMessage, Feed, RelayMessage } from '../state/types.d.ts' */

export class PublishLink extends RelayLink {
  /** @type {Partial<Record<Feed, RTCRtpSender>>} */
  senders = {}
  answered = false
  /** What carries it was looked at, once it held. */
  reviewed = false
  offeredAt = 0
}

export class Publisher {
  /** The newest connection. @type {PublishLink | null} */
  link = null
  /** The number of the newest; not the first one when the page was reloaded. */
  #number = Math.floor(Math.random() * 2 ** 31)
  /** @type {Record<Feed, MediaStreamTrack | null>} */
  #tracks = { microphone: null, camera: null, screenSound: null, screen: null }
  /** What of each feed somebody wants. */
  #wanted = nothing()
  /** Pictures go in the smallest layer only. */
  #saves = false
  /** Whoever sees my screen decodes AV1. */
  #av1 = false
  #options

  /**
   * @param {object} options
   * @param {(message: ClientMessage) => void} options.send
   * @param {() => Promise<void>} options.ready when the browser is free for another connection
   * @param {() => void} options.changed the connection's state is another
   * @param {() => RTCIceServer[]} options.servers with which a connection is made
   * @param {(link: PublishLink, took: number) => void} options.negotiated the browser knows all that it needs to connect; `took`: milliseconds that the box had for its answer
   */
  constructor(options) {
    this.#options = options
  }

  /** Begins with what is wanted of it. @param {boolean} watched others may have been watching all along; the box corrects it */
  open(watched) {
    this.#wanted = watched ? everything() : nothing()
  }

  /** Offers another connection, which takes the place of the one before. */
  renew() {
    this.link?.close()
    const link = new PublishLink(++this.#number, this.#options)
    this.link = link
    link.queue.add(() => this.#offer(link))
  }

  close() {
    this.link?.close()
    this.link = null
  }

  /** @param {PublishLink} link */
  async #offer(link) {
    const { connection, senders } = link
    // Picture and sound of one stream stay together.
    const [person, screen] = [new MediaStream(), new MediaStream()]
    for (const feed of FEEDS) {
      if (link !== this.link) return
      const kind = kindOf(feed)
      const transceiver = connection.addTransceiver(kind, {
        direction: 'sendonly',
        streams: [FEEDS.indexOf(feed) < 2 ? person : screen],
        sendEncodings: ENCODINGS[feed].map(encoding => ({ ...encoding })),
      })
      if (kind === 'video') preferVp8(transceiver)
      senders[feed] = transceiver.sender
      await transceiver.sender.replaceTrack(this.#tracks[feed])
    }
    await connection.setLocalDescription()
    if (link !== this.link || !connection.localDescription) return
    link.health.begin()
    link.offeredAt = performance.now()
    this.#options.send({ type: 'relay_offer', connection: link.number, sdp: connection.localDescription.sdp })
  }

  /** The box's answer to the offer of that number. @param {number} number @param {string} sdp */
  answer(number, sdp) {
    const { link } = this
    if (!link || link.number !== number || link.answered) return
    link.answered = true
    const took = performance.now() - link.offeredAt
    link.queue.add(async () => {
      await link.connection.setRemoteDescription({ type: 'answer', sdp: withDtx(sdp) })
      this.#options.negotiated(link, took)
      for (const feed of FEEDS) await this.#encode(link, feed)
    })
  }

  /** @param {Extract<RelayMessage, { type: 'wanted' }>} message */
  want({ source, audio, layers, av1 }) {
    if (source === 'screen') this.#av1 = av1
    const [sound, picture] = source === 'camera' ? /** @type {const} */ (['microphone', 'camera']) : /** @type {const} */ (['screenSound', 'screen'])
    this.#wanted = { ...this.#wanted, [sound]: [audio], [picture]: layers }
    const { link } = this
    for (const feed of [sound, picture]) link?.queue.add(() => this.#encode(link, feed))
  }

  /** @param {boolean} saves */
  save(saves) {
    if (saves === this.#saves) return
    this.#saves = saves
    const { link } = this
    for (const feed of /** @type {const} */ (['camera', 'screen'])) link?.queue.add(() => this.#encode(link, feed))
  }

  /** @param {Feed} feed @param {MediaStreamTrack | null} track */
  setTrack(feed, track) {
    this.#tracks[feed] = track
    const { link } = this
    link?.queue.add(async () => {
      await link.senders[feed]?.replaceTrack(track)
      await this.#encode(link, feed)
    })
  }

  /** Encodes what somebody wants, and nothing else. @param {PublishLink} link @param {Feed} feed */
  async #encode({ senders }, feed) {
    const sender = senders[feed]
    if (!sender) return
    const parameters = sender.getParameters()
    if (!parameters.encodings?.length) return
    const all = this.#wanted[feed]
    const wanted = this.#saves && kindOf(feed) === 'video' ? [all.some(Boolean)] : all
    const layers = kindOf(feed) === 'audio' ? [{ active: wanted[0] ?? false }]
      : layersOf(feed, wanted, this.#tracks[feed]?.getSettings() ?? {})
    // Who cannot send layers sends one, and that is the full picture.
    const single = parameters.encodings.length === 1 && layers.length > 1
    // Absent: the first that was agreed to. Not every browser lets a page choose.
    const codec = feed === 'screen' && this.#av1 ? parameters.codecs?.find(({ mimeType }) => mimeType === 'video/AV1') : undefined
    parameters.encodings.forEach((encoding, n) => {
      const { active, ...size } = single && !this.#saves ? {} : layers[n] ?? {}
      // Said, or Chromium would take simulcast in AV1 for layers of one picture.
      Object.assign(encoding, size, { codec, scalabilityMode: codec && 'L1T1', active: single ? layers.some(layer => layer.active) : active ?? false })
    })
    await sender.setParameters(parameters)
  }
}
