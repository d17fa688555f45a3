// What needs no media, in Safari's engine.
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import words from '../../www/words/en.js'
import { play } from '../browser/play.js'
import { until } from '../shared/until.js'
import { covered } from '../www/covered.js'
import { serve } from '../www/gallery-server.js'
import { KEYS, WebKit } from './webkit.js'

/** @import { Box } from '../shared/box.js' */

/** A play with WebKit in it. @param {string} sentence @param {(stage: import('../browser/play.js').Stage & { ann: WebKit }) => Promise<void>} story */
function inWebKit(sentence, story) {
  play(sentence, async stage => {
    const ann = await WebKit.open()
    try {
      await story({ ...stage, ann })
    } catch (error) {
      const file = join(tmpdir(), `webkit-${sentence.replaceAll(/\W+/g, '-')}.png`)
      await ann.screenshot().then(bytes => writeFile(file, bytes)).catch(() => {})
      const text = await ann.run(() => `${location.href} ${document.readyState}: ${document.body?.innerText}`).catch(String)
      console.error(`what WebKit showed: ${file}, ${text}`)
      throw error
    } finally {
      await ann.close()
    }
  })
}

/** @param {WebKit} ann @param {Box} box */
async function enter(ann, box) {
  await ann.visit(box.page)
  await ann.find('//input[@type="text"]')
  await until('the field for the name has the focus', async () => (await ann.focused()) === words.start.yourName)
  await ann.type('Ann')
  await ann.press(words.start.enter)
  await ann.reads(words.people.title)
}

inWebKit('a browser that cannot call is told so and why, at the start and in the lobby', async ({ ann, box }) => {
  await ann.visit(box.page)
  await ann.reads(words.connection.unable.webrtc)
  assert.equal(await ann.run(() => document.querySelector('[role=alert].unable')?.textContent), words.connection.unable.webrtc)
  await until('the field for the name has the focus', async () => (await ann.focused()) === words.start.yourName)
  // By keys alone.
  await ann.type(`Ann${KEYS.enter}`)
  await ann.reads(words.people.nobody)
  await ann.reads(words.connection.unable.webrtc)
  await ann.tabTo(words.call.settings)
  await ann.type(KEYS.enter)
  await ann.reads(words.settings.title)
  await ann.type(KEYS.escape)
  await until('the settings are closed', async () => (await ann.count('//dialog')) === 0)
})

test('whoever comes back has the lobby, though its sheet comes late', async () => {
  const server = await serve(path => path.endsWith('/style/home.css') ? 500 : 0)
  const ann = await WebKit.open()
  try {
    await ann.visit(`${server.address}/tests/www/gallery.html?lang=en&story=lobby`)
    await ann.find('/html[@data-ready="yes"]')
    await ann.reads('Bob Kowalski')
  } finally {
    await ann.close()
    server.close()
  }
})

inWebKit('people ring and knock where there is no media, and without a WebSocket', async ({ ann, box, person }) => {
  const [bob, carol] = await Promise.all([person('Bob'), person('Cyd')])
  await ann.visit(box.page)
  await ann.run(() => {
    const Real = WebSocket
    // The box answers there, but not with a WebSocket.
    window.WebSocket = class extends Real {
      constructor() {
        super(`wss://${location.host}/`)
      }
    }
  })
  await until('the field for the name has the focus', async () => (await ann.focused()) === words.start.yourName)
  await ann.type(`Ann${KEYS.enter}`)
  await ann.reads(words.people.nobody)
  for (const one of [bob, carol]) await one.enter(box)
  await bob.call('Ann')
  await ann.find(`//*[@role="alertdialog"][@aria-label="${words.incoming.isCalling('Bob')}" or .//*[normalize-space(.)="${words.incoming.isCalling('Bob')}"]]`)
  await ann.press(words.incoming.decline)
  await bob.reads('Ann')
  await bob.call('Cyd')
  await carol.answers('Bob', 'Accept')
  await ann.press(words.people.knockOn('Bob'))
  await bob.answersKnock('Ann', 'Refuse')
  await ann.reads(words.notices.knock.refused)
})

inWebKit('the page that leads to trust speaks to Safari', async ({ ann, box }) => {
  await ann.visit(`${box.ready.http}/?lang=en&stay`)
  for (const sentence of ['Choose Show Details.', 'Then, at the very end, visit this website.', 'And confirm with Visit Website.']) await ann.reads(sentence)
  await ann.visit(`${box.ready.https}/trust?lang=en`)
  await ann.reads('No more warnings')
  assert.equal(await ann.run(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth), true)
})

inWebKit('every size fits, and no control lies over another', async ({ ann, box }) => {
  await enter(ann, box)
  // Its window is no narrower than its buttons.
  for (const [width, height] of [[1280, 800], [844, 390], [450, 839]]) {
    await ann.resize(width, height)
    await until(`nothing is covered at ${width} by ${height}`, async () => {
      const faults = await ann.run(covered)
      if (faults.length === 0) return true
      throw new Error(faults.join('\n'))
    })
    const wide = () => [document.documentElement, ...document.querySelectorAll('.people')].filter(element => element.scrollWidth > element.clientWidth).map(({ className, nodeName }) => className || nodeName)
    assert.deepEqual(await ann.run(wide), [], `${width} by ${height}`)
  }
})
