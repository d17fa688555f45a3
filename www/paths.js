// How media gets to each other member: the direct paths to those the page is told to reach, and which
// of the two ways is seen and heard.
import { createPeer } from './peer.js'
import { dropStream, setStream } from './streams.js'
/** @import { Source } from './protocol.d.ts' */
/** @import { Path, PathStats, PersonId, Reception, Signal } from './types.d.ts' */
/** @import { Tracks } from './peer.js' */

/** Milliseconds that a path waits for the camera's and the microphone's permission. */
const PERMISSION = 3_000

/**
 * @param {object} options
 * @param {() => Promise<unknown>} options.asked when camera and microphone have been answered for
 * @param {(member: PersonId, signal: Signal) => void} options.signal
 * @param {() => boolean} options.canSignal
 * @param {(member: PersonId, path: Path) => void} options.changed
 * @param {(member: PersonId, kind: Path['kind']) => void} options.arrived what comes by the way that is used is seen and heard
 */
export function createPaths({ asked, signal, canSignal, changed, arrived }) {
  /** @type {Map<PersonId, ReturnType<typeof createPeer>>} */
  const peers = new Map()
  /** What I send, also to those who come later. @type {Tracks} */
  const tracks = { audio: null, video: null }
  /** @type {Map<PersonId, { used: Path['kind'], direct?: Reception, relay?: Reception }>} */
  const receptions = new Map()

  /** @param {PersonId} member @param {Partial<{ used: Path['kind'], direct: Reception, relay: Reception }>} news */
  function show(member, news) {
    const known = { .../** @type {const} */ ({ used: 'direct' }), ...receptions.get(member), ...news }
    receptions.set(member, known)
    const reception = known[known.used]
    if (!reception) return
    setStream(member, reception).then(() => {
      const whole = reception.audio && reception.video
      if (whole && receptions.get(member) === known) arrived(member, known.used)
    })
  }

  return {
    /** @param {PersonId} member @param {boolean} offer @param {boolean} polite */
    open(member, offer, polite) {
      const known = peers.get(member)
      if (known) {
        known.setPolite(polite)
        return known.stay()
      }
      const peer = createPeer({
        offer,
        polite,
        tracks,
        ready: Promise.race([asked(), new Promise(resolve => setTimeout(resolve, PERMISSION))]),
        signal: said => signal(member, said),
        canSignal,
        changed: path => changed(member, path),
        streamed: direct => show(member, { direct }),
      })
      peers.set(member, peer)
    },

    /** It ends as soon as the other page does not need it either. @param {PersonId} member */
    close(member) {
      const peer = peers.get(member)
      peer?.leave(() => {
        if (peers.get(member) === peer) peers.delete(member)
      })
      delete receptions.get(member)?.direct
    },

    /** @param {PersonId} member @param {Path['kind']} used */
    use(member, used) {
      show(member, { used })
    },

    /** By way of the relay, on which alone screens are shown. @param {PersonId} member @param {Source} source @param {Reception} relay */
    relayed(member, source, relay) {
      if (source === 'screen') setStream(`screen ${member}`, relay)
      else show(member, { relay })
    },

    /** @param {PersonId} member */
    drop(member) {
      peers.get(member)?.close()
      peers.delete(member)
      receptions.delete(member)
      dropStream(member)
      dropStream(`screen ${member}`)
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

    /** What is behind each path, by member. @returns {Promise<Record<PersonId, PathStats | null>>} */
    async stats() {
      const all = [...peers].map(async ([member, peer]) => /** @type {const} */ ([member, await peer.stats()]))
      return Object.fromEntries(await Promise.all(all))
    },
  }
}
