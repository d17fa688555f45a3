// The buttons under the picture.
/** @import { Reaction, SourceState, State } from '../../state/types.d.ts' */
/** @import { Words } from '../../words/index.js' */

import { closed, myHand, shares } from '../../state/selectors.js'
import { useDispatch, useWords } from '../hooks/context.js'
import { useLazy } from '../hooks/lazy.js'
import { Button } from './button.js'
import { problemSentence } from './device-choice.js'
import { h, html } from './html.js'
import { Icon } from './icon.js'
import { Menu } from './menu.js'

/**
 * @param {object} props
 * @param {State} props.state
 * @param {boolean} props.over they lie on the pictures, where there is room for few
 * @param {boolean} [props.peopleOpen] the list beside the call is open; undefined: it always is
 * @param {() => void} props.onPeople
 * @param {import('../../vendor/react.js').Ref<HTMLButtonElement>} props.peopleButton
 */
export function Controls({ state, over, peopleOpen, onPeople, peopleButton }) {
  const words = useWords()
  const dispatch = useDispatch()
  const { microphone, camera, cameraWanted, screen, muted, room } = state
  // What waits for a call shows what was chosen for it.
  const waits = closed(state)
  const speaking = (works(microphone) || waits) && !muted
  const filming = works(camera) || (waits && cameraWanted)
  return html`
    <div className="controls">
      ${h(Button, {
        label: speaking ? words.call.mute : words.call.unmute,
        icon: speaking ? 'microphone' : 'microphoneOff',
        kind: 'tile', round: true, large: true, off: !speaking,
        hint: hint(words, 'microphone', microphone),
        onClick: () => dispatch(microphone.status === 'failed' ? { type: 'troubleAsked', kind: 'microphone' } : { type: 'muteToggled' }),
      })}
      ${h(Button, {
        label: filming ? words.call.cameraOff : words.call.cameraOn,
        icon: filming ? 'camera' : 'cameraOff',
        kind: 'tile', round: true, large: true, off: !filming,
        hint: hint(words, 'camera', camera),
        onClick: () => dispatch(camera.status === 'failed' ? { type: 'troubleAsked', kind: 'camera' } : { type: 'cameraToggled' }),
      })}
      ${room && !(screen.status === 'failed' && screen.problem === 'missing') && h(Button, {
        label: shares(state) ? words.call.stopSharing : words.call.shareScreen,
        icon: 'screen', kind: 'tile', round: true, large: true, off: shares(state),
        onClick: () => dispatch({ type: 'screenToggled' }),
      })}
      ${room && h(Gestures, { state, over })}
      ${peopleOpen !== undefined && h(Button, {
        label: words.people.show, icon: 'people', kind: 'tile', round: true, large: true, expanded: peopleOpen, reference: peopleButton, onClick: onPeople,
      })}
      ${h(Button, { label: words.call.settings, icon: 'settings', kind: 'tile', round: true, large: true, onClick: () => dispatch({ type: 'settingsToggled', open: true }) })}
      ${room && h(Button, { label: words.call.hangUp, icon: 'hangUp', kind: 'stop', round: true, large: true, onClick: () => dispatch({ type: 'hangUpClicked' }) })}
    </div>`
}

/** @type {readonly Reaction[]} */
const REACTIONS = ['thumbs_up', 'heart', 'laugh', 'applause']

/** The hand and the reactions: where there is room for few buttons, they have one. @param {{ state: State, over: boolean }} props */
function Gestures({ state, over }) {
  const { gestures: words } = useWords()
  const dispatch = useDispatch()
  const drawn = useLazy(true, () => import('./gestures.js'))
  const raised = myHand(state) !== undefined
  const label = raised ? words.lower : words.raise
  const toggle = () => dispatch({ type: 'handToggled' })
  return html`
    ${!over && h(Button, { label, icon: 'hand', kind: 'tile', round: true, large: true, off: raised, onClick: toggle })}
    ${h(Menu, {
      label: words.react, icon: 'react', kind: 'tile', large: true, off: over && raised,
      items: [
        ...(over ? [{ text: label, icon: h(Icon, { name: 'hand' }), onChoose: toggle }] : []),
        ...REACTIONS.map(reaction => ({ text: words.reactions[reaction], icon: drawn && h(drawn.ReactionIcon, { reaction }), onChoose: () => dispatch({ type: 'reactClicked', reaction }) })),
      ],
    })}`
}

/** Why it does not work, if it does not. @param {Words} words @param {'camera' | 'microphone'} kind @param {SourceState} source */
function hint(words, kind, source) {
  if (source.status === 'failed') return problemSentence(words, kind, source.problem)
  return source.status === 'on' && source.trackMuted ? words.devices.trackMuted[kind] : undefined
}

/** It is on, or will be in a moment. @param {SourceState} source */
const works = ({ status }) => status === 'on' || status === 'asking'
