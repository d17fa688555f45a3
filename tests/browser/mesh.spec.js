// A box that carries no media: up to four go straight to each other, and whoever comes besides is told why that is all.
import assert from 'node:assert/strict'
import english from '../../www/words/en.js'
import { everybody, goes, invited, together } from '../shared/room.js'
import { until } from '../shared/until.js'
import { play } from './play.js'

/** @import { Person } from '../shared/person.js' */

play('four go direct where there is no relay, whatever each of them does, and a fifth hears why there is no place', async ({ box, lobby, person }) => {
  assert.equal(box.ready.media_port, null)
  assert.match(box.log, /no relay .* more do not fit into a room/)
  const [ann, bob, cyd, dee] = await lobby('Ann', 'Bob', 'Cyd', 'Dee')
  const all = [ann, bob, cyd, dee]
  await together(ann, bob)
  await ann.sees('Bob')
  assert.equal(await ann.page.getByText(english.notices.meshed).count(), 0, 'two need no explanation')
  await invited(ann, cyd)
  await cyd.reads(english.notices.meshed)
  await invited(ann, dee)
  await everybody(all, (one, other) => goes('direct', one, other))
  await everybody(all, (one, other) => one.sees(other.name))
  await Promise.all(all.map((one, n) => one.hears(all[(n + 1) % all.length].name)))

  const fay = await person('Fay', { devices: 'denied' })
  await fay.enter(box)
  await fay.knockOn('Ann')
  await fay.reads(english.notices.meshFull)

  // A page that is loaded again, one whose camera is off, and one that is muted.
  await bob.page.reload()
  await cyd.button('Turn camera off').click()
  await dee.button('Mute').click()
  await until("Cyd's camera is off for Ann", () => member(ann, 'Cyd').then(({ media }) => !media.camera))
  await until('Dee is muted for Ann', () => member(ann, 'Dee').then(({ media }) => !media.microphone))
  await Promise.all([bob.seesAndHears('Ann'), ann.seesAndHears('Bob'), bob.sees('Dee'), bob.hears('Cyd')])
  await Promise.all([cyd.button('Turn camera on').click(), dee.button('Unmute').click()])
  await Promise.all([bob.sees('Cyd'), bob.hears('Dee')])

  // A screen goes the same way, beside the camera: to whom its page offers the path, and to who offers it.
  await bob.button('Share screen').click()
  await Promise.all([ann, cyd].map(async one => {
    const frames = await until(`Bob's screen is at ${one.name}'s`, () => one.framesOf("Bob's screen"))
    await until(`it moves at ${one.name}'s`, async () => (await one.framesOf("Bob's screen")) > frames + 3)
    await one.sees('Bob')
  }))
  await bob.button('Stop sharing').click()

  // Who leaves makes place, and nobody else notices.
  await dee.hangUp()
  await ann.tile('Dee').waitFor({ state: 'detached' })
  await invited(ann, fay)
  await everybody([ann, bob, cyd], (one, other) => goes('direct', one, other))
  await fay.sees('Bob')
  await goes('direct', cyd, fay)
}, { box: ['--no-relay'] })

/** What somebody's page knows of a member. @param {Person} one @param {string} name */
async function member(one, name) {
  const members = await one.page.evaluate(() => window.wizyjno.state().room?.members ?? [])
  const found = members.find(member => member.name === name)
  assert.ok(found, `${name} is in the room`)
  return found
}
