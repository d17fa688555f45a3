// How the call is: from what the browser and the box have measured to one word for what is wrong, and
// whose fault it is.
import { KEPT } from './looks.js'
/** @import { CallLook, CallReport, Member, Path, PathStats, PersonId, ServerMessage, State, Verdict } from '../types.d.ts' */
/** @typedef {Extract<ServerMessage, { type: 'links' }>} Told */
/** @typedef {Told['links'][number]} Link */

/** Part of the packets, after what was retransmitted in time, above which one hears and sees it. */
const LOSSY = 0.03

/** Seconds to the other end and back above which people begin to talk at the same time. */
const SLOW = 0.3

/** Seconds to the box and back above which one's own Wi-Fi is not well. */
const FAR = 0.1

/** Part of the pictures that a device that keeps up may drop. */
const DROPPED = 0.2

/** Pictures a second below which it is no moving picture. */
const STUTTER = 5

/** Of everybody in the call, oneself first. @param {State} state @returns {CallReport[]} */
export function callReport(state) {
  const { room, me } = state
  if (!room) return []
  const others = room.members.filter(({ id }) => id !== me.id)
  return [mine(state, others), ...others.map(member => theirs(state, member))]
}

/**
 * Whether the network between me and somebody is to be marked as bad; of me: what I send. Whose fault it is
 * can be said only with what the box knows, so that is for whoever asks.
 *
 * @param {State} state @param {Member | null} member null: me
 */
export function weak(state, member) {
  if (!state.room) return false
  const others = state.room.members.filter(({ id }) => id !== state.me.id)
  const { loss, roundTrip, verdict } = member ? theirs(state, member) : mine(state, others)
  return verdict === 'interrupted' || (loss ?? 0) >= LOSSY || (roundTrip ?? 0) >= SLOW
}

/** How what I send gets away. @param {State} state @param {Member[]} others @returns {CallReport} */
function mine(state, others) {
  const told = state.callInfo?.told ?? null
  const now = state.looks.at(-1)
  const link = linkOf(told, state.me.id)
  const paths = others.map(({ id }) => state.paths.get(id))
  const direct = paths.length > 0 && paths.every(path => path?.kind === 'direct')
  const stats = others.flatMap(({ id }) => now?.members[id] ?? [])
  const loss = direct ? stats[0]?.sentLoss ?? null : link?.up_loss ?? null
  return {
    person: null,
    name: state.me.shownName,
    way: others.length === 0 ? null : direct ? 'direct' : link?.tls ? 'relay_tls' : link?.tcp ? 'relay_tcp' : 'relay',
    picture: null,
    layer: null,
    loss,
    // To the box: what others have besides is theirs.
    roundTrip: now?.boxRoundTrip ?? null,
    unsent: direct ? 0 : link?.unsent ?? 0,
    verdict: myVerdict({ stats, loss, direct, link, roundTrip: now?.boxRoundTrip ?? null }),
  }
}

/**
 * @param {{ stats: PathStats[], loss: number | null, direct: boolean, link: Link | undefined, roundTrip: number | null }} seen
 * @returns {Verdict}
 */
function myVerdict({ stats, loss, direct, link, roundTrip }) {
  if (stats.some(({ limited }) => limited === 'cpu')) return 'my_slow_device'
  if ((loss ?? 0) >= LOSSY) return direct && (roundTrip ?? 0) < FAR ? 'loss_between' : 'my_loss'
  if ((roundTrip ?? 0) >= SLOW) return 'my_delay'
  if (link?.narrow || stats.some(({ limited }) => limited === 'bandwidth')) return 'my_narrow_link'
  return 'good'
}

/** How somebody gets here. @param {State} state @param {Member} member @returns {CallReport} */
function theirs(state, member) {
  const { looks } = state
  const told = state.callInfo?.told ?? null
  const path = state.paths.get(member.id)
  const seen = measured(looks, member.id)
  const direct = path?.kind === 'direct'
  const theirLink = linkOf(told, member.id)
  const myLink = linkOf(told, state.me.id)
  const toBox = looks.at(-1)?.boxRoundTrip ?? null
  const ends = looks.at(-1)?.members[member.id]?.ends ?? []
  const by = (/** @type {string} */ protocol) => ends.some(end => end.endsWith(protocol))
  const shows = member.media.camera && (path?.sees ?? false)
  const layer = direct ? null : told?.pictures.find(({ person, source }) => person === member.id && source === 'camera')?.layer ?? null
  return {
    person: member.id,
    name: member.name,
    way: path?.status !== 'connected' ? null : direct ? 'direct' : by('tls') ? 'relay_tls' : by('tcp') ? 'relay_tcp' : 'relay',
    picture: shows && seen.width > 0 ? { width: seen.width, height: seen.height, frames: seen.frames } : null,
    layer,
    loss: seen.loss,
    roundTrip: direct ? seen.roundTrip : sum(toBox, theirLink?.round_trip_ms === undefined ? null : theirLink.round_trip_ms / 1000),
    unsent: 0,
    verdict: theirVerdict({ path, direct, seen, shows, theirLink, myLink, toBox, strained: told?.strain !== undefined && told.strain !== 'none' }),
  }
}

/**
 * What is seen first: a way that is not there, a box that cannot, packets that do not come, delay, devices.
 *
 * @param {{ path: Path | undefined, direct: boolean, seen: ReturnType<typeof measured>, shows: boolean,
 *   theirLink: Link | undefined, myLink: Link | undefined, toBox: number | null, strained: boolean }} known
 * @returns {Verdict}
 */
function theirVerdict({ path, direct, seen, shows, theirLink, myLink, toBox, strained }) {
  if (!path) return 'connecting'
  if (path.status !== 'connected') return path.status
  if (!direct && strained) return 'box_strained'
  if (direct) {
    // My own way to the box is measured besides: if that is slow, it is mine that is ill.
    if ((seen.loss ?? 0) >= LOSSY) return (toBox ?? 0) >= FAR ? 'my_loss' : toBox === null ? 'loss_between' : 'their_loss'
    if ((seen.roundTrip ?? 0) >= SLOW) return (toBox ?? 0) >= FAR ? 'my_delay' : toBox === null ? 'delay_between' : 'their_delay'
  } else {
    if ((theirLink?.up_loss ?? 0) >= LOSSY) return 'their_loss'
    if ((seen.loss ?? 0) >= LOSSY || (myLink?.down_loss ?? 0) >= LOSSY) return 'my_loss'
    if ((toBox ?? 0) >= SLOW) return 'my_delay'
    if ((theirLink?.round_trip_ms ?? 0) / 1000 >= SLOW) return 'their_delay'
    if (myLink?.narrow) return 'my_narrow_link'
  }
  if (seen.dropped >= DROPPED) return 'my_slow_device'
  if (shows && seen.steady && seen.frames < STUTTER) return 'their_slow_device'
  return 'good'
}

/** Between the first and the last look at somebody. @param {readonly CallLook[]} looks @param {PersonId} person */
function measured(looks, person) {
  const last = looks.at(-1)
  const now = last?.members[person]
  if (!last || !now) return { width: 0, height: 0, frames: 0, loss: null, dropped: 0, roundTrip: null, steady: false }
  const { width, height, roundTrip } = now
  // What began anew meanwhile counts from its beginning.
  const first = looks.find(({ members }) => {
    const then = members[person]
    return then && then.packetsReceived <= now.packetsReceived && then.framesDecoded <= now.framesDecoded
  }) ?? last
  const then = /** @type {PathStats} */ (first.members[person])
  const seconds = (last.at - first.at) / 1000
  const [came, lost] = [now.packetsReceived - then.packetsReceived, Math.max(0, now.packetsLost - then.packetsLost)]
  const [decoded, dropped] = [now.framesDecoded - then.framesDecoded, Math.max(0, now.framesDropped - then.framesDropped)]
  return {
    width,
    height,
    frames: seconds > 0 ? Math.round(decoded / seconds) : 0,
    loss: came + lost > 0 ? lost / (came + lost) : null,
    dropped: decoded + dropped > 0 ? dropped / (decoded + dropped) : 0,
    roundTrip,
    // Long enough to say that nothing comes.
    steady: looks.length === KEPT && first === looks[0],
  }
}

/** @param {Told | null} told @param {PersonId | null} person */
function linkOf(told, person) {
  return told?.links.find(link => link.person === person)
}

/** @param {number | null} a @param {number | null} b */
function sum(a, b) {
  return a === null || b === null ? null : a + b
}
