// The place was taken by another tab or device; it can be taken back.
import { Brand } from './brand.js'
import { Button } from './button.js'
import { useDispatch, useWords } from './context.js'
import { h, html } from './html.js'
import { sheets } from './later.js'

await sheets('taken-over')

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
