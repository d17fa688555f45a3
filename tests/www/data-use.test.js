// Less data: the smallest pictures, or sound only, chosen here or by the browser.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import en from '../../www/words/en.js'
import { announcements } from '../../www/ui/parts/announcements.js'
import { ANN, BOB, EVE, KEPT, LIVE, inACall, inTheLobby, member, opened, room, told } from './page.js'
/** @import { DataUse } from '../../www/state/types.d.ts' */

/** @param {DataUse} use @param {ReturnType<typeof inACall>} page */
const chosen = (use, page = inACall()) => page.does({ type: 'dataUseChosen', use })

/** @param {Partial<typeof LIVE & { sound_only: boolean, saves_data: boolean }>} media */
const bob = media => member(BOB, { media: { ...LIVE, ...media } })

test('who has sound only sends no pictures and gets none, and the others are told', () => {
  const page = chosen('sound')
  assert.deepEqual(page.effect('closeSource'), [{ type: 'closeSource', kind: 'camera' }])
  assert.deepEqual(page.effect('remember'), [{ type: 'remember', key: 'dataUse', value: 'sound' }])
  assert.deepEqual(page.said, [{ type: 'set_media', media: { microphone: true, camera: false, screen: false, sound_only: true } }])
  assert.equal(page.state.cameraWanted, true, 'what was chosen of the camera is kept for later')
  chosen('everything', page)
  assert.deepEqual(page.effect('openSource').map(({ kind }) => kind), ['camera'])
})

test('with sound only a screen that is shown ends; to show one, or oneself, ends sound only', () => {
  const shows = () => inACall().does({ type: 'screenToggled' }).does({ type: 'screenChanged', source: { status: 'on' } })
  assert.ok(chosen('sound', shows()).asked.includes('stopScreen'))
  const camera = chosen('sound').does({ type: 'cameraToggled' })
  assert.deepEqual([camera.state.dataUse, camera.state.camera.status], ['everything', 'asking'])
  const screen = chosen('sound').does({ type: 'screenToggled' })
  assert.deepEqual([screen.state.dataUse, screen.state.screen.status], ['everything', 'asking'])
  assert.ok(!screen.asked.includes('stopScreen'))
})

test('who saves data says so, and sends small pictures straight to the other one, who answers alike', () => {
  const page = chosen('save')
  assert.deepEqual(page.said, [{ type: 'set_media', media: { ...LIVE, saves_data: true } }])
  assert.deepEqual(page.effect('limitPictures'), [{ type: 'limitPictures', member: BOB, pictures: 'small' }])
  assert.deepEqual(page.effect('saveData'), [{ type: 'saveData', saves: true }])
  assert.deepEqual(chosen('everything', page).effect('limitPictures'), [{ type: 'limitPictures', member: BOB, pictures: 'whole' }])
  assert.deepEqual(page.effect('saveData'), [{ type: 'saveData', saves: false }])

  const other = inACall()
  const hears = (/** @type {Parameters<typeof bob>[0]} */ media) => other.hears(told({ members: [member(ANN), bob(media)], offerer: ANN })).effect('limitPictures').map(({ pictures }) => pictures)
  assert.deepEqual([hears({ saves_data: true }), hears({ saves_data: true }), hears({ sound_only: true, camera: false }), hears({})], [['small'], [], ['none'], ['whole']])
  assert.equal(other.state.dataUse, 'everything')
})

test('it counts for who comes later, and in the next room', () => {
  const page = inTheLobby().does({ type: 'dataUseChosen', use: 'save' })
  assert.deepEqual(page.effect('limitPictures'), [])
  page.hears(told({ members: [member(ANN), member(BOB)], offerer: ANN }))
  assert.deepEqual(page.effect('limitPictures').map(({ member }) => member), [BOB])
  page.hears(told({ members: [member(ANN), member(BOB), member(EVE)] }))
  assert.deepEqual(page.effect('limitPictures').map(({ member }) => member), [EVE])
})

test('the device keeps it, and the browser may ask for it', () => {
  const page = opened({ kept: { ...KEPT, dataUse: 'save' } })
  assert.equal(page.state.dataUse, 'save')
  assert.deepEqual(page.effect('saveData'), [{ type: 'saveData', saves: true }])
  const silent = opened({ kept: { ...KEPT, dataUse: 'sound' } })
  assert.deepEqual(silent.effect('openSource').map(({ kind }) => kind), ['microphone'])
})

test('who listens hears it said', () => {
  const [before, now] = [room({ members: [member(ANN), bob({})] }), room({ members: [member(ANN), bob({ sound_only: true })] })]
  assert.deepEqual(announcements(en, before, now, ANN), [en.data.theirs('Bob')])
  assert.deepEqual(announcements(en, now, now, ANN), [])
})
