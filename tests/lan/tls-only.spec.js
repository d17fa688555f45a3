// Media where a firewall lets nothing through but TLS at the HTTPS port: through the TURN that the box has there.
import assert from 'node:assert/strict'
import { fileURLToPath } from 'node:url'
import { ends, everybody, goes } from '../shared/room.js'
import { until } from '../shared/until.js'
import { hosts, play } from './play.js'

/** @import { Person } from '../shared/person.js' */
/** @import { Lab } from './lab.js' */

/** A box on the internet, though nobody vouches for its name here. */
const HOSTED = ['--domain', 'call.example.org', '--acme-directory', 'none']

/** What media may take longer to come through TLS than by UDP, in milliseconds; and what a busy machine adds to a measurement. */
const LATER_MS = 1_000
const NOISE_MS = 1_000

/** From this moment only TLS at port 443 gets to the box, and people to nobody else. @param {Lab} lab */
async function onlyTls(lab) {
  const firewall = lab.start('pi', 'python3', fileURLToPath(new URL('./tls_only.py', import.meta.url)), '9443', lab.address('pi'), '443')
  await firewall.says('listening')
  for (const host of Object.values(hosts).slice(0, 3)) lab.blockUdp(host)
  for (const rule of [
    '-t nat -A PREROUTING -i eth0 -p tcp --dport 443 -j REDIRECT --to-port 9443',
    '-A INPUT -i eth0 -p udp -j DROP',
    '-A INPUT -i eth0 -p tcp --dport 3478 -j DROP',
  ]) await lab.run('pi', 'iptables', '-w', ...rule.split(' '))
}

/** Ann calls Bob and then Cyd. Milliseconds from each `Accept` until all who are there see each other. @param {Person[]} people */
async function callBegins([ann, ...others]) {
  const took = []
  const there = [ann]
  for (const one of others) {
    await (there.length === 1 ? ann.call(one.name) : ann.invite(one.name))
    await one.ringOf(ann.name).waitFor()
    await one.answers(ann.name, 'Accept')
    const begin = performance.now()
    there.push(one)
    await Promise.all(there.flatMap(seer => there.filter(seen => seen !== seer).map(seen => seer.sees(seen.name))))
    took.push(performance.now() - begin)
  }
  return took
}

play('three people see and hear each other where only TLS at port 443 gets through, a moment later than by UDP', {
  people: ['Ann', 'Bob', 'Cyd'],
  box: HOSTED,
}, async ({ lab, lobby, page }) => {
  const people = await lobby('Ann', 'Bob', 'Cyd')
  const byUdp = await callBegins(people)
  await everybody(people, (one, other) => goes('relay', one, other))
  for (const one of people) await until('it goes over UDP', async () => (await ends(one)).every(end => end === 'host udp'))
  // Who is left alone is in no call.
  for (const one of people.slice(1)) await one.hangUp()

  await onlyTls(lab)
  for (const one of people) {
    await one.visit({ page })
    await one.people.waitFor()
  }
  const byTls = await callBegins(people)
  console.log(`milliseconds from Accept: by UDP ${byUdp.map(Math.round)}, through TLS ${byTls.map(Math.round)}`)
  await everybody(people, (one, other) => one.seesAndHears(other.name))
  await everybody(people, (one, other) => goes('relay', one, other))
  for (const one of people) await until('it goes through TLS', async () => (await ends(one)).some(end => end === 'relay tls'))
  for (const [n, took] of byTls.entries()) assert.ok(took <= byUdp[n] + LATER_MS + NOISE_MS, `${took} ms, and ${byUdp[n]} ms by UDP`)
})
