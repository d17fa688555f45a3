// wizyjno.local on a network of its own, asked for by resolvers that others wrote. Run ./prepare first.
import assert from 'node:assert/strict'
import { after, afterEach, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { until } from '../shared/until.js'
import { startBox } from './box.js'
import { Lab } from './lab.js'

/** @import { Running } from '../shared/running.js' */

/** How long a person waits for a name before giving up on it. */
const SOON_MS = 3_000

const PYTHON = fileURLToPath(new URL('../../target/zeroconf/bin/python', import.meta.url))
/** @param {string} file */
const script = file => fileURLToPath(new URL(file, import.meta.url))

/** @type {Lab} */
let lab

before(async () => {
  lab = new Lab('pi', 'alice', 'bob')
  await lab.avahi('alice')
})
after(() => lab?.down())

/** What alice's desktop makes of a name: an address, or nothing. @param {string} name */
async function looksUp(name) {
  const line = await lab.run('alice', 'getent', 'ahostsv4', name).catch(() => '')
  return line.split(' ')[0]
}

/** A resolver without a memory: what comes back for one question. @param {string} name */
async function asks(name, type = 'A') {
  return JSON.parse(await lab.run('alice', 'python3', script('ask.py'), lab.address('alice'), name, type))
}

/** The addresses in such an answer, which may come twice: for each of the two services. @param {string} name */
async function askedAddresses(name) {
  const { records } = await asks(name)
  const addresses = records.flatMap((/** @type {{ address: string | null }} */ record) => record.address ?? [])
  return [...new Set(addresses)].sort()
}

/** What alice's avahi lists of a service: host, address and port of each. @param {string} service */
async function listed(service) {
  const lines = await lab.run('alice', 'avahi-browse', '-rptk', service)
  return lines
    .split('\n')
    .map(line => line.split(';'))
    .filter(([sign, , protocol]) => sign === '=' && protocol === 'IPv4')
    .map(([, , , instance, , , host, address, port, text]) => ({ instance, host, address, port, text }))
}

describe('one box', () => {
  /** @type {Awaited<ReturnType<typeof startBox>>} */
  let box
  const counted = [
    ['docker0', 'iptables'],
    ['docker0', 'ip6tables'],
    ['veth0a1b2c3', 'iptables'],
    ['eth0', 'iptables'],
  ]

  before(async () => {
    // A bridge of Docker's with a container, and a bare veth end: both up, with addresses.
    for (const [name, address, peer] of [
      ['veth9f8e7d6', '172.18.0.1/16', 'container1'],
      ['veth0a1b2c3', '172.19.0.1/16', 'container2'],
    ]) {
      lab.ip('pi', 'link', 'add', name, 'type', 'veth', 'peer', 'name', peer)
      lab.ip('pi', 'link', 'set', peer, 'up')
      lab.ip('pi', 'link', 'set', name, 'up')
      lab.ip('pi', 'address', 'add', address, 'dev', name)
    }
    lab.ip('pi', 'link', 'add', 'docker0', 'type', 'bridge')
    lab.ip('pi', 'link', 'set', 'veth9f8e7d6', 'master', 'docker0')
    lab.ip('pi', 'link', 'set', 'docker0', 'up')
    lab.ip('pi', 'address', 'add', '172.17.0.1/16', 'dev', 'docker0')
    for (const [link, tables] of counted) {
      await lab.run('pi', tables, '-A', 'OUTPUT', '-o', link, '-p', 'udp', '--dport', '5353')
    }
    box = await startBox(lab, 'pi')
    await until('alice finds it', () => looksUp('wizyjno.local'), SOON_MS)
  })
  after(async () => {
    await box?.end()
    for (const link of ['docker0', 'veth9f8e7d6', 'veth0a1b2c3']) lab.ip('pi', 'link', 'delete', link)
  })

  test('is found by a Linux desktop', async () => {
    assert.equal(await looksUp('wizyjno.local'), lab.address('pi'))
    const resolved = await lab.run('alice', 'avahi-resolve', '-4', '-n', 'wizyjno.local')
    assert.equal(resolved.trim(), `wizyjno.local\t${lab.address('pi')}`)
  })

  test('is listed with its ports and the path of the page', async () => {
    for (const [service, port] of [
      ['_https._tcp', new URL(box.ready.https).port || '443'],
      ['_http._tcp', new URL(box.ready.http).port || '80'],
    ]) {
      const [one, ...others] = await listed(service)
      assert.deepEqual({ ...one, text: '' }, {
        instance: 'wizyjno',
        host: 'wizyjno.local',
        address: lab.address('pi'),
        port,
        text: '',
      })
      assert.match(one.text, /"path=\/"/)
      assert.deepEqual(others, [])
    }
  })

  test('is found by python-zeroconf', async () => {
    const query = [script('zeroconf_resolve.py'), lab.address('bob'), 'wizyjno', '_https._tcp.local.']
    const found = JSON.parse(await lab.run('bob', PYTHON, ...query))
    assert.equal(found.host, 'wizyjno.local.')
    assert.deepEqual(found.addresses, [lab.address('pi')])
    assert.equal(found.text.path, '/')
  })

  test('is found by systemd-resolved', async () => {
    const files = fileURLToPath(new URL('../../target/resolved', import.meta.url))
    const resolved = lab.start('bob', script('resolved'), files, lab.folder('resolved'))
    const resolvectl = (/** @type {string[]} */ ...args) =>
      lab.run('bob', 'sh', '-c', `LD_LIBRARY_PATH=$(echo ${files}/usr/lib/*/systemd) ${files}/usr/bin/resolvectl "$@"`, 'sh', ...args)
    try {
      // Whoever configures the network allows it on each link.
      await until('it runs', () => resolvectl('mdns', 'eth0', 'yes').then(() => true))
      const found = await until('it finds the name', () => resolvectl('query', 'wizyjno.local'), SOON_MS)
      assert.match(found, /^wizyjno\.local: 10\.77\.0\.1 .*protocol mDNS/s)
      assert.match(await resolvectl('service', 'wizyjno', '_https._tcp', 'local'), /wizyjno\.local:\d+ .*path=\//s)
    } finally {
      await resolved.end()
    }
  })

  test('answers a resolver that asks from a port of its own, there', async () => {
    const { records, ...answer } = await asks('wizyjno.local')
    assert.deepEqual(answer, { from: lab.address('pi'), port: 5353, same_id: true, is_answer: true, echoed: true })
    for (const { address, ttl, class: kind } of records) {
      assert.equal(address, lab.address('pi'))
      assert.ok(ttl <= 10, 'a one-shot resolver keeps it for ten seconds at most')
      assert.equal(kind, 1, 'without the cache-flush bit, which such a resolver takes for another class')
    }
  })

  test('answers a device that wants the answer alone, from the port of names', async () => {
    const question = [script('ask.py'), lab.address('bob'), 'wizyjno.local', 'A', 'QU']
    const answer = await until('it answers', async () => JSON.parse(await lab.run('bob', 'python3', ...question)))
    assert.equal(answer.from, lab.address('pi'))
    // Told to everybody, it may stand beside records of other questions, and once for each of the two services.
    const told = answer.records.filter((/** @type {any} */ one) => one.type === 1)
    assert.notEqual(told.length, 0)
    for (const { address, ttl, class: kind } of told) {
      assert.deepEqual([address, kind & 0x8000, ttl], [lab.address('pi'), 0x8000, 120])
    }
  })

  test('says at once that it has no IPv6 address to give', async () => {
    const { records } = await asks('wizyjno.local', 'AAAA')
    const NSEC = 47
    assert.deepEqual(new Set(records.map((/** @type {any} */ record) => record.type)), new Set([NSEC]))
  })

  test('says nothing on the networks of containers', async () => {
    const packets = []
    for (const [link, tables] of counted) {
      const rules = await lab.run('pi', tables, '-nvxL', 'OUTPUT')
      const [count] = rules.split('\n').find(rule => rule.includes(` ${link} `))?.trim().split(/\s+/) ?? []
      packets.push(Number(count))
    }
    const said = packets.pop()
    assert.ok(said, 'it has spoken on eth0')
    assert.deepEqual(packets, [0, 0, 0])
  })

  test('takes nonsense calmly', async () => {
    await lab.run('bob', 'python3', script('noise.py'), lab.address('bob'), lab.address('pi'), '1')
    assert.deepEqual(await until('it answers', () => askedAddresses('wizyjno.local'), SOON_MS), [lab.address('pi')])
  })
})

/** Two boxes share the names as they should. */
async function oneEach() {
  const names = ['wizyjno.local', 'wizyjno-2.local', 'wizyjno-3.local']
  const held = await Promise.all(names.map(name => askedAddresses(name).catch(() => [])))
  return held.map(addresses => addresses.length).join() === '1,1,0'
}

describe('the name', () => {
  /** @type {Running[]} */
  const running = []
  /** @param {Parameters<typeof startBox>} box */
  const start = async (...box) => {
    const one = await startBox(...box)
    running.push(one)
    return one
  }
  afterEach(async () => {
    for (const one of running.splice(0)) await one.end()
  })

  test('that somebody has already is left to them', async () => {
    const { avahi, bus } = await lab.avahi('bob')
    running.push(avahi, bus)
    const publisher = lab.start('bob', 'avahi-publish', '-a', '-R', 'wizyjno.local', lab.address('bob'))
    running.push(publisher)
    await publisher.says('Established')
    const box = await start(lab, 'pi')
    await until('the next name works', async () => (await looksUp('wizyjno-2.local')) === lab.address('pi'), 2 * SOON_MS)
    assert.equal(await looksUp('wizyjno.local'), lab.address('bob'))
    await box.says('wizyjno-2.local')
    const [service] = await listed('_https._tcp')
    assert.equal(service.host, 'wizyjno-2.local')
    const client = `openssl s_client -connect ${lab.address('pi')}:443 -servername wizyjno-2.local </dev/null`
    await until('the certificate has it', async () => {
      const names = await lab.run('alice', 'sh', '-c', `${client} | openssl x509 -noout -ext subjectAltName`)
      return names.includes('DNS:wizyjno-2.local')
    })
  })

  test('goes to one of two boxes that are switched on together', async () => {
    await Promise.all([start(lab, 'pi'), start(lab, 'bob')])
    await until('one has the name, the other the next', oneEach)
  })

  test('of two boxes whose networks become one stays with one of them', async () => {
    lab.detach('bob')
    const boxes = [await start(lab, 'pi'), await start(lab, 'bob')]
    for (const box of boxes) await box.says('found on the network as wizyjno.local')
    lab.attach('bob')
    await until('one has the name, the other the next', oneEach)
  })

  test('is shared by two boxes on the same machine, and outlives each of them', async () => {
    const first = await start(lab, 'pi')
    await first.says('found on the network as wizyjno.local')
    const second = await start(lab, 'pi', '--https-port', '8443', '--http-port', '8080')
    await until('both are listed', async () => {
      const ports = (await listed('_https._tcp')).map(({ host, port }) => `${host} ${port}`)
      return ports.sort().join() === 'wizyjno.local 443,wizyjno.local 8443'
    })
    await first.end()
    await until('only the second is listed', async () => (await listed('_https._tcp')).length === 1)
    await until('alice finds it', () => looksUp('wizyjno.local'), SOON_MS)
    assert.deepEqual(await askedAddresses('wizyjno.local'), [lab.address('pi')])
    assert.doesNotMatch(second.output, /wizyjno-2/)
  })

  test('is taken back when the box ends', async () => {
    const box = await start(lab, 'pi')
    const browser = lab.start('alice', 'avahi-browse', '-pk', '_https._tcp')
    running.push(browser)
    await browser.says('+;eth0;IPv4;wizyjno;_https._tcp;local')
    box.child.kill('SIGTERM')
    await until('alice sees it go', () => browser.output.includes('-;eth0;IPv4;wizyjno;_https._tcp;local'), SOON_MS)
    assert.equal(await box.ended, 0)
    await until('the name is forgotten', async () => !(await looksUp('wizyjno.local')), SOON_MS)
  })
})

// The last, because it fills the memory of alice's avahi as well.
test('a box neither grows nor falls silent while somebody floods the port of names', async () => {
  const box = await startBox(lab, 'pi')
  await box.says('found on the network as wizyjno.local')
  const kilobytes = async () => {
    const status = await lab.run('pi', 'cat', `/proc/${box.ready.pid}/status`)
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1])
  }
  const flood = lab.start('bob', 'python3', script('flood.py'), lab.address('bob'))
  try {
    await flood.says('20000 sent')
    const before = await kilobytes()
    // More comes than fits, so that some questions are lost; resolvers ask again.
    for (let round = 0; round < 3; round++) {
      assert.deepEqual(await until('it answers', () => askedAddresses('wizyjno.local')), [lab.address('pi')])
    }
    await until('the flood is over', () => flood.output.includes('100000 sent'), 120_000)
    const grown = (await kilobytes()) - before
    assert.ok(grown < 30_000, `it grew by ${grown} kB`)
  } finally {
    await flood.end()
    await box.end()
  }
  assert.doesNotMatch(box.output, /wizyjno-2/)
})
