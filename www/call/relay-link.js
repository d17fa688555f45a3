// One of the two connections to the relay: what belongs to it ends with it.
import { LinkHealth } from './link-health.js'
import { serialQueue } from './serial-queue.js'

export class RelayLink {
  health = new LinkHealth()
  /** What is to be done with it, once the browser is free for it. */
  queue = serialQueue('relay')
  connection

  /**
   * @param {number} number by which both ends know it
   * @param {object} options
   * @param {() => Promise<void>} options.ready when the browser is free for it
   * @param {() => void} options.changed its state is another
   * @param {() => RTCIceServer[]} options.servers none, as long as what the box has in its SDP is reached
   */
  constructor(number, { ready, changed, servers }) {
    this.number = number
    this.connection = new RTCPeerConnection({ iceServers: servers(), bundlePolicy: 'max-bundle' })
    this.connection.onconnectionstatechange = changed
    this.queue.add(ready)
  }

  /** @param {number} now */
  observe(now) {
    this.health.observe(this.connection.connectionState, now)
  }

  /** Abandons what was to be done with it. */
  close() {
    this.queue.close()
    this.connection.close()
  }
}
