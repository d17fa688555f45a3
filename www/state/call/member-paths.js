// The other browsers and the relay: by which way everybody is reached.
import { PROOF, SETTLING, allow, carriesDirectly, setOut, shown } from './route.js'
import { later, sameEntries, unchanged } from '../transition.js'
import { noticed } from '../view/notices.js'
/** @import { Effect, PersonId, State, Transition, MemberPaths } from '../types.d.ts' */

/** @param {State} state @param {PersonId} member @param {(paths: MemberPaths) => MemberPaths} change @returns {Transition} */
export function pathsChanged(state, member, change) {
  const before = state.memberPaths.get(member)
  const after = before && change(before)
  return [after === undefined || after === before ? state : { ...state, memberPaths: new Map(state.memberPaths).set(member, after) }, []]
}

/**
 * With whom I should have a direct path: the other one of a room of two. It has no place for a screen.
 *
 * @param {State} state
 */
function direct(state) {
  const { room, me } = state
  if (!room || room.members.length !== 2 || room.offerer === undefined) return null
  if (room.members.some(({ media }) => media.screen)) return null
  const other = room.members.find(({ id }) => id !== me.id)
  return other ? { member: other.id, offers: room.offerer === me.id } : null
}

/**
 * To each other member there is a way: through the relay, and in a room of two also a direct one.
 *
 * @param {State} before @param {State} state @param {Effect[]} effects @returns {State}
 */
export function settlePaths(before, state, effects) {
  const sameRoom = before.room?.id === state.room?.id
  // A page that was reloaded in a call has lost its end of the paths. Nobody else knows it, so it
  // is the one to say so.
  const reloaded = state.retold !== null && before.room === null
  if (before.room && !sameRoom) effects.push({ type: 'closeRelay' })
  if (state.room && !sameRoom) effects.push({ type: 'openRelay', again: reloaded, yields: direct(state) !== null })

  const members = state.room?.members.filter(({ id }) => id !== state.me.id) ?? []
  for (const [id, { direct }] of before.memberPaths) {
    if (sameRoom && members.some(member => member.id === id)) continue
    if (direct) effects.push({ type: 'closePath', member: id })
    effects.push({ type: 'dropMember', member: id })
  }

  const was = sameRoom ? direct(before) : null
  const is = direct(state)
  /** @type {Map<PersonId, MemberPaths>} */
  const memberPaths = new Map()
  for (const { id } of members) {
    const old = sameRoom ? before.memberPaths.get(id) : undefined
    const told = sameRoom ? state.memberPaths.get(id) : undefined
    const now = told ? allow(told, is?.member === id) : setOut(is?.member === id)
    memberPaths.set(id, now)
    if (is?.member === id && (was?.member !== id || was.offers !== is.offers)) {
      effects.push({ type: 'openPath', member: id, offers: is.offers, lost: reloaded })
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
  return settleRelay(complained(before, shownPaths(here, memberPaths), effects), effects)
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

/** Says once that no way comes. One that was there and is interrupted is seen on the picture. @param {State} before @param {State} state @param {Effect[]} effects @returns {State} */
function complained(before, state, effects) {
  for (const { id, name, reconnecting } of state.room?.members ?? []) {
    if (reconnecting || before.paths.get(id)?.status !== 'connecting' || state.paths.get(id)?.status !== 'failed') continue
    const [told, more] = noticed(state, { type: 'path_failed', name })
    state = told
    effects.push(...more)
  }
  return state
}

/** @param {State} state @param {Effect[]} effects @returns {State} */
function settleRelay(state, effects) {
  const { room, me, memberPaths } = state
  if (!room) return state
  const others = room.members.filter(({ id }) => id !== me.id)
  const rest = others.length > 0 && others.every(({ id }) => carriesDirectly(/** @type {MemberPaths} */ (memberPaths.get(id))))
  const due = !rest && others.some(({ media, reconnecting }) => media.microphone && !reconnecting)
  if (state.relay?.rest === rest && state.relay.due === due) return state
  const use = { rest, due }
  effects.push({ type: 'useRelay', use })
  return { ...state, relay: use }
}
