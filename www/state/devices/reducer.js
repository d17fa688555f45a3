// Camera, microphone, screen and loudspeaker: what people choose, and what the browser tells of them.
import { listens } from '../selectors.js'
import { later, remember } from '../transition.js'
import { askedToMute, choicesChanged, muteToggled } from './choices.js'
import { dataUseChosen } from './data-use.js'
import { devicesListed, hides, refusal, reopen, screenToggled, sourceChanged, troubleAsked } from './sources.js'
/** @import { DevicesEvent, DevicesState, Event, MessageReducer, Reducer, State, Transition } from '../types.d.ts' */

/** Milliseconds that the hint stays. */
const HINT = 6_000

/** @type {DevicesState} */
export const initialDevices = {
  camera: { status: 'off' },
  microphone: { status: 'off' },
  screen: { status: 'off' },
  cameraWanted: true,
  facing: 'user',
  blurred: false,
  muted: false,
  mutedByHost: null,
  holding: false,
  spokeWhileMuted: false,
  resting: false,
  mediaSaid: null,
  devices: { cameras: [], microphones: [], audioOutputs: [] },
  chosen: { camera: '', microphone: '', speaker: '' },
  trouble: null,
  soundBlocked: false,
  onlyInCalls: false,
  dataUse: 'everything',
}

/** @type {Reducer<DevicesEvent>} */
export const devices = {
  muteToggled,
  cameraToggled(state) {
    // Whoever wants to be seen wants pictures, and is here.
    if (state.dataUse === 'sound') return dataUseChosen({ ...state, cameraWanted: true }, 'everything')
    if (hides(state)) return [{ ...state, unattended: null, cameraWanted: true }, []]
    if (state.cameraWanted && state.camera.status === 'failed') return troubleAsked(state, 'camera')
    return [{ ...state, cameraWanted: !state.cameraWanted }, []]
  },
  screenToggled,
  // Whoever chooses nothing has thought better of it.
  screenChanged: (state, { source }) => [{ ...state, screen: refusal(source) ? { status: 'off' } : source }, []],
  blurToggled(state) {
    const blurred = !state.blurred
    return [{ ...state, blurred }, [remember('blurred', blurred ? 'yes' : null), { type: 'blurBackground', blurred }]]
  },
  cameraTurned(state) {
    // The one that was chosen by name looks one way only.
    const facing = state.camera.status === 'on' && state.camera.facing === 'environment' ? 'user' : 'environment'
    return reopen({ ...state, facing, cameraWanted: true, chosen: { ...state.chosen, camera: '' } }, 'camera')
  },
  talkHeld,
  audioOutputTested: state => [state, [{ type: 'testAudioOutput' }]],
  deviceChosen,
  retryClicked: (state, { kind }) => reopen(state, kind),
  troubleAsked: (state, { kind }) => troubleAsked(state, kind),
  troubleClosed: state => [{ ...state, trouble: null }, []],
  onlyInCallsToggled(state) {
    const onlyInCalls = !state.onlyInCalls
    return [{ ...state, onlyInCalls }, [remember('onlyInCalls', onlyInCalls ? 'yes' : 'no')]]
  },
  dataUseChosen: (state, { use }) => dataUseChosen(state, use),
  choicesChanged: (state, { choices }) => choicesChanged(state, choices),
  soundBlocked: (state, { blocked }) => [blocked === state.soundBlocked ? state : { ...state, soundBlocked: blocked }, []],
  spokeMuted(state) {
    if (!listens(state) || state.spokeWhileMuted) return [state, []]
    return [{ ...state, spokeWhileMuted: true }, [later({ type: 'spokeWhileMutedFaded' }, HINT)]]
  },
  spokeWhileMutedFaded: state => [{ ...state, spokeWhileMuted: false }, []],
  devicesListed,
  sourceChanged,
}

/** @type {MessageReducer<'asked_to_mute'>} */
export const devicesMessages = { asked_to_mute: askedToMute }

/** The microphone is on while the key is held; whoever is heard already needs no key. @param {State} state @param {{ held: boolean }} event @returns {Transition} */
function talkHeld(state, { held }) {
  if (held === state.holding || (held && (!state.muted || !state.room))) return [state, []]
  return [{ ...state, holding: held, muted: !held }, []]
}

/** @param {State} state @param {Extract<Event, { type: 'deviceChosen' }>} event @returns {Transition} */
function deviceChosen(state, { kind, id }) {
  const chosen = { ...state, chosen: { ...state.chosen, [kind]: id } }
  const kept = remember(kind, id || null)
  if (kind === 'speaker') return [chosen, [kept, { type: 'useAudioOutput', deviceId: id }]]
  const [next, effects] = reopen(chosen, kind)
  return [next, [kept, ...effects]]
}
