// Debian's Firefox driven by Marionette (https://firefox-source-docs.mozilla.org/testing/marionette/Protocol.html), which
// reaches what no page and no WebDriver does: the browser's own settings and dialogs.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { FIREFOX } from '../shared/browsers.js'
import { until } from '../shared/until.js'

export class Firefox {
  #asked = 0
  /** @type {Map<number, (answer: [unknown, unknown]) => void>} */
  #waiting = new Map()

  /** @param {import('node:child_process').ChildProcess} program @param {import('node:net').Socket} socket */
  constructor(program, socket) {
    this.program = program
    this.socket = socket
    let bytes = Buffer.alloc(0)
    socket.on('data', more => {
      bytes = Buffer.concat([bytes, more])
      for (;;) {
        const colon = bytes.indexOf(':')
        const end = colon + 1 + Number(bytes.subarray(0, Math.max(colon, 0)))
        if (colon < 0 || bytes.length < end) return
        const message = JSON.parse(bytes.subarray(colon + 1, end).toString())
        bytes = bytes.subarray(end)
        // The first one is what the browser says of itself.
        if (Array.isArray(message)) this.#waiting.get(message[1])?.([message[2], message[3]])
      }
    })
  }

  /** @param {string} home what the browser keeps, over several starts @param {Record<string, string | number | boolean>} settings */
  static async open(home, settings) {
    const profile = join(home, 'profile')
    await mkdir(profile, { recursive: true })
    // It writes there which port it has taken.
    const port = join(profile, 'MarionetteActivePort')
    await rm(port, { force: true })
    const lines = Object.entries({ 'marionette.port': 0, ...settings }).map(([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});`)
    await writeFile(join(profile, 'user.js'), lines.join('\n'))
    const program = spawn(FIREFOX, ['--headless', '--no-remote', '--profile', profile, '--marionette', '--remote-allow-system-access'], {
      env: { ...process.env, HOME: home }, stdio: 'ignore',
    })
    try {
      const socket = await until('Firefox may be driven', async () => {
        const attempt = connect(Number(await readFile(port, 'utf8')), '127.0.0.1')
        await once(attempt, 'connect')
        return attempt
      })
      const firefox = new Firefox(program, socket)
      await firefox.#ask('WebDriver:NewSession', { capabilities: { alwaysMatch: { acceptInsecureCerts: false } } })
      return firefox
    } catch (error) {
      program.kill('SIGKILL')
      throw error
    }
  }

  async close() {
    const ended = once(this.program, 'exit')
    await this.#ask('Marionette:Quit', { flags: ['eAttemptQuit'] })
    await ended
    this.socket.destroy()
  }

  kill() {
    this.socket.destroy()
    this.program.kill('SIGKILL')
  }

  /** @param {string} command @param {object} parameters @returns {Promise<any>} */
  async #ask(command, parameters) {
    const id = ++this.#asked
    const answered = new Promise(resolve => this.#waiting.set(id, resolve))
    const text = JSON.stringify([0, id, command, parameters])
    this.socket.write(`${Buffer.byteLength(text)}:${text}`)
    const [error, value] = await answered
    this.#waiting.delete(id)
    if (error) throw new Error(`${command}: ${error.message}`)
    return value
  }

  /** @param {string} url */
  visit(url) {
    return this.#ask('WebDriver:Navigate', { url })
  }

  /** Runs a function in the page. @template T @param {(...args: any[]) => T} what @param {unknown[]} args @returns {Promise<Awaited<T>>} */
  page(what, ...args) {
    return this.#run('content', what, args)
  }

  /** Runs a function in the browser itself. @template T @param {(...args: any[]) => T} what @param {unknown[]} args @returns {Promise<Awaited<T>>} */
  browser(what, ...args) {
    return this.#run('chrome', what, args)
  }

  /** @param {'content' | 'chrome'} context @param {Function} what @param {unknown[]} args */
  async #run(context, what, args) {
    await this.#ask('Marionette:SetContext', { value: context })
    return (await this.#ask('WebDriver:ExecuteScript', { script: `return (${what})(...arguments)`, args })).value
  }
}
