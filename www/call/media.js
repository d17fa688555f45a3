// What carries picture and sound: the direct paths and the relay. Only calls need it, so it comes after the start.
import { DirectPaths } from './direct-paths.js'
import { createEcho } from './echo.js'
import { Relay } from './relay.js'
import { drawing, onPicture, watchLevel } from './streams.js'
import { onTiles } from './tiles.js'
/** @import { Connection } from '../server/connection.js' */
/** @import { CallLook, Dispatch, Feed, Path, PathStats, PersonId, State } from '../state/types.d.ts' */

export class Media {
  paths
  relay
  echo

  /**
   * @param {object} options
   * @param {Connection} options.connection
   * @param {Dispatch} options.dispatch
   * @param {() => Promise<unknown>} options.asked when camera and microphone have been answered for
   */
  constructor({ connection, dispatch, asked }) {
    const changed = (/** @type {PersonId} */ member, /** @type {Path} */ path) => dispatch({ type: 'pathChanged', member, path })
    this.paths = new DirectPaths({
      arrived: (member, kind) => dispatch({ type: 'pathArrived', member, kind }),
      asked,
      signal: (to, signal) => connection.send({ type: 'signal', to, signal }),
      canSignal: () => connection.isOpen,
      changed,
      drawing,
    })
    this.relay = new Relay({
      send: message => connection.send(message),
      canSend: () => connection.isOpen,
      answers: () => connection.answers(),
      changed,
      streamed: (member, source, reception) => this.paths.relayed(member, source, reception),
      drawing,
      host: `${location.hostname}:${location.port || 443}`,
    })
    this.echo = createEcho({ watchLevel, heard: member => dispatch({ type: 'echoHeard', member }) })
    onTiles(tiles => this.relay.setTiles(tiles))
    onPicture((who, receiver) => {
      if (typeof who === 'number') (this.paths.isDirect(who, receiver) ? this.paths : this.relay).saw(who)
    })
  }

  /** @param {PersonId} member */
  drop(member) {
    this.relay.drop(member)
    this.paths.drop(member)
  }

  /** The network may be another one: new ways are looked for. */
  refresh() {
    this.relay.refresh()
    this.paths.refresh()
  }

  /** What I send. @param {Feed} feed @param {MediaStreamTrack | null} track */
  setTrack(feed, track) {
    this.relay.setTrack(feed, track)
    this.paths.setTrack(feed, track)
  }

  /** What is behind the path that each member is reached by. @param {State['paths']} paths @returns {Promise<Record<PersonId, PathStats | null>>} */
  async stats(paths) {
    const [direct, relayed] = await Promise.all([this.paths.stats(), this.relay.stats()])
    /** @type {[PersonId, PathStats | null][]} */
    const all = [...paths].map(([member, { kind }]) => [member, (kind === 'relay' ? relayed : direct)[member] ?? null])
    return Object.fromEntries(all)
  }

  /** How the call is, as far as the browser can tell. @param {State['paths']} paths @returns {Promise<CallLook>} */
  async look(paths) {
    const [members, boxRoundTrip] = await Promise.all([this.stats(paths), this.relay.roundTrip()])
    return { at: performance.now(), members, boxRoundTrip }
  }
}
