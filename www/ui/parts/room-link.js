// A link to the room, to be given to somebody: who opens it knocks.
/** @import { Room, State } from '../../state/types.d.ts' */

import { useDispatch, useWords } from '../hooks/context.js'
import { TOUCH, useMediaQuery } from '../hooks/media-query.js'
import { addressOf, pass } from './address.js'
import { Button } from './button.js'
import { h } from './html.js'

/** @param {{ state: State, room: Room }} props */
export function RoomLink({ state, room }) {
  const words = useWords()
  const dispatch = useDispatch()
  const shares = useMediaQuery(TOUCH) && 'share' in navigator
  const give = async () => {
    const url = addressOf(state, room.id)
    const passed = await pass(state, url, shares)
    if (passed !== 'shared') dispatch({ type: 'linkGiven', address: passed === 'copied' ? null : url })
  }
  return h(Button, { label: shares ? words.call.shareLink : words.call.copyLink, icon: 'link', kind: 'tile', round: true, onClick: () => void give() })
}
