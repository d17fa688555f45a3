// What the screens ask of the state.
/** @import { Person, State } from '../types.d.ts' */

/** Others can hear me, if they are in a room with me. @param {State} state */
export function audible(state) {
  return state.microphone.status === 'on' && !state.muted
}

/** Others can see me, if they are in a room with me. @param {State} state */
export function visible(state) {
  return state.camera.status === 'on'
}

/** In a room alone, with somebody still to come. @param {State} state */
export function waiting(state) {
  return state.room !== null && state.room.members.length === 1
}

/** Everybody but me, by name. @param {State} state @returns {Person[]} */
export function others(state) {
  return [...state.people.values()]
    .filter(person => person.id !== state.me.id)
    .sort((a, b) => a.name.localeCompare(b.name, state.language === 'szl' ? 'pl' : state.language))
}

/** I show my screen, or am about to. @param {State} state */
export function shares(state) {
  return state.screen.status === 'on' || state.screen.status === 'asking'
}
