// The way past the certificate: the plain page, the warning, and trust.
import { play } from './play.js'

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
  await bob.call('Ann')
  await ann.answers('Bob', 'Accept')
  await Promise.all([ann.seesAndHears('Bob'), bob.seesAndHears('Ann')])
})
