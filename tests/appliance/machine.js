// A Debian machine of its own with a real systemd as its first process: a container of systemd-nspawn, whose
// network is that of a host of the lab. Run ./prepare first; needs root.
import { execFile, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { until } from '../shared/until.js'

const TEMPLATE = fileURLToPath(new URL('../../target/appliance/root', import.meta.url))
const ENVIRONMENT = ['env', '-i', 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'HOME=/root', 'LANG=C.UTF-8']

/** How a command ended. @typedef {{ status: number, output: string }} Outcome */

export class Machine {
  #folder = mkdtempSync(join(tmpdir(), 'wizyjno-machine-'))
  #network
  /** @type {import('node:child_process').ChildProcess | null} */
  #container = null

  /** @param {string} network path of a network namespace */
  constructor(network) {
    this.#network = network
    execFileSync('cp', ['--archive', '--reflink=auto', TEMPLATE, this.#root])
    process.on('exit', () => {
      this.#container?.kill('SIGKILL')
      rmSync(this.#folder, { recursive: true, force: true })
    })
  }

  get #root() {
    return join(this.#folder, 'root')
  }

  /** Switches it on, and waits until systemd has started everything. */
  async boot() {
    const options = ['--register=no', '--keep-unit', '--console=pipe', `--network-namespace-path=${this.#network}`, '--boot']
    this.#container = spawn('systemd-nspawn', ['-D', this.#root, ...options], { stdio: 'ignore' })
    await until('the machine runs', async () =>
      ['running\n', 'degraded\n'].includes((await this.try('systemctl', 'is-system-running')).output),
    )
  }

  /** Shuts it down in good order, and switches it on again. */
  async reboot() {
    const off = once(/** @type {import('node:child_process').ChildProcess} */ (this.#container), 'exit')
    await this.try('systemctl', 'reboot')
    await off
    await this.boot()
  }

  /** Pulls the plug. */
  async cutPower() {
    if (!this.#container || this.#container.exitCode !== null || this.#container.signalCode !== null) return
    const off = once(this.#container, 'exit')
    process.kill(this.#init, 'SIGKILL')
    await off
  }

  /** Puts a file on its disk. @param {string} from @param {string} to */
  copy(from, to) {
    cpSync(from, join(this.#root, to))
  }

  /** Where a file of it is on this machine. @param {string} path */
  path(path) {
    return join(this.#root, path)
  }

  /** Runs a command as its root, to its end, and returns what it printed. @param {string[]} command */
  async run(...command) {
    const { status, output } = await this.try(...command)
    if (status !== 0) throw new Error(`${command.join(' ')} ended with status ${status}:\n${output}`)
    return output
  }

  /** The same, also when it fails. @param {string[]} command @returns {Promise<Outcome>} */
  async try(...command) {
    const enter = ['--target', String(this.#init), '--mount', '--uts', '--ipc', '--net', '--pid', '--root', '--wd', '--']
    return new Promise(resolve => {
      execFile('nsenter', [...enter, ...ENVIRONMENT, ...command], { timeout: 60_000 }, (error, stdout, stderr) => {
        const status = typeof error?.code === 'number' ? error.code : error ? -1 : 0
        resolve({ status, output: stdout + stderr })
      })
    })
  }

  /** A program's first process, as this machine numbers it. @param {string} name */
  process(name) {
    const init = String(this.#init)
    const found = execFileSync('pgrep', ['--ns', init, '--nslist', 'pid', '--exact', name], { encoding: 'utf8' })
    return Number(found.split('\n')[0])
  }

  /** One property of a unit. @param {string} name */
  async property(name, unit = 'wizyjno.service') {
    return (await this.run('systemctl', 'show', '--value', `--property=${name}`, unit)).trim()
  }

  /** Its first process, as this machine numbers it. */
  get #init() {
    const pid = this.#container?.pid
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()
    if (!children) throw new Error('the container has no first process')
    return Number(children.split(' ')[0])
  }
}
