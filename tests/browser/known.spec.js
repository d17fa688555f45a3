// Somebody whom one has met is not here: when they were, and to be told when they come, and no stranger of the name.
import assert from 'node:assert/strict'
import words from '../../www/words/en.js'
import { until } from '../shared/until.js'
import { play } from './play.js'

play('whom one has talked to is told of when they come, and a stranger of the name is not', async ({ room }) => {
  const [ann, bob] = await room('Ann', 'Bob')
  await bob.tile('Ann').waitFor()
  await ann.hangUp()
  await bob.button(words.people.signOut).click()
  const away = ann.page.getByRole('region', { name: words.notHere.title, exact: true }).getByRole('listitem').filter({ hasText: 'Bob' })
  await away.getByText(/^was here today \d+:\d\d/).waitFor()
  await ann.button(words.notHere.tell('Bob')).click()
  const pressed = ann.page.getByRole('button', { name: words.notHere.tell('Bob'), exact: true, pressed: true })
  await pressed.waitFor()

  // Of Bob's device nothing is left but his name.
  const device = await bob.page.evaluate(() => {
    const kept = Object.entries(localStorage)
    localStorage.clear()
    return kept
  })
  await enters()
  await ann.inList('Bob').waitFor()
  await until('the box has said that it is another one', () => ann.page.evaluate(() => {
    const { marks } = window.wizyjno.state()
    return marks.size > 0 && [...marks.values()].every(({ mark }) => mark !== null)
  }))
  await away.waitFor()
  assert.equal(await ann.page.getByText(words.notices.came('Bob')).count(), 0)

  await bob.button(words.people.signOut).click()
  await bob.page.evaluate(kept => kept.forEach(([key, value]) => localStorage.setItem(key, value)), device)
  // Ann's page was away meanwhile, and remembers.
  await ann.page.reload()
  await pressed.waitFor()
  await enters()
  await ann.reads(words.notices.came('Bob'))
  await away.waitFor({ state: 'detached' })
  await ann.page.getByRole('status').getByRole('button', { name: 'Call Bob', exact: true }).click()
  await bob.ringOf('Ann').waitFor()

  async function enters() {
    await bob.page.reload()
    await bob.nameField.fill('Bob')
    await bob.button('Enter').click()
    await bob.people.waitFor()
  }
})
