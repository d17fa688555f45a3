// Camera, microphone and screen: what is wanted of them, and what becomes of it.
import { audible, closed, shares, visible } from '../selectors.js'
import { noticed } from '../view/notices.js'
import { dataUseChosen } from './data-use.js'
/** @import { Effect, Event, MediaState, SourceState, State, Transition } from '../types.d.ts' */

export const KINDS = /** @type {const} */ (['microphone', 'camera'])

/** @param {State} state @param {'camera' | 'microphone'} kind */
export function wants(state, kind) {
  if (!state.started || state.resting || closed(state) || state.connection.status === 'taken_over') return false
  return kind === 'microphone' || (state.cameraWanted && state.dataUse !== 'sound' && !hides(state))
}

/** This call was answered by itself, and without a picture, as was chosen. @param {State} state */
export function hides({ unattended, answering }) {
  return unattended !== null && !answering.camera
}

/** @param {State} state @returns {MediaState} */
export function myMedia(state) {
  return { microphone: audible(state), camera: visible(state), screen: state.screen.status === 'on', ...(state.relayless && { relayless: true }), ...(state.unattended !== null && { unattended: true }), ...(state.dataUse === 'sound' && { sound_only: true }), ...(state.dataUse === 'save' && { saves_data: true }) }
}

/** @param {State} state @param {'camera' | 'microphone'} kind @returns {Transition} */
export function reopen(state, kind) {
  if (!wants(state, kind)) return [state, []]
  return [{ ...state, [kind]: { status: 'asking' } }, [openSource(state, kind)]]
}

/** Retries; why it fails, if it does, is said until that is read. @param {State} state @param {'camera' | 'microphone'} kind @returns {Transition} */
export function troubleAsked(state, kind) {
  return reopen({ ...state, trouble: kind }, kind)
}

/** @param {State} state @param {'camera' | 'microphone'} kind @returns {Effect} */
export function openSource(state, kind) {
  return { type: 'openSource', kind, deviceId: state.chosen[kind], ...(kind === 'camera' && state.facing !== 'user' && { facing: state.facing }) }
}

/**
 * @param {State} state @param {Extract<Event, { type: 'devicesListed' }>} event @returns {Transition}
 */
export function devicesListed(state, { devices, changed }) {
  /** @type {State} */
  let next = { ...state, devices }
  /** @type {Effect[]} */
  const effects = []
  if (!changed) return [next, effects]
  for (const kind of KINDS) {
    const source = next[kind]
    if (source.status === 'on' && source.mended) next = { ...next, [kind]: { ...source, mended: false } }
    if (source.status !== 'failed' || source.problem === 'denied' || source.problem === 'insecure') continue
    const [reopened, asked] = reopen(next, kind)
    next = reopened
    effects.push(...asked)
  }
  return [next, effects]
}

/** @param {State} state @param {Extract<Event, { type: 'sourceChanged' }>} event @returns {Transition} */
export function sourceChanged(state, { kind, source, lost }) {
  // What was asked for earlier may come when it is not wanted; the device is closed already.
  if (!wants(state, kind)) return [state, []]
  const before = state[kind]
  if (!lost) {
    const mended = source.status === 'on' && before.status === 'asking' && before.mending
    return [{ ...state, [kind]: mended ? { ...source, mended } : source }, []]
  }
  // Once it is asked again at once (a phone call took it, a cable moved); a device that keeps
  // dropping out would otherwise be asked in a circle.
  const again = before.status === 'on' && !before.mended
  const [told, effects] = noticed(
    { ...state, [kind]: again ? { status: 'asking', mending: true } : source },
    { type: 'device_lost', kind },
  )
  return [told, again ? [openSource(state, kind), ...effects] : effects]
}

/** @param {State} state @returns {Transition} */
export function screenToggled(state) {
  if (shares(state)) return [{ ...state, screen: { status: 'off' } }, [{ type: 'stopScreen' }]]
  if (!state.room) return [state, []]
  // Whoever shows something wants pictures.
  const [shown, effects] = state.dataUse === 'sound' ? dataUseChosen(state, 'everything') : [state, []]
  return [{ ...shown, screen: { status: 'asking' } }, [...effects, { type: 'shareScreen' }]]
}

/** @param {SourceState} source */
export function refusal(source) {
  return source.status === 'failed' && source.problem === 'denied'
}
