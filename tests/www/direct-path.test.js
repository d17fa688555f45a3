// Two pages that make a direct path to each other, with connections that know the rules of signalling and carry nothing.
import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it, mock } from 'node:test'
import { DirectPath } from '../../www/call/direct-path.js'
import { VideoSeen, backoff } from '../../www/call/link-health.js'
/** @import { Path, Signal } from '../../www/state/types.d.ts' */

let now = 0
let made = 0
/** Operations that a browser would refuse or roll back. @type {string[]} */
let refused = []

/** Browsers' RTCPeerConnection as far as signalling goes (W3C WebRTC, 4.3.1). */
class FakeConnection {
  certificate = `a=fingerprint:sha-256 ${++made}\r\n`
  connectionState = 'new'
  signalingState = 'stable'
  iceRestarts = 0
  /** @type {unknown[]} what it was told of servers, at each gathering */
  servers = []
  /** @type {{ type: string, sdp: string } | null} */
  localDescription = null
  /** @type {{ type: string, sdp: string } | null} */
  remoteDescription = null
  /** @type {any[]} */
  transceivers = []
  /** @type {any[]} */
  candidates = []
  pulse = {
    readyState: 'connecting',
    sent: /** @type {string[]} */ ([]),
    send(/** @type {string} */ sign) { this.sent.push(sign) },
    onmessage(/** @type {{ data: string }} */ _) {},
    onclose() {},
  }
  onconnectionstatechange = () => {}
  ontrack = (/** @type {any} */ _) => {}
  /** @type {(event: { candidate: object }) => void} */
  onicecandidate = () => {}

  createDataChannel() {
    return this.pulse
  }

  getTransceivers() {
    return this.transceivers
  }

  /** @param {string} kind */
  addTransceiver(kind) {
    const transceiver = { receiver: { track: { kind, id: `${this.transceivers.length}` } }, sender: new FakeSender() }
    this.transceivers.push(transceiver)
    return transceiver
  }

  /** @param {RTCConfiguration} configuration */
  constructor({ iceServers }) {
    this.newest = iceServers
  }

  /** @param {RTCConfiguration} configuration */
  setConfiguration({ iceServers }) {
    this.newest = iceServers
  }

  async setLocalDescription() {
    this.servers.push(this.newest)
    const type = this.signalingState === 'have-remote-offer' ? 'answer' : 'offer'
    this.signalingState = type === 'answer' ? 'stable' : 'have-local-offer'
    const lines = this.transceivers.map(({ receiver }) => `m=${receiver.track.kind}\r\n`)
    this.localDescription = { type, sdp: this.certificate + lines.join('') }
  }

  /** @param {{ type: string, sdp: string }} description */
  async setRemoteDescription(description) {
    const fits = description.type === 'offer' ? this.signalingState === 'stable' : this.signalingState === 'have-local-offer'
    if (!fits) refused.push(`${description.type} in ${this.signalingState}`)
    this.signalingState = description.type === 'offer' ? 'have-remote-offer' : 'stable'
    this.remoteDescription = description
    for (const kind of description.sdp.match(/(?<=m=)\w+/g)?.slice(this.transceivers.length) ?? []) this.addTransceiver(kind)
  }

  /** @param {object} candidate */
  async addIceCandidate(candidate) {
    if (!this.remoteDescription) refused.push('candidate before its description')
    this.candidates.push(candidate)
  }

  restartIce() {
    this.iceRestarts += 1
  }

  async getStats() {
    return new Map()
  }

  close() {
    this.connectionState = 'closed'
  }
}

class FakeSender {
  /** @type {any} */
  track = null
  /** @type {RTCRtpEncodingParameters[]} */
  encodings = [{ scaleResolutionDownBy: 1 }]

  /** @param {any} track */
  async replaceTrack(track) {
    this.track = track
  }

  getParameters() {
    return structuredClone({ encodings: this.encodings })
  }

  /** @param {{ encodings: any[] }} parameters */
  async setParameters({ encodings }) {
    this.encodings = encodings
  }
}

/** @type {FakeConnection[]} */
let connections = []
/** What the box told last. @type {RTCIceServer[]} */
let servers = []

/** One of two pages. @param {{ offers: boolean, lost?: boolean, mayBegin?: () => boolean }} options */
function page({ offers, lost = false, mayBegin = () => true }) {
  /** @type {Signal[]} */
  const said = []
  /** @type {Path[]} */
  const changes = []
  /** @type {any[]} */
  const streamed = []
  const path = new DirectPath({
    offers, lost, tracks: { microphone: null, camera: null, screen: null, screenSound: null }, ready: Promise.resolve(), servers: () => servers,
    signal: signal => said.push(signal), canSignal: () => true, changed: path => changes.push(path), streamed: what => streamed.push(what), drawing: () => null, mayBegin,
  })
  open.push(path)
  const own = () => /** @type {FakeConnection} */ (connections.at(-1))
  return { path, said, changes, streamed, own }
}

/** @type {DirectPath[]} */
let open = []

/** All that was said reaches the other one, until nobody says anything. @param {ReturnType<typeof page>} a @param {ReturnType<typeof page>} b */
async function talk(a, b) {
  await idle()
  while (a.said.length + b.said.length > 0) {
    for (const [from, to] of [[a, b], [b, a]]) for (const signal of from.said.splice(0)) to.path.hear(signal)
    await idle()
  }
}

/** Ann, who has offered, and Bob, who has not answered yet. */
async function meeting() {
  const ann = page({ offers: true })
  await idle()
  const bob = page({ offers: false })
  await idle()
  const [hers, his] = connections
  return { ann, bob, hers, his, streamed: ann.streamed }
}

/** The same, with a path that works. */
async function connected() {
  const { ann, bob, hers, his } = await meeting()
  await talk(ann, bob)
  for (const one of [hers, his]) {
    one.connectionState = 'connected'
    one.pulse.readyState = 'open'
    one.pulse.onmessage({ data: '.' })
  }
  return { ann, bob, hers, his, streamed: ann.streamed }
}

async function idle() {
  for (let n = 0; n < 500; n++) await Promise.resolve()
}

/** @param {number} ms @param {() => void} [each] every 100 ms */
async function waits(ms, each = () => {}) {
  for (const end = now + ms; now < end; ) {
    now += 100
    each()
    mock.timers.tick(100)
    await idle()
  }
}

beforeEach(() => {
  connections = []
  servers = []
  open = []
  refused = []
  now = 0
  made = 0
  mock.timers.enable({ apis: ['setTimeout', 'setInterval'] })
  mock.method(performance, 'now', () => now)
  const counted = class extends FakeConnection {
    /** @param {RTCConfiguration} configuration */
    constructor(configuration) {
      super(configuration)
      connections.push(this)
    }
  }
  Object.assign(globalThis, { RTCPeerConnection: counted, MediaStream: class {} })
})

afterEach(() => {
  for (const path of open) path.close()
  assert.deepEqual(refused, [])
  mock.timers.reset()
  mock.restoreAll()
})

describe('a direct path', () => {
  it('has a place for screens once they are shown, also where its first offer is under way', async () => {
    for (const early of [true, false]) {
      const { ann, bob, hers, his } = early ? await meeting() : await connected()
      bob.path.setTrack('screen', /** @type {any} */ ('his screen'))
      for (const one of [ann, bob]) one.path.agree(one === ann, true)
      await talk(ann, bob)
      assert.deepEqual([hers, his].map(({ transceivers }) => transceivers.map(({ receiver }) => receiver.track.kind)),
        [['audio', 'video', 'video', 'audio'], ['audio', 'video', 'video', 'audio']])
      assert.equal(his.transceivers[2].sender.track, 'his screen')
      assert.equal(connections.length, 2, 'the session is the same')
      assert.deepEqual(ann.changes.filter(({ status }) => status === 'interrupted'), [])
      connections = []
    }
  })

  it('says the offer with that place again if it was lost, while all else flows', async () => {
    const { ann, hers, his } = await connected()
    ann.path.agree(true, true)
    await idle()
    assert.equal(ann.said.splice(0).length, 1)
    await waits(3_500, () => [hers, his].forEach(({ pulse }) => pulse.onmessage({ data: '.' })))
    assert.equal(ann.said.length, 1)
    assert.equal(ann.changes.at(-1)?.status, 'connected')
  })

  it('tells what comes of a camera from what comes of a screen', async () => {
    const { hers, streamed } = await connected()
    for (const transceiver of hers.transceivers) hers.ontrack({ transceiver, receiver: transceiver.receiver })
    const [audio, video] = hers.transceivers.map(({ receiver }) => receiver)
    assert.deepEqual(streamed.at(-1), { camera: { audio, video } })
    for (const kind of ['video', 'audio']) hers.addTransceiver(kind)
    const [screen, sound] = hers.transceivers.slice(2)
    for (const transceiver of [screen, sound]) hers.ontrack({ transceiver, receiver: transceiver.receiver })
    assert.deepEqual(streamed.at(-1), { camera: { audio, video }, screen: { audio: sound.receiver, video: screen.receiver } })
  })

  it('sends a smaller picture while there are several, and the whole one otherwise', async () => {
    const { ann, bob, hers, his } = await connected()
    const sizes = () => [hers, his].map(({ transceivers }) => transceivers[1].sender.encodings[0].scaleResolutionDownBy)
    for (const [size, by] of /** @type {const} */ ([['shared', 2], ['small', 4], ['whole', 1]])) {
      ann.path.resize(size)
      bob.path.resize(size)
      await idle()
      assert.deepEqual(sizes(), [by, by])
    }
    ann.path.resize('none')
    await idle()
    assert.deepEqual([hers, his].map(({ transceivers }) => transceivers[1].sender.encodings[0].active), [false, true])
  })

  it('is offered by one side, answered by the other, and counts once packets flow', async () => {
    const { ann, bob, hers, his } = await connected()
    assert.deepEqual([hers, his].map(({ signalingState }) => signalingState), ['stable', 'stable'])
    assert.equal(connections.length, 2)
    assert.deepEqual([ann, bob].map(({ changes }) => changes.at(-1)?.status), ['connected', 'connected'])
  })

  it('keeps the candidates that come before their description', async () => {
    const bob = page({ offers: false })
    await idle()
    for (let n = 0; n < 70; n++) bob.path.hear({ candidate: { candidate: `${n}`, sdpMid: '0', sdpMLineIndex: 0, usernameFragment: null } })
    await idle()
    assert.equal(bob.own().candidates.length, 0)
    bob.path.hear({ description: { type: 'offer', sdp: 'a=fingerprint:sha-256 X\r\n' } })
    await idle()
    assert.equal(bob.own().candidates.length, 64)
  })

  it('says an offer that has no answer twice, and takes one answer', async () => {
    const ann = page({ offers: true })
    await waits(3_500)
    assert.deepEqual(ann.said.map(signal => 'description' in signal && signal.description.type), ['offer', 'offer'])
    for (let n = 0; n < 2; n++) ann.path.hear({ description: { type: 'answer', sdp: 'a=fingerprint:sha-256 X\r\n' } })
    await idle()
    assert.equal(ann.own().signalingState, 'stable')
  })

  it('rolls nothing back where offers cross: who offers says the own one again, the other one begins anew', async () => {
    const ann = page({ offers: true })
    const bob = page({ offers: true })
    await idle()
    bob.path.agree(false, false)
    await talk(ann, bob)
    assert.equal(connections.length, 3)
    assert.deepEqual(connections.map(({ connectionState }) => connectionState), ['new', 'closed', 'new'])
    assert.deepEqual([connections[0], connections[2]].map(({ signalingState }) => signalingState), ['stable', 'stable'])
  })

  it('is restarted by whoever offers when packets stop, and asked for by the other one', async () => {
    const { ann, bob, hers } = await connected()
    ann.said.length = bob.said.length = 0
    await waits(5_000)
    assert.equal(ann.changes.at(-1)?.status, 'interrupted')
    assert.ok(hers.iceRestarts > 0)
    assert.ok(ann.said.every(signal => 'description' in signal && signal.description.type === 'offer'))
    const [asked] = bob.said
    assert.ok('offer_request' in asked)
    assert.equal(`a=fingerprint:${asked.offer_request.fingerprint}\r\n`, hers.certificate)
  })

  it('gathers candidates by the newest servers, of the one who offers and of the one who answers, at each restart', async () => {
    const [first, next] = ['1', '2'].map(username => [{ urls: ['turn:turn.example'], username, credential: 'c' }])
    servers = first
    const { ann, bob, hers, his } = await connected()
    servers = next
    await waits(3_000)
    await talk(ann, bob)
    assert.ok(hers.iceRestarts > 0)
    for (const { servers } of [hers, his]) assert.deepEqual([servers[0], servers.at(-1)], [first, next])
  })

  it('begins anew when a page that was loaded again asks, or answers', async () => {
    const { ann, hers } = await connected()
    ann.said.length = 0
    const again = page({ offers: false, lost: true })
    await idle()
    assert.deepEqual(again.said, [{ offer_request: { fingerprint: undefined } }])
    await talk(ann, again)
    assert.equal(hers.connectionState, 'closed')
    const renewed = connections[3]
    assert.deepEqual([renewed.signalingState, connections.length], ['stable', 4])

    renewed.signalingState = 'have-local-offer'
    ann.path.hear({ description: { type: 'answer', sdp: 'a=fingerprint:sha-256 another\r\n' } })
    await idle()
    assert.equal(renewed.connectionState, 'closed')
  })

  it('begins nothing anew for a page that has it do so without end', async () => {
    for (const offers of [true, false]) {
      connections = []
      let left = 3
      const ann = page({ offers, mayBegin: () => left-- > 0 })
      await idle()
      for (let n = 0; n < 50; n++) {
        const type = offers ? /** @type {const} */ ('answer') : /** @type {const} */ ('offer')
        ann.path.hear({ description: { type, sdp: `a=fingerprint:sha-256 ${n}\r\n` } })
        ann.path.hear({ offer_request: {} })
        await idle()
      }
      assert.equal(connections.length, 3)
    }
  })

  it('hears a page that says more than this one can do without keeping all of it', async () => {
    const bob = page({ offers: false })
    await idle()
    bob.path.hear({ description: { type: 'offer', sdp: 'a=fingerprint:sha-256 X\r\n' } })
    for (let n = 0; n < 1_000; n++) bob.path.hear({ candidate: { candidate: `${n}`, sdpMid: '0', sdpMLineIndex: 0, usernameFragment: null } })
    for (let n = 0; n < 10; n++) await idle()
    const most = bob.own().candidates.length
    assert.ok(most > 64 && most < 300, `${most}`)
    bob.path.hear({ candidate: { candidate: 'late', sdpMid: '0', sdpMLineIndex: 0, usernameFragment: null } })
    await idle()
    assert.equal(bob.own().candidates.at(-1).candidate, 'late')
  })

  it('is kept for whoever still uses it, and ends when neither does', async () => {
    const { ann, hers, his } = await connected()
    let ended = 0
    ann.path.leave(() => { ended += 1 })
    assert.equal(hers.pulse.sent.at(-1), 'o')
    his.pulse.onmessage({ data: 'o' })
    await waits(1_000, () => hers.pulse.onmessage({ data: '.' }))
    assert.equal(ended, 0)
    hers.pulse.onmessage({ data: 'o' })
    assert.deepEqual([ended, hers.connectionState], [1, 'closed'])
  })

  it('that is needed after all goes on as it was', async () => {
    const { ann, hers } = await connected()
    let ended = 0
    ann.path.leave(() => { ended += 1 })
    ann.path.stay()
    assert.equal(hers.pulse.sent.at(-1), '.')
    await waits(11_000, () => hers.pulse.onmessage({ data: '.' }))
    assert.deepEqual([ended, hers.connectionState], [0, 'connected'])
  })
})

describe('the health of a link', () => {
  it('knows a picture as seen when it is drawn, or decoded where nobody looks', () => {
    const video = new VideoSeen()
    assert.equal(video.isSeen(0), false)
    assert.equal(video.decoded(5, true, 0), true)
    assert.equal(video.isSeen(0), false, 'the page learns of each picture that is drawn, and this one was not')
    assert.equal(video.decoded(5, false, 0), false)
    assert.equal(video.isSeen(0), false, 'it is no new one')
    video.decoded(6, false, 100)
    assert.deepEqual([2_500, 2_600].map(at => video.isSeen(at)), [true, false])
    video.restartCount()
    assert.equal(video.decoded(1, false, 3_000), true)
  })

  it('tries less often the more often it failed', () => {
    assert.deepEqual([0, 1, 2, 9].map(failed => backoff({ first: 1_000, longest: 8_000 }, failed)), [1_000, 2_000, 4_000, 8_000])
  })
})
