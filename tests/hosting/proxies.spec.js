// The box behind each proxy of hosting/: a call's words, the way back, the PIN and the transport without WebSockets pass;
// what clients write into forwarded headers changes nothing.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Box } from '../shared/box.js'
import { until } from '../shared/until.js'
import { enter, EventsPage, fetchFrom, SocketPage } from './client.js'
import { DOMAIN, kinds, Proxy } from './proxies.js'
import { allocation } from './turn.js'

/** @import { Kind } from './proxies.js' */

/** Only a hang gets here. */
const LONGEST_MS = 2 * 60_000

const PIN = '246813'

/** What a client may write to be taken for another one, each time another. @param {number} n */
const forgery = n => ({
  'x-forwarded-for': `198.51.100.${n}`,
  forwarded: `for=198.51.100.${n};host=evil.example`,
  'x-real-ip': `198.51.100.${n}`,
  'x-forwarded-host': DOMAIN,
})

/** @typedef {(stage: { box: Box, proxy: Proxy, port: number }) => Promise<void>} Story */

/** @param {Kind} kind @param {string} sentence @param {string[]} options of the box @param {Story} story */
function play(kind, sentence, options, story) {
  rehearse(kind, sentence, ['--behind-proxy', ...options], 'http', story)
}

/** @param {Kind} kind @param {string} sentence @param {string[]} options of the box @param {'http' | 'https'} door where the proxy leads to @param {Story} story */
function rehearse(kind, sentence, options, door, story) {
  test(`${kind}: ${sentence}`, { timeout: LONGEST_MS }, async () => {
    const box = await Box.start(['--domain', DOMAIN, '--trusted-proxy', '127.0.0.1', ...options])
    /** @type {Proxy | undefined} */
    let proxy
    try {
      proxy = await Proxy.start(kind, new URL(box.ready[door]).port)
      await story({ box, proxy, port: proxy.port })
    } catch (error) {
      console.error(`the box:\n${box.log}\n${kind}:\n${proxy?.log}`)
      throw error
    } finally {
      await proxy?.end()
      await box.end()
    }
  })
}

/** What the box says of the room once two are in it. @param {SocketPage | EventsPage} page */
async function hearFull(page) {
  for (;;) {
    const told = await page.hear('room')
    if (told.room.members.length === 2) return told
  }
}

/** A wrong PIN, and what is said of it. @param {import('./client.js').Way} way */
async function guess(way) {
  const page = await SocketPage.open(way)
  page.say({ type: 'hello', name: 'Eve', pin: '111111' })
  const { code } = await page.hear('error')
  page.end()
  return code
}

for (const kind of kinds) {
  play(kind, 'two people call, lose the box, and are back where they were', [], async ({ box, port }) => {
    const page = await fetchFrom({ port }, '/')
    assert.equal(page.status, 200)
    assert.match(String(page.headers['content-security-policy']), new RegExp(`wss://${DOMAIN.replaceAll('.', '\\.')}`))
    const [ann, bob] = [await SocketPage.open({ port }), await EventsPage.open({ port, from: '127.0.0.6' })]
    const [annsWelcome, bobsWelcome] = [await enter(ann, 'Ann'), await enter(bob, 'Bob')]
    ann.say({ type: 'invite', to: bobsWelcome.you })
    const ring = await bob.hear('ring')
    await bob.say({ type: 'accept', invitation: ring.invitation })
    const [annsRoom, bobsRoom] = await Promise.all([ann, bob].map(one => hearFull(one)))

    await box.kill()
    await until('both have lost it', () => ann.ended && bob.ended)
    await box.startAgain()
    const [annAgain, bobAgain] = [await SocketPage.open({ port }), await SocketPage.open({ port, from: '127.0.0.6' })]
    annAgain.say({ type: 'hello', name: 'Ann', token: annsRoom.token })
    bobAgain.say({ type: 'hello', name: 'Bob', token: bobsRoom.token })
    for (const [page, welcome] of /** @type {const} */ ([[annAgain, annsWelcome], [bobAgain, bobsWelcome]])) {
      const back = await page.hear('welcome')
      assert.deepEqual([back.you, back.resumed], [welcome.you, true])
      assert.equal((await hearFull(page)).room.id, annsRoom.room.id)
    }
    for (const one of [annAgain, bobAgain]) one.end()
  })

  play(kind, 'the PIN sees the client, whatever it writes into headers', ['--pin', PIN], async ({ box, port }) => {
    for (let n = 1; n <= 4; n++) assert.equal(await guess({ port, headers: forgery(n) }), 'pin_wrong')
    assert.equal(await guess({ port, headers: forgery(5) }), 'pin_wait')
    assert.equal(await guess({ port, from: '127.0.0.7' }), 'pin_wrong', 'another client does not wait')
    const ann = await SocketPage.open({ port, from: '127.0.0.7' })
    await enter(ann, 'Ann', { pin: PIN })
    ann.end()

    // Past the proxy, from an address that is none.
    const direct = { port: Number(new URL(box.ready.http).port), from: '127.0.0.9', tls: false }
    for (let n = 1; n <= 4; n++) assert.equal(await guess({ ...direct, headers: forgery(n) }), 'pin_wrong')
    assert.equal(await guess({ ...direct, headers: forgery(5) }), 'pin_wait')
  })

  play(kind, 'connections are counted by client', ['--connections-per-address', '4'], async ({ port }) => {
    const held = []
    for (let n = 0; n < 4; n++) held.push(await SocketPage.open({ port, headers: forgery(n) }))
    await assert.rejects(SocketPage.open({ port, headers: forgery(9) }))
    held.push(await SocketPage.open({ port, from: '127.0.0.7' }))
    for (const page of held) page.end()
  })

  play(kind, 'what tells of people takes the password', ['--status-password', 'wungel'], async ({ proxy, port }) => {
    const authorization = `Basic ${Buffer.from('owner:wungel').toString('base64')}`
    for (const path of ['/status', '/metrics', '/doctor']) {
      for (const headers of [{}, { 'x-forwarded-for': '127.0.0.1' }, { forwarded: 'for=127.0.0.1' }]) {
        assert.equal((await fetchFrom({ port }, path, { headers })).status, 401, path)
      }
      assert.equal((await fetchFrom({ port }, path, { headers: { authorization } })).status, 200, path)
    }
    const evil = await fetchFrom({ port, headers: { host: DOMAIN, origin: 'https://evil.example' } }, '/events')
    assert.equal(evil.status, 403)
    // Caddy's own redirection is off in tests, where it would take port 80.
    if (kind !== 'Caddy') {
      const plain = await fetchFrom({ port: proxy.plain, tls: false }, '/r/7')
      assert.deepEqual([plain.status, plain.headers.location], [308, `https://${DOMAIN}/r/7`])
    }
  })
}

rehearse('HAProxy that passes TLS on', 'who comes is known, and TURN passes', ['--acme-directory', 'none', '--pin', PIN], 'https', async ({ port }) => {
  for (let n = 1; n <= 4; n++) assert.equal(await guess({ port, headers: forgery(n) }), 'pin_wrong')
  assert.equal(await guess({ port }), 'pin_wait')
  const ann = await SocketPage.open({ port, from: '127.0.0.7' })
  const { turn } = await enter(ann, 'Ann', { pin: PIN })
  assert.deepEqual(await allocation(port, turn), { refused: 401, answered: 0x0103 })
  assert.equal((await allocation(port, { ...turn, credential: 'another' })).answered, 0x0113)
  ann.end()
})
