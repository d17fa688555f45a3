// One of the two connections to the relay: what belongs to it ends with it.
import { LinkHealth } from './link-health.js'
import { serialQueue } from './serial-queue.js'

export class RelayLink {
  health = new LinkHealth()
  /** What is to be done with it, once the browser is free for it. */
  queue = serialQueue('relay')
  // The box has its candidates in its SDP, so there are no servers to ask.
  connection = new RTCPeerConnection({ iceServers: [], bundlePolicy: 'max-bundle' })

  /**
   * @param {number} number by which both ends know it
   * @param {() => Promise<void>} ready when the browser is free for it
   * @param {() => void} changed its state is another
   */
  constructor(number, ready, changed) {
    this.number = number
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
