// How media gets to each other member: the direct paths to those the page is told to reach, and which
// of the two ways is seen and heard.
import { createPeer } from './peer.js'
import { dropStream, setStream } from './streams.js'
/** @import { Source } from '../server/protocol.d.ts' */
/** @import { Path, PathStats, PersonId, Reception, Signal } from '../state/types.d.ts' */
/** @import { Tracks } from './peer.js' */

/** Milliseconds that a path waits for the camera's and the microphone's permission. */
const PERMISSION = 3_000

/** Milliseconds that a spare connection is kept when it does not ring any more. */
const SPARE = 5_000

/**
 * @param {object} options
 * @param {() => Promise<unknown>} options.asked when camera and microphone have been answered for
 * @param {(member: PersonId, signal: Signal) => void} options.signal
 * @param {() => boolean} options.canSignal
 * @param {(member: PersonId, path: Path) => void} options.changed
 * @param {(member: PersonId, kind: Path['kind']) => void} options.arrived what comes by the way that is used is seen and heard
 * @param {(member: PersonId) => RTCRtpReceiver | null} options.drawing of what each picture that is drawn is told
 */
export function createPaths({ asked, signal, canSignal, changed, arrived, drawing }) {
  /** @type {Map<PersonId, ReturnType<typeof createPeer>>} */
  const peers = new Map()
  /** What I send, also to those who come later. @type {Tracks} */
  const tracks = { audio: null, video: null }
  /** @type {Map<PersonId, { used: Path['kind'], direct?: Reception, relay?: Reception }>} */
  const receptions = new Map()

  /**
   * Made while it rings, here or there: only the other end is missing. If that is to be offered something,
   * the offer is ready and its candidates are known.
   * @type {ReturnType<typeof begin> & { offers: boolean } | null}
   */
  let spare = null
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let dropping

  /** @param {PersonId | null} member null: nobody yet @param {boolean} offers @param {boolean} [lost] */
  function begin(member, offers, lost = false) {
    const end = { member }
    const peer = createPeer({
      offers,
      lost,
      tracks,
      ready: Promise.race([asked(), new Promise(resolve => setTimeout(resolve, PERMISSION))]),
      signal: said => end.member !== null && signal(end.member, said),
      canSignal: () => end.member !== null && canSignal(),
      changed: path => end.member !== null && changed(end.member, path),
      streamed: direct => end.member !== null && show(end.member, { direct }),
      drawing: () => (end.member === null ? null : drawing(end.member)),
    })
    return { end, peer }
  }

  function dropSpare() {
    spare?.peer.close()
    spare = null
  }

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
    /** @param {PersonId} member @param {boolean} offers it is this page that offers @param {boolean} lost it had such a path before it was loaded again */
    open(member, offers, lost) {
      const known = peers.get(member)
      if (known) {
        known.setOffers(offers)
        return known.stay()
      }
      if (spare?.offers !== offers) return void peers.set(member, begin(member, offers, lost).peer)
      const { end, peer } = spare
      spare = null
      end.member = member
      peers.set(member, peer)
      peer.meet()
    },

    /** It rings: what takes time is done meanwhile. @param {boolean} offers here, so that this page will be the one to offer */
    prepare(offers) {
      clearTimeout(dropping)
      if (spare?.offers !== offers) dropSpare()
      spare ??= { offers, ...begin(null, offers) }
    },

    /** It does not ring any more. If the call was taken, the path is opened soon. */
    unprepare() {
      clearTimeout(dropping)
      dropping = setTimeout(dropSpare, SPARE)
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

    /** @param {PersonId} member @param {RTCRtpReceiver | null} receiver of a picture */
    isDirect(member, receiver) {
      return receiver !== null && receptions.get(member)?.direct?.video === receiver
    },

    /** A picture of theirs is there. @param {PersonId} member */
    saw(member) {
      peers.get(member)?.saw()
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
      // Its addresses may be those of another network.
      dropSpare()
      for (const peer of peers.values()) peer.refresh()
    },

    /** @param {'camera' | 'microphone'} source @param {MediaStreamTrack | null} track */
    setTrack(source, track) {
      const kind = source === 'camera' ? 'video' : 'audio'
      tracks[kind] = track
      for (const peer of [...peers.values(), spare?.peer]) peer?.setTrack(kind, track)
    },

    /** What is behind each path, by member. @returns {Promise<Record<PersonId, PathStats | null>>} */
    async stats() {
      const all = [...peers].map(async ([member, peer]) => /** @type {const} */ ([member, await peer.stats()]))
      return Object.fromEntries(await Promise.all(all))
    },
  }
}
