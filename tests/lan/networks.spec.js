// What happens to the networks of a house, and that the page opens by its name all the same: another device
// asks its own resolver, trusts the box's authority, and has the page within seconds.
import assert from 'node:assert/strict'
import { after, afterEach, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { until } from '../shared/until.js'
import { get, startBox } from './box.js'
import { Lab } from './lab.js'

/** @typedef {Awaited<ReturnType<typeof startBox>>} Box */

/** How long a person waits for a page before giving up on it. */
const SOON_MS = 3_000

/** @type {Lab} */
let lab
/** @type {Box} */
let box

before(async () => {
  lab = new Lab('pi', 'alice', 'bob')
  await lab.avahi('alice')
})
after(() => lab?.down())

/** Whether alice's browser would open the page: her resolver knows the name, the certificate is right. */
async function opens(name = 'wizyjno.local', from = box) {
  // An address that is dead does not answer; what is tried again soon tells when the name leads elsewhere.
  const answer = await get(lab, 'alice', from, `https://${name}/health`, '--connect-timeout', '0.5', '--write-out', '\n%{remote_ip}')
  const lines = answer.split('\n')
  const address = lines.pop()
  assert.ok('version' in JSON.parse(lines.join('')))
  return address
}

/** Waits until the page opens by its name. @returns {Promise<string>} the address that the name led to */
const opensSoon = (name = 'wizyjno.local', from = box) => until(`${name} opens`, () => opens(name, from), SOON_MS)

/** Waits until the name leads to this address. @param {string} address */
const opensAt = address => until('it opens', async () => assert.equal(await opens(), address) ?? true, SOON_MS)

const UP_SINCE_BOOT = 'found on the network as wizyjno.local'

describe('a box that was switched on without a network', () => {
  before(async () => {
    lab.unwire('pi', 'eth0')
    box = await startBox(lab, 'pi')
  })
  after(() => box?.end())
  afterEach(() => assert.doesNotMatch(box.output, /wizyjno-2/, 'it never takes itself for somebody else'))

  test('opens once an interface has appeared', async () => {
    assert.ok(!box.output.includes(UP_SINCE_BOOT))
    lab.wire('pi', 'eth0', lab.address('pi'))
    await opensAt(lab.address('pi'))
  })

  test('opens at its new address', async () => {
    lab.ip('pi', 'address', 'delete', `${lab.address('pi')}/24`, 'dev', 'eth0')
    lab.ip('pi', 'address', 'add', '10.77.0.99/24', 'dev', 'eth0')
    await opensAt('10.77.0.99')
    lab.ip('pi', 'address', 'delete', '10.77.0.99/24', 'dev', 'eth0')
    lab.ip('pi', 'address', 'add', `${lab.address('pi')}/24`, 'dev', 'eth0')
    await opensAt(lab.address('pi'))
  })

  test('opens when its cable is in again', async () => {
    lab.unplug('pi')
    await assert.rejects(opens())
    lab.plug('pi')
    await opensAt(lab.address('pi'))
  })

  test('opens over cable and radio on the same network, and over either alone', async () => {
    lab.wire('pi', 'wlan0', '10.77.0.50')
    await until('both addresses are told', async () => {
      const lines = await lab.run('alice', 'avahi-browse', '-rptk', '_https._tcp')
      return lines.includes(';10.77.0.50;') || lines.includes(`;${lab.address('pi')};`)
    }, SOON_MS)
    await opensSoon()
    // A cable that is out takes its address with it: whatever configures networks sees to that.
    lab.unplug('pi')
    lab.ip('pi', 'address', 'delete', `${lab.address('pi')}/24`, 'dev', 'eth0')
    await opensAt('10.77.0.50')
    lab.plug('pi')
    lab.ip('pi', 'address', 'add', `${lab.address('pi')}/24`, 'dev', 'eth0')
    lab.unwire('pi', 'wlan0')
    await opensAt(lab.address('pi'))
  })

  test('opens over IPv6 where there is nothing else', async () => {
    const [own, theirs] = [lab.address('pi'), lab.address('alice')]
    // Without the 6 nss-mdns asks for IPv4 first, and waits five seconds for an answer of which avahi takes no note.
    lab.looksUpBy('alice', 'mdns6_minimal')
    lab.ip('pi', 'address', 'delete', `${own}/24`, 'dev', 'eth0')
    lab.ip('alice', 'address', 'delete', `${theirs}/24`, 'dev', 'eth0')
    try {
      assert.match(await opensSoon(), /^fe80:/, 'it has no other address')
      lab.ip('pi', 'address', 'add', `${lab.address6('pi')}/64`, 'dev', 'eth0', 'nodad')
      await opensAt(lab.address6('pi'))
    } finally {
      lab.looksUpBy('alice', 'mdns4_minimal')
      lab.ip('alice', 'address', 'add', `${theirs}/24`, 'broadcast', '+', 'dev', 'eth0')
      lab.ip('pi', 'address', 'add', `${own}/24`, 'broadcast', '+', 'dev', 'eth0')
    }
    await opensAt(own)
  })

  test('opens while a second box of the same name goes by the next one, and says so', async () => {
    const second = await startBox(lab, 'bob')
    try {
      await opensSoon('wizyjno-2.local', second)
      await second.says('wizyjno.local belongs to another device')
      await opensAt(lab.address('pi'))
    } finally {
      await second.end()
    }
  })
})

describe('a box with a broken interface', () => {
  test('opens on the other one', async () => {
    lab.wire('pi', 'wlan0', '10.88.0.1')
    const broken = ['-o', 'wlan0', '-j', 'DROP']
    for (const tables of ['iptables', 'ip6tables']) await lab.run('pi', tables, '-A', 'OUTPUT', ...broken)
    box = await startBox(lab, 'pi')
    try {
      await opensAt(lab.address('pi'))
      // It goes away for good, as a stick that has come loose.
      lab.unwire('pi', 'wlan0')
      await opensAt(lab.address('pi'))
      assert.doesNotMatch(box.output, /wizyjno-2|cannot announce/)
    } finally {
      await box.end()
      for (const tables of ['iptables', 'ip6tables']) await lab.run('pi', tables, '-D', 'OUTPUT', ...broken)
    }
  })
})

describe('a box on whose machine other programs make networks', () => {
  test('opens on the real one, and says nothing on theirs', async () => {
    lab.ip('pi', 'link', 'add', 'docker0', 'type', 'bridge')
    lab.ip('pi', 'address', 'add', '172.17.0.1/16', 'dev', 'docker0')
    lab.ip('pi', 'link', 'set', 'docker0', 'up')
    const tunnels = lab.start('pi', 'python3', fileURLToPath(new URL('./tunnels.py', import.meta.url)))
    await tunnels.says('ready')
    for (const [name, address] of [['office', '10.8.0.2/24'], ['wg0', '10.9.0.2/24']]) {
      lab.ip('pi', 'address', 'add', address, 'dev', name)
      lab.ip('pi', 'link', 'set', name, 'up')
    }
    box = await startBox(lab, 'pi')
    try {
      await opensAt(lab.address('pi'))
      // What goes into them is what was sent to the tunnels' own multicast: the system's, never names.
      await lab.run('pi', 'python3', '-c', SPEAKS_ONCE)
      await until('they carry what is sent', () => tunnels.output.includes('office 5354') && tunnels.output.includes('wg0 5354'))
      assert.doesNotMatch(tunnels.output, /5353/)
      const members = await lab.run('pi', 'ip', '-json', 'maddress', 'show')
      const joined = JSON.parse(members).filter((/** @type {any} */ link) =>
        link.maddr.some((/** @type {any} */ group) => group.address === '224.0.0.251'))
      assert.deepEqual(joined.map((/** @type {any} */ link) => link.ifname), ['eth0'], 'it listens nowhere else')
    } finally {
      await box.end()
      await tunnels.end()
      lab.unwire('pi', 'docker0')
    }
  })
})

/** Proves that the tunnels are open: one datagram into each, to another port. */
const SPEAKS_ONCE = `
import socket
for own in ("10.8.0.2", "10.9.0.2"):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(own))
    s.sendto(b"hello", ("224.0.0.251", 5354))
`
