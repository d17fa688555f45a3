// A link to a room: given from a computer or a phone, opened by somebody who was never here.
import assert from 'node:assert/strict'
import { devices } from 'playwright-core'
import words from '../../www/words/en.js'
import { meet } from '../shared/room.js'
import { play } from './play.js'

play('who opens the link to a room says a name and knocks there, once; the call over, it leads to the lobby', async ({ box, person }) => {
  const [ann, bob, cyd] = [await person('Ann'), await person('Bob', { context: devices['Pixel 7'] }), await person('Cyd')]
  await ann.context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: box.ready.https })
  await bob.page.addInitScript(() => { navigator.share = async data => void Object.assign(window, { shared: data }) })
  await meet(box, ann, bob)
  await ann.button(words.call.copyLink).click()
  await ann.reads(words.notices.linkCopied)
  const link = await ann.page.evaluate(() => navigator.clipboard.readText())
  const room = await ann.page.evaluate(() => window.wizyjno.state().room?.id)
  assert.equal(link, `${box.ready.https}/r/${room}`)
  await bob.page.locator('.stage').click()
  await bob.button(words.call.shareLink).click()
  await bob.page.waitForFunction(() => Reflect.get(window, 'shared'))
  assert.equal(await bob.page.evaluate(() => Reflect.get(window, 'shared').url), link)

  const linked = { page: `${link}?lang=en` }
  await cyd.visit(linked)
  await cyd.page.getByText(words.start.link).waitFor()
  await cyd.enter(linked)
  await cyd.page.getByText(words.calling.knockingAt(['Ann', 'Bob'])).waitFor()
  assert.equal(cyd.page.url(), box.page)
  await ann.answersKnock('Cyd', 'Refuse')
  await cyd.reads(words.notices.knock.refused)
  await cyd.page.reload()
  await cyd.people.waitFor()
  assert.equal(await cyd.page.evaluate(() => window.wizyjno.state().knock), null)

  await cyd.visit(linked)
  await bob.answersKnock('Cyd', 'Let in')
  await cyd.sees('Ann')
  await cyd.hangUp()
  await bob.hangUp()
  await cyd.visit(linked)
  await cyd.reads(words.notices.errors.room_unknown)
  await cyd.inList('Bob').waitFor()
})
