// WebKitGTK's MiniBrowser on a screen of its own, driven by WebDriver (https://www.w3.org/TR/webdriver2/): the nearest thing to
// Safari that Debian has. It has no WebRTC, so what is tried in it needs no media.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { until } from '../shared/until.js'

/** The key under which WebDriver names an element. */
const ELEMENT = 'element-6066-11e4-a52e-4f735466cecf'

/** The driver waits for a page that draws nothing, as for a screenshot, for ever. */
const ANSWER_MS = 20_000

/** Keys that WebDriver calls by a private code point. */
export const KEYS = { tab: '\uE004', enter: '\uE007', escape: '\uE00C' }

/** Where an element is found by what it is called, as it is read to somebody who does not see it. @param {string} tag @param {string} name */
const called = (tag, name) => `//${tag}[normalize-space(.)="${name}" or @aria-label="${name}" or @title="${name}"]`

export class WebKit {
  /** @type {import('node:child_process').ChildProcess[]} */
  #programs = []
  #driver = ''
  #session = ''

  /** @param {string} home */
  constructor(home) {
    this.home = home
  }

  static async open() {
    const webkit = new WebKit(await mkdtemp(join(tmpdir(), 'wizyjno-webkit-')))
    try {
      await webkit.#start()
      return webkit
    } catch (error) {
      await webkit.close()
      throw error
    }
  }

  async #start() {
    // The screen chooses its own number, and says it when it is there.
    const screen = this.#run('Xvfb', ['-displayfd', '3', '-screen', '0', '1400x1000x24', '-nolisten', 'tcp'], {}, ['ignore', 'ignore', 'ignore', 'pipe'])
    const [number] = await once(/** @type {import('node:stream').Readable} */ (screen.stdio[3]), 'data')
    const port = await freePort()
    this.#run('WebKitWebDriver', [`--port=${port}`], {
      HOME: this.home, XDG_RUNTIME_DIR: this.home, DISPLAY: `:${String(number).trim()}`, LANG: 'C.UTF-8', WEBKIT_DISABLE_COMPOSITING_MODE: '1', LIBGL_ALWAYS_SOFTWARE: '1',
    }, ['ignore', 'ignore', 'ignore'])
    this.#driver = `http://127.0.0.1:${port}`
    await until('the driver of WebKit answers', async () => (await fetch(`${this.#driver}/status`)).ok)
    const { sessionId } = await this.#ask('POST', '/session', {
      capabilities: { alwaysMatch: { acceptInsecureCerts: true, 'webkitgtk:browserOptions': { binary: miniBrowser(), args: ['--automation'] } } },
    })
    this.#session = `/session/${sessionId}`
  }

  /**
   * @param {string} program @param {string[]} args @param {Record<string, string>} env
   * @param {import('node:child_process').StdioOptions} stdio
   */
  #run(program, args, env, stdio) {
    const child = spawn(program, args, { env: { ...process.env, ...env }, stdio })
    this.#programs.push(child)
    return child
  }

  async close() {
    if (this.#session) await this.#ask('DELETE', this.#session).catch(() => {})
    for (const program of this.#programs.reverse()) {
      if (program.exitCode !== null || program.signalCode !== null || !program.pid) continue
      const ended = once(program, 'exit')
      program.kill('SIGKILL')
      await ended
    }
    await rm(this.home, { recursive: true, force: true, maxRetries: 3 })
  }

  /** @param {string} method @param {string} path @param {object} [body] @returns {Promise<any>} */
  async #ask(method, path, body) {
    const answer = await fetch(this.#driver + path, { method, signal: AbortSignal.timeout(ANSWER_MS), ...(body && { body: JSON.stringify(body) }) })
      .catch(cause => { throw new Error(`${method} ${path} ${JSON.stringify(body)?.slice(0, 200)}: no answer`, { cause }) })
    const { value } = /** @type {{ value: any }} */ (await answer.json())
    if (!answer.ok) throw new Error(`${method} ${path}: ${value.error}: ${value.message}`)
    return value
  }

  /** @param {string} method @param {string} path @param {object} [body] */
  #say(method, path, body) {
    return this.#ask(method, this.#session + path, body)
  }

  /** @param {string} url */
  visit(url) {
    return this.#say('POST', '/url', { url })
  }

  /** What the page may show. @param {number} width @param {number} height */
  async resize(width, height) {
    // The window has a bar, too, whose height only the page can tell.
    await this.#say('POST', '/window/rect', { width, height })
    await until(`the page is ${width} by ${height}`, async () => {
      const [w, h] = await this.run(() => [innerWidth, innerHeight])
      if (w === width && h === height) return true
      const rect = await this.#say('GET', '/window/rect')
      await this.#say('POST', '/window/rect', { width: rect.width + width - w, height: rect.height + height - h })
      throw new Error(`${w} by ${h}`)
    })
  }

  /** Runs a function in the page. @template T @param {(...args: any[]) => T} what @param {unknown[]} args @returns {Promise<Awaited<T>>} */
  run(what, ...args) {
    return this.#say('POST', '/execute/sync', { script: `return (${what})(...arguments)`, args })
  }

  /** Waits for an element. @param {string} xpath */
  async find(xpath) {
    const found = await until(`WebKit shows ${xpath}`, () => this.#say('POST', '/element', { using: 'xpath', value: xpath }))
    return /** @type {string} */ (found[ELEMENT])
  }

  /** @param {string} xpath */
  async count(xpath) {
    return (await this.#say('POST', '/elements', { using: 'xpath', value: xpath })).length
  }

  /** @param {string} name */
  button(name) {
    return this.find(called('button', name))
  }

  /** Presses a button or follows a link. @param {string} name @param {'button' | 'a'} [tag] */
  async press(name, tag = 'button') {
    // What comes in the same moment may lie over it or take its place for a frame.
    await until(`${name} can be pressed`, async () => {
      await this.#say('POST', `/element/${await this.find(called(tag, name))}/click`, {})
      return true
    })
  }

  /** @param {string} text one after the other, on whatever has the focus */
  async type(text) {
    const actions = [...text].flatMap(value => [{ type: 'keyDown', value }, { type: 'keyUp', value }])
    await this.#say('POST', '/actions', { actions: [{ type: 'key', id: 'keys', actions }] })
  }

  /** A sentence that stands somewhere. @param {string} sentence */
  async reads(sentence) {
    await until(`WebKit reads ${sentence}`, () => this.run(text => document.body.innerText.includes(text), sentence))
  }

  /** What has the focus is called so. */
  focused() {
    return this.run(() => {
      const it = document.activeElement
      return it?.getAttribute('aria-label') || /** @type {HTMLInputElement | null} */ (it)?.labels?.[0]?.textContent || it?.textContent || ''
    })
  }

  /** @param {string} name */
  async tabTo(name) {
    for (let pressed = 0; pressed < 60; pressed++) {
      if ((await this.focused()) === name) return
      await this.type(KEYS.tab)
    }
    assert.fail(`${name} cannot be reached with Tab`)
  }

  /** PNG. @returns {Promise<Buffer>} */
  async screenshot() {
    return Buffer.from(await this.#say('GET', '/screenshot'), 'base64')
  }
}

function miniBrowser() {
  for (const folder of readdirSync('/usr/lib')) {
    for (const version of ['4.1', '4.0', '6.0']) {
      const at = `/usr/lib/${folder}/webkit2gtk-${version}`
      try {
        if (readdirSync(at).includes('MiniBrowser')) return `${at}/MiniBrowser`
      } catch {
        // another architecture's, or none
      }
    }
  }
  throw new Error('there is no MiniBrowser: install webkit2gtk-driver')
}

/** @returns {Promise<number>} */
async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
  server.close()
  await once(server, 'close')
  return port
}
