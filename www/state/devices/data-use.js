// Less data: the smallest pictures, or none.
import { remember } from '../transition.js'
/** @import { DataUse, Effect, Member, Pictures, State, Transition } from '../types.d.ts' */

/** @param {State} state @param {DataUse} use @returns {Transition} */
export function dataUseChosen(state, use) {
  return [{ ...state, dataUse: use }, [remember('dataUse', use)]]
}

/** What goes of my pictures straight to a member, by what either of us chose. @param {State} state @param {Member} member @returns {Pictures} */
function picturesTo({ dataUse }, { media }) {
  if (media.sound_only) return 'none'
  return media.saves_data || dataUse === 'save' ? 'small' : 'whole'
}

/** @param {State} before @param {State} state @param {Effect[]} effects */
export function settleDataUse(before, state, effects) {
  const saves = state.dataUse === 'save'
  if (saves !== (before.dataUse === 'save')) effects.push({ type: 'saveData', saves })
  const known = new Map(before.room?.id === state.room?.id ? before.room?.members.map(member => [member.id, picturesTo(before, member)]) : [])
  for (const member of state.room?.members ?? []) {
    const pictures = picturesTo(state, member)
    if (member.id !== state.me.id && pictures !== (known.get(member.id) ?? 'whole')) effects.push({ type: 'limitPictures', member: member.id, pictures })
  }
}
