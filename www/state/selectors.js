// What the screens ask of the state.
/** @import { NoticeText, Other, Person, Room, State, Volume, Who } from './types.d.ts' */

/** Others can hear me, if they are in a room with me. @param {State} state */
export function audible(state) {
  return state.microphone.status === 'on' && !state.microphone.trackMuted && !state.muted
}

/** Others can see me, if they are in a room with me. @param {State} state */
export function visible(state) {
  return state.camera.status === 'on' && !state.camera.trackMuted
}

/** Camera and microphone wait for a call, as was chosen; whoever looks at the settings wants to try them. @param {State} state */
export function closed(state) {
  return state.onlyInCalls && state.me.entered && state.room === null && !state.settingsOpen
}

/** Of a call that I missed. @param {NoticeText} text */
export function missed(text) {
  return text.type === 'invitation_ended' && text.person !== undefined
}

/** In a room alone, with somebody still to come. @param {State} state */
export function waiting(state) {
  return state.room !== null && state.room.members.length === 1
}

/** So many calls of one page ring at a time, as the box has it. */
export const MOST_AT_ONCE = 20

/** Those who could come now. @param {readonly Person[]} people */
export function free(people) {
  return people.filter(({ status, reconnecting }) => (status === 'available' || status === 'away') && !reconnecting)
}

/** Everybody but me, by name. @param {State} state @returns {Person[]} */
export function others(state) {
  return [...state.people.values()]
    .filter(person => person.id !== state.me.id)
    .sort((a, b) => a.name.localeCompare(b.name, state.language === 'szl' ? 'pl' : state.language))
}

/** The place of my hand, if it is raised. @param {State} state */
export function myHand({ room, me }) {
  return room?.members.find(({ id }) => id === me.id)?.hand
}

/** Those whose hands are raised come first, in the order of raising. @param {readonly Person[]} people @param {Room | null} room @returns {readonly Person[]} */
export function raisedFirst(people, room) {
  const raised = [...room?.members ?? []].filter(({ hand }) => hand !== undefined).sort((a, b) => (a.hand ?? 0) - (b.hand ?? 0))
  const first = raised.flatMap(({ id }) => people.find(person => person.id === id) ?? [])
  return first.length > 0 ? [...first, ...people.filter(person => !first.includes(person))] : people
}

/** What names that differ by the box's number only have in common. @param {string} name */
export const family = name => name.replace(/ \(\d+\)$/u, '').toLowerCase()

/** Whom this device has met and who is not here; of whom the box has not said who they are, nobody yet. @param {State} state */
export function absent({ known, marks, people }) {
  const asked = [...marks.values()]
  const here = new Set(asked.map(({ mark }) => mark))
  const unsure = new Set(asked.filter(({ mark }) => mark === null).map(({ name }) => family(name)))
  return people.size === 0 ? [] : known.filter(({ mark, name }) => !here.has(mark) && !unsure.has(family(name)))
}

/** I show my screen, or am about to. @param {State} state */
export function shares(state) {
  return state.screen.status === 'on' || state.screen.status === 'asking'
}

/** My own picture is shown as in a mirror; what is behind the phone never is. @param {State} state */
export function mirrored({ camera, view }) {
  return view.mirrored && !(camera.status === 'on' && camera.facing === 'environment')
}

/**
 * Who is shown large: the one who is pinned, a screen, the other one of two, or who speaks. Null: all are
 * alike.
 *
 * @param {State} state @returns {Who | null}
 */
export function spotlight({ room, me, view }) {
  if (view.pinned !== null) return view.pinned
  const others = room?.members.filter(({ id }) => id !== me.id) ?? []
  // The newest screen is the one that is talked about.
  const screen = others.filter(({ media }) => media.screen).at(-1)
  if (screen) return `screen ${screen.id}`
  if (others.length === 1) return others[0].id
  return others.length > 1 && view.layout === 'speaker' ? view.speaker ?? others[0].id : null
}

/** Those who are called so, or nearly: marks above and below letters do not count. @param {readonly Person[]} people @param {string} sought */
export function named(people, sought) {
  const parts = plain(sought).split(/\s+/u)
  return people.filter(({ name }) => parts.every(part => plain(name).includes(part)))
}

/** @param {string} text */
function plain(text) {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase().replaceAll('ł', 'l').trim()
}

/** Others would hear me if I were not muted. @param {State} state */
export function listens(state) {
  return state.muted && state.microphone.status === 'on' && (state.room?.members.length ?? 0) > 1
}

/** @type {Volume} */
export const AS_IT_COMES = { loudness: 100, silent: false }

/** How loud somebody is on this device. @param {State} state @param {Other} who */
export function volumeOf({ view }, who) {
  return view.volumes.get(who) ?? AS_IT_COMES
}

/** Somebody is not heard here, as was chosen. @param {State} state @param {Other} who */
export function silent(state, who) {
  const { loudness, silent } = volumeOf(state, who)
  return silent || loudness === 0
}
