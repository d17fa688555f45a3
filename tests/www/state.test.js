// The page's rules, told as small plays. Ann sits at the page; what happens is what the box, the
// browser and she do.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { audible, initial, others, reduce, visible, waiting } from '../../www/state.js'
import {
  ANN, BOB, EVE, INVITATION, KNOCK, ROOM, calling, ended, inACall, inTheLobby, member, opened, person,
  ring, room, told, welcome,
} from './page.js'
/** @import { Event, Farewell, KnockOutcome, Outcome, Path } from '../../www/types.d.ts' */

const LIVE = { microphone: true, camera: true, screen: false }

/** A way to Bob (or another) became so. @param {'direct' | 'relay'} kind @param {Path['status']} status @param {Partial<Path>} [more] @returns {Event} */
const path = (kind, status, more, member = BOB) =>
  ({ type: 'pathChanged', member, path: { kind, status, hears: false, sees: false, ...more } })

/** What comes of Bob that way is seen and heard. @param {'direct' | 'relay'} kind @returns {Event} */
const arrived = kind => ({ type: 'pathArrived', member: BOB, kind })

const pair = () => told({ members: [member(ANN), member(BOB, { media: LIVE })], offerer: ANN })
const three = () => told({ members: [member(ANN), member(BOB, { media: LIVE }), member(EVE)] })

/** Ann in a call with Bob that goes straight; the relay rests. */
function direct() {
  const page = inACall().hears(pair()).does(path('relay', 'connected')).does(path('direct', 'connected', { hears: true, sees: true }))
  page.does(arrived('direct'))
  assert.equal(page.state.relay?.rest, true)
  return page
}

describe('at the door', () => {
  it('asks for microphone and camera separately, as they were chosen before', () => {
    const page = opened({ chosen: { camera: 'cam', microphone: 'mic', speaker: 'loud' } })
    assert.deepEqual(page.effect('openSource'), [
      { type: 'openSource', kind: 'microphone', deviceId: 'mic' },
      { type: 'openSource', kind: 'camera', deviceId: 'cam' },
    ])
    assert.deepEqual(page.effect('useSpeaker'), [{ type: 'useSpeaker', deviceId: 'loud' }])
    assert.equal(page.state.connection.status, 'closed')
  })

  it('connects when a name is given, and remembers it folded', () => {
    const page = opened().does({ type: 'nameTyped', name: '  Ann \t Maria ' }).does({ type: 'entered' })
    assert.deepEqual(page.effects, [
      { type: 'remember', key: 'name', value: 'Ann Maria' },
      { type: 'remember', key: 'entered', value: 'yes' },
      { type: 'connect' },
    ])
    assert.equal(page.state.connection.status, 'connecting')
  })

  it('lets nobody in without a name, nor with one of 41 characters', () => {
    for (const name of ['', '   ', '🦊'.repeat(41)]) {
      const page = opened().does({ type: 'nameTyped', name }).does({ type: 'entered' })
      assert.deepEqual(page.effects, [])
      assert.equal(page.state.me.nameRefused, true)
    }
    assert.deepEqual(opened().does({ type: 'nameTyped', name: '🦊'.repeat(40) }).does({ type: 'entered' }).asked.at(-1), 'connect')
  })

  it('connects once, however often Enter is pressed', () => {
    assert.deepEqual(inTheLobby().does({ type: 'entered' }).effects, [])
  })

  it('goes straight in again when the tab is loaded again', () => {
    assert.ok(opened({ name: 'Ann', entered: true }).asked.includes('connect'))
    assert.ok(!opened({ name: 'Ann' }).asked.includes('connect'))
  })

  it('goes back to the door when the box refuses the name', () => {
    const page = opened({ name: 'Ann' }).does({ type: 'entered' }).hears({ type: 'error', code: 'name_invalid' })
    assert.equal(page.state.me.entered, false)
    assert.equal(page.state.me.nameRefused, true)
    assert.ok(page.asked.includes('disconnect'))
    page.does({ type: 'nameTyped', name: 'Anna' })
    assert.equal(page.state.me.nameRefused, false)
  })

  it('asks for the PIN at the door, keeps the pass it is given for it, and forgets one that is good no more', () => {
    const page = opened({ name: 'Ann' }).does({ type: 'entered' }).hears({ type: 'error', code: 'pin_needed' })
    assert.deepEqual(page.state.me.pin, { asked: true, typed: '', problem: null })
    assert.equal(page.state.me.entered, false)
    assert.equal(page.state.connection.status, 'closed')
    assert.deepEqual(page.notices, [])
    assert.ok(page.asked.includes('disconnect'))
    assert.deepEqual(page.effect('remember').find(({ key }) => key === 'pass')?.value, null)
    page.does({ type: 'pinTyped', pin: '1111' }).does({ type: 'entered' })
    assert.ok(page.asked.includes('connect'))
    for (const code of /** @type {const} */ (['pin_wrong', 'pin_wait'])) {
      page.does({ type: 'entered' }).hears({ type: 'error', code })
      assert.equal(page.state.me.pin.problem, code)
      assert.equal(page.state.me.pin.typed, '')
      page.does({ type: 'pinTyped', pin: '2468' })
      assert.deepEqual(page.state.me.pin, { asked: true, typed: '2468', problem: null })
    }
    page.does({ type: 'entered' }).hears({ type: 'pass', pass: 'x' })
    assert.deepEqual(page.effects, [{ type: 'remember', key: 'pass', value: 'x' }])
    assert.deepEqual(page.state.me.pin, { asked: false, typed: '', problem: null })
  })

  it('says that the lobby is full and goes back to the door', () => {
    const page = opened({ name: 'Ann' }).does({ type: 'entered' }).hears({ type: 'error', code: 'lobby_full' })
    assert.deepEqual(page.notices, [{ type: 'error', code: 'lobby_full' }])
    assert.equal(page.state.connection.status, 'closed')
  })

  it('keeps the old name when a new one is refused later', () => {
    const page = inTheLobby().does({ type: 'renamed', name: 'Anna' })
    assert.deepEqual(page.said, [{ type: 'rename', name: 'Anna' }])
    page.hears({ type: 'error', code: 'name_invalid' })
    assert.equal(page.state.me.shownName, 'Ann')
    assert.equal(page.state.connection.status, 'open')
    page.does({ type: 'renamed', name: '  ' })
    assert.deepEqual(page.effects, [])
    page.hears({ type: 'renamed', name: 'Ann (2)' })
    assert.equal(page.state.me.shownName, 'Ann (2)')
  })

  it('forgets the place when she signs out', () => {
    const page = inACall().does({ type: 'signedOut' })
    assert.deepEqual(page.said, [{ type: 'goodbye' }])
    assert.deepEqual(page.effect('remember').map(({ key, value }) => [key, value]), [['token', null], ['entered', null]])
    assert.ok(page.asked.includes('disconnect'))
    assert.ok(page.asked.includes('closePath'))
    assert.equal(page.state.people.size, 0)
    assert.equal(page.state.room, null)
  })
})

describe('the list of people', () => {
  it('is replaced when all parts of it have been told, and not before', () => {
    const page = inTheLobby().hears({ type: 'people', people: [person(ANN)], more: true })
    assert.equal(page.state.people.size, 3)
    page.hears({ type: 'people', people: [person(BOB)], more: false })
    assert.deepEqual([...page.state.people.keys()], [ANN, BOB])
  })

  it('follows changes, also those told between two parts', () => {
    const page = inTheLobby()
    page.hears({ type: 'changes', people: [person(BOB, { status: 'away' })], left: [EVE] })
    assert.equal(page.state.people.get(BOB)?.status, 'away')
    assert.equal(page.state.people.has(EVE), false)
    page.hears({ type: 'people', people: [person(ANN), person(BOB)], more: true })
    page.hears({ type: 'changes', left: [BOB] })
    page.hears({ type: 'people', people: [person(EVE)], more: false })
    assert.deepEqual([...page.state.people.keys()], [ANN, EVE])
  })

  it('keeps the objects of those who did not change', () => {
    const page = inTheLobby()
    const before = page.state.people
    page.hears({ type: 'people', people: [person(ANN), person(BOB, { status: 'in_call' }), person(EVE)], more: false })
    assert.equal(page.state.people.get(EVE), before.get(EVE))
    assert.notEqual(page.state.people.get(BOB), before.get(BOB))
  })

  it('shows the others by name', () => {
    const page = inTheLobby().hears({ type: 'changes', people: [person(4, { name: 'Ändi' }), person(5, { name: 'bea' })] })
    assert.deepEqual(others(page.state).map(({ name }) => name), ['Ändi', 'bea', 'Bob', 'Eve'])
  })
})

describe('calling somebody', () => {
  it('asks the box and waits for the room', () => {
    const page = inTheLobby().does({ type: 'inviteClicked', to: BOB })
    assert.deepEqual(page.said, [{ type: 'invite', to: BOB }])
    page.now = 5_000
    page.hears(calling('sent'))
    assert.equal(waiting(page.state), true)
    assert.equal(page.state.until.get(INVITATION), 35_000)
    assert.deepEqual(page.effect('remember'), [{ type: 'remember', key: 'token', value: 'token in the room' }])
  })

  it('lets her hear the tone only while it really rings there', () => {
    const page = inTheLobby().hears(calling('sent'))
    assert.ok(!page.asked.includes('ringBack'))
    assert.ok(page.hears(calling('ringing')).asked.includes('ringBack'))
    assert.ok(!page.hears(calling('in_another_call')).asked.includes('ringBack'))
    assert.ok(page.hears(told({ members: [member(ANN), member(BOB)], offerer: ANN })).asked.includes('stopRingBack'))
  })

  it('is taken back by Cancel', () => {
    const page = inTheLobby().hears(calling('ringing')).does({ type: 'cancelClicked', invitation: INVITATION })
    assert.deepEqual(page.said, [{ type: 'cancel', invitation: INVITATION }])
    const cancelled = /** @type {const} */ ({ how: 'cancelled' })
    page.hears(ended({ outcome: cancelled }))
    page.hears({ type: 'room_left', why: { why: 'nobody_came', name: 'Bob', outcome: cancelled }, token: 't' })
    assert.deepEqual(page.notices, [])
    assert.equal(page.state.room, null)
    assert.ok(page.asked.includes('stopRingBack'))
  })

  it('tells once how it ended, whichever is told first', () => {
    const outcome = /** @type {const} */ ({ how: 'declined', reason: 'busy' })
    const left = /** @type {const} */ ({ type: 'room_left', why: { why: 'nobody_came', name: 'Bob', outcome }, token: 't' })
    const sentence = [{ type: 'room_left', why: left.why }]
    assert.deepEqual(inTheLobby().hears(calling('ringing')).hears(ended({ outcome })).hears(left).notices, sentence)
    assert.deepEqual(inTheLobby().hears(calling('ringing')).hears(left).hears(ended({ outcome })).notices, sentence)
  })

  it('tells with whom it ended while others are still there', () => {
    /** @type {[Outcome, boolean][]} */
    const outcomes = [
      [{ how: 'accepted' }, false],
      [{ how: 'declined', reason: 'in_a_minute' }, true],
      [{ how: 'declined' }, true],
      [{ how: 'cancelled' }, false],
      [{ how: 'expired' }, true],
      [{ how: 'overtaken' }, false],
      [{ how: 'gone' }, true],
    ]
    for (const [outcome, tells] of outcomes) {
      const page = inACall().hears(ended({ name: 'Eve', with: EVE, outcome }))
      assert.deepEqual(page.notices, tells ? [{ type: 'invitation_ended', name: 'Eve', outcome, mine: true }] : [], outcome.how)
    }
  })
})

describe('being called', () => {
  it('rings, and says so only when it really rings', () => {
    const page = inTheLobby().hears(ring())
    assert.deepEqual(page.effect('ring'), [{ type: 'ring', invitation: INVITATION, name: 'Bob', quietly: false }])
    assert.deepEqual(page.said, [])
    assert.deepEqual(page.does({ type: 'rang', invitation: INVITATION }).said, [{ type: 'ringing', invitation: INVITATION }])
    assert.deepEqual(page.does({ type: 'rang', invitation: INVITATION }).said, [])
  })

  it('does not say that it rings when the call is over already', () => {
    const page = inTheLobby().hears(ring()).hears(ended())
    assert.deepEqual(page.does({ type: 'rang', invitation: INVITATION }).said, [])
  })

  it('stops ringing with her answer', () => {
    /** @type {[Event, object][]} */
    const answers = [
      [{ type: 'acceptClicked', invitation: INVITATION }, { type: 'accept', invitation: INVITATION }],
      [{ type: 'declineClicked', invitation: INVITATION }, { type: 'decline', invitation: INVITATION }],
      [
        { type: 'declineClicked', invitation: INVITATION, reason: 'busy' },
        { type: 'decline', invitation: INVITATION, reason: 'busy' },
      ],
    ]
    for (const [click, said] of answers) {
      const page = inTheLobby().hears(ring()).does(click)
      assert.deepEqual(page.said, [said])
      assert.deepEqual(page.effect('stopRinging'), [{ type: 'stopRinging', invitation: INVITATION }])
      assert.deepEqual(page.state.calls, [])
      assert.deepEqual(page.does(click).said, [], 'a second click says nothing more')
    }
  })

  it('a room that is too full to bring somebody here leaves the other answers open', () => {
    const page = inTheLobby().hears(ring()).does({ type: 'bringHereClicked', invitation: INVITATION })
    assert.deepEqual(page.said, [{ type: 'bring_here', invitation: INVITATION }])
    page.hears({ type: 'error', code: 'room_full' }).does({ type: 'declineClicked', invitation: INVITATION })
    assert.deepEqual(page.said, [{ type: 'decline', invitation: INVITATION }])
    assert.deepEqual(page.state.calls, [])
  })

  it('tells of a call that ended before she answered, and not of what she did herself', () => {
    const cancelled = inTheLobby().hears(ring()).hears(ended({ outcome: { how: 'cancelled' } }))
    assert.deepEqual(cancelled.asked, ['stopRinging', 'keepAwake'])
    assert.deepEqual(cancelled.notices, [{ type: 'invitation_ended', name: 'Bob', outcome: { how: 'cancelled' }, mine: false, person: BOB }])
    const declined = inTheLobby().hears(ring()).does({ type: 'declineClicked', invitation: INVITATION })
    assert.deepEqual(declined.hears(ended({ outcome: { how: 'declined' } })).notices, [])
  })

  it('tells when Bob went away in the very moment she accepted', () => {
    const page = inTheLobby().hears(ring()).does({ type: 'acceptClicked', invitation: INVITATION })
    page.hears(ended({ outcome: { how: 'cancelled' } }))
    assert.deepEqual(page.notices, [{ type: 'invitation_ended', name: 'Bob', outcome: { how: 'cancelled' }, mine: false, person: BOB }])
    assert.equal(page.state.answered.size, 0)
  })

  it('keeps a missed call until she reads it, or meets who called', () => {
    const page = inTheLobby().hears(ring()).hears(ended())
    assert.deepEqual(page.effect('dispatchLater'), [], 'it does not fade')
    page.hears({ type: 'changes', people: [person(EVE, { status: 'away' })], left: [] })
    assert.equal(page.notices.length, 1)
    page.hears(told({ members: [member(ANN), member(BOB)] }))
    assert.deepEqual(page.notices, [])
  })

  it('keeps several calls apart, oldest first', () => {
    const page = inTheLobby().hears(ring()).hears(ring({ invitation: 21, from: EVE, name: 'Eve' }))
    assert.deepEqual(page.effect('ring').map(({ name }) => name), ['Eve'])
    assert.deepEqual(page.state.calls.map(({ name }) => name), ['Bob', 'Eve'])
    page.hears(ended())
    assert.deepEqual(page.effect('stopRinging').map(({ invitation }) => invitation), [INVITATION])
    assert.deepEqual(page.state.calls.map(({ name }) => name), ['Eve'])
  })

  it('is quiet in a call, and loud again when the call is over', () => {
    const page = inACall().hears(ring({ from: EVE, name: 'Eve' }))
    assert.deepEqual(page.effect('ring').map(({ quietly }) => quietly), [true])
    page.hears({ type: 'room_left', why: { why: 'last_left', name: 'Bob' }, token: 't' })
    assert.deepEqual(page.effect('ring').map(({ quietly }) => quietly), [false])
  })

  it('becomes quiet for the others when she takes one of two calls', () => {
    const page = inTheLobby().hears(ring()).hears(ring({ invitation: 21, from: EVE, name: 'Eve' }))
    page.does({ type: 'acceptClicked', invitation: INVITATION }).hears(told({ members: [member(BOB), member(ANN)], offerer: BOB }))
    assert.deepEqual(page.effect('ring'), [{ type: 'ring', invitation: 21, name: 'Eve', quietly: true }])
  })

  it('does not ring for ever when the box cannot say that it is over', () => {
    const page = inTheLobby().hears(ring())
    const [wornOff] = page.effect('dispatchLater')
    assert.equal(wornOff?.ms, 33_000)
    assert.ok(wornOff)
    page.does(wornOff.event)
    assert.deepEqual(page.effect('stopRinging').length, 1)
    assert.deepEqual(page.notices, [{ type: 'invitation_ended', name: 'Bob', outcome: { how: 'expired' }, mine: false, person: BOB }])
    assert.deepEqual(page.does(wornOff.event).effects, [])
  })
})

describe('in a room of two', () => {
  it('opens the direct path and knows who offers', () => {
    assert.deepEqual(inACall().effect('openPath'), [{ type: 'openPath', member: BOB, offer: true, polite: false }])
    assert.deepEqual(inACall({ offerer: BOB }).effect('openPath'), [{ type: 'openPath', member: BOB, offer: false, polite: true }])
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
    assert.deepEqual(page.said, [{ type: 'set_media', media: { microphone: true, camera: true, screen: false } }])
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
    assert.deepEqual(inACall().does({ type: 'removeClicked', member: BOB }).said, [{ type: 'remove', member: BOB }])
    assert.deepEqual(inACall().does({ type: 'askToMuteClicked', member: BOB }).said, [{ type: 'ask_to_mute', member: BOB }])
  })
})

describe('the relay', () => {
  it('is opened as soon as she is in a room, also alone, and closed with it', () => {
    const page = inTheLobby().hears(calling('sent'))
    assert.deepEqual(page.effect('openRelay'), [{ type: 'openRelay', again: false, yields: false }])
    assert.deepEqual(page.effect('useRelay'), [{ type: 'useRelay', use: { rest: false, due: false } }])
    assert.ok(!page.hears(calling('ringing')).asked.includes('openRelay'))
    page.hears(told({ members: [member(ANN), member(BOB)], offerer: ANN }))
    assert.deepEqual(page.asked, ['remember', 'openPath', 'carryMember', 'usePath', 'watchCall', 'stopRingBack'])
    page.does({ type: 'hangUpClicked' })
    assert.deepEqual(page.asked.filter(effect => /Relay|Path|Member/.test(effect)), ['closeRelay', 'closePath', 'dropMember'])
    assert.deepEqual([page.state.relay, page.state.ways.size, page.state.paths.size], [null, 0, 0])
  })

  it('is begun anew in another room, and after the page was loaded again', () => {
    const page = inACall().hears(told({ id: ROOM + 1, members: [member(BOB), member(ANN)], offerer: BOB }))
    assert.deepEqual(page.asked.filter(effect => /Relay|Path|Member/.test(effect)), [
      'closeRelay', 'openRelay', 'closePath', 'dropMember', 'openPath', 'carryMember', 'usePath', 'useRelay',
    ])
    const reloaded = opened({ name: 'Ann', entered: true }).hears(welcome({ resumed: true }))
    reloaded.hears(told({ members: [member(BOB), member(ANN)], offerer: BOB }))
    assert.deepEqual(reloaded.effect('openRelay'), [{ type: 'openRelay', again: true, yields: true }])
  })

  it('hears what the box says about it, but only in a room', () => {
    const offer = { type: /** @type {const} */ ('relay_offer'), connection: 1, sdp: 'v=0' }
    assert.deepEqual(inACall().hears(offer).effects, [{ type: 'hearRelay', message: offer }])
    assert.deepEqual(inTheLobby().hears(offer).effects, [])
  })

  it('is looked after when the box is back', () => {
    const page = inACall().does({ type: 'connectionLost', at: 500 }).hears(welcome({ resumed: true }))
    assert.ok(page.asked.includes('resumeRelay'))
  })

  it('carries two until the direct path does, then rests', () => {
    const page = inACall().does(path('relay', 'connected'))
    assert.deepEqual(page.effect('usePath'), [{ type: 'usePath', member: BOB, kind: 'relay' }])
    assert.equal(page.state.paths.get(BOB)?.status, 'connected')
    page.does(path('direct', 'connected'))
    assert.deepEqual(page.effect('usePath'), [{ type: 'usePath', member: BOB, kind: 'direct' }])
    assert.deepEqual(page.effect('useRelay'), [], 'not before the picture is there')
    page.does(path('direct', 'connected', { sees: true }))
    assert.deepEqual(page.effect('useRelay'), [], 'the page shows the relayed one still')
    assert.deepEqual(page.does(arrived('relay')).effect('useRelay'), [], 'that was an earlier change')
    page.does(arrived('direct'))
    assert.deepEqual(page.effect('useRelay'), [{ type: 'useRelay', use: { rest: true, due: false } }])
  })

  it('rests without a picture, too, when there was time enough for one', () => {
    const page = inACall().does(path('relay', 'connected')).does(path('direct', 'connected'))
    page.does({ type: 'pathSettled', member: BOB, change: 1 })
    assert.equal(page.state.relay?.rest, false, 'that was an earlier change')
    page.does({ type: 'pathSettled', member: BOB, change: 2 })
    assert.equal(page.state.relay?.rest, true)
  })

  it('carries on at once when the direct path stalls, and that one has to prove itself first', () => {
    const page = direct().does(path('direct', 'interrupted'))
    assert.deepEqual(page.effect('usePath'), [{ type: 'usePath', member: BOB, kind: 'relay' }])
    assert.deepEqual(page.effect('useRelay'), [{ type: 'useRelay', use: { rest: false, due: true } }])
    assert.deepEqual(page.state.paths.get(BOB), { kind: 'relay', status: 'connected', hears: true, sees: true }, 'the old picture stays')
    page.does(path('relay', 'connected', { hears: true, sees: true }))

    page.does(path('direct', 'connected', { sees: true }))
    assert.equal(page.state.paths.get(BOB)?.kind, 'relay')
    const proof = page.effect('dispatchLater').at(-1)
    assert.deepEqual([proof?.ms, proof?.event.type], [2_000, 'pathProven'])
    page.does(path('direct', 'interrupted')).does(path('direct', 'connected', { sees: true }))
    const second = page.effect('dispatchLater').at(-1)
    assert.ok(proof && second)
    assert.equal(page.does(proof.event).state.paths.get(BOB)?.kind, 'relay', 'it was interrupted since')
    assert.equal(page.does(second.event).state.paths.get(BOB)?.kind, 'direct')
    assert.equal(page.does(arrived('direct')).state.relay?.rest, true)
  })

  it('uses whatever works, and says that it is interrupted only when nothing does', () => {
    const page = direct().does(path('direct', 'interrupted')).does(path('relay', 'interrupted'))
    assert.deepEqual([page.state.paths.get(BOB)?.status, page.state.relay?.rest], ['interrupted', false])
    page.does(path('direct', 'connected'))
    assert.deepEqual([page.state.paths.get(BOB)?.kind, page.state.paths.get(BOB)?.status], ['direct', 'connected'], 'unproven is better than nothing')
  })

  it('takes over when a third comes, and the direct path stays until it has', () => {
    const page = direct().hears(three())
    assert.deepEqual(page.effect('usePath'), [
      { type: 'usePath', member: BOB, kind: 'relay' }, { type: 'usePath', member: EVE, kind: 'relay' },
    ])
    assert.deepEqual(page.effect('carryMember'), [{ type: 'carryMember', member: EVE }])
    assert.deepEqual(page.effect('useRelay'), [{ type: 'useRelay', use: { rest: false, due: true } }])
    assert.deepEqual(page.state.paths.get(BOB), { kind: 'relay', status: 'connected', hears: true, sees: true })
    assert.ok(!page.asked.includes('closePath'))
    const settled = page.effect('dispatchLater').find(({ event }) => event.type === 'pathSettled')
    assert.ok(settled)
    assert.equal(settled.ms, 10_000)
    assert.deepEqual(page.does(path('direct', 'interrupted')).asked, [])
    assert.deepEqual(page.does(settled.event).effect('closePath'), [{ type: 'closePath', member: BOB }])
    assert.equal(page.state.paths.get(BOB)?.sees, false, 'by now it is what the relay shows')

    const sooner = direct().hears(three())
    assert.deepEqual(sooner.does(arrived('relay')).effect('closePath'), [{ type: 'closePath', member: BOB }])
    assert.deepEqual(sooner.does(settled.event).asked, [])
  })

  it('gives way to a new direct path when the third has left', () => {
    const page = direct().hears(three())
    page.does({ type: 'pathSettled', member: BOB, change: page.state.ways.get(BOB)?.changes ?? 0 })
    page.does(path('relay', 'connected', { hears: true, sees: true }))
    page.hears(pair())
    assert.deepEqual(page.effect('openPath'), [{ type: 'openPath', member: BOB, offer: true, polite: false }])
    assert.deepEqual(page.effect('dropMember'), [{ type: 'dropMember', member: EVE }])
    assert.equal(page.state.paths.get(BOB)?.kind, 'relay')
    page.does(path('direct', 'connected', { sees: true }))
    assert.deepEqual([page.state.paths.get(BOB)?.kind, page.state.relay?.rest], ['direct', false])
    assert.equal(page.does(arrived('direct')).state.relay?.rest, true)
  })

  it('leaves the direct path alone when a third only looks in', () => {
    const page = direct().hears(three())
    const settled = page.effect('dispatchLater').find(({ event }) => event.type === 'pathSettled')
    page.hears(pair())
    assert.ok(settled)
    assert.deepEqual([page.state.paths.get(BOB)?.kind, page.asked.includes('closePath')], ['direct', false])
    assert.ok(!page.does(settled.event).asked.includes('closePath'))
  })

  it('closes at once a direct path that nobody looks at', () => {
    const page = inACall().does(path('relay', 'connected')).hears(three())
    assert.deepEqual(page.effect('closePath'), [{ type: 'closePath', member: BOB }])
    assert.ok(!page.asked.includes('usePath') || !page.effect('usePath').some(({ member }) => member === BOB))
  })

  it('knows who speaks, until the call is over', () => {
    const page = inACall().hears({ type: 'speakers', speakers: [BOB, ANN] })
    assert.deepEqual(page.state.speakers, [BOB, ANN])
    assert.deepEqual(page.does({ type: 'hangUpClicked' }).state.speakers, [])
    assert.deepEqual(page.hears({ type: 'speakers', speakers: [BOB] }).state.speakers, [])
  })

  it('keeps silent rooms from being taken for broken ones', () => {
    const silent = inACall({ members: [member(ANN), member(BOB), member(EVE, { reconnecting: true, media: LIVE })], offerer: undefined })
    assert.equal(silent.state.relay?.due, false)
    silent.hears(told({ members: [member(ANN), member(BOB), member(EVE, { media: LIVE })] }))
    assert.equal(silent.state.relay?.due, true)
  })
})

describe('the screen', () => {
  const shared = () => inACall().does({ type: 'screenToggled' }).does({ type: 'screenChanged', source: { status: 'on' } })

  it('is shown and taken back', () => {
    assert.deepEqual(inACall().does({ type: 'screenToggled' }).asked, ['shareScreen'])
    const page = shared()
    assert.deepEqual(page.said, [{ type: 'set_media', media: { microphone: true, camera: true, screen: true } }])
    page.does({ type: 'screenToggled' })
    assert.deepEqual(page.asked, ['stopScreen', 'send'])
    assert.equal(page.state.screen.status, 'off')
  })

  it('is asked for in a call only, and forgotten when she thinks better of it', () => {
    assert.deepEqual(inTheLobby().does({ type: 'screenToggled' }).asked, [])
    const page = inACall().does({ type: 'screenToggled' })
    page.does({ type: 'screenChanged', source: { status: 'failed', problem: 'denied' } })
    assert.deepEqual([page.state.screen.status, page.notices.length], ['off', 0])
  })

  it('is not shown any more when the call is over', () => {
    const page = shared().does({ type: 'hangUpClicked' })
    assert.ok(page.asked.includes('stopScreen'))
    assert.equal(page.state.screen.status, 'off')
  })

  it('takes two through the relay as long as it is shown', () => {
    const page = direct()
    page.hears(told({ members: [member(ANN), member(BOB, { media: { ...LIVE, screen: true } })], offerer: ANN }))
    assert.deepEqual([page.state.paths.get(BOB)?.kind, page.state.relay?.rest], ['relay', false])
    page.hears(pair())
    assert.equal(page.state.paths.get(BOB)?.kind, 'direct')
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
    /** @type {[Farewell, boolean][]} */
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

describe('knocking', () => {
  it('waits to be let in', () => {
    const page = inTheLobby().does({ type: 'knockClicked', room: ROOM })
    assert.deepEqual(page.said, [{ type: 'knock', room: ROOM }])
    page.now = 1_000
    page.hears({ type: 'knock_sent', knock: KNOCK, room: ROOM, expires_in_ms: 60_000 })
    assert.deepEqual(page.state.knock, { knock: KNOCK, room: ROOM, until: 61_000 })
    page.does({ type: 'withdrawClicked' })
    assert.deepEqual(page.said, [{ type: 'withdraw', knock: KNOCK }])
    assert.equal(page.state.knock, null)
    assert.deepEqual(page.does({ type: 'withdrawClicked' }).said, [])
  })

  it('tells how it ended, unless that is seen anyway', () => {
    /** @type {[KnockOutcome, boolean][]} */
    const outcomes = [
      ['admitted', false], ['refused', true], ['withdrawn', false], ['expired', true], ['locked', true], ['gone', true], ['overtaken', false],
    ]
    for (const [outcome, tells] of outcomes) {
      const page = inTheLobby().hears({ type: 'knock_sent', knock: KNOCK, room: ROOM, expires_in_ms: 60_000 })
      page.hears({ type: 'knock_ended', knock: KNOCK, outcome })
      assert.equal(page.state.knock, null)
      assert.deepEqual(page.notices, tells ? [{ type: 'knock_ended', outcome }] : [], outcome)
    }
  })

  it('is heard softly inside, once', () => {
    const knocking = told({
      members: [member(ANN), member(BOB)], offerer: ANN,
      knocks: [{ knock: KNOCK, person: EVE, name: 'Eve', expires_in_ms: 60_000 }],
    })
    const page = inACall().hears(knocking)
    assert.ok(page.asked.includes('knockSound'))
    assert.equal(page.state.until.get(KNOCK), 60_000)
    assert.ok(!page.hears(knocking).asked.includes('knockSound'))
    assert.deepEqual(page.does({ type: 'admitClicked', knock: KNOCK }).said, [{ type: 'admit', knock: KNOCK }])
    assert.deepEqual(page.does({ type: 'refuseClicked', knock: KNOCK }).said, [{ type: 'refuse', knock: KNOCK }])
  })
})

describe('camera and microphone', () => {
  it('fail each for itself, and nobody is kept out', () => {
    const page = opened({ name: 'Ann' })
    page.does({ type: 'sourceChanged', kind: 'camera', source: { status: 'failed', problem: 'busy' } })
    page.does({ type: 'sourceChanged', kind: 'microphone', source: { status: 'failed', problem: 'denied' } })
    page.does({ type: 'entered' }).hears(welcome()).hears(told({ members: [member(ANN), member(BOB)], offerer: ANN }))
    assert.deepEqual(page.said, [{ type: 'set_media', media: { microphone: false, camera: false, screen: false } }])
    assert.equal(page.effect('openPath').length, 1)
  })

  it('the camera is given back when it is off, the microphone stays', () => {
    const page = inTheLobby().does({ type: 'cameraToggled' })
    assert.deepEqual(page.effects, [{ type: 'closeSource', kind: 'camera' }])
    assert.equal(visible(page.state), false)
    assert.deepEqual(page.does({ type: 'cameraToggled' }).effects, [{ type: 'openSource', kind: 'camera', deviceId: '' }])
    page.does({ type: 'muteToggled' })
    assert.deepEqual(page.effects, [{ type: 'muteMicrophone', muted: true }])
    assert.deepEqual([audible(page.state), page.state.microphone.status], [false, 'on'])
    assert.equal(audible(page.does({ type: 'muteToggled' }).state), true)
  })

  it('what comes when it is no longer wanted stays off', () => {
    const page = opened().does({ type: 'cameraToggled' })
    page.does({ type: 'sourceChanged', kind: 'camera', source: { status: 'on' } })
    assert.equal(page.state.camera.status, 'off')
  })

  it('are asked for again by the button, if they failed', () => {
    const page = opened()
    page.does({ type: 'sourceChanged', kind: 'camera', source: { status: 'failed', problem: 'denied' } })
    page.does({ type: 'sourceChanged', kind: 'microphone', source: { status: 'failed', problem: 'denied' } })
    assert.deepEqual(page.does({ type: 'cameraToggled' }).effects, [{ type: 'openSource', kind: 'camera', deviceId: '' }])
    assert.deepEqual(page.does({ type: 'muteToggled' }).effects, [{ type: 'openSource', kind: 'microphone', deviceId: '' }])
    assert.equal(page.state.muted, false)
    page.does({ type: 'sourceChanged', kind: 'camera', source: { status: 'failed', problem: 'denied' } })
    assert.equal(page.does({ type: 'retryClicked', kind: 'camera' }).effects.length, 1)
  })

  it('can be muted before the microphone is there', () => {
    assert.deepEqual(opened().does({ type: 'muteToggled' }).effects, [{ type: 'muteMicrophone', muted: true }])
  })

  it('are tried again when something was plugged in, unless the person said no', () => {
    for (const [problem, tries] of /** @type {const} */ ([['missing', 1], ['busy', 1], ['unfit', 1], ['unknown', 1], ['denied', 0], ['insecure', 0]])) {
      const page = opened().does({ type: 'sourceChanged', kind: 'camera', source: { status: 'failed', problem } })
      const devices = { cameras: [{ id: 'c', label: 'Cam' }], microphones: [], speakers: [] }
      assert.equal(page.does({ type: 'devicesListed', devices, changed: false }).effects.length, 0, problem)
      assert.equal(page.does({ type: 'devicesListed', devices, changed: true }).effect('openSource').length, tries, problem)
      assert.equal(page.state.devices, devices)
    }
  })

  it('one that stopped by itself is said and asked for once more, not in a circle', () => {
    const page = inTheLobby()
    const lost = /** @type {const} */ ({ type: 'sourceChanged', kind: 'camera', source: { status: 'failed', problem: 'missing' }, lost: true })
    page.does(lost)
    assert.deepEqual(page.effect('openSource').length, 1)
    assert.deepEqual(page.notices, [{ type: 'device_lost', kind: 'camera' }])
    page.does({ type: 'sourceChanged', kind: 'camera', source: { status: 'on' } }).does(lost)
    assert.deepEqual(page.effect('openSource'), [])
    assert.deepEqual(page.state.camera, { status: 'failed', problem: 'missing' })
    page.does({ type: 'devicesListed', devices: page.state.devices, changed: true })
    assert.equal(page.effect('openSource').length, 1)
  })

  it('a choice is remembered and taken at once', () => {
    assert.deepEqual(inTheLobby().does({ type: 'deviceChosen', kind: 'microphone', id: 'usb' }).effects, [
      { type: 'remember', key: 'microphone', value: 'usb' },
      { type: 'openSource', kind: 'microphone', deviceId: 'usb' },
    ])
    assert.deepEqual(inTheLobby().does({ type: 'deviceChosen', kind: 'speaker', id: '' }).effects, [
      { type: 'remember', key: 'speaker', value: null },
      { type: 'useSpeaker', deviceId: '' },
    ])
    const off = inTheLobby().does({ type: 'cameraToggled' }).does({ type: 'deviceChosen', kind: 'camera', id: 'back' })
    assert.deepEqual(off.asked, ['remember'], 'a camera that is off stays off')
  })

  it('are given back a minute after the page went into the background, and taken again on return', () => {
    const page = inTheLobby().does({ type: 'visibilityChanged', hidden: true })
    assert.deepEqual(page.effects, [{ type: 'dispatchLater', event: { type: 'hiddenForLong' }, ms: 60_000 }])
    page.does({ type: 'hiddenForLong' })
    assert.deepEqual(page.asked, ['closeSource', 'closeSource'])
    page.does({ type: 'visibilityChanged', hidden: false })
    assert.equal(page.effect('openSource').length, 2)
  })

  it('stay in a call, and when one is back within the minute', () => {
    assert.deepEqual(inACall().does({ type: 'visibilityChanged', hidden: true }).does({ type: 'hiddenForLong' }).effects, [])
    const page = inTheLobby().does({ type: 'visibilityChanged', hidden: true }).does({ type: 'visibilityChanged', hidden: false })
    assert.deepEqual(page.does({ type: 'hiddenForLong' }).effects, [])
  })

  it('are taken again for a call that is brought into the background page', () => {
    const page = inTheLobby().does({ type: 'visibilityChanged', hidden: true }).does({ type: 'hiddenForLong' })
    assert.equal(page.hears(told({ members: [member(ANN), member(BOB)], offerer: ANN })).effect('openSource').length, 2)
  })
})

describe('the connection to the box', () => {
  it('says that it is tried again when the box is not reached', () => {
    const page = opened({ name: 'Ann' }).does({ type: 'entered' }).does({ type: 'connectionLost', at: 1 })
    assert.deepEqual(page.state.connection, { status: 'connecting', failing: true })
  })

  it('may be lost without ending a direct call', () => {
    const page = inACall().does({ type: 'connectionLost', at: 500 })
    assert.deepEqual(page.effects, [])
    assert.deepEqual(page.state.connection, { status: 'lost', since: 500 })
    assert.equal(page.state.room?.id, ROOM)
    page.does({ type: 'connectionLost', at: 900 })
    assert.deepEqual(page.state.connection, { status: 'lost', since: 500 }, 'a failed attempt is not another loss')
  })

  it('comes back into the same call without touching the path', () => {
    const page = inACall().does({ type: 'connectionLost', at: 500 }).hears(welcome({ resumed: true }))
    assert.deepEqual(page.said, [
      { type: 'ping' },
      { type: 'set_media', media: { microphone: true, camera: true, screen: false } },
    ])
    assert.ok(page.asked.includes('refreshPaths'))
    assert.deepEqual(page.notices, [{ type: 'back' }])
    page.hears(told({ members: [member(ANN), member(BOB)], offerer: ANN }))
    assert.deepEqual(page.asked, ['remember'])
    page.hears({ type: 'pong' })
    assert.equal(page.state.room?.id, ROOM)
    assert.equal(page.state.retold, null)
  })

  it('keeps the path to Bob when the box was restarted and she is the first to be back', () => {
    const page = inACall().does({ type: 'connectionLost', at: 500 }).hears(welcome({ resumed: true }))
    page.hears({ type: 'people', people: [person(ANN, { room: ROOM })], more: false }).hears(told())
    assert.deepEqual(page.state.room?.members.map(({ id, reconnecting }) => [id, reconnecting]), [[ANN, undefined], [BOB, true]])
    assert.deepEqual(page.asked, ['remember'])
    assert.deepEqual(page.hears({ type: 'pong' }).hears(told()).asked, ['remember'], 'nor does it change when told again')
    page.hears({ type: 'changes', people: [person(BOB, { room: ROOM })] })
    page.hears(told({ members: [member(ANN), member(BOB)], offerer: ANN }))
    assert.deepEqual([page.asked, page.state.awaited], [['remember'], null])
    assert.equal(page.state.room?.members[1]?.reconnecting, undefined)
  })

  it('waits no longer for Bob when the box gives him up, or he turns up elsewhere', () => {
    const waits = () => inACall().does({ type: 'connectionLost', at: 500 }).hears(welcome({ resumed: true }))
      .hears({ type: 'people', people: [person(ANN)], more: false }).hears(told()).hears({ type: 'pong' })
    const over = waits().hears({ type: 'room_left', why: { why: 'interrupted' }, token: 't' })
    assert.deepEqual([over.effect('closePath').length, over.state.awaited], [1, null])
    const elsewhere = waits().hears({ type: 'changes', people: [person(BOB)] })
    assert.deepEqual([elsewhere.effect('closePath').length, elsewhere.state.room?.members.length], [1, 1])
    const another = waits().hears(told({ members: [member(ANN), member(EVE)], offerer: ANN }))
    assert.deepEqual(another.asked, ['remember', 'closePath', 'dropMember', 'openPath', 'carryMember', 'usePath'])
  })

  it('does not wait for Bob who left while she was away', () => {
    const page = inACall().does({ type: 'connectionLost', at: 500 }).hears(welcome({ resumed: true }))
    page.hears({ type: 'people', people: [person(ANN), person(BOB)], more: false }).hears(calling('ringing'))
    assert.deepEqual(page.state.room?.members.map(({ id }) => id), [ANN])
    assert.equal(page.effect('closePath').length, 1)
  })

  it('lets go of what the box does not tell again', () => {
    const page = inACall().hears(ring({ from: EVE, name: 'Eve' }))
    page.hears({ type: 'knock_sent', knock: KNOCK, room: 11, expires_in_ms: 60_000 })
    page.does({ type: 'connectionLost', at: 500 }).hears(welcome({ resumed: true })).hears({ type: 'pong' })
    assert.deepEqual([page.state.room, page.state.calls, page.state.knock], [null, [], null])
    assert.deepEqual(page.effect('closePath').length, 1)
    assert.deepEqual(page.effect('stopRinging').length, 1)
    assert.deepEqual(page.notices.slice(1), [
      { type: 'room_left', why: { why: 'interrupted' } },
      { type: 'invitation_ended', name: 'Eve', outcome: { how: 'gone' }, mine: false },
      { type: 'knock_ended', outcome: 'gone' },
    ])
  })

  it('goes on ringing for a call that is told again', () => {
    const page = inTheLobby().hears(ring()).does({ type: 'rang', invitation: INVITATION })
    page.does({ type: 'connectionLost', at: 500 }).hears(welcome({ resumed: true }))
    page.now = 2_000
    page.hears(ring({ expires_in_ms: 20_000 }))
    assert.deepEqual(page.said, [{ type: 'ringing', invitation: INVITATION }])
    assert.ok(!page.asked.includes('ring') && !page.asked.includes('stopRinging'))
    assert.equal(page.hears({ type: 'pong' }).state.calls[0]?.until, 22_000)
  })

  it('repeats an answer that the box did not hear', () => {
    const page = inTheLobby().hears(ring()).does({ type: 'acceptClicked', invitation: INVITATION })
    page.does({ type: 'connectionLost', at: 500 }).hears(welcome({ resumed: true })).hears(ring())
    assert.deepEqual(page.said, [{ type: 'accept', invitation: INVITATION }])
    assert.deepEqual(page.state.calls, [])
  })

  it('says when a call that she took led nowhere meanwhile', () => {
    const taken = () => inTheLobby().hears(ring()).does({ type: 'acceptClicked', invitation: INVITATION })
      .does({ type: 'connectionLost', at: 500 }).hears(welcome({ resumed: true }))
    assert.deepEqual(taken().hears({ type: 'pong' }).notices.slice(1), [
      { type: 'invitation_ended', name: 'Bob', outcome: { how: 'gone' }, mine: false },
    ])
    const met = taken().hears(told({ members: [member(BOB), member(ANN)], offerer: BOB })).hears({ type: 'pong' })
    assert.deepEqual([met.notices.length, met.state.answered.size], [1, 0])
  })

  it('begins anew when the box does not know her any more', () => {
    const page = inACall().does({ type: 'connectionLost', at: 500 }).hears(welcome({ you: 77, resumed: false }))
    assert.equal(page.state.room, null)
    assert.equal(page.state.me.id, 77)
    assert.ok(page.asked.includes('closePath'))
    assert.deepEqual(page.notices, [{ type: 'room_left', why: { why: 'interrupted' } }, { type: 'back' }])
  })

  it('lets her hang up meanwhile, and tells the box when it is back', () => {
    const page = inACall().does({ type: 'connectionLost', at: 500 }).does({ type: 'hangUpClicked' })
    assert.deepEqual(page.said, [])
    assert.ok(page.asked.includes('closePath'))
    page.hears(welcome({ resumed: true })).hears(told({ members: [member(ANN), member(BOB)], offerer: ANN }))
    assert.deepEqual(page.said, [{ type: 'leave' }])
    assert.equal(page.state.room, null)
    page.hears({ type: 'pong' }).hears({ type: 'room_left', why: { why: 'left' }, token: 't' })
    assert.deepEqual([page.state.leaving, page.notices.length], [null, 1])
  })

  it('lets her give up a call to somebody meanwhile', () => {
    const page = inTheLobby().hears(calling('ringing')).does({ type: 'connectionLost', at: 500 })
    assert.ok(page.asked.includes('stopRingBack'))
    page.does({ type: 'cancelClicked', invitation: INVITATION })
    assert.equal(page.state.room, null)
    page.hears(welcome({ resumed: true })).hears(calling('ringing'))
    assert.deepEqual(page.said, [{ type: 'leave' }])
  })

  it('says nothing of her devices while it is lost, and all of it when it is back', () => {
    const page = inACall().does({ type: 'connectionLost', at: 500 }).does({ type: 'muteToggled' })
    assert.deepEqual(page.said, [])
    page.hears(welcome({ resumed: true }))
    assert.deepEqual(page.said.at(-1), { type: 'set_media', media: { microphone: false, camera: true, screen: false } })
  })

  it('a page that was loaded again in a call makes the offer itself', () => {
    const page = opened({ name: 'Ann', entered: true }).hears(welcome({ resumed: true }))
    page.hears(told({ members: [member(BOB), member(ANN)], offerer: BOB }))
    assert.deepEqual(page.effect('openPath'), [{ type: 'openPath', member: BOB, offer: true, polite: true }])
  })

  it('is looked after when the page wakes up or the network is back', () => {
    assert.deepEqual(inACall().does({ type: 'visibilityChanged', hidden: false }).asked, ['checkConnection', 'refreshPaths', 'reviveSources'])
    assert.deepEqual(inACall().does({ type: 'networkChanged', online: true }).asked, ['checkConnection', 'refreshPaths'])
    assert.deepEqual(inACall().does({ type: 'networkChanged', online: false }).asked, [])
  })

  it('tells that the box has a newer page, once it is back', () => {
    const page = inACall().does({ type: 'connectionLost', at: 500 }).hears(welcome({ resumed: true, version: '0.2.0' }))
    assert.deepEqual(page.notices, [{ type: 'updated' }])
    assert.deepEqual(page.does({ type: 'reloadClicked' }).asked, ['reload'])
  })

  it('shows the others that the system has taken her microphone', () => {
    const page = inACall().does({ type: 'sourceChanged', kind: 'microphone', source: { status: 'on', silenced: true } })
    assert.ok(!audible(page.state))
    assert.deepEqual(page.said, [{ type: 'set_media', media: { microphone: false, camera: true, screen: false } }])
    assert.ok(audible(page.does({ type: 'sourceChanged', kind: 'microphone', source: { status: 'on' } }).state))
  })

  it('ends here when another tab takes the place, until she wants it back', () => {
    const page = inACall().hears(ring({ from: EVE, name: 'Eve' })).hears({ type: 'taken_over' })
    for (const effect of ['disconnect', 'closePath', 'stopRinging', 'closeSource']) assert.ok(page.asked.includes(effect), effect)
    assert.deepEqual(page.effect('remember'), [{ type: 'remember', key: 'entered', value: null }])
    assert.deepEqual(page.hears({ type: 'taken_over' }).effects, [])
    page.does({ type: 'useHereClicked' })
    assert.ok(page.asked.includes('connect'))
    assert.equal(page.effect('openSource').length, 2)
    assert.deepEqual(page.does({ type: 'useHereClicked' }).effects, [])
  })
})

describe('notices', () => {
  it('go by themselves after a while, or when dismissed', () => {
    const page = inTheLobby().hears({ type: 'error', code: 'room_full' })
    const [fading] = page.effect('dispatchLater')
    assert.ok(fading)
    assert.equal(fading.ms, 10_000)
    assert.deepEqual(page.does(fading.event).notices, [])
    page.hears({ type: 'error', code: 'room_full' })
    assert.deepEqual(page.does({ type: 'noticeDismissed', id: 2 }).notices, [])
  })

  it('wait for somebody to look at the page', () => {
    const page = inTheLobby().does({ type: 'visibilityChanged', hidden: true }).hears({ type: 'error', code: 'room_full' })
    const [fading] = page.effect('dispatchLater')
    assert.ok(fading)
    page.does(fading.event)
    assert.equal(page.notices.length, 1)
    assert.deepEqual(page.effects, [fading])
    page.does({ type: 'visibilityChanged', hidden: false }).does(fading.event)
    assert.deepEqual(page.notices, [])
  })

  it('are at most five, the newest', () => {
    const page = inTheLobby()
    for (let i = 0; i < 7; i += 1) page.hears({ type: 'error', code: 'room_full' })
    assert.deepEqual(page.state.notices.map(({ id }) => id), [3, 4, 5, 6, 7])
  })
})

describe('everything else', () => {
  it('the language is remembered and shown', () => {
    assert.deepEqual(opened().does({ type: 'languageChosen', language: 'szl' }).effects, [
      { type: 'remember', key: 'language', value: 'szl' },
      { type: 'showLanguage', language: 'szl' },
    ])
  })

  it('availability is said', () => {
    const page = inTheLobby().does({ type: 'availabilityChosen', availability: 'do_not_disturb' })
    assert.deepEqual(page.said, [{ type: 'set_availability', availability: 'do_not_disturb' }])
    assert.equal(page.state.me.availability, 'do_not_disturb')
  })

  it('notifications are asked for by a click only', () => {
    assert.ok(!inTheLobby().hears(ring()).asked.includes('askNotifications'))
    assert.deepEqual(inTheLobby().does({ type: 'notificationsAsked' }).effects, [{ type: 'askNotifications' }])
    assert.equal(inTheLobby().does({ type: 'notificationsAnswered', notifications: 'granted' }).state.notifications, 'granted')
  })

  it('a browser that plays no sound yet is known, so that the page can ask for a tap', () => {
    const page = inACall().does({ type: 'soundBlocked', blocked: true })
    assert.equal(page.state.soundBlocked, true)
    assert.equal(page.does({ type: 'soundBlocked', blocked: false }).state.soundBlocked, false)
  })

  it('a message of a newer box is not understood, and harms nothing', () => {
    const page = inACall()
    const before = page.state
    page.hears(JSON.parse('{"type":"fireworks","colour":"red"}'))
    assert.equal(page.state, before)
    assert.deepEqual(page.effects, [])
  })

  it('nothing that happens changes a state of before', () => {
    const before = structuredClone(initial)
    inACall().hears(ring()).does({ type: 'hangUpClicked' }).hears({ type: 'taken_over' })
    assert.deepEqual(initial, before)
    const [same] = reduce(initial, { type: 'noticeDismissed', id: 9 })
    assert.deepEqual(same.notices, [])
    assert.equal(room().members.length, 1)
  })
})
