// A room of two, from the first word to the last.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ANN, BOB, EVE, calling, inACall, inTheLobby, member, path, ring, told } from './page.js'
/** @import { RoomEndReason } from '../../www/state/types.d.ts' */

describe('in a room of two', () => {
  it('opens the direct path and knows who offers', () => {
    assert.deepEqual(inACall().effect('openPath'), [{ type: 'openPath', member: BOB, offers: true, screens: false, lost: false }])
    assert.deepEqual(inACall({ offerer: BOB }).effect('openPath'), [{ type: 'openPath', member: BOB, offers: false, screens: false, lost: false }])
  })

  it('opens no direct path without knowing who offers, nor one of three and more', () => {
    assert.ok(!inTheLobby().hears(told({ members: [member(ANN), member(BOB)] })).asked.includes('openPath'))
    const page = inTheLobby().hears(told({ members: [member(ANN), member(BOB), member(EVE)] }))
    assert.ok(!page.asked.includes('openPath'))
    assert.deepEqual(page.effect('usePath'), [{ type: 'usePath', member: BOB, kind: 'relay' }, { type: 'usePath', member: EVE, kind: 'relay' }])
  })

  it('opens it once, whatever else changes in the room', () => {
    const page = inACall().hears(told({ members: [member(ANN), member(BOB, { reconnecting: true })], offerer: ANN, locked: true }))
    assert.deepEqual(page.asked, ['remember'])
  })

  it('says what of her is heard and seen, on entering and at each change', () => {
    const page = inACall()
    assert.deepEqual(page.said, [{ type: 'set_media', media: { microphone: true, camera: true, screen: false } }, { type: 'know', person: BOB }])
    page.does({ type: 'muteToggled' })
    assert.deepEqual(page.said, [{ type: 'set_media', media: { microphone: false, camera: true, screen: false } }])
    page.does({ type: 'cameraToggled' })
    assert.deepEqual(page.said, [{ type: 'set_media', media: { microphone: false, camera: false, screen: false } }])
    assert.deepEqual(page.does({ type: 'settingsToggled', open: true }).said, [])
  })

  it('keeps the objects of members who did not change', () => {
    const page = inACall()
    const [ann, bob] = page.state.room?.members ?? []
    page.hears(told({ members: [member(ANN), member(BOB, { reconnecting: true })], offerer: ANN }))
    assert.equal(page.state.room?.members[0], ann)
    assert.notEqual(page.state.room?.members[1], bob)
  })

  it('counts the call from when somebody is there', () => {
    const page = inTheLobby()
    page.now = 1_000
    page.hears(calling('ringing'))
    assert.equal(page.state.callSince, null)
    page.now = 4_000
    page.hears(told({ members: [member(ANN), member(BOB)], offerer: ANN }))
    page.now = 9_000
    page.hears(told({ members: [member(ANN), member(BOB)], offerer: ANN, locked: true }))
    assert.equal(page.state.callSince, 4_000)
    page.does({ type: 'hangUpClicked' })
    assert.equal(page.state.callSince, null)
  })

  it('hands on what Bob says about the path, and nothing of those who are not there', () => {
    const signal = { description: { type: /** @type {const} */ ('offer'), sdp: 'v=0' } }
    assert.deepEqual(inACall().hears({ type: 'signal', from: BOB, signal }).effects, [{ type: 'signalPath', member: BOB, signal }])
    assert.deepEqual(inACall().hears({ type: 'signal', from: EVE, signal }).effects, [])
  })

  it('knows how the path is, and says once that neither way can be made', () => {
    const page = inACall()
    assert.equal(page.state.paths.get(BOB)?.status, 'connecting')
    page.does(path('direct', 'failed'))
    assert.equal(page.state.paths.get(BOB)?.status, 'connecting', 'there is still the other way')
    page.does(path('relay', 'failed')).does(path('direct', 'failed'))
    assert.deepEqual(page.notices, [{ type: 'path_failed', name: 'Bob' }])
    page.does(path('direct', 'connected', { hears: true }))
    assert.equal(page.state.paths.get(BOB)?.hears, true)
    page.does(path('direct', 'interrupted')).does(path('direct', 'failed'))
    assert.equal(page.notices.length, 1, 'a path that was there is seen on the picture')
    const away = inACall({ members: [member(ANN), member(BOB, { reconnecting: true })] })
    assert.deepEqual(away.does(path('relay', 'failed')).does(path('direct', 'failed')).notices, [])
    assert.equal(page.does(path('relay', 'failed', {}, EVE)).state.paths.has(EVE), false)
  })

  it('keeps the screen awake as long as it lasts', () => {
    assert.deepEqual(inACall().effect('keepAwake'), [{ type: 'keepAwake', awake: true }])
    assert.deepEqual(inACall().does({ type: 'hangUpClicked' }).effect('keepAwake'), [{ type: 'keepAwake', awake: false }])
    assert.deepEqual(inTheLobby().hears(ring()).effect('keepAwake'), [{ type: 'keepAwake', awake: true }], 'and while it rings')
  })

  it('mutes when the host asks, and says who did', () => {
    const page = inACall().hears({ type: 'asked_to_mute', by: BOB, name: 'Bob' })
    assert.deepEqual(page.effect('muteMicrophone'), [{ type: 'muteMicrophone', muted: true }])
    assert.equal(page.said[0]?.type, 'set_media')
    assert.deepEqual(page.notices, [{ type: 'asked_to_mute', name: 'Bob' }])
    page.hears({ type: 'asked_to_mute', by: BOB, name: 'Bob' })
    assert.deepEqual([page.effects, page.notices.length], [[], 1], 'who is muted already is not bothered')
  })

  it('says what the host wants of the room', () => {
    assert.deepEqual(inACall().does({ type: 'lockClicked', locked: true }).said, [{ type: 'lock', locked: true }])
    assert.deepEqual(inACall().does({ type: 'askToMuteClicked', member: BOB }).said, [{ type: 'ask_to_mute', member: BOB }])
  })
})

describe('removing somebody', () => {
  it('is asked again, and done then only', () => {
    const page = inACall().does({ type: 'removeClicked', member: BOB })
    assert.deepEqual([page.said, page.state.removal], [[], BOB])
    assert.deepEqual(page.does({ type: 'removalAnswered', yes: true }).said, [{ type: 'remove', member: BOB }])
    assert.equal(page.state.removal, null)
    page.does({ type: 'removeClicked', member: BOB }).does({ type: 'removalAnswered', yes: false })
    assert.deepEqual([page.said, page.state.removal], [[], null])
  })

  it('is no question any more when they went, when the call ended, or when another is host', () => {
    const asked = () => inACall({ members: [member(ANN), member(BOB), member(EVE)] }).does({ type: 'removeClicked', member: BOB })
    assert.equal(asked().hears(told({ members: [member(ANN), member(EVE)] })).state.removal, null)
    assert.equal(asked().does({ type: 'hangUpClicked' }).state.removal, null)
    assert.equal(asked().hears(told({ host: EVE, members: [member(ANN), member(BOB), member(EVE)] })).state.removal, null)
    assert.deepEqual(asked().does({ type: 'hangUpClicked' }).does({ type: 'removalAnswered', yes: true }).said, [])
  })
})

describe('the end of a call', () => {
  it('comes at once when she hangs up, and needs no sentence', () => {
    const page = inACall().does({ type: 'hangUpClicked' })
    assert.deepEqual(page.said, [{ type: 'leave' }])
    assert.deepEqual(page.effect('closePath'), [{ type: 'closePath', member: BOB }])
    assert.equal(page.state.room, null)
    page.hears({ type: 'room_left', why: { why: 'left' }, token: 'outside' })
    assert.deepEqual(page.effects, [{ type: 'remember', key: 'token', value: 'outside' }])
    assert.deepEqual(page.notices, [])
  })

  it('is not undone by what the box told before it heard her', () => {
    const page = inACall().does({ type: 'hangUpClicked' }).hears(told({ members: [member(ANN), member(BOB)], offerer: ANN }))
    assert.equal(page.state.room, null)
    assert.deepEqual(page.said, [])
  })

  it('does not end the next call, begun before the box answered', () => {
    const page = inACall().does({ type: 'hangUpClicked' }).does({ type: 'inviteClicked', to: EVE })
    page.hears({ type: 'room_left', why: { why: 'left' }, token: 't' }).hears(told({ id: 11 }))
    assert.equal(page.state.room?.id, 11)
  })

  it('says why, when it was not her own doing', () => {
    /** @type {[RoomEndReason, boolean][]} */
    const farewells = [
      [{ why: 'left' }, false],
      [{ why: 'removed' }, true],
      [{ why: 'last_left', name: 'Bob' }, true],
      [{ why: 'last_lost', name: 'Bob' }, true],
      [{ why: 'nobody_came', name: 'Bob', outcome: { how: 'expired' } }, true],
      [{ why: 'interrupted' }, true],
    ]
    for (const [why, tells] of farewells) {
      const page = inACall().hears({ type: 'room_left', why, token: 't' })
      assert.equal(page.state.room, null)
      assert.ok(page.asked.includes('closePath'))
      assert.deepEqual(page.notices, tells ? [{ type: 'room_left', why }] : [], why.why)
    }
  })

  it('crossing with Bob\'s own end shows no error', () => {
    const page = inACall().does({ type: 'hangUpClicked' })
    page.hears({ type: 'room_left', why: { why: 'last_left', name: 'Bob' }, token: 't' }).hears({ type: 'error', code: 'not_in_room' })
    assert.deepEqual(page.notices, [])
  })
})
