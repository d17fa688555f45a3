// Calling and being called, knocking, the room and its host, and how media gets to its members.
import { send } from '../transition.js'
import { answerDue, answeringChosen, attended, chimed, nobody } from './answering.js'
import { MOST_AT_ONCE } from '../selectors.js'
import { answered, cancelAllClicked, cancelled, rang, woreOff } from './calls.js'
import { echoHeard } from './echo.js'
import { handToggled, reactClicked } from './gestures.js'
import { looked } from './looks.js'
import { pathsChanged } from './member-paths.js'
import { hungUp } from './room.js'
import { arrived, proven, report, settled } from './route.js'
/** @import { CallEvent, CallState, Reducer } from '../types.d.ts' */

/** @type {CallState} */
export const initialCall = {
  room: null,
  awaited: null,
  until: new Map(),
  callSince: null,
  calls: [],
  answered: new Map(),
  knock: null,
  leaving: null,
  paths: new Map(),
  memberPaths: new Map(),
  relay: null,
  noRelay: false,
  relayAlways: false,
  relayless: false,
  activeSpeakers: [],
  looks: [],
  callInfo: null,
  removal: null,
  answering: nobody,
  answeringSaid: null,
  unattended: null,
  reactions: [],
  reacted: 0,
  echo: null,
}

/** @type {Reducer<CallEvent>} */
export const call = {
  inviteClicked: (state, { to }) => [state.room ? state : attended(state), [send({ type: 'invite', to })]],
  severalRung: (state, { people }) => [attended(state), people.slice(0, MOST_AT_ONCE).map(to => send({ type: 'invite', to }))],
  cancelAllClicked,
  cancelClicked: (state, { invitation }) => cancelled(state, invitation),
  acceptClicked: (state, { invitation }) => answered(attended(state), { type: 'accept', invitation }),
  // The room may be full: it rings on until the box says that the invitation is over.
  bringHereClicked: (state, { invitation }) => [attended(state), [send({ type: 'bring_here', invitation })]],
  declineClicked: (state, { invitation, reason }) => answered(state, { type: 'decline', invitation, ...(reason && { reason }) }),
  rang: (state, { invitation }) => rang(state, invitation),
  ringWoreOff: (state, { invitation }) => woreOff(state, invitation),
  knockClicked: (state, { room }) => [attended(state), [send({ type: 'knock', room })]],
  leaveAndKnockClicked(state, { room }) {
    const [left, effects] = hungUp(state)
    return [left, [...effects, send({ type: 'knock', room })]]
  },
  withdrawClicked: state => [{ ...state, knock: null }, state.knock ? [send({ type: 'withdraw', knock: state.knock.knock })] : []],
  admitClicked: (state, { knock }) => [state, [send({ type: 'admit', knock })]],
  refuseClicked: (state, { knock }) => [state, [send({ type: 'refuse', knock })]],
  lockClicked: (state, { locked }) => [state, [send({ type: 'lock', locked })]],
  removeClicked: (state, { member }) => [{ ...state, removal: member }, []],
  removalAnswered: (state, { yes }) => [{ ...state, removal: null }, yes && state.removal !== null ? [send({ type: 'remove', member: state.removal })] : []],
  askToMuteClicked: (state, { member }) => [state, [send({ type: 'ask_to_mute', member })]],
  handToggled,
  lowerHandClicked: (state, { member }) => [state, [send({ type: 'lower_hand', member })]],
  reactClicked,
  reactionRested: state => [{ ...state, reacted: state.reacted - 1 }, []],
  reactionFaded: (state, { id }) => [{ ...state, reactions: state.reactions.filter(shown => shown.id !== id) }, []],
  hangUpClicked: hungUp,
  callInfoToggled(state, { open, about = null }) {
    if (open === (state.callInfo !== null) || !state.room) return [state, []]
    return [{ ...state, callInfo: open ? { about, told: null } : null }, []]
  },
  callMeasured: (state, { look }) => [looked(state, look), []],
  answeringChosen: (state, { answering }) => answeringChosen(state, answering),
  answererAdded: (state, { person }) => [state, [send({ type: 'recognise', person })]],
  answererRemoved: (state, { mark }) => answeringChosen(state, { people: state.answering.people.filter(person => person.mark !== mark) }),
  chimed,
  answerDue: (state, event) => answerDue(state, event, (state, { invitation }) => answered(state, { type: 'accept', invitation })),
  presenceSaid: state => [attended(state), []],
  echoHeard,
  echoFaded: state => [state.echo ? { ...state, echo: { ...state.echo, said: true } } : state, []],
  pathChanged: (state, { member, path }) => pathsChanged(state, member, paths => report(paths, path)),
  pathProven: (state, { member, proof }) => pathsChanged(state, member, paths => proven(paths, proof)),
  pathArrived: (state, { member, kind }) => pathsChanged(state, member, paths => arrived(paths, kind)),
  pathSettled: (state, { member, change }) => pathsChanged(state, member, paths => settled(paths, change)),
}
