// A person as a window of the house: lit when they are at home and have time.
/** @import { Status } from '../../state/types.d.ts' */

import { html } from './html.js'

/** How many colours windows have in tokens.css. */
const COLOURS = 6

/** Says nothing to a screen reader: the name beside it does.
 * @param {{ name: string, person: number, size?: 'small' | 'large', status?: Status | 'reconnecting' }} props */
export function Avatar({ name, person, size = 'small', status }) {
  return html`
    <span className="avatar" data-size=${size} data-status=${status} data-colour=${person % COLOURS} aria-hidden="true">
      <span className="avatar-initials">${initials(name)}</span>
    </span>`
}

/** The first letter of the first word and of the last one. @param {string} name */
function initials(name) {
  const words = name.split(/\s+/).filter(word => /^[\p{L}\p{N}]/u.test(word))
  const ends = words.length > 1 ? [words[0], words[words.length - 1]] : words
  return ends.map(word => String.fromCodePoint(/** @type {number} */ (word.codePointAt(0))).toUpperCase()).join('') || '?'
}
