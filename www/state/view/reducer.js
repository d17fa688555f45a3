// How it is shown on this screen: who is large, where one's own picture lies, what is open.
import { later, remember } from '../transition.js'
import { noticed, READING, without } from './notices.js'
import { loudnessChosen, muteForMeToggled } from './volumes.js'
/** @import { Reducer, State, Transition, View, ViewEvent, ViewState, Who } from '../types.d.ts' */

/** @type {ViewState} */
export const initialView = {
  view: { layout: 'grid', pinned: null, speaker: null, corner: 'bottomEnd', mirrored: true, near: null, ownHidden: false, volumes: new Map() },
  notices: [],
  nextNotice: 1,
  settingsOpen: false,
  keysOpen: false,
  keys: true,
  stayAwake: false,
  gestureSounds: true,
}

/** @type {Reducer<ViewEvent>} */
export const view = {
  settingsToggled: (state, { open }) => [{ ...state, settingsOpen: open }, []],
  keysToggled: (state, { open }) => [{ ...state, keysOpen: open }, []],
  keysChosen: (state, { on }) => [{ ...state, keys: on }, [remember('keys', on ? null : 'no')]],
  // Whoever asks for another order of the pictures lets go of the one that was held.
  layoutChosen: (state, { layout }) => [seen(state, { layout, pinned: null }), [remember('layout', layout)]],
  pinToggled: (state, { who }) => [seen(state, { pinned: state.view.pinned === who ? null : who }), []],
  nearChosen,
  cornerChosen: (state, { corner }) => [seen(state, { corner }), [remember('corner', corner)]],
  mirrorToggled(state) {
    const mirrored = !state.view.mirrored
    return [seen(state, { mirrored }), [remember('mirrored', mirrored ? null : 'no')]]
  },
  ownHiddenToggled(state) {
    const ownHidden = !state.view.ownHidden
    // What is hidden is not held large.
    const pinned = ownHidden && state.view.pinned === 'me' ? null : state.view.pinned
    return [seen(state, { ownHidden, pinned }), [remember('ownHidden', ownHidden ? 'yes' : null)]]
  },
  loudnessChosen,
  muteForMeToggled,
  stayAwakeToggled(state) {
    const stayAwake = !state.stayAwake
    return [{ ...state, stayAwake }, [remember('stayAwake', stayAwake ? 'yes' : null)]]
  },
  linkGiven: (state, { address }) => noticed(
    { ...state, notices: state.notices.filter(({ text }) => text.type !== 'link') },
    { type: 'link', address, locked: state.room?.locked ?? false },
  ),
  gestureSoundsToggled(state) {
    const gestureSounds = !state.gestureSounds
    return [{ ...state, gestureSounds }, [remember('gestureSounds', gestureSounds ? null : 'no')]]
  },
  noticeDismissed: (state, { id }) => [without(state, id), []],
  noticeFaded(state, { id }) {
    // Nobody has read it while the page was in the background: a missed call is still there later.
    const unread = state.hidden && state.notices.some(notice => notice.id === id)
    return unread ? [state, [later({ type: 'noticeFaded', id }, READING)]] : [without(state, id), []]
  },
}

/** @param {State} state @param {Partial<View>} change @returns {State} */
export function seen(state, change) {
  return { ...state, view: { ...state.view, ...change } }
}

/** One at a time is looked at closely. @param {State} state @param {{ who: Who, near: boolean }} event @returns {Transition} */
function nearChosen(state, { who, near }) {
  const next = near ? who : state.view.near === who ? null : state.view.near
  return [next === state.view.near ? state : seen(state, { near: next }), []]
}
