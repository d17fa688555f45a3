// The layout of pictures, where each goes: a grid that fills any shape, or one large picture with the others beside it. Pure.
/** @import { Corner } from '../../state/types.d.ts' */

/**
 * CSS pixels, from the top of the side where reading starts.
 * @typedef {{ x: number, y: number, width: number, height: number }} Box
 * @typedef {{ width: number, height: number }} Size
 * @typedef {{ above: number, below: number, start: number, end: number }} Clear
 */

/** A face is cut off in anything wider, and lost in anything narrower. */
const WIDEST = 16 / 9
const NARROWEST = 3 / 4

/** What the others take beside the large one, of the longer side. */
const STRIP = 0.22

const CLEAR = { above: 0, below: 0, start: 0, end: 0 }

/**
 * @param {object} wanted
 * @param {number} wanted.count pictures in all
 * @param {number | null} wanted.focus which of them is large; null: all are alike
 * @param {Corner | null} wanted.corner of two, the other one lies on the large one there; null: it lies beside it
 * @param {Size} wanted.size of the place for all
 * @param {number} wanted.gap between two
 * @param {Clear} [wanted.clear] how far the pictures keep from its sides, because something else lies there
 * @param {boolean} [wanted.under] they lie under that, too; only what lies in a corner keeps clear of it
 * @returns {Box[]}
 */
export function arrange({ count, focus, corner, size, gap, clear = CLEAR, under = false }) {
  const { above, below, start, end } = under ? CLEAR : clear
  const place = { x: start, y: above, width: size.width - start - end, height: size.height - above - below }
  if (focus === null) return count === 1 ? [place] : grid(count, place, gap)
  if (corner && count === 2) return [0, 1].map(n => (n === focus ? place : inCorner(corner, size, gap, clear)))
  return beside(count, focus, place, gap)
}

/** All alike: as many columns as let the pictures be largest. @param {number} count @param {Box} place @param {number} gap @returns {Box[]} */
function grid(count, place, gap) {
  const cells = Array.from({ length: count }, (_, n) => cell(n + 1, count, place, gap))
  const best = cells.reduce((best, cell) => (cell.width * cell.height > best.width * best.height ? cell : best))
  const { columns, width, height } = best
  const rows = Math.ceil(count / columns)
  const top = place.y + (place.height - rows * height - (rows - 1) * gap) / 2
  return Array.from({ length: count }, (_, n) => {
    const row = Math.floor(n / columns)
    const inRow = Math.min(columns, count - row * columns)
    const start = place.x + (place.width - inRow * width - (inRow - 1) * gap) / 2
    return { x: start + (n % columns) * (width + gap), y: top + row * (height + gap), width, height }
  })
}

/** How large each is in so many columns. @param {number} columns @param {number} count @param {Size} size @param {number} gap */
function cell(columns, count, size, gap) {
  const rows = Math.ceil(count / columns)
  const width = Math.max(0, (size.width - (columns - 1) * gap) / columns)
  const height = Math.max(0, (size.height - (rows - 1) * gap) / rows)
  return { columns, width: Math.min(width, height * WIDEST), height: Math.min(height, width / NARROWEST) }
}

/** One large, the others in a strip at the end of the longer side. @param {number} count @param {number} focus @param {Box} place @param {number} gap @returns {Box[]} */
function beside(count, focus, place, gap) {
  if (count === 1) return [place]
  const wide = place.width >= place.height
  const strip = Math.min(320, Math.max(88, (wide ? place.width : place.height) * STRIP))
  const large = wide ? { ...place, width: place.width - strip - gap } : { ...place, height: place.height - strip - gap }
  const rest = wide ? { ...place, x: large.x + large.width + gap, width: strip } : { ...place, y: large.y + large.height + gap, height: strip }
  const small = grid(count - 1, rest, gap)
  return [...small.slice(0, focus), large, ...small.slice(focus)]
}

/** As upright or as wide as the window. @param {Corner} corner @param {Size} size @param {number} gap @param {Clear} [clear] @returns {Box} */
export function inCorner(corner, size, gap, clear = CLEAR) {
  const upright = size.height > size.width
  const width = Math.round(upright ? Math.min(160, size.width * 0.27) : Math.min(280, size.width * 0.24, size.height * 0.5))
  const height = Math.round(upright ? (width * 4) / 3 : (width * 10) / 16)
  const margin = gap + 4
  return {
    x: corner.endsWith('Start') ? clear.start + margin : size.width - clear.end - width - margin,
    y: corner.startsWith('top') ? clear.above + margin : size.height - clear.below - height - margin,
    width,
    height,
  }
}

/** The corner that a picture is nearest to. @param {Box} box @param {Size} size @returns {Corner} */
export function nearest(box, size) {
  const side = box.x + box.width / 2 < size.width / 2 ? 'Start' : 'End'
  return box.y + box.height / 2 < size.height / 2 ? `top${side}` : `bottom${side}`
}
