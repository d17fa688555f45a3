// Somebody moves to another network in a call: the picture goes on there, and whoever comes later sees everybody.
import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import { prepare, record, recorded } from '../shared/gaps.js'
import { everybody, goes, invited, together } from '../shared/room.js'
import { until } from '../shared/until.js'
import { hosts, play } from './play.js'

/** Milliseconds for which there is no address. */
const AWAY_MS = 6_000

/** Milliseconds after which pictures move again, at most: the promise. */
const MOVES_MS = 5_000

/** Pictures in a row that are no chance. */
const FLOWING = 10

for (const [who, mover] of /** @type {const} */ ([['who called', 'Ann'], ['who was called', 'Bob']])) {
  play(`${who} has no address for six seconds, and then another one: the two see each other soon after, and a third sees both`, {
    people: ['Ann', 'Bob', 'Cyd'],
    prepare,
  }, async ({ lab, lobby }) => {
    const [ann, bob, cyd] = await lobby('Ann', 'Bob', 'Cyd')
    const pair = [ann, bob]
    await together(ann, bob)
    await everybody(pair, (one, other) => one.sees(other.name))
    await everybody(pair, (one, other) => goes('direct', one, other))
    await everybody(pair, (one, other) => record(one, other.name))
    for (const one of pair) await until('the relay rests', () => one.page.evaluate(() => window.wizyjno?.state().relay?.rest))

    const host = hosts[mover]
    lab.ip(host, 'address', 'delete', `${lab.address(host)}/24`, 'dev', 'eth0')
    lab.ip(host, 'address', 'delete', `${lab.address6(host)}/64`, 'dev', 'eth0')
    await pause(AWAY_MS)
    const back = Date.now()
    lab.ip(host, 'address', 'add', '10.77.0.88/24', 'broadcast', '+', 'dev', 'eth0')
    for (const one of pair) {
      const late = await until(`pictures move at ${one.name}'s`, async () => {
        const times = (await recorded(one)).pictures.map(({ at }) => Math.round(at - back)).filter(at => at > 0)
        return times.length >= FLOWING && times
      })
      console.info(`${who} has another address: ${one.name} sees pictures after ${late[0]} to ${late[FLOWING - 1]} ms`)
      assert.ok(late[FLOWING - 1] < MOVES_MS, `${one.name} saw nothing move before ${late.slice(0, FLOWING)} ms`)
    }
    await everybody(pair, (one, other) => one.seesAndHears(other.name))
    await everybody(pair, (one, other) => goes('direct', one, other))
    await everybody(pair, (one, other) => one.seesAndHears(other.name))

    await invited(ann, cyd)
    await everybody([ann, bob, cyd], (one, other) => one.seesAndHears(other.name))
  })
}
