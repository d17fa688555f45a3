// Somebody who is no browser is in the call: docs/protocol.md is all that it takes. Run ./prepare first.
import { fileURLToPath } from 'node:url'
import { goes, invited } from '../shared/room.js'
import { until } from '../shared/until.js'
import { costumes } from '../shared/media.js'
import { hosts, play } from './play.js'

/** @param {string} path */
const local = path => fileURLToPath(new URL(path, import.meta.url))

play('a foreign peer and two browsers that found the box by its name see and hear each other', { people: ['Ann', 'Bob', 'Fay'], named: true }, async ({ lab, box, lobby }) => {
  const [ann, bob] = await lobby('Ann', 'Bob')
  const { rgb, hertz } = costumes.Fay
  const socket = `wss://${lab.address('pi')}/ws`
  const fay = lab.start(
    hosts.Fay, local('../../target/aiortc/bin/python'), local('foreign_peer.py'), socket, box.ready.ca, 'Fay', String(rgb), String(hertz))
  try {
    await fay.says('"welcome"')
    await ann.call('Fay')
    await ann.seesAndHears('Fay')
    await goes('relay', ann, { name: 'Fay' })
    /** @param {string} name */
    const seesAndHears = name => until(`Fay sees and hears ${name}`, () => {
      const last = JSON.parse(fay.output.split('\n').findLast(line => line.startsWith(`{"sees": "${name}"`)) ?? '{}')
      const right = last.rgb?.every((/** @type {number} */ part, /** @type {number} */ n) => Math.abs(part - costumes[name].rgb[n]) < 40)
      if (last.frames > 10 && right && Math.abs(last.hertz - costumes[name].hertz) < 20) return true
      throw new Error(JSON.stringify(last))
    })
    await seesAndHears('Ann')
    await invited(ann, bob)
    await bob.seesAndHears('Fay')
    await seesAndHears('Bob')
    // Anything that comes after this.
    fay.output = ''
    for (const name of ['Ann', 'Bob']) await seesAndHears(name)
  } catch (error) {
    console.error(fay.output)
    throw error
  } finally {
    await fay.end()
  }
})
