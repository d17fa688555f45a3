// `wizyjno doctor` of a box on the internet: in namespaces where the domain leads to this machine, and ports are the usual ones.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { build } from '../shared/box.js'

/** @import { Finding } from './doctor-scene.js' */

const SCENE = fileURLToPath(new URL('doctor-scene.js', import.meta.url))
/** Only a hang gets here. */
const LONGEST_MS = 60_000

/** What the doctor says in that scene beyond what is good of the domain. @param {string} scene @returns {Promise<Finding[]>} */
async function examine(scene) {
  build()
  const namespaces = ['--map-root-user', '--net', '--mount', '--kill-child']
  const { stdout } = await promisify(execFile)('unshare', [...namespaces, process.execPath, SCENE, scene], { timeout: LONGEST_MS })
  return JSON.parse(stdout)
}

/** @param {Finding[]} findings @returns {string[]} */
const told = findings => findings.map(({ about, weight, says }) => `${about} ${weight}: ${says}`)

test('a box with a certificate of an ACME authority is found by its domain', async () => {
  const findings = told(await examine('direct'))
  assert.equal(findings.length, 1, findings.join('\n'))
  assert.match(findings[0], /^domain good: call\.example\.org leads here by 198\.51\.100\.7, .* for \d+ more days\.$/)
})

test('without a certificate for the domain that is the fault', async () => {
  const findings = told(await examine('uncertified'))
  assert.deepEqual(findings, ['domain fault: For call.example.org there is no certificate yet that browsers trust.'])
})

test('another server at the end of the domain is told from the box', async () => {
  const findings = told(await examine('foreign'))
  assert.deepEqual(findings, ['domain fault: call.example.org leads to 198.51.100.7, where another server answers.'])
})

test('behind a proxy its certificate and what it tells of clients are looked at', async () => {
  const findings = told(await examine('proxied'))
  assert.equal(findings.length, 1, findings.join('\n'))
  assert.match(findings[0], /^domain good: call\.example\.org leads here by 198\.51\.100\.7/)
})

test('a box without a relay misses no port of media', async () => {
  const findings = told(await examine('relayless'))
  assert.equal(findings.length, 1, findings.join('\n'))
  assert.match(findings[0], /^domain good: /)
})

test('a proxy that is not trusted is named, and media that does not come in', async () => {
  const findings = told(await examine('untrusted'))
  assert.match(findings[0], /^domain good: /)
  // Caddy of these tests leads nobody on from port 80.
  assert.deepEqual(findings.slice(1).sort(), [
    'domain fault: Media cannot come to 198.51.100.7 at TCP port 3478.',
    'domain fault: Media cannot come to 198.51.100.7 at UDP port 3478.',
    'domain hint: Port 80 is closed at 198.51.100.7, so who types http://call.example.org does not come.',
    'proxy fault: By call.example.org everybody comes from 127.0.0.1, a proxy that is not trusted, and counts as one.',
  ])
})
