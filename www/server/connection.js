// The connection to the box: opens it, opens it again when it is lost, and notices when it is dead.
/** @import { ClientMessage, ServerMessage } from '../state/types.d.ts' */

export const SUBPROTOCOL = 'wizyjno.v1'

/** The box closes with this code when another tab or device took the place. */
export const TAKEN_OVER = 4001

/** Milliseconds before the next attempt; the last one again and again. */
const PAUSES = [0, 500, 1_000, 2_000, 4_000]

/** Milliseconds of silence before asking whether the box is there. Pages do not see its pings. */
const IDLE = 20_000

/** Milliseconds that the answer may take. */
const PATIENCE = 5_000

/** Milliseconds that it may take when there are signs of trouble: a new socket is soon made. */
const SOON = 2_000

/** Milliseconds for which what was heard shows that the box is there. */
const FRESH = 2_000

/** Milliseconds that opening the socket and being welcomed may take. */
const OPENING = 10_000

/** What was said while away is not said when it is older than this: by then it surprises. */
const STALE = 30_000

const QUEUE = 32

/** What makes no sense later: paths are begun anew, and what my page does now is told when welcomed. */
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
 * @param {object} options
 * @param {() => ClientMessage} options.hello what is said first on each connection
 * @param {(message: ServerMessage) => void} options.heard
 * @param {() => void} options.lost each time that a connection, or an attempt at one, failed
 * @param {() => Socket} options.socket makes a WebSocket that begins to open
 * @param {() => Socket} options.fallback the same, of another kind, for where no WebSocket opens
 * @param {Clock} [options.clock]
 */
export function createConnection({ hello, heard, lost, socket: makeSocket, fallback, clock = browserClock }) {
  /** @type {Socket | null} */
  let socket = null
  /** Once a WebSocket has opened, nothing else is tried; until then both kinds in turn. */
  let webSocketsOpen = false
  let turn = 0
  let wanted = false
  let welcomed = false
  let attempt = 0
  let heardAt = -Infinity
  /** An answer is waited for. */
  let asked = false
  /** @type {{ message: ClientMessage, at: number }[]} */
  let queue = []
  /** The one thing that is waited for: the next attempt, a welcome, silence, or an answer. */
  let callOff = () => {}

  /** @param {number} ms @param {() => void} what */
  function wait(ms, what) {
    callOff()
    callOff = clock.after(ms, what)
  }

  function open() {
    callOff()
    const web = webSocketsOpen || turn % 2 === 0
    turn += 1
    const mine = web ? makeSocket() : fallback()
    socket = mine
    welcomed = false
    wait(OPENING, drop)
    mine.onopen = () => {
      if (mine !== socket) return
      turn -= 1 // what opened is tried first next time
      webSocketsOpen ||= web
      say(hello())
    }
    mine.onmessage = ({ data }) => {
      if (mine === socket) listen(data)
    }
    mine.onclose = ({ code }) => {
      if (mine !== socket) return
      if (code !== TAKEN_OVER) return drop()
      close()
      heard({ type: 'taken_over' })
    }
  }

  /** The connection is lost, or was never made. */
  function drop() {
    forgetSocket()
    if (!wanted) return
    const pause = PAUSES[Math.min(attempt, PAUSES.length - 1)] ?? 0
    attempt += 1
    wait(pause * (0.75 + clock.random() / 2), open)
    lost()
  }

  function close() {
    wanted = false
    queue = []
    forgetSocket()
  }

  function forgetSocket() {
    callOff()
    const old = socket
    socket = null
    welcomed = asked = false
    old?.close()
  }

  /** @param {unknown} data */
  function listen(data) {
    const message = understood(data)
    if (!message) return
    heardAt = clock.now()
    asked = false
    if (message.type === 'welcome') {
      welcomed = true
      attempt = 0
    }
    if (welcomed) wait(IDLE, () => ask(PATIENCE))
    // An error in what the page makes of a message must not end the hearing.
    try {
      heard(message)
    } catch (error) {
      console.error(error)
    }
    if (message.type === 'welcome') {
      const said = queue.filter(({ at }) => clock.now() - at < STALE)
      queue = []
      for (const { message } of said) say(message)
    }
  }

  /** @param {number} patience */
  function ask(patience) {
    asked = true
    say({ type: 'ping' })
    wait(patience, drop)
  }

  /** @param {ClientMessage} message */
  function say(message) {
    socket?.send(JSON.stringify(message))
  }

  return {
    open() {
      wanted = true
      attempt = 0
      if (!socket) open()
    },

    close,

    isOpen: () => welcomed,

    /** Says it now, or keeps it for a while until there is a connection. @param {ClientMessage} message */
    send(message) {
      if (welcomed || (socket && message.type === 'ping')) return say(message)
      if (wanted && !NOW_OR_NEVER.has(message.type)) queue = [...queue, { message, at: clock.now() }].slice(-QUEUE)
    },

    /** The page woke up, or the network came back: finds out at once whether the box is there. */
    check() {
      if (!wanted) return
      if (!socket) {
        attempt = 0
        open()
      } else if (welcomed) {
        ask(SOON)
      }
    },

    /** Whether the box was heard this moment. If not, it is asked, and has to answer soon. */
    answers() {
      if (!welcomed) return false
      const fresh = clock.now() - heardAt < FRESH
      if (!fresh && !asked) ask(SOON)
      return fresh
    },
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
