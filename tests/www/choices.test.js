// What a person chose of being heard, seen and disturbed stays so, whatever becomes of the page and of the box.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { audible } from '../../www/state/selectors.js'
import { ANN, BOB, EVE, LIVE, Page, ROOM, inACall, inTheLobby, member, opened, ring, told, welcome } from './page.js'
/** @import { Choices } from '../../www/state/types.d.ts' */

/** @type {Choices} */
const OPEN = { muted: false, mutedByHost: null, cameraWanted: true, availability: 'available' }
/** @type {Choices} */
const SHUT = { muted: true, mutedByHost: null, cameraWanted: false, availability: 'do_not_disturb' }
const UNSEEN = { microphone: false, camera: false, screen: false }
const asked = /** @type {const} */ ({ type: 'asked_to_mute', by: BOB, name: 'Bob' })

/** What the device's memory was told, the last word of each. @param {Page} page */
function kept(page) {
  return Object.fromEntries(page.effect('remember').map(({ key, value }) => [key, value]))
}

/** Both devices are there. @param {Page} page */
function withDevices(page) {
  for (const kind of /** @type {const} */ (['microphone', 'camera'])) page.does({ type: 'sourceChanged', kind, source: { status: 'on' } })
  return page
}

/** Ann's page was reloaded in the middle of a call. @param {Choices} choices */
function reloaded(choices) {
  return withDevices(opened({ name: 'Ann', entered: true, choices }))
}

describe('muted, unseen and undisturbed', () => {
  it('is remembered as it is chosen, and forgotten when it is taken back', () => {
    const page = inTheLobby().does({ type: 'muteToggled' })
    assert.deepEqual(kept(page), { muted: 'yes' })
    assert.deepEqual(kept(page.does({ type: 'cameraToggled' })), { cameraOff: 'yes' })
    assert.deepEqual(kept(page.does({ type: 'availabilityChosen', availability: 'do_not_disturb' })), { availability: 'do_not_disturb' })
    assert.deepEqual(kept(page.does({ type: 'muteToggled' })), { muted: null })
    assert.deepEqual(kept(page.does({ type: 'cameraTurned' })), { cameraOff: null }, 'whatever switches it on')
    assert.deepEqual(kept(page.does({ type: 'availabilityChosen', availability: 'available' })), { availability: null })
  })

  it('is so after a reload, before anything is opened or said', () => {
    const page = opened({ name: 'Ann', entered: true, choices: SHUT })
    assert.deepEqual(page.effect('openSource').map(({ kind }) => kind), ['microphone'])
    assert.deepEqual(page.effect('muteMicrophone'), [{ type: 'muteMicrophone', muted: true }])
    withDevices(page).hears(welcome({ resumed: true, availability: 'do_not_disturb' })).hears(told({ members: [member(ANN), member(BOB)], offerer: ANN }))
    assert.deepEqual(page.said, [{ type: 'set_media', media: UNSEEN }])
    assert.equal(page.state.me.availability, 'do_not_disturb')
  })

  it('is so after the connection was lost, and what was chosen meanwhile is said', () => {
    const page = inACall().does({ type: 'muteToggled' }).does({ type: 'connectionLost', at: 0 })
    page.does({ type: 'availabilityChosen', availability: 'away' }).hears(welcome({ resumed: true }))
    assert.ok(page.said.some(message => message.type === 'set_availability' && message.availability === 'away'))
    assert.deepEqual(page.said.at(-1), { type: 'set_media', media: { microphone: false, camera: true, screen: false } })
    page.hears(told({ members: [member(ANN, { media: LIVE }), member(BOB)], offerer: ANN }))
    assert.deepEqual([page.state.me.availability, page.state.muted, page.state.cameraWanted], ['away', true, true])
  })

  it('is told to a box that was restarted and knows nothing of it', () => {
    for (const resumed of [true, false]) {
      const page = inTheLobby().does({ type: 'availabilityChosen', availability: 'do_not_disturb' }).does({ type: 'connectionLost', at: 0 })
      page.hears(welcome({ resumed, availability: 'available' }))
      assert.deepEqual([page.state.me.availability, page.said], ['do_not_disturb', [{ type: 'ping' }, { type: 'set_availability', availability: 'do_not_disturb' }]])
    }
  })

  it('begins anew for whoever comes another day, but for camera and microphone', () => {
    const page = opened({ name: 'Ann', choices: SHUT }).does({ type: 'entered' }).hears(welcome())
    assert.deepEqual([page.state.me.availability, page.state.muted, page.state.cameraWanted], ['available', true, false])
    assert.deepEqual(kept(page).availability, null)
  })

  it('is so in a second tab that takes the place over, by what the device kept', () => {
    const page = withDevices(opened({ name: 'Ann', choices: SHUT })).does({ type: 'entered' })
    page.hears(welcome({ resumed: true, availability: 'available' }))
    assert.deepEqual(page.said.at(-1), { type: 'set_availability', availability: 'do_not_disturb' })
    page.hears(told({ members: [member(ANN, { media: LIVE }), member(BOB)], offerer: ANN }))
    assert.deepEqual(page.said, [{ type: 'set_media', media: UNSEEN }])
  })

  it('is so on another device that takes the place over, by what the box tells', () => {
    const page = withDevices(opened({ name: 'Ann' })).does({ type: 'entered' }).hears(welcome({ resumed: true, availability: 'away' }))
    page.hears(told({ members: [member(ANN, { media: UNSEEN }), member(BOB)], offerer: ANN }))
    assert.deepEqual([page.state.muted, page.state.cameraWanted, page.state.me.availability], [true, false, 'away'])
    assert.ok(page.asked.indexOf('muteMicrophone') < page.asked.indexOf('openRelay') && page.asked.includes('closeSource'), 'before anything is sent')
    assert.deepEqual(page.said, [{ type: 'set_media', media: UNSEEN }])
  })

  it('follows a tab that has the place, and takes it back as that left it', () => {
    const page = inACall()
    page.does({ type: 'choicesChanged', choices: SHUT })
    assert.equal(page.state.muted, false, 'who is in the lobby knows best')
    page.hears({ type: 'taken_over' }).does({ type: 'choicesChanged', choices: SHUT }).does({ type: 'useHereClicked' })
    assert.deepEqual([page.state.muted, page.state.cameraWanted, page.state.me.availability], [true, false, 'do_not_disturb'])
    assert.deepEqual(page.effect('openSource').map(({ kind }) => kind), ['microphone'])
  })

  it('is what was chosen, not what the key for speaking made of it', () => {
    const page = inACall().does({ type: 'muteToggled' }).does({ type: 'talkHeld', held: true })
    assert.deepEqual([audible(page.state), kept(page)], [true, {}])
  })
})

describe('a mute that a host asked for', () => {
  it('ends with the call, as she was before', () => {
    const page = inACall().hears(asked)
    assert.deepEqual([page.state.muted, kept(page)], [true, { hushed: String(ROOM) }])
    page.does({ type: 'hangUpClicked' })
    assert.equal(page.state.muted, false)
    assert.deepEqual(page.effect('muteMicrophone'), [{ type: 'muteMicrophone', muted: false }])
    assert.deepEqual(kept(page), { hushed: null })
  })

  it('ends also when the room ends by itself, or when she is led into another one', () => {
    const ended = inACall().hears(asked).hears({ type: 'room_left', why: { why: 'removed' }, token: 'token' })
    assert.equal(ended.state.muted, false)
    const moved = inACall().hears(asked).hears(told({ id: ROOM + 1, members: [member(EVE), member(ANN)], offerer: EVE }))
    assert.equal(moved.state.muted, false)
    assert.deepEqual(moved.said, [{ type: 'set_media', media: { microphone: true, camera: true, screen: false } }, { type: 'know', person: EVE }])
  })

  it('is her own as soon as she unmutes and mutes', () => {
    const page = inACall().hears(asked).does({ type: 'muteToggled' }).does({ type: 'muteToggled' }).does({ type: 'hangUpClicked' })
    assert.equal(page.state.muted, true)
  })

  it('leaves who was muted by choice as they were, and who held the key as well', () => {
    for (const page of [inACall().does({ type: 'muteToggled' }), inACall().does({ type: 'muteToggled' }).does({ type: 'talkHeld', held: true })]) {
      page.hears(asked)
      assert.equal(page.state.muted, true)
      page.does({ type: 'talkHeld', held: false }).does({ type: 'hangUpClicked' })
      assert.equal(page.state.muted, true)
    }
  })

  it('lasts over a reload and a lost connection in that call, and no longer', () => {
    const choices = { ...OPEN, muted: true, mutedByHost: ROOM }
    const back = reloaded(choices).hears(welcome({ resumed: true }))
    assert.equal(back.state.muted, true)
    back.hears(told({ members: [member(ANN, { media: UNSEEN }), member(BOB)], offerer: ANN })).hears({ type: 'pong' })
    assert.equal(back.state.muted, true)
    assert.equal(back.does({ type: 'hangUpClicked' }).state.muted, false)

    const over = reloaded(choices).hears(welcome({ resumed: true })).hears({ type: 'pong' })
    assert.equal(over.state.muted, false)
    assert.equal(reloaded(choices).hears(welcome()).state.muted, false)

    const lost = inACall().hears(asked).does({ type: 'connectionLost', at: 0 })
    assert.equal(lost.state.muted, true)
    assert.equal(lost.does({ type: 'hangUpClicked' }).state.muted, false)
  })

  it('that comes late is for no other call', () => {
    const page = inACall().does({ type: 'hangUpClicked' }).hears(asked)
    assert.deepEqual([page.state.muted, page.notices], [false, []])
  })
})

describe('a shared screen', () => {
  const shared = () => inACall().does({ type: 'screenToggled' }).does({ type: 'screenChanged', source: { status: 'on' } })
  const elsewhere = told({ id: ROOM + 1, members: [member(EVE), member(ANN)], offerer: EVE })

  it('is not taken along into another room', () => {
    const page = shared().hears(ring({ from: EVE, name: 'Eve' })).does({ type: 'acceptClicked', invitation: 20 }).hears(elsewhere)
    assert.equal(page.state.screen.status, 'off')
    assert.ok(page.asked.indexOf('stopScreen') < page.asked.indexOf('openRelay'), 'before anything is sent there')
    assert.deepEqual(page.said, [{ type: 'set_media', media: { microphone: true, camera: true, screen: false } }, { type: 'know', person: EVE }])
  })

  it('ends with the room, however that ends', () => {
    for (const why of /** @type {const} */ ([{ why: 'removed' }, { why: 'interrupted' }, { why: 'last_left', name: 'Bob' }])) {
      assert.equal(shared().hears({ type: 'room_left', why, token: 'token' }).state.screen.status, 'off', why.why)
    }
    const anew = shared().does({ type: 'connectionLost', at: 0 }).hears(welcome({ you: EVE }))
    assert.deepEqual([anew.state.screen.status, anew.effect('stopScreen').length], ['off', 1], 'she came back as a new person')
  })

  it('stays while others come, and while the connection is away', () => {
    const page = shared().hears(told({ members: [member(ANN), member(BOB), member(EVE)] }))
    assert.equal(page.state.screen.status, 'on')
    page.does({ type: 'connectionLost', at: 0 }).hears(welcome({ resumed: true })).hears(told({ members: [member(ANN), member(BOB)] })).hears({ type: 'pong' })
    assert.equal(page.state.screen.status, 'on')
  })

  it('that was asked for in one room is not shown in another, when it is chosen late', () => {
    const page = inACall().does({ type: 'screenToggled' }).hears(elsewhere)
    assert.ok(page.asked.includes('stopScreen'))
    assert.equal(page.state.screen.status, 'off')
  })
})
