// What is made of a direct path while it rings, with connections that carry nothing.
import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it, mock } from 'node:test'
import { DirectPaths } from '../../www/call/direct-paths.js'
/** @import { Path, PersonId, Signal } from '../../www/state/types.d.ts' */

const BOB = 2

/** @type {FakeConnection[]} every connection that was made, oldest first */
let made = []
let now = 0

/** Browsers' RTCPeerConnection as far as an offer goes. */
class FakeConnection {
  connectionState = 'new'
  signalingState = 'stable'
  remoteDescription = null
  /** @type {{ type: string, sdp: string } | null} */
  localDescription = null
  /** @type {any[]} */
  transceivers = []

  constructor() {
    made.push(this)
  }

  setConfiguration() {}

  createDataChannel() {
    return {}
  }

  getTransceivers() {
    return this.transceivers
  }

  /** @param {string} kind */
  addTransceiver(kind) {
    const transceiver = { receiver: { track: { kind } }, sender: { replaceTrack: async () => {} } }
    this.transceivers.push(transceiver)
    return transceiver
  }

  async setLocalDescription() {
    this.localDescription = { type: 'offer', sdp: 'with candidates' }
    this.signalingState = 'have-local-offer'
  }

  close() {
    this.connectionState = 'closed'
  }
}

function page() {
  /** @type {[PersonId, Signal][]} */
  const said = []
  /** @type {Path[]} */
  const changes = []
  const paths = new DirectPaths({
    asked: async () => {},
    signal: (member, signal) => said.push([member, signal]),
    canSignal: () => true,
    changed: (_, path) => changes.push(path),
    arrived: () => {},
    drawing: () => null,
  })
  return { paths, said, changes }
}

async function idle() {
  for (let n = 0; n < 50; n++) await Promise.resolve()
}

/** @param {number} ms */
async function waits(ms) {
  for (const end = now + ms; now < end; ) {
    now += 100
    mock.timers.tick(100)
    await idle()
  }
}

beforeEach(() => {
  made = []
  now = 0
  mock.timers.enable({ apis: ['setTimeout', 'setInterval'] })
  mock.method(performance, 'now', () => now)
  Object.assign(globalThis, { RTCPeerConnection: FakeConnection, MediaStream: class {} })
})

afterEach(() => {
  mock.timers.reset()
  mock.restoreAll()
})

describe('while somebody calls', () => {
  it('everything is made ready, nothing is said, and whoever it was is offered it at once', async () => {
    const { paths, said } = page()
    paths.prepare(true)
    paths.prepare(true)
    await waits(4_000)
    assert.deepEqual(said, [])
    paths.unprepare()
    paths.open(BOB, { offers: true, screens: false, lost: false })
    assert.deepEqual(said, [[BOB, { description: { type: 'offer', sdp: 'with candidates' } }]])
    await waits(6_000)
    assert.deepEqual(made.map(({ connectionState }) => connectionState), ['new'], 'it is the only one, and stays')
    paths.drop(BOB)
  })

  it('nothing is made ready where the box carries all media', async () => {
    const { paths } = page()
    paths.prepare(true)
    await idle()
    paths.allow(false)
    paths.prepare(true)
    await waits(4_000)
    assert.deepEqual(made.map(({ connectionState }) => connectionState), ['closed'])
  })

  it('what was made ready ends when nobody comes, and when the network is another one', async () => {
    const { paths, said } = page()
    paths.prepare(true)
    await idle()
    paths.unprepare()
    await waits(6_000)
    paths.prepare(true)
    await idle()
    paths.refresh()
    assert.deepEqual(made.map(({ connectionState }) => connectionState), ['closed', 'closed'])
    assert.deepEqual(said, [])
  })

  it('whoever is called finds a connection ready to answer, and the time that it rang is not held against them', async () => {
    const { paths, said } = page()
    paths.prepare(false)
    await waits(20_000)
    paths.open(BOB, { offers: false, screens: false, lost: false })
    paths.unprepare()
    await waits(2_000)
    assert.deepEqual(said, [], 'it does not offer itself, as if nothing came')
    assert.deepEqual(made.map(({ connectionState }) => connectionState), ['new'])
    paths.drop(BOB)
  })

  it('whoever is to be answered gets a connection without an offer', async () => {
    const { paths, said } = page()
    paths.prepare(true)
    await idle()
    paths.open(BOB, { offers: false, screens: false, lost: false })
    await idle()
    assert.deepEqual(said, [])
    assert.equal(made.length, 2)
    paths.unprepare()
    await waits(6_000)
    assert.deepEqual(made.map(({ connectionState }) => connectionState), ['closed', 'new'])
    paths.drop(BOB)
  })
})

describe('a member for whom paths come and go', () => {
  it('costs a few connections, and gets one when it stays', async () => {
    const { paths, said } = page()
    for (let n = 0; n < 200; n++) {
      paths.open(BOB, { offers: true, screens: false, lost: false })
      await waits(100)
      paths.close(BOB)
    }
    assert.ok(made.length >= 8 && made.length <= 20, `${made.length} in 20 s`)
    const before = made.length
    said.length = 0
    paths.open(BOB, { offers: true, screens: false, lost: false })
    await waits(3_000)
    assert.deepEqual([made.length, said.length], [before + 1, 1])
    paths.drop(BOB)
  })
})

describe('a picture', () => {
  it('counts as soon as it is shown, whatever the statistics tell', async () => {
    const { paths, changes } = page()
    paths.open(BOB, { offers: true, screens: false, lost: false })
    await idle()
    paths.saw(BOB)
    assert.deepEqual(changes, [], 'not before they are connected')
    const [connection] = made
    connection.connectionState = 'connected'
    paths.saw(BOB)
    assert.deepEqual(changes.map(({ status, sees }) => [status, sees]), [['connected', true]])
    paths.drop(BOB)
  })
})
