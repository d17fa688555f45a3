// Somebody in the network who lies about names: multicast DNS knows no proof, so the box cannot win, but it never
// falls silent for good, asks for no names without a pause, and its address works. Run ./prepare first.
import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { until } from '../shared/until.js'
import { get, startBox } from './box.js'
import { Lab } from './lab.js'

/** How long a person waits for a page before giving up on it. */
const SOON_MS = 3_000

const HOSTILE = fileURLToPath(new URL('./hostile.py', import.meta.url))

/** @type {Lab} */
let lab
/** @type {Awaited<ReturnType<typeof startBox>>} */
let box
/** @type {import('../shared/running.js').Running | undefined} */
let mallory

before(async () => {
  lab = new Lab('pi', 'alice', 'mallory')
  await lab.avahi('alice')
})
after(() => lab?.down())
beforeEach(async () => {
  box = await startBox(lab, 'pi')
  await box.says('found on the network as wizyjno.local')
})
afterEach(async () => {
  await mallory?.end()
  await box.end()
})

/** @param {'goodbye' | 'flush' | 'loops' | 'names' | 'services' | 'rivalry'} what */
async function lies(what) {
  mallory = lab.start('mallory', 'python3', HOSTILE, lab.address('mallory'), lab.address('pi'), what)
  await reports(1)
}

/** What mallory has seen of the box's questions, as told that many times, once a second. @param {number} times @returns {Promise<{ asked: number, names: string[] }[]>} */
const reports = times =>
  until('mallory tells', () => {
    const lines = mallory?.output.split('\n').filter(Boolean) ?? []
    return lines.length >= times && lines.map(line => JSON.parse(line))
  })

/** Waits until the box has asked for nothing in the last two seconds. */
const asksNoMore = () =>
  until('it asks no more', async () => {
    const [before, , last] = (await reports(3)).slice(-3)
    return last.asked > 0 && last.asked === before.asked && last
  })

/** Alice opens the page by a name, and is led to the box. */
const opensSoon = (name = 'wizyjno.local', timeout = SOON_MS) =>
  until(`${name} opens`, async () => {
    const answer = await get(lab, 'alice', box, `https://${name}/`, '--write-out', '%{remote_ip}', '--output', '/dev/null')
    return answer === lab.address('pi')
  }, timeout)

describe('while somebody lies', { timeout: 3 * 60_000 }, () => {
  test('that the box is gone, it says that it is there', async () => {
    await lies('goodbye')
    for (let second = 2; second < 6; second++) {
      await reports(second)
      await opensSoon()
    }
    assert.doesNotMatch(box.output, /another device/)
  })

  test('once that its name leads elsewhere for ever, it takes the name back', async () => {
    await lies('flush')
    await asksNoMore()
    await opensSoon()
    assert.match(await lab.run('alice', 'getent', 'ahostsv4', 'wizyjno.local'), /^10\.77\.0\.1 /)
    assert.doesNotMatch(box.output, /wizyjno-2/)
  })

  test('in names that lead back to themselves, it goes on and does not grow', async () => {
    const status = () => lab.run('pi', 'cat', `/proc/${box.ready.pid}/status`)
    const kilobytes = async () => Number(/VmRSS:\s+(\d+)/.exec(await status())?.[1])
    const before = await kilobytes()
    await lies('loops')
    await reports(4)
    await opensSoon()
    const grown = (await kilobytes()) - before
    assert.ok(grown < 4_000, `it grew by ${grown} kB`)
    assert.doesNotMatch(box.output, /wizyjno-2|panicked/)
  })

  test("that it has every name of a service, the box's own name is answered", async () => {
    await lies('services')
    await asksNoMore()
    await opensSoon()
    assert.doesNotMatch(box.output, /wizyjno-2/)
  })

  test('that it wants the name as well, and never takes it, the box has it', async () => {
    await lies('rivalry')
    await until('it has it', () => box.output.split('found on the network as wizyjno.local').length > 2)
    await opensSoon()
    assert.doesNotMatch(box.output, /wizyjno-2/)
  })

  test('that it has every name, the box asks ever more seldom, and has one as soon as that ends', async () => {
    await lies('names')
    await box.says('takes every name; ')
    const { names } = await asksNoMore()
    assert.ok(names.length <= 15, names.join())
    await get(lab, 'alice', box, `https://${lab.address('pi')}/`)
    await mallory?.end()
    const [, name] = await until('it has a name', () => /found on the network as (wizyjno-1\d\.local)/.exec(box.output))
    await opensSoon(name)
  })
})
