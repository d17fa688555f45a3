// Sentences to be read, and how long they stay.
import { missed } from '../selectors.js'
import { later } from '../transition.js'
/** @import { Notice, NoticeText, State, Transition } from '../types.d.ts' */

/** How long a notice stays, in milliseconds: time to look up from the stove and read a sentence. */
export const READING = 10_000

/** More sentences at once nobody reads. */
const NOTICES = 5

/** @param {State} state @param {NoticeText} text @returns {Transition} */
export function noticed(state, text) {
  const id = state.nextNotice
  const fades = !lasting(text)
  return [
    { ...state, notices: newest([...state.notices, { id, text }]), nextNotice: id + 1 },
    fades ? [later({ type: 'noticeFaded', id }, READING)] : [],
  ]
}

/** Calls that were missed are counted by themselves: no other sentence pushes them out. @param {Notice[]} notices */
function newest(notices) {
  const [calls, others] = [true, false].map(is => notices.filter(({ text }) => missed(text) === is).slice(-NOTICES))
  return notices.filter(notice => calls.includes(notice) || others.includes(notice))
}

/** There is something to do about it, whenever it is read: it stays until that is done. @param {NoticeText} text */
function lasting(text) {
  return text.type === 'updated' || text.type === 'came' || (text.type === 'link' && text.address !== null) || missed(text)
}

/** It tells how a call went, and means nothing in the next. @param {NoticeText} text */
export function ofOneCall(text) {
  return ['room_left', 'knock_ended', 'asked_to_mute', 'link', 'link_elsewhere', 'path_failed', 'meshed', 'mesh_full', 'strained'].includes(text.type) || (text.type === 'invitation_ended' && !missed(text))
}

/** @param {State} state @param {number} id @returns {State} */
export function without(state, id) {
  return { ...state, notices: state.notices.filter(notice => notice.id !== id) }
}
