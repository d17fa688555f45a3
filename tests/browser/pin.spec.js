// The PIN: asked for once a device, and one plain sentence on a wrong one.
import assert from 'node:assert/strict'
import english from '../../www/words/en.js'
import { play } from './play.js'
import { until } from '../shared/until.js'

play('who knows the PIN comes in, and the device is not asked again', async ({ box, person }) => {
  const ann = await person('Ann')
  await ann.visit(box)
  const pin = ann.page.getByLabel('PIN', { exact: true })
  await ann.nameField.fill('Ann')
  assert.equal(await pin.count(), 0, 'the page does not know of a PIN yet')
  await ann.button('Enter').click()
  await pin.waitFor()
  await pin.fill('1111')
  await ann.button('Enter').click()
  await ann.page.getByRole('alert').filter({ hasText: english.notices.errors.pin_wrong }).waitFor()
  assert.equal(await pin.inputValue(), '')
  await until('the PIN can be typed anew', () => pin.evaluate(element => element === document.activeElement))
  await pin.fill('246813')
  await pin.press('Enter')
  await ann.people.waitFor()
  assert.ok(ann.requests.every(url => !url.includes('246813')), 'a PIN is in no address')

  await ann.page.reload()
  await ann.people.waitFor()
  const tab = await ann.context.newPage()
  await tab.goto(box.page)
  await tab.getByRole('textbox', { name: 'Your name' }).fill('Ann')
  await tab.getByRole('button', { name: 'Enter' }).click()
  await tab.getByRole('list', { name: 'People' }).waitFor()
  const kept = await tab.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]))
  assert.ok(!kept.includes('246813'), 'and not on the device')
}, { box: ['--pin', '246813'] })

play('a name of nothing but blanks is told what it lacks, each time, and can be typed anew', async ({ box, person }) => {
  const ann = await person('Ann')
  await ann.visit(box)
  await ann.nameField.fill('   ')
  for (let time = 0; time < 2; time++) {
    await ann.button('Enter').click()
    await ann.page.getByRole('alert').filter({ hasText: english.start.nameRefused }).waitFor()
    await until('the name can be typed anew', () => ann.nameField.evaluate(element => element === document.activeElement))
  }
  await ann.page.keyboard.type('Ann')
  await ann.button('Enter').click()
  await ann.people.waitFor()
})
