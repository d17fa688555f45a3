// Somebody who comes to a box by a domain, without a browser: what certificate is shown, and a session over a WebSocket.
import { get } from 'node:http'
import { connect } from 'node:tls'
import { once } from 'node:events'
import { until } from '../shared/until.js'

/** @import { TLSSocket } from 'node:tls' */

/**
 * Shakes hands with a box and says what it showed.
 * @param {string} https the box's origin on loopback
 * @param {string} [name] by which it is reached; without it, none is named, as by who comes by address
 * @param {string | Buffer} [ca] whom to trust
 */
export async function handshake(https, name, ca) {
  const socket = await shake(https, name, ca)
  const { issuer, fingerprint256 } = socket.getPeerCertificate()
  const trusted = socket.authorized
  socket.destroy()
  return { trusted, issuer: String(issuer.CN), fingerprint: fingerprint256 }
}

/** @param {string} https @param {string} [name] @param {string | Buffer} [ca] @returns {Promise<TLSSocket>} */
async function shake(https, name, ca) {
  const { hostname, port } = new URL(https)
  const who = name ? { servername: name } : {}
  const socket = connect({ host: hostname, port: Number(port || 443), ca, rejectUnauthorized: false, ALPNProtocols: ['http/1.1'], ...who })
  await once(socket, 'secureConnect')
  return socket
}

/**
 * The answer of the plain port to who comes by that name.
 * @param {string} http the box's origin on loopback @param {string} host @param {string} path
 * @returns {Promise<{ status?: number, location?: string }>}
 */
export function plain(http, host, path) {
  const { hostname, port } = new URL(http)
  return new Promise((resolve, reject) => {
    get({ host: hostname, port, path, headers: { host } }, response => {
      response.resume()
      resolve({ status: response.statusCode, location: response.headers.location })
    }).on('error', reject)
  })
}

/** One WebSocket (RFC 6455), for as long as a test takes. */
export class Session {
  /** What the box has said, frames and all: they are text, and not masked. */
  heard = ''
  ended = false
  #socket

  /** @param {TLSSocket} socket */
  constructor(socket) {
    this.#socket = socket
    socket.on('data', bytes => (this.heard += bytes.toString('latin1')))
    socket.on('error', () => {}).on('close', () => (this.ended = true))
  }

  /** Comes in under a name. @param {string} https @param {string} host @param {string} person */
  static async open(https, host, person) {
    const session = new Session(await shake(https, host))
    const head = ['GET /ws HTTP/1.1', `Host: ${host}`, 'Connection: upgrade', 'Upgrade: websocket']
    const more = ['Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', 'Sec-WebSocket-Protocol: wizyjno.v1']
    session.#socket.write([...head, ...more, '', ''].join('\r\n'))
    await session.hears('101 Switching')
    session.says({ type: 'hello', name: person })
    await session.hears('"type":"welcome"')
    return session
  }

  /** @param {Record<string, unknown>} message */
  says(message) {
    const text = Buffer.from(JSON.stringify(message))
    // A final text frame of less than 126 bytes, masked with nought.
    this.#socket.write(Buffer.concat([Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]), text]))
  }

  /** @param {string} text */
  async hears(text) {
    await until(`the box says ${text}`, () => {
      if (this.ended) throw new Error('the session has ended')
      return this.heard.includes(text)
    })
  }

  end() {
    this.#socket.destroy()
  }
}
