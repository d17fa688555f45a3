// What the box says, and what follows.
import { callMessages } from './call/messages.js'
import { devicesMessages } from './devices/reducer.js'
import { peopleMessages } from './people/reducer.js'
import { sessionMessages } from './session/messages.js'
/** @import { MessageReducer, Moment, ServerMessage, State, Transition } from './types.d.ts' */

/** @type {MessageReducer<ServerMessage['type']>} */
const messages = { ...sessionMessages, ...peopleMessages, ...callMessages, ...devicesMessages }

/** @param {State} state @param {ServerMessage} message @param {Moment} at @returns {Transition} */
export function heard(state, message, at) {
  // A newer box may say what this page does not know yet.
  if (!Object.hasOwn(messages, message.type)) return [state, []]
  const reduce = /** @type {(state: State, message: ServerMessage, at: Moment) => Transition} */ (messages[message.type])
  return reduce(state, message, at)
}
