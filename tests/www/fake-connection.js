// A browser's RTCPeerConnection that carries nothing.

export const fake = {
  /** @type {FakeConnection[]} every connection that was made, oldest first */
  made: [],
  /** What of a connection takes for ever, as what is under way does when it is closed (W3C WebRTC, 4.4.1.2). @type {string | null} */
  stuck: null,
}

/** @param {string} operation */
const works = operation => (operation === fake.stuck ? new Promise(() => {}) : undefined)

/** As far as the relay uses it. */
export class FakeConnection {
  connectionState = 'new'
  iceConnectionState = 'new'
  /** @type {{ type: string, sdp: string } | null} */
  localDescription = null
  /** @type {any[]} */
  transceivers = []
  /** @type {Record<string, unknown>[]} */
  stats = []
  onconnectionstatechange = () => {}

  /** @param {RTCConfiguration} configuration */
  constructor(configuration) {
    this.configuration = configuration
    fake.made.push(this)
  }

  /** @param {string} kind @param {{ sendEncodings: object[] }} init */
  addTransceiver(kind, { sendEncodings }) {
    const transceiver = { mid: null, receiver: { track: { id: '', kind } }, sender: new FakeSender(sendEncodings) }
    this.transceivers.push(transceiver)
    return transceiver
  }

  getTransceivers() {
    return this.transceivers
  }

  /** The box offers mids 0 to 3 with the tracks of the same names. @param {{ type: string }} description */
  async setRemoteDescription({ type }) {
    await works(`${type} heard`)
    if (type !== 'offer') return
    this.transceivers = ['audio', 'video', 'audio', 'video'].map((kind, n) => ({ mid: `${n}`, receiver: { track: { id: `track ${n}`, kind } } }))
  }

  async setLocalDescription() {
    await works(this.transceivers[0]?.mid === '0' ? 'answer made' : 'offer made')
    this.localDescription = { type: '', sdp: 'mine' }
  }

  async getStats() {
    return new Map(this.stats.map((report, n) => [n, report]))
  }

  close() {
    this.connectionState = 'closed'
  }

  /** @param {string} state */
  becomes(state) {
    this.connectionState = state
    this.iceConnectionState = state
    this.onconnectionstatechange()
  }
}

class FakeSender {
  track = null
  /** @param {any[]} encodings */
  constructor(encodings) {
    this.encodings = encodings
  }

  /** @param {any} track */
  async replaceTrack(track) {
    await works('track replaced')
    this.track = track
  }

  getParameters() {
    return { encodings: this.encodings.map(encoding => ({ ...encoding })) }
  }

  /** @param {{ encodings: any[] }} parameters */
  async setParameters({ encodings }) {
    await works('parameters set')
    this.encodings = encodings
  }

  get active() {
    return this.encodings.map(({ active }) => active)
  }
}

export class FakeStream {}
