// How loud others are on this device, which nobody else knows.
import { AS_IT_COMES, volumeOf } from '../selectors.js'
/** @import { Effect, Other, State, Transition, Volume } from '../types.d.ts' */

/** @param {State} state @param {{ who: Other, loudness: number }} event @returns {Transition} */
export function loudnessChosen(state, { who, loudness }) {
  return chosen(state, who, { loudness: Math.min(100, Math.max(0, Math.round(loudness))), silent: false })
}

/** @param {State} state @param {{ who: Other }} event @returns {Transition} */
export function muteForMeToggled(state, { who }) {
  const { loudness, silent } = volumeOf(state, who)
  // Loudness 0 unmutes to full loudness.
  if (!silent && loudness === 0) return chosen(state, who, AS_IT_COMES)
  return chosen(state, who, { loudness, silent: !silent })
}

/** @param {State} state @param {Other} who @param {Volume} volume @returns {Transition} */
function chosen(state, who, volume) {
  const usual = volume.loudness === AS_IT_COMES.loudness && !volume.silent
  const others = [...state.view.volumes].filter(([other]) => other !== who)
  const volumes = new Map(usual ? others : [...others, [who, volume]])
  return [{ ...state, view: { ...state.view, volumes } }, [{ type: 'setVolume', who, volume: usual ? null : volume }]]
}

/** It holds for the room, also for those who leave it and come back: elsewhere ids mean other people. @param {State} before @param {State} state @param {Effect[]} effects @returns {State} */
export function settleVolumes(before, state, effects) {
  const { volumes } = state.view
  if (volumes.size === 0 || state.room?.id === before.room?.id) return state
  for (const who of volumes.keys()) effects.push({ type: 'setVolume', who, volume: null })
  return { ...state, view: { ...state.view, volumes: new Map() } }
}
