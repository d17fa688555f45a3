// How loud the microphone hears: a row of windows that light up. It moves without React.
import { watchLevel } from '../../call/streams.js'
import { useEffect, useRef } from '../../vendor/react.js'
import { useWords } from '../hooks/context.js'
import { html } from './html.js'

/** How many there are in meter.css. */
const WINDOWS = 20

export function Meter() {
  const words = useWords()
  const meter = useRef(/** @type {HTMLDivElement | null} */ (null))
  useEffect(() => watchLevel('me', heard => {
    const level = Math.round(heard * WINDOWS) / WINDOWS
    meter.current?.style.setProperty('--level', String(level))
    meter.current?.setAttribute('aria-valuenow', String(Math.round(level * 100)))
  }), [])
  return html`
    <div className="meter" ref=${meter} role="meter" aria-label=${words.devices.level}
      aria-valuemin="0" aria-valuemax="100" aria-valuenow="0"></div>`
}
