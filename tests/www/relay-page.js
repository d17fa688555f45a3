// A page's relay among connections that carry nothing, and a clock that is moved.
import assert from 'node:assert/strict'
import { afterEach, beforeEach, mock } from 'node:test'
import { Relay } from '../../www/call/relay.js'
import { FakeConnection, FakeStream, fake } from './fake-connection.js'
/** @import { ClientMessage, Path, PersonId, Reception, RelayMessage } from '../../www/state/types.d.ts' */

export const BOB = 2
export const EVE = 3

let now = 0

/** The clock goes on, and no timer fires meanwhile. @param {number} ms */
export function passes(ms) {
  now += ms
}

/** A page's relay, what it says and what it tells. */
export function page() {
  /** @type {ClientMessage[]} */
  const said = []
  /** @type {Map<PersonId, Path>} */
  const paths = new Map()
  /** @type {[PersonId, Reception, string][]} */
  const receptions = []
  let canSend = true
  let answers = true
  /** @type {RTCRtpReceiver | null} */
  let drawn = null
  const relay = new Relay({
    send: message => said.push(message),
    canSend: () => canSend,
    answers: () => canSend && answers,
    changed: (member, path) => paths.set(member, path),
    streamed: (member, source, reception) => receptions.push([member, reception, source]),
    drawing: () => drawn,
    host: 'call.example.org:443',
  })
  return {
    relay,
    paths,
    receptions,
    /** What was said since it was asked last. */
    async says() {
      await idle()
      return said.splice(0)
    },
    /** @param {RelayMessage} message */
    async hears(message) {
      relay.hear(message)
      await idle()
    },
    /** @param {number} ms */
    async waits(ms) {
      for (const end = now + ms; now < end; ) {
        now += 100
        mock.timers.tick(100)
        await idle()
      }
    },
    /** @param {boolean} can */
    online(can) {
      canSend = can
    },
    /** @param {RTCRtpReceiver | null} receiver what Bob's pictures on the screen come from */
    draws(receiver) {
      drawn = receiver
    },
    /** @param {boolean} does the box, when it is asked */
    answered(does) {
      answers = does
    },
  }
}

/** In a room with Bob, both connections up. */
export async function inARoom() {
  const ann = page()
  ann.relay.open(false)
  ann.relay.carry(BOB)
  const offer = (await ann.says()).find(({ type }) => type === 'relay_offer')
  assert.ok(offer?.type === 'relay_offer')
  await ann.hears({ type: 'relay_answer', connection: offer.connection, sdp: 'v=0' })
  await ann.hears(down(1))
  await ann.hears(seats(1))
  const [up, below] = fake.made
  up.becomes('connected')
  below.becomes('connected')
  await ann.says()
  return { ...ann, up, below, number: offer.connection }
}

/** @param {number} connection @returns {RelayMessage} */
export const down = (connection, box = 'AB') => ({ type: 'relay_offer', connection, sdp: `a=fingerprint:sha-256 ${box}\r\n` })

/** @param {number} connection @returns {RelayMessage} */
export const seats = connection => ({
  type: 'seats',
  connection,
  seats: [{ audio: '0', video: '1', person: BOB, source: 'camera' }, { audio: '2', video: '3', source: 'camera' }],
})

async function idle() {
  for (let n = 0; n < 50; n++) await Promise.resolve()
}

beforeEach(() => {
  fake.made = []
  now = 0
  fake.stuck = null
  mock.timers.enable({ apis: ['setTimeout', 'setInterval'] })
  mock.method(performance, 'now', () => now)
  Object.assign(globalThis, {
    RTCPeerConnection: FakeConnection, RTCRtpSender: { getCapabilities: () => null }, MediaStream: FakeStream,
  })
})

afterEach(() => {
  mock.timers.reset()
  mock.restoreAll()
})
