// How loud others are on this device, and one's own picture, which others see and oneself does not.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silent, volumeOf } from '../../www/state/selectors.js'
import { ANN, BOB, EVE, inACall, inTheLobby, member, opened, told } from './page.js'

const screen = /** @type {const} */ (`screen ${BOB}`)

test('somebody is made softer here, silent, and as loud as they come', () => {
  const page = inACall().does({ type: 'loudnessChosen', who: BOB, loudness: 40.4 })
  assert.deepEqual(page.effects, [{ type: 'setVolume', who: BOB, volume: { loudness: 40, silent: false } }], 'nobody else is told')
  page.does({ type: 'muteForMeToggled', who: BOB })
  assert.ok(silent(page.state, BOB))
  assert.ok(!silent(page.state, screen), 'what is shown of the screen has a loudness of its own')
  page.does({ type: 'muteForMeToggled', who: BOB })
  assert.deepEqual(volumeOf(page.state, BOB), { loudness: 40, silent: false })
  page.does({ type: 'muteForMeToggled', who: BOB }).does({ type: 'loudnessChosen', who: BOB, loudness: 100 })
  assert.deepEqual(page.effects, [{ type: 'setVolume', who: BOB, volume: null }], 'who is made louder is heard')
  assert.equal(page.state.view.volumes.size, 0)
})

test('who was turned down to nothing is loud when they are to be heard', () => {
  const page = inACall().does({ type: 'loudnessChosen', who: BOB, loudness: -3 })
  assert.deepEqual([volumeOf(page.state, BOB).loudness, silent(page.state, BOB)], [0, true])
  page.does({ type: 'muteForMeToggled', who: BOB })
  assert.deepEqual([volumeOf(page.state, BOB).loudness, silent(page.state, BOB)], [100, false])
  assert.equal(volumeOf(page.does({ type: 'loudnessChosen', who: BOB, loudness: 1000 }).state, BOB).loudness, 100)
})

test('it holds for the room, also for who leaves it and comes back', () => {
  const page = inACall().hears(told({ members: [member(ANN), member(BOB), member(EVE)] }))
  page.does({ type: 'muteForMeToggled', who: BOB }).does({ type: 'loudnessChosen', who: screen, loudness: 10 })
  page.hears(told({ members: [member(ANN), member(EVE)] })).hears(told({ members: [member(ANN), member(EVE), member(BOB)] }))
  assert.ok(silent(page.state, BOB))
  page.does({ type: 'hangUpClicked' })
  assert.deepEqual(page.effect('setVolume'), [{ type: 'setVolume', who: BOB, volume: null }, { type: 'setVolume', who: screen, volume: null }])
  assert.equal(page.state.view.volumes.size, 0)
})

test('one\'s own picture is hidden here, and goes on to the others; this device keeps it so', () => {
  const page = inACall().does({ type: 'pinToggled', who: 'me' }).does({ type: 'ownHiddenToggled' })
  assert.deepEqual(page.effects, [{ type: 'remember', key: 'ownHidden', value: 'yes' }])
  assert.deepEqual([page.state.view.ownHidden, page.state.view.pinned], [true, null])
  assert.equal(page.state.mediaSaid?.camera, true)
  page.does({ type: 'ownHiddenToggled' })
  assert.deepEqual(page.effects, [{ type: 'remember', key: 'ownHidden', value: null }])
  const { kept } = /** @type {Extract<import('../../www/state/types.d.ts').Event, { type: 'started' }>} */ (/** @type {unknown} */ ({ kept: { ...inTheLobby().state.view, ownHidden: true } }))
  assert.equal(opened({ kept }).state.view.ownHidden, true)
})
