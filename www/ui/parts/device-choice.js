// Which camera, microphone and loudspeaker; and what to do about one that does not work.
/** @import { Device, Problem, SourceState, State } from '../../state/types.d.ts' */

import { useDispatch, useWords } from '../hooks/context.js'
import { Button } from './button.js'
import { Select, Toggle } from './field.js'
import { h, html } from './html.js'
import { Meter } from './meter.js'

/** All of it is there from the beginning, so that nothing moves when the browser has asked. @param {{ state: State }} props */
export function DeviceChoice({ state }) {
  const words = useWords()
  const dispatch = useDispatch()
  const { devices, chosen, camera, view } = state
  return html`
    <div className="device-choice">
      <div className="device">
        ${h(Choice, { kind: 'camera', devices: devices.cameras, chosen: chosen.camera })}
        ${h(Toggle, { label: words.devices.mirror, on: view.mirrored, onChange: () => dispatch({ type: 'mirrorToggled' }) })}
        ${camera.status === 'on' && camera.blurs && h(Toggle, { label: words.devices.blur, on: state.blurred, onChange: () => dispatch({ type: 'blurToggled' }) })}
      </div>
      <div className="device">
        ${h(Choice, { kind: 'microphone', devices: devices.microphones, chosen: chosen.microphone })}
        ${h(Meter, {})}
      </div>
      <div className="device">
        ${h(Choice, { kind: 'speaker', devices: devices.audioOutputs, chosen: chosen.speaker })}
        ${h(Button, { label: words.devices.test, icon: 'sound', onClick: () => dispatch({ type: 'audioOutputTested' }) })}
      </div>
    </div>`
}

/** @param {{ kind: 'camera' | 'microphone' | 'speaker', devices: readonly Device[], chosen: string }} props */
function Choice({ kind, devices, chosen }) {
  const words = useWords()
  const dispatch = useDispatch()
  const named = devices.map(({ id, label }, at) => ({ value: id, text: label || words.devices.numbered(at + 1) }))
  return h(Select, {
    label: words.devices[kind], value: chosen,
    options: [{ value: '', text: words.devices.usual }, ...named],
    onChoose: id => dispatch({ type: 'deviceChosen', kind, id }),
  })
}

/** What does not work of camera and microphone. @param {{ state: State }} props */
export const Troubles = ({ state: { camera, microphone } }) => html`
  <div className="troubles">
    ${h(Trouble, { kind: 'camera', source: camera })}
    ${h(Trouble, { kind: 'microphone', source: microphone })}
  </div>`

/** One sentence and one thing to do. @param {{ kind: 'camera' | 'microphone', source: SourceState }} props */
function Trouble({ kind, source }) {
  const words = useWords()
  const dispatch = useDispatch()
  if (source.status !== 'failed') return null
  return html`
    <div className="trouble">
      <p role="alert">${problemSentence(words, kind, source.problem)}</p>
      ${h(Button, { label: words.devices.tryAgain, onClick: () => dispatch({ type: 'retryClicked', kind }) })}
    </div>`
}

/** @param {import('../../words/index.js').Words} words @param {'camera' | 'microphone'} kind @param {Problem} problem */
export const problemSentence = (words, kind, problem) =>
  (kind === 'camera' ? words.devices.camera_problems : words.devices.microphone_problems)[problem]
