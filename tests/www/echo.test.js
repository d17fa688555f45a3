// My own voice that comes back, and what only sounds like it.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createEcho, echoes } from '../../www/call/echo.js'
import { BOB, EVE, inACall, member, ANN, told } from './page.js'
/** @import { Who } from '../../www/state/types.d.ts' */

const SPEAKS = { microphone: true, camera: false, screen: false }

/** So many levels of somebody who speaks: words of some length, with pauses between. @param {number} seed @param {number} [length] */
function speech(seed, length = 60) {
  let state = seed
  const random = () => (state = (state * 1_103_515_245 + 12_345) % 2 ** 31) / 2 ** 31
  /** @type {number[]} */
  const levels = []
  while (levels.length < length) {
    const [word, pause, loud] = [2 + Math.floor(random() * 5), 1 + Math.floor(random() * 6), 0.5 + random() * 0.3]
    for (let n = 0; n < word; n++) levels.push(loud + random() * 0.15)
    for (let n = 0; n < pause; n++) levels.push(random() * 0.1)
  }
  return levels.slice(0, length)
}

/** The same, quieter and later. @param {number[]} levels @param {number} by */
const later = (levels, by) => [...Array(by).fill(0.02), ...levels.map((level, n) => level * 0.7 + (n % 3) * 0.03)].slice(0, levels.length)

describe('an echo', () => {
  it('is heard when my voice comes back a moment later', () => {
    for (let seed = 1; seed <= 50; seed++) {
      for (const by of [0, 1, 4, 12]) assert.ok(echoes(speech(seed), later(speech(seed), by)), `voice ${seed}, ${by} later`)
    }
  })

  it('is no other voice, no silence, and not what I say after somebody', () => {
    for (let seed = 1; seed <= 50; seed++) {
      const mine = speech(seed)
      assert.ok(!echoes(mine, speech(seed + 1_000)), `voices ${seed}`)
      assert.ok(!echoes(mine, mine.map(level => (level > 0.3 ? 0 : 0.6))), `they take turns ${seed}`)
      assert.ok(!echoes(later(mine, 5), mine), `theirs comes first ${seed}`)
      assert.ok(!echoes(mine, Array(60).fill(0)))
      assert.ok(!echoes(Array(60).fill(0.01), mine))
    }
  })

  it('is no rhythm that both have', () => {
    const beeps = (/** @type {number} */ from) => Array.from({ length: 60 }, (_, n) => ((n + from) % 8 < 4 ? 0.7 : 0))
    for (const from of [0, 1, 3]) assert.ok(!echoes(beeps(0), beeps(from)))
  })

  it('is told once it is sure, of the one from whom it comes', () => {
    /** @type {Map<Who, (level: number) => void>} */
    const watchers = new Map()
    /** @type {number[]} */
    const heard = []
    const echo = createEcho({
      heard: member => heard.push(member),
      watchLevel(who, tell) {
        watchers.set(who, tell)
        return () => watchers.delete(who)
      },
    })
    echo.listen([BOB, EVE])
    const [mine, eve] = [speech(7, 200), speech(8, 200)]
    const bob = later(mine, 3)
    for (let n = 0; n < 200; n++) {
      watchers.get(BOB)?.(bob[n])
      watchers.get(EVE)?.(eve[n])
      watchers.get('me')?.(mine[n])
      if (n === 60) assert.deepEqual(heard, [], 'one look is not enough')
    }
    assert.deepEqual(heard, [BOB])
    echo.listen([])
    assert.equal(watchers.size, 0)
  })

  it('is listened for while I can be heard, and said once in a call', () => {
    const page = inACall({ members: [member(ANN), member(BOB, { media: SPEAKS })] })
    assert.deepEqual(page.effect('listenForEcho'), [{ type: 'listenForEcho', members: [BOB] }])
    page.does({ type: 'muteToggled' })
    assert.deepEqual(page.effect('listenForEcho'), [{ type: 'listenForEcho', members: [] }])
    page.does({ type: 'echoHeard', member: BOB })
    assert.equal(page.state.echo, null, 'who is muted has no echo')
    page.does({ type: 'muteToggled' }).does({ type: 'echoHeard', member: BOB })
    assert.deepEqual(page.state.echo, { member: BOB, said: false })
    assert.deepEqual(page.effect('listenForEcho'), [{ type: 'listenForEcho', members: [] }])
    const [{ event }] = page.effect('dispatchLater')
    assert.equal(page.does(event).state.echo?.said, true)
    assert.equal(page.does({ type: 'echoHeard', member: BOB }).state.echo?.said, true)
    page.does({ type: 'hangUpClicked' })
    assert.equal(page.state.echo, null)
    page.hears(told({ id: 77, members: [member(ANN), member(BOB, { media: SPEAKS })] }))
    assert.equal(page.effect('listenForEcho').length, 1, 'another call may have one, too')
  })
})
