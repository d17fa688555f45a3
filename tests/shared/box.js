// The box under test: the real binary, with a state folder of its own, on free ports of loopback.
import { execFileSync, spawn } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Running } from './running.js'
import { until } from './until.js'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** The real program: `WIZYJNO_BIN`, or what cargo builds here. */
export const PROGRAM = process.env.WIZYJNO_BIN ?? join(process.env.CARGO_TARGET_DIR ?? join(ROOT, 'target'), 'debug/wizyjno')

/** What the box writes to its ready file. @typedef {{ https: string, http: string, media_port: number, name: string, ca: string, pid: number }} Ready */

/**
 * Starts the program with its files in that folder, and waits until it serves.
 * @param {(...command: string[]) => Running} start
 * @param {string} folder
 * @param {readonly string[]} options
 * @returns {Promise<Running & { ready: Ready }>}
 */
export async function serve(start, folder, options) {
  const readyFile = join(folder, 'ready.json')
  rmSync(readyFile, { force: true })
  const box = start(PROGRAM, '--state-dir', join(folder, 'state'), '--ready-file', readyFile, ...options)
  const ready = until('the box serves', () => JSON.parse(readFileSync(readyFile, 'utf8')))
  const ended = box.ended.then(status => {
    throw new Error(`the box ended with status ${status}:\n${box.output}`)
  })
  return Object.assign(box, { ready: await Promise.race([ready, ended]) })
}

export class Box {
  /** @type {Ready} */
  ready = /** @type {any} */ (null)
  /** Its processes; the last may live. @type {Running[]} */
  #lives = []
  #folder
  #options

  /** @param {string} folder @param {readonly string[]} options */
  constructor(folder, options) {
    this.#folder = folder
    this.#options = options
  }

  /**
   * @param {readonly string[]} options further options of the command
   * @param {readonly [https: string, http: string]} ports nought: any
   */
  static async start(options = [], [https, http] = ['0', '0']) {
    build()
    const box = new Box(await mkdtemp(join(tmpdir(), 'wizyjno-box-')), options)
    try {
      await box.#run(https, http)
    } catch (error) {
      await box.end()
      throw error
    }
    return box
  }

  /** Everything it has printed, over all its lives. */
  get log() {
    return this.#lives.map(({ output }) => output).join('')
  }

  /** Where the page is, in English. */
  get page() {
    return `${this.ready.https}/?lang=en`
  }

  /** A power cut. */
  async kill() {
    await this.#end('SIGKILL')
  }

  /** A graceful end. Returns the exit status. */
  async stop() {
    return this.#end('SIGTERM')
  }

  /** Starts it once more, where it was: same ports, same state. */
  async startAgain() {
    // Behind a proxy there is no port of HTTPS.
    const [https, http] = [this.ready.https, this.ready.http].map(url => (url ? new URL(url).port : '0'))
    await this.#run(https, http)
  }

  /** Ends it, if it lives, and forgets its state. */
  async end() {
    await this.#end('SIGKILL')
    await rm(this.#folder, { recursive: true, force: true })
  }

  /** @param {string} httpsPort @param {string} httpPort */
  async #run(httpsPort, httpPort) {
    const ports = ['--listen', '127.0.0.1', '--https-port', httpsPort, '--http-port', httpPort, '--no-mdns']
    const { ready } = await serve((program, ...args) => {
      const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] })
      const die = () => child.kill('SIGKILL')
      process.on('exit', die)
      child.on('exit', () => process.off('exit', die))
      const life = new Running(child)
      this.#lives.push(life)
      return life
    }, this.#folder, [...ports, ...this.#options])
    this.ready = ready
  }

  /** @param {NodeJS.Signals} signal */
  async #end(signal) {
    return this.#lives.at(-1)?.end(signal)
  }
}

let built = 'WIZYJNO_BIN' in process.env

/** Has cargo build the program, once. */
export function build() {
  if (!built) execFileSync('cargo', ['build', '--quiet', '--bin', 'wizyjno'], { cwd: ROOT, stdio: 'inherit' })
  built = true
}
