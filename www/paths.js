// How media gets to each other member: one direct path for each of those the page is told to reach.
import { createPeer } from './peer.js'
import { dropStream, setStream } from './streams.js'
/** @import { Path, PersonId, Signal } from './types.d.ts' */
/** @import { Tracks } from './peer.js' */

/** Milliseconds that a path waits for the camera's and the microphone's permission. */
const PERMISSION = 3_000

/**
 * @param {object} options
 * @param {() => Promise<unknown>} options.asked when camera and microphone have been answered for
 * @param {(member: PersonId, signal: Signal) => void} options.signal
 * @param {() => boolean} options.canSignal
 * @param {(member: PersonId, path: Path) => void} options.changed
 */
export function createPaths({ asked, signal, canSignal, changed }) {
  /** @type {Map<PersonId, ReturnType<typeof createPeer>>} */
  const peers = new Map()
  /** What I send, also to those who come later. @type {Tracks} */
  const tracks = { audio: null, video: null }

  return {
    /** @param {PersonId} member @param {boolean} offer @param {boolean} polite */
    open(member, offer, polite) {
      const known = peers.get(member)
      if (known) return known.setPolite(polite)
      const peer = createPeer({
        offer,
        polite,
        tracks,
        ready: Promise.race([asked(), new Promise(resolve => setTimeout(resolve, PERMISSION))]),
        signal: said => signal(member, said),
        canSignal,
        changed: path => changed(member, path),
        streamed: stream => setStream(member, stream, peer.level),
      })
      peers.set(member, peer)
    },

    /** @param {PersonId} member */
    close(member) {
      peers.get(member)?.close()
      peers.delete(member)
      dropStream(member)
    },

    /** @param {PersonId} member @param {Signal} heard */
    hear(member, heard) {
      peers.get(member)?.hear(heard)
    },

    refresh() {
      for (const peer of peers.values()) peer.refresh()
    },

    /** @param {'camera' | 'microphone'} source @param {MediaStreamTrack | null} track */
    setTrack(source, track) {
      const kind = source === 'camera' ? 'video' : 'audio'
      tracks[kind] = track
      for (const peer of peers.values()) peer.setTrack(kind, track)
    },

    /** What is behind each path, by member. */
    async stats() {
      const all = [...peers].map(async ([member, peer]) => /** @type {const} */ ([member, await peer.stats()]))
      return Object.fromEntries(await Promise.all(all))
    },
  }
}
