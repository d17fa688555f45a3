// How long it takes from "Accept" until both see each other, beside the least that a page can do for it: bare.html.
// Two Chromiums with fake cameras, both pages in turn: `node benches/accept/main.js [rounds]`; flags of the box after that.
import { createServer } from 'node:http'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { loadavg } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'
import { Box } from '../../tests/shared/box.js'
import { Person } from '../../tests/shared/person.js'

const ROUNDS = Number(process.argv[2] ?? 10)

/** Milliseconds that it rings before it is accepted, and that a page which has been opened is left alone. */
const CALM = 2_000

/** Milliseconds after which a page that shows nothing has failed. */
const TIMEOUT_MS = 20_000

const box = await Box.start(process.argv.slice(3))
const server = await serveBare()
const people = await Promise.all(['Ann', 'Bob'].map(name => Person.open(name, { ca: box.ready.ca })))
/** @type {Record<'ours' | 'bare', number[]>} */
const times = { ours: [], bare: [] }
try {
  for (const one of people) await one.enter(box)
  for (let round = 1; round <= ROUNDS; round += 1) {
    const load = loadavg()[0].toFixed(1)
    for (const which of round % 2 ? /** @type {const} */ (['ours', 'bare']) : /** @type {const} */ (['bare', 'ours'])) {
      times[which].push(await (which === 'ours' ? ours() : bare()))
    }
    console.info(`round ${round}, load ${load}: ours ${times.ours.at(-1)} ms, bare ${times.bare.at(-1)} ms`)
  }
  const [a, b] = [median(times.ours), median(times.bare)]
  console.info(`medians: ours ${a} ms, bare ${b} ms, ratio ${(a / b).toFixed(2)}; best: ours ${Math.min(...times.ours)} ms, bare ${Math.min(...times.bare)} ms`)
} finally {
  await Promise.allSettled(people.map(person => person.close()))
  server.close()
  server.closeAllConnections()
  await box.end()
}

/** A call from the click on Accept to the later of both pictures, in milliseconds. */
async function ours() {
  const [ann, bob] = people
  for (const one of people) {
    await one.visit(box)
    await one.people.waitFor()
  }
  await pause(CALM)
  await ann.call('Bob')
  await bob.ringOf('Ann').waitFor()
  await pause(CALM)
  await Promise.all([watch(ann, '[role=group][aria-label=Bob] video'), watch(bob, '[role=group][aria-label=Ann] video')])
  await bob.page.evaluate(() => addEventListener('click', ({ timeStamp }) => Object.assign(window, { begunAt: performance.timeOrigin + timeStamp }), true))
  await bob.answers('Ann', 'Accept')
  const took = await sawEachOther(/** @type {number} */ (await bob.page.evaluate('begunAt')))
  await ann.hangUp()
  for (const one of people) await one.room.waitFor({ state: 'detached' })
  for (const one of people) await one.page.goto('about:blank')
  return took
}

/** The same of the bare page, whose camera is on already, from the moment when it begins. */
async function bare() {
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address())
  for (const one of people) await one.page.goto(`http://127.0.0.1:${port}/?name=${one.name}`)
  for (const one of people) await one.page.evaluate('ready')
  await pause(CALM)
  for (const one of people) await watch(one, '#theirs')
  const took = await sawEachOther(/** @type {number} */ (await people[1].page.evaluate('begin(), performance.timeOrigin + performance.now()')))
  for (const one of people) await one.page.goto('about:blank')
  return took
}

/** Notes when the first picture is seen in a video that may still have to come. Those that come while it is hidden nobody sees. @param {Person} person @param {string} video */
async function watch(person, video) {
  await person.page.evaluate(video => {
    const shown = new Promise(resolve => {
      const look = setInterval(() => {
        const element = /** @type {HTMLVideoElement | null} */ (document.querySelector(video))
        if (!element) return
        clearInterval(look)
        const next = () => element.requestVideoFrameCallback(now => {
          if (element.checkVisibility({ opacityProperty: true })) resolve(performance.timeOrigin + now)
          else next()
        })
        next()
      }, 5)
    })
    Object.assign(window, { shown })
  }, video)
}

/** @param {number} begun */
async function sawEachOther(begun) {
  const shown = Promise.all(people.map(one => one.page.evaluate(() => /** @type {Promise<number>} */ (Reflect.get(window, 'shown')))))
  const late = pause(TIMEOUT_MS, null, { ref: false })
  const all = await Promise.race([shown, late])
  if (!all) throw new Error('they do not see each other')
  return Math.round(Math.max(...all) - begun)
}

/** The bare page, and what its two copies say to each other. */
async function serveBare() {
  const page = await readFile(new URL('./bare.html', import.meta.url))
  /** @type {Map<string, import('node:http').ServerResponse>} */
  const hearing = new Map()
  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://bare')
    const name = searchParams.get('name') ?? ''
    if (pathname === '/hear') {
      hearing.set(name, response)
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
    } else if (pathname === '/say') {
      let text = ''
      for await (const part of request) text += part
      for (const [other, hears] of hearing) if (other !== name) hears.write(`data: ${text}\n\n`)
      response.end()
    } else {
      response.writeHead(200, { 'content-type': 'text/html' }).end(page)
    }
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

/** @param {readonly number[]} values */
function median(values) {
  const sorted = values.toSorted((a, b) => a - b)
  return Math.round((sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2)
}
