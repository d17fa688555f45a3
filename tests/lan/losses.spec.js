// Networks go away and come back: who was in a call is in it again soon after.
import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import { longestGap, prepare, record, recorded } from '../shared/gaps.js'
import { everybody, goes, together } from '../shared/room.js'
import { until } from '../shared/until.js'
import { hosts, play } from './play.js'
/** @import { Lab } from './lab.js' */
/** @import { Person } from '../shared/person.js' */

/** Milliseconds for which the network is gone. */
const AWAY_MS = 5_000

/** Milliseconds for which a call is watched after the change: longer than browsers believe in a dead way. */
const WATCHED_MS = 20_000

/** Milliseconds after which a browser looks a name up again, at most: it keeps an address for a minute. */
const FORGETS_MS = 100_000

/** Pictures in a row that are no chance. */
const FLOWING = 10

/** Milliseconds after which the picture is back, at most: the promise. It takes a fourth of a second. */
const SOON_MS = 3_000

/** Milliseconds after which it has gone on, at most. */
const FLOWS_MS = 5_000

/** @type {[string, (lab: Lab, there: boolean) => void][]} */
const losses = [
  ['the cable of one is pulled out', (lab, there) => (there ? lab.plug(hosts.Ann) : lab.unplug(hosts.Ann))],
  ['the network of one goes silent', (lab, there) => (there ? (lab.attach(hosts.Ann), lab.isolate(hosts.Ann)) : lab.detach(hosts.Ann))],
  ['the cable of the box is pulled out', (lab, there) => (there ? lab.plug('pi') : lab.unplug('pi'))],
]
for (const [what, change] of losses) {
  play(`${what} for five seconds: a relayed call goes on soon after`, { people: ['Ann', 'Bob'], prepare }, async ({ lab, lobby }) => {
    const [ann, bob] = await relayed(lab, await lobby('Ann', 'Bob'))
    change(lab, false)
    await pause(AWAY_MS)
    const back = Date.now()
    change(lab, true)
    await soon(what, back, [ann, bob])
    await everybody([ann, bob], (one, other) => one.seesAndHears(other.name))
  })
}

play('the address of the box changes: a relayed call goes on, and the lobby is back when browsers look for the name again', {
  people: ['Ann', 'Bob'],
  named: true,
  prepare,
}, async ({ lab, lobby }) => {
  const [ann, bob] = await relayed(lab, await lobby('Ann', 'Bob'))
  const changed = Date.now()
  lab.ip('pi', 'address', 'delete', `${lab.address('pi')}/24`, 'dev', 'eth0')
  lab.ip('pi', 'address', 'add', '10.77.0.99/24', 'dev', 'eth0')
  await pause(WATCHED_MS)
  for (const one of [ann, bob]) {
    const gap = Math.round(longestGap((await recorded(one)).pictures, changed, changed + WATCHED_MS))
    console.info(`the address of the box changes: ${one.name} ${gap} ms`)
    assert.ok(gap < SOON_MS, `${one.name} saw nothing for ${gap} ms`)
  }
  await ann.hangUp()
  await until('Bob is told', async () => !(await bob.tile('Ann').isVisible()), FORGETS_MS)
})

/** A call of two whom the network keeps apart, recorded. @param {Lab} lab @param {Person[]} people */
async function relayed(lab, people) {
  for (const { name } of people) lab.isolate(hosts[name])
  const [ann, bob] = people
  await together(ann, bob)
  await everybody(people, (one, other) => one.sees(other.name))
  await everybody(people, (one, other) => goes('relay', one, other))
  await everybody(people, (one, other) => record(one, other.name))
  return people
}

/** Each sees the other again, soon after that moment, and goes on seeing. @param {string} what @param {number} back @param {Person[]} people */
async function soon(what, back, people) {
  for (const one of people) {
    const times = await until(`${one.name} sees something again`, async () => {
      const times = (await recorded(one)).pictures.map(({ at }) => at)
      return times[times.length - 1] > back + FLOWS_MS && times
    }, 90_000)
    const pauses = times.slice(1).map((at, n) => at - times[n])
    const longest = pauses.indexOf(Math.max(...pauses))
    assert.ok(pauses[longest] > AWAY_MS / 2, `${one.name} saw no loss: the longest pause took ${Math.round(pauses[longest])} ms`)
    const late = times.slice(longest + 1).map(at => Math.round(at - back))
    console.info(`${what}: ${one.name} ${late[0]} ms`)
    assert.ok(late[0] < SOON_MS, `${one.name} saw nothing for ${late[0]} ms`)
    assert.ok(late[FLOWING - 1] < FLOWS_MS, `${one.name} saw next to nothing: pictures came after ${late.slice(0, FLOWING)} ms`)
  }
}
