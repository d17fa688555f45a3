// A page without a browser, at some address of this machine: over a WebSocket (RFC 6455), or over events and POSTs.
import { once } from 'node:events'
import { request as plainRequest } from 'node:http'
import { request as tlsRequest } from 'node:https'
import { until } from '../shared/until.js'
import { DOMAIN } from './proxies.js'

/** @import { Agent, IncomingMessage, OutgoingHttpHeaders } from 'node:http' */
/** @import { Duplex } from 'node:stream' */

/** @typedef {{ type: string, [key: string]: any }} Message */

/**
 * How somebody comes: by a proxy, or to the box itself where `tls` is false.
 * @typedef {{ port: number, from?: string, tls?: boolean, agent?: Agent, headers?: OutgoingHttpHeaders }} Way
 */

/** @param {Way} way @param {string} method @param {string} path @param {OutgoingHttpHeaders} headers */
function ask({ port, from = '127.0.0.5', tls = true, agent, headers: forged = {} }, method, path, headers) {
  const options = { host: '127.0.0.1', port, localAddress: from, method, path, agent: agent ?? false }
  const all = { ...options, headers: { host: DOMAIN, ...headers, ...forged } }
  return tls ? tlsRequest({ ...all, servername: DOMAIN, rejectUnauthorized: false }) : plainRequest(all)
}

/** The answer to one request. @param {Way} way @param {string} path @param {{ method?: string, headers?: OutgoingHttpHeaders, body?: string }} [what] */
export async function fetchFrom(way, path, { method = 'GET', headers = {}, body } = {}) {
  const asked = ask(way, method, path, headers)
  asked.end(body)
  const [answer] = /** @type {[IncomingMessage]} */ (await once(asked, 'response'))
  let text = ''
  for await (const piece of answer) text += piece
  return { status: answer.statusCode, headers: answer.headers, text }
}

/** What the box says to a page, in order; `hear` waits. */
class Heard {
  /** @type {Message[]} */
  messages = []
  ended = false

  /** The next message of that type; what came before it is passed over. @param {string} type */
  async hear(type) {
    return until(`the box says ${type}`, () => {
      const at = this.messages.findIndex(message => message.type === type)
      if (at >= 0) return this.messages.splice(0, at + 1)[at]
      if (this.ended) throw new Error(`the connection has ended before ${type}`)
      return undefined
    })
  }
}

export class SocketPage extends Heard {
  #socket
  #bytes = Buffer.alloc(0)

  /** @param {Duplex} socket */
  constructor(socket) {
    super()
    this.#socket = socket
    socket.on('data', bytes => this.#read(bytes))
    socket.on('error', () => {}).on('close', () => (this.ended = true))
  }

  /** @param {Way} way */
  static async open(way) {
    const asked = ask(way, 'GET', '/ws', {
      connection: 'Upgrade',
      upgrade: 'websocket',
      origin: `https://${DOMAIN}`,
      'sec-websocket-version': '13',
      'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
      'sec-websocket-protocol': 'wizyjno.v1',
    })
    asked.end()
    const refused = once(asked, 'response').then(([answer]) => Promise.reject(new Error(`status ${answer.statusCode}`)))
    const [, socket, first] = await Promise.race([once(asked, 'upgrade'), refused])
    refused.catch(() => {})
    const page = new SocketPage(socket)
    page.#read(first)
    return page
  }

  /** @param {Message} message */
  say(message) {
    const text = Buffer.from(JSON.stringify(message))
    const length = text.length < 126 ? [0x80 | text.length] : [0x80 | 126, text.length >> 8, text.length & 255]
    this.#socket.write(Buffer.concat([Buffer.from([0x81, ...length, 0, 0, 0, 0]), text])) // masked with nought
  }

  /** Says so many pings, each when the one before is answered. @param {number} times */
  async pingPong(times) {
    for (let n = 0; n < times; n++) {
      const seen = this.messages.length
      this.say({ type: 'ping' })
      while (!this.messages.slice(seen).some(message => message.type === 'pong')) await once(this.#socket, 'data')
    }
  }

  end() {
    this.#socket.destroy()
  }

  /** Frames of the box: whole, not masked, and of text unless they are a ping or the end. @param {Buffer} bytes */
  #read(bytes) {
    this.#bytes = Buffer.concat([this.#bytes, bytes])
    for (;;) {
      const all = this.#bytes
      const short = all[1] & 127
      const head = short < 126 ? 2 : short === 126 ? 4 : 10
      if (all.length < head) return
      const length = short < 126 ? short : short === 126 ? all.readUInt16BE(2) : Number(all.readBigUInt64BE(2))
      if (all.length < head + length) return
      if ((all[0] & 15) === 1) this.messages.push(JSON.parse(all.toString('utf8', head, head + length)))
      this.#bytes = all.subarray(head + length)
    }
  }
}

/** The transport of pages that open no WebSocket. */
export class EventsPage extends Heard {
  #way
  #key = ''
  #text = ''

  /** @param {Way} way */
  constructor(way) {
    super()
    this.#way = way
  }

  /** @param {Way} way */
  static async open(way) {
    const page = new EventsPage(way)
    const asked = ask(way, 'GET', '/events', { accept: 'text/event-stream' })
    asked.end()
    const [answer] = /** @type {[IncomingMessage]} */ (await once(asked, 'response'))
    answer.on('data', bytes => page.#read(String(bytes))).on('error', () => {}).on('close', () => (page.ended = true))
    page.end = () => asked.destroy()
    await until('the stream tells its key', () => page.#key)
    return page
  }

  /** @param {Message} message */
  async say(message) {
    const headers = { 'x-connection': this.#key, origin: `https://${DOMAIN}` }
    const { status } = await fetchFrom(this.#way, '/events', { method: 'POST', headers, body: JSON.stringify(message) })
    if (status !== 204) throw new Error(`a POST was answered with ${status}`)
  }

  end() {}

  /** @param {string} text */
  #read(text) {
    this.#text += text
    const events = this.#text.split('\n\n')
    this.#text = events.pop() ?? ''
    for (const event of events) {
      const data = event.slice(event.indexOf('data: ') + 6)
      if (event.startsWith('event: key')) this.#key = data
      else if (event.startsWith('data: ')) this.messages.push(JSON.parse(data))
    }
  }
}

/**
 * In the lobby: what was said in welcome.
 * @param {SocketPage | EventsPage} page @param {string} name @param {Record<string, unknown>} [more]
 */
export async function enter(page, name, more = {}) {
  await page.say({ type: 'hello', name, ...more })
  const welcome = await page.hear('welcome')
  await page.hear('people')
  return welcome
}
