// Whether an RTCPeerConnection works, whether a picture is seen, and how long to wait before the next attempt.

/** Milliseconds between two looks at the connections. */
export const POLL_INTERVAL = 250

/** Looks between two of which the statistics are read, once everybody is seen. */
export const POLLS_PER_MEASUREMENT = 4

/** Milliseconds that a connection has to come up. */
const SETUP_TIMEOUT = 6_000

/** Milliseconds after which one that was connected and is not counts as lost. */
export const LOST_TIMEOUT = 1_500

/** Milliseconds after which a connection that holds is trusted. */
const STABLE_AFTER = 5_000

/** Milliseconds without a picture after which there is none; until then the last one stands still. */
const VIDEO_SEEN_FOR = 2_500

export class LinkHealth {
  /** It is known to work no more, or never to have worked. */
  over = false
  /** Since when it is connected. @type {number | null} */
  connectedAt = null
  /** When it was connected last, or begun. */
  #aliveAt = performance.now()
  #begunAt = this.#aliveAt

  /** What was needed before it could begin is done: its time to come up starts here. */
  begin() {
    this.#begunAt = this.#aliveAt = performance.now()
  }

  /** @param {RTCPeerConnectionState} state @param {number} now */
  observe(state, now) {
    if (state === 'connected') {
      this.connectedAt ??= now
      this.#aliveAt = now
    } else if (state === 'failed') {
      this.over = true
    }
  }

  /** @param {number} now */
  isAlive(now) {
    return now - this.#aliveAt < LOST_TIMEOUT
  }

  /** It has held for a while. @param {number} now */
  isStable(now) {
    return !this.over && this.connectedAt !== null && now - this.connectedAt > STABLE_AFTER
  }

  /** Whether it is to be made anew. @param {number} now @param {number} pause milliseconds that one which is over lasts at least */
  isSpent(now, pause) {
    if (this.over) return now > this.#begunAt + pause
    return now - this.#aliveAt > (this.connectedAt === null ? SETUP_TIMEOUT : LOST_TIMEOUT)
  }

  /** The network changed: one that was connected and is not has no time to find its way back. @param {number} now */
  expire(now) {
    if (this.connectedAt !== null && now - this.#aliveAt > 2 * POLL_INTERVAL) this.over = true
  }
}

/** Whether a picture is seen: it is drawn; or decoded, where nobody looks or the browser does not tell of drawing. */
export class VideoSeen {
  #frames = 0
  #seenAt = -Infinity

  /** It has just been drawn. @param {number} now */
  drawn(now) {
    this.#seenAt = now
  }

  /**
   * @param {number} frames that were decoded in all
   * @param {boolean} followed the page learns of each picture that is drawn, so decoding says nothing
   * @param {number} now
   * @returns {boolean} whether some are new
   */
  decoded(frames, followed, now) {
    const more = frames > this.#frames
    this.#frames = frames
    if (more && !followed) this.#seenAt = now
    return more
  }

  /** Its pictures come from elsewhere, and are counted from nothing. */
  restartCount() {
    this.#frames = 0
  }

  /** @param {number} now */
  isSeen(now) {
    return now - this.#seenAt < VIDEO_SEEN_FOR
  }
}

/** Milliseconds before the next attempt: doubled each time. @param {{ first: number, longest: number }} bounds @param {number} failed attempts before it */
export function backoff({ first, longest }, failed) {
  return Math.min(longest, first * 2 ** failed)
}
