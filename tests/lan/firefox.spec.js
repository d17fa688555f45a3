// Another browser than Chromium: Firefox calls and is called, straight and through the box.
import assert from 'node:assert/strict'
import { overhear, streamsOf } from '../shared/connections.js'
import { everybody, goes, invited, together } from '../shared/room.js'
import { until } from '../shared/until.js'
import { play } from './play.js'

/** @import { Person } from '../shared/person.js' */

play('Firefox and Chromium call each other, and go straight', { people: ['Ann', 'Gus'] }, async ({ lobby }) => {
  const [ann, gus] = await lobby('Ann', 'Gus')
  for (const [one, other] of [[gus, ann], [ann, gus]]) {
    await one.call(other.name)
    await other.ringOf(one.name).waitFor()
    await other.answers(one.name, 'Accept')
    await everybody([one, other], (one, other) => one.seesAndHears(other.name))
    await everybody([one, other], (one, other) => goes('direct', one, other))
    await everybody([one, other], (one, other) => one.seesAndHears(other.name))
    await other.hangUp()
    for (const each of [one, other]) await each.room.waitFor({ state: 'detached' })
  }
})

play('Firefox is one of three, who all see and hear each other through the box', { people: ['Ann', 'Bob', 'Gus'], prepare: listenToChromium }, async ({ lobby }) => {
  const [ann, bob, gus] = await lobby('Ann', 'Bob', 'Gus')
  await together(ann, gus)
  await invited(ann, bob)
  await everybody([ann, bob, gus], (one, other) => one.seesAndHears(other.name))
  await everybody([ann, bob, gus], (one, other) => goes('relay', one, other))
  // Firefox sends sound once, and gets it once; the others send it to each other twice (RFC 2198).
  const sounds = (await streamsOf(ann)).filter(({ sent, kind, packets }) => !sent && kind === 'audio' && packets > 0)
  const twice = sounds.filter(({ packets, repeats }) => repeats > packets / 2)
  assert.deepEqual([sounds.length, twice.length], [2, 1], JSON.stringify(sounds))
  // It does not turn pictures as their packets say, so those who send to it turn them themselves.
  for (const one of [ann, bob]) {
    assert.deepEqual(await until(`${one.name} sends by a connection of the new kind`, () => leavesTurning(one)), { sends: false, receives: true })
  }
  await bob.hangUp()
  await everybody([ann, gus], (one, other) => goes('direct', one, other))
  await everybody([ann, gus], (one, other) => one.seesAndHears(other.name))
})

/** Whether packets say how pictures are to be turned, on the connections to and from the box. @param {Person} person */
async function leavesTurning(person) {
  return person.page.evaluate(() => {
    const connections = /** @type {RTCPeerConnection[]} */ (Reflect.get(window, 'connections'))
    const open = connections.filter(({ connectionState }) => connectionState === 'connected')
    const agreed = (/** @type {string} */ type) => open.find(({ remoteDescription }) => remoteDescription?.type === type)?.remoteDescription?.sdp
    const [up, down] = [agreed('answer'), open.find(({ localDescription }) => localDescription?.type === 'answer')?.localDescription?.sdp]
    return up && down ? { sends: up.includes('video-orientation'), receives: down.includes('video-orientation') } : null
  })
}

/** @param {Person} person */
async function listenToChromium(person) {
  if (person.name !== 'Gus') await overhear(person)
}
