// Less data: sound only and the smallest pictures, straight between two and through the box.
import assert from 'node:assert/strict'
import words from '../../www/words/en.js'
import { overhear, streamsOf } from '../shared/connections.js'
import { goes, invited, together } from '../shared/room.js'
import { until } from '../shared/until.js'
import { play } from './play.js'

/** @import { DataUse } from '../../www/state/types.d.ts' */
/** @import { Person } from '../shared/person.js' */

/** How many pictures came, over all ways. @param {Person} person */
async function pictures(person) {
  const streams = await streamsOf(person)
  return streams.filter(({ sent, kind }) => !sent && kind === 'video').reduce((sum, { frames }) => sum + frames, 0)
}

/** @param {Person} person @param {DataUse} use */
async function choose(person, use) {
  await person.button(words.call.settings).click()
  await person.page.getByRole('combobox', { name: words.data.title, exact: true }).selectOption(use)
  await person.button(words.settings.close).click()
}

/** No picture comes. @param {Person} person */
async function getsNone(person) {
  await until(`no picture comes to ${person.name}`, async () => {
    const before = await pictures(person)
    await new Promise(later => setTimeout(later, 1_000))
    return (await pictures(person)) === before
  })
}

/** How wide what somebody sees of each other one is. @param {Person} person */
async function widths(person) {
  const paths = await person.page.evaluate(() => window.wizyjno.stats())
  return Object.values(paths).map(path => path?.width ?? 0)
}

play('sound only brings and sends no picture, straight or through the box; to save data, the smallest', async ({ box, person }) => {
  const all = await Promise.all(['Ann', 'Bob', 'Cyd'].map(name => person(name)))
  const [ann, bob, cyd] = all
  /** How wide Ann's page said that pictures are, last. @type {number[]} */
  let told = []
  ann.page.on('websocket', socket => socket.on('framesent', ({ payload }) => {
    const message = JSON.parse(String(payload))
    if (message.type === 'set_tiles') told = message.tiles.map((/** @type {{ width: number }} */ { width }) => width)
  }))
  for (const one of all) {
    await overhear(one)
    await one.enter(box)
  }
  await together(ann, bob)
  await ann.seesAndHears('Bob')
  await goes('direct', ann, bob)
  const [[whole]] = await Promise.all([widths(ann), bob.sees('Ann')])
  await choose(ann, 'save')
  const both = async () => [...await widths(ann), ...await widths(bob)]
  await until('a quarter of the size goes straight, to and fro', async () => (await both()).every(width => width === whole / 4))
  await ann.button(words.data.end.save).click()
  await until('all of it again', async () => (await both()).every(width => width === whole))

  await choose(ann, 'sound')
  await bob.tile('Ann').getByText(words.data.soundOnly).waitFor()
  await getsNone(ann)
  await getsNone(bob)
  await ann.hears('Bob')
  await bob.hears('Ann')

  await invited(bob, cyd)
  await goes('relay', ann, cyd)
  await cyd.sees('Bob')
  await getsNone(ann)
  assert.deepEqual(told, [0, 0])
  await ann.hears('Cyd')

  // A camera that is switched on says that pictures are wanted.
  await ann.button(words.call.cameraOn).click()
  await Promise.all([ann.sees('Cyd'), cyd.sees('Ann')])
  assert.ok(told.every(width => width > 100), `${told}`)
  await choose(ann, 'save')
  await until('the smallest are asked for', () => told.every(width => width === 16))
  await ann.sees('Cyd')
})
