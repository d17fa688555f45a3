// What is done about effects that take more than a call.
import assert from 'node:assert/strict'
import { afterEach, beforeEach, it, mock } from 'node:test'
import { createEffects } from '../../www/effects.js'

beforeEach(() => {
  mock.timers.enable({ apis: ['setTimeout'] })
  Object.assign(globalThis, { document: new EventTarget() })
})
afterEach(() => mock.timers.reset())

it('credentials of servers are renewed before they end, while the page is connected', async () => {
  /** @type {unknown[]} */
  const said = []
  /** @type {unknown[]} */
  const used = []
  const connection = { isOpen: true, send: (/** @type {unknown} */ message) => said.push(message) }
  const media = Promise.resolve({ paths: { setServers: (/** @type {unknown} */ servers) => used.push(servers) } })
  const perform = createEffects(/** @type {any} */ ({ connection, media }))
  const servers = [{ urls: ['turn:turn.example'], username: '1:7', credential: 'c' }]
  const use = () => perform({ type: 'useIce', ice: { servers, expires_in_ms: 600_000 } })
  use()
  await media
  assert.deepEqual(used, [servers])
  mock.timers.tick(400_000)
  use() // by another welcome
  mock.timers.tick(470_000)
  assert.deepEqual(said, [])
  mock.timers.tick(20_000)
  assert.deepEqual(said, [{ type: 'ask_ice' }])

  use()
  connection.isOpen = false
  mock.timers.tick(600_000)
  assert.equal(said.length, 1, 'the next welcome has others')
  perform({ type: 'useIce', ice: { servers: [] } })
  connection.isOpen = true
  mock.timers.tick(6_000_000)
  assert.equal(said.length, 1)
})
