// What carries picture and sound: the direct paths and the relay. Only calls need it, so it comes after the start.
import { createEcho } from './echo.js'
import { createPaths } from './paths.js'
import { createRelay } from './relay.js'
import { drawing, onPicture, watchLevel } from './streams.js'
import { onTiles } from './tiles.js'
/** @import { createConnection } from '../server/connection.js' */
/** @import { CallLook, Dispatch, Feed, PathStats, PersonId, State } from '../state/types.d.ts' */

/**
 * @param {object} options
 * @param {ReturnType<typeof createConnection>} options.connection
 * @param {Dispatch} options.dispatch
 * @param {() => Promise<unknown>} options.asked when camera and microphone have been answered for
 */
export function createMedia({ connection, dispatch, asked }) {
  const paths = createPaths({
    arrived: (member, kind) => dispatch({ type: 'pathArrived', member, kind }),
    asked,
    signal: (to, signal) => connection.send({ type: 'signal', to, signal }),
    canSignal: connection.isOpen,
    changed: (member, path) => dispatch({ type: 'pathChanged', member, path }),
    drawing,
  })
  const relay = createRelay({
    send: connection.send,
    canSend: connection.isOpen,
    answers: connection.answers,
    changed: (member, path) => dispatch({ type: 'pathChanged', member, path }),
    streamed: paths.relayed,
    drawing,
  })
  const echo = createEcho({ watchLevel, heard: member => dispatch({ type: 'echoHeard', member }) })
  onTiles(relay.setTiles)
  onPicture((who, receiver) => {
    if (typeof who === 'number') (paths.isDirect(who, receiver) ? paths : relay).saw(who)
  })

  /** What is behind the path that each member is reached by. @param {State['paths']} ways */
  async function stats(ways) {
    const [direct, relayed] = await Promise.all([paths.stats(), relay.stats()])
    /** @type {[PersonId, PathStats | null][]} */
    const all = [...ways].map(([member, { kind }]) => [member, (kind === 'relay' ? relayed : direct)[member] ?? null])
    return Object.fromEntries(all)
  }

  return {
    paths,
    relay,
    echo,
    stats,

    /** What I send. @param {Feed} feed @param {MediaStreamTrack | null} track */
    setTrack(feed, track) {
      relay.setTrack(feed, track)
      if (feed === 'camera' || feed === 'microphone') paths.setTrack(feed, track)
    },

    /** How the call is, as far as the browser can tell. @param {State['paths']} ways @returns {Promise<CallLook>} */
    async look(ways) {
      const [members, boxRoundTrip] = await Promise.all([stats(ways), relay.roundTrip()])
      return { at: performance.now(), members, boxRoundTrip }
    },
  }
}
