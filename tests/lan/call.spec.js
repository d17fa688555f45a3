// Two people, a box and a switch: no router, no internet, and everything works.
import assert from 'node:assert/strict'
import { everybody, goes } from '../shared/room.js'
import { until } from '../shared/until.js'
import { play } from './play.js'

play('two people call each other by the name of the box, and their pictures do not pass it', { people: ['Ann', 'Bob'], named: true }, async ({ lab, room }) => {
  for (const host of ['pi', 'alice', 'bob']) assert.doesNotMatch(lab.ip(host, 'route'), /default/)
  const people = await room('Ann', 'Bob')
  const [ann, bob] = people
  await everybody(people, (one, other) => one.seesAndHears(other.name))
  await everybody(people, (one, other) => goes('direct', one, other))

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
  const elsewhere = people.flatMap(one => one.requests).filter(url => !/^(https|wss):\/\/wizyjno\.local[:/]/.test(url))
  assert.deepEqual(elsewhere.filter(url => !/^(blob|data|about|chrome):/.test(url)), [], 'nobody else is asked for anything')
})
