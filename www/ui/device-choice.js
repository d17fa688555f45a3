// Which camera, microphone and loudspeaker; and what to do about one that does not work.
/** @import { Device, Problem, Source, State } from '../types.d.ts' */

import { Button } from './button.js'
import { useDispatch, useWords } from './context.js'
import { Select } from './field.js'
import { h, html } from './html.js'
import { Meter } from './meter.js'

/** @param {{ state: State, speakers: boolean }} props */
export function DeviceChoice({ state, speakers }) {
  const { devices, chosen } = state
  return html`
    <div className="device-choice">
      ${h(Choice, { kind: 'camera', devices: devices.cameras, chosen: chosen.camera })}
      ${h(Trouble, { kind: 'camera', source: state.camera })}
      ${h(Choice, { kind: 'microphone', devices: devices.microphones, chosen: chosen.microphone })}
      ${state.microphone.status === 'on' && h(Meter, {})}
      ${h(Trouble, { kind: 'microphone', source: state.microphone })}
      ${speakers && h(Choice, { kind: 'speaker', devices: devices.speakers, chosen: chosen.speaker })}
    </div>`
}

/** @param {{ kind: 'camera' | 'microphone' | 'speaker', devices: readonly Device[], chosen: string }} props */
function Choice({ kind, devices, chosen }) {
  const words = useWords()
  const dispatch = useDispatch()
  if (devices.length === 0) return null
  const named = devices.map(({ id, label }, at) => ({ value: id, text: label || words.devices.numbered(at + 1) }))
  return h(Select, {
    label: words.devices[kind], value: chosen,
    options: [{ value: '', text: words.devices.usual }, ...named],
    onChoose: id => dispatch({ type: 'deviceChosen', kind, id }),
  })
}

/** One sentence and one thing to do. @param {{ kind: 'camera' | 'microphone', source: Source }} props */
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

/** @param {import('../words/index.js').Words} words @param {'camera' | 'microphone'} kind @param {Problem} problem */
export const problemSentence = (words, kind, problem) =>
  (kind === 'camera' ? words.devices.camera_problems : words.devices.microphone_problems)[problem]
