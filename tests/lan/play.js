// A play in a network of its own: the box, a device for each person, and a switch.
import { CHROMIUM, FIREFOX } from '../shared/browsers.js'
import { foxes } from '../shared/media.js'
import { Person } from '../shared/person.js'
import { stage } from '../shared/play.js'
import { until } from '../shared/until.js'
import { startBox } from './box.js'
import { Lab } from './lab.js'

/** Where each person sits. @type {Record<string, string>} */
export const hosts = { Ann: 'alice', Bob: 'bob', Cyd: 'cyd', Fay: 'fay', Gus: 'gus' }

/** @typedef {import('../shared/play.js').Stage & { page: string, lab: Lab, box: Awaited<ReturnType<typeof startBox>> }} Stage */

/**
 * @param {string} sentence what is true
 * @param {object} setting
 * @param {string[]} setting.people who has a device
 * @param {string[]} [setting.box] options of the box
 * @param {string[]} [setting.beside] hosts that are nobody's device, and not the box's
 * @param {(lab: Lab) => Promise<string[]>} [setting.network] what the network is, before the box starts; and more of its options
 * @param {boolean} [setting.named] the devices find the box by its name, as on a Linux desktop; otherwise people type its address
 * @param {(person: Person) => Promise<void>} [setting.prepare] before anybody's page is opened
 * @param {(stage: Stage) => Promise<void>} story
 */
export function play(sentence, { people, box: options = [], beside = [], network = async () => [], named = false, prepare }, story) {
  stage(sentence, async test => {
    const lab = new Lab('pi', ...people.map(name => hosts[name]), ...beside)
    test.after(lab.down)
    const more = await network(lab)
    if (named) await Promise.all(people.map(name => lab.avahi(hosts[name])))
    const box = await startBox(lab, 'pi', ...(named ? [] : ['--no-mdns']), ...options, ...more)
    const host = named ? 'wizyjno.local' : lab.address('pi')
    if (named) {
      for (const name of people) await until(`${name} finds the box`, () => lab.run(hosts[name], 'getent', 'ahostsv4', host))
    }
    /** @param {string} name */
    const open = async name => {
      const person = await Person.open(name, { ca: box.ready.ca, browser: await browserOf(lab, name) })
      await prepare?.(person)
      return person
    }
    return { lab, box, page: `https://${host}:${new URL(box.ready.https).port || 443}/?lang=en`, log: () => box.output, open }
  }, story)
}

/** Somebody's browser, on the device where that person sits. @param {Lab} lab @param {string} name */
async function browserOf(lab, name) {
  if (!(name in foxes)) return lab.program(hosts[name], CHROMIUM)
  // Firefox is driven over a port, which it would open out of reach.
  const port = await lab.loopback(hosts[name])
  return lab.program(hosts[name], FIREFOX, ['--remote-debugging-port=0', `--remote-debugging-port=${port}`])
}
