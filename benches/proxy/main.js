// What a request, and a message of a page, cost the box through nginx, beside the same without it: CPU time of the
// box, as the kernel counts it, in rounds that take turns.
//
//     node benches/proxy/main.js
import { readdirSync, readFileSync } from 'node:fs'
import { Agent as PlainAgent } from 'node:http'
import { Agent as TlsAgent } from 'node:https'
import { Box } from '../../tests/shared/box.js'
import { enter, fetchFrom, SocketPage } from '../../tests/hosting/client.js'
import { DOMAIN, Proxy } from '../../tests/hosting/proxies.js'

const ROUNDS = 5
const CLIENTS = 10
/** Within what a connection may say at once. */
const EACH = 150

/** CPU time of all threads of a process, milliseconds. @param {number} pid */
function cpu(pid) {
  const threads = readdirSync(`/proc/${pid}/task`)
  const schedstat = (/** @type {string} */ thread) => readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8')
  const spent = threads.map(thread => Number(schedstat(thread).split(' ')[0]))
  return spent.reduce((all, one) => all + one, 0) / 1e6
}

const box = await Box.start(['--behind-proxy', '--domain', DOMAIN, '--trusted-proxy', '127.0.0.1'])
const proxy = await Proxy.start('nginx', new URL(box.ready.http).port)
const ways = {
  direct: { port: Number(new URL(box.ready.http).port), tls: false },
  nginx: { port: proxy.port, tls: true },
}

/** @type {Record<string, { requests: number[], messages: number[] }>} */
const spent = { direct: { requests: [], messages: [] }, nginx: { requests: [], messages: [] } }
const N = CLIENTS * EACH
let address = 0
for (let round = 0; round < ROUNDS; round++) {
  for (const [name, way] of Object.entries(ways)) {
    const clients = Array.from({ length: CLIENTS }, () => {
      const agent = new (way.tls ? TlsAgent : PlainAgent)({ keepAlive: true, maxSockets: 1 })
      return { ...way, agent, from: `127.0.1.${++address}` }
    })
    const fetchAll = async (/** @type {typeof clients[0]} */ client, /** @type {number} */ times) => {
      for (let n = 0; n < times; n++) await fetchFrom(client, '/robots.txt')
    }
    await Promise.all(clients.map(client => fetchAll(client, 1)))
    const before = cpu(box.ready.pid)
    await Promise.all(clients.map(client => fetchAll(client, EACH - 1)))
    spent[name].requests.push((cpu(box.ready.pid) - before) / (N - CLIENTS))
    for (const { agent } of clients) agent.destroy()

    const pages = await Promise.all(clients.map(({ agent: _, ...client }) => SocketPage.open(client)))
    await Promise.all(pages.map((page, n) => enter(page, `Page ${n}`)))
    const start = cpu(box.ready.pid)
    await Promise.all(pages.map(page => page.pingPong(EACH)))
    spent[name].messages.push((cpu(box.ready.pid) - start) / N)
    for (const page of pages) page.end()
  }
}
await proxy.end()
await box.end()

for (const kind of /** @type {const} */ (['requests', 'messages'])) {
  const median = (/** @type {string} */ name) => spent[name][kind].sort((a, b) => a - b)[ROUNDS >> 1] * 1000
  const [direct, nginx] = [median('direct'), median('nginx')]
  const ratio = (nginx / direct).toFixed(2)
  console.log(`${kind}: direct ${direct.toFixed(1)} µs, through nginx ${nginx.toFixed(1)} µs: ${ratio} ×`)
}
