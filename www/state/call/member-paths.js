// The other browsers and the relay: by which way everybody is reached.
import { PROOF, SETTLING, allow, carriesDirectly, setOut, shown } from './route.js'
import { later, sameEntries, unchanged } from '../transition.js'
import { noticed } from '../view/notices.js'
import { directTo, inMesh, isMeshed } from './direct.js'
/** @import { Effect, NoticeText, PersonId, State, Transition, MemberPaths } from '../types.d.ts' */

/** @param {State} state @param {PersonId} member @param {(paths: MemberPaths) => MemberPaths} change @returns {Transition} */
export function pathsChanged(state, member, change) {
  const before = state.memberPaths.get(member)
  const after = before && change(before)
  return [after === undefined || after === before ? state : { ...state, memberPaths: new Map(state.memberPaths).set(member, after) }, []]
}

/**
 * To each other member there is a way: through the relay, and to some also a direct one.
 *
 * @param {State} before @param {State} state @param {Effect[]} effects @returns {State}
 */
export function settlePaths(before, state, effects) {
  const sameRoom = before.room?.id === state.room?.id
  // A page that was reloaded in a call has lost its end of the paths. Nobody else knows it, so it
  // is the one to say so.
  const reloaded = state.retold !== null && before.room === null
  if (before.room && !sameRoom) effects.push({ type: 'closeRelay' })
  const members = state.room?.members.filter(({ id }) => id !== state.me.id) ?? []
  const yields = members.some(({ id }) => directTo(state, id))
  if (state.room && !sameRoom && !state.noRelay) effects.push({ type: 'openRelay', again: reloaded, yields })

  for (const [id, { direct }] of before.memberPaths) {
    if (sameRoom && members.some(member => member.id === id)) continue
    if (direct) effects.push({ type: 'closePath', member: id })
    effects.push({ type: 'dropMember', member: id })
  }

  /** @type {Map<PersonId, MemberPaths>} */
  const memberPaths = new Map()
  for (const { id } of members) {
    const old = sameRoom ? before.memberPaths.get(id) : undefined
    const told = sameRoom ? state.memberPaths.get(id) : undefined
    const was = sameRoom ? directTo(before, id) : null
    const is = directTo(state, id)
    const now = told ? allow(told, is !== null) : setOut(is !== null, !state.noRelay)
    memberPaths.set(id, now)
    if (is && (was?.offers !== is.offers || (is.screens && !was.screens))) {
      effects.push({ type: 'openPath', member: id, ...is, lost: reloaded })
    }
    if (old?.direct && !now.direct) effects.push({ type: 'closePath', member: id })
    if (!old) effects.push({ type: 'carryMember', member: id })
    if (old?.used !== now.used) effects.push({ type: 'usePath', member: id, kind: now.used })
    if (old && old.changes !== now.changes) effects.push(later({ type: 'pathSettled', member: id, change: now.changes }, SETTLING))
    if (now.doubted && now.direct?.status === 'connected' && old?.proofs !== now.proofs) {
      effects.push(later({ type: 'pathProven', member: id, proof: now.proofs }, PROOF))
    }
  }
  const here = sameRoom ? state : { ...state, paths: new Map(), relay: null, activeSpeakers: [] }
  return settleRelay(settleMesh(before, shownPaths(here, memberPaths), effects), effects)
}

/** Sees whether the relay can be reached, and says what that means for the room. @param {State} before @param {State} state @param {Effect[]} effects @returns {State} */
function settleMesh(before, state, effects) {
  const relays = [...state.memberPaths.values()].map(({ relay }) => relay.status)
  // It is not reached until it is, however often that is tried, and in whatever room.
  const relayless = !relays.includes('connected') && (state.relayless || (relays.includes('failed') && !state.noRelay))
  const seen = relayless === state.relayless ? state : { ...state, relayless }
  const told = isMeshed(seen) && !isMeshed(before) ? said(seen, { type: 'meshed' }, effects) : seen
  return complained(before, told, effects)
}

/** @param {State} state @param {NoticeText} text @param {Effect[]} effects */
function said(state, text, effects) {
  const [told, more] = noticed(state, text)
  effects.push(...more)
  return told
}

/** What is shown of them. @param {State} state @param {ReadonlyMap<PersonId, MemberPaths>} memberPaths @returns {State} */
function shownPaths(state, memberPaths) {
  const paths = new Map([...memberPaths].map(([id, both]) => {
    const before = state.paths.get(id)
    return [id, unchanged(before, shown(both, before))]
  }))
  const same = sameEntries(paths, state.paths)
  return same && sameEntries(memberPaths, state.memberPaths) ? state : { ...state, memberPaths, paths: same ? state.paths : paths }
}

/** Says once that no way comes; to those for whom none can come, why. One that was there and is interrupted is seen on the picture. @param {State} before @param {State} state @param {Effect[]} effects @returns {State} */
function complained(before, state, effects) {
  for (const { id, name, reconnecting } of state.room?.members ?? []) {
    if (reconnecting || before.paths.get(id)?.status !== 'connecting' || state.paths.get(id)?.status !== 'failed') continue
    if (inMesh(state, id) || state.relayAlways) {
      // Where only the relay has failed there is going to be a direct path.
      if (state.memberPaths.get(id)?.direct || state.relayAlways) state = said(state, { type: 'path_failed', name }, effects)
    } else if (state.notices.every(({ text }) => text.type !== 'mesh_full')) {
      state = said(state, { type: 'mesh_full' }, effects)
    }
  }
  return state
}

/** @param {State} state @param {Effect[]} effects @returns {State} */
function settleRelay(state, effects) {
  const { room, me, memberPaths, noRelay } = state
  if (!room || noRelay) return state
  const others = room.members.filter(({ id }) => id !== me.id)
  const rest = others.length > 0 && others.every(({ id }) => carriesDirectly(/** @type {MemberPaths} */ (memberPaths.get(id))))
  const due = !rest && others.some(({ media, reconnecting }) => media.microphone && !reconnecting)
  if (state.relay?.rest === rest && state.relay.due === due) return state
  const use = { rest, due }
  effects.push({ type: 'useRelay', use })
  return { ...state, relay: use }
}
