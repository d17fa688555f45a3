// wizyjno doctor on a network of its own: what it finds when something is really wrong.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { PROGRAM } from '../shared/box.js'
import { until } from '../shared/until.js'
import { startBox } from './box.js'
import { Lab } from './lab.js'

/** @typedef {{ about: string, weight: string, says: string, mend: string | null }} Finding */

/** @type {Lab} */
let lab
before(() => {
  lab = new Lab('pi', 'alice')
})
after(() => lab?.down())

describe('beside a box', () => {
  /** @type {Awaited<ReturnType<typeof startBox>>} */
  let box
  before(async () => {
    box = await startBox(lab, 'pi')
  })
  after(() => box?.end())

  /** @returns {Promise<{ well: boolean, status: number | null, findings: Finding[] }>} */
  async function examine() {
    const state = box.ready.ca.replace(/\/ca\.crt$/, '')
    const doctor = lab.start('pi', PROGRAM, 'doctor', '--json', '--state-dir', state)
    const status = await doctor.ended
    return { ...JSON.parse(doctor.output), status }
  }

  /** @param {Finding[]} findings */
  const faults = findings => findings.filter(({ weight }) => weight === 'fault').map(({ says }) => says)

  test('all is well: the page comes, and the name is answered as another device would hear it', async () => {
    // The box takes a moment until the name is its own.
    const { status, findings } = await until('all is well', async () => {
      const found = await examine()
      if (found.well) return found
      throw new Error(JSON.stringify(found))
    })
    assert.equal(status, 0)
    const says = findings.map(finding => finding.says)
    assert.ok(says.includes('The page comes at port 443.'), says.join('\n'))
    assert.ok(says.includes('wizyjno.local is answered on eth0.'), says.join('\n'))
    assert.ok(says.includes('eth0 is the local network, with 10.77.0.1.'), says.join('\n'))
  })

  test('a firewall that drops calls for the name is found, and its rule named', async () => {
    const rule = ['INPUT', '-p', 'udp', '--dport', '5353', '-j', 'DROP']
    await lab.run('pi', 'iptables', '-A', ...rule)
    const { status, findings } = await examine()
    await lab.run('pi', 'iptables', '-D', ...rule)
    assert.equal(status, 1)
    const [name, firewall, ...more] = faults(findings)
    assert.equal(name, 'Nobody answers for wizyjno.local on eth0.')
    assert.match(firewall ?? '', /^UDP port 5353 is dropped by rule 1 of chain INPUT in table .*\.$/)
    assert.deepEqual(more, [])
  })

  test('without a network that is the fault', async () => {
    lab.ip('pi', 'link', 'set', 'eth0', 'down')
    const { status, findings } = await examine()
    lab.ip('pi', 'link', 'set', 'eth0', 'up')
    assert.equal(status, 1)
    assert.deepEqual(faults(findings), ['No interface has an address on a local network.'])
  })
})

test("the owner's pages are for the network, not for the internet", async () => {
  const box = await startBox(lab, 'pi', '--no-mdns')
  try {
    lab.ip('alice', 'address', 'add', '203.0.113.7/24', 'dev', 'eth0')
    lab.ip('pi', 'route', 'add', '203.0.113.0/24', 'dev', 'eth0')
    /** @param {string} from @param {string} path */
    const status = (from, path) => lab.run('alice', 'curl', '--interface', from, '--cacert', box.ready.ca, '--silent', '--output', '/dev/null', '--write-out', '%{http_code}', `https://${lab.address('pi')}${path}`)
    for (const [path, outside] of [['/doctor', '403'], ['/metrics', '403'], ['/status', '404'], ['/health', '200'], ['/', '200']]) {
      assert.equal(await status('203.0.113.7', path), outside, path)
      assert.equal(await status(lab.address('alice'), path), '200', path)
    }
  } finally {
    lab.ip('alice', 'address', 'delete', '203.0.113.7/24', 'dev', 'eth0')
    await box.end()
  }
})

test('with a PIN only the box itself is told who is here', async () => {
  for (const [options, network] of /** @type {[string[], boolean][]} */ ([[['--pin', '246813'], false], [[], true]])) {
    const box = await startBox(lab, 'pi', '--no-mdns', ...options)
    try {
      for (const [from, at] of /** @type {const} */ ([['pi', '127.0.0.1'], ['alice', lab.address('pi')]])) {
        /** @param {string} path */
        const get = path => lab.run(from, 'curl', '--cacert', box.ready.ca, '--silent', '--write-out', '\n%{http_code}', `https://${at}${path}`)
        const shown = network || from === 'pi'
        for (const [path, hidden] of [['/status', '404'], ['/doctor', '403']]) {
          assert.equal((await get(path)).split('\n').at(-1), shown ? '200' : hidden, `${path} from ${from}`)
        }
        for (const [path, people, rest] of [['/health', '"people"', '"ready":true'], ['/metrics', 'wizyjno_people', 'wizyjno_hub_up 1']]) {
          const told = await get(path)
          assert.equal(told.includes(people), shown, `${path} from ${from}: ${told}`)
          assert.ok(told.includes(rest) && told.endsWith('200'), `${path} from ${from}: ${told}`)
        }
      }
    } finally {
      await box.end()
    }
  }
})

test('on a full disk nothing is lost, a first start says what is wrong, and a later one serves', async () => {
  const script = `
    mount -t tmpfs -o size=64k,mode=700 tmpfs "$1" && cd "$1" || exit 9
    fill() { cat /dev/zero > filler 2>/dev/null; }
    wizyjno() { exec "$BOX" --state-dir state --https-port 0 --http-port 0 --no-mdns --log warn "$@" 2>&1; }
    fill
    (wizyjno); echo "first start: $?"
    rm filler
    wizyjno --ready-file /run/ready & pid=$!
    while [ ! -e /run/ready ]; do kill -0 $pid || exit 8; done
    kill $pid; wait $pid; echo "with room: $?"
    rm /run/ready
    before=$(cat state/* | sha256sum)
    fill
    (wizyjno ca renew); echo "renew: $?"
    wizyjno --ready-file /run/ready & pid=$!
    while [ ! -e /run/ready ]; do kill -0 $pid || exit 7; done
    kill $pid; wait $pid; echo "full again: $?"
    [ "$before" = "$(cat state/* | sha256sum)" ] && echo "the keys are the same"
  `
  const folder = lab.folder('disk')
  const told = lab.start('alice', 'env', `BOX=${PROGRAM}`, 'sh', '-c', script, 'sh', folder)
  assert.equal(await told.ended, 0, told.output)
  const lines = told.output.split('\n').filter(Boolean)
  assert.match(lines[0] ?? '', /^wizyjno: cannot (make the folder|write) .*state.*: No space left on device \(os error 28\): see to it/)
  assert.deepEqual(lines.filter(line => !line.startsWith('wizyjno: ')), [
    'first start: 1', 'with room: 0', 'renew: 1', 'full again: 0', 'the keys are the same',
  ], told.output)
})
