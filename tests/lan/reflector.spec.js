// An mDNS reflector between two networks on both of which the box is: its own words come back from a stranger.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { until } from '../shared/until.js'
import { get, startBox } from './box.js'
import { Lab } from './lab.js'

const REFLECTOR = fileURLToPath(new URL('reflector.py', import.meta.url))
/** As bounds of what the reflector may do: a box says some thirty things in a minute. */
const [SECONDS, DATAGRAMS] = ['60', '3000']

/** @type {Lab} */
let lab
/** @type {import('../shared/running.js').Running} */
let reflector

before(async () => {
  lab = new Lab('pi', 'alice', 'router')
  lab.bridge('br1')
  lab.wire('pi', 'eth1', '10.78.0.1', 'br1')
  lab.wire('router', 'eth1', '10.78.0.3', 'br1')
  await lab.avahi('alice')
  reflector = lab.start('router', 'python3', REFLECTOR, lab.address('router'), '10.78.0.3', SECONDS, DATAGRAMS)
  await reflector.says('reflecting')
})
after(() => lab?.down())

describe('between two networks whose names a reflector joins', () => {
  test('the box gets its name, and keeps it when an address of it changes', async () => {
    const box = await startBox(lab, 'pi')
    const opens = () => get(lab, 'alice', box, 'https://wizyjno.local/health')
    const held = (/** @type {number} */ times) =>
      until('the name is held', () => box.output.split('found on the network as wizyjno.local').length > times)
    try {
      await held(1)
      await until('alice opens it by its name', opens)
      // What was said of the address of before comes back while the new one is claimed.
      lab.ip('pi', 'address', 'add', '10.78.0.77/24', 'dev', 'eth1')
      lab.ip('pi', 'address', 'delete', '10.78.0.1/24', 'dev', 'eth1')
      await held(2)
      await until('alice opens it by its name', opens)
      assert.doesNotMatch(box.output, /wizyjno-2|belongs to another device|answers for wizyjno\.local too/)
      assert.equal(reflector.child.exitCode, null, 'and it still reflects')
      const repeated = reflector.output.split('\n')
      for (const address of ['10.77.0.1', '10.78.0.1']) assert.ok(repeated.includes(address), `it has repeated what ${address} said`)
    } finally {
      await box.end()
    }
  })
})
