// Join with what works: a missing or forbidden camera never keeps anybody out, and another one is a choice away.
import assert from 'node:assert/strict'
import { devices } from 'playwright-core'
import words from '../../www/words/en.js'
import { overhear } from '../shared/connections.js'
import { play } from './play.js'
import { until } from '../shared/until.js'
import { meet, together } from '../shared/room.js'

/** @import { Person } from '../shared/person.js' */

/** @type {['missing' | 'denied', string][]} */
const situations = [
  ['missing', 'somebody without a camera sees and hears the others'],
  ['denied', 'somebody who keeps the camera from the page sees and hears the others'],
]
for (const [given, sentence] of situations) {
  play(sentence, async ({ box, person }) => {
    const ann = await person('Ann', { devices: given })
    const bob = await person('Bob')
    await ann.visit(box)
    await ann.page.getByText(words.devices.camera_problems[given]).first().waitFor()
    await meet(box, bob, ann)
    await ann.seesAndHears('Bob')
    await bob.tile('Ann').waitFor()
  })
}

play('somebody who allows camera and microphone later, beside the address, presses nothing in the page', async ({ box, person }) => {
  const [ann, bob] = [await person('Ann', { devices: 'denied' }), await person('Bob')]
  await ann.visit(box)
  await ann.page.getByText(words.devices.camera_problems.denied).first().waitFor()
  await meet(box, bob, ann)
  await ann.seesAndHears('Bob')
  await ann.context.grantPermissions(['camera', 'microphone'], { origin: box.ready.https })
  await bob.seesAndHears('Ann')
})

play('the button of a camera that is kept from the page says why and what to do, to a finger as well', async ({ box, person }) => {
  const ann = await person('Ann', { devices: 'denied' })
  await ann.enter(box)
  await ann.button('Turn camera on').click()
  const sheet = ann.page.getByRole('dialog', { name: words.devices.camera, exact: true })
  await sheet.getByText(words.devices.camera_problems.denied).waitFor()
  await sheet.getByText(words.devices.remedies.denied.chromium).waitFor()
  await sheet.getByRole('button', { name: words.devices.tryAgain, exact: true }).click()
  await sheet.getByText(words.devices.camera_problems.denied).waitFor()
  await ann.context.grantPermissions(['camera', 'microphone'], { origin: box.ready.https })
  await sheet.waitFor({ state: 'detached' })
  await ann.page.locator('.home .tile[data-shown=true]').waitFor()
})

play('where that was chosen, camera and microphone are closed in the lobby and open in a call', async ({ box, person }) => {
  const [ann, bob] = [await person('Ann', { context: devices['Pixel 7'] }), await person('Bob')]
  await ann.enter(box)
  await bob.enter(box)
  const sources = () => ann.page.evaluate(() => window.wizyjno.state()).then(({ camera, microphone }) => [camera.status, microphone.status].join())
  await until('both are closed, as on any phone', async () => (await sources()) === 'off,off')
  await together(bob, ann)
  await bob.seesAndHears('Ann')
  await ann.hangUp()
  await until('both are closed again', async () => (await sources()) === 'off,off')

  await bob.button('Settings').click()
  await bob.page.getByRole('switch', { name: words.settings.onlyInCalls }).click()
  await bob.page.keyboard.press('Escape')
  await bob.tile('You').or(bob.page.getByText(words.devices.closed)).first().waitFor()
  await bob.page.reload()
  await bob.page.getByText(words.devices.closed).waitFor()
})

play('another camera and another microphone are taken in the middle of a call, and the other one goes on seeing and hearing', async ({ box, person }) => {
  const ann = await person('Ann', { devices: 'several' })
  const bob = await person('Bob')
  await overhear(ann)
  await meet(box, bob, ann)
  await bob.tile('Ann').waitFor()
  await bob.hears('Ann')

  await ann.button(words.settings.title).click()
  for (const kind of /** @type {const} */ (['camera', 'microphone'])) {
    const choice = ann.page.getByRole('dialog').getByRole('combobox', { name: words.devices[kind], exact: true })
    const [all, mine] = [await choice.locator('option').evaluateAll(options => options.map(option => option.getAttribute('value'))), await used(ann, kind)]
    const other = all.findLast(id => id && id !== 'default' && id !== mine)
    assert.ok(other, `another ${kind} than ${mine} of ${all}`)
    await choice.selectOption(other)
    await until(`the other ${kind} is used`, async () => (await used(ann, kind)) === other)
  }
  await ann.page.keyboard.press('Escape')
  const frames = await bob.framesOf('Ann')
  await until('Bob sees Ann go on', async () => (await bob.framesOf('Ann')) > frames + 10)
  await bob.hears('Ann')

  // One that is remembered and gone since gives way to another one.
  await ann.page.evaluate(() => localStorage.setItem('wizyjno.camera', 'gone'))
  await ann.page.reload()
  await until('Ann is seen again', async () => (await used(ann, 'camera')) !== undefined)
  await bob.hears('Ann')
})

play('camera and headset that are plugged in during a call are used at once', async ({ box, person }) => {
  const [ann, bob] = [await person('Ann'), await person('Bob')]
  await ann.page.addInitScript(unplug)
  await meet(box, bob, ann)
  await ann.seesAndHears('Bob')
  const missing = () => ann.page.evaluate(() => window.wizyjno.state()).then(({ camera, microphone }) => [camera.status, microphone.status])
  assert.deepEqual(await missing(), ['failed', 'failed'])
  await ann.page.evaluate(() => Reflect.get(window, 'plug')())
  await bob.seesAndHears('Ann')
})

/** Runs in the page before everything else: there is no device until `plug` is called. The browser's fakes are always there. */
function unplug() {
  const media = navigator.mediaDevices
  const [ask, list] = [media.getUserMedia.bind(media), media.enumerateDevices.bind(media)]
  let plugged = false
  media.getUserMedia = async wanted => {
    if (plugged) return ask(wanted)
    throw new DOMException('Requested device not found', 'NotFoundError')
  }
  media.enumerateDevices = async () => (plugged ? list() : [])
  Object.assign(window, {
    plug() {
      plugged = true
      media.dispatchEvent(new Event('devicechange'))
    },
  })
}

/** Which device the page sends from. @param {Person} person @param {'camera' | 'microphone'} kind */
async function used(person, kind) {
  return person.page.evaluate(kind => {
    const connections = /** @type {RTCPeerConnection[]} */ (Reflect.get(window, 'connections'))
    const senders = connections.filter(({ connectionState }) => connectionState === 'connected').flatMap(connection => connection.getSenders())
    return senders.find(({ track }) => track?.kind === (kind === 'camera' ? 'video' : 'audio'))?.track?.getSettings().deviceId
  }, kind)
}
