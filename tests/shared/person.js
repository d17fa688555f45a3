// Somebody at a real browser with a fake camera, driven by what is on the screen.
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { costumes, foxes } from './media.js'
import { CHROMIUM, FIREFOX, openChromium, openFirefox } from './browsers.js'
import { TIMEOUT_MS, until } from './until.js'

/** @import { BrowserContext, BrowserContextOptions, Locator, Page } from 'playwright-core' */
/** @import { Devices } from './browsers.js' */

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
   * @param {string} name
   * @param {object} options
   * @param {string} options.ca the authority's certificate
   * @param {boolean} [options.trusts] whether it was put among those the browser trusts
   * @param {Devices} [options.devices] Firefox has all of them
   * @param {string} [options.browser] the program, where another one is wanted or something before it
   * @param {string} [options.resolves] a name that leads to the box, besides its address
   * @param {string} [options.home] what `close` has kept of an earlier browser
   * @param {BrowserContextOptions} [options.context] a phone, another language, …
   */
  static async open(name, { ca, trusts = true, devices = 'allowed', browser, resolves, home: kept, context: settings = {} }) {
    const [costume, fox] = [costumes[name], foxes[name]]
    assert.ok(costume ?? fox, `nobody has made ${name} a costume`)
    const home = kept ?? await mkdtemp(join(tmpdir(), `wizyjno-${name}-`))
    const setting = { home, ca: trusts ? ca : null, resolves, context: settings }
    const context = await (fox
      ? openFirefox({ ...setting, ...fox, program: browser ?? FIREFOX })
      : openChromium({ ...setting, costume, devices, program: browser ?? CHROMIUM }))
    context.setDefaultTimeout(TIMEOUT_MS)
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

  /** Returns the folder of the browser, if that is to be kept. @param {{ keep?: boolean }} [how] */
  async close({ keep = false } = {}) {
    await this.context.close()
    if (!keep) await rm(this.home, { recursive: true, force: true })
    return this.home
  }

  // At the start.

  /** Opens the page. @param {{ page: string }} box */
  async visit(box) {
    await this.page.goto(box.page)
  }

  /** Opens the page, says the name, and is in the lobby. @param {{ page: string }} box */
  async enter(box) {
    await this.visit(box)
    // Key by key, because Firefox keeps from the page what is put into the field otherwise.
    await this.nameField.selectText()
    await this.nameField.pressSequentially(this.name)
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

  /** Listens: after it `sounding` knows what plays over and over, as a ring does. */
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
    const who = name === 'You' ? this.name : name
    if (who in foxes) return this.#seesChange(name)
    const costume = costumes[who]
    const picture = await until(`${this.name} sees the colour of ${name}`, async () => {
      const seen = await look(video)
      if (near(seen.rgb, costume.rgb)) return seen
      throw new Error(`it is rgb ${seen.rgb}`)
    })
    await until(`the picture of ${name} moves at ${this.name}'s`, async () => {
      return (await look(video)).top !== picture.top
    })
  }

  /** Nobody else's picture is of another colour every moment. @param {string} name */
  async #seesChange(name) {
    const video = this.tile(name).locator('video')
    const first = await until(`${this.name} sees a picture of ${name}`, () => look(video))
    await until(`${this.name} sees the colour of ${name} change`, async () => !near((await look(video)).rgb, first.rgb))
  }

  /** Hears somebody's own tone, as it arrives from the network. @param {string} name */
  async hears(name) {
    const { hertz } = costumes[name] ?? foxes[name]
    await until(`${this.name} hears the tone of ${name}`, async () => {
      const heard = await this.loudest(name)
      if (Math.abs(heard.hertz - hertz) < 20 && heard.decibels > -70) return heard
      throw new Error(`it is ${JSON.stringify(heard)}`)
    })
  }

  /** The loudest tone of somebody's sound during a second. @param {string} name */
  async loudest(name) {
    return this.name in foxes ? record(this.tile(name)) : listen(this.tile(name))
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

/** The same in a browser that lets no page work with sound on a machine without a sound card. @param {Locator} tile */
function record(tile) {
  return tile.evaluate(async element => {
    const stream = /** @type {MediaStream?} */ (element.querySelector('video')?.srcObject)
    const tracks = stream?.getAudioTracks() ?? []
    if (!tracks.length) throw new Error('no sound yet')
    const recorder = new MediaRecorder(new MediaStream(tracks))
    const recorded = new Promise(resolve => (recorder.ondataavailable = ({ data }) => resolve(data)))
    recorder.start()
    await new Promise(resolve => setTimeout(resolve, 1000))
    recorder.stop()
    const blob = /** @type {Blob} */ (await recorded)
    const sound = await new OfflineAudioContext(1, 1, 8000).decodeAudioData(await blob.arrayBuffer())
    const samples = sound.getChannelData(0)
    let loudest = { hertz: 0, decibels: -Infinity }
    for (let hertz = 100; hertz < 2000; hertz += 10) {
      let [x, y] = [0, 0]
      samples.forEach((sample, n) => {
        const angle = (2 * Math.PI * hertz * n) / sound.sampleRate
        x += sample * Math.cos(angle)
        y += sample * Math.sin(angle)
      })
      const decibels = 20 * Math.log10((2 * Math.hypot(x, y)) / samples.length)
      if (decibels > loudest.decibels) loudest = { hertz, decibels }
    }
    return loudest
  })
}
