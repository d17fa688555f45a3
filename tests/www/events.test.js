// What carries the talk where no WebSocket opens: how it posts.
import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { EventSocket } from '../../www/server/events.js'

describe('a socket of events and posts', () => {
  /** @type {Map<string, (event: { data: string }) => void>} */
  let heard
  /** @type {string[][]} */
  let posts
  /** @type {(() => void)[]} */
  let answers
  const { EventSource: realSource, fetch: realFetch } = globalThis

  beforeEach(() => {
    heard = new Map()
    posts = []
    answers = []
    globalThis.EventSource = /** @type {any} */ (class {
      /** @param {string} name @param {(event: { data: string }) => void} listener */
      addEventListener(name, listener) {
        heard.set(name, listener)
      }

      close() {}
    })
    globalThis.fetch = /** @type {any} */ ((/** @type {URL} */ _, /** @type {{ body: string }} */ { body }) => {
      posts.push(body.split('\n'))
      return new Promise(answer => answers.push(() => answer({ ok: true })))
    })
  })
  afterEach(() => {
    globalThis.EventSource = realSource
    globalThis.fetch = realFetch
  })

  /** The box takes what was posted last. */
  async function taken() {
    answers.shift()?.()
    await new Promise(resolve => setImmediate(resolve))
  }

  it('posts one after the other, and never more messages than the box takes at once', async () => {
    const socket = new EventSocket(new URL('https://wizyjno.local/events'))
    heard.get('key')?.({ data: 'abc' })
    const said = Array.from({ length: 250 }, (_, n) => `{"n":${n}}`)
    for (const text of said) socket.send(text)
    const counts = []
    while (answers.length > 0) {
      assert.equal(answers.length, 1)
      counts.push(posts.at(-1)?.length)
      await taken()
    }
    assert.deepEqual(posts.flat(), said)
    assert.deepEqual(counts, [1, 100, 100, 49])
  })

  it('posts no more bytes than the box takes at once, and what is long alone', async () => {
    const socket = new EventSocket(new URL('https://wizyjno.local/events'))
    heard.get('key')?.({ data: 'abc' })
    for (const length of [1, 30_000, 30_000, 30_000, 65_536, 1]) socket.send('x'.repeat(length))
    while (answers.length > 0) await taken()
    assert.deepEqual(posts.map(post => post.map(text => text.length)), [[1], [30_000, 30_000], [30_000], [65_536], [1]])
  })

  it('answers a ping with an empty POST', async () => {
    new EventSocket(new URL('https://wizyjno.local/events'))
    heard.get('key')?.({ data: 'abc' })
    heard.get('ping')?.({ data: '' })
    assert.deepEqual(posts, [['']])
    await taken()
    assert.equal(answers.length, 0)
  })
})
