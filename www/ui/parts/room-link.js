// A link to the room, to be given to somebody: who opens it knocks.
/** @import { Room, State } from '../../state/types.d.ts' */

import { useDispatch, useWords } from '../hooks/context.js'
import { TOUCH, useMediaQuery } from '../hooks/media-query.js'
import { addressOf } from './address.js'
import { Button } from './button.js'
import { h } from './html.js'

/** @param {{ state: State, room: Room }} props */
export function RoomLink({ state, room }) {
  const words = useWords()
  const dispatch = useDispatch()
  const shares = useMediaQuery(TOUCH) && 'share' in navigator
  const give = async () => {
    const url = addressOf(state, room.id)
    const shared = shares && await navigator.share({ title: state.space?.title ?? 'Wizyjno Godka', url }).then(() => true, ({ name }) => name === 'AbortError')
    if (shared) return
    const copied = await navigator.clipboard.writeText(url).then(() => true, () => false)
    dispatch({ type: 'linkGiven', address: copied ? null : url })
  }
  return h(Button, { label: shares ? words.call.shareLink : words.call.copyLink, icon: 'link', kind: 'tile', round: true, onClick: () => void give() })
}
