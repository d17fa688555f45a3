// Two people, a box and a switch: no router, no internet, and everything works.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Person } from '../browser/person.js'
import { until } from '../browser/until.js'
import { startBox } from './box.js'
import { Lab } from './lab.js'

/** Longer than all the waits; only a hang gets here. */
const LONGEST_MS = 4 * 60_000

test('two people call each other by the name of the box, and their pictures do not pass it', { timeout: LONGEST_MS }, async () => {
  const lab = new Lab('pi', 'alice', 'bob')
  const people = /** @type {Person[]} */ ([])
  try {
    for (const host of ['pi', 'alice', 'bob']) assert.doesNotMatch(lab.ip(host, 'route'), /default/)
    await Promise.all([lab.avahi('alice'), lab.avahi('bob')])
    const box = await startBox(lab, 'pi')
    for (const host of ['alice', 'bob']) {
      await until(`${host} finds the box`, () => lab.run(host, 'getent', 'ahostsv4', 'wizyjno.local'))
    }
    const page = `https://wizyjno.local:${new URL(box.ready.https).port || 443}/?lang=en`

    /** @param {string} name @param {string} host */
    const sitsAt = async (name, host) => {
      const browser = lab.program(host, process.env.CHROMIUM ?? '/usr/bin/chromium')
      const person = await Person.open(name, { ca: box.ready.ca, browser })
      people.push(person)
      await person.enter({ page })
      return person
    }
    const ann = await sitsAt('Ann', 'alice')
    const bob = await sitsAt('Bob', 'bob')

    await ann.call('Bob')
    await bob.answers('Ann', 'Accept')
    await Promise.all([ann.seesAndHears('Bob'), bob.seesAndHears('Ann')])
    for (const [one, other] of [[ann, 'Bob'], [bob, 'Ann']]) {
      const path = () => /** @type {Person} */ (one).tile(String(other)).getAttribute('data-path')
      await until('the path is direct', async () => (await path()) === 'direct')
    }

    // The relay carried them until the direct path was proven; it stays connected and silent.
    for (const one of people) {
      await until('the relay rests', () => one.page.evaluate(() => window.wizyjno?.state().relay?.rest ?? false))
    }
    const before = { pi: lab.bytes('pi'), alice: lab.bytes('alice') }
    await until('half a megabyte has gone by', () => lab.bytes('alice') - before.alice > 500_000, 60_000)
    const passed = lab.bytes('pi') - before.pi
    const media = lab.bytes('alice') - before.alice
    // Media that passed the box would be on its link twice. What is there is what keeps the resting relay
    // warm, consent checks (RFC 7675) and reports on four connections, whatever the pictures weigh.
    assert.ok(passed < media / 5, `${passed} bytes went over the link of the box, ${media} over that of a device`)

    await ann.hangUp()
    await bob.room.waitFor({ state: 'detached' })
    for (const one of people) assert.deepEqual(one.faults, [])
    const elsewhere = people.flatMap(one => one.requests).filter(url => !/^(https|wss):\/\/wizyjno\.local[:/]/.test(url))
    assert.deepEqual(elsewhere.filter(url => !/^(blob|data|about|chrome):/.test(url)), [], 'nobody else is asked for anything')
  } finally {
    await Promise.allSettled(people.map(person => person.close()))
    lab.down()
  }
})
