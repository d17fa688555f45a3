// What the box says of calls, rooms and the relay.
import { unreachable } from '../transition.js'
import { noticed } from '../view/notices.js'
import { recognised } from './answering.js'
import { called, invitationEnded } from './calls.js'
import { reactionHeard } from './gestures.js'
import { roomLeft, roomTold } from './room.js'
/** @import { MessageReducer, RelayMessage, ServerMessage, State, Transition } from '../types.d.ts' */

/** @type {MessageReducer<RelayMessage['type'] | 'ring' | 'recognised' | 'invitation_ended' | 'room' | 'room_left' | 'knock_sent' | 'knock_ended' | 'signal' | 'speakers' | 'reaction' | 'strained' | 'links'>} */
export const callMessages = {
  ring: called,
  recognised,
  invitation_ended: invitationEnded,
  room: (state, { room, token }, at) => roomTold(state, room, token, at),
  room_left: roomLeft,
  knock_sent(state, { knock, room, expires_in_ms }, at) {
    const retold = state.retold && { ...state.retold, knock: true }
    return [{ ...state, retold, knock: { knock, room, until: at + expires_in_ms } }, []]
  },
  knock_ended: knockEnded,
  // What a member said who has left meanwhile leads nowhere.
  signal: (state, { from, signal }) => [state, state.memberPaths.get(from)?.direct ? [{ type: 'signalPath', member: from, signal }] : []],
  relay_answer: relayed,
  relay_offer: relayed,
  seats: relayed,
  wanted: relayed,
  relay_ended: relayed,
  speakers: (state, { speakers }) => [state.room ? { ...state, activeSpeakers: speakers } : state, []],
  reaction: reactionHeard,
  strained: (state, { strain }) => (state.room && strain !== 'none' ? noticed(state, { type: 'strained' }) : [state, []]),
  links: (state, message) => [state.callInfo ? { ...state, callInfo: { ...state.callInfo, told: message } } : state, []],
}

/** @param {State} state @param {Extract<ServerMessage, { type: 'knock_ended' }>} message @returns {Transition} */
function knockEnded(state, { knock, outcome }) {
  const ended = state.knock?.knock === knock ? { ...state, knock: null } : state
  switch (outcome) {
    // The room opens by itself, or it was my own doing: there is nothing to read.
    case 'admitted':
    case 'withdrawn':
    case 'overtaken':
      return [ended, []]
    case 'refused':
    case 'expired':
    case 'locked':
    case 'gone':
      return noticed(ended, { type: 'knock_ended', outcome })
    default:
      return unreachable(outcome)
  }
}

/** @param {State} state @param {RelayMessage} message @returns {Transition} */
function relayed(state, message) {
  return [state, state.room ? [{ type: 'hearRelay', message }] : []]
}
