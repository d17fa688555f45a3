// A play on this machine: the box and all browsers on loopback.
import { Box } from '../shared/box.js'
import { Person } from '../shared/person.js'
import { stage } from '../shared/play.js'

/** @typedef {import('../shared/play.js').Stage & { box: Box }} Stage */

/**
 * @param {string} sentence what is true
 * @param {(stage: Stage) => Promise<void>} story
 * @param {{ box?: readonly string[] }} [setting] options for the box
 */
export function play(sentence, story, setting = {}) {
  stage(sentence, async test => {
    const box = await Box.start(setting.box)
    test.after(() => box.end())
    return { box, page: box.page, log: () => box.log, open: (name, options) => Person.open(name, { ca: box.ready.ca, ...options }) }
  }, story)
}
