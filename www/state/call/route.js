// Which way media goes to one other member: straight to the browser, or by way of the box. Pure rules.
/** @import { MemberPaths, Path } from '../types.d.ts' */

/** Milliseconds that a direct path that had stalled must hold before it is used again. */
export const PROOF = 2_000

/** Milliseconds that the way of before is kept at most, until the new one is seen and heard. */
export const SETTLING = 10_000

/** @param {boolean} direct a direct path is being made @param {boolean} [relayed] there is a relay @returns {MemberPaths} */
export function setOut(direct, relayed = true) {
  return {
    used: direct ? 'direct' : 'relay',
    direct: direct ? begun('direct') : null,
    relay: relayed ? begun('relay') : { ...begun('relay'), status: 'failed' },
    doubted: false,
    proofs: 0,
    settling: false,
    closing: false,
    changes: 0,
  }
}

/** One of the two has changed. @param {MemberPaths} paths @param {Path} path @returns {MemberPaths} */
export function report(paths, path) {
  if (path.kind === 'relay') return decided({ ...paths, relay: path })
  if (!paths.direct) return paths
  if (path.status === paths.direct.status) return decided({ ...paths, direct: path })
  const stalled = paths.used === 'direct' && paths.direct.status === 'connected'
  return decided({ ...paths, direct: path, doubted: paths.doubted || stalled, proofs: paths.proofs + 1 })
}

/** A direct path may be made, or may not. @param {MemberPaths} paths @param {boolean} allowed @returns {MemberPaths} */
export function allow(paths, allowed) {
  if (allowed) return decided({ ...paths, direct: paths.direct ?? begun('direct'), closing: false })
  if (!paths.direct || paths.closing) return paths
  // Nobody looks at it: it ends at once. Otherwise when the relay has taken over.
  return decided(paths.used === 'relay' ? { ...paths, direct: null } : { ...paths, closing: true })
}

/** The direct path held for the time of proof that began as number `proof`. @param {MemberPaths} paths @param {number} proof @returns {MemberPaths} */
export function proven(paths, proof) {
  return paths.doubted && paths.proofs === proof && paths.direct?.status === 'connected'
    ? decided({ ...paths, doubted: false })
    : paths
}

/** Everything that comes by this way is seen and heard. @param {MemberPaths} paths @param {Path['kind']} kind @returns {MemberPaths} */
export function arrived(paths, kind) {
  return paths.used === kind ? settled(paths, paths.changes) : paths
}

/** The time to change over is up, since the change of that number. @param {MemberPaths} paths @param {number} change @returns {MemberPaths} */
export function settled(paths, change) {
  if (!paths.settling || paths.changes !== change) return paths
  const over = { ...paths, settling: false }
  return paths.closing ? { ...over, direct: null, closing: false } : over
}

/** How the media goes, as it is shown. @param {MemberPaths} paths @param {Path | undefined} before @returns {Path} */
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

/** The direct path carries everything; the relay may rest. @param {MemberPaths} paths */
export function carriesDirectly({ used, direct, settling }) {
  return used === 'direct' && direct?.status === 'connected' && !settling
}

/** @param {MemberPaths} paths @returns {MemberPaths} */
function decided(paths) {
  const used = best(paths)
  if (used === paths.used) return paths
  return { ...paths, used, settling: true, changes: paths.changes + 1 }
}

/** @param {MemberPaths} paths @returns {MemberPaths['used']} */
function best({ used, direct, relay, doubted, closing }) {
  if (!direct || closing) return 'relay'
  if (direct.status === 'connected' && (!doubted || relay.status !== 'connected')) return 'direct'
  return relay.status === 'connected' ? 'relay' : used
}

/** Of two paths that carry nothing. @param {Path['status']} a @param {Path['status']} b @returns {Path['status']} */
function hopeful(a, b) {
  if (a === 'interrupted' || b === 'interrupted') return 'interrupted'
  return a === 'failed' && b === 'failed' ? 'failed' : 'connecting'
}

/** @param {Path['kind']} kind @returns {Path} */
function begun(kind) {
  return { kind, status: 'connecting', hears: false, sees: false }
}
