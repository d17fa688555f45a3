// The box under test: the real binary, with a state folder of its own, on free ports of loopback.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { until } from './until.js'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** What the box writes to its ready file. @typedef {{ https: string, http: string, media_port: number, name: string, ca: string, pid: number }} Ready */

export class Box {
  /** Everything it has printed, over all its lives. */
  log = ''
  /** @type {Ready} */
  ready = /** @type {any} */ (null)
  /** @type {import('node:child_process').ChildProcess | null} */
  #process = null
  #folder
  #options

  /** @param {string} folder @param {readonly string[]} options */
  constructor(folder, options) {
    this.#folder = folder
    this.#options = options
  }

  /** @param {readonly string[]} options further options of the command */
  static async start(options = []) {
    const box = new Box(await mkdtemp(join(tmpdir(), 'wizyjno-box-')), options)
    try {
      await box.#run('0', '0')
    } catch (error) {
      await box.end()
      throw new Error(`the box does not start:\n${box.log}`, { cause: error })
    }
    return box
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
    const { https, http } = this.ready
    await this.#run(new URL(https).port, new URL(http).port)
  }

  /** Ends it, if it lives, and forgets its state. */
  async end() {
    await this.#end('SIGKILL')
    await rm(this.#folder, { recursive: true, force: true })
  }

  /** @param {string} httpsPort @param {string} httpPort */
  async #run(httpsPort, httpPort) {
    const readyFile = join(this.#folder, 'ready.json')
    await rm(readyFile, { force: true })
    const program = spawn(
      binary(),
      [
        ...['--listen', '127.0.0.1', '--https-port', httpsPort, '--http-port', httpPort, '--no-mdns'],
        ...['--state-dir', join(this.#folder, 'state'), '--ready-file', readyFile],
        ...this.#options,
      ],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    )
    this.#process = program
    const die = () => program.kill('SIGKILL')
    process.on('exit', die)
    program.on('exit', () => process.off('exit', die))
    for (const stream of [program.stdout, program.stderr]) {
      stream.on('data', (/** @type {Buffer} */ bytes) => (this.log += bytes))
    }
    /** @type {Error | undefined} */
    let failed
    program.on('error', error => (failed = error))
    this.ready = await until('the box serves', async () => {
      if (failed ?? program.exitCode !== null) return 'ended'
      return readFile(readyFile, 'utf8').then(JSON.parse)
    }).then(ready => {
      if (ready === 'ended') throw failed ?? new Error(`it ended with status ${program.exitCode}`)
      return ready
    })
  }

  /** @param {NodeJS.Signals} signal */
  async #end(signal) {
    const program = this.#process
    this.#process = null
    if (!program?.pid || program.exitCode !== null || program.signalCode !== null) return program?.exitCode
    const ended = once(program, 'exit')
    program.kill(signal)
    const [status] = await ended
    return /** @type {number | null} */ (status)
  }
}

/** @type {string | undefined} */
let built

/** The program: `WIZYJNO_BIN`, or what cargo builds here. */
function binary() {
  built ??= process.env.WIZYJNO_BIN
  if (!built) {
    execFileSync('cargo', ['build', '--quiet', '--bin', 'wizyjno'], { cwd: ROOT, stdio: 'inherit' })
    built = join(process.env.CARGO_TARGET_DIR ?? join(ROOT, 'target'), 'debug', 'wizyjno')
  }
  return built
}
