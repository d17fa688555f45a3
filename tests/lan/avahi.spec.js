// avahi on the machine of the box, as Raspberry Pi OS has it: it tells the name for the box, which answers by
// itself while avahi is away.
import assert from 'node:assert/strict'
import { after, afterEach, before, describe, test } from 'node:test'
import { until } from '../shared/until.js'
import { get, startBox } from './box.js'
import { Lab } from './lab.js'

/** @import { Running } from '../shared/running.js' */
/** @typedef {Awaited<ReturnType<typeof startBox>>} Box */

const SOON_MS = 3_000
const BY_AVAHI = 'avahi tells the network of wizyjno.local'

/** @type {Lab} */
let lab
/** @type {Running[]} */
const running = []

before(async () => {
  lab = new Lab('pi', 'alice')
  await lab.avahi('alice')
})
after(() => lab?.down())
afterEach(async () => {
  for (const one of running.splice(0)) await one.end()
})

/** @param {string} name */
async function avahi(name, publishing = '') {
  const { avahi } = await lab.avahi('pi', name, publishing)
  running.push(avahi)
  return avahi
}

/** @param {string[]} options */
async function start(...options) {
  const box = await startBox(lab, 'pi', ...options)
  running.unshift(box)
  return box
}

/** @param {Box} box */
const opensSoon = box => until('alice opens it by its name', () => get(lab, 'alice', box, 'https://wizyjno.local/health'), SOON_MS)

/** Whether the box itself listens for questions. */
const answersItself = async () => (await lab.run('pi', 'ss', '-Hlunp', 'sport = :5353')).includes('wizyjno')

/** What alice's avahi lists: instance, host and port. */
async function listed() {
  const lines = await lab.run('alice', 'avahi-browse', '-rptk', '_https._tcp')
  const found = lines.split('\n').map(line => line.split(';')).filter(([sign, , protocol]) => sign === '=' && protocol === 'IPv4')
  return found.map(([, , , instance, , , host, , port]) => `${instance.replaceAll('\\032', ' ').replaceAll(/\\04[01]/g, it => (it === '\\040' ? '(' : ')'))} ${host} ${port}`).sort()
}

describe('avahi on the same machine', () => {
  test('tells the name, goes, and comes back', async () => {
    let daemon = await avahi('raspberrypi')
    const box = await start()
    await box.says(BY_AVAHI)
    await opensSoon(box)
    assert.deepEqual(await listed(), ['wizyjno wizyjno.local 443'])
    assert.equal(await answersItself(), false, 'one responder is enough')

    await daemon.end()
    await until('the box answers by itself', answersItself, SOON_MS)
    await opensSoon(box)

    daemon = await avahi('raspberrypi')
    await until('the box yields', async () => !(await answersItself()), SOON_MS)
    await opensSoon(box)
    await until('avahi tells it again', () => box.output.split(BY_AVAHI).length === 3)
    assert.doesNotMatch(box.output, /wizyjno-2/)
    assert.doesNotMatch(daemon.output, /conflict/)

    await box.end()
    await until('the name is forgotten', async () => !(await lab.run('alice', 'getent', 'ahostsv4', 'wizyjno.local').catch(() => '')), SOON_MS)
    assert.match(await lab.run('alice', 'getent', 'ahostsv4', 'raspberrypi.local'), /^10\.77\.0\.1/)
  })

  test('tells the name again when the address went and came back', async () => {
    const daemon = await avahi('raspberrypi')
    const box = await start()
    await box.says(BY_AVAHI)
    await opensSoon(box)
    const told = () => daemon.output.split('Registering new address record').length
    const before = told()
    lab.ip('pi', 'address', 'delete', `${lab.address('pi')}/24`, 'dev', 'eth0')
    lab.ip('pi', 'address', 'add', `${lab.address('pi')}/24`, 'dev', 'eth0')
    await until('avahi has the address again', () => told() > before)
    await opensSoon(box)
  })

  test('shares the name when the machine itself is called so, and keeps it', async () => {
    const daemon = await avahi('wizyjno')
    const box = await start()
    await box.says(BY_AVAHI)
    await opensSoon(box)
    await box.end()
    assert.match(await until('avahi answers', () => lab.run('alice', 'getent', 'ahostsv4', 'wizyjno.local')), /^10\.77\.0\.1/)
    assert.doesNotMatch(daemon.output, /conflict/)
  })

  test('tells the names of two boxes on the machine, and one of another box on the network', async () => {
    await avahi('raspberrypi')
    const boxes = [await start(), await start('--https-port', '8443', '--http-port', '8080')]
    for (const box of boxes) await box.says(BY_AVAHI)
    await until('both are listed', async () => (await listed()).join() === 'wizyjno (2) wizyjno.local 8443,wizyjno wizyjno.local 443')
    const third = await startBox(lab, 'alice')
    running.unshift(third)
    await third.says('avahi tells the network of wizyjno-2.local')
  })

  for (const [what, settings] of [
    ['denies the interface of the LAN', 'deny-interfaces=eth0'],
    ['allows another one only', 'allow-interfaces=lo'],
    ['speaks no IPv4', 'use-ipv4=no'],
  ]) {
    test(`that ${what} is noticed, and the box answers beside it`, async () => {
      running.push((await lab.avahi('pi', 'raspberrypi', 'publish-workstation=no', settings)).avahi)
      const box = await start()
      await box.says('avahi does not answer there for wizyjno.local')
      await until('the box answers by itself', answersItself, SOON_MS)
      await opensSoon(box)
      assert.match(box.output, /avahi-daemon\.conf/)
    })
  }

  test('that may not publish for others is not waited for', async () => {
    await avahi('raspberrypi', 'disable-user-service-publishing=yes')
    const box = await start()
    await box.says('so we answer beside it')
    await opensSoon(box)
  })
})
