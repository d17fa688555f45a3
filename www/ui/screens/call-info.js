// How the call is, for each person in it: the path, what comes, and one sentence about what is wrong.
/** @import { CallReport, State } from '../../state/types.d.ts' */
/** @import { Words } from '../../words/index.js' */

import { callReport } from '../../state/call/call-report.js'
import { useEffect, useRef } from '../../vendor/react.js'
import { useDispatch, useWords } from '../hooks/context.js'
import { Button } from '../parts/button.js'
import { Dialog } from '../parts/dialog.js'
import { h, html } from '../parts/html.js'

/** @param {{ state: State }} props */
export function CallInfo({ state }) {
  const words = useWords()
  const dispatch = useDispatch()
  const close = () => dispatch({ type: 'callInfoToggled', open: false })
  return h(Dialog, {
    role: 'dialog', label: words.info.title, className: 'call-info', modal: true, onDismiss: close,
    children: html`
      <header className="dialog-head">
        <h2>${words.info.title}</h2>
        ${h(Button, { label: words.settings.close, icon: 'close', round: true, kind: 'quiet', onClick: close })}
      </header>
      ${callReport(state).map(report => h(Report, { key: report.person ?? 'me', report, about: report.person !== null && report.person === state.callInfo?.about, language: state.language }))}`,
  })
}

/** @param {{ report: CallReport, about: boolean, language: State['language'] }} props */
function Report({ report, about, language }) {
  const words = useWords()
  const section = useRef(/** @type {HTMLElement | null} */ (null))
  useEffect(() => {
    if (about) section.current?.scrollIntoView({ block: 'nearest' })
  }, [about])
  const name = report.person === null ? words.call.you : report.name
  return html`
    <section className="call-info-person" ref=${section} aria-label=${name}>
      <h3>${name}</h3>
      <p className="call-info-verdict" data-good=${report.verdict === 'good'}>${sentence(words, report)}</p>
      ${report.unsent > 0 && html`<p className="call-info-verdict" data-good="false">${words.info.unsent(report.unsent)}</p>`}
      <dl className="call-info-facts">
        ${facts(words, report, language).map(([term, fact]) => html`<div key=${term}><dt>${term}</dt><dd>${fact}</dd></div>`)}
      </dl>
    </section>`
}

/** @param {Words} words @param {CallReport} report */
export function sentence({ info }, { person, name, verdict }) {
  return person === null ? info.mine[myVerdict(verdict)] : info.theirs[verdict](name)
}

/** Of what I send, less can be said. @param {CallReport['verdict']} verdict */
function myVerdict(verdict) {
  switch (verdict) {
    case 'my_loss':
    case 'loss_between':
    case 'my_delay':
    case 'my_narrow_link':
    case 'my_slow_device': return verdict
    default: return 'good'
  }
}

/** What is known. @param {Words} words @param {CallReport} report @param {State['language']} language @returns {[string, string][]} */
function facts({ info }, { person, way, picture, layer, loss, roundTrip }, language) {
  // Silesian has no rules of its own for numbers.
  const locale = language === 'szl' ? 'pl' : language
  const percent = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 1 })
  const milliseconds = new Intl.NumberFormat(locale, { style: 'unit', unit: 'millisecond', maximumFractionDigits: 0 })
  /** @type {[string, string][]} */
  const known = []
  if (way) known.push([info.path, info.paths[way]])
  if (picture) known.push([info.picture, `${picture.width} × ${picture.height}, ${info.frames(picture.frames)}`])
  if (layer !== null) known.push([info.size, [info.layers.small, info.layers.middle, info.layers.large][layer] ?? info.layers.large])
  if (loss !== null) known.push([info.lost, percent.format(loss)])
  if (roundTrip !== null) known.push([person === null ? info.boxRoundTrip : info.roundTrip, milliseconds.format(roundTrip * 1000)])
  return known
}
