// The box on a host of the lab: the real program, as its owner starts it.
import { fileURLToPath } from 'node:url'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { until } from '../browser/until.js'

/** @import { Lab, Running } from './lab.js' */
/** @import { Ready } from '../browser/box.js' */

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** The real program. */
export const PROGRAM = process.env.WIZYJNO_BIN ?? join(process.env.CARGO_TARGET_DIR ?? join(ROOT, 'target'), 'debug/wizyjno')

/** How many have been started, because each has its own keys. */
let boxes = 0

/**
 * @param {Lab} lab
 * @param {string} host
 * @param {string[]} options
 * @returns {Promise<Running & { ready: Ready }>}
 */
export async function startBox(lab, host, ...options) {
  const folder = lab.folder(`box-${++boxes}`)
  const readyFile = join(folder, 'ready.json')
  const files = ['--state-dir', join(folder, 'state'), '--ready-file', readyFile]
  const box = lab.start(host, PROGRAM, ...files, ...options)
  const ready = until('the box serves', () => JSON.parse(readFileSync(readyFile, 'utf8')))
  const ended = box.ended.then(status => {
    throw new Error(`the box ended with status ${status}:\n${box.output}`)
  })
  return Object.assign(box, { ready: await Promise.race([ready, ended]) })
}
