// What has to be so in any state, whatever led there: devices, paths, what the box knows, sounds.
import { settleAnswering } from './call/answering.js'
import { listened } from './call/echo.js'
import { settleGestures } from './call/gestures.js'
import { settlePaths } from './call/member-paths.js'
import { missedCalls, settleMissed, settleNotices } from './call/missed.js'
import { elsewhere } from './call/room.js'
import { settleMutedByHost } from './devices/choices.js'
import { settleDataUse } from './devices/data-use.js'
import { KINDS, myMedia, openSource, wants } from './devices/sources.js'
import { settleKnown } from './people/known.js'
import { listens, shares, waiting } from './selectors.js'
import { settleLink } from './session/link.js'
import { alike, later, remember, send } from './transition.js'
import { seen } from './view/reducer.js'
import { settleVolumes } from './view/volumes.js'
/** @import { Effect, PersonId, SourceState, State, Transition, Who } from './types.d.ts' */

/** How long the page may be in the background before it gives camera and microphone back. */
const REST = 60_000

/** @param {State} before @param {State} after @param {Effect[]} asked @returns {Transition} */
export function settle(before, after, asked) {
  const effects = [...asked]
  let state = settleNotices(before, settleMissed(settleMutedByHost(settleAwaited(settleLink(after, effects)))))
  state = settleAsked(settleRest(before, settleAnswering(before, state, effects), effects))
  state = settleSources(before, state, effects)
  state = settlePaths(before, settleView(state), effects)
  state = settleMedia(settleVolumes(before, state, effects), effects)
  state = settleGestures(before, settleCallInfo(before, state, effects), effects)
  state = settleKnown(before, state, effects)
  settleDataUse(before, state, effects)
  settleEar(before, state, effects)
  settleChoices(before, state, effects)
  soundAndLight(before, state, effects)
  return [state, effects]
}

/** @param {State} state @returns {State} */
function settleAwaited(state) {
  const { awaited, room } = state
  if (awaited === null) return state
  if (!room) return { ...state, awaited: null }
  if (!elsewhere(state, awaited)) return state
  return { ...state, awaited: null, room: { ...room, members: room.members.filter(({ id }) => id !== awaited) } }
}

/** @param {State} before @param {State} state @param {Effect[]} effects @returns {State} */
function settleRest(before, state, effects) {
  const idle = state.hidden && !state.room
  if (idle && !(before.hidden && !before.room)) effects.push(later({ type: 'hiddenForLong' }, REST))
  return state.resting && !idle ? { ...state, resting: false } : state
}

/** What is asked about somebody who is gone, or a device that works, is asked no more. @param {State} state @returns {State} */
function settleAsked(state) {
  const { removal, room, me, trouble } = state
  if (removal !== null && !(room?.host === me.id && room.members.some(({ id }) => id === removal))) state = { ...state, removal: null }
  if (trouble && state[trouble].status !== 'failed' && state[trouble].status !== 'asking') state = { ...state, trouble: null }
  return state
}

/** @param {State} before @param {State} state @param {Effect[]} effects @returns {State} */
function settleSources(before, state, effects) {
  for (const kind of KINDS) {
    const wanted = wants(state, kind)
    if (wanted === wants(before, kind)) continue
    /** @type {SourceState} */
    const source = wanted ? { status: 'asking' } : { status: 'off' }
    state = { ...state, [kind]: source }
    effects.push(wanted ? openSource(state, kind) : { type: 'closeSource', kind })
  }
  // A screen is for those to whom it was shown: it goes into no other room.
  const left = before.room !== null && before.room.id !== state.room?.id
  if ((left || !state.room || state.dataUse === 'sound') && shares(state)) {
    state = { ...state, screen: { status: 'off' } }
    effects.push({ type: 'stopScreen' })
  }
  if (state.muted !== before.muted) effects.push({ type: 'muteMicrophone', muted: state.muted })
  return state
}

/** Who looks at a call looks elsewhere when it is over. @param {State} before @param {State} state @param {Effect[]} effects @returns {State} */
function settleCallInfo(before, state, effects) {
  if (!state.room && (state.callInfo || state.looks.length)) state = { ...state, callInfo: null, looks: [] }
  const how = watched(state)
  if (how !== watched(before)) effects.push({ type: 'watchCall', how })
  return state
}

/** @param {State} state @returns {Extract<Effect, { type: 'watchCall' }>['how']} */
function watched({ callInfo, room }) {
  if (callInfo) return 'closely'
  return (room?.members.length ?? 0) > 1 ? 'lightly' : 'not'
}

/** @param {State} state @param {Effect[]} effects @returns {State} */
function settleMedia(state, effects) {
  if (!state.room) return state.mediaSaid || state.callSince || state.until.size
    ? { ...state, mediaSaid: null, callSince: null, until: new Map() }
    : state
  const media = myMedia(state)
  if (state.connection.status !== 'open' || (state.mediaSaid && alike(state.mediaSaid, media))) return state
  effects.push(send({ type: 'set_media', media }))
  return { ...state, mediaSaid: media }
}

/** @param {State} before @param {State} state @param {Effect[]} effects */
function soundAndLight(before, state, effects) {
  const quietly = state.room !== null
  for (const { invitation } of before.calls) {
    if (!state.calls.some(call => call.invitation === invitation)) effects.push({ type: 'stopRinging', invitation })
  }
  for (const { invitation, name, itself } of state.calls) {
    const rings = before.calls.find(call => call.invitation === invitation)
    if (!rings || quietly !== (before.room !== null) || !itself !== !rings.itself) effects.push({ type: 'ring', invitation, name, quietly, ...(itself && { itself: true }) })
  }
  if (ringsThere(state) !== ringsThere(before)) {
    effects.push({ type: ringsThere(state) ? 'ringBack' : 'stopRingBack' })
  }
  const known = new Set(before.room?.knocks.map(({ knock }) => knock))
  if (state.room?.knocks.some(({ knock }) => !known.has(knock))) effects.push({ type: 'knockSound' })
  if (wakes(state) !== wakes(before)) effects.push({ type: 'keepAwake', awake: wakes(state) })
}

/** The screen has something to show. @param {State} state */
function wakes(state) {
  return state.room !== null || state.calls.length > 0 || ((state.stayAwake || state.kiosk) && state.me.entered)
}

/** I wait alone and it really rings at somebody's. @param {State} state */
function ringsThere(state) {
  return waiting(state)
    && state.connection.status === 'open'
    && Boolean(state.room?.invitations.some(({ progress }) => progress !== 'sent'))
}

/** What was shown of people who are gone is forgotten. @param {State} state @returns {State} */
function settleView(state) {
  const { pinned, near } = state.view
  if (pinned !== null && !there(state, pinned)) state = seen(state, { pinned: null })
  if (near !== null && !there(state, near)) state = seen(state, { near: null })
  const speaker = spokeLast(state)
  if (speaker !== state.view.speaker) state = seen(state, { speaker })
  // Hung up with the key held: as muted as before.
  if (state.holding && !state.room) state = { ...state, holding: false, muted: true }
  if (state.echo && !state.room) state = { ...state, echo: null }
  if (state.spokeWhileMuted && !listens(state)) state = { ...state, spokeWhileMuted: false }
  return state
}

/** @param {State} before @param {State} state @param {Effect[]} effects */
function settleEar(before, state, effects) {
  if (listens(state) !== listens(before)) effects.push({ type: 'listenWhileMuted', on: listens(state) })
  const members = listened(state)
  if (members.join() !== listened(before).join()) effects.push({ type: 'listenForEcho', members })
}

/** @param {State} state @param {Who} who */
function there({ room, me }, who) {
  if (!room) return false
  if (who === 'me') return true
  const id = typeof who === 'number' ? who : Number(who.slice('screen '.length))
  return room.members.some(member => member.id === id && id !== me.id && (typeof who === 'number' || member.media.screen))
}

/** @param {State} state @returns {PersonId | null} */
function spokeLast({ room, me, activeSpeakers, view }) {
  const others = room?.members.filter(({ id }) => id !== me.id) ?? []
  const present = (/** @type {PersonId | null | undefined} */ id) => others.some(other => other.id === id)
  const [loudest] = activeSpeakers.filter(present)
  return loudest ?? (present(view.speaker) ? view.speaker : null)
}

/** The device's memory follows whatever led to other choices. @param {State} before @param {State} state @param {Effect[]} effects */
function settleChoices(before, state, effects) {
  if (!before.started) return
  /** @type {[Extract<Effect, { type: 'remember' }>['key'], (state: State) => string | null][]} */
  const choices = [
    ['muted', ({ muted, mutedByHost, holding }) => (holding || (muted && mutedByHost === null) ? 'yes' : null)],
    ['hushed', ({ mutedByHost }) => (mutedByHost === null ? null : String(mutedByHost))],
    ['cameraOff', ({ cameraWanted }) => (cameraWanted ? null : 'yes')],
    ['unattended', ({ unattended }) => (unattended === null ? null : String(unattended))],
    ['availability', ({ me }) => (me.availability === 'available' ? null : me.availability)],
  ]
  if (state.notices !== before.notices) choices.push(['missed', missedCalls])
  // A wall tablet enters by itself where it was let in and heard once.
  const settled = (/** @type {State} */ { kiosk, me, microphone }) => kiosk && me.id !== null && microphone.status === 'on'
  if (settled(state) && !settled(before)) effects.push(remember('kiosk', 'yes'))
  for (const [key, kept] of choices) if (kept(state) !== kept(before)) effects.push(remember(key, kept(state)))
}
