// Which way media goes to one other member: straight to the browser, or by way of the box. Pure rules.
/** @import { Path, Ways } from './types.d.ts' */

/** Milliseconds that a direct path that had stalled must hold before it is used again. */
export const PROOF = 2_000

/** Milliseconds that the way of before is kept at most, until the new one is seen and heard. */
export const SETTLING = 10_000

/** @param {boolean} direct a direct path is being made @returns {Ways} */
export function setOut(direct) {
  return {
    used: direct ? 'direct' : 'relay',
    direct: direct ? begun('direct') : null,
    relay: begun('relay'),
    doubted: false,
    proofs: 0,
    settling: false,
    closing: false,
    changes: 0,
  }
}

/** One of the two has changed. @param {Ways} ways @param {Path} path @returns {Ways} */
export function report(ways, path) {
  if (path.kind === 'relay') return decided({ ...ways, relay: path })
  if (!ways.direct) return ways
  if (path.status === ways.direct.status) return decided({ ...ways, direct: path })
  const stalled = ways.used === 'direct' && ways.direct.status === 'connected'
  return decided({ ...ways, direct: path, doubted: ways.doubted || stalled, proofs: ways.proofs + 1 })
}

/** A direct path may be made, or no longer. @param {Ways} ways @param {boolean} allowed @returns {Ways} */
export function allow(ways, allowed) {
  if (allowed) return decided({ ...ways, direct: ways.direct ?? begun('direct'), closing: false })
  if (!ways.direct || ways.closing) return ways
  // Nobody looks at it: it ends at once. Otherwise when the relay has taken over.
  return decided(ways.used === 'relay' ? { ...ways, direct: null } : { ...ways, closing: true })
}

/** The direct path held for the time of proof that began as number `proof`. @param {Ways} ways @param {number} proof @returns {Ways} */
export function proven(ways, proof) {
  return ways.doubted && ways.proofs === proof && ways.direct?.status === 'connected'
    ? decided({ ...ways, doubted: false })
    : ways
}

/** Everything that comes by this way is seen and heard now. @param {Ways} ways @param {Path['kind']} kind @returns {Ways} */
export function arrived(ways, kind) {
  return ways.used === kind ? settled(ways, ways.changes) : ways
}

/** The time to change over is up, since the change of that number. @param {Ways} ways @param {number} change @returns {Ways} */
export function settled(ways, change) {
  if (!ways.settling || ways.changes !== change) return ways
  const over = { ...ways, settling: false }
  return ways.closing ? { ...over, direct: null, closing: false } : over
}

/** How the media goes, as it is shown. @param {Ways} ways @param {Path | undefined} before @returns {Path} */
export function shown({ used, direct, relay, settling }, before) {
  const way = used === 'direct' ? direct ?? relay : relay
  const other = used === 'direct' ? relay : direct
  // The picture of before stays until the new one comes.
  const stays = settling && before
  return {
    kind: used,
    status: other && way.status !== 'connected' && other.status !== 'connected' ? hopeful(way.status, other.status) : way.status,
    hears: way.hears || Boolean(stays && before.hears),
    sees: way.sees || Boolean(stays && before.sees),
  }
}

/** The direct path carries everything; the relay may rest. @param {Ways} ways */
export function carriesDirectly({ used, direct, settling }) {
  return used === 'direct' && direct?.status === 'connected' && !settling
}

/** @param {Ways} ways @returns {Ways} */
function decided(ways) {
  const used = best(ways)
  if (used === ways.used) return ways
  return { ...ways, used, settling: true, changes: ways.changes + 1 }
}

/** @param {Ways} ways @returns {Ways['used']} */
function best({ used, direct, relay, doubted, closing }) {
  if (!direct || closing) return 'relay'
  if (direct.status === 'connected' && (!doubted || relay.status !== 'connected')) return 'direct'
  return relay.status === 'connected' ? 'relay' : used
}

/** Of two ways that carry nothing now. @param {Path['status']} a @param {Path['status']} b @returns {Path['status']} */
function hopeful(a, b) {
  if (a === 'interrupted' || b === 'interrupted') return 'interrupted'
  return a === 'failed' && b === 'failed' ? 'failed' : 'connecting'
}

/** @param {Path['kind']} kind @returns {Path} */
function begun(kind) {
  return { kind, status: 'connecting', hears: false, sees: false }
}
