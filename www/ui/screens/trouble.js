// Why camera or microphone does not work, and what to do about it.
/** @import { Problem, State } from '../../state/types.d.ts' */
/** @import { Words } from '../../words/index.js' */

import { useDispatch, useWords } from '../hooks/context.js'
import { Button } from '../parts/button.js'
import { problemSentence } from '../parts/device-choice.js'
import { Dialog } from '../parts/dialog.js'
import { h, html } from '../parts/html.js'

/** @param {{ state: State, kind: 'camera' | 'microphone' }} props */
export function TroubleSheet({ state, kind }) {
  const words = useWords()
  const dispatch = useDispatch()
  const source = state[kind]
  if (source.status !== 'failed') return null
  const close = () => dispatch({ type: 'troubleClosed' })
  return h(Dialog, {
    role: 'dialog', label: words.devices[kind], className: 'question', modal: true, onDismiss: close,
    children: html`
      <h2>${words.devices[kind]}</h2>
      <p>${problemSentence(words, kind, source.problem)}</p>
      ${remedies(words, source.problem).map(text => html`<p key=${text}>${text}</p>`)}
      <div className="question-answers">
        ${h(Button, { label: words.settings.close, large: true, onClick: close })}
        ${h(Button, { label: words.devices.tryAgain, kind: 'go', large: true, onClick: () => dispatch({ type: 'troubleAsked', kind }) })}
      </div>`,
  })
}

/** @param {Words} words @param {Problem} problem */
function remedies({ devices: { remedies } }, problem) {
  return problem === 'denied' ? [remedies.denied[browser(navigator.userAgent)], remedies.system] : [remedies[problem]]
}

/** Who draws the address bar, where permissions are given. @param {string} agent */
export function browser(agent) {
  if (/CriOS|FxiOS|EdgiOS/.test(agent)) return 'ios' // of another maker on Apple's phones
  if (agent.includes('Firefox/')) return 'firefox'
  return /Chrom|Edg/.test(agent) ? 'chromium' : 'safari'
}
