// A page on a wall that answers by itself whom it was told to, by their devices and not by their names.
import assert from 'node:assert/strict'
import words from '../../www/words/en.js'
import { play } from './play.js'

play('a wall tablet comes back by itself and answers a chosen person, and no stranger of that name', async ({ box, person }) => {
  const [ann, bob, cyd] = await Promise.all(['Ann', 'Bob', 'Cyd'].map(name => person(name)))
  const wall = `${box.page}&name=Bob&kiosk`
  await ann.enter(box)
  await bob.page.goto(wall)
  await bob.button('Enter').click()
  await bob.button('Settings').click()
  await bob.page.getByLabel(words.answering.title).selectOption({ label: words.answering.whom.chosen })
  await bob.page.getByLabel(words.answering.add).selectOption({ label: 'Ann' })
  await bob.button(words.answering.remove('Ann')).waitFor()
  await ann.inList('Bob').getByText(words.answering.status).waitFor()

  // Both are left alone: the tablet is restarted, and so is the box.
  const [before, tablet] = [bob.page, await bob.anotherTab()]
  await before.close()
  await box.kill()
  await box.startAgain()
  await tablet.page.goto(wall)
  await ann.inList('Bob').getByText(words.answering.status).waitFor()
  await ann.call('Bob')
  await tablet.page.getByRole('status', { name: /^Answering Ann in [1-5] s$/ }).waitFor()
  await tablet.button(words.answering.dont).waitFor()
  await Promise.all([ann.sees('Bob'), tablet.sees('Ann')])
  await ann.reads(words.answering.answered(['Bob']))
  await tablet.reads(words.answering.sign(['Ann']))

  // The sign is about everybody who comes in.
  await cyd.enter(box)
  await cyd.knockOn('Ann')
  await ann.button('Let in').click()
  await tablet.reads(words.answering.sign(['Ann', 'Cyd']))
  await ann.hangUp()
  await tablet.reads(words.notices.roomEnded.last_left('Ann'))

  // Of Ann's device nothing is left but her name.
  await ann.button(words.people.signOut).click()
  await ann.page.evaluate(() => localStorage.clear())
  await ann.enter(box)
  await ann.call('Bob')
  await tablet.ringOf('Ann').getByRole('button', { name: 'Decline', exact: true }).waitFor()
  assert.equal(await tablet.page.evaluate(() => window.wizyjno.state().calls[0]?.itself ?? null), null)
})
