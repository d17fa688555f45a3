// The page as such: for everybody's hands and eyes, small, and from the box alone.
import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import axe from 'axe-core'
import { devices } from 'playwright-core'
import english from '../../www/words/en.js'
import polish from '../../www/words/pl.js'
import silesian from '../../www/words/szl.js'
import { play } from './play.js'
import { until } from '../shared/until.js'
import { meet, together } from '../shared/room.js'

/** @import { Page } from 'playwright-core' */
/** @import { Person } from '../shared/person.js' */

play('the whole way into a call and out of it can be walked with the keyboard', async ({ box, person }) => {
  const [ann, bob] = [await person('Ann'), await person('Bob')]
  await bob.enter(box)
  await ann.visit(box)
  await tabTo(ann, 'textbox', 'Your name')
  await ann.page.keyboard.type('Ann')
  await tabTo(ann, 'button', 'Enter')
  await ann.page.keyboard.press('Enter')
  await ann.people.waitFor()
  await tabTo(ann, 'button', 'Call Bob')
  await ann.page.keyboard.press('Enter')
  await bob.ringOf('Ann').waitFor()
  await tabTo(bob, 'button', 'Accept')
  await bob.page.keyboard.press('Enter')
  await ann.room.waitFor()
  await tabTo(ann, 'button', 'Mute')
  await ann.page.keyboard.press('Space')
  await tabTo(ann, 'button', 'Hang up')
  await ann.page.keyboard.press('Enter')
  await bob.reads(english.notices.roomEnded.last_left('Ann'))
})

play('the page is accessible with everything that is live in it', async ({ lobby }) => {
  // screens.spec.js sees every screen in both schemes; here sound, pictures and the box are real.
  const [ann, bob] = await lobby('Ann', 'Bob')
  await ann.call('Bob')
  await bob.ringOf('Ann').waitFor()
  await accessible(ann, 'calling')
  await accessible(bob, 'being called')
  await bob.answers('Ann', 'Accept')
  await ann.sees('Bob')
  await accessible(ann, 'the call')
})

play('on a small phone nothing sticks out sideways', async ({ box, person }) => {
  const phone = { ...devices['Pixel 7'], viewport: { width: 320, height: 640 } }
  const [ann, bob] = [await person('Ann', { context: phone }), await person('Bob')]
  await ann.visit(box)
  await ann.nameField.waitFor()
  await fits(ann, 'the start')
  await ann.enter(box)
  await bob.enter(box)
  await fits(ann, 'the lobby')
  await bob.call('Ann')
  await ann.ringOf('Bob').waitFor()
  await fits(ann, 'being called')
  await ann.answers('Bob', 'Accept')
  await ann.sees('Bob')
  await fits(ann, 'the call')
})

for (const [form, context] of /** @type {const} */ ([['desktop', {}], ['phone', devices['Pixel 7']]])) {
  play(`on a ${form} nothing moves by itself, from the start into a call`, async ({ box, person }) => {
    const [ann, bob] = [await person('Ann', { context: { ...context, serviceWorkers: 'block' } }), await person('Bob')]
    await bob.enter(box)
    await ann.page.addInitScript(noteWhatMoves)
    // Later than the half second for which the browser would put it down to the finger.
    await ann.page.route(/room-bar\.js$/, async route => {
      await pause(1_000)
      await route.continue()
    })
    await ann.visit(box)
    await ann.page.locator('.start .tile[data-shown=true]').waitFor()
    await ann.nameField.fill('Ann')
    await ann.button('Enter').click()
    // A phone opens its camera for calls only.
    await ann.page.locator(form === 'phone' ? '.home .tile' : '.home .tile[data-shown=true]').waitFor()
    await together(bob, ann)
    await ann.seesAndHears('Bob')
    await ann.button(english.call.information).waitFor()
    await ann.button('Hang up').click()
    await bob.reads(english.notices.roomEnded.last_left('Ann'))
    await ann.call('Bob')
    await bob.ringOf('Ann').waitFor()
    await pause(1_000)
    // Now Bob's finger leads her into the call.
    await bob.answers('Ann', 'Accept')
    await ann.seesAndHears('Bob')
    assert.deepEqual(await ann.page.evaluate(() => Reflect.get(window, 'moved')()), [])
  })
}

play('a lobby in which nothing happens draws nothing', async ({ box, person }) => {
  const ann = await person('Ann')
  await ann.enter(box)
  await ann.page.locator('.home .tile[data-shown=true]').waitFor()
  const session = await ann.page.context().newCDPSession(ann.page)
  await session.send('Performance.enable')
  const drawn = async () => {
    const { metrics } = await session.send('Performance.getMetrics')
    return metrics.filter(({ name }) => ['LayoutCount', 'RecalcStyleCount'].includes(name)).map(({ value }) => value).join()
  }
  await until('three seconds without a new style or place', async () => {
    const before = await drawn()
    await new Promise(later => setTimeout(later, 3_000))
    return (await drawn()) === before
  })
})

play('what comes after the start is asked for again when it did not come', async ({ box, person }) => {
  const [ann, bob] = [await person('Ann', { context: { serviceWorkers: 'block' } }), await person('Bob')]
  /** @type {Set<string>} */
  const lost = new Set()
  await ann.page.route(/\/v\/[^/]+\/(call\/media|ui\/screens\/home)\.js$/, (route, request) => {
    if (lost.has(request.url())) return route.continue()
    lost.add(request.url())
    return route.abort()
  })
  await meet(box, bob, ann)
  await ann.sees('Bob')
  await bob.sees('Ann')
  assert.equal(lost.size, 2)
})

play(
  'served from a folder, module by module, it is the same page',
  async ({ box, person }) => {
    const ann = await person('Ann')
    await ann.enter(box)
    await ann.page.locator('.home .tile[data-shown=true]').waitFor()
    assert.ok(ann.requests.some(url => url.endsWith('/state/call/room.js')))
  },
  { box: ['--www', 'www'] },
)

play('it speaks the language of the browser, or the one that is asked for', async ({ box, person }) => {
  const ann = await person('Ann', { context: { locale: 'pl-PL' } })
  await ann.page.goto(box.ready.https)
  await ann.page.getByRole('button', { name: polish.start.enter, exact: true }).waitFor()
  await ann.page.goto(`${box.ready.https}/?lang=szl`)
  await ann.page.getByRole('button', { name: silesian.start.enter, exact: true }).waitFor()
})

play('little comes before the start screen', async ({ box, person }) => {
  // The service worker would fetch for the page, and hide what that weighs.
  const ann = await person('Ann', { context: { serviceWorkers: 'block' } })
  await ann.page.addInitScript(noteWhenStartIsShown)
  const cold = await traffic(ann.page, () => ann.visit(box))
  await ann.nameField.waitFor()
  const loaded = await cold.settled()
  // What the page fetches once the start screen is there keeps nobody waiting.
  const first = await ann.page.evaluate(() => {
    const shown = /** @type {number} */ (Reflect.get(window, 'startShown'))
    const files = performance.getEntriesByType('resource').filter(file => file.startTime <= shown)
    return [location.href, ...files.map(file => file.name)]
  })
  const before = loaded.responses.filter(({ url }) => first.includes(url))
  assert.ok(before.length > 3, `only ${before.length} files make the start screen?`)
  const bytes = before.reduce((sum, response) => sum + response.bytes, 0)
  const list = before.map(({ url, bytes }) => `\n${bytes} ${url}`).join('')
  assert.ok(bytes <= 104_000, `${bytes} bytes before the start screen:${list}`)
  console.log(`${bytes} bytes over the wire before the start screen`)
})

play('the page is small, comes from the box alone, and comes but once', async ({ box, person }) => {
  // The service worker would fetch for the page, and hide what that weighs.
  const ann = await person('Ann', { context: { serviceWorkers: 'block' } })
  // All there is: the start, and what comes after it for the lobby and the call.
  const cold = await traffic(ann.page, () => ann.enter(box))
  const { responses: first } = await cold.settled()
  const bytes = first.reduce((sum, response) => sum + response.bytes, 0)
  const list = first.map(({ url, bytes }) => `\n${bytes} ${url}`).join('')
  assert.ok(first.length > 10, `only ${first.length} files make the page?`)
  assert.ok(bytes <= 134_000, `${bytes} bytes make the page:${list}`)
  console.log(`${bytes} bytes over the wire make the whole page`)

  const warm = await traffic(ann.page, () => ann.page.reload())
  await ann.people.waitFor()
  const again = await warm.settled()
  const anew = again.responses.filter(({ status, cached }) => status !== 304 && !cached)
  assert.deepEqual(anew, [], 'the second time everything is only asked for whether it changed')

  const own = new URL(box.ready.https).host
  const foreign = ann.requests.filter(url => !/^(data|blob):/.test(url) && new URL(url).host !== own)
  assert.deepEqual(foreign, [])
})

play('the page opens also while the box is away, and goes on when it is back', async ({ box, person }) => {
  const ann = await person('Ann')
  await ann.enter(box)
  await ann.page.evaluate(() => navigator.serviceWorker.ready)
  // Now by way of the worker, which keeps what passes.
  await ann.page.reload()
  await ann.people.waitFor()
  // The other pages of the box are not what it keeps.
  await ann.page.goto(new URL('/status', box.ready.https).href)
  await ann.page.goto(box.ready.https)
  await ann.people.waitFor()
  await ann.page.goto(new URL('/status', box.ready.https).href)
  await box.kill()
  await ann.page.goto(box.ready.https)
  await ann.reads(english.connection.lost)
  await box.startAgain()
  await ann.people.waitFor()
})

play('a page that the browser had kept from an older box says so, and gives way to the newer one', async ({ box, person }) => {
  const ann = await person('Ann')
  await ann.enter(box)
  await ann.page.evaluate(() => navigator.serviceWorker.ready)
  await ann.page.reload()
  await ann.people.waitFor()
  const base = () => ann.page.evaluate(() => new URL(document.baseURI).pathname)
  const newer = await base()
  await ann.button('Mute').click()
  await ann.page.evaluate(age, newer)
  await box.kill()
  await ann.page.reload()
  await ann.reads(english.connection.lost)
  assert.equal(await base(), '/v/older/')
  await box.startAgain()
  await ann.people.waitFor()
  await ann.reads(english.notices.updated)
  await ann.button(english.notices.reload).click()
  await until('the newer page is there', async () => (await base()) === newer)
  await ann.people.waitFor()
  await ann.button('Unmute').waitFor()
  await until('the newest list is there', () => ann.page.evaluate(() => window.wizyjno.state().people.size > 0))
  assert.equal(await ann.page.getByText(english.notices.updated).count(), 0)
})

/** Runs in the page: all that the browser keeps of it is called older. @param {string} base the path of its files */
async function age(base) {
  const shelf = await caches.open('page')
  for (const request of await shelf.keys()) {
    const answer = /** @type {Response} */ (await shelf.match(request))
    const { headers } = answer
    const { pathname } = new URL(request.url)
    const body = pathname === '/' ? (await answer.text()).replace(base, '/v/older/') : await answer.blob()
    await shelf.delete(request)
    await shelf.put(pathname.replace(base, '/v/older/'), new Response(body, { headers: { 'content-type': headers.get('content-type') ?? '' } }))
  }
}

/** Runs in the page before everything else. */
function noteWhenStartIsShown() {
  const look = new MutationObserver(() => {
    if (!document.querySelector('input')) return
    Reflect.set(window, 'startShown', performance.now())
    look.disconnect()
  })
  look.observe(document, { childList: true, subtree: true })
}

/**
 * Runs in the page before everything else: `moved` tells what has, other than because of a click or a key (CLS).
 * The pictures of a call change their places on purpose, and what lies on them goes with them.
 */
function noteWhatMoves() {
  /** @type {{ value: number, what: string[] }[]} */
  const moved = []
  /** @param {PerformanceEntry[]} entries */
  const note = entries => {
    for (const { value, hadRecentInput, sources } of /** @type {any[]} */ (entries)) {
      if (hadRecentInput || sources.every((/** @type {any} */ { node }) => node?.parentElement?.closest('.home .tile'))) continue
      moved.push({ value, what: sources.map((/** @type {any} */ { node, previousRect: from, currentRect: to }) => `${node?.className ?? node?.nodeName} ${from.x},${from.y} → ${to.x},${to.y}`) })
    }
  }
  const observer = new PerformanceObserver(list => note(list.getEntries()))
  observer.observe({ type: 'layout-shift', buffered: true })
  Object.assign(window, {
    moved() {
      note(observer.takeRecords())
      return moved
    },
  })
}

/** Presses Tab until it is there. @param {Person} person @param {'button' | 'textbox'} role @param {string} name */
async function tabTo(person, role, name) {
  const wanted = person.page.getByRole(role, { name, exact: true })
  await wanted.waitFor()
  const focused = () => wanted.evaluate(element => element === document.activeElement)
  for (let pressed = 0; pressed < 60; pressed++) {
    if (await focused()) return
    await person.page.keyboard.press('Tab')
  }
  assert.fail(`${name} cannot be reached with Tab`)
}

/** @param {Person} person @param {string} screen */
async function accessible(person, screen) {
  await person.page.evaluate(axe.source)
  const found = await person.page.evaluate(async () => {
    const { violations } = await /** @type {typeof axe} */ (Reflect.get(window, 'axe')).run()
    return violations.map(({ id, help, nodes }) => ({ id, help, where: nodes.map(node => node.target.join(' ')) }))
  })
  assert.deepEqual(found, [], `${screen} of ${person.name}`)
}

/** @param {Person} person @param {string} screen */
async function fits(person, screen) {
  const { content, window } = await person.page.evaluate(() => ({
    content: document.documentElement.scrollWidth,
    window: document.documentElement.clientWidth,
  }))
  assert.ok(content <= window, `${screen}: ${content} px wide in a window of ${window}`)
}

/**
 * Counts what goes over the wire from when `load` starts.
 * @param {Page} page @param {() => Promise<unknown>} load
 */
async function traffic(page, load) {
  const session = await page.context().newCDPSession(page)
  /** @type {Map<string, { url: string, status: number, cached: boolean, bytes: number, done: boolean }>} */
  const requests = new Map()
  /** @param {string} id @param {Partial<{ url: string, status: number, cached: boolean, bytes: number, done: boolean }>} news */
  const note = (id, news) => {
    const known = requests.get(id) ?? { url: '', status: 0, cached: false, bytes: 0, done: false }
    requests.set(id, { ...known, ...news })
  }
  session.on('Network.requestWillBeSent', ({ requestId, request }) => note(requestId, { url: request.url }))
  session.on('Network.requestServedFromCache', ({ requestId }) => note(requestId, { cached: true }))
  session.on('Network.responseReceived', ({ requestId, response }) => {
    if (response.fromDiskCache) note(requestId, { cached: true })
  })
  // What was really answered; the response above says 200 where the browser's memory filled in for a 304.
  session.on('Network.responseReceivedExtraInfo', ({ requestId, statusCode }) => note(requestId, { status: statusCode }))
  session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) =>
    note(requestId, { bytes: encodedDataLength, done: true }),
  )
  session.on('Network.loadingFailed', ({ requestId }) => note(requestId, { done: true }))
  await session.send('Network.enable')
  await load()
  return {
    /** Waits until everything that was asked for has come. */
    async settled() {
      await until('all of the page is there', () => {
        const open = [...requests.values()].filter(({ url, done }) => url.startsWith('https:') && !done)
        if (open.length) throw new Error(open.map(({ url }) => url).join(' '))
        return requests.size > 0
      })
      await session.detach()
      const responses = [...requests.values()].filter(({ url }) => url.startsWith('https:'))
      return { responses }
    },
  }
}
