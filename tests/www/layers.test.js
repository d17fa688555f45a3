// Into which layers a picture is encoded.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { layersOf } from '../../www/call/layers.js'

describe('the layers of a picture', () => {
  const all = [true, true, true]

  it('are three of a large one', () => {
    const layers = layersOf('camera', all, { width: 1280, height: 720 })
    assert.deepEqual(layers.map(({ active, scaleResolutionDownBy, maxBitrate }) => [active, scaleResolutionDownBy, maxBitrate]), [
      [true, 4, 150_000], [true, 2, 500_000], [true, 1, 1_700_000],
    ])
  })

  it('are as many as browsers make of a smaller one, and the largest stands for those above', () => {
    const vga = (/** @type {boolean[]} */ wanted) => layersOf('camera', wanted, { width: 640, height: 480 })
    assert.deepEqual(vga([false, false, true]).map(({ active }) => active), [false, true, false])
    assert.deepEqual(vga([true, false, false]).map(({ active }) => active), [true, false, false])
    assert.deepEqual(vga(all).map(({ scaleResolutionDownBy, maxBitrate }) => [scaleResolutionDownBy, maxBitrate]).slice(0, 2), [[2, 150_000], [1, 500_000]])
    assert.deepEqual(layersOf('camera', [false, true, false], { width: 320, height: 240 }).map(({ active }) => active), [true, false, false])
    assert.deepEqual(layersOf('camera', [], {}).map(({ active }) => active), [false, false, false])
  })

  it('are two of a screen', () => {
    assert.deepEqual(layersOf('screen', [false, false, true], {}).map(({ active }) => active), [false, true])
    assert.deepEqual(layersOf('screen', [true, false, false], {}).map(({ active }) => active), [true, false])
    assert.deepEqual(layersOf('screen', [], {}).map(({ active }) => active), [false, false])
  })
})
