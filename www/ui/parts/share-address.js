// How others get here: the address, to be typed, sent or pointed a camera at.
/** @import { State } from '../../state/types.d.ts' */

import { generate } from '../../vendor/lean-qr.js'
import { useMemo, useState } from '../../vendor/react.js'
import { useWords } from '../hooks/context.js'
import { addressOf, pass } from './address.js'
import { Button } from './button.js'
import { h, html } from './html.js'

/** Light modules around a code (ISO/IEC 18004): without them cameras do not find it. */
const QUIET = 4

/** @param {{ state: State }} props */
export function ShareAddress({ state }) {
  const { connection, hosted, space } = state
  const words = useWords()
  const [copied, setCopied] = useState(false)
  const path = space?.path ?? ''
  const here = location.host + path
  // On the internet the name that led here leads others here, too.
  const host = (!hosted && connection.status === 'open' && connection.host) || location.hostname
  const port = location.port && `:${location.port}`
  const address = addressOf(state)

  const shares = Boolean('share' in navigator)
  // Whose browser keeps the clipboard can still read it.
  const give = async () => setCopied(await pass(state, address, shares) === 'copied')
  return html`
    <div className="share-address">
      <p>${words.people.how}</p>
      <p className="share-address-name">${host}<wbr />${port}${path && html`<wbr />${path}`}</p>
      ${host + port + path !== here && html`<p>${words.people.or} <span className="share-address-other">${here}</span></p>`}
      ${h(Button, {
        label: copied ? words.people.copied : shares ? words.people.share : words.people.copy,
        icon: shares ? 'share' : 'copy',
        onClick: () => void give(),
      })}
      <p>${words.people.scan}</p>
      ${h(Code, { text: address })}
    </div>`
}

/** @param {{ text: string }} props */
function Code({ text }) {
  const [size, path] = useMemo(() => drawn(text), [text])
  return html`
    <svg className="share-address-code" viewBox=${`${-QUIET} ${-QUIET} ${size + 2 * QUIET} ${size + 2 * QUIET}`} role="img" aria-label=${text} shapeRendering="crispEdges">
      <path d=${path} />
    </svg>`
}

/** As many modules as it is wide, and the dark ones, row by row. @param {string} text @returns {[number, string]} */
function drawn(text) {
  const code = generate(text)
  let path = ''
  for (let y = 0; y < code.size; y += 1) {
    for (let x = 0; x < code.size; x += 1) if (code.get(x, y)) path += `M${x} ${y}h1v1h-1z`
  }
  return [code.size, path]
}
