// Media from anywhere: a box behind a NAT whom people call from the world, and by a TURN server where it is all that is
// let through; and a box at home, of which nothing leaves the house.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { ends, everybody, goes, invited, together } from '../shared/room.js'
import { until } from '../shared/until.js'
import { hosts, play } from './play.js'

/** @import { Running } from '../shared/running.js' */
/** @import { Lab } from './lab.js' */

/** The world, a network by itself, and who is where in it. */
const world = { box: '10.99.0.1', bob: '10.99.0.2', cyd: '10.99.0.3', turn: '10.99.0.5' }

/** The box's name there, for which its own authority vouches. */
const DOMAIN = 'outside.local'

/** A box of which nothing was asked is watched for so long, in milliseconds. */
const IDLE_MS = 5_000

/**
 * Ann and the box are behind a router that has one address in the world for the box, and passes on to it (1:1 NAT). Of
 * all others at home it lets nothing out but to the TURN server.
 * @param {Lab} lab
 */
async function behindNat(lab) {
  lab.bridge('world')
  for (const [host, address] of Object.entries(world)) {
    if (host === 'box') continue
    lab.unwire(host, 'eth0')
    lab.wire(host, 'eth0', address, 'world')
  }
  lab.wire('gate', 'world', world.box, 'world')
  const [box, gate] = [lab.address('pi'), lab.address('gate')]
  for (const host of ['pi', hosts.Ann]) lab.ip(host, 'route', 'add', 'default', 'via', gate)
  await lab.run('gate', 'sysctl', '-qw', 'net.ipv4.ip_forward=1')
  for (const rule of [
    `-t nat -A PREROUTING -d ${world.box} -j DNAT --to-destination ${box}`,
    `-t nat -A POSTROUTING -o world -j SNAT --to-source ${world.box}`,
    `-A FORWARD -i eth0 -o world -d ${world.turn} -j ACCEPT`,
    `-A FORWARD -i eth0 -o world ! -s ${box} -j DROP`,
  ]) await lab.run('gate', 'iptables', '-w', ...rule.split(' '))

  const secret = join(lab.folder('turn-secret'), 'secret')
  writeFileSync(secret, 'north\n')
  for (const host of [hosts.Bob, hosts.Cyd]) lab.knows(host, DOMAIN, world.box)
  return ['--domain', DOMAIN, '--public-address', world.box, '--turn', `turn:${world.turn}`, '--turn-secret-file', secret]
}

/**
 * coturn with the same secret. Like the recipe of docs/hosting.md it sends nothing to private addresses: nobody leads there, and
 * what the kernel refuses to send ends an allocation of coturn's.
 * @param {Lab} lab
 */
async function turnServer(lab) {
  const folder = lab.folder('coturn')
  const server = lab.start('turn', 'turnserver', '-n', '--use-auth-secret', '--static-auth-secret=north', '--realm=turn',
    `--listening-ip=${world.turn}`, `--relay-ip=${world.turn}`, '--denied-peer-ip=10.77.0.0-10.77.255.255', '--no-cli', '--no-tls', '--no-dtls', '--verbose',
    '--log-file=stdout', '--simple-log', `--pidfile=${join(folder, 'pid')}`, `--userdb=${join(folder, 'users')}`)
  await server.says('IPv4. UDP listener opened on')
  return server
}

play('people inside and outside of a NAT meet, also without UDP, and two of them by a TURN server', {
  people: ['Ann', 'Bob', 'Cyd'],
  beside: ['gate', 'turn'],
  network: behindNat,
}, async ({ lab, page, person }) => {
  lab.blockUdp(hosts.Cyd)
  const turn = await turnServer(lab)
  const [ann, bob, cyd] = await Promise.all(['Ann', 'Bob', 'Cyd'].map(name => person(name)))
  const outside = page.replace(lab.address('pi'), DOMAIN)
  for (const [one, from] of /** @type {const} */ ([[ann, page], [bob, outside], [cyd, outside]])) await one.enter({ page: from })
  await together(ann, bob, cyd)
  await everybody([ann, bob, cyd], (one, other) => one.seesAndHears(other.name))
  await everybody([ann, bob, cyd], (one, other) => goes('relay', one, other))
  for (const [one, way] of /** @type {const} */ ([[ann, 'udp'], [bob, 'udp'], [cyd, 'tcp']])) {
    await until(`${one.name} has ${way}`, async () => (await ends(one)).every(end => end.endsWith(` ${way}`)))
  }

  await cyd.hangUp()
  await everybody([ann, bob], (one, other) => goes('direct', one, other))
  await everybody([ann, bob], (one, other) => one.seesAndHears(other.name))
  await everybody([ann, bob], (one, other) => goes('direct', one, other))
  for (const one of [ann, bob]) {
    const found = await ends(one)
    assert.ok(found.some(end => end.startsWith('relay ')), `${one.name} is connected between ${found}`)
  }
  assert.match(turn.output, /realm <turn> user <\d+:[\da-f]+>: incoming packet ALLOCATE processed, success/)
  await invited(ann, cyd)
  await everybody([ann, bob, cyd], (one, other) => goes('relay', one, other))
})

/** @type {Running} */
let watcher

/** What the router has seen from there. @param {string} address how it begins */
const left = address => watcher.output.split('\n').filter(line => line.startsWith(address))

/** Names that browsers ask for whatever page they show, and that Linux asks for before it asks by multicast: none is there. */
const BROWSERS = / asks for ((?!stun)[\w.-]+\.(google|googleapis|gvt1|gstatic)\.com|([\w-]+\.)?local)$/

play('nothing of a box at home, or of its pages, leaves the network, though the network has a way out', {
  people: ['Ann', 'Bob'],
  named: true,
  beside: ['gate'],
  async network(lab) {
    const gate = lab.address('gate')
    watcher = lab.start('gate', 'python3', fileURLToPath(new URL('./leaves.py', import.meta.url)), gate)
    await watcher.says('watching')
    for (const host of ['pi', hosts.Ann, hosts.Bob]) {
      lab.ip(host, 'route', 'add', 'default', 'via', gate)
      lab.resolvesBy(host, gate)
    }
    return []
  },
}, async ({ lab, room }) => {
  const people = await room('Ann', 'Bob')
  await everybody(people, (one, other) => one.seesAndHears(other.name))
  await everybody(people, (one, other) => goes('direct', one, other))
  await people[0].hangUp()
  await pause(IDLE_MS)
  assert.deepEqual(left(lab.address('pi')), [], 'of the box')
  assert.deepEqual(left('10.77.0.').filter(line => !BROWSERS.test(line)), [], 'of its pages')
  // It would have been seen.
  await lab.run(hosts.Ann, 'python3', '-c', SPEAKS_TO_THE_WORLD)
  await watcher.says(`${lab.address(hosts.Ann)} to 192.0.2.9`)
  await watcher.says(`${lab.address(hosts.Ann)} asks for stun.example`)
})

/** A name and a datagram, as a page with a STUN server would have. */
const SPEAKS_TO_THE_WORLD = `
import socket
try:
    socket.gethostbyname("stun.example")
except OSError:
    pass # the name is not there
socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"hello", ("192.0.2.9", 3478))
`
