// Rooms whose members cannot reach the relay: up to four go direct, and the rest is told why.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ANN, BOB, EVE, LIVE, inTheLobby, member, opened, path, told, welcome } from './page.js'
/** @import { MediaState, PersonId } from '../../www/state/types.d.ts' */

const DAN = 4
const FAY = 5
const OFF = { ...LIVE, relayless: true }

/** Ann's lobby in a box that carries no media. */
const noRelay = () => opened({ name: 'Ann', entered: true }).hears(welcome({ relayless: true }))

/** Ann is in a room with these, in that order of arrival. @param {PersonId[]} others @param {MediaState} [media] of everybody */
const withThem = (others, media = LIVE) => told({ members: [ANN, ...others].map(id => member(id, { media })), ...(others.length === 1 && { offerer: others[0] }) })

describe('where the box carries no media', () => {
  it('nothing is asked of the relay, and two go direct as ever', () => {
    const page = noRelay().hears(withThem([BOB]))
    assert.deepEqual(page.effect('openPath'), [{ type: 'openPath', member: BOB, offers: false, screens: false, lost: false }])
    assert.ok(!page.asked.includes('openRelay') && !page.asked.includes('useRelay'))
    assert.equal(page.state.paths.get(BOB)?.status, 'connecting')
    assert.deepEqual(page.notices, [])
    page.does(path('direct', 'failed'))
    assert.equal(page.state.paths.get(BOB)?.status, 'failed')
    assert.deepEqual(page.notices, [{ type: 'path_failed', name: 'Bob' }])
  })

  it('up to four go direct, the later of each two offers, and that is said once', () => {
    const page = noRelay().hears(told({ members: [member(BOB), member(ANN), member(EVE)] }))
    assert.deepEqual(page.effect('openPath').map(({ member, offers }) => [member, offers]), [[BOB, true], [EVE, false]])
    assert.deepEqual(page.notices, [{ type: 'meshed' }])
    page.hears(told({ members: [member(BOB), member(ANN), member(EVE), member(DAN)] }))
    assert.deepEqual(page.effect('openPath').map(({ member }) => member), [DAN])
    assert.equal(page.notices.length, 1)
    page.does(path('direct', 'connected', { sees: true }))
    assert.deepEqual([page.state.paths.get(BOB)?.kind, page.state.paths.get(BOB)?.status], ['direct', 'connected'])
  })

  it('who is the offerer stays so when a third comes and goes', () => {
    const page = noRelay().hears(withThem([BOB])).hears(withThem([BOB, EVE]))
    assert.deepEqual(page.effect('openPath').map(({ member }) => member), [EVE])
    page.hears(withThem([BOB]))
    assert.deepEqual(page.effect('openPath'), [])
    assert.deepEqual(page.asked.filter(effect => /Path|Member/.test(effect)), ['closePath', 'dropMember'])
  })

  it('a path gets its place for a screen when somebody shows one', () => {
    const page = noRelay().hears(withThem([BOB, EVE]))
    page.hears(told({ members: [member(ANN), member(BOB, { media: { ...LIVE, screen: true } }), member(EVE)] }))
    assert.deepEqual(page.effect('openPath'), [{ type: 'openPath', member: BOB, offers: false, screens: true, lost: false }])
    page.hears(withThem([BOB, EVE]))
    assert.deepEqual(page.asked.filter(effect => /Path/.test(effect)), [], 'the place stays')
  })

  it('a page that was loaded again says of all its paths that they are lost', () => {
    const page = opened({ name: 'Ann', entered: true }).hears(welcome({ relayless: true, resumed: true })).hears(withThem([BOB, EVE]))
    assert.deepEqual(page.effect('openPath').map(({ member, lost }) => [member, lost]), [[BOB, true], [EVE, true]])
  })

  it('who finds no place is told why', () => {
    assert.deepEqual(noRelay().hears({ type: 'error', code: 'room_full' }).notices, [{ type: 'mesh_full' }])
    assert.deepEqual(inTheLobby().hears({ type: 'error', code: 'room_full' }).notices, [{ type: 'error', code: 'room_full' }])
  })
})

describe('where the relay cannot be reached', () => {
  it('the page says so to the room, until it can', () => {
    const page = inTheLobby().hears(withThem([BOB, EVE]))
    page.does(path('relay', 'failed'))
    assert.deepEqual(page.said, [{ type: 'set_media', media: { ...LIVE, relayless: true } }])
    assert.deepEqual(page.does(path('relay', 'connecting')).said, [], 'it is only tried anew')
    page.does({ type: 'hangUpClicked' }).hears({ type: 'room_left', why: { why: 'left' }, token: '' }).hears(withThem([BOB]))
    assert.deepEqual(page.said, [{ type: 'set_media', media: { ...LIVE, relayless: true } }], 'nor does it know better in another room')
    page.does(path('relay', 'connected'))
    assert.deepEqual(page.said, [{ type: 'set_media', media: LIVE }])
  })

  it('a pair goes direct as soon as one of the two says so, in what both are told', () => {
    const page = inTheLobby().hears(withThem([BOB, EVE]))
    page.does(path('relay', 'connected')).does(path('relay', 'connected', {}, EVE))
    page.hears(told({ members: [member(ANN), member(BOB, { media: OFF }), member(EVE)] }))
    assert.deepEqual(page.effect('openPath').map(({ member }) => member), [BOB])
    assert.deepEqual(page.notices, [{ type: 'meshed' }])
    page.does(path('direct', 'connected', { sees: true }))
    assert.deepEqual([BOB, EVE].map(id => page.state.paths.get(id)?.kind), ['direct', 'relay'])
    assert.equal(page.state.relay?.rest, false)
    page.hears(withThem([BOB, EVE]))
    assert.equal(page.state.paths.get(BOB)?.kind, 'relay')
  })

  it('two stay direct when a screen is shown', () => {
    const page = inTheLobby().hears(withThem([BOB], OFF))
    page.hears(told({ members: [member(ANN, { media: OFF }), member(BOB, { media: { ...OFF, screen: true } })], offerer: BOB }))
    assert.deepEqual(page.effect('openPath'), [{ type: 'openPath', member: BOB, offers: false, screens: true, lost: false }])
    assert.ok(!page.asked.includes('closePath'))
  })

  it('the first four of a larger room go direct, and a fifth is told why not, as they are', () => {
    const page = inTheLobby().hears(withThem([BOB, EVE, DAN, FAY], OFF))
    assert.deepEqual(page.effect('openPath').map(({ member }) => member), [BOB, EVE, DAN])
    for (const id of [BOB, EVE, DAN, FAY]) page.does(path('relay', 'failed', {}, id))
    assert.deepEqual(page.notices, [{ type: 'meshed' }, { type: 'mesh_full' }])

    const fifth = inTheLobby().hears(told({ members: [BOB, EVE, DAN, FAY, ANN].map(id => member(id, { media: OFF })) }))
    assert.deepEqual(fifth.effect('openPath'), [])
    for (const id of [BOB, EVE, DAN, FAY]) fifth.does(path('relay', 'failed', {}, id))
    assert.deepEqual(fifth.notices, [{ type: 'mesh_full' }])
    fifth.hears(told({ members: [BOB, EVE, DAN, ANN].map(id => member(id, { media: OFF })) }))
    assert.deepEqual(fifth.effect('openPath').map(({ member }) => member), [BOB, EVE, DAN], 'somebody has left')
  })

  it('nobody goes direct where the box carries all, and it is said that there is no way', () => {
    const page = opened({ name: 'Ann', entered: true }).hears(welcome({ relay_always: true })).hears(withThem([BOB, EVE], OFF))
    page.does(path('relay', 'failed'))
    assert.deepEqual([page.effect('openPath'), page.notices], [[], [{ type: 'path_failed', name: 'Bob' }]])
  })

  it('nobody complains of the relay while a direct path is going to be made', () => {
    const page = inTheLobby().hears(withThem([BOB, EVE])).does(path('relay', 'failed')).does(path('relay', 'failed', {}, EVE))
    assert.deepEqual(page.notices, [])
    page.hears(withThem([BOB, EVE], OFF))
    assert.equal(page.state.paths.get(BOB)?.status, 'connecting')
    page.does(path('direct', 'failed'))
    assert.deepEqual(page.notices, [{ type: 'meshed' }, { type: 'path_failed', name: 'Bob' }])
  })
})
