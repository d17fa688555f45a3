// Ports for what tests start.
import { createServer } from 'node:net'

/** Those that have been given away. @type {Set<number>} */
const given = new Set()

/**
 * Ports of loopback that are free, and below those that the kernel gives to connections.
 * @param {number} count @returns {Promise<number[]>}
 */
export async function freePorts(count) {
  const ports = []
  while (ports.length < count) {
    const port = 10_000 + Math.floor(Math.random() * 20_000)
    if (given.has(port) || !(await isFree(port))) continue
    given.add(port)
    ports.push(port)
  }
  return ports
}

/** @param {number} port @returns {Promise<boolean>} */
function isFree(port) {
  return new Promise(resolve => {
    const server = createServer().listen(port, '127.0.0.1')
    server.on('error', () => resolve(false)).on('listening', () => server.close(() => resolve(true)))
  })
}
