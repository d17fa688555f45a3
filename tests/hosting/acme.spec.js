// A box on the internet has its certificate by ACME (RFC 8555), whatever goes wrong on the way.
import assert from 'node:assert/strict'
import { readdir, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { Box } from '../shared/box.js'
import { until } from '../shared/until.js'
import { Pebble, selfSigned } from './pebble.js'
import { freePorts } from './ports.js'
import { Session, handshake, plain } from './visitor.js'

const DOMAIN = 'call.example.org'
/** From the start of the box until the certificate is served. */
const AT_MOST_MS = 5000
/** Longer than all the waits; only a hang gets here. */
const LONGEST_MS = 2 * 60_000

/**
 * @typedef {object} Stage
 * @property {Pebble} pebble
 * @property {Box} box
 * @property {(name?: string) => ReturnType<typeof handshake>} visit shakes hands as one who trusts that authority alone
 * @property {() => number} sinceStart milliseconds
 */

/**
 * @param {string} sentence what is true
 * @param {object} setting
 * @param {number} [setting.refusedNonces] percent
 * @param {boolean} [setting.away] whether the authority is out of reach at first
 * @param {boolean} [setting.noHandshake] whether the authority does not get through to the HTTPS port
 * @param {string} [setting.domain]
 * @param {(stage: Stage) => Promise<void>} story
 */
function play(sentence, { refusedNonces, away, noHandshake, domain = DOMAIN }, story) {
  test(sentence, { timeout: LONGEST_MS }, async () => {
    const [https, http, nobody] = await freePorts(3)
    const pebble = await Pebble.start({ https: noHandshake ? nobody : https, http, refusedNonces, away })
    /** @type {Box | undefined} */
    let box
    try {
      const root = await pebble.root()
      const start = performance.now()
      box = await Box.start(['--domain', domain, ...pebble.options], [String(https), String(http)])
      const { ready } = box
      await story({
        pebble,
        box,
        visit: name => handshake(ready.https, name, root),
        sinceStart: () => performance.now() - start,
      })
    } catch (error) {
      throw new Error(`${box?.log ?? ''}\n${pebble.log}`, { cause: error })
    } finally {
      await box?.end()
      await pebble.end()
    }
  })
}

/** @param {Stage} stage @param {string} [name] */
async function certified({ visit, sinceStart }, name) {
  await until('the certificate is served', async () => (await visit(name)).trusted)
  const took = sinceStart()
  assert.ok(took <= AT_MOST_MS, `${took} ms`)
}

play('a box with a domain has its certificate within five seconds, and keeps it', {}, async stage => {
  const { box, pebble, visit } = stage
  await certified(stage, DOMAIN)
  assert.equal((await visit('localhost')).trusted, false, 'for other names the own authority vouches')
  const own = await handshake(box.ready.https, 'wizyjno.local', readFileSync(box.ready.ca))
  assert.equal(own.trusted, true)

  const state = dirname(box.ready.ca)
  const kept = (await readdir(state)).filter(file => file.startsWith('acme-')).sort()
  assert.deepEqual(kept, ['acme-account.json', `acme-${DOMAIN}.pem`, 'acme-orders'])
  for (const file of kept) assert.equal((await stat(join(state, file))).mode & 0o777, 0o600, file)

  const before = await visit(DOMAIN)
  await box.stop()
  const asked = pebble.asked
  await box.startAgain()
  assert.deepEqual(await visit(DOMAIN), before, 'a restart serves it at once')
  await until('it has asked when to renew', () => pebble.asked > asked)
  assert.equal(box.log.match(/a certificate of the authority is served/g)?.length, 1, 'and orders none')
})

play('a sixth of all nonces may be refused', { refusedNonces: 15 }, async stage => {
  await certified(stage, DOMAIN)
})

play('where the handshake of the authority does not get through, it finds a file on the plain port', { noHandshake: true }, async stage => {
  await certified(stage, DOMAIN)
  assert.match(stage.box.log, /no certificate of the authority.* method=TlsAlpn/)
})

play('an address gets a certificate, too, and who comes by address sees it', { domain: '127.0.0.1' }, async stage => {
  await certified(stage)
  const { status, location } = await plain(stage.box.ready.http, '127.0.0.1', '/')
  assert.deepEqual([status, location], [308, 'https://127.0.0.1/'])
})

play('an authority that is out of reach delays nothing: the own one vouches', { away: true }, async stage => {
  const { box, pebble, visit } = stage
  await until('the authority is asked', () => pebble.asked > 0)
  const session = await Session.open(box.ready.https, DOMAIN, 'Ann')
  assert.match((await visit(DOMAIN)).issuer, /^Wizyjno Godka/)
  assert.deepEqual(await plain(box.ready.http, DOMAIN, '/ca.crt'), { status: 308, location: `https://${DOMAIN}/ca.crt` })
  assert.equal((await plain(box.ready.http, DOMAIN, '/.well-known/acme-challenge/x')).status, 404)
  assert.equal((await plain(box.ready.http, 'wizyjno.local', '/ca.crt')).status, 200)
  pebble.comesBack()
  await until('the certificate is served', async () => (await visit(DOMAIN)).trusted)
  session.says({ type: 'ping' })
  await session.hears('"type":"pong"')
  session.end()
})

play('a certificate is renewed under an open session, which notices nothing', { away: true }, async stage => {
  const { box, pebble, visit } = stage
  await until('the authority is asked', () => pebble.asked > 0)
  await box.stop()
  // Past two thirds of its life.
  const old = join(dirname(box.ready.ca), `acme-${DOMAIN}.pem`)
  selfSigned(DOMAIN, `${old}.crt`, `${old}.key`, { age: 80 })
  const pem = readFileSync(`${old}.key`, 'utf8') + readFileSync(`${old}.crt`, 'utf8')
  await writeFile(old, pem, { mode: 0o600 })
  await box.startAgain()
  const session = await Session.open(box.ready.https, DOMAIN, 'Ann')
  const before = await visit(DOMAIN)
  assert.equal(before.issuer, DOMAIN)

  pebble.comesBack()
  await until('the new certificate is served', async () => (await visit(DOMAIN)).trusted)
  assert.notEqual((await visit(DOMAIN)).fingerprint, before.fingerprint)
  session.says({ type: 'ping' })
  await session.hears('"type":"pong"')
  assert.equal(session.ended, false)
  session.end()
})
