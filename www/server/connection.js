// The connection to the box: opens it, opens it again when it is lost, and notices when it is dead.
/** @import { ClientMessage, ServerMessage } from '../state/types.d.ts' */

export const SUBPROTOCOL = 'wizyjno.v1'

/** The box closes with this code when another tab or device took the place. */
export const TAKEN_OVER = 4001

/** The box closes with this code when the space is closed, after it has said why. */
const SPACE_CLOSED = 4003

/** Milliseconds before the next attempt; the last one holds for all later attempts. */
const PAUSES = [0, 500, 1_000, 2_000, 4_000]

/** Milliseconds of silence before asking whether the box is there. Pages do not see its pings. */
const IDLE = 20_000

/** Milliseconds that the answer may take. */
const ANSWER_TIMEOUT = 5_000

/** Milliseconds that it may take when there are signs of trouble: a new socket is soon made. */
const SOON = 2_000

/** Milliseconds for which what was heard shows that the box is there. */
const FRESH = 2_000

/** Milliseconds that opening the socket and being welcomed may take. */
const OPENING = 10_000

/** What was said while away is not said when it is older than this: by then it surprises. */
const STALE = 30_000

const QUEUE = 32

/** What makes no sense later: paths are begun anew, and what my page does is told when welcomed. */
const NOW_OR_NEVER = new Set([
  'signal', 'ping', 'ringing', 'set_media', 'relay_offer', 'relay_answer', 'relay_again', 'set_tiles', 'rest_relay',
])

/**
 * @typedef {object} Clock
 * @property {() => number} now milliseconds
 * @property {(ms: number, what: () => void) => () => void} after returns how to call it off
 * @property {() => number} random from 0 to 1: not all pages come back in the same moment
 */

/** @type {Clock} */
const browserClock = {
  now: () => performance.now(),
  after(ms, what) {
    const timer = setTimeout(what, ms)
    return () => clearTimeout(timer)
  },
  random: Math.random,
}

/**
 * @typedef {object} Socket what carries the talk: a WebSocket, or what behaves like one
 * @property {((event: any) => void) | null} onopen
 * @property {((event: any) => void) | null} onmessage its `data`
 * @property {((event: any) => void) | null} onclose its `code`
 * @property {(text: string) => void} send
 * @property {() => void} close
 */

/**
 * @typedef {object} Options
 * @property {() => ClientMessage} hello what is said first on each connection
 * @property {(message: ServerMessage) => void} heard
 * @property {() => void} lost each time that a connection, or an attempt at one, failed
 * @property {() => Socket} socket makes a WebSocket that begins to open
 * @property {() => Socket} fallback the same, of another kind, for where no WebSocket opens
 * @property {Clock} [clock]
 */

export class Connection {
  /** @type {Socket | null} */
  #socket = null
  /** Once a WebSocket has opened, nothing else is tried; until then both kinds in turn. */
  #webSocketsOpen = false
  #turn = 0
  #wanted = false
  #welcomed = false
  #attempt = 0
  #heardAt = -Infinity
  /** An answer is waited for. */
  #asked = false
  /** @type {{ message: ClientMessage, at: number }[]} */
  #queue = []
  /** The one thing that is waited for: the next attempt, a welcome, silence, or an answer. */
  #callOff = () => {}
  #options
  #clock

  /** @param {Options} options */
  constructor(options) {
    this.#options = options
    this.#clock = options.clock ?? browserClock
  }

  open() {
    this.#wanted = true
    this.#attempt = 0
    if (!this.#socket) this.#connect()
  }

  close() {
    this.#wanted = false
    this.#queue = []
    this.#forgetSocket()
  }

  get isOpen() {
    return this.#welcomed
  }

  /** Says it, or keeps it for a while until there is a connection. @param {ClientMessage} message */
  send(message) {
    if (this.#welcomed || (this.#socket && message.type === 'ping')) return this.#say(message)
    if (!this.#wanted || NOW_OR_NEVER.has(message.type)) return
    this.#queue = [...this.#queue, { message, at: this.#clock.now() }].slice(-QUEUE)
  }

  /** The page woke up, or the network came back: finds out at once whether the box is there. */
  check() {
    if (!this.#wanted) return
    if (!this.#socket) {
      this.#attempt = 0
      this.#connect()
    } else if (this.#welcomed) {
      this.#ask(SOON)
    }
  }

  /** Whether the box was heard this moment. If not, it is asked, and has to answer soon. */
  answers() {
    if (!this.#welcomed) return false
    const fresh = this.#clock.now() - this.#heardAt < FRESH
    if (!fresh && !this.#asked) this.#ask(SOON)
    return fresh
  }

  /** @param {number} ms @param {() => void} what */
  #wait(ms, what) {
    this.#callOff()
    this.#callOff = this.#clock.after(ms, what)
  }

  #connect() {
    this.#callOff()
    const web = this.#webSocketsOpen || this.#turn % 2 === 0
    this.#turn += 1
    const socket = web ? this.#options.socket() : this.#options.fallback()
    this.#socket = socket
    this.#welcomed = false
    this.#wait(OPENING, () => this.#drop())
    socket.onopen = () => {
      if (socket !== this.#socket) return
      this.#turn -= 1 // what opened is tried first next time
      this.#webSocketsOpen ||= web
      this.#say(this.#options.hello())
    }
    socket.onmessage = ({ data }) => {
      if (socket === this.#socket) this.#listen(data)
    }
    socket.onclose = ({ code }) => {
      if (socket !== this.#socket) return
      if (code !== TAKEN_OVER && code !== SPACE_CLOSED) return this.#drop()
      this.close()
      if (code === TAKEN_OVER) this.#options.heard({ type: 'taken_over' })
    }
  }

  /** The connection is lost, or was never made. */
  #drop() {
    this.#forgetSocket()
    if (!this.#wanted) return
    const pause = PAUSES[Math.min(this.#attempt, PAUSES.length - 1)] ?? 0
    this.#attempt += 1
    this.#wait(pause * (0.75 + this.#clock.random() / 2), () => this.#connect())
    this.#options.lost()
  }

  #forgetSocket() {
    this.#callOff()
    const old = this.#socket
    this.#socket = null
    this.#welcomed = this.#asked = false
    old?.close()
  }

  /** @param {unknown} data */
  #listen(data) {
    const message = understood(data)
    if (!message) return
    this.#heardAt = this.#clock.now()
    this.#asked = false
    if (message.type === 'welcome') {
      this.#welcomed = true
      this.#attempt = 0
    }
    if (this.#welcomed) this.#wait(IDLE, () => this.#ask(ANSWER_TIMEOUT))
    // An error in what the page makes of a message must not end the hearing.
    try {
      this.#options.heard(message)
    } catch (error) {
      console.error(error)
    }
    if (message.type !== 'welcome') return
    const kept = this.#queue.filter(({ at }) => this.#clock.now() - at < STALE)
    this.#queue = []
    for (const { message } of kept) this.#say(message)
  }

  /** @param {number} timeout milliseconds */
  #ask(timeout) {
    this.#asked = true
    this.#say({ type: 'ping' })
    this.#wait(timeout, () => this.#drop())
  }

  /** @param {ClientMessage} message */
  #say(message) {
    this.#socket?.send(JSON.stringify(message))
  }
}

/** @param {unknown} data @returns {ServerMessage | null} */
function understood(data) {
  if (typeof data !== 'string') return null
  try {
    const message = JSON.parse(data)
    return typeof message?.type === 'string' ? message : null
  } catch {
    return null
  }
}
