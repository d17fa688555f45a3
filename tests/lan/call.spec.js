// A call on a home network: a box, two devices, no internet, and what each of them sends.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Person } from '../browser/person.js'
import { until } from '../browser/until.js'
import { startBox } from './box.js'
import { Lab } from './lab.js'

/** @type {Lab} */
let lab
/** @type {Person[]} */
const people = []

before(async () => {
  lab = new Lab('pi', 'alice', 'bob')
  for (const device of ['alice', 'bob']) await lab.avahi(device)
})
after(async () => {
  for (const person of people) await person.close()
  lab?.down()
})

test('two devices meet at wizyjno.local, and see and hear each other without the box', { timeout: 240_000 }, async () => {
  const box = await startBox(lab, 'pi')
  await until('the name is found', async () => (await lab.run('alice', 'getent', 'hosts', 'wizyjno.local')) !== '')

  const page = 'https://wizyjno.local/?lang=en'
  for (const [name, device] of [
    ['Ann', 'alice'],
    ['Bob', 'bob'],
  ]) {
    const person = await Person.open(name, { ca: box.ready.ca, browser: chromiumOn(device) })
    people.push(person)
    await person.enter({ page })
  }
  const [ann, bob] = people
  await ann.call('Bob')
  await bob.answers('Ann', 'Accept')
  await Promise.all([ann.seesAndHears('Bob'), bob.seesAndHears('Ann')])

  const [atAlice, atPi] = [lab.bytes('alice'), lab.bytes('pi')]
  await until('a good deal of media has gone over the network', () => lab.bytes('alice') - atAlice > 300_000)
  const [media, signalling] = [lab.bytes('alice') - atAlice, lab.bytes('pi') - atPi]
  assert.ok(signalling < media / 20, `${signalling} bytes passed the box while ${media} passed the devices`)
})

/** A program that is Chromium on a device of the lab. @param {string} device */
function chromiumOn(device) {
  const program = join(lab.folder('programs'), `chromium-on-${device}`)
  const words = [...lab.on(device), process.env.CHROMIUM ?? '/usr/bin/chromium']
  const quoted = words.map(word => `'${word.replaceAll("'", `'\\''`)}'`).join(' ')
  writeFileSync(program, `#!/bin/sh\nexec ${quoted} "$@"\n`, { mode: 0o755 })
  return program
}
