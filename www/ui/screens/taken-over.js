// The place was taken by another tab or device; it can be taken back.
import { useDispatch, useWords } from '../hooks/context.js'
import { sheets } from '../hooks/lazy.js'
import { Brand } from '../parts/brand.js'
import { Button } from '../parts/button.js'
import { h, html } from '../parts/html.js'

sheets('taken-over')

export function TakenOver() {
  const words = useWords()
  const dispatch = useDispatch()
  return html`
    <main className="taken-over">
      ${h(Brand, { large: true })}
      <p role="status">${words.connection.takenOver}</p>
      ${h(Button, { label: words.connection.useHere, kind: 'go', large: true, onClick: () => dispatch({ type: 'useHereClicked' }) })}
    </main>`
}
