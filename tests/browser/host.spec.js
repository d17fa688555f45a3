// What the host of a room may do, what all are told of it, and a call that goes on in a small window or without a device.
import assert from 'node:assert/strict'
import words from '../../www/words/en.js'
import { play } from './play.js'
import { until } from '../shared/until.js'

/** @import { Person } from '../shared/person.js' */

play('the host asks to mute, removes, and locks, and everybody learns of it', async ({ room }) => {
  const [ann, bob, cyd] = await room('Ann', 'Bob', 'Cyd')
  await bob.tile('Cyd').waitFor()
  await bob.reads(words.call.came('Cyd'))
  assert.equal(await bob.button('Options for Cyd').count(), 1)

  await choose(ann, 'Bob', words.call.askToMute)
  await bob.reads(words.notices.askedToMute('Ann'))
  await bob.room.getByRole('button', { name: 'Unmute', exact: true }).waitFor()
  await cyd.reads(words.call.isSilent('Bob'))
  await bob.button('Options for Cyd').click()
  await bob.page.getByRole('menuitem', { name: words.call.pin }).waitFor()
  assert.equal(await bob.page.getByRole('menuitem', { name: words.call.remove }).count(), 0, 'only the host may')
  await bob.page.keyboard.press('Escape')

  const undo = bob.page.getByRole('status').getByRole('button', { name: 'Unmute', exact: true })
  await undo.click()
  await bob.button('Mute').waitFor()
  await undo.waitFor({ state: 'detached' })

  await choose(ann, 'Cyd', words.call.remove)
  const question = ann.page.getByRole('alertdialog', { name: words.call.removeSure('Cyd'), exact: true })
  await question.getByRole('button', { name: words.calling.cancel, exact: true }).click()
  await question.waitFor({ state: 'detached' })
  assert.equal(await cyd.room.count(), 1)
  await choose(ann, 'Cyd', words.call.remove)
  await question.getByRole('button', { name: words.call.remove, exact: true }).click()
  await cyd.reads(words.notices.roomEnded.removed)
  await cyd.inList('Bob').getByText(words.people.inCallWith(['Ann'])).waitFor()
  await cyd.button("Knock on Bob's room").waitFor()
  await bob.reads(words.call.went('Cyd'))
  await ann.button(words.call.lock).click()
  await bob.page.getByRole('img', { name: words.call.locked }).waitFor()
  await cyd.button("Knock on Bob's room").waitFor({ state: 'detached' })
  await cyd.inList('Bob').getByText(words.people.locked).waitFor()
})

play('a call goes on in a small window, and with another camera when one is taken away', async ({ room }) => {
  const [ann, bob] = await room('Ann', 'Bob')
  await ann.sees('Bob')
  await ann.button(words.call.float).click()
  await ann.button(words.call.unfloat).waitFor()
  await ann.button(words.call.unfloat).click()
  await ann.button(words.call.float).waitFor()

  const frames = await bob.framesOf('Ann')
  await ann.tile('You').locator('video').evaluate(video => {
    const [track] = /** @type {MediaStream} */ (/** @type {HTMLVideoElement} */ (video).srcObject).getVideoTracks()
    track.stop()
    track.dispatchEvent(new Event('ended'))
  })
  await ann.reads(words.notices.deviceLost.camera)
  await until('Bob sees Ann again', async () => (await bob.framesOf('Ann')) > frames + 20)
  await bob.sees('Ann')
})

/** @param {Person} person @param {string} name whose menu @param {string} item */
async function choose(person, name, item) {
  await person.button(`Options for ${name}`).click()
  await person.page.getByRole('menuitem', { name: item, exact: true }).click()
}
