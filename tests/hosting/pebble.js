// An ACME authority for tests, Debian's pebble, with the DNS that it asks; ordinary processes on loopback.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { get } from 'node:https'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Running } from '../shared/running.js'
import { until } from '../shared/until.js'
import { freePorts } from './ports.js'

/** @import { AddressInfo, Server, Socket } from 'node:net' */

export class Pebble {
  #folder
  #ports
  #gate = new Gate()
  /** @type {Running[]} */
  #programs = []

  /** @param {string} folder @param {number[]} ports */
  constructor(folder, ports) {
    this.#folder = folder
    this.#ports = ports
  }

  /**
   * @param {object} setting
   * @param {number} setting.https where it looks for the box's handshake
   * @param {number} setting.http where it looks for the box's file
   * @param {number} [setting.refusedNonces] percent of them
   * @param {boolean} [setting.away] nobody answers until `comesBack`
   */
  static async start({ https, http, refusedNonces = 0, away = false }) {
    const pebble = new Pebble(await mkdtemp(join(tmpdir(), 'wizyjno-pebble-')), await freePorts(4))
    try {
      await pebble.#run(https, http, refusedNonces)
    } catch (error) {
      await pebble.end()
      throw new Error(`pebble does not start:\n${pebble.log}`, { cause: error })
    }
    if (!away) pebble.comesBack()
    return pebble
  }

  /** Everything it has printed. */
  get log() {
    return this.#programs.map(({ output }) => output).join('')
  }

  /** Options with which a box asks it. */
  get options() {
    return ['--acme-directory', `https://127.0.0.1:${this.#gate.port}/dir`, '--acme-root', this.#certificate]
  }

  /** How many connections to it were begun. */
  get asked() {
    return this.#gate.connections
  }

  /** Those who have waited are answered, too. */
  comesBack() {
    this.#gate.open(this.#ports[0])
  }

  /** The certificate of the authority that signs, PEM: another one after each start. */
  async root() {
    const [, management] = this.#ports
    const ca = await readFile(this.#certificate)
    return new Promise((resolve, reject) => {
      get({ host: '127.0.0.1', port: management, path: '/roots/0', ca }, response => {
        let text = ''
        response.on('data', bytes => (text += bytes)).on('end', () => resolve(text))
      }).on('error', reject)
    })
  }

  async end() {
    await Promise.allSettled(this.#programs.map(program => program.end('SIGKILL')))
    this.#gate.close()
    await rm(this.#folder, { recursive: true, force: true })
  }

  get #certificate() {
    return join(this.#folder, 'pebble.crt')
  }

  /** @param {number} https @param {number} http @param {number} refusedNonces */
  async #run(https, http, refusedNonces) {
    await this.#gate.listen()
    const [directory, management, dns, dnsManagement] = this.#ports
    const key = join(this.#folder, 'pebble.key')
    selfSigned('localhost', this.#certificate, key, { others: ['IP:127.0.0.1'] })
    const settings = {
      listenAddress: `127.0.0.1:${directory}`,
      managementListenAddress: `127.0.0.1:${management}`,
      certificate: this.#certificate,
      privateKey: key,
      httpPort: http,
      tlsPort: https,
    }
    const file = join(this.#folder, 'pebble.json')
    await writeFile(file, JSON.stringify({ pebble: settings }))
    const names = [['-dns01', `127.0.0.1:${dns}`], ['-management', `127.0.0.1:${dnsManagement}`], ['-defaultIPv6', '']]
    const off = ['-http01', '-https01', '-tlsalpn01'].flatMap(option => [option, ''])
    this.#start('pebble-challtestsrv', [...names.flat(), ...off])
    this.#start('pebble', ['-config', file, '-strict', '-dnsserver', `127.0.0.1:${dns}`], {
      PEBBLE_VA_NOSLEEP: '1',
      PEBBLE_WFE_NONCEREJECT: String(refusedNonces),
    })
    const ended = this.#programs.map(async program => {
      throw new Error(`it ended with status ${await program.ended}`)
    })
    await Promise.race([until('pebble answers', () => this.root()), ...ended])
  }

  /** @param {string} program @param {string[]} options @param {Record<string, string>} [variables] */
  #start(program, options, variables = {}) {
    const child = spawn(program, options, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...variables } })
    const die = () => child.kill('SIGKILL')
    process.on('exit', die)
    child.on('exit', () => process.off('exit', die))
    this.#programs.push(new Running(child))
  }
}

/**
 * A certificate that is its own authority, valid for 90 days, and its key, by OpenSSL.
 * @param {string} name @param {string} certificate @param {string} key
 * @param {object} [more]
 * @param {string[]} [more.others] more alternative names
 * @param {number} [more.age] days since it was made
 */
export function selfSigned(name, certificate, key, { others = [], age = 0 } = {}) {
  const names = [`DNS:${name}`, ...others].join()
  const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '90']
  const says = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=${names}`, '-addext', 'basicConstraints=critical,CA:FALSE']
  const clock = age ? { LD_PRELOAD: libfaketime(), FAKETIME: `-${age}d` } : {}
  const env = { ...process.env, ...clock }
  execFileSync('openssl', [...request, ...says, '-keyout', key, '-out', certificate], { stdio: 'pipe', env })
}

/** Shows programs another time. */
function libfaketime() {
  const files = readdirSync('/usr/lib').map(folder => join('/usr/lib', folder, 'faketime/libfaketime.so.1'))
  const file = files.find(existsSync)
  if (!file) throw new Error('libfaketime is not installed')
  return file
}

/** Takes connections and lets them wait until it is opened: an authority that is out of reach. */
class Gate {
  connections = 0
  /** @type {Socket[]} */
  #waiting = []
  /** @type {Set<Socket>} */
  #open = new Set()
  /** @type {number | null} */
  #target = null
  /** @type {Server} */
  #server = createServer(socket => {
    this.connections++
    this.#keep(socket)
    if (this.#target === null) this.#waiting.push(socket)
    else this.#join(socket, this.#target)
  })

  get port() {
    return /** @type {AddressInfo} */ (this.#server.address()).port
  }

  async listen() {
    await once(this.#server.listen(0, '127.0.0.1'), 'listening')
  }

  /** @param {number} target */
  open(target) {
    this.#target = target
    for (const socket of this.#waiting.splice(0)) this.#join(socket, target)
  }

  close() {
    this.#server.close()
    for (const socket of this.#open) socket.destroy()
  }

  /** @param {Socket} socket @param {number} port */
  #join(socket, port) {
    const other = this.#keep(connect(port, '127.0.0.1'))
    socket.pipe(other).pipe(socket)
    socket.on('close', () => other.destroy())
    other.on('close', () => socket.destroy())
  }

  /** @param {Socket} socket */
  #keep(socket) {
    this.#open.add(socket)
    socket.on('error', () => socket.destroy()).on('close', () => this.#open.delete(socket))
    return socket
  }
}
