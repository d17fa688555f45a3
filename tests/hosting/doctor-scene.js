// One scene for the doctor, in namespaces of its own (doctor.spec.js): a box, what stands before it, and what the doctor says of
// the domain, as JSON.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Box, PROGRAM } from '../shared/box.js'
import { until } from '../shared/until.js'
import { Pebble } from './pebble.js'
import { DOMAIN, Proxy } from './proxies.js'
import { handshake } from './visitor.js'

/** @typedef {{ about: string, weight: string, says: string, mend: string | null }} Finding */

const ADDRESS = '198.51.100.7'
const folder = mkdtempSync(join(tmpdir(), 'wizyjno-doctor-'))
/** Each is ended, the last one first. @type {{ end(): Promise<unknown> }[]} */
const running = []

/** @template {{ end(): Promise<unknown> }} T @param {T} one @returns {T} */
const run = one => {
  running.push(one)
  return one
}

/** @param {Box} box @param {string[]} options @param {string} trusted a file of authorities @returns {Finding[]} */
function doctor(box, options, trusted) {
  const args = ['doctor', '--json', '--state-dir', dirname(box.ready.ca), '--listen', '127.0.0.1', '--no-mdns', ...options]
  const { stdout, stderr } = spawnSync(PROGRAM, args, { encoding: 'utf8', env: { ...process.env, SSL_CERT_FILE: trusted } })
  if (!stdout) throw new Error(stderr)
  /** @type {{ findings: Finding[] }} */
  const { findings } = JSON.parse(stdout)
  return findings.filter(({ about }) => about === 'domain' || about === 'proxy')
}

/** The box ends TLS itself. @param {boolean} certified whether the authority answers */
async function direct(certified) {
  const pebble = run(await Pebble.start({ https: 443, http: 80, away: !certified }))
  const root = await pebble.root()
  const options = ['--domain', DOMAIN, ...pebble.options]
  const box = run(await Box.start(['--listen', ADDRESS, ...options], ['443', '80']))
  if (certified) await until('the certificate is served', async () => (await handshake(box.ready.https, DOMAIN, root)).trusted)
  const trusted = join(folder, 'root.pem')
  writeFileSync(trusted, root)
  return doctor(box, options, trusted)
}

/** @param {import('./proxies.js').Kind} kind @param {string[]} trust @param {string[]} listen */
async function behindProxy(kind, trust, listen) {
  const ports = ['--https-port', '3478', '--http-port', '8080']
  const options = ['--behind-proxy', '--domain', DOMAIN, ...trust]
  const box = run(await Box.start([...listen, ...options], ['3478', '8080']))
  const proxy = run(await Proxy.start(kind, '8080', { address: ADDRESS, ports: [443, 80] }))
  return doctor(box, [...ports, ...options], proxy.ca)
}

/** Another box has the domain's address. */
async function foreign() {
  const options = ['--behind-proxy', '--domain', DOMAIN]
  const box = run(await Box.start(options, ['3478', '8080']))
  const other = run(await Box.start(['--behind-proxy', '--domain', DOMAIN], ['3479', '8081']))
  const proxy = run(await Proxy.start('Caddy', new URL(other.ready.http).port, { address: ADDRESS, ports: [443, 80] }))
  return doctor(box, ['--https-port', '3478', '--http-port', '8080', ...options], proxy.ca)
}

/** @type {Record<string, () => Promise<Finding[]>>} */
const scenes = {
  direct: () => direct(true),
  uncertified: () => direct(false),
  proxied: () => behindProxy('HAProxy', ['--trusted-proxy', '127.0.0.1'], ['--listen', ADDRESS]),
  relayless: () => behindProxy('HAProxy', ['--trusted-proxy', '127.0.0.1', '--no-relay'], []),
  untrusted: () => behindProxy('Caddy', [], []),
  foreign,
}

try {
  const hosts = join(folder, 'hosts')
  writeFileSync(hosts, `127.0.0.1 localhost\n${ADDRESS} ${DOMAIN}\n`)
  execFileSync('mount', ['--bind', hosts, '/etc/hosts'])
  execFileSync('ip', ['link', 'set', 'lo', 'up'])
  execFileSync('ip', ['address', 'add', `${ADDRESS}/32`, 'dev', 'lo'])
  process.stdout.write(JSON.stringify(await scenes[process.argv[2]]()))
} finally {
  for (const one of running.reverse()) await one.end()
  rmSync(folder, { recursive: true, force: true })
}
