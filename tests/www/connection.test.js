// The connection to the box, with a socket and a clock that do what the play says.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Connection, TAKEN_OVER } from '../../www/server/connection.js'
import { BOB, ring, welcome } from './page.js'
/** @import { ClientMessage, ServerMessage } from '../../www/state/types.d.ts' */

class FakeSocket {
  /** @param {'WebSocket' | 'events'} kind */
  constructor(kind) {
    this.kind = kind
  }

  /** @type {ClientMessage[]} */
  said = []
  closed = false
  onopen = () => {}
  /** @type {(event: { data: unknown }) => void} */
  onmessage = () => {}
  /** @type {(event: { code: number }) => void} */
  onclose = () => {}

  /** @param {string} text */
  send(text) {
    this.said.push(JSON.parse(text))
  }

  close() {
    this.closed = true
  }

  /** @param {ServerMessage} message */
  hears(message) {
    this.onmessage({ data: JSON.stringify(message) })
  }

  /** The box answers. */
  welcomes() {
    this.onopen()
    this.hears(welcome())
  }
}

class Play {
  now = 0
  /** @type {{ at: number, what: () => void }[]} */
  timers = []
  /** @type {FakeSocket[]} */
  sockets = []
  /** @type {ServerMessage[]} */
  heard = []
  losses = 0
  connection = new Connection({
    hello: () => ({ type: 'hello', name: 'Ann', token: `token ${this.sockets.length}` }),
    heard: message => this.heard.push(message),
    lost: () => (this.losses += 1),
    socket: () => this.opens('WebSocket'),
    fallback: () => this.opens('events'),
    clock: {
      now: () => this.now,
      after: (ms, what) => {
        const timer = { at: this.now + ms, what }
        this.timers.push(timer)
        return () => {
          this.timers = this.timers.filter(other => other !== timer)
        }
      },
      // The middle: a pause is as long as it is written.
      random: () => 0.5,
    },
  })

  /** @param {FakeSocket['kind']} kind */
  opens(kind) {
    const socket = new FakeSocket(kind)
    this.sockets.push(socket)
    return socket
  }

  get socket() {
    const socket = this.sockets.at(-1)
    assert.ok(socket)
    return socket
  }

  /** @param {number} ms */
  passes(ms) {
    const end = this.now + ms
    for (;;) {
      const [next] = this.timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)
      if (!next) break
      this.timers = this.timers.filter(timer => timer !== next)
      this.now = next.at
      next.what()
    }
    this.now = end
  }
}

function connected() {
  const play = new Play()
  play.connection.open()
  play.socket.welcomes()
  return play
}

describe('the connection', () => {
  it('says hello first, and nothing else before the welcome', () => {
    const play = new Play()
    play.connection.open()
    play.connection.send({ type: 'invite', to: BOB })
    assert.deepEqual(play.socket.said, [])
    play.socket.onopen()
    assert.deepEqual(play.socket.said, [{ type: 'hello', name: 'Ann', token: 'token 1' }])
    assert.equal(play.connection.isOpen, false)
    play.socket.hears(welcome())
    assert.equal(play.connection.isOpen, true)
    assert.deepEqual(play.socket.said.slice(1), [{ type: 'invite', to: BOB }])
    assert.equal(play.heard[0]?.type, 'welcome')
  })

  it('is opened once, however often it is asked for', () => {
    const play = connected()
    play.connection.open()
    assert.equal(play.sockets.length, 1)
  })

  it('comes back at once when it is lost, then after longer and longer pauses', () => {
    const play = connected()
    const pauses = []
    for (let i = 0; i < 7; i += 1) {
      const since = play.now
      const known = play.sockets.length
      play.socket.onclose({ code: 1006 })
      while (play.sockets.length === known) play.passes(1)
      pauses.push(play.now - since)
    }
    assert.deepEqual(pauses, [1, 500, 1_000, 2_000, 4_000, 4_000, 4_000])
    assert.equal(play.losses, 7)
    play.socket.welcomes()
    play.socket.onclose({ code: 1006 })
    play.passes(1)
    assert.equal(play.sockets.length, 9, 'after a welcome it starts from the beginning')
  })

  it('tries the other kind where no WebSocket opens, and stays with what opened', () => {
    const play = new Play()
    play.connection.open()
    play.socket.onclose({ code: 1006 })
    play.passes(1)
    assert.deepEqual(play.sockets.map(({ kind }) => kind), ['WebSocket', 'events'])
    play.socket.welcomes()
    play.socket.onclose({ code: 1006 })
    play.passes(1)
    assert.equal(play.socket.kind, 'events')
    play.socket.onclose({ code: 1006 })
    play.passes(1_000)
    assert.equal(play.socket.kind, 'WebSocket', 'it did not open this time, so the other one has its turn')
  })

  it('tries nothing but WebSockets once one has opened', () => {
    const play = connected()
    for (let i = 0; i < 4; i += 1) {
      play.socket.onclose({ code: 1006 })
      play.passes(10_000)
    }
    assert.ok(play.sockets.length > 4)
    assert.ok(play.sockets.every(({ kind }) => kind === 'WebSocket'))
  })

  it('does not wait when the page wakes up', () => {
    const play = connected()
    for (let i = 0; i < 5; i += 1) {
      play.socket.onclose({ code: 1006 })
      play.passes(4_000)
    }
    play.socket.onclose({ code: 1006 })
    const known = play.sockets.length
    play.connection.check()
    assert.equal(play.sockets.length, known + 1)
    play.passes(4_000)
    assert.equal(play.sockets.length, known + 1, 'the attempt that was waited for is called off')
  })

  it('gives up a socket that does not open in time', () => {
    const play = new Play()
    play.connection.open()
    play.passes(9_999)
    assert.equal(play.sockets.length, 1)
    play.passes(1)
    assert.deepEqual([play.sockets.length, play.sockets[0]?.closed, play.losses], [2, true, 1])
  })

  it('asks after 20 s of silence and gives up 5 s later', () => {
    const play = connected()
    play.passes(19_999)
    assert.equal(play.socket.said.length, 1)
    play.passes(1)
    assert.deepEqual(play.socket.said.at(-1), { type: 'ping' })
    play.passes(4_999)
    assert.equal(play.losses, 0)
    play.passes(1)
    assert.deepEqual([play.losses, play.sockets.length, play.sockets[0]?.closed], [1, 2, true])
  })

  it('lives on with any word of the box', () => {
    const play = connected()
    for (let i = 0; i < 5; i += 1) {
      play.passes(20_000)
      play.passes(4_000)
      play.socket.hears({ type: 'changes' })
    }
    assert.deepEqual([play.losses, play.sockets.length], [0, 1])
  })

  it('finds out at once whether the box is there when the page wakes up', () => {
    const play = connected()
    play.connection.check()
    assert.deepEqual(play.socket.said.at(-1), { type: 'ping' })
    play.passes(2_000)
    assert.equal(play.losses, 1)
  })

  it('says whether the box was heard this moment, and asks it once if not', () => {
    const play = connected()
    assert.equal(play.connection.answers(), true)
    play.passes(2_000)
    assert.equal(play.connection.answers(), false)
    play.passes(1_500)
    assert.equal(play.connection.answers(), false, 'asking again gives it no more time')
    assert.deepEqual(play.socket.said.slice(1), [{ type: 'ping' }])
    play.socket.hears({ type: 'pong' })
    assert.equal(play.connection.answers(), true)
    play.passes(2_000)
    play.connection.answers()
    play.passes(2_000)
    assert.deepEqual([play.losses, play.connection.answers()], [1, false])
  })

  it('does not fight another tab for the place', () => {
    const play = connected()
    play.socket.onclose({ code: TAKEN_OVER })
    assert.equal(play.heard.at(-1)?.type, 'taken_over')
    play.passes(60_000)
    play.connection.check()
    assert.deepEqual([play.sockets.length, play.losses], [1, 0])
    play.connection.open()
    assert.equal(play.sockets.length, 2)
  })

  it('ends when it is not wanted, after the last word', () => {
    const play = connected()
    play.connection.send({ type: 'goodbye' })
    play.connection.close()
    assert.deepEqual(play.socket.said.at(-1), { type: 'goodbye' })
    assert.equal(play.socket.closed, true)
    play.socket.onclose({ code: 1000 })
    play.socket.hears(ring())
    play.passes(60_000)
    assert.deepEqual([play.sockets.length, play.losses, play.heard.length], [1, 0, 1])
  })

  it('hears nothing from a socket that was given up', () => {
    const play = connected()
    const [old] = play.sockets
    play.passes(25_000)
    assert.ok(old)
    old.hears(ring())
    old.onopen()
    old.onclose({ code: TAKEN_OVER })
    assert.deepEqual(play.heard.map(({ type }) => type), ['welcome'])
    assert.equal(play.losses, 1)
  })

  it('keeps what was said while away, in order, but no more than 32 and nothing stale', () => {
    const play = connected()
    play.socket.onclose({ code: 1006 })
    play.connection.send({ type: 'knock', room: 1 })
    play.passes(10_000)
    for (let i = 0; i < 33; i += 1) play.connection.send({ type: 'invite', to: i })
    play.passes(20_000)
    play.socket.welcomes()
    assert.deepEqual(
      play.socket.said.slice(1),
      Array.from({ length: 32 }, (_, i) => ({ type: 'invite', to: i + 1 })),
    )
    const late = connected()
    late.socket.onclose({ code: 1006 })
    late.connection.send({ type: 'invite', to: BOB })
    late.passes(30_000)
    late.socket.welcomes()
    assert.equal(late.socket.said.length, 1)
  })

  it('keeps nothing that makes no sense later', () => {
    const play = connected()
    play.socket.onclose({ code: 1006 })
    play.passes(0)
    const media = { microphone: true, camera: true, screen: false }
    play.connection.send({ type: 'signal', to: BOB, signal: { description: { type: 'offer', sdp: 'v=0' } } })
    play.connection.send({ type: 'ringing', invitation: 1 })
    play.connection.send({ type: 'set_media', media })
    play.socket.welcomes()
    assert.deepEqual(play.socket.said.map(({ type }) => type), ['hello'])
  })

  it('says at once what the welcome leads to', () => {
    const play = new Play()
    play.connection.open()
    play.heard.push = message => {
      if (message.type === 'welcome') play.connection.send({ type: 'ping' })
      return 1
    }
    play.socket.welcomes()
    assert.deepEqual(play.socket.said.map(({ type }) => type), ['hello', 'ping'])
  })

  it('does not stumble over nonsense, nor over a page that stumbles', context => {
    const complaint = context.mock.method(console, 'error', () => {})
    const play = connected()
    for (const data of ['', '{', 'null', '7', '[]', '{"type":7}', new ArrayBuffer(3)]) play.socket.onmessage({ data })
    assert.equal(play.heard.length, 1)
    play.heard.push = () => {
      throw new Error('a mistake in the page')
    }
    play.socket.hears(ring())
    assert.equal(complaint.mock.callCount(), 1)
    assert.equal(play.connection.isOpen, true)
  })
})
