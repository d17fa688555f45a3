// Raised hands and reactions, as everybody in the room sees and hears of them.
import assert from 'node:assert/strict'
import { devices } from 'playwright-core'
import words from '../../www/words/en.js'
import { play } from './play.js'
import { meet } from '../shared/room.js'

/** @import { Person } from '../shared/person.js' */

const { gestures } = words

play('hands keep their order over a restart of the box, the host lowers one, and applause passes', async ({ box, person }) => {
  const [ann, bob, cyd] = [await person('Ann'), await person('Bob', { context: devices['Pixel 7 landscape'] }), await person('Cyd')]
  await meet(box, ann, bob, cyd)
  await choose(cyd, gestures.reactions.applause)
  await Promise.all([sign(ann, 'Cyd', gestures.reactions.applause), sign(cyd, 'You', gestures.reactions.applause)].map(shown => shown.waitFor()))
  await ann.reads(gestures.reacted(['Cyd'], gestures.reactions.applause))

  await ann.page.keyboard.press('h')
  await ann.button(gestures.lower).waitFor()
  await cyd.reads(gestures.up(['Ann']))
  // On a phone the hand is with the reactions.
  await choose(bob, gestures.raise)
  await sign(cyd, 'Bob', gestures.raised(2)).waitFor()
  await ann.reads(gestures.up(['Bob']))

  await box.kill()
  await box.startAgain()
  await ann.reads(words.notices.back)
  await sign(cyd, 'Ann', gestures.raised(1)).waitFor()
  await sign(ann, 'Bob', gestures.raised(2)).waitFor()
  await ann.inList('Bob').getByText(gestures.raised(2)).waitFor()
  await ann.button(gestures.lower).click()
  await sign(cyd, 'Bob', gestures.raised(1)).waitFor()
  await ann.tile('Bob').hover()
  await ann.button(words.call.options('Bob')).click()
  await ann.page.getByRole('menuitem', { name: gestures.lower, exact: true }).click()
  await bob.reads(gestures.lowered)
  await sign(cyd, 'Bob', gestures.raised(1)).waitFor({ state: 'detached' })
  assert.equal(await cyd.button(gestures.raise).count(), 1)
  await sign(ann, 'Cyd', gestures.reactions.applause).waitFor({ state: 'detached' })
})

/** @param {Person} who @param {string} what */
async function choose(who, what) {
  await who.button(gestures.react).click()
  await who.page.getByRole('menuitem', { name: what, exact: true }).click()
}

/** What somebody shows beside the name. @param {Person} who @param {string} of @param {string} name */
function sign(who, of, name) {
  return who.tile(of).getByRole('img', { name, exact: true })
}
