// How loud somebody is on one device, and one's own picture that is hidden there.
import assert from 'node:assert/strict'
import words from '../../www/words/en.js'
import { meet } from '../shared/room.js'
import { until } from '../shared/until.js'
import { play } from './play.js'

play('somebody is softer or silent for one person alone, by keys; their own picture, hidden, is seen by the others', async ({ box, person }) => {
  const [ann, bob] = [await person('Ann'), await person('Bob')]
  await ann.page.addInitScript(() => {
    /** @type {HTMLAudioElement[]} */
    const players = []
    class Noted extends Audio {
      constructor() {
        super()
        players.push(this)
      }
    }
    Object.assign(window, { Audio: Noted, players })
  })
  /** How what comes of Bob is played. */
  const played = () => ann.page.evaluate(() => /** @type {HTMLAudioElement[]} */ (Reflect.get(window, 'players'))
    .filter(({ srcObject, paused }) => srcObject && !paused).map(({ volume, muted }) => (muted ? 0 : volume)))
  await meet(box, ann, bob)
  await ann.seesAndHears('Bob')
  const options = ann.button(words.call.options('Bob'))
  await options.focus()
  await ann.page.keyboard.press('Enter')
  const slider = ann.page.getByRole('slider', { name: words.call.loudness('Bob'), exact: true })
  await slider.waitFor()
  // From the first of the items up: past the button that mutes.
  await ann.page.keyboard.press('ArrowUp')
  await ann.page.keyboard.press('ArrowUp')
  assert.ok(await slider.evaluate(element => element === document.activeElement))
  await ann.page.keyboard.press('ArrowLeft')
  await ann.page.keyboard.press('ArrowLeft')
  assert.equal(await slider.inputValue(), '90')
  assert.ok((await played()).includes(0.9), `${await played()}`)
  await ann.page.keyboard.press('ArrowDown')
  await ann.page.keyboard.press('Enter')
  await ann.page.keyboard.press('Escape')
  assert.ok(await options.evaluate(element => element === document.activeElement))
  await ann.tile('Bob').getByRole('img', { name: words.call.mutedForMe }).waitFor()
  assert.ok((await played()).every(volume => volume === 0))
  await bob.hears('Ann')
  assert.equal(await bob.page.getByRole('img', { name: words.call.mutedForMe }).count(), 0)

  await ann.page.keyboard.press('o')
  await ann.tile('You').waitFor({ state: 'detached' })
  await bob.sees('Ann')
  await ann.button(words.call.showMe).click()
  await ann.tile('You').waitFor()
  await ann.button(words.call.options(words.call.you)).focus()
  await ann.page.keyboard.press('Enter')
  await ann.page.getByRole('menuitem', { name: words.call.hideMe, exact: true }).click()
  await until('the focus is on what brings it back', () => ann.button(words.call.showMe).evaluate(element => element === document.activeElement))
  await ann.page.keyboard.press('Enter')
  await ann.sees('You')
})
