// Two spaces of one box: each is a lobby of its own, on the screen and in what the device remembers.
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import english from '../../www/words/en.js'
import { Box } from '../shared/box.js'
import { Person } from '../shared/person.js'

/** @param {Box} box @param {string} space */
const at = (box, space) => ({ page: `${box.ready.https}/s/${space}?lang=en` })

test('two spaces have each its people, its title, its link and its memory', { timeout: 4 * 60_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'wizyjno-spaces-'))
  const settings = join(folder, 'wizyjno.toml')
  await writeFile(settings, '[space.kuchnia]\ntitle = "Kuchnia Zosi"\n[space.warsztat]\n')
  const box = await Box.start(['--config', settings])
  /** @type {Person[]} */
  const people = []
  try {
    for (const name of ['Ann', 'Bob', 'Cyd']) people.push(await Person.open(name, { ca: box.ready.ca }))
    const [ann, bob, cyd] = /** @type {[Person, Person, Person]} */ (people)

    await ann.visit(at(box, 'kuchnia'))
    await ann.page.getByText('Kuchnia Zosi').waitFor()
    await ann.enter(at(box, 'Kuchnia')) // another form of the name leads to the same
    assert.equal(new URL(ann.page.url()).pathname, '/s/kuchnia')
    await ann.page.getByText('Kuchnia Zosi').waitFor()
    await bob.enter(at(box, 'warsztat'))
    await cyd.enter(at(box, 'kuchnia'))
    await ann.inList('Cyd').waitFor()
    await cyd.inList('Ann').waitFor()
    assert.equal(await bob.inList('Ann').count() + await bob.inList('Cyd').count(), 0)
    assert.equal(await ann.inList('Bob').count(), 0)

    // The link to share leads to the space, and so does the code to point a camera at.
    await bob.page.locator('.share-address-other, .share-address-name').filter({ hasText: '/s/warsztat' }).first().waitFor()
    const code = await bob.page.locator('.share-address-code').first().getAttribute('aria-label')
    assert.equal(new URL(code ?? '').pathname, '/s/warsztat')
    assert.equal(await bob.page.locator('link[rel=manifest]').getAttribute('href'), '/s/warsztat/manifest.webmanifest')

    await ann.call('Cyd')
    await cyd.button('Accept').click()
    await ann.page.getByRole('region', { name: 'Call', exact: true }).waitFor()
    assert.equal(await bob.page.getByRole('alertdialog').count(), 0)

    // Another space does not know this device; the first one does, when the page is loaded again.
    const tab = await ann.anotherTab()
    await tab.visit(at(box, 'warsztat'))
    await tab.nameField.waitFor()
    assert.equal(await tab.nameField.inputValue(), '')
    const keys = await tab.page.evaluate(() => Object.keys(localStorage).filter(key => /token|name$/.test(key)))
    assert.deepEqual(keys.sort(), ['wizyjno/s/kuchnia.name', 'wizyjno/s/kuchnia.token'])
    await tab.page.close()
    await ann.page.reload()
    await ann.page.getByRole('region', { name: 'Call', exact: true }).waitFor()

    // The owner takes a space away: its people are told so, and the others notice nothing.
    await writeFile(settings, '[space.warsztat]\n')
    process.kill(box.ready.pid, 'SIGHUP')
    for (const person of [ann, cyd]) {
      await person.page.getByText(english.notices.spaceClosed.removed).waitFor()
      await person.nameField.waitFor()
    }
    assert.equal(await bob.people.count(), 1)
    const answer = await ann.page.goto(at(box, 'kuchnia').page)
    assert.equal(answer?.status(), 404)
    await ann.page.getByText('There is no space of this name here').waitFor()
    for (const person of people) assert.deepEqual(person.faults, [], `${person.name}'s page has faults`)
  } finally {
    await Promise.allSettled(people.map(person => person.close()))
    await box.end()
    await rm(folder, { recursive: true, force: true })
  }
})
