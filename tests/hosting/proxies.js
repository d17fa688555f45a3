// The proxies of the recipes in hosting/, as ordinary processes on loopback, each with its recipe: only ports, the name and
// the certificate's place are other ones.
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Running } from '../shared/running.js'
import { until } from '../shared/until.js'
import { freePorts } from './ports.js'

const RECIPES = fileURLToPath(new URL('../../hosting/', import.meta.url))

/** By which name people come. */
export const DOMAIN = 'call.example.org'

/**
 * What differs on this machine.
 * @typedef {object} Place
 * @property {string} folder
 * @property {string} address where the proxy listens
 * @property {number} tls where the proxy listens for HTTPS
 * @property {number} plain where for HTTP
 * @property {string} box the port of the box that it leads to
 */

/** Each takes its recipe to this machine, and says with what arguments the program runs. */
const KINDS = {
  nginx: {
    recipe: 'nginx.conf',
    /** @param {string} recipe @param {Place} place */
    configure(recipe, { folder, address, tls, plain, box }) {
      const site = recipe
        .replace(/.*\[::\].*\n/g, '')
        .replace('listen 80;', `listen ${address}:${plain};`)
        .replace('listen 443 ssl', `listen ${address}:${tls} ssl`)
        .replace('127.0.0.1:8080', `127.0.0.1:${box}`)
        .replaceAll(`/etc/letsencrypt/live/${DOMAIN}`, folder)
      const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(kind => `${kind}_temp_path ${folder}/${kind};`)
      const http = ['access_log off;', ...temporary, site].join('\n')
      return `daemon off;\npid ${folder}/pid;\nerror_log stderr;\nevents {}\nhttp {\n${http}\n}\n`
    },
    /** @param {string} file @param {string} folder */
    command: (file, folder) => ['/usr/sbin/nginx', '-p', folder, '-e', 'stderr', '-c', file],
  },
  Caddy: {
    recipe: 'Caddyfile',
    /** @param {string} recipe @param {Place} place */
    configure(recipe, { folder, address, tls, plain, box }) {
      const site = recipe
        .replace(`${DOMAIN} {`, `https://${DOMAIN}:${tls} {\n\tbind ${address}\n\ttls ${folder}/fullchain.pem ${folder}/privkey.pem`)
        .replace('127.0.0.1:8080', `127.0.0.1:${box}`)
      return `{\n\tadmin off\n\thttp_port ${plain}\n\tauto_https disable_redirects\n}\n${site}`
    },
    /** @param {string} file */
    command: file => ['/usr/bin/caddy', 'run', '--adapter', 'caddyfile', '--config', file],
  },
  HAProxy: {
    recipe: 'haproxy.cfg',
    /** @param {string} recipe @param {Place} place */
    configure: (recipe, { folder, address, tls, plain, box }) =>
      recipe
        .replace('bind :80', `bind ${address}:${plain}`)
        .replace('bind :443', `bind ${address}:${tls}`)
        .replace('127.0.0.1:8080', `127.0.0.1:${box}`)
        .replace(`/etc/haproxy/${DOMAIN}.pem`, `${folder}/both.pem`),
    /** @param {string} file */
    command: file => ['/usr/sbin/haproxy', '-db', '-f', file],
  },
  'HAProxy that passes TLS on': {
    recipe: 'haproxy-tls.cfg',
    /** @param {string} recipe @param {Place} place */
    configure: (recipe, { address, tls, plain, box }) =>
      recipe
        .replace('bind :80', `bind ${address}:${plain}`)
        .replace('bind :443', `bind ${address}:${tls}`)
        .replace('127.0.0.1:8443', `127.0.0.1:${box}`),
    /** @param {string} file */
    command: file => ['/usr/sbin/haproxy', '-db', '-f', file],
  },
}

/** @typedef {keyof typeof KINDS} Kind */

/** Those that end TLS. */
export const kinds = /** @type {const} */ (['nginx', 'Caddy', 'HAProxy'])

export class Proxy {
  /** @type {Running | undefined} */
  #running

  /** @param {string} folder @param {string} address @param {number} tls @param {number} plain */
  constructor(folder, address, tls, plain) {
    this.folder = folder
    this.address = address
    this.port = tls
    this.plain = plain
  }

  /**
   * Starts one in front of a box.
   * @param {Kind} kind
   * @param {string} box the port that the proxy leads to
   * @param {{ address: string, ports: number[] }} [place] any ports of loopback unless it says others
   */
  static async start(kind, box, place) {
    const folder = await mkdtemp(join(tmpdir(), `wizyjno-${kind.replaceAll(' ', '-')}-`))
    const address = place?.address ?? '127.0.0.1'
    const [tls, plain] = place?.ports ?? (await freePorts(2))
    const proxy = new Proxy(folder, address, tls, plain)
    const { recipe, configure, command } = KINDS[kind]
    await certificate(folder)
    const file = join(folder, recipe)
    await writeFile(file, configure(await readFile(join(RECIPES, recipe), 'utf8'), { folder, address, tls, plain, box }))
    const [program, ...options] = command(file, folder)
    try {
      await proxy.#run(program, options)
    } catch (error) {
      await proxy.end()
      throw new Error(`${kind} does not start:\n${proxy.log}`, { cause: error })
    }
    return proxy
  }

  /** Everything it has printed. */
  get log() {
    return this.#running?.output ?? ''
  }

  /** The authority of the certificate that it shows. */
  get ca() {
    return join(this.folder, 'ca.pem')
  }

  async end() {
    await this.#running?.end()
    await rm(this.folder, { recursive: true, force: true })
  }

  /** @param {string} program @param {string[]} options */
  async #run(program, options) {
    const env = { PATH: process.env.PATH, HOME: this.folder, XDG_DATA_HOME: this.folder, XDG_CONFIG_HOME: this.folder }
    const child = spawn(program, options, { stdio: ['ignore', 'pipe', 'pipe'], env })
    const die = () => child.kill('SIGTERM') // by which nginx takes its worker along
    process.on('exit', die)
    child.on('exit', () => process.off('exit', die))
    const running = new Running(child)
    this.#running = running
    const ended = running.ended.then(status => {
      throw new Error(`it ended with status ${status}`)
    })
    await Promise.race([until('the proxy listens', () => listens(this.port, this.address)), ended])
    ended.catch(() => {})
  }
}

/** @param {number} port @param {string} address */
async function listens(port, address) {
  const socket = connect(port, address)
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

/**
 * A certificate for the domain with its authority's behind it, its key, as certbot would leave them, and both in one file.
 * @param {string} folder
 */
async function certificate(folder) {
  const [chain, key, ca, caKey] = ['fullchain.pem', 'privkey.pem', 'ca.pem', 'ca-key.pem'].map(name => join(folder, name))
  const kind = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '7']
  const openssl = (/** @type {string[]} */ ...args) => promisify(execFile)('openssl', [...kind, ...args])
  await openssl('-subj', '/CN=an authority', '-addext', 'keyUsage=keyCertSign', '-keyout', caKey, '-out', ca)
  const says = ['-addext', `subjectAltName=DNS:${DOMAIN}`, '-addext', 'basicConstraints=critical,CA:FALSE']
  await openssl('-subj', '/CN=a test', ...says, '-CA', ca, '-CAkey', caKey, '-keyout', key, '-out', chain)
  await appendFile(chain, await readFile(ca))
  await writeFile(join(folder, 'both.pem'), (await readFile(chain, 'utf8')) + (await readFile(key, 'utf8')))
}
