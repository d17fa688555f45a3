// The mark and the name of the product.
import { html } from './html.js'

/** @param {{ large?: boolean }} props */
export function Brand({ large }) {
  return html`
    <h1 className="brand" data-large=${large}>
      <img className="brand-mark" src="icon.svg" alt="" width="40" height="40" />
      <span>Wizyjno Godka</span>
    </h1>`
}
