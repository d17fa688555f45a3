// Media through TLS: where neither UDP nor TCP of its own gets to the box, the box's TURN (RFC 8656) at the port of the
// page does. A connection is told of it only once others have failed, so no call pays for it at its start.
/** @import { TurnAccess } from '../server/protocol.d.ts' */

/** Milliseconds that ICE has for the usual ways, at least and at most; and as a multiple of what an answer of the box took. */
const PATIENCE = { shortest: 200, longest: 3_000, answers: 3 }

export class LastResort {
  /** Nothing else has worked in the network where the page is. */
  isNeeded = false
  /** @type {TurnAccess | null} */
  #access = null
  #expiresAt = -Infinity
  #renewAt = Infinity
  #url

  /** @param {string} host where the page is from, with its port */
  constructor(host) {
    this.#url = `turns:${host}?transport=tcp`
  }

  /** Credentials, newer than those of before. @param {TurnAccess} access */
  give(access) {
    const now = performance.now()
    this.#access = access
    this.#expiresAt = now + access.expires_in_ms
    this.#renewAt = now + access.expires_in_ms / 2
  }

  /** Whether there is one and it has not been taken. */
  get isLeft() {
    return !this.isNeeded && performance.now() < this.#expiresAt
  }

  /** Whether to ask for other credentials; said once. @param {number} now */
  isToBeRenewed(now) {
    if (now < this.#renewAt) return false
    this.#renewAt = Infinity
    return true
  }

  /** What a connection is made with. @returns {RTCIceServer[]} */
  get servers() {
    if (!this.isNeeded || !this.#access) return []
    const { username, credential } = this.#access
    return [{ urls: this.#url, username, credential }]
  }
}

/** Milliseconds that the usual ways have. @param {number} answered milliseconds that the box took for an answer */
export function patience(answered) {
  return Math.min(PATIENCE.longest, Math.max(PATIENCE.shortest, PATIENCE.answers * answered))
}
