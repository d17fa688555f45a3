// The way past the certificate: the plain page, the warning, and trust.
import assert from 'node:assert/strict'
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { trust } from '../shared/browsers.js'
import { play } from './play.js'
import { until } from '../shared/until.js'
import { together } from '../shared/room.js'

/** @import { Person } from '../shared/person.js' */

/** By this name browsers take the plain page for one of somebody else's machine, as it is; loopback they take for safe. */
const NAME = 'wizyjno.local'

play('the plain page moves on by itself for those who trust the box', async ({ box, person }) => {
  const ann = await person('Ann')
  await ann.page.goto(`${box.ready.http}/?lang=en`)
  await ann.page.waitForURL(url => url.origin === box.ready.https)
  await ann.nameField.waitFor()
})

play('whoever does not trust the box goes on past the warning and can be called', async ({ box, person }) => {
  const ann = await person('Ann', { trusts: false })
  const bob = await person('Bob')
  await ann.page.goto(`${box.ready.http}/?lang=en`)
  await ann.page.getByRole('link', { name: /continue/i }).first().click()
  await ann.page.locator('#details-button').click()
  await ann.page.locator('#proceed-link').click()
  await ann.nameField.fill('Ann')
  await ann.button('Enter').click()
  await ann.people.waitFor()
  await bob.enter(box)
  await together(bob, ann)
  await Promise.all([ann.seesAndHears('Bob'), bob.seesAndHears('Ann')])
})

play('the certificate comes without a question after the warning, and with it the warning is gone', async ({ box, person }) => {
  const ann = await person('Ann', { trusts: false, resolves: NAME })
  await downloadsAsPeopleDo(ann)
  const plain = named(box.ready.http)
  await ann.page.goto(`${plain}/?lang=en`)
  const plainDownload = ann.page.getByRole('link', { name: 'Download the certificate' }).first()
  await ann.page.getByRole('img', { name: /held download/ }).waitFor()
  await plainDownload.click()
  await until('the browser holds back what comes over plain HTTP', async () => (await downloaded(ann)).some(name => name.endsWith('.crdownload')))

  await ann.page.getByRole('link', { name: 'Continue' }).click()
  await passWarning(ann)
  await ann.nameField.fill('Ann')
  await ann.button('Enter').click()
  await ann.button('Settings').click()
  const steps = ann.context.waitForEvent('page')
  await ann.page.getByRole('link', { name: 'No more warnings' }).click()
  const page = await steps
  await page.getByRole('heading', { name: 'No more warnings' }).waitFor()
  assert.equal(await page.getByRole('img').count(), 0, 'no warning and no held download is drawn here')
  assert.equal(await page.getByRole('link', { name: 'Continue' }).count(), 0, 'the call goes on in the other tab')
  await page.getByRole('link', { name: 'Download the certificate' }).first().click()
  // The one that is held back has the plain name.
  const file = await until('the certificate is there', async () => {
    const files = await downloaded(ann)
    const whole = files.find(name => /^wizyjno.*\.crt$/.test(name))
    if (whole) return join(ann.home, 'Downloads', whole)
    throw new Error(files.join())
  })
  const pem = await readFile(box.ready.ca, 'utf8')
  assert.equal((await readFile(file)).toString('base64'), pem.replaceAll(/-----.*-----|\s/g, ''))

  // What *Import* does with the file that came.
  await trust(join(ann.home, '.pki', 'nssdb'), file)
  const later = await person('Ann', { trusts: false, resolves: NAME, home: await ann.close({ keep: true }) })
  await later.page.goto(`${plain}/?lang=en`)
  await later.page.waitForURL(url => url.origin === named(box.ready.https))
  // Which Chromium keeps from whoever only went past the warning.
  await later.page.evaluate(() => navigator.serviceWorker.ready)
})

play('from the plain page one can go past the warning to the very steps', async ({ box, person }) => {
  const ann = await person('Ann', { trusts: false, resolves: NAME })
  await ann.page.goto(`${named(box.ready.http)}/?lang=pl`)
  await ann.page.getByRole('link', { name: 'Pokaż te kroki tam' }).click()
  await passWarning(ann)
  await ann.page.getByRole('heading', { name: 'Bez ostrzeżeń' }).waitFor()
  await ann.page.getByRole('link', { name: 'Dalej' }).click()
  await ann.page.getByRole('textbox', { name: 'Twoje imię' }).waitFor()
})

/** @param {string} origin on loopback */
function named(origin) {
  return origin.replace('127.0.0.1', NAME)
}

/** @param {Person} person */
async function passWarning({ page }) {
  await page.locator('#details-button').click()
  await page.locator('#proceed-link').click()
}

/** Otherwise the driver takes the files itself, and the browser says nothing to them. @param {Person} person */
async function downloadsAsPeopleDo({ context, page }) {
  const session = await context.newCDPSession(page)
  await session.send('Browser.setDownloadBehavior', { behavior: 'default' })
}

/** @param {Person} person @returns {Promise<string[]>} */
async function downloaded({ home }) {
  return readdir(join(home, 'Downloads')).catch(() => [])
}
