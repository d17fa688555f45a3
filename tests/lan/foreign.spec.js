// Somebody who is no browser is in the call: docs/protocol.md is all that it takes. Run ./prepare first.
import { fileURLToPath } from 'node:url'
import { goes } from '../browser/room.js'
import { until } from '../browser/until.js'
import { costumes } from '../media.js'
import { hosts, play } from './play.js'

/** @param {string} path */
const local = path => fileURLToPath(new URL(path, import.meta.url))

play('a foreign peer and a browser that found the box by its name see and hear each other', { people: ['Ann', 'Fay'], named: true }, async ({ lab, box, lobby }) => {
  const [ann] = await lobby('Ann')
  const { rgb, hertz } = costumes.Fay
  const socket = `wss://${lab.address('pi')}/ws`
  const fay = lab.start(
    hosts.Fay, local('../../target/aiortc/bin/python'), local('foreign_peer.py'), socket, box.ready.ca, 'Fay', String(rgb), String(hertz))
  try {
    await until('Fay is welcome', () => fay.output.includes('"welcome"'))
    await ann.call('Fay')
    await ann.seesAndHears('Fay')
    await goes('relay', ann, { name: 'Fay' })
    await until('Fay sees and hears Ann', () => {
      const last = JSON.parse(fay.output.split('\n').findLast(line => line.startsWith('{"sees"')) ?? '{}')
      const right = last.rgb?.every((/** @type {number} */ part, /** @type {number} */ n) => Math.abs(part - costumes.Ann.rgb[n]) < 40)
      if (last.sees === 'Ann' && last.frames > 10 && right && Math.abs(last.hertz - costumes.Ann.hertz) < 20) return true
      throw new Error(JSON.stringify(last))
    })
  } catch (error) {
    console.error(fay.output)
    throw error
  } finally {
    await fay.end()
  }
})
