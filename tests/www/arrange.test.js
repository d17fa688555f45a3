// Where the pictures go: inside, beside each other, and as large as the window lets them be.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { arrange, inCorner, nearest } from '../../www/ui/parts/arrange.js'
/** @import { Box, Size } from '../../www/ui/parts/arrange.js' */
/** @import { Corner } from '../../www/state/types.d.ts' */

const GAP = 8
/** @type {Record<string, Size>} */
const windows = {
  desktop: { width: 880, height: 690 },
  'full screen': { width: 1920, height: 1000 },
  phone: { width: 412, height: 700 },
  'phone on its side': { width: 844, height: 390 },
  'smallest phone': { width: 320, height: 420 },
  ribbon: { width: 1600, height: 260 },
}

/** @param {Box} box @param {Size} size */
const inside = ({ x, y, width, height }, size) =>
  x > -0.01 && y > -0.01 && x + width < size.width + 0.01 && y + height < size.height + 0.01
const CLEAR = { above: 50, below: 90, start: 10, end: 70 }
/** @param {Box} box @param {Size} size */
const clearly = ({ x, y, width, height }, size) => inside(
  { x: x - CLEAR.start, y: y - CLEAR.above, width, height },
  { width: size.width - CLEAR.start - CLEAR.end, height: size.height - CLEAR.above - CLEAR.below },
)
/** @param {Box} a @param {Box} b */
const overlap = (a, b) =>
  Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x) > 0.01 && Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y) > 0.01
/** @param {Box} box */
const area = ({ width, height }) => width * height

for (const [name, size] of Object.entries(windows)) {
  describe(`in a window such as that of a ${name}`, () => {
    it('two to sixteen pictures lie side by side, all alike, in the shape of a face', () => {
      for (let count = 2; count <= 16; count += 1) {
        const boxes = arrange({ count, focus: null, corner: null, size, gap: GAP })
        assert.equal(boxes.length, count)
        assert.ok(boxes.every(box => inside(box, size)), `${count} are inside`)
        assert.ok(boxes.every((box, n) => boxes.slice(n + 1).every(other => !overlap(box, other))), `${count} do not overlap`)
        assert.equal(new Set(boxes.map(({ width, height }) => `${width} ${height}`)).size, 1)
        const shape = boxes[0].width / boxes[0].height
        assert.ok(shape < 16 / 9 + 0.01 && shape > 3 / 4 - 0.01, `${count} have the shape ${shape}`)
      }
    })

    it('no other number of columns would make them larger', () => {
      for (let count = 2; count <= 16; count += 1) {
        const [box] = arrange({ count, focus: null, corner: null, size, gap: GAP })
        for (let columns = 1; columns <= count; columns += 1) {
          const rows = Math.ceil(count / columns)
          const width = (size.width - (columns - 1) * GAP) / columns
          const height = (size.height - (rows - 1) * GAP) / rows
          assert.ok(area(box) > Math.min(width, height * 16 / 9) * Math.min(height, width * 4 / 3) - 0.01, `${count} in ${columns} columns`)
        }
      }
    })

    it('all keep clear of what lies at the sides', () => {
      for (let count = 1; count <= 16; count += 1) {
        for (const focus of [null, 0, count - 1]) {
          const boxes = arrange({ count, focus, corner: 'bottomEnd', size, gap: GAP, clear: CLEAR })
          assert.ok(boxes.every(box => clearly(box, size)), `${count} with ${focus} large`)
        }
      }
    })

    it('a large picture has most of the room, and the others are all beside it', () => {
      for (let count = 2; count <= 16; count += 1) {
        for (const focus of [0, count - 1]) {
          const boxes = arrange({ count, focus, corner: null, size, gap: GAP })
          assert.ok(boxes.every(box => inside(box, size)))
          assert.ok(boxes.every((box, n) => boxes.slice(n + 1).every(other => !overlap(box, other))))
          assert.ok(area(boxes[focus]) > area(/** @type {Box} */ ({ ...size })) * 0.6, `${count} with ${focus} large`)
        }
      }
    })
  })
}

describe('a call of two', () => {
  const size = windows.desktop
  it('fills the window with the other one, and oneself lies in a corner', () => {
    for (const corner of /** @type {Corner[]} */ (['topStart', 'topEnd', 'bottomStart', 'bottomEnd'])) {
      const [other, me] = arrange({ count: 2, focus: 0, corner, size, gap: GAP })
      assert.deepEqual(other, { x: 0, y: 0, ...size })
      assert.ok(inside(me, size))
      assert.equal(nearest(me, size), corner)
      assert.deepEqual(me, inCorner(corner, size, GAP))
    }
  })

  it('keeps what lies in the corner clear of what else lies on the large picture', () => {
    for (const corner of /** @type {Corner[]} */ (['topStart', 'topEnd', 'bottomStart', 'bottomEnd'])) {
      const [other, me] = arrange({ count: 2, focus: 0, corner, size, gap: GAP, clear: CLEAR, under: true })
      assert.deepEqual(other, { x: 0, y: 0, ...size })
      assert.ok(clearly(me, size), corner)
    }
  })

  it('takes a picture that was dragged to the nearest corner', () => {
    assert.equal(nearest({ x: 100, y: 500, width: 200, height: 120 }, size), 'bottomStart')
    assert.equal(nearest({ x: 600, y: -40, width: 200, height: 120 }, size), 'topEnd')
  })
})

describe('alone', () => {
  it('fills the window', () => {
    assert.deepEqual(arrange({ count: 1, focus: null, corner: null, size: windows.phone, gap: GAP }), [{ x: 0, y: 0, ...windows.phone }])
  })
})
