// A client of TURN over TLS (RFC 8656) without a browser: asks for an allocation, as far as the answer.
import { createHash, createHmac } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:tls'
import { DOMAIN } from './proxies.js'

const COOKIE = 0x2112a442
const ALLOCATE = 0x0003
const REQUESTED_UDP = attribute(0x0019, Buffer.from([17, 0, 0, 0]))
const ATTRIBUTES = { username: 0x0006, integrity: 0x0008, error: 0x0009, realm: 0x0014, nonce: 0x0015 }

/** @param {number} type @param {Buffer} value */
function attribute(type, value) {
  const head = Buffer.alloc(4)
  head.writeUInt16BE(type)
  head.writeUInt16BE(value.length, 2)
  return Buffer.concat([head, value, Buffer.alloc(-value.length & 3)])
}

/** A request for an allocation. @param {Buffer[]} attributes @param {number} [signature] bytes that are still to come */
function allocate(attributes, signature = 0) {
  const body = Buffer.concat([REQUESTED_UDP, ...attributes])
  const head = Buffer.alloc(20, 7)
  head.writeUInt16BE(ALLOCATE)
  head.writeUInt16BE(body.length + signature, 2)
  head.writeUInt32BE(COOKIE, 4)
  return Buffer.concat([head, body])
}

/** What a STUN message says: its type and its attributes. @param {Buffer} bytes */
function read(bytes) {
  const attributes = new Map()
  for (let at = 20; at < bytes.length; ) {
    const length = bytes.readUInt16BE(at + 2)
    attributes.set(bytes.readUInt16BE(at), bytes.subarray(at + 4, at + 4 + length))
    at += 4 + length + (-length & 3)
  }
  return { type: bytes.readUInt16BE(0), attributes }
}

/**
 * What TURN at that port answers to whoever has no credentials (an error's code), and to whoever has these (the type of
 * the answer: 0x0103 is an allocation).
 * @param {number} port @param {{ username: string, credential: string }} access
 */
export async function allocation(port, { username, credential }) {
  const socket = connect({ host: '127.0.0.1', port, servername: DOMAIN, rejectUnauthorized: false })
  try {
    await once(socket, 'secureConnect')
    socket.write(allocate([]))
    const refusal = read((await once(socket, 'data'))[0]).attributes
    const [realm, nonce, error] = [ATTRIBUTES.realm, ATTRIBUTES.nonce, ATTRIBUTES.error].map(type => refusal.get(type))
    const said = [attribute(ATTRIBUTES.username, Buffer.from(username)), attribute(ATTRIBUTES.realm, realm), attribute(ATTRIBUTES.nonce, nonce)]
    const key = createHash('md5').update(`${username}:${realm}:${credential}`).digest()
    const unsigned = allocate(said, 24)
    const signature = createHmac('sha1', key).update(unsigned).digest()
    socket.write(Buffer.concat([unsigned, attribute(ATTRIBUTES.integrity, signature)]))
    return { refused: error[2] * 100 + error[3], answered: read((await once(socket, 'data'))[0]).type }
  } finally {
    socket.destroy()
  }
}
