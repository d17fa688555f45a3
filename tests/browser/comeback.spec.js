// What is lost comes back by itself: pages that are reloaded, boxes that lose power, places taken over.
import assert from 'node:assert/strict'
import words from '../../www/words/en.js'
import { play } from './play.js'
import { until } from '../shared/until.js'
import { together } from '../shared/room.js'

/** @import { Person } from '../shared/person.js' */

play('a page that is loaded again in a call comes back into it', async ({ room }) => {
  const [ann, bob] = await room('Ann', 'Bob')
  await bob.sees('Ann')
  await ann.page.reload()
  await Promise.all([ann.seesAndHears('Bob'), bob.seesAndHears('Ann')])
})

play('the box loses power and comes back: the call goes on, and so does everything else', async ({ box, room }) => {
  const [ann, bob] = await room('Ann', 'Bob')
  await Promise.all([ann.sees('Bob'), bob.sees('Ann')])

  await box.kill()
  for (const one of [ann, bob]) await one.reads(words.connection.lostInCall)
  assert.deepEqual(await covered(ann, words.connection.lostInCall), [], 'it may stay long, and keeps clear of what one may want to press')
  for (const [one, other] of [
    [ann, bob],
    [bob, ann],
  ]) {
    const frames = await one.framesOf(other.name)
    await until('the picture goes on without the box', async () => (await one.framesOf(other.name)) > frames + 5)
  }
  const framesBefore = await ann.framesOf('Bob')

  await box.startAgain()
  await Promise.all([ann, bob].map(one => one.reads(words.notices.back)))
  await Promise.all([ann.seesAndHears('Bob'), bob.seesAndHears('Ann')])
  assert.ok((await ann.framesOf('Bob')) > framesBefore, 'it is still the same stream')

  await bob.hangUp()
  await ann.reads(words.notices.roomEnded.last_left('Bob'))
})

play('whoever is back before the other one keeps the call meanwhile', async ({ box, room }) => {
  const [ann, bob] = await room('Ann', 'Bob')
  await Promise.all([ann.sees('Bob'), bob.sees('Ann')])

  await bob.context.setOffline(true) // for the box's pages; the other browser is another matter
  await box.kill()
  await box.startAgain()
  await ann.reads(words.notices.back)
  const frames = await ann.framesOf('Bob')
  await until('the picture goes on', async () => (await ann.framesOf('Bob')) > frames + 5)
  await bob.context.setOffline(false)
  await bob.reads(words.notices.back)
  await Promise.all([ann.seesAndHears('Bob'), bob.seesAndHears('Ann')])
  assert.ok((await ann.framesOf('Bob')) > frames, 'it is still the same stream')
})

play('somebody who waits in the lobby is there again after a restart, and can be called', async ({ box, lobby }) => {
  const [ann, bob] = await lobby('Ann', 'Bob')
  assert.equal(await box.stop(), 0, 'it ends gracefully')
  await ann.reads(words.connection.lost)
  await box.startAgain()
  await Promise.all([ann, bob].map(one => one.reads(words.notices.back)))
  await together(ann, bob)
  await ann.sees('Bob')
})

play('a second tab takes the place over, and the first one is told', async ({ box, lobby }) => {
  const [ann, bob] = await lobby('Ann', 'Bob')
  const second = await ann.anotherTab()
  await second.enter(box)
  await ann.reads(words.connection.takenOver)
  await until('there is one Ann', async () => (await bob.inList('Ann').count()) === 1)
  await bob.call('Ann')
  await second.ringOf('Bob').waitFor()
  await second.answers('Bob', 'Decline')

  await ann.button(words.connection.useHere).click()
  await second.reads(words.connection.takenOver)
  await bob.call('Ann')
  await ann.ringOf('Bob').waitFor()
})

/** Which buttons a sentence lies over. @param {Person} person @param {string} sentence @returns {Promise<string[]>} */
async function covered(person, sentence) {
  return person.page.getByText(sentence).evaluate(it => {
    const { left, right, top, bottom } = it.getBoundingClientRect()
    return [...document.querySelectorAll('button')].filter(button => {
      const box = button.getBoundingClientRect()
      return box.width > 0 && box.left < right && box.right > left && box.top < bottom && box.bottom > top
    }).map(button => button.ariaLabel ?? button.textContent)
  })
}
