// A story in a network of its own: the box, a device for each person, a switch, and everything put away afterwards.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CHROMIUM, FIREFOX } from '../browser/browsers.js'
import { Person } from '../browser/person.js'
import { keep } from '../browser/play.js'
import { until } from '../browser/until.js'
import { foxes } from '../media.js'
import { startBox } from './box.js'
import { Lab } from './lab.js'

/** Longer than all the waits; only a hang gets here. */
const LONGEST_MS = 4 * 60_000

/** Where each person sits. @type {Record<string, string>} */
export const hosts = { Ann: 'alice', Bob: 'bob', Cyd: 'cyd', Fay: 'fay', Gus: 'gus' }

/**
 * @typedef {object} Stage
 * @property {Lab} lab
 * @property {Awaited<ReturnType<typeof startBox>>} box
 * @property {(...names: string[]) => Promise<Person[]>} lobby opens their browsers, each on the person's own device, and has them all enter
 */

/**
 * @param {string} sentence what is true
 * @param {object} setting
 * @param {string[]} setting.people who has a device
 * @param {string[]} [setting.box] options of the box
 * @param {boolean} [setting.named] the devices find the box by its name, as on a Linux desktop; otherwise people type its address
 * @param {(person: Person) => Promise<void>} [setting.prepare] before anybody's page is opened
 * @param {(stage: Stage) => Promise<void>} story
 */
export function play(sentence, { people: names, box: options = [], named = false, prepare }, story) {
  test(sentence, { timeout: LONGEST_MS }, async () => {
    const lab = new Lab('pi', ...names.map(name => hosts[name]))
    const people = /** @type {Person[]} */ ([])
    try {
      if (named) await Promise.all(names.map(name => lab.avahi(hosts[name])))
      const box = await startBox(lab, 'pi', ...(named ? [] : ['--no-mdns']), ...options)
      const host = named ? 'wizyjno.local' : lab.address('pi')
      const page = `https://${host}:${new URL(box.ready.https).port || 443}/?lang=en`
      if (named) {
        for (const name of names) await until(`${name} finds the box`, () => lab.run(hosts[name], 'getent', 'ahostsv4', host))
      }
      /** @type {Stage['lobby']} */
      const lobby = async (...names) => {
        const all = await Promise.all(names.map(async name => {
          return Person.open(name, { ca: box.ready.ca, browser: await browserOf(lab, name) })
        }))
        people.push(...all)
        // One after the other, so that the list has the same order every time.
        for (const one of all) {
          await prepare?.(one)
          await one.enter({ page })
        }
        return all
      }
      try {
        await story({ lab, box, lobby })
        for (const one of people) assert.deepEqual(one.faults, [], `${one.name}'s page has faults`)
      } catch (error) {
        await keep(sentence, box.output, people)
        throw error
      }
    } finally {
      await Promise.allSettled(people.map(person => person.close()))
      lab.down()
    }
  })
}

/** Somebody's browser, on the device where that person sits. @param {Lab} lab @param {string} name */
async function browserOf(lab, name) {
  if (!(name in foxes)) return lab.program(hosts[name], CHROMIUM)
  // Firefox is driven over a port, which it would open out of reach.
  const port = await lab.loopback(hosts[name])
  return lab.program(hosts[name], FIREFOX, ['--remote-debugging-port=0', `--remote-debugging-port=${port}`])
}
