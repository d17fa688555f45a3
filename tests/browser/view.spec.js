// How a call is shown, and what hands and keys do in it.
import assert from 'node:assert/strict'
import { devices } from 'playwright-core'
import words from '../../www/words/en.js'
import { play } from './play.js'
import { until } from '../shared/until.js'
import { meet } from '../shared/room.js'

/** @import { Person } from '../shared/person.js' */

play('a call is shown as each of the two likes it, and no picture is ever made anew', async ({ box, person }) => {
  const [ann, bob] = [await person('Ann'), await person('Bob', { context: devices['Pixel 7'] })]
  await meet(box, ann, bob)
  await ann.sees('Bob')
  await markVideos(ann)

  // Her own picture lies where she puts it.
  const [own, whole] = [await place(ann, 'You'), await place(ann, 'Bob')]
  assert.ok(own.x > whole.x + whole.width / 2 && own.y > whole.y + whole.height / 2, 'first at the lower end')
  await ann.page.mouse.move(own.x + own.width / 2, own.y + own.height / 2)
  await ann.page.mouse.down()
  await ann.page.mouse.move(whole.x + 60, whole.y + 40, { steps: 5 })
  await ann.page.mouse.up()
  await until('it lies in the upper corner at the start', async () => {
    const now = await place(ann, 'You')
    return now.x < whole.x + 30 && now.y < whole.y + 30
  })

  // Whom she taps twice is large.
  await ann.tile('You').locator('video').dblclick()
  await ann.tile('You').and(ann.page.locator('[data-large=true]')).waitFor()
  await ann.tile('Bob').and(ann.page.locator('[data-cornered=true]')).waitFor()
  await ann.tile('You').locator('video').dblclick()
  await ann.tile('Bob').and(ann.page.locator('[data-large=true]')).waitFor()

  // Keys: silent, told so when she speaks, heard while the space bar is held.
  await ann.page.keyboard.press('m')
  await ann.reads(words.call.spokeWhileMuted)
  await ann.page.keyboard.down('Space')
  await ann.button('Mute').waitFor()
  await ann.reads(words.call.holding)
  await ann.page.keyboard.up('Space')
  await ann.button('Unmute').waitFor()
  await ann.page.keyboard.press('?')
  await ann.page.getByRole('dialog', { name: words.keys.title }).waitFor()
  await ann.page.keyboard.press('Escape')
  await ann.page.getByRole('dialog', { name: words.keys.title }).waitFor({ state: 'detached' })

  await ann.page.keyboard.press('f')
  await until('it fills the screen', () => ann.page.evaluate(() => document.fullscreenElement !== null))
  await ann.button(words.call.window).click()
  await until('it is in its window again', () => ann.page.evaluate(() => document.fullscreenElement === null))
  assert.ok(await videosAreMarked(ann), 'the pictures of before are still there')
  await ann.sees('Bob')

  // Two fingers take a picture closer, and two taps show the whole of it again.
  const picture = bob.tile('Ann')
  const closer = picture.and(bob.page.locator('[data-near=true]'))
  await pinch(bob, await place(bob, 'Ann'))
  await closer.waitFor()
  const scale = await picture.locator('video').evaluate(video => new DOMMatrix(getComputedStyle(video).transform).a)
  assert.ok(scale > 1.8 && scale < 2.2, `${scale} times as large`)
  await picture.locator('video').dblclick()
  await closer.waitFor({ state: 'detached' })
  await bob.button('Options for Ann').click()
  await bob.page.getByRole('menuitem', { name: words.call.closer, exact: true }).click()
  await closer.waitFor()
  await bob.button('Options for Ann').click()
  await bob.page.getByRole('menuitem', { name: words.call.whole, exact: true }).click()
  await closer.waitFor({ state: 'detached' })

  // On the phone the buttons go when nobody touches it, and come back.
  const stage = bob.page.locator('.stage')
  await stage.and(bob.page.locator('[data-idle=true]')).waitFor()
  await bob.button('Hang up').tap()
  await stage.and(bob.page.locator('[data-idle=false]')).waitFor()
  await bob.room.waitFor()
  await bob.hangUp()
  await ann.reads(words.notices.roomEnded.last_left('Bob'))
})

/** @param {Person} person @param {string} name */
async function place(person, name) {
  const box = await person.tile(name).boundingBox()
  assert.ok(box, `${name} is nowhere to be seen`)
  return box
}

/** @param {Person} person */
const markVideos = person => person.page.evaluate(() => document.querySelectorAll('video').forEach(video => Reflect.set(video, 'marked', true)))

/** @param {Person} person */
const videosAreMarked = person => person.page.evaluate(() => [...document.querySelectorAll('video')].every(video => Reflect.get(video, 'marked')))

/** Two fingers go apart in the middle, twice as far. @param {Person} person @param {{ x: number, y: number, width: number, height: number }} box */
async function pinch(person, { x, y, width, height }) {
  const session = await person.page.context().newCDPSession(person.page)
  const [middle, level] = [x + width / 2, y + height / 2]
  const fingers = (/** @type {number} */ apart) => [-1, 1].map((side, id) => ({ x: middle + side * apart, y: level, id }))
  await session.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: fingers(40) })
  for (const apart of [50, 60, 70, 80]) await session.send('Input.dispatchTouchEvent', { type: 'touchMove', touchPoints: fingers(apart) })
  await session.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] })
  await session.detach()
}
