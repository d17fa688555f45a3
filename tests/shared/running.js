// A program that a test has started: what it prints, and how it ends.
import { until } from './until.js'

export class Running {
  /** Everything it has printed. */
  output = ''
  /** @type {Promise<number | null>} its exit status, or null after a signal */
  ended

  /** @param {import('node:child_process').ChildProcessByStdio<null, import('node:stream').Readable, import('node:stream').Readable>} child */
  constructor(child) {
    this.child = child
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (/** @type {string} */ text) => (this.output += text))
    }
    this.ended = new Promise((resolve, reject) => child.once('exit', resolve).once('error', reject))
  }

  /** Waits until it has printed something. @param {string} text */
  async says(text) {
    await until(`it says ${text}`, () => this.output.includes(text))
  }

  /** @param {NodeJS.Signals} signal */
  async end(signal = 'SIGTERM') {
    this.child.kill(signal)
    return this.ended
  }
}
