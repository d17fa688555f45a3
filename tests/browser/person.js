// Somebody at a browser: real Chromium with a fake camera, driven by what is on the screen.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { chromium } from 'playwright-core'
import { costumes, writeMedia } from '../media.js'
import { until } from './until.js'

/** @import { BrowserContext, BrowserContextOptions, Locator, Page } from 'playwright-core' */

const PATIENCE_MS = 30_000

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium'

const QUIET = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--mute-audio'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
  // On a machine without a network there are no other addresses than loopback's.
  '--allow-loopback-in-peer-connection',
]

/**
 * What stands on the desk: a camera and a microphone that may be used, none at all, or such that the person
 * keeps from the page.
 * @typedef {'allowed' | 'missing' | 'denied'} Devices
 */

export class Person {
  /** What the browser wrote to its console, and every error that nobody caught. */
  console = /** @type {string[]} */ ([])
  /** What must not happen on any page: uncaught errors, and attempts that the security policy stopped. */
  faults = /** @type {string[]} */ ([])
  /** Every address that was asked for, over all the tabs. */
  requests = /** @type {string[]} */ ([])

  /**
   * @param {string} name one of the costumes
   * @param {string} home
   * @param {BrowserContext} context
   * @param {Page} page
   */
  constructor(name, home, context, page) {
    this.name = name
    this.home = home
    this.context = context
    this.page = page
  }

  /**
   * A browser of one's own, because all windows of one browser share one fake camera.
   * It trusts the box's authority the way a person's browser does, so that nothing is hidden by a flag.
   * @param {string} name
   * @param {object} options
   * @param {string} options.ca the authority's certificate
   * @param {boolean} [options.trusts] whether it was put among those the browser trusts
   * @param {Devices} [options.devices]
   * @param {string} [options.browser] the program, where another Chromium is wanted or something before it
   * @param {BrowserContextOptions} [options.context] a phone, another language, …
   */
  static async open(name, { ca, trusts = true, devices = 'allowed', browser = CHROMIUM, context: settings = {} }) {
    const costume = costumes[name]
    assert.ok(costume, `nobody has made ${name} a costume`)
    const home = await mkdtemp(join(tmpdir(), `wizyjno-${name}-`))
    const { camera, microphone } = await writeMedia(home, costume)
    if (trusts) await trust(home, ca)
    const context = await chromium.launchPersistentContext(join(home, 'profile'), {
      executablePath: browser,
      headless: true,
      env: { ...process.env, HOME: home },
      timeout: 2 * PATIENCE_MS,
      args: [
        ...QUIET,
        ...(devices === 'missing'
          ? []
          : [
              '--use-fake-device-for-media-stream',
              `--use-file-for-fake-video-capture=${camera}`,
              `--use-file-for-fake-audio-capture=${microphone}`,
            ]),
        ...(devices === 'denied' ? [] : ['--use-fake-ui-for-media-stream']),
      ],
      ...settings,
    })
    context.setDefaultTimeout(PATIENCE_MS)
    const [page] = context.pages()
    const person = new Person(name, home, context, page)
    person.#listenTo(page)
    context.on('page', another => person.#listenTo(another))
    context.on('request', request => person.requests.push(request.url()))
    return person
  }

  /** The same person in a second tab of the same browser. */
  async anotherTab() {
    return new Person(this.name, this.home, this.context, await this.context.newPage())
  }

  async close() {
    await this.context.close()
    await rm(this.home, { recursive: true, force: true })
  }

  // At the start.

  /** Opens the page. @param {{ page: string }} box */
  async visit(box) {
    await this.page.goto(box.page)
  }

  /** Opens the page, says the name, and is in the lobby. @param {{ page: string }} box */
  async enter(box) {
    await this.visit(box)
    await this.nameField.fill(this.name)
    await this.button('Enter').click()
    await this.people.waitFor()
  }

  get nameField() {
    return this.page.getByRole('textbox', { name: 'Your name', exact: true })
  }

  // In the lobby.

  get people() {
    return this.page.getByRole('list', { name: 'People', exact: true })
  }

  /** Somebody's line in the list. @param {string} name */
  inList(name) {
    return this.people.getByRole('listitem').filter({ hasText: name })
  }

  /** @param {string} name */
  async call(name) {
    await this.button(`Call ${name}`).click()
  }

  /** @param {string} name */
  async invite(name) {
    await this.button(`Invite ${name}`).click()
  }

  /** @param {string} name */
  async knockOn(name) {
    await this.button(`Knock on ${name}'s room`).click()
  }

  async cancel() {
    await this.button('Cancel').click()
  }

  // When somebody wants something.

  /** It rings. @param {string} name */
  ringOf(name) {
    return this.page.getByRole('alertdialog', { name: `${name} is calling`, exact: true })
  }

  /** @param {string} name */
  knockOf(name) {
    return this.page.getByRole('alertdialog', { name: `${name} is knocking`, exact: true })
  }

  /** Pricks up the ears: from now on `sounding` knows what plays over and over, as a ring does. */
  async listenForRings() {
    await this.page.evaluate(() => {
      const { start, stop } = AudioBufferSourceNode.prototype
      /** @type {Set<AudioBufferSourceNode>} */
      const playing = new Set()
      AudioBufferSourceNode.prototype.start = function (...when) {
        if (this.loop) playing.add(this)
        start.apply(this, when)
      }
      AudioBufferSourceNode.prototype.stop = function (...when) {
        playing.delete(this)
        stop.apply(this, when)
      }
      Object.assign(window, { playing })
    })
  }

  /** Whether something rings audibly. @returns {Promise<boolean>} */
  async sounding() {
    return this.page.evaluate(() => {
      const playing = /** @type {Set<AudioBufferSourceNode>} */ (Reflect.get(window, 'playing'))
      return [...playing].some(({ context }) => context.state === 'running')
    })
  }

  /** @param {string} name @param {'Accept' | 'Decline' | 'Leave and join' | 'Bring here'} answer */
  async answers(name, answer) {
    await this.ringOf(name).getByRole('button', { name: answer, exact: true }).click()
  }

  /** @param {string} name @param {'Let in' | 'Refuse'} answer */
  async answersKnock(name, answer) {
    await this.knockOf(name).getByRole('button', { name: answer, exact: true }).click()
  }

  /** A sentence that the page tells everybody, those who listen to it too. @param {string | RegExp} sentence */
  async reads(sentence) {
    const status = this.page.getByRole('status').or(this.page.getByRole('alert'))
    await status.filter({ hasText: sentence }).first().waitFor()
  }

  // In a call.

  get room() {
    return this.page.getByRole('region', { name: 'Call', exact: true })
  }

  /** @param {string} name */
  tile(name) {
    return this.room.getByRole('group', { name, exact: true })
  }

  async hangUp() {
    await this.button('Hang up').click()
  }

  /** @param {string} name @param {{ exact?: boolean }} [options] */
  button(name, { exact = true } = {}) {
    return this.page.getByRole('button', { name, exact })
  }

  /** Sees somebody's colour, and that the picture moves. @param {string} name */
  async sees(name) {
    const video = this.tile(name).locator('video')
    const costume = costumes[name === 'You' ? this.name : name]
    const picture = await until(`${this.name} sees the colour of ${name}`, async () => {
      const seen = await look(video)
      if (near(seen.rgb, costume.rgb)) return seen
      throw new Error(`it is rgb ${seen.rgb}`)
    })
    await until(`the picture of ${name} moves at ${this.name}'s`, async () => {
      return (await look(video)).top !== picture.top
    })
  }

  /** Hears somebody's own tone, as it arrives from the network. @param {string} name */
  async hears(name) {
    const { hertz } = costumes[name]
    await until(`${this.name} hears the tone of ${name}`, async () => {
      const heard = await this.loudest(name)
      if (Math.abs(heard.hertz - hertz) < 20 && heard.decibels > -70) return heard
      throw new Error(`it is ${JSON.stringify(heard)}`)
    })
  }

  /** The loudest tone of somebody's sound during a second. @param {string} name */
  async loudest(name) {
    return listen(this.tile(name))
  }

  /** Sees and hears somebody. @param {string} name */
  async seesAndHears(name) {
    await this.sees(name)
    await this.hears(name)
  }

  /** How many pictures of somebody have been shown. @param {string} name @returns {Promise<number>} */
  async framesOf(name) {
    const video = this.tile(name).locator('video')
    return video.evaluate(element => /** @type {HTMLVideoElement} */ (element).getVideoPlaybackQuality().totalVideoFrames)
  }

  /** @param {Page} page */
  #listenTo(page) {
    page.on('pageerror', error => {
      this.console.push(`uncaught: ${error.stack}`)
      this.faults.push(`uncaught: ${error.stack}`)
    })
    page.on('console', message => {
      this.console.push(`${message.type()}: ${message.text()}`)
      if (message.text().includes('Content Security Policy')) this.faults.push(message.text())
    })
    page.on('websocket', socket => this.requests.push(socket.url()))
  }
}

/** Puts the authority where Chromium on Linux looks for those its person trusts. @param {string} home @param {string} ca */
async function trust(home, ca) {
  const run = promisify(execFile)
  const database = join(home, '.pki', 'nssdb')
  await mkdir(database, { recursive: true })
  await run('certutil', ['-d', `sql:${database}`, '-N', '--empty-password'])
  await run('certutil', ['-d', `sql:${database}`, '-A', '-t', 'C,,', '-n', 'the box', '-i', ca])
}

/**
 * The mean colour of the middle of what a video shows, and a fingerprint of its top.
 * @param {Locator} video
 */
function look(video) {
  return video.evaluate(element => {
    const { videoWidth: width, videoHeight: height } = /** @type {HTMLVideoElement} */ (element)
    if (!width) throw new Error('no picture yet')
    const canvas = new OffscreenCanvas(width, height)
    const context = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext('2d', { willReadFrequently: true }))
    context.drawImage(/** @type {HTMLVideoElement} */ (element), 0, 0)
    const middle = context.getImageData(width / 4, height / 2, width / 2, height / 4).data
    const sum = [0, 0, 0]
    for (let i = 0; i < middle.length; i++) if (i % 4 < 3) sum[i % 4] += middle[i]
    const top = context.getImageData(0, 0, width, height / 4).data
    let fingerprint = 0
    for (const byte of top) fingerprint = (Math.imul(fingerprint, 31) + byte) | 0
    return { rgb: sum.map(channel => Math.round(channel / (middle.length / 4))), top: fingerprint }
  })
}

/** Codecs shift colours a little. @param {readonly number[]} seen @param {readonly number[]} wanted */
function near(seen, wanted) {
  return seen.every((channel, i) => Math.abs(channel - wanted[i]) < 40)
}

/** @param {Locator} tile */
function listen(tile) {
  return tile.evaluate(async element => {
    const players = /** @type {NodeListOf<HTMLMediaElement>} */ (element.querySelectorAll('video, audio'))
    const tracks = [...players].flatMap(player => /** @type {MediaStream?} */ (player.srcObject)?.getAudioTracks() ?? [])
    if (!tracks.length) throw new Error('no sound yet')
    const audio = new AudioContext()
    try {
      const analyser = audio.createAnalyser()
      analyser.fftSize = 8192
      audio.createMediaStreamSource(new MediaStream(tracks)).connect(analyser)
      const bins = new Float32Array(analyser.frequencyBinCount)
      let loudest = { hertz: 0, decibels: -Infinity }
      for (let start = performance.now(); performance.now() - start < 1000; ) {
        await new Promise(requestAnimationFrame)
        analyser.getFloatFrequencyData(bins)
        bins.forEach((decibels, bin) => {
          if (decibels > loudest.decibels) loudest = { hertz: (bin * audio.sampleRate) / analyser.fftSize, decibels }
        })
      }
      return loudest
    } finally {
      await audio.close()
    }
  })
}
