// html`…` writes HTML elements, h(Tile, {…}) our own components: so tsc checks the props of the latter.
/** @import { ReactElement } from '../../vendor/react.js' */

import htm from '../../vendor/htm.js'
import { createElement } from '../../vendor/react.js'

export const h = createElement

/** @type {(strings: TemplateStringsArray, ...values: any[]) => ReactElement} */
export const html = /** @type {any} */ (htm.bind(createElement))
